"""See what your edits of suggested answers would teach, and accept or refuse it.

Where people make the same change in three suggested answers about one topic, Signoff proposes a rule or a saved answer.
Without ID the proposals that wait are listed; with ID one is shown as a diff of the brand folder. --accept writes it
there and learns it; --refuse closes it, and the same is not proposed again. An admin of the brand decides.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("given", metavar="ID", default="")
@click.option("--accept", is_flag=True, help="Write it into the brand folder, and learn it.")
@click.option("--refuse", is_flag=True, help="Close it.")
@click.option("--all", "every", is_flag=True, help="List also what was decided.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str, accept: bool, refuse: bool, every: bool, as_json: bool) -> None:
    """List, show or decide."""
    if (accept and refuse) or ((accept or refuse) and not given):
        raise BadInput(say("Say which proposal, and either --accept or --refuse."))
    with session.open_app() as app:
        from bot.writing import proposals

        if not given:
            found = proposals.waiting(app, every=every)
            if as_json:
                screen.emit({"proposals": [{**vars(p), "says": proposals.said(p)} for p in found]})
                return
            rows = [(p.id, proposals.word(p), screen.short(proposals.said(p), 60),
                     say("{n} answers", n=len(p.drafts)), proposals.state_word(p)) for p in found]  # fmt: skip
            screen.columns(rows)
            if not rows:
                click.echo(say("Nothing is proposed."))
            return
        if accept:
            done = proposals.accept(app, given, app.operator())
            click.echo(say("{file} is changed and learned.", file=done.file))
        elif refuse:
            proposals.refuse(app, given, app.operator())
            click.echo(say("It is closed; the same is not proposed again."))
        else:
            change = proposals.change(app, given)
            if as_json:
                screen.emit({**vars(change.proposal), "file": change.file, "diff": change.diff})
                return
            click.echo(say("{what} about {topic}, from {n} answers: {drafts}", what=proposals.word(change.proposal),
                           topic=change.proposal.topic, n=len(change.proposal.drafts),
                           drafts=", ".join(change.proposal.drafts[:5])))  # fmt: skip
            click.echo(change.diff)
            if change.proposal.state == "open":
                step = f"`signoff proposals {given} --accept`"
                click.echo(say("{command} writes it; --refuse closes it.", command=step))
