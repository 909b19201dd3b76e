"""Guidelines on the web: read when a person says so, from where they said and nowhere else, with a copy kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.brand_folder import init, load, pages
from bot.brand_folder.fetching import MOST_BYTES, fetch
from bot.brand_folder.pages import Copies, Copy, PageUnreachable, Refreshed, Source
from bot.brand_folder.problems import Problems

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
Answer = tuple[int, dict[str, str], bytes]
PAGE = "<main><h2>Never</h2><ul><li>Compare prices.</li></ul><h2>语气</h2><ul><li>简短。</li></ul></main>".encode()


@dataclass
class Site:
    """A web site on this machine; ``answers`` maps a path to what it says."""

    port: int = 0
    answers: dict[str, Answer | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str = "/voice", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def says(self, path: str, body: bytes, kind: str = "text/html", status: int = 200, **more: str) -> None:
        headers = {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in more.items()}}
        self.answers[path] = (status, headers, body)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append((self.path, self.headers["Host"]))
            answer = made.answers.get(self.path, (404, {}, b""))
            if callable(answer):
                answer(self)
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    made.says("/voice", PAGE)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "shop")
    return tmp_path / "shop"


def name(folder: Path, *urls: str) -> None:
    (folder / pages.FILE).write_text("# ours\n\n" + "\n".join(urls) + "\n", "utf-8")


# --- the list ----------------------------------------------------------------------------------------------


def test_the_list_has_an_address_a_line_with_its_language(folder: Path) -> None:
    name(folder, "https://Lumen.example/voice#top  # the main one", "https://lumen.example/zh?a=1 zh-Hans")
    problems = Problems()
    assert pages.sources(folder, problems) == [
        Source("https://lumen.example/voice", "", 3),
        Source("https://lumen.example/zh?a=1", "zh-Hans", 4),
    ]
    assert problems.found == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lumen.example/voice", "no address"),
        ("file:///etc/passwd", "no address"),
        ("ftp://lumen.example/x", "no address"),
        ("https://", "no address"),
        ("https://lumen.example:99999/", "no address"),
        ("http://lumen.example/voice", "begins with http"),
        ("http://10.0.0.1/voice", "begins with http"),
        ("http://localhost.lumen.example/", "begins with http"),
        ("https://me:secret@lumen.example/", "name or a password"),
        ("https://lumen.example/ english!", "'english!' is no language"),
    ],
)
def test_an_address_that_cannot_be_used_is_an_error_with_its_line(folder: Path, line: str, said: str) -> None:
    name(folder, line)
    [problem] = [p for p in load(folder).problems if p.severity == "error"]
    assert (problem.file, problem.line) == (pages.FILE, 3)
    assert said in problem.message
    assert problem.fix
    # A list with an error is not followed.
    assert pages.refresh(folder, Copies(folder / "copies"), NOW, lambda *_: pytest.fail("fetched")) == []


def test_an_address_named_twice_is_read_once(folder: Path) -> None:
    name(folder, "https://lumen.example/a", "https://lumen.example/a#b")
    problems = Problems()
    assert len(pages.sources(folder, problems)) == 1
    assert [(p.line, p.severity) for p in problems.found] == [(4, "warning")]


# --- reading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "suffix"),
    [
        (PAGE, "text/html; charset=utf-8", ".html"),
        (b"- Be brief.", "text/markdown", ".md"),
        (b"- Be brief.", "text/plain", ".md"),
        (b"%PDF-1.7", "application/pdf", ".pdf"),
    ],
)
def test_a_page_is_read_by_its_kind(site: Site, body: bytes, kind: str, suffix: str) -> None:
    site.says("/voice", body, kind)
    found = fetch(site.url(), NOW)
    assert (found.suffix, found.body, found.fetched) == (suffix, body, NOW)
    assert site.asked == [("/voice", f"127.0.0.1:{site.port}")]


def test_a_redirect_is_followed_within_the_site_only(site: Site) -> None:
    site.says("/old", b"", status=301, Location="/voice")
    assert fetch(site.url("/old"), NOW).body == PAGE
    site.says("/away", b"", status=302, Location=f"http://localhost:{site.port}/voice")
    with pytest.raises(PageUnreachable, match="another site") as caught:
        fetch(site.url("/away"), NOW)
    assert f"localhost:{site.port}" in caught.value.message
    for target in ("http://169.254.169.254/latest", "https://lumen.example/", "file:///etc/passwd"):
        site.says("/away", b"", status=302, Location=target)
        with pytest.raises(PageUnreachable, match="another site"):
            fetch(site.url("/away"), NOW)
    site.says("/round", b"", status=302, Location="/round")
    with pytest.raises(PageUnreachable, match="on and on"):
        fetch(site.url("/round"), NOW)


@pytest.mark.parametrize(
    "behind",
    [
        ["127.0.0.1"], ["10.1.2.3"], ["192.168.0.1"], ["172.16.0.1"], ["169.254.169.254"], ["100.64.0.1"], ["0.0.0.0"],
        ["::1"], ["fe80::1%eth0"], ["fd00::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"],
        ["224.0.0.1"], ["255.255.255.255"], ["93.184.216.34", "10.0.0.1"],
    ],
)  # fmt: skip
def test_a_name_that_leads_into_a_network_of_its_own_is_refused(site: Site, behind: list[str]) -> None:
    with pytest.raises(PageUnreachable, match=r"inside a network|no machine"):
        fetch(f"https://lumen.example:{site.port}/voice", NOW, resolve=lambda host, port: behind)
    assert site.asked == []


def test_loopback_is_read_only_when_it_is_named_and_leads_there(site: Site) -> None:
    assert fetch(site.url(host="localhost"), NOW, resolve=lambda h, p: ["127.0.0.1"]).body == PAGE
    with pytest.raises(PageUnreachable, match="inside a network"):
        fetch(site.url(host="localhost"), NOW, resolve=lambda h, p: ["93.184.216.34"])


def test_the_connection_goes_to_the_address_that_was_checked(site: Site) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    assert fetch(site.url(host="localhost"), NOW, resolve=lambda h, p: next(answers)).body == PAGE
    assert site.asked == [("/voice", f"localhost:{site.port}")]


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    try:
        for _ in range(3000):
            handler.wfile.write(b"<p>slow</p>")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        return


@pytest.mark.parametrize(
    ("status", "kind", "body", "said"),
    [
        (404, "text/html", b"", "error 404"),
        (503, "text/html", b"Sorry", "error 503"),
        (401, "text/html", b"", "without a login"),
        (200, "image/png", b"x", "image/png"),
        (200, "text/html", b"x" * (MOST_BYTES + 1), "larger than 5 MB"),
    ],
)
def test_what_is_no_page_says_why(site: Site, status: int, kind: str, body: bytes, said: str) -> None:
    site.says("/voice", body, kind, status)
    with pytest.raises(PageUnreachable, match=said) as caught:
        fetch(site.url(), NOW)
    assert caught.value.next_step


def test_a_page_that_drips_or_is_packed_too_well_ends(site: Site) -> None:
    import gzip

    site.answers["/voice"] = _drip
    began = time.monotonic()
    with pytest.raises(PageUnreachable, match="too long"):
        fetch(site.url(), NOW, seconds=0.3)
    assert time.monotonic() - began < 30
    site.says("/voice", gzip.compress(b"x" * (MOST_BYTES * 4)), Content_Encoding="gzip")
    with pytest.raises(PageUnreachable, match="larger"):
        fetch(site.url(), NOW)
    site.says("/voice", b"x", Content_Encoding="br")
    with pytest.raises(PageUnreachable, match="form that is not read"):
        fetch(site.url(), NOW)


def test_a_machine_that_is_not_there_says_so() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(PageUnreachable, match=r"no machine named lumen\.example"):
        fetch("https://lumen.example/", NOW, resolve=nobody)
    with pytest.raises(PageUnreachable, match="connection failed"):
        fetch("http://127.0.0.1:9/", NOW)


# --- copies ------------------------------------------------------------------------------------------------


def test_copies_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    copies, copy = Copies(tmp_path / "pages"), Copy("https://a.example/", ".html", "", NOW, b"{\n}\n<p>x")
    assert copies.get(copy.url) is None
    copies.put(copy)
    assert copies.get(copy.url) == copy
    [file] = (tmp_path / "pages").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert copies.get(copy.url) is None
    file.write_bytes(b"\xff")
    assert copies.get(copy.url) is None


def test_a_page_becomes_rules_named_by_its_address(folder: Path, site: Site) -> None:
    name(folder, site.url())
    copies = Copies(folder.parent / "pages")
    assert load(folder, copies=copies).unread == (site.url(),)
    [read] = pages.refresh(folder, copies, NOW, fetch)
    assert (read.changed, read.why) == (True, "")
    found = load(folder, copies=copies).require()
    mine = [r for r in found.brand.rulebook.rules if r.file == site.url()]
    assert [(r.kind.value, r.text, r.language, r.line) for r in mine] == [
        ("never", "Compare prices.", "en", 1), ("voice", "简短。", "zh", 1),
    ]  # fmt: skip
    assert {i.provenance for i in found.items} == {"brand"}
    assert found.unread == ()
    assert not pages.refresh(folder, copies, NOW, fetch)[0].changed
    # Reading the folder has asked nobody.
    assert len(site.asked) == 2


def test_a_page_that_cannot_be_read_keeps_its_copy_and_says_how_old_it_is(folder: Path, site: Site) -> None:
    name(folder, site.url())
    copies = Copies(folder.parent / "pages")
    pages.refresh(folder, copies, NOW, fetch)
    site.says("/voice", b"", status=503)
    later = NOW + timedelta(days=3, hours=2)
    [read] = pages.refresh(folder, copies, later, fetch)
    said = pages.told(read, later)
    assert "error 503" in said
    assert "The copy of 2026-11-22 counts, which is 3 days old." in said
    assert any(r.file == site.url() for r in load(folder, copies=copies).require().brand.rulebook.rules)


def test_a_page_without_a_copy_is_told_too() -> None:
    missing = Refreshed(Source("https://a.example/", "", 1), None, why="Why.", next_step="Then.")
    assert pages.told(missing, NOW) == "https://a.example/ could not be read. Why. Then."


def test_a_page_that_suddenly_says_nothing_is_an_error(folder: Path, site: Site) -> None:
    name(folder, site.url())
    copies = Copies(folder.parent / "pages")
    site.says("/voice", b"<nav>Menu</nav><div id=app></div>")
    pages.refresh(folder, copies, NOW, fetch)
    [problem] = [p for p in load(folder, copies=copies).problems if p.severity == "error"]
    assert (problem.file, problem.message) == (site.url(), "There is no guideline on this page.")


def test_files_that_are_not_read_are_named(folder: Path) -> None:
    (folder / "guidelines" / "old.doc").write_bytes(b"x")
    (folder / "book.pdf").write_bytes(b"x")
    name(folder)
    found = {(p.file, p.fix) for p in load(folder).problems if p.message == "This file is not read."}
    assert found == {("guidelines/old.doc", "Save it as .docx."), ("book.pdf", "Move it into guidelines/.")}
