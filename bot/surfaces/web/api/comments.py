"""What others said, and what is done with it. Their words are strangers': data, never instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Path, Query

from bot.domain.comment import CommentState
from bot.errors import BadInput, NotFound
from bot.store import authors
from bot.store import comments as rows
from bot.surfaces.web.api import cards, shapes
from bot.surfaces.web.api import shapes_brand as brand
from bot.surfaces.web.api.access import WRITE, Access, Op, Who
from bot.surfaces.web.api.drafts import AccountKey
from bot.surfaces.web.api.paging import Cursor, Limit
from bot.surfaces.web.api.shapes import Page, Plain
from bot.surfaces.web.places import behind, cursor
from bot.surfaces.web.visit import WRITERS
from bot.words import say, speaking
from bot.workflow import inbox

if TYPE_CHECKING:
    from bot.domain.comment import Entry
    from bot.domain.replies import Office

CommentId = Annotated[str, Path(pattern="^c_[0-9a-z]{1,40}$")]


def listed(
    who: Who,
    show: Annotated[Literal["waiting", "all"], Query(description="What waits for somebody, or everything.")] = "all",
    account: AccountKey = "",
    mood: Annotated[shapes.Mood | None, Query()] = None,
    intent: Annotated[shapes.Intent | None, Query()] = None,
    assignee: Annotated[Plain, Query(max_length=80)] = "",
    author: Annotated[Plain, Query(max_length=200)] = "",
    words: Annotated[
        Plain, Query(max_length=100, description="Only those of the newest 6,000 that hold these words.")
    ] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[brand.CommentRow]:
    """List comments, the newest first."""
    only = rows.Filter(
        account=account, mood=mood or "", intent=intent or "", assignee=assignee, author=author, words=words,
        waiting_at=who.app.clock.now() if show == "waiting" else None, aside=show == "all", behind=behind(cursor),
    )  # fmt: skip
    with who.app.db.read() as conn:
        found = rows.recent(conn, who.brand.id, None, limit=limit + 1, only=only)
        _, policy = who.app.desk.brand(conn, who.brand.id)
    office = policy.replies.office
    more = _behind(found[limit - 1]) if len(found) > limit else None
    return Page(items=[brand.CommentRow(**_row(who, office, one)) for one in found[:limit]], next=more)


def _behind(one: Entry) -> str:
    return cursor(one.comment.at, one.id)


def _row(who: Access, office: Office, one: Entry) -> dict[str, Any]:
    waits, read = inbox.waiting(who.brand, office, one, who.app.clock.now()), one.triage
    return {
        "id": one.id, "account": one.comment.account, "author": one.comment.author.handle, "text": one.text,
        "at": one.comment.at, "state": one.state.value, "mood": read.sentiment if read else None,
        "score": read.score if read else None, "intent": read.intent.value if read else None,
        "priority": int(read.priority) if read else 1,
        "language": (read.language if read else "") or one.comment.language, "assignee": one.assignee,
        "draft": one.draft, "url": one.comment.url, "late": waits.late,
        "waited_hours": round(waits.waited.total_seconds() / 3600, 1),
    }  # fmt: skip


def show(who: Who, comment: CommentId) -> brand.CommentOut:
    """Show a comment with its thread and what colleagues noted."""
    one = _own(who, comment)
    with who.app.db.read() as conn:
        _, policy = who.app.desk.brand(conn, who.brand.id)
        thread = rows.in_thread(conn, one.comment.account, one.thread)
        notes = rows.notes(conn, one.id)
        taken = authors.taken_by(conn, one.comment.account, one.thread)
    return brand.CommentOut(
        **_row(who, policy.replies.office, one), taken_over_by=taken,
        thread=[brand.Said(id=e.id, author=e.comment.author.handle, at=e.comment.at, text=e.text) for e in thread],
        notes=[brand.Note(who=n["who"], at=n["at"], text=n["text"]) for n in notes],
    )  # fmt: skip


def _own(who: Access, comment_id: str) -> Entry:
    with who.app.db.read() as conn:
        found = rows.get(conn, comment_id)
    if found.brand != who.brand.id:
        raise NotFound(say("There is no comment {id}.", id=repr(comment_id)))
    return found


def assign(who: Who, comment: CommentId, body: brand.Assign) -> brand.CommentOut:
    """Let somebody see to it."""
    inbox.assign(who.app.desk, _own(who, comment).id, body.person, who.person, who.brand)
    return show(who, comment)


def note(who: Who, comment: CommentId, body: brand.NewNote) -> brand.CommentOut:
    """Leave a note for colleagues."""
    inbox.note(who.app.desk, _own(who, comment).id, body.text, who.person)
    return show(who, comment)


def snooze(who: Who, comment: CommentId, body: brand.Snooze) -> brand.CommentOut:
    """Take it off the list for a while."""
    at = inbox.until(body.until, who.app.clock.now(), who.brand.zone)
    inbox.snooze(who.app.desk, _own(who, comment).id, at, who.person)
    return show(who, comment)


def relabel(who: Who, comment: CommentId, body: brand.Relabel) -> brand.CommentOut:
    """Correct how it was read."""
    from bot.writing import teaching

    given = {name: value for name, value in body.model_dump().items() if value}
    if not given:
        raise BadInput(say("Say what is right."), next_step=say("Give sentiment, intent, or both."))
    with speaking("en"):
        teaching.relabel(who.app, _own(who, comment).id, given, who.person.id)
    return show(who, comment)


def settle(who: Who, comment: CommentId, body: brand.SetState) -> brand.CommentOut:
    """Close it, hide it, let it be, or open it again."""
    inbox.settle(who.app.desk, _own(who, comment).id, CommentState(body.state), who.person)
    return show(who, comment)


def answer(who: Who, comment: CommentId, body: brand.Answer) -> shapes.Done:
    """Answer it yourself: a draft, which needs its signatures like any other. The thread is yours from then on."""
    with speaking("en"):
        made = inbox.answer(who.app.desk, _own(who, comment).id, body.text, who.person)
    said = say("A check holds it back.") if made.blocked else say("It waits for a signature.")
    return cards.done(who, made.draft_id, said)


def take_over(who: Who, comment: CommentId) -> brand.CommentOut:
    """Answer in its thread yourself from now on: no rule does."""
    inbox.take_over(who.app.desk, _own(who, comment).id, who.person)
    return show(who, comment)


def give_back(who: Who, comment: CommentId) -> brand.CommentOut:
    """Let the rules answer in its thread again."""
    inbox.take_over(who.app.desk, _own(who, comment).id, who.person, give_back=True)
    return show(who, comment)


_ON = (404, 409)
OPERATIONS = (
    Op("GET", "/comments", listed, tag="Comments"),
    Op("GET", "/comments/{comment}", show, problems=(404,), tag="Comments"),
    *(
        Op("POST", "/comments/{comment}/" + name, verb, WRITE, WRITERS, status, _ON, "Comments")
        for name, verb, status in (
            ("assign", assign, 200), ("note", note, 200), ("snooze", snooze, 200), ("relabel", relabel, 200),
            ("state", settle, 200), ("answer", answer, 201), ("take-over", take_over, 200),
            ("give-back", give_back, 200),
        )
    ),
)  # fmt: skip
