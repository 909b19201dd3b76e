"""rules.yaml and replies.yaml: the hard rules that code looks for, and the answers that people wrote once."""

from __future__ import annotations

from collections.abc import Sequence

from bot.brand_folder.marked import Marked
from bot.brand_folder.problems import Problems
from bot.brand_folder.reader import Fields, twin_ids
from bot.domain.brand import Rule, RuleKind, SavedReply
from bot.words import say

RULES = "rules.yaml"
REPLIES = "replies.yaml"


def read_rules(marked: Marked, problems: Problems, main: str) -> list[Rule]:
    """Return the hard rules: one Rule a language, linked as twins; the first has the plain id.

    Words given as one list belong to the rule in the brand's first language, so that nothing is looked for twice.
    """
    found: list[Rule] = []
    lines: dict[str, int] = {}
    top = Fields.of(RULES, marked, problems, ("rules",))
    for entry in top.entries("rules", ("id", "kind", "text", "words", "when"), "rule"):
        rule_id = entry.id()
        kinds = entry.choices("kind", ("must", "never"), "kind of hard rule")
        kind = RuleKind(kinds[0]) if kinds else RuleKind.NEVER
        texts = entry.by_language("text", main)
        first = next(iter(texts), main) if main not in texts else main
        words, calls = entry.words_by_language("words", first), entry.words_by_language("when", first)
        if any(calls.values()) and kind is RuleKind.NEVER:
            entry.error(
                "when",
                say("The rule {rule!r} is a `never`: it always holds.", rule=rule_id or entry.what),
                say("Remove `when`, or make the rule a `must`."),
            )
        if not texts:
            entry.error(
                "text",
                say("The rule {rule!r} has no text.", rule=rule_id or entry.what),
                say("Say in one sentence what it asks."),
            )
            continue
        if not any(words.values()):
            entry.warning(
                "words",
                say("The rule {rule!r} lists no words, so code cannot look for it.", rule=rule_id),
                say("Add `words`, or move the rule to the guidelines."),
            )
        if not rule_id:
            continue
        if rule_id in lines:
            entry.again("id", say("The id {rule!r} is used twice.", rule=rule_id), lines[rule_id])
            continue
        lines[rule_id] = entry.line("id")
        ids = twin_ids(rule_id, texts, main)
        for tag in words.keys() - texts.keys():
            entry.error(
                "words",
                say("The rule {rule!r} has words in {tag!r} but no text in it.", rule=rule_id, tag=tag),
                say("Add the text."),
            )
        for tag, (one, twin) in ids.items():
            listed = tuple(dict.fromkeys(words.get(tag, ())))
            when = tuple(dict.fromkeys(calls.get(tag, ()))) if kind is RuleKind.MUST else ()
            found.append(Rule(one, kind, texts[tag], tag, RULES, entry.line("id"), True, listed, twin, when))
    return found


def read_replies(marked: Marked, problems: Problems, main: str) -> list[SavedReply]:
    """Return the saved answers: one a language, the first with the plain id."""
    found: list[SavedReply] = []
    lines: dict[str, int] = {}
    top = Fields.of(REPLIES, marked, problems, ("replies",))
    for entry in top.entries("replies", ("id", "question", "answer"), "reply"):
        reply_id = entry.id()
        questions, answers = entry.by_language("question", main), entry.by_language("answer", main)
        if not answers:
            entry.error(
                "answer",
                say("The reply {reply!r} has no answer.", reply=reply_id or entry.what),
                say("Write the answer."),
            )
        if not questions:
            entry.error(
                "question",
                say("The reply {reply!r} has no question.", reply=reply_id or entry.what),
                say("Write what people ask."),
            )
        if reply_id in lines:
            entry.again("id", say("The id {reply!r} is used twice.", reply=reply_id), lines[reply_id])
            continue
        lines[reply_id] = entry.line("id")
        for tag, (one, _) in twin_ids(reply_id, answers, main).items() if reply_id and questions else ():
            question = questions.get(tag) or next(iter(questions.values()))
            found.append(SavedReply(one, question, answers[tag], tag))
    return found


def same_ids(rules: Sequence[Rule], problems: Problems) -> tuple[Rule, ...]:
    """Return ``rules`` with each id once; a second one is noted as an error where it stands."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            problems.error(
                rule.file,
                rule.line,
                say("The rule id {id!r} is also used in {file}:{line}.", id=rule.id, file=first.file, line=first.line),
                say("Give one of the two another id."),
            )
    return tuple(seen.values())
