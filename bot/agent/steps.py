"""What a run of the agent is doing, in the words of whoever waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words import say

if TYPE_CHECKING:
    from bot.agent.task import Event


class Steps:
    """Called with each event; tells the step that begins, or an empty text."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, event: Event) -> str:
        """Return the step's words."""
        if event.kind != "doing":
            return ""
        account = event.data.get("account")
        writing = event.text.startswith("writing for ")
        said = say("writing for {account}...", account=account) if writing and account else say(event.text)
        if event.text == self._last == "proposing a text...":
            # The tool gave the text back with what is wrong with it.
            said = say("it came back with remarks; proposing another text...")
        self._last = event.text
        return said
