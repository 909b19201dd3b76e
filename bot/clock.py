"""The one source of time, ids and randomness, so that tests can hold each of them still."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

#: Crockford's base 32 without look-alikes: ids are read aloud and typed by people.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


#: Whether the kernel counts the seconds for which the machine has run, its sleep among them.
SLEEPS = hasattr(time, "CLOCK_BOOTTIME")


def running() -> float:
    """Return the seconds for which the machine has run: nobody can set them. Where they are not counted, the time."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if SLEEPS else time.time()


class Clock(Protocol):
    """What the application may ask of time and chance."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds``; only runners and the sandbox's latency call this."""
        ...

    def new_id(self, prefix: str) -> str:
        """Return a fresh id such as ``d_7k2m9q4x``."""
        ...

    def random(self) -> float:
        """Return a number in [0, 1), for jitter."""
        ...

    def follow(self, now: datetime) -> None:
        """Take ``now``, the time of a database that others share, for the present instant."""
        ...


class SystemClock:
    """The machine's clock until it follows another one, and the operating system's randomness.

    Once it follows, it goes on by the seconds that the machine runs: setting the machine's clock does not move it.
    """

    def __init__(self) -> None:
        #: What is added to the running seconds, so that a worker whose clock is wrong posts nothing early.
        self._ahead: float | None = None

    def now(self) -> datetime:
        return datetime.now(UTC) if self._ahead is None else datetime.fromtimestamp(self._ahead + running(), UTC)

    def follow(self, now: datetime) -> None:
        self._ahead = now.timestamp() - running()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(8))

    def random(self) -> float:
        return secrets.randbelow(1 << 30) / (1 << 30)


@dataclass
class FixedClock:
    """A clock that stands still until told to move: for tests and for repeatable runs."""

    at: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    count: int = 0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=max(0.0, seconds))

    def new_id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count:08d}"

    def random(self) -> float:
        return 0.5

    def follow(self, now: datetime) -> None:
        """Stand still all the same."""
