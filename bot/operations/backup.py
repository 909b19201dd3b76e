"""Back up: one file with the database, pictures, brand memory and copies of pages, while everything runs."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot import VERSION
from bot.app import App
from bot.errors import BadInput, Misconfigured
from bot.operations import archive
from bot.store import copying, migrate
from bot.store.db import Database
from bot.store.tables import brand
from bot.words import say
from memory.residue import wipe

#: Folders of the home that go into a backup beside the database.
FOLDERS = ("media", "memory", "pages")


def back_up(app: App, target: Path, *, with_keys: bool = False) -> tuple[Path, archive.Manifest]:
    """Write a backup to a file, or into a folder under a name with the time; return where, and what it holds.

    The copy of the database is of one moment; the worker waits for it at most as long as the copy takes. Raises
    BadInput for a file that is there already, Misconfigured when it cannot be written.
    """
    with app.db.read() as conn:
        app.desk.follow_database(conn)
        taken = app.clock.now()
        brands = {row.id: row.folder for row in conn.execute(select(brand.c.id, brand.c.folder))}
    if target.is_dir():
        target = target / f"signoff-{taken:%Y%m%dT%H%M%SZ}.tar.gz"
    if target.exists():
        raise BadInput(say("{path} is there already.", path=target), next_step=say("Name another file."))
    if not target.parent.is_dir():
        raise BadInput(say("There is no folder {folder}.", folder=target.parent))
    home, elsewhere = app.settings.home, []
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".signoff-backup-") as name:
        work = Path(name)
        sources = {archive.DATABASE: work / archive.DATABASE}
        try:
            # A picture is kept before a row names it: listed after the copy, none of its pictures is missing.
            _database(app, work / archive.DATABASE)
            # Opening the copy may change the file: it is counted before it is measured.
            with closing(Database(f"sqlite:///{work / archive.DATABASE}")) as copy, copy.read() as conn:
                tables = copying.tally(conn)
            _one_file(work / archive.DATABASE)
            sources |= dict(_files(home / "media", home))
            # What is learned anew meanwhile is replaced in its place: these are copied while nobody learns.
            with app.turn_to_learn():
                if (home / "pages").is_dir():
                    shutil.copytree(home / "pages", work / "pages", ignore=shutil.ignore_patterns(".*", "*.new"))
                if app.settings.chroma_url:
                    elsewhere.append("memory")
                elif (home / "memory").is_dir():
                    _memory(home / "memory", work / "memory")
            sources |= dict(_files(work / "pages", work)) | dict(_files(work / "memory", work))
            if with_keys and app.settings.keys is None:
                app.vault.keys.lines()
                sources[archive.KEYS] = home / archive.KEYS
            elif with_keys:
                elsewhere.append("SIGNOFF_KEYS")
            files = {name: archive.digest(path) for name, path in sources.items()}
        except (OSError, sqlite3.Error, OperationalError) as error:
            why = getattr(error, "strerror", None) or getattr(error, "orig", None) or error
            raise Misconfigured(
                say("The backup cannot be made: {why}.", why=why),
                next_step=say("Choose another place, or make room; nothing was changed."),
            ) from None
        kind = app.db.engine.dialect.name
        manifest = archive.Manifest(taken, VERSION, migrate.HEAD, kind, tables, files, brands, tuple(elsewhere))
        archive.write(target, manifest, sources)
    return target, manifest


def _database(app: App, target: Path) -> None:
    """Copy the database, as it is at one moment, into a SQLite file."""
    if app.db.is_sqlite:
        with closing(sqlite3.connect(str(app.db.url.database), timeout=30)) as source, _plain(target) as copy:
            # In one step: a copy in many steps begins anew whenever somebody else writes.
            source.backup(copy)
        return
    with closing(Database(f"sqlite:///{target}")) as made:
        migrate.upgrade(made)
        with app.db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as source_conn:
            with source_conn.begin(), made.write() as conn:
                copying.copy(source_conn, conn)
    _one_file(target)


def _plain(target: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(str(target)))


def _one_file(target: Path) -> None:
    """Fold a write-ahead log back, so that the one file is all."""
    with _plain(target) as conn:
        conn.execute("PRAGMA journal_mode=DELETE")


def _memory(source: Path, target: Path) -> None:
    """Copy Chroma's folder: its database by SQLite's own copy, the rest as files."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif path.suffix == ".sqlite3":
            place.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(str(path), timeout=30)) as old, _plain(place) as copy:
                old.backup(copy)
            _one_file(place)
        elif not path.name.endswith(("-wal", "-shm", "-journal")):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    # Left there by an older version, or by a process that died as it learned.
    wipe(target)


def _files(folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the finished files below a folder; what begins with a dot is somebody's work in progress."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        inside = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and not any(p.startswith(".") for p in inside.parts):
            yield inside.as_posix(), path
