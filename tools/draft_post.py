"""Propose the text of a post."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tools.kit import Problem, ToolKit, ToolStop, call_key, problems, whole

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

EXAMPLE = {"account": "sandbox:main", "citations": ["voice-1"], "parts": ["The autumn oolongs are here."]}

#: How often a text is handed back to be mended; then it is proposed as it is, with notes for the person.
REPAIRS = 2


def build(kit: ToolKit) -> BaseTool:
    """Return the tool for these accounts; it remembers what this run has proposed."""
    from langchain_core.tools import tool
    from pydantic import BaseModel, Field

    account_type: Any = Literal[tuple(a.key for a in kit.accounts)] if kit.accounts else str
    rule_type: Any = Literal[kit.citable] if kit.citable else str
    longest = max((a.limit for a in kit.accounts), default=500)
    most = max((a.parts for a in kit.accounts), default=1)
    pattern = next((a.pattern for a in kit.accounts if a.pattern), None) if len(kit.accounts) == 1 else None
    # For the endpoint's grammar only: a text that breaks it is still better judged in words, below.
    extra: Any = {"maxLength": longest, **({"pattern": pattern} if pattern else {})}
    part_type: Any = Annotated[str, Field(min_length=1, json_schema_extra=extra)]

    class Text(BaseModel):
        account: account_type
        parts: list[part_type] = Field(description="the text; several only for a thread", min_length=1, max_length=most)

    class Cited(BaseModel):
        account: account_type
        citations: list[rule_type] = Field(description="ids of the rules that shaped the text", max_length=6)
        parts: list[part_type] = Field(description="the text; several only for a thread", min_length=1, max_length=most)

    done: dict[str, str] = {}
    tries: dict[str, list[tuple[list[Problem], tuple[str, ...], tuple[str, ...]]]] = {}

    @tool(args_schema=Text if kit.cite else Cited)
    def draft_post(account: str, parts: list[str], citations: list[str] | None = None) -> str:
        """Propose the text of a post for one account, with the rules it follows. A person signs it off."""
        # Some endpoints give every call the same id: the id alone does not tell a repeat from a second text.
        same = json.dumps([call_key(), account, parts, citations])
        if call_key() and same in done:
            return done[same]
        target, texts = kit.account(account), kit.finish(tuple(whole(p.strip()) for p in parts))
        cited = kit.cite(texts) if kit.cite else tuple(dict.fromkeys(citations or ()))
        wrong = problems(kit, target, texts, cited)
        so_far = tries.setdefault(account, [])
        so_far.append((wrong, texts, cited))
        if wrong and len(so_far) <= REPAIRS:
            return f"Not proposed. {' '.join(w.text for w in wrong)} Then call draft_post again."
        wrong, texts, cited = min(so_far, key=lambda attempt: sum(w.weight for w in attempt[0]))
        if any(w.never for w in wrong):
            raise ToolStop(wrong[0].text, next_step="Say more exactly what should change, or edit the text yourself.")
        so_far.clear()
        known = tuple(c for c in cited if kit.rule_exists(c))
        notes = tuple(w.text for w in wrong)
        outcome = kit.propose(account, texts, known, None, target.language, key=call_key(), notes=notes)
        done[same] = f"Proposed as {outcome.draft_id} for {account}" + (", blocked." if outcome.blocked else ".")
        return done[same]

    return draft_post
