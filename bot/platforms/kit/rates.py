"""Note what a platform says of its rates, for every process: what is left, and that nothing may leave before a reset.

``rate`` tells people how it stands and is written now and then. ``hold:<act>`` keeps calls back (``bot/store/rates.py``
reads it) and is written at once, whenever an answer says that nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.domain.rate import Act
from bot.platforms.kit import answers
from bot.platforms.terms import Context

#: The rate is stored again after a minute, or once so much of it has gone.
_SECONDS, _SHARE = 60.0, 0.2
#: A reset further away than this is a mistake of the server: a 429 will tell, and then a person is asked.
_BELIEVED = timedelta(days=1)


class Rates:
    """The rates of one account. ``apart``: each kind of call has a limit of its own, else one answer speaks for all."""

    def __init__(self, context: Context, *, apart: bool = False) -> None:
        self._context, self._apart = context, apart
        self._noted: tuple[datetime, int | None] | None = None
        self._holds: dict[str, datetime] = {}

    def heard(self, act: Act, headers: Mapping[str, str], now: datetime, *, least: int = 1, noted: bool = True) -> None:
        """Take note of an answer to ``act``; ``least`` is what the next such call will need.

        Without ``noted`` only what keeps calls back is stored, and people are not told of this rate.
        """
        rate = answers.rate(headers, now)
        if rate is None:
            return
        if rate.left is not None and rate.left < least and rate.reset and now < rate.reset <= now + _BELIEVED:
            self._hold(act if self._apart else "all", rate.reset, now)
        if not noted or self._fresh(rate, now):
            return
        self._noted = now, rate.left
        reset = rate.reset.isoformat() if rate.reset else None
        self._context.facts.store(
            "rate", {"limit": rate.limit, "left": rate.left, "reset": reset, "at": now.isoformat()}
        )

    def _hold(self, act: str, until: datetime, now: datetime) -> None:
        # Of two limits the longer one counts: the end of the shorter is no leave to go on.
        if (held := self._holds.get(act)) is not None and until <= held and held > now:
            return
        self._holds[act] = max(until, self._stored(act))
        if self._holds[act] == until:
            self._context.facts.store(f"hold:{act}", {"until": until.isoformat(), "at": now.isoformat()})

    def _stored(self, act: str) -> datetime:
        """Return the hold that stands for everybody: another process may have been told to wait for longer."""
        kept = self._context.facts.load(f"hold:{act}")
        try:
            found = datetime.fromisoformat(kept["until"]) if isinstance(kept, dict) else None
        except (KeyError, TypeError, ValueError):
            found = None
        return found if found and found.tzinfo else datetime.min.replace(tzinfo=UTC)

    def _fresh(self, rate: answers.Rate, now: datetime) -> bool:
        """Say whether what was stored last is still near enough: each storing is a write to the database."""
        if self._noted is None:
            return False
        at, left = self._noted
        much = left is not None and rate.left is not None and abs(left - rate.left) >= _SHARE * (rate.limit or 300)
        return not much and (now - at).total_seconds() < _SECONDS
