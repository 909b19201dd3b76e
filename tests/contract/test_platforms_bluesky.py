"""The contract over Bluesky's own PDS and AppView, and what holds for Bluesky alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.clock import SystemClock
from bot.errors import (
    BadInput,
    Misconfigured,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryLater,
    Unsupported,
)  # fmt: skip
from bot.platforms.bluesky import Bluesky
from tests.contract.bluesky_bench import CREATE, BlueskyBench
from tests.contract.given import given
from tests.contract.platform_contract import FAMILY, MemoryVault, PlatformContract
from tests.servers.bluesky import BlueskyNetwork, Login, start_bluesky

pytestmark = pytest.mark.slow

LOGIN, REFRESH = "com.atproto.server.createSession", "com.atproto.server.refreshSession"


class OffClock(SystemClock):
    """The machine's clock, wrong by so many hours."""

    def __init__(self, hours: float) -> None:
        super().__init__()
        self.off = timedelta(hours=hours)

    def now(self) -> datetime:
        return super().now() + self.off


@pytest.fixture(scope="session")
def network(request: pytest.FixtureRequest) -> BlueskyNetwork:
    if server := given("bluesky"):
        return BlueskyNetwork(server.url, "", server.url, "", {})
    found: BlueskyNetwork = request.getfixturevalue("bluesky_network")
    return found


@pytest.fixture(scope="module")
def people(network: BlueskyNetwork) -> tuple[Login, Login, MemoryVault]:
    """A brand and a fan of this module's own; the fan's session is kept, because a login costs a second."""
    if server := given("bluesky"):
        brand = network.login(server.handle, server.password)
        fan = network.login(server.fan_handle, server.fan_password) if server.has_fan else brand
        return brand, fan, MemoryVault()
    return network.new_account("brand"), network.new_account("fan"), MemoryVault()


@pytest.fixture
def bench(network: BlueskyNetwork, people: tuple[Login, Login, MemoryVault]) -> Iterator[BlueskyBench]:
    bench = BlueskyBench(network, *people)
    yield bench
    bench.close()


@pytest.fixture
def whole(network: BlueskyNetwork) -> None:
    if network.appview_url is None:
        from tests.servers.fixtures import left_out

        left_out("Bluesky's AppView, which needs PostgreSQL and Redis")


class TestBluesky(PlatformContract):
    @pytest.fixture
    def bench(
        self, whole: None, network: BlueskyNetwork, people: tuple[Login, Login, MemoryVault]
    ) -> Iterator[BlueskyBench]:
        bench = BlueskyBench(network, *people)
        yield bench
        if given("bluesky"):
            bench.tidy()
        bench.close()


# --- what leaves --------------------------------------------------------------------------------------------------


def test_facets_point_at_bytes_and_mentions_at_people(bench: BlueskyBench) -> None:
    fan = bench.fan._wire.session()
    text = f"茶 {FAMILY} @{fan.handle}: https://example.com/a?b=茶 and #新茶, not @nobody.test"
    receipt = bench.publish(bench.adapter(), bench.out(text))
    raw = text.encode()
    pressed = [
        (raw[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(), f["features"][0])
        for f in bench.record()["facets"]
    ]
    rich = "app.bsky.richtext.facet#"
    assert pressed == [
        (f"@{fan.handle}", {"$type": f"{rich}mention", "did": fan.did}),
        ("https://example.com/a?b=", {"$type": f"{rich}link", "uri": "https://example.com/a?b="}),
        ("#新茶", {"$type": f"{rich}tag", "tag": "新茶"}),
    ]
    assert receipt.url == f"https://bsky.app/profile/{bench.brand.handle}/post/{bench.sent().key}"


def test_pictures_leave_byte_for_byte_as_they_were_signed(bench: BlueskyBench) -> None:
    medium = bench.picture(40, 20)
    bench.publish(bench.adapter(), bench.out(media=(medium,)))
    upload = bench.wire.last("com.atproto.repo.uploadBlob")
    assert upload.body == bench.pictures[medium.sha256]
    assert upload.headers["content-type"] == "image/jpeg"
    [image] = bench.record()["embed"]["images"]
    assert (image["aspectRatio"]["width"], image["aspectRatio"]["height"]) == (40, 20)
    assert image["image"]["size"] == len(upload.body)
    nsids = [call.nsid for call in bench.wire.calls]
    assert nsids.index("com.atproto.repo.uploadBlob") < nsids.index(CREATE)


def test_a_picture_that_tells_of_place_or_camera_is_refused_before_any_call(bench: BlueskyBench) -> None:
    before = len(bench.wire.calls)
    with pytest.raises(Refused, match="camera or place"):
        bench.publish(bench.adapter(), bench.out(media=(bench.picture(40, 20, exif=True),)))
    assert len(bench.wire.calls) == before


def test_a_file_that_is_no_picture_is_refused_before_any_call(bench: BlueskyBench) -> None:
    medium = bench.picture()
    bench.pictures[medium.sha256] = b"GIF89a not at all"
    with pytest.raises(Unsupported):
        bench.publish(bench.adapter(), bench.out(media=(medium,)))
    assert bench.calls() == 0


def test_the_server_counts_as_we_do(bench: BlueskyBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bluesky, "limits", replace(Bluesky.limits, text=9999, text_bytes=99999))
    adapter = bench.adapter()
    for over in ("a" * 301, "é" * 301, "🇨🇭" * 301, FAMILY * 121, "क्षि" * 301):
        with pytest.raises(Refused) as caught:
            bench.publish(adapter, bench.out(over))
        assert "too big" in caught.value.message
    bench.publish(adapter, bench.out("क्षि" * 250))


def test_another_text_under_our_key_is_never_called_ours(bench: BlueskyBench) -> None:
    adapter, out = bench.adapter(), bench.out()
    key = bench.key(adapter, out)
    adapter.publish(out, key)
    with pytest.raises(OutcomeUnknown):
        adapter.publish(bench.out(), key)


def test_a_post_is_found_by_every_form_of_its_address(bench: BlueskyBench) -> None:
    adapter = bench.adapter()
    receipt = bench.publish(adapter, bench.out())
    rkey = receipt.remote_id.rpartition("/")[2]
    for url in (
        receipt.remote_id,
        f"at://{bench.brand.handle}/app.bsky.feed.post/{rkey}",
        f"https://bsky.app/profile/{bench.brand.did}/post/{rkey}",
        f" https://bsky.app/profile/{bench.brand.handle.upper()}/post/{rkey}?ref=x ",
    ):
        found = adapter.lookup(url)
        assert (found.remote_id, found.cid, found.url) == (receipt.remote_id, receipt.cid, receipt.url)


def test_a_strangers_post_is_not_taken_for_ours(bench: BlueskyBench) -> None:
    theirs = bench.publish(bench.fan, bench.out())
    for url in (theirs.remote_id, theirs.url, "https://bsky.app/profile/nobody.invalid/post/3lb2"):
        with pytest.raises(BadInput, match="is not a post of bluesky:main"):
            bench.adapter().lookup(url)


# --- failures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ["reset_after_accept", "hangup_after_accept", "broken_json", "no_names"])
def test_more_lost_answers(bench: BlueskyBench, effect: str) -> None:
    adapter, out = bench.adapter(), bench.out()
    bench.fail(effect)
    with pytest.raises(OutcomeUnknown):
        bench.publish(adapter, out)
    found = adapter.find(out, bench.key(adapter, out), datetime.now(UTC))
    assert found == bench.publish(adapter, out)
    assert bench.copies(out.part.text) == 1


def test_a_gateway_that_fails_leaves_it_open(bench: BlueskyBench) -> None:
    bench.fail("upstream")
    with pytest.raises(OutcomeUnknown) as caught:
        bench.publish(bench.adapter(), bench.out())
    assert caught.value.status == 502


def test_a_limit_told_as_an_instant_becomes_seconds(bench: BlueskyBench) -> None:
    bench.fail("rate_limit_reset")
    with pytest.raises(TryLater) as caught:
        bench.publish(bench.adapter(), bench.out())
    assert 5 < (caught.value.after or 0) <= 41


def test_a_redirect_is_not_followed(bench: BlueskyBench) -> None:
    bench.fail("moved")
    with pytest.raises(TryLater):
        bench.publish(bench.adapter(), bench.out())
    assert bench.wire.count(CREATE) == 1


@pytest.mark.parametrize("nsid", ["com.atproto.repo.uploadBlob", "com.atproto.identity.resolveHandle"])
@pytest.mark.parametrize("effect", ["timeout_after_accept", "server_error_after_accept", "malformed"])
def test_before_the_post_itself_nothing_is_in_doubt(bench: BlueskyBench, nsid: str, effect: str) -> None:
    bench.wire.fail(effect, nsid)
    with pytest.raises(TryLater):
        bench.publish(bench.adapter(), bench.out("Hi @bsky.test", media=(bench.picture(),)))
    assert bench.wire.count(CREATE) == 0


@pytest.mark.parametrize("effect", ["timeout_before", "upstream", "malformed", "rate_limit", "unauthorized"])
def test_looking_that_fails_is_not_an_answer(bench: BlueskyBench, effect: str) -> None:
    adapter, out = bench.adapter(), bench.out()
    bench.publish(adapter, out)
    bench.wire.fail(effect, "com.atproto.repo.getRecord", count=2)
    with pytest.raises(TryLater):
        adapter.find(out, bench.key(adapter, out), datetime.now(UTC))


@contextmanager
def bad_server(manner: str) -> Iterator[str]:
    """Listen on loopback and treat every request badly: ``reset``, ``hang``, ``refuse`` or ``half``."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if manner == "refuse":
            listener.close()
            yield address
            return
        listener.listen(5)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(65536)
                    if manner == "hang":
                        over.wait(3)
                    elif manner == "half":
                        peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")
                    else:
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

        thread = threading.Thread(target=serve)
        thread.start()
        yield address
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(
    ("manner", "error"), [("reset", OutcomeUnknown), ("hang", OutcomeUnknown), ("half", OutcomeUnknown),
                          ("refuse", TryLater)]
)  # fmt: skip
def test_real_sockets_that_break(bench: BlueskyBench, manner: str, error: type[PlatformError]) -> None:
    bench.adapter()._wire.session()
    with bad_server(manner) as address:
        bench.vault.kept["session"] = json.dumps(bench.stored() | {"pds": address})
        adapter = bench.adapter()
        adapter._wire._http = httpx.Client(timeout=0.5)
        with pytest.raises(error):
            bench.publish(adapter, bench.out())
        adapter.close()


# --- session ------------------------------------------------------------------------------------------------------


def forged(token: str, ends: datetime) -> str:
    """Return ``token`` with another end, signed with the secret that every development PDS shares."""
    head, body, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims |= {"iat": int(ends.timestamp()) - 7200, "exp": int(ends.timestamp())}
    packed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    signature = hmac.new(b"jwt-secret", f"{head}.{packed}".encode(), hashlib.sha256).digest()
    return f"{head}.{packed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_one_login_serves_every_restart(bench: BlueskyBench) -> None:
    for _ in range(4):
        bench.publish(bench.adapter(), bench.out())
    assert bench.wire.count(LOGIN) == 1
    assert bench.wire.count(REFRESH) == 0


def test_a_session_about_to_end_is_renewed_first(bench: BlueskyBench) -> None:
    bench.adapter()._wire.session()
    old = bench.stored()
    soon = forged(old["access"], datetime.now(UTC) + timedelta(seconds=60))
    bench.vault.kept["session"] = json.dumps(old | {"access": soon})
    bench.publish(bench.adapter(), bench.out())
    assert (bench.wire.count(LOGIN), bench.wire.count(REFRESH), bench.wire.count(CREATE)) == (1, 1, 1)
    assert bench.stored()["refresh"] != old["refresh"]


def test_a_token_the_server_calls_expired_is_renewed_and_the_post_goes_out_once(bench: BlueskyBench) -> None:
    bench.adapter()._wire.session()
    past = forged(bench.stored()["access"], datetime.now(UTC) - timedelta(minutes=5))
    bench.vault.kept["session"] = json.dumps(bench.stored() | {"access": past})
    # Our clock is three hours slow, so only the server knows.
    bench.clock = OffClock(-3)
    out = bench.out()
    bench.publish(bench.adapter(), out)
    assert (bench.wire.count(REFRESH), bench.wire.count(CREATE)) == (1, 2)
    assert bench.copies(out.part.text) == 1


def test_a_revoked_session_is_replaced_by_a_new_login(bench: BlueskyBench) -> None:
    bench.adapter()._wire.session()
    bench.xrpc("com.atproto.server.deleteSession", None, bench.stored()["refresh"])
    past = forged(bench.stored()["access"], datetime.now(UTC) - timedelta(minutes=5))
    bench.vault.kept["session"] = json.dumps(bench.stored() | {"access": past})
    bench.publish(bench.adapter(), bench.out())
    assert (bench.wire.count(LOGIN), bench.wire.count(REFRESH)) == (2, 1)


def test_two_processes_renew_once(bench: BlueskyBench) -> None:
    bench.adapter()._wire.session()
    past = forged(bench.stored()["access"], datetime.now(UTC) - timedelta(minutes=5))
    bench.vault.kept["session"] = json.dumps(bench.stored() | {"access": past})
    adapters = [bench.adapter() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        sessions = list(pool.map(lambda adapter: adapter._wire.session().access, adapters))
    assert len(set(sessions)) == 1
    assert (bench.wire.count(LOGIN), bench.wire.count(REFRESH)) == (1, 1)


def test_a_new_session_is_stored_before_it_is_used(bench: BlueskyBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, secret: str) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(bench.vault, "store", broken)
    with pytest.raises(OSError, match="disk full"):
        bench.publish(bench.adapter(), bench.out())
    assert bench.wire.count(CREATE) == 0


def test_a_stored_session_of_another_handle_is_not_used(
    bench: BlueskyBench, people: tuple[Login, Login, MemoryVault]
) -> None:
    bench.adapter()._wire.session()
    other = bench._adapter(people[1], bench.vault, bench.wire)
    assert other._wire.session().did == people[1].did


def test_a_wrong_password_asks_for_a_person(bench: BlueskyBench) -> None:
    adapter = bench.adapter(app_password="wrong-wrong-wrong")
    with pytest.raises(Reconnect) as caught:
        bench.publish(adapter, bench.out())
    assert "SIGNOFF_PLATFORMS__BLUESKY__MAIN__APP_PASSWORD" in caught.value.next_step
    assert "wrong-wrong" not in f"{caught.value}{caught.value.reply}"
    [line] = adapter.health()
    assert not line.ok
    assert line.fix


def test_no_password_is_a_matter_of_settings(bench: BlueskyBench) -> None:
    with pytest.raises(Misconfigured, match="APP_PASSWORD"):
        bench.publish(bench.adapter(app_password=""), bench.out())
    assert bench.calls() == 0
    assert not bench.adapter(app_password="").health()[-1].ok


def test_a_passing_401_is_no_reason_to_call_a_person(bench: BlueskyBench) -> None:
    adapter, out = bench.adapter(), bench.out()
    bench.wire.fail("unauthorized", CREATE, count=2)
    with pytest.raises(TryLater):
        bench.publish(adapter, out)
    assert bench.publish(adapter, out)
    assert bench.wire.count(LOGIN) == 1


def test_a_real_takedown_asks_for_a_person(bench: BlueskyBench, network: BlueskyNetwork) -> None:
    bench.brand = network.new_account("gone")
    adapter = bench.adapter()
    bench.publish(adapter, bench.out())
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": bench.brand.did}
    body = {"subject": subject, "takedown": {"applied": True, "ref": "test"}}
    admin = base64.b64encode(f"admin:{network.admin_password}".encode()).decode()
    bench.xrpc("com.atproto.admin.updateSubjectStatus", body, admin, "Basic")
    for again in (adapter, bench._adapter(bench.brand, MemoryVault(), bench.wire)):
        with pytest.raises(Reconnect) as caught:
            bench.publish(again, bench.out())
        assert "AccountTakedown" in caught.value.message


def test_health_names_a_wrong_clock(bench: BlueskyBench) -> None:
    bench.clock = OffClock(-0.5)
    lines = {line.name: line for line in bench.adapter().health()}
    assert not lines["clock"].ok
    assert lines["clock"].fix
    assert lines["login"].ok
    assert lines["handle"].ok


def test_reading_waits_out_an_appview_that_is_down(bench: BlueskyBench) -> None:
    bench.wire.fail("upstream", "app.bsky.notification.listNotifications")
    with pytest.raises(TryLater):
        bench.adapter().comments(None)


def test_a_late_comment_behind_the_newest_is_not_lost(whole: None, bench: BlueskyBench) -> None:
    """A stranger's clock dates their comment, so one can appear behind what was already read."""
    adapter = bench.adapter()
    post = bench.publish(adapter, bench.out())
    now = bench.says("In time", post)
    bench.settle(lambda: now in [c.remote_id for c in adapter.comments(None, 200).items])
    cursor = adapter.comments(None, 200).cursor
    slow = replace(bench.out("My clock is slow", parent=post), created=datetime.now(UTC) - timedelta(minutes=20))
    late = bench.publish(bench.fan, slow).remote_id
    bench.settle(lambda: bool(adapter.comments(cursor).items))
    page = adapter.comments(cursor)
    assert [c.remote_id for c in page.items] == [late]
    assert adapter.comments(page.cursor).items == ()


def test_a_real_limit_on_logins_is_waited_out(bluesky_network: BlueskyNetwork) -> None:
    with start_bluesky(appview=False, accounts=("brand",), rate_limits=True) as limited:
        bench = BlueskyBench(limited, limited.accounts["brand"], limited.accounts["brand"], MemoryVault())
        body = {"identifier": bench.brand.handle, "password": "wrong"}
        answers = [httpx.post(f"{limited.pds_url}/xrpc/{LOGIN}", json=body, timeout=30).status_code for _ in range(31)]
        assert answers[-1] == 429
        with pytest.raises(TryLater) as caught:
            bench.publish(bench.adapter(), bench.out())
        assert 200 < (caught.value.after or 0) <= 300
        bench.close()
