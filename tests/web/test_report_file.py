"""The report as a file, and moods counted anew, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import update

from bot.store.mood_tables import mood_hour
from bot.surfaces.cli.group import load
from bot.surfaces.web import paper
from bot.words import speaking
from bot.workflow import counting
from tests.web.payloads import PAYLOADS
from tests.web.test_hostile import Page
from tests.web.test_inbox_page import hear
from tests.web.test_mood_page import DRAWN, sums
from tests.world import World


class _Session:
    """Opens the world that a test has."""

    def __init__(self, world: World) -> None:
        self.world = world

    def open_app(self) -> _Session:
        return self

    def __enter__(self) -> object:
        return self.world.app

    def __exit__(self, *_: object) -> None:
        return


def run(world: World, name: str, *words: str) -> str:
    found = CliRunner().invoke(load(name), list(words), obj=_Session(world), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_the_report_is_one_file_that_needs_no_other(desk: World, tmp_path: Path) -> None:
    hear(desk, "My parcel is late", hours=20, aspects=((PAYLOADS[0], "negative"),))
    world, path = desk, tmp_path / "week.html"
    assert "week.html" in run(world, "report", "2026-W47", "--html", str(path))
    page = path.read_text(encoding="utf-8")
    assert "<svg" in page
    assert "Mon 16 Nov to Sun 22 Nov" in page
    found = [f for f in Page(page).foreign if f.strip("<>") not in DRAWN | {"style"}]
    assert found == []
    assert "src=" not in page
    assert "url(" not in page
    with speaking("zh"):
        assert 'lang="zh-Hans"' in paper.report(world.app, "2026-W47")


def test_the_report_in_words(desk: World) -> None:
    assert "Drafts made: 0." in run(desk, "report")
    assert json.loads(run(desk, "report", "2026-W47", "--json"))["published"] == 0


def test_moods_are_counted_anew(desk: World) -> None:
    hear(desk, "My parcel is late")
    counting.count(desk.desk)
    with desk.db.write() as conn:
        conn.execute(update(mood_hour).values(negative=99))
    assert "Hours counted anew: 1." in run(desk, "mood", "--recount")
    assert sums(desk) == {"negative": 1}
    assert "negative 1 (100%)" in run(desk, "mood", "7d")
