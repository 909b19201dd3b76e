"""Texts that are harder to read than the brand wants."""

from __future__ import annotations

from bot.checks.base import Subject
from bot.domain.draft import Finding, Severity
from bot.insight.reading import ENOUGH_WORDS, readability
from bot.words import say

#: So many years over the brand's limit a text only gets a note; further out it is a warning.
TOLERATED = 2.0
#: So much of a long text tells how hard it is.
MEASURED = 10_000


def check(subject: Subject) -> list[Finding]:
    """Say which parts need more years of school than ``style.school_years``; short ones cannot be measured."""
    limit = subject.brand.plan.style.school_years
    if limit is None:
        return []
    found = []
    for n, part in enumerate(subject.content.parts):
        measured = readability(part.text[:MEASURED], subject.content.language)
        # Formulas speak of sentences in a row: below this they measure one long word.
        if measured.words < 2 * ENOUGH_WORDS or measured.school_years <= limit:
            continue
        severity = Severity.WARN if measured.school_years > limit + TOLERATED else Severity.NOTE
        message = say(
            "Reading this takes some {years} years of school; the brand asks for {limit}.",
            years=round(measured.school_years),
            limit=limit,
        )
        fix = say("Split sentences, and say it with shorter words.")
        found.append(Finding("readability", severity, message, part=n, fix=fix))
    return found
