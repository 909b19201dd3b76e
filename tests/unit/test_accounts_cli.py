"""`signoff connect`, `accounts` and `disconnect`: what a person types and reads; two brands in one home."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import evidence, words
from bot.clock import FixedClock, SystemClock
from bot.connecting import identities
from bot.domain.brand import Account, Brand
from bot.domain.draft import Part
from bot.errors import Misconfigured
from bot.platforms import registry
from bot.platforms.base import Health, Identity
from bot.store import desk as rows
from bot.store import facts
from bot.surfaces.cli import main
from bot.workflow import propose
from tests.servers.oauth import OAuthServer
from tests.unit.plaza import Plaza
from tests.world import World, brand

Run = Callable[..., tuple[int, str, str]]
MAIN = Account("plaza", "main", "lumen.example")
SECOND = Account("plaza", "second", "lumen-two.example")
OTHER = Account("plaza", "other", "harbour.example")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


@pytest.fixture(autouse=True)
def _plaza(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Plaza if name == "plaza" else known(name))
    Plaza.expires, Plaza.calls = None, []
    yield
    Plaza.expires = None


@pytest.fixture
def network() -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def desk(home: Path) -> Iterator[World]:
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        world.learn(brand(accounts=(brand().accounts[0], MAIN)))
        yield world


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*argv: str, person: str = "li", lines: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        code = main(["--home", str(home), *(["--as", person] if person else []), *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def at_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run as at a terminal, with what the person types; ``hidden`` collects questions whose answers are not shown."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def call(*argv: str, typed: tuple[str, ...] = (), hidden: list[str] | None = None) -> tuple[int, str, str]:
        answers = iter(typed)

        def ask(text: str) -> str:
            return next(answers)

        def ask_secret(text: str) -> str:
            if hidden is not None:
                hidden.append(text)
            return next(answers)

        monkeypatch.setattr("click.termui.visible_prompt_func", ask)
        monkeypatch.setattr("click.termui.hidden_prompt_func", ask_secret)
        monkeypatch.setattr(io, "StringIO", Terminal)
        try:
            return run(*argv)
        finally:
            monkeypatch.setattr(io, "StringIO", Terminal.__base__)

    return call


def token(network: OAuthServer, handle: str = "lumen.example", *scopes: str) -> str:
    """Make a token at the platform, as a person does there."""
    name = f"tok-{handle}-{len(network.tokens)}"
    network.tokens[name] = {
        "handle": handle, "id": f"id-{handle}", "app": "none", "scopes": list(scopes or ("posts.write", "media.write")),
    }  # fmt: skip
    return name


def by_token(network: OAuthServer, handle: str = "lumen.example") -> str:
    return f"server={network.url}\naccess_token={token(network, handle)}\n"


# --- connect -----------------------------------------------------------------------------------------------


def test_a_person_is_walked_through_the_browser(
    at_terminal: Run, desk: World, network: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def browser(url: str) -> bool:
        threads.append(threading.Thread(target=network.browser(), args=(url,)))
        threads[0].start()
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    hidden: list[str] = []
    typed = (network.url, "app-1", "app-secret-1")
    code, out, err = at_terminal("connect", "plaza", "--port", "0", typed=typed, hidden=hidden)
    threads[0].join()
    assert (code, err) == (0, "")
    assert "Connecting plaza:main on Plaza." in out
    assert "Way: Consent in the browser. Others: `--way token`." in out
    assert f"{network.url}/authorize?response_type=code" in out
    assert "login  ok  signed in" in out
    assert out.endswith("plaza:main is connected as lumen.example.\n")
    assert len(hidden) == 1
    assert "client_secret" in hidden[0]
    assert not [s for s in ("app-secret-1", *network.tokens) if s in out]
    assert desk.app.connector.stored("plaza:main")["access_token"] in network.tokens


def test_the_return_address_stands_in_the_steps(at_terminal: Run, desk: World, network: OAuthServer) -> None:
    typed = (network.url, "app-1", "app-secret-1", "nonsense")
    code, out, err = at_terminal("connect", "plaza", "--no-browser", "--port", "9321", typed=typed)
    assert code == 2
    assert "1. Enter http://127.0.0.1:9321/callback as the app's return address." in out
    assert "Nothing was stored: what was connected before stays as it is." in err
    assert "not the address that the browser was sent to" in err


def test_without_a_browser_the_address_is_pasted(
    at_terminal: Run, desk: World, network: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda url: pytest.fail("no browser was to be opened"))
    shown: list[str] = []
    import click

    echo = click.echo

    def watch(text: str = "", **how: object) -> None:
        if "/authorize?" in text:
            shown.append(text.strip())
        echo(text, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(click, "echo", watch)

    typed = (network.url, "app-1", "app-secret-1")
    answers = iter(typed)

    def paste(text: str) -> str:
        return next(answers, "") or network.answer(shown[-1])

    hidden: list[str] = []
    code, out, _ = at_terminal_with(at_terminal, monkeypatch, paste, hidden, "connect", "plaza:main", "--no-browser")
    assert code == 0, out
    assert "plaza:main is connected as lumen.example." in out


def at_terminal_with(
    at_terminal: Run, monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], str], hidden: list[str], *argv: str
) -> tuple[int, str, str]:
    """Run as at a terminal, with answers that are found when they are asked for."""

    class Typed(tuple):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[str]:
            while True:
                yield answer("")

    return at_terminal(*argv, typed=Typed(), hidden=hidden)


def test_an_empty_answer_keeps_what_is_stored(at_terminal: Run, run: Run, desk: World, network: OAuthServer) -> None:
    assert run("connect", "plaza:main", "--way", "token", lines=by_token(network))[0] == 0
    before = desk.app.connector.stored("plaza:main")
    code, out, _ = at_terminal("connect", "plaza:main", "--way", "token", typed=("", ""))
    assert code == 0
    assert "One is stored; Enter keeps it, - removes it." in out
    assert f"Enter keeps {network.url}, - removes it." in out
    assert desk.app.connector.stored("plaza:main") == before
    code, _, err = at_terminal("connect", "plaza:main", "--way", "token", typed=("", "-"))
    assert code == 3
    assert "The account has no login." in err
    assert desk.app.connector.stored("plaza:main") == before


def test_lines_from_a_file_change_single_settings(run: Run, desk: World, network: OAuthServer) -> None:
    assert run("connect", "plaza", lines=by_token(network))[0] == 0
    assert run("connect", "plaza", lines="colour=red\n")[0] == 0
    kept = desk.app.connector.stored("plaza:main")
    assert kept["colour"] == "red"
    assert kept["access_token"] in network.tokens
    assert run("connect", "plaza", lines="color=red\n")[0] == 2
    code, out, err = run("connect", "plaza", lines="access_token=wrong-token-7\n")
    assert code == 9
    assert "wrong-token-7" not in out + err
    assert desk.app.connector.stored("plaza:main") == kept


def test_a_platform_means_its_one_account(run: Run, desk: World, network: OAuthServer) -> None:
    desk.learn(brand(accounts=(MAIN, SECOND)))
    code, _, err = run("connect", "plaza", lines=by_token(network))
    assert code == 2
    assert "Lumen Tea has several accounts on Plaza. Say which: plaza:main, plaza:second." in err
    code, _, err = run("connect", "bluesky")
    assert code == 4
    assert "no account on Bluesky" in err
    assert '  - key: bluesky:main\n    handle: "..."' in err
    assert run("connect", "plaza:nope")[0] == 4
    assert "There is no platform 'plazza'" in run("connect", "plazza")[2]
    assert "has no way 'magic'" in run("connect", "plaza:main", "--way", "magic")[2]
    assert run("connect", "plaza:main", person="anna")[0] == 5


def test_connecting_lets_a_paused_account_go_on(run: Run, desk: World, network: OAuthServer) -> None:
    with desk.db.write() as conn:
        rows.pause(conn, "plaza:main", "the login died", who="w", at=desk.clock.now())
    code, out, _ = run("connect", "plaza:main", lines=by_token(network, "wrong.example"))
    assert code == 3
    with desk.db.read() as conn:
        assert rows.paused(conn, "plaza:main")
    code, out, _ = run("connect", "plaza:main", lines=by_token(network))
    assert code == 0
    assert "It goes on." in out
    assert "It was paused: the login died" in out


# --- accounts ----------------------------------------------------------------------------------------------


def test_accounts_shows_who_until_when_and_what_is_left(run: Run, desk: World, network: OAuthServer) -> None:
    code, out, _ = run("accounts")
    assert code == 0
    assert out.splitlines()[1] == "Lumen Tea (lumen)"
    assert "needs no login" in out
    assert "NO" in out
    assert "→ `signoff connect plaza:main`" in out
    Plaza.expires = desk.clock.now() + timedelta(days=30, hours=1)
    assert run("connect", "plaza", "--way", "token", lines=by_token(network))[0] == 0
    _, out, _ = run("accounts")
    row = next(line for line in out.splitlines() if line.startswith("  plaza:main "))
    for word in ("lumen.example", "yes", "token", "30 days", "99 of 100", "$0.01"):
        assert word in row
    assert "rights: posts.write, media.write" in out
    assert "→" not in out
    assert not [t for t in network.tokens if t in out]
    said = json.loads(run("accounts", "--json")[1])["brands"][0]["accounts"][1]
    assert (said["connected"], said["days"], said["left"], said["spent"]) == ("yes", 30, 99, 0.01)
    assert said["next_step"] == ""


def test_accounts_names_the_last_error_and_whether_it_is_over(run: Run, desk: World, network: OAuthServer) -> None:
    assert run("connect", "plaza", lines=by_token(network))[0] == 0
    known, network.tokens = network.tokens, {}
    desk.approve(desk.draft("One.", account="plaza:main"))
    desk.drain("plaza:main")
    _, out, _ = run("accounts")
    assert "yes, paused" in out
    assert "last error" in out
    assert "Plaza does not know" in out
    assert "→ `signoff connect plaza:main`" in out
    network.tokens = known
    assert run("connect", "plaza", "--way", "token", lines=by_token(network))[0] == 0
    assert "(posts went out since)" not in run("accounts")[1]
    desk.approve(desk.draft("Two.", account="plaza:main"))
    desk.drain("plaza:main")
    _, out, _ = run("accounts")
    assert "(posts went out since)" in out
    assert "→" not in out


def test_a_refused_post_is_an_accounts_last_error(run: Run, desk: World, network: OAuthServer) -> None:
    assert run("connect", "plaza", lines=by_token(network))[0] == 0
    version = desk.draft("nope", account="plaza:main")
    desk.approve(version)
    desk.drain("plaza:main")
    _, out, _ = run("accounts")
    assert "UTC: Plaza will not accept this text." in out
    assert f"→ `signoff edit {version.draft_id}` to mend the text." in out


def test_accounts_checks_live(run: Run, desk: World, network: OAuthServer) -> None:
    assert run("connect", "plaza", lines=by_token(network))[0] == 0
    code, out, _ = run("accounts", "--check")
    assert code == 0
    assert "login: ok  signed in" in out
    for known in network.tokens.values():
        known["scopes"] = ["posts.write"]
    _, out, _ = run("accounts", "--check")
    assert "! rights: posts.write; lacking: media.write (to add pictures and videos)" in out
    network.tokens.clear()
    run("accounts", "--check")
    _, out, _ = run("accounts")
    assert "yes, paused" in out


def test_an_account_without_a_login_is_not_asked(
    run: Run, desk: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plaza, "identity", lambda self: pytest.fail("there is nothing to ask with"))
    code, out, err = run("accounts", "--check")
    assert code == 3
    assert "login: FAILS  not connected" in out
    assert out.count("`signoff connect plaza:main`") == 1
    assert (err, caplog.records) == ("", [])


def test_what_is_put_right_there_is_said_once(
    run: Run, desk: World, network: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A remark that stands among the lines of the check is not said again above them."""
    known, remark = Plaza.identity, "The profile does not say that software speaks here."
    monkeypatch.setattr(Plaza, "identity", lambda self: replace(known(self), remarks=(remark,)))
    monkeypatch.setattr(Plaza, "health", lambda self: [Health("automated", True, remark)])
    for said in (run("connect", "plaza", lines=by_token(network)), run("accounts", "--check"), run("accounts")):
        assert (said[0], said[1].count(remark)) == (0, 1)


def test_a_port_of_ones_own_stands_in_the_steps_of_x(at_terminal: Run, desk: World) -> None:
    desk.learn(brand(accounts=(Account("x", "main", "lumen"),)))
    asked = ("connect", "x", "--way", "browser", "--no-browser", "--port", "9321")
    _, out, _ = at_terminal(*asked, typed=("client-1", "", "nonsense"))
    assert "http://127.0.0.1:9321/callback as the callback address" in out
    assert "8425" not in out


def test_an_account_that_does_not_answer_fails_the_check(run: Run, desk: World, network: OAuthServer) -> None:
    desk.learn(brand(accounts=(replace(MAIN, handle="lumen.example"),)))
    assert run("connect", "plaza", lines=by_token(network))[0] == 0
    desk.learn(brand(accounts=(replace(MAIN, handle="renamed.example"),)))
    code, out, _ = run("accounts", "--check")
    assert code == 3
    assert "login: FAILS  plaza:main is connected as lumen.example, but brand.yaml says renamed.example." in out
    said = json.loads(run("accounts", "--check", "--json")[1])
    assert said["ok"] is False
    assert said["brands"][0]["accounts"][0]["check"][0]["ok"] is False


# --- disconnect --------------------------------------------------------------------------------------------


def test_disconnect_asks_first_and_says_what_waits(run: Run, desk: World, network: OAuthServer) -> None:
    assert run("connect", "plaza", lines=by_token(network))[0] == 0
    post = desk.approve(desk.draft("Later.", account="plaza:main"))
    assert run("disconnect", "plaza", lines="n\n")[1].endswith("Nothing was changed.\n")
    assert run("disconnect", "plaza")[0] == 2
    assert run("disconnect", "plaza", "--yes", person="anna")[0] == 5
    assert desk.app.connector.stored("plaza:main")
    code, out, _ = run("disconnect", "plaza", "--yes")
    assert code == 0
    assert "Posts that wait on plaza:main and stay queued: 1." in out
    assert "plaza:main is disconnected, and paused." in out
    assert "Withdraw the password or the app's access on Plaza too." in out
    assert desk.app.connector.stored("plaza:main") == {}
    assert "plaza:main is paused: disconnected by Li" in run("queue")[1]
    assert run("worker", "--once")[0] == 0
    assert desk.states(post.id) == ["due"]
    assert run("connect", "plaza", lines=by_token(network))[0] == 0
    assert run("worker", "--once")[0] == 0
    assert run("worker", "--once")[0] == 0
    assert desk.states(post.id) == ["live"]
    assert [text for _, text in network.posts] == ["Later."]
    assert "No login of plaza:main" not in out


# --- several brands ----------------------------------------------------------------------------------------


def harbour(*accounts: Account) -> Brand:
    return replace(brand(), id="harbour", name="Harbour Books", accounts=accounts)


def test_two_brands_cannot_share_an_account_name(desk: World) -> None:
    with pytest.raises(Misconfigured, match="plaza:main already belongs to the brand lumen") as caught:
        desk.learn(harbour(OTHER, MAIN))
    assert "plaza:harbour-main" in caught.value.next_step
    with desk.db.read() as conn:
        assert rows.brands(conn) == ["lumen"]


def test_two_brands_in_one_home_keep_apart(
    run: Run, desk: World, network: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.learn(harbour(OTHER))
    code, _, err = run("connect", "plaza", lines=by_token(network))
    assert code == 3
    assert "--brand" in err
    assert run("--brand", "lumen", "connect", "plaza", lines=by_token(network))[0] == 0
    monkeypatch.setenv("SIGNOFF_BRAND", "harbour")
    assert run("connect", "plaza", lines=by_token(network, "harbour.example"))[0] == 0
    assert run("connect", "plaza:main", lines=by_token(network))[0] == 4
    assert run("disconnect", "plaza:main", "--yes")[0] == 4
    _, out, _ = run("accounts")
    assert "plaza:other" in out
    assert "plaza:main" not in out
    monkeypatch.delenv("SIGNOFF_BRAND")
    _, out, _ = run("accounts")
    assert "Harbour Books (harbour)" in out
    assert "Lumen Tea (lumen)" in out
    wish = propose.Proposal("plaza:main", (Part("Tea."),), "anna")
    post = desk.approve(propose.new(desk.desk, wish, "lumen"))
    # The worker sends for every brand; the queue is one brand's.
    assert run("worker", "--once")[0] == 0
    assert desk.states(post.id) == ["live"]
    assert run("queue")[0] == 3
    assert json.loads(run("--brand", "harbour", "queue", "--json")[1])["items"] == []
    assert len(json.loads(run("--brand", "lumen", "queue", "--json")[1])["items"]) == 1


# --- doctor ------------------------------------------------------------------------------------------------


def test_doctor_says_until_when_a_login_holds(tmp_path: Path, clock: FixedClock) -> None:
    with World(f"sqlite:///{tmp_path / 'd.db'}", tmp_path, clock) as world:
        world.learn(brand(accounts=(MAIN,)))
        said = Identity("id-1", "lumen.example", expires=clock.now() + timedelta(days=8, hours=1))
        with world.db.write() as conn:
            identities.remember(conn, "plaza:main", said, clock.now())
            facts.keep(conn, "plaza:main", "cursor", 1, clock.now())

        def line() -> tuple[bool, str, str]:
            found = next(h for h in evidence.doctor(world.app, model=False) if h.name == "plaza:main expiry")
            return found.ok, found.detail, found.fix

        assert line() == (True, "the login holds for 8 more days", "")
        clock.sleep(2 * 86400)
        assert line() == (False, "the login holds for 6 more days", "`signoff connect plaza:main`.")
        clock.sleep(7 * 86400)
        assert line()[:2] == (False, "the login has ended")
