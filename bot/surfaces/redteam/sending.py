"""The guards of the last steps: what a worker asks itself before it sends what was signed, or hides a comment there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import update

from bot.domain.brand import Account, Person, Role, Rule, RuleBook, RuleKind
from bot.domain.policy import ApprovalPolicy, Conditions, PolicyRule, Refuse
from bot.domain.replies import ReplyPolicy
from bot.errors import SignoffError
from bot.evaluation.redteam.stage import INSULT, REPLIES, RULES, brand
from bot.store import desk as rows
from bot.store import rates, tables
from bot.surfaces.redteam.target import Target
from bot.surfaces.redteam.without import Red, mutant
from bot.workflow import announce, attend, hide, reply, standing, still, switching, turn

Act = Callable[[Target], None]
SIGNED = "The planned post."


# --- what was signed, and its hour ---------------------------------------------------------------------------------


def _sent(act: Act, *, hour: bool = True) -> Callable[[Target], Red]:
    """Red where the post goes out although something has happened since it was signed."""

    def probe(t: Target) -> Red:
        act(t)
        return _goes(t, 2 * 3600 + 60 if hour else 60)

    return probe


def _meanwhile(act: Act) -> Callable[[Target], Red]:
    """Red where it goes out although something happens between its intent and its request, as a video uploads."""

    def probe(t: Target) -> Red:
        look = still.there

        def acted(*given: Any) -> None:
            act(t)
            look(*given)

        with patch.object(still, "there", acted):
            return _goes(t, 2 * 3600 + 60)

    return probe


def _goes(t: Target, seconds: float) -> Red:
    t.advance(seconds)
    turn.drain(t.desk, "sandbox:main", "w")
    shown = [*t.live(), *t.live("ada.sandbox")]
    return ["it went out"] if SIGNED in shown else []


def _early(t: Target) -> None:
    """Somebody with the database makes its part due."""
    with t.db.write() as conn:
        conn.execute(update(tables.post_part).values(not_before=t.clock.now()))


def _refuses(t: Target) -> None:
    t.learn(brand(), ApprovalPolicy((PolicyRule("none", Conditions(), Refuse("Not this week.")),), REPLIES))


def _hard_rule(t: Target) -> None:
    rule = Rule("no-plans", RuleKind.NEVER, "Never speak of plans.", hard=True, words=("planned",))
    t.learn(brand(rulebook=RuleBook((*RULES.rules, rule))), ApprovalPolicy(replies=REPLIES))


def _other_handle(t: Target) -> None:
    first, *rest = brand().accounts
    t.learn(brand(accounts=(replace(first, handle="ada.sandbox"), *rest)), ApprovalPolicy(replies=REPLIES))


def _pause(t: Target) -> None:
    with t.db.write() as conn:
        rows.pause(conn, "sandbox:main", "its login was taken away", who="li", at=t.clock.now())


def _stop(t: Target) -> None:
    switching.stop(t.desk, "sam", "a crisis")


def _platform_waits(t: Target) -> None:
    with t.db.write() as conn:
        rates.hold(conn, "sandbox:main", "post", t.clock.now() + timedelta(hours=1), t.clock.now())


def _lease_lost(t: Target) -> None:
    """Another worker takes the account: this one slept for longer than its lease."""
    lease = tables.lease
    with t.db.write() as conn:
        conn.execute(update(lease).values(owner="another", fence=lease.c.fence + 1))


def _other_attempt(t: Target) -> None:
    with t.db.write() as conn:
        conn.execute(update(tables.post_part).values(attempts=7))


def _lifted(t: Target) -> Red:
    """Another brand's person stopped everything; red where this brand's ends that."""
    zoe = Person("zoe", "Zoe", frozenset({Role.APPROVER}))
    other = Account("sandbox", "other", "noctua.sandbox", "en", "Europe/Berlin")
    t.learn(brand(id="noctua", name="Noctua", accounts=(other,), people=(zoe,)))
    switching.stop(t.desk, "zoe", "a crisis of ours")
    mine = t.app.brand()
    li = mine.person("li")
    assert li is not None
    with suppress(SignoffError):
        switching.resume(t.desk, mine, li, None, "")
    with t.db.read() as conn:
        return [] if rows.stopped(conn) else ["everything goes on"]


# --- answers of the written rule -----------------------------------------------------------------------------------


def _says(t: Target, who: str, text: str) -> str:
    said = t.app.sandbox.post(who, text, parent_id=t.post_id)
    assert said is not None
    return said.id


def _answered(act: Callable[[Target, str], None]) -> Callable[[Target], Red]:
    """Red where the rule's answer goes out although something has happened since it was signed."""

    def probe(t: Target) -> Red:
        t.puppet.mode, t.puppet.labels = "obedient", ()
        said = _says(t, "fan.sandbox", "I love it, thank you!")
        t.advance(61)
        attend.attend(t.desk)
        if not t.by_rule():
            return ["the rule signed nothing: there is nothing to hold back"]
        act(t, said)
        before = t.live()
        turn.drain(t.desk, "sandbox:main", "w")
        return [f"it was answered: {text}" for text in t.live()[len(before) :]]

    return probe


def _switched_off(t: Target, _: str) -> None:
    t.learn(t.app.brand(), ApprovalPolicy(replies=ReplyPolicy(REPLIES.rules[-1:])))


def _changed(t: Target, said: str) -> None:
    t.app.sandbox.edit("fan.sandbox", said, "I changed my mind: it is awful.")


def _by_hand(t: Target, said: str) -> None:
    t.app.sandbox.post("lumen.sandbox", "Thank you, says Anna.", parent_id=said)


# --- what a rule hides ---------------------------------------------------------------------------------------------


def _hidden(
    act: Act = lambda _: None, *, comments: int = 1, most: int = 0, text: str = INSULT
) -> Callable[[Target], Red]:
    """Red where more than ``most`` comments are hidden there; ``act`` comes between the wish and the deed."""

    def probe(t: Target) -> Red:
        said = [_says(t, f"rude{n}.sandbox", text) for n in range(comments)]
        t.advance(61)
        attend.attend(t.desk)
        act(t)
        for _ in range(2):
            t.advance(61)
            attend.attend(t.desk)
        hidden = sum(t.app.sandbox.is_hidden(one) for one in said)
        return [f"{hidden} comments were hidden"] if hidden > most else []

    return probe


def _only_on_the_desk(t: Target) -> None:
    hides = replace(REPLIES.rules[0], on_platform=False)
    t.learn(t.app.brand(), ApprovalPolicy(replies=ReplyPolicy((hides, *REPLIES.rules[1:]))))


def _owner_left(t: Target) -> None:
    left = tuple(p for p in t.app.brand().people if p.id != "li")
    t.learn(brand(people=left), ApprovalPolicy(replies=REPLIES))


MUTANTS = (
    mutant("the hour that was signed", _sent(_early, hour=False), announce._not_as_signed, "opens <= now", "True"),
    mutant("what the policy refuses by now", _sent(_refuses), announce._forbidden, "if not reason", "if True"),
    mutant("hard rules at the send", _sent(_hard_rule), standing.blocks, says="()"),
    mutant(
        "the handle that was signed", _sent(_other_handle), standing.held_back, "if handle != post.content.handle",
        "if False",
    ),
    mutant("kill switch in the last look", _meanwhile(_stop), standing._fences, "seen.stopped or", "'' or"),
    mutant(
        "pause in the last look", _meanwhile(_pause), standing._fences, "if intent.post.account in paused", "if False"
    ),
    mutant(
        "rules learned before the last look", _meanwhile(_hard_rule), standing._fault,
        "if not fault and round_.known(brand.id) != intent.rules", "if False",
    ),
    mutant("the platform's wait", _meanwhile(_platform_waits), standing._fault, "if waits is not None", "if False"),
    mutant("lease of the account", _meanwhile(_lease_lost), standing._fault, "if left <= room", "if False"),
    mutant(
        "one attempt at a time", _meanwhile(_other_attempt), standing._fault,
        "if not view.sends(intent.n, intent.attempt)", "if False",
    ),
    mutant("a stop of another brand", _lifted, switching._of_their_own, says="None"),
    mutant(
        "a reply rule that was switched off", _answered(_switched_off), still._unwanted,
        '"" if rules.automatic(name) else', '"" and',
    ),
    mutant(
        "a comment that was changed", _answered(_changed), still.seen, "if cleaning.clean(sight.text) != one.text",
        "if False",
    ),
    mutant(
        "a person answers at the platform", _answered(_by_hand), still.seen,
        "if all(answer in ours for answer in sight.answers)", "if True",
    ),
    mutant(
        "cap of what a rule hides", _hidden(comments=4, most=2), hide.spent, says="''",
    ),
    mutant(
        "money, law and press before a rule hides", _hidden(text=f"{INSULT} You owe me 900 EUR."), reply._decide,
        "escalate.must(one, policy.replies, quiet=quiet)", "'' if quiet else escalate.must(one, policy.replies)",
    ),
    mutant(
        "kill switch before a comment is hidden", _hidden(_stop), hide.carry_out,
        "if rows.stopped(conn) or rows.paused(conn, account)", "if False",
    ),
    mutant(
        "a rule that hides there no more",
        _hidden(_only_on_the_desk),
        hide._void,
        "or not rule.on_platform",
        "",
    ),
    mutant("owner of a hiding rule", _hidden(_owner_left), hide._owned, says="True"),
)  # fmt: skip
