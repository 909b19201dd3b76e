"""The reply rules in plain words: when a rule holds, and what becomes of a comment then."""

from __future__ import annotations

from bot.domain.brand import Brand
from bot.domain.replies import LEAVE, RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.words import joined, say, speaking
from bot.workflow.policy_words import Told, either


def sentences(policy: ReplyPolicy, brand: Brand) -> list[Told]:
    """Return every reply rule, in the order in which they are tried; the last one holds for all the rest."""
    rules = [*policy.rules]
    if not any(rule.when == RemarkConditions() for rule in rules):
        rules.append(LEAVE)
    return [Told(r.name, _when(r.when, first=n == 0), _then(r, brand)) for n, r in enumerate(rules)]


def action_word(action: ReplyAction) -> str:
    """Name what a rule does with a comment, in a word or two."""
    return {
        ReplyAction.LEAVE: say("left to people"), ReplyAction.IGNORE: say("let be"), ReplyAction.HIDE: say("left out"),
        ReplyAction.ESCALATE: say("to people at once"), ReplyAction.PROPOSE: say("answer proposed"),
        ReplyAction.ONE_CLICK: say("answer, one press"), ReplyAction.AUTOMATIC: say("answered by itself"),
    }[action]  # fmt: skip


def _when(given: RemarkConditions, *, first: bool) -> str:
    hours = [f"{h.start:%H:%M}–{h.end:%H:%M}" for h in given.hours]
    said = [
        say("it comes from {places}", places=either([*given.platform])) if given.platform else "",
        say("it comes to {places}", places=either([*given.account])) if given.account else "",
        say("it is a {kinds}", kinds=either([say(k) for k in given.kind])) if given.kind else "",
        say("it sounds {moods}", moods=either([say(m) for m in given.sentiment])) if given.sentiment else "",
        say("it is about {intents}", intents=either([say(i) for i in given.intent])) if given.intent else "",
        say("it speaks of {topics}", topics=either([*given.topic])) if given.topic else "",
        say("it is in {languages}", languages=either([*given.language])) if given.language else "",
        say("it comes between {hours}", hours=either(hours)) if hours else "",
        say("the reading is at least {n} % sure", n=round(given.confidence * 100)) if given.confidence else "",
    ]
    held = [s for s in said if s]
    if not held:
        return say("Whatever it is:") if first else say("Everything else:")
    return say("When {conditions}:", conditions=say(", and ").join(held))


def _then(rule: ReplyRule, brand: Brand) -> str:
    done = {
        ReplyAction.LEAVE: say("It waits in the inbox for a person; nothing is written."),
        ReplyAction.IGNORE: say("Nobody has to do anything about it."),
        ReplyAction.HIDE: say("Nobody has to do anything about it, and lists leave it out."),
        ReplyAction.ESCALATE: say("People are told at once."),
        ReplyAction.PROPOSE: say("An answer is drafted and waits for a signature like every draft."),
        ReplyAction.ONE_CLICK: say("An answer is drafted that one approver signs with one press."),
        ReplyAction.AUTOMATIC: say("An answer is drafted and sent."),
    }[rule.action]
    if rule.action is not ReplyAction.AUTOMATIC:
        return done
    owner = person.name if (person := brand.person(rule.owner)) else rule.owner
    return joined(
        done, say("{person} answers for it.", person=owner),
        say("It signs by itself, also where four eyes are asked for: nobody else reads the answer first."),
        say("At most {day} a day, and {author} to one person.", day=rule.per_day, author=rule.per_author),
        say("Only while {n} % of its answers were signed unchanged.", n=round(rule.acceptance * 100))
        if rule.acceptance else "",
    )  # fmt: skip


def disclosure(language: str) -> str:
    """Return what an answer that nobody looked at ends with."""
    with speaking("zh" if language.startswith("zh") else "en"):
        return "\n" + say("(automated reply)")


def undisclosed(text: str) -> str:
    """Return an answer without that ending."""
    for language in ("en", "zh"):
        text = text.removesuffix(disclosure(language))
    return text
