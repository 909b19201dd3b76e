"""Webhooks: what happened is told to addresses that a person named, signed, until they take it or a day is over.

An event is sent again, with the same ``webhook-id``, whenever it is not known that it was taken: also after a crash
between the answer and its being written down. Whoever receives it drops what it knows by that id. A restored database
numbers its events anew from the backup on, so that they carry the moment of the restore as well.
Signed as https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md says (2026-11-22).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.errors import SignoffError
from bot.store import desk as rows
from bot.store import happenings, moved, restored, webhooks
from bot.store.happenings import Happening
from bot.store.webhooks import Delivery, Webhook
from bot.words import say, speaking
from bot.workflow.desk import Desk

#: Send (url, headers, body); return the HTTP status. Raises SignoffError where there was no answer.
Send = Callable[[str, dict[str, str], bytes], int]
#: Return the secret of a webhook, by its id.
Secret = Callable[[str], str | None]
#: Seconds until the next attempt, the last one over and over; and how long an event is tried.
DELAYS = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
DAY = timedelta(hours=24)
#: How long an attempt may take before another worker makes it anew; attempts for one webhook in one go.
HOLD, AT_ONCE = timedelta(seconds=60), 50
GONE = 410


def signature(secret: str, message: str, at: int, body: bytes) -> str:
    """Return the value of ``webhook-signature``: HMAC-SHA256 over id, timestamp and body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


@speaking("en")
def deliver(desk: Desk, secret: Secret, send: Send, stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Put new events on their way, and send what is due; return how many ended how."""
    done: Counter[str] = Counter()
    with desk.db.read() as conn:
        known = [] if moved.marked(conn) else [one for one in webhooks.every(conn) if not one.off]
    for one in known:
        _collect(desk, one)
        for _ in range(AT_ONCE):
            with desk.db.write() as conn:
                now = desk.clock.now()
                taken = webhooks.claim(conn, one.id, now, now + HOLD) if not stopping() else None
            if taken is None:
                break
            state = _attempt(desk, one, taken, secret, send)
            done[state] += 1
            # An address that does not answer is not asked for every event that waits.
            if state != "done":
                break
    return done


def _collect(desk: Desk, one: Webhook) -> None:
    with desk.db.read() as conn:
        brand, _ = desk.brand(conn, one.brand)
        found, last = happenings.since(conn, brand, one.after, 500, types=one.events)
    if last == one.after:
        return
    with desk.db.write() as conn:
        now = desk.clock.now()
        if webhooks.advance(conn, one.id, one.after, last):
            webhooks.enqueue(conn, (made(one, brand, h, now) for h in found))
            webhooks.tidy(conn, now)


def made(one: Webhook, brand: Brand, what: Happening, now: datetime) -> Delivery:
    """Return an event as it is sent to a webhook."""
    data = {name: value for name, value in vars(what).items() if value not in ("", None) and name not in ("type", "at")}
    body = {"type": what.type, "timestamp": what.at.isoformat(), "data": {"brand": brand.id, **data}}
    return Delivery(one.id, what.id, what.type, json.dumps(body), "waiting", now, now)


def _attempt(desk: Desk, one: Webhook, taken: Delivery, secret: Secret, send: Send) -> str:
    message, at, body = _named(desk, taken), int(desk.clock.now().timestamp()), taken.body.encode()
    status, why = None, ""
    try:
        key = secret(one.id)
        if key is None:
            raise SignoffError(say("Its secret is gone."))
        headers = {"webhook-id": message, "webhook-timestamp": str(at),
                   "webhook-signature": signature(key, message, at, body)}  # fmt: skip
        status = send(one.url, headers, body)
    except SignoffError as error:
        why = error.message
    with desk.db.write() as conn:
        now = desk.clock.now()
        state, after = "waiting", now + timedelta(seconds=DELAYS[min(taken.attempts, len(DELAYS) - 1)])
        if status is not None and 200 <= status < 300:
            state, after = "done", now
        elif status == GONE or now - taken.created >= DAY:
            state, after = "failed", now
        if webhooks.settle(conn, taken, state, now, after, status, why) and state == "failed":
            _tell(conn, one, status, now)
    return state if state != "waiting" else "again"


def _named(desk: Desk, taken: Delivery) -> str:
    with desk.db.read() as conn:
        since = restored.before(conn, taken.event)
    return f"{taken.webhook}-{taken.event}" + (f"-{since:%Y%m%dT%H%M%S}" if since else "")


def _tell(conn: Connection, one: Webhook, status: int | None, now: datetime) -> None:
    said = say("A webhook did not take an event for a day.")
    if status == GONE:
        said = say("A webhook says that it is gone; nothing more is sent there.")
        webhooks.turn_off(conn, one.id, said)
    step = say("Look with `signoff webhook list`; `signoff webhook replay {id}` sends it again.", id=one.id)
    rows.notify(conn, now, one.brand, f"webhook:{one.id}", said, step)
