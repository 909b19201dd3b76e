"""Count moods by the hour, where comments were read or changed: so that pages add up hours and no comments."""

from __future__ import annotations

from collections.abc import Callable

from bot.store import mood
from bot.workflow.desk import Desk


def count(desk: Desk, stopping: Callable[[], bool] = lambda: False, most: int = 50) -> int:
    """Count stale hours anew, in ``most`` short transactions at most; return how many hours."""
    done = 0
    for _ in range(most):
        with desk.db.read() as conn:
            if not mood.any_stale(conn):
                break
        if stopping():
            break
        with desk.db.write() as conn:
            done += mood.refresh(conn)
    return done
