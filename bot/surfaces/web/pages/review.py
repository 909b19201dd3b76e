"""Review: the queue of what waits, a page of it at a time, and one card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Person, Role
from bot.domain.policy import Ask
from bot.errors import NotFound
from bot.store import drafts, reviewing
from bot.surfaces.web import cards
from bot.surfaces.web.visit import SIGNERS, WRITERS, Route, Visit
from bot.words import say
from bot.workflow import queue
from bot.workflow.rights import writers

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.responses import Response

    from bot.store.reviewing import Question

LISTS = ("mine", "open", "done")
#: Rows of a page of the list, and the furthest page.
MOST, FURTHEST = 50, 4000
#: What a browser shows as a picture, whatever its bytes are.
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True)
class Queue:
    """One page of one list."""

    show: str
    rows: list[dict[str, Any]]
    #: Counted from 0; what all pages hold, or None where nobody counted.
    page: int = 0
    total: int | None = 0
    more: bool = False

    @property
    def asked(self) -> str:
        """How addresses name this page."""
        return f"show={self.show}&page={self.page}" if self.page else f"show={self.show}"


def home(visit: Visit) -> Response:
    """Show the queue, with its first card."""
    found = listed(visit)
    if not found.rows:
        started = True
        if found.show == "mine":
            with visit.app.db.read() as conn:
                started = bool(drafts.current(conn, visit.brand.id, limit=1))
        return _page(visit, 200, queue=found, shown="", view=None, started=started)
    return shown(visit, cards.load(visit, found.rows[0]["id"]), found=found)


def draft(visit: Visit) -> Response:
    """Show one card, or an older version of it."""
    number = visit.query.get("version", "")
    wanted = int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 7 else None
    return shown(visit, cards.load(visit, visit.path["draft"], wanted))


def shown(visit: Visit, card: Any, status: int = 200, *, found: Queue | None = None, **more: Any) -> Response:
    """Return the page of a card, beside the queue."""
    found = found or listed(visit)
    view = cards.view(visit, card, **more)
    return _page(visit, status, queue=found, shown=card.draft.id, view=view, started=True)


def _page(visit: Visit, status: int, **data: Any) -> Response:
    may_write, may_sign = (any(visit.person.may(r) for r in roles) for roles in (WRITERS, SIGNERS))
    with visit.app.db.read() as conn:
        _, policy = visit.app.desk.brand(conn, visit.brand.id)
    together = may_sign and any(isinstance(rule.outcome, Ask) and rule.outcome.together for rule in policy.rules)
    return visit.page("review.html", status, titles=queue.GROUPS, may_write=may_write, together=together, **data)


def listed(visit: Visit) -> Queue:
    """Return the page of the list that is asked for."""
    wanted, number = visit.query.get("show", ""), visit.query.get("page", "")
    show = wanted if wanted in LISTS else "mine"
    page = min(int(number), FURTHEST) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    with visit.app.db.read() as conn:
        if show == "done":
            ids = reviewing.done(conn, visit.brand.id, page * MOST, MOST + 1)
            total, more, some = None, len(ids) > MOST, ids[:MOST]
        else:
            ids = mine(conn, visit) if show == "mine" else reviewing.opened(conn, visit.brand.id)
            page = min(page, max(0, (len(ids) - 1) // MOST))
            some = ids[page * MOST : (page + 1) * MOST]
            total, more = len(ids), len(ids) > (page + 1) * MOST
        now = visit.app.clock.now()
        rows = [queue.row(*one, now) for one in reviewing.of(conn, some)]
    return Queue(show, rows, page, total, more)


def mine(conn: Connection, visit: Visit) -> list[str]:
    """Return the drafts that wait for this person: for their signature, or for somebody to look."""
    person = visit.person
    if not person.may(Role.APPROVER):
        return []
    found = reviewing.asked(conn, visit.brand.id)
    asked = reviewing.questions(conn, visit.brand.id, person.id, visit.app.clock.now())
    return list(dict.fromkeys([*found, *(q.draft_id for q in asked if _signable(conn, person, q))]))


def _signable(conn: Connection, person: Person, question: Question) -> bool:
    if question.signers and person.id not in question.signers:
        return False
    if not question.four_eyes:
        return True
    makers = (question.author, question.wrote)
    if person.id in makers and question.origin != "now":
        return False
    if question.origin not in ("reschedule", "now") and not any(who.startswith("slack:") for who in makers):
        return True
    # Whose words they are, an older version says; or the chat, who somebody is.
    found = drafts.get(conn, question.draft_id)
    return person.id not in writers(conn, found, drafts.versions(conn, question.draft_id))


def picture(visit: Visit) -> Response:
    """Return a picture of a draft, as it will be sent."""
    from starlette.responses import Response as Plain

    wanted, card = visit.path["digest"], cards.load(visit, visit.path["draft"])
    with visit.app.db.read() as conn:
        contents = [v.content for v in drafts.versions(conn, card.draft.id)]
    for part in (p for c in contents for p in c.parts):
        for medium in (*part.media, *([part.card.picture] if part.card and part.card.picture else [])):
            if medium.sha256 == wanted and medium.mime in PICTURES:
                return Plain(visit.app.media.read(medium), media_type=medium.mime)
    raise NotFound(say("There is no such picture."))


ROUTES = (
    Route("GET", "/", home),
    Route("GET", "/draft/{draft}", draft),
    Route("GET", "/draft/{draft}/picture/{digest}", picture),
)
