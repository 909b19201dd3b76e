"""Cursors: where a page of a list ends, so that the next one begins behind it whatever came meanwhile."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from bot.errors import BadInput
from bot.surfaces.web.api.shapes import Count, Plain
from bot.words import say

Limit = Annotated[Count, Query(ge=1, le=100, description="Items of a page.")]
Cursor = Annotated[
    Plain, Query(max_length=200, description="What `next` said; empty for the first page."), Field(max_length=200)
]


def cursor(at: datetime, last: str) -> str:
    """Return a cursor behind the item ``last``."""
    return base64.urlsafe_b64encode(f"{at.astimezone(UTC).isoformat()}|{last}".encode()).decode().rstrip("=")


def behind(given: str) -> tuple[datetime, str] | None:
    """Return where a page begins, or None for the first one. Raises BadInput."""
    if not given:
        return None
    try:
        text = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        at, _, last = text.partition("|")
        found = datetime.fromisoformat(at)
        if found.tzinfo is None or not last or "\x00" in last:
            raise ValueError(text)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise BadInput(say("The cursor is none of ours."), next_step=say("Begin without one.")) from None
    return found, last
