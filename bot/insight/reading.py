"""How hard a text is to read, in both languages on the same scale of school years."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bot.insight import text as texts


@dataclass(frozen=True)
class Readability:
    """How easily a text is read."""

    #: 0 (hard) to 100 (easy): Flesch reading ease for English; for Chinese the same scale from its school years.
    score: float
    #: Years of school that a reader needs, 0 to 20 (US grade).
    school_years: float
    sentences: int
    words: int
    #: Words a sentence; for Chinese, characters a sentence.
    sentence_length: float


#: Below this many words a formula says little: a single long word decides.
ENOUGH_WORDS = 8


def readability(text: str, language: str = "") -> Readability:
    """Measure a text without its links, mentions, emoji and trailing hashtags. A text without words is easiest."""
    body = texts.prose(text)
    sentences = texts.sentences(body)
    if not sentences:
        return Readability(100.0, 0.0, 0, 0, 0.0)
    return _chinese(sentences) if texts.is_chinese(body, language) else _english(sentences)


def _english(sentences: list[str]) -> Readability:
    """Apply Flesch's reading ease and the grade of Kincaid and others (1975, US Navy)."""
    from bot.insight.english import syllables

    words = [w for s in sentences for w in texts.words(s, "en")]
    a_sentence, a_word = len(words) / len(sentences), sum(map(syllables, words)) / len(words)
    ease = 206.835 - 1.015 * a_sentence - 84.6 * a_word
    grade = 0.39 * a_sentence + 11.8 * a_word - 15.59
    return Readability(
        round(_within(ease, 0, 100), 1), round(_within(grade, 0, 20), 1), len(sentences), len(words),
        round(a_sentence, 1),
    )  # fmt: skip


def _chinese(sentences: list[str]) -> Readability:
    """Apply a formula of our own over the length of sentences, clauses and words, and over rare words.

    No formula for Chinese is in common use. Chinese strings clauses with commas, so a sentence counts by the square
    root of its length and its clauses count beside it. The weights were fitted to 13 texts of known level, from a
    nursery rhyme to a paper's abstract; the length of words told little there and so weighs little.
    """
    from bot.insight.chinese import ease

    words = [w for s in sentences for w in texts.words(s, "zh")]
    characters = sum(texts.length(s) for s in sentences)
    clauses = max(1, sum(len(_clauses(s)) for s in sentences))
    a_sentence, a_clause = characters / len(sentences), characters / clauses
    spoken = [w for w in words if texts.han(w)] or words
    long = sum(map(len, spoken)) / len(spoken)
    # However rare a word is, it is read once: a brand's name should not make a text unreadable.
    rare = sum(_within(4.2 - ease(w), 0, 2.4) for w in spoken) / len(spoken)
    years = _within(1.4 * math.sqrt(a_sentence) + 0.55 * a_clause + (long - 1.7) + 6.5 * rare - 6, 0, 20)
    return Readability(
        round(_within(106 - 6.2 * years, 0, 100), 1), round(years, 1), len(sentences), len(words), round(a_sentence, 1)
    )


def _clauses(sentence: str) -> list[str]:
    return [c for c in re.split(r"[,，、;；:：]", sentence) if re.search(r"\w", c)]


def _within(value: float, least: float, most: float) -> float:
    return min(most, max(least, value))
