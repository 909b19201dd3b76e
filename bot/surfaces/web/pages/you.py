"""One's own page: language, keys, where one is signed in, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import web
from bot.surfaces.web import entry
from bot.surfaces.web.visit import Route, Visit, redirect
from bot.words import say

if TYPE_CHECKING:
    from starlette.responses import Response

_YEAR = 365 * 24 * 3600


def you(visit: Visit) -> Response:
    """Show it."""
    with visit.app.db.read() as conn:
        found = web.sessions(conn, visit.brand.id, visit.person.id, visit.app.clock.now())
        password = bool(web.password(conn, visit.brand.id, visit.person.id))
    keys = visit.cookies.get("signoff_keys", "") != "off"
    roles = [say(role.value) for role in sorted(visit.person.roles)]
    return visit.page("you.html", sessions=found, password=password, keys=keys, roles=roles, zone=visit.brand.zone)


def prefer(visit: Visit) -> Response:
    """Keep the language and whether single keys do something, on this device."""
    wanted = visit.form.get("language", "")
    answer = redirect("/you")
    if wanted in ("en", "zh"):
        answer.set_cookie("signoff_language", wanted, max_age=_YEAR, path="/", secure=visit.desk.secure,
                          samesite="strict", httponly=True)  # fmt: skip
    if "keys" in visit.form:
        answer.set_cookie("signoff_keys", "off" if visit.form["keys"] == "off" else "on", max_age=_YEAR, path="/",
                          secure=visit.desk.secure, samesite="strict")  # fmt: skip
    return answer


def sign_out(visit: Visit) -> Response:
    """End this session."""
    with visit.app.db.write() as conn:
        web.sign_out(conn, visit.session.token)
    return visit.desk.signed_out(redirect("/sign-in"))


def everywhere(visit: Visit) -> Response:
    """End every session of this person."""
    entry.sign_out(visit.app, visit.person, visit.person)
    return visit.desk.signed_out(redirect("/sign-in"))


ROUTES = (
    Route("GET", "/you", you),
    Route("POST", "/you", prefer),
    Route("POST", "/sign-out", sign_out),
    Route("POST", "/sign-out/everywhere", everywhere),
)
