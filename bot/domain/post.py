"""What is being said: a post, its parts, their states, and the platform's receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.draft import Content, Part


class PostState(StrEnum):
    """Where a part of a post stands."""

    DUE = "due"
    SENDING = "sending"
    LIVE = "live"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    #: Signoff cannot settle it alone; a person must.
    ASKED = "asked"
    CANCELLED = "cancelled"
    DELETED = "deleted"


#: Where a part stands that somebody cancelled or took down.
TAKEN_BACK = frozenset({PostState.CANCELLED, PostState.DELETED})


@dataclass(frozen=True)
class Receipt:
    """The platform's word that a part is live."""

    remote_id: str
    url: str
    at: datetime
    #: Platform's content digest where it has one (Bluesky CID); replies need it.
    cid: str = ""


@dataclass(frozen=True)
class Outgoing:
    """One part as an adapter gets it: text and media, whom it answers, and nothing to decide."""

    part: Part
    language: str = "en"
    visibility: str = "public"
    #: The post directly above, and the first of the conversation; None starts a new one.
    parent: Receipt | None = None
    root: Receipt | None = None
    #: Content warning, self-labels and the remote id of a quoted post, as signed.
    warning: str = ""
    labels: tuple[str, ...] = ()
    quote: str = ""
    #: Client-side time of the post: fixed at the first attempt, so that every attempt sends the same bytes.
    created: datetime | None = None
    #: It was sent before, and looked for in vain: what a platform says it has already may be that one.
    again: bool = False
    #: The fence: an adapter calls it in the line before the request that posts, after uploads and look-ups. It raises
    #: when the kill switch, the lease or the signature no longer allow it.
    before_send: Callable[[], None] = field(default=lambda: None, compare=False, repr=False)


@dataclass(frozen=True)
class PostPart:
    """One row of work for the worker."""

    post_id: str
    n: int
    part: Part
    state: PostState
    attempts: int = 0
    once_key: str = ""
    #: When the first attempt began, and the last one.
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    not_before: datetime | None = None
    looks: int = 0
    receipt: Receipt | None = None
    why: str = ""


@dataclass(frozen=True)
class Post:
    """A signed-off content on its way to one account."""

    id: str
    draft_id: str
    version: int
    account: str
    content: Content
    hash: str
    #: UTC instant at which it becomes due.
    due: datetime
    created: datetime
    parts: tuple[PostPart, ...] = field(default=())

    @property
    def live(self) -> int:
        return sum(p.state is PostState.LIVE for p in self.parts)

    @property
    def ended(self) -> bool:
        """Whether somebody took some of it back: nothing more of it is sent."""
        return any(p.state in TAKEN_BACK for p in self.parts)
