"""Cursors: where a page of a list ends, so that the next one begins behind it whatever came meanwhile."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from bot.surfaces.web.api.shapes import Count, Plain

Limit = Annotated[Count, Query(ge=1, le=100, description="Items of a page.")]
Cursor = Annotated[
    Plain, Query(max_length=200, description="What `next` said; empty for the first page."), Field(max_length=200)
]
