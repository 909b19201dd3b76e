"""What the review card says around a text, in words for the person who signs."""

from __future__ import annotations

from typing import Any

import pytest

from bot import words
from bot.workflow import card
from bot.workflow.around import Around
from tests.world import World


def shown(world: World, text: str, **given: Any) -> str:
    version = world.draft(text, **given)
    with world.db.read() as conn:
        return card.text(card.card(world.desk, conn, version.draft_id, version.version))


def test_who_sees_it_is_said_in_the_reader_s_language(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh")
    words._catalogue = None
    try:
        assert "可见范围: 不公开列出" in shown(world, "Tea.", visibility="unlisted")
    finally:
        words._catalogue = None


def test_a_link_names_its_host_once(world: World) -> None:
    said = shown(world, "Read https://lumen.example/tea today.")
    assert "Link: lumen.example\n" in said
    assert "→" not in said


def test_a_content_warning_counts_as_the_platform_counts_it(world: World) -> None:
    assert "Text (4 / 500 characters): Tea." in shown(world, "Tea.")
    assert "Text (8 / 500 characters): Tea." in shown(world, "Tea.", around=Around(warning="Food"))
