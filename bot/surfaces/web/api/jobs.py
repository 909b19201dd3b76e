"""What a model writes takes minutes: it is begun, answered with a job, and looked up again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.errors import SignoffError
from bot.store import api
from bot.store.api import Job
from bot.surfaces.web.api.problems import ApiError
from bot.words import retold, say, speaking
from bot.workflow import turn

if TYPE_CHECKING:
    from bot.surfaces.web.api.access import Access
    from bot.writing import Written

log = logging.getLogger(__name__)

#: Texts that a model may be writing at once, asked for here.
_WRITING = threading.BoundedSemaphore(2)


def begin(who: Access, write: Callable[[], Written]) -> Job:
    """Let a model write in a thread of its own; return the job. Raises ApiError where it writes enough already."""
    app = who.app
    if not _WRITING.acquire(blocking=False):
        raise ApiError(429, "too-many", say("The model is writing two texts already."),
                       say("Try again in a minute."), headers={"retry-after": "60"})  # fmt: skip
    try:
        made = Job(app.clock.new_id("j"), who.brand.id, who.person.id, turn.worker_id(), app.clock.now())
        with app.db.write() as conn:
            api.add_job(conn, made)
        threading.Thread(target=_run, args=(who, made.id, write), name="api-job", daemon=True).start()
    except BaseException:
        _WRITING.release()
        raise
    return made


def _run(who: Access, job_id: str, write: Callable[[], Written]) -> None:
    state, drafts, why, step = "failed", list[str](), "", ""
    try:
        # What a run stores is stored in English.
        with speaking("en"):
            try:
                written = write()
                drafts = [version.draft_id for version in written.drafts]
                why = next(iter(written.failed.values()), "")
                state = "done" if drafts else "failed"
            except SignoffError as error:
                why, step = error.message, error.next_step
            except Exception:
                log.exception("job %s failed", job_id)
                why = say("The log says why.")
        with who.app.db.write() as conn:
            api.end_job(conn, job_id, who.app.clock.now(), state, drafts, why, step)
    except Exception:
        log.exception("what came of job %s could not be kept", job_id)
    finally:
        _WRITING.release()


def told(job: Job) -> dict[str, object]:
    """Return the fields of a JobOut; a job whose process died has failed."""
    found = {name: getattr(job, name) for name in ("id", "state", "created", "ended", "drafts")}
    if job.state == "running" and turn.gone(job.owner):
        return {**found, "state": "failed", "why": say("Signoff was ended while the model wrote."),
                "next_step": say("Ask once more.")}  # fmt: skip
    return {**found, "why": retold(job.why), "next_step": retold(job.next_step)}
