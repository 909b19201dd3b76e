"""The store: secrets at rest, leases, migrations, and what a database error may tell."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import text, update

from bot import evidence
from bot.clock import SystemClock
from bot.domain.draft import Draft, DraftState, DraftVersion, Window
from bot.errors import BadInput, Misconfigured, NotFound, TryLater
from bot.store import drafts, leases, migrate, tables
from bot.store.db import Database, wal_is_safe
from bot.store.desk import put
from bot.store.vault import Keys, Rotation, Store
from bot.surfaces.cli import listing
from bot.workflow import card, schedule
from bot.workflow.turn import gone, worker_id
from tests.world import World

SECRET = "canary-app-password-1234"


def vault(world: World, tmp_path: Path) -> Store:
    return Store(world.db, Keys(tmp_path / "keys"), SystemClock(), "me")


def everything_stored(world: World) -> str:
    """Return all rows of all tables as one text."""
    with world.db.read() as conn:
        return "\n".join(str(r) for t in tables.metadata.sorted_tables for r in conn.execute(t.select()))


def test_a_secret_is_not_readable_in_the_database_or_its_files(world: World, tmp_path: Path) -> None:
    store = vault(world, tmp_path)
    store.store("bluesky:main", "session", SECRET)
    assert store.load("bluesky:main", "session") == SECRET
    assert store.load("bluesky:main", "other") is None
    assert SECRET not in everything_stored(world)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600


def test_a_secret_copied_to_another_account_does_not_open(world: World, tmp_path: Path) -> None:
    store = vault(world, tmp_path)
    store.store("bluesky:main", "session", SECRET)
    with world.db.write() as conn:
        conn.execute(update(tables.vault).values(account="bluesky:evil"))
    with pytest.raises(Misconfigured, match="cannot be opened") as caught:
        store.load("bluesky:evil", "session")
    assert "signoff connect bluesky:evil" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_rotating_keys_keeps_every_secret_and_retires_the_old_key(world: World, tmp_path: Path) -> None:
    store = vault(world, tmp_path)
    for n in range(5):
        store.store(f"bluesky:{n}", "session", f"{SECRET}-{n}")
    old = (tmp_path / "keys").read_text()
    assert store.rotate() == Rotation(5)
    assert (tmp_path / "keys").read_text() != old
    assert [store.load(f"bluesky:{n}", "session") for n in range(5)] == [f"{SECRET}-{n}" for n in range(5)]
    (tmp_path / "keys").write_text(old)
    with pytest.raises(Misconfigured):
        store.load("bluesky:0", "session")


def test_a_crash_while_rotating_loses_nothing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = vault(world, tmp_path)
    store.store("bluesky:main", "session", SECRET)
    writes: list[list[str]] = []

    def die_at_the_second(keys: list[str]) -> None:
        writes.append(keys)
        if len(writes) == 2:
            raise OSError("power cut")
        Keys.write(store.keys, keys)

    monkeypatch.setattr(store.keys, "write", die_at_the_second)
    with pytest.raises(OSError, match="power cut"):
        store.rotate()
    assert vault(world, tmp_path).load("bluesky:main", "session") == SECRET


def interleave(store: Store, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Have ``meanwhile`` happen in the middle of a rotation: the rows are sealed anew, the old keys still there."""
    retire = store._retire

    def later(fresh: str) -> Rotation:
        meanwhile()
        return retire(fresh)

    monkeypatch.setattr(store, "_retire", later)


def test_a_secret_stored_while_the_keys_rotate_opens_afterwards(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = vault(world, tmp_path), vault(world, tmp_path)
    store.store("bluesky:main", "session", "before")
    seal, started = other._seal, threading.Event()

    def slowly(*given: str) -> str:
        sealed = seal(*given)
        started.set()
        # Time for a rotation to run wholly between the sealing and the commit, if nothing kept it out.
        SystemClock().sleep(1)
        return sealed

    monkeypatch.setattr(other, "_seal", slowly)
    thread = threading.Thread(target=other.store, args=("bluesky:main", "session", SECRET))
    thread.start()
    assert started.wait(10)
    assert store.rotate() == Rotation(1)
    thread.join()
    assert vault(world, tmp_path).load("bluesky:main", "session") == SECRET


def test_a_secret_stored_in_the_middle_of_a_rotation_opens_afterwards(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = vault(world, tmp_path), vault(world, tmp_path)
    interleave(store, monkeypatch, lambda: other.store("bluesky:main", "session", SECRET))
    assert store.rotate() == Rotation(1)
    assert other.load("bluesky:main", "session") == SECRET


def test_two_rotations_do_not_run_at_once(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = vault(world, tmp_path), vault(world, tmp_path)
    store.store("bluesky:main", "session", SECRET)

    def rotate() -> None:
        with pytest.raises(TryLater, match="being rotated"):
            other.rotate()

    interleave(store, monkeypatch, rotate)
    store.rotate()
    assert other.load("bluesky:main", "session") == SECRET
    assert other.rotate() == Rotation(1)


def test_a_rotation_that_lost_its_lease_drops_no_key_that_is_needed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = vault(world, tmp_path), vault(world, tmp_path)
    store.store("bluesky:main", "session", SECRET)

    def rotate() -> None:
        with world.db.write() as conn:
            conn.execute(update(tables.lease).values(until=datetime(2026, 1, 1, tzinfo=UTC)))
        assert other.rotate() == Rotation(1)

    interleave(store, monkeypatch, rotate)
    assert store.rotate() == Rotation(0, ("bluesky:main session",))
    assert other.load("bluesky:main", "session") == SECRET


def test_a_secret_that_no_key_opens_keeps_every_key(world: World, tmp_path: Path) -> None:
    Store(world.db, Keys(tmp_path / "lost"), SystemClock(), "me").store("bluesky:old", "session", SECRET)
    store = vault(world, tmp_path)
    store.store("bluesky:main", "session", SECRET)
    old = (tmp_path / "keys").read_text()
    assert store.rotate() == Rotation(1, ("bluesky:old session",))
    assert (tmp_path / "keys").read_text().endswith(old)
    assert store.load("bluesky:main", "session") == SECRET


def test_a_secret_read_while_the_keys_rotate_opens(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = vault(world, tmp_path), vault(world, tmp_path)
    store.store("bluesky:main", "session", SECRET)
    fernet, rotated = store._fernet, threading.Event()

    def after_a_rotation() -> MultiFernet:
        if not rotated.is_set():
            rotated.set()
            other.rotate()
        return fernet()

    monkeypatch.setattr(store, "_fernet", after_a_rotation)
    assert store.load("bluesky:main", "session") == SECRET


def test_keys_in_the_environment_are_rotated_by_their_order(world: World) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))

    def store(keys: str) -> Store:
        return Store(world.db, Keys(None, keys), SystemClock(), "me")

    store(old).store("bluesky:main", "session", SECRET)
    assert store(f"{new},{old}").rotate() == Rotation(1)
    assert store(new).load("bluesky:main", "session") == SECRET


def test_two_who_stop_everything_at_the_same_moment_both_may(world: World) -> None:
    barrier, failed = threading.Barrier(4), list[Exception]()

    def stop(n: int) -> None:
        barrier.wait()
        try:
            with world.db.write() as conn:
                put(conn, tables.switch, {"name": "stop"}, values(str(n)))
                SystemClock().sleep(0.2)
        except Exception as error:
            failed.append(error)

    def values(who: str) -> dict[str, Any]:
        return {"value": "on", "who": who, "why": "", "at": world.clock.now()}

    threads = [threading.Thread(target=stop, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def past(world: World, version: DraftVersion, count: int, state: DraftState) -> None:
    """Store ``count`` drafts that were made after ``version`` and are done with."""
    with world.db.write() as conn:
        for n in range(count):
            name, at = f"d_x{n:07d}", world.clock.now() + timedelta(seconds=n + 1)
            drafts.add(conn, Draft(name, "lumen", "sandbox:main", "b", "anna", at))
            drafts.add_version(conn, replace(version, draft_id=name, state=state))


def test_a_scheduled_post_is_found_listed_and_cancelled_behind_a_thousand_newer_drafts(world: World) -> None:
    first = world.draft("The very first", window=Window("2027-11-22T15:00", "Europe/Berlin"))
    live, held = world.draft("Already out"), world.draft("One miracle")
    world.approve(first)
    world.approve(live)
    world.drain()
    past(world, live, 1001, DraftState.REJECTED)
    assert evidence.find_draft(world.app, first.draft_id) == first.draft_id
    assert evidence.find_draft(world.app, first.draft_id[2:]) == first.draft_id
    with world.db.read() as conn:
        found = {r["id"]: r["state"] for r in listing.rows(world.app, conn, "lumen")}
        whole = listing.rows(world.app, conn, "lumen", True)
    assert found == {first.draft_id: "scheduled", live.draft_id: "live", held.draft_id: "held"}
    assert len(whole) == 203
    schedule.cancel(world.desk, first.draft_id, "li")
    with world.db.read() as conn:
        assert [r["id"] for r in listing.rows(world.app, conn, "lumen")] == [held.draft_id, live.draft_id]
        assert "cancelled" in card.lines(card.card(world.desk, conn, first.draft_id))[0][1]


def test_a_beginning_that_fits_several_drafts_names_them(world: World) -> None:
    past(world, world.draft(), 3, DraftState.REJECTED)
    assert evidence.find_draft(world.app, "x0000001") == "d_x0000001"
    with pytest.raises(NotFound, match="could be any of d_x0000002, d_x0000001, d_x0000000"):
        evidence.find_draft(world.app, "d_x000")
    for given in ("x______1", "x%00", "dx00", "D_X0000001"):
        with pytest.raises(NotFound, match="There is no draft"):
            evidence.find_draft(world.app, given)


def test_a_slip_of_the_hand_names_no_draft(world: World) -> None:
    past(world, world.draft(), 1, DraftState.REJECTED)
    for given in ("d_x00", "x", "x00", "d_d", "d", "x%", "dx"):
        with pytest.raises(NotFound, match="is too short for a draft's id") as told:
            evidence.find_draft(world.app, given)
        assert "4 of its letters" in told.value.next_step
    assert evidence.find_draft(world.app, "x000") == "d_x0000000"


@pytest.mark.parametrize("given", ["", "d_"])
def test_no_id_is_not_the_only_draft(world: World, given: str) -> None:
    world.draft()
    with pytest.raises(BadInput, match="No draft was named"):
        evidence.find_draft(world.app, given)


def test_the_vault_lock_lets_one_in_at_a_time(world: World, tmp_path: Path) -> None:
    inside, most = 0, 0
    guard = threading.Lock()

    def refresh(owner: str) -> None:
        nonlocal inside, most
        store = Store(world.db, Keys(tmp_path / "keys"), SystemClock(), owner)
        with store.lock("bluesky:main", "session"):
            with guard:
                inside += 1
                most = max(most, inside)
            SystemClock().sleep(0.02)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=refresh, args=(f"owner-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_lease_belongs_to_one_and_its_fence_grows_with_each_owner(world: World) -> None:
    assert leases.take(world.db, "a", "one", 60) == 1
    assert leases.take(world.db, "a", "two", 60) is None
    assert leases.take(world.db, "a", "one", 60) == 1
    leases.release(world.db, "a", "one", 1)
    assert leases.take(world.db, "a", "two", 60) == 2
    with world.db.read() as conn:
        assert leases.remaining(world.db, conn, "a", "one", 1) == 0
        assert 50 < leases.remaining(world.db, conn, "a", "two", 2) <= 60


def test_a_lease_that_ran_out_is_lost_even_to_its_owner(world: World) -> None:
    assert leases.take(world.db, "a", "one", -1) == 1
    with world.db.read() as conn:
        assert leases.remaining(world.db, conn, "a", "one", 1) <= 0
    assert leases.take(world.db, "a", "one", 60) == 2, "anybody may have worked meanwhile"


def test_a_dead_process_on_this_host_loses_its_lease_at_once(world: World) -> None:
    code = "from bot.workflow.turn import worker_id; print(worker_id())"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    dead = done.stdout.strip()
    assert gone(dead)
    assert not gone(worker_id())
    assert not gone("another-host:1:1:1")
    assert leases.take(world.db, "a", dead, 600) == 1
    assert leases.take(world.db, "a", "me", 60) is None
    assert leases.take(world.db, "a", "me", 60, gone=gone) == 2


def test_a_process_with_a_reused_pid_is_not_taken_for_the_old_one() -> None:
    host, _, _, count = worker_id().split(":")
    assert gone(f"{host}:{os.getpid()}:1:{count}")


def test_leases_go_by_the_database_clock(world: World) -> None:
    with world.db.read() as conn:
        assert abs((world.db.now(conn) - datetime.now(UTC)).total_seconds()) < 5
    # The application's clock (which stands still, months away) plays no part.
    world.advance(10_000)
    assert leases.take(world.db, "a", "one", 60) == 1
    assert leases.take(world.db, "a", "two", 60) is None


def test_the_migrations_make_exactly_the_tables_of_the_code(world: World) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from bot.store import chat_tables, comment_tables, sandbox, web_tables  # noqa: F401  # their tables belong to the metadata

    with world.db.read() as conn:
        found = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), tables.metadata)
        assert found == []
        assert migrate.current(conn) == migrate.HEAD
    assert migrate.upgrade(world.db) is False


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_a_database_of_a_newer_signoff_is_refused(world: World) -> None:
    with world.db.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="newer Signoff"):
        migrate.upgrade(world.db)


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    code = "import sys; from bot.store.db import Database; from bot.store import migrate; "
    code += "migrate.upgrade(Database(sys.argv[1]))"
    root = Path(__file__).parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", code, database_url], cwd=root, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    errors = [p.communicate(timeout=240)[1] for p in running]
    assert [p.returncode for p in running] == [0] * 4, errors


@pytest.mark.parametrize(
    ("version", "safe"),
    [((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 7), True),
     ((3, 51, 2), False), ((3, 51, 3), True), ((3, 60, 0), True)],
)  # fmt: skip
def test_write_ahead_log_only_where_sqlite_does_not_corrupt_it(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:hunter2secret@h/d"])
def test_an_unusable_database_address_says_what_to_use(url: str) -> None:
    with pytest.raises(Misconfigured, match="sqlite:///") as caught:
        Database(url)
    assert "hunter2secret" not in str(caught.value)


def test_naive_times_are_refused(world: World) -> None:
    from sqlalchemy.exc import StatementError

    with pytest.raises(StatementError, match="naive"), world.db.write() as conn:
        conn.execute(update(tables.lease).values(until=datetime(2026, 1, 1)))  # noqa: DTZ001  # the point
