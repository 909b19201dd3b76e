"""Free text as every database takes it: PostgreSQL refuses NUL in a text, and no driver writes half a character.

SQLite would keep a NUL that a form, a button or a file brought; such a row could never move to PostgreSQL. So it is
taken out on the way to either.
"""

from __future__ import annotations

import re

from sqlalchemy import Dialect, Text, TypeDecorator

#: NUL, and halves of surrogate pairs: no reader ever sees one.
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return a text without the characters that no text column takes."""
    # Most texts are told apart in one pass of C.
    return text if text.isascii() and "\x00" not in text else _UNFIT.sub("", text)


class Prose(TypeDecorator[str]):
    """Text of any length, stored without what a text column of another database refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None else storable(value)
