"""One message that says what is being done, updated in place until the answer stands in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bot.agent.steps import Steps
from bot.errors import Misconfigured, SignoffError
from bot.store import chat
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.errors import SlackBusy, SlackRefused
from bot.surfaces.slack.page import Page
from bot.words import say
from memory.base import MemoryFault

if TYPE_CHECKING:
    from bot.agent.task import Event
    from bot.surfaces.slack.request import Ask

#: Seconds between two updates: Slack takes about one change of a message a second.
PACE = 1.0
#: Steps that stand below each other; earlier ones go.
_STEPS = 4


class Progress:
    """Shows the steps of a run; ``finish`` puts the answer in their place.

    Where all may see it, it is a message in the channel (in the person's own, where the app may not write there). What
    one person alone is shown in a channel cannot be changed by the address that a word comes with: there it is a line
    when it begins, and the answer below it (https://github.com/slackapi/bolt-python/issues/1268, read 2026-11-22). The
    work that runs again after a crash goes on in the message that is there.
    """

    def __init__(self, ask: Ask, title: str, *, shared: bool, pace: Callable[[], float] = time.monotonic) -> None:
        self.ask, self.title, self.shared = ask, title, shared
        self._pace, self._drawn = pace, 0.0
        self._steps, self._done = Steps(), list[str]()
        self.channel = self.ts = ""

    def begin(self) -> None:
        """Show that the work has begun."""
        if not (self.shared or self.ask.channel.startswith("D")):
            if self.ask.response_url:
                self.ask.speaker.respond(self.ask.response_url, self._blocks(), kit.fallback(self.title))
            return
        with self.ask.app.db.read() as conn:
            there = chat.messages(conn, self._subject) if self.ask.delivery else []
        if there:
            self.channel, self.ts = there[-1]["channel"], there[-1]["ts"]
            return
        self.channel, self.ts = posted(self.ask, self._blocks(), kit.fallback(self.title))
        if self.ask.delivery:
            now = self.ask.app.clock.now()
            with self.ask.app.db.write() as conn:
                chat.remember(conn, self.ask.speaker.team, self.channel, self.ts, self._subject, at=now, kind="work")

    @property
    def _subject(self) -> str:
        return f"work:{self.ask.delivery}"

    def __call__(self, event: Event) -> None:
        """Show the next step."""
        said = self._steps(event)
        if not said:
            return
        self._done = [*self._done, said][-_STEPS:]
        now = self._pace()
        if self.ts and now - self._drawn >= PACE:
            self._drawn = now
            # A step that cannot be shown costs no work.
            with suppress(SlackBusy, SlackRefused):
                self.ask.speaker.update(self.channel, self.ts, self._blocks(), kit.fallback(self.title))

    def finish(self, page: Page) -> None:
        """Put the answer in place of the steps; what does not fit follows in further messages."""
        first, *more = page.messages()
        speaker, ask = self.ask.speaker, self.ask
        if self.ts:
            speaker.update(self.channel, self.ts, first, page.fallback)
            thread = ask.thread if self.channel == ask.channel else ""
            for some in more:
                speaker.post(self.channel, some, page.fallback, thread=thread)
        else:
            page.reply(ask)

    def withdraw(self) -> None:
        """Take the message away: what went wrong is told to the person alone."""
        if not self.ts:
            return
        with suppress(SignoffError):
            self.ask.speaker.delete(self.channel, self.ts)
        with self.ask.app.db.write() as conn:
            chat.forget_message(conn, self.ask.speaker.team, self.channel, self.ts)

    def _blocks(self) -> list[kit.Block]:
        steps = [f"✓ {step}" for step in self._done[:-1]] + [f"· {step}" for step in self._done[-1:]]
        return [kit.section(self.title), kit.context("\n".join(steps) or say("One moment..."))]


def posted(ask: Ask, blocks: list[kit.Block], text: str) -> tuple[str, str]:
    """Post where it was asked, or to the person where the app may not write there; return the channel and the ts."""
    own = ask.speaker.direct(ask.user)
    if ask.channel and ask.channel != own:
        # A channel without the app in it, or what two people say to each other.
        with suppress(SlackRefused):
            return ask.channel, ask.speaker.post(ask.channel, blocks, text, thread=ask.thread)
    return own, ask.speaker.post(own, blocks, text, thread=ask.thread if ask.channel == own else "")


@contextmanager
def shown(ask: Ask, title: str, *, shared: bool = False) -> Iterator[Progress]:
    """Show progress for the length of the block; it is withdrawn when the block raises for good."""
    progress = Progress(ask, title, shared=shared)
    progress.begin()
    try:
        yield progress
    except SlackBusy:
        # The work is due again, and goes on in this message.
        raise
    except MemoryFault as fault:
        progress.withdraw()
        raise Misconfigured(fault.message, next_step=fault.next_step) from fault
    except BaseException:
        progress.withdraw()
        raise
