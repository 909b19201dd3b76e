"""Accounts on real servers: typed in, refused, let go, typed in anew; what waited goes out once."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot import words
from bot.clock import SystemClock
from bot.connecting import identities
from bot.domain.brand import Account
from bot.store import desk as rows
from bot.surfaces.cli import main
from tests.servers.bluesky import BlueskyNetwork, Login
from tests.servers.mastodon import MastodonNetwork
from tests.world import World, brand

pytestmark = pytest.mark.slow
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, SystemClock()) as world:
        yield world


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    monkeypatch.setenv("LANGUAGE", "en")

    def call(*argv: str, **lines: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{n}={v}\n" for n, v in lines.items())))
        code = main(["--home", str(tmp_path), "--as", "li", *argv])
        said = capsys.readouterr()
        return code, said.out + said.err

    yield call
    words._catalogue = None


def posts(network: BlueskyNetwork, login: Login) -> list[str]:
    url = f"{network.pds_url}/xrpc/com.atproto.repo.listRecords"
    query = {"repo": login.did, "collection": "app.bsky.feed.post"}
    found = httpx.get(url, params=query, timeout=30).raise_for_status().json()["records"]
    return [record["value"]["text"] for record in found]


def test_bluesky_is_connected_let_go_and_connected_anew(bluesky_network: BlueskyNetwork, desk: World, run: Run) -> None:
    login = bluesky_network.new_account("brand")
    other = bluesky_network.new_account("other")
    desk.learn(brand(accounts=(Account("bluesky", "main", login.handle),)))
    typed = {"service": bluesky_network.pds_url, "handle": login.handle, "app_password": login.password}
    code, said = run("connect", "bluesky", "--way", "app-password", **{**typed, "app_password": "wrong-wrong-1"})
    assert code == 9, said
    assert desk.app.connector.stored("bluesky:main") == {}
    code, said = run("connect", "bluesky", "--way", "app-password", **typed)
    assert code == 0, said
    assert f"bluesky:main is connected as {login.handle}." in said
    before = desk.app.connector.stored("bluesky:main")
    elsewhere = {**typed, "handle": other.handle, "app_password": other.password}
    code, said = run("connect", "bluesky", "--way", "app-password", **elsewhere)
    assert code == 3
    assert f"write {other.handle} into brand.yaml" in said
    assert desk.app.connector.stored("bluesky:main") == before
    with desk.db.read() as conn:
        known = identities.of_account(conn, "bluesky:main")
    assert known is not None
    assert known.id == login.did
    post = desk.approve(desk.draft("Waits until we are back.", account="bluesky:main"))
    assert run("disconnect", "bluesky", "--yes")[0] == 0
    run("worker", "--once")
    assert posts(bluesky_network, login) == []
    code, said = run("connect", "bluesky", "--way", "app-password", **typed)
    assert code == 0, said
    assert "It goes on." in said
    end = time.monotonic() + 120
    # A busy server's answer may get lost: then it is looked for.
    while desk.states(post.id) != ["live"] and time.monotonic() < end:
        run("worker", "--once")
    assert desk.states(post.id) == ["live"]
    assert posts(bluesky_network, login) == ["Waits until we are back."]
    code, said = run("accounts", "--check")
    assert code == 0, said
    assert login.password not in said
    assert "app-password" in said


def test_mastodon_is_connected_by_a_token(mastodon_network: MastodonNetwork, desk: World, run: Run) -> None:
    login = mastodon_network.new_account("brand")
    desk.learn(brand(accounts=(Account("mastodon", "main", "nobody"),)))
    typed = {"instance": mastodon_network.url, "access_token": login.token}
    code, said = run("connect", "mastodon", "--way", "token", **typed)
    assert code == 3, said
    handle = said.partition("write ")[2].partition(" into brand.yaml")[0]
    assert handle.startswith("brand")
    assert login.token not in said
    desk.learn(brand(accounts=(Account("mastodon", "main", handle),)))
    assert run("connect", "mastodon", "--way", "token", **{**typed, "access_token": "wrong-token-1"})[0] != 0
    code, said = run("connect", "mastodon", "--way", "token", **typed)
    assert code == 0, said
    post = desk.approve(desk.draft("Hello from here.", account="mastodon:main"))
    end = time.monotonic() + 120
    # A busy server's answer may get lost: then it is looked for.
    while desk.states(post.id) != ["live"] and time.monotonic() < end:
        run("worker", "--once")
    assert desk.states(post.id) == ["live"]
    with desk.db.read() as conn:
        assert not rows.paused(conn, "mastodon:main")
    assert run("accounts")[0] == 0
