"""What a page says in everyday words: browsers, languages, days, and when the next post goes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bot import evidence
from bot.domain.draft import Window
from bot.surfaces.cli import grid
from bot.surfaces.web import words
from bot.surfaces.web.pages import mood
from bot.words import speaking
from bot.workflow import comment_words
from tests.web.served import Browser
from tests.world import World

Opens = Callable[..., Browser]


@pytest.mark.parametrize(("said", "named"), [
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
     "Chrome on Linux"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36 Edg/130.0",
     "Edge on Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile/15E Safari/604.1",
     "Safari on iPhone"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on macOS"),
    ("curl/8.5", "curl/8.5"),
    ("", "–"),
])  # fmt: skip
def test_a_browser_is_named_as_people_know_it(said: str, named: str) -> None:
    assert words.browser(said) == named


def test_ones_own_page_names_the_browser(desk: World, browser: Opens) -> None:
    li = browser("li")
    said = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/132.0"
    with desk.db.write() as conn:
        conn.exec_driver_sql(f"UPDATE web_session SET user_agent = '{said}'")
    page = li.get("/you").text
    assert "Firefox on Windows" in page
    assert "Mozilla" not in page


def test_languages_and_readers_have_names() -> None:
    assert [comment_words.tongue(code) for code in ("en", "zh-Hans", "de")] == ["English", "Chinese", "de"]
    assert words.reader("local 1") == "a program on this machine (local 1)"
    assert words.reader("qwen3:4b") == "qwen3:4b"
    with speaking("zh"):
        assert comment_words.tongue("en") == "英文"


def test_days_are_written_as_their_reader_writes_them() -> None:
    on = date(2026, 11, 1)
    assert (mood._tick(on), grid._head(on)) == ("1 Nov", "Sun 1 Nov")
    with speaking("zh"):
        assert (mood._tick(on), grid._head(on)) == ("11/1", "11/1 周日")


def test_the_next_posts_time_is_told_by_the_brands_clock(desk: World) -> None:
    version = desk.draft(
        "The kettle is on.", window=Window(f"{desk.clock.now() + timedelta(days=1):%Y-%m-%dT09:00}", "Europe/Berlin")
    )
    desk.approve(version)
    told = {h.name: h.detail for h in evidence.vital(desk.app, "Asia/Shanghai")}["worker"]
    assert "Asia/Shanghai" in told
    assert "UTC" not in told
