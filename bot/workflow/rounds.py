"""A round of accounts: each in turn, under a lease of its own, a few goes at a time; one that fails stops no other."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from bot.store import leases
from bot.workflow import turn
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Round:
    """What is done at each account."""

    #: Begins the leases' names.
    name: str
    #: Do one go; return what was done, and whether there is more to do now.
    go: Callable[[Desk, str], tuple[Counter[str], bool]]
    #: Note what failed; return for how many seconds the account is left alone, 0 where that is noted already.
    failed: Callable[[Desk, str, Exception], float]
    #: Goes that an account gets at a time, and the seconds that one may take.
    goes: int
    seconds: float = 150.0


def walk(desk: Desk, accounts: Sequence[str], its: Round, stopping: Callable[[], bool]) -> Counter[str]:
    """Visit accounts; return what was done, with ``failed`` for each account that failed. Never raises."""
    done: Counter[str] = Counter()
    for account in accounts:
        if stopping():
            break
        try:
            done += _visit(desk, account, its, stopping)
        except OperationalError:
            log.warning("%s of %s could not be stored; it is read again", its.name, account)
    return done


def _visit(desk: Desk, account: str, its: Round, stopping: Callable[[], bool]) -> Counter[str]:
    done: Counter[str] = Counter()
    name, owner, pause = f"{its.name}:{account}", turn.worker_id(), 0.0
    fence = leases.take(desk.db, name, owner, its.seconds, gone=turn.gone)
    if fence is None:
        return done
    try:
        for _ in range(its.goes):
            did, more = its.go(desk, account)
            done += did
            if not more or stopping() or leases.take(desk.db, name, owner, its.seconds) != fence:
                break
    except OperationalError:
        raise
    except Exception as error:
        # Also what an adapter did not foresee: an account that cannot be read must not silence the others.
        pause = its.failed(desk, account, error)
        done["failed"] += 1
    finally:
        leases.release(desk.db, name, owner, fence)
    if pause:
        # Held by nobody who lives on or dies: it runs out by itself.
        leases.take(desk.db, name, desk.clock.new_id("pause"), pause)
    return done
