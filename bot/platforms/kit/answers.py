"""Sort what HTTP brought, or did not bring, into errors by what happens next; and read rate headers of every shape."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from bot.errors import OutcomeUnknown, PlatformError, Reconnect, Refused, TryLater
from bot.words import say

#: What a call may have done when its answer is lost: ``read`` nothing, ``write`` something harmless to repeat
#: (an upload, a deletion), ``send`` a post.
Kind = Literal["read", "write", "send"]
#: Clocks that differ by less are taken for one: ``date`` has whole seconds, and an answer takes time.
_SKEW = timedelta(seconds=2)
#: Nobody is kept waiting longer, whatever a header says; X's longest window is a month.
_LONGEST = 31 * 86400.0
#: An epoch above the first is in milliseconds, and one above the second is none.
_MILLISECONDS, _NO_EPOCH = 1e11, 1e14
#: An instant further away is nobody's plan, and is not told by another clock.
_ERA = timedelta(days=36525)
#: "120", "120s", "120, 120", "50;w=60".
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:e\d+)?)\s*(?:s|secs?|seconds)?\s*(?:[,;].*)?", re.I)
_NAMED = re.compile(r"\b([a-z]+)\s*=\s*([\d.]+)")


@dataclass(frozen=True)
class Rate:
    """What a platform lets us do in its present window; None where it does not say."""

    limit: int | None
    left: int | None
    reset: datetime | None


def rate(headers: Mapping[str, str], now: datetime) -> Rate | None:
    """Read ``x-rate-limit-*``, ``x-ratelimit-*``, ``ratelimit-*`` or the IETF draft's ``ratelimit``.

    Resets may be epoch seconds or milliseconds, seconds from now, ISO or an HTTP date. A number under a year is taken
    as seconds from ``now``. An instant by the server's clock is told by ours, where the answer's ``date`` shows that
    they differ.
    """
    low = {name.lower(): value for name, value in headers.items()}
    ahead = _ahead(low, now)
    for prefix in ("x-rate-limit-", "x-ratelimit-", "ratelimit-"):
        limit, left = _whole(low.get(prefix + "limit")), _whole(low.get(prefix + "remaining"))
        reset = _instant(low.get(prefix + "reset"), now, ahead)
        if limit is not None or left is not None or reset is not None:
            return Rate(limit, left, reset)
    return _listed(low.get("ratelimit", ""), now)


def _listed(said: str, now: datetime) -> Rate | None:
    """Read one header that names all: ``limit=100, remaining=0, reset=50`` or ``"day";r=0;t=50, "hour";r=9;t=5``."""
    named = dict(_NAMED.findall(said))
    if "remaining" in named:
        return Rate(_whole(named.get("limit")), _whole(named["remaining"]), _instant(named.get("reset"), now))
    found = [
        Rate(None, _whole(given["r"]), _instant(given.get("t"), now))
        for one in said.split(",")
        if "r" in (given := dict(_NAMED.findall(one)))
    ]
    # Of several the one that has the least left keeps us back, and of those the longest.
    found.sort(key=lambda one: (one.left or 0, -(one.reset or now).timestamp()))
    return found[0] if found else None


def wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds to wait: ``retry-after`` (seconds or date), else until the window ends; None if not said."""
    low = {name.lower(): value for name, value in headers.items()}
    there = _instant(low.get("retry-after"), now, _ahead(low, now))
    if there is None:
        known = rate(headers, now)
        there = known.reset if known else None
    return min(_LONGEST, max(0.0, (there - now).total_seconds())) if there else None


def _whole(said: str | None) -> int | None:
    try:
        # The IETF draft adds parameters: "100, 100;w=60".
        return int(float((said or "").split(",")[0].split(";")[0]))
    except (ValueError, OverflowError):
        return None


def _date(said: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(said)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found if found.tzinfo else None


def _ahead(low: Mapping[str, str], now: datetime) -> timedelta:
    """Return by how much our clock runs before the server's; nothing below what a slow answer may account for."""
    there = _date(low.get("date", ""))
    ahead = now - there if there else timedelta()
    return ahead if abs(ahead) > _SKEW else timedelta()


def _instant(said: str | None, now: datetime, ahead: timedelta = timedelta()) -> datetime | None:
    """Read seconds from now, an epoch in seconds or milliseconds, an HTTP date or ISO; None for anything else."""
    said = (said or "").strip()
    number = _NUMBER.fullmatch(said)
    try:
        if number:
            value = float(number[1])
            if value < 366 * 86400:
                return now + timedelta(seconds=value)
            if value < _NO_EPOCH:
                return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC) + ahead
            return now + timedelta(seconds=_LONGEST) if math.isfinite(value) else None
        there = _date(said) or datetime.fromisoformat(said.replace(" UTC", "+00:00").replace(" GMT", "+00:00"))
        there = there if there.tzinfo else there.replace(tzinfo=UTC)
        # The last days of the calendar leave no room for a difference of clocks.
        return there + ahead if abs(there - now) < _ERA else there
    except (OverflowError, OSError, ValueError):
        return None


def no(
    kind: Kind, status: int, headers: Mapping[str, str], now: datetime, *, platform: str, label: str, why: str = "",
    reply: str = "", next_step: str = "",
) -> PlatformError:  # fmt: skip
    """Return the error for an answer that is not 2xx. ``why`` and ``reply`` hold no secrets.

    429 waits; 401 needs a person; 5xx after a post was sent is unknown; 408, 425 and 3xx never reached the code behind;
    the other 4xx are a refusal of this text when sending or changing something, and a passing fault when reading.
    """
    kept: dict[str, Any] = {"platform": platform, "status": status, "reply": reply}
    if status == 429:
        return TryLater(say("{label} asks to wait.", label=label), after=wait(headers, now), **kept)
    if status == 401:
        step = next_step or say("Connect the account again.")
        return Reconnect(say("{label} no longer accepts the login.", label=label), next_step=step, **kept)
    if status >= 500 and status != 501:
        if kind == "send":
            return OutcomeUnknown(say("{label} failed while it had the post.", label=label), **kept)
        return TryLater(say("{label} has a fault just now.", label=label), after=wait(headers, now), **kept)
    if kind == "read" or status in (408, 425, 501) or status < 400:
        said = say("{label} answered {status} where it should not.", label=label, status=status)
        return TryLater(said, after=wait(headers, now), **kept)
    return Refused(say("{label} will not accept this: {why}", label=label, why=(why or str(status))[:200]), **kept)


def silence(kind: Kind, cause: BaseException, *, platform: str, label: str) -> PlatformError:
    """Return the error for a call without an answer: could the request have arrived?"""
    what = type(cause).__name__
    if kind != "send" or never_sent(cause):
        return TryLater(say("{label} could not be reached.", label=label), platform=platform, reply=what)
    said = say("{label} took the post and gave no clear answer.", label=label)
    return OutcomeUnknown(said, platform=platform, reply=what)


def never_sent(cause: BaseException) -> bool:
    """Say whether a failure of ``requests`` or urllib3 certainly came before the request left: nobody was connected to.

    ``requests`` calls a refused connection and a connection that broke half-way by one name, so the cause underneath
    decides. https://github.com/psf/requests/blob/main/src/requests/adapters.py (read 2026-11-22)
    A fault of TLS can also come while the answer is read; only a certificate is looked at before anything is sent.
    """
    import ssl

    from urllib3 import exceptions as urllib3

    before = (
        urllib3.NewConnectionError, urllib3.ConnectTimeoutError, urllib3.LocationParseError, urllib3.ProxyError,
        ssl.SSLCertVerificationError,
    )  # fmt: skip
    seen: set[int] = set()
    waiting: list[Any] = [cause]
    while waiting:
        error = waiting.pop()
        if not isinstance(error, BaseException) or id(error) in seen:
            continue
        seen.add(id(error))
        if isinstance(error, before):
            return True
        waiting += [error.__cause__, getattr(error, "reason", None), *error.args]
    return False
