"""Databases for tests by copy: the migrations run once in a process, not once in each test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from sqlalchemy.engine import make_url


def lay(url: str) -> None:
    """Give a database that is not there yet, or is empty, this version's tables. Any other is left as it is."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_file(), path)
        return
    import psycopg

    with psycopg.connect(url) as conn:
        found = conn.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchone()
    # Where somebody else is in it already, the App migrates it itself.
    with suppress(psycopg.errors.ObjectInUse):
        if found != (0,):
            return
        server, _, name = url.rpartition("/")
        template = _template(server)
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}"')
            try:
                admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            except psycopg.errors.ObjectInUse:
                admin.execute(f'CREATE DATABASE "{name}"')


def _migrated(url: str) -> None:
    from bot.store import migrate
    from bot.store.db import Database

    with closing(Database(url)) as db:
        migrate.upgrade(db)


@cache
def _file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="signoff-stencil-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrated(f"sqlite:///{folder / 'signoff.db'}")
    return folder / "signoff.db"


@cache
def _template(server: str) -> str:
    """Make one on the server; it goes with the server, which lives as long as the tests that share it."""
    import psycopg

    name = f"stencil_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    _migrated(f"{server}/{name}")
    return name
