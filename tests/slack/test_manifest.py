"""The printed manifest: valid JSON within the fields and limits that Slack documents, and the copy in the docs.

Fields: https://docs.slack.dev/reference/app-manifest (read 2026-11-22).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.surfaces.cli import main
from bot.surfaces.slack import manifest

ROOT = Path(__file__).parents[2]
_URL = re.compile(r"https://[^\s]+/slack/events")


def check(value: Any, rule: Any, where: str = "manifest") -> list[str]:
    """Return what of ``value`` is not as ``rule`` says: a dict of fields, a list of one rule, a limit or a type."""
    if isinstance(rule, dict):
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        needed = {name for name in rule if not name.endswith("?")}
        known = {name.rstrip("?"): inner for name, inner in rule.items()}
        found = [f"{where}: {name} is missing" for name in needed - set(value)]
        found += [f"{where}: Slack knows no {name}" for name in set(value) - set(known)]
        return found + [f for n, v in value.items() if n in known for f in check(v, known[n], f"{where}.{n}")]
    if isinstance(rule, list):
        most, inner = rule
        if not isinstance(value, list) or len(value) > most:
            return [f"{where}: not a list of at most {most}"]
        return [f for n, v in enumerate(value) for f in check(v, inner, f"{where}[{n}]")]
    if isinstance(rule, int) and not isinstance(rule, bool):
        return [] if isinstance(value, str) and 0 < len(value) <= rule else [f"{where}: not a text of at most {rule}"]
    if isinstance(rule, re.Pattern):
        return [] if isinstance(value, str) and rule.fullmatch(value) else [f"{where}: {value!r}"]
    return [] if isinstance(value, rule) else [f"{where}: {value!r} is no {rule.__name__}"]


#: A trailing "?" marks what may be left out; a number is the longest text; [n, rule] a list of at most n.
DOCUMENTED = {
    "_metadata?": {"major_version": int, "minor_version": int},
    "display_information": {
        "name": 35,
        "description?": 140,
        "long_description?": re.compile(r"[^\n]{175,4000}"),
        "background_color?": re.compile(r"#[0-9a-f]{6}"),
    },
    "features?": {
        "app_home?": {
            "home_tab_enabled": bool,
            "messages_tab_enabled": bool,
            "messages_tab_read_only_enabled": bool,
        },
        "bot_user?": {"display_name": re.compile(r"[a-z0-9_.-]{1,80}"), "always_online?": bool},
        "slash_commands?": [
            50,
            {
                "command": re.compile(r"/[a-z0-9_-]{1,31}"),
                "description": 2000,
                "usage_hint?": 1000,
                "should_escape?": bool,
                "url?": _URL,
            },
        ],
        "assistant_view?": {"assistant_description": 300, "suggested_prompts?": [4, {"title": 150, "message": 2000}]},
    },
    "oauth_config?": {"scopes": {"bot": [255, re.compile(r"[a-z_:.]+")]}},
    "settings?": {
        "event_subscriptions?": {"request_url?": _URL, "bot_events": [100, re.compile(r"[a-z_.]+")]},
        "interactivity?": {"is_enabled": bool, "request_url?": _URL},
        "org_deploy_enabled?": bool,
        "socket_mode_enabled?": bool,
        "token_rotation_enabled?": bool,
    },
}
#: Which scope an event needs, https://docs.slack.dev/reference/events (read 2026-11-22).
NEEDS = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "assistant_thread_context_changed": "assistant:write",
    "assistant_thread_started": "assistant:write",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


@pytest.mark.parametrize("url", ["", "https://signoff.example"])
def test_the_printed_manifest_is_json_that_slack_documents(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack", "manifest", *(["--url", url] if url else [])]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert check(printed, DOCUMENTED) == []
    # Slack needs a request URL for commands, events and buttons unless Socket Mode is on.
    settings, command = printed["settings"], printed["features"]["slash_commands"][0]
    urls = {
        command.get("url", ""),
        settings["interactivity"].get("request_url", ""),
        settings["event_subscriptions"].get("request_url", ""),
    }
    assert urls == {f"{url}/slack/events" if url else ""}
    assert settings["socket_mode_enabled"] is (not url)


def test_every_event_has_its_scope_and_no_scope_lets_it_read_more_than_threads_and_direct_messages() -> None:
    assert set(manifest.EVENTS) == set(NEEDS)
    assert {scope for scope in NEEDS.values() if scope} <= set(manifest.SCOPES)
    # Posting under other names or in channels it was not invited to, and acting as a person, is not asked for.
    assert not {"chat:write.customize", "chat:write.public", "users:read.email", "channels:join"} & set(manifest.SCOPES)
    assert "user" not in manifest.manifest()["oauth_config"]["scopes"]


def test_a_new_word_is_a_new_file_and_nothing_else() -> None:
    folder = ROOT / "bot" / "surfaces" / "slack" / "commands"
    files = {p.stem for p in folder.glob("*.py")} - {"__init__"}
    assert set(manifest.manifest()["features"]["slash_commands"][0]["usage_hint"].split(" | ")) == files
    assert {"draft", "queue", "help"} <= files


@pytest.mark.parametrize("url", ["http://signoff.example", "signoff.example", "https://", "https://a.example/?q=1"])
def test_an_address_that_slack_would_refuse_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack", "manifest", "--url", url]) == 2
    assert "https://" in capsys.readouterr().err


def test_the_docs_hold_the_manifest() -> None:
    kept = json.loads((ROOT / "docs" / "slack-manifest.json").read_text(encoding="utf-8"))
    assert kept == manifest.manifest(), "run `make env`"


def test_the_checker_finds_what_is_wrong() -> None:
    wrong = manifest.manifest()
    wrong["display_information"]["name"] = "x" * 36
    wrong["features"]["bot_user"]["display_name"] = "Signoff Bot"
    wrong["settings"]["socket_mode"] = True
    assert len(check(wrong, DOCUMENTED)) == 3
