"""What a check gets and how all of them are run.

A check is one file in this folder with ``check(subject) -> list[Finding]``: no I/O, same text same findings.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib import import_module

from bot.checks.text import numbered
from bot.domain.brand import Brand
from bot.domain.draft import Content, Finding, Severity
from bot.words import say


@dataclass(frozen=True)
class Misfit:
    """One reason why the platform cannot take a text, in the platform's own counting."""

    message: str
    part: int = 0
    #: What to do about it; empty where the text is to be shortened.
    fix: str = ""


@dataclass(frozen=True)
class Text:
    """One text of a content: what a part says, or what is said beside it."""

    part: int
    text: str
    #: What it is where it is not the part's own text: ``alt``, ``card`` or ``warning``.
    beside: str = ""

    @property
    def where(self) -> str:
        """What a message about this text begins with."""
        if self.beside == "alt":
            return say("In an alt text: ")
        return {"card": say("In a link card: "), "warning": say("In the content warning: ")}.get(self.beside, "")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span for a finding, which counts in the part's own text."""
        return (0, 0) if self.beside else (start, end)


@dataclass(frozen=True)
class Source:
    """A text of the brand or its people on which a claim may rest: the brief, a rule, a page they named."""

    #: ``brief``, a rule's id, or where the text stands.
    id: str
    text: str


@dataclass(frozen=True)
class Said:
    """What the brand said before, or is about to say, on an account."""

    #: Id of the draft.
    id: str
    account: str
    text: str
    #: Instant of publication, or of the draft where it is not published yet.
    at: datetime


@dataclass(frozen=True)
class Subject:
    """One content and what it is held against."""

    content: Content
    brand: Brand
    #: The platform's own word on whether the parts fit.
    misfits: Sequence[Misfit] = ()
    #: Known secret values: API keys, passwords, planted canaries.
    secrets: tuple[str, ...] = ()
    #: What the platform itself will make a link, as (part, address).
    links: Sequence[tuple[int, str]] = ()
    #: Name of the kind of content.
    kind: str = "post"
    #: What the text may rest on, the brief first. Facts of the rule book are in ``brand``.
    sources: Sequence[Source] = ()
    #: What was said on the same account of late, the newest first, this draft left out.
    recent: Sequence[Said] = ()

    @property
    def texts(self) -> list[Text]:
        """Every text that is sent: also alt texts, link cards and the warning that readers see first."""
        found = [Text(0, self.content.warning, "warning")] if self.content.warning else []
        for n, part in enumerate(self.content.parts):
            found += [Text(n, part.text), *(Text(n, m.alt, "alt") for m in part.media)]
            if part.card is not None:
                found += [Text(n, part.card.title, "card"), Text(n, part.card.description, "card")]
        return found


@cache
def _checks() -> tuple[Callable[[Subject], list[Finding]], ...]:
    package = import_module("bot.checks")
    shared = {"base", "tables", "text", "kit"}
    names = sorted({m.name for m in pkgutil.iter_modules(package.__path__)} - shared)
    return tuple(import_module(f"bot.checks.{name}").check for name in names)


def run(subject: Subject) -> tuple[Finding, ...]:
    """Run every check of this folder; blocking findings first. What they quote is made visible: people read it."""
    found = [
        replace(finding, message=numbered(finding.message), fix=numbered(finding.fix))
        for check in _checks()
        for finding in check(subject)
    ]
    order = [Severity.BLOCK, Severity.WARN, Severity.NOTE]
    return tuple(sorted(found, key=lambda f: (order.index(f.severity), f.part, f.span)))
