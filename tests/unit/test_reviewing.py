"""The queue in pages, on every database: what waits, what is open, what is done, what stands between two days."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.draft import Window
from bot.store import drafts, reviewing
from bot.workflow import schedule
from tests.world import World


def test_each_list_holds_what_it_should(world: World) -> None:
    waits = world.draft("It waits.", window=Window("2026-12-01T09:00", "Europe/Berlin"))
    held = world.draft("A miracle.")
    signed = world.draft("Signed.", window=Window("2026-12-02T09:00", "Europe/Berlin"))
    live, gone = world.draft("Live."), world.draft("Taken back.")
    for version in (signed, live):
        world.approve(version)
    world.drain()
    schedule.cancel(world.desk, gone.draft_id, "anna")
    now = world.clock.now()
    with world.db.read() as conn:
        (asked,) = reviewing.questions(conn, "lumen", "li", now)
        assert (asked.draft_id, asked.author, asked.four_eyes, asked.signers) == (waits.draft_id, "anna", True, ())
        assert reviewing.asked(conn, "lumen") == []
        opened = reviewing.opened(conn, "lumen")
        assert opened == [held.draft_id, waits.draft_id, signed.draft_id]
        done = reviewing.done(conn, "lumen", 10)
        assert sorted(done) == sorted([live.draft_id, gone.draft_id])
        newest = drafts.get(conn, done[0])
        assert reviewing.done(conn, "lumen", 10, after=(newest.created, newest.id)) == done[1:]
        oldest = drafts.get(conn, done[1])
        assert reviewing.done(conn, "lumen", 10, before=(oldest.created, oldest.id)) == done[:1]
        found = reviewing.of(conn, [signed.draft_id, "d_nothing", waits.draft_id])
        assert [(d.id, post is not None) for d, _, post in found] == [(signed.draft_id, True), (waits.draft_id, False)]
        first, last = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC)
        # What has no time yet comes along; what was taken back does not.
        (sent,) = reviewing.sent(conn, "lumen", first, last)
        assert (sent.draft, sent.account, sent.text, sent.parts) == (signed.draft_id, "sandbox:main", "Signed.", 1)
        assert sent.states == {"due"}
        assert reviewing.sent(conn, "lumen", first, last, "sandbox:cn") == []
        (timed, open_) = reviewing.unsigned(conn, "lumen", first, last)
        assert (timed.draft, timed.wall, timed.zone, timed.held) == (
            waits.draft_id, "2026-12-01T09:00", "Europe/Berlin", False)  # fmt: skip
        assert (open_.draft, open_.wall, open_.text, open_.held) == (held.draft_id, None, "A miracle.", True)
        assert reviewing.first_texts(conn, [waits.draft_id]) == {waits.draft_id: "It waits."}
        assert reviewing.unsigned(conn, "lumen", first, last, "sandbox:cn") == []
        later = datetime(2027, 3, 1, tzinfo=UTC)
        assert [u.draft for u in reviewing.unsigned(conn, "lumen", later, later.replace(month=4))] == [held.draft_id]
    with world.db.read() as conn:
        assert reviewing.questions(conn, "lumen", "li", now.replace(year=2027)) == []
