"""A Mastodon account: limits of its server, rates, every no, rights, and connecting it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.clock import FixedClock
from bot.errors import BadInput, Misconfigured, OutcomeUnknown, Reconnect, Refused, TryLater, Unsupported
from bot.platforms.kit import mastodon_connect as connect
from bot.platforms.mastodon import Mastodon
from tests.contract.mastodon_bench import POST, STATUSES, MastodonBench
from tests.servers.faulty_requests import Call, Reply
from tests.servers.mastodon import Login, MastodonNetwork

pytestmark = pytest.mark.slow
UPLOAD, INSTANCE, APP = "/api/v2/media", "/api/v2/instance", "/api/v1/apps/verify_credentials"
ATTACHED = {"id": "55", "type": "image", "url": None, "preview_url": "https://m.test/small.png"}


@pytest.fixture(scope="module")
def people(mastodon_network: MastodonNetwork) -> tuple[Login, Login]:
    return mastodon_network.new_account("brand", bot=True), mastodon_network.new_account("fan")


@pytest.fixture
def bench(mastodon_network: MastodonNetwork, people: tuple[Login, Login]) -> Iterator[MastodonBench]:
    bench = MastodonBench(mastodon_network.url, *(one.token for one in people))
    yield bench
    bench.close()


# --- limits, rates ------------------------------------------------------------------------------------------------


def test_limits_are_read_once_a_day_and_narrow_what_goes_out(bench: MastodonBench) -> None:
    small = {"domain": "m.test", "configuration": {"statuses": {"max_characters": 20}}}
    bench.clock = FixedClock(datetime.now(UTC))
    bench.wire.fail(Reply(200, small), "GET", INSTANCE)
    with pytest.raises(Unsupported):
        bench.publish(bench.adapter(), bench.out("a" * 21))
    assert bench.facts.load("instance")["said"]["max_characters"] == 20
    assert Mastodon.limits_of({"instance": bench.facts.load("instance")}).text == 20
    bench.publish(bench.adapter(), bench.out("a" * 20))
    assert bench.wire.count("GET", INSTANCE) == 1
    bench.clock.sleep(86401)
    bench.publish(bench.adapter(), bench.out("b" * 20))
    assert bench.wire.count("GET", INSTANCE) == 2
    assert bench.facts.load("instance")["said"]["max_characters"] == 500


def test_an_old_server_is_asked_in_the_old_way_and_a_dumb_one_is_let_be(bench: MastodonBench) -> None:
    bench.wire.fail(Reply(404, {"error": "Not Found"}), "GET", INSTANCE)
    bench.publish(bench.adapter(), bench.out())
    assert bench.wire.count("GET", "/api/v1/instance") == 1
    assert bench.facts.load("instance")["said"]["max_characters"] == 500
    bench.facts.store("instance", None)
    bench.wire.fail("upstream", "GET", INSTANCE)
    assert bench.publish(bench.adapter(), bench.out()).remote_id


def test_the_rate_is_kept_but_not_at_every_call(bench: MastodonBench) -> None:
    bench.clock = FixedClock(datetime.now(UTC))
    adapter, kept = bench.adapter(), list[Any]()
    for left in (299, 298, 290, 200, 199):
        headers = (("X-RateLimit-Limit", "300"), ("X-RateLimit-Remaining", str(left)),
                   ("X-RateLimit-Reset", "2026-11-22T09:05:00.000000Z"))  # fmt: skip
        bench.wire.fail(Reply(200, [], headers), "GET", "/api/v1/notifications")
        adapter.comments(None)
        kept.append(bench.facts.load("rate")["left"])
    assert kept == [299, 299, 299, 200, 200]
    rate = bench.facts.load("rate")
    assert (rate["limit"], rate["reset"][:19]) == (300, "2026-11-22T09:05:00")
    bench.clock.sleep(61)
    bench.wire.fail(Reply(200, [], (("X-RateLimit-Remaining", "198"), ("X-RateLimit-Reset", "nonsense"))), "GET",
                    "/api/v1/notifications")  # fmt: skip
    adapter.comments(None)
    assert bench.facts.load("rate")["left"] == 198


@pytest.mark.parametrize("reset", ["2026-11-22T09:05:00.000000Z", "1795338300", "soon"])
def test_an_odd_rate_header_does_not_put_a_post_in_doubt(bench: MastodonBench, reset: str) -> None:
    adapter, out = bench.adapter(), bench.out()
    made = bench.ask("POST", STATUSES, bench.brand, status=out.part.text)
    headers = (("X-RateLimit-Remaining", "many"), ("X-RateLimit-Reset", reset), ("Deprecation", "true"), ("Date", "x"))
    bench.wire.fail(Reply(200, made, headers), POST, STATUSES)
    assert bench.publish(adapter, out).remote_id == made["id"]


def test_a_strangers_odd_record_does_not_hide_the_others(bench: MastodonBench) -> None:
    adapter = bench.adapter()
    out = bench.out()
    receipt = bench.publish(adapter, out)
    there = bench.ask("GET", f"{STATUSES}/{receipt.remote_id}", bench.brand)
    odd = {**there, "id": "1", "created_at": "yesterday", "account": 7, "mentions": {"a": 1}, "tags": None}
    bench.wire.fail(
        Reply(200, [odd, "x", None, there]), where=lambda call: call.path.endswith(f"{bench.me['id']}/statuses")
    )
    assert adapter.find(out, "", datetime.now(UTC) - timedelta(minutes=5)) == receipt


# --- logins -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(403, {"error": "This action is outside the authorized scopes"}), Reconnect),
        (
            Reply(403, {"error": "Nicht erlaubt"}, (("WWW-Authenticate", 'Bearer error="insufficient_scope"'),)),
            Reconnect,
        ),
        (Reply(403, {"error": "Your login is currently disabled"}), Reconnect),
        (Reply(422, {"error": "This method requires an authenticated user"}), Reconnect),
        (Reply(401, {"error": "The access token is invalid"}), Reconnect),
        (Reply(403, {"error": "This action is not allowed"}), Refused),
        (Reply(422, {"error": "Validation failed: Text can't be blank"}), Refused),
        (Reply(503, {"error": "There was a temporary problem"}), OutcomeUnknown),
        (Reply(307, b"", (("Location", "https://elsewhere.invalid/"),)), TryLater),
    ],
)
def test_each_no_of_mastodon_is_told_by_what_happens_next(
    bench: MastodonBench, reply: Reply, error: type[Exception]
) -> None:
    bench.wire.fail(reply, POST, STATUSES)
    calls = bench.sends()
    with pytest.raises(error) as caught:
        bench.publish(bench.adapter(), bench.out())
    assert type(caught.value) is error
    assert bench.sends() == calls + 1
    # The token goes nowhere else.
    assert all(call.url.startswith(bench.url) for call in bench.wire.calls)
    assert getattr(caught.value, "next_step", "") or error is not Reconnect


@pytest.mark.parametrize("effect", ["reset_after_accept", "hangup_after_accept", "broken_json", "no_names", "empty"])
def test_more_lost_answers(bench: MastodonBench, effect: str) -> None:
    adapter, out, began = bench.adapter(), bench.out(), datetime.now(UTC)
    bench.fail(effect)
    with pytest.raises(OutcomeUnknown):
        bench.publish(adapter, out)
    assert adapter.find(out, "", began) == bench.publish(adapter, out)
    assert bench.copies(out.part.text) == 1


def test_no_token_is_a_matter_of_settings(bench: MastodonBench) -> None:
    with pytest.raises(Misconfigured, match="ACCESS_TOKEN"):
        bench.publish(bench.adapter(access_token=""), bench.out())
    assert bench.calls() == 0
    assert not bench.adapter(access_token="").health()[-1].ok
    with pytest.raises(Misconfigured, match="no address"):
        bench.adapter(instance="not a server")


def test_a_token_that_is_the_name_of_a_file_stays_a_token(bench: MastodonBench, tmp_path: Any) -> None:
    (tmp_path / "token").write_text("the content of a file", encoding="utf-8")
    with pytest.raises(Reconnect):
        bench.adapter(access_token=str(tmp_path / "token")).identity()
    assert bench.wire.calls[0].headers["authorization"] == f"Bearer {tmp_path / 'token'}"


def test_who_it_is_and_what_it_may_do(bench: MastodonBench, people: tuple[Login, Login]) -> None:
    who = bench.adapter().identity()
    assert (who.id, who.handle) == (bench.me["id"], f"{people[0].handle}@{urlsplit(bench.url).netloc}")
    assert set(who.scopes) == set(connect.SCOPES)
    assert (who.lacking, who.remarks) == ((), ())
    bench.wire.fail(Reply(200, {**bench.me, "bot": False}), "GET", "/api/v1/accounts/verify_credentials")
    bench.wire.fail(
        Reply(200, {"name": "x", "scopes": ["read", "write:statuses"]}), "GET", "/api/v1/apps/verify_credentials"
    )
    who = bench.adapter().identity()
    assert who.lacking == ("write:media",)
    assert "automated" in who.remarks[0]
    bench.wire.fail(Reply(404, {"error": "x"}), "GET", APP)
    who = bench.adapter().identity()
    assert (who.scopes, who.lacking) == ((), ())


def test_a_missing_right_shows_in_health(bench: MastodonBench) -> None:
    bench.wire.fail(
        Reply(200, {"name": "x", "scopes": "read write:statuses"}), "GET", "/api/v1/apps/verify_credentials"
    )
    lines = {line.name: line for line in bench.adapter().health()}
    assert not lines["rights"].ok
    assert "write:media" in lines["rights"].detail
    assert lines["rights"].fix


# --- connecting ---------------------------------------------------------------------------------------------------


def test_consent_in_the_browser_brings_a_token(bench: MastodonBench, people: tuple[Login, Login]) -> None:
    [way] = [way for way in Mastodon.ways if way.id == "browser"]
    assert way.begin is not None
    assert way.finish is not None
    given = {"instance": bench.url + "/"}
    asked = way.begin(given, "http://127.0.0.1:8123/back")
    question = {name: values[0] for name, values in parse_qs(urlsplit(asked.url).query).items()}
    assert asked.url.startswith(f"{bench.url}/oauth/authorize?")
    assert question["scope"].split() == list(connect.SCOPES)
    assert question["redirect_uri"] == "http://127.0.0.1:8123/back"
    assert question["code_challenge_method"] == "S256"
    assert re.fullmatch(r"[\w-]{43}", question["code_challenge"])
    assert asked.keep["verifier"] not in asked.url
    assert asked.keep["client_secret"] not in repr(asked)
    form = {"username": people[0].handle, "redirect_uri": question["redirect_uri"], "state": question["state"]}
    answer = bench.http.post("/oauth/authorize", data=form)
    back = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    for wrong in ({**back, "state": "x"}, {"code": back["code"]}, {"state": back["state"]},
                  {"error": "access_denied", "state": back["state"]}):  # fmt: skip
        with pytest.raises(BadInput):
            way.finish(given, asked, wrong)
    settings = way.finish(given, asked, back)
    assert settings["instance"] == bench.url
    assert set(settings) == {"instance", "access_token", "client_id", "client_secret"}
    who = bench.adapter(**settings).identity()
    assert (who.id, who.lacking) == (bench.me["id"], ())
    assert way.begin(given, "http://127.0.0.1:8123/back").keep["state"] != asked.keep["state"]


def test_the_exchange_proves_who_asked(bench: MastodonBench, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Call] = []

    def record(session: Any, method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        sent.append(Call(method, url, {}, json.dumps(form or {}).encode()))
        return {
            "access_token": "t",
            "client_id": "i",
            "client_secret": "s",
            "code_challenge_methods_supported": offered,
        }

    monkeypatch.setattr(connect, "_ask", record)
    for offered in (["S256"], ["plain"], []):
        asked = connect.begin({"instance": "m.test"}, "")
        connect.finish({}, asked, {"code": " abc "})
        form = sent[-1].json
        assert (form["grant_type"], form["code"], form["redirect_uri"]) == (
            "authorization_code", "abc", connect.OUT_OF_BAND,
        )  # fmt: skip
        assert ("code_verifier" in form) is ("code_challenge" in asked.url) is (offered == ["S256"])


@pytest.mark.parametrize("instance", ["http://127.0.0.1:9", "not a server", ""])
def test_a_server_that_is_none_is_told_before_the_browser_opens(instance: str) -> None:
    with pytest.raises((TryLater, Misconfigured)):
        connect.begin({"instance": instance}, "http://127.0.0.1/")
