"""Planning a campaign and showing where its posts stand: what `draft --kind campaign` and `campaign` share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput, ModelError
from bot.surfaces.cli import paper, screen
from bot.surfaces.cli.session import Session
from bot.words import retold, say

if TYPE_CHECKING:
    from bot.app import App
    from bot.writing.campaign import Campaign


def planned(
    session: Session, kind: str, brief: str, accounts: Sequence[str], language: str, days: int | None,
    posts: int | None, start: str, as_json: bool,
) -> bool:  # fmt: skip
    """Plan and draft a campaign for accounts, and return True; return False for anything else.

    Raises BadInput for options that only a campaign on accounts has, and for a start that is no date.
    """
    if kind != "campaign" or not accounts:
        if days is not None or posts is not None or start:
            raise BadInput(
                say("--days, --posts and --start are for a campaign on accounts."),
                next_step=say("Say --kind campaign --account platform:name."),
            )
        return False
    if not brief.strip():
        raise click.MissingParameter(param_hint="'BRIEF'", param_type="argument")
    with session.open_app() as app:
        from bot.surfaces.cli import review
        from bot.writing import campaign

        given = {"days": days, "posts": posts, "start": _day(start), "language": language}
        outline = campaign.Outline(tuple(dict.fromkeys(accounts)), **{k: v for k, v in given.items() if v})  # type: ignore[arg-type]
        author = review.writer(app).id
        with session.telling() as tell:
            made = campaign.plan(app, brief, author, outline, on_event=tell)
        show(app, made, as_json)
    return True


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            say("{text} is not a date.", text=repr(text)), next_step=say("Write it as 2026-11-30.")
        ) from None


def show(app: App, made: Campaign, as_json: bool) -> None:
    """Print a campaign: cards of this run, plan, and what failed. Raises ModelError where a draft failed."""
    from bot.surfaces.cli import review

    failed = [p for p in made.places if p.failed]
    if as_json:
        screen.emit({
            "document": made.document, "places": made.places, "drafts": made.drafts,
            "failed": {f"{p.n} {p.account}": retold(p.failed) for p in failed},
        })  # fmt: skip
    else:
        for version in made.drafts:
            review.proposed(app, version)
        click.echo()
        paper.show(app, made.document, None, False, False)
    if failed:
        raise ModelError(
            " ".join(
                say("Post {n} on {account}: {why}", n=p.n, account=p.account, why=retold(p.failed)) for p in failed
            ),
            next_step=f"`signoff campaign {made.document.id} --post {failed[0].n}`",
        )
