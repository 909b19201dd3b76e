"""Say who somebody in a chat is: the brand's people, and user groups that give roles. Only an admin may."""

from __future__ import annotations

import re

from bot.domain.brand import Brand, Role
from bot.errors import BadInput, NotAllowed, NotFound
from bot.store import chat, events
from bot.words import say
from bot.workflow.desk import Desk

#: Ids of Slack: a workspace or an organisation, a user, a user group
#: (https://docs.slack.dev/reference/objects/user-object, read 2026-11-22).
_TEAM, _USER, _GROUP = r"[TE][A-Z0-9]{2,20}", r"[UW][A-Z0-9]{2,20}", r"S[A-Z0-9]{2,20}"


def link(desk: Desk, brand_id: str | None, who: str, person: str, team: str, user: str) -> Brand:
    """Say that a Slack user is this person of brand.yaml. Raises NotAllowed, NotFound, BadInput."""
    _check(team, user, _USER, say("a user"), "T0123ABCD/U0123ABCD")
    with desk.deciding() as conn:
        brand, _ = desk.brand(conn, brand_id)
        _admin(brand, who)
        found = brand.person(person)
        if found is None or person.startswith("slack:"):
            known = ", ".join(p.id for p in brand.people if not p.id.startswith("slack:"))
            raise NotFound(
                say("{who} is not one of {brand}'s people.", who=repr(person), brand=brand.name),
                next_step=say("Use one of: {known}; or add them to brand.yaml.", known=known),
            )
        was = chat.who(conn, team, user, brand.id)
        chat.link(conn, team, user, brand.id, found.id, found.name)
        subject, now = f"person:{team}/{user}", desk.clock.now()
        events.record(conn, now, who, subject, was["source"] if was else "none", "link", found.id)
    return brand


def unlink(desk: Desk, brand_id: str | None, who: str, team: str, user: str) -> Brand:
    """Forget who a Slack user is. Raises NotAllowed, NotFound."""
    with desk.deciding() as conn:
        brand, _ = desk.brand(conn, brand_id)
        _admin(brand, who)
        was = chat.who(conn, team, user, brand.id)
        if was is None or not chat.unlink(conn, team, user, brand.id):
            raise NotFound(
                say("Nobody is known as {team}/{user}.", team=team, user=user),
                next_step=say("`signoff people` lists them."),
            )
        events.record(conn, desk.clock.now(), who, f"person:{team}/{user}", was["source"], "none", was["person"])
    return brand


def set_group(desk: Desk, brand_id: str | None, who: str, team: str, group: str, role: Role | None) -> Brand:
    """Let a user group give a role, or none any more; those who had it lose it at once. Raises as ``link`` does."""
    _check(team, group, _GROUP, say("a user group"), "T0123ABCD/S0123ABCD")
    with desk.deciding() as conn:
        brand, _ = desk.brand(conn, brand_id)
        _admin(brand, who)
        before = {row["group"]: row["role"] for row in chat.groups(conn, brand.id) if row["team"] == team}
        chat.set_group(conn, team, group, brand.id, role)
        if group in before:
            # Who else they are in is read anew from Slack.
            chat.from_groups(conn, team, brand.id, {})
        subject, now = f"group:{team}/{group}", desk.clock.now()
        events.record(conn, now, who, subject, before.get(group, "none"), role.value if role else "none")
    return brand


def _check(team: str, other: str, pattern: str, what: str, example: str) -> None:
    if not re.fullmatch(_TEAM, team) or not re.fullmatch(pattern, other):
        raise BadInput(
            say("{given} does not name {what} of Slack.", given=f"{team}/{other}", what=what),
            next_step=say("Write it as {example}: the workspace, and the id from the profile.", example=example),
        )


def _admin(brand: Brand, who: str) -> None:
    person = brand.person(who)
    if person is None or not person.may(Role.ADMIN):
        raise NotAllowed(
            say("Only an admin says who is who."), next_step=say("Ask an admin of {brand}.", brand=brand.name)
        )
