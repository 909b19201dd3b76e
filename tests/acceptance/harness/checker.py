"""Judges a run by what the network recorded, what the database holds, and its table of events.

A violation names what it is about. Poison (a post that no platform takes) counts as accounted for when it ended as
refused or as a question, with a notice.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from bot.domain.draft import DraftState
from bot.domain.post import Post, PostPart, PostState
from bot.platforms.sandbox import handle_of
from bot.store import posts
from bot.store.tables import account_state, draft_version, event, notice, post, switch
from tests.acceptance.harness.config import SANDBOX_LAG

if TYPE_CHECKING:
    from bot.app import App
    from tests.acceptance.harness.config import Run
    from tests.acceptance.harness.run import Told

#: Seconds for which a request that passed its last check may still be on its way out.
UNDER_WAY = 0.75
_CLOCK = 0.02
_STATES = {state.value for state in PostState} | {state.value for state in DraftState}


@dataclass(frozen=True)
class Live:
    """One post out there; ``at`` when it arrived, ``sent`` when the request left."""

    account: str
    id: str
    text: str
    parent: str
    at: float
    sent: float
    #: Digests of its pictures, as they arrived.
    media: tuple[str, ...] = ()


@dataclass
class Case:
    """What a run left behind."""

    told: Told
    there: list[Live]
    record: list[dict[str, Any]]
    made: list[Post]
    events: list[dict[str, Any]]
    notices: set[str]
    violations: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def fault(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self.violations.append(f"{kind}: {what}")


def record(run: Run) -> list[dict[str, Any]]:
    """Return the network's lines, in their order."""
    if not run.log.exists():
        return []
    return [json.loads(line) for line in run.log.read_text(encoding="utf-8").splitlines() if line]


def live(run: Run, app: App) -> list[Live]:
    """Return every post that stands out there, the sandbox's among them."""
    found: dict[str, Live] = {}
    for line in record(run):
        if line["kind"] == "accepted":
            kept = {name: line[name] for name in ("account", "id", "text", "parent", "at", "sent")}
            found[line["id"]] = Live(**kept, media=tuple(line["media"]))
        elif line["kind"] == "deleted":
            found.pop(line["id"], None)
    mine = list(found.values())
    for account in (a for a in run.accounts() if a.platform == "sandbox"):
        for stored in app.sandbox.timeline(handle_of(account)):
            at = stored.arrived.timestamp()
            media = tuple(medium["sha256"] for medium in stored.media)
            mine.append(Live(account.key, stored.id, stored.sent, stored.parent_id or "", at, at, media))
    return mine


def check(run: Run, app: App, told: Told) -> dict[str, Any]:
    """Return the figures of a run and its ``violations``."""
    # The sandbox's timeline shows the last posts late, by design.
    time.sleep(SANDBOX_LAG + 0.2)
    with app.db.read() as conn:
        case = Case(
            told,
            live(run, app),
            record(run),
            [posts.get(conn, i) for i in conn.execute(select(post.c.id)).scalars().all()],
            [dict(row) for row in conn.execute(select(event).order_by(event.c.id)).mappings()],
            set(conn.execute(select(notice.c.subject)).scalars()),
        )
        _rebuild(case, conn)
    _exactly_once(case)
    _threads(case)
    _in_time(case)
    _after_stop(case)
    _before_reset(case)
    late = _lateness(case)
    recovery = _recovery(case)
    logins = Counter(line["account"] for line in case.record if line["kind"] == "login")
    parts = [part for one in case.made for part in one.parts]
    faults = Counter(line["fault"] for line in case.record if line.get("fault"))
    uploads = [line for line in case.record if line["kind"] == "upload"]
    return {
        "posts": len(case.made), "parts": len(parts), "kills": len(told.kills), "live": len(case.there),
        **{name: case.counts[name] for name in ("duplicates", "lost", "unknown", "stray", "early", "after_stop",
                                                "before_reset", "order", "rebuild", "silent", "pictures")},
        "late_p50_s": quantile(late, 0.5), "late_p99_s": quantile(late, 0.99),
        "recovery_p50_s": quantile(recovery, 0.5), "recovery_p95_s": quantile(recovery, 0.95),
        "recoveries": len(recovery), "settled_by_hand": told.settled, "poisoned": len(told.poisoned),
        "uploads": len(uploads),
        "upload_faults": dict(Counter(line["upload_fault"] for line in uploads if line["upload_fault"])),
        "refreshes": sum(line["kind"] == "refreshed" for line in case.record),
        "logins_most": max(logins.values(), default=0), "faults": dict(faults), "violations": case.violations,
        "notices": sorted(name for name in case.notices if name.startswith("part:")),
        "doubtful": sum(e["now"] == "doubtful" and e["was"] == "sending" for e in case.events),
    }  # fmt: skip


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of them lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


# --- what must hold ------------------------------------------------------------------------------------------


def _exactly_once(case: Case) -> None:
    there: dict[tuple[str, str], list[Live]] = defaultdict(list)
    for one in case.there:
        there[one.account, one.text].append(one)
    stored = {one.id for one in case.made}
    for missing in set(case.told.approved) - stored:
        case.fault("lost", f"post {missing} was signed off and is not stored")
    copies: Counter[tuple[str, int]] = Counter((one.draft_id, one.version) for one in case.made)
    for (draft, version), n in copies.items():
        if n > 1:
            case.fault("duplicates", f"draft {draft}@{version} became {n} posts")
    claimed: dict[tuple[str, str], str] = {}
    alike = Counter((one.account, part.part.text) for one in case.made for part in one.parts)
    for one in case.made:
        poison = case.told.poisoned.get(one.id, "")
        for part in one.parts:
            name = f"part {one.id}/{part.n} on {one.account}"
            found = _its(there, one.account, part, alike[one.account, part.part.text] > 1)
            for one_there in found:
                if one_there.media != tuple(medium.sha256 for medium in part.part.media):
                    case.fault("pictures", f"{name} has {len(one_there.media)} pictures, or others than were signed")
            for again in found[1:]:
                case.fault("duplicates", f"{name}: {found[0].id} and {again.id} ({part.state.value})")
            if part.state is PostState.LIVE:
                remote = part.receipt.remote_id if part.receipt else ""
                if not found:
                    case.fault("lost", f"{name} stands as live and is not there")
                elif remote != found[0].id:
                    case.fault("unknown", f"{name} is {found[0].id}, and stands as {remote or 'nothing'}")
                elif claimed.setdefault((one.account, remote), name) != name:
                    case.fault("lost", f"{name} and {claimed[one.account, remote]} both stand as {remote}")
                continue
            if found:
                case.fault("unknown", f"{name} is live as {found[0].id} and stands as {part.state.value}")
            _not_live(case, one, part.n, name, poison)
    for (account, text), strays in there.items():
        for stray in strays:
            kind = "duplicates" if alike[account, text] else "stray"
            case.fault(kind, f"{stray.id} on {account} was never signed off: {text[:60]!r}")


def _its(there: dict[tuple[str, str], list[Live]], account: str, part: PostPart, alike: bool) -> list[Live]:
    """Take out what stands there of a part. Where posts of a series say the same, each owns what it stands as.

    What none of them owns is left, and was never signed off: so each occurrence is live exactly once.
    """
    if not alike:
        return there.pop((account, part.part.text), [])
    mine = part.receipt.remote_id if part.receipt else ""
    all_ = there.get((account, part.part.text), [])
    found = [one for one in all_ if mine and one.id == mine]
    there[account, part.part.text] = [one for one in all_ if one not in found]
    return found


def _not_live(case: Case, one: Post, n: int, name: str, poison: str) -> None:
    """Judge a part that is not live: accounted for, told of, or lost."""
    state = one.parts[n].state
    held = any(p.state is not PostState.LIVE for p in one.parts[:n])
    if held and state is PostState.DUE:
        if not poison:
            case.fault("lost", f"{name} waits for a part that never went out")
        return
    if state in (PostState.SENDING, PostState.DOUBTFUL, PostState.DUE):
        case.fault("unknown", f"{name} was left as {state.value}")
    elif f"part:{one.id}/{n}" not in case.notices:
        case.fault("silent", f"{name} ended as {state.value}, and nobody was told")
    if not poison:
        case.fault("lost", f"{name} ended as {state.value}: {one.parts[n].why[:120]}")


def _threads(case: Case) -> None:
    by_id = {(one.account, one.id): one for one in case.there}
    for one in case.made:
        for above, part in zip(one.parts, one.parts[1:], strict=False):
            if part.receipt is None or part.state is not PostState.LIVE:
                continue
            mine = by_id.get((one.account, part.receipt.remote_id))
            first = by_id.get((one.account, above.receipt.remote_id)) if above.receipt else None
            if mine is None or first is None:
                continue
            if mine.parent != first.id:
                case.fault("order", f"part {one.id}/{part.n} answers {mine.parent or 'nothing'}, not {first.id}")
            elif mine.at < first.at:
                case.fault("order", f"part {one.id}/{part.n} came before the part above it")
        if one.parts[0].receipt and (top := by_id.get((one.account, one.parts[0].receipt.remote_id))) and top.parent:
            case.fault("order", f"post {one.id} answers {top.parent}")


def _sends(case: Case) -> Iterable[tuple[str, str, float]]:
    """Yield (account, text, instant) of every request to post that came, taken or not."""
    for line in case.record:
        if line["kind"] in ("accepted", "refused", "repeated") and "text" in line:
            yield line["account"], line["text"], line["sent"] or line["at"]
    for one in case.there:
        if one.account.startswith("sandbox:"):
            yield one.account, one.text, one.at


def _in_time(case: Case) -> None:
    # Where posts of a series say the same, the earliest of them is meant.
    made = sorted(case.made, key=lambda one: one.due, reverse=True)
    due = {(one.account, part.part.text): (one, part.n) for one in made for part in one.parts}
    for account, text, at in _sends(case):
        found = due.get((account, text))
        if found and at < found[0].due.timestamp():
            early = found[0].due.timestamp() - at
            case.fault("early", f"part {found[0].id}/{found[1]} went out {early:.3f} s before its time")


def _after_stop(case: Case) -> None:
    for account, text, at in _sends(case):
        for on, off in case.told.stops:
            if on + UNDER_WAY < at < off:
                case.fault("after_stop", f"{text[:30]!r} on {account} left {at - on:.2f} s after the kill switch")


def _before_reset(case: Case) -> None:
    until: dict[str, float] = {}
    for line in case.record:
        if line["kind"] not in ("accepted", "refused", "repeated") or "sent" not in line:
            continue
        account = line["account"]
        if line["sent"] + _CLOCK < until.get(account, 0.0):
            early = until[account] - line["sent"]
            case.fault("before_reset", f"{line['text'][:30]!r} on {account} left {early:.2f} s before the reset")
        if line.get("fault") == "limited" and not _died_unread(case, account, line["text"], line["at"]):
            until[account] = max(until.get(account, 0.0), line["until"])


def _died_unread(case: Case, account: str, text: str, at: float) -> bool:
    """Say whether the worker that got an answer was killed before it stored it; nobody else can know what it said."""
    subject = next(f"part:{one.id}/{p.n}" for one in case.made for p in one.parts
                   if one.account == account and p.part.text == text)  # fmt: skip
    moves = [line for line in case.events if line["subject"] == subject]
    begun = [n for n, line in enumerate(moves) if line["now"] == "sending" and line["at"].timestamp() <= at + _CLOCK]
    after = moves[begun[-1] + 1 :] if begun else []
    sender = moves[begun[-1]]["who"] if begun else ""
    killed = any(sender.startswith(victim) and when >= at - _CLOCK for when, victim, _ in case.told.kills)
    return killed and (not after or after[0]["who"] != sender)


def _rebuild(case: Case, conn: Connection) -> None:
    """Rebuild every state from the events alone, and hold it against the rows."""
    state: dict[str, str] = {}
    parts = {one.id: len(one.parts) for one in case.made}
    for line in case.events:
        subject, was, now = line["subject"], line["was"], line["now"]
        if subject.startswith("post:") and now == "scheduled":
            post_id = subject.removeprefix("post:")
            state |= {f"part:{post_id}/{n}": PostState.DUE.value for n in range(parts.get(post_id, 0))}
            continue
        if subject.startswith(("part:", "draft:")) and now not in _STATES:
            # A remark, such as a look that could not be made.
            continue
        if was != state.get(subject, {"switch": "off"}.get(subject, "on" if subject.startswith("account:") else "")):
            case.fault("rebuild", f"event {line['id']}: {subject} was {state.get(subject)!r}, the event says {was!r}")
        state[subject] = now
    for one in case.made:
        for part in one.parts:
            told = state.get(f"part:{one.id}/{part.n}")
            if told != part.state.value:
                case.fault("rebuild", f"part {one.id}/{part.n} is {part.state.value}, the events say {told}")
    for row in conn.execute(select(draft_version.c.draft_id, draft_version.c.version, draft_version.c.state)):
        told = state.get(f"draft:{row.draft_id}@{row.version}")
        if told != row.state:
            case.fault("rebuild", f"draft {row.draft_id}@{row.version} is {row.state}, the events say {told}")
    for row in conn.execute(select(account_state.c.account, account_state.c.paused)):
        if ("paused" if row.paused else "on") != state.get(f"account:{row.account}", "on"):
            case.fault("rebuild", f"account {row.account}: {row.paused!r}")
    for row in conn.execute(select(switch.c.name, switch.c.value)):
        if row.name == "stop" and row.value != state.get("switch", "off"):
            case.fault("rebuild", f"the kill switch is {row.value}")


# --- figures -------------------------------------------------------------------------------------------------


def _lateness(case: Case) -> list[float]:
    """Return how late each post's first part arrived, beyond its time or its signature, whichever was later."""
    first = {(one.account, one.parts[0].part.text): max(one.due, one.created).timestamp() for one in case.made}
    return [one.at - first[one.account, one.text] for one in case.there if (one.account, one.text) in first]


def _recovery(case: Case) -> list[float]:
    """Return the seconds from each kill to the next event on an account that the victim held with work waiting.

    Where the successor was killed too before it could act, the last of these kills counts. While the kill switch is on
    nothing may happen, so that time does not count.
    """
    account = {one.id: one.account for one in case.made}
    moves: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for line in case.events:
        if line["subject"].startswith("part:"):
            name = account.get(line["subject"].removeprefix("part:").partition("/")[0], "")
            moves[name].append((line["at"].timestamp(), line["who"]))
    found = []
    for killed, victim, held in case.told.kills:
        for name in held:
            after = [at for at, who in moves[name] if at > killed and not who.startswith(victim)]
            if after and not any(killed < again < after[0] and name in theirs for again, _, theirs in case.told.kills):
                lost = sum(max(0.0, min(off, after[0]) - max(on, killed)) for on, off in case.told.stops)
                found.append(after[0] - killed - lost)
    return found
