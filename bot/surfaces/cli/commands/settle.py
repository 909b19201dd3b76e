"""Say what became of a send that got no clear answer.

You looked on the platform: Signoff never repeats such a send by itself. --live gives the address of the post that you
found, which is then read on the platform; --not-live lets it be sent again.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("post", metavar="POST")
@click.option(
    "--part", "number", type=click.IntRange(1), default=1, metavar="N", help="Part of a thread; 1 if not said."
)
@click.option("--live", "url", metavar="URL", help="It is there, at this address.")
@click.option("--not-live", "absent", is_flag=True, help="It is not there.")
@options.yes
@click.pass_obj
def command(session: Session, post: str, number: int, url: str | None, absent: bool, yes: bool) -> None:
    """Settle it."""
    if bool(url) == absent:
        raise BadInput(say("Say what you found."), next_step=say("Use --live URL or --not-live."))
    with session.open_app() as app:
        from bot.store import posts
        from bot.surfaces.cli import listing, review
        from bot.workflow import settling

        person = app.operator()
        with app.db.read() as conn:
            found = posts.get(conn, post)
        receipt = None
        if url:
            receipt = app.platform(found.account).lookup(url)
        elif not review.sure(
            say("Send part {n} of {post} again?", n=number, post=post), yes, nothing=say("Nothing was changed.")
        ):
            return
        state = settling.settle(app.desk, post, number - 1, person.id, live=receipt)
        click.echo(f"{post}: {listing.word(state.value)}")
