"""Digests: a person's day or week, sent once, with a picture, at their hour, never at night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.errors import Refused
from bot.platforms.sandbox import Sandbox
from bot.surfaces.slack.errors import SlackBusy, SlackRefused
from tests.slack.desk import Desk

#: Monday, 23 November 2026, 08:59 in Berlin.
BEFORE = datetime(2026, 11, 23, 7, 59, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, FixedClock(BEFORE)) as made:
        yield made


def test_the_day_comes_once_at_its_hour_with_a_picture(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.quietly("li", digest="daily", digest_at="09:00")
    desk.approve(desk.draft("Live by now."))
    desk.drain()
    desk.draft("Please sign this.", window=_at("2026-11-23T18:00"))
    signed = desk.draft("Goes out tonight.", window=_at("2026-11-23T20:00"))
    desk.approve(signed)
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "publish", _refuse)
        desk.approve(desk.draft("Was refused."))
        desk.drain()
    desk.step()
    assert not desk.told("li") or "Your day" not in desk.told("li")[-1].said
    desk.advance(61)
    for _ in range(3):
        desk.step()
        desk.restart()
        desk.advance(21)
    (told,) = [m for m in desk.told("li") if "Your day" in m.said]
    assert "Waits for your signature: 1" in told.said
    assert "Please sign this." in told.said
    assert "Goes out in the next 24 hours: 1" in told.said
    assert "Goes out tonight." in told.said
    assert "Published: 1" in told.said
    assert "no comments were read" in told.said, "a mood that nobody measured is not made up"
    images = [b for b in told.blocks if b["type"] == "image"]
    assert len(images) == 1
    assert images[0]["slack_file"]["id"] in desk.slack.uploads
    assert any(b.startswith("open") for b in told.buttons)
    assert not [m for p in ("anna", "sam") for m in desk.told(p) if "Your day" in m.said]


def test_the_author_is_not_asked_to_sign_their_own(desk: Desk) -> None:
    desk.quietly("ben", digest="daily")
    desk.draft("By Ben.", author="ben")
    desk.advance(61)
    desk.step()
    assert "Waits for your signature: 0" in desk.told("ben")[-1].said


def test_the_week_comes_on_mondays_and_each_day_both(desk: Desk) -> None:
    desk.quietly("li", digest="both")
    desk.advance(61)
    desk.step()
    titles = [b["text"]["text"] for m in desk.told("li") for b in m.blocks if b["type"] == "header"]
    assert sorted(titles) == ["Your day: Lumen Tea", "Your week: Lumen Tea"]
    desk.advance(24 * 3600)
    desk.step()
    titles = [b["text"]["text"] for m in desk.told("li") for b in m.blocks if b["type"] == "header"]
    assert titles.count("Your week: Lumen Tea") == 1
    assert titles.count("Your day: Lumen Tea") == 2


def test_quiet_hours_put_it_off_and_too_late_is_left_out(desk: Desk) -> None:
    desk.quietly("li", digest="daily", quiet={"start": "07:00", "end": "10:30"})
    desk.quietly("ben", digest="daily")
    desk.advance(61)
    desk.step()
    assert not desk.told("li")
    assert desk.told("ben")
    desk.advance(91 * 60)
    desk.step()
    assert len(desk.told("li")) == 1
    desk.quietly("sam", digest="daily")
    desk.advance(6 * 3600)
    desk.step()
    assert not desk.told("sam"), "a digest of this morning is of no use in the evening"


def test_a_picture_that_slack_does_not_take_costs_no_digest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise SlackRefused("files.getUploadURLExternal", "missing_scope")

    monkeypatch.setattr(desk.slack, "upload", refuse)
    desk.quietly("li", digest="daily")
    desk.advance(61)
    desk.step()
    (told,) = desk.told("li")
    assert not [b for b in told.blocks if b["type"] == "image"]
    assert "Published: 0" in told.said


def test_a_picture_that_is_not_ready_is_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = desk.slack.post

    def post(channel: str, blocks: Any, *args: Any, **given: Any) -> str:
        if any(b["type"] == "image" for b in blocks):
            raise SlackRefused("chat.postMessage", "invalid_blocks")
        return real(channel, blocks, *args, **given)

    monkeypatch.setattr(desk.slack, "post", post)
    desk.quietly("li", digest="daily")
    desk.advance(61)
    desk.step()
    (told,) = desk.told("li")
    assert "Your day" in told.said


def test_a_digest_that_slack_will_not_take_is_not_tried_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise SlackRefused("chat.postMessage", "user_disabled")

    monkeypatch.setattr(desk.slack, "post", refuse)
    desk.quietly("li", digest="daily")
    for _ in range(5):
        desk.advance(61)
        desk.step()
    assert len(desk.slack.uploads) == 1


def test_slack_that_is_busy_puts_it_off_and_it_still_comes_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> str:
        raise SlackBusy(after=30)

    desk.quietly("li", digest="daily")
    desk.advance(61)
    with monkeypatch.context() as patch:
        patch.setattr(desk.slack, "post", busy)
        with pytest.raises(SlackBusy):
            desk.step()
    for _ in range(3):
        desk.advance(30)
        desk.step()
    assert len(desk.told("li")) == 1


def test_the_mood_is_told_once_comments_were_read(desk: Desk) -> None:
    from bot.surfaces.slack import digest

    with desk.db.read() as conn:
        brand = desk.desk.brand(conn)[0]
    said = digest.mood(desk.app, brand, BEFORE, "today")
    assert "no comments" in said


def test_chinese_readers_get_it_in_chinese(desk: Desk) -> None:
    desk.quietly("li", digest="daily", language="zh")
    desk.advance(61)
    desk.step()
    (told,) = desk.told("li")
    assert "Lumen Tea" in told.said
    for english in ("Your day", "Waits for", "Published", "Mood", "Home"):
        assert english not in told.said


def _at(wall: str) -> object:
    from bot.domain.draft import Window

    return Window(wall, "Europe/Berlin")


def _refuse(*_: object, **__: object) -> None:
    raise Refused("No.")
