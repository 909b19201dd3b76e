"""See what reply rules would have done, before they are switched on.

`signoff policy replay` reads the policy that was learned, or with --folder the one of a brand folder that was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.group()
def command() -> None:
    """Look."""


@command.command(name="replay", help="Print and draw what the reply rules would have done. It changes nothing.")
@click.option("--days", type=click.IntRange(1, 3650), default=30, help="How far back, 30 unless told.")
@click.option(
    "--folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Try the policy of this folder."
)
@options.as_json
@click.pass_obj
def replayed(session: Session, days: int, folder: Path | None, as_json: bool) -> None:
    """Replay it."""
    with session.open_app() as app:
        from bot import brand_folder
        from bot.workflow import replay

        policy = brand_folder.load(folder, copies=app.copies).require().policy if folder else None
        found = replay.replay(app.desk, app.brand().id, days, policy)
    if as_json:
        screen.emit({"days": found.days, "comments": found.comments, "unread": found.unread,
                     "rules": list(found.lines.values()), "by_day": found.by_day})  # fmt: skip
        return
    click.echo(say("{n} comments in {days} days; {unread} of them were not read yet.", n=found.comments, days=days,
                   unread=found.unread))  # fmt: skip
    for line in sorted(found.lines.values(), key=lambda one: -one.comments):
        did = ", ".join(f"{say(name)} {n}" for name, n in line.people.most_common())
        text = say("{rule}: {action} {n} times; what became of them: {did}", rule=line.rule, action=say(line.action),
                   n=line.comments, did=did)  # fmt: skip
        click.echo(f"  {text}")
    _draw(found.by_day)


def _draw(by_day: Mapping[str, Mapping[str, int]]) -> None:
    marks = {"automatic": "█", "one_click": "▓", "propose": "▒", "escalate": "!", "leave": "·", "ignore": "-"}
    marks["hide"] = "-"
    most = max((sum(day.values()) for day in by_day.values()), default=0)
    if not most:
        return
    screen.heading(say("By day"))
    scale = min(1.0, 60 / most)
    for day in sorted(by_day):
        bar = "".join(marks[name] * round(by_day[day].get(name, 0) * scale) for name in marks)
        click.echo(f"  {day}  {sum(by_day[day].values()):>5}  {bar}")
    click.echo("  " + say("█ automatic  ▓ one press  ▒ proposed  ! to people at once  · left  - let be"))
