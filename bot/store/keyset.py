"""Pages of a list by where the last one ended, so that the furthest page costs what the first does.

The first condition alone is one that every database finds its place in an index by; the second settles those that
share an instant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

#: An instant and an id: what an item of such a list goes by.
Place = tuple[datetime, str]


def older(at: ColumnElement[Any], key: ColumnElement[Any], place: Place) -> ColumnElement[bool]:
    """Return the condition of what comes behind a place, the newest first and then by the highest id."""
    return and_(at <= place[0], or_(at < place[0], key < place[1]))


def newer(at: ColumnElement[Any], key: ColumnElement[Any], place: Place) -> ColumnElement[bool]:
    """Return the condition of what comes before it."""
    return and_(at >= place[0], or_(at > place[0], key > place[1]))
