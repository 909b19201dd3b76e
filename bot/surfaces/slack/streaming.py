"""Progress as a stream, where Slack has streams: the steps as tasks, then the answer as blocks of the same message.

Steps and answer are never sent as Markdown: in it a model's words could ping or link. Where Slack refuses a stream, one
message is updated instead. https://docs.slack.dev/reference/methods/chat.startStream (read 2026-11-22)
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.errors import SignoffError
from bot.store import chat
from bot.surfaces.slack.errors import SlackBusy, SlackRefused
from bot.surfaces.slack.progress import Progress

if TYPE_CHECKING:
    from bot.agent.task import Event
    from bot.surfaces.slack.page import Page
    from bot.surfaces.slack.request import Ask


class Stream(Progress):
    """One streamed message in a thread. A stream needs a thread: outside one it is a message that is updated."""

    def __init__(self, ask: Ask, title: str) -> None:
        super().__init__(ask, title, shared=True)
        self._open = False
        self._task: dict[str, Any] = {}
        self._count = 0

    def begin(self) -> None:
        """Start the stream; one that an earlier try left half-way is taken away."""
        if not self.ask.thread:
            super().begin()
            return
        with self.ask.app.db.read() as conn:
            left = chat.messages(conn, self._subject) if self.ask.delivery else []
        for message in left:
            if message["kind"] != "stream":
                self.channel, self.ts = message["channel"], message["ts"]
                return
            self.channel, self.ts = message["channel"], message["ts"]
            self.withdraw()
        where = {"channel": self.ask.channel, "thread_ts": self.ask.thread}
        whom = {"recipient_team_id": self.ask.team, "recipient_user_id": self.ask.user}
        try:
            answer = self.ask.speaker.call(
                "chat.startStream", **where, **whom, task_display_mode="timeline", chunks=[self._next(self.title)]
            )
        except SlackRefused:
            answer = {}
        if not answer.get("ts"):
            self.channel = self.ts = ""
            super().begin()
            return
        self._open, self.channel, self.ts = True, self.ask.channel, str(answer["ts"])
        if self.ask.delivery:
            now = self.ask.app.clock.now()
            with self.ask.app.db.write() as conn:
                chat.remember(conn, self.ask.speaker.team, self.channel, self.ts, self._subject, at=now, kind="stream")

    def _next(self, title: str) -> dict[str, Any]:
        self._count += 1
        self._task = {"type": "task_update", "id": str(self._count), "title": title[:256], "status": "in_progress"}
        return self._task

    def _ended(self) -> dict[str, Any]:
        return {**self._task, "status": "complete"}

    def __call__(self, event: Event) -> None:
        """Show the next step."""
        if not self._open:
            super().__call__(event)
            return
        if said := self._steps(event):
            with suppress(SlackBusy, SlackRefused):
                chunks = [self._ended(), self._next(said)]
                self.ask.speaker.call("chat.appendStream", channel=self.channel, ts=self.ts, chunks=chunks)

    def finish(self, page: Page) -> None:
        """End the stream with the answer below the steps."""
        if not self._open:
            super().finish(page)
            return
        first, *more = page.messages()
        try:
            self.ask.speaker.call(
                "chat.stopStream", channel=self.channel, ts=self.ts, chunks=[self._ended()], blocks=first
            )
        except SlackRefused:
            # A stream ends by itself after a while; its message is one like any other then.
            self.ask.speaker.update(self.channel, self.ts, first, page.fallback)
        for some in more:
            self.ask.speaker.post(self.channel, some, page.fallback, thread=self.ask.thread)

    def withdraw(self) -> None:
        """Take the message away."""
        if self._open:
            with suppress(SignoffError):
                self.ask.speaker.call("chat.stopStream", channel=self.channel, ts=self.ts)
        self._open = False
        super().withdraw()
