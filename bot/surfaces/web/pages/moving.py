"""Move a draft to another day or time from the calendar: by a form, by keyboard, or by dragging it there.

Another time is another version and needs its own signatures. Where signatures would be void, that is said first.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.draft import DraftState, Window
from bot.errors import BadInput, SignoffError, Stale
from bot.surfaces.web import cards
from bot.surfaces.web.pages.calendar import clocks, day_of, zone_of
from bot.surfaces.web.visit import WRITERS, Route, Visit, redirect, status_of, told
from bot.words import joined, say, speaking
from bot.workflow import handling, quiet, schedule, when

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.workflow.card import Card

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_ID = re.compile(r"[a-z]_[0-9a-z]{1,40}")
#: Where one comes back to: the calendar, as it was shown.
_BACK = re.compile(r"/calendar(?:\?[A-Za-z0-9=&%_.+-]{0,300})?")


def form(visit: Visit) -> Response:
    """Show when it goes out now, and where it would go."""
    return _form(visit, _card(visit, visit.query), visit.query, 200)


def move(visit: Visit) -> Response:
    """Move it, or say first what that makes void."""
    card, given = _card(visit, visit.form), visit.form
    try:
        if given.get("version", "") != str(card.draft.version):
            raise Stale(say("It changed meanwhile."), next_step=say("The card shows what it is now."))
        handling.changeable(visit.app.desk, card)
        wall = _wall(visit, card, given.get("day", ""), given.get("time", ""), given.get("clock", ""))
        window = Window(wall, card.version.content.window.zone)
        if wall == card.version.content.window.wall:
            return redirect(_back(given))
        quiet.possible(card.brand, card.account, window, visit.app.clock.now())
        if _void(card) and not given.get("sure"):
            return _here(card, _form(visit, card, given, 200))
        with speaking("en"):
            version = schedule.reschedule(
                visit.app.desk, card.draft.id, wall, visit.person.id, seen_version=card.draft.version
            )
    except SignoffError as error:
        return _here(card, _form(visit, card, given, status_of(error), told(error)))
    time = when.spoken(when.instant(window, visit.app.clock.now())[0], window.zone)
    held = say("A check holds it back.") if version.blocked else say("It needs its own signatures.")
    visit.note(joined(say("{id} is moved to {time}.", id=card.draft.id, time=time), held))
    return redirect(_back(given))


def _card(visit: Visit, given: Any) -> Card:
    draft = given.get("draft", "")
    if not _ID.fullmatch(draft):
        raise BadInput(say("This button names no draft."), next_step=say("Load the page again."))
    return cards.load(visit, draft)


def _back(given: Any) -> str:
    back = str(given.get("back", ""))
    return back if _BACK.fullmatch(back) else "/calendar"


def _void(card: Card) -> str:
    """Say which signatures another time makes void; empty where there are none."""
    if card.version.state is DraftState.APPROVED or card.signed:
        names = ", ".join(handling.named(card, person) for person in card.signed)
        return say("Signed by {people}: another time makes that void, and people are asked anew.", people=names or "-")
    return ""


def _wall(visit: Visit, card: Card, day: str, clock: str, whose: str) -> str:
    """Return the wall time in the draft's zone, of a day and a time as the calendar shows them. Raises BadInput."""
    shown, own = zone_of(visit, whose) or card.account.zone, card.version.content.window.zone
    if not _TIME.fullmatch(clock):
        clock = f"{_due(visit, card).astimezone(when.zone(shown)):%H:%M}"
    wall = when.parse_wall(f"{day[:10]}T{clock}")
    if shown == own:
        return wall
    at, _ = when.instant(Window(wall, shown), visit.app.clock.now())
    return f"{at.astimezone(when.zone(own)):%Y-%m-%dT%H:%M}"


def _due(visit: Visit, card: Card) -> datetime:
    """Return when it goes out now; what has no time yet takes the next free slot's."""
    if card.version.content.window.wall is None:
        slot = handling.next_free(visit.app.desk, card)
        return when.instant(slot, visit.app.clock.now())[0] if slot else visit.app.clock.now()
    return card.due


def _form(visit: Visit, card: Card, given: Any, status: int, wrong: str = "") -> Response:
    whose = given.get("clock", "") if given.get("clock", "") in dict(clocks(visit)) else ""
    zone = zone_of(visit, whose) or card.account.zone
    due = _due(visit, card).astimezone(when.zone(zone))
    clock = given.get("time", "")
    timed = card.version.content.window.wall is not None
    return visit.page(
        "move.html", status, card=card, wrong=wrong, whose=whose, zone=zone, back=_back(given), void=_void(card),
        day=day_of(given.get("day", ""), due.date()).isoformat(), text=card.version.content.parts[0].text,
        time=clock if _TIME.fullmatch(clock) else f"{due:%H:%M}",
        now=when.spoken(card.due, zone) if timed else say("as soon as it is signed off"),
        slot=handling.next_free(visit.app.desk, card),
    )  # fmt: skip


def _here(card: Card, answer: Response) -> Response:
    """Let the address bar name the form, not what was tried: htmx reads this header."""
    answer.headers["HX-Push-Url"] = f"/calendar/move?draft={card.draft.id}"
    return answer


ROUTES = (Route("GET", "/calendar/move", form, WRITERS), Route("POST", "/calendar/move", move, WRITERS))
