"""Answers from the brand's rules, and the conversation of `signoff chat`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.brand import Rule
from bot.domain.draft import DraftVersion
from bot.workflow import propose
from bot.writing.common import readable, relevant, transcript_for
from bot.writing.kit import kit_for, targets_of, window_of
from tools.kit import RuleHit, ToolKit

if TYPE_CHECKING:
    from bot.agent.drafting import Answer
    from bot.agent.task import Event


@dataclass(frozen=True)
class Told:
    """An answer with the rules it rests on."""

    answer: Answer
    rules: tuple[Rule, ...]
    run_id: str


def ask(app: App, question: str, who: str) -> Told:
    """Answer a question from the brand's rules, with the ids of the rules it rests on. Raises BadInput, ModelError."""
    from bot.agent import drafting

    readable(question)
    brand = app.brand()
    transcript = transcript_for(app, brand, who, "ask")
    hits = [RuleHit(rule) for rule in relevant(app, brand, question, k=20, hard=False)]
    answer = drafting.answer(question, hits, app.model(), clock=app.clock, limits=app.limits(), transcript=transcript)
    rules = tuple(r for c in answer.citations if (r := brand.rulebook.get(c)))
    return Told(answer, rules, transcript.run_id)


def conversation_kit(app: App, author: str, run_id: str) -> ToolKit:
    """Return the kit of `signoff chat`: every account of the brand, and nothing but proposals."""
    brand = app.brand()
    keys = tuple(a.key for a in brand.accounts)
    windows = {k: window_of(brand, k, None) for k in keys}

    def store(wish: propose.Proposal) -> DraftVersion:
        return propose.new(app.desk, wish, brand.id)

    return kit_for(app, brand, targets_of(brand, keys), author, "asked for in a chat", windows, (), store, run_id, {})


def converse(app: App, said: str, who: str, history: Sequence[tuple[str, str]] = ()) -> Iterator[Event]:
    """Take one turn of `signoff chat`: events as they happen, ``done`` last. Raises ModelError.

    ``history`` are the earlier turns, as (``person`` or ``bot``, text).
    """
    from bot.agent import loop
    from bot.agent.task import Task
    from bot.prompting import load
    from tools.kit import load_all

    readable(said)
    brand = app.brand()
    transcript = transcript_for(app, brand, who, "chat")
    tools = load_all(conversation_kit(app, who, transcript.run_id))
    task = Task(load("agent").render(brand=brand.name), said, history=tuple(history))
    return loop.chat(task, app.model(), tools, app.limits(), app.clock, transcript)
