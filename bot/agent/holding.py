"""What a rewritten text must keep of the one it came from: its numbers, dates, links, names, language and last word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.agent import facts, faithful
from bot.insight import text as texts
from tools.kit import cut_off, language_name, untranslated, wrong_language

_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Held:
    """How a rewritten text stands to its original, as sentences for the model that wrote it."""

    #: What the original has and the text lacks: numbers, links, names.
    lost: tuple[str, ...]
    #: What is wrong with the text whatever the original says: invented, cut off, in another language.
    wrong: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        return [*self.wrong, *(f"Keep {thing}." for thing in self.lost)]


def held(original: str, text: str, language: str, sources: Sequence[str] = (), *, ends: bool = True) -> Held:
    """Hold a text against its original; ``sources`` are facts that it may draw on besides.

    ``ends``: it must end with a whole sentence, as a title need not.
    """
    known = [original, *sources]
    lost = [*facts.missing(original, text), *_years(original, text), *_mentions(original, text)]
    lost += [name for name in faithful.lost_names(original, text, language) if name not in lost]
    wrong = []
    if not text.strip():
        wrong.append("The text is empty.")
    elif ends and cut_off(text):
        wrong.append("The last sentence is not complete: end it, in fewer words.")
    if wrong_language(text, language):
        wrong.append(f"The text must be in {language_name(language)}.")
    elif foreign := [w for w in untranslated(text, language) if w not in original]:
        wrong.append(f"Say {', '.join(foreign)} in {language_name(language)}.")
    new = [*facts.invented(text, known), *(li for li in facts.links(text) if li not in " ".join(known))]
    new += faithful.unsaid(text, "\n".join(known), language)
    wrong += [f"Nobody said {thing}: leave it out." for thing in dict.fromkeys(new)]
    return Held(tuple(dict.fromkeys(lost)), tuple(wrong))


def _years(original: str, text: str) -> list[str]:
    there = facts.numbers(text)
    return [n for n in facts.numbers(facts.without_links(original)) if _YEAR.fullmatch(n) and n not in there]


def _mentions(original: str, text: str) -> list[str]:
    there = {m.text.lower() for m in texts.mentions(text)}
    return [f"@{m.text}" for m in texts.mentions(original) if m.text.lower() not in there]
