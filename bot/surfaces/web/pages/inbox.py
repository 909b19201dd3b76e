"""The inbox: what others said, the most urgent first, and one comment beside the list with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.domain.brand import Role
from bot.domain.comment import MOODS, SETTLED, CommentState, Entry, Intent
from bot.insight.office_hours import worked
from bot.store import approvals, drafts, waiting
from bot.surfaces.web.pages import inbox_card
from bot.surfaces.web.visit import Route, Visit
from bot.words import say
from bot.workflow import handling

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.responses import Response

    from bot.domain.draft import DraftVersion
    from bot.domain.replies import Office

#: Comments of a page.
MOST = 50
SHOWS = ("waiting", "late", "snoozed", "all")
FIELDS = ("show", "mood", "intent", "account", "assignee", "words")


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    entry: Entry
    late: bool
    #: Others that say nearly the same.
    like: int
    name: str
    #: The answer that one press signs and sends, where a rule lets it.
    send: DraftVersion | None = None
    #: Names the words that it answers.
    words: str = ""


def inbox(visit: Visit) -> Response:
    """Show the list, with its first comment."""
    return shown(visit, "")


def comment(visit: Visit) -> Response:
    """Show one comment beside the list."""
    return shown(visit, visit.path["comment"])


def shown(visit: Visit, comment_id: str, status: int = 200, **more: object) -> Response:
    """Return the page with a comment opened; an empty id opens the first of the list. Raises NotFound."""
    asked = cleaned(visit)
    with visit.app.db.read() as conn:
        _, policy = visit.app.desk.brand(conn, visit.brand.id)
        office = policy.replies.office
        only, late = wanted(visit, asked, office)
        found = waiting.page(conn, visit.brand.id, only, MOST)
        n = waiting.count(conn, visit.brand.id, only) if len(found) >= MOST else len(found)
        groups = waiting.like(conn, [e.id for e in found])
        heard = bool(found) or _any(conn, visit.brand.id, only)
        ready = _ready(visit, conn, found)
    rows = [
        Row(e, e.state not in SETTLED and e.comment.at < late.get(e.comment.account, e.comment.at), groups.get(e.id, 0),
            inbox_card.name(e), ready.get(e.id), inbox_card.digest(e) if e.id in ready else "")
        for e in found
    ]  # fmt: skip
    opened = comment_id or (found[0].id if found else "")
    view = inbox_card.view(visit, opened, office, **more) if opened else None
    people = [(p.id, p.name) for p in visit.brand.people]
    return visit.page(
        "inbox.html", status, rows=rows, n=say("{n}+", n=waiting.COUNTED) if n > waiting.COUNTED else n, heard=heard,
        asked=asked, query=query(asked), view=view, opened=view.entry.id if view else "", moods=MOODS, shows=SHOWS,
        intents=[i.value for i in Intent], accounts=[a.key for a in visit.brand.accounts], people=people,
        zones={a.key: a.zone for a in visit.brand.accounts}, zone=visit.brand.zone, more=len(found) >= MOST,
        looked=4 * waiting.LOOKED,
    )  # fmt: skip


def _ready(visit: Visit, conn: Connection, found: Sequence[Entry]) -> dict[str, DraftVersion]:
    """Return by comment the answers that this person may sign and send from the list with one press."""
    if not visit.person.may(Role.APPROVER):
        return {}
    ready = {}
    for one in found:
        if one.state is not CommentState.PROPOSED or not one.draft or one.deleted or one.rule in ("", "person"):
            continue
        version = drafts.version(conn, one.draft)
        request = approvals.of_version(conn, one.draft, version.version)
        if handling.one_press(version, request) and (
            request is None or not request.signers or visit.person.id in request.signers
        ):
            ready[one.id] = version
    return ready


def cleaned(visit: Visit) -> dict[str, str]:
    """Return what the address asks for, without what means nothing."""
    asked = {name: visit.query.get(name, "").strip()[:100] for name in FIELDS}
    known = {
        "show": SHOWS[1:], "mood": MOODS, "intent": tuple(i.value for i in Intent),
        "account": tuple(a.key for a in visit.brand.accounts),
        "assignee": ("me", "-", *(p.id for p in visit.brand.people)),
    }  # fmt: skip
    return {name: value for name, value in asked.items() if value and value in known.get(name, (value,))}


def query(asked: Mapping[str, str]) -> str:
    """Return what is put behind an address, so that the list stays as it is; with its question mark."""
    return f"?{urlencode(asked)}" if asked else ""


def wanted(visit: Visit, asked: Mapping[str, str], office: Office) -> tuple[waiting.Wanted, dict[str, datetime]]:
    """Return what is looked for, and by account before when what was said is late."""
    now = visit.app.clock.now()
    by_zone = {zone: _late_before(office, zone, now) for zone in {a.zone for a in visit.brand.accounts}}
    late = {a.key: by_zone[a.zone] for a in visit.brand.accounts}
    person = asked.get("assignee", "")
    found = waiting.Wanted(
        now, asked.get("show", "waiting"), asked.get("mood", ""), asked.get("intent", ""), asked.get("account", ""),
        visit.person.id if person == "me" else person, asked.get("words", ""), late,
    )  # fmt: skip
    return found, late


def _late_before(office: Office, zone: str, now: datetime) -> datetime:
    """Return the instant before which what was said has waited too long by now; to the minute."""
    most, low, high = timedelta(hours=office.within_hours), now - timedelta(days=60), now
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if worked(middle, now, office, zone) > most else (low, middle)
    return low


def _any(conn: Connection, brand: str, only: waiting.Wanted) -> bool:
    return bool(waiting.page(conn, brand, waiting.Wanted(only.now, "all"), 1))


ROUTES = (Route("GET", "/inbox", inbox), Route("GET", "/inbox/{comment}", comment))
