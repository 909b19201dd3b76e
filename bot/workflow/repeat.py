"""Recurring posts: a text that comes again by the wall time of its zone, each time as a draft with its own signatures.

An occurrence becomes a draft some days ahead, with the exact text that the series was made from. A signature is for one
occurrence: nothing goes out because another one was signed.
"""

from __future__ import annotations

from datetime import date

from bot.domain.brand import Role
from bot.domain.draft import DraftState
from bot.errors import BadInput, NotAllowed
from bot.store import drafts, events, series
from bot.store.series import Series
from bot.words import say
from bot.workflow import lasting, occurrences, recurrence, retiring, when
from bot.workflow.desk import SERIES, Desk

#: An occurrence becomes a draft so long ahead, unless told.
AHEAD = 7
#: A series begins within so many years: what is further off is a slip of the hand.
YEARS = 10


def begin(
    desk: Desk, draft_id: str, rule: str, who: str, *, start: str = "", until: str = "", count: int | None = None,
    ahead: int = AHEAD,
) -> Series:  # fmt: skip
    """Start a series with the text of a draft's current version. Raises BadInput, NotAllowed, NotFound.

    ``rule`` is RFC 5545 or a sentence (``recurrence.parse``); ``start`` and ``until`` are dates.
    """
    given = _planned(desk, draft_id, rule, start, until, count)
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
        made = Series(
            id=desk.clock.new_id(SERIES.rstrip("_")), brand=brand.id, account=account.key, draft_id=draft_id,
            version=version.version, rule=given.rule, start=given.start, zone=account.zone, days_ahead=ahead,
            author=who, created=now, look_at=now,
        )  # fmt: skip
        series.add(conn, made)
        events.record(conn, now, who, f"series:{made.id}", "", "on", made.rule)
    occurrences.go_on(desk, made.id)
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
            occurrences.over(conn, found, desk.clock.now(), who=who, why=f"it was ended by {who}")
            lasting.end(desk, conn, series_id, f"the series was ended by {who}", who)
            for draft, version in drafts.series(conn, series_id):
                if version.state in (DraftState.PROPOSED, DraftState.IN_REVIEW):
                    retiring.retire(desk, conn, draft, who=who, why=f"series {series_id} was ended by {who}")
        return series.get(conn, series_id)


def _planned(
    desk: Desk, draft_id: str, rule: str, start: str, until: str, count: int | None
) -> recurrence.Recurrence:  # fmt: skip
    """Read when the series comes, before anything is locked for it. Raises BadInput, NotFound."""
    with desk.db.read() as conn:
        draft = drafts.get(conn, draft_id)
        account = desk.brand(conn, draft.brand)[0].account(draft.account)
    zone, now = account.zone if account else "UTC", desk.clock.now()
    wall = when.wall_of(now, zone)
    first = start or wall[:10]
    given = recurrence.parse(rule, first, until, count, zone)
    if date.fromisoformat(given.start[:10]).year > now.year + YEARS:
        raise BadInput(say("The series would begin more than {n} years from now.", n=YEARS),
                       next_step=say("Look at --start."))  # fmt: skip
    # What has passed already today is none of the times that were asked for.
    given = recurrence.from_now(given, wall)
    if not recurrence.coming(given.rule, given.start, wall, 1):
        raise BadInput(say("The series has no time to come."), next_step=say("Look at --until and --count."))
    return given
