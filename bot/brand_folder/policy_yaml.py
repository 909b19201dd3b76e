"""policy.yaml: who must sign what, as rules tried from the top."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.brand_folder import replies_yaml
from bot.brand_folder.marked import Marked
from bot.brand_folder.problems import Problems, nearest
from bot.brand_folder.reader import LONGEST, Fields
from bot.domain.brand import Brand
from bot.domain.policy import DEFAULT, ApprovalPolicy, Ask, Conditions, Kind, Outcome, PolicyRule, Refuse, Risk
from bot.words import say

FILE = "policy.yaml"
#: The most posts, and the most days, that one signature may stand for.
LASTING, LASTING_DAYS = 60, 366
_WHEN = ("platform", "account", "kind", "risk", "language", "hours")
_ASK = ("needed", "signers", "four_eyes", "expires_hours", "reminder_hours", "escalate_to", "together",
        "lasting", "lasting_days")  # fmt: skip


@dataclass(frozen=True)
class PolicyFile:
    """policy.yaml as read, and the line of each rule."""

    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    lines: dict[str, int] = field(default_factory=dict)


def read_policy(marked: Marked, problems: Problems, brand: Brand, platforms: Collection[str]) -> PolicyFile:
    """Return the policy; a rule whose outcome or conditions cannot be read is left out and noted.

    A rule with a wrong condition is never kept without it: it would then catch more than its author meant.
    """
    rules: list[PolicyRule] = []
    lines: dict[str, int] = {}
    top = Fields.of(FILE, marked, problems, ("rules", "replies"))
    for entry in top.entries("rules", ("name", "when", "ask", "refuse", "auto"), "rule"):
        before = len(problems.found)
        name = entry.text("name", required=True, most=LONGEST)
        if name == DEFAULT.name:
            entry.error(
                "name",
                say("The name {name!r} is taken by the rule for everything else.", name=name),
                say("Choose another name."),
            )
        if name in lines:
            entry.again("name", say("The rule {name!r} is listed twice.", name=name), lines[name])
        when = _when(entry, brand, platforms)
        outcome = _outcome(entry, brand)
        if outcome and name and not any(p.severity == "error" for p in problems.found[before:]):
            rules.append(PolicyRule(name, when, outcome))
        lines.setdefault(name, entry.line("name"))
    return PolicyFile(ApprovalPolicy(tuple(rules), replies_yaml.read_replies(top, brand, platforms)), lines)


def _when(entry: Fields, brand: Brand, platforms: Collection[str]) -> Conditions:
    when = entry.fields("when", _WHEN)
    if when is None:
        return Conditions()
    for name in when.marked.value:
        if name in _WHEN and not when.texts(name):
            when.error(
                name,
                say("The condition {name!r} is empty, so it is unclear what it should catch.", name=name),
                say("Remove it."),
            )
    return Conditions(
        platform=tuple(when.choices("platform", platforms)),
        account=tuple(when.choices("account", [a.key for a in brand.accounts], "account of brand.yaml")),
        kind=tuple(Kind(k) for k in when.choices("kind", [k.value for k in Kind])),
        risk=tuple(Risk(r) for r in when.choices("risk", [r.value for r in Risk])),
        language=replies_yaml.languages(when),
        hours=replies_yaml.hours(when),
    )


def _outcome(entry: Fields, brand: Brand) -> Outcome | None:
    if "auto" in entry.marked.value:
        entry.error(
            "auto",
            say("Automatic publishing of posts is not supported: every post needs a signature."),
            say("Use `ask`."),
        )
        return None
    if "ask" in entry.marked.value and "refuse" in entry.marked.value:
        entry.error("refuse", say("A rule either asks or refuses."), say("Remove `ask` or `refuse`."))
        return None
    if "refuse" in entry.marked.value:
        reason = entry.text("refuse", required=True)
        return Refuse(reason) if reason else None
    if "ask" not in entry.marked.value:
        entry.error(
            "",
            say("{what} does not say what happens.", what=entry.what.capitalize()),
            say("Add `ask:` or `refuse: the reason`."),
        )
        return None
    ask = entry.fields("ask", _ASK) or Fields(FILE, Marked({}, entry.line("ask")), entry.problems, "ask")
    people = {p.id for p in brand.people}
    escalate = ask.text("escalate_to")
    if escalate and escalate not in people:
        ask.error(
            "escalate_to",
            say("There is no person {person!r} in brand.yaml.", person=escalate),
            nearest(escalate, people),
        )
    expires = ask.number("expires_hours", 24, least=0.1)
    reminder = ask.number("reminder_hours", 0, least=0.1) or None
    if reminder and reminder >= expires:
        ask.error(
            "reminder_hours", say("The reminder would come after the request has expired."), say("Make it smaller.")
        )
    lasting = int(ask.number("lasting", 0, least=2, whole=True))
    days = int(ask.number("lasting_days", 90, least=1, whole=True))
    for name, given, most in (("lasting", lasting, LASTING), ("lasting_days", days, LASTING_DAYS)):
        if given > most:
            ask.error(name, say("{name!r} is {most} at most.", name=name, most=most), say("Make it smaller."))
    return Ask(
        needed=int(ask.number("needed", 1, least=1, whole=True)),
        signers=tuple(dict.fromkeys(ask.choices("signers", people, "person of brand.yaml"))),
        four_eyes=ask.flag("four_eyes", True),
        expires_hours=expires,
        reminder_hours=reminder,
        escalate_to=escalate,
        together=ask.flag("together", False),
        lasting=lasting,
        lasting_days=days,
    )
