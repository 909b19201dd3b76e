"""Show what changed in the rules, and which drafts and posts it concerns.

With DIR, the folder as it is now is compared with what was learned from it, before you learn it; it also says which
posts wait for an account that is not in brand.yaml any more. Without, the last two versions that were learned, or those
named by --from and --to. Nothing is changed and nothing is fetched.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--from", "before", default="", metavar="V", help="Version to begin with, or the beginning of its name.")
@click.option("--to", "after", default="", metavar="V", help="Version to end with; otherwise the one that counts.")
@options.as_json
@click.pass_obj
def command(session: Session, folder: Path | None, before: str, after: str, as_json: bool) -> None:
    """Compare rules."""
    if folder is not None and after:
        raise BadInput(
            say("A folder is compared with one version, not with two."),
            next_step=say("Leave out DIR, or leave out --to."),
        )
    from bot import brand_folder, rulebook_diff
    from bot.surfaces.cli import rules_changed
    from bot.workflow import stranded

    without: list[str] = []
    with session.open_app() as app:
        if folder is not None:
            found = rulebook_diff.of_folder(app, folder, before)
            with app.db.read() as conn:
                without = stranded.told(conn, brand_folder.load(folder, copies=app.copies).brand)
        else:
            found = rulebook_diff.of_versions(app, before, after)
    if as_json:
        screen.emit({**rules_changed.as_data(found), "without_account": without})
        return
    rules_changed.show(found)
    for line in without:
        click.echo(f"! {line}")
