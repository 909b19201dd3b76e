"""What goes into the agent loop and what comes out of it, as plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.agent.limits import Usage

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel

#: A prompt as (``system``, ``person`` or ``bot``, text): the system first, the request last, examples between.
Turns = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Task:
    """What is to be done, and how to tell that it is."""

    system: str
    prompt: str
    #: Asked after every tool call: a finished task costs no further call of the model.
    done: Callable[[], bool] = lambda: False
    #: The model must call tools until ``done``; what it merely says is handed back.
    must_call: bool = False
    #: Start afresh after each tool result, with only the result added: a small model that sees its own bad text
    #: writes it again.
    afresh: bool = False
    #: How freely the first answer is worded; None for the model's own setting.
    temperature: float | None = None
    #: Earlier turns of a conversation: (``person`` or ``bot``, text).
    history: tuple[tuple[str, str], ...] = ()


def by_call(
    turns: Turns, model: ConnectedModel, tool: str, args: Callable[[str], dict[str, Any]], done: Callable[[], bool]
) -> Task:
    """Return the task that a prompt puts, to be done by calling ``tool``; ``args`` reads an example's answer."""
    return Task(
        turns[0][1],
        turns[-1][1],
        history=as_calls(turns[1:-1], tool, args) if model.strategy != "native" else (),
        done=done,
        must_call=True,
        afresh=model.embedded,
    )


def as_calls(turns: Turns, tool: str, args: Callable[[str], dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Write the answers of examples as calls of a tool: small models follow what they see."""
    return tuple(
        (who, json.dumps({"tool": tool, "args": args(text)}, ensure_ascii=False) if who == "bot" else text)
        for who, text in turns
    )


@dataclass(frozen=True)
class ToolUse:
    """One tool call and what came back."""

    name: str
    args: dict[str, Any]
    result: str
    ok: bool = True


@dataclass(frozen=True)
class RunResult:
    """What a run said, did and used."""

    text: str
    tool_calls: tuple[ToolUse, ...] = ()
    usage: Usage = field(default_factory=Usage)
    ms: int = 0


@dataclass(frozen=True)
class Event:
    """Something to show while a run goes on: ``doing``, ``tool``, ``text`` or ``done``."""

    kind: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)
