"""`/signoff help [WORD]`: every word in a line, or one word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotFound
from bot.surfaces.slack import commands
from bot.surfaces.slack.page import Page
from bot.words import joined, say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "See every word."
USAGE = "[WORD]"
#: The order in which they are listed; words that are not named here come last.
ORDER = (
    "draft", "thread", "reply", "ideas", "queue", "calendar", "ask", "policy", "inbox", "mood", "report", "status",
    "stop", "resume", "help",
)  # fmt: skip


def run(ask: Ask) -> None:
    """Show it. Raises NotFound."""
    known = sorted(commands.names(), key=lambda w: (ORDER.index(w) if w in ORDER else len(ORDER), w))
    if wanted := commands.CHINESE.get(ask.text, ask.text.lower()):
        if wanted not in known:
            raise NotFound(say("There is no word {word}.", word=repr(ask.text)), next_step="`/signoff help`")
        known = [wanted]
    page = Page(say("What you can say") if len(known) > 1 else "")
    page.rows([(_usage(word), say(commands.load(word).HELP)) for word in known])
    talk = say("Or talk with me: mention me in a channel, or write to me directly.")
    page.note(joined(talk, say("Whatever I draft waits for a person.")))
    page.reply(ask)


def _usage(word: str) -> str:
    usage = commands.load(word).USAGE
    return f"{commands.COMMAND} {word} {say(usage) if usage else ''}".rstrip()
