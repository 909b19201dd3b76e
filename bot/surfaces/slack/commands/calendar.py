"""`/signoff calendar [WEEKS]`: what goes out when, day by day, and which slots are free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import BadInput
from bot.surfaces.slack.page import Page, short
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.writing.weeks import Day, Weeks

HELP = "See the weeks to come: what goes out when, and which slots are free."
USAGE = "[WEEKS]"
#: Weeks that are shown, unless told and at most.
WEEKS, MOST = 2, 8


def run(ask: Ask) -> None:
    """Show it. Raises BadInput."""
    from bot.writing import weeks

    if ask.text and not (ask.text.isdecimal() and 1 <= int(ask.text) <= MOST):
        raise BadInput(
            say("{text} is not a number of weeks.", text=repr(ask.text)), next_step=say("Up to {n}.", n=MOST)
        )
    page = Page(say("The calendar of {brand}", brand=ask.brand.name))
    for one in weeks.weeks(ask.app, int(ask.text or WEEKS)):
        page.heading(f"{one.account.key} · {one.account.zone}")
        page.text("\n".join(_lines(one)) or say("Nothing is planned."))
    page.reply(ask)


def _lines(one: Weeks) -> list[str]:
    from bot.writing import weeks
    from bot.writing.reasons import spoken_day

    found = []
    for day in one.days:
        said = [f"{e.clock} {short(e.text, 60)} ({weeks.state_word(e.state)}, {e.id})" for e in day.entries]
        if more := _beside(day):
            said.append(more)
        if said:
            found.append(f"{spoken_day(day.on)}: " + "\n      ".join(said))
    ids = [f"{e.id} ({weeks.state_word(e.state)})" for e in one.open]
    return [*found, *([say("as soon as it is signed off") + f": {', '.join(ids)}"] if ids else [])]


def _beside(day: Day) -> str:
    said = [*day.holidays]
    said += [say("quiet all day")] if day.shut else []
    said += [say("free: {times}", times=", ".join(day.free))] if day.free else []
    return " · ".join(said)
