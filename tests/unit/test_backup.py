"""Backups: whole or not at all, checked to the last byte before anything is replaced, and safe to run from."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import FixedClock
from bot.domain.editorial import Plan
from bot.domain.policy import DEFAULT, ApprovalPolicy, Conditions, PolicyRule
from bot.errors import BadInput, Halted, Misconfigured, NotFound
from bot.operations import archive, backup, restore
from bot.settings import load
from bot.store import copying, migrate
from bot.store import desk as rows
from bot.store.db import Database
from bot.store.sandbox import SandboxNetwork
from bot.store.tables import event, switch
from tests.world import World, brand


@pytest.fixture
def full(world: World, tmp_path: Path) -> World:
    """A world with a post, a login, a picture and a copy of a page."""
    world.approve(world.draft("Backed up words. 备份。"))
    world.app.vault.store("sandbox:main", "session", "secret-canary-1")
    for name in ("media/ab12", "pages/p1", "media/.work/half"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode() * 10)
    return world


def into(folder: Path, **given: Any) -> Any:
    return load(home=folder, llm_discover=False, **given)


def content(db: Database) -> dict[str, tuple[int, str]]:
    with db.read() as conn:
        return copying.tally(conn)


def test_a_backup_holds_every_row_and_file_and_no_keys(full: World, tmp_path: Path) -> None:
    before = content(full.db)
    path, made = backup.back_up(full.app, tmp_path / "b.tar.gz")
    assert path.stat().st_mode & 0o077 == 0
    assert dict(made.tables) == before
    assert sorted(made.files) == ["media/ab12", "pages/p1", "signoff.db"]
    assert b"secret-canary-1" not in path.read_bytes()
    assert made.brands == {"lumen": "folder"}
    with tarfile.open(path) as tar:
        assert "keys" not in tar.getnames()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".signoff-backup")] == []


def test_a_folder_gets_a_file_named_by_the_time_and_nothing_is_overwritten(full: World, tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    path, _ = backup.back_up(full.app, tmp_path / "safe")
    assert path.parent == tmp_path / "safe"
    with pytest.raises(BadInput, match="there already"):
        backup.back_up(full.app, path)


def test_a_restore_brings_back_rows_files_and_logins(full: World, tmp_path: Path, clock: FixedClock) -> None:
    path, made = backup.back_up(full.app, tmp_path / "b.tar.gz", with_keys=True)
    home = tmp_path / "new"
    done = restore.restore(into(home), clock, path, who="li")
    assert done.locked == ()
    assert done.kept is None
    assert (home / "media" / "ab12").read_bytes() == b"media/ab12" * 10
    with World(f"sqlite:///{home / 'signoff.db'}", home, clock) as world:
        assert world.app.vault.load("sandbox:main", "session") == "secret-canary-1"
        found = content(world.db)
        # Only the mark of the restore is new.
        changed = {name for name in found if found[name] != made.tables[name]}
        assert changed <= {"switch", "event", "notice", "lease", "worker", "brand"}
    assert (home / "keys").stat().st_mode & 0o077 == 0


def test_without_the_keys_it_says_which_logins_stay_locked(full: World, tmp_path: Path, clock: FixedClock) -> None:
    path, _ = backup.back_up(full.app, tmp_path / "b.tar.gz")
    done = restore.restore(into(tmp_path / "new"), clock, path, who="li")
    assert done.locked == ("sandbox:main session",)


def test_what_stood_there_is_put_aside_and_not_deleted(full: World, tmp_path: Path, clock: FixedClock) -> None:
    path, _ = backup.back_up(full.app, tmp_path / "b.tar.gz")
    home = tmp_path / "new"
    with World(f"sqlite:///{home / 'signoff.db'}", home, clock) as other:
        other.draft("An older life.")
        other.app.vault.store("sandbox:main", "session", "older")
    keys = (home / "keys").read_text()
    done = restore.restore(into(home), clock, path, who="li")
    assert done.kept is not None
    with closing(Database(f"sqlite:///{done.kept / 'signoff.db'}")) as old, old.read() as conn:
        assert copying.tally(conn)["draft"][0] == 1
    assert (home / "keys").read_text() == keys


def test_a_running_worker_holds_a_restore_off(full: World, tmp_path: Path, clock: FixedClock) -> None:
    path, _ = backup.back_up(full.app, tmp_path / "b.tar.gz")
    home = tmp_path / "new"
    with World(f"sqlite:///{home / 'signoff.db'}", home, clock) as other, other.db.write() as conn:
        rows.beat(conn, "elsewhere:1:2:3", other.db.now(conn))
    before = (home / "signoff.db").read_bytes()
    with pytest.raises(Halted, match="worker still runs"):
        restore.restore(into(home), clock, path, who="li")
    assert (home / "signoff.db").read_bytes() == before


def test_a_check_changes_nothing(full: World, tmp_path: Path, clock: FixedClock) -> None:
    path, made = backup.back_up(full.app, tmp_path / "b.tar.gz")
    done = restore.restore(into(tmp_path / "new"), clock, path, who="li", check=True)
    assert done.manifest == made
    assert not (tmp_path / "new").exists()


def damaged(path: Path, change: str) -> Path:
    """Return a copy of a backup with one thing wrong."""
    bad = path.with_name(f"{change}.tar.gz")
    if change == "cut":
        bad.write_bytes(path.read_bytes()[:-200])
        return bad
    if change == "not tar":
        bad.write_bytes(b"hello")
        return bad
    with tarfile.open(path) as old, tarfile.open(bad, "w:gz") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            data = file.read()
            if change == "flipped" and member.name == "media/ab12":
                data = data[:-1] + b"!"
            if change == "lacking" and member.name == "media/ab12":
                continue
            if change == "outside" and member.name == "media/ab12":
                member.name = "../../evil"
            if change in ("newer form", "newer schema", "false count") and member.name == "manifest.json":
                said = json.loads(data)
                said["format"] += change == "newer form"
                said["schema"] = "9999" if change == "newer schema" else said["schema"]
                if change == "false count":
                    said["tables"]["post"][0] += 1
                data = json.dumps(said).encode()
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
        if change == "smuggled":
            info = tarfile.TarInfo("keys")
            new.addfile(info, io.BytesIO(b""))
    return bad


@pytest.mark.parametrize(
    "change",
    ["cut", "not tar", "flipped", "lacking", "outside", "smuggled", "newer form", "newer schema", "false count"],
)
def test_a_bad_backup_is_refused_before_anything_is_replaced(tmp_path: Path, clock: FixedClock, change: str) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "ab12").write_bytes(b"picture" * 10)
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as world:
        path, _ = backup.back_up(world.app, tmp_path / "b.tar.gz")
    home = tmp_path / "new"
    home.mkdir()
    (home / "signoff.db").write_bytes(b"precious")
    with pytest.raises(BadInput):
        restore.restore(into(home), clock, damaged(path, change), who="li")
    assert [(p.name, p.read_bytes()) for p in home.iterdir()] == [("signoff.db", b"precious")]
    assert not (tmp_path / "evil").exists()


def test_a_backup_that_is_not_there(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(NotFound):
        restore.restore(into(tmp_path / "new"), clock, tmp_path / "none.tar.gz", who="li")


# A file of SQLite is put aside instead.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_is_not_empty_is_not_filled(full: World, tmp_path: Path, clock: FixedClock) -> None:
    path, _ = backup.back_up(full.app, tmp_path / "b.tar.gz")
    url = full.settings.database_url
    before = content(full.db)
    with pytest.raises(Misconfigured, match="not empty"):
        restore.restore(into(tmp_path / "new", database_url=url), clock, path, who="li")
    assert content(full.db) == before


@pytest.fixture
def second_url(request: pytest.FixtureRequest) -> Iterator[str]:
    from tests.conftest import fresh_postgres

    yield from fresh_postgres(request.getfixturevalue("postgres_url"))


def test_postgresql_is_filled_and_goes_on_counting(
    full: World, tmp_path: Path, clock: FixedClock, second_url: str
) -> None:
    path, made = backup.back_up(full.app, tmp_path / "b.tar.gz", with_keys=True)
    home = tmp_path / "new"
    restore.restore(into(home, database_url=second_url), clock, path, who="li")
    assert not (home / "signoff.db").exists()
    with closing(Database(second_url)) as db:
        found = content(db)
        assert found["post"] == made.tables["post"]
        assert found["event"][0] == made.tables["event"][0] + 1
        with db.write() as conn:
            rows.notify(conn, clock.now(), "lumen", "x", "after", "none")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_row_that_postgresql_does_not_take_is_named(
    full: World, tmp_path: Path, clock: FixedClock, second_url: str
) -> None:
    full.learn(brand(), ApprovalPolicy((PolicyRule("n" * 85, Conditions(), DEFAULT.outcome),)))
    full.draft("Under a rule with a long name.")
    path, _ = backup.back_up(full.app, tmp_path / "b.tar.gz")
    with pytest.raises(Misconfigured, match=r"approval_request, id \S+: policy_rule has 85 characters, and 80 fit"):
        restore.restore(into(tmp_path / "new", database_url=second_url), clock, path, who="li")
    with closing(Database(second_url)) as db, db.read() as conn:
        assert copying.empty(conn)


def test_three_posts_of_the_lost_time_are_not_sent_again(tmp_path: Path, clock: FixedClock) -> None:
    """The whole way: back up, publish three more posts, restore, work on. Nothing goes out twice, nothing is lost."""
    outside = Database(f"sqlite:///{tmp_path / 'network.db'}")
    migrate.upgrade(outside)
    network = SandboxNetwork(outside, clock)

    def open_world(home: Path) -> World:
        home.mkdir(exist_ok=True)
        world = World(f"sqlite:///{home / 'signoff.db'}", home, clock)
        world.app.__dict__["sandbox"] = network
        world.learn(brand(plan=Plan(gap_minutes=0)))
        return world

    with open_world(tmp_path / "one") as world:
        waiting = [world.approve(world.draft(f"Post number {n}.")) for n in range(3)]
        signed_later = world.draft("Signed after the backup.")
        path, _ = backup.back_up(world.app, tmp_path / "b.tar.gz", with_keys=True)
        world.approve(signed_later)
        world.drain()
        assert len(network.timeline("lumen.sandbox")) == 4
    clock.sleep(300)
    done = restore.restore(into(tmp_path / "two"), clock, path, who="li")
    assert done.to_look_for == 3
    with open_world(tmp_path / "two") as world:
        waiting.append(world.approve(signed_later))
        for _ in range(6):
            world.drain(name="worker-2")
            clock.sleep(30)
        assert len(network.timeline("lumen.sandbox")) == 4
        assert [world.states(p.id) for p in waiting] == [["live"]] * 4
    outside.close()


@pytest.mark.parametrize("safe", [True, False])
def test_a_backup_can_be_restored_whatever_sqlite_is_here(
    full: World, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, safe: bool
) -> None:
    monkeypatch.setattr("bot.store.db.wal_is_safe", lambda *_: safe)
    path, made = backup.back_up(full.app, tmp_path / "b.tar.gz")
    assert archive.unpack(path, None) == made
    restore.restore(into(tmp_path / "new"), clock, path, who="li")


def test_a_page_that_is_read_anew_meanwhile_spoils_no_backup(
    full: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pages" / "p1.77.new").write_bytes(b"half")
    write = archive.write

    def meanwhile(*given: Any) -> None:
        (tmp_path / "pages" / "p1").write_bytes(b"another page")
        write(*given)

    monkeypatch.setattr(archive, "write", meanwhile)
    path, made = backup.back_up(full.app, tmp_path / "b.tar.gz")
    assert archive.unpack(path, None) == made
    assert "pages/p1.77.new" not in made.files


def test_what_could_not_be_restored_is_no_backup(full: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = archive.write

    def meanwhile(*given: Any) -> None:
        (tmp_path / "media" / "ab12").write_bytes(b"another picture")
        write(*given)

    monkeypatch.setattr(archive, "write", meanwhile)
    with pytest.raises(Misconfigured, match="changed while it was being backed up"):
        backup.back_up(full.app, tmp_path / "b.tar.gz")
    assert not list(tmp_path.glob("*b.tar.gz*"))


def test_the_kill_switch_can_stay_on(full: World, tmp_path: Path, clock: FixedClock) -> None:
    path, _ = backup.back_up(full.app, tmp_path / "b.tar.gz")
    restore.restore(into(tmp_path / "new"), clock, path, who="li", stop=True)
    with closing(Database(f"sqlite:///{tmp_path / 'new' / 'signoff.db'}")) as db, db.read() as conn:
        assert "restored from a backup" in rows.stopped(conn)
        assert conn.execute(select(switch.c.value).where(switch.c.name == "restored")).scalar_one()
        assert conn.execute(select(event.c.now).where(event.c.subject == "switch")).scalars().all()


def test_the_memory_is_copied_whole(world: World, tmp_path: Path, clock: FixedClock) -> None:
    import sqlite3

    (tmp_path / "memory" / "index").mkdir(parents=True)
    (tmp_path / "memory" / "index" / "data.bin").write_bytes(b"vectors")
    with closing(sqlite3.connect(tmp_path / "memory" / "chroma.sqlite3")) as conn:
        conn.execute("CREATE TABLE t (x)")
        conn.execute("INSERT INTO t VALUES (42)")
        conn.commit()
    path, _ = backup.back_up(world.app, tmp_path / "b.tar.gz")
    restore.restore(into(tmp_path / "new"), clock, path, who="li")
    with closing(sqlite3.connect(tmp_path / "new" / "memory" / "chroma.sqlite3")) as conn:
        assert conn.execute("SELECT x FROM t").fetchall() == [(42,)]
    assert (tmp_path / "new" / "memory" / "index" / "data.bin").read_bytes() == b"vectors"


def test_a_backup_without_room_changes_nothing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    with pytest.raises(Misconfigured, match="No space left"):
        backup.back_up(world.app, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []
