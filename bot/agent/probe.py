"""What a model can do, found out by asking it, once per endpoint and model."""

from __future__ import annotations

import base64
import json
import re
import struct
import time
import zlib
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
    #: Sees pictures; None until a picture needed it.
    vision: bool | None = None

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
    """Return the answer, or None where the endpoint refuses this kind of request as such. Nothing is traced."""
    import openai
    from langsmith.run_helpers import tracing_context

    try:
        with tracing_context(enabled=False):
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
        seen = found.get("vision")
        return Abilities(found["tools"], found["json_schema"], tuple(found["languages"]), found["ms"], seen)
    progress(say("asking {name} what it can do", name=name), 0, 0)
    abilities = probe(model, skip_tools=skip_tools)
    if abilities.languages or abilities.tools:  # an endpoint that only failed is asked again next time
        _keep(file, f"{where} {name}", {"format": _FORMAT, **asdict(abilities)})
    return abilities


def _keep(file: Path, key: str, found: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({**_read(file), key: found}, indent=1), encoding="utf-8")
    fresh.replace(file)


def known_or_look(
    model: BaseChatModel, where: str, name: str, file: Path, progress: Callable[[str, int, int], None]
) -> bool:
    """Say whether the model sees pictures: what was found before, else by showing it one, and keep the answer."""
    found = _read(file).get(f"{where} {name}")
    if isinstance(found, dict) and isinstance(found.get("vision"), bool):
        return bool(found["vision"])
    progress(say("asking {name} what it can do", name=name), 0, 0)
    seen = looks(model)
    if isinstance(found, dict):
        _keep(file, f"{where} {name}", {**found, "vision": seen})
    return seen


def looks(model: BaseChatModel) -> bool:
    """Show the endpoint three stripes and ask for their colours: nobody guesses these in this order."""
    address = "data:image/png;base64," + base64.b64encode(_stripes()).decode()
    question = "Name the colours of the three stripes from left to right, one English word each."
    shown: list[Any] = [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": address}}]
    message = _attempt(lambda: model.invoke([("human", shown)], max_tokens=60))
    said = "" if message is None else message.text.lower()
    return re.search(r"yellow\W.*\b(?:purple|violet|magenta)\W.*\bgreen", said, re.DOTALL) is not None


def _stripes(width: int = 96, height: int = 48) -> bytes:
    """Return a PNG: yellow, purple, green."""
    colours = (b"\xff\xe0\x00", b"\x80\x00\x80", b"\x00\x90\x20")
    row = b"\x00" + b"".join(colour * (width // 3) for colour in colours)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}
