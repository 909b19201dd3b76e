"""Webhooks: what is sent, signed by whom, how often, where to, and never a word."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.brand_folder import fetching, sending
from bot.brand_folder.pages import PageUnreachable
from bot.domain.draft import Part
from bot.domain.policy import ApprovalPolicy
from bot.errors import BadInput, NotAllowed, SignoffError
from bot.store import desk as rows
from bot.store import happenings, restored
from bot.store import webhooks as store
from bot.workflow import decide, propose, webhook_list, webhooks
from tests.world import World, brand

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


class Receiver:
    """Somebody's program: keeps what it got, and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        #: Seconds between the bytes of an answer that takes two hundred of them.
        self.drips = 0.0
        self.url = ""

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            if made.drips:
                self.drip()
                return
            self.send_response(made.status)
            if made.status == 302:
                self.send_header("location", made.url + "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def drip(self) -> None:
            try:
                for piece in (b"HTTP/1.1 200 OK\r\nX-Slow: ", *[b"x"] * 200, b"\r\nContent-Length: 0\r\n\r\n"):
                    self.wfile.write(piece)
                    time.sleep(made.drips)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def add(world: World, url: str, *names: str) -> store.Webhook:
    return webhook_list.add(world.desk, world.app.brand(), brand().people[2], url, names or ("*",))


def deliver(world: World, send: Callable[..., int] | None = None) -> dict[str, int]:
    found = webhooks.deliver(world.desk, lambda _: SECRET, send or partial(sending.send, local=True))
    return dict(found)


def test_each_event_is_sent_once_signed_and_without_a_word(desk: World, there: Receiver) -> None:
    desk.draft("Before anybody listened.")
    one = add(desk, there.url + "/hook?x=1")
    version = desk.draft("A secret of the house.", brief="the brief")
    decide.reject(desk.desk, desk.answer(version, reason="a reason in words"))
    assert deliver(desk) == {"done": 3}
    assert deliver(desk) == {}
    assert [b["type"] for b in there.bodies()] == ["draft.proposed", "draft.in_review", "draft.rejected"]
    last = there.bodies()[-1]
    assert last["data"]["draft"] == version.draft_id
    assert last["data"]["by"] == "li"
    whole = b"".join(body for _, body in there.got).decode()
    for words in ("secret", "brief", "reason", SECRET, "whsec"):
        assert words not in whole
    ids = [headers["webhook-id"] for headers, _ in there.got]
    assert len(set(ids)) == 3
    for headers, body in there.got:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        right = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{right}"
        assert headers["content-type"] == "application/json"
    with desk.db.read() as conn:
        assert store.counts(conn, one.id) == {"done": 3}


def test_only_what_was_asked_for_is_sent(desk: World, there: Receiver) -> None:
    add(desk, there.url, "post.live", "switch.*")
    desk.approve(desk.draft())
    desk.drain()
    with desk.db.write() as conn:
        rows.set_stop(conn, True, who="li", why="a storm of words", at=desk.clock.now())
    deliver(desk)
    assert [b["type"] for b in there.bodies()] == ["post.live", "switch.stopped"]
    for wrong in ("post.gone", "draft", "", "*.live"):
        with pytest.raises(BadInput):
            webhook_list.wanted([wrong])


def test_what_is_not_taken_is_tried_for_a_day_and_then_told(desk: World, there: Receiver) -> None:
    one = add(desk, there.url, "draft.in_review")
    desk.draft()
    there.status = 500
    assert deliver(desk) == {"again": 1}
    assert deliver(desk) == {}
    desk.advance(webhooks.DELAYS[0])
    assert deliver(desk) == {"again": 1}
    ids, tries = {headers["webhook-id"] for headers, _ in there.got}, 2
    assert len(ids) == 1
    while desk.clock.now() and tries < 40:
        desk.advance(3600)
        found = deliver(desk)
        tries += sum(found.values())
        if found.get("failed"):
            break
    assert 8 < tries < 20
    with desk.db.read() as conn:
        (kept,) = store.deliveries(conn, one.id)
        notices = rows.notices(conn, brand="lumen")
    assert (kept.state, kept.status) == ("failed", 500)
    assert any(n["subject"] == f"webhook:{one.id}" for n in notices)
    there.status = 200
    assert webhook_list.replay(desk.desk, desk.app.brand(), one, None) == 1
    assert deliver(desk) == {"done": 1}
    assert {headers["webhook-id"] for headers, _ in there.got} == ids


def test_an_answer_that_drips_is_left_and_the_next_webhook_gets_its_own(
    desk: World, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 2.0)
    there.drips = 0.1
    with receiving() as other:
        slow, _ = add(desk, there.url, "draft.in_review"), add(desk, other.url, "draft.in_review")
        desk.draft()
        began = time.monotonic()
        assert deliver(desk) == {"again": 1, "done": 1}
        # The whole drip takes twenty.
        assert time.monotonic() - began < 15
        assert len(other.got) == 1
    with desk.db.read() as conn:
        (kept,) = store.deliveries(conn, slow.id)
    assert (kept.state, kept.status) == ("waiting", None)
    there.drips = 0.0
    desk.advance(webhooks.DELAYS[0])
    assert deliver(desk) == {"done": 1}
    assert there.got[0][0]["webhook-id"] == there.got[1][0]["webhook-id"]


def test_a_connection_made_after_the_deadline_is_cut_too() -> None:
    """Several machines of a name are asked one after another: the time may be over before the last one is reached."""
    here, far = socket.socketpair()
    with here, far, fetching.cut_off(time.monotonic() - 1) as seen:
        time.sleep(0.1)

        class Stream:
            def get_extra_info(self, name: str) -> object:
                return here

        seen("connection.connect_tcp.complete", {"return_value": Stream()})
        far.settimeout(30)
        assert far.recv(1) == b""


def test_an_answer_that_was_not_written_down_is_sent_again_under_the_same_id(desk: World, there: Receiver) -> None:
    add(desk, there.url, "draft.in_review")
    desk.draft()

    class Killed(BaseException):
        """The process is gone."""

    def dying(url: str, headers: dict[str, str], body: bytes) -> int:
        sending.send(url, headers, body, local=True)
        raise Killed

    with pytest.raises(Killed):
        deliver(desk, dying)
    assert deliver(desk) == {}
    desk.advance(webhooks.HOLD.total_seconds() + 1)
    assert deliver(desk) == {"done": 1}
    first, second = (headers["webhook-id"] for headers, _ in there.got)
    assert first == second
    assert there.got[0][1] == there.got[1][1]


def test_two_workers_send_each_event_once(desk: World, there: Receiver) -> None:
    add(desk, there.url, "draft.in_review")
    for n in range(8):
        desk.draft(f"Number {n}.")
    threads = [threading.Thread(target=deliver, args=(desk,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [headers["webhook-id"] for headers, _ in there.got]
    assert len(ids) == len(set(ids)) == 8


def test_after_a_restore_no_new_event_has_the_id_of_a_lost_one(desk: World, there: Receiver) -> None:
    add(desk, there.url, "draft.in_review")
    desk.draft("Stands in the backup, and was sent.")
    deliver(desk)
    there.status = 500
    desk.draft("Stands in the backup, on its way.")
    deliver(desk)
    with desk.db.read() as conn:
        last = happenings.newest(conn)
    there.status = 204
    lost = f"{there.got[0][0]['webhook-id'].rpartition('-')[0]}-{last + 3}"
    for day in range(2):
        desk.advance(86_400 if day else 60)
        with desk.db.write() as conn:
            restored.mark(conn, desk.clock.now(), at=desk.clock.now(), who="li", why="copy.db")
        desk.draft(f"After restore {day}.")
        deliver(desk)
        deliver(desk)
    ids = [headers["webhook-id"] for headers, _ in there.got]
    assert ids[1] == ids[2], "what the backup holds is known by its id"
    assert len(set(ids)) == 4
    assert ids[3].startswith(f"{lost}-"), "the number is the one that the lost database gave to something else"
    assert lost not in ids
    assert ids[3].rpartition("-")[2] < ids[4].rpartition("-")[2], "each restore has its own"


def test_gone_ends_it_and_replay_begins_again(desk: World, there: Receiver) -> None:
    one = add(desk, there.url, "draft.in_review")
    desk.draft()
    there.status = 410
    assert deliver(desk) == {"failed": 1}
    desk.draft("Later.")
    assert deliver(desk) == {}
    there.status = 200
    webhook_list.replay(desk.desk, desk.app.brand(), one, 0)
    assert deliver(desk) == {"done": 2}
    before = len(there.got)
    assert webhook_list.replay(desk.desk, desk.app.brand(), one, 0) == 2
    deliver(desk)
    assert {h["webhook-id"] for h, _ in there.got[:before]} == {h["webhook-id"] for h, _ in there.got[before:]}


def test_another_brands_events_stay_at_home(desk: World, there: Receiver) -> None:
    add(desk, there.url)
    with desk.db.write() as conn:
        rows.save_brand(conn, brand(id="other", accounts=()), ApprovalPolicy(), "elsewhere", desk.clock.now())
    desk.app.settings.brand = "lumen"
    propose.new(desk.desk, propose.Proposal("sandbox:main", (Part("Hello."),), "anna"), "lumen")
    with desk.db.write() as conn:
        conn.execute(text("update draft set brand = 'other'"))
    assert deliver(desk) == {}
    assert there.got == []


def test_only_an_admin_sends_things_elsewhere(desk: World) -> None:
    for person in brand().people[:2]:
        with pytest.raises(NotAllowed):
            webhook_list.add(desk.desk, desk.app.brand(), person, "https://x.example", ["*"])


@pytest.mark.parametrize("url", [
    "http://tools.example/x", "https://me:secret@tools.example/x", "ftp://tools.example", "tools.example", "https://",
    "https://tools.example/#x", "https://tools.example/\n", "https://" + "a" * 3000, "javascript:alert(1)",
])  # fmt: skip
def test_addresses_that_cannot_be_sent_to(url: str) -> None:
    with pytest.raises(BadInput):
        sending.usable(url, local=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fd00::1",
                                     "100.64.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "0.0.0.0"])  # fmt: skip
def test_nothing_is_sent_inside(address: str) -> None:
    """Also where a public address stands beside it: the connection would go to either."""
    for found in ([address], ["93.184.216.34", address]):
        with pytest.raises(PageUnreachable):
            sending.send("https://tools.example/x", {}, b"{}", resolve=lambda *_, f=found: f)


def test_a_name_is_looked_up_once_and_redirects_lead_nowhere(there: Receiver) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    there.status = 302
    url = there.url.replace("127.0.0.1", "hook.example")
    assert sending.send(url, {}, b"{}", local=True, resolve=resolve) == 302
    assert asked == ["hook.example"]
    assert len(there.got) == 1
    assert there.got[0][0]["host"].startswith("hook.example")
    with pytest.raises(SignoffError):
        sending.send("http://127.0.0.1:9/x", {}, b"{}", local=True)


def test_a_worker_sends_them_and_the_vault_keeps_the_secret(desk: World, there: Receiver, tmp_path: Path) -> None:
    import asyncio

    from bot.surfaces.cli import main
    from bot.workflow.worker import Worker
    from bot.writing import attending

    home = ["--home", str(desk.settings.home), "--as", "sam"]
    assert main([*home, "webhook", "add", there.url]) == 2
    told = StringIO()
    (tmp_path / ".env").write_text("SIGNOFF_WEBHOOKS_LOCAL=true\n", encoding="utf-8")
    with redirect_stdout(told):
        assert main([*home, "webhook", "add", there.url, "--events", "draft.*"]) == 0
    secret = told.getvalue().strip()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    assert secret.encode() not in (tmp_path / "signoff.db").read_bytes()
    desk.draft()
    desk.app.settings.webhooks_local = True
    attending.equip(desk.app)
    asyncio.run(Worker(desk.desk).once())
    headers, body = there.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    with desk.db.read() as conn:
        (one,) = store.every(conn, "lumen")
    for words in (["list"], ["log", one.id], ["replay", one.id, "--after", "0"]):
        told = StringIO()
        with redirect_stdout(told):
            assert main([*home, "webhook", *words]) == 0
        assert secret not in told.getvalue()
    assert main([*home, "webhook", "remove", one.id]) == 0
    assert desk.app.vault.load(f"webhook:{one.id}", "secret") is None
    assert main([*home, "webhook", "remove", one.id]) == 4
