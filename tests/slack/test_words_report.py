"""The report of a week: figures of what really happened, in words and as a picture."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from PIL import Image

from bot import words
from bot.clock import FixedClock
from bot.domain.post import PostState
from bot.errors import BadInput
from bot.media import drawing
from bot.workflow import decide
from bot.writing import report
from tests.world import World

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("", date(2026, 11, 16), TODAY),
        ("week", date(2026, 11, 16), date(2026, 11, 22)),
        ("上周", date(2026, 11, 9), date(2026, 11, 15)),
        ("last", date(2026, 11, 9), date(2026, 11, 15)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
    ],
)
def test_weeks_as_people_name_them(said: str, first: date, last: date) -> None:
    assert report.span(said, TODAY) == (first, last)


@pytest.mark.parametrize("said", ["2026-W60", "yesterday", "2026-99"])
def test_what_is_no_week_says_how_to_name_one(said: str) -> None:
    with pytest.raises(BadInput, match="is not a week") as caught:
        report.span(said, TODAY)
    assert "2026-W47" in caught.value.next_step


def test_counts_what_happened_in_those_days_and_nothing_else(world: World, clock: FixedClock) -> None:
    clock.at -= timedelta(days=20)
    world.approve(world.draft("Long ago."))
    world.drain()
    clock.at += timedelta(days=20)
    on_time, late = world.draft("On time."), world.draft("Late by a while.")
    turned_down, left = world.draft("Too loud!"), world.draft("Still waits.", account="sandbox:cn")
    world.approve(on_time)
    world.drain()
    world.approve(late)
    world.advance(600)
    world.drain()
    decide.reject(world.desk, world.answer(turned_down, reason="too loud"))
    found = report.report(world.app)
    assert (found.drafted, found.signed, found.rejected, found.published) == (4, 2, 1, 2)
    assert found.signers == {"Li": 2}
    assert found.accounts == {"sandbox:main": 2}
    assert [round(x.total_seconds() / 60) for x in found.late] == [10]
    assert found.troubled[PostState.DOUBTFUL] == 0
    assert found.unread == 2
    assert (sum(d for _, d, _ in found.days), sum(p for _, _, p in found.days)) == (4, 2)
    said = "\n".join(report.sentences(found))
    assert "Late by more than five minutes: 1; the latest by 10 min." in said
    assert left.draft_id.startswith("d_")


def test_a_quiet_week_is_said_as_such(world: World) -> None:
    found = report.report(world.app, "last")
    assert report.sentences(found)[0] == "Drafts made: 0."
    assert "Nothing was drafted or published." in report.described(found)


def test_the_picture_is_a_picture_and_chinese_needs_a_font_that_has_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.draft("One.")
    with words.speaking("en"):
        drawn = report.picture(report.report(world.app))
    assert drawn is not None
    assert Image.open(io.BytesIO(drawn)).size == drawing.SIZE
    monkeypatch.setattr(drawing, "_FONTS", ())
    drawing._there.cache_clear()
    chart = drawing.Chart("流明茶", "", (), (), ())
    assert drawing.draw(chart) is None
    assert drawing.draw(drawing.Chart("Lumen Tea 🫖", "", (), (), ())) is not None
