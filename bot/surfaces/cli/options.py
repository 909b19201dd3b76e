"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
draft_id = click.argument("given", metavar="ID")
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")
reason = click.option("--reason", default="", metavar="TEXT", help="Why; kept in the record.")
out = click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write it into this Markdown file."
)
force = click.option("--force", is_flag=True, help="Replace the file of --out if it is there.")
