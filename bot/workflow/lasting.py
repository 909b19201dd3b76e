"""One signature for several posts of a series: what it stands for, whether it still does, and what ends it.

Off unless the policy says otherwise. The posts say the same to the byte, on one account; only their times differ, and
each is an occurrence of the series. How many, and until when, is on the card that people sign. An edit, another policy,
another hard rule, the stop switch or somebody's word ends it; then each post needs its own signature again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.approval import ApprovalRequest, Decision, content_hash
from bot.domain.brand import Brand
from bot.domain.draft import Content, Draft, DraftVersion, Window
from bot.domain.policy import ApprovalPolicy, Ask
from bot.domain.post import Post
from bot.store import desk as rows
from bot.store import lasting, series
from bot.store.approvals import Signed
from bot.store.lasting import Lasting
from bot.store.rows import policy_body
from bot.words import say, speaking
from bot.workflow import recurrence, when
from bot.workflow.desk import SERIES, Desk

#: Surfaces that show a person the card, and so the line that says what is signed.
_SHOWN = ("cli", "slack", "web")


def said(content: Content) -> str:
    """Return a digest of everything that people read but the time; the rule book is looked at on its own."""
    return content_hash(replace(content, window=replace(content.window, wall=None), rulebook=""))


def policy_digest(policy: ApprovalPolicy) -> str:
    """Return a digest of who must sign what."""
    return hashlib.sha256(json.dumps(policy_body(policy), sort_keys=True).encode()).hexdigest()


def rules_digest(brand: Brand) -> str:
    """Return a digest of the rules that no text may break."""
    lines = sorted(f"{rule.id} {rule.hash}" for rule in brand.rulebook.hard)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def offered(
    conn: Connection, draft: Draft, version: DraftVersion, asked: ApprovalRequest, terms: Ask, now: datetime
) -> ApprovalRequest:
    """Return a request with how many posts a signature under it stands for, where the policy lets it."""
    wall = version.content.window.wall
    if not terms.lasting or version.origin != "repeat" or not draft.series.startswith(SERIES) or wall is None:
        return asked
    its = series.get(conn, draft.series)
    walls = [wall, *recurrence.coming(its.rule, its.start, wall, terms.lasting - 1)]
    last = now + timedelta(days=terms.lasting_days)
    dues = [at for at in (when.instant(Window(w, its.zone), now)[0] for w in walls) if at <= last]
    return replace(asked, covers=len(dues), covers_until=dues[-1]) if len(dues) > 1 and not its.ended else asked


def words(request: ApprovalRequest | None, zone: str) -> str:
    """Say what a signature under a request stands for beside its own post; empty for nothing."""
    if request is None:
        return ""
    if request.stands_on:
        return say("Nobody was asked for this one: it stands on a lasting signature of its series.")
    if request.covers is None or request.covers_until is None:
        return ""
    time = when.spoken(request.covers_until, zone)
    return say("One signature signs {n} posts of the series, all with these very words, until {time}.",
               n=request.covers, time=time)  # fmt: skip


def shown(brand: Brand, request: ApprovalRequest, given: Sequence[Decision]) -> bool:
    """Say whether everybody who signed had the line on the card before them."""
    lines = set()
    for language in ("en", "zh-CN"):
        with speaking(language):
            lines.add(words(request, brand.zone))
    return all(d.via in _SHOWN and any(line in d.shown for line in lines if line) for d in given)


def fault(conn: Connection, sig: Lasting, content: Content, brand: Brand, policy: ApprovalPolicy, now: datetime) -> str:
    """Return why a lasting signature does not sign a content now, or an empty text."""
    if broken := over(conn, sig, brand, policy):
        return broken
    if (content.brand, content.account) != (sig.brand, sig.account):
        return "it is for another account"
    if said(content) != sig.said:
        return "its words are not those that were signed"
    wall = content.window.wall
    if wall is None or when.instant(content.window, now)[0] > sig.until:
        return "its time is after the last one that was signed"
    its = series.get(conn, sig.series)
    before = (datetime.fromisoformat(wall) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    if recurrence.coming(its.rule, its.start, before, 1) != [wall] or content.window.zone != its.zone:
        return "its time is not one of the series"
    return ""


def over(conn: Connection, sig: Lasting, brand: Brand, policy: ApprovalPolicy) -> str:
    """Return why a lasting signature signs nothing any more, or an empty text."""
    if sig.ended:
        return sig.ended
    if policy_digest(policy) != sig.policy:
        return "the approval policy was changed"
    if rules_digest(brand) != sig.rules:
        return "a hard rule was changed"
    return "everything was stopped" if lasting.stopped_since(conn, sig.given) else ""


def unfounded(desk: Desk, conn: Connection, post: Post, found: Signed | None) -> str:
    """Return why a post may not go out on the lasting signature that it stands on; empty where it may or has none."""
    if found is None or not found.stands_on:
        return ""
    sig = lasting.get(conn, found.stands_on)
    if sig is None:
        return "the lasting signature behind it is not there"
    brand, policy = desk.brand(conn, sig.brand)
    why = fault(conn, sig, post.content, brand, policy, desk.clock.now())
    used = lasting.used_for(conn, found.request_id)
    if not why and used != (sig.id, post.content.window.wall):
        why = "it did not sign this time"
    if not why and lasting.uses(conn, sig.id) > sig.most:
        why = f"it signs {sig.most} posts, and this would be more"
    return f"the lasting signature does not hold: {why}" if why else ""


def end(desk: Desk, conn: Connection, series_id: str, why: str, who: str) -> bool:
    """End the lasting signature of a series, and tell people; False where there is none."""
    sig = lasting.of_series(conn, series_id)
    return sig is not None and _end(conn, sig, why, who, desk.clock.now())


def end_all(conn: Connection, why: str, who: str, now: datetime) -> None:
    """End every lasting signature of a database, and tell people."""
    for sig in lasting.in_force(conn):
        _end(conn, sig, why, who, now)


def _end(conn: Connection, sig: Lasting, why: str, who: str, now: datetime) -> bool:
    if not lasting.end(conn, sig, why, who=who, at=now):
        return False
    text = say("{account}: the lasting signature of series {series} has ended: {why}", account=sig.account,
               series=sig.series, why=why)  # fmt: skip
    step = say("Each post needs its own signature again: `signoff approve --series {series}`.", series=sig.series)
    rows.notify(conn, now, sig.brand, f"series:{sig.series}", text, step)
    return True


def edited(desk: Desk, conn: Connection, draft: Draft, origin: str, who: str) -> None:
    """End the lasting signature of the series that a changed draft belongs to, or whose words it gave."""
    mine = [draft.series] if draft.series.startswith(SERIES) and origin != "repeat" else []
    for series_id in (*mine, *lasting.about(conn, draft.id)):
        end(desk, conn, series_id, f"draft {draft.id} was changed", who)
