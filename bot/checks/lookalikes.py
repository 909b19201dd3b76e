"""Invisible characters and letters that pose as others: nobody who signs could see them."""

from __future__ import annotations

import html
import re
import unicodedata

from bot.checks.base import Subject, Text
from bot.checks.tables import LOOKALIKES
from bot.checks.text import hidden, invisible
from bot.domain.draft import Finding, Severity
from bot.words import say

_MIXED = re.compile(r"(?<![A-Za-z])[A-Za-z]+[\u0370-\u04ff]\w*|(?<![\u0370-\u04ff])[\u0370-\u04ff]+[A-Za-z]\w*")
_POSING = frozenset(char for many in LOOKALIKES.values() for char in many)
#: Radicals and compatibility forms that are drawn like a Chinese character and are another: copied from a PDF, mostly.
_RADICALS = re.compile("[\u2e80-\u2fd5\uf900-\ufaff\U0002f800-\U0002fa1d]+")
#: Joiners and marks of direction that some scripts are written with; and what only says where a word may break.
_WRITTEN_WITH = frozenset("\u200c\u200d\u200e\u200f\u061c")
_MILD = frozenset("\u00ad\ufe0e\ufe0f")
#: A character by its number, which readers of HTML show as a letter.
_BY_NUMBER = re.compile(r"&#(?:\d{2,6}|[xX][0-9a-fA-F]{2,5});")
#: Parts of Chinese characters that are no words: set between two characters they make another of the next one.
_HAN_PARTS = re.compile(
    "(?<=[\u4e00-\u9fff])[氵扌疒亻讠钅饣纟忄犭礻衤刂灬冫宀艹辶廴囗]|[氵扌疒亻讠钅饣纟忄犭礻衤刂灬冫宀艹辶廴囗](?=[\u4e00-\u9fff])"
)
_SCRIPTS = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u1780-\u17ff\u1800-\u18af\ufb1d-\ufdff\ufe70-\ufefe]")


def check(subject: Subject) -> list[Finding]:
    """Block hidden characters and words with letters of another alphabet that pose as their own; all can be mended.

    Joiners inside emoji are fine, and those of scripts that are written with them; a soft hyphen is only shown.
    """
    found: list[Finding] = []
    for part in subject.texts:
        found += _hidden(part)
        for match in _MIXED.finditer(part.text):
            foreign = [c for c in match.group() if "\u0370" <= c <= "\u04ff"]
            # "5 μm" and "Δt" mix alphabets too, and look it.
            posing = len(match.group()) > 2 and all(c in _POSING for c in foreign)
            said = say("“{word}” mixes letters of two alphabets that look alike.", word=match.group())
            severity = Severity.BLOCK if posing else Severity.WARN
            found.append(_finding(part, severity, said, match.span(), say("Type the word again.")))
        for match in _BY_NUMBER.finditer(part.text):
            sign = html.unescape(match.group())
            said = say("“{code}” is shown as “{sign}” by some readers.", code=match.group(), sign=sign)
            fix = say("Type {plain}.", plain=sign)
            found.append(_finding(part, Severity.BLOCK, said, match.span(), fix, sign))
        for match in _HAN_PARTS.finditer(part.text):
            said = say("“{sign}” is a part of a character, not a word.", sign=match.group())
            fix = say("Type the whole character, or set the part in quotation marks.")
            found.append(_finding(part, Severity.BLOCK, said, match.span(), fix))
        for match in _RADICALS.finditer(part.text):
            plain = unicodedata.normalize("NFKC", match.group())
            if plain != match.group():
                said = say("“{signs}” only look like the characters {plain}.", signs=match.group(), plain=plain)
                fix = say("Type {plain}.", plain=plain)
                found.append(_finding(part, Severity.BLOCK, said, match.span(), fix, plain))
    return found


def _hidden(part: Text) -> list[Finding]:
    text, found = part.text, []
    for at, char in enumerate(text):
        if not (invisible(char) and hidden(text, at)):
            continue
        around = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
        mild = char in _MILD or (char in _WRITTEN_WITH and _SCRIPTS.search(around))
        said = say(
            "There is a hidden character ({name}) after “{before}”.",
            name=f"U+{ord(char):04X}",
            before=text[max(0, at - 12) : at],
        )
        severity = Severity.WARN if mild else Severity.BLOCK
        found.append(_finding(part, severity, said, (at, at + 1), say("Delete it."), ""))
    return found


def _finding(
    part: Text, severity: Severity, said: str, span: tuple[int, int], fix: str, instead: str | None = None
) -> Finding:
    return Finding("lookalikes", severity, part.where + said, "", part.part, part.span(*span), fix, instead)
