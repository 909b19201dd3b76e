"""One guard less: a function of the running code with a piece of it replaced, for the length of a block."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.surfaces.redteam.target import Target

Red = list[str]


@dataclass(frozen=True)
class Mutant:
    """A guard, how it is taken out, and the scenario that must turn red then."""

    guard: str
    out: Callable[[Target], Any]
    probe: Callable[[Target], Red]


def mutant(
    guard: str, probe: Callable[[Target], Red], function: Any, old: str = "", new: str = "", *, says: str = ""
) -> Mutant:
    """Take a guard out of ``function``: a piece of it is replaced, or it ``says`` the same whatever it is asked."""
    out = (lambda _: returning(function, says)) if says else (lambda _: changed(function, old, new))
    return Mutant(guard, out, probe)


@contextmanager
def changed(function: Any, old: str, new: str) -> Iterator[None]:
    """Run with one piece of a function's source replaced by another."""
    plain = inspect.unwrap(function)
    source = textwrap.dedent(inspect.getsource(plain))
    if old not in source:
        raise LookupError(f"{plain.__name__} has no {old!r} any more: the mutant must be written anew")
    source = "from __future__ import annotations\n" + source.replace(old, new)
    made: dict[str, Any] = {}
    lines = source.splitlines()
    while lines[1].startswith("@"):
        del lines[1]
    exec(compile("\n".join(lines), plain.__code__.co_filename, "exec"), dict(plain.__globals__), made)
    before = plain.__code__
    plain.__code__ = made[plain.__name__].__code__
    try:
        yield
    finally:
        plain.__code__ = before


@contextmanager
def returning(function: Any, what: str) -> Iterator[None]:
    """Run with a function that returns the same whatever it is asked."""
    plain = inspect.unwrap(function)
    names = ", ".join(
        str(p) for p in inspect.signature(plain).replace(return_annotation=inspect.Signature.empty).parameters
    )
    source = f"def {plain.__name__}({_parameters(plain)}):\n    return {what.replace('FIRST', names.split(', ')[0])}\n"
    made: dict[str, Any] = {}
    exec(source, dict(plain.__globals__), made)
    before = plain.__code__
    plain.__code__ = made[plain.__name__].__code__
    try:
        yield
    finally:
        plain.__code__ = before


def _parameters(function: Any) -> str:
    found, star = [], False
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.KEYWORD_ONLY and not star:
            found.append("*")
            star = True
        found.append(p.name)
    return ", ".join(found)
