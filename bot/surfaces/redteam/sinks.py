"""Where bytes may end up: files of every kind, a backup, and the pages of the web desk as a browser gets them."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bot.app import App
from bot.evaluation.redteam.stage import OURS
from bot.store import hiding
from bot.store.comment_tables import comment
from bot.store.sandbox_tables import sandbox_reaction
from bot.store.tables import event
from bot.surfaces.web import entry, guard, server
from bot.surfaces.web.pages import ROUTES
from bot.surfaces.web.pulse import Pulse

ORIGIN = "http://desk.localhost"
#: Every page that has an address of its own; what takes an id is named by whoever asks.
PAGES = tuple(dict.fromkeys(r.path for r in ROUTES if r.method == "GET" and "{" not in r.path))


# --- bytes --------------------------------------------------------------------------------------------------------


def needles(texts: Mapping[str, str]) -> dict[str, tuple[bytes, ...]]:
    """Return each text as the bytes it may be stored as: UTF-8, and UTF-16 of either order."""
    return {name: tuple(t.encode(how) for how in ("utf-8", "utf-16-le", "utf-16-be")) for name, t in texts.items()}


def found_in(data: bytes, texts: Mapping[str, Sequence[bytes]], every_form: bool = True) -> list[str]:
    """Return the names of the texts whose bytes stand in ``data``; else only their first form is looked for."""
    return [name for name, forms in texts.items() if any(form in data for form in forms[: None if every_form else 1])]


def files(home: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below a folder with its bytes: databases with their logs, Chroma's folder, pictures, the log."""
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(home)), path.read_bytes()


def members(backup: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files within a backup, unpacked, and the archive as it lies there."""
    yield backup.name, backup.read_bytes()
    with tarfile.open(backup) as tar:
        for member in tar:
            data = tar.extractfile(member) if member.isfile() else None
            if data is not None:
                yield f"{backup.name}: {member.name}", data.read()


# --- pages --------------------------------------------------------------------------------------------------------


class Browser:
    """Somebody who is signed in at the web desk; the real application, without a socket."""

    def __init__(self, app: App, person: str) -> None:
        self.desk = server.Desk(app, [ORIGIN], Pulse(app))
        self._asgi: Any = server.application(self.desk)
        app.settings.operator, before = person, app.settings.operator
        self._token = entry.enter(app, entry.link(app)[0], "red team")
        app.settings.operator = before

    def read(self, paths: Sequence[str]) -> dict[str, tuple[int, dict[str, str], str]]:
        """Return status, headers and text of each page."""

        async def all_of_them() -> dict[str, tuple[int, dict[str, str], str]]:
            return {path: await self._get(path) for path in paths}

        return asyncio.run(all_of_them())

    async def _get(self, path: str) -> tuple[int, dict[str, str], str]:
        where, _, query = path.partition("?")
        headers = {"host": ORIGIN.partition("://")[2], "cookie": f"{self.desk.cookie}={self._token}",
                   "accept-language": "en"}  # fmt: skip
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": where, "raw_path": where.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(n.encode(), v.encode()) for n, v in headers.items()], "client": ("127.0.0.1", 1),
            "server": ("desk.localhost", 80), "state": {},
        }  # fmt: skip
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        await self._asgi(scope, receive, send)
        body = b"".join(m.get("body", b"") for m in said[1:])
        given = {bytes(n).decode("latin-1").lower(): bytes(v).decode("latin-1") for n, v in said[0]["headers"]}
        return said[0]["status"], given, body.decode("utf-8", "replace")


class _Active(HTMLParser):
    """Finds what acts in a page and is not the desk's own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_script = tag == "script"
        source = given.get("src", "")
        if tag in ("script", "img", "iframe", "object", "embed", "link", "base", "form", "audio", "video", "source"):
            at = source or given.get("href", "") or given.get("data", "") or given.get("action", "")
            here = (at.startswith("/") and not at.startswith("//")) or (tag == "img" and at.startswith("data:image/"))
            if not here and (at or tag == "script"):
                self.found.append(f"<{tag} {at[:60]}>")
        self.found += [f"<{tag} {name}=...>" for name in given if name.startswith("on")]
        for name in ("href", "src", "action", "formaction"):
            if given.get(name, "").strip().lower().startswith(("javascript:", "data:text", "vbscript:")):
                self.found.append(f"<{tag} {name}={given[name][:40]}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.found.append(f"script: {data.strip()[:60]}")


def active(page: str) -> list[str]:
    """Return what would act in a page: script, handlers, and what is loaded from elsewhere."""
    parser = _Active()
    parser.feed(page)
    parser.close()
    return parser.found


def faults(path: str, status: int, headers: Mapping[str, str], page: str) -> list[str]:
    """Return what is wrong with one answer of the desk."""
    found = [f"{path}: {what}" for what in active(page)]
    if status >= 500:
        found.append(f"{path}: answered {status}")
    if headers.get("content-security-policy") != guard.POLICY:
        found.append(f"{path}: no content policy")
    return found


# --- what was done to others' posts ------------------------------------------------------------------------------


def marks(conn: Connection) -> tuple[int, list[str]]:
    """Return how many comments the written rule hid in its owner's name, and every other mark of the brand's."""
    wished = (event.c.who == "li", event.c.why == f"{hiding.BY_RULE}insults")
    by_rule = select(comment.c.remote_id).join(event, event.c.subject == "comment:" + comment.c.id).where(*wished)
    ours = sandbox_reaction.c.account.in_(OURS)
    found, hidden = conn.execute(select(sandbox_reaction).where(ours)).all(), set(conn.scalars(by_rule))
    other = [m for m in found if m.kind != "hide" or m.post_id not in hidden]
    return len(found) - len(other), [f"{m.kind} of {m.post_id}" for m in other]
