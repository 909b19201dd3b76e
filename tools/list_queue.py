"""Show what is drafted and scheduled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.kit import ToolKit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

EXAMPLE: dict[str, str] = {}

#: Lines shown to a model; a long queue would only fill its memory.
MOST = 20


def build(kit: ToolKit) -> BaseTool:
    """Return the tool over the queue."""
    from langchain_core.tools import tool

    @tool
    def list_queue() -> str:
        """List drafts and scheduled posts: id, account, state, time, start of the text."""
        items = list(kit.queue())
        if not items:
            return "The queue is empty."
        lines = [f"{i.draft_id} {i.account} {i.state} {i.when or 'no time'}: {i.text[:60]}" for i in items[:MOST]]
        return "\n".join(lines + ([f"and {len(items) - MOST} more"] if len(items) > MOST else []))

    return list_queue
