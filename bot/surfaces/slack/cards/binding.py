"""What a button carries: draft, version and the hash's beginning, so that an answer means exactly the card pressed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import BadInput, Stale
from bot.words import joined, say
from bot.workflow.handling import because

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.draft import DraftVersion
    from bot.workflow.card import Card

_VALUE = re.compile(r"(?P<draft>[a-z]_[0-9a-z]{1,40})@(?P<version>\d{1,6})#(?P<short>[0-9a-f]{8})")


@dataclass(frozen=True)
class Bound:
    """One version of a draft, as a button names it."""

    draft: str
    version: int
    #: First 8 hex digits of the version's hash.
    short: str

    @classmethod
    def of(cls, version: DraftVersion) -> Bound:
        return cls(version.draft_id, version.version, version.hash[:8])

    @classmethod
    def read(cls, value: str) -> Bound:
        """Raises BadInput."""
        found = _VALUE.fullmatch(value)
        if found is None:
            raise BadInput(say("This button names no draft."), next_step=say("Press a button of a newer card."))
        return cls(found["draft"], int(found["version"]), found["short"])

    def __str__(self) -> str:
        return f"{self.draft}@{self.version}#{self.short}"


def load(app: App, draft_id: str, number: int | None = None) -> Card:
    """Return the card of a draft of this app's brand, as it stands now. Raises NotFound."""
    from bot.errors import NotFound
    from bot.workflow import card as cards

    with app.db.read() as conn:
        card = cards.card(app.desk, conn, draft_id, number)
        brand, _ = app.desk.brand(conn, app.brand_id)
    if card.draft.brand != brand.id:
        raise NotFound(say("There is no draft {draft}.", draft=draft_id))
    return card


def held(app: App, value: str) -> Card:
    """Return the card that a button means while it is the newest. Raises BadInput, NotFound, Stale."""
    bound = Bound.read(value)
    card = load(app, bound.draft)
    if card.draft.version != bound.version:
        raise Stale(joined(
            say("You saw version {seen}; draft {draft} is at version {now}.", seen=bound.version, draft=bound.draft,
                now=card.draft.version),
            because(card),
        ), next_step=say("The card shows what it is now."))  # fmt: skip
    if not card.version.hash.startswith(bound.short):
        raise Stale(say("Draft {draft} is not the text you saw.", draft=bound.draft),
                    next_step=say("The card shows what it is now."))  # fmt: skip
    return card
