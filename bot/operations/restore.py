"""Restore: everything is unpacked and checked beside the home folder first; then it takes its place, step by step.

The restored database is marked (``bot/store/restored.py``), so that the worker looks on the platform before it sends
what the lost one may have sent.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.clock import Clock
from bot.errors import BadInput, Halted, Misconfigured
from bot.operations import archive
from bot.operations.backup import FOLDERS
from bot.settings import Settings
from bot.store import copying, migrate, restored
from bot.store import desk as rows
from bot.store.db import Database
from bot.store.tables import vault as vault_table
from bot.store.trouble import first_line
from bot.store.vault import Keys, Store
from bot.words import say
from bot.workflow import lasting, turn

#: A worker that gave a sign of life within so many seconds still runs.
_ALIVE = 60


@dataclass(frozen=True)
class Restored:
    """What a restore did, or with ``--check`` would do."""

    manifest: archive.Manifest
    #: Posts that were due before now: the worker looks for them first.
    to_look_for: int
    #: Stored logins, as ``account name``, that the keys at hand do not open.
    locked: tuple[str, ...]
    #: Where what stood in the home folder was put; None where it was empty.
    kept: Path | None


def restore(
    settings: Settings, clock: Clock, source: Path, *, who: str, check: bool = False, stop: bool = False
) -> Restored:
    """Check a backup whole, and unless ``check`` is set put it into the home folder (or the empty PostgreSQL there).

    With ``stop`` the kill switch is on afterwards. Raises NotFound, BadInput, Misconfigured, and Halted while a worker
    runs there; then nothing was replaced.
    """
    home = settings.home.expanduser().absolute()
    try:
        if not check:
            home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=None if check else home, prefix=".restore-") as name:
            fresh = Path(name)
            manifest = archive.unpack(source, fresh)
            _whole(source, fresh / archive.DATABASE, manifest)
            if check:
                return _prepare(settings, clock, home, fresh, manifest, who, source.name, stop)
            with _target(settings, home) as target:
                done = _prepare(settings, clock, home, fresh, manifest, who, source.name, stop)
                if target is not None:
                    _fill(target, fresh / archive.DATABASE)
                    (fresh / archive.DATABASE).unlink()
            return Restored(done.manifest, done.to_look_for, done.locked, _place(home, fresh, clock.now()))
    except OSError as error:
        raise Misconfigured(
            say("The backup cannot be restored into {folder}: {why}.", folder=home, why=error.strerror or error),
            next_step=say("Make room, or choose another folder with --into."),
        ) from None


def _whole(source: Path, database: Path, manifest: archive.Manifest) -> None:
    """Raise BadInput unless the copy of the database is sound and holds the rows that its list says."""
    if not migrate.known(manifest.schema):
        raise BadInput(
            say("This backup was made by a newer Signoff."), next_step=say("Update Signoff, then restore it.")
        )
    if not database.is_file():
        raise BadInput(say("{path} holds no database.", path=source))
    with closing(sqlite3.connect(str(database))) as conn:
        try:
            said = conn.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            said = str(error)
    if said != "ok":
        raise BadInput(say("The database in {path} is damaged: {why}.", path=source, why=said))
    if manifest.schema == migrate.HEAD:
        with closing(Database(f"sqlite:///{database}")) as db, db.read() as copy:
            if copying.tally(copy) != dict(manifest.tables):
                raise BadInput(say("The database in {path} does not hold what its list says.", path=source))


@contextmanager
def _target(settings: Settings, home: Path) -> Iterator[Database | None]:
    """Yield the PostgreSQL to fill, or None for a file in the home folder. Raises Halted, Misconfigured."""
    url = settings.database
    if settings.database_url and not url.startswith("sqlite"):
        with closing(Database(url)) as db:
            migrate.upgrade(db)
            with db.read() as conn:
                if not copying.empty(conn):
                    raise Misconfigured(
                        say("The database {name} is not empty.", name=db.name),
                        next_step=say("Restore into a new one, then set SIGNOFF_DATABASE_URL to it."),
                    )
            yield db
        return
    if settings.database_url and url != f"sqlite:///{home / archive.DATABASE}":
        raise Misconfigured(
            say("SIGNOFF_DATABASE_URL names a file outside {folder}.", folder=home),
            next_step=say("Unset it, or give it the file {path}.", path=home / archive.DATABASE),
        )
    file = home / archive.DATABASE
    if file.exists():
        _nobody_works(file)
    yield None


def _nobody_works(file: Path) -> None:
    """Raise Halted while a worker of the database runs: it would go on with the old one."""
    try:
        with closing(Database(f"sqlite:///{file}")) as db, db.read() as conn:
            now = db.now(conn)
            alive = [w["id"] for w in rows.workers(conn) if (now - w["seen"]).total_seconds() < _ALIVE]
    except SQLAlchemyError:
        return  # What stands there is no database of ours, or a damaged one: the reason for a restore.
    if any(not turn.gone(worker) for worker in alive):
        raise Halted(say("A worker still runs on {path}.", path=file), next_step=say("Stop it, then restore."))


def _prepare(
    settings: Settings, clock: Clock, home: Path, fresh: Path, manifest: archive.Manifest, who: str, name: str,
    stop: bool,
) -> Restored:  # fmt: skip
    """Bring the copy to this version's tables and mark it; return what is to be told."""
    with closing(Database(f"sqlite:///{fresh / archive.DATABASE}")) as db:
        migrate.upgrade(db)
        now = clock.now()
        with db.write() as conn:
            restored.mark(conn, manifest.taken, at=now, who=who or "restore", why=name)
            waiting = restored.waiting(conn, now)
            # One that was taken back since the backup would sign again, and nobody would be asked.
            lasting.end_all(conn, "the database was restored from a backup", who or "restore", now)
            if stop:
                rows.set_stop(conn, True, who=who or "restore", why=say("restored from a backup"), at=now)
            text = say(
                "This database was restored from a backup of {time}.", time=f"{manifest.taken:%Y-%m-%d %H:%M} UTC"
            )
            step = say("What was decided since then is lost: `signoff queue` shows what will go out.")
            rows.notify(conn, now, "", "restored", text, step)
        locked = _locked(settings, db, clock, home, fresh)
    with closing(sqlite3.connect(str(fresh / archive.DATABASE))) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")
    return Restored(manifest, waiting, locked, None)


def _locked(settings: Settings, db: Database, clock: Clock, home: Path, fresh: Path) -> tuple[str, ...]:
    """Return the stored logins that the keys at hand do not open."""
    given = settings.keys.get_secret_value() if settings.keys else None
    path = next((p for p in (fresh / archive.KEYS, home / archive.KEYS) if p.exists()), None)
    with db.read() as conn:
        names = [(r.account, r.name) for r in conn.execute(select(vault_table.c.account, vault_table.c.name))]
    if not given and path is None:
        return tuple(f"{account} {name}" for account, name in names)
    store, found = Store(db, Keys(path, given), clock, "restore"), []
    for account, name in names:
        try:
            store.load(account, name)
        except Misconfigured:
            found.append(f"{account} {name}")
    return tuple(found)


def _fill(target: Database, source: Path) -> None:
    """Copy the prepared rows into an empty PostgreSQL in one transaction, and compare before it is committed."""
    try:
        with closing(Database(f"sqlite:///{source}")) as db, db.read() as old, target.write() as conn:
            copying.copy(old, conn)
            if copying.tally(old) != copying.tally(conn):
                raise Misconfigured(say("The copy in {name} differs; nothing was kept.", name=target.name))
    except DBAPIError as error:
        raise Misconfigured(
            say("The database {name} stopped the restore: {why}", name=target.name, why=first_line(error)),
            next_step=say("Nothing was changed. See that it can be reached, then restore again."),
        ) from None


def _place(home: Path, fresh: Path, now: datetime) -> Path | None:
    """Put what stands in the home folder aside and the new in its place; each is one step on the same disk.

    The database comes last: after a crash before it the old one is there or none, never a new one without its media.
    """
    aside = home / f"before-restore-{now:%Y%m%dT%H%M%S}"
    names = [*FOLDERS, archive.KEYS, archive.DATABASE]
    for name in names:
        new = fresh / name
        olds = [home / name, *(home / f"{name}{end}" for end in ("-wal", "-shm", "-journal"))]
        if not new.exists() and name == archive.KEYS:
            continue
        for old in (old for old in olds if old.exists()):
            if new.exists() or name == archive.DATABASE:
                aside.mkdir(exist_ok=True)
                old.rename(aside / old.name)
        if new.exists():
            new.rename(home / name)
    return aside if aside.exists() else None
