"""The contract of a platform: data first, then the few things every network can do.

An adapter translates; it does not decide, wait or retry. Every failure becomes one of the errors in
``bot/errors.py``, chosen by what happens next. ``tests/contract/platform_contract.py`` holds each adapter to this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from bot.clock import Clock
from bot.domain.brand import Account
from bot.domain.comment import Comment
from bot.domain.draft import Media, Part
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import Unsupported
from bot.words import say

T = TypeVar("T")


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
    alt: int = 0
    #: Parts in a thread; 1 means the platform has no threads.
    parts: int = 1
    source: str = ""


@dataclass(frozen=True)
class Features:
    """What can be said and done there, and how a lost answer is settled."""

    threads: bool = False
    replies: bool = False
    images: bool = False
    delete: bool = False
    comments: bool = False
    readings: bool = False
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


@dataclass(frozen=True)
class Health:
    """One line of ``signoff doctor``."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


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
    #: An httpx transport to send through instead of the network: where tests watch and break requests.
    transport: Any = None


class Platform(ABC):
    """One account on one network. The file's name is the platform's id."""

    id: ClassVar[str]
    label: ClassVar[str]
    limits: ClassVar[Limits]
    #: What the network can do; an account whose server does less narrows its own copy.
    features: Features
    #: Where the vendor says so, for docs/platforms.md.
    links: ClassVar[tuple[str, ...]] = ()
    #: Settings of one account, as ``{name: (description, secret)}``; read from
    #: ``SIGNOFF_PLATFORMS__<ID>__<ACCOUNT>__<NAME>``.
    settings: ClassVar[dict[str, tuple[str, bool]]] = {}

    def __init__(self, context: Context, settings: dict[str, str]) -> None:
        self.context = context
        self.config = settings

    # --- what fits -----------------------------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def length(cls, text: str) -> int:
        """Count ``text`` in the platform's own unit."""

    @classmethod
    def link_uris(cls, text: str) -> list[str]:
        """Return every address that ``text`` would link to here, as it would be sent; the checks judge each one."""
        return []

    @classmethod
    def fits(cls, parts: Sequence[Part], *, reply: bool = False, visibility: str = "public") -> list[Problem]:
        """Return every reason why ``parts`` cannot be published here; an empty list means they fit."""
        limits, features, found = cls.limits, cls.features, []
        if not parts:
            found.append(Problem(say("There is no text.")))
        if len(parts) > limits.parts:
            found.append(
                Problem(
                    say(
                        "{label} takes threads of up to {most}, and this one has {n}.",
                        label=cls.label,
                        most=limits.parts,
                        n=len(parts),
                    )
                )
            )
        if reply and not features.replies:
            found.append(Problem(say("{label} cannot be used to answer.", label=cls.label)))
        if visibility not in features.visibilities:
            found.append(
                Problem(say("{label} has no visibility {visibility!r}.", label=cls.label, visibility=visibility))
            )
        for n, part in enumerate(parts):
            found += cls._part_problems(n, part)
        return found

    @classmethod
    def _part_problems(cls, n: int, part: Part) -> list[Problem]:
        limits, found = cls.limits, []
        if not part.text.strip() and not part.media:
            found.append(Problem(say("This part is empty."), n))
        if any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in part.text):
            return [*found, Problem(say("The text holds a broken character that cannot be sent."), n)]
        size = cls.length(part.text)
        if size > limits.text:
            over = size - limits.text
            found.append(
                Problem(
                    say(
                        "{size} of {most} {unit}: {over} too many.",
                        size=size,
                        most=limits.text,
                        unit=say(limits.unit),
                        over=over,
                    ),
                    n,
                    over,
                )
            )
        size = len(part.text.encode())
        if limits.text_bytes is not None and size > limits.text_bytes:
            over = size - limits.text_bytes
            found.append(
                Problem(
                    say("{size} of {most} bytes: {over} too many.", size=size, most=limits.text_bytes, over=over),
                    n,
                    over,
                )
            )
        if len(part.media) > limits.images:
            found.append(
                Problem(
                    say("{n} pictures, {label} takes {most}.", n=len(part.media), label=cls.label, most=limits.images),
                    n,
                )
            )
        for medium in part.media:
            if medium.mime not in limits.image_types:
                found.append(Problem(say("{label} does not take {mime}.", label=cls.label, mime=medium.mime), n))
            if medium.size > limits.image_bytes:
                found.append(
                    Problem(say("A picture has {size} bytes of {most}.", size=medium.size, most=limits.image_bytes), n)
                )
            if len(medium.alt) > limits.alt:
                found.append(
                    Problem(say("An alt text has {n} of {most} characters.", n=len(medium.alt), most=limits.alt), n)
                )
        return found

    @classmethod
    def refuse(cls, out: Outgoing) -> None:
        """Raise Unsupported for a part that does not fit, before any call leaves."""
        problems = cls.fits([out.part], reply=out.parent is not None, visibility=out.visibility)
        if problems:
            raise Unsupported(problems[0].message, platform=cls.id)

    # --- what it does --------------------------------------------------------------------------------------

    def once_key(self, seed: str, at: datetime) -> str:
        """Return the key that makes a repeat of this part recognisable, chosen before the first send.

        ``seed`` is unique to the part; ``at`` is its fixed creation time. Platforms without a key of their own
        return the seed, which is then only a label in our records.
        """
        return seed

    @abstractmethod
    def publish(self, out: Outgoing, once: str) -> Receipt:
        """Send one part, once. Raises a PlatformError that says what happens next.

        ``out.before_send()`` is called in the line before the request that posts; what it raises is passed on, and
        nothing was posted.
        """

    @abstractmethod
    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        """Look whether the part is live: by its key where there is one, else on the own timeline since ``since``.

        None means it was looked for and is not there. Raises a PlatformError when the platform cannot be read.
        """

    def lookup(self, url: str) -> Receipt:
        """Return the receipt of this account's own live post at an address that a person gives.

        Raises BadInput for an address that is not one of this account's posts, and NotFound where nothing is there.
        """
        raise Unsupported(say("{label} cannot find a post by its address.", label=self.label), platform=self.id)

    @abstractmethod
    def delete(self, receipt: Receipt) -> None:
        """Remove a live post. Removing it twice is not an error."""

    @abstractmethod
    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        """Return replies, mentions and quotes after ``since``, oldest first, each exactly once."""

    @abstractmethod
    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        """Return the present counts of our own live posts."""

    @abstractmethod
    def health(self) -> list[Health]:
        """Check credentials, scope and expiry against the real service, for ``signoff doctor``."""

    def preview_host(self) -> str:
        """Return the host that requests go to, shown on the card ("what will be sent where")."""
        return ""

    def close(self) -> None:
        """Give back connections; the adapter is not used afterwards."""
        return
