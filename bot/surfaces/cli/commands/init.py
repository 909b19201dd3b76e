"""Write a brand folder to edit and keep in git.

It holds brand.yaml (name, languages, accounts, people), guidelines/*.md, rules.yaml (hard rules), replies.yaml (saved
answers) and policy.yaml (who signs what), with every field explained in place.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.words import language, say


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", metavar="TEXT", help="The brand's name; otherwise made from the folder's.")
@click.option(
    "--zh/--en",
    "chinese",
    default=None,
    help="Comments and first guidelines in Chinese or English; otherwise in the language that you read.",
)
def command(folder: Path, name: str | None, chinese: bool | None) -> None:
    """Write the folder."""
    from bot import brand_folder

    written = brand_folder.init(folder, name=name, lang=language() if chinese is None else "zh" if chinese else "en")
    for path in written:
        click.echo(f"  {path}")
    click.echo(say("Edit these files, then: `signoff check {folder}`, `signoff learn {folder}`.", folder=folder))
