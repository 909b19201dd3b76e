"""What is left of an account's rates: buckets and holds, as facts of the account, so that all processes share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from bot.domain.rate import Act, Pace, Quota
from bot.store import facts
from bot.store.tables import account_fact, post, post_part

BUCKETS = "buckets"
#: Longest time that an answer of a platform keeps an account back; beyond it a person is asked.
LONGEST = timedelta(days=1)


def take(
    conn: Connection, account: str, quotas: Sequence[Quota], acts: Mapping[Act, int], share: float, now: datetime,
    known: dict[str, Any] | None = None, app: str = "",
) -> datetime:  # fmt: skip
    """Take what ``acts`` need of every quota, all or nothing; return ``now``, or when they may be taken.

    Belongs into the transaction that announces what it is for. ``known`` are the account's facts, read in the same
    one; what is taken is kept in them too. Shared quotas are taken of ``app``, whichever account it is for.
    """
    own, shared = ([q for q in quotas if bool(app and q.shared) is which] for which in (False, True))
    if shared and any(quota.costs.get(act) and n for quota in shared for act, n in acts.items()):
        kept, wanted = _locked(conn, app, now), _wanted(shared, acts, share)
        free = _free(kept, wanted, now)
        if free > now or (free := _take(conn, account, _wanted(own, acts, share), now, known)) > now:
            return free
        return _taken(conn, app, kept, wanted, now)
    return _take(conn, account, _wanted(own, acts, share), now, known)


_Wanted = list[tuple[str, Pace, int]]


def _wanted(quotas: Sequence[Quota], acts: Mapping[Act, int], share: float) -> _Wanted:
    needed = [(quota, sum(quota.costs.get(act, 0) * n for act, n in acts.items())) for quota in quotas]
    return [(quota.key, Pace.of(quota, share), units) for quota, units in needed if units]


def _free(kept: Mapping[str, Any], wanted: _Wanted, now: datetime) -> datetime:
    return max(pace.free_at(_instant(kept.get(key)), now, units) for key, pace, units in wanted)


def _taken(conn: Connection, account: str, kept: dict[str, Any], wanted: _Wanted, now: datetime) -> datetime:
    for key, pace, units in wanted:
        kept[key] = pace.take(_instant(kept.get(key)), now, units).isoformat()
    facts.keep(conn, account, BUCKETS, kept, now)
    return now


def _take(conn: Connection, account: str, wanted: _Wanted, now: datetime, known: dict[str, Any] | None) -> datetime:
    if not wanted:
        return now
    if known is None or conn.dialect.name != "sqlite":
        kept = _locked(conn, account, now)
    else:
        # There the whole file is held: nobody can have taken any since.
        found = known.get(BUCKETS)
        kept = dict(found) if isinstance(found, dict) else {}
    free = _free(kept, wanted, now)
    if free > now:
        return free
    _taken(conn, account, kept, wanted, now)
    if known is not None:
        known[BUCKETS] = kept
    return now


def _locked(conn: Connection, account: str, now: datetime) -> dict[str, Any]:
    """Return the account's buckets, held until this transaction ends: deletions and readings have no lease."""
    where = (account_fact.c.account == account, account_fact.c.name == BUCKETS)
    if conn.dialect.name != "sqlite":
        with suppress(IntegrityError), conn.begin_nested():
            conn.execute(insert(account_fact).values(account=account, name=BUCKETS, value={}, at=now))
    found = conn.execute(select(account_fact.c.value).where(*where).with_for_update()).scalar_one_or_none()
    return dict(found) if isinstance(found, dict) else {}


def hold(conn: Connection, account: str, act: str, until: datetime, now: datetime) -> None:
    """Let nothing of ``act`` (or of ``all``) leave before ``until``, at most a day; a longer hold that stands stays."""
    until = min(until, now + LONGEST)
    stands = _until(facts.of_account(conn, account).get(f"hold:{act}"), now)
    if until > now and (stands is None or until > stands):
        facts.keep(conn, account, f"hold:{act}", {"until": until.isoformat(), "at": now.isoformat()}, now)


def held(conn: Connection, account: str, act: Act, now: datetime) -> datetime | None:
    """Return before when nothing of ``act`` may leave; None where it may."""
    return held_by(facts.of_account(conn, account), act, now)


def held_by(known: Mapping[str, Any], act: Act, now: datetime) -> datetime | None:
    """Return the same for an account of which all facts are known."""
    found = [_until(known.get(f"hold:{name}"), now) for name in (act, "all")]
    return max((until for until in found if until), default=None)


def late_accounts(conn: Connection, platform: str, before: datetime, now: datetime) -> int:
    """Return how many accounts of a platform have a part to send that was due ``before``."""
    soon = now + timedelta(seconds=60)
    query = select(func.count(func.distinct(post_part.c.account))).join(post, post.c.id == post_part.c.post_id)
    query = query.where(post_part.c.state == "due", post_part.c.not_before < soon, post.c.due < before)
    return int(conn.execute(query.where(post_part.c.account.startswith(f"{platform}:", autoescape=True))).scalar_one())


def release(conn: Connection, account: str) -> None:
    """Forget what was held back: the login it was meant for is gone."""
    facts.forget(conn, account, *(f"hold:{act}" for act in ("all", "post", "media", "delete", "read", "hide")))


def _until(value: Any, now: datetime) -> datetime | None:
    found = _instant(value.get("until")) if isinstance(value, dict) else None
    return min(found, now + LONGEST) if found and found > now else None


def _instant(said: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
