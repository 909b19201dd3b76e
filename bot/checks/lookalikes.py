"""Invisible characters and letters that pose as others: shown to the person who signs."""

from __future__ import annotations

import re
import unicodedata

from bot.checks.base import Subject
from bot.checks.text import hidden, invisible
from bot.domain.draft import Finding, Severity
from bot.words import say

_MIXED = re.compile(r"(?<![A-Za-z])[A-Za-z]+[\u0370-\u04ff]\w*|(?<![\u0370-\u04ff])[\u0370-\u04ff]+[A-Za-z]\w*")


def check(subject: Subject) -> list[Finding]:
    """Warn of hidden characters (joiners inside emoji are fine) and of words that mix Latin with Greek or Cyrillic."""
    found = []
    for part in subject.texts:
        text = part.text
        for at, char in enumerate(text):
            if invisible(char) and hidden(text, at):
                code = ord(char)
                # Tags can spell a whole message, and control characters move a terminal's cursor.
                worst = 0xE0000 <= code <= 0xE007F or unicodedata.category(char) == "Cc"
                said = say(
                    "There is a hidden character ({name}) after “{before}”.",
                    name=f"U+{code:04X}",
                    before=text[max(0, at - 12) : at],
                )
                found.append(
                    Finding(
                        "lookalikes",
                        Severity.BLOCK if worst else Severity.WARN,
                        part.where + said,
                        part=part.part,
                        span=part.span(at, at + 1),
                        fix=say("Delete it."),
                    )
                )
        for match in _MIXED.finditer(text):
            said = part.where + say("“{word}” mixes letters of two alphabets that look alike.", word=match.group())
            span, fix = part.span(*match.span()), say("Type the word again.")
            found.append(Finding("lookalikes", Severity.WARN, said, part=part.part, span=span, fix=fix))
    return found
