"""Answers to comments for the worker: what the writer may draw on, and what of a conversation it sees."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bot.agent.answering import Entry as Fact
from bot.app import App
from bot.domain.brand import Brand, SavedReply
from bot.domain.comment import Entry
from bot.domain.replies import ReplyAction, ReplyRule
from bot.errors import LimitReached, ModelError, ModelUnavailable
from bot.insight import text as texts
from bot.store import authors
from bot.words import say, speaking
from bot.workflow import reply
from bot.workflow.reply import Written
from bot.writing.common import relevant, transcript_for
from memory.base import MemoryFault

#: Rules and saved answers that the writer sees; comments of the thread before this one.
RULES, SAVED, BEFORE = 8, 3, 6
#: Least letters for which nothing but the comment itself is needed to understand it.
SHORT = 12


def writer(app: App) -> reply.Write:
    """Return what writes answers with this Signoff's model."""

    def write(brand: Brand, one: Entry, thread: Sequence[Entry], rule: ReplyRule) -> Written:
        return _write(app, brand, one, thread, rule)

    return write


def _write(app: App, brand: Brand, one: Entry, thread: Sequence[Entry], rule: ReplyRule) -> Written:
    from bot.agent import answering

    language = reply.language(one)
    before = [e for e in thread if e.id != one.id and e.comment.at <= one.comment.at][-BEFORE:]
    # Of somebody who asked to be left alone no model reads a word, also not beside others' words.
    with app.db.read() as conn:
        alone = authors.left_alone(conn, brand.id)
        limit = app.desk.limits(conn, one.comment.account).text
    platform = one.comment.account.partition(":")[0]
    said = "\n".join(e.text for e in before if (platform, e.comment.author.id) not in alone)
    if sum(c.isalnum() for c in one.text) < 2 and not said:
        return Written("escalate", why="there are no words to answer")
    facts = _facts(app, brand, one.text if len(one.text) >= SHORT else f"{said}\n{one.text}", language)
    ending = disclosure(language) if rule.action is ReplyAction.AUTOMATIC and _discloses(app, brand) else ""
    read = one.triage
    transcript = transcript_for(app, brand, reply.AUTHOR, "answer a comment")
    try:
        made = answering.answer(
            one.text, said, facts, app.model(), language=language, limit=min(limit, 500) - len(ending),
            sounds=f"{read.sentiment} {read.intent.value}" if read else "", intent=read.intent if read else "other",
            clock=app.clock, limits=app.limits(), transcript=transcript, alone=rule.action is ReplyAction.AUTOMATIC,
        )  # fmt: skip
    except (ModelUnavailable, LimitReached):
        raise
    except ModelError:
        # It was asked three times, and said each time what nothing tells.
        return Written("escalate", why="the model could not answer from what the brand has written")
    book = brand.rulebook
    return Written(
        made.action, f"{made.text}{ending}" if made.text else "", tuple(c for c in made.citations if book.get(c)),
        why="the writer found nothing that tells it" if made.action == "escalate" else "",
        evidence={"prompts": [made.prompt_ref], "run": transcript.run_id, "model": app.model().name,
                  "cited": list(made.citations)},
    )  # fmt: skip


def disclosure(language: str) -> str:
    """Return what an answer that nobody looked at ends with."""
    with speaking("zh" if language.startswith("zh") else "en"):
        return "\n" + say("(automated reply)")


def _discloses(app: App, brand: Brand) -> bool:
    with app.db.read() as conn:
        return app.desk.brand(conn, brand.id)[1].replies.disclose


def _facts(app: App, brand: Brand, query: str, language: str) -> list[Fact]:
    """Return saved answers that share most words with the comment, and the rules nearest to it."""
    saved = sorted(brand.replies, key=lambda r: -_near(r, query, language))[:SAVED]
    found = [Fact(r.id, f"{r.question} {r.answer}") for r in saved if _near(r, query, language) > 0]
    try:
        rules = relevant(app, brand, query, k=RULES)
    except MemoryFault:
        rules = [r for r in brand.rulebook.rules if r.hard]
    found += [Fact(r.id, r.text) for r in rules if r.language.split("-")[0] == language.split("-")[0] or not r.twin]
    return list({fact.id: fact for fact in found}.values())[: RULES + SAVED]


def _near(saved: SavedReply, query: str, language: str) -> float:
    if saved.language.split("-")[0] != language.split("-")[0]:
        return 0.0
    mine, theirs = _words(query), _words(f"{saved.question} {saved.answer}")
    return len(mine & theirs) / (len(mine) or 1)


def _words(text: str) -> set[str]:
    if texts.is_chinese(text):
        plain = [c for c in text if c.isalnum()]
        return {a + b for a, b in pairwise(plain)}
    return {w for w in texts.prose(text).casefold().split() if len(w) > 3}
