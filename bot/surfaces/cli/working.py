"""Running the worker in the terminal, and saying what it does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.surfaces.cli import listing
from bot.words import joined, retold, say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand
    from bot.domain.post import PostPart
    from bot.workflow.turn import Tell


def once(app: App) -> Counter[str]:
    """Do what is ready now and say what that was. Raises Misconfigured where no stored login can be opened."""
    from bot.workflow.worker import Worker
    from bot.writing import attending

    app.vault.usable()
    attending.equip(app)
    worker = Worker(app.desk, tell=teller(app))
    done = asyncio.run(worker.once())
    _held(app)
    click.echo(_next(app) if done else joined(say("There is nothing to do now."), _next(app)))
    return done


def until_stopped(app: App, http: str = "") -> None:
    """Work until SIGINT or SIGTERM, then finish what is under way: within ten seconds, at once at a second signal.

    ``http`` is where health and metrics are told, as HOST:PORT; empty for nowhere.
    """
    if left := asyncio.run(_work(app, http)):
        if names := ", ".join(sorted(account for account in left if ":" in account)):
            click.echo(say("Not finished: {accounts}. The next worker looks whether the post is live.", accounts=names))
        # A thread that waits for a platform cannot be ended, and must not keep the process.
        leave()


def leave() -> None:
    """End this process now, with a thread that cannot be ended.

    What was being sent stands as such in the database, and is looked for.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def _probes(app: App, http: str) -> Iterator[None]:
    """Answer /healthz, /readyz and /metrics for the length of the block. Raises BadInput, Misconfigured."""
    if not http:
        yield
        return
    from bot.operations import probe, web

    pulse, (host, port) = probe.Pulse(), web.address(http)

    async def turning() -> None:
        while True:
            pulse.beat()
            await asyncio.sleep(1)

    with web.serving(app, host, port, pulse) as (_, taken):
        where = f"http://[{host}]:{taken}" if ":" in host else f"http://{host}:{taken}"
        click.echo(say("Health and metrics: {url}/healthz, /readyz, /metrics.", url=where))
        if not web.local(host):
            click.echo(say("Other machines can read them there: keep that port inside your network."))
        beating = asyncio.get_running_loop().create_task(turning())
        try:
            yield
        finally:
            beating.cancel()


async def _work(app: App, http: str) -> set[str]:
    from bot.workflow.worker import Worker
    from bot.writing import attending

    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        if stop.is_set():
            click.echo(say("Stopping at once: the next worker looks whether what was being sent is live."))
            leave()
        click.echo(say("Stopping: what is being sent is finished first."))
        stop.set()

    app.vault.usable()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    attending.equip(app)
    worker = Worker(app.desk, tell=teller(app))
    click.echo(joined(say("The worker runs. Ctrl-C ends it."), _next(app)))
    _held(app)
    with _probes(app, http):
        await worker.run(stop)
    if not worker.left_behind:
        click.echo(say("The worker has stopped."))
    return worker.left_behind


def teller(app: App) -> Tell:
    """Return what prints one line a step."""
    from bot.store import posts

    def tell(part: PostPart) -> None:
        with app.db.read() as conn:
            post = posts.get(conn, part.post_id)
        where = f"  {part.receipt.url}" if part.receipt else f"  {retold(part.why)}" if part.why else ""
        number = f" {part.n + 1}/{len(post.parts)}" if len(post.parts) > 1 else ""
        time = datetime.now().astimezone().strftime("%H:%M:%S")
        # Where the output cannot be written (a full disk), the work goes on.
        with suppress(OSError):
            click.echo(f"{time}  {post.account}  {post.draft_id}{number}  {listing.word(part.state.value)}{where}")

    return tell


def _held(app: App) -> None:
    """Say what keeps posts from going out: the kill switch, a paused account."""
    from bot.store import desk as rows

    brands = _brands(app)
    with app.db.read() as conn:
        stopped = rows.stopped(conn)
        paused = {a.key: why for b in brands for a in b.accounts if (why := rows.paused(conn, a.key))}
    if stopped:
        click.echo(say("Nothing is sent: {stopped}. `signoff resume` starts it again.", stopped=stopped))
    for key, why in paused.items():
        click.echo(say("{account} is paused: {why}", account=key, why=retold(why)))


def _brands(app: App) -> list[Brand]:
    """Return every brand: a worker sends for all of them, whichever is named. Raises NotFound for none."""
    from bot.store import desk as rows

    with app.db.read() as conn:
        return [app.desk.brand(conn, brand)[0] for brand in rows.brands(conn)] or [app.brand()]


def _next(app: App) -> str:
    """Say when the next part is due."""
    from bot.store import posts
    from bot.workflow import when

    with app.db.read() as conn:
        due = posts.next_due(conn)
    if due is None:
        return say("Nothing is scheduled.")
    zones = {brand.zone for brand in _brands(app)}
    return say("Next: {time}.", time=when.spoken(due, zones.pop() if len(zones) == 1 else "UTC"))
