"""How `signoff results` shows the counts of posts."""

from __future__ import annotations

from typing import Any

from bot.surfaces.cli import screen
from bot.words import say

#: Cells of the longest bar.
_BAR = 20


def of(told: Any) -> dict[str, Any]:
    """Return the counts of a reading; None for what nobody told."""
    names = ("likes", "replies", "reposts", "views")
    return {"read": told.at if told else None, **{n: getattr(told, n) if told else None for n in names}}


def _answers(row: dict[str, Any]) -> int:
    """Return how often people did something: likes, replies and reposts together."""
    return sum(row[name] or 0 for name in ("likes", "replies", "reposts"))


def listed(rows: list[dict[str, Any]], zone: str) -> list[list[str]]:
    """Return a row for each post, with its latest counts and a bar."""
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


def by_age(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Return a row for each reading of one post, with a bar."""
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
