"""The quarantined reader: no tools but its answer, and for each comment an answer of two words.

Nothing that a stranger wrote can come out of it: both words are of closed lists, and code does the rest. A hosted model
reads several comments a call. What speaks to the reader is read alone, and two comments of our own stand among the
others: where these are read wrongly, something in the call has moved the model, and each is read alone.
"""

from __future__ import annotations

import json
import random
import re
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
#: Comments of one call, where the model is a hosted one that calls tools; calls without a usable answer until it is
#: asked about one at a time.
TOGETHER, USELESS = 8, 2
#: Comments of our own, each with how it is to be read: what says "all positive" cannot get both right.
OWN = (
    ("The parcel came broken and nobody answers my mails, I am really angry.", "negative"),
    ("Thank you so much, the best tea I ever had, I love it!", "positive"),
)
#: What is not only a comment: words of instructions, of labels, of formats; it is read alone, and so is what is long.
_SPEAKS = re.compile(
    r"\b(?:ignore|disregard|instruct\w*|prompt|system|assistant|classif\w*|label\w*|sentiment|mood|neutral|negative"
    r"|positive|json|tool|output|respond with|answer with|pretend|rate (?:it|this|them)"
    r"|(?:other|all|every|these|next|previous|above|below)(?: of)?(?: the)? (?:comment|text|message|one|item)s?)\b"
    r"|[{}<>`|\[\]]|##|忽略|无视|指令|提示词|标签|分类|情绪|正面|负面|中性|输出|其他评论|所有评论|以上|以下|每条",
    re.I,
)
_LONG = 400


@dataclass(frozen=True)
class Said:
    """What the model said of one comment."""

    mood: str
    intent: Intent


class Reader:
    """Asks a model about comments, several at once, within one meter."""

    def __init__(
        self, model: ConnectedModel, limits: Limits | Meter | None = None, at_once: int = 0, together: int = 1,
        rng: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.model = model
        self.meter = Meter.of(limits, model)
        self.at_once = at_once or (1 if model.embedded else AT_ONCE)
        #: Most comments of one call; falls to 1 where the model cannot do it.
        self.together = together
        self.rng = rng or random.SystemRandom()
        #: Calls about several that were read again one by one, because our own comments came back wrong.
        self.swayed = 0
        self._useless = 0
        self.prompt = load("read_comment")
        self._turn = threading.Lock()
        self._bound: dict[bool, Any] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._failures = 0
        #: Why the last call that failed did.
        self.trouble: ModelError | None = None

    def read(self, texts: Sequence[str], before: Sequence[str] = ()) -> list[Said | None]:
        """Return what the model says of each text; None where it gave no usable answer, or a limit was reached.

        ``before`` is what was said above each text, empty where that is not needed. Raises ModelError when the model
        cannot be used at all: when every text fails.
        """
        found = [coming.result() for coming in self.start(texts, before)]
        if found and self.trouble is not None and not any(found):
            raise self.trouble
        return found

    def start(self, texts: Sequence[str], before: Sequence[str] = ()) -> list[Future[Said | None]]:
        """Begin to ask about each text, ``at_once`` at a time, and return what will hold the answers.

        What has something before it is read alone: the words of others above it are nothing for its neighbours.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="reader")
        above = before or [""] * len(texts)
        if self.together < 2:
            return [self._pool.submit(self._one, text, up) for text, up in zip(texts, above, strict=True)]
        found: list[Future[Said | None]] = [Future() for _ in texts]
        plain = [n for n, t in enumerate(texts) if len(t) <= _LONG and not _SPEAKS.search(t) and not above[n]]
        groups = [plain[k : k + self.together] for k in range(0, len(plain), self.together)]
        for group in groups:
            self._pool.submit(self._group, [texts[n] for n in group], [found[n] for n in group])
        for n in sorted(set(range(len(texts))) - set(plain)):
            found[n] = self._pool.submit(self._one, texts[n], above[n])
        return found

    def _group(self, texts: Sequence[str], coming: Sequence[Future[Said | None]]) -> None:
        """Read several comments in one call where that can be, and the rest of them alone."""
        try:
            told = self._together(texts) if len(texts) > 1 and self.together > 1 else {}
            for n, (text, one) in enumerate(zip(texts, coming, strict=True)):
                one.set_result(told[n] if n in told else self._one(text))
        except BaseException as error:
            for one in coming:
                if not one.done():
                    one.set_exception(error)

    def _together(self, texts: Sequence[str]) -> dict[int, Said | None]:
        """Return what is said of each text, by its place; nothing where the call cannot be trusted."""
        if self._failures >= GIVE_UP:
            return dict.fromkeys(range(len(texts)))
        try:
            told, trusted = self._ask_several(texts)
        except ModelError as error:
            with self._turn:
                self._failures += 1
                self.trouble = error
            return dict.fromkeys(range(len(texts)))
        with self._turn:
            self._failures = 0
            self.swayed += bool(told) and not trusted
            self._useless = 0 if told else self._useless + 1
            if self._useless >= USELESS:
                self.together = 1
        return dict(told) if trusted else {}

    def _ask_several(self, texts: Sequence[str]) -> tuple[dict[int, Said], bool]:
        # Nobody outside knows which ids a call has, or in which order its comments stand.
        whole = [*texts, *(text for text, _ in OWN)]
        ids = [f"{n:03x}" for n in self.rng.sample(range(16**3), len(whole))]
        order = self.rng.sample(range(len(whole)), len(whole))
        items = [{"id": ids[n], "text": quoted(whole[n], most=MOST)} for n in order]
        calls = self._call(load("read_comments").turns(items=items), ANSWER * len(whole), several=True)
        told = by_id(calls, ids)
        own = [told.pop(n, None) for n in range(len(texts), len(whole))]
        return told, all(said is not None and said.mood == mood for said, (_, mood) in zip(own, OWN, strict=True))

    def afresh(self) -> None:
        """Ask again after failures that made it give up."""
        self._failures, self.trouble = 0, None

    def _one(self, text: str, before: str = "") -> Said | None:
        if self._failures >= GIVE_UP:
            return None
        try:
            said = self._ask(text, before)
        except ModelError as error:
            with self._turn:
                self._failures += 1
                self.trouble = error
            return None
        self._failures = 0
        return said

    def _ask(self, text: str, before: str) -> Said | None:
        above = quoted(before, most=MOST) if before else ""
        return understood(self._call(self.prompt.turns(text=quoted(text, most=MOST), before=above), ANSWER))

    def _call(self, turns: Sequence[tuple[str, str]], most: int, *, several: bool = False) -> Sequence[Any]:
        from langsmith.run_helpers import tracing_context

        from bot.agent.models import in_our_words

        with self._turn:
            self.meter.check()
            if several not in self._bound:
                self._bound[several] = self.model.chat().bind_tools([ALL if several else SCHEMA], tool_choice="any")
            bound = self._bound[several]
        messages = self._messages(turns)
        with tracing_context(enabled=False), in_our_words(self.model.secrets):
            answer = bound.invoke(messages, max_tokens=most, temperature=0.0)
        usage = answer.usage_metadata or {}
        guess = sum(len(m.text.encode()) for m in messages) // 3 + 1
        with self._turn:
            self.meter.add(usage.get("input_tokens", guess), usage.get("output_tokens", most))
        calls: Sequence[Any] = answer.tool_calls
        return calls

    def _messages(self, given: Sequence[tuple[str, str]]) -> list[Any]:
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        system, *turns = given
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


def by_id(calls: Sequence[Any], ids: Sequence[str]) -> dict[int, Said]:
    """Return what an answer about several says, by place; an id that comes twice or was never given says nothing."""
    found: dict[int, Said] = {}
    twice: set[int] = set()
    rows = [row for call in calls for row in call["args"].get("readings") or () if isinstance(row, dict)]
    for row in rows:
        said = understood([{"args": row}])
        if said is None or row.get("id") not in ids:
            continue
        n = list(ids).index(str(row["id"]))
        twice |= {n} & found.keys()
        found[n] = said
    return {n: said for n, said in found.items() if n not in twice}


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
ALL = {
    "type": "function",
    "function": {
        "name": "read_all",
        "description": "Say of each comment, by its id, how it sounds and what its writer wants.",
        "parameters": {
            "type": "object",
            "properties": {
                "readings": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "id": {"type": "string"},
                            "mood": {"type": "string", "enum": list(MOODS)},
                            "wants": {"type": "string", "enum": [i.value for i in Intent]},
                        },
                        "required": ["id", "mood", "wants"],
                    },
                }
            },
            "required": ["readings"],
        },
    },
}
