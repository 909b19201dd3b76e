"""Settings name their faults without their values; logs hold no secret."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from bot import logs
from bot.clock import FixedClock
from bot.errors import Misconfigured
from bot.platforms.sandbox import Sandbox
from bot.settings import load
from bot.surfaces.cli import trouble


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


@pytest.mark.parametrize("what", ["TRANSCRIPTS", "NOTICES", "READINGS", "COMMENTS", "EVENTS"])
def test_so_many_days_that_the_calendar_ends_are_refused(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"SIGNOFF_KEEP_{what}_DAYS"
    monkeypatch.setenv(name, "999999")
    with pytest.raises(Misconfigured, match=f"{name}: 36500 days at most; 0 keeps it for ever"):
        load()
    monkeypatch.setenv(name, "36500")
    load()


def test_a_secret_can_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-from-a-file\n")
    monkeypatch.setenv("SIGNOFF_LLM_API_KEY_FILE", str(tmp_path / "key"))
    key = load().llm_api_key
    assert key is not None
    assert key.get_secret_value() == "sk-from-a-file"
    monkeypatch.setenv("SIGNOFF_LLM_API_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(Misconfigured, match="SIGNOFF_LLM_API_KEY_FILE"):
        load()


def test_another_programs_env_file_is_left_alone() -> None:
    Path(".env").write_text("OPENAI_API_KEY=sk-theirs-0123456789abcdef\nDEBUG=1\nSIGNOFF_OPERATOR=anna\n")
    assert load().operator == "anna"


def test_a_secret_can_be_a_file_that_the_env_file_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-from-a-file\n")
    Path(".env").write_text(f"SIGNOFF_LLM_API_KEY_FILE={tmp_path / 'key'}\n")
    assert "sk-from-a-file" in load().secrets()
    monkeypatch.setenv("SIGNOFF_LLM_API_KEY", "sk-from-the-environment")
    assert load().secrets() == ("sk-from-the-environment",)


def test_a_mistyped_file_of_a_secret_is_an_error() -> None:
    Path(".env").write_text("SIGNOFF_LLM_API_KEYS_FILE=/run/x\n")
    with pytest.raises(Misconfigured, match=r"did you mean SIGNOFF_LLM_API_KEY_FILE\?"):
        load()


def test_files_that_are_no_text_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes(b"NAME=\xff\n")
    with pytest.raises(Misconfigured, match=r"The file \.env is not UTF-8 text"):
        load()
    Path(".env").unlink()
    (tmp_path / "key").write_bytes(b"\xff")
    monkeypatch.setenv("SIGNOFF_KEYS_FILE", str(tmp_path / "key"))
    with pytest.raises(Misconfigured, match="key is not UTF-8 text"):
        load()


def test_passwords_in_addresses_are_secrets(tmp_path: Path) -> None:
    given = load(
        home=tmp_path,
        database_url="postgresql://u:canary%2Done@h/d?sslmode=require",
        llm_base_url="https://canary-two@h/v1?api_key=canary-three",
        embedding_base_url="http://[broken",
    )
    assert set(given.secrets()) == {"canary%2Done", "canary-one", "canary-two", "canary-three"}
    assert "canary" not in repr(given) + str(given)
    assert str(tmp_path) in repr(given)
    assert load(database_url="sqlite:///a.db").secrets() == ()


def test_what_was_typed_in_connect_is_kept_out_of_texts_logs_and_errors(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.world import World

    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        with World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock) as world:
            world.app.vault.store("sandbox:main", "setting:app_password", "canary value one")
            world.app.vault.store("sandbox:main", "setting:latency", "0.000001")
            assert [f.check for f in world.draft("Look: canary value one").findings] == ["secrets"]
            monkeypatch.setattr(Sandbox, "settings", {"app_password": ("", True), "latency": ("", False)})
            world.app.vault.store("sandbox:cn", "setting:app_password", "canary value two")
            world.app.platform("sandbox:cn")
            assert logs.secrets() == ("canary value one", "canary value two")
            stream = io.StringIO()
            root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
            logging.getLogger("test").error("sent canary value two")
            assert stream.getvalue().endswith("sent ***\n")
            assert trouble._clean("it was canary value two", ()) == "it was ***"
    finally:
        root.handlers[:], root.level = before


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
