"""Notice what people change in suggested answers again and again, and propose it as a rule or a saved answer.

Nothing changes by itself: a proposal is a notice and a diff until a person accepts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.domain.comment import Intent
from bot.insight import edits
from bot.insight.edits import Edited, Habit
from bot.store import desk as rows
from bot.store import learned, proposals
from bot.store.learned import Ended
from bot.store.proposals import Proposed
from bot.words import say, speaking
from bot.workflow.desk import Desk
from bot.workflow.reply_words import undisclosed

#: Seconds between two looks at a brand.
EVERY = timedelta(minutes=10)
#: Proposals that wait at a time: more would be read by nobody.
WAITING = 10


def notice(desk: Desk) -> int:
    """Look at what was decided since the last look; return how many proposals are new."""
    with desk.db.read() as conn:
        names = rows.brands(conn)
    return sum(_notice(desk, name) for name in names)


def _notice(desk: Desk, brand_id: str) -> int:
    now = desk.clock.now()
    with desk.db.read() as conn:
        newest, looked = learned.newest(conn, brand_id), proposals.looked(conn, brand_id)
        if newest is None or (looked is not None and (newest < looked or now - looked < EVERY)):
            return 0
        brand, _ = desk.brand(conn, brand_id)
        found = [_proposal(h, now) for h in habits_of(learned.ended(conn, brand_id)) if not _known(brand, h)]
        room = WAITING - len(proposals.listed(conn, brand_id))
    done = 0
    with desk.db.write() as conn:
        proposals.look(conn, brand_id, now)
        for one in found:
            named = replace(one, id=desk.clock.new_id("g"))
            if done < room and proposals.add(conn, brand_id, named):
                done += 1
                _tell(conn, brand_id, named)
    return done


def _tell(conn: Connection, brand_id: str, one: Proposed) -> None:
    with speaking("en"):
        told = {"topic": one.topic, "n": len(one.drafts)}
        text = say("A rule about {topic} is proposed: people changed {n} suggested answers alike.", **told)
        if one.kind == "saved_answer":
            text = say("A saved answer about {topic} is proposed: people gave it {n} times.", **told)
        step = say("{command} shows it as a diff; nothing changes until an admin accepts it.",
                   command=f"`signoff proposals {one.id}`")  # fmt: skip
        rows.notify(conn, one.at, brand_id, f"proposal:{one.id}", text, step, level="info")


def habits_of(given: Sequence[Ended]) -> list[Habit]:
    """Return the habits in answers that people let stand: their own ones, and suggested ones that they changed."""
    told: list[Edited] = []
    for one in given:
        if one.outcome == "edited" or (one.accepted and not one.suggested):
            before, after = (undisclosed(text) for text in (one.suggested, one.final))
            told += [Edited(one.draft, topic, one.language, before, after) for topic in _topics(one)]
    return edits.habits(told)


def _topics(one: Ended) -> tuple[str, ...]:
    return one.topics or ((one.intent,) if one.intent and one.intent != Intent.OTHER else ("general",))


def _proposal(habit: Habit, now: datetime) -> Proposed:
    kind = "saved_answer" if habit.kind == "answer" else "rule"
    before = habit.before if habit.kind != "add" else ""
    return Proposed("", kind, habit.topic, habit.language, before, habit.after, habit.shown, now)


def _known(brand: Brand, habit: Habit) -> bool:
    """Say whether the folder says it already."""
    said = edits.plain(habit.after)
    texts = [r.answer for r in brand.replies] if habit.kind == "answer" else [r.text for r in brand.rulebook.rules]
    gone = edits.plain(habit.before)
    return any(said in (body := edits.plain(text)) and gone in body for text in texts)
