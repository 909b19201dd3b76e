"""Days that people know: public and traditional holidays by country, days of remembrance, and a few of the world's.

Holidays and lunar dates are from the package ``holidays``. ``days.csv`` adds what it lacks: days that the United
Nations keep, and days of remembrance, each with its source. Pure: no network, no clock.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

#: Kinds of days in the package that people keep; the rest are school terms, workdays and stock exchanges.
_CATEGORIES = ("public", "half_day", "optional", "unofficial")
#: Countries whose own list names less than most of its people keep: the largest part stands for all.
_PART = {"GB": "ENG"}
#: Days on which selling gives offence, by the words of their English names.
_SOLEMN = re.compile(
    r"tomb-sweeping|qingming|ching ming|memorial|remembrance|mourning|martyr|armistice|anzac|veterans|victims|"
    r"good friday|holocaust|genocide|all souls|ashura|patriot day|truth and reconciliation|juneteenth|"
    r"martin luther king|liberation.*genocide|disaster",
    re.I,
)
#: What the package adds to a name, and days that are only free because another was worked.
_ADDED = re.compile(r"\s*[(（](?:observed|estimated|substitut\w*|补假|補假|调休|推定|估计)[^)）]*[)）]", re.I)
_IN_LIEU = re.compile(r"[(（](?:observed|补假|補假|substitut\w*)[^)）]*[)）]", re.I)
_SWAPPED = re.compile(r"^(?:day off|substitute holiday|休息日|补休)", re.I)
#: Chinese names of days in countries whose list has none.
_CHINESE = {
    "new year's day": "元旦", "good friday": "耶稣受难日", "easter sunday": "复活节",
    "easter monday": "复活节星期一", "may day": "五月银行假日", "spring bank holiday": "春季银行假日",
    "late summer bank holiday": "夏季银行假日", "christmas day": "圣诞节", "christmas eve": "平安夜",
    "boxing day": "节礼日", "labor day": "劳动节", "labour day": "劳动节", "thanksgiving day": "感恩节",
    "independence day": "独立日", "memorial day": "阵亡将士纪念日", "veterans day": "退伍军人节",
    "martin luther king jr. day": "马丁·路德·金纪念日", "halloween": "万圣夜", "valentine's day": "情人节",
    "mother's day": "母亲节", "father's day": "父亲节", "saint patrick's day": "圣帕特里克节",
    "washington's birthday": "总统日", "columbus day": "哥伦布日", "national day": "国庆日",
    "anzac day": "澳新军团日", "australia day": "澳大利亚日", "canada day": "加拿大日",
    "ascension day": "耶稣升天节", "german unity day": "德国统一日", "second day of christmas": "圣诞节次日",
    "all saints' day": "诸圣节", "bastille day": "法国国庆日",
    "juneteenth national independence day": "六月节", "new year's eve": "除夕（公历）",
    "groundhog day": "土拨鼠日", "chinese new year": "春节", "eid al-fitr": "开斋节",
    "eid al-adha": "古尔邦节", "diwali": "排灯节", "vesak day": "卫塞节",
}  # fmt: skip
_ENGLISH = ("en_US", "en_GB")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """One day, or the first of several under one name."""

    on: date
    #: Last day under this name: a festival of three days is one entry.
    last: date
    #: By language, ``en`` and ``zh``.
    names: Mapping[str, str]
    #: ISO 3166; empty for the whole world's.
    country: str = ""
    #: Days off in its place, because it falls on a weekend.
    in_lieu: tuple[date, ...] = ()
    #: A day of mourning or remembrance: not one to sell on.
    solemn: bool = False
    #: Words that tell whether it concerns a brand; empty: it concerns everybody.
    words: tuple[str, ...] = ()
    #: Where the date is from: a package or an address.
    source: str = "holidays"

    def name(self, language: str) -> str:
        """Return what it is called in a language; English where there is no name in it."""
        return self.names.get(language.split("-")[0].lower(), self.names["en"])


def days(countries: Sequence[str], first: date, last: date) -> list[Day]:
    """Return the days from ``first`` to ``last``, both included, in order; countries nobody knows give none."""
    years = range(first.year, last.year + 1)
    found = [d for country in dict.fromkeys(countries) for d in _of_country(country, tuple(years))]
    named = {(d.on, d.names["en"]) for d in found}
    found += [d for year in years for d in _of_file(year, frozenset(countries)) if (d.on, d.names["en"]) not in named]
    inside = [d for d in found if d.on <= last and d.last >= first]
    return sorted(inside, key=lambda d: (d.on, d.country, d.names["en"]))


def unknown(countries: Iterable[str]) -> list[str]:
    """Return the countries of which no calendar is known, such as ``UK``, whose code is ``GB``."""
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=False)
    return [c for c in dict.fromkeys(countries) if c not in known]


@cache
def countries_of(zone: str) -> frozenset[str]:
    """Return the countries whose time an IANA zone is; none for ``UTC`` and other zones that are nobody's."""
    from importlib.resources import files

    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset(row[0] for row in rows if row[2] == zone)


@cache
def _of_country(country: str, years: tuple[int, ...]) -> tuple[Day, ...]:
    import holidays

    if unknown([country]):
        return ()
    kind: Any = getattr(holidays, country)
    spoken = kind.supported_languages
    english = next((tag for tag in (*_ENGLISH, f"en_{country}") if tag in spoken), None)
    chinese = next((tag for tag in ("zh_CN", "zh_HK", "zh_TW") if tag in spoken), None)
    # A year more on both sides: New Year's Day may be kept on the last day of the year before.
    given: dict[str, Any] = {"years": (years[0] - 1, *years, years[-1] + 1), "subdiv": _PART.get(country)}
    named = []
    for category in (c for c in kind.supported_categories if c in _CATEGORIES):
        in_english = holidays.country_holidays(country, language=english, categories=(category,), **given)
        in_chinese: Mapping[date, str] = {}
        if chinese:
            in_chinese = holidays.country_holidays(country, language=chinese, categories=(category,), **given)
        for on, together in in_english.items():
            own, theirs = together.split("; "), in_chinese.get(on, "").split("; ")
            for n, name in enumerate(own):
                named.append((on, name, theirs[n] if len(theirs) == len(own) else ""))
    found = [d for d in _joined(country, sorted(named)) if d.on.year in years]
    return (*found, *(_lunar(years) if country == "CN" else ()))


def _joined(country: str, named: Sequence[tuple[date, str, str]]) -> list[Day]:
    """Make one entry of the days that follow each other under one name, with the days off in their place."""
    found: list[Day] = []
    in_lieu = []
    for on, full, full_chinese in named:
        if _SWAPPED.search(full):
            continue
        name, chinese = (_ADDED.sub("", text).strip() for text in (full, full_chinese))
        if _IN_LIEU.search(full):
            in_lieu.append((on, name))
            continue
        before = next((n for n, d in enumerate(found) if d.names["en"] == name and on - d.last == _A_DAY), None)
        if before is not None:
            found[before] = replace(found[before], last=on)
        elif not any(d.names["en"] == name and d.on == on for d in found):
            chinese = chinese or _CHINESE.get(name.lower(), name)
            found.append(Day(on, on, {"en": name, "zh": chinese}, country, solemn=bool(_SOLEMN.search(name))))
    for on, name in in_lieu:
        n = next((n for n, d in enumerate(found) if d.names["en"] == name and abs(d.on - on) < _A_DAY * 9), None)
        if n is not None:
            found[n] = replace(found[n], in_lieu=(*found[n].in_lieu, on))
    return found


def _lunar(years: Sequence[int]) -> list[Day]:
    """Return festivals that are no day off, by the package's lunar dates: the 15th day after New Year, and 9/9."""
    from holidays.calendars.chinese import _ChineseLunisolar

    lunar, more = _ChineseLunisolar(), []
    for year in years:
        new_year, _ = lunar.lunar_new_year_date(year)
        ninth, _ = lunar.double_ninth_date(year)
        solstice, _ = lunar.winter_solstice_date(year)
        for on, english, chinese in (
            (new_year and new_year + timedelta(days=14), "Lantern Festival", "元宵节"),
            (ninth, "Double Ninth Festival", "重阳节"),
            (solstice, "Winter Solstice", "冬至"),
        ):
            if on:
                more.append(Day(on, on, {"en": english, "zh": chinese}, "CN"))
    return more


@cache
def _of_file(year: int, countries: frozenset[str]) -> tuple[Day, ...]:
    with Path(__file__).with_name("days.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        on, kept = _date(row["when"], year), row["country"].split()
        own = next((c for c in kept if c in countries), "")
        if kept and not own:
            continue
        names, words = {"en": row["en"], "zh": row["zh"]}, tuple(row["words"].split())
        found.append(Day(on, on, names, own, solemn=bool(row["solemn"]), words=words, source=row["source"]))
    return tuple(found)


def _date(when: str, year: int) -> date:
    """Read ``11-20``, or ``11-2sun`` for the second Sunday of November."""
    month, rest = when.split("-")
    if rest.isdigit():
        return date(year, int(month), int(rest))
    nth, weekday = int(rest[0]), ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(rest[1:])
    first = date(year, int(month), 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
