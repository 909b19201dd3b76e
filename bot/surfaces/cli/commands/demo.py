"""See the whole way once, from a brief to published posts; no account, no key.

Everything happens in a folder of its own, which is started afresh each time (--keep adds to it). In a terminal you are
asked to approve, edit, reject or get another version; otherwise, and with --yes, the demo approver signs. The network
is the sandbox on this machine; the language model is yours if one is set, else one that is fetched (1.1 GB) and runs
here. One line sums up; exit code 0 only if every draft was published or turned down by you. It is the last line, except
where you were asked: then the web desk is shown, with a link to sign in, until Ctrl-C. --desk shows it again later.
"""

from __future__ import annotations

import sys

import click

from bot.surfaces.cli import options
from bot.surfaces.cli.session import Session


@click.command()
@options.yes
@click.option("--keep", is_flag=True, help="Do not start afresh: keep what an earlier demo left.")
@click.option("--desk", is_flag=True, help="Only show the web desk of the last demo, until Ctrl-C.")
@click.pass_context
def command(context: click.Context, yes: bool, keep: bool, desk: bool) -> None:
    """Show it."""
    from bot.surfaces.cli.demonstration import Demonstration

    session = context.find_object(Session)
    assert session is not None
    shown = Demonstration(session, attended=sys.stdin.isatty() and not yes)
    if desk:
        shown.show_desk()
        return
    context.exit(shown.run(keep=keep))
