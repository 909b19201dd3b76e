"""PostgreSQL only: the tables of the queue that account turns run through, and the word that wakes its workers.

Nothing that matters is kept in the queue: it holds turns of accounts that are due now, and a lost one is found again by
the next tick. So its tables live in a schema named after their own text: two versions of Signoff beside each other have
a queue each, and the leases keep them off each other's accounts.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, text

from bot.store.db import Database

#: What a commit says when there may be something to send.
CHANNEL = "signoff_work"
_LOCK = 7_360_712


def wake(conn: Connection) -> None:
    """Wake the workers of every machine when this transaction commits."""
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))


def prepare(db: Database, tables: str) -> str:
    """Create the queue's tables (``tables`` is their SQL) if they are not there; return the schema they are in."""
    schema = "signoff_queue_" + hashlib.sha256(tables.encode()).hexdigest()[:8]
    there = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    with db.write() as conn:
        conn.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        if conn.execute(there, {"name": schema}).first() is None:
            conn.exec_driver_sql(f"CREATE SCHEMA {schema}")
            conn.exec_driver_sql(f"SET LOCAL search_path = {schema}")
            # Without parameters the driver takes several statements at once, and a percent sign as it stands.
            driver = conn.connection.dbapi_connection
            assert driver is not None
            driver.cursor().execute(tables)
    return schema
