"""One signature for several posts of a series: only where the policy says so, what the card said, until it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.clock import FixedClock
from bot.domain.approval import Choice, Decision
from bot.domain.brand import Role, Rule, RuleBook, RuleKind
from bot.domain.draft import DraftState, DraftVersion, Part
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, PolicyRule
from bot.domain.post import Post
from bot.errors import NotAllowed, NotFound
from bot.operations import backup, restore
from bot.platforms.sandbox import handle_of
from bot.settings import load
from bot.store import approvals, drafts, events, lasting, posts, tables
from bot.store import desk as rows
from bot.store.series import Series
from bot.store.series_tables import lasting_use
from bot.words import speaking
from bot.workflow import card, decide, occurrences, propose, repeat, schedule, tend
from bot.workflow import lasting_use as use
from tests.acceptance.harness import checker
from tests.acceptance.harness.run import Told
from tests.world import PEOPLE, RULES, World, brand

DAY = 86400
TEXT = "Every day at noon, a cup of tea."


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as made:
        yield made


def policy(most: int = 12, **given: object) -> ApprovalPolicy:
    return ApprovalPolicy((PolicyRule("series", Conditions(), Ask(lasting=most, **given)),))  # type: ignore[arg-type]


def series(world: World, *, ahead: int = 3, rule: str = "daily at 12:00", text: str = TEXT) -> Series:
    return repeat.begin(world.desk, world.draft(text).draft_id, rule, "anna", ahead=ahead)


def of(world: World, made: Series) -> list[DraftVersion]:
    with world.db.read() as conn:
        return [v for _, v in drafts.series(conn, made.id)]


def states(world: World, made: Series) -> list[str]:
    return [v.state.value for v in of(world, made)]


def sign(world: World, version: DraftVersion, person: str = "li", **given: str) -> decide.Outcome:
    return decide.approve(world.desk, world.answer(version, person, **{"via": "cli", **given}))


def tended(world: World) -> None:
    """Do what a worker does for series."""
    use.tend(world.desk)
    occurrences.tend(world.desk)


def days(world: World, n: int) -> None:
    """Let days pass with a worker at work, from noon to noon in Berlin."""
    for _ in range(n):
        now = world.clock.now()
        noon = now.replace(hour=11, minute=0, second=0)
        world.advance(((noon if noon > now else noon + timedelta(days=1)) - now).total_seconds())
        tend.tend(world.desk)
        tended(world)
        world.drain()


def why(world: World, draft_id: str) -> str:
    with world.db.read() as conn:
        return posts.of_draft(conn, draft_id)[-1].parts[0].why


def judged(world: World) -> checker.Case:
    """Hold what stands on the network against what is stored, as the torture's checker does."""
    with world.db.read() as conn:
        made = [posts.get(conn, i) for i in conn.execute(select(tables.post.c.id)).scalars()]
        told = [dict(row) for row in conn.execute(select(tables.event).order_by(tables.event.c.id)).mappings()]
        notices = set(conn.execute(select(tables.notice.c.subject)).scalars())
    there = [
        checker.Live(a.key, p.id, p.sent, "", p.arrived.timestamp(), p.arrived.timestamp())
        for a in brand().accounts
        for p in world.app.sandbox.timeline(handle_of(a))
    ]
    case = checker.Case(Told(approved=[one.id for one in made]), there, [], made, told, notices)
    checker._exactly_once(case)
    checker._in_time(case)
    return case


def test_without_a_word_in_the_policy_each_post_has_its_own_signature(world: World) -> None:
    made = series(world)
    assert sign(world, of(world, made)[0]).more == ()
    assert states(world, made) == ["approved", "in_review", "in_review"]
    with world.db.read() as conn:
        assert "One signature" not in card.text(card.card(world.desk, conn, of(world, made)[1].draft_id))


def test_one_signature_signs_as_many_as_the_card_says_each_live_once(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    with World(database_url, tmp_path, clock) as world:
        signs_as_many_as_the_card_says(world)


def signs_as_many_as_the_card_says(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    with world.db.read() as conn:
        shown = card.text(card.card(world.desk, conn, of(world, made)[0].draft_id))
    assert "One signature signs 5 posts of the series, all with these very words, until Thu 26 Nov 2026 12:00" in shown
    outcome = sign(world, of(world, made)[0])
    assert len(outcome.more) == 2
    assert states(world, made) == ["approved"] * 3
    days(world, 6)
    # The sixth needs a signature of its own, and nobody gave one.
    assert world.live() == [TEXT] * 5
    assert states(world, made)[:6] == ["approved"] * 5 + ["lapsed"]
    case = judged(world)
    assert case.violations == []
    keys = {p.parts[0].once_key for p in case.made}
    assert len(keys) == len(case.made) == 5
    # Each says on its record by which signature it went out.
    with world.db.read() as conn:
        third = approvals.decisions(conn, draft_id=of(world, made)[2].draft_id)
    assert [(d.person, d.via, d.hash) for d in third] == [("li", "lasting", of(world, made)[2].hash)]
    assert third[0].reason.startswith("lasting signature l_")


def test_the_checker_sees_an_occurrence_that_is_live_twice_or_not_at_all(world: World) -> None:
    world.learn(brand(), policy(5))
    sign(world, of(world, series(world))[0])
    days(world, 5)
    assert judged(world).violations == []
    first = world.app.sandbox.timeline("lumen.sandbox")[0]
    world.app.sandbox.post("lumen.sandbox", TEXT, once=None)
    world.advance(60)
    assert judged(world).counts["duplicates"] == 1
    world.app.sandbox.delete("lumen.sandbox", first.id)
    assert judged(world).counts["lost"] == 1


def test_the_line_is_there_in_chinese_too_and_binds(world: World) -> None:
    world.learn(brand(), policy(3))
    made = series(world)
    with speaking("zh-CN"):
        outcome = sign(world, of(world, made)[0])
    assert len(outcome.more) == 2


@pytest.mark.parametrize("given", [{"shown": "Tea, and not a word of more"}, {"via": "api"}])
def test_who_did_not_have_the_line_before_them_signs_one_post(world: World, given: dict[str, str]) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    assert sign(world, of(world, made)[0], **given).more == ()
    assert states(world, made) == ["approved", "in_review", "in_review"]


def test_two_signatures_are_two_signatures(world: World) -> None:
    world.learn(brand(), policy(5, needed=2))
    made = series(world)
    assert sign(world, of(world, made)[0], "li").post is None
    assert states(world, made) == ["in_review"] * 3
    assert len(sign(world, of(world, made)[0], "ben").more) == 2
    days(world, 2)
    assert world.live() == [TEXT] * 2


# --- what ends it ----------------------------------------------------------------------------------------------


def an_edit(world: World, made: Series) -> None:
    second = of(world, made)[1]
    wish = propose.Proposal("sandbox:main", (Part(TEXT + " Or two."),), "anna", window=second.content.window)
    propose.revise(world.desk, second.draft_id, wish)


def another_policy(world: World, made: Series) -> None:
    world.learn(brand(), policy(5, signers=("li", "ben")))


def a_hard_rule(world: World, made: Series) -> None:
    more = Rule("no-coffee", RuleKind.NEVER, "No coffee.", hard=True, words=("coffee",))
    world.learn(brand(rulebook=RuleBook((*RULES.rules, more))), policy(5))


def a_stop(world: World, made: Series) -> None:
    for on in (True, False):
        with world.db.write() as conn:
            rows.set_stop(conn, on, who="li", why="look", at=world.clock.now())


def a_word(world: World, made: Series) -> None:
    use.revoke(world.desk, made.id, "ben")


def an_end(world: World, made: Series) -> None:
    repeat.end(world.desk, made.id, "li")


ENDS = (an_edit, another_policy, a_hard_rule, a_stop, a_word)


@pytest.mark.parametrize("ends", ENDS)
def test_what_ends_it_stops_what_is_not_out_and_asks_anew(world: World, ends: Callable[[World, Series], None]) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    days(world, 1)
    assert world.live() == [TEXT]
    ends(world, made)
    tended(world)
    left = of(world, made)[1:]
    assert {(v.state, v.version) for v in left[:2]} == {(DraftState.IN_REVIEW, 2)}
    with world.db.read() as conn:
        told = [n["text"] for n in rows.notices(conn) if "lasting signature" in n["text"]]
        assert lasting.in_force(conn) == []
    assert len(told) == 1
    days(world, 3)
    assert world.live() == [TEXT]
    assert {v.state for v in of(world, made)[1:3]} == {DraftState.LAPSED}


@pytest.mark.parametrize("ends", [another_policy, a_hard_rule, a_stop])
def test_no_worker_needs_to_have_looked_for_it_to_hold_back(
    world: World, ends: Callable[[World, Series], None]
) -> None:
    """What is asked before each send knows it by itself."""
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    second = of(world, made)[1]
    days(world, 1)
    ends(world, made)
    world.advance(DAY)
    world.drain()
    assert world.live() == [TEXT]
    assert "the lasting signature does not hold" in why(world, second.draft_id)


def test_when_it_ends_between_intent_and_send_nothing_is_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    days(world, 1)
    platform = world.app.platform("sandbox:main")
    publish = platform.publish

    def ends_first(out: object, once: str) -> object:
        with world.db.write() as conn:
            sig = lasting.of_series(conn, made.id)
            assert sig is not None
            lasting.end(conn, sig, "taken back", who="li", at=world.clock.now())
        return publish(out, once)  # type: ignore[arg-type]

    monkeypatch.setattr(platform, "publish", ends_first)
    world.advance(DAY)
    world.drain()
    assert world.live() == [TEXT]


def test_a_series_that_a_person_ends_takes_its_signature_along(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    an_end(world, made)
    days(world, 3)
    assert world.live() == [TEXT]


def test_a_rule_that_is_not_hard_ends_nothing(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    softer = Rule("kind", RuleKind.VOICE, "Be kind.")
    world.learn(brand(rulebook=RuleBook((*RULES.rules, softer))), policy(5))
    days(world, 6)
    assert world.live() == [TEXT] * 5


def test_who_lost_the_right_to_sign_signs_nothing_more(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    days(world, 1)
    others = tuple(p if p.id != "li" else replace(p, roles=frozenset({Role.AUTHOR})) for p in PEOPLE)
    world.learn(brand(people=others), policy(5))
    days(world, 4)
    assert world.live() == [TEXT]


def test_only_an_approver_takes_it_back(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    with pytest.raises(NotFound):
        use.revoke(world.desk, made.id, "li")
    sign(world, of(world, made)[0])
    with pytest.raises(NotAllowed):
        use.revoke(world.desk, made.id, "anna")


# --- ways round it ---------------------------------------------------------------------------------------------


def forged(world: World, made: Series, version: DraftVersion, wall: str = "") -> Post:
    """Write by hand what a lasting signature would leave for a version that it does not sign."""
    with world.db.write() as conn:
        sig = lasting.of_series(conn, made.id)
        request = approvals.of_version(conn, version.draft_id, version.version)
        assert sig is not None
        assert request is not None
        now = world.clock.now()
        conn.execute(
            update(tables.approval_request).where(tables.approval_request.c.id == request.id)
            .values(stands_on=sig.id, used=now)
        )  # fmt: skip
        if wall:
            conn.execute(insert(lasting_use).values(lasting_id=sig.id, wall=wall, request_id=request.id))
        approvals.add_decision(
            conn, Decision(world.clock.new_id("s"), request.id, version.draft_id, version.version, version.hash, "li",
                           Choice.APPROVE, now, "lasting", "", ""),
        )  # fmt: skip
        args = {"at": now, "who": "policy", "why": ""}
        events.move_version(conn, version.draft_id, version.version, version.state, DraftState.APPROVED, **args)  # type: ignore[arg-type]
        return schedule.create(world.desk, conn, version, request)


def refused(world: World, post: Post, because: str) -> None:
    # To its time, whatever it is.
    world.advance((post.due - world.clock.now()).total_seconds() + 1)
    world.drain(post.account)
    assert world.states(post.id) == ["refused"]
    assert because in world.post(post.id).parts[0].why


def test_another_account_is_not_signed_for(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    other = world.draft(TEXT, account="sandbox:cn", window=of(world, made)[1].content.window, language="en")
    refused(world, forged(world, made, other, "2026-11-23T12:01"), "another account")
    assert world.live("lumen-cn.sandbox") == []


def test_other_words_are_not_signed_for(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    other = world.draft(TEXT + " And cake.", window=of(world, made)[1].content.window)
    refused(world, forged(world, made, other, "2026-11-23T12:01"), "its words are not those that were signed")


def test_a_time_that_is_none_of_the_series_is_not_signed_for(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    window = replace(of(world, made)[0].content.window, wall="2026-11-22T13:30")
    other = world.draft(TEXT, window=window)
    refused(world, forged(world, made, other, "2026-11-22T13:30"), "its time is not one of the series")


def test_what_it_did_not_sign_itself_does_not_stand_on_it(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    twin = world.draft(TEXT, window=of(world, made)[1].content.window)
    refused(world, forged(world, made, twin), "it did not sign this time")


def test_one_more_than_was_signed_takes_none_along(world: World) -> None:
    """The thirteenth of twelve: the worker makes no such row, and where somebody wrote one, all wait for a person."""
    world.learn(brand(), policy(3))
    made = series(world, ahead=5)
    sign(world, of(world, made)[0])
    fourth = of(world, made)[3]
    assert states(world, made) == ["approved"] * 3 + ["in_review"] * 2
    with world.db.write() as conn:
        # And as if its time were among those signed.
        sig = lasting.of_series(conn, made.id)
        assert sig is not None
        far = datetime.fromisoformat("2026-12-24T00:00:00+00:00")
        conn.execute(update(lasting.lasting).where(lasting.lasting.c.id == sig.id).values(until=far))
    refused(world, forged(world, made, fourth, fourth.content.window.wall or ""), "this would be more")


def test_an_edited_occurrence_needs_its_own_signature_and_keeps_the_others_back(world: World) -> None:
    world.learn(brand(), policy(5))
    made = series(world)
    sign(world, of(world, made)[0])
    an_edit(world, made)
    second = of(world, made)[1]
    assert (second.version, second.state) == (2, DraftState.IN_REVIEW)
    days(world, 3)
    assert world.live() == [TEXT]


def test_a_restore_ends_every_lasting_signature_and_looks_for_what_may_be_live(world: World, tmp_path: Path) -> None:
    world.learn(brand(), policy())
    made = series(world)
    sign(world, of(world, made)[0])
    first = of(world, made)[0].draft_id
    path, _ = backup.back_up(world.app, tmp_path / "b.tar.gz")
    # After the backup it is taken back, and the first post is due.
    world.advance(DAY)
    restore.restore(load(home=tmp_path / "new", llm_discover=False), world.clock, path, who="sam")
    with World(f"sqlite:///{tmp_path / 'new' / 'signoff.db'}", tmp_path / "new", world.clock) as again:
        with again.db.read() as conn:
            assert lasting.in_force(conn) == []
            (told,) = [n["text"] for n in rows.notices(conn) if n["subject"] == f"series:{made.id}"]
            assert told.endswith("has ended: the database was restored from a backup")
            assert posts.of_draft(conn, first)[-1].due < again.clock.now()
        again.learn(brand(), policy())
        use.tend(again.desk)
        # What is still to come is asked for; what the lost database may have sent is not asked for once more.
        assert states(again, made) == ["approved", "in_review", "in_review"]
        again.drain()
        assert why(again, first) == "the database was restored: is it live already?"
