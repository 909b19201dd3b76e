"""Addresses that lead where nobody should be led: given, redirected to, or by a name that changes. None is reached.

A public site is played by a TLS server on this machine: connections to ``PUBLIC`` end there, and every connection that
is tried is written down. What must not be reached is played by a second server, which counts whoever comes.
"""

from __future__ import annotations

import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import certifi
import pytest

from bot.brand_folder import fetching, pages
from bot.brand_folder.fetching import MOST_BYTES, fetch
from bot.brand_folder.pages import Copy, PageUnreachable

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
PUBLIC, SITE = "93.184.215.14", "site.example"

#: Given by a person as they stand here.
GIVEN = """
https://10.0.0.1/ https://172.16.0.1/ https://172.31.255.254/ https://192.168.1.1/ https://169.254.169.254/latest/meta-data
https://100.64.0.1/ https://0.0.0.0/ https://192.0.0.192/ https://198.18.0.1/ https://192.88.99.1/ https://224.0.0.1/
https://240.0.0.1/ https://255.255.255.255/ https://2130706433/ https://0x7f000001/ https://0x7f.0.0.1/ https://0177.0.0.1/
https://017700000001/ https://127.1/ https://127.0.1/ https://0/ https://3232235777/ https://0xa9fea9fe/
https://0251.0376.0251.0376/ https://[::]/ https://[::ffff:10.0.0.1]/ https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/
https://[::127.0.0.1]/ https://[64:ff9b::7f00:1]/ https://[64:ff9b::a9fe:a9fe]/ https://[64:ff9b:1::7f00:1]/
https://[2002:7f00:1::]/ https://[2002:a00:1::1]/ https://[fe80::1]/ https://[fe80::1%25lo]/ https://[fc00::1]/
https://[fd00:ec2::254]/ https://[fec0::1]/ https://[ff02::1]/ https://[2001:db8::1]/ https://[3fff::1]/
https://localhost./ https://LOCALHOST./ https://127.0.0.1./ https://127。0。0。1/ https://127｡0｡0｡1/ https://①②⑦.⓪.⓪.①/
https://site.example@127.0.0.1/ https://site.example:443@10.0.0.1/ https://127.0.0.1:443\\@site.example/
https://site.example\\@10.0.0.1/ http://site.example/ http://10.0.0.1/ file:///etc/passwd gopher://site.example/_x
ftp://site.example/a dict://127.0.0.1:11211/stat data:text/html,hello ws://site.example/ https:///nobody https://site.example:99999/
https://site.example:x/ https://[::1/ javascript:alert(1) //127.0.0.1/ https://xn--/ https://a..b/
""".split()

#: Names, and the addresses behind them.
NAMES = {
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "ten.example": ["10.0.0.1"],
    "meta.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::a00:1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "scoped.example": ["fe80::1%lo"],
    "sitelocal.example": ["fec0::7"],
    "zero.example": ["0.0.0.0"],
    "nobody.example": [],
    "odd.example": ["not an address"],
}


@dataclass
class Net:
    """What was tried, and who came to the server that nobody may reach."""

    port: int = 0
    inside: int = 0
    tried: list[tuple[str, int]] = field(default_factory=list)
    hits: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    zone: dict[str, list[list[str]]] = field(default_factory=dict)

    def resolve(self, host: str, port: int) -> list[str]:
        """Answer as a name server; the last answer stays. Numbers in any writing are the system's to read."""
        if host in NAMES:
            return NAMES[host]
        if host in self.zone:
            waiting = self.zone[host]
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except OSError:
            if host.rstrip(".").lower() == "localhost":
                return ["127.0.0.1"]
            raise
        return [str(one[4][0]) for one in found]

    def strays(self) -> list[tuple[str, int]]:
        """Return connections that went elsewhere than to the public site."""
        return [one for one in self.tried if one != (PUBLIC, 443)]


def _redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _page(body: bytes = b"<p>hello</p>", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def _certificate(folder: Path) -> Path:
    """Make a certificate for the site that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SITE)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in (SITE, f"www.{SITE}")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "site.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def net(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    made = Net(zone={SITE: [[PUBLIC]], f"www.{SITE}": [[PUBLIC]]})

    class Quiet(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

    class Site(Quiet):
        def do_GET(self) -> None:
            answer = made.answers.get(self.path, _page())
            try:
                answer(self)
            except OSError:
                self.close_connection = True

    class Inside(Quiet):
        def do_GET(self) -> None:
            made.hits.append(self.path)
            _page(b"<p>secret</p>")(self)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    site, inside = ThreadingHTTPServer(("127.0.0.1", 0), Site), ThreadingHTTPServer(("127.0.0.1", 0), Inside)
    site.socket = tls.wrap_socket(site.socket, server_side=True)
    for server in (site, inside):
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign] - who is cut off is no news
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    made.port, made.inside = site.server_address[1], inside.server_address[1]
    real = socket.create_connection

    def connect(address: tuple[str, int], *args: Any, **given: Any) -> socket.socket:
        made.tried.append(address)
        if address[0] == PUBLIC:
            return real(("127.0.0.1", made.port), *args, **given)
        if ipaddress.ip_address(address[0]).is_loopback:
            return real(address, *args, **given)
        raise OSError("nothing leaves this machine in a test")

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    yield made
    for server in (site, inside):
        server.shutdown()
        server.server_close()


def _as_given(net: Net, url: str, **more: Any) -> Copy:
    """Read an address as a command does: tidied, then fetched."""
    tidied, why = pages.tidy(url)
    if why:
        raise PageUnreachable(why)
    return fetch(tidied, NOW, resolve=net.resolve, **{"seconds": 3.0, **more})


def test_the_site_of_these_tests_is_read(net: Net) -> None:
    assert _as_given(net, f"https://{SITE}/").body == b"<p>hello</p>"
    net.answers["/old"] = _redirect(f"https://www.{SITE}/new")
    assert _as_given(net, f"https://{SITE}/old").body == b"<p>hello</p>"
    assert {one[0] for one in net.tried} == {PUBLIC}


@pytest.mark.parametrize("url", GIVEN)
def test_an_address_given_by_a_person_leads_to_no_machine_inside(net: Net, url: str) -> None:
    with pytest.raises(PageUnreachable):
        _as_given(net, url)
    assert net.tried == []


@pytest.mark.parametrize("host", NAMES)
def test_a_name_leads_to_no_machine_inside(net: Net, host: str) -> None:
    with pytest.raises(PageUnreachable):
        _as_given(net, f"https://{host}/")
    assert net.tried == []


_TO = """
http://127.0.0.1:{inside}/ https://127.0.0.1:{inside}/ http://localhost:{inside}/ http://[::1]:{inside}/
//127.0.0.1:{inside}/
http://2130706433:{inside}/ https://0x7f.1:{inside}/ https://site.example@127.0.0.1:{inside}/ 
https://site.example:443@127.0.0.1:{inside}/
https://127.0.0.1:{inside}\\@site.example/ http://site.example/ https://site.example:{inside}/ https://www.site.example:{inside}/
https://site.example.:443/ https://site.example.evil.example/ https://evil.example/ https://loop.example/ https://www.loop.example/
http://169.254.169.254/latest/meta-data file:///etc/passwd gopher://127.0.0.1:{inside}/_x ftp://127.0.0.1/
data:text/html,x javascript:alert(1) https://[::ffff:127.0.0.1]:{inside}/ https://127。0。0。1:{inside}/ https:// https://site.example:99999/
https://[::1/ https://xn--/
""".split()


@pytest.mark.parametrize("to", _TO)
def test_a_redirect_leads_to_no_machine_inside(net: Net, to: str) -> None:
    net.answers["/"] = _redirect(to.format(inside=net.inside).encode("utf-8").decode("latin-1"))
    with pytest.raises(PageUnreachable):
        _as_given(net, f"https://{SITE}/")
    assert (net.strays(), net.hits) == ([], [])


@pytest.mark.parametrize("then", [["127.0.0.1"], ["10.0.0.1"], ["::1"], [PUBLIC, "127.0.0.1"], ["::ffff:127.0.0.1"]])
def test_a_name_that_changes_its_mind_is_asked_once_a_request_and_checked_each_time(net: Net, then: list[str]) -> None:
    net.zone[SITE] = [[PUBLIC], then]
    assert _as_given(net, f"https://{SITE}/").body == b"<p>hello</p>"
    net.zone[SITE] = [[PUBLIC], then]
    net.answers["/"] = _redirect("/again")
    with pytest.raises(PageUnreachable, match="inside a network"):
        _as_given(net, f"https://{SITE}/")
    assert (net.strays(), net.hits) == ([], [])


def test_a_certificate_of_another_name_ends_it(net: Net) -> None:
    net.zone["other.example"] = [[PUBLIC]]
    with pytest.raises(PageUnreachable, match="connection failed"):
        _as_given(net, "https://other.example/")


def test_redirects_that_never_end_do(net: Net) -> None:
    net.answers["/"] = _redirect("/")
    with pytest.raises(PageUnreachable, match="on and on"):
        _as_given(net, f"https://{SITE}/")
    assert len(net.tried) <= 6


def _drip(piece: bytes, head: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        for _ in range(3000):
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.02)

    return answer


_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("status line", _drip(b"H", b"")),
        ("headers", _drip(b"x", _OK + b"X-Slow: ")),
        ("body", _drip(b"x", _OK + b"\r\n")),
        ("chunks", _drip(b"1\r\nx\r\n", _OK + b"Transfer-Encoding: chunked\r\n\r\n")),
        ("silence", lambda handler: time.sleep(60)),
    ],
)
def test_a_slow_site_is_left_in_time(net: Net, name: str, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    net.answers["/"] = answer
    began = time.monotonic()
    with pytest.raises(PageUnreachable, match=r"too long|connection failed"):
        _as_given(net, f"https://{SITE}/", seconds=0.5)
    assert time.monotonic() - began < 40, name


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("large", _page(b"x" * (MOST_BYTES + 1))),
        ("gzip bomb", _page(gzip.compress(b"\0" * (MOST_BYTES * 10)), Content_Encoding="gzip")),
        ("twice", _page(gzip.compress(gzip.compress(b"x" * 1000)), Content_Encoding="gzip, gzip")),
        ("br", _page(b"x", Content_Encoding="br")),
        ("long header", _page(**{"X-Long": "x" * 200_000})),
        ("a lie", _page(b"x" * 100, Content_Encoding="gzip")),
    ],
)
def test_a_site_that_sends_too_much_is_left(
    net: Net, name: str, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    net.answers["/"] = answer
    with pytest.raises(PageUnreachable):
        _as_given(net, f"https://{SITE}/")


def test_the_corpus_is_as_large_as_is_said() -> None:
    assert len(GIVEN) + len(NAMES) + len(_TO) >= 110


def test_without_the_check_of_addresses_the_machine_inside_is_reached(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counter-proof: what these tests count would be counted."""
    monkeypatch.setattr(fetching, "_is_public", lambda address: True)
    with pytest.raises(PageUnreachable):
        _as_given(net, f"https://loop.example:{net.inside}/")
    assert net.strays() == [("127.0.0.1", net.inside)]
