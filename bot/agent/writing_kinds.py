"""Documents by the model: one bounded call for each piece, checked by code, put together by code.

A large model fills a kind's whole schema in one call. A small one fills the frame first and then one section after the
other, each with only the facts that belong to it; advertisements are one call a format for both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.agent import choosing, facts, faithful, kind_schema, places
from bot.agent.kind_checks import Material, problems
from bot.agent.kind_fitting import fitted, said_once
from bot.agent.kind_schema import example, only
from bot.agent.kinds import Field, Format, Kind, model_fields, said
from bot.agent.limits import Meter
from bot.agent.task import Event, Task, as_calls
from bot.clock import Clock
from bot.domain.brand import Brand, Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.errors import ModelError
from bot.prompting import Prompt, load
from bot.words import say
from tools.kit import Problem, whole

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: How often a piece is handed back to be mended; then the best attempt is kept, and what is wrong with it is told.
REPAIRS = 2
#: Things to mend that are told at once, the worst first.
TOLD = 6
#: Tokens of one answer. A small model writes nine a second.
REPLY, REPLY_SMALL = 4_000, 420
#: Facts and other rules shown to a small model.
FACTS_SMALL, RULES_SMALL = 5, 2
#: How much longer than its facts a piece by a small model may be, and its least length in characters.
MORE_THAN_FACTS = 1.6
SHORTEST_PART = {"en": 140, "zh": 60}
#: Facts shown to a large one.
FACTS_LARGE = 16

#: Say what the brand's checks find in texts; ``part`` of a finding counts the texts.
Check = Callable[[Sequence[str]], Sequence[Finding]]
#: Return the rules nearest to some words, best first, at most so many.
Near = Callable[[str, int], Sequence[Rule]]


@dataclass(frozen=True)
class Wish:
    """What is to be written, and of what."""

    kind: Kind
    brief: str
    language: str
    brand: Brand
    #: Rules near the brief, and all that always hold.
    rules: tuple[Rule, ...]
    near: Near
    check: Check
    #: What a source says, point by point; the quotations they rest on.
    points: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    formats: tuple[Format, ...] = ()


@dataclass
class Writing:
    """A document as it grows."""

    body: dict[str, Any] = field(default_factory=dict)
    cited: list[str] = field(default_factory=list)
    #: What was not mended, in sentences.
    notes: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    shown: list[Rule] = field(default_factory=list)


class Writer:
    """Writes one document; every call of the model is counted by one meter and kept in one transcript."""

    def __init__(
        self,
        wish: Wish,
        model: ConnectedModel,
        clock: Clock,
        meter: Meter,
        transcript: Transcript,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.wish, self.model, self.clock, self.meter, self.record = wish, model, clock, meter, transcript
        self.small = model.embedded
        self.tell = on_event or (lambda event: None)
        self.chinese = wish.language.startswith("zh")
        self.done = Writing()

    # --- the ways to write ---------------------------------------------------------------------------------

    def write(self) -> Writing:
        """Write it. Raises ModelError when nothing came of it."""
        if self.wish.formats:
            self._formats()
        elif self.small and any(sub.later for f in self.wish.kind.fields for sub in f.of):
            self._in_pieces()
        else:
            self.done.body = self._frame(model_fields(self.wish.kind.fields))
        self.done.notes = list(dict.fromkeys(self.done.notes))
        return self.done

    def _formats(self) -> None:
        ads = []
        for n, one in enumerate(self.wish.formats, 1):
            label = said(one.label, self.wish.language)
            self._say(say("writing {n} of {of}: {what}...", n=n, of=len(self.wish.formats), what=label))
            try:
                ads.append({"format": one.name, **self._frame(one.fields, quiet=True)})
            except ModelError as error:
                if n == len(self.wish.formats) and not ads:
                    raise
                self.done.notes.append(f"{label}: {error.message}")
        self.done.body = {"ads": ads}

    def _in_pieces(self) -> None:
        """Write the beginning, each section from facts of its own, and the end from none: they were told by then."""
        fields = self.wish.kind.fields
        at = next(n for n, f in enumerate(fields) if any(sub.later for sub in f.of))
        rest = model_fields(fields[at + 1 :])
        # What the brief wants told may come at the end, where there is one.
        body = self._frame(model_fields(fields[:at]), without="kept" if rest else "")
        prompt, records = load("write_part"), list[dict[str, Any]]()
        shares = self._shares(*fields[at].items)
        for n, own in enumerate(shares, 1):
            self._say(say("writing part {n} of {of}...", n=n, of=len(shares)))
            before = self._told({**body, fields[at].name: records})
            try:
                records.append(self._part(prompt, fields[at], str(body.get("title") or self._brief()), own, before))
            except ModelError as error:
                self.done.notes.append(f"Part {n} is missing: {error.message}")
        body[fields[at].name] = records
        if len(records) < (fewest := fields[at].items[0]):
            self.done.notes.append(f"{fields[at].name}: there must be {fewest}, and there are {len(records)}.")
        if rest:
            body |= self._frame(rest, quiet=True, before=self._told(body))
        self.done.body = body

    def _told(self, body: dict[str, Any]) -> str:
        return "\n".join(leaf.text for leaf in kind_schema.leaves(self.wish.kind.fields, body))

    def _shares(self, fewest: int, most: int) -> list[list[Rule]]:
        """Deal out the facts near the brief, the nearest first; where they are few, clause by clause.

        Facts that the brief is not near to would be told out of place, so they come in only where nothing else is left.
        """
        known = self._shown()[0]
        near = [r for r in known if faithful.near(r.text, self.wish.brief)] or known
        for sign in ("[;；。]", "[;；。,，]"):
            if len(near) < fewest:
                near = [replace(r, text=c.strip()) for r in near for c in re.split(sign, r.text) if len(c.strip()) > 5]
        near += [r for r in known if r.id not in {x.id for x in near}][: max(0, fewest - len(near))]
        split = len({r.id for r in near}) < len(near)
        count = fewest if split else min(most, max(fewest, len(near)))
        return [near[len(near) * n // count : len(near) * (n + 1) // count] for n in range(count)]

    # --- single calls --------------------------------------------------------------------------------------

    def _frame(
        self, fields: Sequence[Field], *, quiet: bool = False, before: str = "", without: str = ""
    ) -> dict[str, Any]:
        """Fill some fields from the brief and the facts; from the brief alone where ``before`` has told them."""
        wish, prompt, material = self.wish, self.wish.kind.prompt, load("material")
        if not quiet:
            self._say(say("writing: {what}...", what=wish.kind.label))
        known, rules = self._shown()
        # A small model takes whatever it is shown for something to say.
        known, rules = ([], []) if before else (known, rules)
        turns = prompt.turns(language=wish.language, form=kind_schema.form(fields, wish.language))
        given = material.render(
            brief=self._brief(),
            facts=self._listed(known),
            rules=self._listed(rules),
            points=wish.points,
            language=wish.language,
        )
        self.done.prompts += [prompt.ref, material.ref]
        system = f"{load('agent').render(brand=wish.brand.name)}\n{turns[0][1]}"
        checks = [c for c in wish.kind.checks if c != without]
        return self._fill(fields, system, turns[1:], given, (*known, *rules), checks, before=before)

    def _part(self, prompt: Prompt, several: Field, title: str, own: Sequence[Rule], before: str) -> dict[str, Any]:
        wish = self.wish
        # A small model with more room than facts begins to invent.
        room = int(sum(len(r.text) for r in own) * MORE_THAN_FACTS)
        least = SHORTEST_PART["zh" if self.chinese else "en"]
        fields = [
            replace(f, aim={"en": min(f.goal(wish.language), max(least, room))}) if f.later else f
            for f in model_fields(several.of)
        ]
        about = " ".join([title, *(r.text for r in own)])
        turns = prompt.turns(
            language=wish.language,
            form=kind_schema.form(fields, wish.language),
            facts=self._listed(own) or [{"id": "", "text": self._brief()}],
            points=[p for p in wish.points if faithful.near(p, about)][:2],
            title=title,
        )
        self.done.prompts.append(prompt.ref)
        system = f"{load('agent').render(brand=wish.brand.name)}\n{turns[0][1]}"
        checks = [c for c in wish.kind.checks if c == "grounded"]
        shown = [turns[1], ("bot", self._one_of(several, turns[1][1]))]
        return self._fill(fields, system, shown, turns[-1][1], own, checks, before=before)

    def _one_of(self, several: Field, facts_shown: str) -> str:
        """Return the record of the kind's own example that tells most of the facts shown, as the prompt writes it."""
        turns = self.wish.kind.prompt.turns(language=self.wish.language, form="")
        records = example(turns[-1][1])[several.name]
        wanted = faithful.marks(facts_shown)
        return json.dumps(max(records, key=lambda r: len(faithful.marks(str(r)) & wanted)), ensure_ascii=False)

    def _fill(
        self,
        fields: Sequence[Field],
        system: str,
        turns: Sequence[tuple[str, str]],
        given: str,
        shown: Sequence[Rule],
        checks: Sequence[str],
        *,
        before: str = "",
    ) -> dict[str, Any]:
        """Ask once for some fields, and at most twice more to mend them; return the best that came."""
        from bot.agent.loop import run

        whole_rules = [self.wish.brand.rulebook.get(r.id) or r for r in shown]  # of some, only a clause is shown
        self.done.shown += [r for r in whole_rules if r not in self.done.shown]
        # What the example is about must not come back; how it says things may.
        examples = [text for who, text in turns if who == "person"]
        material = Material(
            self.wish.brief,
            self.wish.brand.name,
            self.wish.language,
            (*shown, *(r for r in self.done.shown if r not in shown)),
            (*self.wish.points, *self.wish.quotes),
            "\n".join(examples),
        )
        citable = () if self.small else [r.id for r in shown]
        args = kind_schema.arguments(fields, self.wish.language, citable=citable, pattern=self._pattern(shown))
        tries: list[tuple[list[Problem], dict[str, Any], list[str]]] = []
        taken: list[bool] = []

        # Points of a source stand in the document as they are; a gist that says one again is asked for anew, not cut.
        quoted = self.wish.points if any(f.by == "source" for f in self.wish.kind.fields) else ()
        told = "\n".join((before, *quoted))

        def judge(values: dict[str, Any]) -> list[Problem]:
            return [*problems(fields, values, checks, material, before=told), *self._broken(fields, values)]

        def take(values: dict[str, Any]) -> str:
            cited = values.pop("citations", [])
            values = _finished(fields, values)
            wrong = judge(values)
            tries.append((wrong, values, cited))
            if wrong and len(tries) <= REPAIRS:
                worst = sorted(wrong, key=lambda p: -p.weight)[:TOLD]
                return f"Not taken. {' '.join(p.text for p in worst)} Write all of it again."
            taken.append(True)
            return "Taken."

        task = Task(
            system,
            given,
            history=self._examples(turns, fields, shown) if self.model.strategy != "native" else (),
            done=partial(bool, taken),
            must_call=True,
            afresh=self.small,
        )
        try:
            run(task, self.model, [kind_schema.handing_in(args, take)], self.meter, self.clock, self.record)
        except ModelError:
            if not tries:
                raise
        wrong, values, cited = min(tries, key=lambda t: sum(p.weight for p in t[0]))
        values, wrong, prompts = fitted(
            fields, values, wrong, judge, self.wish.language,
            model=self.model, clock=self.clock, meter=self.meter, record=self.record,
        )  # fmt: skip
        self.done.prompts += prompts
        if (once := said_once(fields, values, before)) != values:
            values, wrong = once, judge(once)
        self.done.notes += [p.text for p in wrong]
        self.done.cited += cited
        return values

    def _broken(self, fields: Sequence[Field], values: dict[str, Any]) -> list[Problem]:
        texts = kind_schema.leaves(fields, values)
        found = [f for f in self.wish.check([leaf.text for leaf in texts]) if f.severity is Severity.BLOCK]
        return [Problem(f"{f.message} {f.fix}".strip(), 12) for f in found]

    # --- what the model is shown ---------------------------------------------------------------------------

    def _brief(self) -> str:
        brief = self.wish.brief.strip()
        if not self.chinese:
            return brief
        if self.small:
            return places.in_chinese(facts.in_chinese(brief))
        return places.with_chinese(facts.with_dates(brief, self.wish.language))

    def _listed(self, rules: Sequence[Rule]) -> list[dict[str, str]]:
        return [{"id": "" if self.small else r.id, "text": r.text} for r in rules]

    def _facts(self, words: str, most: int) -> list[Rule]:
        found = [r for r in self.wish.near(words, most * 2) if r.kind is RuleKind.FACT]
        return choosing.in_language(found, self.wish.language)[:most]

    def _shown(self) -> tuple[list[Rule], list[Rule]]:
        """Return the facts and the other rules that a frame is written with."""
        wish = self.wish
        own = choosing.in_language(wish.rules, wish.language)
        known = list(dict.fromkeys([*self._facts(wish.brief, FACTS_LARGE), *(r for r in own if _is_fact(r))]))
        if not self.small:
            return known[:FACTS_LARGE], [r for r in own if r.kind not in (RuleKind.FACT, RuleKind.EXAMPLE)][
                : choosing.MOST
            ]
        near = [r for r in known if faithful.near(r.text, wish.brief)]
        known = [*near, *(r for r in known if r not in near)][: self._room_for_facts(len(near))]
        # No voice: “warm, unhurried” comes back as something to tell, not as a way to tell it.
        musts = [r for r in own if r.kind in (RuleKind.MUST, RuleKind.SHOULD) and not choosing.tags_of(r)]
        musts = [r for r in musts if faithful.near(r.text, wish.brief)]
        return known, musts[:RULES_SMALL]

    def _room_for_facts(self, near: int) -> int:
        """Return how many facts a small model is shown: what is near, and more only where it chooses among them."""
        pieces = any(sub.later for f in self.wish.kind.fields for sub in f.of)
        return min(FACTS_SMALL, max(near, 1 if pieces and near else 3))

    def _examples(
        self, turns: Sequence[tuple[str, str]], fields: Sequence[Field], shown: Sequence[Rule]
    ) -> tuple[tuple[str, str], ...]:
        cited = [r.id for r in shown if r.kind in (RuleKind.FACT, RuleKind.VOICE)][:2]

        def args(text: str) -> dict[str, Any]:
            found = only(fields, example(text))
            return found if self.small else {"citations": cited, **found}

        return as_calls(turns, "write", args)

    def _pattern(self, shown: Sequence[Rule]) -> str:
        """Return what a schema holds a small model's Chinese to: names and links of what it was shown may be Latin."""
        if not (self.small and self.chinese):
            return ""
        known = " ".join([self.wish.brief, *(r.text for r in shown), *self.wish.points])
        escaped = (
            "".join(f"[{c}]" if c in ".?+*()|{}^$" else c for c in link).replace("%", "%%")
            for link in facts.links(known)
        )
        links = "".join(f"|{link}" for link in escaped)
        return rf'^([^a-zA-Z"\\\n\r\t]|[A-Z][A-Za-z]*{links}){{1,%d}}$'

    def _say(self, text: str) -> None:
        self.tell(Event("doing", text))


def _is_fact(rule: Rule) -> bool:
    return rule.kind is RuleKind.FACT


def _finished(fields: Sequence[Field], body: dict[str, Any]) -> dict[str, Any]:
    """Leave out a last sentence that was cut off, and empty lines of a list."""
    out: dict[str, Any] = {}
    for f in fields:
        value = body.get(f.name)
        if f.type == "records":
            out[f.name] = [_finished(f.of, record) for record in value or ()]
        elif f.type == "list":
            out[f.name] = [text for text in value or () if text]
        else:
            out[f.name] = whole(value) if f.prose and isinstance(value, str) else value
    return out
