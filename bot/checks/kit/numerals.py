"""Numbers as words: ``twelve``, ``two hundred and fifty``, ``十二``, ``两百五``, ``二〇二六``, ``1.2万``."""

from __future__ import annotations

import re

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ENGLISH = {word: n for n, word in enumerate(_UNITS)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}

_ONE = "|".join(sorted(ENGLISH, key=len, reverse=True))
_SCALE = "|".join(_SCALES)
#: A spelt-out number. "a hundred" counts, "a" alone does not.
ENGLISH_NUMBER = (
    rf"(?:(?:{_ONE})(?:[\s-]+(?:{_ONE}|{_SCALE})"
    rf"|\s+and\s+(?=(?:{_ONE})\b)(?<=(?:hundred|housand) and )(?:{_ONE})){{0,8}}"
    rf"|an?\s+(?:{_SCALE})(?:\s+and\s+(?:{_ONE}))?)"
)

_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}
CHINESE_NUMBER = "[零〇一二两三四五六七八九十百千万亿]{1,15}"
#: What may stand behind digits and multiplies them.
MULTIPLIERS = {
    "k": 10**3, "m": 10**6, "bn": 10**9, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "百": 100, "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8,
}  # fmt: skip


def english(text: str) -> int:
    """Return the value of a spelt-out English number in small letters."""
    total = current = 0
    for word in re.findall(r"[a-z]+", text):
        if word in ENGLISH:
            current += ENGLISH[word]
        elif word in ("hundred", "dozen"):
            current = max(current, 1) * _SCALES[word]
        elif word in _SCALES:
            total += max(current, 1) * _SCALES[word]
            current = 0
    return total + current


def chinese(text: str) -> int | None:
    """Return the value of a Chinese number; None for what only looks like one, such as 万千."""
    if not re.search("[十百千万亿]", text):
        return int("".join(str(_DIGITS[c]) for c in text)) if text else None
    total = section = digit = last = 0
    for char in text:
        if char in _DIGITS:
            digit, zero = _DIGITS[char], char in "零〇"
            last = 0 if zero else last
        elif char in _STEPS:
            section += (digit or 1) * _STEPS[char]
            digit, last = 0, _STEPS[char]
        else:
            if section + digit == 0:
                return None
            total = (total + section + digit) * _BIG[char]
            section, digit, last = 0, 0, _BIG[char]
    # 两百五 is 250: a digit behind a hundred without 零 counts the next lower step.
    return total + section + (digit * (last // 10) if last > 10 and digit else digit)
