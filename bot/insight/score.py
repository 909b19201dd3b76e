"""A text's score: its parts, each 0 to 100 with a sentence why and one what to do. The same text, the same score.

The parts are measured in ``score_parts``; here stand what a text is held against and how much each part counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.insight import text as texts


@dataclass(frozen=True)
class Goal:
    """What a text is to be."""

    #: Name of the kind of content, or ``title``.
    kind: str = "post"
    language: str = ""
    #: Longest text of one part in the platform's own counting; 0 where no platform was named.
    limit: int = 0
    count: Callable[[str], int] = field(default=len, compare=False)
    #: What ``count`` counts.
    unit: str = "characters"
    #: Words that readers search for, as a person named them.
    keywords: tuple[str, ...] = ()
    #: ``positive``, ``neutral`` or the name of an emotion; empty: anything but negative.
    tone: str = ""
    #: The brand's own hashtags.
    hashtags: tuple[str, ...] = ()
    most_hashtags: int = 3
    most_emoji: int = 4
    most_exclamations: int = 2
    #: Hardest text wished for, in years of school; None: what suits the kind.
    school_years: int | None = None
    #: The alt text of each picture that goes with it, empty where it has none.
    alts: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """``title``, ``short`` (posts and what is like them) or ``long`` (articles and what is like them)."""
        if self.kind in {"title", "blog_titles"}:
            return "title"
        return "long" if self.kind in _LONG else "short"


_LONG = {"outline", "article", "newsletter", "summary", "video_script", "influencer_brief", "campaign", "document"}
#: Kinds that call for nothing and carry no hashtags: a reply serves one person, a statement is no advertising.
_SOBER = {"reply", "holding_statement", "summary", "influencer_brief", "comment_starter"}

#: How much each part counts, by family; a part that does not apply leaves its weight to the others.
WEIGHTS = {
    "title": {"title": 50, "keywords": 20, "tone": 15, "length": 15},
    "short": {
        "title": 12, "keywords": 14, "readability": 18, "tone": 14, "hashtags": 10, "length": 12, "call": 12,
        "accessibility": 8,
    },
    "long": {
        "title": 18, "keywords": 18, "readability": 24, "tone": 10, "length": 14, "call": 8, "accessibility": 8,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part of a score."""

    #: ``title``, ``keywords``, ``readability``, ``tone``, ``hashtags``, ``length``, ``call`` or ``accessibility``.
    name: str
    #: 0 to 100.
    score: int
    weight: int
    #: What was seen, in a sentence.
    why: str
    #: What to do, in a sentence; empty where nothing is to be done.
    fix: str = ""


@dataclass(frozen=True)
class Report:
    """What a text scores, and why."""

    #: 0 to 100: the parts by their weights.
    score: int
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part | None:
        """Return the part with this name, or None where it does not apply."""
        return next((p for p in self.parts if p.name == name), None)


def measure(text: str | tuple[str, ...], goal: Goal) -> Report:
    """Score a text, or the parts of a thread. An empty text scores 0."""
    from bot.insight import score_parts as measured

    pieces = (text,) if isinstance(text, str) else text
    whole = "\n\n".join(pieces)
    if not texts.words(texts.prose(whole), goal.language):
        return Report(0, (Part("length", 0, 100, measured.nothing(), measured.begin()),))
    weights = dict(WEIGHTS[goal.family])
    if goal.kind in _SOBER:
        for name in ("call", "hashtags"):
            weights.pop(name, None)
    if goal.kind in {"reply", "comment_starter"}:
        weights.pop("title", None)
    parts = []
    for name, weight in weights.items():
        score, why, fix = measured.PARTS[name](pieces, whole, goal)
        parts.append(Part(name, round(max(0, min(100, score))), weight, why, fix if score < 95 else ""))
    total = sum(p.score * p.weight for p in parts) / sum(p.weight for p in parts)
    # What the platform does not take is no text yet, however good the rest.
    over = goal.limit and any(goal.count(piece) > goal.limit for piece in pieces)
    return Report(min(49, round(total)) if over else round(total), tuple(parts))
