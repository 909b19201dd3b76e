"""policy.yaml, ``replies``: what becomes of comments, as rules tried from the top."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import time

from bot.brand_folder.problems import nearest
from bot.brand_folder.reader import LONGEST, Fields, good_language
from bot.domain.brand import Brand, Role
from bot.domain.comment import DELICATE, MOODS, Intent
from bot.domain.replies import WRITES, Office, RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.domain.spans import Hours
from bot.words import say

FILE = "policy.yaml"
_TOP = ("rules", "office", "disclose", "money_limit", "stop_on_spike", "statement_on_spike", "sensitivity",
        "keep_deleted")  # fmt: skip
_RULE = ("name", "when", "do", "owner", "per_day", "per_author", "acceptance", "on_platform")
_WHEN = ("platform", "account", "kind", "language", "sentiment", "intent", "topic", "hours", "confidence")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


def read_replies(policy: Fields, brand: Brand, platforms: Collection[str]) -> ReplyPolicy:
    """Return the reply policy; a rule that cannot be read in full is left out and noted."""
    top = policy.fields("replies", _TOP)
    if top is None:
        return ReplyPolicy()
    rules: list[ReplyRule] = []
    for entry in top.entries("rules", _RULE, "reply rule"):
        before = len(entry.problems.found)
        rule = _rule(entry, brand, platforms)
        if any(rule.name == other.name for other in rules):
            entry.error("name", say("The rule {name!r} is listed twice.", name=rule.name), say("Choose another name."))
        if not any(p.severity == "error" for p in entry.problems.found[before:]):
            rules.append(rule)
    return ReplyPolicy(
        rules=tuple(rules),
        office=_office(top),
        disclose=top.flag("disclose", True),
        money_limit=top.number("money_limit", ReplyPolicy.money_limit, least=0, most=1e12),
        stop_on_spike=top.flag("stop_on_spike", False),
        statement_on_spike=top.flag("statement_on_spike", False),
        sensitivity=top.number("sensitivity", ReplyPolicy.sensitivity, least=2),
        keep_deleted=top.flag("keep_deleted", False),
    )


def _rule(entry: Fields, brand: Brand, platforms: Collection[str]) -> ReplyRule:
    name, when = entry.text("name", required=True, most=LONGEST), _when(entry, brand, platforms)
    chosen = entry.choices("do", [a.value for a in ReplyAction])
    if len(chosen) != 1:
        known = ", ".join(a.value for a in ReplyAction)
        entry.error("do", say("A reply rule does one thing."), say("Write one of: {names}.", names=known))
    action, owner = ReplyAction(chosen[0]) if chosen else ReplyAction.LEAVE, entry.text("owner")
    person = brand.person(owner) if owner else None
    if owner and person is None:
        fix = nearest(owner, {p.id for p in brand.people})
        entry.error("owner", say("There is no person {person!r} in brand.yaml.", person=owner), fix)
    if action is ReplyAction.AUTOMATIC and (person is None or not person.may(Role.APPROVER)):
        problem = say("An automatic rule needs an owner who may sign: what it sends is sent in their name.")
        entry.error("owner", problem, say("Add `owner:` with an approver of brand.yaml."))
    if action is ReplyAction.AUTOMATIC and (wrong := DELICATE & {Intent(i) for i in when.intent}):
        problem = say("Nothing is answered automatically that is about {what}.", what=", ".join(sorted(wrong)))
        entry.error("when", problem, say("Use `escalate`."))
    there = entry.flag("on_platform", False)
    if there and action is not ReplyAction.HIDE:
        entry.error("on_platform", say("Only `hide` can be done on the platform."), say("Remove it."))
    elif there and (person is None or not person.may(Role.APPROVER)):
        problem = say("A rule that hides on the platform needs an owner who may sign: it is done in their name.")
        entry.error("owner", problem, say("Add `owner:` with an approver of brand.yaml."))
    if owner and action not in WRITES and not there:
        entry.warning("owner", say("Only rules that write an answer have an owner."), say("Remove it."))
    acceptance = entry.number("acceptance", ReplyRule.acceptance, least=0)
    if acceptance > 1:
        entry.error("acceptance", say("A share lies between 0 and 1."), say("Write 0.8 for 80 %."))
    return ReplyRule(
        name, action, when, owner,
        per_day=int(entry.number("per_day", ReplyRule.per_day, least=0, whole=True)),
        per_author=int(entry.number("per_author", ReplyRule.per_author, least=0, whole=True)),
        acceptance=acceptance, on_platform=there,
    )  # fmt: skip


def _when(entry: Fields, brand: Brand, platforms: Collection[str]) -> RemarkConditions:
    when = entry.fields("when", _WHEN)
    if when is None:
        return RemarkConditions()
    for name in when.marked.value:
        if name in _WHEN and name != "confidence" and not when.texts(name):
            problem = say("The condition {name!r} is empty, so it is unclear what it should catch.", name=name)
            when.error(name, problem, say("Remove it."))
    return RemarkConditions(
        platform=tuple(when.choices("platform", platforms)),
        account=tuple(when.choices("account", [a.key for a in brand.accounts], "account of brand.yaml")),
        kind=tuple(when.choices("kind", ("reply", "mention", "quote"))),
        language=languages(when),
        sentiment=tuple(when.choices("sentiment", MOODS)),
        intent=tuple(when.choices("intent", [i.value for i in Intent])),
        topic=tuple(text for text, _ in when.texts("topic")),
        hours=hours(when),
        confidence=when.number("confidence", 0, least=0),
    )


def _office(top: Fields) -> Office:
    given = top.fields("office", ("days", "hours", "within_hours"))
    if given is None:
        return Office()
    days = tuple(_DAYS.index(d) for d in given.choices("days", _DAYS)) or Office().days
    found = hours(given)
    within = given.number("within_hours", Office().within_hours, least=0.1)
    return Office(days, found[0] if found else Office().hours, within)


def languages(when: Fields) -> tuple[str, ...]:
    """Return the language tags of a condition; what is none is noted."""
    found = []
    for tag, line in when.texts("language"):
        if good_language(tag):
            found.append(tag)
        else:
            problem = say("{tag!r} is not a language tag.", tag=tag)
            when.problems.error(FILE, line, problem, say("Write it as `en` or `zh-Hans`."))
    return tuple(found)


def hours(when: Fields) -> tuple[Hours, ...]:
    """Return the stretches of time of a condition; what is none is noted."""
    found = []
    for text, line in when.texts("hours"):
        match = _HOURS.fullmatch(text)
        try:
            if not match:
                raise ValueError(text)
            h1, m1, h2, m2 = (int(group) for group in match.groups())
            hours = Hours(time(h1, m1), time(h2 % 24 if (h2, m2) == (24, 0) else h2, m2))
            if hours.start == hours.end:
                raise ValueError(text)
            found.append(hours)
        except ValueError:
            when.problems.error(
                FILE,
                line,
                say("{text!r} is not a stretch of time.", text=text),
                say('Write it as "22:00-07:00"; leave it out for all day.'),
            )
    return tuple(found)
