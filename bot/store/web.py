"""Sessions, one-time links, passwords and feeds of the web desk. Tokens come in as they are and are kept as digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.desk import put
from bot.store.web_tables import web_feed, web_link, web_password, web_session


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in on one device."""

    #: SHA-256 of the token, in hex.
    token: str
    brand: str
    person: str
    created: datetime
    seen: datetime
    expires: datetime
    user_agent: str


def digest(token: str) -> str:
    """Return the SHA-256 of a token, in hex: tokens are random, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# --- links ------------------------------------------------------------------------------------------------------


def add_link(conn: Connection, token: str, brand: str, person: str, expires: datetime, now: datetime) -> None:
    """Keep a one-time link, and let go of those that ran out."""
    conn.execute(delete(web_link).where(web_link.c.expires < now))
    row = {"token": digest(token), "brand": brand, "person": person, "expires": expires, "used": None}
    conn.execute(insert(web_link).values(**row))


def link_of(conn: Connection, token: str, now: datetime) -> tuple[str, str] | None:
    """Return (brand, person) of a link that may still be used, or None."""
    c = web_link.c
    where = (c.token == digest(token), c.used.is_(None), c.expires > now)
    row = conn.execute(select(c.brand, c.person).where(*where)).first()
    return (row.brand, row.person) if row else None


def use_link(conn: Connection, token: str, now: datetime) -> tuple[str, str] | None:
    """Use a link up; of two who try, one gets (brand, person) and the other None."""
    found = link_of(conn, token, now)
    where = (web_link.c.token == digest(token), web_link.c.used.is_(None), web_link.c.expires > now)
    if found is None or conn.execute(update(web_link).where(*where).values(used=now)).rowcount != 1:
        return None
    return found


def once(conn: Connection, token: str, brand: str, until: datetime, now: datetime) -> bool:
    """Use a token up that was never stored; False where somebody did before. It is remembered ``until`` then."""
    conn.execute(delete(web_link).where(web_link.c.expires < now))
    row = {"token": digest(token), "brand": brand, "person": "", "expires": until, "used": now}
    new = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(web_link).values(**row)
    return conn.execute(new.on_conflict_do_nothing(index_elements=["token"])).rowcount == 1


# --- sessions ---------------------------------------------------------------------------------------------------


def add_session(conn: Connection, token: str, brand: str, person: str, user_agent: str, at: datetime,
                expires: datetime) -> None:  # fmt: skip
    """Sign somebody in."""
    conn.execute(insert(web_session).values(
        token=digest(token), brand=brand, person=person, created=at, seen=at, expires=expires,
        user_agent=user_agent[:200],
    ))  # fmt: skip


def session(conn: Connection, token: str, now: datetime, idle_since: datetime) -> Session | None:
    """Return the session of a token while it counts: not past its end, and used since ``idle_since``."""
    c = web_session.c
    where = (c.token == digest(token), c.expires > now, c.seen > idle_since)
    row = conn.execute(select(web_session).where(*where)).mappings().first()
    return Session(**row) if row else None


def sessions(conn: Connection, brand: str, person: str, now: datetime) -> list[Session]:
    """Return where a person is signed in, the newest first."""
    c = web_session.c
    query = select(web_session).where(c.brand == brand, c.person == person, c.expires > now)
    return [Session(**row) for row in conn.execute(query.order_by(c.created.desc())).mappings()]


def everybody(conn: Connection, brand: str, now: datetime, idle_since: datetime) -> dict[str, list[Session]]:
    """Return where each person of a brand is signed in, the newest first, while that counts."""
    c = web_session.c
    query = select(web_session).where(c.brand == brand, c.expires > now, c.seen > idle_since)
    found: dict[str, list[Session]] = {}
    for row in conn.execute(query.order_by(c.created.desc())).mappings():
        found.setdefault(row["person"], []).append(Session(**row))
    return found


def saw(conn: Connection, token_hash: str, at: datetime) -> None:
    """Note that a session was used."""
    conn.execute(update(web_session).where(web_session.c.token == token_hash).values(seen=at))


def sign_out(conn: Connection, token_hash: str) -> None:
    """End one session."""
    conn.execute(delete(web_session).where(web_session.c.token == token_hash))


def sign_out_everywhere(conn: Connection, brand: str, person: str) -> int:
    """End every session of a person and take back links not yet used; return how many sessions ended."""
    c = web_link.c
    conn.execute(delete(web_link).where(c.brand == brand, c.person == person, c.used.is_(None)))
    where = (web_session.c.brand == brand, web_session.c.person == person)
    return int(conn.execute(delete(web_session).where(*where)).rowcount)


def tidy(conn: Connection, now: datetime, idle_since: datetime) -> None:
    """Let go of sessions that are over."""
    c = web_session.c
    conn.execute(delete(web_session).where(or_(c.expires < now, c.seen < idle_since)))


# --- passwords and feeds ----------------------------------------------------------------------------------------


def password(conn: Connection, brand: str, person: str) -> str:
    """Return the hash of a person's password, or an empty text."""
    c = web_password.c
    return conn.execute(select(c.hash).where(c.brand == brand, c.person == person)).scalar_one_or_none() or ""


def any_password(conn: Connection, brand: str) -> bool:
    """Say whether anybody of a brand signs in by password."""
    query = select(web_password.c.person).where(web_password.c.brand == brand).limit(1)
    return conn.execute(query).first() is not None


def with_password(conn: Connection, brand: str) -> frozenset[str]:
    """Return the people of a brand who have a password."""
    return frozenset(conn.execute(select(web_password.c.person).where(web_password.c.brand == brand)).scalars())


def set_password(conn: Connection, brand: str, person: str, made: str, at: datetime) -> None:
    """Keep a password's hash; an empty one takes the password away."""
    if made:
        put(conn, web_password, {"brand": brand, "person": person}, {"hash": made, "at": at})
    else:
        c = web_password.c
        conn.execute(delete(web_password).where(c.brand == brand, c.person == person))


def set_feed(conn: Connection, brand: str, person: str, token: str, at: datetime) -> None:
    """Give a person a new secret address for the calendar; the one before leads nowhere then."""
    put(conn, web_feed, {"brand": brand, "person": person}, {"token": digest(token), "at": at})


def feed_of(conn: Connection, token: str) -> tuple[str, str] | None:
    """Return (brand, person) of a calendar address, or None."""
    c = web_feed.c
    row = conn.execute(select(c.brand, c.person).where(c.token == digest(token))).first()
    return (row.brand, row.person) if row else None
