"""Record keys of the AT Protocol, made from a seed so that they can be known before the first send.

Form: https://atproto.com/specs/tid (read 2026-11-21): 53 bits of microseconds and 10 bits of clock id in 13 letters.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def tid(seed: str, at: datetime) -> str:
    """Return the key of ``seed`` at ``at``: the same for the same two, and another for any other seed.

    The second comes from ``at``; the fraction and the clock id, 30 bits together, come from the seed, so that parts
    begun in the same instant do not meet.
    """
    mark = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    micros = int(at.timestamp()) * 1_000_000 + (mark >> 10) % 1_000_000
    number = (micros & ((1 << 53) - 1)) << 10 | (mark & 1023)
    return "".join(_LETTERS[(number >> shift) & 31] for shift in range(60, -5, -5))


def is_tid(text: str) -> bool:
    """Say whether ``text`` has the form of a key."""
    return len(text) == 13 and set(text) <= set(_LETTERS) and text[0] in _LETTERS[:16]
