"""Small rows around the desk: brands, notices, the kill switch, account pauses, workers, transcripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, Text, bindparam, cast, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.brand import Account, Brand, Rule
from bot.domain.policy import ApprovalPolicy
from bot.errors import Misconfigured, NotFound
from bot.store import queue, rows, rulebooks
from bot.store.events import record
from bot.store.plain import Plain
from bot.store.tables import account_state, brand, notice, rulebook, switch, transcript, worker
from bot.words import say


def put(conn: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert the row with this primary key, or update it: one statement, so that two at once do not collide."""
    new = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(table).values(**key, **values)
    conn.execute(new.on_conflict_do_update(index_elements=list(key), set_=values))


# --- brands ------------------------------------------------------------------------------------------------


def save_brand(conn: Connection, value: Brand, policy: ApprovalPolicy, folder: str, at: datetime) -> None:
    """Store what a brand's folder says, and its rule book as a version of its own. Raises as ``refuse_taken`` does."""
    refuse_taken(conn, value)
    rulebooks.keep(conn, value.id, value.rulebook, at)
    body = {"brand": rows.brand_body(value)[0], "policy": rows.policy_body(policy),
            "replies": rows.replies_body(policy.replies)}  # fmt: skip
    columns = {"folder": folder, "rulebook": value.rulebook.version, "body": body, "learned": at}
    put(conn, brand, {"id": value.id}, columns)


def refuse_taken(conn: Connection, value: Brand) -> None:
    """Raise Misconfigured when another brand in this database has an account of the same name as one of this brand.

    Credentials, leases and pauses go by that name.
    """
    for account in value.accounts:
        owner = account_of(conn, account.key)
        if owner is not None and owner[0] != value.id:
            raise Misconfigured(
                say("{account} already belongs to the brand {brand} here.", account=account.key, brand=owner[0]),
                next_step=say(
                    "Give it another name in brand.yaml, such as {name}.",
                    name=f"{account.platform}:{value.id}-{account.name}",
                ),
            )


_texts = cast(brand.c.body, Text).label("body"), cast(rulebook.c.rules, Text).label("rules")
_its = (rulebook.c.brand == brand.c.id) & (rulebook.c.version == brand.c.rulebook)
#: Asked for every post that goes out: to build a statement costs as much as to run it.
_BRANDS = select(brand.c.id, brand.c.folder, brand.c.chat_people, *_texts).join(rulebook, _its).order_by(brand.c.id)
_BRAND = Plain(_BRANDS.where(brand.c.id == bindparam("id")))


def load_brand(conn: Connection, brand_id: str | None = None) -> tuple[Brand, ApprovalPolicy, str]:
    """Return a brand, its policy, and its folder; without an id, the only brand there is."""
    found = conn.execute(_BRANDS).all() if brand_id is None else _BRAND.rows(conn, {"id": brand_id})
    if not found:
        named = say("There is no brand {brand} here.", brand=brand_id)
        raise NotFound(
            named if brand_id else say("No brand has been learned yet."),
            next_step=say("`signoff init my-brand` writes a folder to edit; `signoff learn my-brand` reads it."),
        )
    if len(found) > 1:
        names = ", ".join(r[0] for r in found)
        raise Misconfigured(
            say("There are several brands: {names}.", names=names), next_step=say("Say which one with --brand.")
        )
    _, folder, chat_people, body, rules = found[0]
    return *_read_brand(body, rules, chat_people), folder


@lru_cache(maxsize=1024)
def _read_brand(body: str, rules: str, chat_people: str) -> tuple[Brand, ApprovalPolicy]:
    """Read a brand from the very text that is stored: while that is the same, so is the Brand.

    Its people are those of its folder, and those who have a role by a group of a chat; the folder wins.
    """
    stored = json.loads(body)
    found, known = stored["brand"], {p["id"] for p in stored["brand"]["people"]}
    found["people"] += [p for p in json.loads(chat_people) if p["id"] not in known]
    policy = replace(rows.policy(stored["policy"]), replies=rows.replies(stored.get("replies")))
    return rows.brand(found, json.loads(rules)), policy


def brands(conn: Connection) -> list[str]:
    """Return the ids of all brands that were learned."""
    return list(conn.execute(select(brand.c.id).order_by(brand.c.id)).scalars())


def account_of(conn: Connection, key: str) -> tuple[str, Account] | None:
    """Return the brand that has the account ``platform:name``, and the account; a home has each name once."""
    home = _homes.get(key)
    known = _BODY.rows(conn, {"id": home}) if home else []
    for brand_id, body in known or _BODIES.rows(conn):
        if found := _accounts_in(body).get(key):
            _homes[key] = brand_id
            return brand_id, found
    # Not where it was last: it may have gone to another brand.
    return account_of(conn, key) if home and _homes.pop(key, home) else None


#: In which brand an account was found last. That one is looked at first, and read anew each time.
_homes: dict[str, str] = {}
_BODIES = Plain(select(brand.c.id, _texts[0]).order_by(brand.c.id))
_BODY = Plain(select(brand.c.id, _texts[0]).where(brand.c.id == bindparam("id")))


@lru_cache(maxsize=1024)
def _accounts_in(body: str) -> dict[str, Account]:
    """Read a brand's accounts from the very text that is stored."""
    found = [Account(**account) for account in json.loads(body)["brand"]["accounts"]]
    return {account.key: account for account in reversed(found)}


def rules_of_folder(conn: Connection, folder: str) -> tuple[Rule, ...]:
    """Return the rules last learned from a folder; none for a new one."""
    found = rulebooks.of_folder(conn, folder)
    return rulebooks.get(conn, *found).rules if found else ()


# --- kill switch -------------------------------------------------------------------------------------------

_STOP = "stop"
#: Stands while the database is being moved to another one, and ever after.
MOVED = "moved"
_SWITCHES = Plain(select(switch.c.name, switch.c.value, switch.c.who, switch.c.why))
_ALL_PAUSED = Plain(select(account_state.c.account).where(account_state.c.paused != ""))
_PAUSED = select(account_state.c.paused).where(account_state.c.account == bindparam("account"))


def stopped(conn: Connection) -> str:
    """Return why everything is stopped, or an empty text while it runs."""
    found = _SWITCHES.rows(conn)
    return why_stopped({name: {"value": value, "who": who, "why": why} for name, value, who, why in found})


def why_stopped(found: Mapping[str, Mapping[Any, Any]]) -> str:
    """Return the same from every switch by its name."""
    if MOVED in found:
        return say("this database was moved to {name}", name=found[MOVED]["why"])
    row = found.get(_STOP)
    if row is None or row["value"] != "on":
        return ""
    said = say("stopped by {who}", who=row["who"])
    return said + (f": {row['why']}" if row["why"] else "")


def set_stop(conn: Connection, on: bool, *, who: str, why: str, at: datetime) -> bool:
    """Turn the kill switch on or off; False when it already stood so. A move in progress takes it along."""
    stands = conn.execute(select(switch.c.value).where(switch.c.name == _STOP)).scalar_one_or_none()
    was, now = ("on" if stands == "on" else "off"), ("on" if on else "off")
    if was == now:
        return False
    put(conn, switch, {"name": _STOP}, {"value": now, "who": who, "why": why, "at": at})
    record(conn, at, who, "switch", was, now, why)
    queue.wake(conn)
    return True


# --- accounts ----------------------------------------------------------------------------------------------


def paused(conn: Connection, account: str) -> str:
    """Return why an account is paused, or an empty text."""
    found = conn.execute(_PAUSED, {"account": account}).scalar_one_or_none()
    return found or ""


def pause(conn: Connection, account: str, why: str, *, who: str, at: datetime) -> bool:
    """Pause an account (or, with an empty reason, let it go on); False when nothing changed."""
    was = paused(conn, account)
    if bool(was) == bool(why):
        return False
    put(conn, account_state, {"account": account}, {"paused": why, "paused_at": at if why else None})
    record(conn, at, who, f"account:{account}", "paused" if was else "on", "paused" if why else "on", why)
    queue.wake(conn)
    return True


def all_paused(conn: Connection) -> set[str]:
    """Return the accounts that are paused."""
    return {account for (account,) in _ALL_PAUSED.rows(conn)}


def lock_account(conn: Connection, account: str) -> None:
    """Let nobody else choose a slot of an account until this transaction ends."""
    new = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(account_state)
    conn.execute(new.values(account=account, paused="").on_conflict_do_nothing())
    conn.execute(select(account_state.c.account).where(account_state.c.account == account).with_for_update())


def set_next_send(conn: Connection, account: str, at: datetime) -> None:
    """Keep late posts of an account back until ``at``."""
    values = {"next_send": at, "paused": ""}
    new = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(account_state)
    new = new.values(account=account, **values)
    conn.execute(new.on_conflict_do_update(index_elements=["account"], set_={"next_send": at}))


# --- notices -----------------------------------------------------------------------------------------------


def notify(
    conn: Connection, at: datetime, brand_id: str, subject: str, text: str, next_step: str, level: str = "warn"
) -> None:
    """Leave a message for the brand's people, unless the same one still waits unread."""
    same = select(notice.c.id).where(notice.c.subject == subject, notice.c.text == text, notice.c.seen.is_(None))
    if conn.execute(same).first() is None:
        values = {"brand": brand_id, "subject": subject, "level": level, "text": text, "next_step": next_step}
        conn.execute(insert(notice).values(at=at, **values))


_TOLD = ("at", "brand", "subject", "text", "next_step", "level")
_NOTICES = Plain(insert(notice).inline(), *_TOLD)


def notify_all(conn: Connection, lines: Sequence[tuple[datetime, str, str, str, str, str]]) -> None:
    """Leave messages that cannot be there yet, each as (at, brand, subject, text, next step, level)."""
    if lines:
        _NOTICES.run(conn, [dict(zip(_TOLD, line, strict=True)) for line in lines])


def notices(
    conn: Connection, *, brand: str | None = None, unseen: bool = True, limit: int = 50
) -> list[dict[str, Any]]:
    """Return messages, newest first: of one brand and of the whole house, or with no brand named, all."""
    query = select(notice).order_by(notice.c.id.desc()).limit(limit)
    if brand:
        query = query.where(notice.c.brand.in_([brand, ""]))
    if unseen:
        query = query.where(notice.c.seen.is_(None))
    return [dict(r) for r in conn.execute(query).mappings()]


def last_notice(conn: Connection, subject: str) -> dict[str, Any] | None:
    """Return the newest message about something that warns, read or not."""
    query = select(notice).where(notice.c.subject == subject, notice.c.level != "info")
    row = conn.execute(query.order_by(notice.c.id.desc()).limit(1)).mappings().first()
    return dict(row) if row else None


def seen(conn: Connection, ids: list[int], at: datetime) -> None:
    """Mark messages as read."""
    conn.execute(update(notice).where(notice.c.id.in_(ids), notice.c.seen.is_(None)).values(seen=at))


# --- workers, transcripts ----------------------------------------------------------------------------------


def beat(conn: Connection, worker_id: str, at: datetime, *, stopped: bool = False) -> None:
    """Write a worker's sign of life."""
    values = {"seen": at, "stopped": at if stopped else None}
    if conn.execute(update(worker).where(worker.c.id == worker_id).values(**values)).rowcount == 0:
        conn.execute(insert(worker).values(id=worker_id, started=at, **values))


def workers(conn: Connection) -> list[dict[str, Any]]:
    """Return every worker that has not stopped in order, latest sign of life first."""
    query = select(worker).where(worker.c.stopped.is_(None)).order_by(worker.c.seen.desc())
    return [dict(r) for r in conn.execute(query).mappings()]


def end_worker(conn: Connection, worker_id: str, at: datetime) -> bool:
    """Mark a worker as ended that did not do so itself; False when somebody already did."""
    where = (worker.c.id == worker_id, worker.c.stopped.is_(None))
    return conn.execute(update(worker).where(*where).values(stopped=at)).rowcount == 1


def save_transcript(conn: Connection, **columns: Any) -> None:
    """Store the record of one agent run, or replace it when the run went on."""
    put(conn, transcript, {"id": columns.pop("id")}, columns)


def get_transcript(conn: Connection, run_id: str) -> dict[str, Any] | None:
    """Return the record of one agent run, or None."""
    row = conn.execute(select(transcript).where(transcript.c.id == run_id)).mappings().one_or_none()
    return dict(row) if row else None


def spent(conn: Connection) -> tuple[int, int, float]:
    """Return what all agent runs together took: tokens read and written, and US dollars."""
    columns = transcript.c.tokens_in, transcript.c.tokens_out, transcript.c.usd
    found = conn.execute(select(*columns)).all()
    return sum(r[0] for r in found), sum(r[1] for r in found), sum(float(r[2]) for r in found)


def counts(conn: Connection) -> dict[str, int]:
    """Return how many parts stand in each state, for ``doctor``."""
    from bot.store.tables import post_part

    query = select(post_part.c.state, func.count()).group_by(post_part.c.state)
    return {str(state): int(n) for state, n in conn.execute(query)}
