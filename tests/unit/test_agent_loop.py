"""The loop with everything real but the model: tools, prompts, limits, transcript."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessage
from langchain_core.tools import tool

import bot
from bot.agent.limits import Limits, Meter
from bot.agent.loop import chat, run
from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, ScriptedDesk, call
from bot.agent.task import Task
from bot.agent.transcript import Transcript
from bot.clock import FixedClock
from bot.errors import LimitReached, ModelError, ModelUnavailable, SignoffError
from tools.kit import ToolStop, load_all

CANARY = "sk-canary-0123456789abcdef"


def connected(*script: Any, **changes: Any) -> tuple[ConnectedModel, ScriptedChatModel]:
    model = ScriptedChatModel(script=list(script))
    abilities = Abilities(True, True, ("en", "zh"))
    return ConnectedModel("scripted", "", "native", abilities, lambda: model, **changes), model


def counted(text: str, tokens_in: int, tokens_out: int) -> AIMessage:
    usage = {"input_tokens": tokens_in, "output_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    return AIMessage(text, usage_metadata=usage)  # type: ignore[arg-type]


@tool
def look_up(query: str) -> str:
    """Look something up."""
    return f"found {query}"


TASK = Task("Be brief.", "Look up tea.")


def test_tools_are_called_and_the_result_holds_what_happened() -> None:
    model, scripted = connected(call("look_up", query="tea"), counted("Tea it is.", 50, 5))
    result = run(TASK, model, [look_up], Limits(), FixedClock())
    assert result.text == "Tea it is."
    assert [(u.name, u.args, u.result, u.ok) for u in result.tool_calls] == [
        ("look_up", {"query": "tea"}, "found tea", True)
    ]
    assert result.usage.calls == 2
    assert [m.text for m in scripted.sent[1]] == ["Be brief.", "Look up tea.", "", "found tea"]
    assert scripted.bound == [["look_up"]]


def test_a_finished_task_costs_no_further_call() -> None:
    desk = ScriptedDesk()
    args = {"account": "sandbox:main", "citations": ["voice-1"], "parts": ["The oolongs are here."]}
    model, scripted = connected(call("draft_post", **args))
    task = Task("s", "p", done=lambda: bool(desk.proposed), must_call=True)
    result = run(task, model, load_all(desk.kit(), ["draft_post"]), Limits(), FixedClock())
    assert len(scripted.sent) == 1
    assert result.tool_calls[0].result.startswith("Proposed as d_00000001")
    assert desk.proposed[0][-1]["key"] == "r_00000001:call_1"


def test_every_message_and_call_is_kept_as_json_and_saved_once() -> None:
    saved: list[Transcript] = []
    clock = FixedClock()
    record = Transcript("r_1", clock, save=saved.append)
    model, _ = connected(call("look_up", query="tea"), "Done.")
    run(TASK, model, [look_up], Limits(), clock, record)
    assert saved == [record]
    assert [e["kind"] for e in record.events] == ["start", "model", "tool", "model", "end"]
    assert all(e["run"] == "r_1" and e["at"] == clock.at.isoformat() for e in record.events)
    assert json.loads(json.dumps(record.events)) == record.events


def test_the_record_is_saved_when_the_run_fails() -> None:
    saved: list[Transcript] = []
    model, _ = connected(RuntimeError("boom"))
    with pytest.raises(RuntimeError, match="boom"):
        run(TASK, model, [look_up], Limits(), FixedClock(), Transcript("r_1", FixedClock(), save=saved.append))
    assert saved[0].events[-1]["kind"] == "error"


@pytest.mark.parametrize(
    ("limits", "script", "said"),
    [
        (Limits(steps=2), 2 * [call("look_up", query="tea")], "SIGNOFF_LIMIT_STEPS"),
        (Limits(tokens=60), [call("look_up", query="x" * 300)], "SIGNOFF_LIMIT_TOKENS"),
        (Limits(seconds=0), [], "SIGNOFF_LIMIT_SECONDS"),
    ],
)
def test_a_limit_stops_the_run_before_the_call_that_costs(limits: Limits, script: list[Any], said: str) -> None:
    model, scripted = connected(*script)
    with pytest.raises(LimitReached, match=said):
        run(TASK, model, [look_up], limits, FixedClock())
    assert len(scripted.sent) == len(script)


def test_money_is_a_limit_where_prices_are_known() -> None:
    meter = Meter(Limits(usd=0.01), price_in=10, price_out=30)
    meter.add(500, 100)
    meter.check()
    assert meter.usage.usd == pytest.approx(0.008)
    meter.add(500, 0)
    with pytest.raises(LimitReached, match=r"0\.01 USD.*SIGNOFF_LIMIT_USD"):
        meter.check()
    free = Meter(Limits(usd=0.0))
    free.add(500, 100)
    free.check()


def test_an_answer_may_not_be_longer_or_slower_than_what_is_left() -> None:
    model, scripted = connected("Done.")
    run(TASK, model, [look_up], Limits(reply_tokens=77, seconds=5), FixedClock())
    assert scripted.settings[0]["max_tokens"] == 77
    assert scripted.settings[0]["timeout"] <= 5


def bad_call(args: str) -> AIMessage:
    return AIMessage("", invalid_tool_calls=[{"name": "look_up", "args": args, "id": "c", "error": "Not JSON."}])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda: bad_call('{"query": '), id="malformed"),
        pytest.param(lambda: AIMessage(""), id="empty"),
        pytest.param(lambda: AIMessage("I would look it up."), id="only-talk"),
        pytest.param(lambda: AIMessage("Once upon", response_metadata={"finish_reason": "length"}), id="endless"),
    ],
)
def test_an_unusable_answer_is_handed_back_twice_and_then_it_is_an_error(bad: Callable[[], AIMessage]) -> None:
    used: list[str] = []

    @tool
    def note(query: str) -> str:
        """Note something."""
        used.append(query)
        return "noted"

    task = Task("s", "p", done=lambda: bool(used), must_call=True)
    model, scripted = connected(bad(), bad(), call("note", query="tea"))
    assert run(task, model, [note], Limits(), FixedClock()).usage.calls == 3
    assert scripted.sent[2][-1].type == "human"

    used.clear()
    model, scripted = connected(bad(), bad(), bad())
    with pytest.raises(ModelError, match="no usable answer in 3 tries"):
        run(task, model, [note], Limits(), FixedClock())


def test_a_tool_that_does_not_exist_and_wrong_arguments_are_told_and_bounded() -> None:
    model, scripted = connected(call("publish_now", text="x"), call("look_up", subject="x"), "I give up.")
    result = run(TASK, model, [look_up], Limits(), FixedClock())
    assert [u.ok for u in result.tool_calls] == [False, False]
    assert "publish_now is not a valid tool" in scripted.sent[1][-1].text
    model, _ = connected(*[call("publish_now", id=f"c{n}") for n in range(9)])
    with pytest.raises(ModelError, match="keeps calling tools wrongly"):
        run(TASK, model, [look_up], Limits(), FixedClock())


def test_a_refusal_is_an_error_with_a_next_step() -> None:
    model, _ = connected(AIMessage("", response_metadata={"finish_reason": "content_filter"}))
    with pytest.raises(ModelError, match=r"refuses this task\. Change the brief"):
        run(TASK, model, [look_up], Limits(), FixedClock())


def test_what_a_tool_cannot_mend_ends_the_run() -> None:
    @tool
    def stopper() -> str:
        """Stop."""
        raise ToolStop("No way on.")

    model, _ = connected(call("stopper"))
    with pytest.raises(ToolStop, match="No way on"):
        run(TASK, model, [stopper], Limits(), FixedClock())


def status_error(kind: type[openai.APIStatusError], status: int) -> openai.APIStatusError:
    import httpx2

    request = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    return kind(f"Incorrect API key provided: {CANARY}", response=httpx2.Response(status, request=request), body=None)


@pytest.mark.parametrize(
    ("error", "ours", "said"),
    [
        (lambda: status_error(openai.AuthenticationError, 401), ModelUnavailable, "SIGNOFF_LLM_API_KEY"),
        (lambda: status_error(openai.NotFoundError, 404), ModelUnavailable, "SIGNOFF_LLM_MODEL"),
        (lambda: status_error(openai.RateLimitError, 429), ModelUnavailable, "quota"),
        (lambda: status_error(openai.InternalServerError, 500), ModelUnavailable, "status 500"),
        (lambda: status_error(openai.BadRequestError, 400), ModelError, "refused the request"),
    ],
)
def test_the_sdks_errors_are_said_in_our_words_without_the_key(
    error: Callable[[], Exception], ours: type[SignoffError], said: str
) -> None:
    model, _ = connected(error(), secrets=(CANARY,))
    record = Transcript("r_1", FixedClock())
    with pytest.raises(ours, match=said) as caught:
        run(TASK, model, [look_up], Limits(), FixedClock(), record)
    assert CANARY not in str(caught.value) + repr(model) + json.dumps(record.events)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_conversation_shows_what_is_being_done_before_it_is_done() -> None:
    desk = ScriptedDesk()
    model, scripted = connected(call("search_brand", query="prices"), "Rule voice-1 says: warm and plain.")
    task = Task("s", "And prices?", history=(("person", "Hello"), ("bot", "Hello, what shall we post?")))
    events = list(chat(task, model, load_all(desk.kit()), Limits(), FixedClock()))
    assert [e.kind for e in events] == ["doing", "tool", "text", "done"]
    assert events[0].text == "searching the brand's rules..."
    assert events[2].text.startswith("Rule voice-1")
    assert [m.text for m in scripted.sent[0]] == ["s", "Hello", "Hello, what shall we post?", "And prices?"]


def test_nothing_is_traced_even_when_the_environment_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from langsmith.utils import tracing_is_enabled

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    seen: list[Any] = []

    def look(messages: Any) -> str:
        seen.append(tracing_is_enabled())
        return "Done."

    model, _ = connected(look)
    run(TASK, model, [look_up], Limits(), FixedClock())
    assert seen == [False]


def test_the_light_modules_do_not_import_the_heavy_ones() -> None:
    import subprocess
    import sys

    program = (
        "import sys, bot.agent.limits, bot.agent.models, bot.agent.transcript, bot.agent.drafting, bot.prompting, "
        "tools.kit, tools.draft_post; print([m for m in ('langchain', 'langchain_core', 'openai', 'httpx', 'jinja2', "
        "'pydantic') if m in sys.modules])"
    )
    root = Path(bot.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
