"""List the kinds of content that can be drafted.

Each is one file in the folder `prompts/kinds`. A post becomes a draft that waits for a signature; a document is kept
and never published by itself.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import language, say


@click.command()
@options.as_json
@click.pass_obj
def command(session: Session, as_json: bool) -> None:
    """List them."""
    from bot.agent import kinds

    found = [kinds.load(name) for name in kinds.names()]
    if as_json:
        screen.emit([
            {"kind": k.name, "delivers": k.delivers, "label": k.labels, "about": k.about, "checks": k.checks,
             "formats": {f.name: {"source": f.source, "read": f.read} for f in k.formats}} for k in found
        ])  # fmt: skip
        return
    for title, group in (
        (say("Drafts for an account (`signoff draft BRIEF --kind KIND --account PLATFORM:NAME`)"), True),
        (say("Documents (`signoff draft BRIEF --kind KIND`)"), False),
    ):
        screen.heading(title)
        screen.columns([[k.name, kinds.said(k.about, language())] for k in found if k.is_post is group])
        for kind in (k for k in found if k.formats and k.is_post is group):
            names = ", ".join(f.name for f in kind.formats)
            click.echo("  " + say("formats of {kind} (--format): {names}", kind=kind.name, names=names))
