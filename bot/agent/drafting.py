"""The two things asked of a model most: a draft for each account, and an answer from the rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.agent import facts
from bot.agent.limits import Limits, Meter
from bot.agent.task import Event, RunResult, Task, ToolUse
from bot.clock import Clock
from bot.domain.brand import Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.errors import ModelError
from bot.prompting import load
from tools.kit import ProposeOutcome, RuleHit, ToolKit, load_all

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Rules shown to a model; the embedded one reads 20 tokens a second.
MOST_RULES, MOST_RULES_EMBEDDED = 12, 6
#: Text aimed for, in code points: what people read to the end, and what a small model can hold together.
LONGEST, LONGEST_HAN = 300, 120


@dataclass(frozen=True)
class Proposed:
    """One account's draft as it was proposed."""

    account: str
    text_parts: tuple[str, ...]
    citations: tuple[str, ...]
    #: What the model did not manage to mend.
    notes: tuple[str, ...]
    outcome: ProposeOutcome


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
    on_event: Callable[[Event], None] | None = None,
) -> DraftResult:
    """Let the model propose one post for each account; every account has its own language, limit and run.

    With ``feedback`` (and the ``previous`` text by account) it is another version. An account that fails does not
    take the others with it; when all fail, the first error is raised.
    """
    from bot.agent.loop import run
    from bot.agent.transcript import Transcript

    record = transcript or Transcript(clock.new_id("r"), clock)
    save, record.save = record.save, None  # one record over all accounts, handed over once
    meter = Meter(limits or Limits(), model.price_in, model.price_out)
    system, task_prompt = load("agent"), load("draft_post")
    proposed: list[Proposed] = []
    failed: dict[str, str] = {}
    errors: list[ModelError] = []
    used: list[ToolUse] = []
    ms = 0
    try:
        for key in accounts:
            target = kit.account(key)
            shown = choose_rules(rules, target.language, MOST_RULES_EMBEDDED if model.embedded else MOST_RULES)
            dense = target.language.split("-")[0] in {"zh", "ja", "ko"}
            goal = min(target.limit, LONGEST_HAN if dense else LONGEST)
            turns = task_prompt.turns(
                brief=facts.with_dates(brief.strip(), target.language),
                rules=[{"id": r.id, "text": r.text} for r in shown],
                account=key,
                language=target.language,
                limit=int(goal * 0.85),  # models count badly
                feedback=feedback,
                previous=(previous or {}).get(key, "") if feedback else "",
            )
            got: list[Proposed] = []
            own = _kit_for(kit, key, goal, shown, got, brief, feedback, small=model.embedded)
            tools = load_all(own, ["draft_post"] if model.strategy != "native" else ["draft_post", "search_brand"])
            examples = _examples(turns[1:-1], key, shown) if model.strategy != "native" else ()
            task = Task(
                f"{system.render(brand=brand)}\n{turns[0][1]}",
                turns[-1][1],
                history=examples,
                done=partial(bool, got),
                must_call=True,
                afresh=model.embedded,
            )
            if on_event:
                on_event(Event("doing", f"writing for {key}...", {"account": key}))
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
    finally:
        record.save = save
        record.close()
    if not proposed:
        raise errors[0] if errors else ModelError("The language model proposed nothing.", next_step="Try again.")
    failed = {k: v for k, v in failed.items() if k not in {p.account for p in proposed}}
    return DraftResult(
        tuple(proposed), failed, RunResult("", tuple(used), meter.usage, ms), (system.ref, task_prompt.ref)
    )


def _examples(turns: Sequence[tuple[str, str]], key: str, shown: Sequence[Rule]) -> tuple[tuple[str, str], ...]:
    """Write the example's answer in the form the model is to use: small models follow what they see."""
    cited = [r.id for r in shown if r.kind in {RuleKind.VOICE, RuleKind.MUST}][:2] or [r.id for r in shown][:1]

    def step(text: str) -> str:
        args = {"account": key, "citations": cited, "parts": [text]}
        return json.dumps({"tool": "draft_post", "args": args}, ensure_ascii=False)

    return tuple((who, step(text) if who == "bot" else text) for who, text in turns)


def _kit_for(
    kit: ToolKit,
    key: str,
    goal: int,
    shown: Sequence[Rule],
    got: list[Proposed],
    brief: str,
    feedback: str,
    *,
    small: bool,
) -> ToolKit:
    """Narrow a kit to one account and the rules shown, hold texts against the brief, note what is proposed."""
    sources = (brief, feedback, *(r.text for r in shown))

    def check(account: str, parts: tuple[str, ...], language: str) -> list[Finding]:
        text, said = "\n".join(parts), []
        # A changed version may well leave things out: that is what was asked for.
        if not feedback and (lost := facts.missing(brief, text)):
            said.append(f"The post does not say {', '.join(lost)}: keep every number and link of the brief.")
        if new := [*facts.invented(text, sources), *(li for li in facts.links(text) if li not in " ".join(sources))]:
            said.append(f"The brief does not say {', '.join(new)}: leave it out.")
        if not feedback and facts.copied(brief, text):
            said.append("That is the brief again: write it as a post to the public.")
        if facts.rambles(text):
            said.append("The text repeats itself: two or three sentences, no hashtags.")
        return [*(Finding("brief", Severity.BLOCK, s) for s in said), *kit.check(account, parts, language)]

    def propose(
        account: str,
        text_parts: tuple[str, ...],
        citations: tuple[str, ...],
        when: str | None,
        language: str,
        *,
        key: str,
        notes: tuple[str, ...],
    ) -> ProposeOutcome:
        outcome = kit.propose(account, text_parts, citations, when, language, key=key, notes=notes)
        got.append(Proposed(account, text_parts, citations, notes, outcome))
        return outcome

    target = kit.account(key)
    only = replace(target, limit=goal, parts=1) if small else target
    if small and target.language.startswith("zh"):
        # A small model leaves English words standing; where the schema forbids them it finds the Chinese ones.
        # Names (with a capital) and the brief's own links can be written.
        links = "".join("|" + re.sub(r"([.?+*()|{}^$])", r"\\\1", link) for link in facts.links(brief))
        only = replace(only, pattern=rf'^([^a-zA-Z"\\\n\r\t]|[A-Z][A-Za-z]*{links}){{1,{only.limit}}}$')
    return replace(kit, accounts=(only,), check=check, propose=propose, citable=tuple(r.id for r in shown))


def choose_rules(rules: Sequence[Rule], language: str, most: int) -> list[Rule]:
    """Pick what a writer needs to see: the account's language, hard rules first, in the order they were given.

    Rules of another language fill what room is left, unless their twin is shown. Hard rules hold either way: they
    are checked by code.
    """
    own = [r for r in rules if r.language.split("-")[0] == language.split("-")[0]]
    own = [*(r for r in own if r.hard), *(r for r in own if not r.hard)]
    twins = {r.twin for r in own} | {r.id for r in rules for o in own if r.twin == o.id}
    others = [r for r in rules if r not in own and r.id not in twins]
    return [*own, *others][:most] if len(own) < 3 else own[:most]


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
    shown = [hit.rule for hit in hits][: MOST_RULES_EMBEDDED if model.embedded else MOST_RULES]
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
