"""Propose the text of a post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from tools.kit import TargetAccount, ToolKit, call_key, cut_off, language_name, untranslated, wrong_language

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

EXAMPLE = {"account": "sandbox:main", "citations": ["voice-1"], "parts": ["The autumn oolongs are here."]}

#: How often a text is handed back to be mended; then it is proposed as it is, with notes for the person.
REPAIRS = 2


def problems(kit: ToolKit, account: TargetAccount, parts: tuple[str, ...], citations: tuple[str, ...]) -> list[str]:
    """Say, one sentence each, what the model should mend in a text."""
    found = []
    for part in parts:
        over = account.length(part) - account.limit
        if over > 0:
            found.append(f"The text is {over} {account.unit} too long for {account.key}: shorten it.")
        elif cut_off(part):
            found.append("The last sentence is not complete: end it, in fewer words.")
    if wrong_language("\n".join(parts), account.language):
        found.append(f"The text must be in {language_name(account.language)}: translate it.")
    elif foreign := untranslated("\n".join(parts), account.language):
        found.append(f"Say {', '.join(foreign)} in {language_name(account.language)}.")
    unknown = [c for c in citations if not kit.rule_exists(c)]
    if unknown:
        found.append(f"There is no rule {', '.join(unknown)}: cite only ids you were shown.")
    for finding in kit.check(account.key, parts, account.language):
        if finding.severity == "block" and finding.check != "length":
            found.append(f"{finding.message} {finding.fix}".strip())
    return found


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
    extra: Any = {"pattern": pattern} if pattern else None
    part_type: Any = Annotated[str, Field(min_length=1, max_length=longest, json_schema_extra=extra)]

    class DraftPost(BaseModel):
        account: account_type
        citations: list[rule_type] = Field(description="ids of the rules followed", max_length=4)
        parts: list[part_type] = Field(description="the text; several only for a thread", min_length=1, max_length=most)

    done: dict[str, str] = {}
    tries: dict[str, list[tuple[list[str], tuple[str, ...], tuple[str, ...]]]] = {}

    @tool(args_schema=DraftPost)
    def draft_post(account: str, citations: list[str], parts: list[str]) -> str:
        """Propose the text of a post for one account, with the rules it follows. A person signs it off."""
        key = call_key()
        if key and key in done:
            return done[key]
        target, texts, cited = kit.account(account), tuple(p.strip() for p in parts), tuple(dict.fromkeys(citations))
        wrong = problems(kit, target, texts, cited)
        so_far = tries.setdefault(account, [])
        so_far.append((wrong, texts, cited))
        if wrong and len(so_far) <= REPAIRS:
            return f"Not proposed. {' '.join(wrong)} Then call draft_post again."
        wrong, texts, cited = min(so_far, key=lambda attempt: len(attempt[0]))
        known = tuple(c for c in cited if kit.rule_exists(c))
        outcome = kit.propose(account, texts, known, None, target.language, key=key, notes=tuple(wrong))
        done[key] = f"Proposed as {outcome.draft_id} for {account}" + (", blocked." if outcome.blocked else ".")
        return done[key]

    return draft_post
