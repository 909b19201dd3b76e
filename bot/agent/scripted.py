"""A chat model that plays back a script, and a desk in memory for tools: they ship, so that tests use the real loop,
prompts and tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field, PrivateAttr

from bot.domain.brand import Rule, RuleKind
from bot.domain.draft import Finding
from tools.kit import ProposeOutcome, QueueItem, RuleHit, TargetAccount, ToolKit


class ScriptedChatModel(BaseChatModel):
    """Answers with its script, line by line, and keeps what it was sent."""

    script: list[Any] = Field(default_factory=list)
    #: Each call's messages, and the keyword arguments that came with them.
    sent: list[list[BaseMessage]] = Field(default_factory=list)
    settings: list[dict[str, Any]] = Field(default_factory=list)
    bound: list[Any] = Field(default_factory=list)
    _next: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ScriptedChatModel:
        self.bound.append([getattr(t, "name", t) for t in tools])
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.sent.append(list(messages))
        self.settings.append(kwargs)
        if self._next >= len(self.script):
            raise AssertionError(f"the script has {len(self.script)} lines and was asked for one more")
        line = self.script[self._next]
        self._next += 1
        if callable(line):
            line = line(messages)
        if isinstance(line, BaseException):
            raise line
        message = AIMessage(line) if isinstance(line, str) else line.model_copy(deep=True)
        return ChatResult(generations=[ChatGeneration(message=message)])


def call(tool: str, /, id: str = "call_1", **args: Any) -> AIMessage:
    """Return a message that calls one tool."""
    return AIMessage("", tool_calls=[{"name": tool, "args": args, "id": id, "type": "tool_call"}])


@dataclass
class ScriptedDesk:
    """The other end of a ToolKit, in memory: it remembers what was proposed."""

    proposed: list[tuple[Any, ...]] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    rules: tuple[Rule, ...] = (Rule("voice-1", RuleKind.VOICE, "Warm and plain."),)

    def propose(self, *what: Any, **named: Any) -> ProposeOutcome:
        self.proposed.append((*what, named))
        return ProposeOutcome(f"d_{len(self.proposed):08d}")

    def kit(self, **changes: Any) -> ToolKit:
        """Return a kit with one English and one Chinese account; ``changes`` replace its fields."""
        settings: dict[str, Any] = {
            "accounts": (TargetAccount("sandbox:main", "en", 300), TargetAccount("sandbox:cn", "zh-Hans", 100)),
            "search": lambda query, k: [RuleHit(r, 1.0) for r in self.rules[:k]],
            "check": lambda account, parts, language: self.findings,
            "propose": self.propose,
            "suggest_or_set_time": lambda draft_id, wall: f"{wall} is proposed for {draft_id}.",
            "queue": lambda: [QueueItem("d_00000001", "sandbox:main", "proposed", "", "Hello")],
            "rule_exists": lambda rule_id: any(r.id == rule_id for r in self.rules),
        }
        return ToolKit(**{**settings, **changes})
