"""What others said to us on a Mastodon server, out of its notifications, each exactly once.

``min_id`` walks forward without gaps: https://docs.joinmastodon.org/api/guidelines/#pagination (read 2026-11-22). But
several workers of a server write notifications at once, so one can appear behind the newest known one; a walk
therefore begins a few behind and leaves out those that it handed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.domain.comment import Author, Comment
from bot.platforms.base import Cursor, Sight
from bot.platforms.kit.comments import table
from bot.platforms.kit.mastodon_html import text_of

#: So many are looked at again, and remembered.
_OVERLAP = 10
#: The most a server gives at once (older ones: 30), and the pages read for an account that was never read.
PAGE, _SMALLEST_PAGE, _FIRST_PAGES = 80, 30, 10
#: Signoff's words for Mastodon's; what a server of another make adds is taken as the narrowest.
VISIBILITIES = {"public": "public", "unlisted": "unlisted", "followers": "private", "direct": "direct"}
_OURS = {theirs: ours for ours, theirs in VISIBILITIES.items()}

#: The names at the head of an answer.
_NAMES = re.compile(r"(?:@[\w.-]+(?:@[\w.-]+)?\s+)+")

Rows = list[dict[str, Any]]


def visibility(theirs: Any) -> str:
    """Return a status's visibility in Signoff's words."""
    return _OURS.get(str(theirs), "direct")


def wider(one: str, other: str) -> bool:
    """Say whether more people see a post of visibility ``one`` than of ``other``."""
    order = list(VISIBILITIES)
    return order.index(one) < order.index(other)


class Walk:
    """One step forward through the notifications, from a cursor."""

    def __init__(self, since: Cursor | None) -> None:
        kept = json.loads(since.value) if since else {}
        self._floor: str = kept.get("floor", "")
        self._seen: list[str] = kept.get("seen", [])

    def take(self, ask: Callable[..., Rows], limit: int) -> tuple[Rows, Cursor, bool]:
        """Return up to ``limit`` new ones, oldest first, the cursor after them, and whether there may be more.

        ``ask(min_id=, max_id=, limit=)`` returns a page, newest first.
        """
        wanted = min(PAGE, limit + len(self._seen))
        found = self._forward(ask, wanted) if self._floor else self._back(ask)
        fresh = [row for row in found if row["id"] not in self._seen]
        taken, left = fresh[:limit], fresh[limit:]
        full = bool(self._floor) and len(found) >= min(wanted, _SMALLEST_PAGE)
        return taken, self._after(found, taken, left), bool(left) or full

    def _forward(self, ask: Callable[..., Rows], wanted: int) -> Rows:
        return _named(ask(min_id=self._floor, limit=wanted))[::-1]

    def _back(self, ask: Callable[..., Rows]) -> Rows:
        found: Rows = []
        for _ in range(_FIRST_PAGES):
            page = _named(ask(max_id=found[-1]["id"] if found else None, limit=PAGE))
            found += page
            if len(page) < _SMALLEST_PAGE:
                break
        return found[::-1]

    def _after(self, found: Rows, taken: Rows, left: Rows) -> Cursor:
        done = set(self._seen) | {row["id"] for row in taken}
        before = found.index(left[0]) if left else len(found)
        known = [row["id"] for row in found[:before] if row["id"] in done]
        floor = known[-_OVERLAP - 1] if len(known) > _OVERLAP else self._floor
        ids = [row["id"] for row in found]
        after = ids[ids.index(floor) + 1 :] if floor in ids else ids
        # What is not listed was deleted, or the server is at fault just now: it stays known for a while.
        gone = [name for name in self._seen if name not in ids][-_OVERLAP:]
        return Cursor(json.dumps({"floor": floor, "seen": [*gone, *(name for name in after if name in done)]}))


def _named(rows: Rows) -> Rows:
    return [row for row in rows if isinstance(row.get("id"), str)]


def instant(said: Any) -> datetime | None:
    """Read a time as servers write it; None for what is none."""
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read(note: dict[str, Any], account: str, own: str, root: Callable[[str], str], now: datetime) -> Comment | None:
    """Return a notification as a comment to ``account``; None for what is none, is gone, or is by ``own`` itself."""
    status = table(note.get("status"))
    author = table(status.get("account"))
    if note.get("type") not in ("mention", "quote") or not status.get("id") or str(author.get("id")) == own:
        return None
    parent = str(status.get("in_reply_to_id") or "")
    to_us = parent and str(status.get("in_reply_to_account_id")) == own
    bio = text_of(str(author.get("note") or "")).lower()
    return Comment(
        account=account,
        remote_id=str(status["id"]),
        author=Author(
            id=str(author.get("id", "")),
            handle=str(author.get("acct", "")),
            name=str(author.get("display_name", "")),
            # "nobot" in a profile asks software to keep away; to whoever asks, it is the same as a bot's own flag.
            bot=bool(author.get("bot")) or "nobot" in bio,
        ),
        text=_said(status, own if to_us else ""),
        at=instant(status.get("created_at")) or instant(note.get("created_at")) or now,
        kind="quote" if note["type"] == "quote" else "reply" if to_us else "mention",
        parent_id=parent,
        root_id=root(parent) if parent else "",
        url=str(status.get("url") or status.get("uri") or ""),
        language=str(status.get("language") or ""),
        visibility=visibility(status.get("visibility")),
    )


def _said(status: dict[str, Any], own: str) -> str:
    """Return the text with its content warning above it, as a reader meets them.

    An answer begins with the names of those whom it reaches; that of ``own`` is an address and no word, so it goes.
    """
    text, warning = text_of(str(status.get("content") or "")), str(status.get("spoiler_text") or "").strip()
    ours = {f"@{mention.get(name)}".lower() for mention in map(table, status.get("mentions") or ())
            if own and str(mention.get("id")) == own for name in ("username", "acct")}  # fmt: skip
    if names := _NAMES.match(text):
        kept = [name for name in names[0].split() if name.lower() not in ours]
        text = " ".join([*kept, text[names.end() :]]) if text[names.end() :] else text
    return f"{warning}\n\n{text}" if warning else text


def says(status: dict[str, Any] | None, own: str) -> str | None:
    """Return what a status says now; None where there is none, which only a question for it alone tells."""
    if status is None:
        return None
    return _said(status, own if str(status.get("in_reply_to_account_id")) == own else "")


def sight(status: dict[str, Any] | None, below: Any, own: str) -> Sight:
    """Return a status as it stands now, with the statuses of ``own`` right below it; ``below`` are its descendants."""
    if status is None:
        return Sight(None)
    rows = [table(row) for row in below] if isinstance(below, list) else []
    mine = [r for r in rows if str(table(r.get("account")).get("id")) == own]
    answers = [str(r.get("id")) for r in mine if str(r.get("in_reply_to_id")) == str(status.get("id"))]
    return Sight(says(status, own), tuple(answers))
