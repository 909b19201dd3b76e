"""The brand's people: what each may do and how they sign in; an admin makes links and ends sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.brand import Role
from bot.store import chat, web
from bot.surfaces.web import entry
from bot.surfaces.web.visit import Route, Visit, redirect
from bot.words import say

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.domain.brand import Person
    from bot.store.web import Session

ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True)
class PersonView:
    """One person of the brand."""

    person: Person
    roles: str
    #: ``WORKSPACE/USER`` in Slack.
    slack: tuple[str, ...]
    #: Known by a group of Slack alone, so not in brand.yaml.
    by_group: bool
    password: bool
    sessions: list[Session]


def people(visit: Visit) -> Response:
    """Show them."""
    now = visit.app.clock.now()
    with visit.app.db.read() as conn:
        linked = chat.people(conn, visit.brand.id)
        groups = chat.groups(conn, visit.brand.id)
        passwords = web.with_password(conn, visit.brand.id)
        sessions = web.everybody(conn, visit.brand.id, now, now - entry.IDLE)
    views = []
    for person in visit.brand.people:
        mine = [row for row in linked if row["person"] == person.id]
        views.append(PersonView(
            person, ", ".join(say(role.value) for role in sorted(person.roles)) or "–",
            tuple(f"{row['team']}/{row['user']}" for row in mine), any(row["source"] == "group" for row in mine),
            person.id in passwords, sessions.get(person.id, []),
        ))  # fmt: skip
    return visit.page(
        "people.html", people=views, groups=[(f"{g['team']}/{g['group']}", say(g["role"])) for g in groups],
        admin=visit.person.may(Role.ADMIN), zone=visit.brand.zone, minutes=int(entry.LINK.total_seconds() // 60),
    )  # fmt: skip


def link(visit: Visit) -> Response:
    """Make somebody a link to sign in, and show it this once."""
    to = entry.meant(visit.brand, visit.person, visit.form.get("person", ""))
    token = entry.link_of(visit.app, visit.person, to)
    return visit.page(
        "person-link.html", to=to, address=f"{visit.desk.origins[0]}/enter?token={token}",
        minutes=int(entry.LINK.total_seconds() // 60),
    )  # fmt: skip


def sign_out(visit: Visit) -> Response:
    """End every session of a person."""
    to = entry.meant(visit.brand, visit.person, visit.form.get("person", ""))
    n = entry.sign_out(visit.app, visit.person, to)
    visit.note(say("{person} is signed out; sessions ended: {n}.", person=to.name, n=n))
    return redirect("/brand/people")


ROUTES = (
    Route("GET", "/brand/people", people),
    Route("POST", "/brand/people/link", link, ADMINS),
    Route("POST", "/brand/people/sign-out", sign_out, ADMINS),
)
