"""The kill switch from the command line, whatever else is wrong with the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.store import desk as rows
from bot.surfaces.cli import main
from tests.world import World

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    home = tmp_path / "home"
    home.mkdir()
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        yield world


@pytest.fixture
def run(desk: World, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str, person: str = "") -> tuple[int, str, str]:
        code = main(["--home", str(desk.settings.home), *(["--as", person] if person else []), *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGNOFF_LLM_PRICE_IN", "abc"),
        ("SIGNOFF_LLM_API_KEY_FILE", "/nowhere/key"),
        ("SIGNOFF_PLATFORMS", "no json"),
        ("SIGNOFF_LOG_LEVEL", "loud"),
    ],
)
def test_a_mistyped_setting_does_not_hold_the_kill_switch_back(
    run: Run, desk: World, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    code, out, err = run("stop", "--reason", "bad press", person="anna")
    assert (code, out) == (0, "Stopped. Nothing is sent until an approver runs `signoff resume`.\n")
    assert name.lower().removeprefix("signoff_").removesuffix("_file") in err.lower(), (
        "the mistake is said all the same"
    )
    with desk.db.read() as conn:
        assert rows.stopped(conn) == "stopped by anna: bad press"
    assert run("resume", person="li")[0] == 3, "who goes on has the time to mend it"


def test_stop_never_stops_another_database_than_the_one_that_is_set(
    run: Run, desk: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"SIGNOFF_DATABASE_URL=sqlite:///\xff.db\n")
    assert run("stop", person="anna")[0] == 3, "the address may stand in what cannot be read"
    monkeypatch.setenv("SIGNOFF_DATABASE_URL", str(desk.settings.database))
    assert run("stop", person="anna")[1].startswith("Stopped.")
    with desk.db.read() as conn:
        assert rows.stopped(conn)
    (tmp_path / ".env").write_text("SIGNOFF_OPERATOR=anna\nSIGNOFF_OPERTOR=anna\n", encoding="utf-8")
    code, out, err = run("stop")
    assert (code, out) == (0, "It was already stopped by anna.\n")
    assert "there is no such setting" in err
