"""Tokens and webhooks at the command line: made, and listed."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.surfaces.cli import screen
from bot.words import retold, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.app import App
    from bot.store.api import Token
    from bot.store.webhooks import Delivery, Webhook


def token(app: App, name: str, scopes: str, person: str, days: int) -> tuple[str, Token, str]:
    """Make a token; return its secret, what is kept of it, and the name of whom it acts for.

    Raises BadInput, NotFound, and NotAllowed for somebody who is no admin and means another person.
    """
    from bot.store import api, events
    from bot.surfaces.web import entry

    wanted = frozenset(filter(None, (word.strip().lower() for word in scopes.replace("，", ",").split(","))))
    if not wanted or wanted - set(api.SCOPES):
        raise BadInput(say("{scopes} are no scopes.", scopes=repr(scopes)),
                       next_step=say("They are: {known}.", known=", ".join(api.SCOPES)))  # fmt: skip
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise BadInput(say("A token needs a name of at most 80 characters: what uses it."))
    me, brand = app.operator(), app.brand()
    to = entry.meant(brand, me, person)
    secret, now = api.PREFIX + secrets.token_urlsafe(32), app.clock.now()
    made = api.Token(app.clock.new_id("k"), brand.id, to.id, name.strip(), wanted, now, me.id,
                     now + timedelta(days=days))  # fmt: skip
    with app.desk.deciding() as conn:
        api.add_token(conn, secret, made)
        events.record(conn, now, me.id, f"token:{made.id}", "", "made", f"for {to.id}: {' '.join(sorted(wanted))}")
    return secret, made, to.name


def hook(app: App, url: str, names: str) -> tuple[str, Webhook]:
    """Keep a webhook; return the secret that its requests are signed with, and the webhook. Raises BadInput."""
    from bot.brand_folder import sending
    from bot.workflow import webhook_list

    place = str(sending.usable(url, local=app.settings.webhooks_local))
    given = [name.strip() for name in names.replace("，", ",").split(",") if name.strip()]
    made = webhook_list.add(app.desk, app.brand(), app.operator(), place, given)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    app.vault.store(f"webhook:{made.id}", "secret", secret)
    return secret, made


def unhook(app: App, webhook_id: str) -> None:
    """Let a webhook and its secret go. Raises NotFound, NotAllowed."""
    from bot.workflow import webhook_list

    brand = app.brand()
    one = webhook_list.named(app.desk, brand, webhook_id)
    webhook_list.remove(app.desk, brand, app.operator(), one)
    with app.db.write() as conn:
        app.vault.swap(conn, f"webhook:{one.id}", {})


def hooks(found: Iterable[tuple[Webhook, dict[str, int]]]) -> list[list[str]]:
    """Return webhooks as columns."""
    return [
        [one.id, one.url, say("taken: {n}", n=counts.get("done", 0)), say("waiting: {n}", n=counts.get("waiting", 0)),
         say("given up: {n}", n=counts.get("failed", 0)), retold(one.off)]
        for one, counts in found
    ]  # fmt: skip


def deliveries(found: Iterable[Delivery]) -> list[list[str]]:
    """Return what was sent as columns."""
    words = {"done": say("taken"), "waiting": say("waiting"), "failed": say("given up")}
    return [
        [str(d.event), d.type, words[d.state], say("tries: {n}", n=d.attempts),
         str(d.status or "") + (f" {retold(d.why)}" if d.why else "")]
        for d in found
    ]  # fmt: skip


def table(rows: Sequence[Sequence[str]], nothing: str) -> None:
    """Print rows, or that there is none."""
    if rows:
        screen.columns([list(row) for row in rows], indent="")
    else:
        click.echo(nothing)
