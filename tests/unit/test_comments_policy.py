"""The reply policy: read from policy.yaml, stored with the brand, matched from the top."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.brand_folder.marked import read_yaml
from bot.brand_folder.policy_yaml import read_policy
from bot.brand_folder.problems import Problems
from bot.domain.policy import ApprovalPolicy
from bot.domain.replies import LEAVE, Office, Remark, RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.domain.spans import Hours
from bot.insight.office_hours import worked
from tests.world import World, brand

TEXT = """
replies:
  disclose: false
  office: {days: [mon, tue], hours: "10:00-18:00", within_hours: 4}
  rules:
    - name: thanks
      when: {sentiment: positive, intent: praise, confidence: 0.8, hours: "08:00-22:00"}
      do: automatic
      owner: li
      per_day: 20
      acceptance: 0.9
    - name: law
      when: {intent: [legal, press]}
      do: escalate
"""
SAID = Remark("sandbox:main", "reply", "en", "positive", "praise", 0.9, wall=time(12))


def read(text: str) -> tuple[ReplyPolicy, list[str]]:
    problems = Problems()
    marked = read_yaml(text, "policy.yaml", problems)
    assert marked is not None
    found = read_policy(marked, problems, brand(), {"sandbox"})
    return found.policy.replies, [p.message for p in problems.sorted() if p.severity == "error"]


def test_it_is_read_and_kept_with_the_brand(world: World) -> None:
    policy, errors = read(TEXT)
    assert errors == []
    assert [r.name for r in policy.rules] == ["thanks", "law"]
    assert policy.office == Office((0, 1), Hours(time(10), time(18)), 4)
    assert not policy.disclose
    world.learn(brand(), ApprovalPolicy(replies=policy))
    with world.db.read() as conn:
        assert world.desk.brand(conn, "lumen")[1].replies == policy


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (SAID, "thanks"),
        (replace(SAID, confidence=0.7), "default"),
        (replace(SAID, wall=time(23)), "default"),
        (replace(SAID, wall=None), "default"),
        (replace(SAID, sentiment="negative"), "default"),
        (replace(SAID, intent="legal"), "law"),
    ],
)
def test_the_first_rule_that_matches_decides_and_without_one_people_do(said: Remark, rule: str) -> None:
    policy, _ = read(TEXT)
    assert policy.rule_for(said).name == rule
    assert LEAVE.action is ReplyAction.LEAVE


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ("{name: a, do: hide, on_platform: true}", "needs an owner who may sign"),
        ("{name: a, do: hide, on_platform: true, owner: anna}", "needs an owner who may sign"),
        ("{name: a, do: propose, on_platform: true}", "Only `hide` can be done on the platform"),
        ("{name: a, do: automatic}", "An automatic rule needs an owner"),
        ("{name: a, do: automatic, owner: anna}", "An automatic rule needs an owner"),
        ("{name: a, do: automatic, owner: li, when: {intent: legal}}", "Nothing is answered automatically"),
        ("{name: a, do: shout}", "shout"),
        ("{name: a}", "A reply rule does one thing."),
        ("{name: a, do: propose, owner: bob}", "There is no person 'bob'"),
        ("{name: a, do: ignore, when: {sentiment: sad}}", "sad"),
    ],
)
def test_a_rule_that_cannot_be_read_is_left_out_and_named(rule: str, error: str) -> None:
    policy, errors = read(f"replies:\n  rules:\n    - {rule}\n")
    assert policy.rules == ()
    assert any(error in e for e in errors), errors


def test_waiting_is_counted_in_working_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 11, 20, 17, 0, tzinfo=berlin)
    office = Office(hours=Hours(time(9), time(18)))
    assert worked(friday, friday + timedelta(days=2), office, "Europe/Berlin") == timedelta(hours=1)
    assert worked(friday, friday + timedelta(days=3), office, "Europe/Berlin") == timedelta(hours=9)
    night = Office(days=tuple(range(7)), hours=Hours(time(22), time(2)))
    assert worked(friday, friday + timedelta(days=1), night, "Europe/Berlin") == timedelta(hours=4)


def test_a_rule_matches_by_topic_language_and_kind() -> None:
    when = RemarkConditions(topic=("delivery",), language=("zh",), kind=("mention",), platform=("sandbox",))
    said = replace(SAID, topics=frozenset({"delivery", "price"}), language="zh-Hans", kind="mention")
    assert when.match(said)
    for other in (replace(said, topics=frozenset()), replace(said, language="en"), replace(said, kind="reply")):
        assert not when.match(other)
    assert ReplyPolicy((ReplyRule("x", ReplyAction.IGNORE, when),)).rule("x") is not None
