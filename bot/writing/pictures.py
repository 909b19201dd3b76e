"""Pictures of a post: one without alt text gets it from the model, where the model can see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.brand import Brand
from bot.domain.draft import Media
from bot.errors import BadInput
from bot.words import say
from bot.writing.common import transcript_for

if TYPE_CHECKING:
    from bot.agent.task import Event


@dataclass
class Pictures:
    """The pictures of a run, each described once a language."""

    app: App
    brand: Brand
    media: tuple[Media, ...]
    brief: str
    author: str
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def described(
        self, language: str, on_event: Callable[[Event], None] | None
    ) -> tuple[tuple[Media, ...], dict[str, str]]:
        """Return the pictures with their alt texts, and those texts that are the model's, by digest.

        Raises BadInput where the model cannot see, ModelError where it wrote nothing usable.
        """
        found, ours = [], {}
        for medium in self.media:
            if not medium.alt.strip():
                alt = ours[medium.sha256] = self._alt(medium, language, on_event)
                medium = replace(medium, alt=alt)
            found.append(medium)
        return tuple(found), ours

    def _alt(self, medium: Media, language: str, on_event: Callable[[Event], None] | None) -> str:
        from bot.agent import seeing
        from bot.agent.task import Event

        known = self._known.get((medium.sha256, language))
        if known:
            return known
        if medium.is_video:
            raise BadInput(say("A language model cannot see a video."), next_step=say("Say what it shows: --alt TEXT."))
        app, model = self.app, self.app.model()
        if not model.sees():
            raise BadInput(
                say("The language model cannot see pictures."), next_step=say("Give each --media its own --alt.")
            )
        if on_event:
            on_event(Event("doing", say("describing a picture..."), {}))
        text, _ = seeing.alt_text(
            app.media.read(medium), self.brief, language, model, clock=app.clock, limits=app.limits(),
            transcript=transcript_for(app, self.brand, self.author, "alt text"),
        )  # fmt: skip
        self._known[medium.sha256, language] = text
        return text


def can_see(app: App) -> bool:
    """Say whether the connected model can describe pictures."""
    return app.model().sees()
