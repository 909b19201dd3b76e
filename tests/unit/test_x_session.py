"""Sessions of OAuth 2 with X: renewed once for all, stored before use; and the three ways of connecting an account."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import BadInput, Misconfigured, Reconnect, TryLater
from bot.platforms.kit import x_ways
from bot.platforms.kit.x_session import HIDES, SCOPES, granted, packed, unpacked
from bot.platforms.terms import Consent
from bot.platforms.x import X
from tests.contract.x_bench import DEAD, POST, TOKEN, XBench
from tests.servers.faulty_requests import Reply
from tests.servers.x import start_x

REDIRECT = "http://127.0.0.1:8425/callback"


@pytest.fixture
def bench() -> Iterator[XBench]:
    with start_x() as (net, url):
        bench = XBench(net, url, oauth2=True)
        yield bench
        bench.close()


def stored(bench: XBench) -> Any:
    return json.loads(bench.vault.kept["session"])


def later(bench: XBench, hours: float) -> None:
    bench.clock.follow(datetime.now(UTC) + timedelta(hours=hours))


# --- renewing ---------------------------------------------------------------------------------------------


def test_a_session_is_renewed_before_it_ends_and_stored_before_it_is_used(bench: XBench) -> None:
    adapter = bench.adapter()
    adapter.identity()
    assert bench.wire.count(POST, TOKEN) == 0
    assert bench.vault.kept == {}
    later(bench, 1.99)
    order: list[str] = []
    store = bench.vault.store
    bench.vault.store = lambda name, secret: (order.append(f"stored after {bench.calls()}"), store(name, secret))[1]  # type: ignore[assignment,method-assign]
    adapter.identity()
    assert bench.wire.count(POST, TOKEN) == 1
    assert order == [f"stored after {bench.calls() - 1}"], "the new token was used before it was kept"
    assert bench.wire.last("GET", "/2/users/me").headers["authorization"] == f"Bearer {stored(bench)['access']}"
    # The client's secret goes into the header, not into the form: the app has one.
    call = bench.wire.last(POST, TOKEN)
    client, secret = bench.net.client
    assert call.headers["authorization"] == "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
    assert secret not in call.body.decode()


def test_a_token_that_is_refused_early_is_renewed_once_and_the_call_repeated(bench: XBench) -> None:
    adapter = bench.adapter()
    adapter.me()
    bench.net.access.clear()
    assert bench.publish(adapter, bench.out()).remote_id
    assert (bench.sends(), bench.wire.count(POST, TOKEN)) == (2, 1)


def test_a_session_refused_twice_in_a_row_is_asked_for_again_and_parts_with_nobody(bench: XBench) -> None:
    """Only X's own word that the access was taken back needs a person; a session that ends at once does not."""
    adapter = bench.adapter()
    adapter.me()
    bench.net.access.clear()
    stale = Reply(401, json.dumps({"title": "Unauthorized", "type": "about:blank", "status": 401}).encode())
    bench.wire.fail(stale, POST, "/2/tweets")
    bench.wire.fail(stale, POST, "/2/tweets")
    with pytest.raises(TryLater, match="just given"):
        bench.publish(adapter, bench.out())
    assert bench.publish(adapter, bench.out()).remote_id


def test_two_processes_renew_one_session_once(bench: XBench) -> None:
    """A refresh token works once: who comes second takes what the first has stored."""
    adapters = [bench.adapter() for _ in range(6)]
    later(bench, 2.5)
    gate = threading.Barrier(6)

    def use(adapter: X) -> str:
        gate.wait()
        return adapter.identity().handle

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(use, adapters)) == ["brand"] * 6
    assert bench.wire.count(POST, TOKEN) == 1


def test_after_a_restart_the_vaults_session_is_used_and_not_that_of_the_consent(bench: XBench) -> None:
    later(bench, 2)
    bench.adapter().identity()
    later(bench, 2.1)
    bench.adapter().identity()
    assert bench.wire.count(POST, TOKEN) == 1


def test_who_agrees_anew_is_not_held_to_the_old_session(bench: XBench) -> None:
    later(bench, 2)
    bench.adapter().identity()
    answer = bench.net.grant(bench.fan.id, " ".join(SCOPES))
    bench.login["tokens"] = packed(granted(answer, bench.clock.now()))
    assert bench.adapter().identity().handle == "fan"
    assert bench.adapter().me().handle == "fan", "who the account is was remembered of another login"


def test_a_session_that_is_no_longer_renewed_needs_a_person(bench: XBench) -> None:
    later(bench, 3)
    bench.wire.fail(DEAD, POST, TOKEN)
    with pytest.raises(Reconnect, match="no longer renews") as caught:
        bench.publish(bench.adapter(), bench.out())
    assert "signoff connect x:main" in caught.value.next_step
    assert bench.sends() == 0


@pytest.mark.parametrize("effect", ["unreachable", "server_error_before", "rate_limit", "malformed", "timeout_before"])
def test_when_x_cannot_be_asked_it_is_asked_later(bench: XBench, effect: str) -> None:
    later(bench, 3)
    bench.wire.fail(effect, POST, TOKEN)
    with pytest.raises(TryLater):
        bench.publish(bench.adapter(), bench.out())
    assert bench.sends() == 0


def test_without_offline_access_it_says_so_beforehand(bench: XBench) -> None:
    answer = bench.net.grant(bench.brand.id, "tweet.read tweet.write users.read")
    bench.login["tokens"] = packed(granted(answer, datetime.now(UTC)))
    adapter = bench.adapter()
    assert adapter.identity().lacking == ("offline.access", "media.write")
    assert "offline.access" in next(line for line in adapter.health() if line.name == "rights").detail
    later(bench, 3)
    with pytest.raises(Reconnect, match=r"offline\.access"):
        adapter.identity()


def test_an_account_without_a_login_says_how_it_gets_one(bench: XBench) -> None:
    for login in ({}, {"api_key": "k", "api_secret": "s"}, {"client_id": "c"}, {"client_id": "c", "tokens": "{}"}):
        bench.login = login
        adapter = bench.adapter()
        with pytest.raises(Misconfigured, match="has no login"):
            adapter.identity()
        assert not adapter.health()[0].ok
    assert bench.calls() == 0


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "7", '{"grant": 1}', '{"grant":"a","access":"b","refresh":"c","ends":"no"}']
)
def test_what_is_no_session_is_none(text: str) -> None:
    assert unpacked(text) is None


# --- connecting -------------------------------------------------------------------------------------------


def test_every_way_stores_settings_that_the_adapter_knows() -> None:
    assert [way.id for way in X.ways] == ["keys", "browser-keys", "browser"]
    for way in X.ways:
        assert {field.name for field in way.fields} <= set(X.settings)
        assert way.steps
        assert {f.name for f in way.fields if f.secret} <= {name for name, (_, secret) in X.settings.items() if secret}


def test_keys_by_consent(bench: XBench) -> None:
    """request token, consent, access token: OAuth 1 in three steps."""
    key, secret = bench.net.app
    given = {"api_key": key, "api_secret": secret}
    consent = x_ways.begin_keys(given, REDIRECT, transport=bench.wire)
    token = parse_qs(urlsplit(consent.url).query)["oauth_token"][0]
    assert consent.url.startswith("https://api.x.com/oauth/authorize?")
    assert consent.keep["secret"] not in repr(consent)
    kept = bench.net.requests[token]
    assert kept["callback"] == REDIRECT
    kept |= {"user": bench.brand.id, "verifier": "v-1"}
    with pytest.raises(BadInput, match="another question"):
        x_ways.finish_keys(given, consent, {"oauth_token": "rq-other", "oauth_verifier": "v-1"}, transport=bench.wire)
    back = {"oauth_token": token, "oauth_verifier": "v-1"}
    made = x_ways.finish_keys(given, consent, back, transport=bench.wire)
    assert set(made) == {"access_token", "access_secret"}
    bench.login = {**given, **made}
    assert bench.adapter().identity().handle == "brand"


def test_a_session_by_consent(bench: XBench) -> None:
    client, secret = bench.net.client
    given = {"client_id": client, "client_secret": secret}
    consent = x_ways.begin_session(given, REDIRECT)
    question = {name: values[0] for name, values in parse_qs(urlsplit(consent.url).query).items()}
    assert consent.url.startswith("https://x.com/i/oauth2/authorize?")
    assert question["scope"].split() == [*SCOPES, HIDES]
    assert (question["code_challenge_method"], question["redirect_uri"]) == ("S256", REDIRECT)
    assert consent.keep["verifier"] not in consent.url
    code = {"user": bench.brand.id, "scopes": question["scope"], "challenge": question["code_challenge"],
            "redirect": REDIRECT, "at": datetime.now(UTC).timestamp()}  # fmt: skip
    bench.net.codes |= {"c-1": dict(code), "c-2": dict(code), "c-3": {**code, "at": code["at"] - 31}}
    with pytest.raises(BadInput, match="another question"):
        x_ways.finish_session(given, consent, {"code": "c-1", "state": "other"}, transport=bench.wire)
    for wrong in ("c-0", "c-3"):
        back = {"code": wrong, "state": question["state"]}
        with pytest.raises(BadInput, match="token was invalid"):
            x_ways.finish_session(given, consent, back, transport=bench.wire)
    back = {"code": "c-1", "state": question["state"]}
    bench.login = {**given, **x_ways.finish_session(given, consent, back, transport=bench.wire)}
    who = bench.adapter().identity()
    assert (who.handle, who.scopes, who.lacking) == ("brand", (*SCOPES, HIDES), ())
    # An app without a secret says who it is in the form.
    public = {"client_id": client}
    x_ways.finish_session(public, consent, {**back, "code": "c-2"}, transport=bench.wire)
    call = bench.wire.last(POST, TOKEN)
    assert call.form["client_id"] == [client]
    assert "authorization" not in call.headers


@pytest.mark.parametrize(
    ("status", "error"), [(401, BadInput), (403, BadInput), (429, TryLater), (503, TryLater), (302, BadInput)]
)
def test_a_failing_start_is_told_without_secrets(bench: XBench, status: int, error: type[Exception]) -> None:
    key, secret = bench.net.app
    bench.wire.fail(Reply(status, {"errors": [{"code": 32, "message": f"no {secret}"}]}), POST, "/oauth/request_token")
    with pytest.raises(error) as caught:
        x_ways.begin_keys({"api_key": key, "api_secret": secret}, REDIRECT, transport=bench.wire)
    assert secret not in str(caught.value)


def test_missing_keys_and_odd_answers_are_told(bench: XBench) -> None:
    with pytest.raises(BadInput, match="missing"):
        x_ways.begin_keys({"api_key": "k"}, REDIRECT, transport=bench.wire)
    with pytest.raises(BadInput, match="missing"):
        x_ways.begin_session({}, REDIRECT)
    key, secret = bench.net.app
    given = {"api_key": key, "api_secret": secret}
    for body in (b"", b"<html>", b"oauth_token=a&oauth_token_secret=b"):
        bench.wire.fail(Reply(200, body), POST, "/oauth/request_token")
        with pytest.raises(BadInput, match="no token"):
            x_ways.begin_keys(given, REDIRECT, transport=bench.wire)
    consent = Consent("", {"state": "s", "verifier": "v", "redirect": REDIRECT})
    for body in (b"", b"[]", b'{"access_token": 7}'):
        bench.wire.fail(Reply(200, body), POST, TOKEN)
        with pytest.raises(BadInput, match="no token"):
            x_ways.finish_session({"client_id": "c"}, consent, {"state": "s", "code": "c"}, transport=bench.wire)
    with pytest.raises(BadInput, match="no code"):
        x_ways.finish_session({"client_id": "c"}, consent, {"state": "s", "error": "?"}, transport=bench.wire)
