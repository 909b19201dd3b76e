"""Bring a database to this version's tables, by Alembic, without importing it when nothing is to be done."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.errors import Misconfigured
from bot.store.db import Database
from bot.words import say

#: The newest migration in ``bot/store/migrations/versions``; a test holds it to the folder.
HEAD = "0022"
#: Any number, the same for every Signoff: of two that start together one migrates and the other waits.
_LOCK = 7_360_711


def current(conn: Connection) -> str | None:
    """Return the migration a database stands at; None when it is empty."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def known(schema: str) -> bool:
    """Say whether this version knows a migration: an older database can be brought up, a newer one cannot."""
    return schema <= HEAD and any(Path(__file__).with_name("migrations").glob(f"versions/{schema}_*.py"))


def upgrade(db: Database) -> bool:
    """Migrate to HEAD; return whether anything was done. Raises Misconfigured for a newer database."""
    with db.read() as conn:
        if current(conn) == HEAD:
            return False
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    with db.write() as conn:
        if not db.is_sqlite:
            conn.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        if current(conn) == HEAD:
            return False
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
        config.attributes["connection"] = conn
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise Misconfigured(
                say("The database {name} was made by a newer Signoff ({error}).", name=db.name, error=error),
                next_step=say("Update Signoff, or use another database."),
            ) from None
    return True
