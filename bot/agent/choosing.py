"""Which rules a writer is shown, and which of them a text may cite."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.agent import faithful
from bot.domain.brand import Rule, RuleKind

#: Rules shown to a model.
MOST = 24
#: Bytes of a brief so short that the nearest fact helps it, whether they share words or not.
SHORT = 60
#: Rules cited by code for one text.
MOST_CITED = 5
#: What a small model, which reads 20 tokens a second, is shown of each kind, in the order in which it reads them.
_SHARES = (
    ((RuleKind.FACT,), 2),
    ((RuleKind.MUST, RuleKind.SHOULD), 2),
    ((RuleKind.VOICE,), 2),
    ((RuleKind.NEVER,), 1),
    ((RuleKind.EXAMPLE,), 0),
)
_ORDER = {kind: n for n, (kinds, _) in enumerate(_SHARES) for kind in kinds}
_TAG_ALWAYS = re.compile(
    r"(?:\balways|必须包含|必须有|总是|一律)\s*(?:use\s+|add\s+|带|用|加)?([#＃]\w+)", re.IGNORECASE
)


def choose_rules(
    rules: Sequence[Rule], language: str, *, brief: str = "", embedded: bool = False, first: Sequence[Rule] = ()
) -> list[Rule]:
    """Pick what a writer needs to see, in the account's language: facts, then musts, voice, and what is never said.

    ``rules`` come in the order of their nearness to the brief; ``first`` are sure of a place. A small model sees few of
    each kind, and no fact that the brief is not near to, for it would tell it; a larger one sees all hard rules. They
    hold either way: code checks them.
    """
    own = in_language([*first, *rules], language)
    if embedded:
        chosen: list[Rule] = []
        own = [r for r in own if not tags_of(r)]  # code adds these
        facts = [r for r in own if r.kind is RuleKind.FACT]
        # What the brief asked for stands in it already; other facts would only be told out of place.
        told = list(first) or [r for r in facts if _near(r, rules, brief, shared=2)][:2]
        if not told and len(brief.encode()) < SHORT:
            told = facts[:1]
        own = [r for r in own if (r in told if r in facts else r.kind is RuleKind.VOICE or _near(r, rules, brief))]
        for kinds, share in _SHARES:
            chosen += [r for r in own if r.kind in kinds][:share]
    else:
        hard = [r for r in own if r.hard]
        chosen = [*[r for r in own if not r.hard][: max(0, MOST - len(hard))], *hard]
    return sorted(chosen, key=lambda r: (r.hard, _ORDER[r.kind]))


def _near(rule: Rule, rules: Sequence[Rule], brief: str, shared: int = 1) -> bool:
    """Say whether a rule, in any language it is there in, speaks of what the brief does."""
    said = [rule.text, *(r.text for r in rules if r.id == rule.twin or r.twin == rule.id)]
    return any(faithful.near(text, brief, shared=shared) for text in said)


_MAY = re.compile(
    r"\b(?:may|can|could|should|must|shall|do)\s+(?:we|i)\b|\ballowed|\bok(?:ay)? to\b|可以|能不能|能否|^能|允许",
    re.I,
)
_WHICH = re.compile(r"\b(?:when|where|how (?:much|long|many)|what|who)\b|几点|多少|哪里|哪儿|什么时候|多久|几", re.I)


def for_question(question: str, rules: Sequence[Rule], language: str) -> list[Rule]:
    """Order rules for a question: what is never said first for “may we”, facts first for “when”, else by nearness."""
    own = in_language(rules, language)
    if _WHICH.search(question):
        return sorted(own, key=lambda r: r.kind is not RuleKind.FACT)
    if _MAY.search(question):
        return sorted(own, key=lambda r: r.kind is not RuleKind.NEVER)
    return own


def in_language(rules: Sequence[Rule], language: str) -> list[Rule]:
    """Return each rule once, in the language or by its twin in it; what exists only in another comes last, if at all.

    A brand that wrote its rules in one language gets them in that one.
    """
    tag = language.split("-")[0]
    by_id = {r.id: r for r in rules}
    by_twin = {r.twin: r for r in rules if r.twin}

    def own(rule: Rule) -> Rule | None:
        twin = by_id.get(rule.twin) or by_twin.get(rule.id)
        return next((r for r in (rule, twin) if r is not None and r.language.split("-")[0] == tag), None)

    mine = list(dict.fromkeys(r for rule in rules if (r := own(rule)) is not None))
    others = [r for r in dict.fromkeys(rules) if own(r) is None]
    return [*mine, *others] if len(mine) < 3 else mine


def cited(text: str, brief: str, shown: Sequence[Rule]) -> tuple[str, ...]:
    """Choose the rules that a text may cite, for a model too small to tell: what it draws on, not what it was shown.

    Facts of which words stand in the text; musts that speak of the same thing, and whose hashtag is there; the voice it
    was asked for; never-rules only where the brief comes near them.
    """
    facts = [r for r in shown if r.kind is RuleKind.FACT and faithful.uses(r.text, text, brief)]
    musts = [r for r in shown if r.kind in {RuleKind.MUST, RuleKind.SHOULD} and _kept(r, text, brief)]
    voice = [r for r in shown if r.kind is RuleKind.VOICE]
    never = [r for r in shown if r.kind is RuleKind.NEVER and faithful.near(r.text, brief, shared=2)]
    return tuple(r.id for r in [*facts[:3], *musts[:2], *never[:1], *voice][:MOST_CITED])


def _kept(rule: Rule, text: str, brief: str) -> bool:
    tags = tags_of(rule)
    return all(t.lower() in text.lower() for t in tags) if tags else faithful.near(rule.text, brief, text)


def tags_of(rule: Rule) -> list[str]:
    """Return the hashtags that a rule wants in every post; “always #Tea”, “必须包含 #茶”."""
    return _TAG_ALWAYS.findall(rule.text) if rule.kind is RuleKind.MUST else []
