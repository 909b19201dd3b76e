"""What came of it: the counts of a post at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Reading:
    """Counts of one live post at one instant; None where the platform does not tell."""

    remote_id: str
    at: datetime
    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    views: int | None = None
