"""People at the web desk for whoever tries to get round it: sessions, form tokens, and requests made by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx

from bot.domain.draft import DraftVersion
from bot.surfaces.web.pages import ROUTES
from tests.safety.bypass import Scene
from tests.web.served import Browser

SIGNING = ("approve", "now", "reject")
DEEDS = tuple(r.path.rpartition("/")[2] for r in ROUTES if r.method == "POST" and "{draft}" in r.path)
ELSEWHERE = tuple(r.path for r in ROUTES if r.method == "POST" and "{draft}" not in r.path)
MORE = {"part-0": "Other words.", "soon": "1", "reason": "because", "feedback": "shorter", "which": "all"}
COOKIE = "signoff_session"


class Visitors:
    """The browsers of the people, and a client that keeps no cookie and follows nothing."""

    def __init__(self, scene: Scene, url: str) -> None:
        self.scene, self.url = scene, url
        self.bare = httpx.Client(base_url=url, timeout=30)
        self.tokens: dict[str, str] = {}
        self.csrf: dict[str, str] = {}
        for person in ("anna", "li", "sam", "ben", "rose", "kim"):
            self.enter(person)

    def enter(self, person: str) -> str:
        with closing(Browser(self.scene, self.url, person)) as browser:
            token = browser.cookies[COOKIE]
            self.tokens[person], self.csrf[person] = token, browser.csrf()
        return token

    def close(self) -> None:
        self.bare.close()

    def ask(
        self,
        method: str,
        path: str,
        form: dict[str, Any] | bytes,
        *,
        token: str = "",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request as it stands."""
        given = {"origin": self.url, **({"cookie": f"{COOKIE}={token}"} if token else {}), **(headers or {})}
        given = {k: v for k, v in given.items() if v != "-"}
        body: dict[str, Any] = {"content": form} if isinstance(form, bytes) else {"data": form}
        if isinstance(form, bytes):
            given.setdefault("content-type", "application/x-www-form-urlencoded")
        self.bare.cookies.clear()
        return self.bare.request(
            method, path, headers=[(k.encode(), v.encode("utf-8", "replace")) for k, v in given.items()], **body
        )

    def form(self, version: DraftVersion, person: str = "li", /, **fields: Any) -> dict[str, Any]:
        bound = {"csrf": self.csrf[person], "version": str(version.version), "hash": version.hash}
        return {**bound, **MORE, **fields}

    def on(
        self,
        version: DraftVersion,
        deed: str,
        person: str = "li",
        /,
        *,
        headers: dict[str, str] | None = None,
        token: str | None = None,
        **fields: Any,
    ) -> Callable[[], object]:
        """Return what presses a button of a card."""

        def press() -> object:
            cookie = self.tokens[person] if token is None else token
            form = {k: v for k, v in self.form(version, person, **fields).items() if v is not None}
            return fault(self.ask("POST", f"/draft/{version.draft_id}/{deed}", form, token=cookie, headers=headers))

        return press


def fault(answer: httpx.Response) -> str:
    """Say whether the desk failed instead of refusing."""
    return f"answered {answer.status_code}" if answer.status_code >= 500 else ""
