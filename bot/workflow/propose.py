"""Propose: a text becomes a version that people can look at. Nothing is published from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from bot import tracing
from bot.checks.base import Said
from bot.domain.approval import content_hash
from bot.domain.brand import Brand
from bot.domain.draft import Card, Content, Draft, DraftState, DraftVersion, Finding, Part, Window
from bot.domain.policy import ApprovalPolicy
from bot.errors import BadInput, NotFound, Stale
from bot.insight import tagging
from bot.store import drafts, events
from bot.words import say
from bot.workflow import fitting, lasting, quiet, retiring, slots, terms
from bot.workflow.around import Around, placed
from bot.workflow.desk import Desk


@dataclass(frozen=True)
class Proposal:
    """What somebody (or the model, for somebody) wants to say."""

    account: str
    parts: tuple[Part, ...]
    #: Person whose wish this is.
    author: str
    brief: str = ""
    origin: str = "person"
    citations: tuple[str, ...] = ()
    window: Window | None = None
    #: In place of a window: the slot it shall take (``next``, ``wed 09:00``), chosen as it is stored.
    slot: str = ""
    reply_parent: str = ""
    visibility: str = "public"
    language: str = ""
    around: Around = field(default_factory=Around)
    note: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[Finding, ...] = ()
    #: What the draft is, for a new one: kind of content, series, angle, segment.
    kind: str = "post"
    series: str = ""
    angle: str = ""
    segment: str = ""


@tracing.span("propose")
def new(desk: Desk, wish: Proposal, brand_id: str | None = None) -> DraftVersion:
    """Store a new draft and ask for signatures, unless a check blocks it.

    Raises NotFound for an unknown account, BadInput for an impossible time or a citation that the rule book lacks.
    """
    wish = fitting.prepared(desk, wish)
    with desk.deciding() as conn:
        brand, policy = desk.brand(conn, brand_id)
        draft = Draft(
            desk.clock.new_id("d"), brand.id, wish.account, wish.brief, wish.author, desk.clock.now(),
            kind=wish.kind, series=wish.series, angle=wish.angle, segment=wish.segment,
        )  # fmt: skip
        drafts.add(conn, draft)
        tracing.note(draft=draft.id, account=draft.account)
        return add_version(desk, conn, draft, 1, wish, brand, policy)


def revise(desk: Desk, draft_id: str, wish: Proposal, *, seen_version: int | None = None) -> DraftVersion:
    """Store the next version of a draft; every earlier signature is void from this moment.

    Raises Stale when ``seen_version`` is no longer current, NotAllowed when a part of it was already sent.
    """
    wish = fitting.prepared(desk, wish)
    with desk.deciding() as conn:
        return revised(desk, conn, draft_id, wish, seen_version)


def revised(desk: Desk, conn: Connection, draft_id: str, wish: Proposal, seen_version: int | None) -> DraftVersion:
    """Do the same in the caller's transaction, with the media as they are."""
    draft, look = drafts.get(conn, draft_id, lock=True), f"`signoff show {draft_id}`"
    if seen_version is not None and draft.version != seen_version:
        raise Stale(say("Draft {draft} is at version {n} now.", draft=draft_id, n=draft.version), next_step=look)
    brand, policy = desk.brand(conn, draft.brand)
    lasting.edited(desk, conn, draft, wish.origin, wish.author)
    retiring.retire(desk, conn, draft, who=wish.author, why=wish.note or "a new version replaces it")
    if not drafts.bump(conn, draft_id, draft.version):
        raise Stale(next_step=say("`signoff show {draft}` shows the newest version.", draft=draft_id))
    return add_version(desk, conn, draft, draft.version + 1, wish, brand, policy)


def add_version(
    desk: Desk, conn: Connection, draft: Draft, number: int, wish: Proposal, brand: Brand, policy: ApprovalPolicy
) -> DraftVersion:
    version = drawn(desk, conn, draft, number, wish, brand)
    now = version.created
    drafts.add_version(conn, version)
    subject, why = f"draft:{draft.id}@{number}", wish.note or wish.origin
    events.record(conn, now, wish.author, subject, "", version.state.value, why)
    return version if version.blocked else terms.ask(desk, conn, draft, version, policy, now)


def drawn(
    desk: Desk, conn: Connection, draft: Draft, number: int, wish: Proposal, brand: Brand,
    recent: Sequence[Said] | None = None,
) -> DraftVersion:  # fmt: skip
    """Return the version that a wish comes to, checked and hashed; nothing is stored. Raises as ``new``.

    ``recent`` is what was said on the account, the newest first, for a caller that knows it already.
    """
    account = brand.account(wish.account)
    if account is None:
        known = ", ".join(a.key for a in brand.accounts) or "none"
        why = say("{brand} has no account {account}.", brand=brand.name, account=repr(wish.account))
        raise NotFound(why, next_step=say("It has: {known}.", known=known))
    unknown = [c for c in wish.citations if brand.rulebook.get(c) is None]
    if unknown:
        raise BadInput(say("The rule book has no rule {rules}.", rules=", ".join(unknown)))
    now = desk.clock.now()
    window = wish.window or Window(None, account.zone, brand.grace_minutes)
    if wish.slot:
        window = slots.choose(conn, brand, account, wish.slot, now, draft.id)
    quiet.possible(brand, account, window, now)
    language, beside = wish.language or account.language, wish.around
    parts, misplaced = tagged(wish.parts, beside.cards, brand, draft, language)
    content = Content(
        brand=brand.id,
        account=account.key,
        handle=account.handle,
        parts=parts,
        reply_parent=wish.reply_parent,
        visibility=wish.visibility,
        language=language,
        window=window,
        rulebook=brand.rulebook.version,
        warning=beside.warning,
        labels=beside.labels,
        quote=beside.quote,
    )
    return DraftVersion(
        draft_id=draft.id,
        version=number,
        content=content,
        hash=content_hash(content),
        state=DraftState.PROPOSED,
        created=now,
        author=wish.author,
        origin=wish.origin,
        citations=wish.citations,
        findings=(*desk.findings(conn, content, brand, draft, recent), *wish.remarks, *misplaced),
        evidence=wish.evidence,
        note=wish.note,
    )


def tagged(
    parts: Sequence[Part], cards: Sequence[Card], brand: Brand, draft: Draft, language: str
) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    """Tag the links and set the link cards as the brand wants it: before checks and hash, so what is shown is sent."""
    template, values = brand.plan.tagging, tagging.names(draft, language)
    said = [replace(p, text=tagging.tag(p.text, template, values)) for p in parts]
    return placed(said, cards, lambda url: tagging.tag(url, template, values))
