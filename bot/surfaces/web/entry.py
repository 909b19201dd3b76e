"""Signing in: one-time links, passwords, sessions, and the token that each form carries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.brand import Person, Role
from bot.errors import BadInput, Halted, NotAllowed, NotFound
from bot.store import events, web
from bot.surfaces.web.turns import Turns, crowded
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand

#: How long a link can be used, how long somebody stays signed in, and without doing anything.
LINK, STAY, IDLE = timedelta(minutes=15), timedelta(days=14), timedelta(hours=72)
#: A session's last use is written down so seldom.
SEEN = timedelta(minutes=1)
#: Characters of a password: NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where it is the only factor.
SHORTEST, LONGEST = 15, 200
#: Wrong passwords of one person within a time, before more are tried.
TRIES, WITHIN = 10, timedelta(minutes=15)
#: Tries of everybody together: so many at once, and as many again in each minute.
A_MINUTE = 60
#: Passwords looked at at once, of which each takes 64 MiB; how many more wait for that, and for how many seconds. All
#: pages share the threads that these hold.
AT_ONCE, WAITING, PATIENCE = 2, 4, 0.5
#: Seconds after which whoever is turned away may come again, and before which they are not told.
RETRY, FLOOR = 5, 1.0
#: Names whose wrong passwords are remembered, beside those of the brand's people.
NAMES = 2000


def link(app: App, person: str = "") -> tuple[str, str]:
    """Make a one-time link for a person, oneself where none is named; return (its token, the person's id).

    Raises NotFound, and NotAllowed for somebody who is no admin and means another person.
    """
    me = app.operator()
    to = meant(app.brand(), me, person)
    return link_of(app, me, to), to.id


def link_of(app: App, me: Person, to: Person) -> str:
    """Make a one-time link for a person, by somebody who may (see ``meant``); return its token."""
    brand, token = app.brand(), secrets.token_urlsafe(32)
    now = app.clock.now()
    with app.desk.deciding() as conn:
        web.add_link(conn, token, brand.id, to.id, now + LINK, now)
        events.record(conn, now, me.id, f"web:{to.id}", "", "link", "a link to sign in was made")
    return token


def sign_out(app: App, me: Person, to: Person) -> int:
    """End every session of a person, and links not yet used, by somebody who may; return how many sessions ended."""
    brand = app.brand()
    with app.desk.deciding() as conn:
        ended = web.sign_out_everywhere(conn, brand.id, to.id)
        events.record(conn, app.clock.now(), me.id, f"web:{to.id}", "", "signed out", "everywhere")
    return ended


def meant(brand: Brand, me: Person, person: str) -> Person:
    """Return whom an operator means. Raises NotFound, NotAllowed."""
    if person in ("", me.id):
        return me
    found = brand.person(person)
    if found is None:
        known = ", ".join(p.id for p in brand.people)
        raise NotFound(say("{who} is not one of {brand}'s people.", who=repr(person), brand=brand.name),
                       next_step=say("They are: {known}.", known=known))  # fmt: skip
    if not me.may(Role.ADMIN):
        raise NotAllowed(say("Only an admin of {brand} may do that for somebody else.", brand=brand.name))
    return found


def enter(app: App, token: str, user_agent: str) -> str:
    """Use a link up and sign its person in; return the session's token. Raises NotAllowed."""
    now, brand = app.clock.now(), app.brand()
    with app.desk.deciding() as conn:
        found = web.use_link(conn, token, now)
        if found is not None and found[0] == brand.id and brand.person(found[1]) is not None:
            return _begin(app, conn, brand, found[1], user_agent, "by a link")
    raise NotAllowed(
        say("This link was used before, or its fifteen minutes are over."),
        next_step=say("Make another one: `signoff web link`."),
    )


def enter_by(app: App, person: Person, kept: str, provider: str, user_agent: str) -> str:
    """Sign in whom a provider named; return the session's token. ``kept`` is used up. Raises NotAllowed."""
    now, brand = app.clock.now(), app.brand()
    with app.desk.deciding() as conn:
        if web.once(conn, f"oidc:{kept}", brand.id, now + LINK, now):
            return _begin(app, conn, brand, person.id, user_agent, f"by {provider}")
    raise NotAllowed(say("This sign-in was used before."), next_step=say("Start it again."))


def _begin(app: App, conn: object, brand: Brand, person: str, user_agent: str, how: str) -> str:
    from sqlalchemy import Connection

    assert isinstance(conn, Connection)
    token, now = secrets.token_urlsafe(32), app.clock.now()
    web.tidy(conn, now, now - IDLE)
    web.add_session(conn, token, brand.id, person, user_agent, now, now + STAY)
    events.record(conn, now, person, f"web:{person}", "", "signed in", how)
    return token


def session(app: App, token: str) -> web.Session | None:
    """Return the session of a token while it counts, and note now and then that it is used."""
    if not token or len(token) > 200:
        return None
    now = app.clock.now()
    with app.db.read() as conn:
        found = web.session(conn, token, now, now - IDLE)
    if found is not None and now - found.seen > SEEN:
        with app.db.write() as conn:
            web.saw(conn, found.token, now)
    return found


def form_token(token: str) -> str:
    """Return what the forms of a session carry: it is known only to whoever has the session's cookie."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"signoff web form", hashlib.sha256).hexdigest()


def genuine(token: str, given: str) -> bool:
    """Say whether a form carries its session's token."""
    return hmac.compare_digest(form_token(token).encode(), given.encode("utf-8", "surrogatepass"))


# --- passwords --------------------------------------------------------------------------------------------------


def set_password(app: App, person: Person, password: str, by: str) -> None:
    """Keep a person's password, or take it away where it is empty; whoever is signed in as them is signed out.

    Raises BadInput.
    """
    brand, now = app.brand(), app.clock.now()
    if password and not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            say("A password has {n} to {most} characters.", n=SHORTEST, most=LONGEST),
            next_step=say("Four or five words that do not belong together are easy to remember."),
        )
    made = _hash(password) if password else ""
    with app.desk.deciding() as conn:
        web.set_password(conn, brand.id, person.id, made, now)
        web.sign_out_everywhere(conn, brand.id, person.id)
        what = "password set" if password else "password taken away"
        events.record(conn, now, by, f"web:{person.id}", "", what, "")


def _hash(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


class Passwords:
    """Signs people in by password, and slows down whoever tries many."""

    def __init__(self, app: App) -> None:
        self._app = app
        #: By name, the one tried last at the end.
        self._wrong: OrderedDict[str, list[datetime]] = OrderedDict()
        self._left, self._at = float(A_MINUTE), app.clock.now()
        self._guard = threading.Lock()
        self._turns = Turns(AT_ONCE, WAITING, PATIENCE)
        self._nobody = ""

    def enter(self, person: str, password: str, user_agent: str) -> str:
        """Return the token of a new session.

        Raises NotAllowed, in the same words whatever was wrong, and Halted where too many try at once.
        """
        brand, now = self._app.brand(), self._app.clock.now()
        key = person.strip()[:80]
        self._count(key, now)
        with self._app.db.read() as conn:
            kept = web.password(conn, brand.id, key)
        if brand.person(key) is None:
            kept = ""  # whoever left the brand is a stranger
        spare = self._take(now)
        if not spare and not kept:
            raise crowded()
        try:
            with self._turns.one():
                # As much work for somebody who does not exist, so that the time tells nothing.
                self._nobody = self._nobody or _hash(secrets.token_urlsafe(16))
                right = _verify(kept or self._nobody, password[: LONGEST + 1])
        except Halted:
            self._uncount(key, now)
            raise
        if not (right and kept):
            # Strangers who use all tries up keep nobody out who knows a password. The answer to others is that to a
            # name that does not exist, or it would tell which ones do.
            raise NotAllowed(say("Name and password do not go together.")) if spare else crowded()
        with self._guard:
            self._wrong.pop(key, None)
        with self._app.desk.deciding() as conn:
            return _begin(self._app, conn, brand, key, user_agent, "by password")

    def _take(self, now: datetime) -> bool:
        """Use one of everybody's tries up; return whether there was one."""
        with self._guard:
            since = max(0.0, (now - self._at).total_seconds())
            self._left, self._at = min(float(A_MINUTE), self._left + since * A_MINUTE / 60), now
            spare = self._left >= 1
            if spare:
                self._left -= 1
            return spare

    def _count(self, key: str, now: datetime) -> None:
        with self._guard:
            recent = [at for at in self._wrong.pop(key, []) if now - at < WITHIN]
            if len(recent) >= TRIES:
                self._wrong[key] = recent
                raise NotAllowed(say("That was wrong too often. Wait a quarter of an hour, or use a link."))
            self._wrong[key] = [*recent, now]
            if len(self._wrong) > NAMES:
                self._forget(now)

    def _uncount(self, key: str, now: datetime) -> None:
        """Take a try back whose password was not looked at."""
        with self._guard:
            tries = self._wrong.get(key, [])
            if now in tries:
                tries.remove(now)

    def _forget(self, now: datetime) -> None:
        """Make room, among invented names with the fewest wrong tries first, and the oldest of these.

        A name that may not be tried any more stays, and so does every person's: else many names would buy new tries.
        """
        people = {one.id for one in self._app.brand().people}
        tries = {
            name: sum(now - at < WITHIN for at in wrong) for name, wrong in self._wrong.items() if name not in people
        }
        least = sorted((name for name, n in tries.items() if n < TRIES), key=tries.__getitem__)
        for name in least[: NAMES // 10]:
            del self._wrong[name]


def _verify(kept: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
