"""Whether the files agree with each other: can anybody sign, can every rule match, is every language served."""

from __future__ import annotations

from bot.brand_folder import brand_yaml, policy_yaml
from bot.brand_folder.brand_yaml import BrandFile
from bot.brand_folder.policy_yaml import PolicyFile
from bot.brand_folder.problems import Problems
from bot.domain.brand import Person, Role, Rule
from bot.domain.policy import DEFAULT, Ask
from bot.words import say


def check_signing(brand: BrandFile, policy: PolicyFile, problems: Problems) -> None:
    """Note rules that can never match, and requests that nobody, or not enough people, could sign."""
    for name, earlier in policy.policy.shadowed().items():
        problems.error(
            policy_yaml.FILE,
            policy.lines[name],
            say(
                "The rule {name!r} can never match: {earlier!r} before it catches all of it.",
                name=name,
                earlier=earlier,
            ),
            say("Move it above {earlier!r} or remove it.", earlier=earlier),
        )
    people = brand.brand.people
    approvers = [p for p in people if p.may(Role.APPROVER)]
    if not approvers:
        if brand.brand.accounts:
            names = ", ".join(a.key for a in brand.brand.accounts)
            problems.error(
                brand_yaml.FILE, brand.people_line, say("Nobody may approve for {names}.", names=names),
                say("Give one person the role approver or admin."),
            )  # fmt: skip
        return
    authors = [p for p in people if p.may(Role.AUTHOR)]
    if not authors:
        problems.warning(
            brand_yaml.FILE, brand.people_line, say("Nobody may write drafts."), say("Give one person the role author.")
        )
    for rule in policy.policy.reachable:
        if isinstance(rule.outcome, Ask):
            in_policy = rule is not DEFAULT
            file = policy_yaml.FILE if in_policy else brand_yaml.FILE
            line = policy.lines[rule.name] if in_policy else brand.people_line
            _check_ask(rule.name, rule.outcome, people, authors, problems, file, line)


def _check_ask(
    name: str, ask: Ask, people: tuple[Person, ...], authors: list[Person], problems: Problems, file: str, line: int
) -> None:
    rest = say("The rule for everything that policy.yaml leaves open")
    which = say("The rule {name!r}", name=name) if name != DEFAULT.name else rest
    for person in people:
        if person.id in ask.signers and not person.may(Role.APPROVER):
            problems.error(
                file, line, say("{which} names {person} to sign, who may not approve.", which=which, person=person.id),
                say("Give {person} the role approver in brand.yaml.", person=person.id),
            )  # fmt: skip
    able = {p.id for p in people if p.may(Role.APPROVER) and (not ask.signers or p.id in ask.signers)}
    if len(able) < ask.needed:
        problems.error(
            file,
            line,
            say(
                "{which} needs {needed} people to sign, and only {n} may.", which=which, needed=ask.needed, n=len(able)
            ),
            say("Ask for fewer, or give more people the role approver."),
        )
        return
    stuck = [a.id for a in authors if ask.four_eyes and len(able - {a.id}) < ask.needed]
    if not stuck:
        return
    fix = say("Give another person the role approver, or set `four_eyes: false` in a rule of policy.yaml.")
    if len(stuck) == len(authors):
        problems.error(
            file,
            line,
            say(
                "{which} asks for four eyes, and nobody else could sign what {who} writes.",
                which=which,
                who=_and(stuck),
            ),
            fix,
        )
    else:
        problems.warning(
            file,
            line,
            say(
                "{which} asks for four eyes: what {who} writes, too few others may sign.", which=which, who=_and(stuck)
            ),
            fix,
        )


def check_languages(brand: BrandFile, rules: tuple[Rule, ...], problems: Problems) -> None:
    """Note accounts that write in a language in which there is no guideline."""
    spoken = {rule.language.split("-")[0] for rule in rules if not rule.hard}
    for account in brand.brand.accounts:
        if spoken and account.language.split("-")[0] not in spoken:
            problems.warning(
                brand_yaml.FILE,
                brand.lines[account.key],
                say(
                    "{key} writes in {language!r}, and no guideline is in that language.",
                    key=account.key,
                    language=account.language,
                ),
                say(
                    "Add guidelines/voice.{tag}.md, or the drafts follow the other ones.",
                    tag=account.language.split("-")[0],
                ),
            )


def _and(names: list[str]) -> str:
    return say(" or ").join(names)
