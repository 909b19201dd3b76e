"""Look after the keys that stored tokens are encrypted with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.errors import Misconfigured
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.store.vault import Rotation


@click.group()
def command() -> None:
    """Look after the keys."""


@command.command(help="Make a new key, encrypt every stored token with it, and drop the old keys.")
@click.option("--shared", is_flag=True, help="Workers on other machines read this very key file.")
@click.pass_obj
def rotate(session: Session, shared: bool) -> None:
    """Rotate the keys."""
    with session.open_app() as app:
        keys = app.vault.keys
        if not keys.given and not shared and (hosts := _others(app)):
            raise Misconfigured(
                say("Workers run on other machines: {hosts}. With key files of their own they could open nothing.",
                    hosts=", ".join(hosts)),
                next_step=say("Give all of them SIGNOFF_KEYS, or stop them; if they read this file, add --shared."),
            )  # fmt: skip
        done = app.vault.rotate()
        path, given = keys.path, keys.lines() if keys.given else []
    if done.left:
        raise Misconfigured(
            say("Not every stored secret opens with the new key, so no key was dropped: {names}.", names=_list(done))
            if not given
            else say("Not every stored secret opens with the first key: {names}.", names=_list(done)),
            next_step=say("Connect these accounts again, or restore their key, then rotate once more."),
        )
    if not given:
        n = done.sealed
        click.echo(say("A new key is in {path}; {n} stored secrets were encrypted anew. Back it up.", path=path, n=n))
        return
    click.echo(say("{n} stored secrets are encrypted with the first key of SIGNOFF_KEYS.", n=done.sealed))
    if len(given) == 1:
        click.echo(say("To change it, put a new key and a comma before it, restart Signoff, and rotate again."))
        return
    old = ", ".join(str(n) for n in range(2, len(given) + 1))
    click.echo(say("Once every Signoff process runs with this list, drop from it key number {numbers}.", numbers=old))


def _others(app: App) -> list[str]:
    """Return the other machines on which a worker gave a sign of life within a minute."""
    import socket

    from bot.store import desk as rows

    with app.db.read() as conn:
        now = app.db.now(conn)
        alive = [w["id"] for w in rows.workers(conn) if (now - w["seen"]).total_seconds() < 60]
    return sorted({worker.partition(":")[0] for worker in alive} - {socket.gethostname()})


def _list(done: Rotation) -> str:
    shown = ", ".join(done.left[:5])
    return f"{shown}, …" if len(done.left) > 5 else shown
