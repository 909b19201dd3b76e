"""What is old is let go of, a little at a time; what proves a decision never is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, insert, select

from bot.domain.comment import CommentState, Triage
from bot.store import comments, copying, events, readings, retention
from bot.store import desk as rows
from bot.store.tables import approval_request, decision, event, notice, reading, transcript
from bot.workflow import inbox, tend
from bot.writing import forgetting
from tests.unit.test_comments_listen import hear, heard, said
from tests.world import World

OLD = timedelta(days=400)


def count(world: World, table: object) -> int:
    with world.db.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def aged(world: World, n: int = 1) -> None:
    """Make old rows of each kind: a run, a read and an unread message, an event of an account, a reading."""
    at = world.clock.now() - OLD
    post = world.approve(world.draft("Old words."))
    world.drain()
    with world.db.write() as conn:
        for i in range(n):
            rows.save_transcript(
                conn, id=f"r_{i}", brand="lumen", who="li", purpose="draft", model="m", body=[], tokens_in=1,
                tokens_out=1, usd="0", created=at,
            )  # fmt: skip
            conn.execute(
                insert(notice).values(
                    at=at, brand="lumen", subject=f"x{i}", level="warn", text="t", next_step="", seen=at
                )
            )
        rows.notify(conn, at, "lumen", "unread", "nobody saw this", "look")
        events.record(conn, at, "li", "account:sandbox:main", "on", "paused", "old")
        events.record(conn, at, "li", "draft:d_1@1", "in_review", "approved", "old")
        events.record(conn, at, "li", f"part:{post.id}/0", "due", "sending", "old")
        conn.execute(insert(reading).values(post_id=post.id, n=0, age=1, at=at, likes=3))


def keep(world: World, **days: int) -> None:
    object.__setattr__(
        world.desk, "keep", {"transcripts": 0, "notices": 0, "readings": 0, "comments": 0, "events": 0, **days}
    )


def test_by_default_only_read_messages_go_after_a_year(world: World) -> None:
    aged(world)
    assert world.desk.keep == {"transcripts": 0, "notices": 365, "readings": 0, "comments": 0, "events": 0}
    tend.tend(world.desk)
    assert count(world, transcript) == 1
    assert count(world, reading) == 1
    with world.db.read() as conn:
        assert [n["subject"] for n in rows.notices(conn, unseen=False) if n["text"] == "t"] == []
        assert "nobody saw this" in [n["text"] for n in rows.notices(conn)]


def test_what_may_go_goes_and_the_proof_stays(world: World) -> None:
    aged(world)
    before = {t.name: count(world, t) for t in (approval_request, decision)}
    with world.db.read() as conn:
        proof = len(events.about(conn, "draft:%")) + len(events.about(conn, "part:%"))
    keep(world, transcripts=30, notices=30, readings=30, events=30)
    tend.tend(world.desk)
    assert count(world, transcript) == 0
    assert count(world, reading) == 0
    with world.db.read() as conn:
        assert events.about(conn, "account:sandbox:main") == []
        assert len(events.about(conn, "draft:%")) + len(events.about(conn, "part:%")) == proof
    assert {t.name: count(world, t) for t in (approval_request, decision)} == before


def test_many_rows_go_in_small_steps_and_then_not_before_tomorrow(world: World) -> None:
    aged(world, retention.BATCH + 20)
    keep(world, transcripts=30)
    tend.tend(world.desk)
    assert count(world, transcript) == 20
    tend.tend(world.desk)
    assert count(world, transcript) == 0
    aged_again = world.clock.now() - OLD
    with world.db.write() as conn:
        rows.save_transcript(
            conn, id="r_x", brand="lumen", who="li", purpose="draft", model="m", body=[], tokens_in=1, tokens_out=1,
            usd="0", created=aged_again,
        )  # fmt: skip
    tend.tend(world.desk)
    assert count(world, transcript) == 1
    world.advance(25 * 3600)
    tend.tend(world.desk)
    assert count(world, transcript) == 0


def test_counts_that_would_be_read_again_stay(world: World) -> None:
    aged(world)
    keep(world, readings=1)
    with world.db.write() as conn:
        post_id = conn.execute(select(reading.c.post_id)).scalar_one()
        at = world.clock.now() - timedelta(days=20)
        conn.execute(insert(reading).values(post_id=post_id, n=0, age=6, at=at, likes=4))
    tend.tend(world.desk)
    with world.db.read() as conn:
        assert list(conn.execute(select(reading.c.age)).scalars()) == [6]
    assert readings.GIVE_UP < retention._READ_AGAIN


def test_doctor_says_what_is_kept(world: World) -> None:
    from bot import evidence

    aged(world)
    found = {h.name: h for h in evidence.doctor(world.app, model=False)}
    assert found["kept"].ok
    assert "transcripts" in found["kept"].detail
    assert "365" in found["kept"].detail
    assert found["disk"].ok


def test_the_record_of_events_is_counted(world: World) -> None:
    aged(world)
    with world.db.read() as conn:
        kept = retention.kept(conn)
        total = conn.execute(select(func.count()).select_from(event)).scalar_one()
    assert kept["events"][0] == total
    assert kept["transcripts"] == (1, world.clock.now() - OLD)


def test_what_comments_said_goes_after_its_days_and_their_counts_stay(world: World) -> None:
    old, new = "My secret tin number 4411 was mouldy", "A word of today"
    hear(world, said(1, old, "ada"), said(2, "Old too: my hidden wish", "bob"))
    one, two = heard(world)
    bad = Triage("en", "negative", -0.9, 0.9, f"Sounds negative: “{old[:9]}”.", topics=("quality",), span=(3, 9))
    with world.db.write() as conn:
        now = world.clock.now()
        comments.claim(conn, "w", now, now + timedelta(seconds=9), 9, state=CommentState.NEW)
        comments.keep_triage(conn, [(one, bad), (two, bad)], "w", now, "test")
        comments.note(conn, one.id, old, "x", now, kind="before")
        rows.save_transcript(conn, id="t_9", brand="lumen", who="x", purpose="x", model="m", tokens_in=1, tokens_out=1,
                             usd="0", created=now, body=[{"text": f"> {old}"}])  # fmt: skip
        counts = comments.mood(conn, "lumen", now - timedelta(days=2))
    first = world.clock.now()
    world.advance(40 * 86_400)
    hear(world, said(40 * 86_400, new, "eve"))
    keep(world, comments=30)
    tend.tend(world.desk)
    with world.db.read() as conn:
        found = {e.comment.author.id: e for e in comments.recent(conn, "lumen", None, limit=None)}
        assert comments.mood(conn, "lumen", first - timedelta(days=2)) == counts
        whole = "".join(str(conn.execute(select(table)).all()) for table in copying.tables())
    assert (found["ada"].text, found["ada"].comment.text, found["eve"].text) == ("", "", new)
    assert (found["ada"].state, found["ada"].why) == (CommentState.CLOSED, "it is older than comments are kept")
    assert "4411" not in whole
    assert "hidden wish" not in whole
    # A page that is read again brings nothing back.
    hear(world, said(1, old, "ada"), said(2, "Old too: my hidden wish, mended", "bob"))
    assert {e.text for e in heard(world)} == {"", new}
    # Who is forgotten afterwards is found all the same.
    assert forgetting.forget(world.app, "ada", "sandbox", "sam").comments == 1
    hear(world, said(41 * 86_400, "It is me again", "ada"))
    assert "ada" not in {e.comment.author.id for e in heard(world)}


def test_an_answer_under_way_keeps_its_comment_until_it_ended(world: World) -> None:
    hear(world, said(1, "Where is it sold?", "ada"))
    (one,) = heard(world)
    li = world.app.brand().person("li")
    assert li is not None
    inbox.answer(world.desk, one.id, "In our shop.", li)
    world.advance(40 * 86_400)
    keep(world, comments=30)
    with world.db.write() as conn:
        retention.tidy(conn, world.desk.keep, world.clock.now())
    assert heard(world)[0].text == "Where is it sold?"


def test_who_gave_what_and_who_may_what_is_never_let_go_of(world: World) -> None:
    proof = [
        "lasting:l_1",
        "person:T/U",
        "group:T/S",
        "brand:lumen",
        "token:k_1",
        "comment:c_1",
        "series:q_1",
        "switch",
    ]
    passing = ["account:sandbox:main", "worker:w", "web:li"]
    with world.db.write() as conn:
        before = set(conn.execute(select(event.c.subject)).scalars())
        for subject in (*proof, *passing):
            events.record(conn, world.clock.now() - OLD, "li", subject, "on", "off", "old")
        retention.tidy(conn, {"events": 30}, world.clock.now())
        assert set(conn.execute(select(event.c.subject)).scalars()) == {*before, *proof}


def test_more_days_than_the_calendar_has_keep_all(world: World) -> None:
    aged(world)
    with world.db.write() as conn:
        assert retention.tidy(conn, {"events": 10**12, "notices": 800_000}, world.clock.now()) == 0
