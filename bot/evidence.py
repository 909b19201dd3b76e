"""What happened, for people who must be able to show it: the audit record of a draft, and the health of everything."""

from __future__ import annotations

import shutil
import sqlite3
from typing import Any

from sqlalchemy import Connection

from bot.app import App, platform_class
from bot.clock import SystemClock
from bot.connecting import identities, overview
from bot.connecting.overview import Standing
from bot.domain.brand import Brand
from bot.errors import BadInput, NotFound, SignoffError
from bot.platforms.base import Health
from bot.store import approvals, drafts, events, posts, rates, retention, spending, streams
from bot.store import desk as rows
from bot.store.db import wal_is_safe
from bot.store.rows import as_dict
from bot.words import joined, retold, say
from bot.workflow import card as cards
from bot.workflow import when

#: Bytes below which `doctor` warns.
ROOM = 500_000_000


def audit(app: App, given: str) -> dict[str, Any]:
    """Return everything known about a draft (or the draft of a post), as JSON-able data. Raises NotFound.

    Brief, who asked, each version with model, prompts, rules and checks, each decision with what was shown, each
    attempt with the platform's answer, and every change of state.
    """
    with app.db.read() as conn:
        draft_id = posts.get(conn, given).draft_id if given.startswith("p_") else given
        draft = drafts.get(conn, draft_id)
        versions = drafts.versions(conn, draft_id)
        made = posts.of_draft(conn, draft_id)
        record = events.about_draft(
            conn, draft_id, max((v.version for v in versions), default=0), [(p.id, q.n) for p in made for q in p.parts]
        )
        runs = {v.evidence["run"] for v in versions if "run" in v.evidence}
        found: dict[str, Any] = {
            "draft": as_dict(draft),
            "versions": [as_dict(v) for v in versions],
            "rules": [as_dict(r) for r in cards.card(app.desk, conn, draft_id).cited],
            "requests": [as_dict(r) for v in versions if (r := approvals.of_version(conn, draft_id, v.version))],
            "decisions": [as_dict(d) for d in approvals.decisions(conn, draft_id=draft_id)],
            "posts": [{**as_dict(p), "attempts": posts.attempts(conn, p.id)} for p in made],
            "events": record,
            "transcripts": [t for r in sorted(runs) if (t := rows.get_transcript(conn, r))],
        }
    return found


#: Letters of an id that are enough where no other begins like them. With fewer, a slip of the hand would sign whatever
#: draft happens to begin so.
LEAST = 4


def find_draft(app: App, given: str) -> str:
    """Return the draft id meant by a draft id, a post id, or an unambiguous beginning of a draft id.

    Raises BadInput for an empty one, NotFound, also for a beginning of fewer than ``LEAST`` letters.
    """
    wanted = given if given.startswith("d_") else f"d_{given}"
    if wanted == "d_" or not given.strip().isprintable():
        raise BadInput(say("No draft was named."), next_step=say("`signoff queue` lists what there is."))
    with app.db.read() as conn:
        if given.startswith("p_"):
            return posts.get(conn, given).draft_id
        matches = drafts.beginning(conn, wanted, app.brand_id)
    if len(wanted) < len("d_") + LEAST:
        raise NotFound(
            say("{given} is too short for a draft's id.", given=repr(given)),
            next_step=say("Write {least} of its letters at least; `signoff queue` lists what there is.", least=LEAST),
        )
    if len(matches) != 1:
        known_as = ", ".join(matches[:5])
        many = say("{given} could be any of {names}.", given=repr(given), names=known_as)
        said = many if matches else say("There is no draft {draft}.", draft=repr(given))
        raise NotFound(said, next_step=say("`signoff queue` lists what there is."))
    return matches[0]


def doctor(app: App, *, model: bool = True) -> list[Health]:
    """Check everything a day's work needs; each failure names its fix."""
    found = [_database(app), _clock(app), _keys(app)]
    try:
        brand = app.brand()
        found.append(Health("brand", True, say("{brand}, rules: {n}", brand=brand.name, n=len(brand.rulebook.rules))))
        found.append(_operator(app))
        found.append(_memory(app, brand.id, brand.rulebook.version))
        for account in brand.accounts:
            found += _account(app, account.key)
    except SignoffError as error:
        found.append(Health("brand", False, error.message, error.next_step))
    found += [_worker(app), _switch(app), _disk(app), _kept(app)]
    if model:
        found.append(_model(app))
    return [*found, *_money(app)]


def vital(app: App, zone: str = "UTC") -> list[Health]:
    """Return what decides whether anything goes out at all: kill switch, worker, database. Asks nobody outside.

    Times are told by the clock of ``zone``.
    """
    return [_switch(app), _worker(app, zone), _database(app)]


def accounts(app: App, brand: Brand) -> list[Standing]:
    """Return how each account of a brand stands, without asking its platform."""
    found = []
    for account in brand.accounts:
        with app.db.read() as conn:
            names = {n for n in app.vault.names(conn, account.key) if n.startswith("setting:")}
            adapter, given = platform_class(account.platform), app.settings.account(account.key)
            found.append(overview.standing(conn, account, adapter, stored=names, given=given, now=app.clock.now()))
    return found


def _money(app: App) -> list[Health]:
    """Say what the model cost each brand today; nothing where no prices are set and no cap."""
    s, today = app.settings, f"{app.clock.now():%Y-%m-%d}"
    priced, cap = bool(s.llm_price_in or s.llm_price_out), s.llm_daily_usd
    if not priced:
        said = say("SIGNOFF_LLM_DAILY_USD caps nothing: the model has no price")
        fix = say("Set SIGNOFF_LLM_PRICE_IN and SIGNOFF_LLM_PRICE_OUT.")
        return [Health("model money", False, said, fix)] if cap is not None else []
    found = []
    with app.db.read() as conn:
        spent = {brand: spending.spent(conn, brand, today) for brand in rows.brands(conn)}
    for brand, usd in spent.items():
        if cap is None:
            found.append(
                Health("model money", True, say("{brand}: ${spent} today, no cap", brand=brand, spent=f"{usd:.2f}"))
            )
            continue
        said = say("{brand}: ${spent} of ${cap} today", brand=brand, spent=f"{usd:.2f}", cap=f"{cap:.2f}")
        fix = say("Raise SIGNOFF_LLM_DAILY_USD or wait for tomorrow (UTC).") if usd >= cap else ""
        found.append(Health("model money", usd < cap, said, fix))
    return found


def _database(app: App) -> Health:
    try:
        with app.db.read() as conn:
            counts = rows.counts(conn)
        said = ", ".join(f"{say(state)}: {n}" for state, n in sorted(counts.items())) or say("no posts yet")
        mode = (
            ""
            if not app.db.is_sqlite or wal_is_safe()
            else " " + say("(SQLite {version}, with a rollback journal)", version=sqlite3.sqlite_version)
        )
        return Health("database", True, f"{app.db.name}: {said}{mode}")
    except Exception as error:
        return Health(
            "database", False, type(error).__name__, say("Check SIGNOFF_DATABASE_URL and that the server runs.")
        )


def _clock(app: App) -> Health:
    with app.db.read() as conn:
        skew = (SystemClock().now() - app.db.now(conn)).total_seconds()
    fix = say("Set this machine's clock (NTP).")
    return Health(
        "clock",
        abs(skew) < 2,
        say("{skew:.1f} s apart from the database's", skew=abs(skew)),
        "" if abs(skew) < 2 else fix,
    )


def _keys(app: App) -> Health:
    try:
        app.vault.check()
        keys = app.vault.keys.lines()
        path = app.vault.keys.path
        loose = path is not None and path.exists() and path.stat().st_mode & 0o077
        if loose:
            return Health("keys", False, say("{path} can be read by others", path=path), f"chmod 600 {path}")
        return Health("keys", True, say("keys: {n}; back up {path}", n=len(keys), path=path or "SIGNOFF_KEYS"))
    except SignoffError as error:
        return Health("keys", False, error.message, error.next_step)


def _operator(app: App) -> Health:
    try:
        person = app.operator()
        return Health("you", True, f"{person.name}: {', '.join(say(r) for r in sorted(person.roles))}")
    except SignoffError as error:
        return Health("you", False, error.message, error.next_step)


def _memory(app: App, brand: str, version: str) -> Health:
    ok, detail = app.memory.health()
    detail = retold(detail)
    learned = app.memory.version(brand) if ok else None
    if ok and learned != version:
        return Health(
            "memory",
            False,
            say("{detail}; the rules there are not the newest", detail=detail),
            say("Run `signoff learn` again."),
        )
    return Health("memory", ok, detail, "" if ok else say("Check SIGNOFF_CHROMA_URL, or learn the folder again."))


def _account(app: App, key: str) -> list[Health]:
    with app.db.read() as conn:
        paused = rows.paused(conn, key)
        ends = [*_expiry(app, conn, key), *_waits(app, conn, key), *_stream(app, conn, key)]
    if paused:
        return [
            Health(
                key,
                False,
                say("paused: {why}", why=retold(paused)),
                say("`signoff connect {key}`, then `signoff resume {key}`.", key=key),
            ),
            *ends,
        ]
    try:
        return [*(Health(f"{key} {h.name}", h.ok, h.detail, h.fix) for h in app.platform(key).health()), *ends]
    except SignoffError as error:
        return [Health(key, False, error.message, error.next_step or f"`signoff connect {key}`."), *ends]


def _stream(app: App, conn: Connection, key: str) -> list[Health]:
    """Say whether comments come at once, where a worker has ever listened to the platform's own word."""
    one = streams.of(conn, key, app.db.now(conn))
    if one is None:
        return []
    since = f"{one.since:%Y-%m-%d %H:%M} UTC"
    said = say("comments are told at once, since {time}", time=since) if one.open else joined(
        say("comments are read by the clock, since {time}", time=since), say("({why})", why=retold(one.why))
        if one.why else ""
    )  # fmt: skip
    return [Health(f"{key} comments", True, said)]


def _expiry(app: App, conn: Connection, key: str) -> list[Health]:
    """Say until when an account's login holds, where it ends at all."""
    known = identities.of_account(conn, key)
    days = known.days_left(app.clock.now()) if known else None
    if days is None or known is None:
        return []
    said = say("the login has ended") if days < 0 else say("the login holds for {n} more days", n=days)
    fine = days >= max(identities.AHEAD)
    return [Health(f"{key} expiry", fine, said, "" if fine else f"`signoff connect {key}`.")]


def _waits(app: App, conn: Connection, key: str) -> list[Health]:
    """Say before when nothing of an account is posted, where its platform asked for that."""
    until = rates.held(conn, key, "post", app.clock.now())
    if until is None:
        return []
    said = say("the platform asked to wait: nothing is posted before {time}", time=f"{until:%Y-%m-%d %H:%M} UTC")
    return [Health(f"{key} rate", True, said)]


def _worker(app: App, zone: str = "UTC") -> Health:
    with app.db.read() as conn:
        alive = [w for w in rows.workers(conn) if (app.clock.now() - w["seen"]).total_seconds() < 30]
        due = posts.next_due(conn)
    late = int((app.clock.now() - due).total_seconds() // 60) if due else 0
    said = say("{n} running", n=len(alive)) if alive else say("none running")
    if due is None:
        said += say("; ") + say("nothing waits to be sent")
    elif late > 0:
        said += say("; ") + say("the oldest post is {n} min late", n=late)
    else:
        said += say("; ") + say("the next post is due at {time}", time=when.spoken(due, zone))
    ok = bool(alive) or due is None
    return Health("worker", ok, said, "" if ok else say("Start `signoff worker`, or `signoff serve`."))


def _disk(app: App) -> Health:
    """Say how much room is left where the data is; below ROOM a person should act before it is full."""
    free = shutil.disk_usage(app.settings.home).free
    said = say("{size} GB free for {folder}", size=f"{free / 1e9:.1f}", folder=app.settings.home)
    return Health("disk", free > ROOM, said, "" if free > ROOM else say("Make room: when it is full, nothing is sent."))


def _kept(app: App) -> Health:
    """Say what is kept, and for how long."""
    with app.db.read() as conn:
        found = retention.kept(conn)
    told = []
    for kind, (count, _) in found.items():
        days = app.settings.keep[kind]
        time = say("{n} days", n=days) if days else say("for ever")
        told.append(f"{say(kind)}: {count} ({time})")
    return Health("kept", True, say("; ").join(told))


def _switch(app: App) -> Health:
    with app.db.read() as conn:
        stopped = rows.stopped(conn)
    return Health("kill switch", not stopped, stopped or say("off"), "`signoff resume`" if stopped else "")


def _model(app: App) -> Health:
    try:
        model = app.model()
    except SignoffError as error:
        return Health("model", False, error.message, error.next_step)
    languages = ", ".join(model.abilities.languages) or say("no language it was asked in")
    return Health(
        "model",
        True,
        f"{model.name}: {model.strategy}, {languages}",
    )
