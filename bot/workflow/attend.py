"""Attend to comments: hear, read, decide, follow what became of the answers. The order of one look."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from bot.workflow import counting, crisis, escalate, learning, listen, reply, triage
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)


def attend(desk: Desk, stopping: Callable[[], bool] = lambda: False) -> None:
    """Take one look: what fails is in the log, and does not keep the rest from being done. Never raises."""
    read, write = desk.minds.read or triage.local, desk.minds.write
    keep = (("signed answers could not be kept for later", desk.minds.keep),) if desk.minds.keep else ()
    for what, verb in (
        ("comments could not be heard", partial(listen.listen, desk, stopping)),
        ("comments could not be read", partial(triage.triage, desk, read, stopping)),
        ("a storm could not be looked for", partial(crisis.watch, desk)),
        ("answers could not be followed", partial(escalate.follow, desk)),
        ("comments could not be decided on", partial(reply.reply, desk, write, stopping)),
        ("habits could not be looked for", partial(learning.notice, desk)),
        ("moods could not be counted", partial(counting.count, desk, stopping)),
        *keep,
    ):
        try:
            if not stopping():
                verb()
        except Exception:
            log.exception(what)
