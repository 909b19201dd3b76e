"""How a text sounds against what the brand wants: mood, exclamation marks, emoji, capitals."""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable

from bot.checks.base import Subject
from bot.domain.draft import Finding, Severity
from bot.insight import text as measures
from bot.insight.feeling import mood
from bot.words import say

#: Said to a reader, these end the conversation.
_CONTEMPT = re.compile(
    r"(?:not|hardly|never) (?:our|my) (?:problem|fault|job)|deal with it|get over it|calm down|stop (?:complaining|whining|moaning)|your own fault"
    r"|(?:if you )?(?:bothered to|can't be bothered)|like everyone else (?:before|does)|learn to (?:read|drink|listen)|what (?:did|do) you expect|you people|nobody asked you"
    r"|read the (?:manual|website|rules) (?:first|like)|do your research|you should know better|whatever you say"
    r"|素质[太真很]?[差低]|烦不烦|爱买不买|嫌[贵慢远麻少小][^，。！？,.!?]{0,4}就?(?:别|不要|去)|[不也]?不?[缺差]你(?:这|一)?[一个]?[单位个人]|(?:买|吃|用|玩|喝)不起[^，。！？,.!?]{0,3}(?:别|就)|爱来不来|爱信不信|活该|自己不会(?:看|查|想)|关我们?(?:什么|啥)事|跟我们没关系|别来烦|有完没完|没见过世面|说了多少遍|懂不懂|无理取闹|自找的"
)
_Warn = Callable[..., None]
#: Word lists are wrong about irony and about words of a trade, so that only clear cases count. From here on a mood is
#: felt where the brand wants none.
_EXCITED, _UPSET = 0.95, -0.7
#: Below this, a text that should sound positive sounds negative.
_NEGATIVE = -0.7
_MARKS = re.compile(r"[!！‼❗]")
_SHOUT = re.compile(r"[!！?？‼❗]{3,}")
#: So much of a long text tells how it sounds.
_MEASURED = 1500
#: Capitals that shout: three words in a row, or one long word. Short ones are mostly names.
_CAPITALS = re.compile(
    r"(?<![\w#@/.])(?:[A-Z]{2,}(?:['’][A-Z]+)?(?:[ ,!-]+)){2,}[A-Z]{2,}(?!\w)|(?<![\w#@/.-])[A-Z]{6,}(?![\w.-])"
)
#: Words that people shout.
_SHOUTED = frozenset(
    "WOW OMG NOW FREE SALE BUY HURRY LAST NEVER ALWAYS EVERY EVERYONE ONLY TODAY BEST YES NO NOT VERY STOP WAIT LOVE AMAZING "
    "MUST MORE ALL BIG HUGE NEW LOOK COME GO GET READ CLICK".split()
)


def check(subject: Subject) -> list[Finding]:
    """Warn where a part breaks the brand's style in a way that can be counted."""
    style, found = subject.brand.plan.style, list[Finding]()

    def warn(n: int, span: tuple[int, int], message: str, fix: str, severity: Severity = Severity.WARN) -> None:
        found.append(Finding("tone", severity, message, "", n, span, fix))

    for n, part in enumerate(subject.content.parts):
        text = part.text
        marks = [m.start() for m in _MARKS.finditer(text)]
        if style.exclamations is not None and len(marks) > style.exclamations:
            span = (marks[style.exclamations], marks[-1] + 1)
            message = say("{n} exclamation marks; the brand allows {most}.", n=len(marks), most=style.exclamations)
            warn(n, span, message, say("End a sentence with a full stop."))
        elif shout := _SHOUT.search(text):
            warn(n, shout.span(), say("“{marks}” shouts.", marks=shout.group()), say("One mark is enough."))
        pictures = measures.emoji(text)
        if style.emoji is not None and len(pictures) > style.emoji:
            span = (pictures[style.emoji].span[0], pictures[-1].span[1])
            message = say("{n} emoji; the brand allows {most}.", n=len(pictures), most=style.emoji)
            warn(n, span, message, say("Keep the ones that say something."))
        for match in _CAPITALS.finditer(text):
            words = re.findall(r"[A-Z]+", match.group())
            # "ATM, BACS, CHAPS" are names; a sentence in capitals has long words, or some that people shout.
            loud = any(w in _SHOUTED or len(w) > 5 for w in words) and "," not in match.group().rstrip(", ")
            if (loud or sum(w in _SHOUTED for w in words) > 1) and not all(_is_name(w, subject) for w in words):
                warn(n, match.span(), say("“{words}” shouts.", words=match.group()), say("Write it in small letters."))
        for word in re.finditer(r"(?<![\w#@/.-])[A-Z]{3,5}(?![\w.-])", text):
            if word.group() in _SHOUTED and not any(
                f.span[0] <= word.start() < f.span[1] for f in found if f.part == n
            ):
                warn(n, word.span(), say("“{words}” shouts.", words=word.group()), say("Write it in small letters."))
        for match in _CONTEMPT.finditer(text.lower()):
            message = say("“{words}” talks down to people.", words=text[slice(*match.span())])
            warn(n, match.span(), message, say("Say what you can do for them."))
    if style.mood:
        _mood(subject, style.mood, warn)
    return found


def _mood(subject: Subject, wanted: str, warn: _Warn) -> None:
    for n, part in enumerate(subject.content.parts):
        felt = mood(part.text[:_MEASURED], subject.content.language)
        if wanted == "positive" and felt.score <= _NEGATIVE:
            # An apology sounds sad, and should.
            severity = Severity.NOTE if subject.kind in ("reply", "holding_statement") else Severity.WARN
            message = say("The text sounds negative; the brand wants a positive tone.")
            warn(n, (0, 0), message, say("Say what is possible instead of what is not."), severity)
        elif wanted == "neutral" and (felt.score >= _EXCITED or felt.score <= _UPSET):
            message = say("The text sounds excited or upset; the brand wants a neutral tone.")
            warn(n, (0, 0), message, say("Leave out words that judge."))


def _is_name(word: str, subject: Subject) -> bool:
    """Say whether the brand writes this word in capitals itself."""
    brand = subject.brand
    known = (brand.name, *brand.hashtags, *(r.text for r in brand.rulebook.rules), *(s.text for s in subject.sources))
    return any(word in text for text in known)
