"""Comments as rows: what a page of an adapter, or a reading, becomes in the table, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.comment import Author, Comment, CommentState, Entry, Intent, Priority, Triage

#: A comment is read again this long after it came, and less and less often later.
SOON = timedelta(minutes=5)


@dataclass(frozen=True)
class Heard:
    """A comment that came in, with what shows without reading it closely."""

    comment: Comment
    #: The cleaned words.
    text: str
    priority: Priority = Priority.NORMAL
    aside: str = ""
    #: What nearly the same words have in common; empty where that cannot be told.
    fingerprint: str = ""
    source: str = ""


#: In place of the words of a comment that was let go of after its days: the empty text, told by its space from one
#: that was always empty, so that no later look brings the words back.
LET_GO = '"" '


def raw(text: str) -> str:
    """Write a stranger's text as ASCII JSON: it may hold what no text column takes (NUL, half a surrogate pair)."""
    return json.dumps(text)


def as_row(one: Heard, brand: str, at: datetime, comment_id: str) -> dict[str, Any]:
    said = one.comment
    followed = not one.source and one.aside in ("", "opt-out")
    return {
        "id": comment_id, "brand": brand, "account": said.account, "remote_id": said.remote_id[:300],
        "kind": said.kind, "author_id": said.author.id[:200], "author_handle": said.author.handle[:200],
        "author_name": _storable(said.author.name), "author_bot": int(said.author.bot), "raw": raw(said.text),
        "text": one.text, "at": said.at, "heard": at, "parent_id": said.parent_id[:300], "root_id": said.root_id[:300],
        "thread": (said.root_id or said.parent_id or said.remote_id)[:300], "url": _storable(said.url),
        "language": said.language[:35], "visibility": said.visibility, "source": one.source,
        "state": CommentState.NEW.value, "priority": int(one.priority), "aside": one.aside,
        "fingerprint": one.fingerprint, "like_id": "", "reread": at + SOON if followed else None,
    }  # fmt: skip


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def entry(row: Mapping[Any, Any]) -> Entry:
    """Read one row of ``comment``."""
    author = Author(row["author_id"], row["author_handle"], row["author_name"], bool(row["author_bot"]))
    said = Comment(
        row["account"], row["remote_id"], author, json.loads(row["raw"]), row["at"], row["kind"], row["parent_id"],
        row["root_id"], row["url"], row["language"], row["visibility"],
    )  # fmt: skip
    same = {
        name: row[name]
        for name in ("id", "brand", "text", "heard", "aside", "assignee", "snoozed", "draft", "rule", "why", "answered",
                     "closed", "edited", "deleted", "failures", "source")
    }  # fmt: skip
    return Entry(
        **same, comment=said, state=CommentState(row["state"]), triage=triage(row["triage"]), like=row["like_id"]
    )


def triage(body: dict[str, Any] | None) -> Triage | None:
    """Read a Triage as it is stored."""
    if not body:
        return None
    start, end = body.get("span", (0, 0))
    lists = {
        "aspects": tuple((a, b) for a, b in body.get("aspects", ())),
        "topics": tuple(body.get("topics", ())),
        "urgency": tuple(body.get("urgency", ())),
    }
    kinds = {"intent": Intent(body["intent"]), "priority": Priority(body["priority"]), "span": (start, end)}
    return Triage(**{**body, **lists, **kinds})


def columns_of(read: Triage) -> dict[str, Any]:
    """Return the columns that a triage fills."""
    body = asdict(read)
    return {"triage": body, "label": read.sentiment, "intent": read.intent.value, "priority": int(read.priority),
            "language": read.language[:35]}  # fmt: skip
