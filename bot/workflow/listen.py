"""Listen: what others said to each account comes in, once each, and is followed when its author changes or removes it.

A page is stored in one transaction with the cursor behind it: a process that dies between two pages loses and doubles
nothing. It runs beside the publishing and never in its way.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.domain.comment import Comment, Priority
from bot.errors import Reconnect, SignoffError
from bot.insight import cleaning
from bot.platforms.base import Cursor, Platform
from bot.store import authors, comments, listening, moved, rates
from bot.store import desk as rows
from bot.store.comment_rows import Heard
from bot.store.comments import Added
from bot.store.forgetting import digest
from bot.words import say
from bot.workflow import changed, hide, revisit, rounds
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: Seconds between looks at an account, and the most after failures; comments in one page, and pages in one go.
EVERY, SELDOM = 15.0, 900.0
IDLE = timedelta(seconds=60)  # the longest pause of an account to which nobody speaks
PAGE, PAGES = 500, 40
#: Looks that fail in a row before people are told.
TELL_AFTER = 5


def accounts(desk: Desk) -> list[str]:
    """Return accounts to look at now; a login that is gone is not asked, a stopped desk still listens."""
    with desk.db.read() as conn:
        if moved.marked(conn):
            return []
        now, ears = desk.clock.now(), listening.all_of(conn)
        found = [a.key for name in rows.brands(conn) for a in desk.brand(conn, name)[0].accounts]
        due = [a for a in found if a not in ears or (at := ears[a].next_look) is None or at <= now]
        return [a for a in due if not rows.paused(conn, a) and rates.held(conn, a, "read", now) is None]


def listen(desk: Desk, stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Read what is new, and again what came lately; return how many were new, edited, removed. Never raises.

    ``failed`` counts accounts that could not be read.
    """
    return rounds.walk(desk, accounts(desk), _ROUND, stopping)


def listen_to(desk: Desk, account: str, stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Look at one account now, whenever its next look is; not where something keeps it back, or looks fail."""
    with desk.db.read() as conn:
        free = not rows.paused(conn, account) and not listening.of(conn, account).failures
        free = free and rates.held(conn, account, "read", desk.clock.now()) is None
    return rounds.walk(desk, [account] if free else [], _ROUND, stopping)


def _go(desk: Desk, account: str) -> tuple[Counter[str], bool]:
    platform = desk.platform(account)
    if not platform.features.comments:
        return Counter(), False
    more, added = _page(desk, platform, account)
    done = Counter(new=len(added.new), edited=len(added.edited))
    if not more:
        done += revisit.revisit(desk, platform, account) + hide.carry_out(desk, platform, account)
    return done, more


def _page(desk: Desk, platform: Platform, account: str) -> tuple[bool, Added]:
    with desk.db.read() as conn:
        kept = listening.of(conn, account)
    page = platform.comments(Cursor(kept.cursor) if kept.cursor else None, PAGE)
    with desk.db.write() as conn:
        owner = rows.account_of(conn, account)
        now = desk.clock.now()
        added = hear(desk, conn, owner[0], page.items) if owner else Added()
        then = now if page.more else now + _rest(kept, bool(added.new))
        cursor = page.cursor.value if page.cursor else kept.cursor
        listening.keep(conn, account, cursor, then, now)
    return page.more, added


def _rest(kept: listening.Ear, something: bool) -> timedelta:
    """Look again soon where something was said; twice as late each time nothing was."""
    before = kept.next_look - kept.at if kept.next_look and kept.at else timedelta()
    return timedelta(seconds=EVERY) if something else min(IDLE, max(timedelta(seconds=EVERY), 2 * before))


def hear(desk: Desk, conn: Connection, brand_id: str, said: Iterable[Comment], source: str = "") -> Added:
    """Store comments of one brand, within a transaction; opt-out words count before any model reads a word."""
    brand, _ = desk.brand(conn, brand_id)
    left_alone, now = authors.left_alone(conn, brand.id), desk.clock.now()
    # Who was forgotten is not heard: what they say now would bring back what was erased.
    heard = [heard_of(brand, one, left_alone, source) for one in said if not _forgotten(one, left_alone)]
    stops, back = [one.comment for one in heard if one.aside == "opt-out"], authors.back(conn, brand.id)
    asked = {
        who for c in stops if (who := (c.account.partition(":")[0], c.author.id)) not in back
        # Platforms show the same again: what was said before a person let them be answered counts no more.
        or not comments.is_known(conn, c.account, c.remote_id)
    }  # fmt: skip
    for who in sorted(asked - left_alone):
        authors.opt_out(conn, brand.id, *who, "they asked to be left alone", now)
    added = comments.add(conn, brand.id, heard, now, desk.clock.new_id)
    for who in sorted(asked - left_alone):
        authors.set_aside(conn, brand.id, *who)
    for comment_id in added.edited:
        changed.edited(desk, conn, comment_id)
    return added


def heard_of(brand: Brand, said: Comment, left_alone: Container[tuple[str, str]] = (), source: str = "") -> Heard:
    """Return a comment cleaned, with what shows at once: how urgent it looks, and whether no machine may answer it.

    ``left_alone`` are the authors, as (platform, id), who asked for it.
    """
    text = cleaning.clean(said.text)
    platform, author, aside = said.account.partition(":")[0], said.author, ""
    if _own(brand, platform, (author.handle, author.id)):
        aside = "own"
    elif cleaning.asks_to_stop(text) or (platform, author.id) in left_alone:
        aside = "opt-out"
    elif author.bot:
        aside = "bot"
    elif cleaning.spammy(text):
        aside = "spam"
    soon = Priority(cleaning.urgency(text)) if aside in ("", "opt-out") else Priority.LOW
    return Heard(said, text, soon, aside, cleaning.fingerprint(text), source)


def _forgotten(said: Comment, left_alone: Container[tuple[str, str]]) -> bool:
    platform = said.account.partition(":")[0]
    return any((platform, digest(name)) in left_alone for name in (said.author.id, said.author.handle) if name)


def _own(brand: Brand, platform: str, names: Sequence[str]) -> bool:
    own = {a.handle.removeprefix("@").lower() for a in brand.accounts if a.platform == platform and a.handle}
    return any(name.removeprefix("@").lower() in own for name in names if name)


def _failed(desk: Desk, account: str, error: Exception) -> float:
    """Look again later, each time later than before; tell people once it goes on."""
    why = str(error) if isinstance(error, SignoffError) else type(error).__name__
    log.warning("comments to %s could not be read: %s", account, why)
    with desk.db.write() as conn:
        now, kept, owner = desk.clock.now(), listening.of(conn, account), rows.account_of(conn, account)
        n = kept.failures + 1
        wait = max(getattr(error, "after", None) or 0.0, min(SELDOM, EVERY * 2 ** min(n, 8)))
        listening.keep(conn, account, kept.cursor, now + timedelta(seconds=wait), now, failures=n, why=why)
        if owner and (n == TELL_AFTER or (isinstance(error, Reconnect) and n == 1)):
            text = say("Comments to {account} cannot be read: {why}", account=account, why=why)
            step = say("`signoff doctor` looks at the login. What was said meanwhile is read later.")
            rows.notify(conn, now, owner[0], f"listen:{account}", text, step)
    return 0.0


_ROUND = rounds.Round("listen", _go, _failed, PAGES)
