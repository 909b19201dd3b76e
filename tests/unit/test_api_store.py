"""What the API and webhooks keep, on both databases."""

from __future__ import annotations

from datetime import timedelta

from bot.store import api, happenings, webhooks
from bot.store.tables import event
from bot.workflow import webhook_list
from bot.workflow import webhooks as sent
from tests.world import World


def test_a_key_is_taken_once_and_given_free_again(world: World) -> None:
    now = world.clock.now()

    def begin(asked: str, later: float = 0) -> api.Kept | None:
        with world.db.write() as conn:
            return api.begin(conn, "k_1", "key", asked, now + timedelta(seconds=later))

    assert begin("a") is None
    assert begin("a") == api.Kept("a", None, {}, "")
    with world.db.write() as conn:
        api.release(conn, "k_1", "key")
    assert begin("a") is None
    with world.db.write() as conn:
        api.finish(conn, "k_1", "key", 201, {"content-type": "application/json"}, "{}")
        # What was answered is not given free by a fault that comes later.
        api.release(conn, "k_1", "key")
    assert begin("b") == api.Kept("a", 201, {"content-type": "application/json"}, "{}")
    assert begin("b", api.KEPT.total_seconds() + 1) is None


def test_a_token_counts_until_its_day(world: World) -> None:
    now = world.clock.now()
    made = api.Token("k_1", "lumen", "li", "t", frozenset(("read", "write")), now, "sam", now + timedelta(days=1))
    with world.db.write() as conn:
        api.add_token(conn, "sgn_x", made)
        api.used(conn, "k_1", now)
    with world.db.read() as conn:
        found = api.token(conn, "sgn_x", now)
        assert found is not None
        assert (found.scopes, found.used) == (made.scopes, now)
        assert api.token(conn, "sgn_x", now + timedelta(days=1)) is None
        assert api.token(conn, "sgn_y", now) is None
    with world.db.write() as conn:
        assert api.revoke(conn, "k_1")
        assert not api.revoke(conn, "k_1")


def test_pages_of_drafts_and_posts_meet_without_a_gap(world: World) -> None:
    made = [world.draft(f"Number {n}.") for n in range(5)]
    signed = [world.approve(v).id for v in made]
    for read, wanted in ((api.drafts, [v.draft_id for v in made]), (api.posts, signed)):
        got, after = list[str](), None
        with world.db.read() as conn:
            while some := read(conn, "lumen", "sandbox:main", after, 2):
                names = [one if isinstance(one, str) else one[0].id for one in some]
                got += names
                # All of one instant: the id decides.
                after = (world.clock.now(), names[-1])
        assert sorted(got) == sorted(wanted)
        assert len(got) == len(set(got))


def test_the_record_is_read_on_and_deliveries_are_taken_once(world: World) -> None:
    one = webhook_list.add(world.desk, world.app.brand(), world.app.brand().people[2], "https://x.example", ["draft.*"])
    version = world.draft()
    with world.db.read() as conn:
        found, last = happenings.since(conn, world.app.brand(), 0, 1)
        rest, _ = happenings.since(conn, world.app.brand(), last, 100)
        newest = conn.execute(event.select().order_by(event.c.id.desc())).first()
    assert [h.type for h in [*found, *rest]] == ["draft.proposed", "draft.in_review"]
    assert {h.draft for h in [*found, *rest]} == {version.draft_id}
    assert newest is not None
    now = world.clock.now()
    with world.db.write() as conn:
        wanted = [sent.made(one, world.app.brand(), h, now) for h in [*found, *rest]]
        assert webhooks.enqueue(conn, wanted) == 2
        assert webhooks.enqueue(conn, wanted) == 0
        first = webhooks.claim(conn, one.id, now, now + timedelta(seconds=60))
        second = webhooks.claim(conn, one.id, now, now + timedelta(seconds=60))
        assert first is not None
        assert second is not None
        assert {first.event, second.event} == {h.id for h in [*found, *rest]}
        assert webhooks.claim(conn, one.id, now, now) is None
        late = webhooks.claim(conn, one.id, now + timedelta(seconds=61), now + timedelta(seconds=121))
        # Whoever took it over decides; the one that was late says nothing any more.
        assert late is not None
        assert not webhooks.settle(conn, first, "done", now, now, 200, "")
        assert webhooks.settle(conn, late, "done", now, now, 200, "")
        assert webhooks.counts(conn, one.id) == {"done": 1, "waiting": 1}
        webhooks.remove(conn, one.id)
        assert webhooks.counts(conn, one.id) == {}
