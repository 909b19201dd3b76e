"""`signoff people`: who is who in Slack, said by an admin, kept in the record; and what serving does without Slack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import words
from bot.clock import SystemClock
from bot.errors import Misconfigured
from bot.store import chat, events
from bot.store import desk as rows
from bot.surfaces.cli import main
from bot.surfaces.slack.app import serving
from tests.servers.process import free_port
from tests.slack import standin
from tests.slack.served import link_all
from tests.slack.standin import TEAM, command, standing_in
from tests.world import World, brand

Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, SystemClock()) as made:
        yield made


@pytest.fixture
def run(world: World, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str, who: str = "sam") -> tuple[int, str]:
        code = 0
        try:
            code = main(["--home", str(world.settings.home), "--as", who, *args]) or 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


def test_an_admin_links_somebody_and_takes_it_back(run: Run, world: World) -> None:
    assert "Nobody is linked yet" in run("people")[1]
    assert run("people", "link", "li", "T0LUMEN/U0LI") == (0, "T0LUMEN/U0LI is li now.\n")
    found = json.loads(run("people", "--json")[1])["people"]
    li = next(p for p in found if p["person"] == "li")
    assert (li["slack"], li["by"], li["roles"]) == (["T0LUMEN/U0LI"], "link", ["approver"])
    assert run("people", "unlink", "T0LUMEN/U0LI")[0] == 0
    with world.db.read() as conn:
        assert chat.people(conn, "lumen") == []
        record = [(e["who"], e["was"], e["now"], e["why"]) for e in events.about(conn, "person:T0LUMEN/U0LI")]
    assert record == [("sam", "none", "link", "li"), ("sam", "link", "none", "li")]
    assert run("people", "unlink", "T0LUMEN/U0LI")[0] == 4


@pytest.mark.parametrize(
    ("who", "args", "code", "says"),
    [
        ("li", ("link", "li", "T0LUMEN/U0LI"), 5, "Only an admin"),
        ("li", ("groups", "T0LUMEN/S0DESK", "admin"), 5, "Only an admin"),
        ("sam", ("link", "nobody", "T0LUMEN/U0LI"), 4, "anna, li, sam, ben"),
        ("sam", ("link", "li", "Li Wei"), 2, "T0123ABCD/U0123ABCD"),
        ("sam", ("link", "li", "T0LUMEN/S0DESK"), 2, "a user of Slack"),
        ("sam", ("groups", "T0LUMEN/U0LI", "admin"), 2, "a user group of Slack"),
    ],
)
def test_nobody_else_and_nothing_else_is_linked(
    run: Run, world: World, who: str, args: tuple[str, ...], code: int, says: str
) -> None:
    found, said = run("people", *args, who=who)
    assert (found, says in said) == (code, True), said
    with world.db.read() as conn:
        assert chat.people(conn, "lumen") == chat.groups(conn, "lumen") == []


def test_a_group_gives_a_role_and_takes_it_away_at_once(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with standing_in() as slack:
        monkeypatch.setenv("SIGNOFF_SLACK_API_URL", f"{slack.url}/api")
        monkeypatch.setenv("SIGNOFF_SLACK_BOT_TOKEN", standin.TOKEN)
        slack.groups = {"S0DESK": ["U0STRAY", "U0GUEST"]}
        assert run("people", "groups", f"{TEAM}/S0DESK", "approver")[0] == 0
        assert run("people", "groups")[1].split() == [f"{TEAM}/S0DESK", "approver"]
        code, said = run("people", "sync")
        assert code == 0
        assert "People with a role by a group: 1." in said
        assert f"slack:{TEAM}/U0STRAY" in said
        assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is not None
        # Learning the folder anew changes nothing of who is in the groups.
        world.learn(brand(name="Lumen"))
        assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is not None
        # One who is linked is that person, and no second one who could sign beside them.
        assert run("people", "link", "anna", f"{TEAM}/U0STRAY")[0] == 0
        assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is None
        run("people", "sync")
        assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is None
        assert run("people", "unlink", f"{TEAM}/U0STRAY")[0] == 0
        run("people", "sync")
        assert run("people", "groups", f"{TEAM}/S0DESK", "none")[0] == 0
        assert world.app.brand().person(f"slack:{TEAM}/U0STRAY") is None


def test_the_folder_wins_over_a_group(world: World) -> None:
    with world.db.write() as conn:
        # Whatever stands beside the brand, nobody of brand.yaml gets a role by it.
        from sqlalchemy import update

        from bot.store.tables import brand as table

        more = json.dumps([{"id": "anna", "name": "Anna", "roles": ["admin"]}])
        conn.execute(update(table).values(chat_people=more))
    with world.db.read() as conn:
        anna = rows.load_brand(conn, "lumen")[0].person("anna")
    assert anna is not None
    assert {role.value for role in anna.roles} == {"author"}


def test_serving_goes_on_while_slack_cannot_be_reached(tmp_path: Path) -> None:
    port = free_port()
    given = {"slack_bot_token": standin.TOKEN, "slack_signing_secret": standin.SECRET, "slack_http": "127.0.0.1:0"}
    url = f"http://127.0.0.1:{port}/api"
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, SystemClock(), slack_api_url=url, **given) as world:
        link_all(world)
        with serving(world.app) as running:
            assert running is not None
            assert "cannot be reached" in running.lines[0]
            assert running.heard_at is not None
            assert standin.send(running.heard_at, command("stop"))[0] == 200
            time.sleep(0.5)
            with world.db.read() as conn:
                assert rows.stopped(conn) == "", "it waits: who asks is not known"
        assert not running.left


def test_a_token_that_slack_refuses_is_told_at_the_start(tmp_path: Path) -> None:
    with standing_in() as slack:
        slack.instead["auth.test"] = [(200, {}, {"ok": False, "error": "invalid_auth"})]
        given = {"slack_bot_token": standin.TOKEN, "slack_signing_secret": standin.SECRET, "slack_http": "127.0.0.1:0"}
        with (
            World(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, SystemClock(), slack_api_url=slack.url, **given) as world,
            pytest.raises(Misconfigured, match="invalid_auth"),
            serving(world.app),
        ):
            raise AssertionError("it started")
