"""Slurs and swearing in both languages, also in disguise (look-alikes, signs between the letters, leetspeak)."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.checks.base import Subject
from bot.checks.kit.swearing import INNOCENT, SLURS, STRONG, SWEARING
from bot.checks.kit.wording import HAN
from bot.checks.text import fold, plain
from bot.domain.brand import RuleKind
from bot.domain.draft import Finding, Severity
from bot.words import say

#: Signs that somebody set between two Chinese characters, or between single Latin letters.
_BETWEEN = re.compile(
    rf"(?<=[{HAN}])[^\w,!?;:，。！？；：、]{{1,2}}(?=[{HAN}])|(?<=傻)[bx](?![a-z])"
    r"|(?<![a-z])[a-z]([ ._*-])[a-z](?:\1[a-z])+(?![a-z])"
)


@lru_cache(maxsize=64)
def _squeezed(text: str) -> tuple[str, tuple[int, ...]]:
    """Return a text without the signs that hide a word, and where each of its characters stood."""
    kept: list[str] = []
    origin: list[int] = []
    last = 0
    for match in _BETWEEN.finditer(text):
        kept.extend(text[last : match.start()])
        origin.extend(range(last, match.start()))
        for at in range(*match.span()):
            if match.group() in "bx":
                kept.append("逼")
                origin.append(at)
            elif text[at].isalpha():
                kept.append(text[at])
                origin.append(at)
        last = match.end()
    kept.extend(text[last:])
    origin.extend(range(last, len(text)))
    return "".join(kept), tuple(origin)


def check(subject: Subject) -> list[Finding]:
    """Block slurs and strong swearing, warn of the mild, in text and in alt text."""
    found = []
    brand = subject.brand
    examples = (r.text for r in brand.rulebook.rules if r.kind is RuleKind.EXAMPLE)
    # A brand that is called so, or that gives it as an example of how it speaks, may say it.
    named = fold(" ".join((brand.name, *brand.hashtags, *examples))).text
    for text in subject.texts:
        folded = fold(text.text)
        shown, origin = _squeezed(plain(folded.text))
        shown = INNOCENT.sub(lambda m: "\x00" * len(m.group()), shown)
        taken: list[tuple[int, int]] = []
        for pattern, severity in ((SLURS, Severity.BLOCK), (STRONG, Severity.BLOCK), (SWEARING, Severity.WARN)):
            for match in pattern.finditer(shown):
                start, end = match.span()
                start += len(match.group()) - len(match.group().lstrip("，。！？,.!? \n"))
                if match.group() in named or any(a < end and start < b for a, b in taken):
                    continue
                taken.append((start, end))
                span = folded.span(origin[start], origin[end - 1] + 1)
                said = text.text[slice(*span)]
                message = (
                    say("“{said}” insults people.", said=said)
                    if pattern is SLURS
                    else say("“{said}” is swearing.", said=said)
                )
                fix = say("Say it without the word.")
                found.append(Finding("profanity", severity, text.where + message, "", text.part, text.span(*span), fix))
    return found
