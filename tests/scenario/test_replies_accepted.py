"""Signed answers in a collection of their own: the worker keeps it, meaning finds in it, no stranger is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.brand import Brand
from bot.domain.comment import Entry
from bot.domain.replies import ReplyRule
from bot.own_words import accepted
from bot.store import desk as rows
from bot.store import drafts, learned
from bot.workflow import attend, decide
from bot.workflow.reply import Written
from bot.writing import attending, forgetting, replying
from memory.chroma import ChromaMemory
from memory.in_memory import InMemory, TinyEmbedder
from tests.scenario.test_replies_rules import Desk
from tests.world import World

SHOP, PARCEL = "It is in our shop at Linden Lane 4.", "Every order leaves our house within two days."


@pytest.fixture
def desk(world: World) -> Desk:
    made = Desk(world)
    world.app.use_memory(InMemory())
    keep = attending._Keeper(world.app).look
    world.desk.minds.keep = keep
    return made


def answered(desk: Desk, question: str, answer: str, who: str) -> str:
    """Let somebody ask, and a person sign this answer; return the draft's id."""

    def write(its: Brand, one: Entry, thread: Sequence[Entry], rule: ReplyRule) -> Written:
        return Written("reply", answer, evidence={"run": "t"})

    desk.world.desk.minds.write = write
    asked = desk.says(question, who)
    desk.look()
    desk.sign(asked)
    return desk.entry(asked).draft


def kept(world: World) -> set[str]:
    return {row.id for row in world.app.memory.shelf(accepted.SHELF).kept("lumen")}


def test_the_worker_keeps_what_was_signed_and_the_writer_finds_it_by_meaning(desk: Desk) -> None:
    world = desk.world
    shop = answered(desk, "Where can I find you?", SHOP, "ada.sandbox")
    parcel = answered(desk, "When does it leave?", PARCEL, "bob.sandbox")
    waits = desk.says("Is it green?", "cem.sandbox")
    desk.look()
    assert kept(world) == {shop, parcel}
    assert desk.entry(waits).draft not in kept(world)
    with world.db.read() as conn:
        told = learned.ended(conn, "lumen")
    # No word of the question is in either comment; the answer itself is near.
    near = accepted.near(world.app, world.app.brand(), "Linden Lane shop?", "en")
    assert max(near, key=near.__getitem__) == shop
    assert replying.examples(told, "Linden Lane shop?", "en", near)[0] == SHOP
    assert replying.examples(told, "Linden Lane shop?", "en") == []


def test_what_was_rejected_or_taken_down_is_not_kept(desk: Desk) -> None:
    world = desk.world
    one = answered(desk, "Where can I find you?", SHOP, "ada.sandbox")
    asked = desk.says("When does it leave?", "bob.sandbox")
    desk.look()
    with world.db.read() as conn:
        version = drafts.version(conn, desk.entry(asked).draft)
    decide.reject(world.desk, world.answer(version, reason="No."))
    desk.look()
    assert kept(world) == {one}


def test_nothing_of_whom_it_was_for_is_kept_and_forgetting_takes_the_rest(desk: Desk) -> None:
    world = desk.world
    one = answered(desk, "Where can I find you?", SHOP, "ada.sandbox")
    answered(desk, "And here?", "Thank you, Bob.Sandbox, it is at the corner.", "bob.sandbox")
    answered(desk, "My blue teapot broke on the way home?",
             "So sorry that “my blue teapot broke on the way home”.", "cem.sandbox")  # fmt: skip
    desk.look()
    assert kept(world) == {one}
    forgetting.forget(world.app, "ada.sandbox", "sandbox", "sam")
    assert kept(world) == set()


def test_what_is_erased_elsewhere_leaves_within_the_hour(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    world = desk.world
    answered(desk, "Where can I find you?", SHOP, "ada.sandbox")
    desk.look()
    assert kept(world)
    monkeypatch.setattr(forgetting.accepted, "erase", lambda *_: None)
    forgetting.forget(world.app, "ada.sandbox", "sandbox", "sam")
    desk.look()
    assert kept(world)
    world.advance(timedelta(hours=1).total_seconds())
    attend.attend(world.desk)
    assert kept(world) == set()


def test_it_is_read_again_only_after_a_decision(desk: Desk) -> None:
    world = desk.world
    answered(desk, "Where can I find you?", SHOP, "ada.sandbox")
    desk.look()
    embedder = world.app.memory.embedder
    assert isinstance(embedder, TinyEmbedder)
    count = embedder.count
    for _ in range(3):
        desk.look()
    assert embedder.count == count


def test_in_chroma_it_stands_beside_the_rules(world: World, tmp_path: Path) -> None:
    desk = Desk(world)
    memory = ChromaMemory(TinyEmbedder(), path=tmp_path / "memory")
    world.app.use_memory(memory)
    one = answered(desk, "Where can I find you?", SHOP, "ada.sandbox")
    assert accepted.refresh(world.app).added == 1
    assert accepted.refresh(world.app).added == 0
    assert kept(world) == {one}
    assert memory.kept("lumen") == []
    names = {c.name for c in memory._client().list_collections()}
    assert names == {memory.shelf(accepted.SHELF).collection_name("lumen")}
    with world.db.read() as conn:
        assert rows.brands(conn) == ["lumen"]
    memory.close()
