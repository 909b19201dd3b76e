"""`/signoff queue`: what waits, what is scheduled, what is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.store import desk as store
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.page import Page, short
from bot.words import retold, say
from bot.workflow import queue, when

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "See what waits, what is scheduled and what is live."
USAGE = "[all]"
#: Rows shown of each group.
MOST = 8


def run(ask: Ask) -> None:
    """Show it."""
    app, brand, everything = ask.app, ask.brand, ask.text.lower() in ("all", "全部")
    with app.db.read() as conn:
        found = queue.rows(conn, brand.id, app.clock.now(), everything)
        stopped = store.stopped(conn)
        paused = {a.key: why for a in brand.accounts if (why := store.paused(conn, a.key))}
    page = Page(say("The queue of {brand}", brand=brand.name))
    if stopped:
        page.text(say("Everything is {stopped}. `/signoff resume` starts it again.", stopped=stopped))
    for key, why in paused.items():
        page.text(say("{account} is paused: {why}", account=key, why=retold(why)))
    for state, title in queue.GROUPS.items():
        mine = [row for row in found if row["state"] == state]
        if mine:
            page.heading(f"{say(title)} ({len(mine)})")
            for row in mine[:MOST]:
                _add(page, row, ask.zone)
            if len(mine) > MOST:
                page.note(say("{n} more.", n=len(mine) - MOST))
    if not found:
        page.text(say("Nothing is on the desk. `/signoff draft BRIEF` begins."))
    page.reply(ask)


def line(row: dict[str, Any], zone: str) -> str:
    """Return a row of the queue in two lines, its time by the reader's clock."""
    time = when.spoken(row["due"], zone) if row["due"] else say("as soon as it is signed off")
    if row["parts"] > 1:
        time += " " + say("({live} of {of} live)", live=row["live"], of=row["parts"])
    return f"{row['id']} · {row['account']} · {retold(row['why']) or time}\n{short(row['text'])}"


def _add(page: Page, row: dict[str, Any], zone: str) -> None:
    if row["state"] == "live" and row["urls"]:
        page.item(line(row, zone)).link(row["urls"][0], say("See it"))
    else:
        page.item(line(row, zone), kit.button(f"open.{row['id']}", say("Open"), row["id"]))
