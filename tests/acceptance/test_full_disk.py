"""A full disk: the real worker says so once, sends nothing, loses nothing, and goes on by itself when there is room."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock, SystemClock
from bot.errors import Misconfigured
from bot.operations import backup
from tests.world import World

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
FULL, AGAIN = "no room is left on the disk", "there is room on the disk again"


@contextmanager
def worker(home: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run `signoff worker` on a home; its log is a file beside it."""
    log = home.parent / "worker.log"
    env: dict[str, Any] = {
        **os.environ,
        "SIGNOFF_HOME": str(home),
        "SIGNOFF_BRAND": "lumen",
        "SIGNOFF_LOG_JSON": "true",
    }
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "--lang", "en", "worker"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL,
            stderr=file, text=True,
        )  # fmt: skip
        try:
            yield process, log
        finally:
            process.terminate()
            process.wait(90)


def wait(what: Callable[[], bool], seconds: float = 150) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.1)


def check(home: Path, fill: Callable[[int], None], free: Callable[[int], None]) -> None:
    """Send a post, fill the disk, sign another one, and look what a worker does before and after there is room."""
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world, worker(home) as (process, log):
        first = world.approve(world.draft("Before."))
        wait(lambda: world.states(first.id) == ["live"])
        second = world.approve(world.draft("While it is full."))
        fill(process.pid)
        wait(lambda: FULL in log.read_text())
        time.sleep(3)
        said = log.read_text()
        assert said.count(FULL) == 1
        assert "Traceback" not in said
        assert process.poll() is None
        free(process.pid)
        wait(lambda: AGAIN in log.read_text() and world.states(second.id) == ["live"])
        assert sorted(world.live()) == ["Before.", "While it is full."]
        with world.db.read() as conn:
            from bot.store import desk as rows

            assert any("disk was full" in n["text"] for n in rows.notices(conn))


def test_a_worker_that_may_not_write_a_byte_waits_and_goes_on(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: it needs no rights, so this always runs."""

    def limit(pid: int, most: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    home = tmp_path / "home"
    home.mkdir()
    # The log is written by the same process; a limit on it would hide what it says.
    check(home, lambda pid: limit(pid, 2048), lambda pid: limit(pid, resource.RLIM_INFINITY))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("only root can mount a small disk here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def stuff(place: Path) -> Path:
    """Fill a disk to the last byte."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            while True:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    break
                if size == 1 and file.tell() % 4096 == 0:
                    break
    return filler


def test_a_worker_on_a_full_disk_waits_and_goes_on(small_disk: Path, tmp_path: Path) -> None:
    home = small_disk / "home"
    home.mkdir()
    made: list[Path] = []
    check_log = tmp_path / "worker.log"
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        first = world.approve(world.draft("Before."))
        second = world.approve(world.draft("While it is full.", account="sandbox:cn"))
        made.append(stuff(small_disk))
        env: dict[str, Any] = {**os.environ, "SIGNOFF_HOME": str(home), "SIGNOFF_BRAND": "lumen"}
        with check_log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "--lang", "en", "worker"], cwd=ROOT, env=env,
                stdout=subprocess.DEVNULL, stderr=file,
            )  # fmt: skip
        try:
            wait(lambda: FULL in check_log.read_text())
            assert world.states(first.id) == ["due"]
            made[0].unlink()
            wait(lambda: world.states(first.id) == world.states(second.id) == ["live"])
            assert world.live() == ["Before."]
            assert check_log.read_text().count(FULL) == 1
        finally:
            process.terminate()
            process.wait(90)


def test_commands_on_a_full_disk_say_so_and_lose_nothing(small_disk: Path, clock: FixedClock) -> None:
    home = small_disk / "home"
    home.mkdir()
    (small_disk / "picture.png").write_bytes(_png())
    with World(f"sqlite:///{home / 'signoff.db'}", home, clock) as world:
        draft = world.draft("Here before.")
        filler = stuff(small_disk)
        with pytest.raises(Misconfigured, match=r"No space left|is full"):
            backup.back_up(world.app, small_disk / "b.tar.gz")
        done = _run(home, "stop", "--reason", "x" * 5000)
        assert done.returncode == Misconfigured.exit_code
        assert "No room is left on the disk" in done.stderr
        with pytest.raises(OSError, match="No space left"):
            world.app.media.add(small_disk / "picture.png", "A square.")
        assert not [p for p in small_disk.rglob("*") if "b.tar" in p.name or "signoff-backup" in p.name]
        assert [p.name for p in (home / "media").rglob("*") if p.is_file()] == []
        filler.unlink()
        assert world.approve(draft).draft_id == draft.draft_id


def _png() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(out, "PNG")
    return out.getvalue()


def _run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "SIGNOFF_HOME": str(home), "SIGNOFF_BRAND": "lumen", "SIGNOFF_OPERATOR": "li"}
    command = [sys.executable, "-m", "bot", "--lang", "en", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=180)
