"""A draft's cards in Slack: posted once, drawn anew whenever it changed.

A draft has one card in the channel (subject ``draft:ID``), which always shows the newest version. A version that was
asked for in its thread is posted there too (``version:ID@N``) and stays what it was: once it is replaced it says so and
has no buttons.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.errors import SignoffError
from bot.media.limits import Unreadable
from bot.store import chat
from bot.surfaces.slack import posting
from bot.surfaces.slack.board import Board
from bot.surfaces.slack.cards import binding, review
from bot.surfaces.slack.cards.pieces import Reader
from bot.surfaces.slack.errors import GONE, SlackBusy, SlackRefused
from bot.words import say, speaking

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand
    from bot.domain.draft import Media
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Speaker
    from bot.workflow.card import Card

log = logging.getLogger(__name__)

#: Pictures that a card shows; the rest are named with their descriptions.
_PICTURES = 12
_LARGEST = 20_000_000
#: Stands before the id of a file that Slack had not read when it was looked at last.
_UNREADY = "?"
#: Seconds before each look at a file that was just uploaded.
_PAUSES = (0.0, 0.5, 1.0, 1.5)
#: What a version in a thread is once it has said that another replaced it.
_REPLACED = "replaced"


def card(app: App, speaker: Speaker, channel: str, draft_id: str, *, language: str = "", zone: str = "") -> str:
    """Post the card of a draft unless it stands somewhere already; return its ts, "" while another posts it."""
    found = binding.load(app, draft_id)
    return posting.once(
        app, speaker, channel, f"draft:{draft_id}",
        lambda: drawn(app, speaker, draft_id, language=language, zone=zone),
        kind="card", version=found.version.version, anywhere=True,
    )  # fmt: skip


def version(
    app: App, speaker: Speaker, channel: str, thread: str, draft_id: str, number: int, *, note: str = ""
) -> str:
    """Post one version of a draft below its card, unless it stands there already; return its ts."""
    return posting.once(
        app, speaker, channel, f"version:{draft_id}@{number}",
        lambda: drawn(app, speaker, draft_id, number=number, note=note), kind="version", version=number, thread=thread,
    )  # fmt: skip


def drawn(
    app: App, speaker: Speaker, draft_id: str, *, language: str = "", zone: str = "", number: int | None = None,
    note: str = "",
) -> tuple[list[Block], str]:  # fmt: skip
    """Return the blocks and the notification of a draft's newest (or given) version, for the brand or one reader."""
    found = binding.load(app, draft_id, number)
    reader = reader_of(app, found.brand, language, zone)
    pictures = uploaded(app, speaker, found)
    return review.blocks(found, reader, pictures, note=note), review.fallback(found, reader)


def reader_of(app: App, brand: Brand, language: str = "", zone: str = "") -> Reader:
    """Return the reader of a channel of the brand, or one with a language and a zone of their own."""
    desk = app.settings.web_url.strip().rstrip("/")
    return Reader(language or brand.languages[0], zone or brand.zone, app.clock.now(), desk)


def refresh(app: App, speaker: Speaker, draft_id: str) -> None:
    """Draw every card of a draft anew, now. What Slack refuses is in the log; the follower tries again."""
    newest = binding.load(app, draft_id).draft.version
    with app.db.read() as conn:
        main = posting.standing(conn, speaker.team, f"draft:{draft_id}")
    for message in main:
        _again(app, speaker, draft_id, message, newest)
    below(app, speaker, draft_id)
    from bot.surfaces.slack.cards import heard

    if comment_id := heard.of_draft(app, draft_id):
        heard.refresh(app, speaker, comment_id)


def below(app: App, speaker: Speaker, draft_id: str) -> None:
    """Draw the versions in a card's thread anew; one that says already that it was replaced stays as it is."""
    newest = binding.load(app, draft_id).draft.version
    with app.db.read() as conn:
        there = [
            message for n in range(1, newest + 1)
            for message in posting.standing(conn, speaker.team, f"version:{draft_id}@{n}")
        ]  # fmt: skip
    for message in there:
        if message["kind"] != _REPLACED:
            number = int(message["version"])
            _again(app, speaker, draft_id, message, number, _REPLACED if number < newest else "version", number)


def _again(
    app: App, speaker: Speaker, draft_id: str, message: dict[str, Any], version: int, kind: str = "card",
    number: int | None = None,
) -> None:  # fmt: skip
    language, zone = setting(app, message["channel"], speaker)
    made, text = drawn(app, speaker, draft_id, language=language, zone=zone, number=number)
    key = (message["team"], message["channel"], message["ts"])
    try:
        speaker.update(message["channel"], message["ts"], made, text)
    except SlackRefused as error:
        log.warning("a card could not be updated: %s", error)
        if error.code in GONE:
            with app.db.write() as conn:
                chat.forget_message(conn, *key)
        return
    with app.db.write() as conn:
        chat.shows(conn, *key, version=version, at=message["at"], kind=kind)


def setting(app: App, channel: str, speaker: Speaker) -> tuple[str, str]:
    """Return the language and zone of whose direct messages a channel is; nothing for the brand's own channels."""
    own = Board(app, speaker).reader(channel)
    return (own.language, own.zone) if own else ("", "")


# --- pictures ---------------------------------------------------------------------------------------------------


def uploaded(app: App, speaker: Speaker, found: Card) -> Mapping[str, str]:
    """Return the files in Slack of a card's pictures by digest, uploading those that are not there yet.

    Of a video it is the first frame. What Slack does not take, or cannot be had, is only named on the card.
    """
    files: dict[str, str] = {}
    for medium in _media(found)[:_PICTURES]:
        name = _file(speaker, medium)
        with app.db.read() as conn:
            known = chat.cursor(conn, name)
        file = known.removeprefix(_UNREADY)
        if not file and (medium.is_video or medium.size <= _LARGEST):
            file = _upload(app, speaker, medium)
        if file and (not known or known.startswith(_UNREADY)):
            ready = _ready(app, speaker, file)
            with app.db.write() as conn:
                chat.set_cursor(conn, name, file if ready else f"{_UNREADY}{file}")
            if not ready:
                continue
        if file:
            files[medium.sha256] = file
    return files


def unseen(app: App, speaker: Speaker, found: Card) -> int:
    """Return how many of a version's pictures no card in Slack has shown yet; asks Slack nothing."""
    media = _media(found)
    with app.db.read() as conn:
        known = [chat.cursor(conn, _file(speaker, medium)) for medium in media[:_PICTURES]]
    return len(media) - sum(bool(file) and not file.startswith(_UNREADY) for file in known)


def _media(found: Card) -> list[Media]:
    parts = found.version.content.parts
    return [m for part in parts for m in part.media] + [c.picture for part in parts if (c := part.card) and c.picture]


def _file(speaker: Speaker, medium: Media) -> str:
    return f"file:{speaker.team}:{medium.sha256}"[:80]


def _ready(app: App, speaker: Speaker, file: str) -> bool:
    """Say whether Slack has read an uploaded file: before that, it refuses a message that shows it.

    It is read once the record names its type: https://github.com/slackapi/node-slack-sdk/issues/2040 (2024-09-25).
    """
    for pause in _PAUSES:
        app.clock.sleep(pause)
        try:
            if (speaker.call("files.info", file=file).get("file") or {}).get("mimetype"):
                return True
        except SlackRefused as error:
            log.warning("a picture could not be looked at: %s", error)
            return False
    return False


def _upload(app: App, speaker: Speaker, medium: Media) -> str:
    """Upload what shows a medium; return the file's id, or an empty text where that cannot be."""
    with speaking("en"):
        title = f"{say('Video') if medium.is_video else say('Picture')} {medium.sha256[:8]}"
    try:
        return speaker.upload("", app.media.thumbnail(medium), title, medium.alt)
    except SlackBusy:
        raise
    except (SignoffError, Unreadable) as error:
        log.warning("a picture could not be shown: %s", error)
        return ""
