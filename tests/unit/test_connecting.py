"""Connecting: the way through the browser and back, the proof before the swap, and what is lost by it: nothing."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import words
from bot.app import App
from bot.clock import FixedClock
from bot.connecting import flow, identities, loopback, overview
from bot.connecting.loopback import Loopback
from bot.domain.brand import Account
from bot.errors import BadInput, Misconfigured, NotAllowed, Reconnect, Refused, SignoffError, TryLater
from bot.platforms import registry
from bot.platforms.base import Consent, Way
from bot.settings import load
from bot.store import desk as rows
from bot.store import facts
from bot.workflow import asking_again, tend
from tests.servers.oauth import OAuthServer
from tests.unit.plaza import Plaza
from tests.world import World, brand

MAIN = Account("plaza", "main", "lumen.example", "en", "Europe/Berlin")
SECOND = Account("plaza", "second", "lumen-two.example", "en", "Europe/Berlin")
Connect = Callable[..., Any]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    words.set_language("en")
    yield
    words._catalogue = None


@pytest.fixture
def network() -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        yield server


@pytest.fixture
def plaza(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Plaza]]:
    """Make Plaza one of the platforms."""
    known = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Plaza if name == "plaza" else known(name))
    Plaza.expires, Plaza.calls = None, []
    yield Plaza
    Plaza.expires = None


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock, plaza: type[Plaza]) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock) as world:
        world.learn(brand(accounts=(*brand().accounts, MAIN, SECOND)))
        yield world


@pytest.fixture
def connect(desk: World, network: OAuthServer) -> Connect:
    """Go the whole way through the browser, as a person would."""

    def go(account: Account = MAIN, client: str = "app-1", **how: Any) -> Any:
        way = Plaza.ways[0]
        given = {"server": network.url, "client_id": client, "client_secret": network.apps[client]}
        threads = []

        def show(url: str) -> None:
            # A browser is another program: it comes back while we wait.
            threads.append(threading.Thread(target=network.browser(**how), args=(url,)))
            threads[-1].start()

        try:
            made = flow.settings(way, given, flow.Browser(show, port=0, patience=60))
        finally:
            for thread in threads:
                thread.join()
        return desk.app.connector.connect(account, made, way=way, who="li")

    return go


# --- the way back from the browser -------------------------------------------------------------------------


def test_consent_in_the_browser_connects_an_account(desk: World, connect: Connect, network: OAuthServer) -> None:
    done = connect()
    assert done.identity.handle == "lumen.example"
    kept = desk.app.connector.stored("plaza:main")
    assert kept["access_token"] in network.tokens
    assert kept["client_secret"] == "app-secret-1"
    page = network.pages[0]
    assert page.status_code == 200
    assert "You can close this window" in page.text
    assert "可以关闭此窗口" in page.text
    assert page.headers["cache-control"] == "no-store"
    with desk.db.read() as conn:
        known = identities.of_account(conn, "plaza:main")
    assert known is not None
    assert (known.id, known.way, known.scopes) == ("id-1", "consent", ("posts.write", "media.write"))


def test_a_state_that_differs_is_not_used(desk: World, connect: Connect, network: OAuthServer) -> None:
    with pytest.raises(BadInput, match="does not belong to this attempt"):
        connect(state="somebody-elses")
    assert network.exchanges == 0
    assert network.pages[0].status_code == 400
    assert desk.app.connector.stored("plaza:main") == {}
    with pytest.raises(BadInput, match="does not belong"):
        connect(state="")


def test_a_denied_consent_says_so(desk: World, connect: Connect, network: OAuthServer) -> None:
    with pytest.raises(NotAllowed, match="access was refused; nothing was stored"):
        connect(agree=False)
    assert network.exchanges == 0
    assert desk.app.connector.stored("plaza:main") == {}


def test_who_does_not_come_back_is_told_after_a_while() -> None:
    with Loopback(0) as door:
        door.expect({"state": "s"})
        start = time.monotonic()
        with pytest.raises(BadInput, match="Nobody came back"):
            door.wait(0.2)
    assert time.monotonic() - start < 30


def test_only_the_first_answer_counts_and_a_reload_exchanges_nothing(network: OAuthServer) -> None:
    with Loopback(0) as door:
        door.expect({"state": "s"})
        answers = [httpx.get(f"{door.redirect}?state=s&code=c{n}").status_code for n in range(3)]
        assert door.wait(30)["code"] == "c0"
    assert answers == [200, 410, 410]


def test_a_code_works_once(network: OAuthServer) -> None:
    given = {"server": network.url, "client_id": "app-1", "client_secret": "app-secret-1"}
    way = Plaza.ways[0]
    assert way.begin is not None
    assert way.finish is not None
    consent = way.begin(given, "http://127.0.0.1:1/callback")
    back = loopback.returned(network.answer(consent.url).partition("?")[2])
    assert way.finish(given, consent, back)["access_token"] in network.tokens
    with pytest.raises(Refused):
        way.finish(given, consent, back)
    # Somebody who saw the code, and not the verifier, gets nothing for it.
    fresh = loopback.returned(network.answer(consent.url).partition("?")[2])
    with pytest.raises(Refused):
        way.finish(given, replace(consent, keep={**consent.keep, "verifier": "guessed"}), fresh)


def test_the_server_answers_only_its_own_address() -> None:
    with Loopback(0) as door:
        url = f"{door.redirect}?state=s&code=c"
        assert httpx.get(url).status_code == 404, "before a question there is nothing to answer"
        door.expect({"state": "s"})
        assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 403
        assert httpx.get(url, headers={"Host": f"localhost:{door.port}"}).status_code == 403
        assert httpx.get(url.replace("callback", "favicon.ico")).status_code == 404
        assert httpx.post(url).status_code == 501
        # A browser opens connections ahead and leaves them idle: they are in nobody's way.
        with socket.create_connection(("127.0.0.1", door.port)):
            assert httpx.get(url).status_code == 200
        assert door.wait(30) == {"state": "s", "code": "c"}
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_port_in_use_is_named() -> None:
    with Loopback(0) as door, pytest.raises(BadInput, match=str(door.port)):
        Loopback(door.port)


def test_a_question_without_state_gets_one_and_oauth1_goes_by_its_token() -> None:
    seen: list[str] = []
    finished: list[dict[str, str]] = []

    def way(url: str) -> Way:
        def done(given: dict[str, str], consent: Consent, back: dict[str, str]) -> dict[str, str]:
            finished.append(back)
            return {}

        return Way("w", "W", (), lambda given, redirect: Consent(url), done)

    def browser(answer: str) -> flow.Browser:
        def paste() -> str:
            state = dict(httpx.URL(seen[-1]).params).get("state", "")
            return f"http://127.0.0.1:8425/callback?{answer.format(state=state)}"

        return flow.Browser(seen.append, paste)

    flow.settings(way("https://a.example/?x=1"), {}, browser("state={state}&code=c"))
    assert len(finished[-1]["state"]) >= 32
    one = way("https://a.example/authorize?oauth_token=t1")
    flow.settings(one, {}, browser("oauth_token=t1&oauth_verifier=v"))
    assert seen[-1].endswith("oauth_token=t1")
    with pytest.raises(BadInput):
        flow.settings(one, {}, browser("oauth_token=t2&oauth_verifier=v"))
    with pytest.raises(NotAllowed):
        flow.settings(one, {}, browser("denied=t1"))
    with pytest.raises(BadInput, match="Broken app"):
        flow.settings(way("https://a.example/"), {}, browser("state={state}&error=x&error_description=Broken+app"))
    assert len(finished) == 2


def test_an_address_is_pasted_whole_or_not_at_all(network: OAuthServer) -> None:
    given = {"server": network.url, "client_id": "app-1", "client_secret": "app-secret-1"}
    seen: list[str] = []
    for wrong in ("", "abc", "http://127.0.0.1:8425/callback", "http://127.0.0.1:1/callback?code=c", "http://[::1"):
        with pytest.raises(BadInput, match="not the address"):
            flow.settings(Plaza.ways[0], given, flow.Browser(seen.append, lambda wrong=wrong: wrong))  # type: ignore[misc]
    made = flow.settings(Plaza.ways[0], given, flow.Browser(seen.append, lambda: network.answer(seen[-1])))
    assert made["access_token"] in network.tokens


@pytest.mark.parametrize("name", registry.ids())
def test_every_way_of_every_platform_asks_for_settings_that_it_knows(name: str) -> None:
    adapter = registry.load(name)
    assert len({way.id for way in adapter.ways}) == len(adapter.ways)
    for way in adapter.ways:
        assert (way.begin is None) == (way.finish is None), way.id
        assert way.steps, f"{name} {way.id}: what is to be done before?"
        assert {field.name for field in way.fields} <= set(adapter.settings), way.id
    # What can be typed without a way is a setting as well, so an account without ways has no secrets to walk through.
    assert adapter.ways or not any(secret for _, secret in adapter.settings.values())


# --- the proof before the swap -----------------------------------------------------------------------------


def secrets_of(world: World, key: str) -> dict[str, str | None]:
    with world.db.read() as conn:
        names = world.app.vault.names(conn, key)
    return {name: world.app.vault.load(key, name) for name in names}


def test_a_wrong_account_is_not_stored(desk: World, connect: Connect, network: OAuthServer) -> None:
    network.handle = "somebody.example"
    with pytest.raises(Misconfigured, match=r"login is of somebody\.example, but brand\.yaml says lumen\.example"):
        connect()
    assert secrets_of(desk, "plaza:main") == {}


def test_whoever_is_connecting_is_not_told_to_connect(desk: World, connect: Connect, network: OAuthServer) -> None:
    adapter = {"server": network.url, "access_token": "cut-o"}
    for network.down, kind, step in ((False, Reconnect, "copied whole"), (True, TryLater, "your network")):
        with pytest.raises(kind) as no:
            desk.app.connector.connect(MAIN, adapter, way=None, who="li")
        assert step in no.value.next_step


def test_what_a_platform_knows_better_is_said(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(self: Plaza) -> None:
        raise Reconnect("Plaza takes no more calls.", platform="plaza", next_step="Add credit.")

    monkeypatch.setattr(Plaza, "identity", closed)
    with pytest.raises(Reconnect) as no:
        desk.app.connector.connect(MAIN, {"access_token": "tok"}, way=None, who="li")
    assert no.value.next_step == "Add credit."


def test_a_lacking_scope_is_named_with_what_it_is_for(desk: World, connect: Connect, network: OAuthServer) -> None:
    network.grants = ("posts.write",)
    with pytest.raises(Misconfigured, match=r"media\.write \(to add pictures and videos\)"):
        connect()
    assert secrets_of(desk, "plaza:main") == {}


def test_a_failed_reconnect_keeps_the_old_login(desk: World, connect: Connect, network: OAuthServer) -> None:
    connect()
    before = secrets_of(desk, "plaza:main")
    assert set(before) == {
        "setting:server", "setting:client_id", "setting:client_secret", "setting:access_token", "session",
    }  # fmt: skip
    network.handle = "somebody.example"
    with pytest.raises(Misconfigured):
        connect()
    network.handle, network.grants = "lumen.example", ()
    with pytest.raises(Misconfigured):
        connect()
    network.grants, network.down = None, True
    with pytest.raises(TryLater):
        connect()
    network.down = False
    assert secrets_of(desk, "plaza:main") == before
    desk.approve(desk.draft("Still here.", account="plaza:main"))
    desk.drain("plaza:main")
    assert network.posts == [("app-1", "Still here.")]


def test_a_crash_in_the_swap_leaves_the_old_login(
    desk: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect()
    before = secrets_of(desk, "plaza:main")

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the machine goes down")

    monkeypatch.setattr(identities, "remember", crash)
    with pytest.raises(RuntimeError):
        connect()
    assert secrets_of(desk, "plaza:main") == before


def test_the_session_of_the_former_login_goes(desk: World, connect: Connect, network: OAuthServer) -> None:
    connect()
    old = secrets_of(desk, "plaza:main")["session"]
    desk.app.vault.store("plaza:main", "another-session", "of the former login")
    connect()
    new = secrets_of(desk, "plaza:main")
    assert new["session"] == new["setting:access_token"] != old
    assert "another-session" not in new
    # Another way in leaves nothing of the first; what is no login stays.
    app = desk.app.connector
    app.connect(MAIN, {"colour": "red"}, way=None, who="li")
    assert secrets_of(desk, "plaza:main") == {**new, "setting:colour": "red"}
    app.connect(MAIN, {"server": network.url, "access_token": str(old)}, way=Plaza.ways[1], who="li")
    assert secrets_of(desk, "plaza:main") == {
        "setting:server": network.url, "setting:access_token": old, "setting:colour": "red", "session": old,
    }  # fmt: skip


def test_a_running_worker_takes_the_new_login(desk: World, connect: Connect, network: OAuthServer) -> None:
    """The worker is another process: it must not go on with the login it began with."""
    connect()
    with App(load(home=desk.settings.home, database_url=desk.settings.database, operator="li")) as other:
        first = other.platform("plaza:main")
        assert other.platform("plaza:main") is first
        network.tokens.clear()
        connect()
        assert other.platform("plaza:main") is not first
        assert other.platform("plaza:main").identity().handle == "lumen.example"


def test_two_accounts_use_two_apps_side_by_side(desk: World, connect: Connect, network: OAuthServer) -> None:
    network.apps["app-2"] = "app-secret-2"
    connect()
    network.handle, network.id = "lumen-two.example", "id-2"
    connect(SECOND, client="app-2")
    for account in ("plaza:main", "plaza:second"):
        desk.approve(desk.draft(f"From {account}.", account=account))
        desk.drain(account)
    assert network.posts == [("app-1", "From plaza:main."), ("app-2", "From plaza:second.")]


def test_what_the_environment_says_comes_first_and_is_named(
    tmp_path: Path, clock: FixedClock, plaza: type[Plaza]
) -> None:
    given = {"plaza": {"main": {"access_token": "from-outside"}}}
    with World(f"sqlite:///{tmp_path / 'e.db'}", tmp_path, clock, platforms=given) as world:
        world.learn(brand(accounts=(MAIN,)))
        with pytest.raises(Misconfigured, match="SIGNOFF_PLATFORMS__PLAZA__MAIN__ACCESS_TOKEN is set to something"):
            world.app.connector.connect(MAIN, {"access_token": "typed"}, way=Plaza.ways[1], who="li")


def test_another_handle_in_brand_yaml_stops_an_account(desk: World, connect: Connect) -> None:
    """Also when an account's name went to other people: the login that is stored is not theirs."""
    connect()
    assert desk.app.platform("plaza:main")
    desk.learn(brand(accounts=(replace(MAIN, handle="other.example"),)))
    with pytest.raises(Misconfigured, match=r"connected as lumen\.example"):
        desk.app.platform("plaza:main")


def test_no_secret_is_logged_or_said(
    desk: World, connect: Connect, network: OAuthServer, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    for noisy in ("httpx", "httpcore"):
        # The test's own client would name the address that the browser goes to.
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    connect()
    held = {str(v) for n, v in secrets_of(desk, "plaza:main").items() if n not in ("setting:server",)} - {"app-1"}
    network.tokens.clear()
    said = ""
    for go in (
        lambda: desk.app.connector.connect(MAIN, {"access_token": "wrong-token-1"}, way=None, who="li"),
        lambda: connect(state="x"),
        lambda: connect(agree=False),
    ):
        with pytest.raises(SignoffError) as caught:
            go()
        said += str(caught.value)
    captured = capfd.readouterr()
    everything = said + caplog.text + captured.out + captured.err
    assert "Plaza does not know ***" in said
    for secret in (*held, "wrong-token-1", "app-secret-1", "code="):
        assert secret not in everything


# --- letting go and coming back ----------------------------------------------------------------------------


def test_disconnect_keeps_what_is_queued_and_reconnect_publishes_it_once(
    desk: World, connect: Connect, network: OAuthServer
) -> None:
    connect()
    post = desk.approve(desk.draft("Waits for you.", account="plaza:main"))
    with desk.db.write() as conn:
        facts.keep(conn, "plaza:main", "cursor", "c-17", desk.clock.now())
    assert desk.app.connector.disconnect("plaza:main", who="li", name="Li") == 5
    assert secrets_of(desk, "plaza:main") == {}
    with desk.db.read() as conn:
        assert rows.paused(conn, "plaza:main") == "disconnected by Li"
        kept = facts.of_account(conn, "plaza:main")
    assert kept["cursor"] == "c-17"
    assert "spend:2026-11" in kept
    assert not {"identity", "rate"} & set(kept)
    desk.drain("plaza:main")
    assert desk.states(post.id) == ["due"]
    assert network.posts == []
    done = connect()
    assert done.was_paused == "disconnected by Li"
    for _ in range(3):
        desk.drain("plaza:main")
    assert desk.states(post.id) == ["live"]
    assert network.posts == [("app-1", "Waits for you.")]


def test_the_same_on_both_databases(world: World, plaza: type[Plaza], network: OAuthServer) -> None:
    world.learn(brand(accounts=(MAIN, SECOND)))
    app, way = world.app.connector, Plaza.ways[1]
    for name, handle in (("one", "lumen.example"), ("two", "lumen.example"), ("three", "somebody.example")):
        network.tokens[name] = {"id": name, "handle": handle, "app": name, "scopes": ["posts.write", "media.write"]}
    app.connect(MAIN, {"server": network.url, "access_token": "one"}, way=way, who="li")
    post = world.approve(world.draft("Waits.", account="plaza:main"))
    app.disconnect("plaza:main", who="li", name="Li")
    world.drain("plaza:main")
    for wrong in ("three", "none"):
        with pytest.raises(SignoffError):
            app.connect(MAIN, {"server": network.url, "access_token": wrong}, way=way, who="li")
    app.connect(MAIN, {"server": network.url, "access_token": "two"}, way=way, who="li")
    app.connect(MAIN, {"server": network.url, "access_token": "two"}, way=way, who="li")
    world.drain("plaza:main")
    assert world.states(post.id) == ["live"]
    assert network.posts == [("two", "Waits.")]
    network.tokens.clear()
    world.approve(world.draft("Fails.", account="plaza:main"))
    world.drain("plaza:main")
    with world.db.read() as conn:
        stands = overview.standing(conn, MAIN, Plaza, stored={"a"}, given={}, now=world.clock.now())
    assert stands.trouble is not None
    assert not stands.trouble.over
    assert (stands.left, stands.spent, stands.way) == (99, pytest.approx(0.05), "token")
    assert stands.next_step == "`signoff connect plaza:main`"


def test_a_failed_reconnect_leaves_a_paused_account_paused(desk: World, connect: Connect) -> None:
    connect()
    desk.app.connector.disconnect("plaza:main", who="li", name="Li")
    with pytest.raises(NotAllowed):
        connect(agree=False)
    with desk.db.read() as conn:
        assert rows.paused(conn, "plaza:main")


def test_money_of_a_failed_trial_is_counted(desk: World, connect: Connect, network: OAuthServer) -> None:
    network.handle = "somebody.example"
    with pytest.raises(Misconfigured):
        connect()
    with desk.db.read() as conn:
        assert facts.of_account(conn, "plaza:main") == {"spend:2026-11": 0.01}


# --- logins that end ---------------------------------------------------------------------------------------


def notices(world: World) -> list[str]:
    with world.db.read() as conn:
        found = rows.notices(conn, unseen=False)
    return [n["text"] for n in reversed(found) if n["subject"].startswith("account:")]


def read_all(world: World) -> None:
    with world.db.write() as conn:
        rows.seen(conn, [n["id"] for n in rows.notices(conn)], world.clock.now())


def pass_days(world: World, days: float) -> None:
    world.advance(days * 86400)
    asking_again.ask_again(world.desk)
    for _ in range(3):
        tend.tend(world.desk)


def test_a_login_that_ends_is_told_of_a_week_and_a_day_before(desk: World, connect: Connect) -> None:
    Plaza.expires = desk.clock.now() + timedelta(days=10)
    connect()
    pass_days(desk, 0)
    pass_days(desk, 2.9)
    assert notices(desk) == []
    pass_days(desk, 0.2)
    assert notices(desk) == ["The login of plaza:main ends on Wed 02 Dec 2026 10:00 Europe/Berlin."]
    read_all(desk)
    pass_days(desk, 3)
    assert len(notices(desk)) == 1
    pass_days(desk, 3)
    assert len(notices(desk)) == 2
    assert notices(desk)[1].startswith("Less than a day is left: the login of plaza:main ends on")
    read_all(desk)
    pass_days(desk, 0.3)
    assert len(notices(desk)) == 2
    with desk.db.read() as conn:
        step = rows.notices(conn, unseen=False)[0]["next_step"]
    assert step.startswith("`signoff connect plaza:main`")


def test_a_login_that_renews_itself_is_not_told_of(desk: World, connect: Connect) -> None:
    Plaza.expires = desk.clock.now() + timedelta(days=10)
    connect()
    for _ in range(12):
        Plaza.expires = desk.clock.now() + timedelta(days=10)
        pass_days(desk, 1)
    assert notices(desk) == []
    # A worker that was away for long asks first, and tells only what is still true.
    Plaza.expires = desk.clock.now() + timedelta(days=20)
    desk.advance(9.5 * 86400)
    assert tend.tend(desk.desk) == 0
    assert notices(desk) == []


def test_a_platform_that_does_not_answer_hides_no_end(desk: World, connect: Connect, network: OAuthServer) -> None:
    Plaza.expires = desk.clock.now() + timedelta(days=8)
    connect()
    network.down = True
    pass_days(desk, 2)
    assert len(notices(desk)) == 1


def test_a_login_that_was_withdrawn_is_found_within_a_day(desk: World, connect: Connect, network: OAuthServer) -> None:
    Plaza.expires = desk.clock.now() + timedelta(days=60)
    connect()
    network.tokens.clear()
    calls = len(Plaza.calls)
    pass_days(desk, 0.9)
    assert len(Plaza.calls) == calls
    pass_days(desk, 0.2)
    assert len(Plaza.calls) == calls + 1
    assert notices(desk)[0].startswith("plaza:main is paused: Plaza does not know")
    pass_days(desk, 2)
    assert len(notices(desk)) == 1


def test_a_login_that_never_ends_is_asked_for_daily_unless_that_costs_money(
    desk: World, connect: Connect, network: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect()
    calls = len(Plaza.calls)
    for _ in range(5):
        pass_days(desk, 1)
    assert len(Plaza.calls) == calls
    with desk.db.write() as conn:
        facts.forget(conn, "plaza:main", "spend:2026-11")
    monkeypatch.setattr(Plaza, "price", 0.0)
    for _ in range(3):
        pass_days(desk, 1)
    assert len(Plaza.calls) == calls + 3
    network.tokens.clear()
    pass_days(desk, 1)
    assert notices(desk)[0].startswith("plaza:main is paused: Plaza does not know")
