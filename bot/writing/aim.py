"""What a text is to be: the platform's limit, the brand's plan, and what a person asked for."""

from __future__ import annotations

from dataclasses import dataclass

from bot.app import platform_class
from bot.domain.brand import Brand
from bot.errors import BadInput
from bot.insight.feeling import EMOTIONS
from bot.insight.score import Goal
from bot.words import say

TONES = ("positive", "neutral", *EMOTIONS)


@dataclass(frozen=True)
class Wanted:
    """What a person says of the text; empty fields are taken from the draft and the brand."""

    kind: str = ""
    account: str = ""
    platform: str = ""
    language: str = ""
    tone: str = ""
    keywords: tuple[str, ...] = ()


def goal(brand: Brand | None, wanted: Wanted, language: str, alts: tuple[str, ...] = ()) -> Goal:
    """Say what a text is held against: the platform's limit, the brand's hashtags, tone and style, a person's wishes.

    Raises Misconfigured for an unknown platform, BadInput for an unknown tone.
    """
    if wanted.tone and wanted.tone not in TONES:
        raise BadInput(
            say("There is no tone {tone}.", tone=repr(wanted.tone)),
            next_step=say("Choose one of {names}.", names=", ".join(TONES)),
        )
    found: dict[str, object] = {}
    if name := wanted.platform or wanted.account.partition(":")[0]:
        platform = platform_class(name)
        found |= {"limit": platform.limits.text, "count": platform.length, "unit": platform.limits.unit}
    if brand is not None:
        style = brand.plan.style
        found |= {"hashtags": brand.hashtags, "school_years": style.school_years}
        set_by_brand = {
            "most_hashtags": style.hashtags, "most_emoji": style.emoji, "most_exclamations": style.exclamations
        }  # fmt: skip
        found |= {name: value for name, value in set_by_brand.items() if value is not None}
    tone = wanted.tone or (brand.plan.style.mood if brand else "")
    return Goal(kind=wanted.kind or "post", language=language, keywords=wanted.keywords, tone=tone, alts=alts, **found)  # type: ignore[arg-type]


def part_word(part: str) -> str:
    """Name a part of the score as people say it."""
    return {
        "title": say("Title or opening"), "keywords": say("Keywords"), "readability": say("Easy to read"),
        "tone": say("Tone"), "hashtags": say("Hashtags"), "length": say("Length"), "call": say("Call to action"),
        "accessibility": say("For everyone"),
    }[part]  # fmt: skip
