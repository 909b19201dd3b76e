"""The jobs of ``runner_procrastinate``: how they are put into the queue, and taken from a worker that fell silent."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrastinate import App
    from procrastinate.jobs import Job

log = logging.getLogger(__name__)

QUEUE = "signoff"
#: Seconds between a queue worker's heartbeats; after which its jobs go to others where its process is known to be
#: gone, and where nobody knows; and after which it is forgotten.
HEARTBEAT, QUIET, STALLED, FORGOTTEN = 0.5, 1.0, 2.5, 600.0


async def drop_stalled(app: App, orphaned: Callable[[list[str]], set[str]]) -> None:
    """Take the jobs of silent workers out of the queue: whoever looks next puts their accounts in anew.

    To retry them would not do: an account may wait already, and then neither job could ever begin. ``orphaned``
    returns those of the accounts whose worker surely died: nobody has to wait and see.
    """
    from procrastinate.exceptions import ProcrastinateException
    from procrastinate.jobs import Status
    from psycopg.errors import RaiseException

    quiet = await _of_silent(app, QUIET)
    if not quiet:
        return
    silent = {one.id for one in await _of_silent(app, STALLED)}
    dead = await asyncio.to_thread(orphaned, [one.lock for one in quiet if one.lock])
    for one in quiet:
        if one.id not in silent and one.lock not in dead:
            continue
        log.warning("a worker fell silent in a turn of %s; another one takes it", one.lock)
        try:
            if one.id is not None:
                await app.job_manager.finish_job_by_id_async(one.id, status=Status.FAILED, delete_job=True)
        except ProcrastinateException as error:
            # The queue's own word for a job that is over. Anything else ends the round, and with it the connections:
            # one that was made while the database could only be read goes on only reading.
            if not isinstance(error.__cause__, RaiseException):
                raise
            log.info("the turn of %s was taken meanwhile", one.lock)


async def _of_silent(app: App, seconds: float) -> list[Job]:
    return list(await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=seconds))


def job(kind: str, account: str = "") -> Job:
    """Return a job for an account, or of a kind of which there is one for all."""
    from procrastinate.jobs import Job

    args: dict[str, Any] = {"account": account} if account else {}
    return Job(queue=QUEUE, lock=account or kind, queueing_lock=f"{kind}:{account}", task_name=kind, task_kwargs=args)


async def defer(app: App, wanted: list[Job]) -> None:
    """Put jobs into the queue that are neither waiting nor running: a running turn sees new work by itself."""
    from procrastinate.exceptions import AlreadyEnqueued

    if not wanted:
        return
    known = {one.queueing_lock for one in await app.job_manager.list_jobs_async(queue=QUEUE)}
    new = [one for one in wanted if one.queueing_lock not in known]
    if not new:
        return
    try:
        await app.job_manager.batch_defer_jobs_async(new)
    except AlreadyEnqueued:
        # Another worker saw the same work at the same moment.
        for one in new:
            try:
                await app.job_manager.defer_job_async(one)
            except AlreadyEnqueued:
                continue


async def either(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, at most so long."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
