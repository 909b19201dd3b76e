"""The agent loop: a task goes in, tools are called, a result comes out; everything is kept and nothing is unbounded.

The loop is langchain's ``create_agent``. What is ours sits in one middleware: limits before each call, repair of
answers that are not usable, the transcript, and stopping as soon as the task is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langsmith.run_helpers import tracing_context

from bot import tracing
from bot.agent.limits import Limits, Meter
from bot.agent.models import ConnectedModel, in_our_words
from bot.agent.task import Event, RunResult, Task, ToolUse
from bot.agent.transcript import Transcript
from bot.clock import Clock
from bot.errors import ModelError
from bot.words import say
from tools.kit import calling

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

#: How often an unusable answer is handed back, and how many failing tool calls a run may make.
REPAIRS = 2
MOST_TOOL_ERRORS = 4


def _doing(tool: str) -> str:
    """Say what a tool call does, to the person who waits."""
    words = {
        "search_brand": say("searching the brand's rules..."),
        "draft_post": say("proposing a text..."),
        "schedule_post": say("proposing a time..."),
        "list_queue": say("reading the queue..."),
        "optimise_text": say("measuring a text..."),
        "analyse_sentiment": say("reading how it sounds..."),
        "rewrite": say("wording it better..."),
        "condense": say("condensing..."),
    }
    return words.get(tool, f"{tool}...")


class _Run(AgentMiddleware):
    """All that one run adds to langchain's loop."""

    def __init__(
        self, task: Task, bound: Any, meter: Meter, transcript: Transcript, on_event: Callable[[Event], None] | None
    ) -> None:
        super().__init__()
        self.task, self.bound, self.meter, self.transcript = task, bound, meter, transcript
        self.tell = on_event or (lambda event: None)
        self.used: list[ToolUse] = []
        self.errors = 0
        self.system = SystemMessage(task.system)
        # The deadline of a call may only shorten the client's own.
        self.timeout = _timeout_of(bound)

    def wrap_model_call(self, request: Any, handler: Any) -> AIMessage:
        if self.used and self.task.done():
            return AIMessage("")
        # Not handler(request): that would bind the tools anew for each call, the largest avoidable cost there is.
        messages: list[AnyMessage] = [self.system, *request.messages]
        if self.task.afresh and self.used:
            messages = [self.system, *_said(self.task), HumanMessage(f"{self.task.prompt}\n({self.used[-1].result})")]
        for _ in range(REPAIRS + 1):
            answer = self._call(messages)
            wrong = self._wrong(answer)
            if not wrong:
                for call in answer.tool_calls:
                    self.tell(Event("doing", _doing(call["name"]), dict(call["args"])))
                return answer
            self.transcript.add("repair", why=wrong)
            said = answer.text or "\n".join(str(c.get("args") or "") for c in answer.invalid_tool_calls)
            messages += [AIMessage(said[:2000] or "(nothing)"), HumanMessage(wrong)]
        raise ModelError(
            f"The language model gave no usable answer in {REPAIRS + 1} tries: {wrong}",
            next_step="Try again, with a shorter brief or a larger model.",
        )

    def _call(self, messages: list[AnyMessage]) -> AIMessage:
        self.meter.check()
        left = max(1.0, self.meter.seconds_left)
        settings: dict[str, Any] = {"max_tokens": self.meter.reply_tokens(), "timeout": min(self.timeout or left, left)}
        if self.task.temperature is not None:
            settings["temperature"] = self.task.temperature
        if self.task.afresh and self.used:
            settings["temperature"] = 0.7 if self.task.temperature is None else 1.0  # or it says the same again
        began = time.perf_counter()
        with tracing.span("model call"):
            answer: AIMessage = self.bound.invoke(messages, **settings)
            usage = answer.usage_metadata or {"input_tokens": _guess(messages), "output_tokens": _guess([answer])}
            tracing.note(read=usage["input_tokens"], written=usage["output_tokens"])
        self.meter.add(usage["input_tokens"], usage["output_tokens"])
        self.transcript.add(
            "model",
            text=answer.text,
            calls=[{"name": c["name"], "args": c["args"], "id": c["id"]} for c in answer.tool_calls],
            invalid=[str(c.get("args") or "")[:2000] for c in answer.invalid_tool_calls],
            tokens=[usage["input_tokens"], usage["output_tokens"]],
            ms=round((time.perf_counter() - began) * 1000),
        )
        return answer

    def _wrong(self, answer: AIMessage) -> str:
        """Say what makes an answer unusable; empty when it can be used."""
        reason = answer.response_metadata.get("finish_reason")
        if reason == "content_filter" or answer.additional_kwargs.get("refusal"):
            raise ModelError("The language model refuses this task.", next_step="Change the brief.")
        if answer.tool_calls:
            return ""
        if answer.invalid_tool_calls:
            why = answer.invalid_tool_calls[0].get("error") or "The arguments were not valid JSON."
            return f"{'The answer was cut off: be shorter. ' if reason == 'length' else ''}{why} Try again."
        if reason == "length" and self.task.must_call:
            return "The answer was cut off: be shorter. Try again."
        if self.task.must_call and not self.task.done():
            return "Use a tool: call it now, with all its arguments."
        return "" if answer.text.strip() else "The answer was empty. Try again."

    def wrap_tool_call(self, request: Any, handler: Any) -> ToolMessage:
        call = request.tool_call
        began = time.perf_counter()
        with calling(f"{self.transcript.run_id}:{call['id']}"):
            message: ToolMessage = handler(request)
        ok = message.status != "error"
        self.used.append(ToolUse(call["name"], call["args"], message.text, ok))
        self.transcript.add(
            "tool",
            name=call["name"],
            args=call["args"],
            id=call["id"],
            result=message.text,
            ok=ok,
            ms=round((time.perf_counter() - began) * 1000),
        )
        self.tell(Event("tool", message.text, {"name": call["name"], "ok": ok}))
        self.errors += not ok
        if self.errors > MOST_TOOL_ERRORS:
            raise ModelError(
                f"The language model keeps calling tools wrongly: {message.text[:200]}",
                next_step="Try again, or use a larger model.",
            )
        return message


def _guess(messages: Sequence[AnyMessage]) -> int:
    """Estimate tokens where the endpoint does not count them, rather high than low."""
    calls = sum(len(str(m.tool_calls)) for m in messages if isinstance(m, AIMessage))
    return (calls + sum(len(m.text.encode()) for m in messages)) // 3 + 1


def _timeout_of(bound: Any) -> float | None:
    model = getattr(bound, "bound", bound)
    model = getattr(model, "inner", model)
    timeout = getattr(model, "request_timeout", None)
    return timeout if isinstance(timeout, int | float) else None


def _agent(run: _Run, model: Any, tools: Sequence[BaseTool]) -> Any:
    return create_agent(model, list(tools), middleware=[run])


def _said(task: Task) -> list[AnyMessage]:
    return [HumanMessage(text) if who == "person" else AIMessage(text) for who, text in task.history]


def _first(task: Task) -> dict[str, Any]:
    return {"messages": [*_said(task), HumanMessage(task.prompt)]}


def _prepare(
    task: Task,
    model: ConnectedModel,
    tools: Sequence[BaseTool],
    limits: Limits | Meter,
    transcript: Transcript,
    on_event: Callable[[Event], None] | None,
) -> tuple[_Run, Any]:
    chat = model.chat()
    bound = chat.bind_tools(list(tools), **({"tool_choice": "any"} if task.must_call else {})) if tools else chat
    meter = Meter.of(limits, model)
    transcript.add("start", model=model.name, strategy=model.strategy, system=task.system, prompt=task.prompt)
    run_ = _Run(task, bound, meter, transcript, on_event)
    return run_, _agent(run_, chat, tools)


@contextmanager
def _kept(model: ConnectedModel, transcript: Transcript) -> Iterator[None]:
    """Record how the run ends, save the transcript whatever happens, and send no traces anywhere."""
    try:
        with tracing_context(enabled=False), in_our_words(model.secrets):
            yield
        transcript.add("end")
    except BaseException as error:
        transcript.add("error", error=type(error).__name__, message=str(error))
        raise
    finally:
        transcript.close()


def run(
    task: Task,
    model: ConnectedModel,
    tools: Sequence[BaseTool],
    limits: Limits | Meter,
    clock: Clock,
    transcript: Transcript | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> RunResult:
    """Do the task. Raises ModelError, LimitReached or ToolStop; the transcript is saved in every case."""
    transcript = transcript or Transcript(clock.new_id("r"), clock)
    began = time.perf_counter()
    with _kept(model, transcript):
        run_, agent = _prepare(task, model, tools, limits, transcript, on_event)
        last = agent.invoke(_first(task))["messages"][-1]
    return RunResult(last.text, tuple(run_.used), run_.meter.usage, round((time.perf_counter() - began) * 1000))


def chat(
    task: Task,
    model: ConnectedModel,
    tools: Sequence[BaseTool],
    limits: Limits | Meter,
    clock: Clock,
    transcript: Transcript | None = None,
) -> Iterator[Event]:
    """Do the same step by step, for a conversation: events as they happen, ``done`` with the RunResult last."""
    transcript = transcript or Transcript(clock.new_id("r"), clock)
    began, waiting = time.perf_counter(), list[Event]()
    with _kept(model, transcript):
        run_, agent = _prepare(task, model, tools, limits, transcript, waiting.append)
        text = ""
        for step in agent.stream(_first(task), stream_mode="updates"):
            yield from waiting
            waiting.clear()
            for message in (step.get("model") or {}).get("messages", []):
                text = "" if message.tool_calls else message.text
        if text:
            yield Event("text", text)
    ms = round((time.perf_counter() - began) * 1000)
    yield Event("done", text, {"result": RunResult(text, tuple(run_.used), run_.meter.usage, ms)})
