"""Settings name their faults without their values; logs hold no secret."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from bot import logs
from bot.errors import Misconfigured
from bot.settings import load


def test_account_settings_come_from_nested_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNOFF_PLATFORMS__BLUESKY__MAIN__APP_PASSWORD", "abcd-efgh-ijkl-mnop")
    settings = load()
    assert settings.account("bluesky:main") == {"app_password": "abcd-efgh-ijkl-mnop"}
    assert settings.account("bluesky:other") == {}
    assert "abcd-efgh-ijkl-mnop" in settings.secrets()
    assert "abcd-efgh" not in repr(settings)


def test_a_mistyped_name_in_the_env_file_is_an_error() -> None:
    Path(".env").write_text("SIGNOFF_OPERATER=anna\n")
    with pytest.raises(Misconfigured, match="SIGNOFF_OPERATER"):
        load()


def test_a_wrong_value_is_named_but_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNOFF_LIMIT_STEPS", "sk-canary-value-000000000")
    with pytest.raises(Misconfigured, match="SIGNOFF_LIMIT_STEPS") as caught:
        load()
    assert "canary" not in str(caught.value)


def test_a_secret_can_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-from-a-file\n")
    monkeypatch.setenv("SIGNOFF_LLM_API_KEY_FILE", str(tmp_path / "key"))
    key = load().llm_api_key
    assert key is not None
    assert key.get_secret_value() == "sk-from-a-file"
    monkeypatch.setenv("SIGNOFF_LLM_API_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(Misconfigured, match="SIGNOFF_LLM_API_KEY_FILE"):
        load()


@pytest.mark.parametrize(
    "leak",
    [
        "known-canary-value",
        "sk-abcdefghijklmnop0123",
        "xoxb-123456789-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghij",
        "abcd-efgh-ijkl-mnop",
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_reaches_a_log_line_or_a_traceback(leak: str, as_json: bool) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.configure("INFO", as_json=as_json, secrets=["known-canary-value"])
        stream = io.StringIO()
        root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
        log = logging.getLogger("test")
        log.info("sent %s", leak)
        try:
            raise ValueError(f"refused {leak}")
        except ValueError:
            log.exception("it failed")
        said = stream.getvalue()
    finally:
        root.handlers[:], root.level = before
    assert leak not in said
    assert said.count("***") >= 2
    assert "ValueError" in said
