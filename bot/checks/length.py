"""Does it fit? The platform's own counting says so; this check only says it as a finding."""

from __future__ import annotations

from bot.checks.base import Subject
from bot.domain.draft import Finding, Severity
from bot.words import say


def check(subject: Subject) -> list[Finding]:
    """Block every part that the platform would not take."""
    return [
        Finding("length", Severity.BLOCK, m.message, part=m.part, fix=m.fix or say("Shorten the text or split it."))
        for m in subject.misfits
    ]
