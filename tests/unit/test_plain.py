"""What is asked for every post: the short way to the driver says the same, and lists need no statement for each row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.app import App
from bot.domain.post import PostState
from bot.platforms.sandbox import Sandbox
from bot.settings import load
from bot.store import clearance, posts
from bot.store.plain import Plain, run
from bot.store.tables import account_fact, lease, post_part
from bot.workflow import outcome, publish, queue, turn
from bot.writing import weeks
from tests.world import World

AT = datetime(2026, 11, 22, 9, 0, 0, 120, tzinfo=timezone(timedelta(hours=8)))


def test_it_says_what_sqlalchemy_says(world: World) -> None:
    store = Plain(insert(lease), "name", "owner", "fence", "until")
    lines = [{"name": f"l{n}", "owner": "me", "fence": n, "until": AT + timedelta(seconds=n)} for n in range(3)]
    query = select(lease).where(lease.c.fence >= bindparam("least"), lease.c.owner == "me").order_by(lease.c.name)
    change = Plain(update(lease).where(lease.c.name == bindparam("its")).values(fence=bindparam("fence"), owner="you"))
    with world.db.write() as conn:
        store.run(conn, lines)
        assert [tuple(r) for r in Plain(query).rows(conn, {"least": 1})] == [
            tuple(r) for r in conn.execute(query, {"least": 1})
        ]
        assert Plain(query).rows(conn, {"least": 2})[0][3] == AT.astimezone(UTC) + timedelta(seconds=2)
        assert change.run(conn, [{"its": "l0", "fence": 7}, {"its": "nobody's", "fence": 7}]) == 1
        assert conn.execute(select(lease.c.owner, lease.c.fence).where(lease.c.name == "l0")).one() == ("you", 7)


def test_a_json_column_comes_back_as_it_went(world: World) -> None:
    with world.db.write() as conn:
        conn.execute(insert(account_fact).values(account="a:b", name="said", value={"茶": [1, None]}, at=AT))
        query = select(account_fact.c.value).where(account_fact.c.account == bindparam("account"))
        assert Plain(query).rows(conn, {"account": "a:b"})[0][0] == {"茶": [1, None]}


def test_a_naive_instant_is_refused(world: World) -> None:
    store = Plain(insert(lease), "name", "owner", "fence", "until")
    line = {"name": "l", "owner": "me", "fence": 1, "until": datetime(2026, 11, 22)}  # noqa: DTZ001
    with pytest.raises(Exception, match="naive"), world.db.write() as conn:
        store.run(conn, [line])


def test_its_faults_are_sqlalchemys_and_undo_what_was_written(world: World) -> None:
    store = Plain(insert(lease), "name", "owner", "fence", "until")
    line = {"name": "l", "owner": "me", "fence": 1, "until": AT}
    with pytest.raises(IntegrityError), world.db.write() as conn:
        store.run(conn, [line, line])
    with world.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(lease)).scalar_one() == 0
        if world.db.is_sqlite:
            with pytest.raises(OperationalError, match="no such table"):
                run(conn, "SELECT * FROM nowhere")


def test_the_fence_sees_what_the_intent_sees(world: World) -> None:
    post = world.approve(world.draft("One", "Two"))
    with world.db.read() as conn:
        all_of_it = clearance.read(conn, world.db, [post.id]).of[post.id]
        again = clearance.read_again(conn, world.db, [post.id]).of[post.id]
    assert again == clearance.Ground(**{name: getattr(all_of_it, name) for name in vars(again)})
    assert again.content_hash == again.hash == post.hash
    assert again.stands == {0: ("due", 0), 1: ("due", 0)}
    assert not again.sends(0, 0)
    with world.db.write() as conn:
        # By hand: the row says another state than what was announced.
        conn.execute(update(post_part).where(post_part.c.n == 1).values(state="sending", attempts=2))
        again = clearance.read_again(conn, world.db, [post.id]).of[post.id]
    assert again.sends(1, 2)
    assert not again.sends(1, 1)
    assert not again.sends(2, 2)


def test_a_post_goes_by_the_login_that_is_there_when_it_is_announced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process connects the account anew; the worker has an adapter with the old login at hand."""
    world.drain()
    first = world.app.platform("sandbox:main")
    used: list[object] = []
    send = Sandbox.publish

    def noted(self: Sandbox, out: object, once: str) -> object:
        used.append(self)
        return send(self, out, once)  # type: ignore[arg-type]

    monkeypatch.setattr(Sandbox, "publish", noted)
    post = world.approve(world.draft())
    with App(load(home=world.settings.home, database_url=world.settings.database, operator="li")) as other:
        other.vault.of("sandbox:main").store("setting:token", "another")
    assert world.app.at_hand("sandbox:main") is first
    world.drain()
    assert world.states(post.id) == ["live"]
    assert used == [world.app.platform("sandbox:main")]
    assert used != [first]


def test_an_account_that_left_the_brand_is_told_of_though_its_adapter_is_at_hand(world: World) -> None:
    post = world.approve(world.draft())
    assert world.app.platform("sandbox:main")
    with world.db.read() as conn:
        brand, _ = world.desk.brand(conn)
    world.learn(replace(brand, accounts=brand.accounts[1:]))
    me = turn.worker_id()
    fence = 1
    with world.db.write() as conn:
        until = world.clock.now() + timedelta(days=3650)
        conn.execute(insert(lease).values(name="account:sandbox:main", owner=me, fence=fence, until=until))
    hold = outcome.Hold("account:sandbox:main", me, fence)
    assert publish.publish_part(world.desk, post.id, 0, hold) is PostState.REFUSED


def test_a_list_takes_as_many_statements_for_many_drafts_as_for_few(world: World) -> None:
    def asked() -> tuple[int, int]:
        counts = []
        for ask in (lambda conn: queue.rows(conn, "lumen", world.clock.now(), True),
                    lambda conn: weeks.weeks(world.app, 2)):  # fmt: skip
            said: list[str] = []

            def note(c: object, u: object, text: str, *_: object, said: list[str] = said) -> None:
                said.append(text)

            event.listen(world.db.engine, "before_cursor_execute", note)
            with world.db.read() as conn:
                ask(conn)
            event.remove(world.db.engine, "before_cursor_execute", note)
            counts.append(len(said))
        return counts[0], counts[1]

    made = [world.approve(world.draft(f"Oolong {n}")) for n in range(2)]
    few = asked()
    made += [world.approve(world.draft(f"Sencha {n}")) for n in range(8)]
    assert asked() == few
    with world.db.read() as conn:
        found = queue.rows(conn, "lumen", world.clock.now())
        assert {r["post"] for r in found} == {p.id for p in made}
        assert all(posts.get(conn, r["post"]).draft_id == r["id"] for r in found)
