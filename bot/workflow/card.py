"""The review card: everything a signature covers, drawn by code from the bytes to be sent. Nothing is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.checks.text import visible
from bot.domain.approval import ApprovalRequest, Choice, Decision
from bot.domain.brand import Account, Brand, Rule
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.domain.policy import DEFAULT
from bot.domain.post import Post
from bot.platforms.base import Charge, Limits
from bot.store import approvals, drafts, posts
from bot.words import joined, retold, say
from bot.workflow import background, finding_words, lasting, surroundings, when
from bot.workflow.desk import Desk
from bot.workflow.rights import writers


@dataclass(frozen=True)
class Card:
    """One version of a draft with all that a person needs to decide on it."""

    draft: Draft
    version: DraftVersion
    brand: Brand
    account: Account
    label: str
    #: ``used of limit unit`` for each part.
    sizes: tuple[str, ...]
    #: What the platform asks for sending it.
    charges: tuple[Charge, ...]
    due: datetime
    remark: str
    cited: tuple[Rule, ...]
    request: ApprovalRequest | None
    decisions: tuple[Decision, ...]
    posts: tuple[Post, ...]
    #: People who may not sign it under four eyes: who asked for it, and whose words it holds.
    wrote: frozenset[str] = frozenset()

    @property
    def signed(self) -> tuple[str, ...]:
        """People whose signatures are on this version."""
        n = self.version.version
        return tuple(d.person for d in self.decisions if d.version == n and d.choice is Choice.APPROVE)


def card(desk: Desk, conn: Connection, draft_id: str, number: int | None = None) -> Card:
    """Gather the card of a draft's current (or given) version. Raises NotFound."""
    draft, version = drafts.get(conn, draft_id), drafts.version(conn, draft_id, number)
    history = drafts.versions(conn, draft_id)[: version.version]
    brand, _ = desk.brand(conn, draft.brand)
    return made(
        desk, draft, version, brand, desk.limits(conn, version.content.account),
        approvals.of_version(conn, draft_id, version.version), approvals.decisions(conn, draft_id=draft_id),
        posts.of_draft(conn, draft_id), frozenset(writers(conn, draft, history)),
    )  # fmt: skip


def made(
    desk: Desk, draft: Draft, version: DraftVersion, brand: Brand, limits: Limits, request: ApprovalRequest | None,
    decided: Sequence[Decision], sent: Sequence[Post], wrote: frozenset[str],
) -> Card:  # fmt: skip
    """Put a card together from what was read for it."""
    content, key = version.content, version.content.account
    account, platform = brand.account(key) or Account(*key.split(":", 1)), desk.platform_class(key.split(":")[0])
    ahead, reply = platform.length(content.warning), bool(content.reply_parent)
    sizes = tuple(f"{platform.length(p.text) + ahead} / {limits.text} {say(limits.unit)}" for p in content.parts)
    due, remark = when.instant(content.window, desk.clock.now())
    return Card(
        draft=draft, version=version, brand=brand, account=account, label=platform.label, sizes=sizes,
        charges=tuple(c for p in content.parts for c in platform.charges(p, reply=reply)), due=due, remark=remark,
        cited=tuple(r for c in version.citations if (r := brand.rulebook.get(c))), request=request,
        decisions=tuple(decided), posts=tuple(sent), wrote=wrote,
    )  # fmt: skip


def lines(card: Card) -> list[tuple[str, str]]:
    """Return the card as (heading, text) rows, in the order in which people read it."""
    version, content, last = card.version, card.version.content, card.version.version == card.draft.version
    found = [
        (say("Draft"), f"{card.draft.id}  v{version.version}  #{version.hash[:8]}  {state_word(version.state, last)}"),
        (say("Where"), f"{card.label}  {card.account.key}  {card.account.handle}".rstrip()),
        (say("When"), _when(card)),
    ]
    found += background.what(card)
    found += surroundings.around(card.version.content, card.charges)
    for n, part in enumerate(content.parts):
        name = say("Text") if len(content.parts) == 1 else say("Part {n} of {of}", n=n + 1, of=len(content.parts))
        found.append((f"{name} ({card.sizes[n]})", part.text))
        found += surroundings.beside(card, part)
    found += background.beside(card)
    found += background.follows(card) + background.rests(card)
    for finding in version.findings:
        rule_id = f" [{finding.rule_id}]" if finding.rule_id else ""
        said = joined(retold(finding.message), retold(finding.fix))
        found.append((say("Finding"), f"{finding_words.weight(finding.severity)}{rule_id}: {said}"))
    if not version.findings:
        found.append((say("Checks"), say("nothing found")))
    words = say("words by {model}", model=by) if (by := version.evidence.get("model")) else say("words by a person")
    found.append((say("Asked for by"), f"{card.draft.author} ({words})"))
    if version.note:
        found.append((say("Note"), version.note))
    if card.request is not None:
        found.append((say("Signatures"), _terms(card)))
    # Rules, notes and findings quote what others wrote, and a terminal obeys what it is shown.
    return [(heading, visible(body)) for heading, body in found]


def text(card: Card) -> str:
    """Return the card as plain text: what is stored with a decision as "what was shown"."""
    return "\n".join(f"{heading}: " + body.replace("\n", "\n    ") for heading, body in lines(card))


def state_word(state: DraftState, last: bool = False) -> str:
    """Name a state as people say it; the newest version was replaced by nothing: it was cancelled."""
    return {
        DraftState.PROPOSED: say("held back by a check"),
        DraftState.IN_REVIEW: say("waits for a signature"),
        DraftState.APPROVED: say("signed off"),
        DraftState.REJECTED: say("rejected"),
        DraftState.LAPSED: say("nobody signed in time"),
        DraftState.SUPERSEDED: say("cancelled") if last else say("replaced by a newer version"),
    }[state]


def _when(card: Card) -> str:
    window = card.version.content.window
    if window.wall is None:
        return say("as soon as it is signed off")
    said = when.spoken(card.due, window.zone)
    if window.zone != card.brand.zone:
        said += f" = {when.spoken(card.due, card.brand.zone)}"
    return f"{said}. {card.remark}".strip(". ")


def _terms(card: Card) -> str:
    request, author = card.request, card.draft.author
    assert request is not None
    barred = {author} if request.four_eyes else set[str]()
    who = ", ".join(p for p in request.signers if p not in barred)
    if not request.signers:
        who = say("any approver except {author}", author=author) if barred else say("any approver")
    until = when.spoken(request.expires, card.brand.zone)
    terms = {"of": request.needed, "who": who or "-", "time": until}
    said = say("{n} of {of}; {who} may sign until {time}", n=len(card.signed), **terms)
    if card.signed:
        said += say("; ") + say("signed by {people}", people=", ".join(card.signed))
    said = joined(said, lasting.words(request, card.brand.zone))
    if request.policy_rule != DEFAULT.name:
        said = joined(said, say("(policy: {rule})", rule=request.policy_rule))
    return said
