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
from bot.errors import BadInput, NotAllowed, NotFound
from bot.store import events, web
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
#: Each hash takes 64 MiB while it is made.
_AT_ONCE = threading.Semaphore(2)


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
    with app.db.write() as conn:
        web.add_link(conn, token, brand.id, to.id, now + LINK, now)
        events.record(conn, now, me.id, f"web:{to.id}", "", "link", "a link to sign in was made")
    return token


def sign_out(app: App, me: Person, to: Person) -> int:
    """End every session of a person, and links not yet used, by somebody who may; return how many sessions ended."""
    brand = app.brand()
    with app.db.write() as conn:
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
    with app.db.write() as conn:
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
    with app.db.write() as conn:
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
    with app.db.write() as conn:
        web.set_password(conn, brand.id, person.id, made, now)
        web.sign_out_everywhere(conn, brand.id, person.id)
        what = "password set" if password else "password taken away"
        events.record(conn, now, by, f"web:{person.id}", "", what, "")


def _hash(password: str) -> str:
    from argon2 import PasswordHasher

    with _AT_ONCE:
        return PasswordHasher().hash(password)


class Passwords:
    """Signs people in by password, and slows down whoever tries many."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._wrong: OrderedDict[str, list[datetime]] = OrderedDict()
        self._guard = threading.Lock()
        self._nobody = ""

    def enter(self, person: str, password: str, user_agent: str) -> str:
        """Return the token of a new session. Raises NotAllowed, in the same words whatever was wrong."""
        brand, now = self._app.brand(), self._app.clock.now()
        key = person.strip()[:80]
        self._count(key, now)
        with self._app.db.read() as conn:
            kept = web.password(conn, brand.id, key)
        # As much work for somebody who does not exist, so that the time tells nothing.
        self._nobody = self._nobody or _hash(secrets.token_urlsafe(16))
        right = _verify(kept or self._nobody, password[: LONGEST + 1])
        if not (right and kept) or brand.person(key) is None:
            raise NotAllowed(say("Name and password do not go together."))
        with self._guard:
            self._wrong.pop(key, None)
        with self._app.db.write() as conn:
            return _begin(self._app, conn, brand, key, user_agent, "by password")

    def _count(self, key: str, now: datetime) -> None:
        with self._guard:
            recent = [at for at in self._wrong.pop(key, []) if now - at < WITHIN]
            if len(recent) >= TRIES:
                self._wrong[key] = recent
                raise NotAllowed(say("That was wrong too often. Wait a quarter of an hour, or use a link."))
            self._wrong[key] = [*recent, now]
            while len(self._wrong) > 1000:
                self._wrong.popitem(last=False)


def _verify(kept: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_ONCE:
        try:
            return PasswordHasher().verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
