"""Connect an account: store its settings encrypted, and try them.

Secrets are not shown while you type. Without a terminal, lines NAME=VALUE are read from standard input. An empty answer
keeps what is stored. When the account answers, it is no longer paused. Approvers and admins may.
"""

from __future__ import annotations

import sys

import click

from bot.errors import BadInput, Misconfigured, NotAllowed, NotFound
from bot.surfaces.cli.session import Session
from bot.words import joined, say


@click.command()
@click.argument("account", metavar="ACCOUNT")
@click.pass_context
def command(context: click.Context, account: str) -> None:
    """Connect it."""
    session = context.find_object(Session)
    assert session is not None
    with session.open_app() as app:
        from bot.app import platform_class
        from bot.domain.brand import Role
        from bot.store import desk as store

        person, brand = app.operator(), app.brand()
        if not person.may(Role.APPROVER):
            raise NotAllowed(
                say("{person} is not an approver of {brand}.", person=person.name, brand=brand.name),
                next_step=say("Ask an approver or an admin to connect it."),
            )
        if brand.account(account) is None:
            known = ", ".join(a.key for a in brand.accounts)
            raise NotFound(
                say("{brand} has no account {account}.", brand=brand.name, account=repr(account)),
                next_step=say("It has: {known}. Others are added in brand.yaml.", known=known),
            )
        adapter = platform_class(account.partition(":")[0])
        click.echo(say("Connecting {account} on {label}.", account=account, label=adapter.label))
        given = _typed(adapter.settings) if sys.stdin.isatty() else _piped(adapter.settings)
        for name, value in given.items():
            app.vault.store(account, f"setting:{name}", value)
        found = app.platform(account).health()
        for health in found:
            mark = say("ok") if health.ok else say("FAILS")
            click.echo(f"  {say(health.name)}  {mark}  {health.detail}")
            if health.fix and not health.ok:
                click.echo(f"      → {health.fix}")
        if not all(h.ok for h in found):
            click.echo(say("The settings are stored, but the account does not work yet."))
            context.exit(Misconfigured.exit_code)
        with app.db.write() as conn:
            freed = store.pause(conn, account, "", who=person.id, at=app.clock.now())
        click.echo(joined(say("{account} is connected.", account=account), say("It goes on.") if freed else ""))


def _typed(settings: dict[str, tuple[str, bool]]) -> dict[str, str]:
    given = {}
    for name, (about, secret) in settings.items():
        click.echo(f"  {say(about)}")
        value = click.prompt(f"  {name}", default="", show_default=False, hide_input=secret).strip()
        if value:
            given[name] = value
    return given


def _piped(settings: dict[str, tuple[str, bool]]) -> dict[str, str]:
    given = {}
    for line in sys.stdin:
        name, equals, value = line.strip().partition("=")
        if not line.strip():
            continue
        if not equals or name.strip() not in settings:
            raise BadInput(
                say("A line is not NAME=VALUE with a name that this platform knows."),
                next_step=say("It knows: {names}.", names=", ".join(settings) or "-"),
            )
        if value.strip():
            given[name.strip()] = value.strip()
    return given
