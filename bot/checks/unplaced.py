"""An answer, or a first comment, without the post that it stands below: text to copy, which is never sent as a post."""

from __future__ import annotations

from bot.checks.base import Subject
from bot.domain.draft import BELOW, Finding, Severity
from bot.words import say


def check(subject: Subject) -> list[Finding]:
    """Block what would go out as a post of its own although it is part of a conversation."""
    if subject.kind not in BELOW or subject.content.reply_parent:
        return []
    message = say("This is text to copy: it is not known below which post it belongs, so it is never sent from here.")
    fix = say("Copy it to where it belongs, or draft it again with the address of the post in --to.")
    return [Finding("unplaced", Severity.BLOCK, message, fix=fix)]
