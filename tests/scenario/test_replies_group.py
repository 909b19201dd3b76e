"""Many who say the same are told it in different words; long threads and comments are shown in part, and said so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.agent.answering import MOST, MOST_THREAD
from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, call
from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, CommentState, Entry, Intent, Triage
from bot.store import drafts
from bot.writing import replying
from memory.in_memory import InMemory
from tests.scenario.test_replies_rules import Desk
from tests.world import World

FIRST = "Thank you so much, that makes all of us here very happy today!"
OTHER = "How kind of you to say that; we will pass it on to the garden."


def desk_with(world: World, *texts: str) -> tuple[Desk, ScriptedChatModel]:
    desk = Desk(world)
    script = [call("answer_comment", action="reply", text=text, citations=[]) for text in texts]
    scripted = ScriptedChatModel(script=script)
    model = ConnectedModel("scripted", "", "native", Abilities(True, True, ("en",)), lambda: scripted)
    world.app.use_model(model)
    world.app.use_memory(InMemory())
    world.desk.minds.write = replying.writer(world.app)
    return desk, scripted


def test_who_says_the_same_gets_other_words_or_waits_for_a_person(world: World) -> None:
    kind = OTHER.replace("we will pass it on to the garden", "it is read out in the garden")
    desk, scripted = desk_with(world, FIRST, FIRST, kind, FIRST, FIRST, FIRST)
    words = "I love it, the best one of this whole year so far"
    said = []
    for n in range(3):
        said.append(desk.says(words, f"fan{n}.sandbox"))
        desk.look()
    one, two, three = (desk.entry(remote) for remote in said)
    assert (two.like, three.like) == (one.id, one.id)
    assert [e.state for e in (one, two)] == [CommentState.AUTO_REPLIED] * 2
    with world.db.read() as conn:
        told = [drafts.version(conn, e.draft).content.parts[0].text for e in (one, two, three)]
    assert told == [f"{FIRST}\n(automated reply)", f"{kind}\n(automated reply)", f"{FIRST}\n(automated reply)"]
    # The third time it would not word it otherwise: a person decides.
    assert three.state is CommentState.PROPOSED
    assert "somebody else was told nearly the same" in three.why
    assert FIRST in str(scripted.sent[1][-1].content)


def test_a_long_comment_is_cut_and_its_card_says_so(world: World) -> None:
    desk, scripted = desk_with(world, FIRST)
    long = "I love it. " + "And the cups, too. " * 120
    asked = desk.says(long[:2000])
    desk.look()
    assert len(str(scripted.sent[0][-1].content)) < MOST + 1200
    why = desk.entry(asked).why
    assert f"the writer saw its first {MOST} characters of" in why


def test_a_long_thread_is_shown_by_its_beginning_what_lies_between_and_its_end() -> None:
    at = FixedClock().at
    read = Triage("en", "negative", -1.0, 0.9, "", intent=Intent.COMPLAINT, topics=("delivery",))
    thread = [
        Entry(f"c_{n}", "lumen", Comment("sandbox:main", f"r{n}", Author(f"f{n}", f"f{n}"), "", at), f"word {n} " * 80,
              CommentState.TRIAGED, at + timedelta(minutes=n), read)
        for n in range(200)
    ]  # fmt: skip
    shown = replying.before(thread).splitlines()
    assert len(shown) == 8
    assert shown[0].startswith("word 0 ")
    assert shown[1] == "(193 more: 193 negative, about delivery)"
    assert [line.split()[1] for line in shown[2:]] == [str(n) for n in range(194, 200)]
    assert len("\n> ".join(shown)) < MOST_THREAD
    assert replying.before(thread[:3]).splitlines() == [" ".join(e.text.split())[:140] for e in thread[:3]]
    assert replying.before([replace(thread[0], text="hm")]) == "hm"
