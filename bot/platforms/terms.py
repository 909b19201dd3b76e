"""The words of the platform contract: plain data, and what ``app.py`` hands an adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from bot.clock import Clock
from bot.domain.brand import Account
from bot.domain.draft import Media

T = TypeVar("T")

#: Where a browser comes back to after a consent, unless a person chooses another port: for steps that have it written
#: into a developer portal.
RETURN_ADDRESS = "http://127.0.0.1:8425/callback"


@dataclass(frozen=True)
class Limits:
    """What fits in one part. Every figure has its source and the date it was read in ``source``."""

    #: Longest text, in the unit named by ``unit``.
    text: int
    unit: str
    #: Longest text in UTF-8 bytes, where the platform counts these too.
    text_bytes: int | None = None
    images: int = 0
    image_bytes: int = 0
    image_types: tuple[str, ...] = ()
    #: Most pixels of a picture (width x height), where the platform says so.
    image_pixels: int | None = None
    #: Most bytes of an animated GIF, where it stands alone in its post; None: it is a picture like others.
    gif_bytes: int | None = None
    #: Most pixels of a GIF (width x height), where that is less than for other pictures.
    gif_pixels: int | None = None
    #: A post has this many videos (0 or 1), and then no pictures.
    videos: int = 0
    video_bytes: int = 0
    video_types: tuple[str, ...] = ()
    #: Shortest and longest video, in seconds; 0 where the platform does not say.
    video_seconds: tuple[float, float] = (0.0, 0.0)
    #: Most pixels of a video's frame, where the platform says so.
    video_pixels: int | None = None
    alt: int = 0
    #: Most bytes of a link card's picture; None: as any picture.
    card_bytes: int | None = None
    #: Parts in a thread; 1 means the platform has no threads.
    parts: int = 1
    source: str = ""


@dataclass(frozen=True)
class Features:
    """What can be said and done there, and how a lost answer is settled."""

    threads: bool = False
    replies: bool = False
    images: bool = False
    video: bool = False
    #: Whether an account can quote a post, show a card for a link, put a warning before a post, change a live post.
    quotes: bool = False
    cards: bool = False
    warnings: bool = False
    edits: bool = False
    #: What a post can say of itself.
    labels: tuple[str, ...] = ()
    delete: bool = False
    comments: bool = False
    readings: bool = False
    #: Whether an account can hide what others answer below its posts.
    hides: bool = False
    #: Whether the platform itself tells that somebody spoke (``Platform.feed``).
    streams: bool = False
    #: Comments that are read again in one call, 0 for none; and seconds between two such looks at one, at least.
    rereads: int = 0
    reread_every: float = 300.0
    visibilities: tuple[str, ...] = ("public",)
    #: How a repeat is recognised: ``record`` (client-chosen record key), ``key`` (idempotency key),
    #: ``none`` (only by looking at the own timeline).
    once: Literal["record", "key", "none"] = "none"
    #: Seconds after a send until its result can be relied on to be readable.
    read_lag: float = 30.0


@dataclass(frozen=True)
class Cursor:
    """Where reading stopped; opaque outside the adapter that made it."""

    value: str


class Feed(Protocol):
    """A connection over which a platform tells that somebody spoke. Used once."""

    def run(self, heard: Callable[[bool], None]) -> None:
        """Stay connected until ``close``; ``heard(True)`` when something was said, ``heard(False)`` as a sign of life.

        What is said meanwhile is read by ``Platform.comments``. Raises a PlatformError when the connection cannot be
        had, or ends.
        """

    def close(self) -> None:
        """End it from another thread; ``run`` returns."""


@dataclass(frozen=True)
class Sight:
    """What a stranger's post is at this moment."""

    #: What it says; None when it is gone.
    text: str | None
    #: Remote ids of this account's own posts right below it, whoever wrote them.
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, oldest first, and the cursor to store once they are stored."""

    items: tuple[T, ...]
    cursor: Cursor | None
    more: bool = False


@dataclass(frozen=True)
class Problem:
    """One reason why a text does not fit; ``over`` is by how much, in the limit's own unit."""

    message: str
    part: int = 0
    over: int = 0
    span: tuple[int, int] = (0, 0)
    #: What to do about it; empty where the text is to be shortened.
    fix: str = ""


@dataclass(frozen=True)
class Health:
    """One line of ``signoff doctor``."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


@dataclass(frozen=True)
class Identity:
    """Who an account is there, as the platform says it."""

    #: The platform's own id of the account, and its public name there.
    id: str
    handle: str
    name: str = ""
    #: What the token may do, in the platform's own words; empty where it has no scopes.
    scopes: tuple[str, ...] = ()
    #: Scopes that Signoff needs and the token has not.
    lacking: tuple[str, ...] = ()
    #: When a person must connect anew; None for never.
    expires: datetime | None = None
    #: What a person should put right there, such as a missing "automated" label; each one sentence.
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One thing that a person types when connecting; it is stored as the setting ``name``."""

    name: str
    #: What it is and where it is found, in a sentence.
    about: str
    secret: bool = False
    default: str = ""


@dataclass(frozen=True)
class Consent:
    """A question to the owner of an account, asked on the platform's own page."""

    #: Where the person's browser goes.
    url: str
    #: What ``Way.finish`` needs again, such as a verifier; holds secrets and is never shown.
    keep: dict[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Way:
    """One way of connecting an account: typed keys alone, or keys and then consent in the browser.

    ``begin(given, redirect)`` makes the question; ``finish(given, consent, returned)`` takes the parameters that the
    browser brought back and returns settings to store, beside those that were typed. Both raise a SignoffError that
    says what to do. The ``state`` (or OAuth 1's ``oauth_token``) in the question's address is held against what comes
    back before ``finish`` is called; a question without either gets a ``state``.
    """

    id: str
    label: str
    fields: tuple[Field, ...]
    begin: Callable[[dict[str, str], str], Consent] | None = None
    finish: Callable[[dict[str, str], Consent, dict[str, str]], dict[str, str]] | None = None
    #: What to do before, step by step, with the traps.
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Charge:
    """What the platform asks for one call, in US dollars."""

    what: str
    usd: float


class Facts(Protocol):
    """What is known of an account and is no secret, kept in the database: limits of its server, rates, money spent."""

    def load(self, name: str) -> Any:
        """Return the JSON value, or None."""
        ...

    def store(self, name: str, value: Any) -> None:
        """Keep a JSON value."""
        ...

    def add(self, name: str, amount: float) -> float:
        """Add to a number that begins at 0, in one step for all processes; return the sum."""
        ...


class Money(Protocol):
    """What an account may spend."""

    def check(self, usd: float) -> None:
        """Raise CapReached where ``usd`` more would pass a cap."""
        ...


class Vault(Protocol):
    """Where an adapter keeps a secret that changes, such as a session: stored encrypted, one per account."""

    def load(self, name: str) -> str | None:
        """Return the stored secret, or None."""
        ...

    def store(self, name: str, secret: str) -> None:
        """Keep ``secret`` durably before it is used."""
        ...

    def lock(self, name: str) -> Any:
        """Return a context manager that only one process and thread at a time can be inside of."""
        ...


@dataclass(frozen=True)
class Context:
    """What ``app.py`` hands an adapter besides its own settings."""

    account: Account
    clock: Clock
    vault: Vault
    #: Return the bytes of a medium; raises NotFound.
    media: Callable[[Media], bytes]
    #: The local sandbox network's tables; only ``sandbox`` uses it.
    sandbox: Any = None
    #: Seconds for one request; always less than the lease that the worker holds.
    timeout: float = 20.0
    #: What to send through instead of the network, in the form of the adapter's HTTP library (an httpx transport, or a
    #: requests adapter): where tests watch and break requests.
    transport: Any = None
    #: What is known of the account; a table that is forgotten with the process where nobody gives another.
    facts: Facts = field(default_factory=lambda: Remembered())


class Remembered:
    """Facts in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def load(self, name: str) -> Any:
        return self._kept.get(name)

    def store(self, name: str, value: Any) -> None:
        self._kept[name] = value

    def add(self, name: str, amount: float) -> float:
        self._kept[name] = float(self._kept.get(name, 0.0)) + amount
        return float(self._kept[name])
