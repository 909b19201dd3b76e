"""What is taken over HTTP: only what Slack signed, of now, once, over the very bytes that came."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.settings import load
from bot.surfaces.slack import http
from bot.surfaces.slack.app import Setup
from tests.slack import standin
from tests.slack.served import Served, served
from tests.slack.standin import OLD_SECRET, SECRET, TOKEN, command, signed


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, slack_signing_secret_old=OLD_SECRET) as made:
        yield made


def test_a_signed_request_is_taken(desk: Served) -> None:
    assert desk.do(command("status", url=desk.url))[0].startswith("How Lumen Tea stands")
    assert desk.counts() == {"done": 1}


def test_what_is_not_signed_by_slack_over_these_bytes_is_refused(desk: Served) -> None:
    body = command("stop", url=desk.url)
    good = signed(body)
    stamp, seal = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    forged = {
        "no signature": {k: v for k, v in good.items() if k != seal},
        "no time": {k: v for k, v in good.items() if k != stamp},
        "another secret": signed(body, "another-secret"),
        "an empty secret": signed(body, ""),
        "another body": signed(body + b"x"),
        "five minutes ago": signed(body, at=time.time() - 301),
        "five minutes ahead": signed(body, at=time.time() + 302),
        "another time than was signed": {**good, stamp: str(int(good[stamp]) + 1)},
        "time in other digits": {**good, stamp: "١٧٠٠٠٠٠٠٠٠".encode().decode("latin-1")},
        "a negative time": {**good, stamp: "-" + good[stamp]},
        "a time with a fraction": {**good, stamp: good[stamp] + ".0"},
        "no time at all": {**good, stamp: ""},
        "an old version": {**good, seal: "v1" + good[seal][2:]},
        "upper case": {**good, seal: good[seal].upper()},
        "cut short": {**good, seal: good[seal][:-1]},
        "not even ASCII": {**good, seal: "é" * 20},
    }
    assert {name: desk.send(body, headers) for name, headers in forged.items()} == dict.fromkeys(forged, 401)
    assert desk.send(body + b"&text=resume", good) == 401
    assert desk.send(body.replace(b"stop", b"st%6Fp"), good) == 401, "the same meaning in other bytes"
    assert desk.counts() == {}, "nothing of it was stored"
    assert desk.send(body, good) == 200


def test_a_signature_is_taken_once(desk: Served) -> None:
    body = command("status", url=desk.url)
    headers = signed(body)
    assert [desk.send(body, headers) for _ in range(3)] == [200, 401, 401]
    desk.settle()
    assert len(desk.told) == 1


def test_two_secrets_are_taken_while_one_replaces_the_other(desk: Served) -> None:
    for secret, status in ((SECRET, 200), (OLD_SECRET, 200), ("a-third-one", 401)):
        body = command("status", url=desk.url)
        assert desk.send(body, signed(body, secret)) == status


@pytest.mark.parametrize("secrets", [(), ("",), ("  ",), (SECRET, "")])
def test_an_empty_secret_signs_nothing(secrets: tuple[str, ...], clock: object) -> None:
    with pytest.raises(Misconfigured, match="is empty"):
        http.Seal(secrets, clock)  # type: ignore[arg-type]


def raw(desk: Served, data: bytes, *, shut: bool = True) -> bytes:
    """Send bytes as they are and return what comes back."""
    with socket.create_connection(desk.at, 10) as line:
        line.sendall(data)
        if shut:
            line.shutdown(socket.SHUT_WR)
        found = b""
        while piece := line.recv(4096):
            found += piece
    return found


def head(body: bytes, **more: str) -> bytes:
    fields = {"Host": "x", "Content-Length": str(len(body)), **signed(body), **more}
    return b"POST /slack/events HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()).encode() + b"\r\n"


def test_a_request_that_is_cut_short_too_long_or_of_another_kind_changes_nothing(desk: Served) -> None:
    body = command("stop", url=desk.url)
    assert b" 400 " in raw(desk, head(body) + body[:-5])
    assert b" 413 " in raw(desk, head(body, **{"Content-Length": str(http.LARGEST + 1)}))
    assert b" 411 " in raw(desk, head(body, **{"Content-Length": "-1"}))
    assert b" 411 " in raw(desk, head(body, **{"Transfer-Encoding": "chunked"}))
    assert b" 415 " in raw(desk, head(body, **{"Content-Type": "text/plain"}) + body)
    twice = head(body).replace(b"X-Slack-Signature", b"X-Slack-Signature: v0=00\r\nX-Slack-Signature")
    assert b" 401 " in raw(desk, twice + body)
    assert b" 404 " in raw(desk, (head(body) + body).replace(b"/slack/events", b"/elsewhere"))
    assert desk.send(b"", {}, method="GET") == 405
    broken = b"\xff\xfe{"
    assert desk.send(broken, {**signed(broken), "Content-Type": "application/json"}) == 400
    for odd in (b"{", b"[]", b"{}", b"null", b'{"type": 3}', b'{"type":"event_callback","event":7}', b"payload=%7B"):
        assert desk.send(odd, {**signed(odd)}) in (200, 400), odd
    assert desk.counts() == {}


def test_slacks_own_question_at_setup_is_answered(desk: Served) -> None:
    body = b'{"type":"url_verification","token":"x","challenge":"3eZbrw1aB"}'
    assert standin.send(desk.at, body) == (200, b'{"challenge": "3eZbrw1aB"}')


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"slack_app_token": "xapp-1-abcdef"}, "SIGNOFF_SLACK_BOT_TOKEN is not set"),
        ({"slack_bot_token": TOKEN}, "nothing to hear with"),
        ({"slack_bot_token": TOKEN, "slack_signing_secret": ""}, "SIGNOFF_SLACK_SIGNING_SECRET is empty"),
        ({"slack_bot_token": "xapp-1-swapped", "slack_app_token": TOKEN}, "does not start with xoxb-"),
        ({"slack_bot_token": TOKEN, "slack_app_token": "xapp-1-abcdef", "slack_http": "3000"}, "over HTTP needs"),
        ({"slack_signing_secret": SECRET}, "SIGNOFF_SLACK_BOT_TOKEN is not set"),
        ({"slack_bot_token": TOKEN, "slack_signing_secret": SECRET, "slack_http": "a/b"}, "SIGNOFF_SLACK_HTTP"),
        ({"slack_http": "3000"}, "SIGNOFF_SLACK_BOT_TOKEN is not set"),
    ],
)
def test_half_a_set_of_settings_starts_nothing(tmp_path: Path, given: dict[str, str], says: str) -> None:
    with pytest.raises(Misconfigured, match=says) as refused:
        Setup.of(load(home=tmp_path, **given))
    assert refused.value.next_step


def test_nothing_set_serves_nothing_and_a_whole_set_is_kept_out_of_sight(tmp_path: Path) -> None:
    assert Setup.of(load(home=tmp_path)) is None
    settings = load(home=tmp_path, slack_bot_token=TOKEN, slack_app_token="xapp-1-abcdef", slack_signing_secret=SECRET)
    made = Setup.of(settings)
    assert made is not None
    assert (made.host, made.port) == ("127.0.0.1", 3000)
    shown = repr(made) + repr(settings)
    assert not any(secret in shown for secret in (TOKEN, "xapp-1-abcdef", SECRET))
    assert {TOKEN, "xapp-1-abcdef", SECRET} <= set(settings.secrets())


def test_another_workspace_than_the_one_that_is_set_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="T0LUMEN"), served(tmp_path, slack_team="T0OTHER"):
        raise AssertionError("it started")
