"""Words that a hard rule of the brand forbids, also in disguise (width, case, look-alikes, invisible characters)."""

from __future__ import annotations

import re
import unicodedata

from bot.checks.base import Subject
from bot.checks.text import fold
from bot.domain.brand import RuleKind
from bot.domain.draft import Finding, Severity
from bot.words import say


def _pattern(word: str) -> re.Pattern[str]:
    folded = fold(word).text.strip()
    body = r"\s+".join(re.escape(w) for w in folded.split())
    # Latin words match whole, so that "cure" does not catch "secure"; Chinese has no spaces between words.
    left = r"(?<!\w)" if folded[:1].isascii() else ""
    right = r"(?!\w)" if folded[-1:].isascii() else ""
    return re.compile(left + body + right)


def check(subject: Subject) -> list[Finding]:
    """Block each use of a word that a hard ``never`` rule lists, in text and in alt text."""
    found = []
    for rule in subject.brand.rulebook.hard:
        if rule.kind is not RuleKind.NEVER:
            continue
        for word in rule.words:
            if not fold(word).text.strip():
                continue
            pattern = _pattern(word)
            for n, part in enumerate(subject.content.parts):
                for text, where in [(part.text, ""), *((m.alt, say("In an alt text: ")) for m in part.media)]:
                    folded = fold(unicodedata.normalize("NFC", text) if where else text)
                    for match in pattern.finditer(folded.text):
                        span = folded.span(*match.span())
                        said = text[slice(*span)] if not where else word
                        found.append(
                            Finding(
                                "banned_words",
                                Severity.BLOCK,
                                say("{where}“{said}” is not allowed: {rule}", where=where, said=said, rule=rule.text),
                                rule_id=rule.id,
                                part=n,
                                span=span if not where else (0, 0),
                                fix=say("Say it without “{word}”.", word=word),
                            )
                        )
    return found
