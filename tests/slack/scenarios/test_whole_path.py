"""The whole path: a brief in Slack, a card, an edit, a signature of a second person, real Bluesky, and the notice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.domain.brand import Account
from bot.store import tables
from tests.servers.bluesky import BlueskyNetwork, Login
from tests.servers.slack_gateway import Gateway
from tests.slack.scenarios.conftest import channel_name
from tests.slack.scenarios.desk import Desk, desk

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow


@contextmanager
def worker(served: Desk, login: Login, service: str) -> Iterator[None]:
    """Run the real program, ``signoff worker``, for the length of the block."""
    world, given = served.world, "SIGNOFF_PLATFORMS__BLUESKY__MAIN__"
    own = {
        "SIGNOFF_HOME": str(world.settings.home),
        "SIGNOFF_DATABASE_URL": world.settings.database_url,
        f"{given}SERVICE": service,
        f"{given}HANDLE": login.handle,
        f"{given}APP_PASSWORD": login.password,
    }
    with (world.settings.home / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "worker"], cwd=ROOT, env={**os.environ, **own}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(90)


def posts(network: BlueskyNetwork, login: Login) -> list[str]:
    """Return what really stands in the account's repository."""
    url = f"{network.pds_url}/xrpc/com.atproto.repo.listRecords"
    query = {"repo": login.did, "collection": "app.bsky.feed.post", "limit": "100"}
    found = httpx.get(url, params=query, timeout=30).raise_for_status().json()["records"]
    return [record["value"]["text"] for record in found]


def test_from_a_brief_in_slack_to_a_post_on_bluesky_and_back(
    slack_gateway: Gateway, bluesky_network: BlueskyNetwork, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    login = bluesky_network.new_account("brand")
    given = {"service": bluesky_network.pds_url, "handle": login.handle, "app_password": login.password}
    accounts = (Account("bluesky", "main", login.handle, "en", "Europe/Berlin"),)
    more = {"platforms": {"bluesky": {"main": given}}}
    with (
        desk(slack_gateway, tmp_path, channel_name(request), more=more, accounts=accounts) as served,
        worker(served, login, bluesky_network.pds_url),
    ):
        served.texts[:] = ["Our oolongs arrive on Friday. Come and taste them."]
        served.ben.command("draft Our autumn oolongs arrive on Friday")
        draft_id = served.new_draft([])
        served.ben.press(served.card(draft_id), "edit")
        served.ben.submit(served.ben.modal("edit"), **{"part.0.0": "Friday: the oolongs arrive. Taste them with us."})
        card = served.card(draft_id, showing="Friday: the oolongs arrive.")
        served.ben.press(card, "approve")
        served.ben.is_told("somebody else")
        assert posts(bluesky_network, login) == []
        served.li.press(card, "approve")
        served.gateway.until(lambda _: posts(bluesky_network, login), 90, "a post on Bluesky")
        assert posts(bluesky_network, login) == ["Friday: the oolongs arrive. Taste them with us."]

        with served.world.db.read() as conn:
            url = conn.execute(select(tables.post_part.c.url)).scalar_one()

        def linked(_: Gateway) -> bool:
            stand = served.gateway.workspace.messages(served.channel)
            return any(url in str(m.get("blocks")) and "Live on" in str(m.get("blocks")) for m in stand)

        served.gateway.until(linked, 60, f"a notice with {url}")
        # Whoever thinks better of it takes it down, on Bluesky itself.
        served.li.press(served.card(draft_id, button="undo"), "undo")
        served.gateway.until(lambda _: posts(bluesky_network, login) == [], 60, "it is taken down")
    assert slack_gateway.refused() == []
