"""A month of comments, with a storm and answers, for pictures of the inbox, of moods and of results."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import text, update

from bot.domain.comment import Author, Comment, CommentState, Intent, Priority, Triage
from bot.domain.reading import Reading
from bot.store import comments, readings
from bot.store.comment_rows import Heard
from bot.store.comment_tables import comment
from bot.workflow import counting, inbox
from tests.world import PEOPLE, World

_BAD, _GOOD, _LEVEL = "negative", "positive", "neutral"
#: Words, mood, intent, what they speak of.
SAID = (
    ("My parcel is two weeks late and nobody answers", _BAD, Intent.COMPLAINT, "delivery service"),
    ("Delivery was late again, and the box was torn", _BAD, Intent.COMPLAINT, "delivery packaging"),
    ("Best oolong I ever had, thank you", _GOOD, Intent.PRAISE, "taste"),
    ("Love the new packaging and the oolong in it", _GOOD, Intent.PRAISE, "packaging taste"),
    ("Which tea goes with a cheese cake?", _LEVEL, Intent.QUESTION, ""),
    ("Where can I buy the oolong in Berlin?", _LEVEL, Intent.PURCHASE, ""),
    ("铁观音什么时候补货？等了好久了", _LEVEL, Intent.PURCHASE, "waiting"),
    ("包装很漂亮，茶也好喝，物流很快", _GOOD, Intent.PRAISE, "packaging delivery"),
    ("物流太慢了，客服也不回复", _BAD, Intent.COMPLAINT, "delivery service"),
    ("这款乌龙茶价格有点贵", _BAD, Intent.COMPLAINT, "price"),
)
_PRIORITY = {_BAD: Priority.HIGH, _LEVEL: Priority.NORMAL, _GOOD: Priority.LOW}


def month(world: World, n: int = 420) -> str:
    """Put it on the desk; return the id of a comment with an answer that waits."""
    pick, now = random.Random(3), world.clock.now()
    ages = [pick.randrange(60, 28 * 24 * 60) for _ in range(n)] + [9 * 24 * 60 + pick.randrange(55) for _ in range(40)]
    heard, reads = [], {}
    for k, minutes in enumerate(ages):
        words, mood, intent, about = pick.choice(SAID if k < n else SAID[:2])
        chinese = not words.isascii()
        who = f"guest{k % 97}"
        came = Comment("sandbox:cn" if chinese else "sandbox:main", f"m{k}", Author(who, who), words,
                       now - timedelta(minutes=minutes))  # fmt: skip
        half = len(words) // 2
        reason = "It states or asks something and shows no feeling."
        reads[came.remote_id] = Triage(
            "zh" if chinese else "en", mood, {_BAD: -0.9, _LEVEL: 0.0, _GOOD: 0.9}[mood], 0.86,
            reason if mood == _LEVEL else f"Sounds {mood}: “{words[:half]}”.", intent=intent, priority=_PRIORITY[mood],
            emotion={_BAD: "anger", _GOOD: "joy", _LEVEL: ""}[mood], by="local 1", intent_confidence=0.8,
            aspects=tuple((a, mood if mood != _LEVEL else _BAD) for a in about.split()),
            span=(0, 0) if mood == _LEVEL else (0, half),
        )  # fmt: skip
        heard.append(Heard(came, words, _PRIORITY[mood], fingerprint=f"f{words}"[:40] if k % 5 == 0 else ""))
    with world.db.write() as conn:
        made = comments.add(conn, "lumen", heard, now, world.clock.new_id)
        taken = comments.claim(conn, "w", now, now + timedelta(seconds=9), 9999, state=CommentState.NEW)
        comments.keep_triage(conn, [(e, reads[e.comment.remote_id]) for e in taken if e.comment.remote_id in reads],
                             "w", now, "test")  # fmt: skip
        for k, comment_id in enumerate(made.new[60:200:2]):
            at = heard[60 + 2 * k].comment.at + timedelta(hours=pick.choice((1, 3, 6, 20, 44)))
            conn.execute(update(comment).where(comment.c.id == comment_id).values(answered=at, state="answered"))
    counting.count(world.desk, most=99)
    with world.db.read() as conn:
        loud = [e for e in comments.recent(conn, "lumen", None, limit=60, urgent_first=True) if not e.like][2]
    inbox.answer(world.desk, loud.id, "We are sorry, and look for it now. Please send us your order number.", PEOPLE[0])
    _posts(world, pick)
    return loud.id


def _posts(world: World, pick: random.Random) -> None:
    for k in range(24):
        post = world.approve(
            world.draft(f"{pick.choice(('Oolong', 'Sencha', 'Pu-erh'))} of the day, number {k}: come by")
        )
        world.drain()
        at = world.clock.now() - timedelta(days=1 + k, hours=pick.choice((0, 1, 14, 15)))
        with world.db.write() as conn:
            conn.execute(text("update post_part set live_at = :at where post_id = :id"),
                         {"at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "id": post.id})  # fmt: skip
            due = readings.Due(post.id, 0, 24, None)  # type: ignore[arg-type]
            told = Reading("r", world.clock.now(), pick.randrange(2, 60), pick.randrange(6), pick.randrange(9), None)
            readings.add(conn, [(due, told)], world.clock.now())
