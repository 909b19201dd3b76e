"""A worker's chores: a chore that stumbles holds up neither the others nor any post; people are told."""

from __future__ import annotations

import logging
import time
from functools import partial

from sqlalchemy.exc import OperationalError

from bot.store import desk as rows
from bot.words import say
from bot.workflow import lasting_use, occurrences, tend, turn
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)

#: Seconds between two rounds, at least; and before one that stumbled is tried again.
EVERY, AGAIN = 0.5, 60.0


class Chores:
    """The chores of one worker."""

    def __init__(self, its: Desk, me: str) -> None:
        self.desk = its
        self._verbs = {
            say("requests and old records"): partial(tend.tend, its, gone=turn.gone, me=me),
            say("lasting signatures"): partial(lasting_use.tend, its),
            say("recurring posts"): partial(occurrences.tend, its),
        }
        self._next = dict.fromkeys(self._verbs, 0.0)

    def __call__(self) -> None:
        """Do what time alone brings about. Raises OperationalError: the database's own trouble is everybody's."""
        for name, verb in self._verbs.items():
            now = time.monotonic()
            if now < self._next[name]:
                continue
            self._next[name] = now + EVERY
            try:
                verb()
            except OperationalError:
                raise
            except Exception as error:
                self._next[name] = now + AGAIN
                log.exception("the chore %r stumbled", name)
                try:
                    self._tell(name, error)
                except OperationalError:
                    raise
                except Exception:
                    log.exception("nobody could be told of it")

    def _tell(self, name: str, error: Exception) -> None:
        text = say("A chore of the worker ({name}) stumbled over {error}; posts go on.", name=name,
                   error=type(error).__name__)  # fmt: skip
        step = say("It is tried again every minute. `signoff doctor` may tell why; please report it.")
        with self.desk.db.write() as conn:
            rows.notify(conn, self.desk.clock.now(), "", f"chore:{name}", text, step)
