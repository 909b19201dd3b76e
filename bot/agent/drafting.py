"""The two things asked of a model most: a draft for each account, and an answer from the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.agent import choosing, kinds
from bot.agent.assignment import Assignment, Order, Proposed
from bot.agent.limits import Limits, Meter
from bot.agent.task import Event, RunResult, Task, ToolUse
from bot.clock import Clock
from bot.domain.brand import Rule
from bot.errors import ModelError
from bot.prompting import Prompt, load
from bot.words import say
from tools.kit import RuleHit, TargetAccount, ToolKit, load_all

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: How freely another version is worded: at the usual setting a model writes the same again.
ANOTHER = 0.8

#: Rules that an answer is sought in.
MOST_READ, MOST_PICKED = 12, 8


@dataclass(frozen=True)
class DraftResult:
    """What drafting for all accounts brought."""

    proposed: tuple[Proposed, ...]
    #: Accounts without a draft, each with the reason.
    failed: Mapping[str, str]
    run: RunResult
    #: ``name@version:hash`` of every prompt that had a part in it.
    prompt_refs: tuple[str, ...]


def draft(
    brief: str,
    accounts: Sequence[str],
    kit: ToolKit,
    model: ConnectedModel,
    rules: Sequence[Rule],
    *,
    brand: str,
    clock: Clock,
    limits: Limits | None = None,
    transcript: Transcript | None = None,
    feedback: str = "",
    previous: Mapping[str, str] | None = None,
    order: Order | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> DraftResult:
    """Let the model propose one post for each account; every account has its own language, limit and run.

    ``order`` says what more is wanted: a kind, an angle, readers. With ``feedback`` (and the ``previous`` text by
    account) it is another version. An account that fails does not take the others with it; when all fail, the first
    error is raised.
    """
    from bot.agent.loop import run
    from bot.agent.transcript import Transcript, one_record

    record = transcript or Transcript(clock.new_id("r"), clock)
    meter = Meter.of(limits, model)
    order = order or Order()
    system, task_prompt = load("agent"), kinds.load(order.kind).prompt
    shorten = partial(_condensed, model=model, clock=clock, meter=meter, record=record)
    proposed: list[Proposed] = []
    failed: dict[str, str] = {}
    errors: list[ModelError] = []
    used: list[ToolUse] = []
    ms = 0
    with one_record(record):
        for key in accounts:
            before = (previous or {}).get(key, "")
            work = Assignment(
                kit, key, brief.strip(), rules, feedback, before, brand, small=model.embedded, order=order,
                condense=shorten,
            )  # fmt: skip
            turns = _turns(work, task_prompt)
            got: list[Proposed] = []
            # Whoever reads a stranger's words can do nothing but give a text.
            looks = model.strategy == "native" and not work.shape.answers
            tools = load_all(work.kit(turns, got), ["draft_post", "search_brand"] if looks else ["draft_post"])
            task = Task(
                f"{system.render(brand=brand)}\n{turns[0][1]}",
                turns[-1][1],
                history=work.examples(turns[1:-1]) if model.strategy != "native" else (),
                done=partial(bool, got),
                must_call=True,
                afresh=model.embedded,
                # Its angle tells a small model what to do otherwise; left free, it invents.
                temperature=ANOTHER if feedback or (work.others and not model.embedded) else None,
            )
            if on_event:
                on_event(Event("doing", say("writing for {account}...", account=key), {"account": key}))
            try:
                result = run(task, model, tools, meter, clock, record, on_event)
                used += result.tool_calls
                ms += result.ms
            except ModelError as error:
                errors.append(error)
                failed[key] = str(error)
            proposed += got[:1]
            if not got:
                failed.setdefault(key, "The language model proposed nothing.")
    if not proposed:
        raise errors[0] if errors else ModelError("The language model proposed nothing.", next_step="Try again.")
    failed = {k: v for k, v in failed.items() if k not in {p.account for p in proposed}}
    return DraftResult(
        tuple(proposed), failed, RunResult("", tuple(used), meter.usage, ms), (system.ref, task_prompt.ref)
    )


def _turns(work: Assignment, prompt: Prompt) -> list[tuple[str, str]]:
    """Return the messages that put an account's task, each with its role."""
    given = work.variables()
    turns = prompt.turns(**{k: v for k, v in given.items() if k in prompt.inputs})
    # Not every kind's prompt has a place for these.
    more = [given[k] for k in ("own", "audience", "angle") if given[k] and k not in prompt.inputs]
    return [*turns[:-1], (turns[-1][0], "\n".join([turns[-1][1], *more]))]


def _condensed(
    text: str, target: TargetAccount, *, model: ConnectedModel, clock: Clock, meter: Meter, record: Transcript
) -> str:
    """Let the model say a text in less; one that it cannot shorten stays as it is, for the check to hold back."""
    from bot.agent.condensing import condense

    try:
        found = condense(
            text, target.limit, target.length, target.language, model=model, clock=clock, limits=meter,
            transcript=record, unit=target.unit,
        )  # fmt: skip
    except ModelError:
        return text
    return found.text


@dataclass(frozen=True)
class Answer:
    """An answer that rests on rules, or a sentence that says they do not tell."""

    text: str
    citations: tuple[str, ...]
    known: bool
    prompt_ref: str = ""


def answer(
    question: str,
    hits: Sequence[RuleHit],
    model: ConnectedModel,
    *,
    clock: Clock,
    limits: Limits | None = None,
    transcript: Transcript | None = None,
) -> Answer:
    """Answer from the rules that were found; only their ids can be cited, and an answer without one is not given."""
    from langchain_core.tools import tool
    from pydantic import BaseModel, Field

    from bot.agent.loop import run

    prompt = load("answer")
    nothing = Answer(_NOTHING["zh" if _is_chinese(question) else "en"], (), False, prompt.ref)
    language = "zh" if _is_chinese(question) else "en"
    shown = choosing.for_question(question, [hit.rule for hit in hits], language)[
        : MOST_PICKED if model.embedded else MOST_READ
    ]
    if not shown:
        return nothing
    if model.embedded:
        return _quote(question, shown, model, nothing, clock, limits or Limits(), transcript)
    ids: Any = Literal[tuple(r.id for r in shown)]

    class Said(BaseModel):
        citations: list[ids] = Field(max_length=4)
        text: str = Field(max_length=400)
        known: bool = Field(description="whether the rules tell")

    given: list[Said] = []

    @tool("answer", args_schema=Said)
    def reply(citations: list[str], text: str, known: bool) -> str:
        """Answer the question from the rules, citing their ids."""
        if known and not citations:
            return "Cite the rule that says so, or set known to false."
        given.append(Said(known=known, text=text, citations=citations))
        return "Given."

    text = prompt.render(question=question.strip(), rules=[{"id": r.id, "text": r.text} for r in shown])
    task = Task("You answer questions of a brand's own team.", text, done=partial(bool, given), must_call=True)
    run(task, model, [reply], limits or Limits(), clock, transcript)
    said = given[0]
    if not said.known or not said.citations or not said.text.strip():
        return nothing
    return Answer(said.text.strip(), tuple(dict.fromkeys(said.citations)), True, prompt.ref)


def _quote(
    question: str,
    shown: Sequence[Rule],
    model: ConnectedModel,
    nothing: Answer,
    clock: Clock,
    limits: Limits,
    transcript: Transcript | None,
) -> Answer:
    """Let a small model only pick the rule, and quote it: measured, it finds the rule and then says the opposite."""
    from langchain_core.tools import tool
    from pydantic import BaseModel

    from bot.agent.loop import run

    prompt = load("pick_rule")
    ids: Any = Literal[(*(r.id for r in shown), "none")]

    class Picked(BaseModel):
        rule: ids

    picked: list[str] = []

    @tool("answer", args_schema=Picked)
    def reply(rule: str) -> str:
        """Name the rule."""
        picked.append(rule)
        return "Given."

    turns = prompt.turns(question=question.strip(), rules=[{"id": r.id, "text": r.text} for r in shown])
    step = '{"tool": "answer", "args": {"rule": "%s"}}'
    history = tuple((who, step % text if who == "bot" else text) for who, text in turns[1:-1])
    task = Task(turns[0][1], turns[-1][1], done=partial(bool, picked), must_call=True, history=history)
    run(task, model, [reply], limits, clock, transcript)
    rule = next((r for r in shown if r.id == picked[0]), None)
    return replace(nothing, prompt_ref=prompt.ref) if rule is None else Answer(rule.text, (rule.id,), True, prompt.ref)


_NOTHING = {
    "en": "The brand's rules do not tell. Ask the brand's admin, or write a rule and run `signoff learn`.",
    "zh": "品牌规则里没有说明。请询问品牌管理员,或写下一条规则后运行 `signoff learn`。",
}


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)
