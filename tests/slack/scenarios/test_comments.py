"""A comment on its way through Slack, over HTTP: heard, read, carded, handed on, answered, published."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.store import chat, tables
from bot.workflow import escalate, hide, listen
from tests import slack_blocks
from tests.servers.slack import TEAM
from tests.slack import comments_world as made
from tests.slack.scenarios.desk import Desk
from tests.world import brand

pytestmark = pytest.mark.slow


def asked(served: Desk, text: str = "Where is it sold?") -> str:
    """Let a fan ask below a post of ours; return the comment's id once its card stands."""
    world = served.world
    world.learn(brand(), made.POLICY)
    post = world.approve(world.draft("The oolongs are here."))
    world.drain()
    receipt = world.post(post.id).parts[0].receipt
    assert receipt is not None
    assert world.app.sandbox.post("ada.sandbox", text, parent_id=receipt.remote_id)
    listen.listen(world.desk)
    made.read(world)
    made.decide(world)
    with world.db.read() as conn:
        from bot.store import comments

        (one,) = comments.recent(conn, "lumen", None, limit=1)
    served.comment(one.id, button="reply")
    return one.id


def said(message: dict[str, object]) -> str:
    return slack_blocks.said([message["blocks"]])


def test_a_comment_is_answered_from_its_card(served: Desk) -> None:
    one = asked(served)
    card = served.comment(one)
    assert "The oolongs are here." in said(card), "what it answers stands above it"
    # Edited, refused to who may not sign, signed by another person, sent, and seen as answered on the card.
    served.ben.press(card, "edit")
    form = served.ben.modal("edit")
    wrong = served.ben.submit(form, **{"part.0.0": "It is a miracle."})
    assert "errors" in str(wrong)
    served.ben.submit(form, **{"part.0.0": "In our shop at Linden Lane."})
    card = served.comment(one, showing="In our shop at Linden Lane.", button="reply")
    served.anna.press(card, "reply")
    served.anna.is_told("not an approver")
    served.ben.press(card, "reply")
    served.ben.is_told("somebody else must sign")
    served.li.press(card, "reply", times=4)
    served.comment(one, showing="Its answer is signed off")
    served.idle()
    with served.world.db.read() as conn:
        # Of the post that was commented on, and of the answer.
        assert conn.execute(select(func.count()).select_from(tables.decision)).scalar() == 2
    served.world.drain()
    escalate.follow(served.world.desk)
    assert "In our shop at Linden Lane." in served.world.live()
    served.comment(one, showing="Answered")


def test_a_comment_is_handed_on_and_goes_when_its_author_takes_it_back(served: Desk) -> None:
    one = asked(served)
    served.li.press(served.comment(one), "escalate")
    form = served.li.modal("escalate")
    served.li.submit(form, to="ben", note="Ask the shop. <!here>")
    card = served.comment(one, showing="Ask the shop. <!here>", without="Reply")
    assert "Ben has it" in said(card)
    served.ben.press(card, "take_over")
    served.comment(one, showing="Ben answers in this thread")
    made.removed(served.world, one)
    gone = served.comment(one, showing="Its author removed it")
    assert "sold" not in said(gone)
    assert not slack_blocks.buttons(gone["blocks"])


def test_a_comment_is_hidden_from_readers_there_and_shown_again(served: Desk) -> None:
    one = asked(served, "You are all thieves")
    sandbox, platform = served.world.app.sandbox, served.world.app.platform("sandbox:main")
    with served.world.db.read() as conn:
        from bot.store import comments

        remote = comments.get(conn, one).comment.remote_id
    served.anna.press(served.comment(one), "hide_there")
    served.anna.is_told("may not decide what readers see")
    served.li.press(served.comment(one), "hide_there", times=4)
    served.comment(one, showing="A worker is about to hide it", button="show_there")
    assert hide.carry_out(served.world.desk, platform, "sandbox:main") == {"hidden": 1}
    assert sandbox.is_hidden(remote)
    served.li.press(served.comment(one, showing="do not see it"), "show_there")
    served.comment(one, showing="A worker is about to show it")
    assert hide.carry_out(served.world.desk, platform, "sandbox:main") == {"shown": 1}
    assert not sandbox.is_hidden(remote)


@pytest.mark.parametrize("who", ["guest", "stray"])
def test_guests_and_people_nobody_linked_change_nothing(served: Desk, who: str) -> None:
    one = asked(served)
    card = served.comment(one)
    if who == "guest":
        with served.world.db.write() as conn:
            chat.link(conn, TEAM, served.guest.id, "lumen", "li", "Guest")
    before = served.ledger()
    for action in ("reply", "edit", "another", "ignore", "hide", "hide_there", "escalate", "take_over", "relabel"):
        getattr(served, who).press(card, action)
    served.idle()
    after = served.ledger()
    assert {name: rows for name, rows in after.items() if before[name] != rows} == {}
