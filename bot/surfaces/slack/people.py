"""Who asks: decided by the ids of workspace and user alone. Names, channels and what a payload claims give no right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Role
from bot.errors import SignoffError
from bot.store import chat
from bot.surfaces.slack.errors import SlackRefused, Stranger
from bot.surfaces.slack.preferences import Preferences
from bot.words import say, speaking

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import App
    from bot.domain.brand import Brand, Person
    from bot.surfaces.slack.incoming import Incoming
    from bot.surfaces.slack.request import Speaker

#: Slack's names for users that it tells nothing of, and for a user group that was deleted or switched off.
_HIDDEN, _NO_GROUP = ("user_not_found", "user_not_visible"), ("no_such_subteam", "subteam_not_found")


@dataclass(frozen=True)
class Asker:
    """Somebody with a role, and how they are spoken with."""

    person: Person
    brand: Brand
    language: str
    zone: str


def identify(app: App, speaker: Speaker, incoming: Incoming) -> Asker:
    """Return who asks, with their language and zone. Raises Stranger in the asker's language, SlackBusy."""
    try:
        info: Mapping[str, Any] = speaker.info(incoming.user) if incoming.user else {}
    except SlackRefused as error:
        # Slack tells nothing of users of other workspaces that share no channel with ours.
        if error.code not in _HIDDEN:
            raise
        info = {}
    with app.db.read() as conn:
        prefs = preferences(conn, speaker.team, incoming.user, info)
        try:
            with speaking(prefs.language):
                _refuse_outsiders(app, speaker, incoming, info)
                brand, person = _person(app, conn, incoming)
        except Stranger as error:
            error.language = prefs.language
            raise
    return Asker(person, brand, prefs.language, prefs.zone)


def glance(app: App, conn: Connection, incoming: Incoming, info: Mapping[str, Any] | None, team: str) -> Asker | None:
    """As ``identify``, from what is known without asking Slack; None for whoever would be refused."""
    if incoming.bot or team not in ("", incoming.team) or incoming.user_team not in ("", incoming.team):
        return None
    if info is not None and _is_outside(info, incoming.team):
        return None
    try:
        brand, person = _person(app, conn, incoming)
    except SignoffError:
        return None
    prefs = preferences(conn, incoming.team, incoming.user, info or {})
    return Asker(person, brand, prefs.language, prefs.zone)


def preferences(conn: Connection, team: str, user: str, info: Mapping[str, Any]) -> Preferences:
    """Return how somebody is spoken with: their own settings, else Slack's record of them."""
    locale, zone = str(info.get("locale") or "en"), str(info.get("tz") or "UTC")
    return Preferences.of(chat.setting(conn, team, user), language=locale, zone=zone)


def _refuse_outsiders(app: App, speaker: Speaker, incoming: Incoming, info: Mapping[str, Any]) -> None:
    team = speaker.team
    wanted = app.settings.slack_team
    if incoming.team != team or (wanted and wanted != team) or incoming.user_team not in ("", team):
        raise Stranger(say("Signoff belongs to another workspace, and works only for its members."))
    if incoming.bot or info.get("is_bot") or info.get("is_workflow_bot"):
        raise Stranger(say("Signoff takes nothing from programs."))
    if not info or info.get("deleted") or _is_outside(info, team):
        raise Stranger(say("Signoff works for full members of the workspace only, not for guests or other companies."))


def belongs(speaker: Speaker, user: str) -> bool:
    """Say whether somebody is a full member still: nobody else is told anything. Raises SlackBusy, SlackRefused."""
    try:
        info = speaker.info(user)
    except SlackRefused as error:
        if error.code not in _HIDDEN:
            raise
        return False
    return not (info.get("deleted") or _is_outside(info, speaker.team))


def _is_outside(info: Mapping[str, Any], team: str) -> bool:
    if info.get("is_bot") or info.get("is_restricted") or info.get("is_ultra_restricted") or info.get("is_stranger"):
        return True
    teams = {str(info.get("team_id") or team), *map(str, (info.get("enterprise_user") or {}).get("teams") or ())}
    return team not in teams


def _person(app: App, conn: Connection, incoming: Incoming) -> tuple[Brand, Person]:
    known = chat.brands_of(conn, incoming.team, incoming.user)
    wanted = app.brand_id or (known[0] if len(known) == 1 else None)
    brand, _ = app.desk.brand(conn, wanted)
    row = chat.who(conn, incoming.team, incoming.user, brand.id)
    person = brand.person(row["person"]) if row else None
    if person is None:
        who = f"{incoming.team}/{incoming.user}"
        raise Stranger(
            say("I do not know you as one of {brand}'s people.", brand=brand.name),
            next_step=say("Ask an admin to run `signoff people link PERSON {who}`.", who=who),
        )
    return brand, person


def sync(app: App, speaker: Speaker, brand_id: str) -> dict[str, tuple[str, tuple[Role, ...]]]:
    """Read the user groups that give roles; return who has a role by them now. Raises SlackBusy, SlackRefused.

    Guests, bots and members of other workspaces get none, whatever group they are in; a group that is gone gives none.
    """
    with app.db.read() as conn:
        rows = [row for row in chat.groups(conn, brand_id) if row["team"] == speaker.team]
    roles: dict[str, set[Role]] = {}
    for row in rows:
        for user in _members(speaker, row["group"]):
            roles.setdefault(user, set()).add(Role(row["role"]))
    found: dict[str, tuple[str, tuple[Role, ...]]] = {}
    for user, theirs in sorted(roles.items()):
        # Whom Slack does not show is none of ours; nobody else may keep a role because of them.
        if not belongs(speaker, user):
            continue
        info = speaker.info(user)
        name = str(info.get("real_name") or info.get("name") or user)
        found[user] = (" ".join(name.split())[:80], tuple(sorted(theirs)))
    with app.db.write() as conn:
        chat.from_groups(conn, speaker.team, brand_id, found)
    return found


def _members(speaker: Speaker, group: str) -> list[str]:
    """Return the users in a group; nobody where it is gone, so that deleting it in Slack takes its role away."""
    try:
        return [str(user) for user in speaker.call("usergroups.users.list", usergroup=group).get("users") or ()]
    except SlackRefused as error:
        if error.code not in _NO_GROUP:
            raise
        return []
