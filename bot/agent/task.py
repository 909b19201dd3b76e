"""What goes into the agent loop and what comes out of it, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.agent.limits import Usage


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
