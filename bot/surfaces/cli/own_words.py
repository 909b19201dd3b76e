"""A text that somebody wrote themselves, drafted as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import BadInput
from bot.surfaces.cli import screen
from bot.surfaces.cli.session import Session
from bot.words import retold, say

if TYPE_CHECKING:
    from bot.writing.dressing import Dress


def drafted(
    session: Session, text: str, accounts: Sequence[str], at: str | None, slot: str, images: tuple[Path, ...],
    alts: tuple[str, ...], dress: Dress, as_json: bool, *, more: bool,
) -> None:  # fmt: skip
    """Store it for each account, and show what the checks say. Raises NotFound, BadInput; also for ``more`` wishes."""
    if more:
        raise BadInput(
            say("A text that nobody rewrites is one post or thread, in its own words."),
            next_step=say("Leave the other options out, or leave out --verbatim."),
        )
    with session.open_app() as app:
        from bot import writing
        from bot.surfaces.cli import pictures, review
        from bot.writing import composing

        author, media = review.writer(app).id, pictures.taken(app, images, alts)
        made, failed = writing.compose(
            app, app.brand(), composing.parts(text), accounts, author, wall=at, slot=slot, media=media, dress=dress
        )
        if as_json:
            screen.emit({"drafts": made, "failed": failed})
        else:
            for version in made:
                review.proposed(app, version)
    if failed:
        raise BadInput(" ".join(f"{key}: {retold(why)}" for key, why in failed.items()))
