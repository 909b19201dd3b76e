"""The web desk, put together: routes, who asks, language, pages; and its server, for ``signoff serve``."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from bot.errors import BadInput, Misconfigured, NotAllowed, SignoffError
from bot.operations.web import address, local
from bot.store import trouble
from bot.surfaces.web import entry, oidc
from bot.surfaces.web.guard import Guard
from bot.surfaces.web.visit import Route, Visit, redirect, status_of, told
from bot.surfaces.web.works import Works
from bot.words import language, say, speaking
from bot.writing.subjects import Subjects

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from bot.app import App
    from bot.surfaces.web.pulse import Pulse

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
#: Seconds that open pages are waited for at the end.
PATIENCE = 3


class Desk:
    """What every request shares. ``origins`` are those under which the desk is reached, the one for links first."""

    def __init__(self, app: App, origins: list[str], pulse: Pulse) -> None:
        self.app = app
        self.origins = origins
        self.pulse = pulse
        self.passwords = entry.Passwords(app)
        self.provider = oidc.provider_of(app.settings)
        self.secure = origins[0].startswith("https://")
        #: ``__Host-`` holds a cookie to this very host; browsers take it over https only.
        self.cookie = "__Host-signoff" if self.secure else "signoff_session"
        self.works = Works()
        self.subjects = Subjects()
        self._notes: dict[str, list[tuple[str, str]]] = {}
        self._guard = threading.Lock()

    # --- pages ----------------------------------------------------------------------------------------------

    @cached_property
    def templates(self) -> Any:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        from bot.surfaces.web import words

        made = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        made.globals.update(say=say, **words.HELPERS)
        made.filters["seen"] = words.seen
        return made

    def drawn(self, template: str, status: int, visit: Visit | None, **data: Any) -> Response:
        """Return a page; without a visit, one for somebody who is not signed in."""
        from starlette.responses import HTMLResponse

        from bot.store import desk as rows

        base: dict[str, Any] = {"language": language(), "visit": visit, "notes": [], "stopped": "", "csrf": ""}
        if visit is not None:
            with self.app.db.read() as conn:
                base["stopped"] = rows.stopped(conn)
            base["notes"] = self._told(visit.session.token)
            base["csrf"] = entry.form_token(visit.token)
        return HTMLResponse(self.templates.get_template(template).render(**base, **data), status)

    def note(self, session: str, kind: str, text: str) -> None:
        """Keep something to say on the session's next page."""
        with self._guard:
            self._notes.setdefault(session, []).append((kind, text))
            while len(self._notes) > 1000:
                self._notes.pop(next(iter(self._notes)))

    def _told(self, session: str) -> list[tuple[str, str]]:
        with self._guard:
            return self._notes.pop(session, [])

    def signed_in(self, response: Response, token: str) -> Response:
        """Give the browser a session's token."""
        age = int(entry.STAY.total_seconds())
        response.set_cookie(self.cookie, token, max_age=age, path="/", secure=self.secure, httponly=True,
                            samesite="strict")  # fmt: skip
        return response

    def signed_out(self, response: Response) -> Response:
        """Take it away again."""
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")
        return response

    # --- one request ----------------------------------------------------------------------------------------

    def answer(self, route: Route, request: Request, form: Mapping[str, str]) -> Response:
        """Find out who asks, and let the page answer. Runs in a thread of its own."""
        with speaking(spoken(request)):
            try:
                return self._answer(route, request, form)
            except SQLAlchemyError as error:
                known = trouble.told(error)
                if known is None:
                    raise
                log.warning("%s %s: %s", route.method, route.path, known.message)
                # Drawn for nobody: who it is would be asked of the database.
                return self.drawn("lost.html", 503, None, title=say("That did not work"), said=told(known))

    def _answer(self, route: Route, request: Request, form: Mapping[str, str]) -> Response:
        visit = self.visit(request, form)
        if visit is None:
            return self._strangers(request)
        try:
            if route.method == "POST" and not entry.genuine(visit.token, form.get("csrf", "")):
                raise NotAllowed(say("This form is not of your session, so nothing was done."),
                                 next_step=say("Load the page again, and send it once more."))  # fmt: skip
            if route.roles and not any(visit.person.may(role) for role in route.roles):
                names = ", ".join(sorted(say(role.value) for role in route.roles))
                raise NotAllowed(say("{person} may not do that: it needs the role {roles}.",
                                     person=visit.person.name, roles=names))  # fmt: skip
            return route.handler(visit)
        except SignoffError as error:
            return visit.page("error.html", status_of(error), title=say("That did not work"), said=told(error))
        except Exception as error:
            if trouble.kind(error):
                raise
            number = self.app.clock.new_id("e")
            log.exception("%s: %s %s failed", number, route.method, route.path)
            said = say("It is not your fault, and nothing was published by it. If you report it, name {id}.",
                       id=number)  # fmt: skip
            return visit.page("error.html", 500, title=say("That did not work"), said=said)

    def visit(self, request: Request, form: Mapping[str, str]) -> Visit | None:
        """Return who asks, or None for somebody who is not signed in, or is no longer one of the brand's people."""
        token = request.cookies.get(self.cookie, "")
        found = entry.session(self.app, token)
        if found is None:
            return None
        brand = self.app.brand()
        person = brand.person(found.person) if found.brand == brand.id else None
        if person is None:
            return None
        return Visit(self, brand, person, found, token, language(), request.path_params, request.query_params, form,
                     request.cookies)  # fmt: skip

    def _strangers(self, request: Request) -> Response:
        from starlette.responses import PlainTextResponse

        if request.method != "GET" or request.url.path == "/live":
            return PlainTextResponse(say("You are not signed in.") + "\n", 401)
        if request.headers.get("sec-fetch-site") == "cross-site":
            # The cookie does not come along with a link from elsewhere: the page loads itself once more, and it does.
            return self.drawn("again.html", 200, None, to=request.url.path)
        return redirect("/sign-in")


def spoken(request: Request) -> str:
    """Return the language of a request: the person's choice, else what the browser asks for."""
    chosen = request.cookies.get("signoff_language", "")
    if chosen in ("en", "zh"):
        return chosen
    wishes = []
    for n, wish in enumerate(request.headers.get("accept-language", "").split(",")[:20]):
        tag, _, rest = wish.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            weight = 0.0
        wishes.append((-weight, n, tag.lower()))
    return next((tag[:2] for _, _, tag in sorted(wishes) if tag[:2] in ("en", "zh")), "en")


def application(desk: Desk) -> Guard:
    """Return the whole desk as an ASGI application."""
    from fastapi import FastAPI
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.routing import Mount
    from starlette.routing import Route as Address
    from starlette.staticfiles import StaticFiles

    from bot.surfaces.web.api import server as api
    from bot.surfaces.web.pages import ROUTES, live, signing
    from bot.surfaces.web.pages import oidc as provided

    # Its spans would hold addresses, and a link to sign in is one.
    silent: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}
    made: Starlette = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=silent)

    def add(route: Route) -> None:
        async def endpoint(request: Request) -> Response:
            form = await typed(request) if route.method == "POST" else {}
            return await run_in_threadpool(desk.answer, route, request, form)

        made.router.routes.append(Address(route.path, endpoint, methods=[route.method], name=route.path))

    async def missing(request: Request, error: Exception) -> Response:
        # A line's end in an address keeps it from the API's own application.
        if request.scope["path"].startswith(api.PREFIX):
            return api.lost()
        with speaking(spoken(request)):
            status = getattr(error, "status_code", 500)
            return await run_in_threadpool(
                desk.drawn, "lost.html", status, None, title=say("There is no such page"),
                said=say("The address may be mistyped, or what it showed is gone."),
            )  # fmt: skip

    for route in ROUTES:
        add(route)
    made.router.routes += [*signing.addresses(desk), *provided.addresses(desk), *live.addresses(desk)]
    made.router.routes.append(Mount(api.PREFIX, api.application(desk)))
    made.router.routes.append(Address("/api/docs", lambda request: api.docs(desk, request), methods=["GET"]))
    made.router.routes.append(Mount("/static", StaticFiles(directory=HERE / "static")))
    made.add_exception_handler(HTTPException, missing)
    return Guard(made, desk.origins, desk.app.clock)


async def typed(request: Request) -> dict[str, str]:
    """Return the fields of a form; files are not taken."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    found: dict[str, str] = {}
    for name, value in (await request.form(max_fields=500)).multi_items():
        if isinstance(value, str):
            found.setdefault(name, value.replace("\r\n", "\n"))
    return found


# --- running --------------------------------------------------------------------------------------------------------


@dataclass
class Serving:
    """The web desk, while it is served."""

    url: str
    #: One line for the terminal.
    line: str


def origins_of(app: App, host: str, port: int) -> list[str]:
    """Return the origins under which the desk is reached, the one for links first. Raises Misconfigured."""
    shown = f"[{host}]" if ":" in host else host
    here = [f"http://{shown}:{port}"]
    if local(host):
        here += [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    given = app.settings.web_url.strip().rstrip("/").lower()
    if given:
        scheme, _, rest = given.partition("://")
        if scheme not in ("http", "https") or not rest or any(c in rest for c in "/?#@ "):
            raise Misconfigured(say("SIGNOFF_WEB_URL: {url} is not the address of a site.", url=given),
                                next_step=say("Write it as https://desk.example, without a path."))  # fmt: skip
        # Over https the cookie belongs to that address alone.
        here = [given] if scheme == "https" else [given, *here]
    return list(dict.fromkeys(here))


def listening(app: App) -> tuple[str, int] | None:
    """Return where the desk is shown, or None for nowhere. Raises Misconfigured where that would not be safe."""
    from bot.store import web

    if not app.settings.web:
        return None
    try:
        host, port = address(app.settings.web)
    except BadInput as error:
        raise Misconfigured(f"SIGNOFF_WEB: {error.message}", next_step=error.next_step) from None
    if not local(host):
        with app.db.read() as conn:
            known = web.any_password(conn, app.brand().id)
        if not known and oidc.provider_of(app.settings) is None:
            raise Misconfigured(
                say("SIGNOFF_WEB: {host} can be reached from other machines, and nobody has a password.", host=host),
                next_step=say("Set one with `signoff web password`, or use 127.0.0.1."),
            )
        if not app.settings.web_url:
            raise Misconfigured(
                say("SIGNOFF_WEB: {host} can be reached from other machines, under an unknown name.", host=host),
                next_step=say("Set SIGNOFF_WEB_URL to the address that people type, such as https://desk.example."),
            )
    return host, port


@contextmanager
def serving(app: App) -> Iterator[Serving | None]:
    """Serve the desk for as long as the block runs; yields None where it is not set. Raises Misconfigured."""
    where = listening(app)
    if where is None:
        yield None
        return
    import uvicorn

    from bot.surfaces.web.pulse import Pulse

    host, port = where
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise Misconfigured(
            say("{host}:{port} cannot be listened on: {why}.", host=host, port=port, why=error.strerror or error),
            next_step=say("Choose another port with SIGNOFF_WEB."),
        ) from None
    port = int(sock.getsockname()[1])
    pulse = Pulse(app)
    desk = Desk(app, origins_of(app, host, port), pulse)
    config = uvicorn.Config(
        application(desk), log_config=None, access_log=False, lifespan="off", ws="none", http="h11", loop="asyncio",
        server_header=False, date_header=True, proxy_headers=False, timeout_graceful_shutdown=PATIENCE,
        timeout_keep_alive=20, limit_concurrency=500,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="web", daemon=True)
    with pulse.beating():
        thread.start()
        try:
            yield Serving(desk.origins[0], say("The web desk: {url}. `signoff web link` signs you in.",
                                               url=desk.origins[0]))  # fmt: skip
        finally:
            pulse.end()
            server.should_exit = True
            thread.join(PATIENCE + 5)
            sock.close()
