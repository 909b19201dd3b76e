"""Signing: who, what, once, and in time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import update

from bot.app import check_handle
from bot.domain.approval import content_hash
from bot.domain.brand import Account, Person, Role
from bot.domain.draft import Content, DraftState, Media, Part, Window
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, Hours, PolicyRule, Refuse, Risk
from bot.errors import BadInput, Misconfigured, NotAllowed, NotFound, SignoffError, Stale
from bot.store import approvals, drafts, events, tables
from bot.store import desk as rows
from bot.workflow import decide, propose, schedule, tend, undo
from tests.world import World, brand

PICTURE = Media("a" * 64, "image/png", 10, 10, "A cup of tea", 100)
CONTENT = Content("lumen", "sandbox:main", (Part("One", (PICTURE,)), Part("Two")), rulebook="abc")


@pytest.mark.parametrize(
    "other",
    [
        replace(CONTENT, brand="other"),
        replace(CONTENT, account="sandbox:cn"),
        replace(CONTENT, handle="other"),
        replace(CONTENT, parts=(CONTENT.parts[0], Part("Two."))),
        replace(CONTENT, parts=CONTENT.parts[::-1]),
        replace(CONTENT, parts=(*CONTENT.parts, Part("Three"))),
        replace(CONTENT, parts=(Part("One", (replace(PICTURE, sha256="b" * 64),)), Part("Two"))),
        replace(CONTENT, parts=(Part("One", (replace(PICTURE, alt="A mug"),)), Part("Two"))),
        replace(CONTENT, parts=(Part("One"), Part("Two", (PICTURE,)))),
        replace(CONTENT, parts=(Part("OneTwo", (PICTURE,)), Part(""))),
        replace(CONTENT, reply_parent="at://x"),
        replace(CONTENT, visibility="followers"),
        replace(CONTENT, language="zh"),
        replace(CONTENT, window=Window("2026-12-01T09:00")),
        replace(CONTENT, window=Window(None, "Europe/Berlin")),
        replace(CONTENT, window=Window(grace_minutes=60)),
        replace(CONTENT, rulebook="abd"),
        replace(CONTENT, parts=(Part("O\u200bne", (PICTURE,)), Part("Two"))),
        replace(CONTENT, parts=(Part("Оne", (PICTURE,)), Part("Two"))),
    ],
)
def test_any_difference_gives_another_hash(other: Content) -> None:
    assert content_hash(other) != content_hash(CONTENT)


def test_the_hash_is_the_same_for_the_same_content_and_for_ever() -> None:
    assert content_hash(CONTENT) == content_hash(replace(CONTENT))
    # Pinned: a change here voids every signature that is waiting in somebody's database.
    assert content_hash(Content("b", "sandbox:main", (Part("Hi"),))) == (
        "b6b9732fcc24bf466372c5f354dc38b596023c2d60c8d3b62b60b46a09d08c1f"
    )


def test_an_approval_makes_one_post_and_is_used_up(world: World) -> None:
    version = world.draft()
    post = world.approve(version)
    assert post.hash == version.hash
    with pytest.raises(Stale, match="already approved"):
        world.approve(version, "sam")


@pytest.mark.parametrize(
    ("person", "why"),
    [("anna", "not an approver"), ("mallory", "not one of"), ("", "not one of"), ("Li", "not one of")],
)
def test_the_wrong_person_is_refused(world: World, person: str, why: str) -> None:
    version = world.draft()
    for answer in (decide.approve, decide.reject):
        with pytest.raises(NotAllowed, match=why):
            answer(world.desk, world.answer(version, person))
    with world.db.read() as conn:
        assert approvals.decisions(conn, draft_id=version.draft_id) == []
        assert drafts.version(conn, version.draft_id).state is DraftState.IN_REVIEW


def test_four_eyes_the_author_cannot_sign_but_may_reject(world: World) -> None:
    version = world.draft(author="ben")
    with pytest.raises(NotAllowed, match="somebody else must sign"):
        world.approve(version, "ben")
    assert decide.reject(world.desk, world.answer(version, "ben")).version.state is DraftState.REJECTED


def test_four_eyes_also_holds_for_who_edited_it(world: World) -> None:
    version = world.draft(author="anna")
    edited = propose.revise(world.desk, version.draft_id, propose.Proposal("sandbox:main", (Part("Mine."),), "ben"))
    with pytest.raises(NotAllowed, match="somebody else"):
        world.approve(edited, "ben")
    world.approve(edited, "li")


def test_an_edit_voids_the_signature_and_the_post(world: World) -> None:
    version = world.draft("First")
    post = world.approve(version)
    edited = propose.revise(world.desk, version.draft_id, propose.Proposal("sandbox:main", (Part("Second"),), "anna"))
    assert edited.version == 2
    assert edited.state is DraftState.IN_REVIEW
    assert world.states(post.id) == ["cancelled"]
    world.drain()
    assert world.live() == []
    with pytest.raises(Stale, match="at version 2"):
        world.approve(version)
    world.approve(edited)
    world.drain()
    assert world.live() == ["Second"]


def test_a_signature_for_another_text_is_stale(world: World) -> None:
    version = world.draft()
    with pytest.raises(Stale, match="not the text you saw"):
        decide.approve(world.desk, world.answer(version, hash="0" * 64))


def test_time_to_sign_runs_out_and_says_so(world: World) -> None:
    version = world.draft()
    world.advance(24 * 3600)
    with pytest.raises(Stale, match="ran out"):
        world.approve(version)
    assert tend.tend(world.desk) == 1
    assert tend.tend(world.desk) == 0
    with world.db.read() as conn:
        assert drafts.version(conn, version.draft_id).state is DraftState.LAPSED
        (notice,) = rows.notices(conn)
    assert "in time" in notice["text"]


def test_two_signatures_are_two_people(world: World) -> None:
    two = ApprovalPolicy((PolicyRule("two", Conditions(), Ask(needed=2)),))
    world.learn(brand(), two)
    version = world.draft()
    first = decide.approve(world.desk, world.answer(version, "li"))
    assert (first.signed, first.needed, first.post) == (1, 2, None)
    with pytest.raises(Stale, match="already answered"):
        world.approve(version, "li")
    assert world.approve(version, "sam").account == "sandbox:main"


def test_named_signers_only(world: World) -> None:
    world.learn(brand(), ApprovalPolicy((PolicyRule("boss", Conditions(), Ask(signers=("sam",))),)))
    version = world.draft()
    with pytest.raises(NotAllowed, match="needs sam"):
        world.approve(version, "li")
    world.approve(version, "sam")


def test_the_first_matching_policy_rule_decides(world: World) -> None:
    policy = ApprovalPolicy(
        (
            PolicyRule("prices need two", Conditions(risk=(Risk.PRICE,)), Ask(needed=2)),
            PolicyRule("no chinese yet", Conditions(language=("zh",)), Refuse("We have nobody who reads it.")),
        )
    )
    world.learn(brand(), policy)
    for text, needed in (("Only $5 today", 2), ("Tea is nice", 1)):
        version = world.draft(text)
        with world.db.read() as conn:
            request = approvals.of_version(conn, version.draft_id, 1)
        assert request is not None
        assert request.needed == needed
    with pytest.raises(NotAllowed, match="nobody who reads it"):
        world.draft("新茶上市了", account="sandbox:cn")


def test_a_blocked_text_is_held_at_proposal_and_cannot_be_signed(world: World) -> None:
    version = world.draft("It works a m\u0456racle!")
    assert version.state is DraftState.PROPOSED
    assert [f.rule_id for f in version.findings if f.check == "banned_words"] == ["no-miracles"]
    with pytest.raises(NotAllowed, match="held back"):
        world.approve(version)


def test_a_rule_learned_after_the_proposal_blocks_the_approval(world: World) -> None:
    version = world.draft("Strong tea")
    rule = replace(brand().rulebook.rules[0], words=("strong",))
    world.learn(replace(brand(), rulebook=replace(brand().rulebook, rules=(rule,))))
    with pytest.raises(NotAllowed, match="held back"):
        world.approve(version)


def test_roles_are_read_when_the_button_is_pressed(world: World) -> None:
    version = world.draft()
    world.learn(brand(people=(Person("li", "Li", frozenset({Role.AUTHOR})),)))
    with pytest.raises(NotAllowed):
        world.approve(version, "li")


@pytest.mark.parametrize("same_person", [True, False])
def test_fifty_at_once_have_one_winner(world: World, same_person: bool) -> None:
    people = tuple(Person(f"p{n}", f"P{n}", frozenset({Role.APPROVER})) for n in range(50))
    world.learn(brand(people=(*brand().people, *people)))
    version = world.draft()
    won: list[str] = []
    lost: list[Exception] = []
    start = threading.Barrier(50)

    def click(n: int) -> None:
        answer = world.answer(version, "p0" if same_person else f"p{n}")
        start.wait()
        try:
            outcome = decide.approve(world.desk, answer)
            assert outcome.post is not None
            won.append(outcome.post.id)
        except SignoffError as error:
            lost.append(error)

    threads = [threading.Thread(target=click, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(lost) == 49
    assert all(isinstance(e, Stale) for e in lost)
    world.drain()
    assert len(world.live()) == 1


def test_approve_and_edit_race_never_publishes_the_old_text(world: World) -> None:
    for n in range(10):
        version = world.draft(f"Old {n}")
        start = threading.Barrier(2)

        def sign(version=version, start=start) -> None:  # type: ignore[no-untyped-def]
            answer = world.answer(version)
            start.wait()
            try:
                decide.approve(world.desk, answer)
            except Stale:
                return

        def edit(version=version, start=start, n=n) -> None:  # type: ignore[no-untyped-def]
            start.wait()
            propose.revise(world.desk, version.draft_id, propose.Proposal("sandbox:main", (Part(f"New {n}"),), "anna"))

        threads = [threading.Thread(target=f) for f in (sign, edit)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with world.db.read() as conn:
            assert drafts.version(conn, version.draft_id).version == 2
    world.drain()
    assert world.live() == []


def test_every_decision_keeps_what_was_shown(world: World) -> None:
    version = world.draft("Tea\u00ad time")
    world.approve(version)
    with world.db.read() as conn:
        (decision,) = approvals.decisions(conn, draft_id=version.draft_id)
        trail = [(e["was"], e["now"], e["who"]) for e in events.about(conn, f"draft:{version.draft_id}@1")]
    assert "Tea⟨U+00AD⟩ time" in decision.shown
    assert version.hash[:8] in decision.shown
    assert decision.hash == version.hash
    assert trail == [("", "proposed", "anna"), ("proposed", "in_review", "policy"), ("in_review", "approved", "li")]


def test_moving_a_post_asks_for_a_new_signature(world: World) -> None:
    version = world.draft()
    post = world.approve(version)
    moved = schedule.reschedule(world.desk, version.draft_id, "2026-12-01 09:00", "anna")
    assert world.states(post.id) == ["cancelled"]
    assert moved.hash != version.hash
    assert moved.state is DraftState.IN_REVIEW
    assert world.approve(moved).due.isoformat() == "2026-12-01T08:00:00+00:00"


def test_cancelled_is_never_sent(world: World) -> None:
    version = world.draft()
    post = world.approve(version)
    schedule.cancel(world.desk, version.draft_id, "anna")
    world.drain()
    assert world.states(post.id) == ["cancelled"]
    assert world.live() == []


def test_nothing_live_can_be_changed(world: World) -> None:
    version = world.draft()
    world.approve(version)
    world.drain()
    for change in (
        lambda: schedule.cancel(world.desk, version.draft_id, "li"),
        lambda: schedule.reschedule(world.desk, version.draft_id, None, "li"),
    ):
        with pytest.raises(NotAllowed, match="is live"):
            change()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"account": "sandbox:nope"}, NotFound),
        ({"citations": ("no-such-rule",)}, BadInput),
        ({"window": Window("2026-11-01T09:00")}, BadInput),
        ({"window": Window("2026-12-01T09:00", "Mars/Base")}, BadInput),
    ],
)
def test_an_impossible_wish_changes_nothing(world: World, given: dict[str, object], error: type[SignoffError]) -> None:
    with pytest.raises(error):
        world.draft("Tea", **given)  # type: ignore[arg-type]
    with world.db.read() as conn:
        assert drafts.current(conn) == []


def test_people_are_reminded_once_and_named_when_nobody_signs(world: World) -> None:
    terms = Ask(expires_hours=10, reminder_hours=4, escalate_to="sam", signers=("li",))
    world.learn(brand(), ApprovalPolicy((PolicyRule("slow", Conditions(), terms),)))
    version = world.draft()
    world.advance(4 * 3600 - 1)
    assert tend.tend(world.desk) == 0
    world.advance(1)
    assert [tend.tend(world.desk) for _ in range(3)] == [1, 0, 0]
    with world.db.read() as conn:
        (notice,) = rows.notices(conn)
    assert "still waits for a signature" in notice["text"]
    assert "li" in notice["text"]
    assert version.draft_id in notice["next_step"]
    world.advance(6 * 3600)
    tend.tend(world.desk)
    with world.db.read() as conn:
        assert "For sam:" in rows.notices(conn)[0]["text"]


def test_a_dead_worker_is_reported_once(world: World) -> None:
    with world.db.write() as conn:
        rows.beat(conn, "host:1:1:1", world.clock.now())
    assert tend.tend(world.desk, me="host:2:2:1") == 0
    assert tend.tend(world.desk, me="host:1:1:1", gone=lambda _: True) == 0, "never about itself"
    world.advance(61)
    assert [tend.tend(world.desk) for _ in range(2)] == [1, 0]
    with world.db.read() as conn:
        assert "without saying goodbye" in rows.notices(conn, brand="lumen")[0]["text"]


def test_two_brands_cannot_share_an_account_name(world: World) -> None:
    with pytest.raises(Misconfigured, match="already belongs to the brand lumen") as caught:
        world.learn(brand(id="other"))
    assert "sandbox:other-main" in str(caught.value)
    other = Account("sandbox", "other-main", "other.sandbox")
    world.learn(brand(id="other", accounts=(other,)))
    mine = propose.new(world.desk, propose.Proposal("sandbox:main", (Part("Lumen"),), "anna"), "lumen")
    theirs = propose.new(world.desk, propose.Proposal("sandbox:other-main", (Part("Other"),), "anna"), "other")
    world.approve(mine)
    world.approve(theirs)
    world.drain()
    world.drain("sandbox:other-main")
    assert (world.live(), world.live("other.sandbox")) == (["Lumen"], ["Other"])


def test_a_renamed_account_needs_a_new_signature(world: World) -> None:
    version = world.draft("Tea")
    post = world.approve(version)
    renamed = tuple(replace(a, handle="someone-else.sandbox") for a in brand().accounts)
    world.learn(brand(accounts=renamed))
    world.drain()
    assert world.live() == []
    assert world.live("someone-else.sandbox") == []
    assert world.states(post.id) == ["refused"]


def test_an_account_connected_as_somebody_else_is_refused() -> None:
    account = Account("bluesky", "main", "@Lumen.example")
    check_handle(account, {"handle": "lumen.example"})
    check_handle(account, {})
    for connected, shown in (("other.example", account), ("lumen.example", replace(account, handle=""))):
        with pytest.raises(Misconfigured, match=f"connected as {connected}"):
            check_handle(shown, {"handle": connected})


def test_undo_takes_a_thread_down_newest_first_and_only_for_an_approver(world: World) -> None:
    version = world.draft("One", "Two")
    post = world.approve(version)
    with pytest.raises(BadInput, match="Nothing of draft"):
        undo.undo(world.desk, version.draft_id, "li")
    world.drain()
    with pytest.raises(NotAllowed):
        undo.undo(world.desk, version.draft_id, "anna")
    assert world.live() == ["One", "Two"]
    gone = undo.undo(world.desk, version.draft_id, "li", "wrong date")
    assert [p.part.text for p in gone] == ["Two", "One"]
    assert world.live() == []
    assert world.states(post.id) == ["deleted", "deleted"]
    with world.db.read() as conn:
        assert events.about(conn, f"part:{post.id}/0")[-1]["why"] == "wrong date"


def test_undo_of_a_half_thread_sends_no_more_of_it(world: World) -> None:
    version = world.draft("One", "Two")
    post = world.approve(version)
    with world.db.write() as conn:
        later = world.clock.now() + timedelta(hours=1)
        conn.execute(update(tables.post_part).where(tables.post_part.c.n == 1).values(not_before=later))
    world.drain()
    undo.undo(world.desk, version.draft_id, "li")
    world.advance(3700)
    world.drain()
    assert world.live() == []
    assert world.states(post.id) == ["deleted", "cancelled"]


def test_four_eyes_survive_a_change_of_time(world: World) -> None:
    """Ben's words stay Ben's, whoever moves them."""
    version = world.draft(author="anna")
    propose.revise(world.desk, version.draft_id, propose.Proposal("sandbox:main", (Part("Ben's."),), "ben"))
    moved = schedule.reschedule(world.desk, version.draft_id, "2026-12-01 09:00", "anna")
    assert moved.content.parts[0].text == "Ben's."
    with pytest.raises(NotAllowed, match="somebody else"):
        world.approve(moved, "ben")
    world.approve(moved, "li")


def test_a_policy_that_became_stricter_holds_at_the_signature(world: World) -> None:
    version = world.draft("Only $5 today")
    world.learn(brand(), ApprovalPolicy((PolicyRule("prices", Conditions(risk=(Risk.PRICE,)), Ask(needed=2)),)))
    with pytest.raises(Stale, match="asks for more"):
        world.approve(version)
    again = schedule.reschedule(world.desk, version.draft_id, None, "anna")
    assert decide.approve(world.desk, world.answer(again, "li")).needed == 2
    world.learn(brand(), ApprovalPolicy((PolicyRule("never", Conditions(), Refuse("Not this week.")),)))
    with pytest.raises(NotAllowed, match="Not this week"):
        decide.approve(world.desk, world.answer(again, "sam"))


def test_the_hour_of_a_policy_is_the_hour_of_sending(world: World) -> None:
    """Asked for at noon, signed at night: the night's rule holds."""
    night = Conditions(hours=(Hours(time(22), time(7)),))
    policy = ApprovalPolicy((PolicyRule("night", night, Ask(needed=2)),))
    world.learn(brand(), policy)
    version = world.draft()
    world.advance(13 * 3600)
    with pytest.raises(Stale, match="'night'"):
        world.approve(version)


def test_a_signature_ends_with_the_right_to_sign(world: World) -> None:
    two = ApprovalPolicy((PolicyRule("two", Conditions(), Ask(needed=2)),))
    world.learn(brand(), two)
    version = world.draft()
    decide.approve(world.desk, world.answer(version, "ben"))
    world.learn(brand(people=tuple(p for p in brand().people if p.id != "ben")), two)
    assert decide.approve(world.desk, world.answer(version, "li")).post is None
    post = world.approve(version, "sam")
    world.learn(brand(people=tuple(p for p in brand().people if p.id not in ("ben", "li"))), two)
    world.drain()
    assert world.states(post.id) == ["refused"], "one of two signatures is left"
