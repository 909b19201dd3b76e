"""The server that a person gave to hold an adapter to the contract on: ``make contract P=mastodon URL=... TOKEN=...``.

``run.py`` puts it into the environment as JSON; without it the tests start servers of their own.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field

NAME = "CONTRACT_SERVER"


@dataclass(frozen=True)
class Given:
    """A server, the brand's account on it, and a fan's where there is one. The names are those of ``make contract``."""

    p: str
    url: str
    token: str = field(default="", repr=False)
    handle: str = ""
    password: str = field(default="", repr=False)
    fan_token: str = field(default="", repr=False)
    fan_handle: str = ""
    fan_password: str = field(default="", repr=False)

    @property
    def has_fan(self) -> bool:
        return bool(self.fan_token or (self.fan_handle and self.fan_password))


def given(platform: str = "") -> Given | None:
    """Return the server that was given for ``platform``, or for any; None where there is none."""
    said = os.environ.get(NAME)
    found = Given(**json.loads(said)) if said else None
    return found if found and platform in ("", found.p) else None
