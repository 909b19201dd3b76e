"""Tools for models that have none: the tool list becomes one closed JSON reply, mapped back to tool calls.

Both wrappers look like any chat model with ``bind_tools``. A reply that is not what was asked for comes back as an
``invalid_tool_calls`` entry whose ``error`` says what is wrong; the loop repairs it, because the loop counts the cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

#: The pretended tool with which such a model says something to the person.
SAY = "say"
_SAY = {
    "name": SAY,
    "description": "Say something to the person.",
    "parameters": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}


class _JsonChatModel(BaseChatModel):
    """Shared half: prompt in, one JSON object out."""

    #: Whether the endpoint itself enforces the schema.
    enforce: ClassVar[bool]
    inner: BaseChatModel

    @property
    def _llm_type(self) -> str:
        return f"signoff-{type(self).__name__}"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        offered = [compact(t) for t in tools]
        if tool_choice is None:
            offered.append(_SAY)
        return self.bind(offered=offered, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        offered = kwargs.pop("offered", None)
        if offered:
            messages = as_text(messages, offered, show_schema=not self.enforce)
            if self.enforce:
                # By extra_body and not as an argument: the SDK's own parsing would raise on a cut answer.
                wanted = {"name": "step", "strict": True, "schema": one_of(offered)}
                kwargs["extra_body"] = {"response_format": {"type": "json_schema", "json_schema": wanted}}
        message = self.inner.invoke(messages, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=read(message, offered) if offered else message)])


class JsonSchemaChatModel(_JsonChatModel):
    """For endpoints that hold a model to a JSON schema but know no tools, such as llama.cpp's server."""

    enforce: ClassVar[bool] = True


class PlainJsonChatModel(_JsonChatModel):
    """For models that can only be asked nicely."""

    enforce: ClassVar[bool] = False


def compact(tool: BaseTool | dict[str, Any] | Any) -> dict[str, Any]:
    """Return a tool's name, first sentence and parameters without what only costs tokens."""
    spec = convert_to_openai_tool(tool)["function"]
    return {
        "name": spec["name"],
        "description": spec.get("description", "").strip(),
        "parameters": _bare(spec.get("parameters") or {"type": "object", "properties": {}}),
    }


def _bare(schema: Any) -> Any:
    """Drop titles and descriptions, inline single-value enums, close every object."""
    if isinstance(schema, list):
        return [_bare(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: _bare(v) for k, v in schema.items() if k not in {"title", "description", "default"}}
    if "properties" in schema:
        out["properties"] = {k: _bare(v) for k, v in schema["properties"].items()}
        out["required"] = list(schema["properties"])
        out["additionalProperties"] = False
    return out


def one_of(offered: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a reply: one tool's name with that tool's arguments."""
    steps = [
        {
            "type": "object",
            "properties": {"tool": {"const": t["name"]}, "args": t["parameters"]},
            "required": ["tool", "args"],
            "additionalProperties": False,
        }
        for t in offered
    ]
    return steps[0] if len(steps) == 1 else {"anyOf": steps}


def _shape(schema: dict[str, Any]) -> str:
    """Show parameters the way a person would note them down: ``{"query": "..."}``."""
    if "properties" in schema:
        return "{" + ", ".join(f'"{k}": {_shape(v)}' for k, v in schema["properties"].items()) + "}"
    if schema.get("type") == "array":
        return f"[{_shape(schema.get('items', {}))}]"
    if "enum" in schema and len(schema["enum"]) <= 3:
        return "|".join(json.dumps(v, ensure_ascii=False) for v in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    return '"..."' if schema.get("type", "string") == "string" else str(schema["type"])


def as_text(
    messages: Sequence[BaseMessage], offered: Sequence[dict[str, Any]], *, show_schema: bool
) -> list[BaseMessage]:
    """Write tools, tool calls and tool results as plain turns. The beginning never changes, so caches hold."""
    lines = [f'{{"tool": "{t["name"]}", "args": {_shape(t["parameters"])}}}  {t["description"]}' for t in offered]
    how = "Answer with one JSON object" + (", one of" if len(lines) > 1 else "") + ":\n" + "\n".join(lines)
    if show_schema:
        how += "\nNothing before or after it. It must match " + json.dumps(one_of(offered), ensure_ascii=False)
    out: list[BaseMessage] = []
    rest = list(messages)
    if rest and isinstance(rest[0], SystemMessage):
        how = f"{rest.pop(0).text}\n{how}"
    out.append(SystemMessage(how))
    for message in rest:
        if isinstance(message, AIMessage) and message.tool_calls:
            steps = [json.dumps({"tool": c["name"], "args": c["args"]}, ensure_ascii=False) for c in message.tool_calls]
            out.append(AIMessage("\n".join(steps)))
        elif isinstance(message, ToolMessage):
            out.append(HumanMessage(f"Result of {message.name or 'the tool'}: {message.text}"))
        else:
            out.append(message)
    return out


_FENCE = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL)


def read(message: BaseMessage, offered: Sequence[dict[str, Any]]) -> AIMessage:
    """Turn a JSON reply into a message with a tool call, with text, or with an invalid call that says why."""
    text = message.text.strip()
    fenced = _FENCE.search(text)
    body = fenced[1] if fenced else text[text.find("{") : text.rfind("}") + 1]
    kept: dict[str, Any] = {
        "response_metadata": dict(message.response_metadata),
        "usage_metadata": getattr(message, "usage_metadata", None),
    }
    try:
        step = json.loads(body, strict=False)
    except ValueError:
        return _invalid(text, "That was not one JSON object.", kept)
    if not isinstance(step, dict) or not isinstance(step.get("args"), dict):
        return _invalid(text, 'The object must have "tool" and "args".', kept)
    tool = next((t for t in offered if t["name"] == step.get("tool")), None)
    if tool is None:
        return _invalid(text, f"The tool must be one of {', '.join(t['name'] for t in offered)}.", kept)
    if tool["name"] == SAY:
        return AIMessage(str(step["args"].get("text", "")), **kept)
    call = {"name": tool["name"], "args": step["args"], "id": f"call_{uuid4().hex[:12]}", "type": "tool_call"}
    return AIMessage("", tool_calls=[call], **kept)


def _invalid(text: str, why: str, kept: dict[str, Any]) -> AIMessage:
    call = {"type": "invalid_tool_call", "name": None, "args": text[:2000], "id": None, "error": why}
    return AIMessage("", invalid_tool_calls=[call], **kept)
