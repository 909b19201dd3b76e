"""Comments that are hidden from readers on their platform: what is wanted, and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, func, select, text, update

from bot.store import events, facts
from bot.store.comment_tables import comment
from bot.store.tables import event

#: What the column says: it is to be hidden, it is hidden, it is to be shown again; empty for what stands as it came.
HIDE, HIDDEN, SHOW = "hide", "hidden", "show"
_TO_HIDE, _TO_SHOW = "to be hidden there", "to be shown there"
#: Why, in the record, where a rule wants it; its name follows.
BY_RULE = "the rule "
#: The fact of an account that counts calls in a row that failed.
_FAILED = "hiding_failed"
#: Word for word as the index says it.
_WAITS = text("comment.hiding in ('hide','show')")


@dataclass(frozen=True)
class Wish:
    """One comment to hide or to show."""

    id: str
    brand: str
    remote_id: str
    author: str
    hide: bool


def of(conn: Connection, comment_id: str) -> str:
    """Return how a comment stands there: HIDE, HIDDEN, SHOW or empty."""
    return str(conn.execute(select(comment.c.hiding).where(comment.c.id == comment_id)).scalar() or "")


def want(conn: Connection, comment_id: str, at: datetime, who: str, why: str, *, show: bool = False) -> bool:
    """Note that somebody wants a comment hidden there, or shown again; False when it stands so or waits to."""
    was = of(conn, comment_id)
    if show:
        # What was never hidden there is simply let be.
        to = SHOW if was == HIDDEN else "" if was == HIDE else was
    else:
        to = HIDE if was == "" else HIDDEN if was == SHOW else was
    if to == was:
        return False
    conn.execute(update(comment).where(comment.c.id == comment_id, comment.c.hiding == was).values(hiding=to))
    events.record(conn, at, who, f"comment:{comment_id}", "", _TO_SHOW if show else _TO_HIDE, why)
    return True


def waiting(conn: Connection, account: str, limit: int = 25) -> list[Wish]:
    """Return what is to be done for an account, the longest known first."""
    c = comment.c
    query = select(c.id, c.brand, c.remote_id, c.author_handle, c.hiding).where(c.account == account, _WAITS)
    found = conn.execute(query.order_by(c.heard, c.id).limit(limit))
    return [Wish(r.id, r.brand, r.remote_id, r.author_handle, r.hiding == HIDE) for r in found]


def wished_by_rule(conn: Connection, wish: Wish) -> str:
    """Return the name of the rule whose wish to hide a comment this is; empty for a person's."""
    said = [e for e in events.about(conn, f"comment:{wish.id}") if e["now"] in (_TO_HIDE, _TO_SHOW)]
    why = str(said[-1]["why"]) if said else ""
    return why.removeprefix(BY_RULE) if why.startswith(BY_RULE) else ""


def done(conn: Connection, wish: Wish, at: datetime, why: str = "") -> None:
    """Note what was done, or with ``why`` that it cannot be; a wish that changed meanwhile stays."""
    was, to = (HIDE, HIDDEN) if wish.hide else (SHOW, "")
    to = ("" if wish.hide else HIDDEN) if why else to
    where = (comment.c.id == wish.id, comment.c.hiding == was)
    if conn.execute(update(comment).where(*where).values(hiding=to)).rowcount == 1:
        now = "not done there" if why else "hidden there" if wish.hide else "shown there"
        events.record(conn, at, "worker", f"comment:{wish.id}", "", now, why)


def failed(conn: Connection, account: str, at: datetime) -> int:
    """Count one more call in a row that failed for an account; return how many there were."""
    n = int(facts.of_account(conn, account).get(_FAILED) or 0) + 1
    facts.keep(conn, account, _FAILED, n, at)
    return n


def went(conn: Connection, account: str) -> None:
    """Forget the calls that failed: one had an answer."""
    facts.forget(conn, account, _FAILED)


def lately(conn: Connection, brand: str, rule: str, now: datetime) -> int:
    """Return how many comments of a day a rule has had hidden there, by when it wanted so."""
    c, e = comment.c, event.c
    wanted = (e.subject == "comment:" + c.id, e.now == _TO_HIDE, e.at >= now - timedelta(days=1))
    where = (c.brand == brand, c.rule == rule, c.hiding != "", exists().where(*wanted))
    return int(conn.execute(select(func.count()).select_from(comment).where(*where)).scalar_one())
