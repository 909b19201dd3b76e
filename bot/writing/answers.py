"""Answers from the brand's rules, and the conversation of `signoff chat`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.brand import Rule
from bot.domain.draft import DraftVersion
from bot.workflow import propose
from bot.writing.common import Near, nearest, readable, transcript_for
from bot.writing.kit import DeskKit, Making, targets_of, window_of
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
    #: What the question was held against, the nearest first.
    near: tuple[Near, ...] = ()

    def score(self, rule: Rule) -> float:
        """Return how near a rule is to the question, itself or by its twin; 0 where the search did not find it."""
        return next((n.score for n in self.near if rule.id in (n.rule.id, n.rule.twin)), 0.0)


def search(app: App, question: str, k: int = 5) -> tuple[Near, ...]:
    """Return the rules nearest to a question, without a model. Raises BadInput, NotFound."""
    readable(question)
    return tuple(nearest(app, app.brand(), question, k))


def ask(
    app: App, question: str, who: str, *, on_found: Callable[[tuple[Near, ...]], None] | None = None
) -> Told:  # fmt: skip
    """Answer a question from the brand's rules, with the ids of the rules it rests on. Raises BadInput, ModelError.

    ``on_found`` gets the rules nearest to the question before the model is asked, which may fail.
    """
    from bot.agent import drafting

    readable(question)
    brand = app.brand()
    transcript = transcript_for(app, brand, who, "ask")
    near = nearest(app, brand, question, 20)
    if on_found is not None:
        on_found(tuple(near))
    twins = ((n, n.rule, brand.rulebook.get(n.rule.twin)) for n in near)
    hits = [RuleHit(rule, n.score) for n, *both in twins for rule in both if rule is not None]
    answer = drafting.answer(question, hits, app.model(), clock=app.clock, limits=app.limits(), transcript=transcript)
    rules = tuple(r for c in answer.citations if (r := brand.rulebook.get(c)))
    return Told(answer, rules, transcript.run_id, tuple(near))


def conversation_kit(
    app: App, author: str, run_id: str, *, asked: str = "", on_draft: Callable[[DraftVersion], None] | None = None
) -> ToolKit:  # fmt: skip
    """Return the kit of a conversation: every account of the brand, and nothing but proposals.

    ``asked`` is kept with each draft: the delivery that it was made for, so that one that comes again is known.
    """
    brand = app.brand()
    keys = tuple(a.key for a in brand.accounts)
    windows = {k: window_of(brand, k, None) for k in keys}

    def store(wish: propose.Proposal) -> DraftVersion:
        version = propose.new(app.desk, wish, brand.id)
        if on_draft is not None:
            on_draft(version)
        return version

    targets, making = targets_of(app, brand, keys), Making(evidence={"asked": asked} if asked else {})
    asked_for = "asked for in a chat"
    return DeskKit(app, brand, targets, author, asked_for, windows, store, run_id, making=making).kit()


def converse(
    app: App, said: str, who: str, history: Sequence[tuple[str, str]] = (), *, asked: str = "",
    on_draft: Callable[[DraftVersion], None] | None = None,
) -> Iterator[Event]:  # fmt: skip
    """Take one turn of a conversation: events as they happen, ``done`` last. Raises ModelError.

    ``history`` are the earlier turns, as (``person`` or ``bot``, text); ``on_draft`` gets each draft as it is stored.
    """
    from bot.agent import loop
    from bot.agent.task import Task
    from bot.prompting import load
    from tools.kit import load_all

    readable(said)
    brand = app.brand()
    transcript = transcript_for(app, brand, who, "chat")
    tools = load_all(conversation_kit(app, who, transcript.run_id, asked=asked, on_draft=on_draft))
    task = Task(load("agent").render(brand=brand.name), said, history=tuple(history))
    return loop.chat(task, app.model(), tools, app.limits(), app.clock, transcript)
