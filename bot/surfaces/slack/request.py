"""What somebody in Slack asks, and the ways to answer: what every word, button and form works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bot.store import chat
from bot.surfaces.slack.errors import SlackRefused

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand, Person

#: Block Kit blocks, as Slack's API takes them.
Blocks = Sequence[Mapping[str, Any]]


class Speaker(Protocol):
    """The only way to Slack's Web API.

    What is posted is never unfurled, parsed or turned into links. Every call waits out a short 429; a long one raises
    ``SlackBusy``, and the work is due again then. Other refusals raise ``SlackRefused``.
    """

    @property
    def team(self) -> str:
        """The workspace that the app is installed in."""
        ...

    @property
    def bot_user(self) -> str:
        """The app's own user there."""
        ...

    def post(self, channel: str, blocks: Blocks, text: str, *, thread: str = "") -> str:
        """Post a message that all in the channel see; return its ts. ``text`` is what notifications show."""
        ...

    def update(self, channel: str, ts: str, blocks: Blocks, text: str) -> None:
        """Replace a message."""
        ...

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours."""
        ...

    def ephemeral(self, channel: str, user: str, blocks: Blocks, text: str, *, thread: str = "") -> None:
        """Show a message to one person in a channel."""
        ...

    def respond(self, url: str, blocks: Blocks, text: str, *, replace: bool = False) -> None:
        """Answer by a ``response_url`` (30 minutes, five times); to the person alone."""
        ...

    def open(self, trigger: str, view: Mapping[str, Any]) -> str:
        """Open a modal, within 3 s of the press; return the view's id."""
        ...

    def push(self, trigger: str, view: Mapping[str, Any]) -> str:
        """Put a modal on top of the one that is open."""
        ...

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Replace an open modal."""
        ...

    def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        """Set a person's App Home."""
        ...

    def direct(self, user: str) -> str:
        """Return the channel of the direct messages with a person."""
        ...

    def info(self, user: str) -> Mapping[str, Any]:
        """Return Slack's record of a user (``users.info`` with locale), kept for five minutes."""
        ...

    def upload(self, channel: str, content: Path | bytes, title: str, alt: str, *, thread: str = "") -> str:
        """Upload a file, into a channel where one is given; return its id, for ``slack_file``."""
        ...

    def download(self, file: str) -> bytes:
        """Return a file's bytes by its id. Raises BadInput where it is too large or cannot be had."""
        ...

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call any other method, such as ``assistant.threads.setStatus``; return its answer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One thing one person asks. Made only for people with a role: others were refused before."""

    app: App
    brand: Brand
    person: Person
    speaker: Speaker
    team: str
    user: str
    #: ``en`` or ``zh``: the person's own setting, else their Slack's.
    language: str = "en"
    #: The person's IANA zone: their own setting, else their Slack's.
    zone: str = "UTC"
    channel: str = ""
    #: ts of the thread that was asked in; empty outside one.
    thread: str = ""
    #: ts of the message that was written, or that has the button.
    message: str = ""
    #: What stands after ``/signoff``; for messages, the text.
    text: str = ""
    #: The pressed button's value, or what was chosen; for a form its private_metadata, which proves nothing.
    value: str = ""
    #: The pressed button's whole action_id: ``fix.2`` calls actions/fix.py.
    action: str = ""
    #: Opens a modal, within 3 s of the press.
    trigger: str = ""
    response_url: str = ""
    #: As Slack sent it.
    payload: Mapping[str, Any] = field(default_factory=dict)
    #: The delivery's id: the same when a crash makes the work run again.
    delivery: str = ""
    #: When it came in; the work may be later, after a restart or while Slack cannot be reached.
    at: datetime | None = None

    def reply(self, blocks: Blocks, text: str) -> None:
        """Answer this person alone, whatever way they asked."""
        answer(
            self.speaker, blocks, text, channel=self.channel, user=self.user, url=self.response_url, thread=self.thread
        )

    def tell(self, text: str) -> None:
        """Answer this person alone in plain words."""
        self.reply(plainly(text), text)

    def post(
        self, blocks: Blocks, text: str, *, thread: str = "", subject: str = "", kind: str = "", version: int = 0
    ) -> str:
        """Post a message that all in the channel see; return its ts. With a subject it is remembered, to be updated."""
        channel = self.channel or self.speaker.direct(self.user)
        ts = self.speaker.post(channel, blocks, text, thread=thread)
        if subject:
            with self.app.db.write() as conn:
                chat.remember(
                    conn, self.speaker.team, channel, ts, subject, kind=kind, version=version, at=self.app.clock.now()
                )
        return ts

    def update(self, blocks: Blocks, text: str) -> None:
        """Replace the message with the button that was pressed; one shown to this person alone, too."""
        container = self.payload.get("container") or {}
        if container.get("is_ephemeral") and self.response_url:
            self.speaker.respond(self.response_url, blocks, text, replace=True)
        elif self.message:
            self.speaker.update(self.channel, self.message, blocks, text)

    def open(self, view: Mapping[str, Any]) -> str:
        """Open a modal; return its id."""
        return self.speaker.open(self.trigger, view)

    def push(self, view: Mapping[str, Any]) -> str:
        """Put a modal on top of the open one; return its id."""
        return self.speaker.push(self.trigger, view)

    def replace(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Replace an open modal."""
        self.speaker.update_view(view_id, view)


def answer(speaker: Speaker, blocks: Blocks, text: str, *, channel: str, user: str, url: str, thread: str = "") -> None:
    """Tell one person alone: by the address for answers, else in the channel, else in a direct message."""
    try:
        if channel.startswith("D"):
            speaker.post(channel, blocks, text, thread=thread)
            return
        if url:
            speaker.respond(url, blocks, text)
            return
        if channel:
            speaker.ephemeral(channel, user, blocks, text, thread=thread)
            return
    except SlackRefused as error:
        if error.code not in _ELSEWHERE:
            raise
    speaker.post(speaker.direct(user), blocks, text)


#: The answer did not arrive where it was asked, and does in a direct message.
_ELSEWHERE = ("channel_not_found", "not_in_channel", "user_not_in_channel", "used_url", "expired_url", "is_archived")


def plainly(text: str) -> list[dict[str, Any]]:
    """Return plain words as blocks; Slack shows nothing in them as a mention or a link."""
    pieces = [text[n : n + 2900] for n in range(0, len(text), 2900)][:45] or [" "]
    return [{"type": "section", "text": {"type": "plain_text", "text": piece, "emoji": False}} for piece in pieces]
