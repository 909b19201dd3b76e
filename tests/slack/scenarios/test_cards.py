"""What people do with a card: sign it, change it, move it, turn it down, take it back; over HTTP, as Slack asks it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.draft import Part
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.store import drafts, tables
from bot.workflow import propose, repeat
from tests import slack_blocks
from tests.servers.slack_gateway import Gateway
from tests.slack.scenarios.conftest import channel_name
from tests.slack.scenarios.desk import Desk, desk

pytestmark = pytest.mark.slow


def drafted(served: Desk, text: str = "The autumn oolongs are here.", **given: object) -> str:
    """Put a draft on the desk as the command line does; return its id once its card stands."""
    draft_id = served.world.draft(text, **given).draft_id  # type: ignore[arg-type]
    served.card(draft_id)
    return draft_id


def said(message: dict[str, object]) -> str:
    return slack_blocks.said([message["blocks"]])


def test_a_card_is_approved_posted_and_taken_down_again(served: Desk) -> None:
    draft_id = drafted(served)
    served.li.press(served.card(draft_id), "approve")
    served.becomes(draft_id, "approved")
    served.world.drain()
    assert served.world.live() == ["The autumn oolongs are here."]
    live = served.card(draft_id, button="undo")
    assert "sandbox" in said(live).lower()
    served.sam.press(live, "undo")
    served.gateway.until(lambda _: served.world.live() == [], 30, "it is taken down")
    # The proof stands in the card's thread.
    proof = lambda g: [  # noqa: E731
        m
        for m in g.workspace.messages(served.channel)
        if "not there any more" in slack_blocks.said([m.get("blocks") or []])
    ]
    assert served.gateway.until(proof, 30, "the proof")


def test_the_author_cannot_approve_and_is_told_why(served: Desk) -> None:
    draft_id = drafted(served, author="ben")
    served.ben.press(served.card(draft_id), "approve")
    served.ben.is_told("somebody else must sign")
    served.anna.press(served.card(draft_id), "approve")
    served.anna.is_told("not an approver")
    assert served.state(draft_id) == "in_review"


def test_fifty_presses_at_once_make_one_post(served: Desk) -> None:
    draft_id = drafted(served)
    card = served.card(draft_id)
    people = [served.li, served.sam, served.ben]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: people[n % 3].press(card, "approve"), range(50)))
    served.becomes(draft_id, "approved")
    served.idle()
    with served.world.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(tables.decision)).scalar() == 1
        assert conn.execute(select(func.count()).select_from(tables.post)).scalar() == 1


def test_four_deliveries_of_one_press_are_one_signature_and_one_answer(served: Desk) -> None:
    draft_id = drafted(served)
    before = len(served.gateway.calls)
    served.li.press(served.card(draft_id), "approve", times=4)
    served.becomes(draft_id, "approved")
    served.idle()
    with served.world.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(tables.decision)).scalar() == 1
    posted = [c for c in served.gateway.calls[before:] if c.method == "chat.postMessage"]
    assert len(posted) <= 1


def test_an_edit_is_checked_in_the_form_and_voids_the_signature(served: Desk) -> None:
    draft_id = drafted(served)
    stale = served.card(draft_id)
    served.anna.press(stale, "edit")
    form = served.anna.modal("edit")
    answer = served.anna.submit(form, **{"part.0.0": "A miracle in a cup."})
    assert answer["response_action"] == "errors"
    assert "part.0.0" in answer["errors"]
    assert served.state(draft_id) == "in_review"
    assert served.anna.submit(form, **{"part.0.0": "Autumn oolongs, now here."}) == {}
    card = served.card(draft_id, showing="Autumn oolongs, now here.")
    assert "v2" in said(card)
    # Somebody still sees the old card, on another screen: their press signs nothing, and they are told.
    served.li.press(stale, "approve")
    served.li.is_told("版本" if "版本" in served.li.told() else "2")
    assert served.state(draft_id) == "in_review"
    served.li.press(card, "approve")
    served.becomes(draft_id, "approved")


def test_a_card_follows_a_change_that_was_made_elsewhere(served: Desk) -> None:
    draft_id = drafted(served)
    wish = propose.Proposal("sandbox:main", (Part("Changed on the command line."),), "anna")
    propose.revise(served.world.desk, draft_id, wish)
    card = served.card(draft_id, showing="Changed on the command line.")
    assert "approve" in slack_blocks.buttons(card["blocks"])


def test_two_people_must_sign_and_the_card_says_who_is_missing(
    slack_gateway: Gateway, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    policy = ApprovalPolicy((PolicyRule("two", outcome=Ask(needed=2)),))
    with desk(slack_gateway, tmp_path, channel_name(request), policy=policy) as served:
        draft_id = drafted(served)
        assert "2" in said(served.card(draft_id))
        served.li.press(served.card(draft_id), "approve")
        card = served.card(draft_id, showing="Li")
        assert served.state(draft_id) == "in_review"
        served.li.press(card, "approve")
        served.idle()
        assert served.state(draft_id) == "in_review"
        served.sam.press(card, "approve")
        served.becomes(draft_id, "approved")


def test_one_signature_signs_three_of_a_series_and_the_card_says_so(
    slack_gateway: Gateway, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    policy = ApprovalPolicy((PolicyRule("series", outcome=Ask(lasting=3)),))
    with desk(slack_gateway, tmp_path, channel_name(request), policy=policy) as served:
        first = drafted(served)
        made = repeat.begin(served.world.desk, first, "daily at 12:30", "anna", ahead=4)
        with served.world.db.read() as conn:
            of = [v.draft_id for _, v in drafts.series(conn, made.id)]
        served.li.press(served.card(of[0], showing="One signature signs 3 posts of the series"), "approve")
        for one in of[:3]:
            served.becomes(one, "approved")
        served.idle()
        assert "approve" in served.buttons(of[3])
        assert served.state(of[3]) == "in_review"


def test_a_rejection_has_its_reason_on_the_card(served: Desk) -> None:
    draft_id = drafted(served)
    served.li.press(served.card(draft_id), "reject")
    served.li.submit(served.li.modal("reject"), reason="We said this last week.")
    served.becomes(draft_id, "rejected")
    card = served.card(draft_id, showing="We said this last week.")
    assert "approve" not in slack_blocks.buttons(card["blocks"])


def test_a_draft_is_moved_to_another_time_and_posted_at_once_after_all(served: Desk) -> None:
    draft_id = drafted(served)
    served.anna.press(served.card(draft_id), "reschedule")
    form = served.anna.modal("reschedule")
    assert served.anna.submit(form, **{"day.at": "2020-01-01"})["response_action"] == "errors"
    served.anna.submit(form, **{"day.at": "2031-03-04", "hour.at": "10:30"})
    card = served.card(draft_id, showing="2031")
    assert served.world.live() == []
    served.li.press(card, "post_now")
    served.becomes(draft_id, "approved")
    served.world.drain()
    assert served.world.live() == ["The autumn oolongs are here."]


def test_words_in_the_cards_thread_make_the_next_version(served: Desk) -> None:
    draft_id = drafted(served)
    served.texts[:] = ["Oolongs. Here."]
    card = served.card(draft_id)
    served.li.say("shorter, less salesy", thread=card["ts"])
    new = served.card(draft_id, showing="Oolongs. Here.", seconds=90)
    assert "v2" in said(new)
    assert served.state(draft_id) == "in_review"


def test_another_version_is_asked_for_by_form(served: Desk) -> None:
    draft_id = drafted(served)
    served.texts[:] = ["Come and taste the oolongs."]
    served.anna.press(served.card(draft_id), "another")
    served.anna.submit(served.anna.modal("another"), feedback="warmer")
    served.card(draft_id, showing="Come and taste the oolongs.", seconds=90)


def test_what_is_signed_and_not_yet_sent_is_taken_back(served: Desk) -> None:
    draft_id = drafted(served)
    served.li.press(served.card(draft_id), "approve")
    served.becomes(draft_id, "approved")
    served.li.press(served.card(draft_id, button="cancel"), "cancel")
    served.idle()
    served.world.drain()
    assert served.world.live() == []


def test_a_blocked_draft_has_no_approve_button(served: Desk) -> None:
    draft_id = drafted(served, "A miracle in a cup.")
    found = served.buttons(draft_id)
    assert "approve" not in found
    assert "edit" in found


def test_a_chinese_colleague_reads_chinese_forms_and_refusals(served: Desk) -> None:
    draft_id = drafted(served)
    served.li.press(served.card(draft_id), "reject")
    form = served.li.modal("reject")
    assert any("\u4e00" <= c <= "\u9fff" for c in slack_blocks.said([form["title"], form["blocks"]]))
    served.li.command("没有这个词")
    served.li.is_told("帮助" if "帮助" in served.li.told() else "/signoff")
    assert any("\u4e00" <= c <= "\u9fff" for c in served.li.told())
