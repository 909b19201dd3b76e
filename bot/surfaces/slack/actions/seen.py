"""Mark as read: the news in the Home, up to the newest that was shown there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import desk as rows

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask


def run(ask: Ask) -> None:
    """Mark them, as `signoff notices` does: for everybody. What came since stays unread."""
    from bot.surfaces.slack import home

    newest = int(ask.value) if ask.value.isdecimal() else 0
    with ask.app.db.write() as conn:
        found = rows.notices(conn, brand=ask.brand.id, limit=500)
        rows.seen(conn, [n["id"] for n in found if n["id"] <= newest], ask.app.clock.now())
    home.opened(ask)
