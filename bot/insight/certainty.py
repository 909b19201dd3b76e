"""How sure a share is that was counted on few."""

from __future__ import annotations

import math


def at_least(hits: int, tried: int, z: float = 1.96) -> float:
    """Return the lower end of the Wilson interval of a share: with the default, at 95 %; 0 where nothing was tried.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if tried <= 0:
        return 0.0
    share = hits / tried
    middle = share + z * z / (2 * tried)
    spread = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    return max(0.0, (middle - spread) / (1 + z * z / tried))
