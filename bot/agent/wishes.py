"""What a score says, as wishes to a writer, in the language of the text: weakest and weightiest first."""

from __future__ import annotations

from collections.abc import Callable

from bot.insight import keyword as kw
from bot.insight import text as texts
from bot.insight.score import Goal, Part, Report
from bot.insight.score_parts import sensible

#: Wishes at once; with more, none is heard.
MOST = 4
#: A part that scores this much is left alone.
GOOD = 90

_TONES = {
    "positive": ("warm", "亲切、积极"), "neutral": ("sober", "平实、克制"), "joy": ("joyful", "喜悦"),
    "trust": ("reliable", "可信"), "anticipation": ("full of anticipation", "令人期待"),
    "surprise": ("surprising", "惊喜"), "fear": ("concerned", "关切"), "sadness": ("sad", "沉痛"),
    "anger": ("angry", "愤慨"), "disgust": ("repelled", "反感"),
}  # fmt: skip


def wishes(report: Report, goal: Goal, text: str, *, zh: bool) -> list[str]:
    """Return what should become better, a sentence each; one that asks for a better wording where nothing is weak."""
    weak = sorted((p for p in report.parts if p.score < GOOD), key=lambda p: (p.score - 100) * p.weight)
    said = [_WISHES[p.name](p, goal, text)[zh] for p in weak[:MOST]]
    return [s for s in said if s] or [("Say it more clearly.", "说得更清楚些。")[zh]]


def _title(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    return "Begin with the news itself, and with what the reader gets.", "开头就说事情本身和读者能得到什么。"


def _keywords(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    missing = [k for k in goal.keywords if not kw.of(text, k, goal.language)[0]]
    if missing:
        return f"Use these words: {', '.join(missing)}.", f"用上这些词:{'、'.join(missing)}。"
    often = [k.word for k in kw.keywords(text, goal.language, 3) if k.count > 2]
    if often:
        return f"Say {', '.join(often)} less often.", f"少重复{'、'.join(often)}。"
    top = [*goal.keywords, *(k.word for k in kw.keywords(text, goal.language, 1))][:1]
    return f"Name {', '.join(top)} in the first sentence.", f"第一句就提到{'、'.join(top)}。"


def _readability(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    return "Shorter sentences, plain everyday words.", "句子短一些,用平常的话。"


def _tone(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    if texts.exclamations(text) > goal.most_exclamations or texts.capitals(text):
        return "No capitals, at most one exclamation mark.", "最多一个感叹号。"
    english, chinese = _TONES.get(goal.tone, ("friendly", "友好"))
    return f"Let it sound {english}.", f"语气{chinese}。"


def _hashtags(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    own = [f"#{t.lstrip('#＃')}" for t in goal.hashtags[: max(0, min(2, goal.most_hashtags))]]
    if own:
        return f"Hashtags: only {' '.join(own)}, at the end.", f"话题标签只用 {' '.join(own)},放在最后。"
    if len(texts.hashtags(text)) > goal.most_hashtags:
        return f"At most {goal.most_hashtags} hashtags.", f"话题标签最多 {goal.most_hashtags} 个。"
    return "", ""  # which hashtag, the brand must say


def _length(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    least, most = sensible(goal.kind, goal.family, texts.is_chinese(text, goal.language))
    if texts.length(texts.prose(text)) < least:
        return "Say more, from the facts.", "按事实再多说一点。"
    return f"Say it in at most {most} words.", f"最多 {most} 字。"


def _call(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    return "End with one thing the reader can do.", "最后请读者做一件事。"


def _accessibility(part: Part, goal: Goal, text: str) -> tuple[str, str]:
    return "At most one emoji, at the end.", "最多一个表情符号,放在最后。"


_WISHES: dict[str, Callable[[Part, Goal, str], tuple[str, str]]] = {
    "title": _title, "keywords": _keywords, "readability": _readability, "tone": _tone, "hashtags": _hashtags,
    "length": _length, "call": _call, "accessibility": _accessibility,
}  # fmt: skip
