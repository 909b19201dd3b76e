"""What Prometheus reads: counted from the database at each scrape, so that every process tells the same.

https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4, read 2026-11-22). Labels hold account
keys, states and names of workers: never a text, a name of a person, or a secret.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Float, cast, func, select

from bot import VERSION
from bot.clock import Clock
from bot.domain.post import PostState
from bot.store import desk as rows
from bot.store import facts, streams
from bot.store.db import Database
from bot.store.tables import account_state, event, lease, notice, post, post_part, transcript

#: Upper bounds of lateness in seconds: the goal is 2 s at the 99th percentile.
BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 86400)
#: Rows that commit late may have lower numbers: so many are read once more at each scrape.
_AGAIN = 1000
_AT_ONCE = 5000
_OPEN = (PostState.DUE, PostState.SENDING, PostState.DOUBTFUL, PostState.ASKED)
#: A worker that stopped or died longer ago is not shown any more.
_SHOWN = timedelta(hours=1)

Labels = Mapping[str, str]


@dataclass
class Metric:
    """One family: its name, kind and help, and its values."""

    name: str
    kind: str
    help: str
    values: list[tuple[str, Labels, float]] = field(default_factory=list)

    def add(self, value: float, suffix: str = "", **labels: str) -> None:
        """Add a value with its labels."""
        self.values.append((self.name + suffix, labels, value))

    def lines(self) -> Iterable[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for name, labels, value in self.values:
            inside = ",".join(f'{key}="{_escaped(said)}"' for key, said in labels.items())
            yield f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def _escaped(said: str) -> str:
    return said.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


class Metrics:
    """Counts what happened from the record, on from where it was at the last scrape."""

    def __init__(self, db: Database, clock: Clock, home: Path) -> None:
        self.db, self.clock, self.home = db, clock, home
        self._mark, self._seen = 0, set[int]()
        #: (platform, from, to) -> how often; and per platform the lateness of each post that went live.
        self._moves: Counter[tuple[str, str, str]] = Counter()
        self._late: dict[str, Counter[float]] = {}
        self._late_sum: Counter[str] = Counter()

    def text(self) -> str:
        """Return every metric in Prometheus's text format."""
        now = self.clock.now()
        with self.db.read() as conn:
            self._count(conn)
            found = [
                *self._happened(), *_parts(conn, now), *_accounts(conn, now), *_people(conn), *_model(conn),
                *_streams(conn, self.db.now(conn)), *_workers(conn, now, self.db.now(conn)), *self._place(),
            ]  # fmt: skip
        return "".join(f"{line}\n" for metric in found for line in metric.lines())

    # --- what happened -------------------------------------------------------------------------------------

    def _count(self, conn: Connection) -> None:
        start = max(0, self._mark - _AGAIN)
        while True:
            where = (event.c.id > start, event.c.subject.startswith("part:"))
            columns = (event.c.id, event.c.subject, event.c.was, event.c.now)
            found = conn.execute(select(*columns).where(*where).order_by(event.c.id).limit(_AT_ONCE)).all()
            new = [row for row in found if row.id not in self._seen]
            about = _about(conn, {row.subject for row in new})
            for row in new:
                account, late = about.get(row.subject, ("", None))
                platform = account.partition(":")[0]
                self._moves[platform, row.was, row.now] += 1
                if row.now == PostState.LIVE.value and late is not None:
                    bucket = next((b for b in BUCKETS if late <= b), float("inf"))
                    self._late.setdefault(platform, Counter())[bucket] += 1
                    self._late_sum[platform] += late  # type: ignore[assignment]
            self._seen.update(row.id for row in found)
            if len(found) < _AT_ONCE:
                break
            start = found[-1].id
        self._mark = max([self._mark, *(row.id for row in found)])
        self._seen = {n for n in self._seen if n > self._mark - _AGAIN}

    def _happened(self) -> Iterable[Metric]:
        moves = Metric("signoff_part_changes_total", "counter", "Changes of a part's state, by platform.")
        doubtful = Metric("signoff_doubtful_total", "counter", "Sends whose answer was lost.")
        retries = Metric("signoff_retries_total", "counter", "Attempts that surely failed and are tried again.")
        tries = Metric("signoff_attempts_total", "counter", "Attempts to send that ended, by outcome.")
        lost, again, ends = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
        for (platform, was, now), n in sorted(self._moves.items()):
            moves.add(n, platform=platform, **{"from": was, "to": now})
            lost[platform] += n if now == PostState.DOUBTFUL.value else 0
            if was == PostState.SENDING.value:
                ends[platform, now] += n
                again[platform] += n if now == PostState.DUE.value else 0
        for platform in sorted(lost):
            doubtful.add(lost[platform], platform=platform)
            retries.add(again[platform], platform=platform)
        for (platform, outcome), n in sorted(ends.items()):
            tries.add(n, platform=platform, outcome=outcome)
        late = Metric("signoff_lateness_seconds", "histogram", "From the signed time to being live, first parts.")
        for platform, buckets in sorted(self._late.items()):
            total = 0
            for bound in BUCKETS:
                total += buckets[bound]
                late.add(total, "_bucket", platform=platform, le=f"{bound:g}")
            late.add(buckets.total(), "_bucket", platform=platform, le="+Inf")
            late.add(self._late_sum[platform], "_sum", platform=platform)
            late.add(buckets.total(), "_count", platform=platform)
        return (moves, doubtful, retries, tries, late)

    def _place(self) -> Iterable[Metric]:
        free = Metric("signoff_disk_free_bytes", "gauge", "Free space on the disk of the folder for data.")
        free.add(shutil.disk_usage(self.home).free)
        info = Metric("signoff_info", "gauge", "The version that runs.")
        info.add(1, version=VERSION, database=self.db.engine.dialect.name)
        return (free, info)


def _about(conn: Connection, subjects: set[str]) -> dict[str, tuple[str, float | None]]:
    """Return (account, seconds late) for parts named ``part:POST/N``; lateness only for the first part of a post."""
    wanted = sorted({s.removeprefix("part:").partition("/")[0] for s in subjects})
    found: dict[str, tuple[str, float | None]] = {}
    for start in range(0, len(wanted), 500):
        query = select(post.c.id, post.c.account, post.c.due, post_part.c.n, post_part.c.live_at)
        query = query.join(post_part, post_part.c.post_id == post.c.id)
        for row in conn.execute(query.where(post.c.id.in_(wanted[start : start + 500]))):
            late = (row.live_at - row.due).total_seconds() if row.live_at and row.n == 0 else None
            found[f"part:{row.id}/{row.n}"] = (row.account, max(late, 0.0) if late is not None else None)
    return found


def _parts(conn: Connection, now: datetime) -> Iterable[Metric]:
    states = Metric("signoff_parts", "gauge", "Parts of posts, by state.")
    count = dict(rows.counts(conn))
    for state in PostState:
        states.add(count.get(state.value, 0), state=state.value)
    queue = Metric("signoff_queue_parts", "gauge", "Parts that are not settled, by account and state.")
    c, names = post_part.c, [state.value for state in _OPEN]
    grouped = select(c.account, c.state, func.count().label("n")).where(c.state.in_(names)).group_by(c.account, c.state)
    for row in conn.execute(grouped.order_by(c.account, c.state)):
        queue.add(row.n, account=row.account, state=row.state)
    overdue = Metric("signoff_overdue_parts", "gauge", "Parts whose turn has come and that did not go out yet.")
    oldest = Metric("signoff_oldest_overdue_seconds", "gauge", "How long the oldest of these has waited.")
    late = select(c.account, func.count().label("n"), func.min(c.not_before).label("first"))
    late = late.where(c.state == PostState.DUE.value, c.not_before <= now).group_by(c.account).order_by(c.account)
    for row in conn.execute(late):
        overdue.add(row.n, account=row.account)
        oldest.add((now - row.first).total_seconds(), account=row.account)
    return (states, queue, overdue, oldest)


def _accounts(conn: Connection, now: datetime) -> Iterable[Metric]:
    left = Metric("signoff_rate_left", "gauge", "Calls left until the platform's own reset, as it said last.")
    for account, said in sorted(facts.named(conn, "rate").items()):
        if isinstance(said, dict) and isinstance(said.get("left"), int | float):
            left.add(said["left"], account=account)
    spent = Metric("signoff_spent_month_usd", "gauge", "US dollars spent on the platform in this month of UTC.")
    for account, said in sorted(facts.named(conn, f"spend:{now:%Y-%m}").items()):
        if isinstance(said, int | float):
            spent.add(said, account=account)
    paused = Metric("signoff_account_paused", "gauge", "1 for an account on which nothing goes out.")
    for account in conn.execute(select(account_state.c.account).where(account_state.c.paused != "")).scalars():
        paused.add(1, account=account)
    return (left, spent, paused)


def _streams(conn: Connection, now: datetime) -> Iterable[Metric]:
    """Say which accounts' comments are told at once; ``now`` is the database's."""
    told = Metric("signoff_stream_open", "gauge", "1 where the platform tells of comments at once, 0 by the clock.")
    for account in sorted(facts.named(conn, streams.FACT)):
        if (one := streams.of(conn, account, now)) is not None:
            told.add(1 if one.open else 0, account=account)
    return (told,)


def _people(conn: Connection) -> Iterable[Metric]:
    unseen = Metric("signoff_notices_unseen", "gauge", "Messages to people that nobody has read, by level.")
    query = select(notice.c.level, func.count().label("n")).where(notice.c.seen.is_(None)).group_by(notice.c.level)
    for row in conn.execute(query):
        unseen.add(row.n, level=row.level)
    stop = Metric("signoff_stopped", "gauge", "1 while the kill switch is on.")
    stop.add(1 if rows.stopped(conn) else 0)
    return (unseen, stop)


def _model(conn: Connection) -> Iterable[Metric]:
    c = transcript.c
    sums = [func.coalesce(func.sum(x), 0) for x in (c.tokens_in, c.tokens_out, cast(c.usd, Float))]
    read, written, usd = conn.execute(select(*sums)).one()
    tokens = Metric("signoff_model_tokens", "gauge", "Tokens of all runs of the model that are kept.")
    tokens.add(int(read), direction="read")
    tokens.add(int(written), direction="written")
    dollars = Metric("signoff_model_usd", "gauge", "US dollars for all runs of the model that are kept.")
    dollars.add(float(usd))
    return (tokens, dollars)


def _workers(conn: Connection, now: datetime, server_now: datetime) -> Iterable[Metric]:
    age = Metric("signoff_worker_heartbeat_age_seconds", "gauge", "Seconds since a worker's last sign of life.")
    for worker in rows.workers(conn):
        if now - worker["seen"] < _SHOWN:
            age.add(max(0.0, (now - worker["seen"]).total_seconds()), worker=worker["id"])
    held = Metric("signoff_lease_seconds", "gauge", "How long a worker still holds what, by the database's clock.")
    for row in conn.execute(select(lease).where(lease.c.until > server_now).order_by(lease.c.name)):
        held.add((row.until - server_now).total_seconds(), name=row.name, worker=row.owner)
    return (age, held)
