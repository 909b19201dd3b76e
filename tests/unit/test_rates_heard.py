"""What platforms say of their rates: in every form, by their own clock, and what it keeps back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import requests
from requests.adapters import BaseAdapter

from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.errors import TryLater
from bot.platforms.bluesky import Bluesky
from bot.platforms.kit import answers
from bot.platforms.kit.rates import Rates
from bot.platforms.mastodon import Mastodon
from bot.platforms.terms import Context, Remembered
from tests.contract.x_bench import XBench
from tests.servers.faulty_requests import Reply
from tests.servers.x import start_x
from tests.unit.test_bluesky_session import Vault, no_media, token

NOW = FixedClock().now()
LATER = NOW + timedelta(minutes=5)


def context(account: Account, clock: FixedClock, transport: Any = None) -> Context:
    return Context(account, clock, Vault(), media=no_media, transport=transport, facts=Remembered())


def heard(headers: dict[str, str], *, act: Any = "post", apart: bool = False, least: int = 1) -> Any:
    there = context(Account("x", "main"), FixedClock())
    Rates(there, apart=apart).heard(act, headers, NOW, least=least)
    return {name: there.facts.load(name) for name in ("rate", "hold:all", "hold:post", "hold:read")}


def test_of_two_limits_the_longer_one_keeps_back() -> None:
    there = context(Account("x", "main"), FixedClock())
    rates = Rates(there)
    for hours in (20, 2):
        at = NOW + timedelta(hours=hours)
        rates.heard("post", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": at.isoformat()}, NOW)
    assert datetime.fromisoformat(there.facts.load("hold:all")["until"]) == NOW + timedelta(hours=20)
    # Once it is over, the next one counts.
    later = NOW + timedelta(hours=21)
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": (later + timedelta(hours=1)).isoformat()}
    rates.heard("post", headers, later)
    assert datetime.fromisoformat(there.facts.load("hold:all")["until"]) == later + timedelta(hours=1)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Rate-Limit-Limit": "100", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(int(LATER.timestamp()))},
        {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "0", "x-ratelimit-reset": LATER.isoformat()},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-22T09:05:00.000000Z"},
        {"ratelimit-limit": "3000, 3000;w=300", "ratelimit-remaining": "0", "ratelimit-reset": "300"},
        {"ratelimit-remaining": "0", "ratelimit-reset": str(int(LATER.timestamp())), "ratelimit-policy": "3000;w=300"},
    ],
)
def test_nothing_left_keeps_everything_back_until_the_reset(headers: dict[str, str]) -> None:
    found = heard(headers)
    assert datetime.fromisoformat(found["hold:all"]["until"]) == LATER
    assert found["rate"]["left"] == 0


@pytest.mark.parametrize(
    "reset",
    [
        "-5", "0", "nan", "inf", "soon", "", "1", "1e400", "99999999999999999999",
        (NOW - timedelta(days=1)).isoformat(), (NOW + timedelta(days=3650)).isoformat(),
        str(int((NOW + timedelta(days=3650)).timestamp())), "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    ],
)  # fmt: skip
def test_no_odd_reset_breaks_anything_or_keeps_anything_back_for_long(reset: str) -> None:
    found = heard({"x-rate-limit-limit": "9", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset})
    kept = found["hold:all"]
    assert kept is None or datetime.fromisoformat(kept["until"]) - NOW <= timedelta(seconds=1)


@pytest.mark.parametrize("said", ["nan", "inf", "-inf", "-5", "1e999", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_no_odd_wait_is_a_number_that_is_none(said: str) -> None:
    wait = answers.wait({"retry-after": said}, NOW)
    assert wait is None or wait == 0.0


@pytest.mark.parametrize("minutes", [-600, -7, 7, 600])
def test_a_clock_that_differs_from_the_servers_does_no_harm(minutes: int) -> None:
    theirs = NOW + timedelta(minutes=minutes)
    reset = theirs + timedelta(seconds=90)
    for said in (str(int(reset.timestamp())), reset.isoformat()):
        headers = {"date": format_datetime(theirs), "x-rate-limit-remaining": "0", "x-rate-limit-reset": said}
        known = answers.rate(headers, NOW)
        assert known is not None
        assert known.reset == NOW + timedelta(seconds=90)
        assert answers.wait(headers, NOW) == 90
    assert answers.wait({"date": format_datetime(theirs), "retry-after": format_datetime(reset)}, NOW) == 90


def test_each_kind_of_call_has_its_own_hold_where_limits_are_apart() -> None:
    none = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(LATER.timestamp()))}
    assert heard(none, act="read", apart=True)["hold:post"] is None
    assert heard(none, act="read", apart=True)["hold:read"] is not None
    assert heard(none, act="post", apart=True)["hold:all"] is None
    two = {**none, "x-rate-limit-remaining": "2"}
    assert heard(two)["hold:all"] is None
    assert heard(two, least=3)["hold:all"] is not None


def test_of_two_limits_the_longer_one_keeps_back_whichever_is_read_last() -> None:
    there = context(Account("x", "main"), FixedClock())

    def none_until(hours: int) -> dict[str, str]:
        reset = int((NOW + timedelta(hours=hours)).timestamp())
        return {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}

    def kept() -> datetime:
        return datetime.fromisoformat(there.facts.load("hold:post")["until"])

    mine, others = Rates(there, apart=True), Rates(there, apart=True)
    for hours in (1, 20, 2):
        mine.heard("post", none_until(hours), NOW)
    assert kept() == NOW + timedelta(hours=20)
    # Nor does another process, whose answer tells of a shorter one, end it.
    others.heard("post", none_until(3), NOW)
    assert kept() == NOW + timedelta(hours=20)
    others.heard("post", none_until(23), NOW)
    assert kept() == NOW + timedelta(hours=23)


# --- the adapters ---------------------------------------------------------------------------------------------


@pytest.fixture
def x() -> Iterator[XBench]:
    with start_x() as (net, url):
        bench = XBench(net, url)
        yield bench
        bench.close()


def used_up(name: str = "x-rate-limit-") -> tuple[tuple[str, str], ...]:
    reset = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    return (name + "limit", "75"), (name + "remaining", "0"), (name + "reset", str(reset))


def test_x_counts_each_kind_of_call_apart(x: XBench) -> None:
    adapter = x.adapter()
    x.wire.fail(Reply(200, {"data": {"id": "1", "username": "brand", "name": "B"}}, used_up()), "GET", "/2/users/me")
    adapter.identity()
    assert x.facts.load("hold:read")
    assert not x.facts.load("hold:post")
    x.wire.fail(Reply(201, {"data": {"id": "77", "text": "Tea"}}, used_up()), "POST", "/2/tweets")
    x.publish(adapter, x.out())
    assert x.facts.load("hold:post")
    assert not x.facts.load("hold:all")


def test_x_has_a_limit_of_a_day_beside_that_of_a_quarter_of_an_hour(x: XBench) -> None:
    adapter = x.adapter()
    x.wire.fail(Reply(201, {"data": {"id": "77"}}, used_up("x-user-limit-24hour-")), "POST", "/2/tweets")
    x.publish(adapter, x.out())
    assert x.facts.load("hold:post")


class Answers(BaseAdapter):
    """Gives every request one answer."""

    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:
        super().__init__()
        self.given = status, body, headers

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, body, headers = self.given
        response._content = json.dumps(body).encode()
        response.headers.update(headers)
        response.request, response.url = request, str(request.url)
        return response

    def close(self) -> None:
        return


def test_mastodon_tells_of_the_whole_account_except_with_uploads_and_deletions() -> None:
    account, secrets = Account("mastodon", "main"), {"instance": "https://m.test", "access_token": "t" * 20}
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": LATER.isoformat()}
    for method, hold in (("delete", "hold:delete"), ("read", "hold:all")):
        there = context(account, FixedClock(), Answers(200, [], headers))
        adapter = Mastodon(there, secrets)
        if method == "delete":
            adapter._wire.call("write", lambda client: client.status_delete("7"))
        else:
            adapter._wire.rows(lambda client: client.notifications())
        assert {n for n in ("hold:all", "hold:delete", "hold:post") if there.facts.load(n)} == {hold}
        adapter.close()


def test_bluesky_needs_three_points_for_a_post_and_logging_in_is_counted_apart() -> None:
    clock = FixedClock(datetime.now(UTC))
    reset = str(int((clock.now() + timedelta(minutes=5)).timestamp()))

    def answer(request: httpx.Request) -> httpx.Response:
        left = {"createSession": "0"}.get(request.url.path.rpartition(".")[2], "2")
        headers = {"ratelimit-limit": "5000", "ratelimit-remaining": left, "ratelimit-reset": reset}
        said = {"did": "did:plc:a", "handle": "l.test", "accessJwt": token(clock, 7200), "refreshJwt": "r",
                "uri": "at://did:plc:a/app.bsky.feed.post/1", "cid": "b"}  # fmt: skip
        return httpx.Response(200, json=said, headers=headers)

    there = context(Account("bluesky", "main", "l.test"), clock, httpx.MockTransport(answer))
    adapter = Bluesky(there, {"service": "https://pds.test", "app_password": "abcd-efgh-ijkl-mnop"})
    adapter._wire.who()
    assert there.facts.load("hold:all") is None
    adapter._wire.procedure("send", "com.atproto.repo.createRecord", None)
    assert there.facts.load("hold:all")["until"].startswith(f"{clock.now() + timedelta(minutes=5):%Y-%m-%dT%H:%M}")
    adapter.close()


def test_a_429_says_how_long_by_the_servers_clock() -> None:
    theirs = NOW + timedelta(hours=3)
    headers = {"date": format_datetime(theirs), "x-ratelimit-reset": (theirs + timedelta(minutes=2)).isoformat()}
    no = answers.no("send", 429, headers, NOW, platform="mastodon", label="Mastodon")
    assert isinstance(no, TryLater)
    assert no.after == 120
