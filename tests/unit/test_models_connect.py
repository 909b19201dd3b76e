"""Reaching a model, learning what it can do, and what happens when it misbehaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import tool

from bot.agent import models
from bot.agent.limits import Limits
from bot.agent.loop import run
from bot.agent.models import ConnectedModel, ModelSettings, connect
from bot.agent.strategies import SAY
from bot.agent.task import Task
from bot.clock import FixedClock
from bot.errors import ModelError, ModelUnavailable
from tests.unit.fake_endpoint import Endpoint, dripping, endpoint, fill, like_hosted, like_llama_cpp, talkative

CANARY = "sk-canary-0123456789abcdef"


def settings(url: str | None, folder: Path, **changes: Any) -> ModelSettings:
    given: dict[str, Any] = {"base_url": url, "model": "fake", "cache_dir": folder, "discover": False}
    return ModelSettings(**{**given, "timeout_s": 60.0, **changes})


@tool
def look_up(query: str) -> str:
    """Look something up."""
    return f"found {query}"


@tool
def write_down(text: str) -> str:
    """Write something down."""
    return "written"


def ask(model: ConnectedModel, **changes: Any) -> Any:
    done: list[str] = []

    @tool
    def look(query: str) -> str:
        """Look something up."""
        done.append(query)
        return f"found {query}"

    task = Task("Be brief.", "Look up tea.", done=lambda: bool(done), must_call=True)
    return run(task, model, [look], Limits(**changes), FixedClock())


@pytest.mark.parametrize(
    ("manner", "strategy", "languages"),
    [
        (like_hosted, "native", ("en", "zh")),
        (like_llama_cpp, "json_schema", ("en", "zh")),
        (talkative, "plain", ("en",)),
    ],
)
def test_the_strategy_follows_what_the_endpoint_does(
    manner: Any, strategy: str, languages: tuple[str, ...], tmp_path: Path
) -> None:
    with endpoint(manner) as fake, connect(settings(fake.url, tmp_path)) as model:
        assert model.strategy == strategy
        assert model.abilities.languages == languages
        result = ask(model)
        assert [u.name for u in result.tool_calls] == ["look"]
        assert result.usage.calls == 1


def test_the_probe_is_asked_once_for_an_endpoint_and_model(tmp_path: Path) -> None:
    with endpoint(like_llama_cpp) as fake:
        connect(settings(fake.url, tmp_path)).close()
        asked = len(fake.asked)
        assert 0 < asked <= 3
        connect(settings(fake.url, tmp_path)).close()
        assert len(fake.asked) == asked
        connect(settings(fake.url, tmp_path, model="other")).close()
        assert len(fake.asked) > asked


def test_a_spoilt_probe_file_is_only_asked_anew(tmp_path: Path) -> None:
    (tmp_path / "abilities.json").write_text("{nonsense", encoding="utf-8")
    with endpoint(like_llama_cpp) as fake, connect(settings(fake.url, tmp_path)) as model:
        assert model.strategy == "json_schema"
    assert json.loads((tmp_path / "abilities.json").read_text(encoding="utf-8"))


def offered(fake: Endpoint) -> dict[str, Any]:
    schema: dict[str, Any] = fake.asked[-1]["response_format"]["json_schema"]["schema"]
    return schema


def test_tools_become_one_schema_and_results_become_turns(tmp_path: Path) -> None:
    answers = [
        {"tool": "write_down", "args": {"text": "tea"}},
        {"tool": SAY, "args": {"text": "Written."}},
    ]
    with endpoint(like_llama_cpp) as fake, connect(settings(fake.url, tmp_path)) as model:
        fake.manner = lambda asked: {"content": json.dumps(answers.pop(0))}
        result = run(Task("Be brief.", "Note tea."), model, [look_up, write_down], Limits(), FixedClock())
        assert result.text == "Written."
        assert [s["properties"]["tool"]["const"] for s in offered(fake)["anyOf"]] == ["look_up", "write_down", SAY]
        first, second = (a["messages"] for a in fake.asked[-2:])
        assert second[: len(first)] == first  # a constant beginning is what prompt caches live on
        assert [m["role"] for m in second] == ["system", "user", "assistant", "user"]
        assert second[-1]["content"] == "Result of write_down: written"
        assert "tools" not in fake.asked[-1]


def test_what_leaves_for_a_hosted_endpoint_is_what_the_interface_asks_for(tmp_path: Path) -> None:
    with endpoint(like_hosted) as fake, connect(settings(fake.url, tmp_path, api_key=CANARY)) as model:
        run(Task("Be brief.", "Note tea."), model, [look_up], Limits(reply_tokens=99), FixedClock())
        asked = fake.asked[-1]
        assert [m["role"] for m in asked["messages"]] == ["system", "user", "assistant", "tool"]
        assert asked["messages"][3]["tool_call_id"] == "call_1"
        assert asked["tools"][0]["function"]["name"] == "look_up"
        assert asked["max_tokens"] == 99
        assert {h["authorization"] for h in fake.headers} == {f"Bearer {CANARY}"}


def test_no_key_of_another_service_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with endpoint(like_hosted) as fake, connect(settings(fake.url, tmp_path)):
        assert all(CANARY not in h["authorization"] for h in fake.headers)


# --- faults ------------------------------------------------------------------------------------------------

BAD_CALL = {"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"query": '}}
WRONG_TOOL = {"id": "c", "type": "function", "function": {"name": "publish_now", "arguments": "{}"}}
NATIVE_FAULTS: dict[str, tuple[Any, str]] = {
    "malformed": ({"tool_calls": [BAD_CALL]}, "no usable answer in 3 tries"),
    "empty": ({"content": ""}, "no usable answer in 3 tries"),
    "truncated": ({"content": "Once upon a", "finish_reason": "length"}, "cut off"),
    "refusal": ({"content": "", "finish_reason": "content_filter"}, "refuses"),
    "unknown tool": ({"tool_calls": [WRONG_TOOL]}, "wrongly"),
    "500": ((500, {"error": {"message": f"key {CANARY} broke"}}), "status 500"),
    "401": ((401, {"error": {"message": f"bad key {CANARY}"}}), "SIGNOFF_LLM_API_KEY"),
    "not JSON": (b"<html>hello</html>", "not an OpenAI-compatible|cannot be used"),
    "not an answer": (b'{"hello": 1}', "not an OpenAI-compatible|cannot be used"),
}
JSON_FAULTS: dict[str, tuple[Any, str]] = {
    "malformed": ({"content": '{"tool": "look", "args": {'}, "not one JSON object"),
    "wrong schema": ({"content": '{"tool": "look"}'}, "tool. and .args"),
    "unknown tool": ({"content": '{"tool": "publish_now", "args": {}}'}, "must be one of look"),
    "truncated": ({"content": '{"tool": "look", "args": {"query": "te', "finish_reason": "length"}, "be shorter"),
    "empty": ({"content": ""}, "not one JSON object"),
    "wrong arguments": ({"content": '{"tool": "look", "args": {"subject": 1}}'}, "wrongly"),
}


@pytest.mark.parametrize(
    ("manner", "fault", "said"),
    [pytest.param(like_hosted, f, s, id=f"native {n}") for n, (f, s) in NATIVE_FAULTS.items()]
    + [pytest.param(like_llama_cpp, f, s, id=f"json {n}") for n, (f, s) in JSON_FAULTS.items()],
)
def test_a_fault_is_tried_a_few_times_and_then_said_without_the_key(
    manner: Any, fault: Any, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.01)
    with endpoint(manner) as fake, connect(settings(fake.url, tmp_path, api_key=CANARY)) as model:
        before = len(fake.asked)
        fake.manner = lambda asked: dict(fault) if isinstance(fault, dict) else fault
        with pytest.raises(ModelError, match=said) as caught:
            ask(model)
        assert len(fake.asked) - before <= 6
        assert CANARY not in str(caught.value)
        assert caught.value.next_step


def test_one_bad_answer_is_repaired(tmp_path: Path) -> None:
    answers: list[Any] = [{"content": "Sure, I will"}, {"content": '{"tool": "look", "args": {"query": "tea"}}'}]
    with endpoint(like_llama_cpp) as fake, connect(settings(fake.url, tmp_path)) as model:
        fake.manner = lambda asked: answers.pop(0)
        assert ask(model).usage.calls == 2
        assert "not one JSON object" in fake.asked[-1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    "manner", [dripping(60), lambda asked: time.sleep(30) or {"content": ""}], ids=["drip", "stall"]
)
def test_an_answer_that_does_not_end_is_cut_off(manner: Callable[[Any], Any], tmp_path: Path) -> None:
    with endpoint(like_llama_cpp) as fake:
        # What the model can do is kept: the second time nothing is asked before the question.
        connect(settings(fake.url, tmp_path)).close()
        with connect(settings(fake.url, tmp_path, timeout_s=0.4)) as model:
            fake.manner = manner
            model.chat().inner.root_client.max_retries = 0  # type: ignore[attr-defined]
            began = time.monotonic()
            with pytest.raises(ModelUnavailable, match="in time"):
                ask(model)
            assert time.monotonic() - began < 20


def test_nobody_there_is_said_with_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="SIGNOFF_LLM_BASE_URL"):
        connect(settings("http://127.0.0.1:9/v1", tmp_path))


# --- the order of choice -----------------------------------------------------------------------------------


def test_the_only_model_of_an_endpoint_need_not_be_named(tmp_path: Path) -> None:
    with endpoint(like_llama_cpp, ("only",)) as fake, connect(settings(fake.url, tmp_path, model=None)) as model:
        assert model.name == "only"
    with endpoint(like_llama_cpp, ("a", "b")) as fake, pytest.raises(ModelUnavailable, match="It offers a, b"):
        connect(settings(fake.url, tmp_path, model=None))


def test_a_server_that_already_runs_here_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = models.list_models
    monkeypatch.setattr(models, "list_models", lambda url, key, *, timeout: asked(url, key, timeout=60))
    with endpoint(like_llama_cpp, ("text-embedding-x", "qwen")) as fake:
        monkeypatch.setattr(models, "LOCAL_SERVERS", (("Nobody", "http://127.0.0.1:9/v1"), ("Ollama", fake.url)))
        told: list[str] = []
        given = settings(None, tmp_path, model=None, discover=True)
        with connect(given, progress=lambda what, done, total: told.append(what)) as model:
            assert (model.name, model.base_url) == ("qwen", fake.url)
        assert told[0] == "using qwen of the Ollama that runs here"


def test_with_nothing_at_all_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.agent.embedded.find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="SIGNOFF_LLM_BASE_URL"):
        connect(settings(None, tmp_path))
    monkeypatch.setattr("bot.agent.embedded.find_spec", lambda name: True)
    with pytest.raises(ModelUnavailable, match=r"switched off.*SIGNOFF_MODEL_FILE"):
        connect(settings(None, tmp_path, allow_download=False))
    with pytest.raises(ModelUnavailable, match="no model file"):
        connect(settings(None, tmp_path, embedded_model_path=tmp_path / "gone.gguf"))


def test_settings_do_not_show_the_key() -> None:
    assert CANARY not in repr(ModelSettings(api_key=CANARY))


def test_the_fake_fills_schemas() -> None:
    assert fill({"type": "object", "properties": {"a": {"enum": ["x"]}, "b": {"type": "integer"}}}) == {
        "a": "x",
        "b": 1,
    }
