"""Drafts and posts to read, the calendar, results, and jobs."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Path, Query

from bot import evidence
from bot.errors import NotFound
from bot.store import api, posts, readings, reviewing
from bot.surfaces.web.api import cards, jobs, shapes
from bot.surfaces.web.api.access import Op, Who
from bot.surfaces.web.api.cards import DraftId, PostId
from bot.surfaces.web.api.paging import Cursor, Limit
from bot.surfaces.web.api.shapes import Count, Page, Plain
from bot.surfaces.web.api.shapes_brand import Audit, Result
from bot.surfaces.web.places import behind
from bot.surfaces.web.places import cursor as write
from bot.words import say
from bot.workflow import when

#: Drafts that are looked at for one page where only some states are wanted.
_LOOKED = 200
AccountKey = Annotated[Plain, Query(max_length=120, description="Only of this account, such as bluesky:main.")]


def listed(
    who: Who,
    state: Annotated[shapes.Group | None, Query(description="Only what stands so.")] = None,
    account: AccountKey = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[shapes.DraftRow]:
    """List drafts, the newest first."""
    found: list[shapes.DraftRow] = []
    after, looked, now = behind(cursor), 0, who.app.clock.now()
    with who.app.db.read() as conn:
        while True:
            some = api.drafts(conn, who.brand.id, account, after, limit)
            made = reviewing.posts_of(conn, [one.id for one, _ in some])
            for one, version in some:
                row = cards.row(one, version, made.get(one.id), now)
                after, looked = (one.created, one.id), looked + 1
                if state in (None, row["state"]):
                    found.append(shapes.DraftRow(**row))
                    if len(found) == limit:
                        return Page(items=found, next=_next(after))
            if len(some) < limit:
                return Page(items=found, next=None)
            if looked >= _LOOKED:
                return Page(items=found, next=_next(after))


def _next(after: Any) -> str | None:
    return write(*after) if after else None


def show(
    who: Who,
    draft: DraftId,
    version: Annotated[Count | None, Query(ge=1, le=1_000_000, description="An earlier version.")] = None,
) -> shapes.DraftOut:
    """Show a draft: text, checks, rules, signatures, posts, and the card that a signature covers."""
    return cards.draft(who, cards.load(who, draft, version))


def audit(who: Who, draft: DraftId) -> Audit:
    """Show how it came about: every version, decision with what was shown, attempt, and change of state."""
    cards.load(who, draft)
    return Audit(**evidence.audit(who.app, draft))


def job(who: Who, job: Annotated[str, Path(pattern="^j_[0-9a-z]{1,40}$")]) -> shapes.JobOut:
    """Look whether a model is done."""
    with who.app.db.read() as conn:
        found = api.job(conn, who.brand.id, job)
    if found is None:
        raise NotFound(say("There is no job {id}.", id=repr(job)))
    return shapes.JobOut.model_validate(jobs.told(found))


def all_posts(who: Who, account: AccountKey = "", cursor: Cursor = "", limit: Limit = 50) -> Page[shapes.PostOut]:
    """List posts, the newest first: on their way, live, refused or taken down."""
    with who.app.db.read() as conn:
        ids = api.posts(conn, who.brand.id, account, behind(cursor), limit + 1)
        found = [posts.get(conn, one) for one in ids[:limit]]
    more = _next((found[-1].created, found[-1].id)) if len(ids) > limit else None
    return Page(items=[cards.post(p) for p in found], next=more)


def post(who: Who, post: PostId) -> shapes.PostOut:
    """Show a post."""
    return cards.post(cards.own_post(who, post))


def calendar(
    who: Who,
    weeks: Annotated[Count, Query(ge=1, le=26, description="How many weeks, from this one on.")] = 2,
    account: AccountKey = "",
    cursor: Cursor = "",
    limit: Annotated[Count, Query(ge=1, le=20, description="Items of a page: each is a week of one account.")] = 8,
) -> Page[shapes.WeekOut]:
    """Show the weeks to come, one after the other, each of every account: what goes out, free slots, quiet times."""
    from bot.writing import weeks as planned

    names = [a.key for a in who.brand.accounts if account in ("", a.key)]
    zones = {a.key: when.zone(a.zone) for a in who.brand.accounts}
    now = who.app.clock.now()
    mondays = {key: planned.monday_of(now.astimezone(zones[key]).date()) for key in names}
    every = sorted((monday + timedelta(weeks=k), names.index(key), key)
                   for key, monday in mondays.items() for k in range(weeks))  # fmt: skip
    if after := behind(cursor):
        place = after[0].date(), names.index(after[1]) if after[1] in names else -1
        every = [one for one in every if one[:2] > place]
    chosen = every[:limit]
    if not chosen and names:
        return Page(items=[], next=None)
    first = chosen[0][0] if chosen else now.date()
    spanned = (chosen[-1][0] - first).days // 7 + 1 if chosen else 1
    found = {one.account.key: one for one in planned.weeks(who.app, spanned, account, first=first)}
    items = []
    for monday, _, key in chosen:
        one, begins = found[key], (monday - first).days
        days = [
            shapes.DayOut(on=d.on, entries=[_entry(e) for e in d.entries], free=list(d.free), quiet=list(d.quiet),
                          shut=d.shut, holidays=list(d.holidays))
            for d in one.days[begins : begins + 7]
        ]  # fmt: skip
        # What has no time stands with the first week alone.
        open_ = [_entry(e) for e in one.open] if monday == mondays[key] else []
        items.append(shapes.WeekOut(account=key, zone=one.account.zone, monday=monday, days=days, open=open_))
    last = chosen[-1] if len(every) > len(chosen) else None
    return Page(items=items, next=write(datetime.combine(last[0], time(), UTC), last[2]) if last else None)


def _entry(one: Any) -> shapes.EntryOut:
    return shapes.EntryOut(**{name: getattr(one, name) for name in shapes.EntryOut.model_fields})


def results(
    who: Who, account: AccountKey = "", limit: Annotated[Count, Query(ge=1, le=500)] = 50
) -> list[Result]:  # fmt: skip
    """Show what came of live posts, the newest first."""
    names = ("likes", "replies", "reposts", "views")
    with who.app.db.read() as conn:
        found = readings.live_posts(conn, who.brand.id, account, limit)
        told = readings.latest(conn, [row["post"] for row in found])
    made = []
    for row in found:
        one = told.get(row["post"])
        counts = {name: getattr(one, name) if one else None for name in names}
        made.append(Result.model_validate({**row, "read": one.at if one else None, **counts}))
    return made


OPERATIONS = (
    Op("GET", "/drafts", listed, tag="Drafts"),
    Op("GET", "/drafts/{draft}", show, problems=(404,), tag="Drafts"),
    Op("GET", "/drafts/{draft}/audit", audit, problems=(404,), tag="Drafts"),
    Op("GET", "/jobs/{job}", job, problems=(404,), tag="Drafts"),
    Op("GET", "/posts", all_posts, tag="Posts"),
    Op("GET", "/posts/{post}", post, problems=(404,), tag="Posts"),
    Op("GET", "/results", results, tag="Posts"),
    Op("GET", "/calendar", calendar, problems=(404,), tag="Posts"),
)
