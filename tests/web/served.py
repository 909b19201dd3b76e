"""The true server on a free port, and somebody's browser without a screen: cookies, forms, the desk's own origin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.domain.comment import Comment, CommentState, Triage
from bot.domain.draft import DraftVersion
from bot.store import comments, events
from bot.store.comment_rows import Heard
from bot.surfaces.web import entry, server
from tests.world import World

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


class Browser(httpx.Client):
    """Signed in as one person, or as nobody."""

    def __init__(self, world: World, url: str, person: str = "", language: str = "en") -> None:
        super().__init__(base_url=url, timeout=30, headers={"accept-language": language, "user-agent": "tests"})
        self.world = world
        self.origin = url
        if person:
            token = link(world, person)
            assert self.send_form("/enter", token=token).status_code == 303

    def csrf(self) -> str:
        found = _CSRF.search(self.get("/you").text)
        assert found is not None
        return found[1]

    def send_form(self, path: str, *, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """Send a form as it stands, from the desk's own page."""
        given = {"origin": self.origin, **(headers or {})}
        return self.post(path, data=fields, headers=given)

    def press(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form with this session's token."""
        return self.send_form(path, **{"csrf": self.csrf(), **fields})

    def on_card(self, version: DraftVersion, deed: str, **fields: Any) -> httpx.Response:
        """Press a button of the card of a version."""
        bound = {"version": version.version, "hash": version.hash}
        return self.press(f"/draft/{version.draft_id}/{deed}", **{**bound, **fields})


def link(world: World, person: str) -> str:
    """Make somebody a link, as an admin does."""
    before = world.app.settings.operator
    world.app.settings.operator = "sam"
    try:
        return entry.link(world.app, person)[0]
    finally:
        world.app.settings.operator = before


def signed_out(world: World, person: str) -> list[str]:
    """Return who ended all of a person's sessions, as the record says."""
    with world.db.read() as conn:
        return [row["who"] for row in events.about(conn, f"web:{person}") if row["now"] == "signed out"]


def hear(world: World, came: Comment, read: Triage) -> None:
    """Store a comment with what was read out of it."""
    with world.db.write() as conn:
        now = world.clock.now()
        comments.add(conn, "lumen", [Heard(came, came.text, read.priority)], now, world.clock.new_id)
        taken = comments.claim(conn, "w", now, now + timedelta(seconds=9), 9, state=CommentState.NEW)
        comments.keep_triage(conn, [(entry, read) for entry in taken], "w", now, "test")


@contextmanager
def served(world: World) -> Iterator[str]:
    """Serve the desk on a free port of this machine; yield its address."""
    world.app.settings.web = "127.0.0.1:0"
    with server.serving(world.app) as found:
        assert found is not None
        assert urlsplit(found.url).port
        yield found.url
