"""Run the worker and every surface that is set up, in one process.

Slack is served where its tokens are set (see `signoff slack setup`), the web desk where SIGNOFF_WEB is. Ctrl-C or
SIGTERM ends it in order. --http tells health and metrics to whoever asks on that address.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@options.http
@click.pass_obj
def command(session: Session, http: str) -> None:
    """Serve."""
    with session.open_app() as app:
        from bot.surfaces.cli import working
        from bot.surfaces.slack.app import serving
        from bot.surfaces.web import server as web

        brand = app.brand()
        with serving(app) as slack, web.serving(app) as desk:
            if slack is None:
                click.echo(say("Serving {brand}: the worker. Slack is not set up.", brand=brand.name))
                click.echo(say("People decide in the terminal: `signoff queue`, `signoff approve ID`."))
            else:
                click.echo(say("Serving {brand}: the worker and Slack.", brand=brand.name))
                for line in slack.lines:
                    click.echo(line)
            if desk is not None:
                click.echo(desk.line)
            working.until_stopped(app, http or session.settings().http)
        if slack is not None and slack.left:
            working.leave()
