"""Put a comment to people: what must never be answered by a machine, and what they are told."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.domain.comment import DELICATE, CommentState, Entry
from bot.domain.post import PostState
from bot.domain.replies import Remark, ReplyPolicy
from bot.insight import cleaning
from bot.store import answers, authors, comments
from bot.store import desk as rows
from bot.words import say
from bot.workflow import when
from bot.workflow.desk import Desk

_MONEY = re.compile(
    r"(?:[$€£¥￥]|\b(?:usd|eur|gbp|cny|rmb)\s?)\s?(\d[\d,.]{0,15})(k\b|万)?"
    r"|(\d[\d,.]{0,15})\s?(k\b|万)?\s?(?:dollars|euros?|pounds|yuan|元|块|欧元|美元|(?:usd|eur|gbp|cny|rmb)\b|[$€£])",
    re.I,
)
#: Characters of a comment within a notice; the inbox shows all of it.
_SHOWN = 200


def remark(brand: Brand, one: Entry, now: datetime) -> Remark:
    """Describe a comment to the reply policy."""
    account, read = brand.account(one.comment.account), one.triage
    zone = when.zone(account.zone if account else brand.zone)
    sure = min(read.confidence, read.intent_confidence or read.confidence) if read else 0.0
    return Remark(
        one.comment.account, one.comment.kind, (read.language if read else "") or one.comment.language or "und",
        read.sentiment if read else "neutral", read.intent.value if read else "other", sure,
        frozenset(read.topics if read else ()), now.astimezone(zone).time(),
    )  # fmt: skip


def must(one: Entry, policy: ReplyPolicy, *, quiet: bool = False) -> str:
    """Return why people must look at a comment whatever the rules say, in English as it is stored; else empty.

    ``quiet`` is a rule that says nothing to it: an advertisement may then name its sums.
    """
    if one.triage and one.triage.intent in DELICATE:
        return f"it concerns {one.triage.intent.value}"
    if (most := _sum(one.text)) > policy.money_limit and not (quiet and cleaning.spammy(one.text)):
        return f"it speaks of money: {most:g}"
    return ""


def _sum(text: str) -> float:
    """Return the largest sum of money that a text names; 0 for none."""
    found = [0.0]
    for match in _MONEY.finditer(text):
        number, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        digits = re.sub(r"[,.](?=\d{3}(?!\d))", "", number.rstrip(".,")).replace(",", ".")
        try:
            found.append(float(digits) * {"k": 1000, "万": 10_000}.get((unit or "").lower(), 1))
        except ValueError:
            continue
    return max(found)


def tell(conn: Connection, one: Entry, why: str, now: datetime) -> None:
    """Leave the hand-off: who said what where, why it comes to people, and what can be done."""
    words = one.text if len(one.text) <= _SHOWN else one.text[:_SHOWN].rstrip() + "…"
    text = say(
        "{who} on {account}: “{words}” ({why})", who=one.comment.author.handle or one.comment.author.id,
        account=one.comment.account, words=words, why=why,
    )  # fmt: skip
    step = say(
        "{show} shows the thread; {answer} answers it yourself.", show=f"`signoff inbox {one.id}`",
        answer=f"`signoff inbox {one.id} --reply TEXT`",
    )  # fmt: skip
    rows.notify(conn, now, one.brand, f"comment:{one.id}", text, step)


def follow(desk: Desk) -> int:
    """Let comments follow their answers: sent, turned down, lapsed, or not sent; return how many moved."""
    with desk.db.read() as conn:
        found = answers.under_way(conn)
    done = 0
    for stand in found:
        to = _next(stand)
        if to is None:
            continue
        state, why, columns = to
        with desk.db.write() as conn:
            now, was = desk.clock.now(), (CommentState.PROPOSED, CommentState.AUTO_REPLIED)
            one = comments.get(conn, stand.comment)
            if state is CommentState.ESCALATED and (gone := _gone(conn, one)):
                state, why, columns = CommentState.CLOSED, gone, {"closed": now}
            if comments.move(conn, one.id, was, state, at=now, who="worker", why=why, **columns):
                done += 1
                if state is CommentState.ESCALATED:
                    tell(conn, one, why, now)
    return done


def _gone(conn: Connection, one: Entry) -> str:
    if one.deleted:
        return "its author removed it"
    platform = one.comment.account.partition(":")[0]
    return (
        "its author asked to be left alone"
        if authors.opted_out(conn, one.brand, platform, one.comment.author.id)
        else ""
    )


def _next(stand: answers.Standing) -> tuple[CommentState, str, dict[str, object]] | None:
    if stand.part == PostState.LIVE.value:
        return CommentState.ANSWERED, "the answer is live", {"answered": stand.live_at}
    if stand.part in (PostState.REFUSED.value, PostState.CANCELLED.value, PostState.DELETED.value):
        return CommentState.ESCALATED, stand.why or f"the answer is {stand.part}", {"draft": ""}
    if not stand.part and stand.version in ("rejected", "lapsed", "superseded"):
        return CommentState.TRIAGED, f"the answer is {stand.version}", {}
    return None
