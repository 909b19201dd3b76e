"""Every word after /signoff, the conversation, the App Home and the form for a new draft, over HTTP."""

from __future__ import annotations

import pytest

from bot.surfaces.slack import manifest
from tests import slack_blocks
from tests.slack.scenarios.desk import Desk

pytestmark = pytest.mark.slow
#: What follows each word, and something that its answer says.
WORDS = {
    "ask": ("May we promise miracles?", "miracles"),
    "calendar": ("", ""),
    "help": ("", "/signoff"),
    "ideas": ("", ""),
    "inbox": ("", ""),
    "mood": ("", ""),
    "policy": ("", "sign"),
    "queue": ("", "oolongs"),
    "report": ("", ""),
    "status": ("", "Lumen Tea"),
}
#: Words with a test of their own below.
OWN = {"draft", "thread", "reply", "stop", "resume"}


def answers(served: Desk) -> str:
    """Return everything that Signoff said, to all or to one."""
    said = [c.body for c in served.gateway.calls if c.ok and (c.blocks or c.body.get("text"))]
    return "\n".join(slack_blocks.said([b["blocks"]]) if b.get("blocks") else str(b.get("text")) for b in said)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_each_word_answers(word: str, served: Desk) -> None:
    served.world.draft("The autumn oolongs are here.")
    more, says = WORDS[word]
    served.anna.command(f"{word} {more}".strip())
    served.idle(90)
    said = answers(served)
    assert said
    assert says.lower() in said.lower()
    assert "That did not work" not in said
    assert served.gateway.refused() == []


def test_every_word_is_tried() -> None:
    assert set(WORDS) | OWN == set(manifest.words())


def test_a_word_that_is_none_gets_the_nearest(served: Desk) -> None:
    served.anna.command("qeue")
    served.anna.is_told("`/signoff queue`")


def test_a_brief_becomes_a_card(served: Desk) -> None:
    before = served.drafts()
    served.anna.command("draft We have new oolongs to sandbox:main")
    draft_id = served.new_draft(before)
    assert {"approve", "edit", "reject"} <= served.buttons(draft_id)


def test_four_deliveries_of_a_brief_are_one_draft(served: Desk) -> None:
    before = served.drafts()
    served.anna.command("draft We have new oolongs to sandbox:main", times=4)
    draft_id = served.new_draft(before)
    served.idle(120)
    assert [d for d in served.drafts() if d not in before] == [draft_id]
    cards = [
        m for m in served.gateway.workspace.messages(served.channel)
        if "approve" in slack_blocks.buttons(m.get("blocks") or [])
    ]  # fmt: skip
    assert len(cards) == 1


def test_without_a_brief_a_form_opens(served: Desk) -> None:
    before = served.drafts()
    served.anna.command("draft")
    form = served.anna.modal("draft")
    assert served.anna.submit(form).get("response_action") == "errors"
    served.anna.submit(form, brief="New oolongs", accounts=["sandbox:main"])
    assert served.new_draft(before, 90)


def test_everything_is_stopped_and_resumed(served: Desk) -> None:
    draft_id = served.world.draft("The autumn oolongs are here.").draft_id
    served.card(draft_id)
    served.anna.command("stop a fire")
    served.anna.is_told("Stopped")
    served.li.press(served.card(draft_id), "approve")
    served.becomes(draft_id, "approved")
    served.world.drain()
    assert served.world.live() == []
    served.anna.command("resume")
    served.idle()
    served.world.drain()
    assert served.world.live() == []
    served.sam.command("resume")
    served.idle()
    served.world.drain()
    assert served.world.live() == ["The autumn oolongs are here."]


def test_a_mention_is_a_conversation_in_its_thread(served: Desk) -> None:
    ts = served.anna.mention("what is waiting for a signature?")
    replies = lambda g: [  # noqa: E731
        m for m in g.workspace.messages(served.channel) if m.get("thread_ts") == ts and m["user"] != served.anna.id
    ]
    assert served.gateway.until(replies, 60, "an answer in the thread")
    assert "That did not work" not in answers(served)


def test_the_home_says_what_waits_for_whom(served: Desk) -> None:
    draft_id = served.world.draft("The autumn oolongs are here.").draft_id
    served.card(draft_id)
    served.sam.open_home()
    assert "oolongs" in slack_blocks.said([served.sam.home()["blocks"]])


def test_who_is_nobody_here_is_told_so_by_every_way(served: Desk) -> None:
    before = served.ledger()
    for user in (served.stray, served.guest, served.outsider):
        user.command("stop")
        user.mention("draft something")
        user.open_home()
    served.idle()
    assert "know you" in served.stray.told()
    assert "full members" in served.guest.told()
    assert served.ledger() == before
