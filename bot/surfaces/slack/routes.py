"""Which file answers what: a word, a button and a form are a file each; nothing is registered anywhere."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Role
from bot.errors import NotAllowed, NotFound
from bot.store import chat
from bot.surfaces.slack import incoming as kinds
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.surfaces.slack.incoming import Incoming
    from bot.surfaces.slack.request import Ask

_HERE = Path(__file__).parent
Run = Callable[["Ask"], None]


@cache
def page(folder: str, name: str) -> Any:
    """Return the module ``<folder>/<name>.py``, or None; only names of files that are there are imported."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not (_HERE / folder / f"{name}.py").is_file():
        return None
    return importlib.import_module(f"bot.surfaces.slack.{folder}.{name}")


def find(conn: Connection, came: Incoming) -> Run | None:
    """Return what answers a delivery; None where nothing does. Raises NotFound for a button of another version."""
    if came.kind == kinds.COMMAND:
        from bot.surfaces.slack import commands

        return commands.run
    if came.kind in (kinds.ACTION, kinds.SHORTCUT):
        found = page("actions", came.page)
        if found is None and not came.page.startswith("link"):
            raise NotFound(
                say("This button is not part of this version of Signoff."), next_step=say("Use a newer message.")
            )
        return found.run if found else None
    if came.kind in (kinds.VIEW, kinds.CLOSED):
        return _form(came)
    return _talk(conn, came)


def _form(came: Incoming) -> Run | None:
    found: Any = page("views", came.page)
    if found is None:
        if came.kind == kinds.CLOSED:
            return None
        raise NotFound(say("This form is not part of this version of Signoff."), next_step=say("Open it once more."))
    if came.kind == kinds.CLOSED:
        return getattr(found, "closed", None)
    return lambda ask: found.submitted(ask, state(came))


def _talk(conn: Connection, came: Incoming) -> Run | None:
    if came.kind == kinds.HOME:
        from bot.surfaces.slack import home

        return home.opened if came.name in ("", "home") else None
    if came.kind in (kinds.MENTION, kinds.MESSAGE) and in_card(conn, came):
        from bot.surfaces.slack import feedback, talk

        # "@signoff stop" below a card is the kill switch, not a wish for another text.
        own = next(iter(re.findall(r"<@([A-Z0-9]+)", came.text)), "") if came.kind == kinds.MENTION else ""
        return talk.run if own and talk.at_once(talk.words(came.text, own)) else feedback.run
    if came.kind in (kinds.MENTION, kinds.MESSAGE, kinds.ASSISTANT):
        from bot.surfaces.slack import talk

        return talk.started if came.kind == kinds.ASSISTANT else talk.run
    return None


def in_card(conn: Connection, came: Incoming) -> bool:
    """Say whether a message stands in the thread of a card."""
    root = chat.message(conn, came.team, came.channel, came.thread) if came.thread else None
    return root is not None and root["subject"].startswith(("draft:", "comment:"))


def concerns_us(conn: Connection, came: Incoming, bot_user: str) -> bool:
    """Say whether a message in a channel is for us: in the thread of a card, or of a conversation with the agent.

    Nothing else that people write in channels is kept or read. One that names the bot comes as a mention, too.
    """
    if came.direct:
        return True
    if not came.thread or (bot_user and f"<@{bot_user}>" in came.text):
        return False
    return in_card(conn, came) or chat.has_turns(conn, came.team, came.channel, came.thread)


def state(came: Incoming) -> dict[str, Any]:
    """Return what was filled in: block_id -> action_id -> value, as Slack sends it."""
    view = came.body.get("view")
    values = (view.get("state") or {}).get("values") if isinstance(view, dict) else None
    return dict(values or {})


def allow(ask: Ask, role: Role | None) -> None:
    """Raise NotAllowed for a person without the role that a button or form names."""
    if role is not None and not ask.person.may(role):
        raise NotAllowed(
            say("This needs the role {role}.", role=say(role.value)), next_step=say("Ask an approver or an admin.")
        )


def role(came: Incoming) -> Role | None:
    """Return the role that a button's or a form's file asks for."""
    folder = {kinds.ACTION: "actions", kinds.SHORTCUT: "actions", kinds.VIEW: "views"}.get(came.kind)
    found = page(folder, came.page) if folder else None
    return getattr(found, "ROLE", None)
