"""`signoff migrate`: everything is in the new database, byte for byte, and the old one sends nothing any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import OperationalError

from bot.app import App
from bot.clock import FixedClock
from bot.domain.comment import CommentState
from bot.domain.policy import DEFAULT, ApprovalPolicy, Conditions, PolicyRule
from bot.errors import Halted, Misconfigured, NotFound
from bot.operations import move
from bot.store import copying, leases, moved
from bot.store import desk as rows
from bot.store.db import Database
from bot.store.tables import attempt, draft, notice, post, post_part, switch
from bot.surfaces.cli import programs
from bot.surfaces.web import entry
from bot.workflow import decide, hide, inbox, listen, membership, schedule, settling, switching, turn, webhook_list
from bot.writing import forgetting, teaching
from tests.conftest import fresh_postgres
from tests.unit.test_comments_listen import hear, heard, said
from tests.world import World, brand


@pytest.fixture
def other(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the other kind."""
    if world.db.is_sqlite:
        yield from fresh_postgres(request.getfixturevalue("postgres_url"))
    else:
        yield f"sqlite:///{tmp_path / 'other.db'}"


def opened(world: World, url: str) -> App:
    return App(world.settings.model_copy(update={"database_url": url}), clock=world.clock)


def test_everything_is_there_and_goes_on(world: World, other: str) -> None:
    live = world.approve(world.draft("Live already."))
    world.drain()
    waits = world.approve(world.draft("还在等待的中文文案。", account="sandbox:cn"))
    world.draft("Not signed yet.")
    world.app.vault.store("sandbox:main", "setting:password", "opensesame")
    with world.db.read() as conn:
        before = copying.tally(conn)
    done = move.move(world.app, other, who="sam")
    assert done.rows > 20
    # Beside the mark itself nothing was lost or changed on the way.
    assert {t for t in before if before[t] != done.tables[t]} <= {"switch", "event", "lease"}
    with opened(world, other) as app:
        assert app.vault.load("sandbox:main", "setting:password") == "opensesame"
        turn.drain(app.desk, "sandbox:cn", "new")
        with app.db.read() as conn:
            assert [p.state.value for p in move.posts.get(conn, waits.id).parts] == ["live"]
            assert [p.state.value for p in move.posts.get(conn, live.id).parts] == ["live"]
        # Counters go on behind what was copied.
        with app.db.write() as conn:
            text = {"brand": "", "subject": "x", "level": "info", "text": "x", "next_step": ""}
            conn.execute(insert(notice).values(at=world.clock.now(), **text))


def test_the_old_one_refuses_to_work_until_somebody_says_otherwise(world: World, other: str) -> None:
    post = world.approve(world.draft("Only from the new one."))
    move.move(world.app, other, who="sam")
    assert world.drain() == {}
    assert world.states(post.id) == ["due"]
    with pytest.raises(Misconfigured, match="was moved to") as caught:
        opened(world, world.settings.database_url)
    assert "SIGNOFF_DATABASE_URL" in (caught.value.next_step or "")
    assert move.stay(world.app, "sam")
    opened(world, world.settings.database_url).close()
    assert world.drain() == {"live": 1}
    assert not move.stay(world.app, "sam")


def test_who_still_has_the_old_one_open_decides_nothing_there(world: World, other: str) -> None:
    waiting, planned = world.draft("It waits."), world.draft("It is planned.")
    post = world.approve(planned)
    move.move(world.app, other, who="sam")
    words: list[Callable[[], object]] = [
        lambda: world.approve(waiting),
        lambda: decide.reject(world.desk, world.answer(waiting)),
        lambda: world.draft("Written there."),
        lambda: schedule.reschedule(world.desk, waiting.draft_id, None, "li"),
        lambda: schedule.cancel(world.desk, planned.draft_id, "li"),
        lambda: settling.settle(world.desk, post.id, 0, "li", live=None),
    ]
    for word in words:
        with pytest.raises(Misconfigured, match="was moved to"):
            word()
    assert move.stay(world.app, "sam")
    assert world.states(post.id) == ["due"]
    world.approve(waiting)


def test_what_was_being_sent_is_looked_for_before_it_is_sent(world: World, other: str, clock: FixedClock) -> None:
    post = world.approve(world.draft("Was it sent?"))
    with world.db.write() as conn:
        now = clock.now()
        sent = {"state": "sending", "attempts": 1, "once_key": "k-1", "first_sent": now, "last_sent": now}
        conn.execute(update(post_part).values(**sent))
        row = {"post_id": post.id, "n": 0, "attempt": 1, "once_key": "k-1", "worker": "w", "fence": 1, "started": now}
        conn.execute(insert(attempt).values(**row))
    assert move.move(world.app, other, who="sam").doubtful == 1
    with opened(world, other) as app:
        looked = []
        adapter = app.platform("sandbox:main")
        adapter.find = lambda *a: looked.append(a) and None  # type: ignore[method-assign]
        adapter.publish = lambda *a: pytest.fail("sent without a look")  # type: ignore[method-assign]
        assert turn.drain(app.desk, "sandbox:main", "new") == {}
        clock.sleep(61)
        with app.db.read() as conn:
            assert move.posts.part(conn, post.id, 0).state.value == "doubtful"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(turn.publish, "publish_part", lambda *a: move.PostState.DUE)
            turn.drain(app.desk, "sandbox:main", "new")
        assert looked


def test_a_target_that_holds_something_is_refused(world: World, other: str) -> None:
    with opened(world, other) as app, app.db.write() as conn:
        conn.execute(
            insert(notice).values(at=world.clock.now(), brand="", subject="x", level="info", text="x", next_step="")
        )
    with pytest.raises(Misconfigured, match="something in"):
        move.move(world.app, other, who="sam")
    opened(world, world.settings.database_url).close()


def test_a_copy_that_differs_is_taken_back(world: World, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world.approve(world.draft("One."))
    own = copying.copy

    def careless(source: object, target: object) -> None:
        own(source, target)  # type: ignore[arg-type]
        target.execute(update(post_part).values(why="changed on the way"))  # type: ignore[attr-defined]

    monkeypatch.setattr(copying, "copy", careless)
    with pytest.raises(Misconfigured, match="differs from the original in: post_part"):
        move.move(world.app, other, who="sam")
    with Opened(other) as target, target.read() as conn:
        assert copying.empty(conn)
    assert world.drain() == {"live": 1}, "the old one goes on"


def test_a_worker_that_still_sends_stops_the_move(world: World, other: str) -> None:
    assert leases.take(world.db, "account:sandbox:main", "elsewhere:1:2:3", 3600)
    with pytest.raises(Halted, match="still holds"):
        move.move(world.app, other, who="sam")
    opened(world, world.settings.database_url).close()


def test_a_look_changes_nothing(world: World, other: str) -> None:
    world.approve(world.draft("One."))
    found = move.move(world.app, other, who="sam", check=True)
    assert found.tables["post"][0] == 1
    with pytest.raises(NotFound), opened(world, other) as app:
        app.brand()
    assert world.drain() == {"live": 1}


def test_an_address_that_nobody_answers_at_is_said(world: World) -> None:
    with pytest.raises(Misconfigured, match="cannot be opened"):
        move.move(world.app, "postgresql://nobody@127.0.0.1:1/none", who="sam")
    with pytest.raises(Misconfigured, match="is the database in use"):
        move.move(world.app, world.settings.database_url, who="sam")


class Opened:
    def __init__(self, url: str) -> None:
        self.db = Database(url)

    def __enter__(self) -> Database:
        return self.db

    def __exit__(self, *_: object) -> None:
        self.db.close()


def test_a_stop_during_a_move_moves_along_and_one_after_it_says_where_to_stop(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.approve(world.draft("Not in a crisis."))
    wait = move._wait

    def waiting(app: App) -> None:
        assert switching.stop(world.desk, "li", "a crisis")[0]
        wait(app)

    monkeypatch.setattr(move, "_wait", waiting)
    move.move(world.app, other, who="sam")
    with opened(world, other) as app:
        with app.db.read() as conn:
            assert rows.stopped(conn) == "stopped by li: a crisis"
        assert turn.drain(app.desk, "sandbox:main", "new") == {}
        brand = app.brand()
        li = next(p for p in brand.people if p.id == "li")
        assert switching.resume(app.desk, brand, li, None, "")[0]
    for word in (
        lambda: switching.stop(world.desk, "li", "again"),
        lambda: switching.resume(world.desk, world.app.brand(), li, None, ""),
        lambda: forgetting.forget(world.app, "eve", "", "li"),
    ):
        with pytest.raises(Misconfigured, match="was moved to"):
            word()
    assert world.states(post.id) == ["due"]


def test_no_login_is_renewed_and_nobody_is_heard_from_the_old_one(world: World, other: str) -> None:
    assert listen.accounts(world.desk)
    move.move(world.app, other, who="sam")
    with pytest.raises(Misconfigured, match="was moved to"), world.app.vault.lock("x:main", "session"):
        pytest.fail("a token that works once would be used up here")
    assert listen.accounts(world.desk) == []
    with opened(world, other) as app, app.vault.lock("x:main", "session"):
        assert listen.accounts(app.desk)


def test_a_move_waits_for_who_renews_a_login(world: World, other: str) -> None:
    assert leases.take(world.db, "vault:x:main:session", "another-machine:1:1:1", 10_000)
    with pytest.raises(Halted, match="still holds"):
        move.move(world.app, other, who="sam")
    with world.app.vault.lock("y:main", "session"):
        assert True


def test_no_comment_is_settled_and_nobody_gets_a_role_in_the_old_one(world: World, other: str, tmp_path: Path) -> None:
    def connected() -> None:
        with world.db.write() as conn:
            world.app.vault.swap(conn, "sandbox:main", {"session": "anew"})

    hear(world, said(1, "Where is it sold?", "ada"))
    (one,) = heard(world)
    mine, tea = world.app.brand(), world.desk
    li, sam = (next(p for p in mine.people if p.id == name) for name in ("li", "sam"))
    hook = webhook_list.add(tea, mine, sam, "https://tools.example/hook", ["*"])
    token = entry.link_of(world.app, sam, li)
    world.app.vault.store("sandbox:main", "setting:password", "opensesame")
    move.move(world.app, other, who="sam")
    words: list[Callable[[], object]] = [
        lambda: inbox.assign(tea, one.id, "li", li, mine),
        lambda: inbox.note(tea, one.id, "Ask the shop.", li),
        lambda: inbox.snooze(tea, one.id, world.clock.now(), li),
        lambda: inbox.settle(tea, one.id, CommentState.CLOSED, li),
        lambda: inbox.take_over(tea, one.id, li),
        lambda: hide.ask(tea, one.id, li),
        lambda: teaching.relabel(world.app, one.id, {"sentiment": "negative"}, "li"),
        lambda: membership.link(tea, None, "sam", "anna", "T0123ABCD", "U0123ABCD"),
        lambda: membership.unlink(tea, None, "sam", "T0123ABCD", "U0123ABCD"),
        lambda: membership.set_group(tea, None, "sam", "T0123ABCD", "S0123ABCD", None),
        lambda: webhook_list.add(tea, mine, sam, "https://tools.example/other", ["*"]),
        lambda: webhook_list.replay(tea, mine, hook, 0),
        lambda: webhook_list.remove(tea, mine, sam, hook),
        lambda: entry.sign_out(world.app, sam, li),
        lambda: entry.set_password(world.app, li, "", "sam"),
        lambda: entry.set_password(world.app, li, "four or five words", "sam"),
        lambda: entry.link_of(world.app, sam, li),
        lambda: entry.enter(world.app, token, "tests"),
        lambda: programs.token(world.app, "tests", "read", "", 9),
        world.app.vault.rotate,
        lambda: world.app.learn(tmp_path / "brand", first=lambda: pytest.fail("a file was changed")),
        connected,
    ]
    for word in words:
        with pytest.raises(Misconfigured, match="was moved to"):
            word()
    with opened(world, other) as app:
        assert app.vault.load("sandbox:main", "setting:password") == "opensesame", "its key was thrown away"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_row_that_the_new_one_would_not_take_is_named_before_anything_stops(world: World, other: str) -> None:
    world.learn(brand(), ApprovalPolicy((PolicyRule("n" * 85, Conditions(), DEFAULT.outcome),)))
    waiting = world.draft("Under a rule with a long name.")
    for check in (True, False):
        with pytest.raises(Misconfigured, match="would not take") as caught:
            move.move(world.app, other, who="sam", check=check)
        said = str(caught.value)
        assert "approval_request, id " in said
        assert "policy_rule has 85 characters, and 80 fit" in said
    world.approve(waiting)
    assert world.drain() == {"live": 1}, "the old one goes on"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_is_refused_on_the_way_is_named(world: World, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world.learn(brand(), ApprovalPolicy((PolicyRule("n" * 85, Conditions(), DEFAULT.outcome),)))
    world.draft("One."), world.draft("Two.")
    monkeypatch.setattr(move, "_fits", lambda _: None)
    monkeypatch.setattr(copying.fitting, "misfit", lambda *_: "")
    with pytest.raises(Misconfigured, match=r"approval_request, id \S+: value too long"):
        move.move(world.app, other, who="sam")
    with Opened(other) as target, target.read() as conn:
        assert copying.empty(conn)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_no_text_takes_is_left_behind(world: World, other: str) -> None:
    one = world.draft("Kept by an older version.", brief="before after")
    with world.db.write() as conn:
        conn.execute(text("UPDATE draft SET brief = 'be' || char(0) || 'fore'"))
    move.move(world.app, other, who="sam")
    with Opened(other) as target, target.read() as conn:
        assert conn.execute(select(draft.c.brief).where(draft.c.id == one.draft_id)).scalar_one() == "before"


def test_a_send_that_must_renew_its_login_during_a_move_waits_and_pauses_nothing(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.approve(world.draft("Sent as the move began."))
    adapter = world.app.platform("sandbox:main")

    def publish(*_: object) -> object:
        with world.db.write() as conn:
            moved.mark(conn, "elsewhere", at=world.clock.now(), who="sam", done=False)
        with world.app.vault.lock("sandbox:main", "session"):
            pytest.fail("the copy may have been made already")

    monkeypatch.setattr(adapter, "publish", publish)
    assert world.drain() == {"due": 1}
    monkeypatch.undo()
    with world.db.read() as conn:
        assert rows.all_paused(conn) == set()
    assert move.stay(world.app, "sam")
    world.advance(120)
    assert world.drain() == {"live": 1}
    assert world.states(post.id) == ["live"]


def test_a_stop_that_waits_for_the_copy_is_not_lost(world: World, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opens, said = move._opens, list[str]()

    def pressed() -> None:
        try:
            switching.stop(world.desk, "li", "a crisis")
        except Misconfigured as error:
            said.append(error.message)
        else:
            said.append("stopped")

    press = threading.Thread(target=pressed)

    def copied(*given: Any) -> None:
        # Every row is copied, and nothing committed yet.
        press.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        for _ in range(0 if world.db.is_sqlite else 500):
            with world.db.read() as conn:
                if conn.execute(waits).scalar_one():
                    break
            press.join(0.02)
        opens(*given)

    monkeypatch.setattr(move, "_opens", copied)
    move.move(world.app, other, who="sam")
    press.join(30)
    assert len(said) == 1
    assert said[0].startswith("This database was moved to ")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_wrote_before_the_copy_and_asks_for_the_mark_after_it_is_let_end(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.app.vault.store("sandbox:main", "setting:password", "old")
    written, ended, again = threading.Event(), list[BaseException | None](), move._alone
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

    def writes() -> None:
        try:
            with world.db.write() as conn:
                conn.execute(
                    insert(notice).values(
                        at=world.clock.now(), brand="", subject="x", level="info", text="in time", next_step=""
                    )
                )
                written.set()
                for _ in range(500):
                    with world.db.read() as look:
                        if look.execute(waits).scalar_one():
                            break
                    threading.Event().wait(0.02)
                moved.refuse(conn, moving=False)
        except BaseException as error:
            ended.append(error)
        else:
            ended.append(None)

    writer = threading.Thread(target=writes)

    def alone(*given: Any) -> None:
        writer.start()
        assert written.wait(30)
        again(*given)

    monkeypatch.setattr(move, "_alone", alone)
    move.move(world.app, other, who="sam")
    writer.join(30)
    assert ended == [None], "the server ends one of two that wait for each other"
    with Opened(other) as target, target.read() as conn:
        assert "in time" in conn.execute(select(notice.c.text)).scalars().all()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_somebody_who_never_ends_stops_the_move_and_nothing_is_marked(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(move, "STEP_BACK", 1)
    monkeypatch.setattr(move, "PATIENCE", 3)
    with world.db.write() as conn:
        conn.execute(update(notice).values(level="info"))
        with pytest.raises(Halted, match="without a pause"):
            move.move(world.app, other, who="sam")
    with world.db.read() as conn:
        assert not moved.marked(conn)


class Breaking(Database):
    """A database whose line breaks right after a commit that somebody waits for."""

    broken: ClassVar[list[BaseException]] = []

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as conn:
            yield conn
        if self.broken:
            raise self.broken.pop()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OperationalError("COMMIT", {}, Exception("the line broke"))])
def test_where_nobody_knows_whether_the_copy_counts_neither_works_until_a_person_says_so(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    post_ = world.approve(world.draft("Once only."))
    opens = move._opens

    def opening(app: App, target: Database, conn: Any) -> None:
        opens(app, target, conn)
        Breaking.broken.append(error)

    monkeypatch.setattr(move, "Database", Breaking)
    monkeypatch.setattr(move, "_opens", opening)
    with pytest.raises(Halted, match="is not known") as caught:
        move.move(world.app, other, who="sam")
    assert "--stay" in (caught.value.next_step or "")
    assert caught.value.message.endswith((": the line broke", ": KeyboardInterrupt"))
    assert world.drain() == {}
    assert world.states(post_.id) == ["due"]
    with pytest.raises(Misconfigured, match="is being moved to"):
        opened(world, world.settings.database_url)
    with opened(world, other) as app:
        assert turn.drain(app.desk, "sandbox:main", "new") == {"live": 1}


def test_what_goes_wrong_with_the_old_one_at_the_last_moment_leaves_the_new_one_empty(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.approve(world.draft("Once only."))
    own = moved.mark

    def mark(*given: Any, done: bool, **named: Any) -> None:
        if done:
            raise KeyboardInterrupt
        own(*given, done=done, **named)

    monkeypatch.setattr(moved, "mark", mark)
    with pytest.raises(KeyboardInterrupt):
        move.move(world.app, other, who="sam")
    with Opened(other) as target, target.read() as conn:
        assert copying.empty(conn)
    assert world.drain() == {"live": 1}, "the old one goes on"
    monkeypatch.undo()
    assert move.move(world.app, other, who="sam").rows > 9


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_ends_who_waits_ends_no_move(world: World, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.db.write() as conn:
        name = conn.execute(text("SELECT current_database()")).scalar_one()
        conn.execute(text(f'ALTER DATABASE "{name}" SET idle_in_transaction_session_timeout = 300'))
    world.db.engine.dispose()
    own = move._settle_in

    def slow(*given: Any) -> int:
        threading.Event().wait(1)
        return own(*given)

    monkeypatch.setattr(move, "_settle_in", slow)
    move.move(world.app, other, who="sam")
    with world.db.read() as conn:
        assert conn.execute(select(switch.c.value).where(switch.c.name == "moved")).scalars().all() == ["moved"]


def test_a_second_move_takes_no_mark_of_the_first_away(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.approve(world.draft("Once only."))
    own, first = move._require_empty, [True]

    def require(target: Database) -> None:
        own(target)
        if first and first.pop():
            move.move(world.app, other, who="anna")

    monkeypatch.setattr(move, "_require_empty", require)
    with pytest.raises(Misconfigured, match="was moved to"):
        move.move(world.app, other, who="sam")
    assert world.drain() == {}
    with opened(world, other) as app:
        assert turn.drain(app.desk, "sandbox:main", "new") == {"live": 1}


def test_who_says_stay_during_a_move_ends_it(world: World, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world.approve(world.draft("Once only."))
    monkeypatch.setattr(move, "_wait", lambda app: move.stay(app, "li"))
    with pytest.raises(Halted, match="that this database goes on"):
        move.move(world.app, other, who="sam")
    with Opened(other) as target, target.read() as conn:
        assert conn.execute(select(post.c.id)).first() is None
    assert world.drain() == {"live": 1}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_comes_while_the_rows_are_copied_is_told_at_once(
    world: World, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, said = move._settle_in, list[str]()

    def come() -> None:
        with pytest.raises(Misconfigured) as caught:
            opened(world, world.settings.database_url)
        said.append(caught.value.message)

    comes = threading.Thread(target=come)

    def copied(*given: Any) -> int:
        comes.start()
        comes.join(60)
        assert not comes.is_alive(), "it waits for the copy"
        return own(*given)

    monkeypatch.setattr(move, "_settle_in", copied)
    move.move(world.app, other, who="sam")
    assert said[0].startswith("This database is being moved to ")
