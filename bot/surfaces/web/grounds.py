"""What a text rests on, beside the text: each rule and claim with the stretch it is about, and whose words are whose.

Rules come with a version as a whole. Code finds where one shows: in a claim that it backs, a word that it asks for, a
finding that names it. A rule that shows nowhere in particular holds for the whole text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.checks.base import Source, Subject
from bot.checks.claims import Claim, sources, tied
from bot.checks.text import fold, visible
from bot.words import say

if TYPE_CHECKING:
    from bot.domain.brand import Rule
    from bot.workflow.card import Card

#: Characters of a source that are shown before and after what it says.
AROUND = 90
#: (start, end, kind, title, where a press on it leads).
Span = tuple[int, int, str, str, str]


@dataclass(frozen=True)
class RuleView:
    """A rule that the version names, or that a check does."""

    n: int
    rule: Rule
    #: Named by a check alone.
    broken: bool
    #: Holds for the text as a whole: no stretch of it stands out.
    whole: bool


@dataclass(frozen=True)
class ClaimView:
    """One claim, and what says the same."""

    n: int
    text: str
    #: Where it stands, for people; empty where nothing backs it.
    source: str
    before: str = ""
    same: str = ""
    after: str = ""


@dataclass(frozen=True)
class Outside:
    """Words that neither the brand nor the model wrote."""

    label: str
    text: str


@dataclass(frozen=True)
class Grounds:
    """All of it; ``spans`` are by part."""

    rules: list[RuleView] = field(default_factory=list)
    claims: list[ClaimView] = field(default_factory=list)
    spans: dict[int, list[Span]] = field(default_factory=dict)
    outside: list[Outside] = field(default_factory=list)


def of(card: Card) -> Grounds:
    """Return what the text of a card rests on."""
    version = card.version
    named = list(dict.fromkeys([*card.cited, *_named_by_checks(card)]))
    given = [Source("brief", card.draft.brief)] if card.draft.brief else []
    subject = Subject(version.content, card.brand, sources=given, kind=card.draft.kind)
    claims, texts = tied(subject), {s.id: s.text for s in sources(subject)}
    number = {rule.id: n for n, rule in enumerate(named, 1)}
    spans: dict[int, list[Span]] = {}
    views: dict[tuple[str, str], ClaimView] = {}
    for claim in claims:
        view = views.setdefault((claim.text, claim.source_id), _claim(card, len(views) + 1, claim, texts))
        kind = "claim" if claim.source_id else "unbacked"
        title = view.source or say("nothing that the brand said backs this")
        spans.setdefault(claim.part, []).append((*claim.span, kind, visible(title), f"#claim-{view.n}"))
    shown = {claim.source_id for claim in claims}
    for rule in named:
        for n, span in _words(card, rule):
            spans.setdefault(n, []).append((*span, "rule", visible(rule.text), f"#rule-{number[rule.id]}"))
            shown.add(rule.id)
    shown |= {f.rule_id for f in version.findings if any(f.span)}
    rules = [RuleView(number[r.id], r, r not in card.cited, r.id not in shown) for r in named]
    return Grounds(rules, list(views.values()), spans, list(_outside(card)))


def _named_by_checks(card: Card) -> Iterator[Rule]:
    for finding in card.version.findings:
        rule = card.brand.rulebook.get(finding.rule_id) if finding.rule_id else None
        if rule is not None:
            yield rule


def _claim(card: Card, n: int, claim: Claim, texts: dict[str, str]) -> ClaimView:
    if not claim.source_id:
        return ClaimView(n, visible(claim.text), "")
    text, (start, end) = texts.get(claim.source_id, ""), claim.source_span
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    return ClaimView(
        n, visible(claim.text), visible(_place(card, claim.source_id)),
        visible(("…" if start > AROUND else "") + before), visible(text[start:end]),
        visible(after + ("…" if len(text) > end + AROUND else "")),
    )  # fmt: skip


def _place(card: Card, source: str) -> str:
    if source == "brief":
        return say("the brief")
    rule = card.brand.rulebook.get(source)
    return f"{source} · {rule.file}:{rule.line}" if rule and rule.file else source


def _words(card: Card, rule: Rule) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield where words that a rule names stand in the text: (part, span)."""
    wanted = [w for word in rule.words if (w := fold(word).text.strip())]
    for n, part in enumerate(card.version.content.parts if wanted else ()):
        folded = fold(part.text)
        for word in wanted:
            at = folded.text.find(word)
            if at >= 0:
                yield n, folded.span(at, at + len(word))


def _outside(card: Card) -> Iterator[Outside]:
    words = str((card.version.known("to") or {}).get("words") or "")
    if words:
        label = say("From a comment: a stranger's words") if card.draft.kind == "reply" else say("From the post below")
        yield Outside(label, visible(words))
    for part in card.version.content.parts:
        if part.card:
            told = "\n".join(filter(None, (part.card.title, part.card.description)))
            yield Outside(say("From the page {url}", url=visible(part.card.url)), visible(told))
