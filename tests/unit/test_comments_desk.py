"""What people do with comments in the terminal; what a policy would have done; and forgetting somebody for good."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from bot.domain.comment import CommentState, Intent, Triage
from bot.domain.policy import ApprovalPolicy
from bot.domain.replies import RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.errors import BadInput, NotAllowed
from bot.store import authors, comments, events
from bot.store.tables import worker
from bot.surfaces.cli.comments import named
from bot.surfaces.cli.group import load
from bot.surfaces.cli.session import Session
from bot.workflow import inbox, listen, replay
from bot.writing import forgetting
from tests.unit.test_comments_listen import NOW, hear, heard, said
from tests.world import World, brand


@pytest.fixture
def known(world: World) -> dict[str, str]:
    """Three comments that were read: praise, a question, a threat with a lawyer; by remote id."""
    hear(world, said(1, "Lovely tea", "ada"), said(2, "Where is it sold?", "bob"), said(3, "My lawyer calls", "eve"))
    intents = {"r1": Intent.PRAISE, "r2": Intent.QUESTION, "r3": Intent.LEGAL}
    with world.db.write() as conn:
        now = world.clock.now()
        taken = comments.claim(conn, "w", now, now + timedelta(seconds=9), 9, state=CommentState.NEW)
        read = [(e, Triage("en", "neutral", 0, 0.9, "", intent=intents[e.comment.remote_id])) for e in taken]
        comments.keep_triage(conn, read, "w", now, "test")
    return {e.comment.remote_id: e.id for e in taken}


def entry(world: World, comment_id: str) -> comments.Entry:
    with world.db.read() as conn:
        return comments.get(conn, comment_id)


def person(world: World, name: str):
    found = brand().person(name)
    assert found is not None
    return found


def test_a_comment_is_assigned_noted_snoozed_and_closed(world: World, known: dict[str, str]) -> None:
    one, li = known["r2"], person(world, "li")
    inbox.assign(world.desk, one, "ben", li, brand())
    inbox.note(world.desk, one, "Ask the shop.", li)
    inbox.snooze(world.desk, one, inbox.until("2h", world.clock.now(), "UTC"), li)
    waiting = comments.Filter(waiting_at=world.clock.now())
    with world.db.read() as conn:
        assert one not in [e.id for e in comments.recent(conn, "lumen", None, only=waiting)]
        later = comments.Filter(waiting_at=world.clock.now() + timedelta(hours=3), assignee="ben")
        assert [e.id for e in comments.recent(conn, "lumen", None, only=later)] == [one]
        assert [n["text"] for n in comments.notes(conn, one)] == ["Ask the shop."]
    assert inbox.settle(world.desk, one, CommentState.CLOSED, li)
    assert not inbox.settle(world.desk, one, CommentState.CLOSED, li)
    assert entry(world, one).closed is not None


def test_a_persons_own_answer_is_a_draft_and_the_thread_is_theirs(world: World, known: dict[str, str]) -> None:
    version = inbox.answer(world.desk, known["r2"], "In our shop.", person(world, "anna"))
    assert version.content.reply_parent == "r2"
    one = entry(world, known["r2"])
    assert (one.state, one.draft) == (CommentState.PROPOSED, version.draft_id)
    with world.db.read() as conn:
        assert authors.taken_by(conn, "sandbox:main", one.thread) == "anna"
    with pytest.raises(NotAllowed, match="has an answer already"):
        inbox.answer(world.desk, known["r2"], "Again", person(world, "anna"))


def test_replay_tells_what_a_policy_would_have_done_and_changes_nothing(world: World, known: dict[str, str]) -> None:
    rules = (
        ReplyRule("thanks", ReplyAction.AUTOMATIC, RemarkConditions(intent=("praise",)), owner="li"),
        ReplyRule("all", ReplyAction.PROPOSE),
    )
    hear(world, said(4, "Check out my bio for free crypto", "sam"))
    found = replay.replay(world.desk, "lumen", 30, ApprovalPolicy(replies=ReplyPolicy(rules)))
    told = {(line.rule, line.action): line.comments for line in found.lines.values()}
    assert told == {("thanks", "automatic"): 1, ("all", "propose"): 1, ("(law, press, crisis, money)", "escalate"): 1}
    assert (found.comments, found.unread) == (4, 1)
    assert all(entry(world, one).state is CommentState.TRIAGED for one in known.values())
    own = replay.replay(world.desk, "lumen", 30)
    assert {line.action for line in own.lines.values()} == {"leave", "escalate"}


def test_who_is_forgotten_leaves_nothing_and_is_not_heard_again(world: World, known: dict[str, str]) -> None:
    secret = "Where is it sold?"
    inbox.answer(world.desk, known["r2"], "In our shop.", person(world, "anna"))
    with world.db.write() as conn:
        comments.note(conn, known["r2"], "bob is rude", "li", world.clock.now())
        from bot.store import desk as rows

        body = [{"kind": "prompt", "text": f"> {secret}"}]
        rows.save_transcript(conn, id="t_1", brand="lumen", who="x", purpose="x", model="m", body=body, tokens_in=1,
                             tokens_out=1, usd="0", created=NOW)  # fmt: skip
    found = forgetting.forget(world.app, "@bob", "", "sam")
    assert (found.comments, found.notes, found.transcripts) == (1, 1, 1)
    assert listen.listen is not None
    hear(world, said(9, "It is me again", "bob"))
    with world.db.read() as conn:
        assert [e.comment.author.handle for e in comments.recent(conn, "lumen", None)] == ["eve", "ada"]
        from sqlalchemy import text

        from bot.store import copying

        for table in copying.tables():
            for row in conn.execute(table.select()):
                assert secret not in json.dumps([str(v) for v in row]), table.name
                assert "bob" not in [str(v) for v in row], table.name
        assert conn.execute(text("select count(*) from author_state")).scalar_one() >= 1
    if world.db.is_sqlite:
        assert secret.encode() not in (world.settings.home / "signoff.db").read_bytes()


def test_the_inbox_is_read_and_changed_in_the_terminal(world: World, known: dict[str, str]) -> None:
    session = Session(person="sam", home=world.settings.home)
    env = {"SIGNOFF_DATABASE_URL": world.settings.database_url, "LANGUAGE": "en"}

    def run(word: str, *args: str) -> str:
        command = load(word)
        assert command is not None
        done = CliRunner().invoke(command, list(args), obj=session, env=env, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    listed = json.loads(run("inbox", "--json"))
    assert {row["author"] for row in listed} == {"ada", "bob", "eve"}
    question = run("inbox", "--intent", "question")
    assert "Where is it sold?" in question
    assert question.split("\n")[0].split()[:5] == ["ID", "Account", "From", "Text", "Read"]
    assert "triaged" not in question
    assert " waits " in question
    assert "only a worker hears comments" in run("inbox", "--search", "zebra")
    with world.db.write() as conn:
        now = datetime.now(UTC)
        conn.execute(insert(worker).values(id="w1", started=now, seen=now))
    assert "only a worker hears comments" not in run("inbox", "--search", "zebra")
    assert "sees to it" in run("inbox", known["r2"], "--assign", "ben")
    assert "Where is it sold?" in run("inbox", known["r2"])
    assert "would" in run("policy", "--help") or "reply" in run("policy", "--help")
    assert "3 comments in 3650 days" in run("policy", "replay", "--days", "3650")
    assert "Erased: 1 comments" in run("forget", "eve", "--yes")


def test_who_once_said_stop_is_answered_again_when_an_approver_says_so(world: World) -> None:
    hear(world, said(1, "stop", "eve"), said(2, "Lovely tea", "ada"))
    with world.db.read() as conn:
        one, other = (next(e.id for e in comments.recent(conn, "lumen", None, only=comments.Filter())
                           if e.comment.remote_id == r) for r in ("r1", "r2"))  # fmt: skip
        assert authors.opted_out(conn, "lumen", "sandbox", entry(world, one).comment.author.id)
    with pytest.raises(NotAllowed):
        inbox.opt_in(world.desk, one, person(world, "anna"))
    assert inbox.opt_in(world.desk, one, person(world, "li"))
    assert not inbox.opt_in(world.desk, one, person(world, "li"))
    assert not inbox.opt_in(world.desk, other, person(world, "li"))
    world.advance(60)
    hear(world, said(1, "stop", "eve"), said(3, "Which tea is the best?", "eve"))
    author = entry(world, one).comment.author.id
    with world.db.read() as conn:
        assert authors.left_alone(conn, "lumen") == set(), "the platform shows the old one again, and it counts no more"
        assert not next(e for e in comments.recent(conn, "lumen", None, only=comments.Filter())
                        if e.comment.remote_id == "r3").aside  # fmt: skip
        trail = [(line["who"], line["why"]) for line in events.about(conn, f"comment:{one}")]
        assert ("li", "its author may be answered again") in trail
    hear(world, said(4, "stop", "eve"))
    with world.db.read() as conn:
        assert authors.opted_out(conn, "lumen", "sandbox", author), "a new word counts at once"


def test_a_slip_of_the_hand_names_no_comment(world: World) -> None:
    hear(world, said(1, "Lovely tea", "ada"))
    (one,) = heard(world)
    for given in ("", "c", "c_", one.id[:5], one.id[2:5]):
        with pytest.raises(BadInput, match="is too short for a comment's id"):
            named(world.app, given)
    for given in (one.id, one.id[2:], one.id[:6], one.id[2:6]):
        assert named(world.app, given) == one.id
