"""Look at the practice network on this machine, and let things happen there.

Without a word behind it: the newest posts with likes and comments. Nothing here is public, and nothing here signs
anything off.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import network, options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.group(invoke_without_command=True)
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Only this account.")
@click.option("--limit", default=5, type=click.IntRange(1, 200), help="How many posts, the newest first.")
@click.option("--comments", default=10, type=click.IntRange(0, 1000), help="How many comments a post, the newest.")
@options.as_json
@click.pass_context
def command(context: click.Context, account: str, limit: int, comments: int, as_json: bool) -> None:
    """Look."""
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    with session.open_app() as app:
        network.look(app, account, limit, comments, as_json)


@command.command(help="List the people there. Who they are, and what to expect of them.")
@options.as_json
def people(as_json: bool) -> None:
    """List them."""
    network.list_people(as_json)


@command.command(name="say", help="Let somebody say TEXT. Below a post with --to, else as a mention.")
@click.argument("persona", metavar="PERSON")
@click.argument("text", metavar="TEXT")
@click.option("--to", default="", metavar="POST", help="Id or address of the post or comment that is answered.")
@click.option("--quote", is_flag=True, help="Quote the post of --to instead of answering it.")
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Account that is named in a mention.")
@click.pass_obj
def speak(session: Session, persona: str, text: str, to: str, quote: bool, account: str) -> None:
    """Let them speak."""
    with session.open_app() as app:
        click.echo(network.speak(app, persona, text, to, quote, account))


@command.command(help="Begin a wave of anger. Comments to ACCOUNT grow over hours, then fall.")
@click.argument("account", metavar="ACCOUNT", required=False, default="")
@click.option("--topic", default="", metavar="TEXT", help="What people are angry about.")
@click.option("--hours", default=12.0, type=click.FloatRange(0.1, 240), help="How long it lasts.")
@click.option("--size", default=60, type=click.IntRange(1, 5000), help="How many comments in all.")
@click.option("--end", is_flag=True, help="End it now.")
@click.pass_obj
def crisis(session: Session, account: str, topic: str, hours: float, size: int, end: bool) -> None:
    """Begin or end it."""
    if not end and not topic.strip():
        raise BadInput(say("Say what people are angry about."), next_step=say("Use --topic TEXT, or --end."))
    with session.open_app() as app:
        click.echo(network.crisis(app, account, topic, hours, size, end))


@command.command(help="Make calls go wrong. Without EFFECT: what waits, and what there is.")
@click.argument("effect", metavar="EFFECT", required=False, default="")
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Only this account.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="How often; 1 unless told, no end with --chance.")
@click.option("--on", "operation", default="", metavar="CALL", help="Which call: publish, find, comments, readings...")
@click.option("--amount", type=float, metavar="SECONDS", help="For rate_limit, late_timeline, slow and http 429.")
@click.option("--chance", type=click.FloatRange(0, 1), metavar="P", help="How likely at each call, from 0 to 1.")
@click.option("--seed", default=0, metavar="N", help="Another draw of --chance; the same number draws the same.")
@click.option("--clear", is_flag=True, help="Take away what waits.")
@click.pass_obj
def fault(
    session: Session, effect: str, account: str, count: int | None, operation: str, amount: float | None,
    chance: float | None, seed: int, clear: bool,
) -> None:  # fmt: skip
    """Set it."""
    given = {"operation": operation, "amount": amount, "chance": chance, "seed": seed}
    given["count"] = count or (None if chance is not None else 1)
    with session.open_app() as app:
        for line in network.fault(app, effect, account, clear, given):
            click.echo(line)


@command.command(help="Let the people act. As far as it is time, or as if some hours had passed.")
@click.option("--hours", default=0.0, type=click.FloatRange(0, 1000), help="Hours to pass first.")
@click.pass_obj
def tick(session: Session, hours: float) -> None:
    """Let them."""
    with session.open_app() as app:
        did = app.sandbox.pass_time(hours) if hours else app.sandbox.tick()
        click.echo(screen.wrapped(say("The network's people did {n} things.", n=did)))
