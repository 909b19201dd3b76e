"""Signing in: a link works once and for a quarter of an hour, sessions end, passwords are slow to guess."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import text

from bot.errors import BadInput, Halted, Misconfigured, NotAllowed, NotFound
from bot.store import web
from bot.surfaces.web import entry, server
from tests.web.served import Browser, link, signed_out
from tests.web.test_report_file import run
from tests.world import World

Opens = Callable[..., Browser]
WORDS = "kettle harbour violin moss"


def test_a_link_signs_in_once(desk: World, browser: Opens) -> None:
    token, nobody = link(desk, "li"), browser()
    looked = nobody.get(f"/enter?token={token}")
    assert looked.status_code == 200
    assert "Li" in looked.text
    # A look, as chat programs take one, uses nothing up.
    assert nobody.get(f"/enter?token={token}").status_code == 200
    first = nobody.send_form("/enter", token=token)
    assert first.status_code == 303
    said = first.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert nobody.get("/").status_code == 200
    other = browser()
    assert other.send_form("/enter", token=token).status_code == 403
    assert other.get(f"/enter?token={token}").status_code == 403
    assert other.get("/").headers["location"] == "/sign-in"


def test_of_many_who_use_a_link_at_once_one_gets_in(desk: World, browser: Opens) -> None:
    token, codes = link(desk, "li"), []
    browsers = [browser() for _ in range(8)]

    def enter(one: Browser) -> None:
        codes.append(one.send_form("/enter", token=token).status_code)

    threads = [threading.Thread(target=enter, args=(one,)) for one in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303] + [403] * 7


def test_a_link_ends_after_a_quarter_of_an_hour(desk: World, browser: Opens) -> None:
    token = link(desk, "li")
    desk.advance(15 * 60 + 1)
    assert browser().send_form("/enter", token=token).status_code == 403


def test_no_token_stands_in_the_database(desk: World, browser: Opens) -> None:
    token, one = link(desk, "li"), browser("li")
    kept = one.cookies["signoff_session"]
    with desk.db.read() as conn:
        rows = str([conn.execute(text(f"select * from {name}")).all() for name in ("web_link", "web_session", "event")])
    assert token not in rows
    assert kept not in rows


def test_only_an_admin_makes_links_for_others(desk: World) -> None:
    assert entry.link(desk.app)[1] == "li"
    with pytest.raises(NotAllowed):
        entry.link(desk.app, "anna")
    with pytest.raises(NotFound):
        entry.link(desk.app, "nobody")


def test_sign_out_everywhere_ends_every_session(desk: World, browser: Opens) -> None:
    here, there, ben = browser("li"), browser("li"), browser("ben")
    assert here.press("/sign-out/everywhere").status_code == 303
    assert there.get("/").headers["location"] == "/sign-in"
    assert here.get("/").headers["location"] == "/sign-in"
    assert ben.get("/").status_code == 200
    assert signed_out(desk, "li") == ["li"]


def test_the_command_ends_every_session_and_the_record_says_who(desk: World, browser: Opens) -> None:
    here, there, ben = browser("li"), browser("li"), browser("ben")
    assert "2 sessions of li" in run(desk, "web", "sign-out")
    assert here.get("/").headers["location"] == there.get("/").headers["location"] == "/sign-in"
    assert ben.get("/").status_code == 200
    assert signed_out(desk, "li") == ["li"]


def test_signing_out_ends_the_session_on_the_server_too(desk: World, browser: Opens) -> None:
    one, thief = browser("li"), browser()
    thief.cookies.set("signoff_session", one.cookies["signoff_session"])
    assert thief.get("/").status_code == 200
    one.press("/sign-out")
    assert thief.get("/").status_code == 303


def test_a_session_ends_by_itself(desk: World, browser: Opens) -> None:
    one = browser("li")
    for _ in range(5):
        desk.advance(60 * 60 * 60)
        assert one.get("/").status_code == 200
    desk.advance(73 * 60 * 60)
    assert one.get("/").status_code == 303
    other = browser("li")
    for _ in range(13):
        desk.advance(24 * 60 * 60)
        assert other.get("/").status_code == 200
    desk.advance(24 * 60 * 60)
    assert other.get("/").status_code == 303


def test_whoever_left_the_brand_is_out_at_once(desk: World, browser: Opens) -> None:
    from tests.world import PEOPLE, brand

    one = browser("li")
    desk.learn(brand(people=tuple(p for p in PEOPLE if p.id != "li")))
    assert one.get("/").status_code == 303


def test_a_password_signs_in_and_wrong_ones_end(desk: World, browser: Opens) -> None:
    person = desk.app.brand().person("li")
    assert person is not None
    with pytest.raises(BadInput):
        entry.set_password(desk.app, person, "short", "li")
    entry.set_password(desk.app, person, WORDS, "li")
    with desk.db.read() as conn:
        assert web.password(conn, "lumen", "li").startswith("$argon2id$")
    one = browser()
    assert 'name="password"' in one.get("/sign-in").text
    assert one.send_form("/sign-in", person="li", password=WORDS).status_code == 303
    assert one.get("/").status_code == 200
    other = browser()
    said = {other.send_form("/sign-in", person=who, password=f"{WORDS}!").text for who in ("li", "nobody", "anna")}
    assert all("do not go together" in page for page in said)
    for _ in range(9):
        other.send_form("/sign-in", person="li", password="wrong")
    late = other.send_form("/sign-in", person="li", password=WORDS)
    assert late.status_code == 403
    assert "quarter of an hour" in late.text
    desk.advance(15 * 60 + 1)
    assert other.send_form("/sign-in", person="li", password=WORDS).status_code == 303


@pytest.fixture
def quick(desk: World, monkeypatch: pytest.MonkeyPatch) -> entry.Passwords:
    """Li has a password, and looking at one takes no time."""
    person = desk.app.brand().person("li")
    assert person is not None
    entry.set_password(desk.app, person, WORDS, "li")
    monkeypatch.setattr(entry, "_hash", lambda password: "")
    monkeypatch.setattr(entry, "_verify", lambda kept, password: bool(kept) and password == WORDS)
    return entry.Passwords(desk.app)


def refused(passwords: entry.Passwords, person: str) -> str:
    """Try a wrong password; return what is said to it."""
    with pytest.raises((NotAllowed, Halted)) as caught:
        passwords.enter(person, "a guess", "")
    return str(caught.value)


def test_strangers_who_try_passwords_leave_the_pages_to_others(
    desk: World, browser: Opens, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    li = browser("li")
    begun, go = threading.Event(), threading.Event()

    def slow(self: PasswordHasher, kept: str, password: str) -> bool:
        begun.set()
        assert go.wait(120)
        raise VerifyMismatchError

    monkeypatch.setattr(PasswordHasher, "verify", slow)

    def stranger(n: int) -> tuple[int, str, str, float]:
        with Browser(desk, url) as one:
            one.timeout = 180
            said = one.send_form("/sign-in", person=f"x{n}", password="p" * 15)
            return said.status_code, said.headers.get("retry-after", ""), said.text, said.elapsed.total_seconds()

    with ThreadPoolExecutor(60) as strangers:
        tries = [strangers.submit(stranger, n) for n in range(60)]
        try:
            assert begun.wait(120)
            end = time.monotonic() + 120
            # All but those whose passwords are being looked at are turned away, and hold no thread.
            while sum(one.done() for one in tries) < 60 - entry.AT_ONCE:
                assert time.monotonic() < end
                time.sleep(0.05)
            page = li.get("/")
        finally:
            go.set()
        answers = [one.result() for one in tries]
    assert page.status_code == 200
    assert sorted(code for code, *_ in answers) == [403] * entry.AT_ONCE + [429] * (60 - entry.AT_ONCE)
    for code, after, words, seconds in answers:
        if code == 429:
            assert after == str(entry.RETRY)
            assert "Try again in a moment." in words
            assert seconds > entry.FLOOR * 0.9, "the time would tell whether a password was looked at"


def test_who_knows_a_password_gets_in_while_strangers_try(desk: World, quick: entry.Passwords) -> None:
    said = [refused(quick, f"x{n}") for n in range(500)]
    assert "do not go together" in said[entry.A_MINUTE - 1]
    assert "Too many people" in said[entry.A_MINUTE]
    assert refused(quick, "li") == refused(quick, "nobody") == said[-1], "what is said tells nothing"
    assert quick.enter("li", WORDS, "")
    desk.advance(60)
    assert refused(quick, "li") == refused(quick, "nobody") == said[0]


def test_invented_names_buy_no_new_tries(desk: World, quick: entry.Passwords) -> None:
    for _ in range(entry.TRIES):
        refused(quick, "li")
        refused(quick, "stranger")
    for n in range(2 * entry.NAMES):
        refused(quick, f"x{n}")
    for name in ("li", "stranger"):
        assert "quarter of an hour" in refused(quick, name)
    assert len(quick._wrong) <= entry.NAMES + len(desk.app.brand().people)
    desk.advance(15 * 60 + 1)
    assert quick.enter("li", WORDS, "")


def test_a_try_that_finds_no_turn_counts_for_nothing(
    desk: World, quick: entry.Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "PATIENCE", 0.01)
    verify, begun, ended = entry._verify, threading.Semaphore(0), threading.Event()

    def held(kept: str, password: str) -> bool:
        begun.release()
        assert ended.wait(120)
        return verify(kept, password)

    monkeypatch.setattr(entry, "_verify", held)
    threads = [threading.Thread(target=refused, args=(quick, f"x{n}")) for n in range(entry.AT_ONCE)]
    for thread in threads:
        thread.start()
        assert begun.acquire(timeout=120)
    for _ in range(entry.TRIES + 1):
        with pytest.raises(Halted):
            quick.enter("li", WORDS, "")
    ended.set()
    for thread in threads:
        thread.join()
    assert quick.enter("li", WORDS, "")


def test_a_new_password_ends_the_sessions_before_it(desk: World, browser: Opens) -> None:
    one, person = browser("li"), desk.app.brand().person("li")
    assert person is not None
    entry.set_password(desk.app, person, WORDS, "li")
    assert one.get("/").status_code == 303


def test_other_machines_are_let_in_only_where_somebody_has_a_password(desk: World) -> None:
    desk.app.settings.web = "0.0.0.0:8080"
    with pytest.raises(Misconfigured, match="nobody has a password"):
        server.listening(desk.app)
    person = desk.app.brand().person("li")
    assert person is not None
    entry.set_password(desk.app, person, WORDS, "li")
    with pytest.raises(Misconfigured, match="unknown name"):
        server.listening(desk.app)
    desk.app.settings.web_url = "https://desk.example/"
    assert server.listening(desk.app) == ("0.0.0.0", 8080)
    assert server.origins_of(desk.app, "0.0.0.0", 8080) == ["https://desk.example"]


def test_over_https_the_cookie_is_secure_and_of_this_host(desk: World) -> None:
    from starlette.responses import Response

    from bot.surfaces.web.pulse import Pulse

    made = server.Desk(desk.app, ["https://desk.example"], Pulse(desk.app))
    said = made.signed_in(Response(), "token").headers["set-cookie"]
    assert said.startswith("__Host-signoff=token;")
    assert "Secure" in said
    assert "Path=/" in said
    assert "Domain" not in said


def test_a_link_from_elsewhere_finds_whoever_is_signed_in(browser: Opens) -> None:
    """The cookie is not sent along from another site: the page asks itself once more instead of asking to sign in."""
    nobody = browser()
    again = nobody.get("/draft/d_00000001", headers={"sec-fetch-site": "cross-site"})
    assert again.status_code == 200
    assert '<meta http-equiv="refresh" content="0">' in again.text
    assert nobody.get("/", headers={"sec-fetch-site": "same-origin"}).headers["location"] == "/sign-in"
