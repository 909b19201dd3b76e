"""Review: the queue of what waits, a page of it at a time, and one card."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Person, Role
from bot.domain.policy import Ask
from bot.errors import BadInput, NotFound
from bot.store import drafts, reviewing
from bot.surfaces.web import cards
from bot.surfaces.web.places import behind, cursor
from bot.surfaces.web.visit import SIGNERS, WRITERS, Route, Visit
from bot.words import say
from bot.workflow import queue
from bot.workflow.rights import writers

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.responses import Response

    from bot.store.keyset import Place
    from bot.store.reviewing import Question

LISTS = ("mine", "open", "done")
#: Rows of a page of the list.
MOST = 50
#: What a browser shows as a picture, whatever its bytes are.
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True)
class Queue:
    """One page of one list."""

    show: str
    rows: list[dict[str, Any]]
    #: How addresses name this page, the one before it and the one behind it; empty where there is none.
    asked: str
    newer: str = ""
    older: str = ""
    #: How many rows all pages hold, and the first of this one; None where nobody counted.
    total: int | None = None
    first: int = 1


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
    now = visit.app.clock.now()
    with visit.app.db.read() as conn:
        if show == "done":
            return _done(conn, visit)
        ids = mine(conn, visit) if show == "mine" else reviewing.opened(conn, visit.brand.id)
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
        page = min(page, max(0, (len(ids) - 1) // MOST))
        rows = [queue.row(*one, now) for one in reviewing.of(conn, ids[page * MOST : (page + 1) * MOST])]

    def address(n: int) -> str:
        return f"show={show}&page={n}" if n else f"show={show}"

    return Queue(
        show, rows, address(page), address(page - 1) if page else "",
        address(page + 1) if len(ids) > (page + 1) * MOST else "", len(ids), page * MOST + 1,
    )  # fmt: skip


def _done(conn: Connection, visit: Visit) -> Queue:
    """Return a page of what is done: it begins where the page before it ended, so that it need not be counted to."""
    after, before = _place(visit, "after"), _place(visit, "before")
    ids = reviewing.done(conn, visit.brand.id, MOST + 1, after=after, before=before)
    if before and len(ids) <= MOST:
        after = before = None
        ids = reviewing.done(conn, visit.brand.id, MOST + 1)
    found = reviewing.of(conn, ids[-MOST:] if before else ids[:MOST])
    rows = [queue.row(*one, visit.app.clock.now()) for one in found]
    asked, newer, older = "show=done", "", ""
    if place := before or after:
        asked = f"show=done&{'before' if before else 'after'}={cursor(*place)}"
        newer = f"show=done&before={cursor(found[0][0].created, found[0][0].id)}" if found else "show=done"
    if found and (before or len(ids) > MOST):
        older = f"show=done&after={cursor(found[-1][0].created, found[-1][0].id)}"
    return Queue("done", rows, asked, newer, older)


def _place(visit: Visit, name: str) -> Place | None:
    """Return where a page begins or ends; what cannot be meant is left out."""
    given = visit.query.get(name, "")
    with suppress(BadInput):
        return behind(given) if len(given) <= 200 else None
    return None


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
