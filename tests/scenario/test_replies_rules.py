"""From a fan's comment to an answer on the (sandbox) network, or to none: rules, people, rights, changes on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select

from bot.domain.brand import Brand
from bot.domain.comment import CommentState, Entry, Intent, Priority, Triage
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, Kind, PolicyRule
from bot.domain.replies import RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.platforms.base import Platform
from bot.platforms.sandbox import Sandbox
from bot.store import answers, authors, comments, copying, drafts, restored
from bot.store import desk as rows
from bot.workflow import attend, decide, escalate, inbox, listen, reply, triage
from bot.workflow.reply import Written
from tests.world import PEOPLE, World, brand

THANKS = ReplyRule("thanks", ReplyAction.AUTOMATIC, RemarkConditions(intent=("praise",)), owner="li", acceptance=0)
ASKED = ReplyRule("asked", ReplyAction.PROPOSE, RemarkConditions(intent=("question",)))
RULES = ReplyPolicy((THANKS, ASKED, ReplyRule("abuse", ReplyAction.HIDE, RemarkConditions(intent=("abuse",)))))
_INTENTS = {"lawyer": Intent.LEGAL, "love": Intent.PRAISE, "?": Intent.QUESTION, "idiot": Intent.ABUSE}


def read(found: Sequence[Entry]) -> list[Triage]:
    """Read comments by one word each."""
    said = [next((i for word, i in _INTENTS.items() if word in e.text.lower()), Intent.OTHER) for e in found]
    return [Triage("en", "neutral", 0.0, 0.9, "", intent=i, priority=Priority.NORMAL, by="test") for i in said]


class Desk:
    """A world whose comments are read by one word and answered by a pen that writes the same."""

    def __init__(self, world: World, policy: ReplyPolicy = RULES, rules: tuple[PolicyRule, ...] = ()) -> None:
        self.world, self.written = world, 0
        world.learn(brand(), ApprovalPolicy(rules, policy))
        world.desk.minds.read, world.desk.minds.write = read, self.write
        post = world.app.sandbox.post("lumen.sandbox", "The oolongs are here.")
        assert post is not None
        self.post = post

    def write(self, its: Brand, one: Entry, thread: Sequence[Entry], rule: ReplyRule) -> Written:
        self.written += 1
        return Written("reply", f"Thank you, {one.comment.author.handle}.", evidence={"run": "t"})

    def says(self, text: str, who: str = "ada.sandbox", below: str = "") -> str:
        made = self.world.app.sandbox.post(who, text, parent_id=below or self.post.id)
        assert made is not None
        return made.id

    def look(self) -> None:
        """Let a worker look once, a minute later."""
        self.world.advance(61)
        attend.attend(self.world.desk)

    def drain(self) -> None:
        self.world.drain()
        escalate.follow(self.world.desk)

    def entry(self, remote: str) -> Entry:
        with self.world.db.read() as conn:
            return next(e for e in comments.recent(conn, "lumen", None) if e.comment.remote_id == remote)

    def answers(self, remote: str) -> list[str]:
        """Return what stands on the network below a comment, by the brand."""
        below = self.world.app.sandbox.thread(self.post.id)
        return [p.text for p in below if p.parent_id == remote and p.account == "lumen.sandbox" and not p.deleted]

    def sign(self, remote: str) -> None:
        with self.world.db.read() as conn:
            version = drafts.version(conn, self.entry(remote).draft)
        self.world.approve(version)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_person_signs_the_answer_to_a_question(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    assert desk.entry(asked).state is CommentState.PROPOSED
    desk.drain()
    assert desk.answers(asked) == []
    desk.sign(asked)
    desk.drain()
    assert desk.answers(asked) == ["Thank you, ada.sandbox."]
    assert desk.entry(asked).state is CommentState.ANSWERED
    assert desk.entry(asked).answered is not None


def test_a_rule_answers_praise_by_itself_in_the_name_of_its_owner(desk: Desk) -> None:
    said = desk.says("I love it")
    desk.look()
    assert desk.entry(said).state is CommentState.AUTO_REPLIED
    desk.drain()
    assert desk.answers(said) == ["Thank you, ada.sandbox."]
    with desk.world.db.read() as conn:
        from bot.store import approvals

        (signed,) = approvals.decisions(conn, draft_id=desk.entry(said).draft)
    assert (signed.person, signed.via) == ("li", "policy")
    assert "thanks" in signed.reason
    assert "Thank you, ada.sandbox." in signed.shown


def test_what_the_approval_policy_wants_two_people_for_no_rule_signs(world: World) -> None:
    desk = Desk(world, rules=(PolicyRule("two", Conditions(kind=(Kind.REPLY,)), Ask(needed=2)),))
    said = desk.says("I love it")
    desk.look()
    desk.drain()
    assert desk.entry(said).state is CommentState.PROPOSED
    assert desk.answers(said) == []


def test_the_law_and_money_go_to_people_whatever_the_rules_say(desk: Desk) -> None:
    law, money = desk.says("I love it, but my lawyer does not"), desk.says("I want $2,500 back?", "bob.sandbox")
    desk.look()
    for remote in (law, money):
        assert desk.entry(remote).state is CommentState.ESCALATED
    assert desk.written == 0
    with desk.world.db.read() as conn:
        told = {n["subject"]: n["text"] for n in rows.notices(conn, brand="lumen")}
    assert "bob.sandbox" in told[f"comment:{desk.entry(money).id}"]
    assert "2500" in told[f"comment:{desk.entry(money).id}"]


def test_abuse_is_hidden_and_what_no_rule_names_waits_for_people(desk: Desk) -> None:
    rude, plain = desk.says("idiot"), desk.says("Saw it yesterday", "bob.sandbox")
    desk.look()
    desk.look()
    assert (desk.entry(rude).state, desk.entry(plain).state) == (CommentState.HIDDEN, CommentState.TRIAGED)
    assert desk.written == 0


def test_a_backlog_that_was_heard_long_ago_stays_within_the_caps(world: World) -> None:
    desk = Desk(world, ReplyPolicy((replace(THANKS, per_day=2),)))
    said = [desk.says("I love it", f"{name}.sandbox") for name in "abcd"]
    world.advance(61)
    listen.listen(world.desk)
    triage.triage(world.desk, read)
    world.advance(26 * 3600)
    reply.reply(world.desk, desk.write)
    assert [desk.entry(s).state for s in said].count(CommentState.AUTO_REPLIED) == 2


def test_one_answer_a_thread_and_author_and_no_more_than_the_caps(world: World) -> None:
    desk = Desk(world, ReplyPolicy((replace(THANKS, per_day=2),)))
    said = [desk.says("I love it", who) for who in ("a.sandbox", "a.sandbox", "b.sandbox", "c.sandbox")]
    desk.look()
    desk.drain()
    assert [len(desk.answers(remote)) for remote in said] == [1, 0, 1, 0]
    with world.db.read() as conn:
        assert authors.answers(conn, "sandbox", automatic=True) == 2
    # What the rule may not send, a person may sign.
    assert desk.entry(said[3]).state is CommentState.PROPOSED
    assert "answered 2 times in a day" in desk.entry(said[3]).why


def test_bots_own_accounts_and_those_who_said_stop_get_no_answer(desk: Desk) -> None:
    desk.world.app.sandbox.join("robot.sandbox", bot=True)
    said = [desk.says("I love it", w) for w in ("robot.sandbox", "lumen-cn.sandbox")]
    desk.says("stop", "eve.sandbox")
    said.append(desk.says("I love it, sorry", "eve.sandbox"))
    desk.look()
    desk.drain()
    assert [desk.answers(remote) for remote in said] == [[], [], []]
    assert desk.written == 0


def test_a_comment_removed_after_the_signature_gets_no_answer(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    desk.sign(asked)
    desk.world.app.sandbox.delete("ada.sandbox", asked)
    desk.drain()
    assert desk.world.live() == ["The oolongs are here."]
    assert desk.entry(asked).state is CommentState.CLOSED
    with desk.world.db.read() as conn:
        assert any("removed the comment" in n["text"] for n in rows.notices(conn, brand="lumen"))


def test_a_comment_changed_after_the_signature_gets_no_answer(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    desk.sign(asked)
    desk.world.app.sandbox.edit("ada.sandbox", asked, "You are thieves.")
    desk.drain()
    assert desk.answers(asked) == []
    assert desk.entry(asked).state is CommentState.ESCALATED
    assert desk.entry(asked).text == "You are thieves."


def test_who_says_stop_between_signature_and_send_gets_no_answer(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    desk.sign(asked)
    desk.says("Stop replying to me")
    desk.world.advance(61)
    listen.listen(desk.world.desk)
    desk.drain()
    assert desk.answers(asked) == []
    assert desk.entry(asked).state is CommentState.CLOSED


def test_a_person_who_answers_on_the_network_takes_the_thread_over(desk: Desk) -> None:
    first = desk.says("I love it")
    desk.look()
    assert desk.entry(first).state is CommentState.AUTO_REPLIED
    desk.says("Hi Ada, Li here!", "lumen.sandbox", below=first)
    desk.drain()
    assert desk.answers(first) == ["Hi Ada, Li here!"]
    again = desk.says("I love you all", "bob.sandbox")
    desk.look()
    desk.drain()
    assert desk.answers(again) == []
    assert "answers in this thread" in desk.entry(again).why
    with desk.world.db.write() as conn:
        assert authors.give_back(conn, "sandbox:main", desk.post.id, "li", desk.world.clock.now())


def test_the_kill_switch_keeps_rules_from_signing(desk: Desk) -> None:
    with desk.world.db.write() as conn:
        rows.set_stop(conn, True, who="sam", why="", at=desk.world.clock.now())
    said = desk.says("I love it")
    desk.look()
    desk.drain()
    assert desk.entry(said).state is CommentState.PROPOSED
    assert desk.answers(said) == []


def test_a_rule_earns_the_right_to_answer_by_itself_and_loses_it(world: World) -> None:
    desk = Desk(world, ReplyPolicy((replace(THANKS, acceptance=0.6, per_day=99, per_author=99),)))
    for n in range(6):
        said = desk.says("I love it", f"fan{n}.sandbox")
        desk.look()
        assert desk.entry(said).state is CommentState.PROPOSED, n
        desk.sign(said)
    # Six of six: at least 0.61, surely.
    said = desk.says("I love it", "fan7.sandbox")
    desk.look()
    assert desk.entry(said).state is CommentState.AUTO_REPLIED
    for n in (8, 9):
        said = desk.says("Where do you love it?", f"fan{n}.sandbox")
        desk.look()
    with world.db.read() as conn:
        assert answers.acceptance(conn, "lumen", "thanks") == (6, 6)
        version = drafts.version(conn, desk.entry(said).draft)
    if version.state.value == "in_review":
        decide.reject(world.desk, world.answer(version))


def test_a_rejected_answer_leaves_the_comment_to_people(desk: Desk) -> None:
    asked = desk.says("Where is it sold?")
    desk.look()
    with desk.world.db.read() as conn:
        version = drafts.version(conn, desk.entry(asked).draft)
    decide.reject(desk.world.desk, desk.world.answer(version))
    desk.look()
    assert desk.entry(asked).state is CommentState.TRIAGED
    desk.look()
    assert desk.written == 1
    with desk.world.db.read() as conn:
        assert answers.acceptance(conn, "lumen", "asked") == (0, 1)


def test_a_comment_that_makes_the_reader_stumble_stops_nothing(desk: Desk) -> None:
    def stumbling(found: Sequence[Entry]) -> list[Triage]:
        if any("poison" in e.text for e in found):
            raise ValueError("ouch")
        return read(found)

    desk.world.desk.minds.read = stumbling
    bad, good = desk.says("poison"), desk.says("I love it", "bob.sandbox")
    for _ in range(triage.TRIES):
        desk.look()
    assert desk.entry(good).state is CommentState.AUTO_REPLIED
    assert (desk.entry(bad).state, desk.entry(bad).aside) == (CommentState.ESCALATED, "poison")


def test_a_writer_that_fails_leaves_the_comment_to_people(desk: Desk) -> None:
    def failing(*_: object) -> Written:
        raise ValueError("no pen")

    desk.world.desk.minds.write = failing
    said = desk.says("I love it")
    for _ in range(4):
        desk.look()
    assert desk.entry(said).state is CommentState.TRIAGED
    assert "no answer could be written" in desk.entry(said).why


def test_what_the_writer_cannot_say_goes_to_people(desk: Desk) -> None:
    desk.world.desk.minds.write = lambda *_: Written("escalate", why="nothing tells it")
    asked = desk.says("Where is it sold?")
    desk.look()
    assert (desk.entry(asked).state, desk.entry(asked).why) == (CommentState.ESCALATED, "nothing tells it")


def test_a_text_that_a_check_holds_back_is_never_sent_by_a_rule(desk: Desk) -> None:
    desk.world.desk.minds.write = lambda *_: Written("reply", "This tea works miracles: a miracle!")
    said = desk.says("I love it")
    desk.look()
    desk.drain()
    assert desk.answers(said) == []
    assert desk.entry(said).state is CommentState.PROPOSED


def test_history_from_a_file_is_read_and_never_answered(desk: Desk, tmp_path) -> None:
    from bot.writing import comment_import

    path = tmp_path / "comments.csv"
    path.write_text(
        "author,text,account,at\nada,I love it,sandbox:main,2026-10-01 10:00\n,,,\nbob,x,nope:1,\n", "utf-8"
    )
    assert comment_import.is_comments(path)
    found = comment_import.read(desk.world.app, path)
    assert (found.new, found.skipped, found.rows) == (1, 2, 3)
    assert comment_import.read(desk.world.app, path).new == 0
    desk.look()
    with desk.world.db.read() as conn:
        (one,) = comments.recent(conn, "lumen", None)
    assert (one.state, one.why) == (CommentState.TRIAGED, "it came from a file")
    assert desk.written == 0
    assert reply.language(one) == "en"


@pytest.mark.parametrize("then", [(), (replace(THANKS, action=ReplyAction.PROPOSE),)], ids=["removed", "one step down"])
def test_a_rule_that_was_switched_off_sends_nothing_that_it_signed_before(
    desk: Desk, then: tuple[ReplyRule, ...]
) -> None:
    said = desk.says("I love it")
    desk.look()
    assert desk.entry(said).state is CommentState.AUTO_REPLIED
    desk.world.learn(brand(), ApprovalPolicy((), ReplyPolicy(then)))
    desk.drain()
    assert desk.answers(said) == []
    assert desk.entry(said).state is CommentState.ESCALATED
    with desk.world.db.read() as conn:
        told = [n["text"] for n in rows.notices(conn, brand="lumen")]
    assert any("answers nothing by itself any more" in text for text in told)


class Lost:
    """A database that goes back to how it was, while the network keeps what it has."""

    def __init__(self, world: World) -> None:
        self.world, self.taken = world, world.clock.now()
        self.tables = [t for t in copying.tables() if not t.name.startswith("sandbox")]
        with world.db.read() as conn:
            self.kept = {t.name: [dict(r) for r in conn.execute(select(t)).mappings()] for t in self.tables}

    def go_back(self) -> None:
        with self.world.db.write() as conn:
            for table in reversed(self.tables):
                conn.execute(delete(table))
            for table in self.tables:
                if self.kept[table.name]:
                    conn.execute(insert(table), self.kept[table.name])
            self.world.advance(60)
            restored.mark(conn, self.taken, at=self.world.clock.now(), who="li", why="a backup")


@pytest.mark.parametrize("words", ["I love it", "Where is it sold?"], ids=["by rule", "by a person"])
@pytest.mark.parametrize("tells", [True, False], ids=["looks", "tells nothing"])
def test_after_a_restore_nobody_is_answered_twice_unless_a_person_insists(
    desk: Desk, words: str, tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not tells:
        # A platform such as X, which does not say what a comment was answered.
        monkeypatch.setattr(Sandbox, "look_at", Platform.look_at)
    world, lost = desk.world, Lost(desk.world)
    said = desk.says(words)
    desk.look()
    if desk.entry(said).state is CommentState.PROPOSED:
        desk.sign(said)
    desk.drain()
    assert len(desk.answers(said)) == 1
    lost.go_back()
    desk.look()
    desk.look()
    if desk.entry(said).state is CommentState.PROPOSED:
        desk.sign(said)
    desk.drain()
    assert len(desk.answers(said)) == 1
    assert desk.entry(said).state is CommentState.ESCALATED
    world.approve(inbox.answer(world.desk, desk.entry(said).id, "Here, too.", PEOPLE[0]))
    desk.drain()
    assert desk.answers(said)[1:] == ["Here, too."]


@pytest.mark.parametrize("tells", [True, False], ids=["looks", "tells nothing"])
def test_after_a_restore_a_person_who_answers_first_is_told_too(
    desk: Desk, tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not tells:
        monkeypatch.setattr(Sandbox, "look_at", Platform.look_at)
    world, lost = desk.world, Lost(desk.world)
    said = desk.says("Saw it yesterday")
    desk.look()
    world.approve(inbox.answer(world.desk, desk.entry(said).id, "Nice to hear!", PEOPLE[0]))
    desk.drain()
    assert desk.answers(said) == ["Nice to hear!"]
    lost.go_back()
    desk.look()
    world.approve(inbox.answer(world.desk, desk.entry(said).id, "Good to hear!", PEOPLE[0]))
    desk.drain()
    assert desk.answers(said) == ["Nice to hear!"]
    assert "answer there already" in desk.entry(said).why
    world.approve(inbox.answer(world.desk, desk.entry(said).id, "And thank you!", PEOPLE[0]))
    desk.drain()
    assert desk.answers(said) == ["Nice to hear!", "And thank you!"]


def test_after_a_restore_no_answer_leaves_while_its_comment_cannot_be_looked_at(desk: Desk) -> None:
    world, lost = desk.world, Lost(desk.world)
    said = desk.says("Saw it yesterday")
    desk.look()
    lost.go_back()
    desk.look()
    post = world.approve(inbox.answer(world.desk, desk.entry(said).id, "Nice to hear!", PEOPLE[0]))
    world.app.sandbox.break_next("http 503", operation="comments")
    desk.drain()
    assert (desk.answers(said), world.states(post.id)) == ([], ["due"])
    world.advance(60)
    desk.drain()
    assert desk.answers(said) == ["Nice to hear!"]
