"""The app's Home, its forms, and notices whose buttons act: over HTTP, as Slack asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.store import chat
from bot.store import desk as rows
from tests import slack_blocks
from tests.servers.slack import BOT_TOKEN, TEAM
from tests.servers.slack_gateway import Call, Gateway
from tests.slack.scenarios.desk import Desk

pytestmark = pytest.mark.slow


def notice(served: Desk, words: str, button: str = "") -> dict[str, Any]:
    """Wait for a notice in the channel with these words, and a button if one is named."""

    def found(_: object) -> dict[str, Any] | None:
        for message in served.gateway.workspace.messages(served.channel):
            blocks = message.get("blocks") or []
            if words in slack_blocks.said([blocks]) and (not button or button in slack_blocks.buttons(blocks)):
                return dict(message)
        return None

    made: dict[str, Any] = served.gateway.until(found, 40, f"a notice {words!r}")
    return made


def directly(served: Desk, words: str) -> Call:
    """Wait for the last direct message that Slack took and that has these words somewhere."""

    def found(gateway: Gateway) -> list[Call]:
        said = [c for c in list(gateway.calls) if c.method == "chat.postMessage" and c.ok]
        return [c for c in said if str(c.body["channel"]).startswith("D") and words in str(c.body)]

    return list(served.gateway.until(found, 40, f"a direct message with {words!r}"))[-1]


def test_settings_are_changed_in_a_form_and_shown_in_the_home(served: Desk) -> None:
    served.sam.open_home()
    served.sam.press_in(served.sam.home(), "settings")
    form = served.sam.modal("settings")
    answer = served.sam.submit(form, zone="Mars/One", quiet_start="22:00")
    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) == {"zone", "quiet_end"}
    assert served.sam.submit(form, zone="Asia/Shanghai", language="zh", quiet_start="22:00", quiet_end="07:00") == {}
    served.gateway.until(lambda _: "22:00" in slack_blocks.said([served.sam.home()["blocks"]]), 30, "the new Home")
    assert "Settings" not in slack_blocks.said([served.sam.home()["blocks"]]), "from now on in Chinese"
    with served.world.db.read() as conn:
        assert chat.setting(conn, TEAM, served.sam.id)["zone"] == "Asia/Shanghai"


def test_a_draft_is_asked_for_in_a_form_and_its_card_comes_to_the_channel(served: Desk) -> None:
    before = served.drafts()
    served.anna.open_home()
    served.anna.press_in(served.anna.home(), "new_draft")
    form = served.anna.modal("draft")
    answer = served.anna.submit(form, brief="The autumn oolongs are here.", date="2031-03-04")
    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) == {"accounts", "when"}
    wanted = {"accounts": ["sandbox:main"], "when": "at", "date": "2031-03-04", "time": "10:30"}
    assert served.anna.submit(form, brief="The autumn oolongs are here.", **wanted) == {}
    draft_id = served.new_draft(before)
    assert "10:30" in slack_blocks.said([served.card(draft_id)["blocks"]])


def test_the_digest_comes_at_the_hour_that_was_set_with_a_picture_that_slack_keeps(served: Desk) -> None:
    served.anna.open_home()
    served.anna.press_in(served.anna.home(), "settings")
    now = datetime.now(ZoneInfo("Asia/Tokyo"))
    served.anna.submit(served.anna.modal("settings"), digest="daily", digest_at=f"{now:%H:%M}", zone="Asia/Tokyo")
    sent = directly(served, "Your day")
    (image,) = [b for b in sent.blocks if b["type"] == "image"]
    kept = served.gateway.workspace.call("files.info", file=image["slack_file"]["id"])["file"]
    picture = httpx.get(kept["url_private"], headers=served.gateway.workspace.signed(BOT_TOKEN))
    assert picture.content.startswith(b"\x89PNG")
    assert len(picture.content) == kept["size"]


def test_from_the_home_a_card_is_opened_and_signed_by_the_one_who_may(served: Desk) -> None:
    draft_id = served.world.draft("The autumn oolongs are here.").draft_id
    served.card(draft_id)
    served.li.open_home()
    served.li.press_in(served.li.home(), f"open.{draft_id}")
    sent = directly(served, "approve")
    assert "The autumn oolongs are here." in slack_blocks.said([sent.blocks])
    served.li.press({"ts": sent.answer["ts"], "blocks": sent.blocks}, "approve")
    served.becomes(draft_id, "approved")


def test_a_post_that_is_out_is_told_with_undo_which_deletes_it(served: Desk) -> None:
    draft_id = served.world.draft("The autumn oolongs are here.").draft_id
    served.li.press(served.card(draft_id), "approve")
    served.becomes(draft_id, "approved")
    served.world.drain()
    told = notice(served, "Live on", "undo")
    served.li.press(told, "undo")
    served.gateway.until(lambda _: served.world.live() == [], 30, "it is taken down")
    notice(served, "Taken down again")


def test_everything_is_stopped_by_a_word_and_started_by_a_button_of_its_notice(served: Desk) -> None:
    served.anna.command("stop a mistake on the site")
    told = notice(served, "Everything is stopped", "resume")
    assert "a mistake on the site" in slack_blocks.said([told["blocks"]])
    served.anna.press(told, "resume")
    served.idle()
    with served.world.db.read() as conn:
        assert rows.stopped(conn), "an author may stop, and only an approver starts again"
    served.li.press(told, "resume")
    notice(served, "Running again")
    with served.world.db.read() as conn:
        assert not rows.stopped(conn)
