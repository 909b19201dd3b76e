"""App Home, and the forms for a draft and for settings."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.clock import FixedClock
from bot.errors import BadInput
from bot.store import chat, drafts
from bot.surfaces.slack import home
from bot.surfaces.slack.views import draft as draft_view
from bot.surfaces.slack.views import settings as settings_view
from bot.words import speaking
from bot.workflow import switching
from tests import slack_blocks
from tests.slack.desk import Desk, user
from tests.slack.recorder import CHANNEL, TEAM, ask, choice, day, hour, state
from tests.slack.words_world import model, proposes

BRIEF = "The autumn oolongs are here from Friday."


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


def opened(desk: Desk, person: str, **given: Any) -> dict[str, Any]:
    home.opened(ask(desk, desk.slack, person, channel="", **given))
    return desk.slack.homes[user(person)]


def said(view: dict[str, Any]) -> str:
    return slack_blocks.said([view["blocks"]])


# --- Home --------------------------------------------------------------------------------------------------------


def test_home_shows_what_waits_for_me_and_only_for_me(desk: Desk) -> None:
    desk.draft("Please sign this.", author="anna")
    desk.draft("By Li herself.", author="li")
    desk.approve(desk.draft("Goes out at some time.", window=_at("2026-12-01T09:00")))
    mine = said(opened(desk, "li"))
    assert "Waits for your signature: 1" in mine
    assert "Please sign this." in mine
    assert "What you asked for: 1" in mine
    assert "Scheduled: 1" in mine
    assert "Goes out at some time." in mine
    assert "no comments were read" in mine
    theirs = said(opened(desk, "anna"))
    assert "Waits for your signature: 0" in theirs


def test_home_is_empty_and_kind_on_a_new_desk(desk: Desk) -> None:
    view = opened(desk, "anna")
    assert "Nothing. Enjoy the day." in said(view)
    assert "Anna (author)" in said(view)


def test_home_says_first_that_everything_is_stopped(desk: Desk) -> None:
    switching.stop(desk.desk, "anna", "a mistake")
    view = opened(desk, "li")
    assert "Everything is stopped" in said(view)
    assert "resume" in slack_blocks.buttons(view["blocks"])


def test_home_of_a_full_desk_keeps_to_slacks_limits(desk: Desk) -> None:
    from bot.store import desk as rows

    for n in range(40):
        version = desk.draft(f"Draft {n}. " + "All about tea. " * 15, author="anna")
        if n % 2:
            desk.approve(version)
    with desk.db.write() as conn:
        for n in range(30):
            rows.notify(conn, desk.clock.now(), "lumen", f"worker:{n}", "x" * 2000, "`signoff doctor`")
    view = opened(desk, "li")
    assert len(view["blocks"]) <= 100
    assert "10 more" in said(view)


def test_home_buttons_act(desk: Desk) -> None:
    version = desk.draft("Please sign this.")
    buttons = slack_blocks.buttons(opened(desk, "li")["blocks"])
    name = f"open.{version.draft_id}"
    assert buttons[name]["value"].startswith(f"{version.draft_id}@1#")
    press(desk, name, "li", buttons[name]["value"])
    (card,) = desk.told("li")
    assert "Please sign this." in card.said
    assert "approve" in {b.partition(".")[0] for b in card.buttons}
    press(desk, name, "li", buttons[name]["value"])
    assert len(desk.told("li")) == 1, "the card comes down to where one looks, it is not doubled"
    press(desk, "settings", "li", "")
    assert desk.slack.view["callback_id"] == "settings"
    press(desk, "new_draft", "li", "")
    assert desk.slack.view["callback_id"] == "draft"
    desk.draft("And this one.")
    press(desk, "home", "li", "")
    assert "And this one." in said(desk.slack.homes[user("li")])


def test_a_card_that_was_opened_follows_the_draft(desk: Desk) -> None:
    version = desk.draft()
    press(desk, f"open.{version.draft_id}", "li", version.draft_id)
    desk.step()
    desk.approve(version)
    desk.step()
    for card in (*desk.told("li"), *desk.said()):
        assert "approve" not in {b.partition(".")[0] for b in card.buttons}


def test_news_are_marked_as_read_up_to_what_was_shown(desk: Desk) -> None:
    from bot.store import desk as rows

    def leave(text: str) -> None:
        with desk.db.write() as conn:
            rows.notify(conn, desk.clock.now(), "lumen", f"worker:{text}", text, "`signoff doctor`")

    leave("A worker is gone.")
    view = opened(desk, "li")
    assert "A worker is gone." in said(view)
    assert "`/signoff status`" in said(view)
    leave("Another one.")
    press(desk, "seen", "li", slack_blocks.buttons(view["blocks"])["seen"]["value"])
    now = said(desk.slack.homes[user("li")])
    assert "A worker is gone." not in now
    assert "Another one." in now
    press(desk, "seen", "li", "forged")
    assert "Another one." in said(desk.slack.homes[user("li")])


def test_home_speaks_chinese(desk: Desk) -> None:
    desk.quietly("li", language="zh")
    desk.draft()
    text = said(opened(desk, "li"))
    for english in ("Waits", "Scheduled", "Mood", "Settings", "Language", "Digest", "Quiet"):
        assert english not in text


def test_a_draft_of_another_brand_cannot_be_opened(desk: Desk) -> None:
    with pytest.raises(Exception, match="no draft"):
        press(desk, "open.d_nobody00", "li", "d_nobody00@1#00000000")


# --- settings ----------------------------------------------------------------------------------------------------


def chosen(**given: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "language": choice("zh"), "zone": "Asia/Shanghai", "notices": _radio("urgent"), "quiet_start": hour("22:00"),
        "quiet_end": hour("07:30"), "urgent": _boxes(), "digest": choice("daily"), "digest_at": hour("08:15"),
    }  # fmt: skip
    return state(**{**fields, **given})


def test_settings_are_kept_and_shown_in_the_home(desk: Desk) -> None:
    asked = ask(desk, desk.slack, "li")
    slack_blocks.check_view(settings_view.view(asked))
    assert settings_view.faults(asked, chosen()) == {}
    settings_view.submitted(asked, chosen())
    with desk.db.read() as conn:
        body = chat.setting(conn, TEAM, user("li"))
    assert body == {
        "language": "zh", "zone": "Asia/Shanghai", "notices": "urgent", "quiet": {"start": "22:00", "end": "07:30"},
        "urgent": False, "digest": "daily", "digest_at": "08:15",
    }  # fmt: skip
    assert "22:00" in said(desk.slack.homes[user("li")])
    # What was chosen stands in the form when it is opened again.
    again = json.dumps(settings_view.view(ask(desk, desk.slack, "li")))
    assert "22:00" in again
    assert "Asia/Shanghai" in again
    settings_view.submitted(asked, chosen(language=choice("auto"), quiet_start=hour(""), quiet_end=hour(""), zone=""))
    with desk.db.read() as conn:
        body = chat.setting(conn, TEAM, user("li"))
    assert not {"language", "quiet", "zone"} & set(body)


@pytest.mark.parametrize(("given", "field"), [
    ({"zone": "Mars/One"}, "zone"), ({"quiet_end": hour("")}, "quiet_end"), ({"quiet_start": hour("")}, "quiet_start"),
    ({"quiet_end": hour("22:00")}, "quiet_end"),
])  # fmt: skip
def test_settings_that_cannot_be_are_named_at_their_field(desk: Desk, given: dict[str, Any], field: str) -> None:
    assert list(settings_view.faults(ask(desk, desk.slack, "li"), chosen(**given))) == [field]


# --- a new draft -------------------------------------------------------------------------------------------------


def form(**given: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "brief": BRIEF, "accounts": ["sandbox:main"], "kind": choice("post"), "when": _radio("now"), "alts": "",
    }  # fmt: skip
    return state(**{**fields, **given})


def test_the_form_offers_what_the_brand_has(desk: Desk) -> None:
    view = draft_view.view(ask(desk, desk.slack, "anna"), brief=BRIEF)
    slack_blocks.check_view(view)
    text = json.dumps(view)
    assert "sandbox:main" in text
    assert "sandbox:cn" in text
    assert BRIEF in text
    with speaking("zh"):
        slack_blocks.check_view(draft_view.view(ask(desk, desk.slack, "anna")))


@pytest.mark.parametrize(("given", "field"), [
    ({"brief": "  "}, "brief"), ({"accounts": []}, "accounts"), ({"accounts": ["x:nobody"]}, "accounts"),
    ({"when": {"type": "radio_buttons", "selected_option": {"value": "at"}}}, "date"),
    ({"date": day("2026-12-01")}, "when"),
    ({"when": {"type": "radio_buttons", "selected_option": {"value": "at"}}, "date": day("2020-01-01"),
      "time": hour("09:00")}, "time"),
    ({"alts": "A pot of tea."}, "alts"),
])  # fmt: skip
def test_what_is_wrong_is_named_at_its_field_before_anything_is_done(
    desk: Desk, given: dict[str, Any], field: str
) -> None:
    found = draft_view.faults(ask(desk, desk.slack, "anna"), form(**given))
    assert field in found
    with pytest.raises(BadInput):
        draft_view.submitted(ask(desk, desk.slack, "anna"), form(**given))


def test_the_form_drafts_with_pictures_at_a_time(desk: Desk) -> None:
    model(desk, proposes("The autumn oolongs are here. Come and taste them."))
    desk.slack.files["F1"] = _picture()
    at = {"when": _radio("at"), "date": day("2026-12-01"), "time": hour("09:00")}
    asked = ask(desk, desk.slack, "anna", channel="")
    sent = form(**at, files=_files("F1"), alts="A pot of oolong on a table.")
    assert draft_view.faults(asked, sent) == {}
    draft_view.submitted(asked, sent)
    with desk.db.read() as conn:
        ((_, version),) = drafts.current(conn, "lumen")
    assert version.author == "anna"
    assert version.content.window.wall == "2026-12-01T09:00"
    (medium,) = version.content.parts[0].media
    assert medium.alt == "A pot of oolong on a table."
    desk.step()
    cards = [m for m in desk.said() if "Come and taste them." in m.said]
    assert len(cards) == 1, "one card, in the brand's channel, though the form was opened from the Home"


def test_own_words_are_drafted_as_they_stand_and_no_model_is_asked(desk: Desk) -> None:
    sent = form(brief="The oolongs are here.\n---\nCome and taste them.", words=_radio("own"))
    asked = ask(desk, desk.slack, "anna", delivery="view:1")
    assert draft_view.faults(asked, sent) == {}
    for _ in range(2):
        # Slack sends a form once more when it hears nothing.
        draft_view.submitted(asked, sent)
    with desk.db.read() as conn:
        ((draft, version),) = drafts.current(conn, "lumen")
    assert [p.text for p in version.content.parts] == ["The oolongs are here.", "Come and taste them."]
    assert (draft.kind, draft.author, version.state.value) == ("thread", "anna", "in_review")
    desk.step()
    assert len([m for m in desk.said() if "Come and taste them." in m.said and "Approve" in m.said]) == 1


def test_a_free_slot_is_chosen_where_one_is_wished(desk: Desk) -> None:
    from dataclasses import replace

    from bot.domain.editorial import Plan

    brand = desk.app.brand()
    desk.learn(replace(brand, plan=replace(brand.plan or Plan(), times=("10:00",))))
    model(desk, proposes("The autumn oolongs are here. Come and taste them."))
    draft_view.submitted(ask(desk, desk.slack, "anna"), form(when=_radio("slot")))
    with desk.db.read() as conn:
        ((_, version),) = drafts.current(conn, "lumen")
    assert (version.content.window.wall or "").endswith("T10:00")


def test_a_picture_without_words_is_asked_for_where_the_model_cannot_see(desk: Desk) -> None:
    model(desk)
    desk.slack.files["F1"] = _picture()
    with pytest.raises(BadInput, match="Picture 1"):
        draft_view.submitted(ask(desk, desk.slack, "anna"), form(files=_files("F1")))
    assert not _all(desk)


def test_a_file_that_is_no_picture_is_refused(desk: Desk) -> None:
    model(desk)
    desk.slack.files["F1"] = b"<html><script>alert(1)</script>"
    with pytest.raises(BadInput):
        draft_view.submitted(ask(desk, desk.slack, "anna"), form(files=_files("F1"), alts="A page."))
    assert not _all(desk)


def test_forged_metadata_moves_only_where_the_answer_stands(desk: Desk) -> None:
    model(desk, proposes("The autumn oolongs are here. Come and taste them."))
    forged = json.dumps({"channel": CHANNEL, "person": "sam", "author": "sam"})
    draft_view.submitted(ask(desk, desk.slack, "anna", channel="", value=forged), form())
    with desk.db.read() as conn:
        ((found, _),) = drafts.current(conn, "lumen")
    assert found.author == "anna"


@pytest.mark.parametrize("value", ["{", "[]", "7", '{"channel": 7}', '{"channel": {"a": 1}}', "null"])
def test_metadata_that_cannot_be_read_is_left_out(desk: Desk, value: str) -> None:
    model(desk, proposes("The autumn oolongs are here. Come and taste them."))
    draft_view.submitted(ask(desk, desk.slack, "anna", channel="", value=value), form())
    assert desk.said(), "the answer stands in the brand's channel"


def _all(desk: Desk) -> list[Any]:
    with desk.db.read() as conn:
        return drafts.current(conn, "lumen")


def _at(wall: str) -> object:
    from bot.domain.draft import Window

    return Window(wall, "Europe/Berlin")


def _radio(value: str) -> dict[str, Any]:
    return {"type": "radio_buttons", "selected_option": {"value": value}}


def _boxes(*values: str) -> dict[str, Any]:
    return {"type": "checkboxes", "selected_options": [{"value": v} for v in values]}


def _files(*ids: str) -> dict[str, Any]:
    return {"type": "file_input", "files": [{"id": i} for i in ids]}


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "PNG")
    return out.getvalue()


def press(desk: Desk, action: str, person: str, value: str) -> None:
    found = import_module(f"bot.surfaces.slack.actions.{action.partition('.')[0]}")
    found.run(ask(desk, desk.slack, person, value=value, action=action, channel=""))
