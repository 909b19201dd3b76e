"""The two things asked of a model most: a draft for each account, and an answer from the rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.agent import choosing, facts, faithful, places
from bot.agent.limits import Limits, Meter
from bot.agent.task import Event, RunResult, Task, ToolUse
from bot.clock import Clock
from bot.domain.brand import Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.errors import ModelError
from bot.prompting import load
from bot.words import say
from tools.kit import SAME, ProposeOutcome, RuleHit, TargetAccount, ToolKit, load_all

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Text aimed for, in code points: what people read to the end, and what a small model can hold together.
LONGEST, LONGEST_HAN = 300, 130
#: Another version that is to be shorter: at most this share of the one before.
SHORTER = 0.8
#: How freely another version is worded: at the usual setting a model writes the same again.
ANOTHER = 0.8

#: Rules that an answer is sought in.
MOST_READ, MOST_PICKED = 12, 8


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
            before = (previous or {}).get(key, "")
            work = _Work(kit, key, brief.strip(), rules, feedback, before, brand, small=model.embedded)
            turns = task_prompt.turns(**work.variables())
            got: list[Proposed] = []
            may = ["draft_post", "search_brand"] if model.strategy == "native" else ["draft_post"]
            tools = load_all(work.kit(turns, got), may)
            task = Task(
                f"{system.render(brand=brand)}\n{turns[0][1]}",
                turns[-1][1],
                history=work.examples(turns[1:-1]) if model.strategy != "native" else (),
                done=partial(bool, got),
                must_call=True,
                afresh=model.embedded,
                temperature=ANOTHER if feedback else None,
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
    finally:
        record.save = save
        record.close()
    if not proposed:
        raise errors[0] if errors else ModelError("The language model proposed nothing.", next_step="Try again.")
    failed = {k: v for k, v in failed.items() if k not in {p.account for p in proposed}}
    return DraftResult(
        tuple(proposed), failed, RunResult("", tuple(used), meter.usage, ms), (system.ref, task_prompt.ref)
    )


class _Work:
    """One account's part of a draft: what the model is shown, and what its texts are held against."""

    def __init__(
        self,
        kit: ToolKit,
        key: str,
        brief: str,
        rules: Sequence[Rule],
        feedback: str,
        previous: str,
        brand: str,
        *,
        small: bool,
    ) -> None:
        self.outer, self.brief, self.feedback, self.previous = kit, brief, feedback, previous
        self.brand, self.small = brand, small
        self.target = kit.account(key)
        language = self.target.language
        self.needed = faithful.needed(brief, partial(self._facts_near, rules))
        first = [rule for _, rule in self.needed]
        shown = choosing.choose_rules(rules, language, brief=brief, embedded=small, first=first)
        self.shown = shown
        #: Rules whose hashtag code adds, for a small model.
        self.tagged = [r for r in choosing.in_language(rules, language) if choosing.tags_of(r)] if small else []
        dense = language.split("-")[0] in {"zh", "ja", "ko"}
        self.goal = min(self.target.limit, LONGEST_HAN if dense else LONGEST)
        if feedback and previous and faithful.wants_shorter(feedback):
            self.goal = max(20, min(self.goal, int(len(previous) * SHORTER)))

    def _facts_near(self, rules: Sequence[Rule], sentence: str) -> list[tuple[Rule, str]]:
        found = [hit.rule for hit in self.outer.search(sentence, 16)]
        ids = {r.id for r in found}
        every = list(dict.fromkeys([*found, *(r for r in rules if r.twin in ids), *rules]))
        own = [r for r in choosing.in_language(every, self.target.language) if r.kind is RuleKind.FACT]
        return [(r, " ".join([r.text, *(t.text for t in every if t.twin == r.id)])) for r in own]

    def variables(self) -> dict[str, Any]:
        """Return what the prompt is filled with."""
        language, brief = self.target.language, self.brief
        asked = [rule for _, rule in self.needed]
        stated = [*asked, *(r for r in self.shown if r.kind is RuleKind.FACT and r not in asked)]
        if self.small:
            brief = faithful.notes(brief, self.needed)
            stated = [r for r in stated if r not in asked]
            brief = places.in_chinese(facts.in_chinese(brief)) if language.startswith("zh") else brief
        elif language.startswith("zh"):
            brief = places.with_chinese(facts.with_dates(brief, language))

        def listed(rules: Sequence[Rule]) -> list[dict[str, str]]:
            return [{"id": "" if self.small else r.id, "text": r.text} for r in rules]

        return {
            "brief": brief,
            "facts": listed(stated),
            "rules": listed([r for r in self.shown if r.kind is not RuleKind.FACT and r not in self.tagged]),
            "cite": not self.small,
            "account": self.target.key,
            "language": language,
            "limit": int(self.goal * 0.85),  # models count badly
            "feedback": self.feedback,
            "previous": self.previous if self.feedback else "",
        }

    def examples(self, turns: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Write the example's answer in the form the model is to use: small models follow what they see."""
        cited = [r.id for r in self.shown if r.kind in {RuleKind.VOICE, RuleKind.MUST}][:2]

        def step(text: str) -> str:
            args: dict[str, Any] = {"account": self.target.key}
            args |= {"parts": [text]} if self.small else {"citations": cited, "parts": [text]}
            return json.dumps({"tool": "draft_post", "args": args}, ensure_ascii=False)

        return tuple((who, step(text) if who == "bot" else text) for who, text in turns)

    def kit(self, turns: Sequence[tuple[str, str]], got: list[Proposed]) -> ToolKit:
        """Narrow the kit to one account and the rules shown, hold texts against the brief, note what is proposed."""
        outer, example = self.outer, "\n".join(text for _, text in turns[1:-1])

        def check(account: str, parts: tuple[str, ...], language: str) -> list[Finding]:
            return [*self.findings("\n".join(parts), example), *outer.check(account, parts, language)]

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
            if self.tagged:
                last = choosing.with_tags(
                    text_parts[-1], self.tagged, lambda t: self.target.length(t) <= self.target.limit
                )
                text_parts = (*text_parts[:-1], last)
                citations = self.cite(text_parts)
            outcome = outer.propose(account, text_parts, citations, when, language, key=key, notes=notes)
            got.append(Proposed(account, text_parts, citations, notes, outcome))
            return outcome

        kit = replace(outer, accounts=(self._narrowed(),), check=check, propose=propose)
        kit = replace(kit, citable=tuple(r.id for r in self.shown))
        return replace(kit, cite=self.cite) if self.small else kit

    def _narrowed(self) -> TargetAccount:
        target = self.target
        only = replace(target, limit=self.goal, parts=1) if self.small else target
        if self.small and target.language.startswith("zh"):
            # A small model leaves English words standing; where the schema forbids them it finds the Chinese ones.
            # Names (with a capital) and the brief's own links can be written.
            links = "".join("|" + re.sub(r"([.?+*()|{}^$])", r"\\\1", link) for link in facts.links(self.brief))
            only = replace(only, pattern=rf'^([^a-zA-Z"\\\n\r\t]|[A-Z][A-Za-z]*{links}){{1,{only.limit}}}$')
        return only

    def cite(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Choose what a text may cite, where the model is not asked."""
        return choosing.cited("\n".join(parts), self.brief, [*self.shown, *self.tagged])

    def findings(self, text: str, example: str) -> list[Finding]:
        """Say what the text leaves out of its brief, adds to it, or merely repeats."""
        brief, changed, said = self.brief, bool(self.feedback), list[str]()
        if changed and self.previous:
            if faithful.nearly(self.previous, text):
                return [Finding(SAME, Severity.BLOCK, "The language model found no other wording.")]
            if faithful.wants_shorter(self.feedback) and len(text) >= len(self.previous):
                said.append("It must be shorter than the previous post: say less.")
        sources = (brief, self.feedback, self.brand, self.previous, *(r.text for r in self.shown))
        # A changed version may well leave things out: that is what was asked for.
        if not changed:
            said += [f"Say {lost}, as the brief does." for lost in facts.missing(brief, text)]
        new = [*facts.invented(text, sources), *(li for li in facts.links(text) if li not in " ".join(sources))]
        said += [f"The brief does not say {thing}: leave it out." for thing in new]
        if not changed and facts.copied(brief, text):
            said.append("That is the brief again: write it as a post to the public.")
        if facts.rambles(text):
            said.append("The text repeats itself: two or three sentences, no hashtags.")
        said += faithful.unfaithful(
            brief, text, sources, language=self.target.language, example=example, changed=changed
        )
        for sentence, rule in self.needed if not changed else ():
            if not faithful.tells(rule.text, text, brief, sentence):
                said.append(f"Tell this: {rule.text}")
        return [Finding("brief", Severity.BLOCK, s) for s in said]


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
