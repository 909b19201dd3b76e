"""How much a finding weighs, in the words of every surface that shows one."""

from __future__ import annotations

from bot.domain.draft import Severity
from bot.words import say

_MARKS = {Severity.BLOCK: "⛔", Severity.WARN: "⚠️", Severity.NOTE: "ℹ️"}


def weight(severity: str) -> str:
    """Say what a finding of this severity means for the draft."""
    return {
        Severity.BLOCK: say("must be mended"),
        Severity.WARN: say("please look"),
        Severity.NOTE: say("for your information"),
    }[Severity(severity)]


def marked(severity: Severity) -> str:
    """Say the same behind a sign that is seen from afar."""
    return f"{_MARKS[severity]} {weight(severity)}"
