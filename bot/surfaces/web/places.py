"""Places in a list, as addresses say them: where a page ended, so that the next one begins behind it."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from bot.errors import BadInput
from bot.words import say


def cursor(at: datetime, last: str) -> str:
    """Return how an address names the place of the item ``last``."""
    return base64.urlsafe_b64encode(f"{at.astimezone(UTC).isoformat()}|{last}".encode()).decode().rstrip("=")


def behind(given: str) -> tuple[datetime, str] | None:
    """Return the place that an address names, or None for none. Raises BadInput."""
    if not given:
        return None
    try:
        text = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        at, _, last = text.partition("|")
        found = datetime.fromisoformat(at)
        if found.tzinfo is None or not last or "\x00" in last:
            raise ValueError(text)
        found = found.astimezone(UTC)
    except (ValueError, OverflowError, binascii.Error, UnicodeDecodeError):
        raise BadInput(say("The cursor is none of ours."), next_step=say("Begin without one.")) from None
    return found, last
