"""Look up the brand's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.kit import ToolKit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

EXAMPLE = {"query": "prices of competitors"}


def build(kit: ToolKit) -> BaseTool:
    """Return the tool over the brand's rule book."""
    from langchain_core.tools import tool

    @tool
    def search_brand(query: str) -> str:
        """Find the brand's rules on a subject. Each line is a rule's id and its text; cite the id."""
        if not query.strip():
            return "Say what to look for."
        hits = kit.search(query, 5)
        if not hits:
            return "The brand has no rule on that."
        return "\n".join(f"{hit.rule.id}: {hit.rule.text}" for hit in hits)

    return search_brand
