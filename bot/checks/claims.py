"""Numbers, dates, prices, percentages and superlatives: each rests on something the brand said, or is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.checks.base import Source, Subject, Text
from bot.checks.kit.absolutes import absolutes
from bot.checks.kit.figures import Figure, agree, figures
from bot.checks.kit.nearness import same_thing, shares
from bot.checks.kit.wording import HAN, is_chinese
from bot.checks.text import fold
from bot.domain.brand import Brand, RuleKind
from bot.domain.draft import Finding, Severity
from bot.words import joined, say

#: Voice and examples say how to write, and what must never be said is no fact: nothing rests on them.
_BACKING = (RuleKind.FACT, RuleKind.MUST, RuleKind.SHOULD)
#: "Happy Friday" and "周末愉快" claim nothing.
_GREETING = re.compile(r"(?:happy|merry|hello|goodbye|bye|every|tgif|lazy)\s$|(?:hello|happy|快乐|你好|好)[,，]?\s?$")
_WISHED = re.compile(r"\s?(?:快乐|愉快|好[呀啊,，。！!]|你好|早安|(?:morning|evening|feeling|mood|vibes|motivation)\b)")
_WORD = re.compile(rf"[a-z]{{4,}}|[{HAN}]")


@dataclass(frozen=True)
class Claim:
    """One claim of a text, tied to the place that says the same, or to nothing."""

    text: str
    part: int
    span: tuple[int, int]
    #: ``date``, ``weekday``, ``time``, ``price``, ``percent``, ``number``, ``superlative`` or ``forbidden``.
    kind: str
    #: Id of a source of the subject, of a rule, or of a saved answer; empty where nothing backs the claim.
    source_id: str = ""
    #: Where in the text of that source, in code points.
    source_span: tuple[int, int] = (0, 0)
    #: Says too little to be more than noted.
    soft: bool = False


def sources(subject: Subject) -> list[Source]:
    """Return all that a claim may rest on: what people named, the brand's facts and rules, its saved answers."""
    rules = [r for r in subject.brand.rulebook.rules if r.kind in _BACKING]
    rules.sort(key=lambda r: r.kind is not RuleKind.FACT)
    found = [*subject.sources, *(Source(r.id, r.text) for r in rules)]
    return [*found, *(Source(r.id, r.answer) for r in subject.brand.replies)]


def tied(subject: Subject) -> list[Claim]:
    """Return every claim of a content in order, each with the source span that says the same, if there is one."""
    known = sources(subject)
    return [claim for text in subject.texts for claim in _claims(text, subject, known)]


def _claims(text: Text, subject: Subject, known: list[Source]) -> Iterator[Claim]:
    own = _own_names(subject.brand, text.text)
    for figure in figures(text.text):
        start, end = figure.span
        if figure.loose or any(a <= start and end <= b for a, b in own) or _said_in_passing(figure, text.text):
            continue
        where = _backing(figure, text.text, known)
        soft = figure.kind == "weekday" and not any(
            f.kind == "weekday" for s in subject.sources for f in figures(s.text)
        )
        yield Claim(text.text[start:end], text.part, (start, end), figure.kind, *where, soft=soft)
    folded = fold(text.text)
    for absolute, (start, end) in absolutes(folded.text):
        span = folded.span(start, end)
        said = text.text[slice(*span)]
        # What a hard rule forbids is blocked already.
        if any(
            fold(w).text in fold(said).text
            for r in subject.brand.rulebook.hard
            for w in r.words
            if r.kind is RuleKind.NEVER
        ):
            continue
        backed = _topic(absolute.topic, known)
        kind = "forbidden" if absolute.forbidden and is_chinese(text.text) else "superlative"
        yield Claim(said, text.part, span, kind, *backed, soft=absolute.soft)


def _own_names(brand: Brand, text: str) -> list[tuple[int, int]]:
    """Return where the brand's own name stands, digits of which are no claim."""
    return [m.span() for m in re.finditer(re.escape(brand.name), text)] if re.search(r"\d", brand.name) else []


def _said_in_passing(figure: Figure, text: str) -> bool:
    if figure.kind != "weekday":
        return False
    start, end = figure.span
    low = text.lower()
    return bool(_GREETING.search(low[max(0, start - 10) : start]) or _WISHED.match(low[end : end + 12]))


def _backing(claim: Figure, text: str, known: list[Source]) -> tuple[str, tuple[int, int]]:
    """Return id and span of what says the same; of several sources the one that shares most words with the claim."""
    near = _words(text[max(0, claim.span[0] - 60) : claim.span[1] + 60])
    chinese, counted = is_chinese(text), _counts(claim)
    best, score, elsewhere = ("", (0, 0)), -1, False
    for source in known:
        for figure in figures(source.text):
            if not agree(claim, figure):
                continue
            # Words can be held only against words of the same language; what the brief says is meant for this text.
            alike = chinese == is_chinese(source.text)
            if counted and alike and source.id != "brief" and not _same(claim, text, figure, source.text, chinese):
                elsewhere = True
                continue
            shared = len(near & _words(source.text)) + (1000 if alike or not counted else 0)
            if shared > score:
                best, score = (source.id, figure.span), shared
            break
    # A number that the brand's words give to another thing is not backed by their translation.
    return ("", (0, 0)) if elsewhere and score < 1000 else best


def _counts(claim: Figure) -> bool:
    """Say whether a claim is a number or a share of something that only the words beside it name."""
    return claim.kind == "percent" or (claim.kind == "number" and claim.unit in ("", "person"))


def _same(claim: Figure, text: str, figure: Figure, source: str, chinese: bool) -> bool:
    if claim.kind == "percent":
        return shares(text.lower(), claim.span, source.lower(), figure.span)
    if claim.unit and claim.unit == figure.unit:
        return True
    return same_thing(text.lower(), claim.span, source.lower(), figure.span, chinese=chinese)


@lru_cache(maxsize=2**13)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


@lru_cache(maxsize=2**13)
def _topics(text: str) -> dict[str, tuple[int, int]]:
    folded = fold(text)
    return {absolute.topic: folded.span(*span) for absolute, span in absolutes(folded.text)}


def _topic(topic: str, known: list[Source]) -> tuple[str, tuple[int, int]]:
    return next(((s.id, span) for s in known if (span := _topics(s.text).get(topic))), ("", (0, 0)))


def _named(kind: str) -> str:
    return {
        "date": say("date"),
        "weekday": say("day"),
        "time": say("time"),
        "price": say("price"),
        "percent": say("percentage"),
        "number": say("number"),
    }[kind]


def check(subject: Subject) -> list[Finding]:
    """Warn of claims that neither the brief nor the brand's facts back, and of words Chinese law forbids in ads."""
    found, seen = list[Finding](), set[tuple[int, str, tuple[int, int]]]()
    known = sources(subject)
    for text in subject.texts:
        for claim in _claims(text, subject, known):
            key = (claim.part, claim.text.lower(), claim.span if claim.kind == "number" else (0, 0))
            if key in seen or (claim.source_id and claim.kind != "forbidden"):
                continue
            seen.add(key)
            severity = Severity.NOTE if claim.soft else Severity.WARN
            if claim.kind == "forbidden":
                message = say(
                    "“{said}”: absolute words must not stand in advertising in China (Advertising Law, Art. 9).",
                    said=claim.text,
                )
                fix = say("Say what is true of it instead: a taste, a figure, a place.")
            elif claim.kind == "superlative":
                message = say("Nothing the brand says backs “{said}”.", said=claim.text)
                fix = say("Say it in plainer words, or add the proof to the brand's facts.")
            else:
                message = say(
                    "Neither the brief nor the brand's facts have this {what}: “{said}”.",
                    what=_named(claim.kind),
                    said=claim.text,
                )
                fix = say("Check it. Leave it out, or add it to the brief or to the brand's facts.")
            other = _other(claim, known)
            fix = joined(say("The brief says “{said}”.", said=other), fix) if other else fix
            found.append(Finding("claims", severity, text.where + message, "", text.part, text.span(*claim.span), fix))
    return found


def _other(claim: Claim, known: list[Source]) -> str:
    """Return what the brief says of the same kind, where it says one thing only: most likely what was meant."""
    if claim.kind in ("superlative", "forbidden", "number") or not known or known[0].id != "brief":
        return ""
    said = [known[0].text[slice(*f.span)] for f in figures(known[0].text) if f.kind == claim.kind]
    return said[0] if len(said) == 1 else ""
