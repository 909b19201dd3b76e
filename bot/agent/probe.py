"""What a model can do, found out by asking it, once per endpoint and model."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.words import say

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

#: Raise it when the questions below change, so that old answers are not trusted.
_FORMAT = 1


@dataclass(frozen=True)
class Abilities:
    """What was seen to work."""

    #: Calls a tool when it should.
    tools: bool
    #: Is held to a JSON schema by its endpoint.
    json_schema: bool
    #: Of ``en`` and ``zh``, those it writes.
    languages: tuple[str, ...]
    #: What finding out took.
    ms: int = 0

    @property
    def strategy(self) -> str:
        return "native" if self.tools else "json_schema" if self.json_schema else "plain"


_TOOL = {
    "type": "function",
    "function": {
        "name": "note_number",
        "description": "Write down a number.",
        "parameters": {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
    },
}
#: The question does not mention these words: only an enforced schema brings them about.
_SCHEMA = {
    "type": "object",
    "properties": {
        "mark": {"enum": ["amber-7"]},
        "en": {"type": "string", "maxLength": 40},
        "zh": {"type": "string", "maxLength": 20},
    },
    "required": ["mark", "en", "zh"],
    "additionalProperties": False,
}
_ASK = "Write a greeting in English (en) and in Chinese (zh). Answer with a JSON object."


def probe(model: BaseChatModel, *, skip_tools: bool = False) -> Abilities:
    """Ask the endpoint three short things. Errors of reaching it are raised; refusals only count as "cannot"."""
    started = time.perf_counter()
    tools = False if skip_tools else _calls_tools(model)
    text = _try(model, _ASK, extra_body={"response_format": _format()}, max_tokens=80)
    body = _object(text or "")
    enforced = body.get("mark") == "amber-7" and set(body) == {"mark", "en", "zh"}
    if not enforced:
        body = _object(_try(model, _ASK + ' Keys: "en", "zh".', max_tokens=80) or "")
    languages = ["en"] if re.search(r"[A-Za-z]{2}", str(body.get("en", ""))) else []
    languages += ["zh"] if re.search(r"[\u4e00-\u9fff]", str(body.get("zh", ""))) else []
    return Abilities(tools, enforced, tuple(languages), round((time.perf_counter() - started) * 1000))


def _format() -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "greeting", "strict": True, "schema": _SCHEMA}}


def _calls_tools(model: BaseChatModel) -> bool:
    message = _attempt(lambda: model.bind_tools([_TOOL]).invoke("Note the number 4 with the tool.", max_tokens=80))
    calls = getattr(message, "tool_calls", None) or []
    return any(c["name"] == "note_number" and c["args"].get("number") == 4 for c in calls)


def _try(model: BaseChatModel, question: str, **settings: Any) -> str | None:
    message = _attempt(lambda: model.invoke(question, **settings))
    return None if message is None else message.text


def _attempt(ask: Callable[[], Any]) -> Any:
    """Return the answer, or None where the endpoint refuses this kind of request as such."""
    import openai

    try:
        return ask()
    except (openai.BadRequestError, openai.UnprocessableEntityError, openai.InternalServerError):
        return None


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def known_or_probe(
    model: BaseChatModel,
    where: str,
    name: str,
    file: Path,
    progress: Callable[[str, int, int], None],
    skip_tools: bool = False,
) -> Abilities:
    """Return what an earlier probe found for this endpoint and model, else probe and keep it."""
    known = _read(file)
    found = known.get(f"{where} {name}")
    if isinstance(found, dict) and found.get("format") == _FORMAT:
        return Abilities(found["tools"], found["json_schema"], tuple(found["languages"]), found["ms"])
    progress(say("asking {name} what it can do", name=name), 0, 0)
    abilities = probe(model, skip_tools=skip_tools)
    if abilities.languages or abilities.tools:  # an endpoint that only failed is asked again next time
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        body = {**_read(file), f"{where} {name}": {"format": _FORMAT, **asdict(abilities)}}
        fresh.write_text(json.dumps(body, indent=1), encoding="utf-8")
        fresh.replace(file)
    return abilities


def _read(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}
