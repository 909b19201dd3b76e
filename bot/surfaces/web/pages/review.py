"""Review: the queue of what waits, and one card at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.brand import Role
from bot.errors import NotFound
from bot.store import approvals, drafts
from bot.surfaces.web import cards
from bot.surfaces.web.visit import Route, Visit
from bot.words import say
from bot.workflow import queue
from bot.workflow.rights import writers

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.responses import Response

#: What each list shows: groups of the queue.
LISTS = {
    "mine": ("asked", "review"),
    "open": ("asked", "held", "review", "scheduled", "doubtful", "refused"),
    "done": ("live", "rejected", "lapsed", "cancelled", "deleted"),
}
#: Rows of a list; drafts asked of the store are the newest 200.
MOST = 100
#: What a browser shows as a picture, whatever its bytes are.
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def home(visit: Visit) -> Response:
    """Show the queue, with its first card."""
    show, rows = listed(visit)
    if not rows:
        return visit.page("review.html", show=show, rows=rows, shown="", view=None, titles=queue.GROUPS)
    return shown(visit, cards.load(visit, rows[0]["id"]), show=show, rows=rows)


def draft(visit: Visit) -> Response:
    """Show one card, or an older version of it."""
    number = visit.query.get("version", "")
    wanted = int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 7 else None
    return shown(visit, cards.load(visit, visit.path["draft"], wanted))


def shown(visit: Visit, card: Any, status: int = 200, *, show: str = "", rows: Any = None, **more: Any) -> Response:
    """Return the page of a card, beside the queue."""
    if rows is None:
        show, rows = listed(visit)
    view = cards.view(visit, card, **more)
    return visit.page("review.html", status, show=show, rows=rows, shown=card.draft.id, view=view, titles=queue.GROUPS)


def listed(visit: Visit) -> tuple[str, list[dict[str, Any]]]:
    """Return the name of the list that is asked for, and its rows."""
    wanted = visit.query.get("show", "")
    show = wanted if wanted in LISTS else "mine"
    with visit.app.db.read() as conn:
        found = queue.rows(conn, visit.brand.id, visit.app.clock.now(), everything=show == "done")
        order = LISTS[show]
        found = [row for row in found if row["state"] in order]
        if show == "mine":
            found = [row for row in found if _waits_for(conn, visit, row)]
    found.sort(key=lambda row: order.index(row["state"]))
    return show, found[:MOST]


def _waits_for(conn: Connection, visit: Visit, row: dict[str, Any]) -> bool:
    """Say whether a draft waits for this person: for their signature, or for somebody to look."""
    person = visit.person
    if row["state"] == "asked":
        return person.may(Role.APPROVER)
    request = approvals.of_version(conn, row["id"], row["version"])
    if request is None or not person.may(Role.APPROVER) or (request.signers and person.id not in request.signers):
        return False
    if request.expires <= visit.app.clock.now():
        return False
    if any(d.person == person.id for d in approvals.decisions(conn, request_id=request.id)):
        return False
    if not request.four_eyes:
        return True
    return person.id not in writers(conn, drafts.get(conn, row["id"]), drafts.versions(conn, row["id"]))


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
