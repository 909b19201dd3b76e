"""What one database keeps and another refuses is not stored in the first place, or is named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.reading import Reading
from bot.store import desk as rows
from bot.store import fitting, readings, tables
from bot.workflow import decide, switching
from tests.world import World

REQUEST: dict[str, Any] = {c.name: None for c in tables.approval_request.columns}
READING: dict[str, Any] = {c.name: None for c in tables.reading.columns}
FACT: dict[str, Any] = {c.name: None for c in tables.account_fact.columns}
EVENT: dict[str, Any] = {c.name: None for c in tables.event.columns}


@pytest.mark.parametrize(
    ("table", "row", "why"),
    [
        (tables.approval_request, {**REQUEST, "policy_rule": "n" * 80}, ""),
        (tables.approval_request, {**REQUEST, "policy_rule": "n" * 81}, "policy_rule has 81 characters, and 80 fit"),
        (tables.approval_request, {**REQUEST, "policy_rule": "一" * 80}, ""),
        (tables.approval_request, {**REQUEST, "policy_rule": "a\0b"}, "policy_rule holds a character that is no text"),
        (tables.reading, {**READING, "views": 2**31 - 1}, ""),
        (tables.reading, {**READING, "views": 2**31}, "views is 2147483648, which is too large"),
        (tables.account_fact, {**FACT, "value": {"a": [1.5, None]}}, ""),
        (tables.account_fact, {**FACT, "value": {"a": [float("nan")]}}, "value holds a number that is none"),
        (tables.event, {**EVENT, "at": datetime(2026, 11, 22, tzinfo=UTC), "why": "w" * 100_000}, ""),
    ],
)
def test_a_row_that_postgresql_would_refuse_is_known(table: Any, row: dict[str, Any], why: str) -> None:
    assert fitting.misfit(table, row) == why


def test_words_of_people_and_programs_are_stored_without_what_no_text_takes(world: World) -> None:
    turned = world.draft("Some words.", brief="why\0 not\ud800?", note="so\0so")
    decide.reject(world.desk, world.answer(turned, reason="no\0pe\udfff"))
    switching.stop(world.desk, "li", "a cri\0sis")
    with world.db.write() as conn:
        rows.notify(conn, world.clock.now(), "lumen", "x", "te\0xt", "do\0 it")
        rows.notify(conn, world.clock.now(), "lumen", "x", "te\0xt", "do\0 it")
        assert conn.execute(select(tables.draft.c.brief)).scalars().all() == ["why not?"]
        assert conn.execute(select(tables.decision.c.reason)).scalars().all() == ["nope"]
        assert "nope" in conn.execute(select(tables.event.c.why)).scalars().all()
        assert rows.stopped(conn) == "stopped by li: a crisis"
        told = [(n["text"], n["next_step"]) for n in rows.notices(conn) if n["subject"] == "x"]
        assert told == [("text", "do it")], "the same one is not left twice"


def test_more_views_than_a_column_counts_are_as_many_as_it_can(world: World) -> None:
    post = world.approve(world.draft("Seen by all."))
    world.drain()
    world.advance(3700)
    with world.db.write() as conn:
        (due,) = readings.due(conn, world.clock.now(), "sandbox:main", 9)
        seen = Reading(due.receipt.remote_id, world.clock.now(), 5, None, 0, 3_000_000_000)
        readings.add(conn, [(due, seen)], world.clock.now())
        (kept,) = readings.of_post(conn, post.id)
    assert (kept["likes"], kept["replies"], kept["views"]) == (5, None, 2**31 - 1)
