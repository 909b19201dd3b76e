"""The bucket: never more than the limit in any window, and nobody waits for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rate import Pace, Quota
from bot.platforms import registry

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WAITS = st.lists(st.tuples(st.floats(0, 400), st.integers(1, 6)), min_size=1, max_size=120)


@given(st.integers(1, 400), st.floats(1, 4000), st.floats(0.05, 1), st.integers(0, 50), WAITS)
def test_no_window_holds_more_than_the_share_of_the_limit(
    most: int, seconds: float, share: float, burst: int, waits: list[tuple[float, int]]
) -> None:
    quota = Quota("posts", most, seconds, {"post": 1}, burst=burst)
    pace, usable = Pace.of(quota, share), max(1, int(most * share + 1e-9))
    now, empty, taken = START, None, list[tuple[datetime, int]]()
    for wait, units in waits:
        now += timedelta(seconds=wait)
        # Whoever is early waits exactly as long as it is told: the most that a bucket can be made to give.
        free = pace.free_at(empty, now, units)
        assert free - now <= timedelta(seconds=quota.seconds + 1), "it starves"
        now = free
        assert pace.free_at(empty, now, units) == now
        empty = pace.take(empty, now, units)
        taken.append((now, min(units, pace.burst)))
    for n, (begin, _) in enumerate(taken):
        # A microsecond off at the end: instants are rounded to it.
        end = begin + timedelta(seconds=seconds) - timedelta(microseconds=len(taken))
        assert sum(units for at, units in taken[n:] if at < end) <= usable


@given(st.integers(2, 300), st.floats(10, 4000))
def test_what_a_limit_allows_is_used_and_spread_evenly(most: int, seconds: float) -> None:
    pace = Pace.of(Quota("posts", most, seconds, {"post": 1}), 1.0)
    now, empty = START, None
    times = []
    while now < START + timedelta(seconds=seconds * 3):
        now = pace.free_at(empty, now, 1)
        empty = pace.take(empty, now, 1)
        times.append(now)
    later = times[pace.burst :]
    gaps = {round((b - a).total_seconds(), 3) for a, b in pairwise(later)}
    assert len(gaps) <= 2, "after the first few they are spaced evenly"
    third = sum(START + timedelta(seconds=seconds * 2) <= t < START + timedelta(seconds=seconds * 3) for t in times)
    assert third >= (most - pace.burst + 1) * 0.9 - 1


def test_a_clock_that_was_ahead_blocks_nobody_for_the_difference() -> None:
    pace = Pace.of(Quota("posts", 100, 900, {"post": 1}), 0.8)
    empty = pace.take(None, START + timedelta(days=365), 1)
    assert pace.free_at(empty, START, 1) - START <= pace.every


def test_an_act_that_is_larger_than_the_bucket_waits_for_a_full_one_and_goes() -> None:
    pace = Pace.of(Quota("uploads", 4, 60, {"media": 1}, burst=2), 1.0)
    empty = pace.take(None, START, 9)
    assert pace.free_at(empty, START, 9) == START + 2 * pace.every


@pytest.mark.parametrize("platform", registry.ids())
def test_every_limit_of_a_platform_has_its_source_and_lets_a_post_with_pictures_out(platform: str) -> None:
    adapter = registry.load(platform)
    for quota in adapter.quotas:
        assert quota.source.startswith("https://"), quota
        assert "(2026-" in quota.source
        pace = Pace.of(quota, 0.8)
        assert pace.burst >= max(quota.costs.values())
        if "media" in quota.costs:
            assert pace.burst >= max(1, adapter.limits.images)
    assert len({quota.key for quota in adapter.quotas}) == len(adapter.quotas)
