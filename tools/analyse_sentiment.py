"""Say how texts sound, what their writers want, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from bot.domain.comment import Triage
from tools.kit import ToolKit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

EXAMPLE = {"texts": ["Third delay today and nobody answers.", "谢谢客服，解决得很快"]}
#: Texts of one call, and characters of a text that come back with the answer.
MOST, SHOWN = 50, 60


def build(kit: ToolKit) -> BaseTool:
    """Return the tool; it reads and stores nothing, and uses no language model of its own."""
    from langchain_core.tools import tool
    from pydantic import BaseModel, Field

    class Texts(BaseModel):
        texts: list[Annotated[str, Field(max_length=5_000)]] = Field(
            description="what people wrote, word for word", min_length=1, max_length=MOST
        )

    @tool(args_schema=Texts)
    def analyse_sentiment(texts: list[str]) -> str:
        """Tell mood, intent and what each text speaks of, with a confidence and the words that show it."""
        return told(texts, (kit.triage or _local)(texts))

    return analyse_sentiment


def _local(texts: Sequence[str]) -> list[Triage]:
    from bot.insight import triage

    return [one.triage for one in triage.read(texts)]


def told(texts: Sequence[str], found: Sequence[Triage]) -> str:
    """Write the readings for the model, a line a text; counts first where there are several."""
    lines = []
    if len(found) > 1:
        counts = Counter(read.sentiment for read in found)
        lines.append(", ".join(f"{mood} {n}" for mood, n in counts.most_common()) + f" of {len(found)}.")
    for n, (text, read) in enumerate(zip(texts, found, strict=True), 1):
        about = "; ".join(f"{name}: {mood}" for name, mood in read.aspects)
        short = " ".join(text.split())
        short = short if len(short) <= SHOWN else short[:SHOWN] + "…"
        lines.append(
            f"{n}. {read.sentiment} ({read.score:+.2f}, {read.confidence:.0%} sure), {read.intent.value}"
            f"{', ' + about if about else ''}. {read.reason} > {short}"
        )
    return "\n".join(lines)
