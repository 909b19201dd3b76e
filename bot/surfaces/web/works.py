"""What a model is asked for from a page: it writes meanwhile, and the page that waits for it shows each step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

#: Texts that are written at once, works that are remembered, and steps that are shown of each.
AT_ONCE, KEPT, STEPS = 2, 200, 40


@dataclass
class Work:
    """One thing asked for. Its page is that of the person who asked."""

    id: str
    person: str
    brief: str
    accounts: tuple[str, ...]
    steps: list[str] = field(default_factory=list)
    done: bool = False
    #: (draft, account, whether a check holds it back).
    drafts: list[tuple[str, str, bool]] = field(default_factory=list)
    #: Why there is none, by account; the empty name stands for all of them.
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """What open pages know it by."""
        return f"work:{self.id}"


class Works:
    """All of them, in this process."""

    def __init__(self) -> None:
        self._known: dict[str, Work] = {}
        self._guard = threading.Lock()
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def get(self, work_id: str, person: str) -> Work | None:
        """Return a person's own work."""
        found = self._known.get(work_id)
        return found if found is not None and found.person == person else None

    def begin(self, work: Work, do: Callable[[Work], None], told: Callable[[str], None]) -> bool:
        """Do it in a thread of its own; False when too many are under way. The same work twice is begun once."""
        with self._guard:
            if work.id in self._known:
                return True
            if not self._places.acquire(blocking=False):
                return False
            self._known[work.id] = work
            while len(self._known) > KEPT:
                self._known.pop(next(iter(self._known)))

        def run() -> None:
            try:
                do(work)
            finally:
                work.done = True
                self._places.release()
                told(work.subject)

        threading.Thread(target=run, name="web-draft", daemon=True).start()
        return True
