"""The platforms there are: the files of this folder. Nothing is imported until one is used."""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from pathlib import Path

from bot.errors import Misconfigured
from bot.platforms.base import Platform
from bot.words import say

#: Files here that are not platforms; folders are never looked into.
_OTHER = {"__init__", "base", "matrix", "registry", "terms"}


def ids() -> list[str]:
    """Return the id of every platform, in order of the alphabet."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _OTHER)


@cache
def load(platform_id: str) -> type[Platform]:
    """Return the one adapter class in the platform's file. Raises Misconfigured for an unknown id."""
    if platform_id not in ids():
        raise Misconfigured(
            say("There is no platform {platform!r}.", platform=platform_id),
            next_step=say("Signoff knows {names}.", names=", ".join(ids())),
        )
    module = importlib.import_module(f"bot.platforms.{platform_id}")
    here = [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Platform) and found.__module__ == module.__name__
    ]
    if len(here) != 1 or here[0].id != platform_id:
        raise Misconfigured(f"bot/platforms/{platform_id}.py must hold one class with id = {platform_id!r}.")
    return here[0]
