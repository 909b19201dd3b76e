"""Where sentences end, in English, German and Chinese. Pure functions; the one place that knows.

What is cut joins to the text again: white space behind a sentence belongs to it.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_CLOSERS = "\"'”’»›)\\]}」』】》）*_"
#: Marks that end a sentence before white space; Chinese ones, and "!" and "?" before Chinese, wherever they stand.
_END = re.compile(
    rf"[.!?…‽]+[{_CLOSERS}]*(?=\s|$)\s*|[。！？；…]+[!?{_CLOSERS}]*\s*|[!?]+[{_CLOSERS}]*(?=[^\x00-\xff])\s*|\s*\n\s*"
)
_ADDRESS = re.compile(
    r"(?:(?<![a-z0-9])[a-z][a-z0-9+.-]{1,15}://|www\.)[\x21-\x7e]+|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.)+[a-z]{2,}(?:[/?#][\x21-\x7e]*)?",
    re.I,
)
_TAIL = ".,;:!?…'\"”’)]}>*_"
_MONTH = "jan|feb|mar|apr|may|mai|jun|jul|aug|sept?|oct|okt|nov|dec|dez"
#: More follows these, whatever it begins with.
_GOES_ON = re.compile(
    r"(?:^|[^\w.])(?:mr|mrs|ms|mx|dr|prof|st|rev|hon|gen|capt|vs|viz|incl?|excl|approx|dept|est|min|max|fig|tel|ext|ca|cf|bzw"
    r"|inkl|zzgl|ggf|evtl|nr|str|hr|fr|e\.\s?g|i\.\s?e|z\.\s?b|d\.\s?h|u\.\s?a|u\.[sk]|n\.b)\.$",
    re.I,
)
#: These stand before a number: elsewhere they end a sentence ("No.").
_NUMBERED = re.compile(rf"(?:^|[^\w.])(?:no|nos|pp?|vol|ch|sec|art|{_MONTH})\.$", re.I)
#: A sentence may end with these: a capital that names no day then begins a new one.
_MAY_END = re.compile(
    r"(?:^|[^\w.])(?:etc|usw|al|ltd|co|corp|inc|plc|jr|sr|a\.m|p\.m|b\.c|a\.d|ph\.d|\d\s?[ap]m)\.$", re.I
)
_DAY = re.compile(rf"(?:mon|tue|wed|thu|fri|sat|sun|{_MONTH})[a-z]*\b", re.I)
#: J. Smith, W. W. Jacobs; but not "vitamin C.".
_INITIAL = re.compile(r"(?:^|[A-Z]\.\s?|\b[A-Z]\w+\s|\b(?:and|by|with|from|of)\s|[\"“(]\s?)[A-HJ-Z]\.$")
_COUNT = re.compile(r"\W*\d{1,3}\.$")
_DATE = re.compile(r"(?:^|\D)\d{1,2}\.$")
_MONTH_NAME = re.compile(rf"(?:{_MONTH}|märz|juni|juli)[a-zä]*\b", re.I)
_WINDOW = 24


def cut(text: str) -> list[str]:
    """Cut a text into its sentences, with the white space behind each: joined they are the text."""
    addresses = [m.span() if m[0][-1:] not in _TAIL else (m.start(), _trimmed(m)) for m in _ADDRESS.finditer(text)]
    starts = [a for a, _ in addresses]
    found, start = [], 0
    for end in _END.finditer(text):
        if not text[start : end.start()].strip() and "\n" not in end[0]:
            # Marks in front of the first word begin it: "... and then".
            continue
        near = bisect_right(starts, end.start()) - 1
        within = near >= 0 and end.start() < addresses[near][1]
        if not within and _ends(text, start, end):
            found.append(text[start : end.end()])
            start = end.end()
    found.append(text[start:])
    return [piece for piece in found if piece]


def _trimmed(match: re.Match[str]) -> int:
    return match.start() + len(match[0].rstrip(_TAIL))


def _ends(text: str, start: int, end: re.Match[str]) -> bool:
    mark = end[0].strip()
    if "\n" in end[0] or not mark:
        return True
    rest = text[end.end() : end.end() + 12]
    small = rest[:1].isalpha() and rest[:1].islower()
    if mark[0] in "….":
        dots = mark.rstrip(_CLOSERS)
        if len(dots) > 1 or dots == "…":
            return not small
    if len(mark) > 1 and mark[-1] in _CLOSERS and small:
        # “Really?” she said.
        return False
    if mark[0] != ".":
        return True
    said = text[max(start, end.start() - _WINDOW) : end.start() + 1]
    if _GOES_ON.search(said) or _INITIAL.search(said):
        return not rest
    if _NUMBERED.search(said) and rest[:1].isdigit():
        return False
    if _DATE.search(said) and _MONTH_NAME.match(rest):
        return False
    if end.start() - start <= _WINDOW and _COUNT.fullmatch(said):
        # The number of a list's entry.
        return not rest
    if _MAY_END.search(said):
        return not rest or (not small and not rest[:1].isdigit() and not _DAY.match(rest))
    return True
