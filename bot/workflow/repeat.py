"""Recurring posts: a text that comes again by the wall time of its zone, each time as a draft with its own signatures.

An occurrence becomes a draft some days ahead, with the exact text that the series was made from. A signature is for one
occurrence: nothing goes out because another one was signed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.domain.brand import Role
from bot.domain.draft import Draft, DraftState, DraftVersion, Window
from bot.errors import BadInput, NotAllowed, SignoffError
from bot.store import desk as rows
from bot.store import drafts, events, series
from bot.store.series import Series
from bot.words import say
from bot.workflow import lasting, lasting_use, propose, recurrence, retiring, when
from bot.workflow.desk import SERIES, Desk

#: An occurrence becomes a draft so long ahead, unless told.
AHEAD = 7
#: A series that nobody ends is asked about after so many drafts at once: one a day for two months.
MOST = 62


def begin(
    desk: Desk, draft_id: str, rule: str, who: str, *, start: str = "", until: str = "", count: int | None = None,
    ahead: int = AHEAD,
) -> Series:  # fmt: skip
    """Start a series with the text of a draft's current version. Raises BadInput, NotAllowed, NotFound.

    ``rule`` is RFC 5545 or a sentence (``recurrence.parse``); ``start`` and ``until`` are dates.
    """
    with desk.deciding() as conn:
        draft = drafts.get(conn, draft_id)
        version = drafts.version(conn, draft_id)
        brand, _ = desk.brand(conn, draft.brand)
        account, now = brand.account(draft.account), desk.clock.now()
        person = brand.person(who)
        if person is None or not (person.may(Role.AUTHOR) or person.may(Role.APPROVER)):
            raise NotAllowed(say("Only an author or an approver can repeat draft {draft}.", draft=draft_id))
        if account is None or version.content.reply_parent or draft.series.startswith(SERIES):
            raise BadInput(
                say("Draft {draft} cannot be repeated: it is a reply, of a series itself, or its account is gone.",
                    draft=draft_id),
                next_step=say("Repeat a post of its own."),
            )  # fmt: skip
        today = now.astimezone(when.zone(account.zone)).date().isoformat()
        given = recurrence.parse(rule, start or today, until, count)
        made = Series(
            id=desk.clock.new_id(SERIES.rstrip("_")), brand=brand.id, account=account.key, draft_id=draft_id,
            version=version.version, rule=given.rule, start=given.start, zone=account.zone, days_ahead=ahead,
            author=who, created=now, look_at=now,
        )  # fmt: skip
        if not recurrence.coming(made.rule, made.start, _wall(made, now), 1):
            raise BadInput(say("The series has no time to come."), next_step=say("Look at --until and --count."))
        series.add(conn, made)
        events.record(conn, now, who, f"series:{made.id}", "", "on", made.rule)
    go_on(desk, made.id)
    with desk.db.read() as conn:
        return series.get(conn, made.id)


def end(desk: Desk, series_id: str, who: str) -> Series:
    """Let a series end: what waits is taken back, what people signed goes out. Raises NotFound, NotAllowed."""
    with desk.deciding() as conn:
        found = series.get(conn, series_id, lock=True)
        brand, _ = desk.brand(conn, found.brand)
        person = brand.person(who)
        if person is None or not (person.id == found.author or person.may(Role.APPROVER)):
            raise NotAllowed(say("Only its author or an approver can end series {series}.", series=series_id))
        if not found.ended:
            _end(conn, found, desk.clock.now(), who=who, why=f"it was ended by {who}")
            lasting.end(desk, conn, series_id, f"the series was ended by {who}", who)
            for draft, version in drafts.series(conn, series_id):
                if version.state in (DraftState.PROPOSED, DraftState.IN_REVIEW):
                    retiring.retire(desk, conn, draft, who=who, why=f"series {series_id} was ended by {who}")
        return series.get(conn, series_id)


def tend(desk: Desk) -> int:
    """Make drafts of the occurrences that are near enough; return how many series it was about. Any worker calls it."""
    lasting_use.tend(desk)
    with desk.db.read() as conn:
        waiting = series.waiting(conn, desk.clock.now())
    for series_id in waiting:
        go_on(desk, series_id)
    return len(waiting)


def go_on(desk: Desk, series_id: str) -> list[DraftVersion]:
    """Make drafts of a series' occurrences that are near enough; twice at once makes each of them once."""
    made = []
    for _ in range(MOST):
        version, more = _next(desk, series_id)
        made += [version] if version else []
        if not more:
            break
    return made


def _next(desk: Desk, series_id: str) -> tuple[DraftVersion | None, bool]:
    """Make a draft of the next occurrence if it is near enough; say whether there may be another one."""
    with desk.db.write() as conn:
        found, now = series.get(conn, series_id, lock=True), desk.clock.now()
        if found.ended or found.look_at is None or found.look_at > now:
            return None, False
        after = max(found.last, _wall(found, now))
        walls = recurrence.coming(found.rule, found.start, after, 1)
        if not walls:
            _end(conn, found, now, who="clock", why="it has come to its end")
            return None, False
        at, _ = when.instant(Window(walls[0], found.zone), now)
        near = at - timedelta(days=found.days_ahead)
        if near > now:
            series.change(conn, found.id, look_at=near)
            return None, False
        series.change(conn, found.id, last=walls[0])
        try:
            with conn.begin_nested():
                return _propose(desk, conn, found, walls[0], now), True
        except SignoffError as error:
            # A quiet day is passed over; what will not mend by itself is for a person.
            text = say("{account}: {time} of series {series} is left out: {why}", account=found.account,
                       time=walls[0].replace("T", " "), series=found.id, why=error.message)  # fmt: skip
            step = say("`signoff repeat {series} --stop` ends the series.", series=found.id)
            rows.notify(conn, now, found.brand, f"series:{found.id}", text, step)
            return None, True


def _propose(desk: Desk, conn: Connection, found: Series, wall: str, now: datetime) -> DraftVersion:
    old = drafts.version(conn, found.draft_id, found.version)
    brand, policy = desk.brand(conn, found.brand)
    content, of = old.content, drafts.get(conn, found.draft_id)
    wish = propose.Proposal(
        account=found.account, parts=content.parts, author=found.author, brief=of.brief, origin="repeat",
        citations=tuple(c for c in old.citations if brand.rulebook.get(c)),
        window=Window(wall, found.zone, brand.grace_minutes), visibility=content.visibility,
        language=content.language, note=f"series {found.id}", kind=of.kind, series=found.id, segment=of.segment,
        evidence={"before": old.evidence} if old.evidence else {},
    )  # fmt: skip
    draft = Draft(
        desk.clock.new_id("d"), brand.id, found.account, of.brief, found.author, now,
        kind=of.kind, series=found.id, segment=of.segment,
    )  # fmt: skip
    drafts.add(conn, draft)
    version = propose.add_version(desk, conn, draft, 1, wish, brand, policy)
    lasting_use.sign(desk, conn, draft, version)
    return drafts.version(conn, draft.id)


def _end(conn: Connection, found: Series, now: datetime, *, who: str, why: str) -> None:
    series.change(conn, found.id, ended=why, look_at=None)
    events.record(conn, now, who, f"series:{found.id}", "on", "ended", why)
    text = say("{account}: series {series} has ended: {why}", account=found.account, series=found.id, why=why)
    rows.notify(conn, now, found.brand, f"series:{found.id}", text, "", level="info")


def _wall(found: Series, now: datetime) -> str:
    return now.astimezone(UTC).astimezone(when.zone(found.zone)).strftime("%Y-%m-%dT%H:%M")
