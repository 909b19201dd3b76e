"""What the database itself is in trouble with, by the driver's error: for the worker, which waits, and for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError, TimeoutError

from bot.errors import Misconfigured
from bot.words import say


class Trouble(StrEnum):
    """What a database cannot do for now."""

    FULL = "full"
    READ_ONLY = "read-only"
    CROWDED = "crowded"
    GONE = "gone"


#: https://www.postgresql.org/docs/15/errcodes-appendix.html (read 2026-11-22)
_CODES = {"53100": Trouble.FULL, "25006": Trouble.READ_ONLY, "53300": Trouble.CROWDED, "57P03": Trouble.GONE}
#: A server that refuses a connection gives no code. SQLite calls a limit of the system on a file's size an I/O error.
_WORDS = {
    Trouble.FULL: ("is full", "no space left", "disk i/o error", "could not extend"),
    Trouble.READ_ONLY: ("read-only transaction", "readonly database"),
    Trouble.CROWDED: ("too many clients", "remaining connection slots", "too many connections", "queuepool limit"),
    Trouble.GONE: ("connection refused", "connection failed", "server closed the connection", "terminating connection",
                   "starting up", "shutting down", "connection is lost", "connection timeout", "is closed"),
}  # fmt: skip
_DRIVERS = ("sqlalchemy", "psycopg", "psycopg_pool", "sqlite3", "procrastinate")
#: These quote what somebody wrote.
_OF_VALUES = {"IntegrityError", "DataError", "ProgrammingError"}


def first_line(error: BaseException) -> str:
    """Return what the driver, or the error itself, says in one line; empty where it says nothing."""
    return next(iter(str(getattr(error, "orig", None) or error).strip().splitlines()), "")


def kind(error: BaseException) -> Trouble | None:
    """Return what the database is in trouble with; None for an error that is not the database's own."""
    known = [one for one in (error, getattr(error, "orig", None), error.__cause__) if one is not None]
    if not any(type(one).__module__.partition(".")[0] in _DRIVERS for one in known):
        return None
    if _OF_VALUES & {base.__name__ for one in known for base in type(one).__mro__}:
        return None
    for one in known:
        if found := _CODES.get(getattr(one, "sqlstate", None) or ""):
            return found
    said = " ".join(str(getattr(one, "orig", one)) for one in known).lower()
    return next((found for found, words in _WORDS.items() if any(word in said for word in words)), None)


def told(error: BaseException) -> Misconfigured | None:
    """Return what a person reads about it, with the next step; None for an error that is not the database's own."""
    found = kind(error)
    return _error(found) if found else None


def no_room() -> Misconfigured:
    """Return what a person reads where the disk is full."""
    return _error(Trouble.FULL)


def named(found: Trouble) -> str:
    """Return what a health check says of the database, such as "it does not answer"."""
    return _wording(found)[0]


def _error(found: Trouble) -> Misconfigured:
    _, said, step = _wording(found)
    return Misconfigured(said, next_step=step)


def _wording(found: Trouble) -> tuple[str, str, str]:
    """Return what a health check says, what a person reads whose work it stopped, and the next step."""
    return {
        Trouble.FULL: (
            say("no room is left on its disk"),
            say("No room is left on the disk: this was not stored."),
            say("Make room, then do it again; nothing else was lost."),
        ),
        Trouble.READ_ONLY: (
            say("it can only be read"),
            say("The database takes no changes now: it can only be read."),
            say("Wait a moment, then do it again: nothing of it was stored. If it stays so, SIGNOFF_DATABASE_URL must "
                "name the server that takes changes."),
        ),
        Trouble.CROWDED: (
            say("it has no connection free"),
            say("The database has no connection free for this: all of them are taken."),
            say("Wait a moment, then do it again: nothing of it was stored. If it stays so, let the server take more "
                "connections."),
        ),
        Trouble.GONE: (
            say("it does not answer"),
            say("The database does not answer."),
            say("Check SIGNOFF_DATABASE_URL, and that its server runs."),
        ),
    }[found]  # fmt: skip


def watch(engine: Engine) -> None:
    """Let a server that only reads count as one whose connections are broken: after a failover they must be made anew,
    and the driver files it under errors of its own."""

    @event.listens_for(engine, "handle_error")
    def _seen(context: Any) -> None:
        if getattr(context.original_exception, "sqlstate", None) != "25006":
            return
        context.is_disconnect = True
        # Without the values: they may be somebody's words.
        error = OperationalError(context.statement, None, context.original_exception)
        raise error from context.original_exception


@contextmanager
def in_time() -> Iterator[None]:
    """Let a process that has no connection free for itself count as any trouble of the database's."""
    try:
        yield
    except TimeoutError as error:
        raise OperationalError(None, None, error) from error
