"""A browser and a program that ask the desk in this very process, and how long each answer took."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import httpx

from bot.app import App
from bot.store import api
from bot.surfaces.web import entry, server
from bot.surfaces.web.pulse import Pulse

ORIGIN = "http://127.0.0.1:8080"
T = TypeVar("T")


class Visitor:
    """Signed in as an approver who is also an author, with a token that may read."""

    def __init__(self, app: App, person: str = "ben") -> None:
        self.app, now = app, app.clock.now()
        self.desk = server.Desk(app, [ORIGIN], Pulse(app))
        self._inner = server.application(self.desk)
        #: Seconds by the clock, and of this process, that the last answer took.
        self.took, self.worked = 0.0, 0.0
        secret = api.PREFIX + secrets.token_urlsafe(32)
        with app.db.write() as conn:
            token = api.Token(f"t_{secrets.token_hex(6)}", app.brand().id, person, "bench", frozenset({api.READ}), now,
                              person, now + timedelta(days=1))  # fmt: skip
            api.add_token(conn, secret, token)
        cookie = entry.enter(app, entry.link(app, person)[0], "bench")
        self.session = (self.desk.cookie, cookie)
        # In a thread of its own: a browser's driver keeps a loop running in the thread of the tests.
        self._loop, self._thread = asyncio.new_event_loop(), ThreadPoolExecutor(1)
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._timed, raise_app_exceptions=False), base_url=ORIGIN, timeout=600,
            cookies={self.desk.cookie: cookie}, headers={"accept-language": "en"},
        )  # fmt: skip
        self._bearer = {"authorization": f"Bearer {secret}"}

    async def _timed(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[Any]]
                     ) -> None:  # fmt: skip
        clock, work = time.perf_counter(), time.process_time()
        try:
            await self._inner(scope, receive, send)
        finally:
            self.took, self.worked = time.perf_counter() - clock, time.process_time() - work

    def get(self, address: str) -> httpx.Response:
        headers = self._bearer if address.startswith("/api/") else {}
        return self._run(self._client.get(address, headers=headers))

    def close(self) -> None:
        self._run(self._client.aclose())
        self._run(self._loop.shutdown_default_executor())
        self._thread.submit(self._loop.close).result()
        self._thread.shutdown()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._loop.run_until_complete, work).result()
