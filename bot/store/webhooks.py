"""Webhooks and what is sent to them: each event once a webhook, kept until it is taken or its day is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.store.api_tables import webhook, webhook_delivery

#: How long it is remembered what was taken, or given up.
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Webhook:
    """An address that is told what happens."""

    id: str
    brand: str
    url: str
    events: list[str]
    created: datetime
    created_by: str
    #: The last line of the record that was looked at for it.
    after: int
    #: Why nothing is sent to it any more.
    off: str = ""


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one webhook."""

    webhook: str
    event: int
    type: str
    body: str
    state: str
    created: datetime
    next: datetime
    attempts: int = 0
    last: datetime | None = None
    status: int | None = None
    why: str = ""


def add(conn: Connection, value: Webhook) -> None:
    """Keep a webhook."""
    conn.execute(insert(webhook).values(**vars(value)))


def every(conn: Connection, brand: str = "") -> list[Webhook]:
    """Return webhooks, those of one brand or all, oldest first."""
    query = select(webhook).order_by(webhook.c.created, webhook.c.id)
    if brand:
        query = query.where(webhook.c.brand == brand)
    return [Webhook(**row) for row in conn.execute(query).mappings()]


def remove(conn: Connection, webhook_id: str) -> None:
    """Let a webhook go, with what was to be sent to it."""
    conn.execute(delete(webhook_delivery).where(webhook_delivery.c.webhook == webhook_id))
    conn.execute(delete(webhook).where(webhook.c.id == webhook_id))


def turn_off(conn: Connection, webhook_id: str, why: str) -> None:
    """Send nothing more to a webhook; with an empty reason, go on."""
    conn.execute(update(webhook).where(webhook.c.id == webhook_id).values(off=why))


def advance(conn: Connection, webhook_id: str, was: int, now: int) -> bool:
    """Note how far the record was looked at; False when another worker was quicker."""
    where = (webhook.c.id == webhook_id, webhook.c.after == was)
    return conn.execute(update(webhook).where(*where).values(after=now)).rowcount == 1


def enqueue(conn: Connection, values: Iterable[Delivery]) -> int:
    """Keep events to be sent, those that are not kept already; return how many are new."""
    given = list(values)
    if not given:
        return 0
    c = webhook_delivery.c
    where = (c.webhook == given[0].webhook, c.event.in_([v.event for v in given]))
    known = set(conn.execute(select(c.event).where(*where)).scalars())
    new = [vars(v) for v in given if v.event not in known]
    if new:
        conn.execute(insert(webhook_delivery), new)
    return len(new)


def claim(conn: Connection, webhook_id: str, now: datetime, until: datetime) -> Delivery | None:
    """Take the oldest delivery that is due; nobody else takes it before ``until``."""
    c = webhook_delivery.c
    where = (c.webhook == webhook_id, c.state == "waiting", c.next <= now)
    row = conn.execute(select(webhook_delivery).where(*where).order_by(c.next, c.event).limit(1)).mappings().first()
    if row is None:
        return None
    mine = (c.webhook == webhook_id, c.event == row["event"], c.state == "waiting", c.next == row["next"])
    if conn.execute(update(webhook_delivery).where(*mine).values(next=until)).rowcount != 1:
        return None
    return Delivery(**{**row, "next": until})


def settle(conn: Connection, one: Delivery, state: str, at: datetime, after: datetime, status: int | None, why: str,
           ) -> bool:  # fmt: skip
    """Keep what came of an attempt; False where somebody else took the delivery over meanwhile."""
    c = webhook_delivery.c
    mine = (c.webhook == one.webhook, c.event == one.event, c.state == "waiting", c.next == one.next)
    values = {"state": state, "last": at, "next": after, "status": status, "why": why[:300],
              "attempts": one.attempts + 1}  # fmt: skip
    return conn.execute(update(webhook_delivery).where(*mine).values(**values)).rowcount == 1


def again(conn: Connection, webhook_id: str, now: datetime, *, after: int | None = None) -> int:
    """Let deliveries be sent once more: those that were given up, or all behind a line of the record."""
    c = webhook_delivery.c
    which = c.state == "failed" if after is None else c.event > after
    # ``created`` anew: a day is counted from here.
    values: dict[str, Any] = {"state": "waiting", "next": now, "created": now, "attempts": 0, "why": ""}
    return conn.execute(update(webhook_delivery).where(c.webhook == webhook_id, which).values(**values)).rowcount


def tidy(conn: Connection, now: datetime) -> None:
    """Let go of what was settled long ago."""
    c = webhook_delivery.c
    conn.execute(delete(webhook_delivery).where(c.state != "waiting", c.last < now - KEPT))


def deliveries(conn: Connection, webhook_id: str, limit: int = 50) -> list[Delivery]:
    """Return what was sent or is to be sent, the newest first."""
    c = webhook_delivery.c
    query = select(webhook_delivery).where(c.webhook == webhook_id).order_by(c.event.desc()).limit(limit)
    return [Delivery(**row) for row in conn.execute(query).mappings()]


def counts(conn: Connection, webhook_id: str) -> dict[str, int]:
    """Return how many deliveries stand how."""
    c = webhook_delivery.c
    query = select(c.state, func.count()).where(c.webhook == webhook_id).group_by(c.state)
    return {str(row[0]): int(row[1]) for row in conn.execute(query)}
