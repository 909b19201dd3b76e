"""Triage: each new comment is read once, by whatever reader is given; what cannot be read is put to a person."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.domain.comment import CommentState, Entry, Intent, Priority, Triage
from bot.errors import ModelError
from bot.insight import cleaning, feeling, language
from bot.store import comments
from bot.store import desk as rows
from bot.words import say
from bot.workflow import turn
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: Read comments, all of one brand; returns as many, in the same order.
Read = Callable[[Sequence[Entry]], Sequence[Triage]]
#: Comments read in one go, and for how many seconds nobody else takes them.
BATCH, HOLD = 64, 300.0
#: A comment whose reading fails so often is put to a person.
TRIES = 3
#: Seconds until a comment is tried again.
AGAIN = 20.0
#: Machines leave these alone: there is nothing to answer.
_SET_ASIDE = {
    "own": (CommentState.IGNORED, "it is the brand's own account"),
    "bot": (CommentState.IGNORED, "its author is a bot"),
    "spam": (CommentState.HIDDEN, "it looks like an advertisement"),
}


def local(found: Sequence[Entry]) -> list[Triage]:
    """Read comments by word lists alone: without a model, in a moment, and less well than one."""
    return [_by_words(one) for one in found]


def _by_words(one: Entry) -> Triage:
    # By the words as they are now: what is kept of its language may be of those before an edit.
    tag = language.tell(one.text)
    mood = feeling.mood(one.text, tag)
    urgent = Priority(cleaning.urgency(one.text))
    sure = 0.4 + 0.4 * min(1.0, abs(mood.score))
    why = f"Its words sound {mood.label}."
    return Triage(
        tag, mood.label, mood.score, sure, why,
        intent=Intent.OTHER, priority=urgent, by="words 1",
    )  # fmt: skip


def triage(desk: Desk, read: Read = local, stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Read every new comment, the most urgent first; return how many were read, set aside, failed or given up."""
    done: Counter[str] = Counter()
    name = turn.worker_id()
    while not stopping():
        with desk.db.write() as conn:
            now = desk.clock.now()
            gone = [h for h in comments.holders(conn) if turn.gone(h)]
            brands = comments.brands_with(conn, CommentState.NEW)
            until, found = now + timedelta(seconds=HOLD), []
            for brand in brands:
                found = comments.claim(conn, name, now, until, BATCH, state=CommentState.NEW, brand=brand, gone=gone)
                if found:
                    break
        if not found:
            return done
        done += _batch(desk, found, read, name)
    return done


def _batch(desk: Desk, found: Sequence[Entry], read: Read, name: str) -> Counter[str]:
    done: Counter[str] = Counter()
    aside = [one for one in found if one.aside in _SET_ASIDE]
    with desk.db.write() as conn:
        for one in aside:
            state, why = _SET_ASIDE[one.aside]
            comments.move(conn, one.id, CommentState.NEW, state, at=desk.clock.now(), who="rules", why=why)
    done["aside"] += len(aside)
    # Who asked to be left alone is read by no model.
    alone = [one for one in found if one.aside == "opt-out"]
    done += _read(desk, alone, local, name)
    done += _read(desk, [one for one in found if not one.aside], read, name)
    return done


def _read(desk: Desk, found: Sequence[Entry], read: Read, name: str) -> Counter[str]:
    done: Counter[str] = Counter()
    if not found:
        return done
    try:
        pairs = _pairs(found, read)
    except ModelError as error:
        # The model is away: what words alone tell is better than nothing, and it says so.
        log.warning("comments are read by words alone: %s", error)
        return _read(desk, found, local, name) if read is not local else done
    except Exception:
        log.exception("a batch of comments stumbled; each is read alone")
        if len(found) == 1:
            return _stumbled(desk, found[0], name)
        for one in found:
            done += _read(desk, [one], read, name)
        return done
    with desk.db.write() as conn:
        moved = comments.keep_triage(conn, pairs, name, desk.clock.now(), "triage")
        # Words that changed meanwhile are read anew at the next look.
        comments.let_go(conn, {one.id for one in found} - set(moved), name)
    done["read"] += len(moved)
    return done


def _pairs(found: Sequence[Entry], read: Read) -> list[tuple[Entry, Triage]]:
    told = list(read(found))
    if len(told) != len(found):
        raise ValueError(f"{len(found)} comments were given and {len(told)} read")
    return list(zip(found, told, strict=True))


def _stumbled(desk: Desk, one: Entry, name: str) -> Counter[str]:
    """Try a comment that made the reader stumble again later; after TRIES times a person reads it."""
    with desk.db.write() as conn:
        now = desk.clock.now()
        if one.failures + 1 < TRIES:
            comments.let_go(conn, [one.id], name, until=now + timedelta(seconds=AGAIN), failed=True)
            return Counter(failed=1)
        why = "it could not be read by a machine"
        comments.move(conn, one.id, CommentState.NEW, CommentState.ESCALATED, at=now, who="triage", why=why,
                      aside="poison", failures=one.failures + 1, priority=int(Priority.HIGH))  # fmt: skip
        text = say("Comment {id} on {account} could not be read by a machine.", id=one.id, account=one.comment.account)
        step = say("{command} shows it.", command=f"`signoff inbox {one.id}`")
        rows.notify(conn, now, one.brand, f"comment:{one.id}", text, step)
    return Counter(given_up=1)
