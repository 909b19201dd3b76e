"""Connect an account, step by step, and try the login before it counts.

ACCOUNT is its name in brand.yaml, or a platform of which the brand has one. Secrets are not shown while you type; an
empty answer keeps what is stored. Some platforms ask you in the browser: it opens by itself, and its address is printed
for other machines. Until the new login is proven the old one stays, and so does everything that is queued.

Without a terminal, lines NAME=VALUE are read from standard input. Approvers and admins may.
"""

from __future__ import annotations

import sys

import click

from bot.errors import SignoffError
from bot.surfaces.cli import connecting, screen
from bot.surfaces.cli.session import Session
from bot.words import joined, retold, say


@click.command()
@click.argument("account", metavar="ACCOUNT|PLATFORM")
@click.option("--way", "wanted", metavar="WAY", default="", help="How, where a platform has several ways.")
@click.option("--no-browser", is_flag=True, help="Open the page elsewhere and paste the address it leads to.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port that the browser comes back to; 0 for any free one.",
)
@click.pass_obj
def command(session: Session, account: str, wanted: str, no_browser: bool, port: int | None) -> None:
    """Connect it."""
    with session.open_app() as app:
        from bot.app import platform_class
        from bot.connecting import flow, loopback

        person = connecting.approver(app, say("Ask an approver or an admin to connect it."))
        meant = connecting.meant(app.brand(), account)
        adapter = platform_class(meant.platform)
        typing = sys.stdin.isatty()
        # Lines from a file are settings, unless they are to answer a way's questions.
        way = flow.way_of(adapter, wanted) if typing or wanted else None
        click.echo(say("Connecting {account} on {label}.", account=meant.key, label=adapter.label))
        stored = app.connector.stored(meant.key)
        if way is None:
            given = connecting.typed(adapter.settings, stored) if typing else connecting.piped(adapter.settings)
        else:
            port = loopback.PORT if port is None else port
            connecting.explain(adapter, way, loopback.address(port))
            names = {f.name: (f.about, f.secret or adapter.settings.get(f.name, ("", False))[1]) for f in way.fields}
            typed = connecting.typed(names, stored) if typing else connecting.piped(names)
            app.secrets.add(value for name, value in typed.items() if names[name][1])
            given = flow.complete(way, typed, stored)
        try:
            if way is not None:
                paste = connecting.pasted if no_browser else None
                given = flow.settings(way, given, flow.Browser(connecting.opened(not no_browser), paste, port or 0))
            done = app.connector.connect(meant, given, way=way, who=person.id)
        except SignoffError:
            click.echo(say("Nothing was stored: what was connected before stays as it is."), err=True)
            raise
    for health in done.health:
        click.echo(f"  {say(health.name)}  {say('ok') if health.ok else say('FAILS')}  {health.detail}")
        if health.fix and not health.ok:
            click.echo(f"      → {health.fix}")
    for remark in (r for r in done.identity.remarks if r not in [h.detail for h in done.health]):
        click.echo(screen.wrapped(f"  ! {remark}"))
    said = say("{account} is connected as {handle}.", account=meant.key, handle=done.identity.handle)
    click.echo(joined(said, say("It goes on.") if done.was_paused else ""))
    if done.was_paused:
        click.echo(say("It was paused: {why}", why=retold(done.was_paused)))
