"""Days that people know: names in both languages, days off in lieu, lunar dates, days on which nobody sells."""

from __future__ import annotations

from datetime import date

import pytest

from bot.insight import calendar
from bot.insight.calendar import Day

GB_2026 = {
    date(2026, 4, 3): "耶稣受难日", date(2026, 4, 6): "复活节星期一", date(2026, 8, 31): "夏季银行假日",
    date(2026, 12, 25): "圣诞节", date(2026, 12, 26): "节礼日",
}  # fmt: skip
#: As the package has them; the lunar new year of 2027 is on 6 February.
CN = {
    date(2026, 2, 16): "农历除夕", date(2026, 2, 17): "春节", date(2026, 4, 5): "清明节", date(2026, 6, 19): "端午节",
    date(2026, 9, 25): "中秋节", date(2026, 10, 1): "国庆节", date(2027, 2, 5): "农历除夕", date(2027, 2, 6): "春节",
    date(2027, 2, 20): "元宵节", date(2027, 6, 9): "端午节", date(2027, 9, 15): "中秋节", date(2026, 10, 18): "重阳节",
    date(2026, 12, 22): "冬至",
}  # fmt: skip


def kept(*countries: str, year: int = 2026, to: int | None = None) -> dict[date, list[Day]]:
    found: dict[date, list[Day]] = {}
    for day in calendar.days(countries, date(year, 1, 1), date(to or year, 12, 31)):
        if not day.words:
            found.setdefault(day.on, []).append(day)
    return found


@pytest.mark.parametrize(("on", "name"), GB_2026.items())
def test_the_bank_holidays_of_england_have_chinese_names(on: date, name: str) -> None:
    assert name in [d.name("zh-Hans") for d in kept("GB")[on]]


@pytest.mark.parametrize(("on", "name"), CN.items())
def test_lunar_dates_and_festivals_that_are_no_days_off(on: date, name: str) -> None:
    assert name in [d.name("zh") for d in kept("CN", to=2027)[on]]


def test_a_festival_of_several_days_is_one_entry_with_its_days_off_in_lieu() -> None:
    [day] = [d for d in kept("CN", year=2027)[date(2027, 2, 6)] if d.country == "CN"]
    assert day.name("en") == "Chinese New Year (Spring Festival)"
    assert (day.last, day.in_lieu) == (date(2027, 2, 8), (date(2027, 2, 9), date(2027, 2, 10)))
    assert not any("休息日" in d.name("zh") for days in kept("CN").values() for d in days)


def test_a_day_off_in_lieu_belongs_to_its_holiday_on_either_side_of_it() -> None:
    [boxing] = kept("GB")[date(2026, 12, 26)]
    assert boxing.in_lieu == (date(2026, 12, 28),)
    [christmas] = [d for d in kept("US", year=2027)[date(2027, 12, 25)] if d.name("en") == "Christmas Day"]
    assert christmas.in_lieu == (date(2027, 12, 24),)
    # New Year's Day of 2028 is kept on the last day of 2027, and is still a day of 2028.
    assert [d.name("en") for d in kept("US", year=2027)[date(2027, 12, 31)]] == ["New Year's Eve"]


def test_two_names_on_one_day_are_paired_across_languages() -> None:
    names = {d.name("en"): d.name("zh") for d in kept("CN", year=2026)[date(2026, 5, 4)]}
    assert names == {"Youth Day": "五四青年节"}


def test_days_of_mourning_are_known_as_such() -> None:
    year = kept("GB", "CN", year=2027)
    solemn = {d.on: d.name("en") for days in year.values() for d in days if d.solemn}
    assert solemn == {
        date(2027, 1, 27): "International Day of Commemoration in Memory of the Victims of the Holocaust",
        date(2027, 3, 26): "Good Friday",
        date(2027, 4, 5): "Tomb-Sweeping Day",
        date(2027, 9, 18): "Anniversary of the Mukden Incident",
        date(2027, 11, 11): "Armistice Day",
        date(2027, 11, 14): "Remembrance Sunday",
        date(2027, 12, 13): "National Memorial Day for the Nanjing Massacre Victims",
    }


def test_the_world_s_days_come_with_words_that_say_whom_they_concern_and_a_source() -> None:
    found = {d.name("en"): d for d in calendar.days([], date(2027, 1, 1), date(2027, 12, 31))}
    tea = found["International Tea Day"]
    assert (tea.on, tea.name("zh"), tea.country) == (date(2027, 5, 21), "国际茶日", "")
    assert {"tea", "茶"} <= set(tea.words)
    assert all(d.words and d.source.startswith("https://") for d in found.values())


def test_a_country_that_nobody_knows_is_named() -> None:
    assert calendar.unknown(["GB", "UK", "CN", "XX"]) == ["UK", "XX"]
    assert [d for d in calendar.days(["UK"], date(2026, 1, 1), date(2026, 12, 31)) if not d.words] == []


def test_a_zone_tells_its_country() -> None:
    assert calendar.countries_of("Asia/Shanghai") == {"CN"}
    assert calendar.countries_of("Europe/London") == {"GB"}
    assert calendar.countries_of("UTC") == frozenset()
