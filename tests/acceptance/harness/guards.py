"""What a run goes without: each guard of the publish step taken away, and the loops of peers in its place.

A checker that passes a run without a guard proves nothing; ``test_controls.py`` holds it to that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import insert, update

from bot import clock
from bot.domain.post import PostState, Receipt
from bot.errors import TryLater
from bot.platforms import registry
from bot.store import approvals, events, posts, rows, steady
from bot.store.tables import approval_request, decision, post_part
from bot.workflow import decide, outcome, publish, reconcile, rights, standing, turn
from bot.workflow.desk import Desk

if TYPE_CHECKING:
    from tests.acceptance.harness.config import Run


def without(run: Run) -> None:
    """Take away the guards that a run names, and put its strategy in the place of the publish step."""
    for name in run.without:
        GUARDS[name]()
    if run.strategy:
        _strategy(STRATEGIES[run.strategy])


def _settle_wait() -> None:
    """Look at once after a lost answer, and only once."""
    for name in registry.ids():
        kind = registry.load(name)
        kind.features = replace(kind.features, read_lag=0.0)
    reconcile.LOOKS = 1


def _look() -> None:
    """Take what has no clear answer for not sent."""

    def look(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
        with desk.db.write() as conn:
            now = desk.clock.now()
            args: dict[str, Any] = {"at": now, "who": hold.worker, "why": "not looked", "not_before": now}
            events.move_part(conn, post_id, n, PostState.DOUBTFUL, PostState.DUE, **args)
        return PostState.DUE

    reconcile.look = look


def _fence() -> None:
    """Ask nothing in the line before the send."""
    standing.fence_fault = lambda *_: ""


def _intent() -> None:
    """Send first and write down afterwards that it was begun."""
    announce, live = publish._announce, outcome.live

    def dry(desk: Desk, *args: Any) -> Any:
        db = desk.db

        class Unwritten:
            def __getattr__(self, name: str) -> Any:
                return getattr(db, name)

            def write(self) -> Any:
                return _rolled_back(db.write)

        return announce(replace(desk, db=Unwritten()), *args)  # type: ignore[arg-type]

    def late(desk: Desk, post: Any, n: int, receipt: Receipt, *, who: str, attempt: int, why: str = "") -> PostState:
        with desk.db.write() as conn:
            now, part = desk.clock.now(), posts.part(conn, post.id, n)
            if part.state is PostState.DUE:
                columns: dict[str, Any] = {"attempts": attempt, "first_sent": now, "last_sent": now}
                events.move_part(conn, post.id, n, PostState.DUE, PostState.SENDING, at=now, who=who, **columns)
        return live(desk, post, n, receipt, who=who, attempt=attempt, why=why)

    publish._announce = dry
    standing.fence_fault = lambda *_: ""
    outcome.live = late


class _rolled_back:
    """A transaction that is undone at its end."""

    def __init__(self, write: Callable[[], Any]) -> None:
        self._inner = write()

    def __enter__(self) -> Any:
        self._conn = self._inner.__enter__()
        return self._conn

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        self._conn.get_transaction().rollback()
        return False


def _single_use() -> None:
    """Let a signature be used again; ``unique`` in the store must be dropped beside it (``forget_unique``)."""
    approvals.use = _used
    approvals.add_decision = _stored
    wanted = rights.open_request

    def open_request(desk: Desk, conn: Any, answer: Any) -> Any:
        draft, version, request, brand = desk_request(desk, conn, answer, wanted)
        return draft, version, request, brand

    decide.open_request = open_request


def _used(conn: Any, request_id: str, at: Any) -> bool:
    """Use a request up, however often it was used."""
    conn.execute(update(approval_request).where(approval_request.c.id == request_id).values(used=at))
    return True


def _stored(conn: Any, value: Any) -> bool:
    """Store an answer, whoever answered before."""
    body = rows.as_dict(value) | {"choice": value.choice.value}
    conn.execute(insert(decision).values(**body))
    return True


def desk_request(desk: Desk, conn: Any, answer: Any, wanted: Any) -> Any:
    """Return what is open, also where it was used."""
    from bot.store import drafts

    draft = drafts.get(conn, answer.draft_id)
    version = drafts.version(conn, answer.draft_id, answer.version)
    request = approvals.of_version(conn, answer.draft_id, answer.version)
    brand, _ = desk.brand(conn, draft.brand)
    return draft, version, request, brand


def _compare_and_set() -> None:
    """Change a state whatever it was."""

    def move_part(conn: Any, post_id: str, n: int, was: Any, now: Any, *, at: Any, who: str, why: str = "",
                  attempt: int | None = None, **columns: Any) -> bool:  # fmt: skip
        where = (post_part.c.post_id == post_id, post_part.c.n == n)
        conn.execute(update(post_part).where(*where).values(state=now.value, why=why, **columns))
        events.record(conn, at, who, f"part:{post_id}/{n}", was.value, now.value, why)
        return True

    def move_parts(conn: Any, was: Any, now: Any, moves: Any) -> bool:
        for m in moves:
            move_part(conn, m.post_id, m.n, was, now, at=m.at, who=m.who, why=m.why, **m.columns)
        return True

    events.move_part, events.move_parts = move_part, move_parts


def _durable() -> None:
    """Let SQLite say that it is done before the disk has it."""
    from sqlalchemy import Engine, event

    def connected(dbapi: Any, record: Any) -> None:
        dbapi.execute("PRAGMA synchronous=OFF")

    event.listen(Engine, "first_connect", connected)
    event.listen(Engine, "checkout", lambda dbapi, record, proxy: connected(dbapi, record))


def _steady() -> None:
    """Go by the wall clock, wherever it is set to."""
    steady.told = lambda _: datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    clock.SystemClock.follow = lambda *_: None  # type: ignore[method-assign]


def _pictures() -> None:
    """Send a post also where its pictures could not be uploaded."""
    for name in ("x", "mastodon", "bluesky"):
        kind: Any = registry.load(name)

        def bare(self: Any, out: Any, once: str, publish: Any = kind.publish) -> Receipt:
            try:
                return cast(Receipt, publish(self, out, once))
            except TryLater:
                return cast(Receipt, publish(self, replace(out, part=replace(out.part, media=())), once))

        kind.publish = bare


#: Name -> what takes it away.
GUARDS: dict[str, Callable[[], None]] = {
    "settle wait": _settle_wait, "look": _look, "fence": _fence, "intent": _intent, "single use": _single_use,
    "compare and set": _compare_and_set, "durable": _durable, "steady": _steady, "pictures": _pictures,
}  # fmt: skip


# --- loops of peers ------------------------------------------------------------------------------------------


def _retry_on_any_error(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
    """Publish, then mark; on any error publish again, with a fresh key, up to five times: the shape of
    https://github.com/gitroomhq/postiz-app (its workflow at 74b01ad) and of Mixpost's random key."""
    with desk.db.read() as conn:
        post = posts.get(conn, post_id)
    platform = desk.platform(post.account)
    out = publish.outgoing(post, n, desk.clock.now())
    for _ in range(5):
        key = platform.once_key(desk.clock.new_id("k"), desk.clock.now())
        try:
            receipt = platform.publish(out, key)
        except Exception:
            desk.clock.sleep(0.2)
            continue
        return _mark(desk, post_id, n, hold, PostState.LIVE, receipt)
    return _mark(desk, post_id, n, hold, PostState.ASKED, None)


def _mark_first(desk: Desk, post_id: str, n: int, hold: outcome.Hold) -> PostState:
    """Mark it as sent, then publish, and never again."""
    with desk.db.read() as conn:
        post = posts.get(conn, post_id)
    platform = desk.platform(post.account)
    out = publish.outgoing(post, n, desk.clock.now())
    _mark(desk, post_id, n, hold, PostState.LIVE, None)
    try:
        receipt = platform.publish(out, platform.once_key(f"{post_id}/{n}", desk.clock.now()))
    except Exception:
        return PostState.LIVE
    with desk.db.write() as conn:
        posts.set_part(conn, post_id, n, remote_id=receipt.remote_id, cid=receipt.cid, url=receipt.url,
                       live_at=desk.clock.now())  # fmt: skip
    return PostState.LIVE


def _mark(desk: Desk, post_id: str, n: int, hold: outcome.Hold, state: PostState, receipt: Receipt | None) -> PostState:
    with desk.db.write() as conn:
        now = desk.clock.now()
        columns: dict[str, Any] = {"attempts": 1, "first_sent": now, "live_at": now, "remote_id": "", "url": ""}
        if receipt is not None:
            columns |= {"remote_id": receipt.remote_id, "cid": receipt.cid, "url": receipt.url}
        events.move_part(conn, post_id, n, PostState.DUE, state, at=now, who=hold.worker, **columns)
    return state


Step = Callable[[Desk, str, int, outcome.Hold], PostState]
STRATEGIES: dict[str, Step] = {"retry on any error": _retry_on_any_error, "mark first": _mark_first}


def _strategy(step: Step) -> None:
    publish.publish_part = step
    # Neither loop knows of leases that end, of doubt, or of another worker.
    turn.reconcile.look = step
