"""What others say, as a platform hands it over; what was read out of it, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


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


class CommentState(StrEnum):
    """Where a comment stands on the desk."""

    NEW = "new"
    TRIAGED = "triaged"
    IGNORED = "ignored"
    HIDDEN = "hidden"
    PROPOSED = "proposed"
    AUTO_REPLIED = "auto_replied"
    ESCALATED = "escalated"
    ANSWERED = "answered"
    CLOSED = "closed"


#: Nobody has to do anything about a comment in one of these.
SETTLED = frozenset({CommentState.IGNORED, CommentState.HIDDEN, CommentState.ANSWERED, CommentState.CLOSED})

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
#: The labels of a mood, from worst to best.
MOODS = (NEGATIVE, NEUTRAL, POSITIVE)


class Intent(StrEnum):
    """What the author wants, the most delicate last."""

    OTHER = "other"
    PRAISE = "praise"
    QUESTION = "question"
    PURCHASE = "purchase"
    SUPPORT = "support"
    COMPLAINT = "complaint"
    SPAM = "spam"
    ABUSE = "abuse"
    PRESS = "press"
    LEGAL = "legal"
    CRISIS = "crisis"


#: A person answers these, whatever a policy says of answering by itself.
DELICATE = frozenset({Intent.PRESS, Intent.LEGAL, Intent.CRISIS})

#: The closed list of emotions; an empty text is none that shows.
EMOTIONS = ("joy", "gratitude", "surprise", "sadness", "anger", "fear", "disgust", "disappointment")


class Priority(IntEnum):
    """How soon somebody should look."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


@dataclass(frozen=True)
class Triage:
    """What was read out of one comment, and by what."""

    #: BCP 47; ``und`` where it cannot be told.
    language: str
    #: One of MOODS.
    sentiment: str
    #: From -1 (worst) to 1 (best).
    score: float
    #: Calibrated chance, 0 to 1, that ``sentiment`` is right.
    confidence: float
    #: One sentence of why, in English, as it is stored; shown with ``retold``.
    reason: str
    #: One of EMOTIONS, or empty.
    emotion: str = ""
    intent: Intent = Intent.OTHER
    #: What it speaks of and how: ``(("delivery", "negative"),)``.
    aspects: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    #: What read it: ``local 3``, ``brand 2``, a model's name, ``person:lin``.
    by: str = ""
    #: Half-open span, in code points of the cleaned text, of the words that show it; (0, 0) where none do.
    span: tuple[int, int] = (0, 0)
    #: Why it has this priority, one short sentence each.
    urgency: tuple[str, ...] = ()
    #: Calibrated chance, 0 to 1, that ``intent`` is right.
    intent_confidence: float = 0.0


@dataclass(frozen=True)
class Entry:
    """A comment as the desk keeps it, with what became of it."""

    id: str
    brand: str
    comment: Comment
    #: The words as they are read: normalised, without what cannot be seen. ``comment.text`` is what came.
    text: str
    state: CommentState
    heard: datetime
    triage: Triage | None = None
    #: Why no machine looks at it: ``bot``, ``spam``, ``own``, ``opt-out``, ``poison``; empty for most.
    aside: str = ""
    #: Id of the first comment that says nearly the same; empty where none does.
    like: str = ""
    assignee: str = ""
    snoozed: datetime | None = None
    #: The draft of an answer, where there is one.
    draft: str = ""
    #: Which rule of the reply policy decided, and why, in words.
    rule: str = ""
    why: str = ""
    answered: datetime | None = None
    closed: datetime | None = None
    edited: datetime | None = None
    deleted: datetime | None = None
    #: Times that its triage failed.
    failures: int = 0
    #: File it was imported from; empty for one that an account heard.
    source: str = ""

    @property
    def thread(self) -> str:
        """What keeps the comments of one conversation together."""
        return self.comment.root_id or self.comment.parent_id or self.comment.remote_id
