"""``/live``: tells open pages what changed (server-sent events), and ``/calendar/SECRET.ics`` for calendar programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bot.store import web
from bot.words import speaking

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route as Address

    from bot.surfaces.web.server import Desk

#: Seconds between looks at what changed, and between signs of life, at which the session is asked for again.
LOOK, ALIVE = 0.3, 15.0
#: Pages that are told at once.
MOST = 200


def addresses(desk: Desk) -> list[Address]:
    """Return the routes."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse, StreamingResponse
    from starlette.routing import Route as Address

    from bot.surfaces.web.server import spoken

    told = 0

    async def stream(request: Request, number: int) -> AsyncIterator[str]:
        nonlocal told
        told += 1
        quiet = 0.0
        try:
            yield f"retry: 3000\nid: {number}\n\n"
            while not desk.pulse.over.is_set():
                await asyncio.sleep(LOOK)
                quiet += LOOK
                newest, subjects = desk.pulse.since(number)
                if subjects:
                    number, quiet = newest, 0.0
                    yield f"id: {number}\nevent: changed\ndata: {json.dumps(subjects)}\n\n"
                elif quiet >= ALIVE:
                    quiet = 0.0
                    if await run_in_threadpool(desk.visit, request, {}) is None:
                        yield "event: over\ndata: []\n\n"
                        return
                    yield ": alive\n\n"
        finally:
            told -= 1

    async def live(request: Request) -> Response:
        if await run_in_threadpool(desk.visit, request, {}) is None:
            return PlainTextResponse("", 401)
        if told >= MOST:
            return PlainTextResponse("", 503)
        last = request.headers.get("last-event-id", "")
        number = int(last) if last.isascii() and last.isdigit() and len(last) < 15 else desk.pulse.number
        return StreamingResponse(stream(request, min(number, desk.pulse.number)), media_type="text/event-stream")

    def feed(request: Request) -> Response:
        from starlette.responses import Response as Plain

        from bot.writing import weeks

        with desk.app.db.read() as conn:
            found = web.feed_of(conn, request.path_params["secret"][:200])
        brand = desk.app.brand()
        if found is None or found[0] != brand.id or brand.person(found[1]) is None:
            return PlainTextResponse("", 404)
        with speaking(spoken(request)):
            made = weeks.ical(desk.app, brand.name, desk.app.clock.now())
        return Plain(made, media_type="text/calendar; charset=utf-8")

    return [Address("/live", live, methods=["GET"]), Address("/calendar/{secret}.ics", feed, methods=["GET"])]
