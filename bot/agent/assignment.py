"""One account's part of a draft: what the model is shown, and what its texts are held against."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bot.agent import choosing, facts, faithful, hashtags, places, post_kinds, reply_checks, telling
from bot.agent.task import as_calls
from bot.checks.text import visible
from bot.domain.brand import Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.domain.editorial import Phrase
from bot.insight.angles import Angle
from bot.prompting import load
from tools.kit import SAME, ProposeOutcome, TargetAccount, ToolKit

#: Characters of somebody else's words that a writer is shown.
MOST_WORDS = 1_500
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


@dataclass(frozen=True)
class Order:
    """What is wanted beyond the brief, the same for every account."""

    #: Name of the kind of post.
    kind: str = "post"
    #: The way to tell it, among several versions.
    angle: Angle | None = None
    #: The readers it is for, in words.
    audience: Phrase = field(default_factory=Phrase)
    #: What somebody outside wrote, which is answered; or the brand's own post that a comment opens talk under.
    words: str = ""
    #: By account: texts of the other versions, from which this one must differ.
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: By account: own posts of the brand that show its voice; a small model would repeat them and is shown none.
    own: Mapping[str, Sequence[str]] = field(default_factory=dict)


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
        order: Order | None = None,
        condense: Callable[[str, TargetAccount], str] | None = None,
    ) -> None:
        self.outer, self.brief, self.feedback, self.previous = kit, brief, feedback, previous
        self.brand, self.small, self.order = brand, small, order or Order()
        self.shape, self.condense = post_kinds.shape(self.order.kind), condense
        self.target = kit.account(key)
        self.others = tuple(self.order.others.get(key, ()))
        language = self.target.language
        self.needed = [] if self.shape.plain else faithful.needed(brief, partial(self._facts_near, rules))
        first = [rule for _, rule in self.needed]
        shown = choosing.choose_rules(rules, language, brief=brief, embedded=small, first=first)
        self.shown = shown
        #: Rules whose hashtag code adds: a small model is not even shown them.
        self.tagged = (
            [r for r in choosing.in_language(rules, language) if choosing.tags_of(r)] if self.shape.tags else []
        )
        self.always = [tag for rule in self.tagged for tag in choosing.tags_of(rule)]
        own = hashtags.in_language(self.target.hashtags, language)
        self.tags = own if self.shape.tags else ()
        demanded = [w for r in rules if r.hard for w in r.words if w.startswith("#")]
        written = re.findall(r"[#＃]\w+", brief)
        self.allowed = (*own, *self.always, *demanded, *written) if self.target.hashtags else None
        dense = language.split("-")[0] in {"zh", "ja", "ko"}
        # What code adds to a link when the text is stored must fit too.
        self.extra = sum(max(0, self.target.length(link) - len(link)) for link in facts.links(brief))
        self.goal = min(self.target.limit - self.extra, self.shape.longest_han if dense else self.shape.longest)
        # Hashtags that code adds are no part of the wording.
        self.previous = hashtags.without(self.previous, (*self.always, *own))
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
        near = [r for r in self.shown if r.kind is RuleKind.FACT and r not in asked]
        # A statement says what its points say; what else the brand knows would only be told out of place.
        stated = [*asked, *([] if self.shape.plain else near)]
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
            "rules": listed([r for r in self.shown if r.kind is not RuleKind.FACT and not self._left_to_code(r)]),
            "cite": not self.small,
            "account": self.target.key,
            "language": language,
            "limit": int(self.goal * 0.85),  # models count badly
            "feedback": self.feedback,
            "previous": self.previous if self.feedback else "",
            "angle": self._angle(),
            "audience": self.order.audience.text(language),
            "manner": telling.manner(self.target.key.partition(":")[0], language),
            "words": quoted(self.order.words),
            "least": self.shape.fewest,
            "most": self._parts(),
            "own": self._own(),
        }

    def _left_to_code(self, rule: Rule) -> bool:
        return self.small and rule in self.tagged

    def _own(self) -> str:
        posts = () if self.small else self.order.own.get(self.target.key, ())
        return load("own_posts").render(posts=list(posts), language=self.target.language) if posts else ""

    def _angle(self) -> str:
        return self.order.angle.told(self.target.language) if self.order.angle else ""

    def _parts(self) -> int:
        """Return how many parts it may have; a small model writes a single text unless the kind has several."""
        if self.shape.most:
            return min(self.shape.most, self.target.parts)
        return 1 if self.small else self.target.parts

    def examples(self, turns: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return the examples of a prompt with their answers as calls of ``draft_post``."""
        cited = [r.id for r in self.shown if r.kind in {RuleKind.VOICE, RuleKind.MUST}][:2]

        def call(text: str) -> dict[str, Any]:
            parts = [p.strip() for p in text.split("\n---\n")]
            args: dict[str, Any] = {} if self.shape.answers else {"account": self.target.key}
            args |= {} if self.small else {"citations": cited}
            args |= {"text": parts[0]} if self.shape.answers else {"parts": parts}
            return args

        return as_calls(turns, "draft_post", call)

    def kit(self, turns: Sequence[tuple[str, str]], got: list[Proposed]) -> ToolKit:
        """Narrow the kit to one account and the rules shown, hold texts against the brief, note what is proposed."""
        outer, example = self.outer, "\n".join(text for _, text in turns[1:-1])

        def check(account: str, parts: tuple[str, ...], language: str) -> list[Finding]:
            return [*self.findings(parts, example), *outer.check(account, parts, language)]

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
        kit = replace(kit, citable=tuple(r.id for r in self.shown), finish=self.finish, closed=self.shape.answers)
        kit = replace(kit, shorten=self.shorten if self.condense else None)
        return replace(kit, cite=self.cite) if self.small else kit

    def shorten(self, text: str) -> str:
        """Say it in less, where the platform would not take it; never cut."""
        if self.condense is None or self.target.length(text) <= self.target.limit:
            return text
        return self.condense(hashtags.without(text, (*self.always, *self.tags)), self.target)

    def _narrowed(self) -> TargetAccount:
        target = replace(self.target, parts=self._parts(), least=self.shape.fewest)
        only = replace(target, limit=self.goal + self.extra) if self.small else target
        if self.small and target.language.startswith("zh"):
            # A small model leaves English words standing; where the schema forbids them it finds the Chinese ones.
            # Names (with a capital) and the brief's own links can be written.
            links = "".join("|" + re.sub(r"([.?+*()|{}^$])", r"\\\1", link) for link in facts.links(self.brief))
            only = replace(only, pattern=rf'^([^a-zA-Z"\\\n\r\t]|[A-Z][A-Za-z]*{links}){{1,{only.limit}}}$')
        return only

    def finish(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Add what code knows: the brief's link where a small model forgot it, and the brand's hashtags."""
        if self.small:
            parts = post_kinds.divided(parts, self.shape.fewest)
        *others, last = parts
        for link in facts.links(self.brief) if self.small and not self.feedback and not self.shape.leaves_out else ():
            if link not in "\n".join(parts) and self._fits(f"{last} {link}"):
                last = f"{last} {link}"
        near = hashtags.choose("\n".join(parts), self.brief, self.tags, self.target.most_tags, brand=self.brand)
        # What a rule always wants comes first, and is not counted against the number that people bear.
        wanted = list(dict.fromkeys([*self.always, *near]))
        most = max(self.target.most_tags, len(self.always))
        kept = [hashtags.settle(part, (), self.allowed, self._fits) for part in others]
        return (*kept, hashtags.settle(last, wanted, self.allowed, self._fits, most))

    def _fits(self, text: str) -> bool:
        return self.target.length(text) <= self.target.limit

    def cite(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Choose what a text may cite, where the model is not asked."""
        return choosing.cited("\n".join(parts), self.brief, [*self.shown, *self.tagged])

    def findings(self, parts: Sequence[str], example: str) -> list[Finding]:
        """Say what the text leaves out of its brief, adds to it, or merely repeats."""
        text, said = "\n".join(parts), post_kinds.problems(self.order.kind, parts, self.target.language)
        brief, changed, copied = self.brief, bool(self.feedback) or self.shape.leaves_out, list[Finding]()
        if changed and self.previous:
            if faithful.nearly(self.previous, text):
                return [Finding(SAME, Severity.BLOCK, "The language model found no other wording.")]
            if faithful.wants_shorter(self.feedback) and len(text) >= len(self.previous):
                said.append("It must be shorter than the previous post: say less.")
        own = (brief, self.feedback, self.brand, self.previous, *(r.text for r in self.shown))
        example = "" if self.shape.plain else example
        sources = (*own, self.order.words)
        # A changed version may well leave things out: that is what was asked for.
        if not changed:
            said += [f"Say {lost}, as the brief does." for lost in facts.missing(brief, text)]
        # What a stranger wrote may be taken up, but not a link of theirs.
        new = [*facts.invented(text, sources), *(li for li in facts.links(text) if li not in " ".join(own))]
        said += [f"The brief does not say {thing}: leave it out." for thing in new]
        if not changed and not self.shape.plain and facts.copied(brief, text):
            more = [r.text for r in self.shown if r.kind is RuleKind.FACT][:1]
            add = f"add what the readers want to know: {more[0]}" if more else "write it as a post, in two sentences."
            copied.append(Finding("copy", Severity.BLOCK, f"That is the brief again: {add}"))
        if self.shape.answers and not changed:
            said += reply_checks.lacking(self.order.words, brief, text, [r.text for r in self.shown])
        if facts.rambles(text):
            said.append("The text repeats itself: two or three sentences, no hashtags.")
        said += faithful.unfaithful(
            brief, text, sources, language=self.target.language, example=example, changed=changed,
            asks=self.shape.asks or self.order.angle is not None,
        )  # fmt: skip
        if self.order.angle and not self.order.angle.kept(text, self.target.language):
            said.append(f"It does not begin as asked. {self._angle()}")
        if other := telling.same_version(text, self.others, own):
            said.append(
                f"This is too like another version (“{telling.shared(text, other)[:60]}”): {self._angle()}".strip()
            )
        for sentence, rule in self.needed if not changed else ():
            if lacks := faithful.untold(rule.text, text, brief, sentence):
                said.append(lacks)
        return [*(Finding("brief", Severity.BLOCK, s) for s in said), *copied]


def quoted(words: str, most: int | None = MOST_WORDS) -> str:
    """Return somebody else's words as a quotation: every line marked, nothing hidden, not longer than ``most``."""
    lines = visible(words.strip()[:most]).splitlines()
    return "\n".join(f"> {line}" for line in lines if line.strip())
