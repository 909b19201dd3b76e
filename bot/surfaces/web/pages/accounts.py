"""Accounts, and whether everything that posts need is well. No platform is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import evidence
from bot.connecting import identities, scopes
from bot.store import desk as rows
from bot.store import posts
from bot.surfaces.web.visit import SIGNERS, Route, Visit, redirect
from bot.words import retold, say
from bot.workflow import switching

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.connecting.overview import Standing


def accounts(visit: Visit) -> Response:
    """Show them."""
    with visit.app.db.read() as conn:
        notices = rows.notices(conn, brand=visit.brand.id)[:20]
        lived = {a.key: posts.last_live(conn, a.key) for a in visit.brand.accounts}
        waiting = {a.key: posts.waiting(conn, a.key) for a in visit.brand.accounts}
    words = {
        "yes": say("connected"), "no": say("not connected"), "untried": say("set up, never tried"),
        "needless": say("needs no login"),
    }  # fmt: skip
    return visit.page(
        "accounts.html", standings=evidence.accounts(visit.app, visit.brand),
        health=evidence.vital(visit.app, visit.brand.zone),
        words=words, notices=notices, retold=retold, lived=lived, waiting=waiting,
        told=scopes.told, connect=_connect, signs=any(visit.person.may(role) for role in SIGNERS),
    )  # fmt: skip


def _connect(standing: Standing) -> str:
    """Return what to do about a login, where something is to be done."""
    if standing.connected == "no":
        return say("Nobody has connected it yet: run {command} where Signoff runs.",
                   command=f"signoff connect {standing.account}")  # fmt: skip
    if standing.days is not None and standing.days < max(identities.AHEAD):
        return say("The login ends soon: run {command} where Signoff runs.",
                   command=f"signoff connect {standing.account}")  # fmt: skip
    return ""


def resume(visit: Visit) -> Response:
    """Let a paused account go on."""
    key = visit.form.get("account", "")
    changed, _ = switching.resume(visit.app.desk, visit.brand, visit.person, key, "")
    said = say("{account} goes on.", account=key) if changed else say("{account} was not paused.", account=key)
    visit.note(said)
    return redirect("/accounts")


ROUTES = (Route("GET", "/accounts", accounts), Route("POST", "/accounts/resume", resume, SIGNERS))
