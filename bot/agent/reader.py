"""The quarantined reader: one stranger's comment a call, no tools but its answer, and an answer of two words.

Nothing that a stranger wrote can come out of it: both words are of closed lists, and code does the rest.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.agent.assignment import quoted
from bot.agent.limits import Limits, Meter
from bot.domain.comment import MOODS, Intent
from bot.errors import ModelError
from bot.prompting import load

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel

#: Characters of a comment that the model sees; its end is told to be cut.
MOST = 1_200
#: Calls at once, where the model is another machine's; the embedded one takes them in turn.
AT_ONCE = 8
#: Calls that fail one after the other until no more are made: a model that is down is not asked 10,000 times.
GIVE_UP = 8
#: Tokens of an answer; the longest that is right has fewer than thirty.
ANSWER = 60


@dataclass(frozen=True)
class Said:
    """What the model said of one comment."""

    mood: str
    intent: Intent


class Reader:
    """Asks a model about comments, several at once, within one meter."""

    def __init__(self, model: ConnectedModel, limits: Limits | Meter | None = None, at_once: int = 0) -> None:
        self.model = model
        self.meter = limits if isinstance(limits, Meter) else Meter(limits or Limits(), model.price_in, model.price_out)
        self.at_once = at_once or (1 if model.embedded else AT_ONCE)
        self.prompt = load("read_comment")
        self._turn = threading.Lock()
        self._bound: Any = None
        self._pool: ThreadPoolExecutor | None = None
        self._failures = 0
        #: Why the last call that failed did.
        self.trouble: ModelError | None = None

    def read(self, texts: Sequence[str]) -> list[Said | None]:
        """Return what the model says of each text; None where it gave no usable answer, or a limit was reached.

        Raises ModelError when the model cannot be used at all: when every text fails.
        """
        found = [coming.result() for coming in self.start(texts)]
        if found and self.trouble is not None and not any(found):
            raise self.trouble
        return found

    def start(self, texts: Sequence[str]) -> list[Future[Said | None]]:
        """Begin to ask about each text, ``at_once`` at a time, and return what will hold the answers."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="reader")
        return [self._pool.submit(self._one, text) for text in texts]

    def afresh(self) -> None:
        """Ask again after failures that made it give up."""
        self._failures, self.trouble = 0, None

    def _one(self, text: str) -> Said | None:
        if self._failures >= GIVE_UP:
            return None
        try:
            said = self._ask(text)
        except ModelError as error:
            with self._turn:
                self._failures += 1
                self.trouble = error
            return None
        self._failures = 0
        return said

    def _ask(self, text: str) -> Said | None:
        from langsmith.run_helpers import tracing_context

        from bot.agent.models import in_our_words

        with self._turn:
            self.meter.check()
            bound = self._bound = self._bound or self._bind()
        messages = self._messages(text)
        with tracing_context(enabled=False), in_our_words(self.model.secrets):
            answer = bound.invoke(messages, max_tokens=ANSWER, temperature=0.0)
        usage = answer.usage_metadata or {}
        guess = sum(len(m.text.encode()) for m in messages) // 3 + 1
        with self._turn:
            self.meter.add(usage.get("input_tokens", guess), usage.get("output_tokens", ANSWER))
        return understood(answer.tool_calls)

    def _bind(self) -> Any:
        return self.model.chat().bind_tools([SCHEMA], tool_choice="any")

    def _messages(self, text: str) -> list[Any]:
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        system, *turns = self.prompt.turns(text=quoted(text, most=MOST))
        shown: list[Any] = [SystemMessage(system[1])]
        for who, said in turns:
            if who == "person":
                shown.append(HumanMessage(said))
            elif self.model.strategy != "native":
                shown.append(AIMessage(_step(*said.split())))
            else:
                # An endpoint with tools of its own wants them called in its own form; the words alone do as a sample.
                shown.append(AIMessage(said))
        return shown


def understood(calls: Sequence[Any]) -> Said | None:
    """Return what an answer says; None for one that is not of the closed lists."""
    for call in calls:
        mood, intent = call["args"].get("mood"), call["args"].get("wants")
        if mood in MOODS and intent in {i.value for i in Intent}:
            return Said(mood, Intent(intent))
    return None


def _step(mood: str, intent: str) -> str:
    return json.dumps({"tool": "read", "args": {"mood": mood, "wants": intent}})


SCHEMA = {
    "type": "function",
    "function": {
        "name": "read",
        "description": "Say how the comment sounds and what its writer wants.",
        "parameters": {
            "type": "object",
            "properties": {
                "mood": {"type": "string", "enum": list(MOODS)},
                "wants": {"type": "string", "enum": [i.value for i in Intent]},
            },
            "required": ["mood", "wants"],
        },
    },
}
