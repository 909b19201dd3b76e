"""What `signoff people` reads and shows: ids in Slack, and who is behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.surfaces.cli import screen
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App


def split(app: App, who: str) -> tuple[str, str]:
    """Return workspace and id; without a workspace, the one that is set."""
    team, slash, rest = who.strip().partition("/")
    return (team, rest) if slash else (app.settings.slack_team, team)


def show(app: App, as_json: bool) -> None:
    """Show everybody, linked or not."""
    from bot.store import chat

    brand = app.brand()
    with app.db.read() as conn:
        found = chat.people(conn, brand.id)
    rows: list[dict[str, Any]] = []
    for person in brand.people:
        theirs = [row for row in found if row["person"] == person.id]
        rows.append(
            {
                "person": person.id,
                "name": person.name,
                "roles": sorted(person.roles),
                "slack": [f"{row['team']}/{row['user']}" for row in theirs],
                "by": theirs[0]["source"] if theirs else "",
            }
        )
    if as_json:
        screen.emit({"brand": brand.id, "people": rows})
        return
    screen.columns(
        [
            [r["person"], r["name"], ", ".join(say(role) for role in r["roles"]), ", ".join(r["slack"]) or "-"]
            for r in rows
        ]
    )
    if not found:
        click.echo(say("Nobody is linked yet: `signoff people link PERSON WHO`."))
