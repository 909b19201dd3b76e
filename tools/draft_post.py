"""Propose the text of a post."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    from pydantic import ConfigDict, Field, create_model

    account_type: Any = Literal[tuple(a.key for a in kit.accounts)] if kit.accounts else str
    rule_type: Any = Literal[kit.citable] if kit.citable else str
    longest = max((a.limit for a in kit.accounts), default=500)
    most = max((a.parts for a in kit.accounts), default=1)
    pattern = next((a.pattern for a in kit.accounts if a.pattern), None) if len(kit.accounts) == 1 else None
    # For the endpoint's grammar only: a text that breaks it is still better judged in words, below.
    extra: Any = {"maxLength": longest, **({"pattern": pattern} if pattern else {})}
    part_type: Any = Annotated[str, Field(min_length=1, json_schema_extra=extra)]

    least = min((a.least for a in kit.accounts), default=1)
    # Too few are better said in words, too.
    fewest: Any = {"minItems": least}
    what = "the text; several only for a thread" if least == 1 else "the parts of the thread"
    several = Field(description=what, min_length=1, max_length=max(least, most), json_schema_extra=fewest)
    ids: Any = (list[rule_type], Field(description="ids of the rules that shaped the text", max_length=6))
    cited = {} if kit.cite else {"citations": ids}
    if kit.closed:
        schema = create_model("Text", __config__=ConfigDict(extra="forbid"), text=(part_type, ...), **cited)
    else:
        schema = create_model("Text", account=(account_type, ...), **cited, parts=(list[part_type], several))

    done: dict[str, str] = {}
    tries: dict[str, list[tuple[list[Problem], tuple[str, ...], tuple[str, ...]]]] = {}

    @tool(args_schema=schema)
    def draft_post(account: str = "", parts: Sequence[str] = (), text: str = "", citations: Sequence[str] = ()) -> str:
        """Propose the text of a post for one account, with the rules it follows. A person signs it off."""
        if kit.closed:
            account, parts = kit.accounts[0].key, [text]
        # Some endpoints give every call the same id: the id alone does not tell a repeat from a second text.
        same = json.dumps([call_key(), account, list(parts), list(citations)])
        if call_key() and same in done:
            return done[same]
        target, texts = kit.account(account), kit.finish(tuple(whole(p.strip()) for p in parts))
        rests = kit.cite(texts) if kit.cite else tuple(dict.fromkeys(citations))
        wrong = problems(kit, target, texts, rests)
        so_far = tries.setdefault(account, [])
        so_far.append((wrong, texts, rests))
        if wrong and len(so_far) <= REPAIRS:
            return f"Not proposed. {' '.join(w.text for w in wrong)} Then call draft_post again."
        wrong, texts, rests = min(so_far, key=lambda attempt: sum(w.weight for w in attempt[0]))
        if kit.shorten and (shorter := kit.finish(tuple(map(kit.shorten, texts)))) != texts:
            texts, wrong = shorter, problems(kit, target, shorter, rests)
        if any(w.never for w in wrong):
            raise ToolStop(wrong[0].text, next_step="Say more exactly what should change, or edit the text yourself.")
        so_far.clear()
        known = tuple(c for c in rests if kit.rule_exists(c))
        notes = tuple(w.text for w in wrong)
        outcome = kit.propose(account, texts, known, None, target.language, key=call_key(), notes=notes)
        done[same] = f"Proposed as {outcome.draft_id} for {account}" + (", blocked." if outcome.blocked else ".")
        return done[same]

    return draft_post
