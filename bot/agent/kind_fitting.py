"""What code mends in a document after all repairs: texts that are too long are condensed, sentences said twice go."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.agent.condensing import condense
from bot.agent.kind_checks import unrepeated
from bot.agent.kind_schema import leaves, length, put
from bot.agent.kinds import Field
from bot.agent.limits import Meter
from bot.clock import Clock
from bot.errors import ModelError
from tools.kit import Problem

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript


def fitted(
    fields: Sequence[Field],
    body: dict[str, Any],
    wrong: list[Problem],
    judge: Callable[[dict[str, Any]], list[Problem]],
    language: str,
    *,
    model: ConnectedModel,
    clock: Clock,
    meter: Meter,
    record: Transcript,
) -> tuple[dict[str, Any], list[Problem], list[str]]:
    """Return the body with its over-long texts condensed, what is still wrong with it, and the prompts used.

    A text that cannot be condensed stays as it is; ``judge`` says what is wrong with a body.
    """
    prompts: list[str] = []
    for leaf in leaves(fields, body):
        most, count = leaf.field.most(language), partial(length, unit=leaf.field.unit)
        if count(leaf.text) <= most:
            continue
        try:
            shorter = condense(
                leaf.text, most, count, language, model=model, clock=clock, limits=meter, transcript=record,
                ends=leaf.field.prose,
            )  # fmt: skip
        except ModelError:
            continue
        tried = copy.deepcopy(body)
        put(tried, leaf.path, shorter.text)
        found = judge(tried)
        if sum(p.weight for p in found) < sum(p.weight for p in wrong):
            body, wrong = tried, found
            prompts.append(shorter.prompt_ref)
    return body, wrong, prompts


def said_once(fields: Sequence[Field], body: dict[str, Any], before: str) -> dict[str, Any]:
    """Return the body without sentences of prose that it, or the document before it, says already."""
    found, told = copy.deepcopy(body), before
    for leaf in leaves(fields, body):
        text = unrepeated(leaf.text, told) if leaf.field.prose else leaf.text
        if text != leaf.text:
            put(found, leaf.path, text)
        if leaf.field.prose or leaf.field.name in ("title", "headline"):
            told += f"\n{text}"
    return found
