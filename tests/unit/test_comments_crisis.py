"""A storm is told from a busy hour: people are told once, and posts stop where the policy says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, CommentState, Triage
from bot.domain.policy import ApprovalPolicy
from bot.domain.replies import ReplyPolicy
from bot.insight import certainty, spike
from bot.store import comments
from bot.store import desk as rows
from bot.workflow import crisis, listen
from tests.world import World, brand

NOW = FixedClock().at


def usual(each: int, bad: int) -> dict:
    return {spike.hour_of(NOW) - timedelta(hours=n): (each, bad) for n in range(2, 24 * 28)}


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (usual(10, 1), (40, 30), True),
        # As busy, but in a good mood; as bad as always; too few to be a storm; nothing known, and nothing much.
        (usual(10, 1), (40, 2), False),
        (usual(40, 30), (42, 31), False),
        (usual(0, 0), (8, 8), False),
        ({}, (14, 6), False),
        ({}, (60, 50), True),
    ],
)
def test_a_storm_stands_out_of_what_is_usual_and_is_bad(before: dict, now: tuple[int, int], found: bool) -> None:
    assert (spike.spike({**before, NOW: now}, NOW, 6.0) is not None) is found


def test_one_storm_before_does_not_hide_the_next() -> None:
    before = usual(10, 1)
    for n in range(30, 36):
        before[spike.hour_of(NOW) - timedelta(hours=n)] = (900, 800)
    assert spike.spike({**before, NOW: (60, 40)}, NOW, 6.0) is not None


def storm(world: World, many: int) -> None:
    said = [
        Comment(
            "sandbox:main",
            f"s{n}",
            Author(f"f{n}", f"f{n}"),
            f"My tin number {n} was mouldy",
            NOW - timedelta(minutes=3),
        )
        for n in range(many)
    ]
    with world.db.write() as conn:
        listen.hear(world.desk, conn, "lumen", said)
        now = world.clock.now()
        taken = comments.claim(conn, "w", now, now + timedelta(seconds=9), many, state=CommentState.NEW)
        bad = Triage("en", "negative", -0.9, 0.9, "", topics=("mould",))
        comments.keep_triage(conn, [(e, bad) for e in taken], "w", now, "test")


@pytest.mark.parametrize("stop", [True, False])
def test_people_are_told_once_and_posts_stop_where_the_policy_says_so(world: World, stop: bool) -> None:
    world.learn(brand(), ApprovalPolicy(replies=ReplyPolicy(stop_on_spike=stop)))
    assert crisis.watch(world.desk) == 0
    storm(world, 40)
    assert crisis.watch(world.desk) == 1
    assert crisis.watch(world.desk) == 0
    with world.db.read() as conn:
        (told,) = [n for n in rows.notices(conn, brand="lumen") if n["subject"] == "crisis:lumen"]
        assert bool(rows.stopped(conn)) is stop
    assert "40 comments in the last hour, 40 of them negative" in told["text"]
    assert "mould" in told["text"]
    assert "mouldy" in told["text"]


def test_a_share_of_few_is_not_sure() -> None:
    assert certainty.at_least(0, 0) == 0
    assert certainty.at_least(3, 3) == pytest.approx(0.438, abs=0.001)
    assert certainty.at_least(45, 50) == pytest.approx(0.786, abs=0.001)
    assert certainty.at_least(16, 16) > 0.8 > certainty.at_least(15, 15)
