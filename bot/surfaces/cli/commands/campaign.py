"""Show where the posts of a campaign stand, or draft one that is missing.

`signoff draft BRIEF --kind campaign --account platform:name` plans a campaign and drafts its posts; each waits for its
own signature. ID is that of the plan; `signoff documents --kind campaign` lists them. With --post, a post that has no
draft, or whose draft was rejected or cancelled, is drafted again, at its planned time or the next free one.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("given", metavar="ID")
@click.option("--post", "post", metavar="N", type=click.IntRange(1, 7), help="Draft this post of the plan.")
@click.option("--account", default="", metavar="PLATFORM:NAME", help="With --post: only on this account.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str, post: int | None, account: str, as_json: bool) -> None:
    """Show it."""
    with session.open_app() as app:
        from bot.surfaces.cli import campaigns, review
        from bot.writing import campaign

        if post is not None:
            author = review.writer(app).id
            with session.telling() as tell:
                made = campaign.again(app, given, author, post, account, on_event=tell)
            campaigns.show(app, made, as_json)
            return
        found = campaign.standing(app, given)
    if as_json:
        screen.emit({"document": found.document.id, "brief": found.document.brief, "places": found.places})
        return
    click.secho(str(found.document.body.get("title") or found.document.brief), bold=True)
    screen.columns([
        [str(p.n), f"{p.at.replace('T', ' ')} {p.zone}", p.account, p.draft or "-", p.state or say("no draft"),
         screen.short(p.idea, 48)] for p in found.places
    ])  # fmt: skip
    if found.open:
        n = found.open[0].n
        click.echo(say("`signoff campaign {id} --post {n}` drafts one that is missing.", id=found.document.id, n=n))
