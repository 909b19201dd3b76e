"""A storm is told from a busy hour: people are told once, and posts stop where the policy says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, call
from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, CommentState, Triage
from bot.domain.draft import DraftState
from bot.domain.policy import ApprovalPolicy
from bot.domain.replies import ReplyAction, ReplyPolicy, ReplyRule
from bot.errors import ModelUnavailable
from bot.insight import certainty, spike
from bot.store import comments, drafts
from bot.store import desk as rows
from bot.workflow import crisis, listen
from bot.writing import attending
from memory.in_memory import InMemory
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


STATEMENT = (
    "In the last hour 40 people wrote to us about mould. We do not know yet what happened. "
    "We are looking into it, and will say more here within 24 hours."
)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_statement_is_drafted_for_people_to_sign_where_the_policy_says_so(world: World, wanted: bool) -> None:
    scripted = _equipped(world, call("draft_post", account="sandbox:main", citations=[], parts=[STATEMENT]))
    rule = ReplyRule("all", ReplyAction.AUTOMATIC, owner="li", acceptance=0)
    world.learn(brand(), ApprovalPolicy(replies=ReplyPolicy((rule,), statement_on_spike=wanted)))
    storm(world, 40)
    assert crisis.watch(world.desk) == 1
    with world.db.read() as conn:
        found = drafts.current(conn, "lumen")
        told = [n["text"] for n in rows.notices(conn, brand="lumen") if n["subject"] == "statement:lumen"]
    if not wanted:
        assert (found, told, scripted.sent) == ([], [], [])
        return
    ((draft, version),) = found
    assert (draft.kind, draft.account, version.state) == ("holding_statement", "sandbox:main", DraftState.IN_REVIEW)
    assert version.content.parts[0].text == STATEMENT
    assert told == ["A statement for sandbox:main is drafted and waits for signatures."]
    shown = "\n".join(m.text for m in scripted.sent[0])
    assert "40 people wrote to us" in shown
    assert "mouldy" not in shown, "no word of a stranger is in the brief"
    world.drain()
    assert STATEMENT not in world.live()
    assert crisis.watch(world.desk) == 0


def test_a_model_that_is_away_is_told_and_the_storm_too(world: World) -> None:
    def away(*_: object) -> str:
        raise ModelUnavailable("The model is away.")

    world.learn(brand(), ApprovalPolicy(replies=ReplyPolicy(statement_on_spike=True)))
    world.desk.minds.state = away
    storm(world, 40)
    assert crisis.watch(world.desk) == 1
    with world.db.read() as conn:
        told = {n["subject"]: n["text"] for n in rows.notices(conn, brand="lumen")}
    assert "40 comments in the last hour" in told["crisis:lumen"]
    assert told["statement:lumen"] == "No statement could be drafted: The model is away."


def _equipped(world: World, *script: object) -> ScriptedChatModel:
    scripted = ScriptedChatModel(script=list(script))
    abilities = Abilities(True, True, ("en", "zh"))
    world.app.use_model(ConnectedModel("scripted", "", "native", abilities, lambda: scripted))
    world.app.use_memory(InMemory())
    attending.equip(world.app)
    return scripted
