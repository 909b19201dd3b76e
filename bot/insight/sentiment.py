"""How a comment sounds: label, score, an honest chance of being right, and the words that show it. No language model.

A linear classifier over the sentence encoder's vector and the word lists (``features``). What it is unsure of a second
one reads, with two encoders, which takes ten times as long. Both are trained by ``tests/bench/train_sentiment.py``. See
docs/sentiment.md for figures.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.comment import MOODS, NEGATIVE, NEUTRAL, POSITIVE
from bot.insight import feeling, language
from bot.insight.features import features, second_embedder, second_features, shipped_embedder
from bot.insight.linear import Linear, shipped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Chance below which the second classifier is asked: about a text in four, with nearly all that it can mend.
UNSURE = 0.6
#: Characters of a span that a reason quotes.
QUOTED = 60
#: What is left of the confidence where good and bad stand side by side, and where words may mean their opposite.
MIXED, IRONIC = 0.75, 0.7
#: What is left of the chance of a good mood where words may mean their opposite.
MEANT = 0.35
#: A hit of the word lists that counts as strong: VADER's units for English, those of ``feelings.zh.txt`` for Chinese.
_STRONG = 1.0


@dataclass(frozen=True)
class Sentiment:
    """How one text sounds."""

    #: ``negative``, ``neutral`` or ``positive``.
    label: str
    #: From -1 to 1: the chance of positive less that of negative.
    score: float
    #: Calibrated chance, 0 to 1, that the label is right.
    confidence: float
    #: One sentence, in English.
    reason: str
    #: Half-open, in code points; (0, 0) where no words show it.
    span: tuple[int, int]
    #: BCP 47.
    language: str
    #: The chances of negative, neutral and positive.
    chances: tuple[float, float, float] = (0.0, 1.0, 0.0)


def classify(texts: Sequence[str], *, languages: Sequence[str] = ()) -> list[Sentiment]:
    """Say how each text sounds, in order. Raises EmbeddingFailed where the sentence encoder is not installed."""
    told = list(languages) or [language.tell(text) for text in texts]
    if not texts:
        return []
    rows = features(texts, told, shipped_embedder())
    found = chances(rows)
    look_again(texts, rows, found)
    return [finish(t, lang, row) for t, lang, row in zip(texts, told, found, strict=True)]


def chances(rows: NDArray[np.float32], model: Linear | None = None) -> NDArray[np.float32]:
    """Return the chance of each of MOODS, one row a text, from its features."""
    chosen = model or shipped("sentiment")
    order = [chosen.classes.index(mood) for mood in MOODS]
    return chosen.chances(rows)[:, order]


def look_again(
    texts: Sequence[str], rows: NDArray[np.float32], found: NDArray[np.float32], but: Collection[int] = ()
) -> None:
    """Put the second classifier's chances in the place of unsure ones, except at the places ``but``.

    ``rows`` are the texts' features and ``found`` what the first classifier made of them.
    Where its encoders are not installed the first one's stand.
    """
    from memory.base import EmbeddingFailed

    unsure = [n for n, row in enumerate(found) if row.max() < UNSURE and n not in but]
    if not unsure:
        return
    try:
        again = second_features([texts[n] for n in unsure], rows[unsure], second_embedder())
    except EmbeddingFailed:
        return
    found[unsure] = chances(again, shipped("sentiment_second"))


def finish(text: str, tag: str, row: Sequence[float] | NDArray[np.float32], by: str = "") -> Sentiment:
    """Turn chances of MOODS into an answer with its reason. ``by`` says who else was heard, for the reason."""
    if not any(c.isalnum() for c in text) and not feeling.mood(text).score:
        return Sentiment(NEUTRAL, 0.0, 0.9, "There are no words to judge by.", (0, 0), tag, (0.05, 0.9, 0.05))
    values = [float(v) for v in row]
    ironic = irony(text)
    if ironic:
        values[2] *= MEANT
        values = [v / sum(values) for v in values]
    n = max(range(3), key=values.__getitem__)
    label, confidence = MOODS[n], values[n]
    score = round(values[2] - values[0], 3)
    good, bad = _hits(text, tag)
    if ironic:
        confidence *= IRONIC
    elif good and bad:
        confidence *= MIXED
    span = _span(text, label, good, bad, ironic)
    reason = _reason(text, label, span, bool(good and bad), ironic is not None, by)
    return Sentiment(
        label, score, round(min(confidence, 0.99), 3), reason, span, tag, (values[0], values[1], values[2])
    )


_Hit = tuple[int, int, float]
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?|[:;=][-']?[()DPp/|]")
_NOT = re.compile(
    r"\b(?:not|no|never|without|hardly|cannot|(?:is|are|was|were|do|does|did|wo|ca|could|would|should)n['’]?t)\W+(?:\w+\W+){0,2}$",
    re.I,
)


def _hits(text: str, tag: str) -> tuple[list[_Hit], list[_Hit]]:
    """Return where words of the lists stand that are clearly good, and clearly bad; start, end, strength."""
    found: list[_Hit] = []
    if tag.startswith("zh"):
        at = 0
        for word, _, value in feeling.hits(text):
            start = text.find(word, at)
            if start >= 0:
                found.append((start, start + len(word), value))
                at = start + len(word)
    else:
        for match in _WORD.finditer(text):
            value = feeling.strength(match[0])
            if value:
                turned = _NOT.search(text[max(0, match.start() - 30) : match.start()])
                found.append((turned.start() + max(0, match.start() - 30) if turned else match.start(), match.end(),
                              -0.74 * value if turned else value))  # fmt: skip
    good = [h for h in found if h[2] >= _STRONG]
    return good, [h for h in found if h[2] <= -_STRONG]


_IRONY = re.compile(
    r"\b(?:thanks|thank you|thx)(?: a lot| so much)?,? for "
    r"(?:nothing|cancel|los|ruin|delay|wast|the \w+ hour|making me wait|leaving|charging)"
    r"|\b(?:great|nice|good|lovely|wonderful|fantastic|brilliant|awesome|classy|cool)(?: job| work| service| one)?"
    r"[,.!]? (?:so|now|another|again|thanks for|as always|the app|my)\b"
    r"|\bjust (?:what i needed|great|perfect)\b|\blove (?:it )?(?:when|how) (?:you|my|the|your)\b"
    r"|\bso much for\b|\boh (?:great|wonderful|perfect|joy|good)\b|\byeah,? right\b"
    r"|[\"“](?:great|free|premium|service|help|fast|new|customer service)[\"”]"
    r"|呵呵|真是谢谢|谢谢您嘞|我真的会谢|可真(?:行|棒|会|忙|好意思)|太[\"“]\w{1,4}[\"”]了|好意思"
    r"|[\"“](?:贴心|优质|新鲜|服务|优惠|惊喜|专业)\w*[\"”]",
    re.I,
)


def irony(text: str) -> re.Match[str] | None:
    """Return the words by which a text may mean the opposite of what it says, such as “thanks for nothing”."""
    return _IRONY.search(text)


_CLAUSE = re.compile(r"[^,.!?;，。！？；…\n]+")


def _span(
    text: str, label: str, good: Sequence[_Hit], bad: Sequence[_Hit], ironic: re.Match[str] | None
) -> tuple[int, int]:
    """Return the words that show the label: those of the lists, else the longest clause; none for neutral."""
    if label == NEUTRAL:
        return (0, 0)
    if ironic and label == NEGATIVE:
        return _trimmed(text, ironic.start(), ironic.end())
    if shown := (good if label == POSITIVE else bad):
        start, end, _ = max(shown, key=lambda hit: abs(hit[2]))
        around = next((m for m in _CLAUSE.finditer(text) if m.start() <= start < m.end()), None)
        if around and around.end() - around.start() <= QUOTED:
            start, end = around.start(), max(end, around.end())
        return _trimmed(text, start, end)
    clauses = list(_CLAUSE.finditer(text))
    longest = max(clauses, key=lambda m: len(m[0].strip()), default=None)
    return _trimmed(text, longest.start(), longest.end()) if longest else (0, 0)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    end = min(end, start + QUOTED)
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end)


def _reason(text: str, label: str, span: tuple[int, int], mixed: bool, ironic: bool, by: str) -> str:
    words = " ".join(text[span[0] : span[1]].split())
    if label == NEUTRAL:
        said = "Good and bad words are level." if mixed else "It states or asks something and shows no feeling."
    elif ironic and label == NEGATIVE:
        said = f"Sounds ironic and negative: “{words}”."
    elif mixed:
        said = f"Good and bad words stand side by side; “{words}” weighs most."
    else:
        said = f"Sounds {label}: “{words}”."
    return f"{said[:-1]}; {by} agrees." if by else said
