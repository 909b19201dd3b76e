"""Chroma's files hold what was learned, and nothing else of the process that wrote them."""

from __future__ import annotations

from pathlib import Path

from memory.base import MemoryItem
from memory.chroma import ChromaMemory
from memory.in_memory import TinyEmbedder
from memory.residue import wipe

ITEMS = [MemoryItem(f"r{n}", f"Rule {n}: write as to a friend.") for n in range(5)]


def _left(folder: Path) -> int:
    return sum(any(f.read_bytes()) for name in ("data_level0.bin", "length.bin") for f in folder.glob(f"*/{name}"))


def test_nothing_stands_behind_the_rows_once_it_has_learned(tmp_path: Path) -> None:
    memory = ChromaMemory(TinyEmbedder(), path=tmp_path)
    memory.learn("lumen", "1", ITEMS)
    # The index on disk has no rows yet: all that stands in it came out of the process.
    assert _left(tmp_path) == 0
    assert list(tmp_path.glob("*/header.bin"))
    memory.close()


def test_what_stood_there_is_wiped_and_everything_is_found_as_before(tmp_path: Path) -> None:
    memory = ChromaMemory(TinyEmbedder(), path=tmp_path)
    memory.learn("lumen", "1", ITEMS)
    memory.close()
    for name in ("data_level0.bin", "length.bin"):
        for file in tmp_path.glob(f"*/{name}"):
            size = file.stat().st_size
            file.write_bytes((b"canary-password-77 " * size)[:size])
    assert wipe(tmp_path) == 2
    assert _left(tmp_path) == 0
    assert wipe(tmp_path) == 0
    again = ChromaMemory(TinyEmbedder(), path=tmp_path)
    assert {k.text for k in again.kept("lumen")} == {i.text for i in ITEMS}
    assert again.search("lumen", "friend", k=1)
    again.close()


def test_rows_are_never_touched(tmp_path: Path) -> None:
    """With rows written into the index, only what lies behind them is wiped."""
    index = tmp_path / "a"
    index.mkdir()
    header = (1).to_bytes(4, "little") + b"".join(n.to_bytes(8, "little") for n in (0, 100, 3, 10))
    (index / "header.bin").write_bytes(header + bytes(64))
    (index / "data_level0.bin").write_bytes(b"x" * 1000)
    (index / "length.bin").write_bytes(b"y" * 400)
    assert wipe(tmp_path) == 2
    assert (index / "data_level0.bin").read_bytes() == b"x" * 30 + bytes(970)
    assert (index / "length.bin").read_bytes() == b"y" * 12 + bytes(388)


def test_a_form_that_is_not_known_is_left_alone(tmp_path: Path) -> None:
    index = tmp_path / "a"
    index.mkdir()
    (index / "header.bin").write_bytes(bytes(10))
    (index / "data_level0.bin").write_bytes(b"x" * 50)
    assert wipe(tmp_path) == 0
    (index / "header.bin").write_bytes(bytes(100))
    assert wipe(tmp_path) == 0
    assert (index / "data_level0.bin").read_bytes() == b"x" * 50
