"""How often each platform lets an account do what, by its own documents (all read 2026-11-22).

A server that is stricter says so in its headers (``kit/rates.py``); one that is more generous is not asked.
"""

from __future__ import annotations

from bot.domain.rate import Quota

_QUARTER, _HOUR, _DAY = 900.0, 3600.0, 86400.0

_X_SOURCE = "https://docs.x.com/x-api/fundamentals/rate-limits (2026-11-22)"
#: Per user, but for the last.
X = (
    Quota("posts", 100, _QUARTER, {"post": 1}, source=_X_SOURCE),
    Quota("deletions", 50, _QUARTER, {"delete": 1}, burst=25, source=_X_SOURCE),
    Quota("uploads", 500, _QUARTER, {"media": 1}, source=_X_SOURCE),
    # Of the reading that Signoff does, mentions are the scarcest.
    Quota("reading", 300, _QUARTER, {"read": 1}, source=_X_SOURCE),
    Quota("posts of the app", 10_000, _DAY, {"post": 1}, source=_X_SOURCE, shared=True),
)

_BLUESKY_SOURCE = "https://docs.bsky.app/docs/advanced-guides/rate-limits (2026-11-22)"
#: Points per account: creating a record takes 3, deleting one 1. Calls are counted per address of the network.
BLUESKY = (
    Quota("points", 5000, _HOUR, {"post": 3, "delete": 1}, source=_BLUESKY_SOURCE),
    Quota("points", 35_000, _DAY, {"post": 3, "delete": 1}, source=_BLUESKY_SOURCE),
    Quota("calls", 3000, 300.0, {"post": 1, "media": 1, "delete": 1, "read": 1}, source=_BLUESKY_SOURCE),
)

_MASTODON_SOURCE = "https://docs.joinmastodon.org/api/rate-limits/ (2026-11-22)"
MASTODON = (
    Quota("calls", 300, 300.0, {"post": 1, "media": 1, "delete": 1, "read": 1}, source=_MASTODON_SOURCE),
    Quota(
        "statuses", 300, 3 * _HOUR, {"post": 1},
        source="https://github.com/mastodon/mastodon/blob/main/app/lib/rate_limiter.rb (2026-11-22)",
    ),
    # A thread with pictures goes out in one go, and the next one waits.
    Quota("uploads", 30, 1800.0, {"media": 1}, burst=16, source=_MASTODON_SOURCE),
    Quota("deletions", 30, 1800.0, {"delete": 1}, burst=16, source=_MASTODON_SOURCE),
)  # fmt: skip
