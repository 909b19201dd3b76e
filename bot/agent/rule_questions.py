"""Questions that a rule answers, written by the model once: a search finds the rule by them, and nobody reads them.

A question is only another way to a rule that people wrote. What the model hands in is not shown, cited or sent, so the
worst that a bad one does is to bring up its own rule where another was wanted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bot.agent.kind_schema import example, handing_in
from bot.agent.limits import Meter
from bot.agent.task import by_call
from bot.clock import Clock
from bot.errors import ModelError
from bot.prompting import load
from tools.kit import wrong_language

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Questions kept of each rule, and rules of one call; a small model writes twenty tokens a second.
MOST, MOST_SMALL = 6, 3
AT_ONCE, AT_ONCE_SMALL = 8, 2
#: Longest question, in characters, and the shortest.
LONGEST, SHORTEST = 200, 4
#: How often a call is repeated for the rules that got none.
REPAIRS = 1
_LINK = re.compile(r"https?://|\bwww\.|[@#]\w")


def write(
    rules: Sequence[tuple[str, str]],
    language: str,
    model: ConnectedModel,
    meter: Meter,
    clock: Clock,
    transcript: Transcript,
) -> list[tuple[str, ...]]:
    """Return questions for each rule, given as (heading, text); none for a rule that the model left out.

    Takes at most ``at_once(model)`` rules. Raises ModelError when the model hands in nothing.
    """
    from pydantic import BaseModel, Field

    from bot.agent.loop import run

    most = MOST_SMALL if model.embedded else MOST
    number: Any = Literal[tuple(range(1, len(rules) + 1))]
    several: dict[str, Any] = {"minItems": len(rules), "maxItems": len(rules)}
    words: Any = Annotated[str, Field(json_schema_extra={"maxLength": LONGEST})]

    class Of(BaseModel):
        n: number = Field(description="number of the rule")
        questions: list[words] = Field(json_schema_extra={"minItems": 1, "maxItems": most})

    class Questions(BaseModel):
        rules: list[Of] = Field(json_schema_extra=several)

    kept: dict[int, tuple[str, ...]] = {}
    calls, done = list[int](), list[bool]()

    def take(given: dict[str, Any]) -> str:
        calls.append(1)
        for one in given["rules"]:
            n = int(one["n"]) - 1
            kept.setdefault(n, ())
            kept[n] = usable([*kept[n], *one["questions"]], rules[n][1], language)[:most]
        left = [n + 1 for n in range(len(rules)) if not kept.get(n)]
        if left and len(calls) <= REPAIRS:
            named = ", ".join(map(str, left))
            return f"Not taken for {named}: short questions in the language {language}, in other words than the rule."
        done.append(True)
        return "Taken."

    shown = [{"heading": heading, "text": text} for heading, text in rules]
    turns = load("rule_questions").turns(language=language, most=most, rules=shown)
    task = by_call(turns, model, "write", example, partial(bool, done))
    try:
        run(task, model, [handing_in(Questions, take)], meter, clock, transcript)
    except ModelError:
        if not any(kept.values()):
            raise
    return [kept.get(n, ()) for n in range(len(rules))]


def at_once(model: ConnectedModel) -> int:
    """Return how many rules one call takes."""
    return AT_ONCE_SMALL if model.embedded else AT_ONCE


def usable(given: Sequence[str], rule: str, language: str) -> tuple[str, ...]:
    """Return what can serve as a question of a rule, each once: short, in the language, without links, not the rule."""
    said = [" ".join(text.split()) for text in given]
    own = _letters(rule)
    fit = [
        text for text in dict.fromkeys(said)
        if SHORTEST <= len(text) <= LONGEST and not _LINK.search(text) and not wrong_language(text, language)
        and _letters(text) and _letters(text) not in own
    ]  # fmt: skip
    return tuple({_letters(text): text for text in reversed(fit)}.values())[::-1]


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
