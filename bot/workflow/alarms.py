"""What keeps posts from going out although nobody meant it: said on ``/readyz`` at once, and to people in a notice."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clock import SystemClock
from bot.store import desk as rows
from bot.store import facts, listening, posts, rates
from bot.store.db import Database
from bot.words import say

#: A post that nothing holds back and that is later than this is stuck; and a clock is wrong that is off by more.
LATE, SKEW = timedelta(minutes=5), timedelta(seconds=2)
#: The same is told again after so long, where it goes on and was read.
AGAIN = timedelta(hours=1)
#: What the model's state is kept under, among the facts of accounts: no account has such a name.
_MODEL, _AWAY = "model", "away"
#: The machine's own clock, before it follows another one's.
machine = SystemClock().now


def stuck(conn: Connection, now: datetime) -> tuple[str, datetime] | None:
    """Return an account whose posts should be out and are not, and since when; None where all goes its way."""
    if rows.stopped(conn):
        return None
    return posts.late(conn, now - LATE, rows.all_paused(conn))


def skew(db: Database, conn: Connection) -> timedelta:
    """Return how far this machine's clock is from the database's; nothing where there is only one clock."""
    return timedelta() if db.is_sqlite else abs(machine() - db.now(conn))


def silent(conn: Connection, now: datetime) -> list[str]:
    """Return accounts whose platform did not answer when it was asked last; one that asks to wait has answered."""
    ears = [account for account, ear in listening.all_of(conn).items() if ear.failures]
    found = {account for account in ears if rates.held(conn, account, "read", now) is None}
    return sorted(found | {a for a in posts.tried(conn) if rates.held(conn, a, "post", now) is None})


def model_away(conn: Connection) -> str:
    """Return since when the language model does not answer, or an empty text."""
    return str(facts.of_account(conn, _MODEL).get(_AWAY) or "")


def model(db: Database, now: datetime, why: str) -> None:
    """Note that the language model did not answer, and tell people; or with an empty ``why`` that it did."""
    with db.read() as conn:
        since = model_away(conn)
    if bool(since) == bool(why):
        return
    with db.write() as conn:
        if not why:
            facts.forget(conn, _MODEL, _AWAY)
            return
        facts.keep(conn, _MODEL, _AWAY, f"{now:%Y-%m-%d %H:%M} UTC", now)
        text = say("The language model does not answer: {why}", why=why)
        step = say(
            "Comments are read by words alone meanwhile, and answers wait for people. `signoff doctor` tells more."
        )
        _tell(conn, "model", text, step, now)


def watch(db: Database, conn: Connection, now: datetime, *, who: str) -> None:
    """Tell people of a queue that is stuck and of a clock that is wrong, within a worker's sign of life."""
    found = stuck(conn, now)
    if found is not None:
        account, since = found
        text = say("{account}: a post was due at {time} and is not out, although nothing holds it back.",
                   account=account, time=f"{since:%Y-%m-%d %H:%M} UTC")  # fmt: skip
        _tell(conn, f"queue:{account}", text, say("`signoff doctor`, then `signoff queue`."), now)
    if skew(db, conn) > SKEW:
        where = who.partition(":")[0]
        text = say("The clock of {machine} is wrong; posts go out by the database's.", machine=where)
        _tell(conn, f"clock:{where}", text, say("Set this machine's clock (NTP)."), now)


def _tell(conn: Connection, subject: str, text: str, step: str, now: datetime) -> None:
    last = rows.last_notice(conn, subject)
    if last is None or now - last["at"] > AGAIN:
        rows.notify(conn, now, "", subject, text, step)


def named(accounts: Collection[str]) -> str:
    """Name some accounts, however many there are."""
    return ", ".join(sorted(accounts)[:5]) + (" …" if len(accounts) > 5 else "")
