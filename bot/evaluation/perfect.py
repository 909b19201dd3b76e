"""A model that answers every shipped brief as a good writer would: the upper end of the scale.

It is offline and goes through the real loop, prompts and tools. What it says stands in ``perfect.yaml``; it finds its
brief by the words of the prompt, and what a tool asks for by the tool's arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from bot.agent import kind_schema, kinds
from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.errors import BadInput, ModelError
from bot.evaluation import briefs, marking
from bot.evaluation.briefs import Brief
from bot.words import say

NAME = "perfect"
ANSWERS = Path(__file__).with_name("perfect.yaml")
#: Share of a brief's words that a prompt has to hold for it to be this brief's.
KNOWN = 0.75
_BRIEF = re.compile(r"^(?:Brief|简介)[:：]", re.M)
_SENTENCE = re.compile(r"^\[(\d+)\] (.+)$", re.M)


def connected(given: Sequence[Brief] | None = None, answers: Path = ANSWERS) -> ConnectedModel:
    """Return the model, ready to use. Raises BadInput when a brief has no answer."""
    import yaml

    known = tuple(briefs.load().briefs if given is None else given)
    said = yaml.safe_load(answers.read_text(encoding="utf-8"))
    if lacking := [b.id for b in known if b.id not in said]:
        raise BadInput(
            say("The perfect writer has no answer to {ids}.", ids=", ".join(lacking)),
            next_step=say("It knows the shipped briefs alone: leave --briefs out."),
        )
    told: dict[str, list[str]] = {}
    return ConnectedModel(
        NAME, "", "native", Abilities(True, True, ("en", "zh")),
        lambda: PerfectWriter(known=known, said=said, told=told),
    )  # fmt: skip


class PerfectWriter(BaseChatModel):
    """Answers with the next text that belongs to the brief it is asked about."""

    known: tuple[Any, ...]
    said: Mapping[str, Any]
    #: By brief and tool: prompts that were answered, in order. Another angle is another prompt.
    told: Any
    tools: tuple[Any, ...] = ()

    @property
    def _llm_type(self) -> str:
        return NAME

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> PerfectWriter:
        return self.model_copy(update={"tools": tuple(tools), "told": self.told})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        system = "\n".join(m.text for m in messages if isinstance(m, SystemMessage))
        asked = [m.text for m in messages if isinstance(m, HumanMessage)]
        tool = next(t for t in self.tools if t.name in ("draft_post", "write"))
        wanted = dict(tool.args)
        brief, prompt = self._brief(asked, "简体中文" in system, tool.name)
        before = self.told.setdefault(f"{brief.id} {tool.name} {sorted(wanted)}", [])
        key = f"{system}\n{prompt}"
        if key not in before:
            before.append(key)
        args = self._answer(brief, wanted, system, prompt, before.index(key))
        call = {"name": tool.name, "args": args, "id": f"call_{len(messages)}", "type": "tool_call"}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=[call]))])

    def _brief(self, asked: Sequence[str], chinese: bool, tool: str) -> tuple[Brief, str]:
        """Return the brief that a prompt is about, and the prompt. Raises ModelError when it is none of those known."""
        posts = [b for b in self.known if isinstance(self.said[b.id], list)]
        mine = [b for b in self.known if (b in posts) == (tool == "draft_post") and chinese == _chinese(b)]
        found: list[tuple[float, Brief, str]] = []
        for prompt in asked:
            words = marking.fragments(_asked(prompt))
            for brief in mine:
                for own in map(marking.fragments, filter(None, (f"{brief.text} {brief.to}", brief.source))):
                    if len(own & words) >= KNOWN * len(own):
                        found.append((len(own & words) / len(own | words), brief, prompt))
        if not found:
            raise ModelError("The perfect writer does not know this brief.", next_step="Use another model.")
        return max(found, key=lambda f: f[0])[1:]

    def _answer(self, brief: Brief, wanted: Mapping[str, Any], system: str, prompt: str, n: int) -> dict[str, Any]:
        said = self.said[brief.id]
        if "points" in wanted:
            sentences = {int(number): text for number, text in _SENTENCE.findall(prompt)}
            return {"points": [_point(p, sentences) for p in said["points"]]}
        if isinstance(said, list):
            one = said[n % len(said)]
            found = {"account": brief.account, "text": one["parts"][0], **one}
        elif "ads" in said:
            found = {**_ad(said["ads"], brief.language, system), "citations": said["citations"]}
        else:
            found = said
        args = {name: found[name] for name in wanted if name in found}
        if "citations" in args:
            # Even the best writer cites only what it was shown.
            shown = wanted["citations"].get("items", {})
            known = shown.get("enum") or [shown.get("const")]
            args["citations"] = [c for c in args["citations"] if c in known]
        return args


def _asked(prompt: str) -> str:
    """Return what a prompt asks for, without the facts and rules, which are like other briefs: brief and quotation."""
    if not _BRIEF.search(prompt):
        return prompt
    return "\n".join([*re.findall(r"^> .+$", prompt, re.M), _BRIEF.split(prompt)[-1]])


def _ad(ads: Sequence[Mapping[str, Any]], language: str, system: str) -> Mapping[str, Any]:
    """Return the advertisement in the format that a prompt describes."""
    kind = kinds.load("ad_copy")
    for ad in ads:
        if kind_schema.form(kind.format(ad["format"]).fields, language) in system:
            return ad
    raise ModelError("The perfect writer does not know this format.", next_step="Add it to perfect.yaml.")


def _point(point: Mapping[str, Any], sentences: Mapping[int, str]) -> dict[str, Any]:
    """Write a point as the reader's tool wants it: with the numbers of the sentences that its words stand in."""
    rests = [n for n, text in sentences.items() if any(words in text for words in point["in"])]
    return {"text": point["text"], "rests_on": rests}


def _chinese(brief: Brief) -> bool:
    """Say whether a text in Chinese is wanted."""
    return brief.language.startswith("zh") if brief.language else brief.id.endswith("-zh")
