"""Invisible characters and letters that pose as others: shown to the person who signs."""

from __future__ import annotations

import re

from bot.checks.base import Subject
from bot.checks.text import hidden
from bot.domain.draft import Finding, Severity
from bot.words import say

_MIXED = re.compile(r"[A-Za-z]+[\u0370-\u03ff\u0400-\u04ff][\w]*|[\u0370-\u03ff\u0400-\u04ff]+[A-Za-z][\w]*")


def check(subject: Subject) -> list[Finding]:
    """Warn of hidden characters (joiners inside emoji are fine) and of words that mix Latin with Greek or Cyrillic."""
    found = []
    for n, part in enumerate(subject.content.parts):
        text = part.text
        for at, char in enumerate(text):
            if hidden(text, at):
                name = f"U+{ord(char):04X}"
                found.append(
                    Finding(
                        "lookalikes",
                        Severity.BLOCK if 0xE0000 <= ord(char) <= 0xE007F else Severity.WARN,
                        say(
                            "There is a hidden character ({name}) after “{before}”.",
                            name=name,
                            before=text[max(0, at - 12) : at],
                        ),
                        part=n,
                        span=(at, at + 1),
                        fix=say("Delete it."),
                    )
                )
        for match in _MIXED.finditer(text):
            message = say("“{word}” mixes letters of two alphabets that look alike.", word=match.group())
            fix = say("Type the word again.")
            found.append(Finding("lookalikes", Severity.WARN, message, part=n, span=match.span(), fix=fix))
    return found
