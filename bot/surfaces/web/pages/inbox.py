"""The inbox: what others said, the most urgent first. Read only, for now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.comment import MOODS, Intent
from bot.store import comments
from bot.surfaces.web.visit import Route, Visit
from bot.words import retold

if TYPE_CHECKING:
    from starlette.responses import Response

#: Comments of a page.
MOST = 50


def inbox(visit: Visit) -> Response:
    """Show comments that wait for somebody, or all of them."""
    asked, everything = visit.query, visit.query.get("show", "") == "all"
    accounts = [a.key for a in visit.brand.accounts]
    only = comments.Filter(aside=everything, words=asked.get("words", "").strip()[:100])
    if not everything:
        only = replace(only, waiting_at=visit.app.clock.now())
    if asked.get("mood", "") in MOODS:
        only = replace(only, mood=asked["mood"])
    if asked.get("account", "") in accounts:
        only = replace(only, account=asked["account"])
    with visit.app.db.read() as conn:
        found = comments.recent(conn, visit.brand.id, None, limit=MOST, urgent_first=not everything, only=only)
        n = comments.count(conn, visit.brand.id, only)
        heard = n or comments.count(conn, visit.brand.id, comments.Filter())
    zones = {a.key: a.zone for a in visit.brand.accounts}
    return visit.page(
        "inbox.html", found=found, n=n, heard=heard, only=only, everything=everything, moods=MOODS, accounts=accounts,
        zones=zones, zone=visit.brand.zone, retold=retold, none=Intent.OTHER,
    )  # fmt: skip


ROUTES = (Route("GET", "/inbox", inbox),)
