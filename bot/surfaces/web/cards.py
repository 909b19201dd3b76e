"""A draft's card as the page shows it: everything a signature covers, and all that is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.domain.draft import Finding
from bot.domain.post import PostState
from bot.errors import BadInput, NotFound, Stale
from bot.store import drafts, events, facts, posts
from bot.surfaces.web import grounds, likeness, words
from bot.surfaces.web.grounds import Grounds
from bot.surfaces.web.likeness import Likeness
from bot.surfaces.web.words import Piece
from bot.words import joined, retold, say
from bot.workflow import background, finding_words, handling, queue, several, signature_words, slots, surroundings, when
from bot.workflow import card as cards

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.domain.draft import DraftVersion, Media
    from bot.domain.post import Post
    from bot.surfaces.web.visit import Visit
    from bot.workflow.card import Card

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class PartView:
    """One part, as it will read."""

    name: str
    size: str
    pieces: list[Piece]
    rows: Rows
    media: list[Media]
    #: The text as it stands, for the form; and the descriptions of its pictures.
    text: str
    #: Numbers of the rules that hold for the text as a whole.
    whole: list[int]


@dataclass(frozen=True)
class FindingView:
    """What a check noticed."""

    n: int
    severity: str
    word: str
    said: str
    rule: str
    fixable: bool


@dataclass(frozen=True)
class SettleView:
    """A part of which a person must say whether it is there."""

    post: str
    n: int
    attempt: int
    name: str
    why: str
    #: Whether it may be live, so that somebody may have found it.
    maybe: bool


@dataclass(frozen=True)
class CardView:
    """Everything the template draws."""

    card: Card
    title: str
    where: str
    why: str
    time: str
    remark: str
    parts: list[PartView]
    findings: list[FindingView]
    around: Rows
    rests: Rows
    signatures: Rows
    posted: Rows
    diff: list[Piece]
    #: (version, by whom and how, whether it is the one shown)
    versions: list[tuple[int, str, bool]]
    audit: list[tuple[str, str, str]]
    likeness: Likeness
    grounds: Grounds
    #: Whose words the text is: ``model``, ``person`` or ``file``, and that in words.
    whose: tuple[str, str]
    settle: list[SettleView]
    #: Whether the policy lets it be signed together with others.
    together: bool
    #: What this person may do with it: names of buttons; and why not, for signing.
    may: frozenset[str]
    cannot: str
    slot: str = ""
    slot_said: str = ""
    #: Texts that were typed and not stored, by field.
    typed: dict[str, str] = field(default_factory=dict)
    #: Which form stands open, and what is wrong in it.
    opened: str = ""
    faults: list[str] = field(default_factory=list)


def load(visit: Visit, draft_id: str, number: int | None = None) -> Card:
    """Return the card of a draft of this brand. Raises NotFound."""
    with visit.app.db.read() as conn:
        found = cards.card(visit.app.desk, conn, draft_id, number)
    if found.draft.brand != visit.brand.id:
        raise NotFound(say("There is no draft {draft}.", draft=draft_id))
    return found


def held(visit: Visit) -> Card:
    """Return the card that a form means, while it is the newest. Raises NotFound, BadInput, Stale."""
    given, number = visit.form.get("hash", ""), visit.form.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) < 7 and len(given) == 64):
        raise BadInput(say("This button names no draft."), next_step=say("Load the page again."))
    found = load(visit, visit.path["draft"])
    if found.draft.version != int(number):
        raise Stale(
            joined(say("You saw version {seen}; draft {draft} is at version {now}.", seen=int(number),
                       draft=found.draft.id, now=found.draft.version), handling.because(found)),
            next_step=say("The card shows what it is now."),
        )  # fmt: skip
    if found.version.hash != given:
        raise Stale(say("Draft {draft} is not the text you saw.", draft=found.draft.id),
                    next_step=say("The card shows what it is now."))  # fmt: skip
    return found


def view(visit: Visit, card: Card, **more: Any) -> CardView:
    """Gather what the page shows of a card."""
    where, post = handling.standing(card), handling.post_of(card)
    with visit.app.db.read() as conn:
        history = drafts.versions(conn, card.draft.id)
        audit = _audit(conn, card)
        known = facts.of_account(conn, card.account.key)
        settle = _settle(conn, post) if post and where in ("asked", "refused") else []
        together = where == "review" and several.allowed(visit.app.desk, conn, card.draft, card.version)
    before = next((v for v in history if v.version == card.version.version - 1), None)
    slotted = where in _MOVABLE and slots.of_account(card.brand, card.account)
    slot = handling.next_free(visit.app.desk, card) if slotted else None
    slot_said = ""
    if slot is not None:
        slot_said = when.spoken(when.instant(slot, visit.app.clock.now())[0], slot.zone)
    may, cannot = _may(visit, card, where)
    rest = grounds.of(card)
    return CardView(
        card=card, title=handling.title(card), where=where, why=_why(card, where), time=time(card),
        remark=card.remark, parts=[_part(card, n, rest) for n in range(len(card.version.content.parts))],
        findings=[finding(card, n, f) for n, f in enumerate(card.version.findings)],
        around=_seen(_what(card) + surroundings.around(card.version.content, card.charges)),
        rests=_rests(card), signatures=_seen(signature_words.signatures(card, card.brand.zone)),
        posted=_posted(post) if post else [],
        diff=words.compared(_whole(before), _whole(card.version)) if before else [],
        versions=[(v.version, _how(card, v), v.version == card.version.version) for v in reversed(history)],
        audit=audit, may=may, cannot=cannot, likeness=likeness.of(card, known), grounds=rest, whose=_whose(card),
        settle=settle if "settle" in may else [], together=together and "approve" in may,
        slot=(slot.wall or "") if slot else "", slot_said=slot_said, **more,
    )  # fmt: skip


_MOVABLE = ("review", "held", "rejected", "lapsed")


def _may(visit: Visit, card: Card, where: str) -> tuple[frozenset[str], str]:
    """Return the buttons that do something for this person now, and why signing is none of them."""
    from bot.surfaces.web.visit import SIGNERS, WRITERS

    writes = any(visit.person.may(role) for role in WRITERS)
    signs = any(visit.person.may(role) for role in SIGNERS)
    found, cannot = set[str](), ""
    if where in _MOVABLE and writes:
        found |= {"edit", "another", "reschedule", "fix"}
    if where == "review" and signs:
        found.add("reject")
        if visit.person.id in {p.id for p in handling.able(card)}:
            found |= {"approve"} | ({"now"} if card.version.content.window.wall else set())
    if where == "review" and "approve" not in found:
        cannot = _cannot(visit, card, signs)
    if where in ("held", "review", "scheduled") and (signs or (writes and visit.person.id == card.draft.author)):
        found.add("cancel")
    if where in ("asked", "refused") and signs:
        found.add("settle")
    post = handling.post_of(card)
    lived = [p.receipt.at for p in post.parts if p.receipt and p.state is PostState.LIVE] if post else []
    if signs and lived and visit.app.clock.now() - max(lived) <= handling.UNDO:
        found.add("undo")
    return frozenset(found), cannot


def _cannot(visit: Visit, card: Card, signs: bool) -> str:
    if visit.person.id in card.signed:
        return say("Your signature is on it.")
    if not signs:
        return say("You may read this; signing needs the role approver.")
    if card.request is not None and card.request.four_eyes and visit.person.id in card.wrote:
        return say("These are your own words: somebody else must sign them.")
    return say("The policy names other people to sign this.")


def _why(card: Card, where: str) -> str:
    if where == "old":
        return say("Version {n} is the newest; nothing can be signed here.", n=card.draft.version)
    if where == "rejected":
        last = [d for d in card.decisions if d.version == card.version.version]
        if last:
            who = handling.named(card, last[-1].person)
            if last[-1].reason:
                return say("{person} rejected it: {why}", person=who, why=last[-1].reason)
            return say("{person} rejected it.", person=who)
    if where in ("review", "held") and card.version.version > 1:
        return handling.because(card)
    return ""


def time(card: Card) -> str:
    """Say when it goes out, by the clock of the account and of the brand."""
    window = card.version.content.window
    if window.wall is None:
        return say("as soon as it is signed off")
    zones = dict.fromkeys((window.zone, card.brand.zone))
    return " = ".join(when.spoken(card.due, zone) for zone in zones)


def _part(card: Card, n: int, rest: Grounds) -> PartView:
    one, of = card.version.content.parts[n], len(card.version.content.parts)
    spans: list[grounds.Span] = [
        (*f.span, f.severity.value, words.seen(_said(card, f)), f"#finding-{at}")
        for at, f in enumerate(card.version.findings, 1) if f.part == n and any(f.span)
    ]  # fmt: skip
    spans += rest.spans.get(n, [])
    whole = [rule.n for rule in rest.rules if rule.whole and not rule.broken]
    name = say("Part {n} of {of}", n=n + 1, of=of) if of > 1 else say("Text")
    size = say("{size} characters", size=card.sizes[n].rsplit(" ", 1)[0])
    pictures = [*one.media, *([one.card.picture] if one.card and one.card.picture else [])]
    return PartView(name, size, words.pieces(one.text, spans), _seen(surroundings.beside(card, one)), pictures,
                    one.text, whole)  # fmt: skip


def finding(card: Card, n: int, found: Finding) -> FindingView:
    """Return what the page shows of a finding."""
    word = finding_words.marked(found.severity)
    return FindingView(n, found.severity.value, word, words.seen(_said(card, found)), found.rule_id,
                       handling.can_fix(card, found))  # fmt: skip


def _said(card: Card, finding: Finding) -> str:
    said = joined(retold(finding.message), retold(finding.fix))
    if finding.check == "lookalikes" and any(finding.span) and finding.part < len(card.version.content.parts):
        named = words.letters(card.version.content.parts[finding.part].text[slice(*finding.span)])
        said = joined(said, f"({named})") if named else said
    return said


def _what(card: Card) -> Rows:
    """Return what the draft is, without the words of strangers: those stand by themselves."""
    return [(label, body) for label, body in background.what(card) if not body.startswith("> ")]


def _whose(card: Card) -> tuple[str, str]:
    version = card.version
    if version.origin in ("import", "repeat"):
        return "file", say("from a file") if version.origin == "import" else say("said before")
    if version.known("model") and version.origin != "person":
        return "model", say("written by the model")
    return "person", say("words by {person}", person=handling.named(card, version.author))


def _settle(conn: Connection, post: Post) -> list[SettleView]:
    found = []
    for one in post.parts:
        if one.state in (PostState.ASKED, PostState.REFUSED):
            name = say("Part {n} of {of}", n=one.n + 1, of=len(post.parts)) if len(post.parts) > 1 else say("Post")
            maybe = one.state is PostState.ASKED and posts.maybe_live(conn, post.id, one.n)
            found.append(SettleView(post.id, one.n, one.attempts, name, words.seen(retold(one.why)), maybe))
    return found


def _rests(card: Card) -> Rows:
    found = list(background.beside(card))
    if card.version.note:
        found.append((say("Note"), retold(card.version.note)))
    if card.draft.brief:
        found.append((say("Brief"), card.draft.brief))
    by = signature_words.words_by(card)
    found.append((say("Asked for by"), f"{handling.named(card, card.draft.author)} · {by}"))
    return _seen(found)


def _posted(post: Post) -> Rows:
    found = []
    for one in post.parts:
        name = say("Part {n} of {of}", n=one.n + 1, of=len(post.parts)) if len(post.parts) > 1 else say("Post")
        more = one.receipt.url if one.receipt else retold(one.why or "")
        found.append((name, f"{queue.word(one.state.value)}  {more}".strip()))
    return _seen(found)


def _how(card: Card, version: DraftVersion) -> str:
    names = {"model": say("written by the model"), "reschedule": say("another time"), "now": say("to be sent at once")}
    how = names.get(version.origin, say("written by a person"))
    return f"{handling.named(card, version.author)} · {how} · {cards.state_word(version.state)}"


def _audit(conn: Connection, card: Card) -> list[tuple[str, str, str]]:
    parts = [(p.id, q.n) for p in posts.of_draft(conn, card.draft.id) for q in p.parts]
    found = events.about_draft(conn, card.draft.id, card.draft.version, parts)
    rows = []
    for row in found:
        change = " → ".join(say(state) if state else "–" for state in (row["was"], row["now"]))
        why = retold(row["why"]) if row["why"] else ""
        what = f"{change}: {why}" if why else change
        rows.append((row["at"], handling.named(card, row["who"]), what))
    for decision in card.decisions:
        n = decision.version
        said = (
            say("signed version {n}", n=n) if decision.choice.value == "approve" else say("rejected version {n}", n=n)
        )
        rows.append((decision.at, handling.named(card, decision.person), f"{said} ({decision.via})"))
    zone = card.brand.zone
    return [(when.spoken(at, zone), words.seen(who), words.seen(what)) for at, who, what in sorted(rows, key=_first)]


def _first(row: tuple[Any, str, str]) -> Any:
    return row[0]


def _whole(version: DraftVersion) -> str:
    return "\n\n".join(p.text for p in version.content.parts)


def _seen(rows: Rows) -> Rows:
    return [(label, words.seen(body)) for label, body in rows]
