"""Who asks, by a bearer token, and what the token may do: never more than its person."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from bot.domain.brand import Role
from bot.store import api
from bot.store.api import APPROVE, PREFIX, READ, SCOPES, WRITE
from bot.surfaces.web.api.problems import ApiError
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand, Person
    from bot.store.api import Token
    from bot.surfaces.web.server import Desk

__all__ = ["APPROVE", "READ", "SCOPES", "WRITE", "Access", "Op", "Rates", "Who", "admitted", "permit"]

#: A token's last use is written down so seldom.
_SEEN = timedelta(minutes=1)


@dataclass(frozen=True)
class Access:
    """A program that asks, for a person."""

    desk: Desk
    token: Token
    brand: Brand
    person: Person

    @property
    def app(self) -> App:
        return self.desk.app

    @property
    def via(self) -> str:
        """How a decision of this program is named in the record."""
        return f"api:{self.token.name}"[:40]


@dataclass(frozen=True)
class Op:
    """One operation: its address, what it needs, and what it answers with."""

    method: str
    path: str
    handler: Callable[..., Any]
    #: The scope that the token must have.
    scope: str = READ
    #: Roles of which the person needs one; empty for everybody of the brand. The workflow asks again.
    roles: frozenset[Role] = frozenset()
    status: int = 200
    #: Problems beside those that every operation may answer with.
    problems: tuple[int, ...] = ()
    tag: str = ""


def _access(request: Request) -> Access:
    found: Access = request.state.access
    return found


Who = Annotated[Access, Depends(_access)]


def admitted(desk: Desk, secret: str) -> Access:
    """Return who asks. Raises ApiError for a token that does not count."""
    now = desk.app.clock.now()
    refused = ApiError(
        401, "no-token", say("There is no such token, or its time is over."),
        say("`signoff api token new NAME` makes one."), headers={"www-authenticate": 'Bearer realm="signoff"'},
    )  # fmt: skip
    if not secret.startswith(PREFIX) or len(secret) > 200:
        raise refused
    with desk.app.db.read() as conn:
        token = api.token(conn, secret, now)
    brand = desk.app.brand()
    person = brand.person(token.person) if token is not None and token.brand == brand.id else None
    if token is None or person is None:
        raise refused
    if token.used is None or now - token.used > _SEEN:
        with desk.app.db.write() as conn:
            api.used(conn, token.id, now)
    return Access(desk, token, brand, person)


def permit(access: Access, op: Op) -> None:
    """Refuse what the token or its person may not do. Raises ApiError."""
    if op.scope not in access.token.scopes:
        raise ApiError(
            403, "scope", say("This token has not the scope {scope}.", scope=op.scope),
            say("Make one that has: `signoff api token new NAME --scopes {scope}`.", scope=op.scope),
        )  # fmt: skip
    if op.roles and not any(access.person.may(role) for role in op.roles):
        names = ", ".join(sorted(say(role.value) for role in op.roles))
        raise ApiError(403, "not-allowed", say("{person} may not do that: it needs the role {roles}.",
                                               person=access.person.name, roles=names))  # fmt: skip


class Rates:
    """How many requests each token has left: a minute's worth at once, refilled evenly."""

    def __init__(self, a_minute: int) -> None:
        self._most = float(a_minute)
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, token: str, now: datetime) -> None:
        """Take one request. Raises ApiError with the seconds to wait."""
        with self._guard:
            left, at = self._left.pop(token, (self._most, now))
            left = min(self._most, left + max(0.0, (now - at).total_seconds()) * self._most / 60)
            self._left[token] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > 10_000:
                self._left.popitem(last=False)
        if left < 1:
            wait = max(1, round((1 - left) * 60 / self._most))
            raise ApiError(429, "too-many", say("This token made too many requests in a minute."),
                           say("Wait {n} s.", n=wait), headers={"retry-after": str(wait)})  # fmt: skip
