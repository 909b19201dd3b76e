"""No password, key or token may ever go out, whoever wrote the text."""

from __future__ import annotations

from bot.checks.base import Subject
from bot.checks.text import fold
from bot.domain.draft import Finding, Severity
from bot.logs import TOKEN_SHAPES
from bot.words import say


def check(subject: Subject) -> list[Finding]:
    """Block known secret values and anything with the shape of a credential, without repeating it."""
    found = []
    known = [fold(s).text for s in subject.secrets]
    for n, part in enumerate(subject.content.parts):
        for text in (part.text, *(m.alt for m in part.media)):
            folded = fold(text).text
            if any(s in folded for s in known) or TOKEN_SHAPES.search(text):
                found.append(
                    Finding(
                        "secrets",
                        Severity.BLOCK,
                        say("The text holds something that looks like a password or key."),
                        part=n,
                        fix=say("Take it out. If it is real, change that password or key now."),
                    )
                )
                break
    return found
