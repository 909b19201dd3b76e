"""One comment as the inbox shows it: its thread, what was read out of it, its author, its clock, and its answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.checks.kit.posing import imitates
from bot.checks.tables import LOOKALIKES
from bot.domain.comment import SETTLED, CommentState, Entry
from bot.domain.draft import DraftState
from bot.errors import BadInput, NotFound, Stale
from bot.insight.office_hours import worked
from bot.store import authors, comment_cards, comments, hiding, posts, waiting
from bot.surfaces.web import cards, words
from bot.surfaces.web.visit import SIGNERS, WRITERS
from bot.surfaces.web.words import Piece
from bot.words import joined, retold, say
from bot.workflow import comment_words, handling, hide, when, wordings

if TYPE_CHECKING:
    from bot.domain.replies import Office
    from bot.surfaces.web.cards import CardView
    from bot.surfaces.web.visit import Visit
    from bot.workflow.card import Card
    from bot.workflow.wordings import Wordings

Rows = list[tuple[str, str]]
#: Comments of a thread and of a group that are shown; of an author's others.
THREAD, GROUP, OTHERS = 30, 20, 4
_POSING = frozenset(char for many in LOOKALIKES.values() for char in many)


@dataclass(frozen=True)
class Said:
    """One thing in the thread."""

    who: str
    time: str
    text: str
    #: Of the brand itself; the comment that is opened.
    own: bool = False
    here: bool = False
    id: str = ""


@dataclass(frozen=True)
class Member:
    """One of a group, with its answer where there is one that may be signed together with the others."""

    id: str
    name: str
    time: str
    state: str
    #: What its form carries: comment, digest of its words, version and hash of the answer.
    bound: str = ""


@dataclass(frozen=True)
class View:
    """Everything the template draws."""

    entry: Entry
    name: str
    label: str
    state: str
    why: str
    pieces: list[Piece]
    reading: Rows
    #: (what, mood, the mood in words)
    aspects: list[tuple[str, str, str]]
    clock: str
    late: bool
    thread: list[Said]
    #: How much more was said before.
    earlier: int
    author: Rows
    others: list[Said]
    notes: Rows
    strange: str
    alone: bool
    taken: str
    group: list[Member]
    grouped: int
    answer: CardView | None
    #: Answers of the group, each in other words, that one press may sign.
    wordings: Wordings | None
    #: What this person may do: names of buttons.
    may: frozenset[str]
    bound: str
    #: How it stands on its platform where somebody hid it from readers; and the column's own word for that.
    there: str = ""
    hiding: str = ""
    opened: str = ""
    faults: list[str] = field(default_factory=list)
    typed: Mapping[str, str] = field(default_factory=dict)


def digest(one: Entry) -> str:
    """Name the words of a comment as they stand: a form means these and no others."""
    whole = f"{one.deleted is not None}\n{one.text}"
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]


def name(one: Entry) -> str:
    """Return whom a comment is of, as the platform shows it."""
    author = one.comment.author
    return f"@{author.handle}" if author.handle else author.name or author.id


def held(visit: Visit) -> Entry:
    """Return the comment that a form means, while it says what it said on the page. Raises NotFound, Stale."""
    return checked(visit, visit.path["comment"], visit.form.get("words", ""))


def checked(visit: Visit, comment_id: str, given: str) -> Entry:
    """Return a comment of this brand that says what ``given`` names. Raises NotFound, BadInput, Stale."""
    one = load(visit, comment_id)
    look = say("The page shows what it is now.")
    if len(given) != 16:
        raise BadInput(say("This button names no comment."), next_step=say("Load the page again."))
    if digest(one) != given:
        said = say("The author removed the comment.") if one.deleted else say("The author changed the comment.")
        raise Stale(said, next_step=look)
    return one


def load(visit: Visit, comment_id: str) -> Entry:
    """Return a comment of this brand. Raises NotFound."""
    with visit.app.db.read() as conn:
        one = comments.get(conn, comment_id)
    if one.brand != visit.brand.id:
        raise NotFound(say("There is no comment {id}.", id=repr(comment_id)))
    return one


def view(visit: Visit, comment_id: str, office: Office, **more: Any) -> View:
    """Gather what the page shows of a comment. Raises NotFound."""
    one = load(visit, comment_id)
    said, now = one.comment, visit.app.clock.now()
    platform = said.account.partition(":")[0]
    with visit.app.db.read() as conn:
        around = comments.in_thread(conn, said.account, one.thread)
        mine = comment_cards.ours(conn, said.account, list(filter(None, {said.root_id, said.parent_id})))
        own = [(posts.get(conn, post_id), n) for post_id, n in dict.fromkeys(mine.values())]
        taken = authors.taken_by(conn, said.account, one.thread)
        alone = bool(authors.opted_out(conn, visit.brand.id, platform, said.author.id))
        kept = comments.notes(conn, one.id)
        theirs, n, answered = waiting.by_author(conn, visit.brand.id, said.author.id, OTHERS + 1)
        members = waiting.group(conn, one.like or one.id, GROUP)
        grouped = waiting.like(conn, [one.like or one.id]).get(one.like or one.id, 0)
        there = hiding.of(conn, one.id)
    account = visit.brand.account(said.account)
    zone = account.zone if account else visit.brand.zone
    answer = _answer(visit, one)
    thread = [_ours(visit, post, part, zone) for post, part in own] + [_said(e, zone, one) for e in around]
    at = next((k for k, s in enumerate(thread) if s.here), 0)
    first = max(0, min(at - 6, len(thread) - THREAD))
    clock, late = _clock(one, office, zone, now)
    names = {p.id: p.name for p in visit.brand.people}
    found = View(
        entry=one, name=name(one), label=visit.app.desk.platform_class(platform).label,
        state=comment_words.stands(one, answer.card if answer else None, alone),
        why=_why(one, names, alone), pieces=_pieces(one), reading=_reading(one),
        aspects=[(say(a), m, say(m)) for a, m in one.triage.aspects] if one.triage else [], clock=clock, late=late,
        thread=thread[first : first + THREAD], earlier=first, author=_author(visit, one, n, answered, zone),
        others=[_said(e, zone, one) for e in theirs if e.id != one.id][:OTHERS],
        notes=[(_noted(k, names, zone), k["text"]) for k in kept], 
        strange=_strange(f"{said.author.name} {said.author.handle}"),
        alone=alone, taken=names.get(taken, taken), group=_group(visit, one, members, zone, answer), grouped=grouped,
        answer=answer, wordings=_wordings(visit, one, members, answer), may=frozenset(), bound=digest(one),
        hiding=there, **more,
    )  # fmt: skip
    return _with_may(visit, replace(found, there=_there(there, found.label)))


def _there(stands: str, label: str) -> str:
    return {
        hiding.HIDE: say("A worker is about to hide it on {label}.", label=label),
        hiding.HIDDEN: say("Readers on {label} do not see it.", label=label),
        hiding.SHOW: say("A worker is about to show it on {label} again.", label=label),
    }.get(stands, "")


def _answer(visit: Visit, one: Entry) -> CardView | None:
    if not one.draft or one.deleted:
        return None
    try:
        return cards.view(visit, cards.load(visit, one.draft))
    except NotFound:
        return None


def waits(one: Entry, answer: Card | None) -> bool:
    """Say whether a comment has an answer that a person may sign."""
    return answer is not None and one.state is CommentState.PROPOSED and answer.version.state is DraftState.IN_REVIEW


def _with_may(visit: Visit, found: View) -> View:
    one, may = found.entry, set[str]()
    if any(visit.person.may(role) for role in WRITERS) and not one.deleted:
        may |= {"note", "assign", "relabel"}
        if one.state in SETTLED:
            may |= set() if one.state is CommentState.ANSWERED else {"reopen"}
        else:
            may |= {"snooze", "ignore", "hide", "close", "escalate", "give_back" if found.taken else "take_over"}
            under_way = one.state in (CommentState.PROPOSED, CommentState.AUTO_REPLIED) and found.answer is not None
            if not found.alone and not one.source and not under_way:
                may |= {"answer", "suggest"}
            if found.answer and not found.alone and one.state is CommentState.PROPOSED and "edit" in found.answer.may:
                may.add("edit")
    signs = any(visit.person.may(role) for role in SIGNERS)
    if signs and not found.alone and found.answer and "approve" in found.answer.may and waits(one, found.answer.card):
        may.add("approve")
        if found.wordings is not None:
            may.add("approve_wordings")
        elif len([m for m in found.group if m.bound]) > 1:
            may.add("approve_all")
    if signs and found.alone:
        may.add("opt_in")
    if signs and hide.can(visit.app.desk, one):
        if found.hiding in (hiding.HIDE, hiding.HIDDEN):
            may.add("show_there")
        elif one.state is not CommentState.ANSWERED:
            may.add("hide_there")
    return replace(found, may=frozenset(may))


# --- pieces ----------------------------------------------------------------------------------------------------


def _pieces(one: Entry) -> list[Piece]:
    if one.deleted:
        return [Piece(say("Its author removed it; its words are not shown any more."))]
    read = one.triage
    spans = []
    if read and any(read.span):
        kind = {"negative": "block", "positive": "good"}.get(read.sentiment, "note")
        spans = [(*read.span, kind, words.seen(retold(read.reason)))]
    return words.pieces(one.text, spans)


def _reading(one: Entry) -> Rows:
    read = one.triage
    if read is None:
        return [(say("Reading"), say("nothing was read out of it"))]
    sure = say("{n} % sure", n=round(100 * read.confidence))
    rows = [(say("Mood"), comment_words.reasoned(f"{say(read.sentiment)} ({sure})", retold(read.reason)))]
    if read.emotion:
        rows.append((say("Emotion"), say(read.emotion)))
    surely = f" ({say('{n} % sure', n=round(100 * read.intent_confidence))})" if read.intent_confidence else ""
    rows.append((say("Intent"), say(read.intent.value) + surely))
    rows.append((say("Priority"), comment_words.priority(read)))
    if read.language and read.language != "und":
        rows.append((say("Language"), comment_words.tongue(read.language)))
    rows.append((say("Read by"), words.reader(read.by)))
    return [(label, words.seen(body)) for label, body in rows]


def _author(visit: Visit, one: Entry, n: int, answered: int, zone: str) -> Rows:
    author = one.comment.author
    rows = [(say("Name"), " · ".join(filter(None, (author.name, f"@{author.handle}" if author.handle else ""))))]
    rows.append((say("ID"), author.id))
    if posed := imitates(author, visit.brand, one.comment.account):
        rows.append((f"⚠️ {say('Impostor?')}", say("looks like {name}, and is somebody else", name=posed)))
    if author.bot:
        rows.append((say("Program"), say("the platform calls this account a program")))
    many = f"{waiting.COUNTED}+" if n > waiting.COUNTED else str(n)
    rows.append((say("Said to you"), say("comments: {n}, answered: {answered}", n=many, answered=answered)))
    if one.comment.url:
        rows.append((say("Link"), one.comment.url))
    return [(label, words.seen(body)) for label, body in rows]


def _strange(text: str) -> str:
    """Name the letters of other alphabets in a name that is written to be read as Latin."""
    letters = [c for c in text if c.isalpha()]
    posing = [c for c in letters if c in _POSING and not c.isascii()]
    mixed = any(c.isascii() for c in letters) or all(c in _POSING for c in letters)
    return words.letters("".join(posing)) if posing and mixed else ""


def _said(one: Entry, zone: str, here: Entry) -> Said:
    text = say("Its author removed it.") if one.deleted else one.text
    return Said(name(one), when.spoken(one.comment.at, zone), text, here=one.id == here.id, id=one.id)


def _ours(visit: Visit, post: Any, n: int, zone: str) -> Said:
    receipt = post.parts[n].receipt
    time = when.spoken(receipt.at, zone) if receipt else ""
    return Said(visit.brand.name, time, post.content.parts[n].text, own=True)


def _noted(row: Mapping[str, Any], names: Mapping[str, str], zone: str) -> str:
    who = say("before it was changed") if row["kind"] == "before" else names.get(row["who"], row["who"])
    return f"{who} · {when.spoken(row['at'], zone)}"


def _clock(one: Entry, office: Office, zone: str, now: datetime) -> tuple[str, bool]:
    """Say how long a comment waits in working time, and until when an answer is wanted."""
    most, end = timedelta(hours=office.within_hours), one.answered or one.closed
    if one.state in SETTLED and end is None:
        return "", False
    time = worked(one.comment.at, end or now, office, zone)
    hours = say("{n} h", n=f"{time.total_seconds() / 3600:.1f}")
    if end is not None:
        return say("Took {time} of working time.", time=hours), time > most
    if time > most:
        return say("Overdue: it waits {time} of working time, {most} h are wanted.", time=hours,
                   most=f"{office.within_hours:g}"), True  # fmt: skip
    due = _due(one.comment.at, office, zone, most)
    until = when.spoken(due, zone) if due else "–"
    return say("Due on {time}: it waits {waited} of working time.", time=until, waited=hours), False


def _due(start: datetime, office: Office, zone: str, most: timedelta) -> datetime | None:
    low, high = start, start + timedelta(days=30)
    if worked(start, high, office, zone) <= most:
        return None
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        low, high = (low, middle) if worked(start, middle, office, zone) >= most else (middle, high)
    return high


def _why(one: Entry, names: Mapping[str, str], alone: bool) -> str:
    found = [say("Nothing is sent to them, never again.")] if alone else []
    if one.why:
        found.append(_because(one.why, names))
    if one.edited:
        found.append(say("Its author changed it; these are the words now."))
    if one.assignee:
        found.append(say("{person} has it.", person=names.get(one.assignee, one.assignee)))
    return words.seen(joined(*found))


def _because(why: str, names: Mapping[str, str]) -> str:
    """Say why a comment stands as it does, with people's names for their ids."""
    who, _, rest = why.removeprefix("by ").partition(" ")
    said = {"": say("By {person}."), "answers": say("{person} answers it."), "asked for an answer": say(
        "{person} asked for an answer.")}  # fmt: skip
    if who in names and rest in said:
        return said[rest].format(person=names[who])
    return say("Why: {why}.", why=retold(why).rstrip(".。"))


def _group(visit: Visit, one: Entry, members: list[Entry], zone: str, answer: CardView | None) -> list[Member]:
    """Return the others of a group, and this one; those with the same answer waiting can be signed with it."""
    if len(members) < 2:
        return []
    texts = [p.text for p in answer.card.version.content.parts] if answer else []
    found = []
    for e in members:
        bound, card = "", cards.load(visit, e.draft) if texts and e.draft else None
        if card and _signable(visit, e, card) and [p.text for p in card.version.content.parts] == texts:
            bound = f"{e.id}:{digest(e)}:{card.version.version}:{card.version.hash}"
        stands = comment_words.stands(e, card, False)
        found.append(Member(e.id, name(e), when.spoken(e.comment.at, zone), stands, bound))
    return found


def _wordings(visit: Visit, one: Entry, members: list[Entry], answer: CardView | None) -> Wordings | None:
    """Return the answers of a group where the policy lets them be signed together, and one has other words."""
    if len(members) < 2 or answer is None or not any(visit.person.may(role) for role in SIGNERS):
        return None
    with visit.app.db.read() as conn:
        found = wordings.of(visit.app.desk, conn, one.id, visit.person)
    mine = one.id in {w.entry.id for w in found.members}
    return found if mine and len(found.members) > 1 and found.alike < len(found.members) - 1 else None


def _signable(visit: Visit, one: Entry, card: Card) -> bool:
    """Say whether this person may sign the answer of a comment now."""
    return waits(one, card) and visit.person.id in {p.id for p in handling.able(card)}
