"""A draft in the operator's language, beside the draft: made after it is stored, so that no draft is lost for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.brand import Brand
from bot.domain.draft import DraftVersion
from bot.errors import ModelError
from bot.store import drafts
from bot.words import say
from bot.writing.common import transcript_for

if TYPE_CHECKING:
    from bot.agent.task import Event

NAME = "back_translation"


def translated(
    app: App, brand: Brand, version: DraftVersion, wanted: bool | None, on_event: Callable[[Event], None] | None = None
) -> DraftVersion:
    """Return a version with its text in the brand's first language kept beside it, where it is in another.

    ``wanted`` None: where the model is not the embedded one, which would take as long again. When the model fails,
    the version comes back with the reason instead.
    """
    into = brand.languages[0]
    if version.content.language.split("-")[0].lower() == into.split("-")[0].lower():
        return version
    if not (not app.model().embedded if wanted is None else wanted):
        return version
    from bot.agent.back_translation import back_translate
    from bot.agent.task import Event

    if on_event:
        on_event(Event("doing", say("translating it back..."), {}))
    text = "\n\n".join(p.text for p in version.content.parts)
    kept: dict[str, str] = {"language": into}
    try:
        said, ref = back_translate(
            text, into, app.model(), clock=app.clock, limits=app.limits(),
            transcript=transcript_for(app, brand, version.author, "back-translation"),
        )  # fmt: skip
        kept |= {"text": said, "prompt": ref}
    except ModelError as error:
        kept |= {"failed": error.message}
    with app.db.write() as conn:
        drafts.note(conn, version.draft_id, version.version, NAME, kept)
    return replace(version, evidence={**version.evidence, NAME: kept})
