"""Everything that is read out of comments without a language model, in one pass over their vectors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.comment import NEGATIVE, POSITIVE, Intent, Triage
from bot.insight import feeling, language
from bot.insight import intent as intents
from bot.insight import sentiment as sentiments
from bot.insight.aspects import aspects
from bot.insight.features import features, shipped_embedder
from bot.insight.linear import Linear
from bot.insight.priority import judge

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.insight.sentiment import Sentiment

#: Name and version of what comes with Signoff, as it is kept beside each answer.
LOCAL = "local 2"
#: Labels of a language from which on a brand's classifier reads it; below that what ships does.
LEAST_TAUGHT = 30
_THANKS = re.compile(r"\b(?:thanks?|thank you|thx|appreciate|grateful|kudos|shout ?out)\b|谢|感恩|辛苦了", re.I)
_EMOTION = {
    "joy": "joy", "trust": "joy", "anticipation": "joy", "surprise": "surprise", "fear": "fear", "sadness": "sadness",
    "anger": "anger", "disgust": "disgust",
}  # fmt: skip
_GOOD = frozenset({"joy", "gratitude", "surprise"})
_ANGRY = frozenset({Intent.COMPLAINT, Intent.ABUSE, Intent.LEGAL})


@dataclass(frozen=True)
class Models:
    """What reads: those of the brand where it has trained some, else those that come with Signoff."""

    sentiment: Linear | None = None
    intent: Linear | None = None
    #: Who read, for the record; empty for what comes with Signoff.
    name: str = ""


@dataclass(frozen=True)
class Read:
    """One text read locally, with the chances that a second reader may weigh."""

    text: str
    triage: Triage
    sentiment: Sentiment


def read(texts: Sequence[str], models: Models | None = None) -> list[Read]:
    """Read each text, in order. Raises EmbeddingFailed where the sentence encoder is not installed."""
    if not texts:
        return []
    chosen = models or Models()
    told = [language.tell(text) for text in texts]
    rows = features(texts, told, shipped_embedder())
    wanted = intents.classify(texts, rows)
    moods = sentiments.chances(rows)
    own = [n for n, tag in enumerate(told) if chosen.sentiment and taught(chosen.sentiment, tag)]
    if own:
        moods[own] = sentiments.chances(rows[own], chosen.sentiment)
    sentiments.look_again(texts, rows, moods, own)
    mine = [n for n, tag in enumerate(told) if chosen.intent and taught(chosen.intent, tag)]
    for n, answer in zip(mine, intents.classify([texts[n] for n in mine], rows[mine], chosen.intent), strict=True):
        wanted[n] = answer
    found = []
    for n, (text, tag, row, (intent, sure)) in enumerate(zip(texts, told, moods, wanted, strict=True)):
        said = sentiments.finish(text, tag, _sober(row, intent))
        found.append(
            Read(text, put_together(text, said, intent, sure, (chosen.name if n in own else "") or LOCAL), said)
        )
    return found


def taught(model: Linear, tag: str) -> bool:
    """Say whether a brand's classifier has learned enough of a language to be asked about it."""
    known: dict[str, int] = model.card.get("languages", {})
    return sum(n for language, n in known.items() if language.split("-")[0] == tag.split("-")[0]) >= LEAST_TAUGHT


def _sober(row: NDArray[np.float32], intent: Intent) -> NDArray[np.float32]:
    """Take most of the chance of a good mood away where the writer reports danger, threatens or insults."""
    if intent not in (Intent.CRISIS, Intent.LEGAL, Intent.ABUSE):
        return row
    lowered = row.copy()
    lowered[2] *= 0.2
    lowered /= lowered.sum()
    return lowered


def put_together(text: str, said: Sentiment, intent: Intent, sure: float, by: str) -> Triage:
    """Return what the desk keeps of one comment: mood and intent, and all that follows from them and the words."""
    about = aspects(text, said.language, said.label)
    priority, urgency = judge(text, said.label, intent)
    return Triage(
        language=said.language,
        sentiment=said.label,
        score=said.score,
        confidence=said.confidence,
        reason=said.reason,
        emotion=emotion(text, said, intent),
        intent=intent,
        aspects=about,
        topics=tuple(name for name, _ in about),
        priority=priority,
        by=by,
        span=said.span,
        urgency=urgency,
        intent_confidence=sure,
    )


def emotion(text: str, said: Sentiment, intent: Intent) -> str:
    """Return the emotion that shows, one that fits the mood; empty where none does."""
    if said.label == POSITIVE and _THANKS.search(text):
        return "gratitude"
    for name in feeling.emotion(text, said.language).shares:
        found = _EMOTION.get(name, "")
        if found and (said.label == POSITIVE) == (found in _GOOD) and said.label in (POSITIVE, NEGATIVE):
            return found
    if said.label == POSITIVE:
        return "joy"
    if said.label == NEGATIVE and intent in (Intent.COMPLAINT, Intent.SUPPORT):
        return "disappointment"
    return "anger" if said.label == NEGATIVE and intent in _ANGRY else ""
