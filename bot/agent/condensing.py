"""Saying the same in less: by the model, in a few rounds, and never by cutting."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from bot.agent.holding import held
from bot.agent.limits import Limits, Meter
from bot.agent.task import Event, by_call
from bot.agent.transcript import one_record
from bot.clock import Clock
from bot.errors import ModelError
from bot.insight.sentence import cut
from bot.prompting import load
from bot.words import say
from tools.kit import whole

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: How often the model may try.
ROUNDS = 3
#: Characters (Han characters count as two) that are condensed in one go, and goes for one text: for a large model, and
#: for a small one, which reads 20 tokens a second.
PASSAGE, PASSAGES = 9_000, 6
PASSAGE_SMALL, PASSAGES_SMALL = 2_200, 3


@dataclass(frozen=True)
class Condensed:
    """A shorter text of whole sentences."""

    text: str
    #: Calls of the model that it took; 0 where the text fitted already.
    rounds: int
    #: Numbers, links and names of the original that did not find room.
    lost: tuple[str, ...] = ()
    #: ``name@version:hash`` of the prompt; empty where none was used.
    prompt_ref: str = ""


def condense(
    text: str,
    limit: int,
    length: Callable[[str], int] = len,
    language: str = "en",
    *,
    model: ConnectedModel,
    clock: Clock,
    limits: Limits | Meter | None = None,
    transcript: Transcript | None = None,
    unit: str = "characters",
    keep_all: bool = False,
    ends: bool = True,
    on_event: Callable[[Event], None] | None = None,
) -> Condensed:
    """Bring a text within ``limit``, counted by ``length``; one that fits comes back as it is.

    Numbers, links and names are kept where there is room; ``keep_all`` takes no text that lost one. ``ends``: it ends
    with a whole sentence, as a title need not. Raises ModelError
    when the rounds brought no whole text that fits, and when the text is too long to be read.
    """
    text = text.strip()
    if length(text) <= limit:
        return Condensed(text, 0)
    meter = Meter.of(limits, model)
    work = _Work(limit, length, language, unit, model, clock, meter, transcript, ends, on_event)
    with one_record(transcript):
        passages = _passages(text, PASSAGE_SMALL if model.embedded else PASSAGE)
        most = PASSAGES_SMALL if model.embedded else PASSAGES
        if len(passages) > most:
            raise ModelError(
                say("The text is too long for this model to condense: {n} passages, at most {most}.",
                    n=len(passages), most=most),
                next_step=say("Give it in parts, or use a larger model."),
            )  # fmt: skip
        done = 0
        if len(passages) > 1:
            # Each passage in turn, to a little more than its share: the last step brings them together.
            share = max(limit * 2 // len(passages), 120)
            told = []
            for passage in passages:
                part = work.shorter(passage, min(share, length(passage)), rounds=1, soft=True)
                told.append(part.text)
                done += part.rounds
            text = " ".join(told)
        found = work.shorter(text, limit, rounds=ROUNDS, soft=False, keep_all=keep_all)
        return Condensed(found.text, done + found.rounds, found.lost, found.prompt_ref)


@dataclass
class _Work:
    limit: int
    length: Callable[[str], int]
    language: str
    unit: str
    model: ConnectedModel
    clock: Clock
    meter: Meter
    record: Transcript | None
    ends: bool
    on_event: Callable[[Event], None] | None

    def shorter(self, original: str, limit: int, *, rounds: int, soft: bool, keep_all: bool = False) -> Condensed:
        """Let the model try; ``soft``: a passage that stays a little longer than asked is taken too."""
        from langchain_core.tools import tool
        from pydantic import BaseModel, Field

        from bot.agent.loop import run

        if self.length(original) <= limit:
            return Condensed(original, 0)
        prompt = load("condense")
        kind: Any = Annotated[str, Field(json_schema_extra={"maxLength": max(limit, 1)})]

        class Shorter(BaseModel):
            text: kind

        tries: list[tuple[tuple[str, ...], str]] = []
        told: list[str] = []

        @tool("condense", args_schema=Shorter)
        def hand_in(text: str) -> str:
            """Hand in the shorter text."""
            new = whole(text.strip())
            found = held(original, new, self.language, ends=self.ends)
            over = self.length(new) - limit
            problems = list(found.wrong)
            if over > 0 and not (soft and self.length(new) < self.length(original)):
                problems.append(f"It is still {over} {self.unit} too long: leave more out.")
            if not problems:
                tries.append((found.lost, new))
            # A passage hands on what it could keep; the whole text tries for all.
            problems += [f"Keep {thing}." for thing in found.lost if not (soft and not problems)]
            told.append(" ".join(problems))
            return f"Not yet. {told[-1]} Then call condense again." if problems else "Taken."

        turns = prompt.turns(text=original, language=self.language, words=self._words(limit))
        task = by_call(
            turns, self.model, "condense", lambda said: {"text": said}, lambda: len(told) >= rounds or told[-1:] == [""]
        )
        if self.on_event:
            self.on_event(Event("doing", say("condensing..."), {}))
        run(task, self.model, [hand_in], self.meter, self.clock, self.record, self.on_event)
        usable = [t for t in tries if not (keep_all and t[0])]
        if usable:
            lost, best = min(usable, key=lambda t: len(t[0]))
            return Condensed(best, len(told), lost, prompt.ref)
        if soft:
            return Condensed(original, len(told), (), prompt.ref)
        raise ModelError(
            say("The language model did not bring the text within {limit} {unit} in {n} tries: {why}",
                limit=limit, unit=self.unit, n=len(told), why=" ".join(told[-1:])),
            next_step=say("Shorten it yourself, or use a larger model."),
        )  # fmt: skip

    def _words(self, limit: int) -> int:
        # Models count badly: asked for less than there is room for. An English word is six characters.
        dense = self.language.split("-")[0] in {"zh", "ja", "ko"}
        return max(3, int(limit * 0.75) if dense else int(limit * 0.85 / 6))


def _passages(text: str, most: int) -> list[str]:
    """Cut a text between paragraphs, else between sentences, into passages of at most ``most``."""
    pieces = [s for p in re.split(r"\n\s*\n", text) for s in ([p] if _size(p) <= most else _sentences(p))]
    found: list[str] = []
    for piece in pieces:
        if found and _size(found[-1]) + _size(piece) <= most:
            found[-1] += "\n" + piece
        else:
            found.append(piece)
    return found


def _sentences(paragraph: str) -> list[str]:
    return [s.strip() for s in cut(paragraph) if s.strip()]


def _size(text: str) -> int:
    return sum(2 if "\u3400" <= c <= "\u9fff" else 1 for c in text)
