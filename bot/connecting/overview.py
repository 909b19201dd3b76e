"""How each account of a brand stands: who it is, what it may do and until when, what is left, what went wrong last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.connecting import identities, scopes
from bot.domain.brand import Account
from bot.platforms.base import Platform
from bot.store import desk as rows
from bot.store import facts, posts, rates
from bot.words import say


@dataclass(frozen=True)
class Trouble:
    """The last thing that went wrong on an account."""

    at: datetime
    #: As it was stored, in English; ``words.retold`` says it in the reader's language.
    what: str
    #: Whether something went out after it.
    over: bool = False
    next_step: str = ""


@dataclass(frozen=True)
class Standing:
    """One account."""

    account: str
    platform: str
    #: As the platform says it, or as brand.yaml does.
    handle: str
    #: ``yes``, ``no``, ``untried`` (settings are there, and nobody asked the platform yet), ``needless``.
    connected: str
    #: Id of the way it was connected by; ``environment`` where settings come from there.
    way: str = ""
    scopes: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    expires: datetime | None = None
    #: Whole days until then, -1 once it is past; None for never.
    days: int | None = None
    limit: int | None = None
    left: int | None = None
    resets: datetime | None = None
    #: US dollars spent this month, and the most that may be.
    spent: float | None = None
    cap: float | None = None
    #: The same of today.
    spent_today: float | None = None
    cap_daily: float | None = None
    #: Before when nothing is posted, because the platform asked for it.
    waits: datetime | None = None
    paused: str = ""
    remarks: tuple[str, ...] = ()
    trouble: Trouble | None = None
    #: When the platform said all this.
    asked: datetime | None = None

    @property
    def next_step(self) -> str:
        """Return the command that helps; empty where nothing needs doing."""
        connect = f"`signoff connect {self.account}`"
        if self.connected == "untried" and self.way == "environment" and not self.paused:
            return "`signoff accounts --check`"
        ends = self.days is not None and self.days < max(identities.AHEAD)
        if self.connected in ("no", "untried") or self.lacking or self.paused or ends:
            return connect
        return self.trouble.next_step if self.trouble and not self.trouble.over else ""


def standing(
    conn: Connection, account: Account, adapter: type[Platform], *, stored: set[str], given: Mapping[str, str],
    now: datetime,
) -> Standing:  # fmt: skip
    """Put together what is known of an account, without asking its platform.

    ``stored`` names its settings in the vault, ``given`` are those of the environment.
    """
    kept = facts.of_account(conn, account.key)
    known = identities.known(kept.get(identities.FACT))
    limit, left, resets = _rate(kept.get("rate"), now)
    spent, today = kept.get(f"spend:{now:%Y-%m}"), kept.get(f"spend:{now:%Y-%m-%d}")
    return Standing(
        account=account.key,
        platform=adapter.label,
        handle=known.handle if known else account.handle.removeprefix("@"),
        connected=_connected(adapter, known, stored, given),
        way=known.way if known and known.way and not given else "environment" if given else "",
        scopes=known.scopes if known else (),
        lacking=known.lacking if known else (),
        expires=known.expires if known else None,
        days=known.days_left(now) if known else None,
        limit=limit,
        left=left,
        resets=resets,
        spent=float(spent) if isinstance(spent, int | float) else None,
        cap=_number(kept.get("cap")) or _number(given.get("monthly_cap")),
        spent_today=float(today) if isinstance(today, int | float) else None,
        cap_daily=_number(kept.get("cap_daily")) or _number(given.get("daily_cap")),
        waits=rates.held(conn, account.key, "post", now),
        paused=rows.paused(conn, account.key),
        remarks=known.remarks if known else (),
        trouble=_trouble(conn, account.key),
        asked=known.asked if known else None,
    )


def _connected(
    adapter: type[Platform], known: identities.Known | None, stored: set[str], given: Mapping[str, str]
) -> str:
    if _needless(adapter):
        return "needless"
    if loginless(adapter, stored, given):
        return "no"
    return "yes" if known else "untried"


def _needless(adapter: type[Platform]) -> bool:
    return not adapter.ways and not any(secret for _, secret in adapter.settings.values())


def loginless(adapter: type[Platform], stored: set[str], given: Mapping[str, str]) -> bool:
    """Say whether an account needs a login and has none: there is nothing to ask its platform with."""
    return not _needless(adapter) and not stored and not given


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _rate(value: Any, now: datetime) -> tuple[int | None, int | None, datetime | None]:
    """Read what an adapter last noted of its limits: ``{limit, left, reset}``; a window that is over tells nothing."""
    if not isinstance(value, dict):
        return None, None, None
    try:
        reset = datetime.fromisoformat(value["reset"]) if value.get("reset") else None
    except (TypeError, ValueError):
        reset = None
    if reset is not None and (reset.tzinfo is None or reset <= now):
        return value.get("limit"), None, None
    return value.get("limit"), value.get("left"), reset


def _trouble(conn: Connection, account: str) -> Trouble | None:
    """Return the last failed attempt, or the last notice about the account itself, whichever came later."""
    found, failed = [], posts.last_failure(conn, account)
    live = posts.last_live(conn, account)
    if failed is not None:
        at, draft, subject, what = failed
        said = rows.last_notice(conn, subject)
        step = said["next_step"] if said and said["at"] >= at else f"`signoff audit {draft}`"
        found.append(Trouble(at, what, bool(live and live > at), step))
    told = rows.last_notice(conn, f"account:{account}")
    if told is not None:
        gone = not rows.paused(conn, account) and bool(live and live > told["at"])
        found.append(Trouble(told["at"], told["text"], gone, told["next_step"]))
    return max(found, key=lambda t: t.at, default=None)


def marked(value: Standing) -> str:
    """Return an account's scopes as a list, those that are lacking marked with what they are for."""
    missing = scopes.told(value.lacking)
    said = ", ".join(value.scopes)
    return f"{said}; {say('lacking: {names}', names=missing)}" if missing and said else missing or said
