"""A chat model that plays back a script: it ships, so that tests use the real loop, prompts and tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field, PrivateAttr

#: One answer: a message, an exception to raise, text, or a function from what was sent to one of these.
Line = AIMessage | BaseException | str | Callable[[list[BaseMessage]], Any]


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

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ScriptedChatModel:  # type: ignore[override]
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
        message = AIMessage(line) if isinstance(line, str) else line
        return ChatResult(generations=[ChatGeneration(message=message)])


def call(tool: str, /, id: str = "call_1", **args: Any) -> AIMessage:
    """Return a message that calls one tool."""
    return AIMessage("", tool_calls=[{"name": tool, "args": args, "id": id, "type": "tool_call"}])
