"""Open: bring a draft's card to whoever pressed, where they alone see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.store import chat
from bot.surfaces.slack.errors import SlackRefused

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask, Blocks


def run(ask: Ask) -> None:
    """Post it as a direct message, in place of one that is there; it follows every change. Raises NotFound."""
    from bot.surfaces.slack.actions import open_comment
    from bot.surfaces.slack.cards import binding, heard, posted

    draft_id = ask.value.partition("@")[0]
    found = binding.load(ask.app, draft_id)
    if comment_id := heard.of_draft(ask.app, draft_id):
        # An answer stands on its comment's card, and nowhere else.
        open_comment.run(replace(ask, value=comment_id))
        return
    made = posted.drawn(ask.app, ask.speaker, draft_id, language=ask.language, zone=ask.zone)
    bring(ask, f"draft:{draft_id}", made, kind="card", version=found.version.version)


def bring(ask: Ask, subject: str, made: tuple[Blocks, str], *, kind: str, version: int = 0) -> None:
    """Post a message to whoever pressed, and delete the one about the same subject that is there."""
    from bot.surfaces.slack import posting
    from bot.surfaces.slack.board import Board

    channel = Board(ask.app, ask.speaker).direct(ask.user)
    with ask.app.db.read() as conn:
        before = posting.standing(conn, ask.speaker.team, subject, channel)
    ts, now = ask.speaker.post(channel, *made), ask.app.clock.now()
    with ask.app.db.write() as conn:
        chat.remember(conn, ask.speaker.team, channel, ts, subject, kind=kind, version=version, at=now)
    for old in before:
        try:
            ask.speaker.delete(channel, old["ts"])
        except SlackRefused as error:
            if error.code != "message_not_found":
                continue
        with ask.app.db.write() as conn:
            chat.forget_message(conn, ask.speaker.team, channel, old["ts"])
