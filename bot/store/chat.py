"""Who is who in Slack, what they set for themselves, and which messages of ours show what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.brand import Role
from bot.store.chat_tables import chat_group, chat_person, chat_setting, conversation, slack_cursor, slack_message
from bot.store.desk import put
from bot.store.tables import brand as brands

# --- messages of ours -----------------------------------------------------------------------------------------


def remember(
    conn: Connection, team: str, channel: str, ts: str, subject: str, *, at: datetime, kind: str = "", version: int = 0
) -> None:
    """Remember which message shows what (``draft:ID``, ``notice:N``), or that it shows something else now."""
    key = {"team": team, "channel": channel, "ts": ts}
    put(conn, slack_message, key, {"subject": subject, "kind": kind, "version": version, "at": at})


def claim(
    conn: Connection, team: str, channel: str, ts: str, subject: str, *, at: datetime, kind: str = "", version: int = 0
) -> bool:
    """As ``remember``, for the first who does so: False when the key is taken."""
    new = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(slack_message)
    values = {"team": team, "channel": channel, "ts": ts, "subject": subject, "kind": kind, "version": version}
    # Not the count of rows: PostgreSQL's driver does not tell it of an insert.
    done = new.values(**values, at=at).on_conflict_do_nothing().returning(slack_message.c.ts)
    return conn.execute(done).first() is not None


def messages(conn: Connection, subject: str, *, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the messages that show ``subject``, oldest first."""
    query = select(slack_message).where(slack_message.c.subject == subject)
    if kind is not None:
        query = query.where(slack_message.c.kind == kind)
    return [dict(r) for r in conn.execute(query.order_by(slack_message.c.at, slack_message.c.ts)).mappings()]


def message(conn: Connection, team: str, channel: str, ts: str) -> dict[str, Any] | None:
    """Return what one message shows, or None when it is none of ours."""
    c = slack_message.c
    row = conn.execute(select(slack_message).where(c.team == team, c.channel == channel, c.ts == ts)).mappings().first()
    return dict(row) if row else None


def shows(conn: Connection, team: str, channel: str, ts: str, *, version: int, at: datetime, kind: str = "") -> None:
    """Say which version a message shows now."""
    c = slack_message.c
    values: dict[str, Any] = {"version": version, "at": at, **({"kind": kind} if kind else {})}
    conn.execute(update(slack_message).where(c.team == team, c.channel == channel, c.ts == ts).values(**values))


def forget_message(conn: Connection, team: str, channel: str, ts: str) -> None:
    """Forget a message that is no more."""
    c = slack_message.c
    conn.execute(delete(slack_message).where(c.team == team, c.channel == channel, c.ts == ts))


# --- people ---------------------------------------------------------------------------------------------------


def who(conn: Connection, team: str, user: str, brand: str) -> dict[str, Any] | None:
    """Return who somebody in Slack is for a brand, or None."""
    c = chat_person.c
    found = conn.execute(select(chat_person).where(c.team == team, c.user == user, c.brand == brand)).mappings().first()
    return dict(found) if found else None


def brands_of(conn: Connection, team: str, user: str) -> list[str]:
    """Return the brands that somebody in Slack is known to."""
    query = select(chat_person.c.brand).where(chat_person.c.team == team, chat_person.c.user == user)
    return list(conn.execute(query.order_by(chat_person.c.brand)).scalars())


def people(conn: Connection, brand: str) -> list[dict[str, Any]]:
    """Return everybody in Slack who is known to a brand."""
    c = chat_person.c
    query = select(chat_person).where(c.brand == brand).order_by(c.person, c.team, c.user)
    return [dict(r) for r in conn.execute(query).mappings()]


def link(conn: Connection, team: str, user: str, brand_id: str, person: str, name: str = "") -> None:
    """Say that somebody in Slack is this person of brand.yaml; a role by group falls away."""
    values = {"person": person, "name": name, "roles": [], "source": "link"}
    put(conn, chat_person, {"team": team, "user": user, "brand": brand_id}, values)
    _tell_brand(conn, brand_id)


def unlink(conn: Connection, team: str, user: str, brand_id: str) -> bool:
    """Forget who somebody in Slack is; False when nobody was known by that id."""
    c = chat_person.c
    done = conn.execute(delete(chat_person).where(c.team == team, c.user == user, c.brand == brand_id))
    _tell_brand(conn, brand_id)
    return done.rowcount == 1


def from_groups(conn: Connection, team: str, brand: str, members: Mapping[str, tuple[str, Sequence[Role]]]) -> None:
    """Replace who has roles by groups: user -> (name, roles). Those who are linked stay what they are."""
    c = chat_person.c
    conn.execute(delete(chat_person).where(c.team == team, c.brand == brand, c.source == "group"))
    linked = set(conn.execute(select(c.user).where(c.team == team, c.brand == brand)).scalars())
    for user, (name, roles) in sorted(members.items()):
        if user not in linked and roles:
            key = {"team": team, "user": user, "brand": brand, "person": group_person(team, user), "name": name[:120]}
            conn.execute(insert(chat_person).values(**key, roles=sorted(roles), source="group"))
    _tell_brand(conn, brand)


def _tell_brand(conn: Connection, brand_id: str) -> None:
    """Keep the people by groups beside the brand: it is read for every post that goes out, in one statement."""
    rows = [p for p in people(conn, brand_id) if p["source"] == "group"]
    body = [{"id": p["person"], "name": p["name"] or p["person"], "roles": p["roles"]} for p in rows]
    conn.execute(update(brands).where(brands.c.id == brand_id).values(chat_people=json.dumps(body, ensure_ascii=False)))


def group_person(team: str, user: str) -> str:
    """Return the id that somebody goes by who is known by a group alone; no id of brand.yaml looks like it."""
    return f"slack:{team}/{user}"


def groups(conn: Connection, brand: str) -> list[dict[str, Any]]:
    """Return which user group gives which role."""
    query = select(chat_group).where(chat_group.c.brand == brand).order_by(chat_group.c.team, chat_group.c.group)
    return [dict(r) for r in conn.execute(query).mappings()]


def set_group(conn: Connection, team: str, group: str, brand: str, role: Role | None) -> None:
    """Let a user group give a role, or none any more."""
    c = chat_group.c
    conn.execute(delete(chat_group).where(c.team == team, c.group == group, c.brand == brand))
    if role is not None:
        conn.execute(insert(chat_group).values(team=team, group=group, brand=brand, role=role.value))


# --- what people set for themselves ---------------------------------------------------------------------------


def setting(conn: Connection, team: str, user: str) -> dict[str, Any]:
    """Return what somebody set: language, zone, notices, quiet hours, digest; nothing where they set nothing."""
    c = chat_setting.c
    found = conn.execute(select(c.body).where(c.team == team, c.user == user)).scalar_one_or_none()
    return dict(found or {})


def set_setting(conn: Connection, team: str, user: str, **values: Any) -> dict[str, Any]:
    """Change some of what somebody set; None takes a value away. Return all of it."""
    body = {**setting(conn, team, user), **values}
    body = {name: value for name, value in body.items() if value is not None}
    put(conn, chat_setting, {"team": team, "user": user}, {"body": body})
    return body


# --- cursors and conversations --------------------------------------------------------------------------------


def cursor(conn: Connection, name: str) -> str:
    """Return how far something was read, or an empty text."""
    found = conn.execute(select(slack_cursor.c.value).where(slack_cursor.c.name == name)).scalar_one_or_none()
    return found or ""


def set_cursor(conn: Connection, name: str, value: str) -> None:
    """Say how far something was read."""
    put(conn, slack_cursor, {"name": name}, {"value": value})


def turns(conn: Connection, team: str, channel: str, thread: str) -> list[dict[str, Any]]:
    """Return what was said in a conversation with the agent, oldest first."""
    c = conversation.c
    query = select(c.turns).where(c.team == team, c.channel == channel, c.thread == thread)
    return list(conn.execute(query).scalar_one_or_none() or [])


def has_turns(conn: Connection, team: str, channel: str, thread: str) -> bool:
    """Say whether a thread is a conversation with the agent."""
    c = conversation.c
    query = select(c.at).where(c.team == team, c.channel == channel, c.thread == thread)
    return conn.execute(query).first() is not None


def set_turns(
    conn: Connection, team: str, channel: str, thread: str, said: Sequence[Mapping[str, Any]], at: datetime
) -> None:
    """Store what was said in a conversation."""
    key = {"team": team, "channel": channel, "thread": thread}
    put(conn, conversation, key, {"turns": [dict(turn) for turn in said], "at": at})


def forget_conversations(conn: Connection, before: datetime) -> int:
    """Drop conversations in which nothing was said since ``before``."""
    return conn.execute(delete(conversation).where(conversation.c.at < before)).rowcount
