"""What might be said: a draft, its versions, and the exact content of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class DraftState(StrEnum):
    """Where a version of a draft stands."""

    PROPOSED = "proposed"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


#: Kinds that stand below a post: an answer to it, or the first comment on it.
BELOW = frozenset({"reply", "comment_starter"})


class Severity(StrEnum):
    """What a finding does: ``block`` holds the text back, ``warn`` is shown, ``note`` informs."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing a check noticed about a text."""

    check: str
    severity: Severity
    message: str
    #: Rule of the brand this rests on; empty for a platform's or Signoff's own rule.
    rule_id: str = ""
    #: Part the finding is in, counted from 0.
    part: int = 0
    #: Half-open span of Unicode code points in that part; (0, 0) means the whole part.
    span: tuple[int, int] = (0, 0)
    #: What to do about it, in words.
    fix: str = ""
    #: The text that would settle it, where code can tell.
    replacement: str | None = None


@dataclass(frozen=True)
class Media:
    """A picture or a video that goes with a part; its bytes are found by digest."""

    sha256: str
    mime: str
    width: int
    height: int
    alt: str
    size: int = 0
    #: How long it plays; 0 for a picture that stands still.
    seconds: float = 0.0

    @property
    def is_video(self) -> bool:
        return self.mime.startswith("video/")

    @property
    def moves(self) -> bool:
        """Say whether it is a picture that moves: an animated GIF."""
        return self.seconds > 0 and not self.is_video


@dataclass(frozen=True)
class Card:
    """What a platform shows for a link, where the post itself carries it: title, description, picture."""

    url: str
    title: str
    description: str = ""
    picture: Media | None = None


@dataclass(frozen=True)
class Part:
    """One message as the platform will show it; a thread has several."""

    text: str
    media: tuple[Media, ...] = ()
    card: Card | None = None


@dataclass(frozen=True)
class Window:
    """When to publish: a wall time in an IANA zone, or as soon as it is signed off."""

    #: Naive wall time ``YYYY-MM-DDTHH:MM``; None means as soon as it is signed off.
    wall: str | None = None
    zone: str = "UTC"
    #: How late it may still go out without asking.
    grace_minutes: int = 15


@dataclass(frozen=True)
class Content:
    """Everything a signature covers. Two equal contents have one hash; any difference has two."""

    brand: str
    account: str
    parts: tuple[Part, ...]
    #: The account's public name as the card showed it; a renamed account needs a new signature.
    handle: str = ""
    #: Remote id of the post this answers; empty for a new post.
    reply_parent: str = ""
    visibility: str = "public"
    language: str = "en"
    window: Window = field(default_factory=Window)
    rulebook: str = ""
    #: What readers see first and must open to see the rest: a content warning; empty for none.
    warning: str = ""
    #: What the post says of itself, in the platform's own words: ``nudity``, ``paid_partnership``...
    labels: tuple[str, ...] = ()
    #: Remote id of the post that this one quotes; empty for none.
    quote: str = ""


@dataclass(frozen=True)
class Draft:
    """A wish to say something on one account; its text lives in versions."""

    id: str
    brand: str
    account: str
    brief: str
    #: Person who asked for it; with four eyes they may not sign it off.
    author: str
    created: datetime
    #: The version people look at now.
    version: int = 1
    #: Name of the kind of content: ``post``, ``thread``, ``reply``...
    kind: str = "post"
    #: What drafts made together share: the id of a set of variants, or of a campaign's document; empty for one alone.
    series: str = ""
    #: Which way of telling it this is, among variants: the name of an angle.
    angle: str = ""
    #: Id of the group of readers it is written for.
    segment: str = ""


@dataclass(frozen=True)
class DraftVersion:
    """One exact text of a draft, with what it rests on."""

    draft_id: str
    version: int
    content: Content
    hash: str
    state: DraftState
    created: datetime
    #: Person whose words or wish made this version.
    author: str
    #: ``model``, ``person``, ``reschedule``, or ``now``: moved to at once by who signs it.
    origin: str
    citations: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    #: Evidence of a model's part: model name, strategy, prompt versions, run id, rules shown.
    evidence: dict[str, Any] = field(default_factory=dict)
    #: Why this version exists ("shorter"), or why it was rejected.
    note: str = ""

    def known(self, name: str) -> Any:
        """Return what is kept under ``name`` with this version, or with the one whose words a person changed; None."""
        evidence: Any = self.evidence
        while isinstance(evidence, dict) and evidence:
            if name in evidence:
                return evidence[name]
            evidence = evidence.get("before")
        return None

    @property
    def blocked(self) -> bool:
        return any(f.severity is Severity.BLOCK for f in self.findings)
