"""Show what came of live posts: likes, replies, reposts, views.

A running worker reads them an hour, six hours, a day and a week after a post went out. With ID, the readings of that
one post.
"""

from __future__ import annotations

from typing import Any

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say

#: Cells of the longest bar.
_BAR = 20


@click.command()
@click.argument("given", metavar="ID", required=False)
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Only this account.")
@click.option("--limit", default=20, type=click.IntRange(1, 500), help="How many posts, the newest first.")
@options.as_json
@click.pass_obj
def command(session: Session, given: str | None, account: str, limit: int, as_json: bool) -> None:
    """Show them."""
    with session.open_app() as app:
        from bot import evidence
        from bot.store import posts, readings

        brand = app.brand()
        if given:
            draft_id = evidence.find_draft(app, given)
            with app.db.read() as conn:
                live = [p for p in posts.of_draft(conn, draft_id) if p.live]
                found = [row for p in live for row in readings.of_post(conn, p.id)]
            rows = [{"draft": draft_id, **row} for row in found]
        else:
            with app.db.read() as conn:
                live_rows = readings.live_posts(conn, brand.id, account, limit)
                told = readings.latest(conn, [row["post"] for row in live_rows])
            rows = [{**row, **_counts(told.get(row["post"]))} for row in live_rows]
    if as_json:
        screen.emit({"brand": brand.id, "results": rows})
    elif not rows:
        nothing = say("No counts of {draft} yet.", draft=given) if given else say("Nothing is live yet.")
        click.echo(nothing + " " + say("A running `signoff worker` reads them an hour after a post went out."))
    else:
        screen.columns(_by_age(rows) if given else _list(rows, brand.zone))


def _counts(told: Any) -> dict[str, Any]:
    names = ("likes", "replies", "reposts", "views")
    return {"read": told.at if told else None, **{n: getattr(told, n) if told else None for n in names}}


def _answers(row: dict[str, Any]) -> int:
    """Return how often people did something: likes, replies and reposts together."""
    return sum(row[name] or 0 for name in ("likes", "replies", "reposts"))


def _list(rows: list[dict[str, Any]], zone: str) -> list[list[str]]:
    from zoneinfo import ZoneInfo

    most = max(map(_answers, rows)) or 1
    head = [say("Live since"), say("Draft"), say("Account"), *_names(), "", say("Text")]
    return [
        head,
        *(
            [
                row["live_at"].astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M"), row["draft"], row["account"],
                *_cells(row), _bar(_answers(row), most), screen.short(row["text"], 40),
            ]
            for row in rows
        ),
    ]  # fmt: skip


def _by_age(rows: list[dict[str, Any]]) -> list[list[str]]:
    most, parts = max(map(_answers, rows)) or 1, max(row["n"] for row in rows) + 1
    head = [*([say("Part")] if parts > 1 else []), say("After"), *_names(), ""]
    return [
        head,
        *(
            [
                *([str(row["n"] + 1)] if parts > 1 else []), say("{n} h", n=row["age"]), *_cells(row),
                _bar(_answers(row), most),
            ]
            for row in rows
        ),
    ]  # fmt: skip


def _names() -> list[str]:
    return [say("Likes"), say("Replies"), say("Reposts"), say("Views")]


def _cells(row: dict[str, Any]) -> list[str]:
    """Write counts; what the platform does not tell is a dash."""
    return ["-" if row[n] is None else str(row[n]) for n in ("likes", "replies", "reposts", "views")]


def _bar(n: int, most: int) -> str:
    return "█" * max(round(n / most * _BAR), 1 if n else 0)
