"""Notice a storm: far more bad comments than usual. People are told with examples; posts stop where they wish so."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.comment import NEGATIVE, Entry
from bot.errors import SignoffError
from bot.insight import spike
from bot.store import comments
from bot.store import desk as rows
from bot.words import say, speaking
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: After one, none is told for so long.
COOL = timedelta(hours=6)
#: Examples that people are shown, and letters of each.
_SHOWN, _LETTERS = 3, 120
WHO = "crisis watch"


def watch(desk: Desk) -> int:
    """Look at the last hour of every brand; return how many storms were found. Trips the kill switch by policy."""
    with desk.db.read() as conn:
        brands = rows.brands(conn)
    return sum(_watch(desk, brand) for brand in brands)


def _watch(desk: Desk, brand_id: str) -> bool:
    with desk.db.read() as conn:
        now = desk.clock.now()
        _, policy = desk.brand(conn, brand_id)
        last = rows.last_notice(conn, f"crisis:{brand_id}")
        if last is not None and now - last["at"] < COOL:
            return False
        counts = _counts(conn, brand_id, now)
        found = spike.spike(counts, now, policy.replies.sensitivity)
        said = comments.recent(conn, brand_id, now - timedelta(hours=1), limit=500) if found else []
    if found is None:
        return False
    with desk.db.write() as conn:
        text = told(found, said)
        show, draft = "`signoff inbox --mood negative`", "`signoff draft --kind holding_statement`"
        step = say("{show} lists them; {draft} drafts a statement for approval.", show=show, draft=draft)
        if policy.replies.stop_on_spike:
            why = f"{found.negative} negative comments in an hour"
            if rows.set_stop(conn, True, who=WHO, why=why, at=now):
                text += " " + say("Everything is stopped until somebody says `signoff resume`.")
        rows.notify(conn, now, brand_id, f"crisis:{brand_id}", text, step, level="warn")
    if policy.replies.statement_on_spike:
        _state(desk, brand_id, found, said)
    return True


def _state(desk: Desk, brand_id: str, found: spike.Spike, said: list[Entry]) -> None:
    """Draft a statement for the account that the storm is on; people sign it, no rule does."""
    bad, about = _bad(said), _topics(_bad(said))
    accounts = Counter(e.comment.account for e in bad)
    if not accounts:
        return
    ((account, _),) = accounts.most_common(1)
    # Of what strangers wrote only closed words go into the brief: how many, and about what.
    brief = f"In the last hour {found.negative} people wrote to us that something is wrong"
    brief += f" ({', '.join(about)})." if about else "."
    brief += " We do not know yet what happened. We are looking into it. We will say more here within 24 hours."
    why = "nothing writes here"
    if desk.minds.state is not None:
        try:
            with speaking("en"):
                draft = desk.minds.state(brand_id, account, brief)
        except SignoffError as error:
            why = error.message
        except Exception as error:
            log.exception("no statement could be drafted")
            why = type(error).__name__
        else:
            text = say("A statement for {account} is drafted and waits for signatures.", account=account)
            step = say("{command} shows it.", command=f"`signoff show {draft}`")
            _tell(desk, brand_id, text, step)
            return
    text = say("No statement could be drafted: {why}", why=why)
    _tell(desk, brand_id, text, say("{command} drafts it.", command="`signoff draft --kind holding_statement`"))


def _tell(desk: Desk, brand_id: str, text: str, step: str) -> None:
    with desk.db.write() as conn:
        rows.notify(conn, desk.clock.now(), brand_id, f"statement:{brand_id}", text, step, level="warn")


def _bad(said: list[Entry]) -> list[Entry]:
    return [e for e in said if e.triage and e.triage.sentiment == NEGATIVE and not e.aside]


def _topics(bad: list[Entry]) -> list[str]:
    topics = Counter(topic for e in bad for topic in (e.triage.topics if e.triage else ()))
    return [name for name, _ in topics.most_common(3)]


def told(found: spike.Spike, said: list[Entry]) -> str:
    """Say in three sentences what goes on: how much, about what, and in whose words."""
    bad = _bad(said)
    about = ", ".join(_topics(bad))
    first = say("{n} comments in the last hour, {bad} of them negative; {usual} are usual.", n=found.comments,
                bad=found.negative, usual=f"{found.usual:g}")  # fmt: skip
    second = say("They are about: {topics}.", topics=about) if about else say("They have no one topic.")
    # The same words many times are one example.
    heads = list(
        {e.like or e.id: e for e in sorted(bad, key=lambda e: -int(e.triage.priority if e.triage else 0))}.values()
    )
    words = " ".join(f"“{e.text[:_LETTERS].strip()}”" for e in heads[:_SHOWN])
    return " ".join(filter(None, (first, second, words)))


def _counts(conn: Connection, brand: str, now: datetime) -> dict[datetime, tuple[int, int]]:
    """Return (comments, bad ones) by hour of the last weeks, and of the last sixty minutes under ``now``."""
    found: dict[datetime, tuple[int, int]] = {}
    for at, label in comments.moods(conn, brand, now - timedelta(weeks=spike.WEEKS)):
        keys = [spike.hour_of(at)] + ([now] if at > now - timedelta(hours=1) else [])
        for key in keys:
            n, bad = found.get(key, (0, 0))
            found[key] = (n + 1, bad + (label == NEGATIVE))
    return found
