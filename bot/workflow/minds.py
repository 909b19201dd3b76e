"""What reads and answers comments, as functions: a surface sets them, so that the workflow knows no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Minds:
    """Empty until a surface that runs a worker fills it (``bot/writing/attending.py``)."""

    #: Read comments of one brand: ``bot.workflow.triage.Read``.
    read: Callable[..., Any] | None = None
    #: Write an answer: ``bot.workflow.reply.Write``.
    write: Callable[..., Any] | None = None
    #: Draft a statement for a crisis: (brand's id, account, what is known, in our own words) -> id of the draft.
    state: Callable[..., str] | None = None
    #: Keep the answers that people signed where they are found by meaning.
    keep: Callable[[], object] | None = None
    #: Send webhooks: (whether to stop) -> what came of it; see ``bot.workflow.webhooks.deliver``.
    tell: Callable[[Callable[[], bool]], object] | None = None
