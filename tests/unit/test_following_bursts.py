"""Whoever follows the record keeps up with a minute in which very much happened."""

from __future__ import annotations

from bot.store import events, following
from bot.store.tables import event
from tests.world import World


def test_a_busy_minute_does_not_hold_back_what_comes_after_it(world: World) -> None:
    lines = [(world.clock.now(), "li", f"draft:d_{n}@1", "", "proposed", "") for n in range(1300)]
    with world.db.write() as conn:
        mark = following.end(conn, event)
        events.record_many(conn, lines)
    heard: list[str] = []
    for _ in range(4):
        with world.db.read() as conn:
            found = following.events(conn, mark)
        heard += [row["subject"] for row in found if row["subject"] not in heard]
        mark = following.Mark(found[-1]["id"], found[-1]["at"]) if found else mark
    assert heard == [subject for _, _, subject, *_ in lines]
    with world.db.write() as conn:
        events.record(conn, world.clock.now(), "li", "draft:d_last@1", "", "proposed", "")
    with world.db.read() as conn:
        assert following.events(conn, mark)[-1]["subject"] == "draft:d_last@1"
