"""Dates, times, prices, percentages and numbers in a text, in one form for English and Chinese.

``£12``, ``12英镑`` and ``twelve pounds`` are one price; ``11月28日`` and ``Nov 28th`` one day. Two figures agree when
one may stand for the other: a date without its year, ``11:00`` for ``11 am``, ``12`` for ``twelve seats``.
"""

# One pattern a line, however long: a broken one is read even worse.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.checks.kit.numerals import CHINESE_NUMBER, ENGLISH_NUMBER, MULTIPLIERS, chinese, english
from bot.checks.kit.units import COUNTED, CURRENCIES, HALVES, LISTED, MONTHS, UNITS, WEEKDAYS
from bot.checks.text import Folded, fold

Found = Iterator["tuple[Figure, tuple[int, int]]"]


@dataclass(frozen=True)
class Figure:
    """One figure of a text."""

    #: ``date``, ``weekday``, ``time``, ``price``, ``percent`` or ``number``.
    kind: str
    #: date: (year, month, day), 0 where not said; weekday: days, Monday 0; time: (minutes within twelve hours, half
    #: of the day or -1); otherwise the amount.
    value: tuple[float, ...]
    #: Currency of a price, dimension of a number (its value then is in the dimension's unit).
    unit: str = ""
    span: tuple[int, int] = (0, 0)
    #: Backs a claim but is none itself: "two friends", "three reasons".
    loose: bool = False
    #: The amount as written, where ``value`` was converted.
    raw: float = 0.0


_AMOUNT = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMBER = rf"(?:{_AMOUNT}|{CHINESE_NUMBER})"
_TIMES = r"(?:\s?(?:k|m|bn|hundred|thousand|million|billion)(?![a-z])|百万|千万|[百千万亿])"
_MONTH = (
    "(?:"
    + "|".join(name + (r"\.?" if name != "may" and len(name) < 5 else "") for name in sorted(MONTHS, key=len)[::-1])
    + ")"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_DAY_EN = rf"(?P<d>{_DAY})(?:st|nd|rd|th)?"
_TO = r"\s?(?:-|–|—|~|to|and|&|至|到|和)\s?"
_CURRENCY = "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True))
_BEFORE = "|".join(
    re.escape(c) for c in CURRENCIES if not re.search(r"[a-z]{4,}|[^\x00-\xff]", c) or c in ("人民币", "€")
)
_HAN_MONTH, _HAN_DAY = (
    r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])",
    rf"(?:{_DAY}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])",
)
_WEEK = "|".join(sorted(WEEKDAYS, key=len, reverse=True))

#: What holds digits and is no figure: addresses, mailboxes, mentions, hashtags, telephone numbers, numbering.
_MASKED = re.compile(
    r"(?:https?://|www\.)[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+|[\w.+-]+@[\w.-]+|(?<!\w)@[\w.@-]+|#\w+"
    r"|(?<![a-z0-9-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[!-~]*)?"
    r"|(?<![\w.])\+?\(?(?=(?:\D{0,2}\d){9})\d[\d() -]{7,}\d(?!\w)"
    r"|[a-z]+-?\d[\w-]*|(?<=[.!?。！？;；]\s)\d{1,2}[.)、](?=\s)|^\s*\(?\d{1,2}[.)、](?!\d)|^\s*\(?\d{1,2}\s?/\s?\d{1,2}\)?(?=\s|$)|\(?(?<![\d/])\d{1,2}/(?!7)\d{0,2}\)?(?=(?:\s+[#@][^\s#@]+)*\s*$)|[0-9]\ufe0f?\u20e3",
    re.MULTILINE,
)


def _value(text: str) -> float | None:
    """Return the value of digits or of a number in words."""
    text = text.strip()
    # Nobody counts that far: it is the number of something, not how many.
    if len(text) > 24:
        return english(text) if text[0].isascii() and text[0].isalpha() and len(text) < 100 else None
    if re.fullmatch(CHINESE_NUMBER, text):
        return chinese(text)
    if text[:1].isdigit():
        match = re.match(_AMOUNT, text)
        assert match is not None
        return float(match.group().replace(",", "")) * MULTIPLIERS.get(text[match.end() :].strip(), 1)
    return english(text)


def _whole(text: str | None) -> int:
    found = _value(text) if text else None
    return int(found) if found is not None else 0


def _date(match: re.Match[str]) -> Found:
    names = match.groupdict()
    year = _whole(names.get("y"))
    month = MONTHS.get((names.get("mon") or "").rstrip(".")) or _whole(names.get("m"))
    for name in ("d", "d2"):
        if names.get(name) or name == "d":
            yield Figure("date", (year, month, _whole(names.get(name)))), match.span()


def _numeric(match: re.Match[str]) -> Found:
    one, two, year = int(match["a"]), int(match["b"]), int(match["y"] or 0)
    day, month = (two, one) if two > 12 else (one, two)
    if month <= 12 and day <= 31:
        yield Figure("date", (year, month, day)), match.span()


def _week(match: re.Match[str]) -> Found:
    first, last = WEEKDAYS[match["w"]], WEEKDAYS[match["w2"]] if match["w2"] else WEEKDAYS[match["w"]]
    days = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
    yield Figure("weekday", tuple(days)), match.span()


def _clock(match: re.Match[str]) -> Found:
    names = match.groupdict()
    half = HALVES.get((names.get("half") or "").replace(".", "").strip(), -1)
    for hour, minute in (("h", "min"), ("h2", "min2")):
        if not names.get(hour):
            continue
        at = _whole(names[hour])
        rest = {"半": 30, "一刻": 15, "三刻": 45}.get(names.get(minute) or "", None)
        minutes = at * 60 + (rest if rest is not None else _whole(names.get(minute)))
        if at > 24 or (at == 1 and names.get("one")):
            continue
        # "10-6pm" says of the six only that it is in the afternoon.
        said = half if not names.get("h2") or hour == "h2" else -1
        known = int(at >= 12) if at > 12 or at == 0 or str(names[hour]).startswith("0") else said
        yield Figure("time", (minutes % 720, known)), match.span()


def _noon(match: re.Match[str]) -> Found:
    yield Figure("time", (0, 0 if match.group() == "midnight" else 1)), match.span()


def _price(match: re.Match[str]) -> Found:
    unit = CURRENCIES[match["c"].strip()]
    for name in ("n", "n2"):
        amount = _value(match[name]) if name in match.groupdict() and match[name] else None
        if amount is not None:
            amount = amount / 100 if match["c"] in ("p", "pence", "cents", "cent", "便士") else amount
            yield Figure("price", (amount,), unit), match.span()


def _percent(match: re.Match[str]) -> Found:
    for name in ("n", "n2"):
        if name in match.groupdict() and match[name] and (amount := _value(match[name])) is not None:
            yield Figure("percent", (amount,)), match.span()


def _off(match: re.Match[str]) -> Found:
    amount = _value(match["n"]) or 0.0
    # 八折 and 8.5折 are tenths, 八五折 and 85折 hundredths of the old price.
    rest = amount * 10 if amount < 10 else amount
    yield Figure("percent", (100 - rest, rest)), match.span()


def _half(match: re.Match[str]) -> Found:
    yield Figure("percent", (50.0,)), match.span()


def _tenths(match: re.Match[str]) -> Found:
    yield Figure("percent", ((_value(match["n"]) or 0.0) * 10,)), match.span()


def _times(match: re.Match[str]) -> Found:
    amount = 2.0 if match["two"] else _value(match["n"])
    if amount:
        yield Figure("number", (amount,), "times", raw=amount), match.span()


def _half_hour(match: re.Match[str]) -> Found:
    # "A peaceful half hour" measures nothing; a session of half an hour is rare enough to be told by other words.
    yield Figure("number", (30.0,), "minute", loose=True, raw=0.5), match.span()


def _out_of(match: re.Match[str]) -> Found:
    whole, share = _value(match["of"]), _value(match["n"])
    if whole and share and share <= whole:
        yield Figure("percent", (100 * share / whole,)), match.span()


def _always(match: re.Match[str]) -> Found:
    yield Figure("number", (24.0,), "24/7", raw=24.0), match.span()


def _number(match: re.Match[str]) -> Found:
    amount = _value(match["n"])
    if amount is None:
        return
    spelt, word = not match["n"][:1].isdigit(), match["u"] or ""
    dimension, factor = UNITS.get(word) or (COUNTED.get(word, ""), 1.0)
    # "Ten seconds", "five of us": spelt out and small, they are a way of speaking.
    small = spelt and amount <= 10 and (not dimension or word in ("人", "位", "people") or match["u"] in _BRIEF)
    loose = small or (spelt and amount <= 1) or bool(match["list"])
    yield Figure("number", (amount * factor,), dimension, loose=loose, raw=amount), match.span()


_BRIEF = frozenset("second seconds sec secs 秒 秒钟".split())
_UNIT = "|".join(sorted(map(re.escape, [*UNITS, *COUNTED]), key=len, reverse=True))
_AFTER = rf"(?:[\s-]?(?P<list>{LISTED})|\+?[\s-]?(?P<u>{_UNIT})(?![a-z]))?"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Found]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"(?<![\d/])24/7(?![\d/])", _always),
        (rf"(?<!\d)(?P<y>(?:19|20)\d\d)[-/.](?P<m>0?[1-9]|1[0-2])[-/.](?P<d>{_DAY})(?!\d)", _date),
        (r"(?<![\d./])(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<y>(?:19|20)\d\d)(?!\d)", _numeric),
        (
            rf"(?:(?P<y>(?:19|20)\d\d|二[〇零]..)年)?\s?(?<![个\d])(?P<m>{_HAN_MONTH})\s?月\s?(?P<d>{_HAN_DAY})\s?[日号]?"
            rf"(?:{_TO}(?P<d2>{_HAN_DAY})\s?[日号])?",
            _date,
        ),
        (rf"(?:(?P<y>(?:19|20)\d\d|二[〇零]..)年)?\s?(?<![个\d一二三四五六七八九十每])(?P<m>{_HAN_MONTH})\s?月(?!饼|亮|光)", _date),
        (r"(?P<y>(?:19|20)\d\d|[一二][〇零九][〇零一二三四五六七八九]{2})\s?年", _date),
        (rf"(?<!\d)(?<!\d[.]){_DAY_EN}{_TO}(?P<d2>{_DAY})(?:st|nd|rd|th)?\s(?:of\s)?(?P<mon>{_MONTH})(?![a-z])(?:,?\s(?P<y>20\d\d))?", _date),
        (rf"(?<!\d)(?<!\d[.]){_DAY_EN}\s(?:of\s)?(?P<mon>{_MONTH})(?![a-z])(?:,?\s(?P<y>(?:19|20)\d\d))?", _date),
        (rf"(?<![a-z])(?P<mon>{_MONTH})\s{_DAY_EN}(?:{_TO}(?P<d2>{_DAY})(?:st|nd|rd|th)?)?(?![\d:.]\d|\d|[ap]m)(?:,?\s(?P<y>20\d\d))?", _date),
        (rf"(?<![a-z])(?P<mon>{_MONTH})\s(?P<y>(?:19|20)\d\d)", _date),
        (r"(?<![a-z])(?P<mon>january|february|april|june|july|august|september|october|november|december"
         r"|(?<=in )(?:march|may)|(?<=of )(?:march|may)|(?<=until )(?:march|may)|(?<=this )(?:march|may))(?![a-z])", _date),
        (r"(?<![\d./£$€¥:,])(?P<a>1[3-9]|2\d|3[01])/(?P<b>0?[1-9]|1[0-2])(?P<y>)(?![\d/])", _numeric),
        (rf"(?<![a-z一二两三四五六七八九十几\d])(?P<w>{_WEEK})s?(?:{_TO}(?P<w2>{_WEEK})s?)?(?![a-z]|次|天|个)", _week),
        (r"(?<![\d:.])(?P<h>\d{1,2})(?::(?P<min>\d\d))?\s?(?:-|–|—|to)\s?(?P<h2>\d{1,2})(?:[:.](?P<min2>\d\d))?\s?(?P<half>[ap]\.?m\.?)(?![a-z])", _clock),
        (r"(?<![\d:.])(?P<h>\d{1,2})(?:[:.](?P<min>[0-5]\d))?\s?(?P<half>[ap]\.?m\.?)(?![a-z])", _clock),
        (r"(?P<half>上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|今晚|当晚|晚|早)?\s?(?<![\d:])(?P<h>\d{1,2}):(?P<min>[0-5]\d)(?!\d|:\d)", _clock),
        (rf"(?P<half>上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|今晚|当晚|晚|早)\s?(?P<h>\d{{1,2}}|{CHINESE_NUMBER})\s?[点时](?!间|候)(?P<min>半|[一三]刻|\d\d?(?=分)|{CHINESE_NUMBER}(?=分))?", _clock),
        (rf"(?<![\d零一二两三四五六七八九十几有差快早晚])(?P<h>\d{{1,2}}|[二两三四五六七八九]|十[一二]?)\s?点(?!建议|理由|原因|心得|注意|东西|什么|儿|赞|评|击)(?P<min>半|[一三]刻|\d\d?(?=分)|{CHINESE_NUMBER}(?=分))?", _clock),
        (rf"(?<![a-z])(?P<h>\d{{1,2}}|{ENGLISH_NUMBER})\s?o['’]?clock", _clock),
        (r"(?<=\bat )(?P<h>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?=\s*(?:[.,;!?)]|$|on\b|sharp\b|in the\b|and\b))", _clock),
        (r"(?<=\bfrom )(?P<h>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?=\s*(?:[.,;!?)]|$|on\b|sharp\b))", _clock),
        (r"(?<![a-z])(?:noon|midday|midnight)(?![a-z])|正午", _noon),
        (rf"(?<![a-z])(?P<c>{_BEFORE})\s?(?P<n>{_AMOUNT}{_TIMES}?)(?:\s?(?:-|–|—|to)\s?(?:(?P=c))?\s?(?P<n2>{_AMOUNT}{_TIMES}?))?", _price),
        (rf"(?<![\da-z])(?<!\d[.,])(?:(?P<n2>{_NUMBER}){_TO})?(?P<n>{_NUMBER}{_TIMES}?|{ENGLISH_NUMBER})\s?(?P<c>{_CURRENCY})(?![a-z]|饼|糕|石|蛋|肉)", _price),
        (rf"(?<!\d)(?<!\d[.,])(?:(?P<n2>{_AMOUNT}){_TO})?(?P<n>{_AMOUNT})\s?(?:%|percent(?![a-z])|per cent(?![a-z])|pct(?![a-z]))", _percent),
        (rf"(?<![a-z])(?P<n>{ENGLISH_NUMBER})\s(?:percent|per cent)(?![a-z])", _percent),
        (rf"百分之\s?(?P<n>{_NUMBER})", _percent),
        (rf"(?<!\d)(?<!\d[.])(?P<n>{_NUMBER})\s?折(?!叠|扣|返|痕|腾|磨|射|线)", _off),
        (
            rf"(?<![\da-z])(?P<n>\d{{1,3}}|{ENGLISH_NUMBER}) (?:out of|in) (?:every )?(?P<of>\d{{1,3}}|{ENGLISH_NUMBER})(?![a-z\d])",
            _out_of,
        ),
        (rf"(?P<of>十|百|[一二三四五六七八九]|\d{{1,3}})\s?[个人位](?:[^\d，。,.]{{0,4}})[里中]?(?:面)?就?有\s?(?P<n>{_NUMBER})\s?[个人位]", _out_of),
        (
            rf"(?<![a-z])(?:(?P<two>twice)|(?P<n>\d{{1,3}}|{ENGLISH_NUMBER}) times)(?= (?:as|more|less|faster|longer|the)(?![a-z]))",
            _times,
        ),
        (r"(?:少|多|快|省|减|低|高|短|长|减少|降低|提高|增加|便宜|节省)(?:了|掉|出)?一半|翻(?:了)?一?倍|减半", _half),
        (r"半价|对折|half[ -]price|(?<![a-z])half off", _half),
        (r"(?<![\d.个第])(?P<n>[一二两三四五六七八九1-9])成(?![为立熟功长员本就都绩果份分型品了以套群])", _tenths),
        (r"半(?:个)?小时|半个钟头?|half an hour|half[ -]hour", _half_hour),
        (rf"(?<![\da-z])(?<!\d[.,])(?P<n>{_AMOUNT}{_TIMES}?)(?![\d])(?:多|余|几)?{_AFTER}", _number),
        (rf"(?<![a-z-])(?P<n>{ENGLISH_NUMBER})(?![a-z]){_AFTER}", _number),
        (rf"(?<![第这那每十\d])(?P<n>{CHINESE_NUMBER})(?:多|余|几)?{_AFTER}", _number),
    )
)  # fmt: skip
#: Chinese numbers that count nothing.
_IDIOMS = re.compile(
    "(?<![零〇一二两三四五六七八九十百千万亿\\d])(?:十分(?!钟)|万一|千万(?![个元人份次])|一[^\\d零〇一二两三四五六七八九十百千万亿]?|四季|五香|三文|八宝|百合|千里|万里|百年|千年|万物|万事|百家|百姓|三三两两"
    "|十足|一百分|百货|五谷|三明|四川|九寨|三亚|十字|五官|六神|七夕|八卦|二手|二维|三餐|四海|五湖|百科|千层|十全十美|五颜六色|七嘴八舌|四面八方|三心二意|两岸|亿万|成千上万)"
)
_QUICK = re.compile(
    r"\d|[零〇一二两三四五六七八九十百千万半]|\b(?:"
    + ENGLISH_NUMBER
    + rf"|noon|midday|midnight|half|{_MONTH}|[a-z]+days?)\b"
)


@lru_cache(maxsize=2**13)
def figures(text: str) -> tuple[Figure, ...]:
    """Return the figures of a text in order; spans are half-open, in code points of the text as written."""
    folded = fold(text)
    rest = folded.text
    if not _QUICK.search(rest):
        return ()
    rest = _MASKED.sub(lambda m: "\x00" * len(m.group()), rest)
    found: list[Figure] = []
    for number, (pattern, make) in enumerate(_RULES):
        if number == len(_RULES) - 1:
            rest = _IDIOMS.sub(lambda m: "\x00" * len(m.group()), rest)
        taken = []
        for match in pattern.finditer(rest):
            # "may" and "march" are months only with a capital.
            if (match.groupdict().get("mon") or "") in ("may", "march") and not _capital(text, folded, match):
                continue
            made = list(make(match))
            if made:
                taken.append(match.span())
            start, end = match.span()
            # White space in front is no part of what people read as the figure.
            start += len(match.group()) - len(match.group().lstrip())
            for figure, _ in made:
                span = folded.span(start, end)
                found.append(Figure(figure.kind, figure.value, figure.unit, span, figure.loose, figure.raw))
        for start, end in taken:
            rest = rest[:start] + "\x00" * (end - start) + rest[end:]
    return tuple(sorted(found, key=lambda f: f.span))


def _capital(text: str, folded: Folded, match: re.Match[str]) -> bool:
    return text[folded.span(*match.span("mon"))[0]].isupper()


def agree(claim: Figure, source: Figure) -> bool:
    """Say whether a source's figure may stand behind a claim's."""
    if claim.kind == source.kind == "date":
        return all(
            a == b or not a or (n == 0 and not b)
            for n, (a, b) in enumerate(zip(claim.value, source.value, strict=True))
        )
    if claim.kind == source.kind == "weekday":
        return set(claim.value) <= set(source.value)
    if claim.kind == source.kind == "time":
        (at, half), (there, other) = claim.value, source.value
        return at == there and (half == other or -1 in (half, other))
    if claim.kind == source.kind == "percent":
        return bool(set(claim.value) & set(source.value))
    if claim.kind == source.kind == "price":
        return claim.value == source.value and (claim.unit == source.unit or "" in (claim.unit, source.unit))
    if claim.kind == source.kind == "number":
        if claim.unit:
            return claim.unit == source.unit and abs(claim.value[0] - source.value[0]) < 1e-6
        return claim.raw == source.raw
    return _across(claim, source)


def _across(claim: Figure, source: Figure) -> bool:
    """Say whether figures of different kinds may be the same: 2026 of a date, 8 of £8, 10 of 10:00."""
    if source.kind == "number" and claim.kind == "price":
        return not source.unit and source.raw == claim.value[0]
    if source.kind == "number" and claim.kind == "date":
        return not source.unit and claim.value[1:] == (0, 0) and source.raw == claim.value[0]
    if claim.kind != "number" or claim.unit:
        return False
    if source.kind == "date":
        return claim.raw in (source.value[0], source.value[2])
    if source.kind == "price":
        return claim.raw == source.value[0]
    return source.kind == "time" and claim.raw * 60 % 720 == source.value[0]
