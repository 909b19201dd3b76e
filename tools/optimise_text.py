"""Score a text and say what would make it better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bot.insight.score import Goal, Report, measure
from tools.kit import ToolKit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

EXAMPLE = {"account": "sandbox:main", "text": "The autumn oolongs are here. Come and taste."}


def build(kit: ToolKit) -> BaseTool:
    """Return the tool; it reads and stores nothing."""
    from langchain_core.tools import tool
    from pydantic import BaseModel, Field

    account_type: Any = Literal[tuple(a.key for a in kit.accounts)] if kit.accounts else str

    class Wish(BaseModel):
        account: account_type
        text: str = Field(min_length=1, max_length=20_000)
        keywords: list[str] = Field(default=[], description="words to be found by", max_length=8)

    @tool(args_schema=Wish)
    def optimise_text(account: str, text: str, keywords: list[str] | None = None) -> str:
        """Score a text for an account, 0 to 100, part by part, with what to mend. Stores nothing."""
        return told((kit.measure or _measure(kit))(account, text, tuple(keywords or ())))

    return optimise_text


def _measure(kit: ToolKit) -> Any:
    """Measure by the account alone, where nobody said what the brand wants."""

    def measured(account: str, text: str, keywords: tuple[str, ...]) -> Report:
        at = kit.account(account)
        goal = Goal(language=at.language, limit=at.limit, count=at.length, unit=at.unit, keywords=keywords)
        return measure(text, goal)

    return measured


def told(report: Report) -> str:
    """Write a report for the model, a line a part."""
    lines = [f"{p.name} {p.score}: {p.why} {p.fix}".rstrip() for p in report.parts]
    return "\n".join([f"Score {report.score} of 100.", *lines])
