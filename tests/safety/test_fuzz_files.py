"""A slice of the fuzz of files with every test run; `make fuzz` does all of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.brand_folder import init, load
from bot.checks import secrets
from bot.checks.base import Subject
from bot.checks.text import fold
from bot.domain.draft import Content, Part
from bot.errors import BadInput
from bot.writing import spreadsheet
from tests.safety import fuzz, fuzz_files
from tests.world import brand


def test_damaged_brand_folders_are_read_or_refused_in_words() -> None:
    told = fuzz.Told()
    fuzz_files.folders(told, 40, worst=False)
    assert told.inputs == 40
    assert (told.crashes, told.slow) == ([], [])


@pytest.mark.slow
def test_damaged_spreadsheets_and_comments_are_read_or_refused_in_words() -> None:
    told = fuzz.Told()
    fuzz_files.posts(told, 60)
    fuzz_files.comments(told, 40)
    assert told.crashes == []


@pytest.mark.parametrize(("name", "text"), list(fuzz_files.known()), ids=lambda v: v if len(v) < 40 else "")
def test_yaml_that_hurts_is_an_error_with_its_line_and_soon(tmp_path: Path, name: str, text: str) -> None:
    init(tmp_path / "shop")
    (tmp_path / "shop" / "policy.yaml").write_bytes(text.encode())
    began = time.thread_time()
    found = [p for p in load(tmp_path / "shop").problems if p.file == "policy.yaml"]
    assert time.thread_time() - began < 3, name
    assert name in ("nothing", "only a comment") or all(p.line >= 1 and p.message for p in found)
    assert found or name in ("nothing", "only a comment")


def test_bytes_of_no_encoding_are_no_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_bytes(b"text;account\r\n\x81\x30\x86x\x81\xff;sandbox:main\r\n")
    with pytest.raises(BadInput, match="not text"):
        spreadsheet.encoding_of(file)


def test_a_text_of_nothing_but_ligatures_is_searched_for_keys_quickly() -> None:
    subject = Subject(Content("l", "sandbox:main", (Part("ﷺ" * 5_000),)), brand(), secrets=("canary-secret-7f3a91c2",))
    took = []
    for _ in range(3):
        fold.cache_clear()
        began = time.thread_time()
        assert secrets.check(subject) == []
        took.append((time.thread_time() - began) * 1000)
    assert min(took) < 50


@pytest.mark.parametrize("text", ["ﷺ sk-abcdefghijklmnop1234567890 ﷺ", "ﷺﷻcanary-secret-7f3a91c2ﷺ", "our ﷺsecret12 is"])
def test_a_key_between_ligatures_is_found(text: str) -> None:
    known = ("canary-secret-7f3a91c2", "ﷺsecret12")
    found = secrets.check(Subject(Content("l", "sandbox:main", (Part(text),)), brand(), secrets=known))
    assert [f.severity.value for f in found] == ["block"]
