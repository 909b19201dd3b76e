"""The approval policy in plain words: when a rule holds, and who must sign then."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.brand import Brand, Person, Role
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, Kind, Outcome, Refuse, Risk
from bot.words import joined, say


@dataclass(frozen=True)
class Told:
    """One rule of the policy, as people read it."""

    name: str
    when: str
    then: str


def sentences(policy: ApprovalPolicy, brand: Brand) -> list[Told]:
    """Return every rule that can decide, in the order in which they are tried; the last one holds for all the rest."""
    found: list[Told] = []
    for rule in policy.reachable:
        found.append(Told(rule.name, _when(rule.when, first=not found), outcome(rule.outcome, brand)))
    return found


def outcome(asked: Outcome, brand: Brand) -> str:
    """Say who must sign, or that nothing is published."""
    if isinstance(asked, Refuse):
        return say("It is not published at all: {why}", why=asked.reason)
    return _signers(asked, brand)


def approves(person: Person) -> bool:
    """Say whether a person may sign where the policy names nobody."""
    return person.may(Role.APPROVER)


def _when(given: Conditions, *, first: bool) -> str:
    kinds = {Kind.POST: say("a post"), Kind.REPLY: say("a reply"), Kind.THREAD: say("a thread")}
    risks = {
        Risk.CLAIMS: say("claims"), Risk.PRICE: say("prices"), Risk.LEGAL: say("legal words"),
        Risk.CRISIS: say("a crisis"),
    }  # fmt: skip
    hours = [f"{h.start:%H:%M}–{h.end:%H:%M}" for h in given.hours]
    said = [
        say("it is {kinds}", kinds=either([kinds[k] for k in given.kind])) if given.kind else "",
        say("it goes to {places}", places=either([*given.platform])) if given.platform else "",
        say("it goes to {places}", places=either([*given.account])) if given.account else "",
        say("it speaks of {risks}", risks=either([risks[r] for r in given.risk])) if given.risk else "",
        say("it is in {languages}", languages=either([*given.language])) if given.language else "",
        say("it would go out between {hours}", hours=either(hours)) if hours else "",
    ]
    held = [s for s in said if s]
    if not held:
        return say("Whatever it is:") if first else say("Everything else:")
    return say("When {conditions}:", conditions=say(", and ").join(held))


def either(names: list[str]) -> str:
    """Put alternatives side by side."""
    return names[0] if len(names) == 1 else say("{most} or {last}", most=", ".join(names[:-1]), last=names[-1])


def _signers(asked: Ask, brand: Brand) -> str:
    names = [(p.name if (p := brand.person(who)) else who) for who in asked.signers]
    if names and len(names) == asked.needed:
        who = say("{names} must sign.", names=_and(names))
    elif names:
        who = say("{n} of these must sign: {names}.", n=asked.needed, names=", ".join(names))
    elif asked.needed == 1:
        who = say("One approver must sign.")
    else:
        who = say("{n} different approvers must sign.", n=asked.needed)
    eyes = say("Nobody signs what they wrote or asked for.") if asked.four_eyes else say("The author may sign, too.")
    time = say("They have {n} hours.", n=f"{asked.expires_hours:g}")
    remind = say("They are reminded after {n} hours.", n=f"{asked.reminder_hours:g}") if asked.reminder_hours else ""
    told = (p.name if (p := brand.person(asked.escalate_to)) else asked.escalate_to) if asked.escalate_to else ""
    both = say("Several can be signed with one press on the web desk.") if asked.together else ""
    lasts = ""
    if asked.lasting:
        lasts = say("One signature may stand for {n} posts of a series, all alike, within {days} days.",
                    n=asked.lasting, days=asked.lasting_days)  # fmt: skip
    nobody = say("If nobody signs, {name} is told.", name=told) if told else ""
    return joined(who, eyes, time, remind, nobody, both, lasts)


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else say("{most} and {last}", most=", ".join(names[:-1]), last=names[-1])
