"""One network under test, as the contract sees it: what a test module gives for its platform.

A bench holds one brand account, one fan, and the means to watch and break what leaves the adapter.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from PIL import Image

from bot.domain.comment import Comment
from bot.domain.draft import Media, Part
from bot.domain.post import Outgoing, Receipt
from bot.platforms.base import Cursor, Platform

FAMILY = "👨‍👩‍👧‍👦"
ACCENTED = "e\u0301"

#: What an adapter does that can be broken: ``upload`` is the part of ``publish`` that sends a picture.
OPERATIONS = ("publish", "upload", "find", "lookup", "edit", "delete", "comments", "readings", "identity")
#: What a network itself may not be able to do; a bench says so with a reason and a link in ``lacks``.
ABILITIES = ("bots", "edited comments", "headers", "quoting fans")


class MemoryVault:
    """A vault that outlives adapters, as the database's does, and remembers the order of things."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self._lock = threading.Lock()

    def load(self, name: str) -> str | None:
        return self.kept.get(name)

    def store(self, name: str, secret: str) -> None:
        assert self._lock.locked(), "a session is replaced under the lock only"
        self.kept[name] = secret

    def lock(self, name: str) -> Any:
        return self._lock


@dataclass(frozen=True)
class Sent:
    """What left the adapter for one post, in words that fit any network."""

    text: str
    language: str
    #: None where the platform dates posts itself.
    created: datetime | None
    alts: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    parent_id: str
    root_id: str
    key: str


@dataclass(frozen=True)
class Declared:
    """Where a platform's own documents ask for another outcome than the table of the contract.

    ``answers`` are statuses, or names of bodies (``contract_answers.ODD``); ``outcome`` is the name of an error, or
    ``done``.
    """

    operations: tuple[str, ...]
    answers: tuple[int | str, ...]
    outcome: str
    reason: str
    link: str


class Bench(ABC):
    """One network under test, with the brand's adapter on it."""

    #: Outcomes that differ from the contract's table, and what the network itself cannot do, ``{ability: reason with
    #: link}``. ``test_platforms.py`` counts both.
    declared: ClassVar[tuple[Declared, ...]] = ()
    lacks: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        #: Keys of one bench are no other's: a network may remember keys for an hour.
        self._salt = os.urandom(8).hex()
        self._count = 0
        # Not id(self): Python gives an address again, and servers live longer than one bench.
        self.mark = secrets.randbelow(10**12)

    @abstractmethod
    def adapter(self) -> Platform:
        """Return a new adapter of the brand's account, as after a restart: only the vault is the same."""

    # --- what leaves ---------------------------------------------------------------------------------------

    @abstractmethod
    def calls(self) -> int:
        """Return how many calls have left adapters so far."""

    @abstractmethod
    def sends(self) -> int:
        """Return how many requests that post have left so far."""

    @abstractmethod
    def sent(self) -> Sent:
        """Return the last post that left."""

    # --- what is broken ------------------------------------------------------------------------------------

    @abstractmethod
    def fail(self, effect: str) -> None:
        """Break the next publish."""

    @abstractmethod
    def answer(
        self, operation: str, status: int, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> None:
        """Answer every request of ``operation`` so from now on, in place of the network.

        ``body`` None is what the network itself would say with this status.
        """

    @abstractmethod
    def mend(self) -> None:
        """Break nothing any more."""

    # --- what others do ------------------------------------------------------------------------------------

    @abstractmethod
    def says(self, text: str, parent: Receipt | None = None, *, visibility: str = "public", bot: bool = False) -> str:
        """Have the fan reply, or mention the brand where there is no parent; return the remote id.

        ``bot`` has somebody else say it, who calls themselves a bot.
        """

    def burst(self, texts: Sequence[str], parent: Receipt) -> list[str]:
        """Have the fan reply many times; return the remote ids."""
        return [self.says(text, parent) for text in texts]

    @abstractmethod
    def quotes(self, text: str, receipt: Receipt) -> str:
        """Have the fan quote a post of the brand; return the remote id."""

    @abstractmethod
    def edits(self, comment: str, text: str) -> None:
        """Have the fan change a comment."""

    @abstractmethod
    def removes(self, comment: str) -> None:
        """Have the fan delete a comment."""

    @abstractmethod
    def likes(self, receipt: Receipt) -> None:
        """Have the fan like a post."""

    @abstractmethod
    def hidden(self, comment: str) -> bool:
        """Say whether the network hides a comment below the brand's post."""

    # --- what is known -------------------------------------------------------------------------------------

    @abstractmethod
    def copies(self, text: str) -> int:
        """Return how many live posts of the brand have exactly this text, asked of the network itself."""

    @abstractmethod
    def secrets(self) -> list[str]:
        """Return everything that must never be seen."""

    @abstractmethod
    def is_open(self, adapter: Platform) -> bool:
        """Say whether the adapter still holds connections."""

    @abstractmethod
    def mention(self) -> str:
        """Return how the fan is mentioned in a text, with the ``@``."""

    def weight(self, unit: str) -> int:
        """Return what one character counts in the platform's own counting, taken from its documents."""
        return 1

    def server_takes(self, unit: str) -> int | None:
        """Return how many of these a server takes that counts otherwise than its network; None for no such."""
        return None

    def can(self, ability: str) -> bool:
        """Say whether the network itself can do this."""
        assert ability in ABILITIES
        return ability not in self.lacks

    # --- means ---------------------------------------------------------------------------------------------

    def settle(self, check: Callable[[], bool], seconds: float = 90.0) -> None:
        """Wait until the network shows something."""
        until = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < until, "the network did not show it in time"
            time.sleep(0.05)

    def out(self, text: str = "", **more: Any) -> Outgoing:
        """Return a new part to send; texts differ, so that they can be counted."""
        self._count += 1
        text = text or f"Post {self._count} of {self.mark}"
        return Outgoing(part=Part(text, more.pop("media", ())), created=datetime.now(UTC), **more)

    def key(self, adapter: Platform, out: Outgoing) -> str:
        """Return the key the publish step would have chosen for ``out``."""
        assert out.created is not None
        return adapter.once_key(hashlib.sha256(f"{self._salt} {out.part.text}".encode()).hexdigest(), out.created)

    def publish(self, adapter: Platform, out: Outgoing) -> Receipt:
        """Publish as the publish step does."""
        return adapter.publish(out, self.key(adapter, out))

    def picture(self, width: int = 40, height: int = 20, *, exif: bool = False, mime: str = "image/jpeg") -> Media:
        """Return a medium whose bytes the adapter can ask for."""
        out, tags = io.BytesIO(), Image.Exif()
        if exif:
            tags[0x010F] = "SecretCamera"
            tags[0x0112] = 6
        image = Image.new("RGB", (width, height), "orange")
        image.save(out, mime.removeprefix("image/").upper(), **({"exif": tags} if exif else {}))
        name = f"{len(self.pictures):064d}"
        self.pictures[name] = out.getvalue()
        return Media(name, mime, width, height, f"An orange field {name[-3:]}", len(out.getvalue()))


def read_all(adapter: Platform, since: Cursor | None, limit: int = 50) -> tuple[list[Comment], Cursor | None]:
    """Read comments page by page until there are no more."""
    found: list[Comment] = []
    while True:
        page = adapter.comments(since, limit)
        assert len(page.items) <= limit
        assert len(found) < 5000, "the same comments come again and again"
        assert page.items or not page.more or page.cursor != since, "there is more, and no way on to it"
        found, since = [*found, *page.items], page.cursor
        if not page.more:
            return found, since
