"""A person's own words as new drafts: no model is asked, and the checks read them like any other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.app import App
from bot.domain.brand import Brand
from bot.domain.draft import Content, DraftVersion, Media, Part
from bot.errors import BadInput, SignoffError
from bot.store import drafts
from bot.words import joined, say, speaking
from bot.workflow import propose
from bot.writing import dressing
from bot.writing.common import readable
from bot.writing.kit import targets_of, window_of

#: Newest drafts among which those of a request that comes again are looked for.
_LATELY = 100


#: Stands in a line of its own between the posts of a thread.
SEPARATOR = "---"


def whole(content: Content) -> str:
    """Return all parts of a content as one text: the way back is ``parts``."""
    return f"\n{SEPARATOR}\n".join(part.text for part in content.parts)


def parts(text: str) -> list[str]:
    """Return the posts of a thread that a text holds: a line ``---`` begins the next one."""
    return [part.strip() for part in re.split(rf"(?m)^{SEPARATOR}\s*$", text.strip())]


def compose(
    app: App, brand: Brand, texts: Sequence[str], accounts: Sequence[str], author: str, *, wall: str | None = None,
    slot: str = "", media: tuple[Media, ...] = (), dress: dressing.Dress | None = None,
    evidence: dict[str, Any] | None = None,
) -> tuple[tuple[DraftVersion, ...], dict[str, str]]:  # fmt: skip
    """Store a text, or the texts of a thread, as a new draft for each account; pictures stand with the first.

    Return the drafts, and by account why there is none; what fails does not take the rest with it. Raises BadInput
    for what is empty or no text, NotFound for an account that the brand has not, and the one error where nothing came
    of it.
    """
    readable(*texts)
    if not texts or not all(text.strip() for text in texts):
        raise BadInput(say("The text is empty."), next_step=say("Write what is to be posted."))
    keys = tuple(dict.fromkeys(accounts))
    targets_of(app, brand, keys)
    said = tuple(Part(text.strip(), media if n == 0 else ()) for n, text in enumerate(texts))
    made: list[DraftVersion] = []
    failed: dict[str, str] = {}
    for key in keys:
        window = window_of(brand, key, wall) if wall else None
        try:
            around = dressing.fields(app, brand, key, dress, text=texts[0]) if dress and not dress.bare else {}
            wish = propose.Proposal(
                key, said, author, window=window, slot=slot, kind="thread" if len(said) > 1 else "post",
                evidence=dict(evidence or {}), **around,
            )  # fmt: skip
            # What is stored is stored in English; it is said again in each reader's language.
            with speaking("en"):
                made.append(propose.new(app.desk, wish, brand.id))
        except SignoffError as error:
            if len(keys) == 1:
                raise
            failed[key] = joined(error.message, error.next_step)
    if not made:
        raise BadInput(next(iter(failed.values())))
    return tuple(made), failed


def asked_before(app: App, brand: Brand, author: str, asked: str) -> list[DraftVersion]:
    """Return what a request of this id left on the desk when it came before; none the first time."""
    if not asked:
        return []
    with app.db.read() as conn:
        lately = drafts.current(conn, brand.id, limit=_LATELY)
    return [v for d, v in lately if d.author == author and v.known("asked") == asked]
