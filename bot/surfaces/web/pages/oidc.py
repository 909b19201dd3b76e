"""The way to a provider and back, for somebody who is not signed in yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.errors import NotAllowed, SignoffError
from bot.surfaces.web import entry, oidc
from bot.surfaces.web.visit import redirect, status_of, told
from bot.words import say, speaking

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route as Address

    from bot.surfaces.web.oidc import Provider
    from bot.surfaces.web.server import Desk

#: What the provider may send along; each at most once.
_FIELDS = ("state", "code", "iss", "error")


def addresses(desk: Desk) -> list[Address]:
    """Return the routes; none where no provider is set."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route as Address

    from bot.surfaces.web.server import spoken

    provider = desk.provider
    if provider is None:
        return []

    def at(path: str, page: Callable[[Desk, Provider, Request], Response]) -> Address:
        def answered(request: Request) -> Response:
            with speaking(spoken(request)):
                try:
                    return page(desk, provider, request)
                except SignoffError as error:
                    return _forget(desk, _door(desk, request, told(error), status_of(error)))

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(answered, request)

        return Address(path, endpoint, methods=["GET"], name=path)

    return [at("/oidc/start", _start), at("/oidc/done", _done)]


def _name(desk: Desk) -> str:
    return "__Host-signoff_oidc" if desk.secure else "signoff_oidc"


def _back(desk: Desk) -> str:
    return f"{desk.origins[0]}/oidc/done"


def _start(desk: Desk, provider: Provider, request: Request) -> Response:
    """Send the browser to the provider. Nothing is decided or stored by it."""
    if request.headers.get("host", "").lower() != desk.origins[0].partition("://")[2]:
        # The provider sends back to the one address that it knows: the cookie must be of that one.
        return redirect(f"{desk.origins[0]}/oidc/start")
    kept, to = provider.begin(_back(desk), desk.app.clock.now())
    answer = redirect(to)
    # Lax, because the way back begins on the provider's page; the session's own cookie stays Strict.
    answer.set_cookie(_name(desk), kept, max_age=oidc.PATIENCE, path="/", secure=desk.secure, httponly=True,
                      samesite="lax")  # fmt: skip
    return answer


def _done(desk: Desk, provider: Provider, request: Request) -> Response:
    """Sign in whom the provider names, once."""
    query = request.query_params
    if any(len(query.getlist(name)) > 1 for name in _FIELDS):
        raise NotAllowed(say("The sign-in could not be verified, so nothing was done."),
                         next_step=say("Start it again."))  # fmt: skip
    kept = request.cookies.get(_name(desk), "")[:200]
    given = {name: query[name][:4000] for name in _FIELDS if name in query}
    found = provider.finish(kept, given, _back(desk), desk.app.clock.now())
    person = oidc.person_of(desk.app.brand(), found)
    token = entry.enter_by(desk.app, person, kept, provider.name, request.headers.get("user-agent", ""))
    return _forget(desk, desk.signed_in(redirect("/"), token))


def _forget(desk: Desk, answer: Response) -> Response:
    answer.delete_cookie(_name(desk), path="/", secure=desk.secure, httponly=True, samesite="lax")
    return answer


def _door(desk: Desk, request: Request, said: str, status: int) -> Response:
    from bot.surfaces.web.pages import signing

    return signing.door(desk, request, {}, said, status)
