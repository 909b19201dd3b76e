"""`/signoff status`: the kill switch, the worker, the accounts, what waits, and the versions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot import VERSION
from bot.surfaces.slack.page import Page
from bot.words import retold, say
from bot.workflow import queue

if TYPE_CHECKING:
    from bot.connecting.overview import Standing
    from bot.surfaces.slack.request import Ask

HELP = "See how everything stands: the kill switch, the worker, the accounts, what waits."
USAGE = ""


def run(ask: Ask) -> None:
    """Show it, without asking any platform or model."""
    from bot import evidence

    app, brand = ask.app, ask.brand
    page = Page(say("How {brand} stands", brand=brand.name))
    for health in evidence.vital(app):
        said = " → ".join(filter(None, (health.detail, "" if health.ok else health.fix)))
        page.rows([(f"{'✓' if health.ok else '✗'} {say(health.name)}", said)])
    with app.db.read() as conn:
        counts = Counter(row["state"] for row in queue.rows(conn, brand.id, app.clock.now()))
    page.heading(say("The queue"))
    waiting = [(say(title), str(counts[state])) for state, title in queue.GROUPS.items() if counts[state]]
    page.rows(waiting or [(say("The queue"), say("empty"))])
    page.heading(say("Accounts")).rows([(s.account, _line(s)) for s in evidence.accounts(app, brand)])
    model = app.settings.llm_model or say("found when it is needed")
    versions = [f"Signoff {VERSION}", say("rules {version}", version=brand.rulebook.version)]
    page.note(" · ".join([*versions, say("model: {name}", name=model)]))
    page.reply(ask)


def _line(one: Standing) -> str:
    known = {
        "yes": say("connected"), "needless": say("needs no login"), "no": say("not connected"),
        "untried": say("not tried yet"),
    }  # fmt: skip
    said = [f"@{one.handle}" if one.handle else "", known[one.connected]]
    said += [say("paused: {why}", why=retold(one.paused))] if one.paused else []
    said += [say("the login holds for {n} more days", n=one.days)] if one.days is not None and one.days >= 0 else []
    if one.trouble and not one.trouble.over:
        said.append(retold(one.trouble.what))
    return " · ".join(filter(None, said)) + (f" → {one.next_step}" if one.next_step else "")
