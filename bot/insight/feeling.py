"""What a text feels like: good or bad, and which emotion.

English mood is VADER's. Chinese mood and the emotions of both languages come from the word lists beside this file,
with negation, degree, contrast and emoji. macro-F1 of the Chinese mood over three classes: see docs/optimise.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.insight import text as texts

EMOTIONS = ("joy", "trust", "anticipation", "surprise", "fear", "sadness", "anger", "disgust")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Mood:
    """How good or bad a text sounds."""

    #: -1 (bad) to 1 (good).
    score: float
    #: ``positive``, ``neutral`` or ``negative``.
    label: str


@dataclass(frozen=True)
class Emotions:
    """Which emotions a text's words carry."""

    #: Share of each emotion that was found, together 1; empty where no word carries one.
    shares: Mapping[str, float]
    #: The strongest, empty where none was found.
    strongest: str
    #: Words that carry it, as they stand in the text.
    words: tuple[str, ...]


def mood(text: str, language: str = "") -> Mood:
    """Say how good or bad a text sounds."""
    chinese = texts.is_chinese(text, language)
    score = _chinese(text) if chinese else _english(text)
    edge = 0.1 if chinese else 0.05  # VADER's own edge for English
    return Mood(round(score, 3), "positive" if score >= edge else "negative" if score <= -edge else "neutral")


def emotion(text: str, language: str = "") -> Emotions:
    """Say which emotions the words of a text carry; a negated word counts for none."""
    found = _han_feelings(text) if texts.is_chinese(text, language) else _latin_feelings(text)
    sums: dict[str, float] = {}
    carriers: dict[str, list[str]] = {}
    for word, feeling, strength in found:
        if feeling in EMOTIONS:
            sums[feeling] = sums.get(feeling, 0.0) + abs(strength)
            carriers.setdefault(feeling, []).append(word)
    total = sum(sums.values())
    if not total:
        return Emotions({}, "", ())
    strongest = max(sums, key=lambda name: (sums[name], -EMOTIONS.index(name)))
    shares = {name: round(sums[name] / total, 3) for name in sorted(sums, key=lambda n: -sums[n])}
    return Emotions(shares, strongest, tuple(dict.fromkeys(carriers[strongest])))


def hits(text: str) -> list[tuple[str, str, float]]:
    """Return the feeling words of a Chinese text: word, feeling, and strength with negation and degree applied."""
    return _han_feelings(text)


def shares(text: str) -> list[float]:
    """Return of an English text how much of it is good and bad, and how strong that is, each 0 to 1."""
    said = _vader().polarity_scores(text[:_STRETCH])
    return [float(said["pos"]), float(said["neg"]), float(said["compound"]) ** 2]


def strength(word: str) -> float:
    """Return how good or bad one English word is, -4 to 4; 0 for one that carries nothing."""
    return float(_vader().lexicon.get(word.lower(), 0.0))


# --- English -----------------------------------------------------------------------------------------------


def _english(text: str) -> float:
    plain = re.sub(r"[#＃](?=\w)", "", "".join(_without_links(text)))
    # Emoji without words would be no sentence.
    plain = plain if re.search(r"\w", plain) else plain[:_STRETCH]
    scores = [float(_vader().polarity_scores(piece)["compound"]) for piece in _stretches(plain)]
    return sum(scores) / len(scores) if scores else 0.0


#: Characters that VADER judges at once. Of more it says no more than "very", and takes the square of the time.
_STRETCH = 500


def _stretches(text: str) -> list[str]:
    """Cut a text between sentences into stretches; one that has no sentences is cut anywhere."""
    if len(text) <= _STRETCH:
        return [text]
    found = [""]
    for sentence in texts.sentences(text) or [text]:
        for piece in (sentence[n : n + _STRETCH] for n in range(0, len(sentence), _STRETCH)):
            if found[-1] and len(found[-1]) + len(piece) > _STRETCH:
                found.append("")
            found[-1] += f" {piece}" if found[-1] else piece
    return [piece for piece in found if piece.strip()]


def _without_links(text: str) -> list[str]:
    pieces, start = [], 0
    for link in texts.links(text):
        pieces.append(text[start : link.span[0]])
        start = link.span[1]
    return [*pieces, text[start:]]


@lru_cache(maxsize=1)
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    make: Any = SentimentIntensityAnalyzer
    return make()


_NOT_EN = re.compile(
    r"(?:\b(?:not|no|never|without|hardly|isn'?t|don'?t|doesn'?t|didn'?t|won'?t|can'?t)\W+(?:\w+\W+)?)$"
)


@lru_cache(maxsize=1)
def _latin_lexicon() -> list[tuple[re.Pattern[str], str, float]]:
    found = []
    for feeling, strength, entries in _lines("feelings.en.txt"):
        bodies = [re.escape(e).replace(r"\*", r"[\w'’-]*").replace(r"\ ", r"\s+") for e in entries]
        found.append((re.compile(rf"\b(?:{'|'.join(bodies)})(?![\w])", re.I), feeling, strength))
    return found


def _latin_feelings(text: str) -> list[tuple[str, str, float]]:
    plain = "".join(_without_links(text)).replace("’", "'").replace("#", " ")
    found = []
    for pattern, feeling, strength in _latin_lexicon():
        for match in pattern.finditer(plain):
            waits = match[0].lower().startswith("can't")  # can't wait is no negation
            if waits or not _NOT_EN.search(plain[max(0, match.start() - 40) : match.start()].lower()):
                found.append((match[0], feeling, strength))
    return found


# --- Chinese -----------------------------------------------------------------------------------------------

_NOT = (
    *"不没無无别莫勿非未甭", "没有", "没什么", "不再", "不要", "不想", "不是", "毫无", "并非", "从不", "绝不", "难以",
    *(no + between for no in "不没" for between in ("很", "太", "那么", "这么", "够", "怎么", "能", "会")),
)  # fmt: skip
_VERY = tuple("非常 特别 十分 极其 无比 超级 格外 实在 真是 真的 真 太 超 好 很 最 巨 尤其 越来越".split())
_SLIGHTLY = tuple("有点 有些 稍微 略 还算 比较 稍".split())
_BUT = re.compile(r"但是|但|可是|不过|然而|却|只是|结果|没想到")
#: Emoji by mood; the rest carries none.
_GOOD = "😀😃😄😁😆😊🙂😍🥰😘😋😎🤗🤩🥳❤♥💕💖💗💓💛💚💙💜🧡👍👏🎉🎊✨🌟⭐💪🙌😂🤣😇🌹🌸☀🎁🏆💯😉☺😜"
_BAD = "😢😭😞😔😟😠😡🤬😤😱😨😰💔👎🤮🤢😒🙄😩😫😣😖☹🙁😓😥😿💀😪🥺😷🤒"


@lru_cache(maxsize=1)
def _han_lexicon() -> tuple[dict[str, tuple[str, float]], int]:
    found: dict[str, tuple[str, float]] = {}
    for feeling, strength, entries in _lines("feelings.zh.txt"):
        for entry in entries:
            found.setdefault(entry, (feeling, strength))
    return found, max(map(len, found))


def _scan(clause: str) -> list[tuple[str, str, float]]:
    """Return the feeling words of a clause, the longest at each place first, with negation and degree applied."""
    lexicon, longest = _han_lexicon()
    low, found, at, clear = clause.lower(), [], 0, 0
    while at < len(low):
        lengths = range(min(longest, len(low) - at), 0, -1)
        word = next((low[at : at + n] for n in lengths if low[at : at + n] in lexicon), "")
        if not word:
            at += 1
            continue
        feeling, strength = lexicon[word]
        before = low[clear:at]
        # What leans on the word stands right before it; what stood before an earlier word is that one's.
        near = before[-5:]
        if feeling != "x":
            value = strength
            if near.endswith(_VERY):
                value *= 1.5
            elif near.endswith(_SLIGHTLY):
                value *= 0.6
            negated = near.endswith(_NOT)
            if negated:
                value *= -0.6 if strength > 0 else -0.3
            found.append((clause[at : at + len(word)], "" if negated else feeling, value))
        at += len(word)
        clear = at
    return found


def _han_feelings(text: str) -> list[tuple[str, str, float]]:
    return [hit for clause in _clauses(text) for hit in _scan(clause)]


def _clauses(text: str) -> list[str]:
    return [c for c in re.split(r"[,，。！？!?；;…\n~～]+", "".join(_without_links(text))) if c.strip()]


def _chinese(text: str) -> float:
    """Add up the clauses, what comes after a "but" counting more; then press the sum into -1 to 1."""
    total = 0.0
    for clause in _clauses(text):
        pieces = _BUT.split(clause)
        for n, piece in enumerate(pieces):
            weight = 1.5 if n and len(pieces) > 1 else 0.7 if len(pieces) > 1 else 1.0
            total += weight * sum(value for _, _, value in _scan(piece))
    plain = text.replace("\ufe0f", "")
    total += 1.5 * sum(c in _GOOD for c in plain) - 1.8 * sum(c in _BAD for c in plain)
    return total / (abs(total) + 3.0) if total else 0.0


def _lines(name: str) -> list[tuple[str, float, list[str]]]:
    found = []
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            feeling, strength, rest = line.split(" ", 2)
            entries = [a or b for a, b in re.findall(r'"([^"]+)"|(\S+)', rest)]
            found.append((feeling, float(strength), entries))
    return found
