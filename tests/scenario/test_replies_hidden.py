"""Hidden from readers on the platform: a person or a rule decides, a worker does it once nothing holds it back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.brand import Role
from bot.domain.comment import CommentState
from bot.domain.policy import ApprovalPolicy
from bot.domain.replies import RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.errors import BadInput, NotAllowed, Refused, TryLater
from bot.store import desk as rows
from bot.store import events, facts, hiding
from bot.workflow import hide, listen, reply, switching, triage
from tests.scenario.test_replies_rules import Desk, read
from tests.world import PEOPLE, World, brand

ABUSE = ReplyRule("abuse", ReplyAction.HIDE, RemarkConditions(intent=("abuse",)), owner="li", on_platform=True)
ANNA, LI = PEOPLE[0], PEOPLE[1]


def hidden(desk: Desk, comment: str) -> bool:
    return desk.world.app.sandbox.is_hidden(comment)


def told(desk: Desk, comment: str) -> list[tuple[str, str]]:
    with desk.world.db.read() as conn:
        return [(e["who"], e["now"]) for e in events.about(conn, f"comment:{desk.entry(comment).id}")]


def test_a_person_hides_and_shows_again(world: World) -> None:
    desk = Desk(world)
    said = desk.says("Saw it yesterday")
    desk.look()
    assert hide.ask(world.desk, desk.entry(said).id, LI)
    assert not hide.ask(world.desk, desk.entry(said).id, LI)
    assert not hidden(desk, said)
    desk.look()
    assert hidden(desk, said)
    assert desk.entry(said).state is CommentState.HIDDEN
    assert ("li", "to be hidden there") in told(desk, said)
    assert ("worker", "hidden there") in told(desk, said)
    assert hide.ask(world.desk, desk.entry(said).id, LI, show=True)
    desk.look()
    assert not hidden(desk, said)


def test_who_may_not_sign_hides_nothing_and_a_mention_cannot_be_hidden(world: World) -> None:
    desk = Desk(world)
    said = desk.says("Saw it yesterday")
    mention = world.app.sandbox.post("bob.sandbox", "Hello @lumen.sandbox")
    assert mention is not None
    desk.look()
    with pytest.raises(NotAllowed):
        hide.ask(world.desk, desk.entry(said).id, ANNA)
    with pytest.raises(BadInput, match="below a post of this account"):
        hide.ask(world.desk, desk.entry(mention.id).id, LI)
    desk.look()
    assert not hidden(desk, said)


def test_a_rule_hides_in_its_owners_name_and_within_its_cap(world: World) -> None:
    desk = Desk(world, ReplyPolicy((replace(ABUSE, per_day=2),)))
    rude = [desk.says("idiot", f"{name}.sandbox") for name in "abc"]
    fine = desk.says("Saw it yesterday")
    desk.look()
    desk.look()
    assert sum(hidden(desk, one) for one in rude) == 2
    assert not hidden(desk, fine)
    # What it may not hide any more today is not swept from the desk either: people decide.
    (third,) = (desk.entry(one) for one in rude if not hidden(desk, one))
    assert (third.state, third.why) == (CommentState.TRIAGED, f"the rule {ABUSE.name} has hidden 2 times in a day")
    first = next(one for one in rude if hidden(desk, one))
    assert ("li", "to be hidden there") in told(desk, first)


@pytest.mark.parametrize("action", [ReplyAction.HIDE, ReplyAction.IGNORE])
def test_what_people_must_see_no_rule_hides_or_lets_be(world: World, action: ReplyAction) -> None:
    every = ReplyRule("every", action, owner="li", on_platform=action is ReplyAction.HIDE)
    desk = Desk(world, ReplyPolicy((every,)))
    lawyer, money = desk.says("My lawyer will sue you"), desk.says("idiot, you owe me 900 EUR", "bob.sandbox")
    advert = desk.says("Make $500 a day, check my bio", "eve.sandbox")
    desk.look()
    desk.look()
    assert [desk.entry(one).state for one in (lawyer, money)] == [CommentState.ESCALATED] * 2
    assert not hidden(desk, lawyer)
    assert not hidden(desk, money)
    with world.db.read() as conn:
        about = {n["subject"] for n in rows.notices(conn, brand="lumen")}
    assert {f"comment:{desk.entry(one).id}" for one in (lawyer, money)} <= about
    # What an advertiser promises is no claim on the brand.
    assert desk.entry(advert).state is not CommentState.ESCALATED


def test_a_backlog_that_was_heard_long_ago_stays_within_a_rules_cap(world: World) -> None:
    desk = Desk(world, ReplyPolicy((replace(ABUSE, per_day=2),)))
    rude = [desk.says("idiot", f"{name}.sandbox") for name in "abcd"]
    world.advance(61)
    listen.listen(world.desk)
    triage.triage(world.desk, read)
    world.advance(26 * 3600)
    reply.reply(world.desk, desk.write)
    desk.look()
    assert sum(hidden(desk, one) for one in rude) == 2
    world.advance(25 * 3600)
    again = [desk.says("idiot", f"{name}.sandbox") for name in "efg"]
    desk.look()
    desk.look()
    assert sum(hidden(desk, one) for one in again) == 2


def test_a_rule_without_it_hides_on_the_desk_alone(world: World) -> None:
    desk = Desk(world, ReplyPolicy((replace(ABUSE, on_platform=False),)))
    rude = desk.says("idiot")
    desk.look()
    desk.look()
    assert desk.entry(rude).state is CommentState.HIDDEN
    assert not hidden(desk, rude)


def test_stop_holds_it_back(world: World) -> None:
    desk = Desk(world)
    said = desk.says("Saw it yesterday")
    desk.look()
    switching.stop(world.desk, "li", "a storm")
    hide.ask(world.desk, desk.entry(said).id, LI)
    desk.look()
    assert not hidden(desk, said)
    switching.resume(world.desk, brand(), LI, None, "it is over")
    desk.look()
    assert hidden(desk, said)


def test_what_fails_is_tried_again_and_what_is_refused_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(world)
    one, other = desk.says("Saw it yesterday"), desk.says("And today", "bob.sandbox")
    desk.look()
    platform = world.app.platform("sandbox:main")
    real, errors = platform.hide, [TryLater("no", platform="sandbox"), Refused("Not here.", platform="sandbox")]

    def broken(remote_id: str, *, hidden: bool = True) -> None:
        if errors:
            raise errors.pop(0)
        real(remote_id, hidden=hidden)

    monkeypatch.setattr(platform, "hide", broken)
    hide.ask(world.desk, desk.entry(one).id, LI)
    desk.look()
    assert not hidden(desk, one)
    desk.look()
    with world.db.read() as conn:
        said = [n["text"] for n in rows.notices(conn, brand="lumen") if n["subject"] == f"comment:{desk.entry(one).id}"]
    assert [text for text in said if "Not here." in text]
    hide.ask(world.desk, desk.entry(other).id, LI)
    desk.look()
    assert hidden(desk, other)
    assert not hidden(desk, one)


def test_a_platform_that_asks_to_wait_is_left_alone_and_people_hear_of_it_once_it_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    desk = Desk(world)
    said = desk.says("Saw it yesterday")
    desk.look()
    platform = world.app.platform("sandbox:main")
    real, calls = platform.hide, list[float | None]()
    waits: list[float | None] = [3600.0] + [None] * 8

    def busy(remote_id: str, *, hidden: bool = True) -> None:
        if waits:
            calls.append(waits.pop(0))
            raise TryLater("asks to wait", platform="sandbox", status=429, after=calls[-1])
        real(remote_id, hidden=hidden)

    monkeypatch.setattr(platform, "hide", busy)
    hide.ask(world.desk, desk.entry(said).id, LI)
    for _ in range(5):
        desk.look()
    assert calls == [3600.0]

    def told() -> list[str]:
        with world.db.read() as conn:
            found = [n["text"] for n in rows.notices(conn, brand="lumen")]
        return [text for text in found if "could not be hidden" in text]

    world.advance(3600)
    looks = 0
    while not hidden(desk, said):
        desk.look()
        looks += 1
        assert len(told()) == (len(calls) >= 8)
    # Without a word of the platform each wait is twice as long as the one before, at most a quarter of an hour.
    assert looks > 12
    assert len(calls) == 9
    with world.db.read() as conn:
        assert hiding.of(conn, desk.entry(said).id) == hiding.HIDDEN
        assert "hiding_failed" not in facts.of_account(conn, "sandbox:main")


def test_a_rule_whose_owner_may_not_sign_any_more_hides_nothing_there(world: World) -> None:
    desk = Desk(world, ReplyPolicy((ABUSE,)))
    author = tuple(replace(p, roles=frozenset({Role.AUTHOR})) if p.id == "li" else p for p in PEOPLE)
    world.learn(brand(people=author), ApprovalPolicy((), ReplyPolicy((ABUSE,))))
    rude = desk.says("idiot")
    desk.look()
    desk.look()
    assert not hidden(desk, rude)
    assert desk.entry(rude).state is CommentState.HIDDEN
    with world.db.read() as conn:
        assert any("its owner may not sign" in n["text"] for n in rows.notices(conn, brand="lumen"))


@pytest.mark.parametrize("then", ["removed", "on the desk alone", "its owner may not sign"])
def test_what_a_rule_wanted_hidden_before_it_was_switched_off_stays(world: World, then: str) -> None:
    desk = Desk(world, ReplyPolicy((ABUSE,)))
    rude, fine = desk.says("idiot"), desk.says("Saw it yesterday", "bob.sandbox")
    switching.stop(world.desk, "li", "it hides too much")
    desk.look()
    hide.ask(world.desk, desk.entry(fine).id, LI)
    desk.look()
    rules = {"removed": (), "on the desk alone": (replace(ABUSE, on_platform=False),)}.get(then, (ABUSE,))
    people = tuple(p for p in PEOPLE if p.id != "li") if "owner" in then else PEOPLE
    world.learn(brand(people=people), ApprovalPolicy((), ReplyPolicy(rules)))
    switching.resume(world.desk, brand(), PEOPLE[2], None, "the rule is off")
    desk.look()
    assert not hidden(desk, rude)
    assert ("worker", "not done there") in told(desk, rude)
    assert hidden(desk, fine), "a person wanted that one"
