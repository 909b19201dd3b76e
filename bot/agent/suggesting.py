"""The wording of ideas: a model says in a line what each is about; code decides whether that line is taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.agent import facts, faithful
from bot.agent.limits import Limits, Meter
from bot.agent.task import Event, by_call
from bot.clock import Clock
from bot.errors import ModelError
from bot.insight.angles import angle
from bot.prompting import load
from bot.words import say
from tools.kit import untranslated, wrong_language

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Longest line, and the shortest that says something; in Chinese.
LONGEST, LONGEST_HAN = 200, 80
SHORTEST, SHORTEST_HAN = 15, 6
#: Ideas in one call; a small model writes nine tokens a second and loses the thread of more.
AT_ONCE, AT_ONCE_SMALL = 10, 3
#: How often a call is repeated for the lines that did not hold.
REPAIRS = 1


@dataclass(frozen=True)
class Given:
    """One idea as code has it."""

    id: str
    #: What code says of it: the subject, and the first fact.
    what: str
    #: Words of its pillar, and the id of its angle; empty for none.
    pillar: str = ""
    angle: str = ""
    facts: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return (self.what, self.pillar, *self.facts)


def word(
    given: Sequence[Given],
    language: str,
    brand: str,
    model: ConnectedModel,
    limits: Limits,
    clock: Clock,
    transcript: Transcript,
    on_event: Callable[[Event], None] | None = None,
) -> dict[str, str]:
    """Return a line for each idea whose line holds, by its id; the others keep code's. Raises ModelError."""
    meter = Meter.of(limits, model)
    size, taken = AT_ONCE_SMALL if model.embedded else AT_ONCE, dict[str, str]()
    for n in range(0, len(given), size):
        some = given[n : n + size]
        if on_event:
            on_event(Event("doing", say("wording ideas {first} to {last}...", first=n + 1, last=n + len(some))))
        try:
            _some(some, language, brand, model, meter, clock, transcript, taken)
        except ModelError:
            if not taken:  # what was worded before stays
                raise
            break
    return taken


def _some(
    some: Sequence[Given],
    language: str,
    brand: str,
    model: ConnectedModel,
    meter: Meter,
    clock: Clock,
    transcript: Transcript,
    taken: dict[str, str],
) -> None:
    from langchain_core.tools import tool

    from bot.agent.loop import run

    by_id, calls, done = {g.id: g for g in some}, list[int](), list[bool]()

    @tool("word_ideas", args_schema=_arguments(tuple(by_id), language))
    def word_ideas(ideas: list[Any]) -> str:
        """Hand in one line for each idea."""
        wrong = []
        for line in ideas:
            one, text = by_id[line.id], " ".join(line.what.split())
            problem = refused(one, text, language, brand, [*taken.values()])
            if one.id not in taken and problem:
                wrong.append(f"{one.id}: {problem}")
            elif one.id not in taken:
                taken[one.id] = text
        wrong += [f"{g.id}: there is no line." for g in some if g.id not in {line.id for line in ideas}]
        calls.append(1)
        if wrong and len(calls) <= REPAIRS:
            return f"Not taken. {' '.join(wrong)} Write these again."
        done.append(True)
        return "Taken."

    (who, system), *more = load("ideas").turns(language=language, ideas=[_shown(g, language) for g in some])
    turns = [(who, f"{load('agent').render(brand=brand)}\n{system}"), *more]
    task = by_call(turns, model, "word_ideas", _lines, partial(bool, done))
    run(task, model, [word_ideas], meter, clock, transcript)


def _arguments(ids: tuple[str, ...], language: str) -> Any:
    from typing import Annotated

    from pydantic import Field, create_model

    most = LONGEST_HAN if language.startswith("zh") else LONGEST
    what = Annotated[str, Field(description="the line", json_schema_extra={"maxLength": most})]
    one: Any = Literal[ids]
    line = create_model("Line", id=(one, Field(description="the idea")), what=(what, ...))
    several = Field(
        description="one line for each idea", json_schema_extra={"minItems": len(ids), "maxItems": len(ids)}
    )
    return create_model("Lines", ideas=(list[line], several))  # type: ignore[valid-type]


def _shown(given: Given, language: str) -> dict[str, Any]:
    way, chinese = angle(given.angle), language.startswith("zh")
    name = (way.names.get("zh" if chinese else "en") or way.names["en"]) if way else ""
    fact = given.facts[0] if given.facts else ""
    about = given.what.replace(fact, "").strip(" :：") if fact else given.what
    return {"id": given.id, "about": about or given.pillar or fact, "angle": name, "facts": list(given.facts[:1])}


def _lines(text: str) -> dict[str, Any]:
    """Read an example's answer."""
    lines = [line.partition(": ") for line in text.splitlines()]
    return {"ideas": [{"id": name, "what": said} for name, _, said in lines]}


def refused(given: Given, text: str, language: str, brand: str, others: Sequence[str]) -> str:
    """Say what is wrong with a line; empty where it holds."""
    chinese = language.startswith("zh")
    least, most = (SHORTEST_HAN, LONGEST_HAN) if chinese else (SHORTEST, LONGEST)
    known = (*given.known, brand)
    if not least <= len(text) <= most:
        return f"it has {len(text)} characters; between {least} and {most} are wanted."
    if wrong_language(text, language) or untranslated(text, language):
        return "it is in the wrong language."
    if invented := facts.invented(text, known):
        return f"nobody said {', '.join(invented)}."
    if unsaid := faithful.unsaid(text, "\n".join(known), language):
        return f"nobody said {', '.join(unsaid)}."
    if re.search(r"https?://|[@#]\w", text):
        return "leave out links, names with @ and hashtags."
    if any(faithful.nearly(text, other) for other in others):
        return "another idea says the same."
    own = {m for k in known for m in faithful.marks(k)}
    return "" if own & faithful.marks(text) or not own else "it says nothing of what the idea is about."
