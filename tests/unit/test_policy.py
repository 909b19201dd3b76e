"""The first rule that matches decides, and without one a person is asked."""

from __future__ import annotations

from datetime import time

import pytest

from bot.domain.policy import (
    DEFAULT,
    ApprovalPolicy,
    Ask,
    Conditions,
    Hours,
    Kind,
    PolicyRule,
    Refuse,
    Risk,
    Subject,
)

NIGHT = Hours(time(22), time(7))
POST = Subject("bluesky:main", Kind.POST, "zh-Hans", frozenset({Risk.PRICE}), time(23, 30))


def test_without_a_rule_one_other_person_is_asked_within_a_day() -> None:
    assert ApprovalPolicy().decide(POST) == (DEFAULT,)
    assert DEFAULT.name == "default"
    assert DEFAULT.outcome == Ask(needed=1, signers=(), four_eyes=True, expires_hours=24)


def test_the_first_match_decides_and_the_others_are_named() -> None:
    no = PolicyRule("no", Conditions(risk=(Risk.LEGAL,)), Refuse("not so"))
    two = PolicyRule("two", Conditions(risk=(Risk.PRICE,)), Ask(2))
    all_ = PolicyRule("all")
    policy = ApprovalPolicy((no, two, all_))
    assert [r.name for r in policy.decide(POST)] == ["two", "all", "default"]
    assert policy.rule_for(POST) is two
    assert policy.rule_for(Subject("bluesky:main", risks=frozenset({Risk.LEGAL, Risk.PRICE}))) is no


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        (Conditions(), True),
        (Conditions(platform=("bluesky",)), True),
        (Conditions(platform=("sandbox", "bluesky")), True),
        (Conditions(platform=("sandbox",)), False),
        (Conditions(account=("bluesky:main",)), True),
        (Conditions(account=("bluesky:cn",)), False),
        (Conditions(kind=(Kind.REPLY,)), False),
        (Conditions(risk=(Risk.CLAIMS, Risk.PRICE)), True),
        (Conditions(risk=(Risk.CRISIS,)), False),
        (Conditions(language=("zh",)), True),
        (Conditions(language=("zh-hans",)), True),
        (Conditions(language=("zh-Hant",)), False),
        (Conditions(language=("z",)), False),
        (Conditions(hours=(NIGHT,)), True),
        (Conditions(hours=(Hours(time(9), time(17)),)), False),
        (Conditions(platform=("bluesky",), kind=(Kind.THREAD,)), False),
    ],
)
def test_every_condition_given_must_hold(when: Conditions, matches: bool) -> None:
    assert when.match(POST) is matches


def test_hours_run_over_midnight_and_end_before_their_end() -> None:
    assert [t in NIGHT for t in (time(22), time(6, 59), time(7), time(21, 59))] == [True, True, False, False]
    assert not Conditions(hours=(NIGHT,)).match(Subject("bluesky:main"))


def test_a_rule_behind_a_wider_one_is_found() -> None:
    rules = (
        PolicyRule("zh", Conditions(language=("zh",))),
        PolicyRule("hans", Conditions(language=("zh-Hans",), risk=(Risk.PRICE,))),
        PolicyRule("price", Conditions(risk=(Risk.PRICE, Risk.LEGAL))),
        PolicyRule("price-only", Conditions(risk=(Risk.PRICE,))),
        PolicyRule("all"),
        PolicyRule("late", Conditions(hours=(NIGHT,))),
    )
    policy = ApprovalPolicy(rules)
    assert policy.shadowed() == {"hans": "zh", "price-only": "price", "late": "all"}
    assert [r.name for r in policy.reachable] == ["zh", "price", "all"]
    assert ApprovalPolicy(rules[:1]).reachable == (rules[0], DEFAULT)


def test_an_ask_that_nobody_would_have_to_answer_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Ask(needed=0)
    with pytest.raises(ValueError, match="last some time"):
        Ask(expires_hours=0)
