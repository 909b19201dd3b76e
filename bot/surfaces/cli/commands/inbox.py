"""Read what others said, the most urgent first, and see to it.

With the ID of a comment it shows its thread and what became of it; with one of the options for people it changes that.
An answer that you write goes the way of every draft, and the thread is yours from then on: no rule answers there.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say

_DEEDS = ("assign", "note", "snooze", "opt_in", "reply", "send", "send_all", "to", "there", "thread")


@click.command()
@click.argument("given", metavar="[ID]", default="")
@click.option("--mood", type=click.Choice(["negative", "neutral", "positive"]), help="Only these.")
@click.option("--intent", metavar="NAME", default="", help="Only this intent: question, complaint, praise...")
@click.option("--account", metavar="KEY", default="", help="Only those to one account.")
@click.option("--author", metavar="HANDLE", default="", help="Only those of one author.")
@click.option("--topic", metavar="NAME", default="", help="Only those about a topic.")
@click.option("--search", metavar="WORDS", default="", help="Only those that hold these words.")
@click.option("--mine", is_flag=True, help="Only those assigned to you.")
@click.option("--late", is_flag=True, help="Only those that wait longer than the brand wants.")
@click.option("--all", "everything", is_flag=True, help="Also what is settled, set aside or snoozed.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="Most comments that are listed.")
@click.option("--assign", metavar="PERSON", help="Let somebody see to it; '' for nobody.")
@click.option("--note", metavar="TEXT", help="Leave a note for colleagues.")
@click.option("--snooze", metavar="TIME", help="Take it off the list for a while: 2h, 3d, '2026-12-01 09:00'.")
@click.option("--reply", metavar="TEXT", help="Answer it yourself.")
@click.option("--send", metavar="CODE", help="Sign and send the suggested answer; the code stands beside it.")
@click.option(
    "--send-all", metavar="CODE", help="Sign the answers to all that say nearly the same; the code stands below them."
)
@click.option("--close", "to", flag_value="closed", help="Nothing is left to do.")
@click.option("--hide", "to", flag_value="hidden", help="As --close, and lists leave it out.")
@click.option("--hide-there", "there", flag_value="hide", help="As --hide, and hide it from readers on the platform.")
@click.option("--show-there", "there", flag_value="show", help="Show it again to readers on the platform.")
@click.option("--reopen", "to", flag_value="triaged", help="Put it back on the list.")
@click.option("--take-over", "thread", flag_value="take", help="Answer in its thread yourself; no rule does.")
@click.option("--give-back", "thread", flag_value="give", help="Let the rules answer in its thread again.")
@click.option("--opt-in", is_flag=True, default=None, help='Its author said "stop" once and may be answered again.')
@options.as_json
@click.pass_obj
def command(session: Session, /, given: str, as_json: bool, **wanted: object) -> None:
    """Read it."""
    with session.open_app() as app:
        from bot.surfaces.cli import comments

        deeds = {name: wanted[name] for name in _DEEDS}
        if any(value is not None for value in deeds.values()):
            if not given:
                raise BadInput(say("Say which comment."), next_step=say("`signoff inbox` lists them with their IDs."))
            comments.act(app, given, deeds)
            return
        if given:
            found = comments.one(app, given)
            screen.emit(found) if as_json else comments.show(app, found)
            return
        listed = comments.listed(app, wanted)
        screen.emit(listed) if as_json else comments.table(app, listed)
