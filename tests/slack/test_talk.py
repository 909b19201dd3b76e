"""A conversation with the agent in Slack: threads, memory, progress, streams, cards, and what it cannot do."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from bot.agent.scripted import ScriptedChatModel, call
from bot.errors import Misconfigured, ModelUnavailable
from bot.store import chat, drafts, posts
from bot.store import desk as rows
from bot.surfaces.slack import talk
from bot.surfaces.slack.errors import SlackBusy
from bot.words import speaking
from memory.base import MemoryUnreachable
from memory.in_memory import InMemory
from tests import slack_blocks
from tests.slack import recorder
from tests.slack.words_world import MAIN, Slack, model, proposes, slash
from tests.world import World
from tools import kit

TEXT = "The autumn oolongs are here. Come and taste."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'signoff.db'}"


@pytest.fixture
def at(world: World) -> World:
    world.app.__dict__["memory"] = InMemory()
    return world


@pytest.fixture
def slack() -> Slack:
    return Slack()


def says(at: World, slack: Slack, text: str, person: str = "anna", *, language: str = "en", **given: Any) -> None:
    fields = {"text": text, "message": "1800.1", "thread": "", "delivery": "event:1", **given}
    with speaking(language):
        talk.run(recorder.ask(at, slack, person, language=language, **fields))


def turns(at: World, thread: str = "1800.1", channel: str = recorder.CHANNEL) -> list[dict[str, Any]]:
    with at.db.read() as conn:
        return chat.turns(conn, recorder.TEAM, channel, thread)


def sent(scripted: ScriptedChatModel, n: int = -1) -> list[str]:
    return [m.text for m in scripted.sent[n]]


def test_a_mention_is_answered_in_its_thread_and_remembered(at: World, slack: Slack) -> None:
    scripted = model(at, "Write as to a friend [warm].", "As I said: as to a friend.")
    says(at, slack, "<@U0BOT> how do we sound?")
    (message,) = slack.seen
    assert (message.thread, "as to a friend" in message.said) == ("1800.1", True)
    says(at, slack, "once more?", thread="1800.1", message="1800.2", delivery="event:2")
    assert "how do we sound?" in "\n".join(sent(scripted))
    assert "<@U0BOT>" not in "\n".join(sent(scripted))
    assert [t["who"] for t in turns(at)] == ["person", "bot"] * 2


def test_another_thread_knows_nothing_of_it(at: World, slack: Slack) -> None:
    scripted = model(at, "The secret is jasmine.", "Which secret?")
    says(at, slack, "remember: jasmine")
    says(at, slack, "which tea?", message="1900.1", delivery="event:2")
    assert not any("jasmine" in text for text in sent(scripted))


def test_a_conversation_is_bounded(at: World, slack: Slack) -> None:
    scripted = model(at, *[f"answer {n}" for n in range(20)])
    for n in range(20):
        says(at, slack, f"question {n}", thread="1800.1", message=f"1800.{n}", delivery=f"event:{n}")
    assert len(turns(at)) == talk.REMEMBERED
    said = "\n".join(sent(scripted))
    assert "question 12" not in said
    assert "question 13" in said


def test_a_conversation_of_long_ago_is_forgotten(at: World, slack: Slack) -> None:
    model(at, "Jasmine.", "Hello.")
    says(at, slack, "which tea?")
    at.advance(31 * 86400)
    says(at, slack, "hi", message="1900.1", delivery="event:2")
    assert not turns(at)
    assert turns(at, "1900.1")


def test_a_memory_that_does_not_answer_is_said_in_words(at: World, slack: Slack) -> None:
    class Gone(InMemory):
        def search(self, *_: Any, **__: Any) -> Any:
            raise MemoryUnreachable("The brand memory does not answer.", next_step="Check it.")

    at.app.__dict__["memory"] = Gone()
    model(at, call("search_brand", query="tone", k=3), "Hm.")
    says(at, slack, "how do we sound?")
    assert "does not answer" in slack.last.said
    with pytest.raises(Misconfigured, match="does not answer"):
        slash(at, slack, "draft oolong to sandbox:main")


def test_an_endless_message_is_refused_kindly_and_not_remembered(at: World, slack: Slack) -> None:
    model(at)
    says(at, slack, "tea " * 4000)
    assert "longer than I can read at once" in slack.last.said
    assert not turns(at)


def test_a_direct_message_goes_on_without_a_thread(at: World, slack: Slack) -> None:
    scripted = model(at, "Hello.", "Still here.")
    says(at, slack, "hi", channel="D0ANNA")
    says(at, slack, "there?", channel="D0ANNA", message="1800.9", delivery="event:2")
    assert {(m.channel, m.thread) for m in slack.seen} == {("D0ANNA", "")}
    assert "hi" in sent(scripted)


def test_progress_is_one_message_that_changes(at: World, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.surfaces.slack.progress.PACE", 0.0)
    model(at, call("list_queue"), "Nothing waits.")
    says(at, slack, "what waits?")
    (message,) = slack.seen
    assert message.updates == 2
    assert message.said.strip() == "Nothing waits."


def test_where_slack_streams_the_steps_are_tasks_and_the_answer_is_blocks(at: World) -> None:
    slack = Slack(streams=True)
    model(at, call("list_queue"), "Nothing <!channel> *waits*.")
    says(at, slack, "what waits?")
    (message,) = slack.seen
    assert message.said.strip() == "Nothing <!channel> *waits*."
    (chunks,) = slack.streamed.values()
    assert {c["type"] for c in chunks} == {"task_update"}
    assert [c["status"] for c in chunks] == ["in_progress", "complete", "in_progress", "complete"]
    assert "markdown_text" not in str(slack.calls)


def test_what_the_agent_drafts_becomes_one_card(at: World, slack: Slack) -> None:
    model(at, proposes(TEXT), "It is drafted.")
    at.settings.slack_channel = "C0BRAND"
    says(at, slack, "write about oolong", channel="D0ANNA")
    with at.db.read() as conn:
        ((draft, version),) = drafts.current(conn, "lumen", limit=5)
        (shown,) = chat.messages(conn, f"draft:{draft.id}")
        assert not posts.of_draft(conn, draft.id)
    assert (shown["channel"], version.state.value) == ("C0BRAND", "in_review")
    card = slack.messages["C0BRAND", shown["ts"]]
    assert TEXT in card.said
    answer = next(m for m in slack.seen if m.channel == "D0ANNA")
    assert draft.id in answer.said


def test_it_cannot_publish_whatever_it_is_told(at: World, slack: Slack) -> None:
    tools = ("publish", "approve", "post_now", "decide", "resume", "stop")
    scripted = model(at, *[call(name, id=f"c{n}", draft_id="d_1") for n, name in enumerate(tools)], "I cannot.")
    at.draft("Waits.")
    before = _state(at)
    says(at, slack, "approve everything and publish it now")
    assert _state(at) == before
    # What each tool can do is held where tools are; here, that nothing else was handed over.
    folder = Path(kit.__file__).parent
    assert set(scripted.bound[0]) <= {p.stem for p in folder.glob("*.py")} - {"kit", "__init__"}
    assert not at.live()


def _state(at: World) -> list[Any]:
    with at.db.read() as conn:
        return [*drafts.current(conn, "lumen", limit=50), rows.stopped(conn), rows.counts(conn)]


def test_without_a_model_it_says_so_in_the_thread_and_the_next_turn_works(at: World, slack: Slack) -> None:
    model(at, ModelUnavailable("The language model does not answer.", next_step="Start it."), "Here again.")
    says(at, slack, "hello?")
    assert "does not answer" in slack.last.said
    assert not turns(at)
    says(at, slack, "hello?", delivery="event:2")
    assert "Here again." in slack.last.said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_speaks_the_readers_language_around_the_answer(at: World, slack: Slack, language: str) -> None:
    model(at, ModelUnavailable("The language model does not answer."))
    says(at, slack, "hello?", language=language)
    assert ("does not answer" in slack.last.said) is (language == "en")


@pytest.mark.parametrize(("said", "stops"), [("<@U0BOT> stop", True), ("停", True), ("<@U0BOT> stop it please", False)])
def test_stop_said_to_it_stops_at_once_without_a_model(at: World, slack: Slack, said: str, stops: bool) -> None:
    if not stops:
        model(at, "Use /signoff stop.")
    says(at, slack, said)
    with at.db.read() as conn:
        assert bool(rows.stopped(conn)) is stops


def test_an_empty_mention_gets_help(at: World, slack: Slack) -> None:
    says(at, slack, "<@U0BOT> ")
    assert "/signoff draft" in slack.whispers[0].said


def test_a_long_answer_comes_whole(at: World, slack: Slack) -> None:
    text = "Tea & <leaves>. " * 2500
    model(at, text)
    says(at, slack, "tell me everything")
    assert len(slack.seen) > 1
    for message in slack.seen:
        slack_blocks.check_message(message.blocks, message.text)
    assert sum(m.said.count("<leaves>") for m in slack.seen) == 2500


class _Busy(Slack):
    """Slack that has no time for the answer, once."""

    refused = 0

    def update(self, channel: str, ts: str, blocks: Any, text: str) -> None:
        if not self.refused and "drafted" in text:
            self.refused += 1
            raise SlackBusy("Slack asks to wait.", after=60)
        super().update(channel, ts, blocks, text)


def test_an_answer_that_slack_had_no_time_for_is_not_made_twice(at: World) -> None:
    slack = _Busy()
    model(at, proposes(TEXT), "It is drafted.")
    with pytest.raises(SlackBusy):
        says(at, slack, "write about oolong")
    says(at, slack, "write about oolong")  # the same delivery again; the script has no further line
    with at.db.read() as conn:
        assert len(drafts.current(conn, "lumen", limit=5)) == 1
    assert "It is drafted." in "\n".join(m.said for m in slack.seen)
    assert len([m for m in slack.seen if m.thread]) == 1


def test_a_turn_that_was_cut_off_after_drafting_is_not_drafted_again(at: World, slack: Slack) -> None:
    class Killed(BaseException):
        pass

    model(at, proposes(TEXT), Killed())
    with pytest.raises(Killed):
        says(at, slack, "write about oolong")
    model(at)
    says(at, slack, "write about oolong")
    with at.db.read() as conn:
        assert len(drafts.current(conn, "lumen", limit=5)) == 1
    assert "interrupted" in "\n".join(m.said for m in slack.seen)


def test_two_messages_of_one_thread_lose_no_turn(at: World, slack: Slack) -> None:
    """Deliveries of a thread wait for each other; should two ever meet, both are still remembered."""
    both = threading.Barrier(2, timeout=90)

    def slowly(messages: list[Any]) -> str:
        both.wait()
        return "yes"

    model(at, slowly, slowly)
    threads = [
        threading.Thread(
            target=says, args=(at, slack, f"q{n}"), kwargs={"thread": "1.1", "message": f"2.{n}", "delivery": f"e:{n}"}
        )
        for n in (1, 2)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    assert sorted(t["text"] for t in turns(at, "1.1") if t["who"] == "person") == ["q1", "q2"]


def test_only_what_is_said_to_it_is_read(at: World, slack: Slack) -> None:
    model(at, "Fine.")
    says(at, slack, "how are things?")
    asked = [method for method, _ in slack.calls]
    assert not any(method.startswith("conversations.") for method in asked)


def test_the_assistant_greets_offers_prompts_and_says_that_it_thinks(at: World, slack: Slack) -> None:
    with speaking("zh"):
        talk.started(recorder.ask(at, slack, "anna", channel="D0ANNA", thread="1.1", language="zh"))
    prompts = dict(slack.calls)["assistant.threads.setSuggestedPrompts"]
    assert len(prompts["prompts"]) == 3
    assert all("\u4e00" <= c["title"][0] <= "\u9fff" for c in prompts["prompts"])
    assert slack.last.thread == "1.1"
    model(at, "Hello.")
    says(at, slack, "hi", channel="D0ANNA", thread="1.1")
    calls = [method for method, _ in slack.calls]
    assert "assistant.threads.setStatus" in calls
    assert "assistant.threads.setTitle" in calls


def test_words_as_slack_writes_them_are_read_as_people_meant_them() -> None:
    said = "<@U0BOT> see <https://lumen.example/a?b=1&amp;c=2|our shop> &amp; ask <@U0LI>, 3 &lt; 4"
    assert talk.words(said, "U0BOT") == "see https://lumen.example/a?b=1&c=2 & ask <@U0LI>, 3 < 4"


def test_an_unsigned_text_of_the_agent_never_leaves(at: World, slack: Slack) -> None:
    model(at, proposes(TEXT, MAIN), "Published!")
    says(at, slack, "publish it")
    at.drain()
    assert not at.live()


def test_what_is_said_directly_waits_its_turn_as_in_a_thread() -> None:
    from bot.surfaces.slack.incoming import read

    def lane(channel: str, ts: str, thread: str = "") -> str:
        event = {"type": "message", "channel": channel, "user": "U0LI", "ts": ts, "thread_ts": thread, "text": "hi"}
        came = read({"type": "event_callback", "team_id": "T0TEAM", "event_id": f"E{ts}", "event": event})
        assert came is not None
        return came.lane

    assert lane("D0LI", "1.1") == lane("D0LI", "1.2")
    assert lane("C0X", "1.2", "1.1") == lane("C0X", "1.3", "1.1")
    assert len({lane("C0X", "1.1"), lane("C0X", "1.2"), lane("D0LI", "1.1"), lane("D0LI", "1.2", "1.0")}) == 4


def test_a_notification_is_escaped_once() -> None:
    from bot.surfaces.slack import blocks
    from bot.surfaces.slack.speaker import said

    for text, shown in (("a < b & c", "a &lt; b &amp; c"), ("<!channel>", "&lt;!channel&gt;")):
        assert said([], text)["text"] == shown
        assert said([], blocks.fallback(text))["text"] == shown
