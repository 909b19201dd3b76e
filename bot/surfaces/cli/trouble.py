"""Errors that are not our own: a sentence for the person, the details into a file."""

from __future__ import annotations

import errno
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.errors import Misconfigured, SignoffError
from bot.words import joined, retold, say


def explain(error: Exception, session: Any) -> tuple[str, int]:
    """Return a sentence and the exit code; what nobody foresaw is written to a log file without its secrets."""
    from memory.base import IngestError, MemoryFault

    if isinstance(error, MemoryFault):
        where = f"{error.file}:{error.line}: " if isinstance(error, IngestError) else ""
        return where + joined(retold(error.message), retold(error.next_step)), Misconfigured.exit_code
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        from bot.store.trouble import no_room

        return str(no_room()), Misconfigured.exit_code
    if (known := _database(error)) is not None:
        return str(known), known.exit_code
    kind = type(error).__name__
    try:
        file = _write(error, session)
    except (OSError, SignoffError):
        return say("Something unexpected happened ({kind}), and the details could not be stored.", kind=kind), 1
    return say("Something unexpected happened ({kind}). The details are in {file}.", kind=kind, file=file), 1


def _database(error: Exception) -> Misconfigured | None:
    if not type(error).__module__.startswith("sqlalchemy."):
        return None
    from sqlalchemy.exc import OperationalError

    from bot.store.trouble import Trouble, first_line, kind, told

    if not isinstance(error, OperationalError):
        return None
    if kind(error) not in (None, Trouble.GONE):
        return told(error)
    # Where it is gone, the driver says which server it tried.
    said = first_line(error)
    step = say("Check SIGNOFF_DATABASE_URL, and that its server runs.")
    if "is full" in said:
        step = say("Make room on that disk, then do it again: nothing of it was stored, and what waits is kept.")
    return Misconfigured(say("The database cannot be used: {why}.", why=_clean(said.rstrip("."), ())), next_step=step)


def _write(error: Exception, session: Any) -> Path:
    settings = session.settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    file: Path = settings.home / "errors.log"
    trace = "".join(traceback.format_exception(error))
    with file.open("a", encoding="utf-8") as log:
        log.write(f"--- {datetime.now(UTC).isoformat(timespec='seconds')}\n{_clean(trace, settings.secrets())}\n")
    return file


def _clean(text: str, secrets: tuple[str, ...]) -> str:
    from bot import logs

    return logs.Redact((*secrets, *logs.secrets())).clean(text)
