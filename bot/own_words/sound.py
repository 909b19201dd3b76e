"""How a text sounds beside the brand's own: in full for `signoff voice`, in short for the evidence of a draft."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.app import App
from bot.domain.brand import Brand
from bot.errors import SignoffError
from bot.insight import habits
from bot.own_words import corpus
from memory.base import MemoryFault

if TYPE_CHECKING:
    from bot.insight.voice import Profile, Sample, Voice

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sound:
    """A text beside the brand's voice in one language."""

    language: str
    #: Texts there are to judge by.
    texts: int
    #: How many more are needed; 0 where ``voice`` is there.
    missing: int
    voice: Voice | None = None
    #: Distance of each own text from the others, the nearest first.
    spread: tuple[float, ...] = ()


def voice(app: App, text: str, language: str) -> Sound:
    """Return how near a text is to what the brand said in ``language``. Raises MemoryFault, Halted."""
    brand = app.brand()
    fitted, texts, missing = profile(app, brand, language)
    if fitted is None:
        return Sound(language, texts, missing)
    return Sound(language, texts, 0, fitted.measure(_sample(app, text)), fitted.spread)


def profile(app: App, brand: Brand, language: str) -> tuple[Profile | None, int, int]:
    """Return the brand's voice in a language, how many texts there are, and how many more are needed."""
    from bot.insight import voice as measures

    said = corpus.said_in(app, brand, language)
    if len(said) < measures.LEAST:
        return None, len(said), measures.LEAST - len(said)
    corpus.refresh(app, brand)
    vectors = {row.text: row.vector for row in app.memory.shelf("posts").kept(brand.id)}
    samples = []
    for text in said[: measures.MOST]:
        sentences = [text[a:b] for a, b in habits.sentences(text)]
        # A very long sentence is kept in pieces; without a vector for each, a text counts by its habits alone.
        known = [vectors[s] for s in sentences if s in vectors]
        samples.append(measures.Sample(text, known if len(known) == len(sentences) else ()))
    return measures.Profile(samples, language), len(said), 0


def _sample(app: App, text: str) -> Sample:
    from bot.insight import voice as measures

    said = [text[a:b] for a, b in habits.sentences(text)]
    return measures.Sample(text, app.memory.shelf("posts").embedder.embed(said) if said else ())


def remarks(app: App, brand: Brand, texts: Sequence[str], language: str) -> dict[str, Any]:
    """Return what is kept in a draft's evidence: ``voice`` (how near), ``like`` (the own post it nearly repeats).

    Each is left out where there is nothing to say. Never raises: a draft does not fail for a remark.
    """
    text, found = "\n".join(texts), dict[str, Any]()
    try:
        fitted, _, _ = profile(app, brand, language)
        if fitted is not None:
            told = fitted.measure(_sample(app, text))
            found["voice"] = {"distance": told.distance, "percentile": told.percentile, "texts": told.texts}
        close = corpus.closest(app, brand, text)
        if close is not None:
            one = close.own
            found["like"] = {
                "post": one.id, "account": one.account, "at": one.at.date().isoformat(), "url": one.url,
                "text": one.text, "likeness": round(close.likeness, 2),
            }  # fmt: skip
    except (MemoryFault, SignoffError) as error:
        log.warning("the brand's own posts could not be compared with: %s", error)
    return found
