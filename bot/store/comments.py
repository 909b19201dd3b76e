"""Comments as the desk keeps them: rows <-> domain. What is heard comes in by ``add``, states change by ``move``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.comment import MOODS, SETTLED, CommentState, Entry, Triage
from bot.errors import NotFound
from bot.store import events, threads
from bot.store import mood as hours
from bot.store.comment_rows import LET_GO, Heard, as_row, columns_of, entry, raw
from bot.store.comment_tables import ASSIGNED, WAITING, comment, comment_note
from bot.store.hints import unindexed
from bot.words import say

#: Comments that are looked through for words, the first of the list.
LOOKED = 6000
#: Ids in one statement; both databases take more.
_AT_ONCE = 500
OPEN = tuple(s.value for s in CommentState if s not in SETTLED)


@dataclass(frozen=True)
class Added:
    """What became of comments that came in: ids of the new ones, and of those whose words their authors changed."""

    new: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()


def add(conn: Connection, brand: str, heard: Sequence[Heard], at: datetime, new_id: Any) -> Added:
    """Store what came in; what is known already is left alone, or follows its author's edit.

    ``new_id`` makes an id. Read twice, after a crash, it is stored once.
    """
    fresh, edited = [], []
    # Within one page, the last of two with one id is what it says now.
    by_key = {(h.comment.account, h.comment.remote_id): h for h in heard}
    known = _known(conn, list(by_key))
    for key, one in by_key.items():
        row = known.get(key)
        if row is None:
            fresh.append(as_row(one, brand, at, new_id("c")))
        elif row.raw not in (raw(one.comment.text), LET_GO) and row.deleted is None:
            edit(conn, row.id, one, at, was=row.text)
            edited.append(row.id)
    if fresh:
        kind = sqlite if conn.dialect.name == "sqlite" else postgresql
        conn.execute(kind.insert(comment).on_conflict_do_nothing(), fresh)
        _group(conn, brand, fresh)
        threads.join(conn, fresh)
    return Added(tuple(row["id"] for row in fresh), tuple(edited))


def is_known(conn: Connection, account: str, remote_id: str) -> bool:
    """Say whether a comment of the platform is kept here."""
    return bool(_known(conn, [(account, remote_id)]))


def _known(conn: Connection, keys: list[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    columns = (comment.c.id, comment.c.account, comment.c.remote_id, comment.c.raw, comment.c.text,
               comment.c.deleted)  # fmt: skip
    found: dict[tuple[str, str], Any] = {}
    for account in {a for a, _ in keys}:
        ids = [remote for a, remote in keys if a == account]
        for some in (ids[k : k + _AT_ONCE] for k in range(0, len(ids), _AT_ONCE)):
            query = select(*columns).where(comment.c.account == account, comment.c.remote_id.in_(some))
            found |= {(row.account, row.remote_id): row for row in conn.execute(query)}
    return found


def _group(conn: Connection, brand: str, fresh: list[dict[str, Any]]) -> None:
    """Note with each new comment the first one that says nearly the same, so that one reading serves them all."""
    prints = sorted({row["fingerprint"] for row in fresh if row["fingerprint"]})
    first: dict[str, str] = {}
    for some in (prints[k : k + _AT_ONCE] for k in range(0, len(prints), _AT_ONCE)):
        where = (comment.c.brand == brand, comment.c.fingerprint.in_(some), comment.c.like_id == "")
        query = (
            select(comment.c.fingerprint, comment.c.id)
            .where(*where)
            .order_by(comment.c.heard.desc(), comment.c.id.desc())
        )
        first |= {row.fingerprint: row.id for row in conn.execute(query)}
    ids = {row["id"] for row in fresh}
    later: dict[str, list[str]] = {}
    for row in fresh:
        head = first.get(row["fingerprint"])
        if head and head != row["id"] and row["id"] in ids:
            later.setdefault(head, []).append(row["id"])
    for head, members in later.items():
        conn.execute(update(comment).where(comment.c.id.in_(members)).values(like_id=head))


def edit(conn: Connection, comment_id: str, now: Heard, at: datetime, *, was: str) -> None:
    """Follow an author's edit: the words before are kept as a note. What was let go of stays so."""
    if conn.execute(select(comment.c.raw).where(comment.c.id == comment_id)).scalar() == LET_GO:
        return
    note(conn, comment_id, was, "author", at, kind="before")
    values = {"raw": raw(now.comment.text), "text": now.text, "fingerprint": now.fingerprint, "edited": at}
    conn.execute(update(comment).where(comment.c.id == comment_id).values(**values))
    hours.stale(conn, [comment_id])


def get(conn: Connection, comment_id: str, *, lock: bool = False) -> Entry:
    """Return one comment; ``lock`` keeps others from changing it until the transaction ends. Raises NotFound."""
    query = select(comment).where(comment.c.id == comment_id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound(
            say("There is no comment {id}.", id=repr(comment_id)), next_step=say("`signoff inbox` lists them.")
        )
    return entry(row)


def like_id(conn: Connection, brand: str, start: str) -> list[str]:
    """Return the ids of a brand's comments that begin like this, with or without ``c_``."""
    begin = start if start.startswith("c_") else f"c_{start}"
    where = (comment.c.brand == brand, comment.c.id.startswith(begin, autoescape=True))
    return list(conn.execute(select(comment.c.id).where(*where).limit(9)).scalars())


def of_draft(conn: Connection, draft_id: str) -> list[Entry]:
    """Return the comments that a draft answers: one, in most cases."""
    return _read(conn, select(comment).where(comment.c.draft == draft_id).order_by(comment.c.at))


def at_address(conn: Connection, brand: str, url: str) -> Entry | None:
    """Return the comment that stands at an address, or None where none was heard from there."""
    given = url.strip().rstrip("/")
    where = (comment.c.brand == brand, comment.c.url.in_([given, given + "/"]) | (comment.c.remote_id == given))
    return next(iter(_read(conn, select(comment).where(*where).limit(1))), None)


@dataclass(frozen=True)
class Filter:
    """Which comments: every field that is set must fit."""

    since: datetime | None = None
    until: datetime | None = None
    account: str = ""
    states: tuple[CommentState, ...] = ()
    #: Only what somebody still has to do something about, and is not snoozed at this instant.
    waiting_at: datetime | None = None
    mood: str = ""
    intent: str = ""
    language: str = ""
    assignee: str = ""
    author: str = ""
    thread: str = ""
    topic: str = ""
    #: Looked for among the first LOOKED comments that fit otherwise.
    words: str = ""
    #: Also those that were set aside: spam, bots, own.
    aside: bool = True
    #: Only what follows this comment, (its instant, its id), in a list with the newest first.
    behind: tuple[datetime, str] | None = None


def recent(
    conn: Connection, brand: str, since: datetime | None, *, limit: int | None = 500, urgent_first: bool = False,
    only: Filter | None = None,
) -> list[Entry]:  # fmt: skip
    """Return a brand's comments since an instant, the newest first, or the most urgent first and then the oldest."""
    only = replace(only or Filter(), since=since or (only.since if only else None))
    order = (
        (comment.c.priority.desc(), comment.c.at, comment.c.id) if urgent_first else (comment.c.at.desc(), comment.c.id)
    )
    query = select(comment).where(_brand(brand, only), *_where(only)).order_by(*order)
    if only.words:
        some = select(comment.c.id, comment.c.text).where(_brand(brand, only), *_where(only)).order_by(*order)
        few = some.limit(LOOKED).subquery()
        fits = select(few.c.id).where(few.c.text.icontains(only.words, autoescape=True))
        query = select(comment).where(comment.c.id.in_(fits)).order_by(*order)
    if only.topic:
        found = [e for e in _read(conn, query) if e.triage and only.topic in e.triage.topics]
        return found[:limit]
    return _read(conn, query.limit(limit) if limit else query)


def _brand(brand: str, only: Filter) -> Any:
    # What a person wrote, or is to see to, is little: never all of a brand's comments from the newest on.
    return (unindexed(comment.c.brand) if only.author or only.thread else comment.c.brand) == brand


def _where(only: Filter) -> list[Any]:
    c = comment.c
    found: list[Any] = [getattr(c, column) == value for column, value in (
        ("account", only.account), ("label", only.mood), ("intent", only.intent), ("assignee", only.assignee),
        ("thread", only.thread)) if value]  # fmt: skip
    if only.since:
        found.append(c.at >= only.since)
    if only.until:
        found.append(c.at < only.until)
    if only.states:
        found.append(c.state.in_([s.value for s in only.states]))
    if only.waiting_at:
        found += [WAITING, or_(c.snoozed.is_(None), c.snoozed <= only.waiting_at)]
    if only.language:
        found.append(or_(c.language == only.language, c.language.startswith(only.language + "-", autoescape=True)))
    if only.assignee:
        found.append(ASSIGNED)
    if only.author:
        found.append(or_(c.author_id == only.author, c.author_handle == only.author.removeprefix("@")))
    if not only.aside:
        found.append(c.aside == "")
    if only.behind:
        at, last = only.behind
        found.append(and_(c.at <= at, or_(c.at < at, c.id > last)))
    return found


def count(conn: Connection, brand: str, only: Filter) -> int:
    """Return how many comments of a brand a filter lets through; its topic and words are not looked at."""
    query = select(func.count()).select_from(comment).where(comment.c.brand == brand, *_where(only))
    return int(conn.execute(query).scalar_one())


def unread(conn: Connection, brand: str, since: datetime) -> int:
    """Return how many comments since an instant nobody has read, people or machines."""
    c = comment.c
    query = select(func.count()).select_from(comment).where(c.brand == brand, c.state == CommentState.NEW.value)
    query = query.where(unindexed(c.at) >= since, c.triage.is_(None), c.aside == "", c.deleted.is_(None))
    return int(conn.execute(query).scalar_one())


def parent_of(conn: Connection, account: str, remote_id: str) -> str | None:
    """Return what a comment stands below, by its id on the platform; None where no such comment was heard."""
    query = select(comment.c.parent_id).where(comment.c.account == account, comment.c.remote_id == remote_id)
    found = conn.execute(query).scalar()
    return None if found is None else str(found)


def in_thread(
    conn: Connection, account: str, thread: str, *, limit: int = 200, until: datetime | None = None
) -> list[Entry]:
    """Return the comments of one conversation, oldest first, at most the newest ``limit``, those said by ``until``."""
    query = select(comment).where(comment.c.account == account, comment.c.thread == thread)
    if until is not None:
        query = query.where(comment.c.at <= until)
    return _read(conn, query.order_by(comment.c.at.desc(), comment.c.id.desc()).limit(limit))[::-1]


def before(conn: Connection, one: Entry, limit: int = 20) -> list[Entry]:
    """Return a comment with what was said in its thread shortly before: never all of a storm."""
    return in_thread(conn, one.comment.account, one.thread, limit=limit, until=one.comment.at)


def _read(conn: Connection, query: Select[Any]) -> list[Entry]:
    return [entry(row) for row in conn.execute(query).mappings()]


def mood(
    conn: Connection, brand: str, since: datetime, topic: str = "", *, until: datetime | None = None, account: str = ""
) -> dict[str, dict[str, int]]:
    """Return ``{day: {label: n}}`` of triaged comments, days as ``YYYY-MM-DD`` in UTC, oldest first.

    Days without a comment are left out; each day has all three labels. What was set aside does not count.
    """
    where = [comment.c.brand == brand, comment.c.at >= since, comment.c.label != "", comment.c.aside == ""]
    if until:
        where.append(comment.c.at < until)
    if account:
        where.append(comment.c.account == account)
    columns = (comment.c.at, comment.c.label, comment.c.triage)
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(select(*columns[: 3 if topic else 2]).where(*where).order_by(comment.c.at)):
        if topic and topic not in (row.triage or {}).get("topics", ()):
            continue
        day = found.setdefault(row.at.date().isoformat(), dict.fromkeys(MOODS, 0))
        day[row.label] = day.get(row.label, 0) + 1
    return found


def moods(conn: Connection, brand: str, since: datetime) -> list[tuple[datetime, str]]:
    """Return (when, label) of each triaged comment since an instant, without what was set aside or came from files."""
    where = (comment.c.brand == brand, comment.c.at >= since, comment.c.label != "", comment.c.aside == "")
    query = select(comment.c.at, comment.c.label).where(*where, comment.c.source == "")
    return [(row.at, row.label) for row in conn.execute(query)]


# --- work ---------------------------------------------------------------------------------------------------


def claim(
    conn: Connection, holder: str, now: datetime, until: datetime, limit: int, *, state: CommentState, brand: str = "",
    gone: Collection[str] = (), undecided: bool = False,
) -> list[Entry]:  # fmt: skip
    """Take comments in ``state`` that nobody works on, the most urgent first and then the oldest; held until ``until``.

    What a holder in ``gone`` held is free again. ``undecided``: only those that no reply rule has looked at.
    """
    free = or_(comment.c.held_until.is_(None), comment.c.held_until <= now, comment.c.holder.in_(list(gone)))
    where = [comment.c.state == state.value, free, comment.c.deleted.is_(None)]
    if brand:
        where.append(comment.c.brand == brand)
    if undecided:
        where.append(comment.c.rule == "")
    query = select(comment).where(*where).order_by(comment.c.priority.desc(), comment.c.at, comment.c.id).limit(limit)
    found = _read(conn, query.with_for_update(skip_locked=True))
    if found:
        ids = [e.id for e in found]
        conn.execute(update(comment).where(comment.c.id.in_(ids)).values(holder=holder, held_until=until))
    return found


def holders(conn: Connection) -> list[str]:
    """Return who holds comments now."""
    query = select(comment.c.holder).where(comment.c.held_until.is_not(None)).distinct()
    return list(conn.execute(query).scalars())


def brands_with(conn: Connection, state: CommentState) -> list[str]:
    """Return the brands that have a comment in ``state``."""
    return list(conn.execute(select(comment.c.brand).where(comment.c.state == state.value).distinct()).scalars())


def let_go(
    conn: Connection, ids: Iterable[str], holder: str, *, until: datetime | None = None, failed: bool = False
) -> None:
    """Give comments back, for others at once or from ``until`` on; ``failed`` counts a failure of its triage."""
    values: dict[str, Any] = {"holder": "", "held_until": until}
    if failed:
        values["failures"] = comment.c.failures + 1
    conn.execute(update(comment).where(comment.c.id.in_(list(ids)), comment.c.holder == holder).values(**values))


def keep_triage(
    conn: Connection, found: Sequence[tuple[Entry, Triage]], holder: str, at: datetime, who: str
) -> list[str]:
    """Store what was read out of comments that ``holder`` holds, each ``new -> triaged``; return the ids moved."""
    moved, lines = [], []
    for one, read in found:
        where = and_(
            comment.c.id == one.id, comment.c.state == CommentState.NEW.value, comment.c.holder == holder,
            # Words that changed meanwhile are read anew.
            comment.c.raw == raw(one.comment.text),
        )  # fmt: skip
        values = {**columns_of(read), "state": CommentState.TRIAGED.value, "holder": "", "held_until": None}
        if conn.execute(update(comment).where(where).values(**values)).rowcount == 1:
            moved.append(one.id)
            lines.append((at, who, f"comment:{one.id}", "new", "triaged", read.by))
    events.record_many(conn, lines)
    hours.stale(conn, moved)
    return moved


def relabel(conn: Connection, comment_id: str, read: Triage, at: datetime, who: str, why: str) -> None:
    """Put a person's reading in place of a machine's; the state stays."""
    conn.execute(update(comment).where(comment.c.id == comment_id).values(**columns_of(read)))
    hours.stale(conn, [comment_id])
    events.record(conn, at, who, f"comment:{comment_id}", "", "relabelled", why)


def move(
    conn: Connection, comment_id: str, was: CommentState | Collection[CommentState], now: CommentState, *, at: datetime,
    who: str, why: str = "", **columns: Any,
) -> bool:  # fmt: skip
    """Change a comment's state by compare-and-set, with any other columns; False when it was no longer ``was``."""
    states = [was] if isinstance(was, CommentState) else list(was)
    old = conn.execute(select(comment.c.state).where(comment.c.id == comment_id).with_for_update()).scalar_one()
    if old not in [s.value for s in states]:
        return False
    values = {"state": now.value, "holder": "", "held_until": None, **({"why": why} if why else {}), **columns}
    conn.execute(update(comment).where(comment.c.id == comment_id).values(**values))
    events.record(conn, at, who, f"comment:{comment_id}", old, now.value, why)
    return True


def decided(conn: Connection, comment_id: str, at: datetime, rule: str, why: str) -> None:
    """Note that a rule left a comment to people, and why; what it says by then is not asked again."""
    values = {"rule": rule, "why": why, "holder": "", "held_until": None}
    conn.execute(update(comment).where(comment.c.id == comment_id).values(**values))
    events.record(conn, at, "policy", f"comment:{comment_id}", "", "left", why or f"rule {rule!r} leaves it to people")


def change(conn: Connection, comment_id: str, at: datetime, who: str, why: str, **columns: Any) -> None:
    """Change what is no state (assignee, snooze, deletion), and record it. Raises NotFound."""
    if conn.execute(update(comment).where(comment.c.id == comment_id).values(**columns)).rowcount != 1:
        get(conn, comment_id)
    if "deleted" in columns:
        hours.stale(conn, [comment_id])
    events.record(conn, at, who, f"comment:{comment_id}", "", "changed", why)


def note(conn: Connection, comment_id: str, text: str, who: str, at: datetime, *, kind: str = "note") -> None:
    """Keep a person's note with a comment, or the words that an author changed (``before``)."""
    conn.execute(insert(comment_note).values(comment=comment_id, at=at, who=who, kind=kind, text=text))


def notes(conn: Connection, comment_id: str) -> list[dict[str, Any]]:
    """Return the notes of a comment, oldest first."""
    query = select(comment_note).where(comment_note.c.comment == comment_id).order_by(comment_note.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]
