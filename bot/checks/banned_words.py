"""Words that a hard rule of the brand forbids, also in disguise (width, case, look-alikes, invisible characters)."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from bot.checks.base import Subject
from bot.checks.text import fold, plain
from bot.domain.brand import RuleKind
from bot.domain.draft import Finding, Severity
from bot.words import say

_HAN = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_LATIN = r"a-z\u00df-\u00f6\u00f8-\u024f"
#: Words of other alphabets may fold to Latin letters in part, so their neighbours of either alphabet count.
_ALPHABETS = _LATIN + r"\u0370-\u052f\u1e00-\u1fff"
#: Between two Chinese characters: anything but letters and the marks that end a clause; those only come close.
_WITHIN = {True: r"(?:[^\w,!?;:。、]|_){0,3}", False: r"[\W_]{0,3}"}
#: A word used more often than this is shown this often.
_MOST = 50
_SPACE = r"[\s_\u2010-\u2015-]{1,9}"
#: A word written letter by letter, with one and the same sign between the letters.
_SPELT = re.compile(rf"(?<![{_LATIN}])[a-z](?:([ ._*·-])[a-z])(?:\1[a-z])+(?![{_LATIN}])")


@lru_cache(maxsize=4096)
def _pattern(word: str, strict: bool = True) -> re.Pattern[str]:
    folded = " ".join(fold(word).text.split())
    body, before = "", ""
    for char in folded if strict else plain(folded):
        if char != " ":
            if before == " ":
                body += _SPACE
            elif before and re.match(_HAN, before) and re.match(_HAN, char):
                body += _WITHIN[strict]
            body += re.escape(char)
        before = char
    # Latin words match whole, so that "cure" does not catch "secure"; Chinese has no spaces between words, and a
    # digit or a sign beside a word hides nothing.
    letters = _ALPHABETS if re.search(r"[\u0370-\u052f]", word) else _LATIN

    def edge(char: str) -> str:
        return letters if re.match(rf"[{letters}]", char) else "0-9" if char.isdigit() else ""

    left, right = edge(folded[:1]), edge(folded[-1:])
    return re.compile((f"(?<![{left}])" if left else "") + body + (f"(?![{right}])" if right else ""))


def _uses(word: str, text: str, bare: str) -> list[tuple[tuple[int, int], Severity]]:
    """Return where a folded text uses a word, and where it comes so close that a person should look."""
    start = fold(word).text.split()[0]
    key = start[0] if re.match(_HAN, start) else start
    found = []
    if key in text:
        found = [(m.span(), Severity.BLOCK) for m in islice(_pattern(word).finditer(text), _MOST)]
    if plain(key) in bare:
        known = [span for span, _ in found]
        near = (m.span() for m in islice(_pattern(word, False).finditer(bare), _MOST))
        found += [(s, Severity.WARN) for s in near if not any(a < s[1] and s[0] < b for a, b in known)]
    return found


def check(subject: Subject) -> list[Finding]:
    """Block each use of a word that a hard ``never`` rule lists, in text and in alt text."""
    rules = [r for r in subject.brand.rulebook.hard if r.kind is RuleKind.NEVER and r.words]
    found = []
    for part in subject.texts if rules else ():
        folded = fold(part.text)
        bare = plain(folded.text)
        spelt = [(m.span(), m.group()[::2]) for m in _SPELT.finditer(folded.text)]
        for rule in rules:
            for word in rule.words:
                plainly = fold(word).text.strip()
                if not plainly:
                    continue
                uses = _uses(word, folded.text, bare)
                uses += [(span, Severity.BLOCK) for span, letters in spelt if letters == plainly]
                for span, severity in uses:
                    start, end = folded.span(*span)
                    said = part.text[start:end]
                    message = (
                        say("{where}“{said}” is not allowed: {rule}", where=part.where, said=said, rule=rule.text)
                        if severity is Severity.BLOCK
                        else say(
                            "{where}“{said}” comes close to “{word}”, which is not allowed: {rule}",
                            where=part.where,
                            said=said,
                            word=word,
                            rule=rule.text,
                        )
                    )
                    found.append(
                        Finding(
                            "banned_words",
                            severity,
                            message,
                            rule_id=rule.id,
                            part=part.part,
                            span=part.span(start, end),
                            fix=say("Say it without “{word}”.", word=word),
                        )
                    )
    return found
