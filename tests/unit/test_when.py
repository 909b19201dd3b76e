"""Wall times become instants as people expect, also in the odd hours of the year."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.draft import Window
from bot.errors import BadInput
from bot.workflow import when

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "utc", "remark"),
    [
        ("2026-12-01T09:00", "Europe/Berlin", "2026-12-01T08:00", ""),
        ("2026-12-01T09:00", "Asia/Shanghai", "2026-12-01T01:00", ""),
        ("2027-03-14T02:30", "America/New_York", "2027-03-14T07:30", "02:30 does not exist"),
        ("2027-11-07T01:30", "America/New_York", "2027-11-07T05:30", "01:30 comes twice"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45", "02:15 does not exist"),
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T22:00", "12:00 does not exist"),
        ("2028-02-29T00:00", "UTC", "2028-02-29T00:00", ""),
    ],
)
def test_wall_time_to_instant(wall: str, zone: str, utc: str, remark: str) -> None:
    at, said = when.instant(Window(wall, zone), NOW)
    assert at.strftime("%Y-%m-%dT%H:%M") == utc
    assert said.startswith(remark)
    assert bool(said) is bool(remark)


def test_without_a_time_it_is_now() -> None:
    assert when.instant(Window(), NOW) == (NOW, "")


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01 09:00", "2026-12-01T09:00+01:00", "", "25:00"])
def test_what_is_no_wall_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="2026-11-30 09:00"):
        when.parse_wall(text)


@pytest.mark.parametrize("text", ["2026-12-01", " 2026-12-01 ", "20261201", "2026-W49-2"])
def test_a_day_alone_is_not_midnight(text: str) -> None:
    with pytest.raises(BadInput, match=r"names a day without a time\..*2026-11-30 09:00"):
        when.parse_wall(text)


@pytest.mark.parametrize("text", ["0001-01-01 00:00", "0999-01-01 10:00", "1999-12-31 23:59", "9999-12-31 23:59"])
def test_other_centuries_are_no_time_for_a_post(text: str) -> None:
    with pytest.raises(BadInput, match="is too far away"):
        when.parse_wall(text)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"])
@pytest.mark.parametrize("text", ["2000-01-01 00:00", "2200-12-31 23:59"])
def test_every_time_that_is_read_has_its_instant_and_is_spoken(text: str, zone: str) -> None:
    at, _ = when.instant(Window(when.parse_wall(text), zone), NOW)
    assert when.spoken(at, zone)


def test_a_wall_time_is_read_as_people_write_it() -> None:
    assert when.parse_wall(" 2026-12-01 09:00 ") == "2026-12-01T09:00"


def test_it_is_spoken_with_its_zone_and_where_needed_its_offset() -> None:
    assert when.spoken(NOW, "Asia/Shanghai") == "Sun 22 Nov 2026 17:00 Asia/Shanghai"
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [when.spoken(at, "Europe/London")[-24:] for at in twice] == [
        "Europe/London (UTC+0100)",
        "Europe/London (UTC+0000)",
    ]
