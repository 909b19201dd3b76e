"""Reading what a stranger wrote: a call that can only hand in points, each tied to sentences of the source.

Nothing of the source is an instruction here: the reader has no tool but the form for its points, and a point that the
sentences it names do not bear out is dropped, whatever the model says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bot.agent import facts, faithful
from bot.agent.kind_schema import example, handing_in
from bot.agent.limits import Meter
from bot.agent.task import Event, by_call
from bot.clock import Clock
from bot.errors import ModelError
from bot.prompting import load
from bot.words import say
from tools.kit import cut_off, wrong_language

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Characters read in one call and calls for one source: for a large model, and for a small one, which reads twenty
#: tokens a second. A Han character counts as two.
PASSAGE, PASSAGES = 9_000, 6
PASSAGE_SMALL, PASSAGES_SMALL = 1_100, 3
#: Points of one passage, and of a whole source.
POINTS, POINTS_SMALL, MOST_POINTS = 6, 3, 8
REPAIRS = 2
#: Longest point, in characters.
LONGEST = 240


@dataclass(frozen=True)
class Point:
    """One thing a source says, and the words of the source that say it."""

    text: str
    quote: str


@dataclass(frozen=True)
class Reading:
    """What came of reading a source."""

    points: tuple[Point, ...]
    #: What the person should know: what was not read, what was dropped.
    notes: tuple[str, ...]
    prompt_ref: str


def read(
    text: str,
    language: str,
    model: ConnectedModel,
    meter: Meter,
    clock: Clock,
    transcript: Transcript,
    on_event: Callable[[Event], None] | None = None,
) -> Reading:
    """Read a source passage by passage. Raises ModelError when no passage could be read.

    A small model cannot find points and translate them at once: it reads in the source's own language, and the points
    are translated one by one.
    """
    prompt = load("read_source")
    own = "zh-Hans" if wrong_language(text, "en") else "en"
    across = model.embedded and wrong_language(text, language)
    size, most = (PASSAGE_SMALL, PASSAGES_SMALL) if model.embedded else (PASSAGE, PASSAGES)
    cut = passages(text, size)
    points, notes, dropped = list[Point](), list[str](), 0
    for n, sentences in enumerate(cut[:most], 1):
        if on_event:
            on_event(Event("doing", say("reading part {n} of {of}...", n=n, of=min(len(cut), most))))
        try:
            found, lost = _passage(sentences, own if across else language, model, meter, clock, transcript)
            if across:
                told = [_told(p, language, model, meter, clock, transcript) for p in found]
                found = [p for p in told if p is not None]
                lost += len(told) - len(found)
        except ModelError as error:
            if n == 1:
                raise
            notes.append(f"Part {n} of the source could not be read: {error.message}")
            continue
        points += [p for p in found if p.quote not in {q.quote for q in points}]
        dropped += lost
    if len(cut) > most:
        notes.append(f"The source is long: its first {most} parts of {len(cut)} were read.")
    if dropped:
        notes.append(f"Points dropped because the source does not say them: {dropped}.")
    return Reading(tuple(points[:MOST_POINTS]), tuple(notes), prompt.ref)


def _told(
    point: Point, language: str, model: ConnectedModel, meter: Meter, clock: Clock, transcript: Transcript
) -> Point | None:
    """Return a point in another language; None where its translation does not bear the same facts."""
    from bot.agent.back_translation import back_translate

    try:
        text, _ = back_translate(point.text, language, model, clock=clock, limits=meter, transcript=transcript)
    except ModelError:
        return None
    fresh = Point(" ".join(text.split()), point.quote)
    return None if len(fresh.text) > LONGEST or unsupported(fresh, language) else fresh


def _passage(
    sentences: Sequence[str],
    language: str,
    model: ConnectedModel,
    meter: Meter,
    clock: Clock,
    transcript: Transcript,
) -> tuple[list[Point], int]:
    from pydantic import BaseModel, Field

    from bot.agent.loop import run

    number: Any = Literal[tuple(range(1, len(sentences) + 1))]
    text_type: Any = Annotated[str, Field(json_schema_extra={"maxLength": LONGEST})]
    most = POINTS_SMALL if model.embedded else POINTS

    class Said(BaseModel):
        text: text_type
        rests_on: list[number] = Field(description="numbers of the sentences", json_schema_extra={"maxItems": 3})

    class Points(BaseModel):
        points: list[Said] = Field(json_schema_extra={"minItems": 1, "maxItems": most})

    tries: list[tuple[list[Point], list[str]]] = []
    done: list[bool] = []

    def take(given: dict[str, Any]) -> str:
        kept, wrong = list[Point](), list[str]()
        for said in given["points"][:most]:
            point = Point(said["text"], " ".join(sentences[n - 1] for n in sorted(set(said["rests_on"]))))
            why = unsupported(point, language)
            wrong += [why] if why else []
            kept += [] if why else [point]
        tries.append((kept, wrong))
        if wrong and len(tries) <= REPAIRS:
            return f"Not taken. {' '.join(wrong)} Write all of it again."
        done.append(True)
        return "Taken."

    turns = load("read_source").turns(language=language, most=most, sentences=sentences)
    task = by_call(turns, model, "write", example, partial(bool, done))
    try:
        run(task, model, [handing_in(Points, take)], meter, clock, transcript)
    except ModelError:
        if not tries:
            raise
    kept, wrong = max(tries, key=lambda t: (len(t[0]), -len(t[1])))
    return kept, len(wrong)


def unsupported(point: Point, language: str) -> str:
    """Say why a point does not rest on its quotation; empty when it does.

    In another language than the source only numbers and names can be held against it.
    """
    if not point.quote:
        return f"“{point.text[:40]}” names no sentence."
    if not point.text or cut_off(point.text):
        return f"“{point.text[:40]}” is not a full sentence."
    if wrong_language(point.text, language):
        return f"“{point.text[:40]}” is in the wrong language."
    if new := facts.invented(point.text, [point.quote]):
        return f"The sentences named do not say {', '.join(new)}."
    if links := [li for li in facts.links(point.text) if li.lower() not in point.quote.lower()]:
        return f"The sentences named do not have {', '.join(links)}."
    if _han(point.text) == _han(point.quote):
        mine, theirs = faithful.marks(point.text), faithful.marks(point.quote)
        # Han characters are held together three by three, of which a small change of words breaks most.
        if mine and len(mine & theirs) < len(mine) * (0.33 if _han(point.text) else 0.6):
            return f"“{point.text[:40]}” is not what the sentences named say."
    return ""


def _han(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


_MARKS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s*)|!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}", re.M)


def passages(text: str, size: int) -> list[list[str]]:
    """Cut a text into passages of whole sentences, each at most ``size`` long; a Han character counts as two."""
    plain = _MARKS.sub(lambda m: m[1] or "", text)
    sentences = [" ".join(s.split())[:600] for s in faithful.sentences(plain)]
    out: list[list[str]] = []
    room = 0
    for sentence in (s for s in sentences if len(s) > 2):
        cost = sum(2 if "\u4e00" <= c <= "\u9fff" else 1 for c in sentence)
        if not out or cost > room:
            out.append([])
            room = size
        out[-1].append(sentence)
        room -= cost
    return out
