"""An answer in Slack, put together block by block and sent in as many messages as its limits ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.errors import SlackRefused
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask


class Page:
    """Headings, paragraphs and rows; nothing that is put in can act, except a link or a button of ours."""

    def __init__(self, title: str = "") -> None:
        self.blocks: list[Block] = []
        self._said: list[str] = []
        if title:
            self.blocks.append(kit.header(title))
            self._said.append(title)

    def heading(self, text: str) -> Page:
        """Begin a group."""
        self.blocks.append(kit.section(kit.mrkdwn("*{text}*", text=text.replace("*", "∗"))))
        return self._say(text)

    def text(self, text: str) -> Page:
        """Add a text of any length, whole."""
        self.blocks += kit.stranger(text)
        return self._say(text)

    def lines(self, lines: list[str]) -> Page:
        """Add several lines as one paragraph."""
        return self.text("\n".join(lines)) if lines else self

    def item(self, text: str, button: Block | None = None, note: str = "") -> Page:
        """Add one thing of a list, with its button; of a text too long for it, the beginning."""
        self.blocks.append(kit.section(kit.plain(text), accessory=button))
        if note:
            self.blocks.append(kit.context(note))
        return self._say(text)

    def rows(self, pairs: list[tuple[str, str]]) -> Page:
        """Add ``Label: text`` lines."""
        self.blocks += kit.rows(pairs)
        return self._say(" · ".join(f"{label} {body}" for label, body in pairs))

    def note(self, *texts: str) -> Page:
        """Add small print."""
        for text in filter(None, texts):
            self.blocks.append(kit.context(text))
            self._say(text)
        return self

    def link(self, url: str, label: str) -> Page:
        """Add a link of ours; what is no web address stays text."""
        address = kit.link(url, label if url.startswith("http") else url)
        self.blocks.append(kit.context(kit.mrkdwn("{link}", link=address)))
        return self

    def picture(self, ask: Ask, drawn: bytes, title: str, alt: str) -> Page:
        """Add a picture; where Slack does not take it, the words stand alone and say so. Raises SlackBusy."""
        try:
            file = ask.speaker.upload("", drawn, title, alt)
        except SlackRefused:
            return self.note(say("Slack did not take the picture that belongs here."))
        self.blocks.append(kit.image(alt, file=file))
        return self

    def add(self, *blocks: Block) -> Page:
        """Add blocks as they are."""
        self.blocks += blocks
        return self

    def _say(self, text: str) -> Page:
        self._said.append(text)
        return self

    @property
    def fallback(self) -> str:
        """What notifications show."""
        return kit.fallback(" · ".join(self._said))

    def messages(self) -> list[list[Block]]:
        """Return the blocks in groups that fit one message each, in order; no heading stands last in one."""
        found: list[list[Block]] = [[]]
        for block in self.blocks or [kit.section(" ")]:
            if found[-1] and not kit.fit([*found[-1], block]):
                carried = [found[-1].pop()] if len(found[-1]) > 1 and _heads(found[-1][-1]) else []
                found.append(carried)
            found[-1].append(block)
        return found

    def reply(self, ask: Ask) -> None:
        """Send it to the person who asked, and nobody else."""
        for some in self.messages():
            ask.reply(some, self.fallback)


def _heads(block: Block) -> bool:
    text = block.get("text") or {}
    return block["type"] == "header" or (block["type"] == "section" and text.get("type") == "mrkdwn")


def short(text: str, most: int = 120) -> str:
    """Return the beginning of a text on one line, for lists; cards show it whole."""
    return kit.clip(" ".join(text.split()), most)
