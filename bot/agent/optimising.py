"""A better wording of a text, by the model: in a few rounds, the best by score, and nothing of the original lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from bot.agent import choosing, faithful
from bot.agent.condensing import condense
from bot.agent.holding import held
from bot.agent.limits import Limits, Meter
from bot.agent.task import Event, Task
from bot.agent.transcript import one_record
from bot.agent.wishes import wishes
from bot.clock import Clock
from bot.domain.brand import Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.errors import ModelError
from bot.insight import text as texts
from bot.insight.score import Goal, Report, measure
from bot.insight.score_parts import sensible
from bot.prompting import load
from bot.words import say
from tools.kit import cut_off, whole

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Calls of the model for a text that is one piece, for each piece of a longer one, and pieces of it that are reworded.
ROUNDS, ROUNDS_EACH, PIECES = 3, 1, 4
#: Good enough to stop.
ENOUGH = 95
#: Longest piece that is reworded at once, a Han character counting as two.
LONGEST = 2_400
#: Rules and facts that are shown.
MOST_RULES, MOST_FACTS = 6, 3


@dataclass(frozen=True)
class Attempt:
    """One wording the model handed in."""

    text: str
    #: Score of the whole text with it; None where it was refused unmeasured.
    score: int | None
    #: Why it was not taken, a sentence each; empty where it was.
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reworded:
    """The best that came of it; the original where nothing was better."""

    parts: tuple[str, ...]
    report: Report
    attempts: tuple[Attempt, ...] = ()
    #: Facts of the brand that were added.
    citations: tuple[str, ...] = ()
    prompt_refs: tuple[str, ...] = ()
    #: What went wrong on the way, where something did.
    notes: tuple[str, ...] = ()


def tidied(text: str) -> str:
    """Mend what needs no wording: capitals in hashtags of several words, one emoji of each row."""
    for tag in reversed(texts.run_together(text)):
        sign = text[tag.span[0]]
        text = f"{text[: tag.span[0]]}{sign}{texts.camel_case(tag.text)}{text[tag.span[1] :]}"
    for run in reversed(texts.emoji_runs(text)):
        first = texts.emoji(run.text)[0].text
        text = text[: run.span[0]] + first + text[run.span[1] :]
    return text


def tidy(parts: tuple[str, ...], goal: Goal, check: Callable[[tuple[str, ...]], Sequence[Finding]]) -> Reworded:
    """Mend only what needs no model; the original where that makes it no better, or a check blocks it."""
    mended, before = tuple(map(tidied, parts)), measure(parts, goal)
    after = measure(mended, goal)
    good = after.score > before.score and not any(f.severity is Severity.BLOCK for f in check(mended))
    return Reworded(mended, after) if good else Reworded(parts, before)


def pieces_of(text: str) -> tuple[str, ...]:
    """Cut a long text at its empty lines, so that each piece can be reworded alone; ``"\\n\\n".join`` puts it back."""
    if sum(2 if "\u3400" <= c <= "\u9fff" else 1 for c in text) <= LONGEST:
        return (text,)
    return tuple(re.split(r"\n{2,}", text.strip()))


def optimise(
    parts: Sequence[str],
    goal: Goal,
    *,
    model: ConnectedModel,
    rules: Sequence[Rule],
    check: Callable[[tuple[str, ...]], Sequence[Finding]],
    brand: str,
    clock: Clock,
    limits: Limits | None = None,
    transcript: Transcript | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Reworded:
    """Let the model word a text, or the parts of a thread, better by what its score says.

    A wording is taken when the score of the whole rises, nothing of its original is lost and nothing invented, and
    no check blocks it. Raises ModelError only when the model could not be used at all.
    """
    work = _Work(tuple(parts), goal, model, rules, check, brand, clock, limits or Limits(), transcript, on_event)
    with one_record(transcript):
        return work.run()


class _Work:
    """One text on its way to a better one."""

    def __init__(
        self,
        parts: tuple[str, ...],
        goal: Goal,
        model: ConnectedModel,
        rules: Sequence[Rule],
        check: Callable[[tuple[str, ...]], Sequence[Finding]],
        brand: str,
        clock: Clock,
        limits: Limits,
        record: Transcript | None,
        on_event: Callable[[Event], None] | None,
    ) -> None:
        self.first, self.best, self.goal, self.model = parts, parts, goal, model
        self.check, self.brand, self.clock, self.record, self.on_event = check, brand, clock, record, on_event
        self.meter = Meter.of(limits, model)
        self.language = goal.language or ("zh-Hans" if texts.is_chinese(" ".join(parts)) else "en")
        own = choosing.in_language(rules, self.language)
        near = "\n".join(parts)
        self.facts = [r for r in own if r.kind is RuleKind.FACT and faithful.near(r.text, near)][:MOST_FACTS]
        said = [r for r in own if r.kind not in {RuleKind.FACT, RuleKind.EXAMPLE}]
        # A small model reads slowly; hard rules are checked by code either way.
        self.rules = [r for r in said if not (r.hard and r.words)][: 2 if model.embedded else MOST_RULES]
        self.report = measure(parts, goal)
        self.attempts: list[Attempt] = []
        self.notes: list[str] = []
        self.refs: list[str] = []

    def run(self) -> Reworded:
        mended = tidy(self.first, self.goal, self.check)
        self.best, self.report = mended.parts, mended.report
        answered, errors = False, list[ModelError]()
        for index in self._order():
            if self.report.score >= ENOUGH:
                break
            try:
                self._condense(index)
                self._reword(index)
                answered = True
            except ModelError as error:
                errors.append(error)
                self.notes.append(str(error))
                break
        if errors and not answered and not self.attempts:
            raise errors[0]
        drawn = [r for r in self.facts if faithful.uses(r.text, "\n".join(self.best), "\n".join(self.first))]
        refs = tuple(dict.fromkeys(self.refs))
        return Reworded(
            self.best, self.report, tuple(self.attempts), tuple(r.id for r in drawn), refs, tuple(self.notes)
        )

    def _order(self) -> list[int]:
        """Return which pieces to reword: those that score lowest alone first, headings left as they are."""
        if len(self.first) == 1:
            return [0]
        long = [n for n, p in enumerate(self.first) if texts.length(p) >= 8 and not p.lstrip().startswith(("#", "|"))]
        return sorted(long, key=lambda n: measure(self.first[n], self.goal).score)[:PIECES]

    def _take(self, parts: tuple[str, ...]) -> bool:
        report = measure(parts, self.goal)
        if report.score <= self.report.score:
            return False
        self.best, self.report = parts, report
        return True

    def _blocked(self, parts: tuple[str, ...]) -> list[str]:
        found = [f for f in self.check(parts) if f.severity is Severity.BLOCK and f.check != "length"]
        return [f"{f.message} {f.fix}".strip() for f in found]

    def _with(self, index: int, text: str) -> tuple[str, ...]:
        return (*self.best[:index], text, *self.best[index + 1 :])

    def _judge(self, index: int, text: str) -> Attempt:
        """Take a wording, or say why not."""
        original = self.first[index]
        # A title ends without a point, and so does a line of a longer text that did so before.
        ends = self.goal.family != "title" and not (len(self.first) > 1 and cut_off(original))
        wrong = held(original, text, self.language, [r.text for r in self.facts], ends=ends).problems
        over = self.goal.count(text) - self.goal.limit if self.goal.limit else 0
        if over > 0:
            wrong.append(f"It is {over} {self.goal.unit} too long: shorten it.")
        parts = self._with(index, text)
        wrong = wrong or self._blocked(parts)
        if wrong:
            return Attempt(text, None, tuple(wrong))
        score = measure(parts, self.goal).score
        if self._take(parts):
            return Attempt(text, score)
        return Attempt(text, score, (f"It scores {score}, not more than {self.report.score}.",))

    def _condense(self, index: int) -> None:
        """Bring a piece that the platform does not take within its limit first."""
        text, goal = self.best[index], self.goal
        if not goal.limit or goal.count(text) <= goal.limit:
            return
        try:
            found = condense(
                text, goal.limit, goal.count, self.language, model=self.model, clock=self.clock, limits=self.meter,
                transcript=self.record, unit=goal.unit, keep_all=True, on_event=self.on_event,
            )  # fmt: skip
        except ModelError as error:
            self.notes.append(str(error))
            return
        self.refs.append(found.prompt_ref)
        self.attempts.append(self._judge(index, found.text))

    def _reword(self, index: int) -> None:
        from langchain_core.tools import tool
        from pydantic import BaseModel, Field

        from bot.agent.loop import run

        original, prompt = self.best[index], load("optimise")
        rounds = ROUNDS if len(self.first) == 1 else ROUNDS_EACH
        longest = self.goal.limit or len(original) * 2 + 200
        kind: Any = Annotated[str, Field(json_schema_extra={"maxLength": longest})]

        class Better(BaseModel):
            text: kind

        before = len(self.attempts)

        @tool("rewrite", args_schema=Better)
        def hand_in(text: str) -> str:
            """Hand in the better wording."""
            attempt = self._judge(index, tidied(whole(text.strip())))
            self.attempts.append(attempt)
            if not attempt.refused:
                return f"Taken; it scores {attempt.score}. {' '.join(self._wishes())} Call rewrite again."
            return f"Not taken. {' '.join(attempt.refused)} Then call rewrite again."

        turns = prompt.turns(
            text=original,
            language=self.language,
            wishes=self._wishes(),
            rules=[{"id": r.id, "text": r.text} for r in self.rules],
            facts=[{"id": r.id, "text": r.text} for r in self.facts],
            title=self.goal.family == "title",
            words=self._words(original),
        )
        history = turns[1:-1] if self.model.strategy != "native" else []
        task = Task(
            f"{load('agent').render(brand=self.brand)}\n{turns[0][1]}",
            turns[-1][1],
            history=tuple((who, _step(said) if who == "bot" else said) for who, said in history),
            done=lambda: len(self.attempts) - before >= rounds or self.report.score >= ENOUGH,
            must_call=True,
            afresh=self.model.embedded,
        )
        self.refs += [load("agent").ref, prompt.ref]
        if self.on_event:
            self.on_event(Event("doing", say("wording it better..."), {}))
        run(task, self.model, [hand_in], self.meter, self.clock, self.record, self.on_event)

    def _wishes(self) -> list[str]:
        return wishes(self.report, self.goal, "\n\n".join(self.best), zh=self.language.startswith("zh"))

    def _words(self, text: str) -> int:
        """Return how long the wording may be: what suits the kind, and what the platform takes."""
        dense = self.language.split("-")[0] in {"zh", "ja", "ko"}
        if len(self.first) > 1:
            most = max(20, round(texts.length(text) * 1.1))
        else:
            most = max(sensible(self.goal.kind, self.goal.family, dense)[1], 10)
        return min(most, int(self.goal.limit * (0.75 if dense else 0.85 / 6))) if self.goal.limit else most


def _step(text: str) -> str:
    return json.dumps({"tool": "rewrite", "args": {"text": text}}, ensure_ascii=False)
