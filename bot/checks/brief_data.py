"""Personal data in the brief: the text may be clean of it, but the language model has read it."""

from __future__ import annotations

from dataclasses import replace

from bot.checks import personal_data
from bot.checks.base import Subject
from bot.domain.draft import Finding, Part, Severity
from bot.words import joined, say


def check(subject: Subject) -> list[Finding]:
    """Warn of identity numbers, private telephone numbers and the like in what was asked for."""
    brief = next((s.text for s in subject.sources if s.id == "brief"), "")
    if not brief:
        return []
    found = holding(replace(subject, sources=()), brief)
    fix = say("Ask again without it: a brief says what, when and where, and for whom only in general.")
    return [
        Finding("brief_data", Severity.WARN, joined(say("The brief holds personal data."), message), fix=fix)
        for message in dict.fromkeys(found)
    ]


def holding(subject: Subject, text: str) -> list[str]:
    """Return what of a text is somebody's private data, one sentence each; ``subject`` says for which brand."""
    bare = replace(subject, content=replace(subject.content, parts=(Part(text),)))
    return [f.message for f in personal_data.check(bare) if f.severity is Severity.BLOCK]
