"""How soon somebody should look at a comment, with the reasons in words. The first rule that fits decides."""

from __future__ import annotations

import re

from bot.domain.comment import NEGATIVE, Intent, Priority

_WAITING = re.compile(
    r"\b(?:asap|urgent(?:ly)?|right now|immediately|today|tonight|stuck|stranded|medication|deadline|boarding)\b"
    r"|急|马上|立刻|今天|尽快|救命|明天就",
    re.I,
)
_AGAIN = re.compile(
    r"\b(?:again|still|third|fourth|third time|(?:three|four|five|\d+) (?:times|e?mails|calls|days|weeks))\b"
    r"|又|还是没|第[三四五六]次|一直没|[三四五六七八九十\d]+(?:次|天了|遍)",
    re.I,
)
_LEAVING = re.compile(
    r"\b(?:cancel(?:l?ing)? my|never (?:again|flying|buying|coming)|last time|done with you)\b"
    r"|\bswitch(?:ing|ed)? to\b"
    r"|再也不|取关|注销|拉黑|最后一次",
    re.I,
)


def judge(text: str, sentiment: str, intent: Intent) -> tuple[Priority, tuple[str, ...]]:
    """Return the priority, and why, one short English sentence each."""
    if intent is Intent.CRISIS:
        return Priority.URGENT, ("People may be in danger, or many may soon talk about it.",)
    if intent in (Intent.LEGAL, Intent.PRESS):
        return Priority.URGENT, ("It speaks of the law." if intent is Intent.LEGAL else "A journalist asks.",)
    if intent in (Intent.SPAM, Intent.ABUSE):
        return Priority.LOW, ("Spam asks for no answer.",) if intent is Intent.SPAM else (
            "It insults and asks nothing.",
        )
    why: list[str] = []
    if intent in (Intent.COMPLAINT, Intent.SUPPORT, Intent.QUESTION) and _WAITING.search(text):
        why.append("The writer is in a hurry.")
    if sentiment == NEGATIVE and _AGAIN.search(text) and intent in (Intent.COMPLAINT, Intent.SUPPORT):
        why.append("It happened before, or has not been answered.")
    if sentiment == NEGATIVE and _LEAVING.search(text):
        why.append("The writer may leave.")
    if why:
        return Priority.HIGH, tuple(why)
    if intent in (Intent.COMPLAINT, Intent.SUPPORT) and sentiment == NEGATIVE:
        return Priority.HIGH, ("Something does not work for the writer.",)
    if intent in (Intent.SUPPORT, Intent.PURCHASE, Intent.QUESTION, Intent.COMPLAINT):
        reasons = {
            Intent.PURCHASE: "The writer wants to buy.",
            Intent.QUESTION: "The writer asks something.",
        }
        return Priority.NORMAL, (reasons.get(intent, "The writer wants help."),)
    if sentiment == NEGATIVE:
        return Priority.NORMAL, ("The writer is unhappy.",)
    return Priority.LOW, ("Nothing is asked.",)
