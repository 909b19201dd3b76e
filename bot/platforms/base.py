"""The contract of a platform: data first, then the few things every network can do.

An adapter translates; it does not decide, wait or retry. Every failure becomes one of the errors in
``bot/errors.py``, chosen by what happens next. ``tests/contract/platform_contract.py`` holds each adapter to this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from bot.domain.brand import Account
from bot.domain.comment import Comment
from bot.domain.draft import Part
from bot.domain.post import Outgoing, Receipt
from bot.domain.rate import Quota
from bot.domain.reading import Reading
from bot.errors import Unsupported
from bot.platforms.kit.media import alt_problems, media_problems
from bot.platforms.terms import (
    Charge,
    Consent,
    Context,
    Cursor,
    Facts,
    Features,
    Feed,
    Field,
    Health,
    Identity,
    Limits,
    Money,
    Page,
    Problem,
    Remembered,
    Sight,
    Vault,
    Way,
)  # fmt: skip
from bot.words import say

__all__ = [
    "Charge", "Consent", "Context", "Cursor", "Facts", "Features", "Feed", "Field", "Health", "Identity", "Limits",
    "Money", "Page", "Platform", "Problem", "Quota", "Remembered", "Sight", "Vault", "Way",
]  # fmt: skip


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
    #: How often what may be done there, by the platform's documents; Signoff stays below.
    quotas: ClassVar[tuple[Quota, ...]] = ()
    #: Names the app that the account's calls are counted for, where quotas are shared; empty: the account's alone.
    app: str = ""
    #: What the account may spend, where calls cost money.
    money: Money | None = None
    #: Ways of connecting an account, the easiest first; none where the settings are simply typed.
    ways: ClassVar[tuple[Way, ...]] = ()
    #: What the platform demands of accounts that software speaks for, each one sentence with its link and date.
    rules: ClassVar[tuple[str, ...]] = ()
    #: What the adapter is tested against, and what the platform asks for its calls; for docs/platforms.md.
    tested: ClassVar[str] = ""
    price: ClassVar[str] = ""

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
    def limits_of(cls, facts: Mapping[str, Any]) -> Limits:
        """Return the limits of one account by what is known of it (``Context.facts``)."""
        return cls.limits

    @classmethod
    def fits(
        cls, parts: Sequence[Part], *, reply: bool = False, visibility: str = "public", warning: str = "",
        labels: Sequence[str] = (), quote: str = "", limits: Limits | None = None,
    ) -> list[Problem]:  # fmt: skip
        """Return every reason why ``parts`` cannot be published here; an empty list means they fit."""
        features, found = cls.features, []
        limits = limits or cls.limits
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
        if warning and not features.warnings:
            found.append(Problem(say("{label} has no content warnings.", label=cls.label)))
        if quote and not features.quotes:
            found.append(Problem(say("Posts cannot be quoted on {label} from here.", label=cls.label)))
        for label in labels:
            if label not in features.labels:
                known = ", ".join(features.labels) or "-"
                message = say(
                    "{label} has no label {name!r}; it has: {known}.", label=cls.label, name=label, known=known
                )
                found.append(Problem(message))
        for n, part in enumerate(parts):
            found += cls._part_problems(n, part, warning, limits)
        return found

    @classmethod
    def _part_problems(cls, n: int, part: Part, warning: str, limits: Limits) -> list[Problem]:
        found = []
        if not part.text.strip() and not part.media:
            found.append(Problem(say("This part is empty."), n))
        if any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in part.text):
            return [*found, Problem(say("The text holds a broken character that cannot be sent."), n)]
        size = cls.length(part.text) + (cls.length(warning) if warning else 0)
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
        if part.card is not None and not cls.features.cards:
            found.append(Problem(say("{label} makes its own cards for links.", label=cls.label), n))
        another, shorter = say("Use another picture or video."), say("Shorten the alt text.")
        found += [Problem(message, n, fix=another) for message in media_problems(cls.label, part, limits)]
        return found + [Problem(message, n, fix=shorter) for message in alt_problems(part, limits)]

    @classmethod
    def charges(cls, part: Part, *, reply: bool = False) -> tuple[Charge, ...]:
        """Return what sending ``part`` costs; nothing on most platforms."""
        return ()

    @classmethod
    def advice(cls, parts: Sequence[Part], *, reply: bool = False) -> list[str]:
        """Return what could be said better or cheaper here, each one sentence; nothing is held back by it."""
        return []

    @classmethod
    def may_answer(cls, comment: Comment, account: Account, *, automatic: bool) -> str:
        """Return why the platform's rules forbid this account to answer ``comment``; empty where it may.

        ``automatic`` means that no person looks at the answer before it goes out.
        """
        return ""

    @classmethod
    def refuse(cls, out: Outgoing, limits: Limits | None = None) -> None:
        """Raise Unsupported for a part that does not fit, before any call leaves."""
        problems = cls.fits(
            [out.part], reply=out.parent is not None, visibility=out.visibility, warning=out.warning,
            labels=out.labels, quote=out.quote, limits=limits,
        )  # fmt: skip
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

        An empty key is one that is not known: then the own timeline tells. None means it was looked for and is not
        there. Raises a PlatformError when the platform cannot be read.
        """

    def lookup(self, url: str) -> Receipt:
        """Return the receipt of this account's own live post at an address that a person gives.

        Raises BadInput for an address that is not one of this account's posts, and NotFound where nothing is there.
        """
        raise Unsupported(say("{label} cannot find a post by its address.", label=self.label), platform=self.id)

    def post_at(self, url: str) -> Receipt:
        """Return the post, anybody's where it can be read, at an address; its remote id is what ``quote`` takes.

        Raises BadInput for what is no address of a post here, and NotFound where nothing is there.
        """
        return self.lookup(url)

    def edit(self, receipt: Receipt, out: Outgoing) -> Receipt:
        """Change a live post into ``out``, where the platform knows edits."""
        raise Unsupported(say("{label} cannot change a live post.", label=self.label), platform=self.id)

    @abstractmethod
    def delete(self, receipt: Receipt) -> None:
        """Remove a live post. Removing it twice is not an error."""

    @abstractmethod
    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        """Return replies, mentions and quotes after ``since``, oldest first, each exactly once."""

    def feed(self) -> Feed:
        """Return a connection that tells when somebody spoke. Raises Unsupported where the platform has none."""
        raise Unsupported(say("{label} does not tell by itself that somebody spoke.", label=self.label),
                          platform=self.id)  # fmt: skip

    def look_at(self, remote_id: str) -> Sight:
        """Return what a stranger's post says now, and what this account answered right below it.

        Raises Unsupported where that cannot be told, or not without paying for it; a PlatformError as ``comments``.
        """
        raise Unsupported(say("{label} does not tell what became of a comment.", label=self.label), platform=self.id)

    def hide(self, remote_id: str, *, hidden: bool = True) -> None:
        """Hide what somebody answered below a post of this account from its readers, or show it again.

        Doing it again changes nothing, so it is repeated after a lost answer. Raises a PlatformError; Unsupported where
        the network knows no such thing.
        """
        raise Unsupported(
            say("{label} has no way to hide what others answer.", label=self.label), platform=self.id,
            next_step=say("Mute, block or report its author there."),
        )  # fmt: skip

    def reread(self, remote_ids: Sequence[str]) -> Mapping[str, str | None]:
        """Return what strangers' posts say now, worded as ``comments`` does; None for those that are surely gone.

        Takes at most ``features.rereads`` ids. What cannot be told just now is left out. Raises a PlatformError as
        ``comments`` does.
        """
        raise Unsupported(say("{label} does not tell what became of a comment.", label=self.label), platform=self.id)

    @abstractmethod
    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        """Return the present counts of our own live posts."""

    @abstractmethod
    def identity(self) -> Identity:
        """Ask the platform who this account is and what its token may do. Raises a PlatformError."""

    @abstractmethod
    def health(self) -> list[Health]:
        """Check credentials, scope and expiry against the real service, for ``signoff doctor``."""

    def preview_host(self) -> str:
        """Return the host that requests go to, shown on the card ("what will be sent where")."""
        return ""

    def close(self) -> None:
        """Give back connections; the adapter is not used afterwards."""
        return
