"""One account's part of a draft: what the model is shown, and what its texts are held against."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.agent import choosing, facts, faithful, places
from bot.domain.brand import Rule, RuleKind
from bot.domain.draft import Finding, Severity
from tools.kit import SAME, ProposeOutcome, TargetAccount, ToolKit

#: Text aimed for, in code points: what people read to the end, and what a small model can hold together.
LONGEST, LONGEST_HAN = 360, 130
#: Another version that is to be shorter: at most this share of the one before.
SHORTER = 0.8
#: Less than this is no text: what is so short already is hardly made shorter.
SHORTEST, SHORTEST_HAN = 80, 35


@dataclass(frozen=True)
class Proposed:
    """One account's draft as it was proposed."""

    account: str
    text_parts: tuple[str, ...]
    citations: tuple[str, ...]
    #: What the model did not manage to mend.
    notes: tuple[str, ...]
    outcome: ProposeOutcome


class Assignment:
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
        # Hashtags that code adds are no part of the wording.
        for tag in (tag for rule in self.tagged for tag in choosing.tags_of(rule)):
            self.previous = self.previous.replace(tag, "").strip()
        if feedback and self.previous and faithful.wants_shorter(feedback):
            least = min(len(self.previous) - 1, SHORTEST_HAN if dense else SHORTEST)
            self.goal = max(1, least, min(self.goal, int(len(self.previous) * SHORTER)))

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
            outcome = outer.propose(account, text_parts, citations, when, language, key=key, notes=notes)
            got.append(Proposed(account, text_parts, citations, notes, outcome))
            return outcome

        kit = replace(outer, accounts=(self._narrowed(),), check=check, propose=propose)
        kit = replace(kit, citable=tuple(r.id for r in self.shown))
        return replace(kit, cite=self.cite, finish=self.finish) if self.small else kit

    def _narrowed(self) -> TargetAccount:
        target = self.target
        only = replace(target, limit=self.goal, parts=1) if self.small else target
        if self.small and target.language.startswith("zh"):
            # A small model leaves English words standing; where the schema forbids them it finds the Chinese ones.
            # Names (with a capital) and the brief's own links can be written.
            links = "".join("|" + re.sub(r"([.?+*()|{}^$])", r"\\\1", link) for link in facts.links(self.brief))
            only = replace(only, pattern=rf'^([^a-zA-Z"\\\n\r\t]|[A-Z][A-Za-z]*{links}){{1,{only.limit}}}$')
        return only

    def finish(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Add what a small model forgets and code knows: the brief's link, the hashtag of every post."""
        *others, last = parts
        for link in facts.links(self.brief) if not self.feedback else ():
            if link not in "\n".join(parts) and self._fits(f"{last} {link}"):
                last = f"{last} {link}"
        return (*others, choosing.with_tags(last, self.tagged, self._fits))

    def _fits(self, text: str) -> bool:
        return self.target.length(text) <= self.target.limit

    def cite(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Choose what a text may cite, where the model is not asked."""
        return choosing.cited("\n".join(parts), self.brief, [*self.shown, *self.tagged])

    def findings(self, text: str, example: str) -> list[Finding]:
        """Say what the text leaves out of its brief, adds to it, or merely repeats."""
        brief, changed, said, copied = self.brief, bool(self.feedback), list[str](), list[Finding]()
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
            more = [r.text for r in self.shown if r.kind is RuleKind.FACT][:1]
            add = f"add what the readers want to know: {more[0]}" if more else "write it as a post, in two sentences."
            copied.append(Finding("copy", Severity.BLOCK, f"That is the brief again: {add}"))
        if facts.rambles(text):
            said.append("The text repeats itself: two or three sentences, no hashtags.")
        said += faithful.unfaithful(
            brief, text, sources, language=self.target.language, example=example, changed=changed
        )
        for sentence, rule in self.needed if not changed else ():
            if lacks := faithful.untold(rule.text, text, brief, sentence):
                said.append(lacks)
        return [*(Finding("brief", Severity.BLOCK, s) for s in said), *copied]
