"""What a check gets and how all of them are run.

A check is one file in this folder with ``check(subject) -> list[Finding]``: no I/O, same text same findings.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from bot.domain.brand import Brand
from bot.domain.draft import Content, Finding, Severity


@dataclass(frozen=True)
class Misfit:
    """One reason why the platform cannot take a text, in the platform's own counting."""

    message: str
    part: int = 0


@dataclass(frozen=True)
class Subject:
    """One content and what it is held against."""

    content: Content
    brand: Brand
    #: The platform's own word on whether the parts fit.
    misfits: Sequence[Misfit] = ()
    #: Known secret values: API keys, passwords, planted canaries.
    secrets: tuple[str, ...] = ()


@cache
def _checks() -> tuple[Callable[[Subject], list[Finding]], ...]:
    package = import_module("bot.checks")
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name not in ("base", "text"))
    return tuple(import_module(f"bot.checks.{name}").check for name in names)


def run(subject: Subject) -> tuple[Finding, ...]:
    """Run every check of this folder; blocking findings first."""
    found = [finding for check in _checks() for finding in check(subject)]
    order = [Severity.BLOCK, Severity.WARN, Severity.NOTE]
    return tuple(sorted(found, key=lambda f: (order.index(f.severity), f.part, f.span)))
