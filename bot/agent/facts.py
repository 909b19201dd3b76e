"""Whether a post keeps the numbers of its brief: dates and times are what a small model loses or invents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_HAN = "零一二三四五六七八九十"
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEK = "mon tue wed thu fri sat sun".split()
_DATE = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({'|'.join(_MONTHS)})[a-z]*|({'|'.join(_MONTHS)})[a-z]* (\d{{1,2}}))\b",
    re.I,
)
_LINK = re.compile(r"https?://[\x21-\x7e]+|\b(?:[a-z0-9._+-]+@)?(?:[a-z0-9-]+\.)+[a-z]{2,}\b(?:/[\x21-\x7e]*)?", re.I)
_NUMBER = re.compile(r"\d{1,2}:\d\d|\d+(?:[.,]\d+)*")


def with_dates(brief: str, language: str) -> str:
    """Write the Chinese form behind each English date, for a Chinese post: small models get the month wrong."""
    if not language.startswith("zh"):
        return brief

    def both(found: re.Match[str]) -> str:
        day, month = (found[1], found[2]) if found[1] else (found[4], found[3])
        return f"{found[0]} ({_MONTHS.index(month.lower()) + 1}月{int(day)}日)"

    return _DATE.sub(both, brief)


def in_chinese(brief: str) -> str:
    """Write English dates in Chinese, the day of the week behind them."""

    def date(found: re.Match[str]) -> str:
        day, month = (found[2], found[3]) if found[2] else (found[5], found[4])
        week = f"周{'一二三四五六日'[_WEEK.index(found[1][:3].lower())]}" if found[1] else ""
        return f"{_MONTHS.index(month.lower()) + 1}月{int(day)}日{week}"

    return re.sub(rf"(?:\b({'|'.join(_WEEK)})[a-z]*,? )?{_DATE.pattern}", date, brief, flags=re.I)


def missing(brief: str, text: str) -> list[str]:
    """Return the numbers of the brief that the text does not say in any usual way."""
    body = _plain(text)
    lost = [link for link in links(brief) if link.lower() not in body.lower()]
    brief = _LINK.sub(" ", brief)
    # A year may well go without saying.
    kept = [n for n in numbers(brief) if not re.fullmatch(r"(19|20)\d\d", n)]
    # Small ones in words are often no count: "one of us".
    kept += [str(n) for n, word in enumerate(_WORDS) if n > 2 and re.search(rf"\b{word}\b", brief, re.I)]
    counted = re.findall(rf"([{_HAN[1:]}]+)(?=[个位名座席])", brief)
    kept += [str(n) for n in range(3, 100) if _han(n) in counted]
    return lost + [n for n in kept if not any(_says(body, form) for form in _forms(n))]


def invented(text: str, sources: Iterable[str]) -> list[str]:
    """Return the numbers of the text that none of the sources has."""
    allowed: set[str] = set()
    for source in sources:
        body = _plain(source).lower()
        for number in numbers(source):
            allowed.update(f for form in _forms(number) for f in numbers(form))
        allowed.update(str(n) for n, word in enumerate(_WORDS) if re.search(rf"\b{word}\b", body))
        allowed.update(str(n) for n in range(1, 32) if _han(n) in body)
        allowed.update(str(n) for n, month in enumerate(_MONTHS, 1) if re.search(rf"\b{month}", body))
    return [n for n in numbers(_LINK.sub(" ", text)) if n not in allowed]


def links(text: str) -> list[str]:
    """Return the links, mail addresses and bare host names in a text."""
    return list(dict.fromkeys(found.rstrip(".,;:!?)") for found in _LINK.findall(text)))


def copied(brief: str, text: str) -> bool:
    """Say whether the text is only the brief again."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, _plain(brief).lower(), _plain(text).lower(), autojunk=False).ratio() > 0.92


def rambles(text: str) -> bool:
    """Say whether a text goes round in circles, as small models do."""
    if len(re.findall(r"[#＃]\w", text)) > 4:
        return True
    pieces = [p for p in re.split(r"[\s,.;!?,。;!?、]+", text.lower()) if len(p) > 3]
    return len(pieces) > 8 and len(set(pieces)) < len(pieces) * 0.6


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def without_links(text: str) -> str:
    """Return a text with its links and host names left out."""
    return _LINK.sub(" ", text)


def numbers(text: str) -> list[str]:
    """Return the numbers and times of a text, each once."""
    return list(dict.fromkeys(n.rstrip(".,") for n in _NUMBER.findall(_plain(text))))


def _says(body: str, form: str) -> bool:
    lead = r"(?<!\d)" if form[0].isdigit() else r"(?<![一二三四五六七八九十])" if form[0] in _HAN else r"\b"
    return (
        re.search(lead + re.escape(form) + (r"(?!\d)" if form[-1].isdigit() else ""), body, re.IGNORECASE) is not None
    )


def _forms(number: str) -> list[str]:
    """Return the ways to say a number: 15:00 is also 3 pm, 15点 and 下午三点."""
    if ":" in number:
        hour, minute = (int(x) for x in number.split(":"))
        short = hour % 12 or 12
        half = ["" if minute == 0 else f":{minute:02d}"]
        forms = [f"{hour}:{minute:02d}", f"{hour:02d}:{minute:02d}", f"{short}:{minute:02d}"]
        forms += [
            f"{short}{m}{gap}{ap}" for m in half for gap in ("", " ") for ap in ("am", "pm", "a.m", "p.m", "o'clock")
        ]
        tail = {0: "", 15: "一刻", 30: "半"}.get(minute, f"{minute}分")
        return forms + [f"{h}点{tail}" for h in (str(hour), str(short), _han(hour), _han(short))]
    if not number.isdigit() or int(number) > 99:
        return [number]
    value = int(number)
    return [number, str(value), _han(value), *(["两"] if value == 2 else []), *_WORDS[value : value + 1]]


def _han(n: int) -> str:
    if n <= 10:
        return _HAN[n]
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _HAN[tens]) + "十" + (_HAN[ones] if ones else "")
