"""Set Slack up: the app manifest, each token and scope, the cards.

`signoff slack setup` says what is still to do, in order; run it again after each step. Nothing is posted by it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import Misconfigured
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.setup import Step


@click.group()
def command() -> None:
    """Set Slack up."""


@command.command(
    help="Print the app manifest, which Slack asks for when an app is made: for Socket Mode, or for HTTP with --url."
)
@click.option("--url", default="", metavar="URL", help="https address under which Slack reaches this machine.")
def manifest(url: str) -> None:
    """Print it."""
    from bot.surfaces.slack import manifest

    screen.emit(manifest.manifest(url))


@command.command(help="Say what is still to do until people can sign off in Slack; each token and scope is tried.")
@options.as_json
@click.pass_context
def setup(context: click.Context, as_json: bool) -> None:
    """Walk through it."""
    session = context.find_object(Session)
    assert session is not None
    with session.open_app() as app:
        from bot.store import chat
        from bot.surfaces.slack import setup

        with app.db.read() as conn:
            linked = len(chat.people(conn, app.brand().id))
        found = setup.steps(app.settings, linked)
    todo = [step for step in found if not step.done and not step.optional]
    if as_json:
        screen.emit({"ok": not todo, "steps": found})
    else:
        _print(found)
        n = len(todo)
        click.echo(say("All is set: start `signoff serve`.") if not n else say("{n} still to do.", n=n))
    context.exit(Misconfigured.exit_code if todo else 0)


@command.command(help="Write every kind of card into one HTML page, drawn like in Slack, and say where it is.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("slack-cards.html"), help="File to write.")
@options.force
def preview(out: Path, force: bool) -> None:
    """Show the cards."""
    from bot.surfaces.slack import preview, samples

    screen.save(out, preview.page(samples.samples()), force=force)


def _print(found: list[Step]) -> None:
    from rich.cells import cell_len

    width = max(cell_len(step.name) for step in found)
    fixes = []
    for step in found:
        color, word = ("green", say("ok")) if step.done else ("yellow", say("left out"))
        if not step.done and not step.optional:
            color, word = "red", say("TO DO")
        click.echo(f"{step.name}{' ' * (width - cell_len(step.name))}  {click.style(word, fg=color)}  {step.detail}")
        if not step.done and not step.optional and step.fix not in fixes:
            fixes.append(step.fix)
    for n, fix in enumerate(fixes, 1):
        click.echo(f"\n{n}. {screen.wrapped(fix)}")
    click.echo()
