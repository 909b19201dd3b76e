"""Words that a hard rule of the brand forbids, also in disguise (width, case, look-alikes, digits for letters)."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from bot.checks.base import Subject
from bot.checks.kit.guises import alike, guises
from bot.checks.kit.pieces import pieces
from bot.checks.kit.traditional import simplified
from bot.checks.kit.wording import straddles
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


@lru_cache(maxsize=4096)
def _pattern(word: str, strict: bool = True) -> re.Pattern[str]:
    folded = " ".join(simplified(fold(word).text).split())
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


#: Digits and signs that stand for letters, and the letters that they may be taken for.
_STAND_INS = str.maketrans(
    {
        "0": "o",
        "1": "l",
        "i": "l",
        "|": "l",
        "@": "a",
        "4": "a",
        "$": "s",
        "5": "s",
        "3": "e",
        "7": "t",
        "8": "b",
        "9": "g",
    }
)
#: Shorter words turn up by chance where digits count as letters, or accents for nothing.
_LONG = 6


@lru_cache(maxsize=4096)
def _stand_in(word: str) -> re.Pattern[str] | None:
    """Return the pattern of a word among texts whose digits are read as letters; None where that proves nothing."""
    folded = " ".join(plain(fold(word).text).split())
    if not folded.isascii() or sum(c.isalpha() for c in folded) < _LONG:
        return None
    body = _SPACE.join(re.escape(piece.translate(_STAND_INS)) for piece in folded.split())
    return re.compile(rf"(?<![a-z]){body}(?![a-z])")


def _uses(word: str, text: str, bare: str, written: str) -> list[tuple[tuple[int, int], Severity]]:
    """Return where a folded text uses a word, and where it comes so close that a person should look.

    ``written`` is the same text with its capitals.
    """
    start = simplified(fold(word).text).split()[0]
    key = start[0] if re.match(_HAN, start) else start
    found = []
    if key in text:
        # Across the seam of two Chinese words, 环保 and 本子, stands no 保本.
        found = [
            (m.span(), Severity.WARN if straddles(text, m.span()) else Severity.BLOCK)
            for m in islice(_pattern(word).finditer(text), _MOST)
        ]
    if plain(key) in bare:
        known = [span for span, _ in found]
        near = (m.span() for m in islice(_pattern(word, False).finditer(bare), _MOST))
        found += [(s, _near(word, text, s)) for s in near if not any(a < s[1] and s[0] < b for a, b in known)]
    if pattern := _stand_in(word):
        known = [span for span, _ in found]
        posing = (m.span() for m in islice(pattern.finditer(bare.translate(_STAND_INS)), _MOST))
        found += [(s, Severity.BLOCK) for s in posing if not any(a < s[1] and s[0] < b for a, b in known)]
    known = [span for span, _ in found]
    whole = plain(fold(word).text)
    told = list(pieces(whole, bare, written))
    if pattern:
        told += pieces(whole.translate(_STAND_INS), bare.translate(_STAND_INS), written)
    told += islice(guises(simplified(whole), bare), _MOST)
    for span, sure in told:
        if not any(a < span[1] and span[0] < b for a, b in known):
            known.append(span)
            found.append((span, Severity.BLOCK if sure else Severity.WARN))
    return found


_MASKED = re.compile(r"(?<![a-z])[a-z]+(?:[*•●×]{1,3}[a-z]+)+(?![a-z])")
_CALLED_OUT = re.compile(r"(?<=[a-z0-9])!(?=[a-z0-9])")


def _unmasked(bare: str, words: tuple[str, ...]) -> str:
    """Put back letters that a star hides, as in ``m*racle``, where a listed word tells which; the length stays."""
    known = {piece for word in words for piece in plain(fold(word).text).split() if len(piece) > 3}

    def mended(match: re.Match[str]) -> str:
        shape = re.compile(re.sub(r"[^a-z]", "[a-z]", match.group()))
        return next((piece for piece in sorted(known) if shape.fullmatch(piece)), match.group())

    return _CALLED_OUT.sub("i", _MASKED.sub(mended, bare))


def _near(word: str, text: str, span: tuple[int, int]) -> Severity:
    """Hold back a long word under accents that it does not have; a short one may be another word.

    So with Chinese: a mark behind each of three characters is no clause.
    """
    letters, said = fold(word).text, text[slice(*span)]
    dressed = letters.isascii() and len(letters) > _LONG and said != letters
    spelt = len(letters) > 2 and re.fullmatch(rf"(?:{_HAN}[\W_]{{1,3}}){{2,}}{_HAN}", said)
    return Severity.BLOCK if dressed or spelt else Severity.WARN


def check(subject: Subject) -> list[Finding]:
    """Block each use of a word that a hard ``never`` rule lists, in text and in alt text."""
    rules = [r for r in subject.brand.rulebook.hard if r.kind is RuleKind.NEVER and r.words]
    found = []
    for part in subject.texts if rules else ():
        folded = fold(part.text)
        shown = simplified(folded.text)
        bare = _unmasked(plain(shown), tuple(word for rule in rules for word in rule.words))
        written = "".join(part.text[n] for n in folded.origin)
        for rule in rules:
            for word in (form for listed in rule.words for form in alike(listed)):
                plainly = fold(word).text.strip()
                if not plainly:
                    continue
                for span, severity in _uses(word, shown, bare, written):
                    start, end = folded.span(*span)
                    said = part.text[start:end]
                    chance = severity is Severity.WARN and fold(said).text == plainly
                    message = (
                        say(
                            "{where}“{said}” stands here, perhaps only where two words meet: {rule}",
                            where=part.where,
                            said=said,
                            rule=rule.text,
                        )
                        if chance
                        else say("{where}“{said}” is not allowed: {rule}", where=part.where, said=said, rule=rule.text)
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
