"""``signoff slack setup`` against the emulator: each token, each scope, the channel, the people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.store import chat
from bot.surfaces.cli import main
from bot.surfaces.slack import manifest, setup
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SECRET, TEAM
from tests.servers.slack_gateway import Gateway
from tests.world import World

Build = Callable[..., World]


@pytest.fixture
def built(tmp_path: Path, clock: FixedClock, slack_gateway: Gateway, request: pytest.FixtureRequest) -> Build:
    def build(**given: str) -> World:
        world = World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock, slack_api_url=slack_gateway.api, **given)
        request.addfinalizer(world.app.close)
        return world

    return build


def steps(world: World, linked: int = 1) -> dict[str, setup.Step]:
    return {step.name: step for step in setup.steps(world.settings, linked)}


def test_with_nothing_set_it_says_where_to_begin(built: Build) -> None:
    found = steps(built(), linked=0)
    assert [n for n, s in found.items() if s.done] == []
    assert "From a manifest" in found["Bot token"].fix
    assert "nobody" in found["People"].detail


def test_with_everything_set_all_is_done_and_nothing_was_posted(built: Build, slack_gateway: Gateway) -> None:
    channel = slack_gateway.workspace.channel("setup-whole")
    world = built(
        slack_bot_token=BOT_TOKEN, slack_app_token=APP_TOKEN, slack_signing_secret=SECRET, slack_channel=channel
    )
    before = slack_gateway.workspace.messages(channel)
    found = steps(world)
    assert {n: s.detail for n, s in found.items() if not s.done} == {}
    assert set(manifest.SCOPES) <= set(found)
    assert slack_gateway.workspace.messages(channel) == before
    assert not {c.method for c in slack_gateway.calls} & {"chat.postMessage", "chat.update", "views.publish"}


@pytest.mark.parametrize("scope", manifest.SCOPES)
def test_each_missing_scope_is_named(scope: str, built: Build, slack_gateway: Gateway) -> None:
    slack_gateway.granted.remove(scope)
    found = steps(built(slack_bot_token=BOT_TOKEN))
    assert [n for n in manifest.SCOPES if not found[n].done] == [scope]
    assert "install" in found[scope].fix


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"slack_bot_token": "xoxb-of-nobody-at-all"}, "does not know this token"),
        ({"slack_bot_token": "xoxp-someones-own"}, "not a bot token"),
        ({"slack_bot_token": BOT_TOKEN, "slack_team": "T0OTHER"}, f"{TEAM}"),
    ],
)
def test_a_wrong_bot_token_is_told(given: dict[str, str], said: str, built: Build) -> None:
    step = steps(built(**given))["Bot token"]
    assert not step.done
    assert said in step.detail


def test_a_wrong_app_token_is_told(built: Build) -> None:
    assert "another kind" in steps(built(slack_app_token="xapp-of-nobody"))["Socket Mode"].detail
    assert "xapp-" in steps(built(slack_app_token="xoxb-of-nobody"))["Socket Mode"].detail


def test_a_workspace_that_cannot_be_reached_is_told(tmp_path: Path, clock: FixedClock) -> None:
    given = {"slack_api_url": "http://127.0.0.1:9/api/", "slack_bot_token": BOT_TOKEN}
    with World(f"sqlite:///{tmp_path / 's.db'}", tmp_path, clock, **given) as world:
        assert "cannot be reached" in steps(world)["Bot token"].detail


def test_the_command_prints_what_is_to_do_and_keeps_the_tokens_to_itself(
    built: Build,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    slack_gateway: Gateway,
) -> None:
    world = built()
    for name, value in {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": slack_gateway.api,
        "HOME": str(tmp_path),
        "DATABASE_URL": world.settings.database_url,
    }.items():
        monkeypatch.setenv(f"SIGNOFF_{name}", value)
    assert main(["slack", "setup"]) == 3
    printed = capsys.readouterr().out
    assert "still to do" in printed
    assert BOT_TOKEN not in printed
    with world.db.write() as conn:
        chat.link(conn, TEAM, "U1", "lumen", "li", "Li")
    assert main(["slack", "setup", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert {s["name"]: s["done"] for s in told["steps"]}["People"] is True


def test_a_channel_it_was_not_invited_to_or_that_others_share_is_told(built: Build, slack_gateway: Gateway) -> None:
    made = slack_gateway.workspace
    alone = made.call("conversations.create", token=made.token("anna"), name="not-invited")["channel"]["id"]
    assert (
        "not in #not-invited"
        in steps(built(slack_bot_token=BOT_TOKEN, slack_channel=alone))["Channel for cards"].detail
    )
    assert (
        "no such channel" in steps(built(slack_bot_token=BOT_TOKEN, slack_channel="C0GONE"))["Channel for cards"].detail
    )
