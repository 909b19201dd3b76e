"""What the kinds' tests share: the example brand, a scripted model that plays a recorded answer, the goldens."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from langchain_core.messages import BaseMessage

from bot import brand_folder
from bot.agent import faithful, kind_body, kind_schema, kinds, reading, writing_kinds
from bot.agent.limits import Limits, Meter
from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, call
from bot.agent.transcript import Transcript
from bot.agent.writing_kinds import Wish, Writer, Writing
from bot.clock import FixedClock
from bot.domain.brand import Brand, Rule
from bot.domain.draft import Finding

HERE = Path(__file__).parent
GOLDEN, RECORDED = HERE / "golden" / "kinds", HERE / "recorded"
TAGS = {"en": "en", "zh": "zh-Hans"}
EXAMPLE = HERE.parents[1] / "examples" / "lumen-tea"


@cache
def brand() -> Brand:
    return brand_folder.load(EXAMPLE, previous=()).require().brand


def near(words: str, most: int) -> list[Rule]:
    """Find rules by shared words: goldens must not hang on an embedding."""
    wanted = faithful.marks(words)
    return sorted(brand().rulebook.rules, key=lambda r: -len(faithful.marks(r.text) & wanted))[:most]


def recorded(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((RECORDED / f"{kind}.yaml").read_text(encoding="utf-8"))
    return found


def connected(*script: Any, embedded: bool = False) -> tuple[ConnectedModel, ScriptedChatModel]:
    scripted = ScriptedChatModel(script=list(script))
    model = ConnectedModel("scripted", "", "native", Abilities(True, True, ("en", "zh")), lambda: scripted)
    model.embedded = embedded
    return model, scripted


def wish(kind: kinds.Kind, lang: str, brief: str, points: tuple[reading.Point, ...] = (), **more: Any) -> Wish:
    def clean(texts: Any) -> tuple[Finding, ...]:
        return ()

    given: dict[str, Any] = {
        "kind": kind, "brief": brief, "language": TAGS[lang], "brand": brand(), "near": near, "check": clean,
        "rules": tuple(near(brief, 60)), "points": tuple(p.text for p in points),
        "quotes": tuple(p.quote for p in points), "formats": kind.usual_formats(TAGS[lang]),
    }  # fmt: skip
    return Wish(**{**given, **more})


def written(asked: Wish, model: ConnectedModel, limits: Limits | None = None) -> Writing:
    clock = FixedClock()
    return Writer(asked, model, clock, Meter(limits or Limits()), Transcript("r_1", clock)).write()


def answers(kind: kinds.Kind, lang: str) -> list[Any]:
    """Return the recorded answer as calls of the tool ``write``, in the order in which they are asked for."""
    found = recorded(kind.name)
    bodies = list(found["formats"][lang].values()) if kind.formats else [found[lang]]
    return [call("write", citations=[], **body) for body in bodies]


def play(kind: kinds.Kind, lang: str) -> tuple[str, Writing, list[list[BaseMessage]]]:
    """Write a recorded answer; return the Markdown, what was written, and what the model was sent."""
    found = recorded(kind.name)
    brief = found["brief"][lang]
    points: tuple[reading.Point, ...] = ()
    clock = FixedClock()
    if kind.needs_source:
        model, _ = connected(call("write", points=found["points"][lang]))
        record, meter = Transcript("r_1", clock), Meter(Limits())
        points = reading.read(found["source"][lang], TAGS[lang], model, meter, clock, record).points
    model, scripted = connected(*answers(kind, lang))
    # What is wrong with a recorded answer is to be seen in the notes, not asked for again.
    with patch.object(writing_kinds, "REPAIRS", 0):
        done = written(wish(kind, lang, brief, points), model)
    body = kind_body.fill(kind, done.body, brief, TAGS[lang], brand(), points)
    return kind_body.render(kind, body, TAGS[lang]) + "\n", done, scripted.sent


def conversation(kind: kinds.Kind, lang: str) -> str:
    """Return all that a model is sent for a kind: the prompt, its example, the material."""
    if kind.is_post:
        variables = dict(kind.prompt.example)
        variables["language"] = TAGS[lang]
        return kind.prompt.render(**variables) + "\n"
    fields = kind.usual_formats(TAGS[lang])[0].fields if kind.formats else kinds.model_fields(kind.fields)
    turns = kind.prompt.turns(language=TAGS[lang], form=kind_schema.form(fields, TAGS[lang]))
    _, _, sent = play(kind, lang)
    return "\n\n".join([*(text for _, text in turns), sent[0][-1].text]) + "\n"


def main() -> None:
    """Write the goldens anew; their difference is read in review."""
    GOLDEN.mkdir(exist_ok=True)
    for name in kinds.names():
        kind = kinds.load(name)
        for lang in TAGS:
            if name != "post":
                (GOLDEN / f"{name}.{lang}.txt").write_text(conversation(kind, lang), encoding="utf-8")
            if not kind.is_post:
                (GOLDEN / f"{name}.{lang}.md").write_text(play(kind, lang)[0], encoding="utf-8")


if __name__ == "__main__":
    main()
