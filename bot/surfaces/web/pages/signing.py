"""Signing in and out of the desk: the only pages for somebody who is not signed in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.errors import Halted, NotAllowed
from bot.store import web
from bot.surfaces.web import entry
from bot.surfaces.web.visit import redirect, told
from bot.words import say, speaking

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route as Address

    from bot.surfaces.web.server import Desk


def addresses(desk: Desk) -> list[Address]:
    """Return the routes."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route as Address

    from bot.surfaces.web.server import spoken, typed

    def at(path: str, method: str, page: Callable[[Desk, Request, Mapping[str, str]], Response]) -> Address:
        def answered(request: Request, form: Mapping[str, str]) -> Response:
            with speaking(spoken(request)):
                return page(desk, request, form)

        async def endpoint(request: Request) -> Response:
            form, began = await typed(request) if method == "POST" else {}, time.monotonic()
            answer = await run_in_threadpool(answered, request, form)
            if answer.status_code == 429:
                # Whether a password was looked at would show in the time. Waiting here holds no thread.
                await asyncio.sleep(entry.FLOOR - (time.monotonic() - began))
            return answer

        return Address(path, endpoint, methods=[method], name=f"{method} {path}")

    return [
        at("/sign-in", "GET", door), at("/sign-in", "POST", _by_password), at("/enter", "GET", _look),
        at("/enter", "POST", _by_link),
    ]  # fmt: skip


def door(desk: Desk, request: Request, form: Mapping[str, str], said: str = "", status: int = 200) -> Response:
    """Show how to sign in; ``said`` is why somebody stands before it again."""
    if not said and desk.visit(request, {}) is not None:
        return redirect("/")
    brand = desk.app.brand()
    with desk.app.db.read() as conn:
        passwords = web.any_password(conn, brand.id)
    return desk.drawn("sign-in.html", status, None, brand=brand, passwords=passwords, said=said,
                      person=form.get("person", ""), provider=desk.provider.name if desk.provider else "")  # fmt: skip


def _by_password(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    try:
        agent = request.headers.get("user-agent", "")
        token = desk.passwords.enter(form.get("person", ""), form.get("password", ""), agent)
    except NotAllowed as error:
        return door(desk, request, form, told(error), 403)
    except Halted as error:
        answer = door(desk, request, form, told(error), 429)
        answer.headers["retry-after"] = str(entry.RETRY)
        return answer
    return desk.signed_in(redirect("/"), token)


def _look(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    """Show whose link it is. A look uses nothing up: mail and chat programs look at links before people do."""
    token = request.query_params.get("token", "")[:200]
    with desk.app.db.read() as conn:
        found = web.link_of(conn, token, desk.app.clock.now())
    brand = desk.app.brand()
    person = brand.person(found[1]) if found and found[0] == brand.id else None
    if person is None:
        said = say("This link was used before, or its fifteen minutes are over.")
        return door(desk, request, {}, f"{said} {say('Make another one: `signoff web link`.')}", 403)
    return desk.drawn("enter.html", 200, None, brand=brand, person=person, token=token)


def _by_link(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    try:
        token = entry.enter(desk.app, form.get("token", "")[:200], request.headers.get("user-agent", ""))
    except NotAllowed as error:
        return door(desk, request, {}, told(error), 403)
    return desk.signed_in(redirect("/"), token)
