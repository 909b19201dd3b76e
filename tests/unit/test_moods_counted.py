"""Moods by the hour and the inbox's queries, on every database."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from bot.domain.comment import CommentState, Priority
from bot.store import comments, mood, results, waiting
from bot.workflow import counting
from tests.web.test_inbox_page import hear
from tests.web.test_mood_page import sums, told, went_out
from tests.world import World


def test_counts_are_those_of_the_comments(world: World) -> None:
    for n in range(6):
        hear(world, f"Late again {n}", f"p{n}", hours=n * 7)
    one = hear(world, "Tasty", "otto", "positive", account="sandbox:cn", language="zh-Hans")
    counting.count(world.desk)
    assert sums(world) == told(world)
    with world.db.write() as conn:
        comments.change(conn, one.id, world.clock.now(), "platform", "gone", deleted=world.clock.now())
    counting.count(world.desk)
    assert sums(world) == told(world) == {"negative": 6}
    with world.db.read() as conn:
        only = mood.Only(world.clock.now() - timedelta(days=9), world.clock.now() + timedelta(hours=1))
        assert mood.about(conn, "lumen", only, mood.ASPECT) == [
            [("luggage", Counter(negative=6, neutral=0, positive=0))]
        ]
        assert [name for name, _ in mood.by(conn, "lumen", only, "account")] == ["sandbox:main"]
        assert len(mood.texts(conn, "lumen", only, 4)) == 4
        assert mood.waiting(conn) == 0


def test_a_page_of_the_inbox(world: World) -> None:
    group = [hear(world, "Where is it?", f"p{n}", like="f", hours=9 - n) for n in range(3)]
    low = hear(world, "Nice", "otto", "positive", priority=Priority.LOW)
    now = world.clock.now()
    with world.db.read() as conn:

        def ids(**asked: str) -> list[str]:
            return [e.id for e in waiting.page(conn, "lumen", waiting.Wanted(now, **asked), 9)]  # type: ignore[arg-type]

        assert ids() == [group[0].id, low.id]
        assert ids(mood="positive") == ids(words="NICE") == [low.id]
        assert ids(show="snoozed") == ids(show="late") == ids(assignee="li") == []
        assert len(ids(show="all")) == 4
        assert waiting.count(conn, "lumen", waiting.Wanted(now)) == 2
        assert waiting.like(conn, [group[0].id]) == {group[0].id: 2}
        assert [e.id for e in waiting.group(conn, group[0].id, 9)] == [e.id for e in group]
        assert waiting.by_author(conn, "lumen", "otto", 5)[1:] == (1, 0)
        assert waiting.escalated(conn, "lumen", now - timedelta(days=2), "") == 0
    with world.db.write() as conn:
        # The head is settled: the next one stands for the rest by itself.
        comments.move(conn, group[0].id, CommentState.TRIAGED, CommentState.CLOSED, at=now, who="li")
    with world.db.read() as conn:
        assert len(waiting.page(conn, "lumen", waiting.Wanted(now), 9)) == 3


def test_posts_with_their_newest_counts(world: World) -> None:
    went_out(world, "The kettle is on", 7, 30)
    now = world.clock.now()
    with world.db.read() as conn:
        found = results.newest(conn, "lumen", now - timedelta(days=3), now)
        assert [(r.likes, r.answers, r.age) for r in found] == [(7, 8, 24)]
        assert sum(results.by_hour(conn, "lumen", now - timedelta(days=3), now).values()) == 1
        assert results.texts(conn, [found[0].post])[found[0].post][0] == "The kettle is on"
