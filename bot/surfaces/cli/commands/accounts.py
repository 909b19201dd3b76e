"""Show each account: who it is, what it may do, until when, and the last error.

Also what is left of calls and money, where the platform counts them. Where several brands are learned, all
are shown unless --brand names one. --check asks the platforms now; exit code 3 when one does not answer
as it should.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from bot.errors import Misconfigured
from bot.surfaces.cli import connecting, options, screen
from bot.surfaces.cli.session import Session


@click.command()
@click.option("--check", is_flag=True, help="Ask the platforms now.")
@options.as_json
@click.pass_context
def command(context: click.Context, check: bool, as_json: bool) -> None:
    """Show them."""
    session = context.find_object(Session)
    assert session is not None
    found: list[dict[str, Any]] = []
    failed = 0
    with session.open_app() as app:
        from bot.store import desk as store

        with app.db.read() as conn:
            ids = [] if app.brand_id else store.brands(conn)
            brands = [app.desk.brand(conn, brand_id)[0] for brand_id in ids]
        brands = brands or [app.brand()]
        for brand in brands:
            answers = {a.key: connecting.asked(app, a) for a in brand.accounts} if check else {}
            failed += sum(not h.ok for lines in answers.values() for h in lines)
            standings = connecting.standings(app, brand)
            if as_json:
                rows = [{**asdict(s), "next_step": s.next_step, "check": answers.get(s.account)} for s in standings]
                found.append({"brand": brand.id, "name": brand.name, "accounts": rows})
            else:
                screen.heading(f"{brand.name} ({brand.id})")
                connecting.show(app, standings, answers)
    if as_json:
        screen.emit({"ok": not failed, "brands": found})
    context.exit(Misconfigured.exit_code if failed else 0)
