"""Help in Chinese fits the terminal, and no word or command is torn apart."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from bot.surfaces.cli import group, helping
from bot.surfaces.cli.group import COMMANDS
from bot.words import speaking

NAMES = sorted(p.stem for p in COMMANDS.glob("*.py") if p.stem != "__init__")


def chinese(*args: str) -> str:
    with speaking("zh"):
        return CliRunner().invoke(group.program(), ["--lang", "zh", *args, "--help"], terminal_width=80).output


@pytest.mark.parametrize("name", ["", "approve", "draft", "inbox", "policy", "serve"])
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    told = chinese(*filter(None, [name]))
    assert max(map(helping.cells, told.splitlines())) <= 80
    # Lines are filled, not broken at half the width.
    assert max(map(helping.cells, told.splitlines())) > 60


def test_no_command_and_no_file_name_is_torn_apart() -> None:
    for name in ["", *NAMES]:
        told = chinese(*filter(None, [name]))
        torn = [line for line in told.splitlines() if line.count("`") % 2]
        assert not torn, f"{name}: a command is broken over two lines"
    assert "guidelines/*.md" in chinese("init")
    assert "`signoff demo`" in chinese()


def test_no_line_begins_with_a_closing_mark() -> None:
    assert helping.wrap("一二三四，五六七八。", 8) == ["一二三", "四，五六", "七八。"]
    assert helping.wrap("运行 `signoff stop` 之后", 12) == ["运行", "`signoff stop`", "之后"]
    assert helping.wrap("", 12) == []


def test_what_keeps_its_lines_keeps_them() -> None:
    made = helping.Formatter(width=20)
    made.write_text("\b\na  b\nc\n\n一二三四五六七八九十一二三")
    assert made.getvalue() == "a  b\nc\n\n一二三四五六七八九十\n一二三\n"
    assert issubclass(helping.Context, click.Context)
