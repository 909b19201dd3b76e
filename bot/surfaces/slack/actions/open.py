"""Open: bring a draft's card to whoever pressed, where they alone see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import chat
from bot.surfaces.slack.errors import SlackRefused

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Post it as a direct message, in place of one that is there; it follows every change. Raises NotFound."""
    from bot.surfaces.slack import posting
    from bot.surfaces.slack.board import Board
    from bot.surfaces.slack.cards import binding, posted

    draft_id = ask.value.partition("@")[0]
    found = binding.load(ask.app, draft_id)
    channel, subject = Board(ask.app, ask.speaker).direct(ask.user), f"draft:{draft_id}"
    with ask.app.db.read() as conn:
        before = posting.standing(conn, ask.speaker.team, subject, channel)
    blocks, text = posted.drawn(ask.app, ask.speaker, draft_id, language=ask.language, zone=ask.zone)
    ts, version = ask.speaker.post(channel, blocks, text), found.version.version
    with ask.app.db.write() as conn:
        chat.remember(
            conn, ask.speaker.team, channel, ts, subject, kind="card", version=version, at=ask.app.clock.now()
        )
    for old in before:
        try:
            ask.speaker.delete(channel, old["ts"])
        except SlackRefused as error:
            if error.code != "message_not_found":
                continue
        with ask.app.db.write() as conn:
            chat.forget_message(conn, ask.speaker.team, channel, old["ts"])
