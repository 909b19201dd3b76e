"""Publish what is signed off and due, until stopped.

Ctrl-C or SIGTERM ends it in order: what is being sent is finished first. --once does what is ready now and ends.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session


@click.command()
@click.option("--once", is_flag=True, help="Do what is ready now, then end.")
@options.http
@click.pass_obj
def command(session: Session, once: bool, http: str) -> None:
    """Work."""
    with session.open_app() as app:
        from bot.surfaces.cli import working

        working.once(app) if once else working.until_stopped(app, http or session.settings().http)
