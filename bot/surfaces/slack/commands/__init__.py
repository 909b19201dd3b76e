"""The words after ``/signoff``: a file a word, with ``HELP``, ``USAGE`` and ``run(ask)``; ``ROLE`` where one is needed.

A word that nobody knows gets the nearest one named, and changes nothing.
"""

from __future__ import annotations

import difflib
import importlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import NotAllowed
from bot.surfaces.slack.page import Page
from bot.words import joined, say

if TYPE_CHECKING:
    from bot.domain.brand import Role
    from bot.surfaces.slack.request import Ask

COMMAND = "/signoff"
#: The words as Chinese colleagues type them.
CHINESE = {
    "起草": "draft", "写": "draft", "草稿": "draft", "串文": "thread", "回复": "reply", "队列": "queue",
    "待办": "queue", "日历": "calendar", "收件箱": "inbox", "评论": "inbox", "口碑": "mood", "情绪": "mood",
    "问": "ask", "提问": "ask", "点子": "ideas", "选题": "ideas", "报告": "report", "周报": "report",
    "政策": "policy", "规则": "policy", "停": "stop", "停止": "stop", "恢复": "resume", "继续": "resume",
    "状态": "status", "帮助": "help",
}  # fmt: skip


def names() -> list[str]:
    """Return every word, by the alphabet."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem != "__init__")


def load(word: str) -> Any:
    """Return the module of a word that there is."""
    return importlib.import_module(f"{__name__}.{word}")


def nearest(word: str) -> str:
    """Return the word that somebody may have meant, or an empty text."""
    low = word.lower().lstrip("/")
    known = names()
    if begun := [name for name in known if len(low) > 1 and name.startswith(low)]:
        return begun[0]
    return next(iter(difflib.get_close_matches(low, known, 1, 0.6)), "")


def run(ask: Ask) -> None:
    """Do what stands after ``/signoff``. Raises NotAllowed, and what the word raises."""
    # Also what stands on the next line, or behind a full-width space, is behind the word.
    given, rest = (*ask.text.split(maxsplit=1), "", "")[:2]
    word = CHINESE.get(given, given.lower()) or "help"
    if word not in names():
        _unknown(ask, given)
        return
    found = load(word)
    allow(ask, getattr(found, "ROLE", None), word)
    found.run(replace(ask, text=rest.strip()))


def allow(ask: Ask, role: Role | None, word: str) -> None:
    """Refuse a word to people without the role that it needs. Raises NotAllowed."""
    if role is not None and not ask.person.may(role):
        raise NotAllowed(
            say("{word} needs the role {role}, and {person} has it not.", word=f"`{COMMAND} {word}`",
                role=say(role.value), person=ask.person.name),
            next_step=say("Ask an approver or an admin."),
        )  # fmt: skip


def _unknown(ask: Ask, given: str) -> None:
    near = nearest(given)
    shown = given if len(given) <= 40 else given[:39] + "…"
    said = say("There is no word {word}.", word=f"“{shown}”")
    hint = say("Did you mean {word}?", word=f"`{COMMAND} {near}`") if near else ""
    Page().text(joined(said, hint, say("{word} lists them all.", word=f"`{COMMAND} help`"))).reply(ask)
