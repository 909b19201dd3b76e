"""Propose when a draft goes out."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from bot.errors import BadInput, NotFound
from tools.kit import ToolKit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

EXAMPLE = {"draft_id": "d_00000001", "wall_time": "2026-12-01T09:00"}


def build(kit: ToolKit) -> BaseTool:
    """Return the tool; it changes a proposal and schedules nothing by itself."""
    from langchain_core.tools import tool

    @tool
    def schedule_post(draft_id: str, wall_time: str) -> str:
        """Propose a local time, YYYY-MM-DDTHH:MM, for a draft. It only goes out once a person signs it off."""
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", wall_time):
            return "Give the time as YYYY-MM-DDTHH:MM, such as 2026-12-01T09:00."
        try:
            datetime.fromisoformat(wall_time)
        except ValueError:
            return f"{wall_time} is not a time that exists: choose another."
        try:
            return kit.suggest_or_set_time(draft_id, wall_time)
        except (BadInput, NotFound) as error:
            return str(error)

    return schedule_post
