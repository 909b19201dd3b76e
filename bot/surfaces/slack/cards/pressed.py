"""What every button and form of a card shares: the card it means, and what happens when that is not the newest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import NotAllowed, PlatformError, SignoffError, Stale
from bot.store import chat, comment_cards
from bot.surfaces.slack.cards import binding, posted, review
from bot.surfaces.slack.errors import told
from bot.words import joined, say
from bot.workflow import handling

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card
    from bot.workflow.decide import Answer

Act = Callable[["Card"], str]


def on_card(ask: Ask, value: str, act: Act, *, anew: bool = True) -> None:
    """Do something with the card that was pressed, draw it ``anew``, and tell the person what ``act`` returns.

    A card that is not the newest any more changes into what it is now, and the person reads why.
    """
    try:
        said = act(binding.held(ask.app, value))
    except Stale as error:
        draft_id = binding.Bound.read(value).draft
        posted.refresh(ask.app, ask.speaker, draft_id)
        tell(ask, draft_id, told(error))
        return
    except (NotAllowed, PlatformError):
        # Something may have come of it all the same, or is no longer as the card says.
        posted.refresh(ask.app, ask.speaker, binding.Bound.read(value).draft)
        raise
    draft_id = binding.Bound.read(value).draft
    if anew:
        posted.refresh(ask.app, ask.speaker, draft_id)
    if said:
        tell(ask, draft_id, said)


def tell(ask: Ask, draft_id: str, said: str) -> None:
    """Tell the person alone: where they pressed, or after a form where the card stands."""
    if ask.channel:
        ask.tell(said)
        return
    channel, _ = place(ask, draft_id)
    replace(ask, channel=channel).tell(said)


def answer(ask: Ask, card: Card, reason: str = "") -> Answer:
    """Bind an answer to exactly this card."""
    from bot.workflow import card as cards
    from bot.workflow.decide import Answer

    version = card.version
    return Answer(card.draft.id, version.version, version.hash, ask.person.id, "slack", cards.text(card), reason)


def readable_here(ask: Ask, card: Card) -> None:
    """Refuse to sign what one message of Slack cannot show, whatever button was pressed. Raises NotAllowed."""
    reader = posted.reader_of(ask.app, card.brand, ask.language, ask.zone)
    if not review.complete(review.blocks(card, reader)):
        raise NotAllowed(
            say("Slack cannot show all of this text in one message, so it cannot be signed here."),
            next_step=elsewhere(ask, card),
        )
    seen_pictures(ask, card)


def seen_pictures(ask: Ask, card: Card) -> None:
    """Refuse to sign pictures that no card has shown. Raises NotAllowed."""
    if n := posted.unseen(ask.app, ask.speaker, card):
        # The card is drawn anew now; where Slack has read the pictures by then, the next press signs them.
        raise NotAllowed(
            say("{n} of its pictures were not on the card: what cannot be seen cannot be signed.", n=n),
            next_step=joined(say("Look at the card once more and press again."), elsewhere(ask, card)),
        )


def elsewhere(ask: Ask, card: Card) -> str:
    """Say where a card can be signed that Slack cannot show."""
    if desk := ask.app.settings.web_url.strip().rstrip("/"):
        return say("Sign it on the web desk: {url}", url=f"{desk}/draft/{card.draft.id}")
    return say("Sign it on the command line: {command}", command=f"signoff approve {card.draft.id}")


def changeable(ask: Ask, card: Card) -> None:
    """Refuse to change what is out or may be, before a form is filled in or a model spends a minute on it."""
    try:
        handling.changeable(ask.app.desk, card)
    except NotAllowed as error:
        raise NotAllowed(error.message, next_step=say("Write a new draft with `/signoff draft`.")) from None


# --- forms ------------------------------------------------------------------------------------------------------


def metadata(ask: Ask, card: Card) -> dict[str, str]:
    """Return what a form carries: the card it is about, and where that was pressed."""
    return {"card": str(binding.Bound.of(card.version)), "channel": ask.channel, "message": ask.message,
            "thread": ask.thread}  # fmt: skip


def carried(ask: Ask) -> Mapping[str, str]:
    """Return what a submitted form carries; what is not text in it is dropped. It gives nobody a right."""
    try:
        found = json.loads(ask.value or "{}")
    except ValueError:
        found = {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def place(ask: Ask, draft_id: str) -> tuple[str, str]:
    """Return the channel and the thread in which a draft is spoken of: where a form says, if its card stands there."""
    given = carried(ask) if ask.value.startswith("{") else {}
    channel, ts = given.get("channel") or ask.channel, given.get("message") or ask.message
    with ask.app.db.read() as conn:
        there = chat.message(conn, ask.speaker.team, channel, ts) if channel and ts else None
        root = chat.message(conn, ask.speaker.team, channel, given.get("thread") or ask.thread) if channel else None
        cards = chat.messages(conn, f"draft:{draft_id}")
        if comment_id := comment_cards.of_drafts(conn, [draft_id]).get(draft_id):
            cards += chat.messages(conn, f"{comment_cards.SUBJECT}{comment_id}")
    subjects = {card["subject"] for card in cards}
    for found in (root, there):
        if found is not None and found["subject"] in subjects:
            return channel, found["ts"]
    mine = [m for m in cards if m["team"] == ask.speaker.team and m["kind"] != "claim"]
    if mine:
        return str(mine[-1]["channel"]), str(mine[-1]["ts"])
    return ask.speaker.direct(ask.user), ""


def wrong(error: SignoffError) -> str:
    """Return what stands below a form's field."""
    from bot.surfaces.slack import blocks as kit

    return kit.clip(told(error), 300)


def barred(ask: Ask, draft_id: str, said: str) -> str:
    """Add, where four eyes hold, that whoever changed a text cannot sign it."""
    return handling.barred(binding.load(ask.app, draft_id), ask.person, said)
