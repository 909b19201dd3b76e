"""Pictures of a draft that is there already: put in, taken off, described anew, from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from bot import words
from bot.clock import SystemClock
from bot.domain.draft import DraftVersion, Media
from bot.store import drafts
from bot.surfaces.cli import main
from tests.world import World

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("LANGUAGE", "en")
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, SystemClock()) as world:
        yield world
    words._catalogue = None


@pytest.fixture
def run(desk: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str]:
        code = main(["--home", str(tmp_path), "--as", "anna", "edit", *argv])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


@pytest.fixture
def tin(tmp_path: Path) -> str:
    Image.new("RGB", (64, 48), "green").save(tmp_path / "tin.png")
    return str(tmp_path / "tin.png")


def media(desk: World, version: DraftVersion) -> list[tuple[Media, ...]]:
    with desk.db.read() as conn:
        return [part.media for part in drafts.version(conn, version.draft_id).content.parts]


def test_a_picture_is_put_into_the_part_that_is_meant_described_anew_and_taken_off(
    desk: World, run: Run, tin: str
) -> None:
    first = desk.draft("One.", "Two.")
    code, out = run(first.draft_id, "--part", "2", "--media", tin, "--alt", "A green tin.")
    assert (code, "Part 2 of 2 (4 / 500 characters): Two." in out, "A green tin." in out) == (0, True, True)
    before = media(desk, first)
    assert (before[0], [m.alt for m in before[1]]) == ((), ["A green tin."])

    assert run(first.draft_id, "--part", "2", "--alt", "A tin on a table.")[0] == 0
    after = media(desk, first)[1][0]
    assert (after.alt, after.sha256) == ("A tin on a table.", before[1][0].sha256)

    assert run(first.draft_id, "--text", "Uno.\n---\nDue.", "--part", "2", "--media", "none")[0] == 0
    assert media(desk, first) == [(), ()]


def test_a_signature_does_not_survive_another_picture(desk: World, run: Run, tin: str) -> None:
    first = desk.draft()
    desk.approve(first)
    assert run(first.draft_id, "--media", tin, "--alt", "A green tin.")[0] == 0
    assert not desk.drain()
    assert desk.live() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--alt", "A tin."), "0 pictures and 1 descriptions were given."),
        (("--media", "TIN"), "has no description."),
        (("--media", "TIN", "--alt", "A tin.", "--part", "2"), "The draft has no part 2."),
        (("--media", "none", "--media", "TIN"), "it stands alone."),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    desk: World, run: Run, tin: str, given: tuple[str, ...], said: str
) -> None:
    first = desk.draft()
    code, out = run(first.draft_id, *(tin if word == "TIN" else word for word in given))
    assert (code, said in out) == (2, True), out
    with desk.db.read() as conn:
        assert drafts.get(conn, first.draft_id).version == 1
