"""What time alone brings about: reminders, lapsed requests, dead workers, ending logins. Run by every worker's tick."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.connecting import identities
from bot.domain.draft import DraftState
from bot.store import approvals, drafts, events, retention
from bot.store import desk as rows
from bot.words import say
from bot.workflow import when
from bot.workflow.desk import Desk

#: A worker gives a sign of life every 5 s; after so long without one, people are told.
SILENT = timedelta(seconds=60)
#: Old rows are let go of once a day.
TIDY = timedelta(days=1)


def tend(desk: Desk, *, gone: Callable[[str], bool] = lambda _: False, me: str = "") -> int:
    """Remind, lapse and report; return how many requests, workers and logins it was about.

    ``gone`` says whether a worker surely died, so that its silence need not last a minute; ``me`` is never reported.
    """
    with desk.db.read() as conn:
        now = desk.clock.now()
        quiet = [w["id"] for w in rows.workers(conn) if w["id"] != me and (now - w["seen"] > SILENT or gone(w["id"]))]
        ending = identities.ending(conn, now)
        last = retention.tidied(conn) if any(desk.keep.values()) else now
        waiting = approvals.waiting(conn, now)
    done = 0
    if quiet or ending or waiting:
        with desk.db.write() as conn:
            now = desk.clock.now()
            done = _remind(desk, conn, now) + _lapse(conn, now) + sum(_report(conn, w, now) for w in quiet)
            # Read anew: another worker may have told of them meanwhile.
            found = identities.ending(conn, now) if ending else ()
            done += sum(_tell_ending(conn, *one, now) for one in found)
    if last is None or now - last > TIDY:
        _tidy(desk)
    return done


def _tidy(desk: Desk) -> None:
    """Let go of a few old rows; what is left is let go of at the next tick, until nothing is for a day."""
    with desk.db.write() as conn:
        retention.tidy(conn, desk.keep, desk.clock.now())


def _remind(desk: Desk, conn: Connection, now: datetime) -> int:
    found = approvals.to_remind(conn, now)
    for request in found:
        draft = drafts.get(conn, request.draft_id)
        brand, _ = desk.brand(conn, draft.brand)
        text = say(
            "Draft {draft} for {account} still waits for a signature, until {time}.",
            draft=draft.id,
            account=draft.account,
            time=when.spoken(request.expires, brand.zone),
        )
        if request.signers:
            text += " " + say("It needs: {people}.", people=", ".join(request.signers))
        rows.notify(conn, now, draft.brand, f"draft:{draft.id}", text, f"`signoff approve {draft.id}`")
    return len(found)


def _lapse(conn: Connection, now: datetime) -> int:
    done = 0
    for request in approvals.expired(conn, now):
        if not approvals.use(conn, request.id, now):
            continue
        where = (request.draft_id, request.version, DraftState.IN_REVIEW, DraftState.LAPSED)
        events.move_version(conn, *where, at=now, who="clock", why="nobody signed in time")
        draft = drafts.get(conn, request.draft_id)
        text = say(
            "Nobody signed off draft {draft} for {account} in time; it was not published.",
            draft=draft.id,
            account=draft.account,
        )
        if request.escalate_to:
            text = say("For {person}:", person=request.escalate_to) + " " + text
        step = say("{command} (or another time) asks again.", command=f"`signoff reschedule {draft.id} --now`")
        rows.notify(conn, now, draft.brand, f"draft:{draft.id}", text, step)
        done += 1
    return done


def _report(conn: Connection, worker: str, now: datetime) -> int:
    """Tell everybody once that a worker is gone; what it was sending is looked up by whoever comes next."""
    if not rows.end_worker(conn, worker, now):
        return 0
    text = say("A worker ended without saying goodbye ({worker}).", worker=worker.rpartition(":")[0])
    step = say("{command} shows whether another one runs.", command="`signoff doctor`")
    rows.notify(conn, now, "", f"worker:{worker}", text, step)
    return 1


def _tell_ending(conn: Connection, account: str, who: identities.Known, mark: int, now: datetime) -> int:
    """Tell the account's people that its login ends, while there is time to do something."""
    identities.told(conn, account, who, mark, now)
    owner = rows.account_of(conn, account)
    if owner is None or who.expires is None:
        return 0
    time = when.spoken(who.expires, owner[1].zone)
    if who.expires <= now:
        text = say("The login of {account} ended on {time}: nothing can be published.", account=account, time=time)
    elif mark > 1:
        text = say("The login of {account} ends on {time}.", account=account, time=time)
    else:
        # Other words than a week before: the same ones that wait unread would not be left twice.
        text = say("Less than a day is left: the login of {account} ends on {time}.", account=account, time=time)
    step = say("{command} renews it; nothing that waits is lost.", command=f"`signoff connect {account}`")
    rows.notify(conn, now, owner[0], f"account:{account}", text, step)
    return 1
