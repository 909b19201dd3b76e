"""Words that a hard rule of the brand demands, always or in texts that speak of something."""

from __future__ import annotations

from bot.checks.base import Subject
from bot.checks.kit.wording import phrase, straddles
from bot.checks.text import fold
from bot.domain.brand import Brand, Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.words import joined, say


def applying(brand: Brand, language: str) -> list[tuple[Rule, tuple[str, ...]]]:
    """Return the ``must`` rules for texts in ``language``, each with the words of either language that call it in.

    A rule that is there in several languages holds in the text's own; one in a single language holds for every text.
    """
    rules = {r.id: r for r in brand.rulebook.hard if r.kind is RuleKind.MUST}
    found = []
    for rule in rules.values():
        twin = rules.get(rule.twin)
        if twin is not None and _fit(twin, language) > _fit(rule, language):
            continue
        if twin is not None and _fit(twin, language) == _fit(rule, language) and _first(twin, rule) is twin:
            continue
        if rule.words:
            found.append((rule, (*rule.when, *(twin.when if twin else ()))))
    return found


def _fit(rule: Rule, language: str) -> int:
    """Return how well a rule's language is that of a text: ``zh`` and ``zh-Hans`` nearly are one."""
    mine, asked = rule.language.lower(), language.lower()
    return 2 if mine == asked else 1 if mine.split("-")[0] == asked.split("-")[0] else 0


def _first(one: Rule, other: Rule) -> Rule:
    # Of twins the one with the plain id is in the brand's first language.
    return min(one, other, key=lambda r: (len(r.id), r.id))


def check(subject: Subject) -> list[Finding]:
    """Block a content that lacks each of the words that a hard ``must`` rule lists; alt texts do not count."""
    text = fold("\n".join(part.text for part in subject.content.parts)).text
    found = []
    for rule, when in applying(subject.brand, subject.content.language):
        uses = (m for word in when for m in phrase(word, inflected=True).finditer(text))
        called = next((m for m in uses if not straddles(text, m.span())), None)
        if (when and called is None) or any(phrase(word).search(text) for word in rule.words):
            continue
        why = say("The text speaks of “{word}”.", word=called.group()) if called else ""
        message = say("Something the brand demands is missing: {rule}", rule=rule.text)
        one_of = say("; ").join(f"“{word}”" for word in rule.words[:8])
        fix = (
            say("Say one of these: {words}.", words=one_of)
            if len(rule.words) > 1
            else say("Say {words}.", words=one_of)
        )
        found.append(Finding("required_words", Severity.BLOCK, joined(message, why), rule.id, fix=fix))
    return found
