"""Answers to comments for the worker: what the writer may draw on, and what of a conversation it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from bot.agent.answering import Entry as Fact
from bot.app import App
from bot.domain.brand import Brand, SavedReply
from bot.domain.comment import Entry
from bot.domain.replies import ReplyAction, ReplyRule
from bot.errors import LimitReached, ModelError, ModelUnavailable
from bot.insight import text as texts
from bot.own_words import accepted
from bot.store import answers, authors, learned
from bot.workflow import alarms, reply
from bot.workflow.reply import Written
from bot.workflow.reply_words import disclosure, undisclosed
from bot.writing.common import relevant, transcript_for
from memory.base import MemoryFault

#: Rules and saved answers that the writer sees; comments of the thread before this one.
RULES, SAVED, BEFORE = 8, 3, 6
#: Signed answers that it sees for their tone, those that others of a group were given, and letters of each.
EXAMPLES, OTHERS, EACH = 2, 5, 300
#: Letters of each comment of the thread: the last one is within what the writer sees of it.
TALK = 140
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
    # Of somebody who asked to be left alone no model reads a word, also not beside others' words.
    with app.db.read() as conn:
        alone = authors.left_alone(conn, brand.id)
        limit = app.desk.limits(conn, one.comment.account).text
        told = learned.ended(conn, brand.id)
        group = answers.group(conn, one)
    platform = one.comment.account.partition(":")[0]
    earlier = [e for e in thread if e.id != one.id and e.comment.at <= one.comment.at]
    said = before(e for e in earlier if (platform, e.comment.author.id) not in alone)
    if sum(c.isalnum() for c in one.text) < 2 and not said:
        return Written("escalate", why="there are no words to answer")
    query = one.text if len(one.text) >= SHORT else f"{said}\n{one.text}"
    facts = _facts(app, brand, query, language, [c for _, cited in group for c in cited])
    ending = disclosure(language) if rule.action is ReplyAction.AUTOMATIC and _discloses(app, brand) else ""
    read = one.triage
    transcript = transcript_for(app, brand, reply.AUTHOR, "answer a comment")
    try:
        made = answering.answer(
            one.text, said, facts, app.model(), language=language, limit=min(limit, 500) - len(ending),
            sounds=f"{read.sentiment} {read.intent.value}" if read else "", intent=read.intent if read else "other",
            clock=app.clock, limits=app.limits(), transcript=transcript, alone=rule.action is ReplyAction.AUTOMATIC,
            examples=examples(told, query, language, accepted.near(app, brand, query, language)),
            others=[undisclosed(text) for text, _ in group][:OTHERS],
        )  # fmt: skip
    except ModelUnavailable as error:
        alarms.model(app.db, app.clock.now(), error.message)
        raise
    except LimitReached:
        raise
    except ModelError:
        # It was asked three times, and said each time what nothing tells.
        return Written("escalate", why="the model could not answer from what the brand has written")
    alarms.model(app.db, app.clock.now(), "")
    book = brand.rulebook
    why = "the writer found nothing that tells it" if made.action == "escalate" else ""
    if len(one.text) > answering.MOST:
        cut = f"the comment is long: the writer saw its first {answering.MOST} characters of {len(one.text)}"
        why = "; ".join(filter(None, (why, cut)))
    return Written(
        made.action, f"{made.text}{ending}" if made.text else "", tuple(c for c in made.citations if book.get(c)), why,
        evidence={"prompts": [made.prompt_ref], "run": transcript.run_id, "model": app.model().name,
                  "cited": list(made.citations)},
        hold="somebody else was told nearly the same" if made.repeats else "",
    )  # fmt: skip


def before(earlier: Iterable[Entry]) -> str:
    """Return what was said before in a thread, short enough to read: how it began, what lies between, and the last.

    Words of strangers, to be quoted; what is between is counted by closed words only.
    """
    every = list(earlier)
    last = every[-BEFORE:]
    lines = [" ".join(e.text.split())[:TALK] for e in last]
    rest = every[: -BEFORE or None]
    if rest and len(every) > BEFORE:
        moods = Counter(e.triage.sentiment for e in rest[1:] if e.triage)
        about = Counter(t for e in rest[1:] if e.triage for t in e.triage.topics)
        names = [f"{n} {mood}" for mood, n in moods.most_common()] + [f"about {t}" for t, _ in about.most_common(3)]
        between = f"({len(rest) - 1} more: {', '.join(names)})" if len(rest) > 1 else ""
        lines = [" ".join(rest[0].text.split())[:TALK], *filter(None, [between]), *lines]
    return "\n".join(lines)


def examples(
    told: Sequence[learned.Ended], query: str, language: str, near: Mapping[str, float] | None = None
) -> list[str]:
    """Return the answers that people signed to the comments most like this one, for their tone; never a rejected one.

    ``near`` says which drafts' answers are near in meaning, from 0 to 1. An answer that says nearly what another one
    said that was turned down or taken down is left out, too.
    """
    from bot.checks.duplicates import ALIKE, likeness

    same = [t for t in told if t.language.split("-")[0] == language.split("-")[0]]
    bad = [undisclosed(t.final) for t in same if not t.accepted]
    # What a person wrote in its place says what was wrong with a suggestion.
    mine = _words(query)
    ranked = sorted(
        (
            ((near or {}).get(t.draft, 0.0) + len(mine & _words(t.asked)) / (len(mine) or 1), t)
            for t in same
            if t.accepted and t.asked
        ),
        key=lambda pair: -pair[0],
    )
    found: list[str] = []
    for score, one in ranked[: 5 * EXAMPLES]:
        text = undisclosed(one.final)
        if score > 0 and len(text) <= EACH and all(likeness(text, other)[0] < ALIKE for other in (*bad, *found)):
            found.append(text)
    return found[:EXAMPLES]


def _discloses(app: App, brand: Brand) -> bool:
    with app.db.read() as conn:
        return app.desk.brand(conn, brand.id)[1].replies.disclose


def _facts(app: App, brand: Brand, query: str, language: str, first: Sequence[str] = ()) -> list[Fact]:
    """Return saved answers that share most words with the comment, and the rules nearest to it.

    ``first`` are ids that come before all others: what those who said the same were told rests on them.
    """
    saved = sorted(brand.replies, key=lambda r: -_near(r, query, language))[:SAVED]
    found = [Fact(r.id, f"{r.question} {r.answer}") for r in saved if _near(r, query, language) > 0]
    try:
        rules = relevant(app, brand, query, k=RULES)
    except MemoryFault:
        rules = [r for r in brand.rulebook.rules if r.hard]
    found += [Fact(r.id, r.text) for r in rules if r.language.split("-")[0] == language.split("-")[0] or not r.twin]
    again = [Fact(r.id, f"{r.question} {r.answer}") for r in brand.replies if r.id in first]
    again += [Fact(r.id, r.text) for r in brand.rulebook.rules if r.id in first]
    return list({fact.id: fact for fact in [*again, *found]}.values())[: RULES + SAVED]


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
