"""The kill switch, in reach of every page: anybody stops, an approver starts again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.web.visit import SIGNERS, Route, Visit, redirect
from bot.words import say
from bot.workflow import switching

if TYPE_CHECKING:
    from starlette.responses import Response

REASON = 500


def stop(visit: Visit) -> Response:
    """Stop everything."""
    changed, why = switching.stop(visit.app.desk, visit.person.id, visit.form.get("reason", "").strip()[:REASON])
    visit.note(say("Stopped: nothing is sent until an approver starts again.") if changed else say(
        "It was already {why}.", why=why))  # fmt: skip
    return redirect("/")


def resume(visit: Visit) -> Response:
    """Start again."""
    changed, _ = switching.resume(visit.app.desk, visit.brand, visit.person, None, "")
    visit.note(say("Running again.") if changed else say("It was not stopped."))
    return redirect("/")


ROUTES = (Route("POST", "/stop", stop), Route("POST", "/resume", resume, SIGNERS))
