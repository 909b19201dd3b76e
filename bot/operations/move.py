"""Move everything from this database into another, empty one: SQLite to PostgreSQL, or back.

1. The old database is marked: from then on no worker sends from it, and no command opens it.
2. What is being sent at that moment gets a minute to end.
3. One transaction on the target holds the whole copy. It is committed only when the number of rows and a digest of
   every table are the same on both sides and every stored login opens with the keys at hand, just before the old one is
   marked for good.
4. A part that was being sent all the same becomes doubtful in the new database: it is looked for before it is sent.

A move that fails takes its mark back. One that is killed leaves it, and so does one that cannot know whether its copy
was committed: a person says which database goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, or_, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.app import App
from bot.clock import Clock
from bot.domain.post import PostState
from bot.errors import Halted, Misconfigured
from bot.store import copying, events, migrate, moved, posts
from bot.store.db import Database, only_writer
from bot.store.desk import MOVED
from bot.store.tables import lease, post_part, switch, vault, worker
from bot.store.trouble import first_line
from bot.store.vault import Store
from bot.words import say
from bot.workflow.turn import gone

#: Seconds that sends under way get to end, and before what they left is looked for in the new database.
PATIENCE, LAG = 60, 60
#: Milliseconds that the copy waits for all tables before it lets the others end first.
STEP_BACK = 500
#: A statement that took too long, and one of two that wait for each other
#: (https://www.postgresql.org/docs/15/errcodes-appendix.html, read 2026-11-22).
_HELD = ("57014", "40P01")
#: Rows that one message names.
MOST_NAMED = 10


class _Unsure(Halted):
    """Nobody knows whether the copy was committed: the old one does not work until a person says which one does."""


@dataclass(frozen=True)
class Moved:
    """What was moved, or would be."""

    to: str
    #: Table -> (rows, digest).
    tables: dict[str, tuple[int, str]]
    doubtful: int = 0

    @property
    def rows(self) -> int:
        return sum(count for count, _ in self.tables.values())


def move(app: App, to: str, *, who: str, check: bool = False) -> Moved:
    """Move everything to the database ``to``; with ``check`` only say what it would be.

    Raises Misconfigured, Halted.
    """
    target = _open(app, to)
    try:
        _require_empty(target)
        # Found out now: not after everybody was sent away from the old database.
        if target.engine.dialect.name == "postgresql":
            _fits(app.db)
        if check:
            with app.db.read() as conn:
                return Moved(target.name, copying.tally(conn))
        migrate.upgrade(target)
        begun = _begin(app, target, who)
        try:
            _wait(app)
            return _copy(app, target, who, begun)
        except _Unsure:
            raise
        except BaseException:
            with app.db.write() as conn:
                moved.unmark(conn, at=app.clock.now(), who=who, since=begun)
            raise
    finally:
        target.close()


def stay(app: App, who: str) -> bool:
    """Go on with this database after all; False when it was not moved."""
    with app.db.write() as conn:
        return moved.unmark(conn, at=app.clock.now(), who=who)


def _open(app: App, to: str) -> Database:
    try:
        same = make_url(to) == app.db.url
    except SQLAlchemyError:
        same = False
    if same:
        raise Misconfigured(say("That is the database in use."), next_step=say("Name another one with --to."))
    try:
        target = Database(to)
        try:
            with target.read() as conn:
                conn.execute(text("SELECT 1"))
        except BaseException:
            target.close()
            raise
    except SQLAlchemyError as error:
        raise Misconfigured(
            say("The new database cannot be opened: {why}", why=first_line(error)),
            next_step=say("postgresql://USER:PASSWORD@HOST/NAME; the database must exist and be empty."),
        ) from None
    return target


def _require_empty(target: Database) -> None:
    with target.read() as conn:
        version = migrate.current(conn)
        if version is None or (version == migrate.HEAD and copying.empty(conn)):
            return
    raise Misconfigured(
        say("There is something in {name} already.", name=target.name),
        next_step=say("Move into an empty database; nothing is ever mixed or overwritten."),
    )


def _fits(db: Database) -> None:
    """Raise Misconfigured, with each row that PostgreSQL would not take; SQLite takes all."""
    wrong: list[str] = []
    for table in copying.tables():
        # A reading of its own for each: where SQLite has no write-ahead log, a long one holds every writer up.
        with db.read() as conn:
            wrong += copying.refused(conn, table)
    if wrong:
        more = [say("and {n} more", n=len(wrong) - MOST_NAMED)] if len(wrong) > MOST_NAMED else []
        raise Misconfigured(
            "\n".join([say("The new database would not take these rows:"), *wrong[:MOST_NAMED], *more]),
            next_step=say("Nothing was moved, and this database goes on. Please report it with these lines."),
        )


def _begin(app: App, target: Database, who: str) -> datetime:
    """Mark the old database, and return when. Raises Misconfigured where another move was quicker."""
    begun = app.clock.now()
    with app.db.write() as conn:
        only_writer(conn, switch)
        moved.refuse(conn)
        moved.mark(conn, target.name, at=begun, who=who, done=False)
    return begun


def _wait(app: App) -> None:
    """Wait until no living worker holds an account or renews a login: what it was doing has an answer then."""
    for n in range(PATIENCE + 1):
        with app.db.read() as conn:
            names = or_(lease.c.name.like("account:%"), lease.c.name.like("vault:%"))
            held = select(lease.c.owner).where(names, lease.c.until > app.db.now(conn))
            if all(gone(owner) for owner in conn.execute(held).scalars()):
                return
        if n == 0 and app.progress is not None:
            app.progress("waiting for what is being sent", 0, 0)
        app.clock.sleep(1)
    raise Halted(
        say("A worker still holds an account of this database."),
        next_step=say("Stop every worker (SIGTERM), then move again."),
    )


def _copy(app: App, target: Database, who: str, begun: datetime) -> Moved:
    committing = False
    try:
        with app.db.write() as old:
            _alone(old, app.clock)
            _patient(old)
            if moved.since(old) != begun:
                raise Halted(
                    say("Somebody said meanwhile that this database goes on."), next_step=say("Nothing was moved.")
                )
            with target.write() as new:
                _patient(new)
                try:
                    copying.copy(old, new)
                    tables = copying.tally(old)
                    _same(tables, copying.tally(new))
                    _opens(app, target, new)
                    doubtful = _settle_in(new, app, who)
                except DBAPIError as error:
                    raise Misconfigured(
                        say("The new database does not take a row: {why}", why=first_line(error)),
                        next_step=say("Nothing was moved, and this database goes on."),
                    ) from None
                # Before the new one counts: whatever goes wrong with the old one must not leave both at work.
                moved.mark(old, target.name, at=app.clock.now(), who=who, done=True)
                committing = True
    except BaseException as error:
        if not committing:
            raise
        why = first_line(error) or type(error).__name__
        raise _Unsure(
            say("Whether everything arrived in {name} is not known: {why}", name=target.name, why=why),
            next_step=say(
                "Until you say which one goes on, this one sends nothing. Set SIGNOFF_DATABASE_URL to the new one if "
                "`signoff queue` is right there; if not, `signoff migrate --stay`, and never use the new one."
            ),
        ) from error
    return Moved(target.name, tables, doubtful)


def _patient(conn: Connection) -> None:
    """Let a transaction take its time: each side waits while the other one is read, and a server may forbid that."""
    if conn.dialect.name == "postgresql":
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            conn.execute(text(f"SET LOCAL {limit} = 0"))


def _alone(conn: Connection, clock: Clock) -> None:
    """Let nobody write to the old database until this transaction ends; on SQLite it is so already.

    Raises Halted while others are in the middle of something for longer than a minute.
    """
    if conn.dialect.name != "postgresql":
        return
    # First the one that whoever decides something holds from the start, so that neither waits for the other.
    ordered = sorted(copying.tables(), key=lambda table: table is not switch)
    names = ", ".join(f'"{table.name}"' for table in ordered)
    # Who wrote first and asks for the mark later waits for us while we wait for them. The server ends one of two that
    # wait for each other after a second (deadlock_timeout): before that we step back and let them end.
    conn.execute(text(f"SET LOCAL statement_timeout = {STEP_BACK}"))
    for _ in range(PATIENCE):
        try:
            with conn.begin_nested():
                conn.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _HELD:
                raise
            clock.sleep(1)
        else:
            return
    raise Halted(
        say("Somebody is writing to this database without a pause."),
        next_step=say("Stop every worker (SIGTERM), then move again."),
    )


def _same(ours: dict[str, tuple[int, str]], theirs: dict[str, tuple[int, str]]) -> None:
    wrong = [name for name, found in ours.items() if theirs.get(name) != found]
    if wrong:
        raise Misconfigured(
            say("The copy differs from the original in: {tables}.", tables=", ".join(wrong)),
            next_step=say("Nothing was moved, and this database goes on. Please report it."),
        )


def _opens(app: App, target: Database, conn: Connection) -> None:
    """Raise Misconfigured unless each stored login that opens here opens there, with the same keys."""
    keys = app.vault.keys
    theirs = Store(target, keys, app.clock, app.vault.owner)
    columns = select(vault.c.account, vault.c.name, vault.c.secret)
    found = conn.execute(columns).all()
    if found and theirs.opened(found) != len(found):
        with app.db.read() as here:
            if app.vault.opened(here.execute(columns).all()) != theirs.opened(found):
                raise Misconfigured(say("A stored login cannot be opened in the new database with these keys."))


def _settle_in(conn: Connection, app: App, who: str) -> int:
    """Make the copy a database of its own: nobody works on it yet, and what was being sent is in doubt."""
    now = app.clock.now()
    conn.execute(delete(switch).where(switch.c.name == MOVED))
    conn.execute(delete(lease))
    conn.execute(update(worker).where(worker.c.stopped.is_(None)).values(stopped=now))
    p = post_part.c
    found = conn.execute(select(p.post_id, p.n, p.attempts).where(p.state == PostState.SENDING.value)).all()
    why = "the database was moved while it was being sent"
    for post_id, n, number in found:
        args: dict[str, Any] = {"at": now, "who": who, "why": why, "attempt": number}
        ready = now + timedelta(seconds=LAG)
        events.move_part(conn, post_id, n, PostState.SENDING, PostState.DOUBTFUL, not_before=ready, looks=0, **args)
        posts.end_attempt(conn, post_id, n, number, now, "unknown", why)
    events.record(conn, now, who, "switch", "", "moved here", "")
    return len(found)
