"""What others say: comments and mentions, as a platform hands them over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Author:
    """Somebody outside the brand. Decisions hang on ``id``; the rest is a stranger's claim."""

    id: str
    handle: str
    name: str = ""
    bot: bool = False


@dataclass(frozen=True)
class Comment:
    """A reply, mention or quote, unique by (account, remote id). Its text is a stranger's."""

    account: str
    remote_id: str
    author: Author
    text: str
    at: datetime
    #: ``reply``, ``mention`` or ``quote``.
    kind: str = "reply"
    parent_id: str = ""
    root_id: str = ""
    url: str = ""
    language: str = ""
    #: Who can read it, in the words of ``Outgoing.visibility``; an answer is never seen by more.
    visibility: str = "public"
