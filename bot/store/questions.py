"""Questions that a model wrote for rules. Rows <-> values."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select

from bot.store.question_tables import rule_question

if TYPE_CHECKING:
    from memory.base import MemoryItem


def digest(language: str, heading: str, text: str) -> str:
    """Return by what a rule's questions are known: they hold for these words only."""
    said = "\n".join((language, heading, text))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def of(conn: Connection, brand: str) -> dict[str, tuple[str, ...]]:
    """Return a brand's questions by the digest of their rule."""
    query = select(rule_question.c.digest, rule_question.c.questions).where(rule_question.c.brand == brand)
    return {row.digest: tuple(row.questions) for row in conn.execute(query)}


def keep(
    conn: Connection, brand: str, given: Mapping[str, Sequence[str]], model: str, prompt: str, at: datetime
) -> None:
    """Store questions, in place of those of the same rules."""
    for key, questions in given.items():
        conn.execute(delete(rule_question).where(rule_question.c.brand == brand, rule_question.c.digest == key))
        conn.execute(
            insert(rule_question).values(
                brand=brand, digest=key, questions=list(questions), model=model[:200], prompt=prompt, at=at
            )
        )


def findable(conn: Connection, brand: str, items: Sequence[MemoryItem]) -> list[MemoryItem]:
    """Return the items of a brand with their questions among their other wordings."""
    asked = of(conn, brand)
    keys = [digest(item.language, item.heading, item.text) for item in items]
    return [replace(i, aliases=(*i.aliases, *asked.get(key, ()))) for i, key in zip(items, keys, strict=True)]


def drop_others(conn: Connection, brand: str, wanted: Collection[str]) -> int:
    """Delete the questions of rules that are gone; return how many rules that were."""
    gone = [key for key in of(conn, brand) if key not in wanted]
    for key in gone:
        conn.execute(delete(rule_question).where(rule_question.c.brand == brand, rule_question.c.digest == key))
    return len(gone)
