"""Let a post come again: daily, weekly, monthly, by the clock on the wall.

ID is a draft; the series has exactly its text. Each time becomes a draft of its own some days ahead and needs its own
signature: `signoff approve --series ID` shows and signs those that wait. Where the policy says so, one signature stands
for several of them, as many as its card says; --revoke takes that back. Without ID the series are listed.

Say 'daily at 09:00', 'weekly on mon,thu at 09:00', 'every 2 weeks on fri at 17:30', 'monthly on 1 at 10:00' or 'monthly
on last fri at 10:00', or give an RFC 5545 rule with --rrule.
"""

from __future__ import annotations

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, recurring, screen, together
from bot.surfaces.cli.session import Session
from bot.words import retold, say


@click.command()
@click.argument("given", metavar="[ID]", required=False)
@click.option("--every", metavar="TEXT", default="", help="When it comes, such as 'weekly on mon,thu at 09:00'.")
@click.option("--rrule", metavar="RULE", default="", help="The same as an RFC 5545 rule.")
@click.option("--start", metavar="DATE", default="", help="First day; otherwise today.")
@click.option("--until", metavar="DATE", default="", help="Last day.")
@click.option("--count", type=click.IntRange(1, 1000), metavar="N", help="How many times in all.")
@click.option("--ahead", type=click.IntRange(1, 60), metavar="DAYS", default=7,
              help="Draft each so many days ahead, 7 unless told.")  # fmt: skip
@click.option("--stop", is_flag=True, help="ID is a series: no more drafts come of it.")
@click.option("--revoke", is_flag=True, help="ID is a series: its lasting signature signs nothing more.")
@options.as_json
@click.pass_obj
def command(
    session: Session, given: str | None, every: str, rrule: str, start: str, until: str, count: int | None, ahead: int,
    stop: bool, revoke: bool, as_json: bool,
) -> None:  # fmt: skip
    """Repeat it."""
    if (stop or revoke) and not given:
        raise BadInput(say("Say which series."), next_step=say("`signoff repeat` lists them."))
    if given and not (stop or revoke) and bool(every) == bool(rrule):
        raise BadInput(say("Say when it comes again."), next_step=say("Use --every TEXT or --rrule RULE."))
    with session.open_app() as app:
        from bot import evidence
        from bot.domain.draft import Window
        from bot.store import drafts, series
        from bot.workflow import lasting_use, recurrence, repeat, when

        brand = app.brand()
        if given and stop:
            found = repeat.end(app.desk, given, app.operator().id)
            screen.emit(found) if as_json else click.echo(say("The series {id} has ended.", id=found.id))
            return
        if given and revoke:
            found = lasting_use.revoke(app.desk, given, app.operator().id)
            said = say("Each post of series {id} needs its own signature again.", id=found.id)
            screen.emit(found) if as_json else click.echo(said)
            return
        if given:
            draft_id = evidence.find_draft(app, given)
            made = repeat.begin(app.desk, draft_id, every or rrule, app.operator().id, start=start, until=until,
                                count=count, ahead=ahead)  # fmt: skip
            walls = recurrence.coming(made.rule, made.start, when.wall_of(app.clock.now(), made.zone), 5)
            with app.db.read() as conn:
                waiting = [v for _, v in drafts.series(conn, made.id)]
            if as_json:
                screen.emit({"series": made, "next": walls, "drafts": waiting})
                return
            said = recurring.spoken(made.rule)
            click.echo(say("Series {id} on {account}: {rule}", id=made.id, account=made.account, rule=said))
            for wall in walls:
                at, remark = when.instant(Window(wall, made.zone), app.clock.now())
                click.echo(f"  {when.spoken(at, made.zone)}  {remark}".rstrip())
            click.echo(
                say(
                    "Drafts that wait: {n}. `signoff approve --series {id}` shows and signs them.",
                    n=len(waiting),
                    id=made.id,
                )
            )
            return
        with app.db.read() as conn:
            listed = series.of_brand(conn, brand.id)
            signed = {s.id: together.lasts(conn, s.id) for s in listed}
    if as_json:
        screen.emit(listed)
    elif not listed:
        click.echo(say("There are no series yet. `signoff repeat ID --every 'weekly on mon at 09:00'` begins one."))
    else:
        screen.columns([[s.id, s.account, recurring.spoken(s.rule), s.draft_id, retold(s.ended) or say("goes on"),
                         signed[s.id]] for s in listed])  # fmt: skip
