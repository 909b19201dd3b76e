"""The main job, whole: brief, draft, refusals, edit, signature, SIGKILL in mid-publish, one post on real Bluesky."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import evidence, writing
from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, call
from bot.clock import SystemClock
from bot.domain.brand import Account
from bot.domain.draft import DraftState, DraftVersion
from bot.errors import NotAllowed, Stale
from memory.base import MemoryItem
from memory.in_memory import InMemory
from tests.servers.bluesky import BlueskyNetwork, Login
from tests.servers.gate import Gate, gate
from tests.world import World, brand

ROOT = Path(__file__).parents[2]
BRIEF = "Our autumn oolongs arrive on Friday; invite people to the tasting."
TEXT = "Friday: the autumn oolongs arrive. Come and taste them with us."
pytestmark = pytest.mark.slow


@pytest.fixture
def login(bluesky_network: BlueskyNetwork) -> Login:
    return bluesky_network.new_account("brand")


@pytest.fixture
def gated(bluesky_network: BlueskyNetwork) -> Iterator[tuple[str, Gate]]:
    with gate(bluesky_network.pds_url) as made:
        yield made


@pytest.fixture
def desk(database_url: str, tmp_path: Path, login: Login, gated: tuple[str, Gate]) -> Iterator[World]:
    """The test brand with one real Bluesky account, reached through the gate."""
    given = {"service": gated[0], "handle": login.handle, "app_password": login.password}
    with World(database_url, tmp_path, SystemClock(), platforms={"bluesky": {"main": given}}) as world:
        world.learn(brand(accounts=(Account("bluesky", "main", login.handle, "en", "Europe/Berlin"),)))
        yield world


def records(network: BlueskyNetwork, login: Login) -> list[dict[str, Any]]:
    """Return what really stands in the account's repository."""
    url = f"{network.pds_url}/xrpc/com.atproto.repo.listRecords"
    query = {"repo": login.did, "collection": "app.bsky.feed.post", "limit": "100"}
    found: list[dict[str, Any]] = httpx.get(url, params=query, timeout=30).raise_for_status().json()["records"]
    return found


def start_worker(world: World, login: Login, service: str) -> subprocess.Popen[bytes]:
    """Start the real program: `signoff worker`."""
    own = {
        "SIGNOFF_HOME": str(world.settings.home),
        "SIGNOFF_DATABASE_URL": world.settings.database_url,
        "SIGNOFF_PLATFORMS__BLUESKY__MAIN__SERVICE": service,
        "SIGNOFF_PLATFORMS__BLUESKY__MAIN__HANDLE": login.handle,
        "SIGNOFF_PLATFORMS__BLUESKY__MAIN__APP_PASSWORD": login.password,
        "SIGNOFF_LOG_LEVEL": "INFO",
    }
    with (world.settings.home / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "worker"],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def wait_until(check: Callable[[], bool], seconds: float, world: World) -> None:
    until = time.monotonic() + seconds
    while not check():
        log = world.settings.home / "worker.log"
        assert time.monotonic() < until, log.read_text()[-3000:] if log.exists() else "no log"
        time.sleep(0.1)


def draft(world: World) -> DraftVersion:
    """Let the agent (a scripted model in the real loop, with the real tools and prompts) draft from the brief."""
    rules = brand().rulebook
    memory = InMemory()
    memory.learn("lumen", rules.version, [MemoryItem(r.id, r.text, kind=r.kind.value) for r in rules.rules])
    world.app.__dict__["memory"] = memory
    script = [call("draft_post", account="bluesky:main", citations=["warm", "no-miracles"], parts=[TEXT])]
    scripted = ScriptedChatModel(script=script)
    abilities = Abilities(True, True, ("en", "zh"))
    world.app.use_model(ConnectedModel("scripted", "none", "native", abilities, lambda: scripted))
    written = writing.draft(world.app, BRIEF, ["bluesky:main"], "anna")
    assert not written.failed
    return written.drafts[0]


@pytest.mark.parametrize("killed", ["before the post arrives", "after the post is live"])
def test_brief_to_one_post(
    desk: World, login: Login, gated: tuple[str, Gate], bluesky_network: BlueskyNetwork, killed: str
) -> None:
    service, door = gated
    first = draft(desk)
    assert first.content.parts[0].text == TEXT
    assert first.citations == ("warm", "no-miracles")
    assert first.state is DraftState.IN_REVIEW

    for person in ("anna", "mallory"):
        with pytest.raises(NotAllowed):
            desk.approve(first, person)
    desk.approve(first, "li")
    edited = writing.edit(desk.app, first.draft_id, [TEXT + " Free of charge."], "anna")
    with pytest.raises(Stale):
        desk.approve(first, "sam")

    post = desk.approve(edited, "li")
    door.hold("createRecord", "before" if killed.startswith("before") else "after")
    worker = start_worker(desk, login, service)
    try:
        assert door.held.wait(180), (desk.settings.home / "worker.log").read_text()
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert desk.states(post.id) == ["sending"]
    there = len(records(bluesky_network, login))
    assert there == (0 if killed.startswith("before") else 1)
    door.drop()

    second = start_worker(desk, login, service)
    try:
        wait_until(lambda: desk.states(post.id) == ["live"], 240, desk)
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(90) == 0

    (record,) = records(bluesky_network, login)
    assert record["value"]["text"] == TEXT + " Free of charge."
    part = desk.post(post.id).parts[0]
    assert part.receipt is not None
    assert record["uri"] == part.receipt.remote_id
    assert record["uri"].endswith("/" + part.once_key)
    logins = [line for line in door.seen if "createSession" in line]
    assert len(logins) == 1, "the session is kept over the crash; logins are limited"
    check_audit(desk, first.draft_id, post.id)


def check_audit(world: World, draft_id: str, post_id: str) -> None:
    """The record tells the whole story, and no secret."""
    found = evidence.audit(world.app, draft_id)
    assert found["draft"]["brief"] == BRIEF
    assert [v["state"].value for v in found["versions"]] == ["superseded", "approved"]
    assert found["versions"][0]["evidence"]["model"] == "scripted"
    assert found["versions"][0]["evidence"]["retrieved"] == ["warm", "no-miracles"]
    assert all("@" in ref for ref in found["versions"][0]["evidence"]["prompts"])
    assert [r["id"] for r in found["rules"]] == ["warm", "no-miracles"]
    assert [(d["person"], d["version"]) for d in found["decisions"]] == [("li", 1), ("li", 2)]
    assert "Free of charge" in found["decisions"][1]["shown"]
    assert found["decisions"][1]["hash"] == found["versions"][1]["hash"]
    (post,) = [p for p in found["posts"] if p["id"] == post_id]
    assert post["attempts"][0]["outcome"] in ("absent", "live")
    trail = [(e["was"], e["now"]) for e in found["events"] if e["subject"] == f"part:{post_id}/0"]
    assert trail[0] == ("due", "sending")
    assert trail[1] == ("sending", "doubtful")
    assert trail[-1][1] == "live"
    kinds = [e["kind"] for e in found["transcripts"][0]["body"]]
    assert "model" in kinds
    assert "tool" in kinds
    password = next(iter(world.settings.platforms["bluesky"].values()))["app_password"]
    assert password not in str(found)
    assert password not in (world.settings.home / "worker.log").read_text()
