"""What a card says of a text beside the brand's own posts: how near its voice is, and which post it nearly repeats."""

from __future__ import annotations

from bot.domain.draft import DraftVersion
from bot.words import say


def rows(version: DraftVersion) -> list[tuple[str, str]]:
    """Return (heading, text) rows from what was measured when the model proposed the text; none for other texts."""
    found = []
    if voice := version.evidence.get("voice"):
        found.append((say("Voice"), say("nearer to your posts than {n} % of them", n=voice["percentile"])))
    if like := version.evidence.get("like"):
        told = say("“{text}” ({account}, {date})", text=like["text"], account=like["account"], date=like["at"])
        found.append((say("Nearly said before"), f"{told} {like['url']}".rstrip()))
    return found
