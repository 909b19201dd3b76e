"""Say who is who in Slack: link people, and let user groups give roles.

Rights in Slack hang on the ids of workspace and user, never on a name. WHO is `T0123ABCD/U0123ABCD`; in Slack, a
person's profile has "Copy member ID". Somebody who has a role by a group alone counts as a person of their own: link
everybody who also uses the command line.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen, who_is_who
from bot.surfaces.cli.session import Session
from bot.words import say


@click.group(invoke_without_command=True)
@options.as_json
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List them."""
    if context.invoked_subcommand is None:
        with context.find_object(Session).open_app() as app:  # type: ignore[union-attr]
            who_is_who.show(app, as_json)


@command.command("link", help="Say that WHO in Slack is PERSON of brand.yaml.")
@click.argument("person")
@click.argument("who")
@click.pass_obj
def link(session: Session, person: str, who: str) -> None:
    """Link."""
    with session.open_app() as app:
        from bot.workflow import membership

        team, user = who_is_who.split(app, who)
        membership.link(app.desk, app.brand_id, app.operator().id, person, team, user)
    click.echo(say("{who} is {person} now.", who=f"{team}/{user}", person=person))


@command.command("unlink", help="Forget who WHO in Slack is.")
@click.argument("who")
@click.pass_obj
def unlink(session: Session, who: str) -> None:
    """Unlink."""
    with session.open_app() as app:
        from bot.workflow import membership

        team, user = who_is_who.split(app, who)
        membership.unlink(app.desk, app.brand_id, app.operator().id, team, user)
    click.echo(say("{who} has no say in Slack any more.", who=f"{team}/{user}"))


@command.command("groups", help="Let the members of a user group of Slack have ROLE; `none` takes it away.")
@click.argument("group", required=False)
@click.argument("role", required=False, type=click.Choice(["author", "approver", "admin", "none"]))
@click.pass_obj
def groups(session: Session, group: str | None, role: str | None) -> None:
    """Set groups."""
    with session.open_app() as app:
        from bot.domain.brand import Role
        from bot.store import chat
        from bot.workflow import membership

        if group and role:
            team, name = who_is_who.split(app, group)
            given = None if role == "none" else Role(role)
            membership.set_group(app.desk, app.brand_id, app.operator().id, team, name, given)
            click.echo(say("Done. `signoff people sync` reads who is in it; `signoff serve` does so by itself."))
            return
        with app.db.read() as conn:
            found = chat.groups(conn, app.brand().id)
    screen.columns([[f"{row['team']}/{row['group']}", say(row["role"])] for row in found])
    if not found:
        click.echo(say("No user group gives a role."))


@command.command("sync", help="Read from Slack who is in the groups that give roles.")
@click.pass_obj
def sync(session: Session) -> None:
    """Sync."""
    with session.open_app() as app:
        from bot.surfaces.slack import app as slack
        from bot.surfaces.slack import people

        found = people.sync(app, slack.speaker_of(app), app.brand().id)
        who_is_who.show(app, False)
    click.echo(say("People with a role by a group: {n}.", n=len(found)))
