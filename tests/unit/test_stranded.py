"""An account taken out of brand.yaml while posts wait for it: whoever learns the folder hears of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.app import App
from bot.clock import SystemClock
from bot.domain.draft import Window
from bot.surfaces.cli import main
from memory.in_memory import InMemory
from tests.shop import shop
from tests.world import World

Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def _memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "memory", InMemory())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    home = tmp_path / "home"
    home.mkdir()
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        yield world


@pytest.fixture
def run(desk: World, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str]:
        code = main(["--home", str(desk.settings.home), "--as", "li", *argv])
        return code, capsys.readouterr().out

    return call


def test_learning_says_what_waits_for_an_account_that_is_gone(run: Run, desk: World, tmp_path: Path) -> None:
    """The brand has sandbox:main and sandbox:cn; the folder names the first alone."""
    folder = str(shop(tmp_path))
    later = Window(wall="2031-05-06T09:00", zone="Europe/Berlin")
    near, far = (desk.draft(account="sandbox:cn", window=w) for w in (Window(), later))
    stays = desk.draft()
    for version in (far, near, stays):
        desk.approve(version)
    for argv in (("learn", folder), ("diff", folder), ("learn", folder)):
        code, out = run(*argv)
        assert code == 0
        assert "Posts that wait for sandbox:cn, which brand.yaml does not name any more: 2" in out
        assert "the last at Tue 06 May 2031 09:00 Europe/Berlin. None of them is sent." in out
        assert f"{near.draft_id}, {far.draft_id}" in out
        (line,) = (one for one in out.splitlines() if one.startswith("! "))
        assert stays.draft_id not in line
    for draft in (near, far):
        assert run("cancel", draft.draft_id)[0] == 0
    assert "Posts that wait" not in run("learn", folder)[1]
    assert json.loads(run("learn", folder, "--json")[1])["without_account"] == []
