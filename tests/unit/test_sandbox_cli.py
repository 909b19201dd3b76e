"""`signoff sandbox`: what a person types to look at the practice network and to let things happen there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import words
from bot.clock import SystemClock
from bot.surfaces.cli import main
from tests.world import World

Run = Callable[..., tuple[int, str, str]]
BRAND = "lumen.sandbox"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    home = tmp_path / "home"
    home.mkdir()
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        yield world


@pytest.fixture
def run(tmp_path: Path, desk: World, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str, str]:
        code = main(["--home", str(tmp_path / "home"), "sandbox", *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_look_shows_posts_with_likes_and_what_was_said(run: Run, desk: World) -> None:
    assert run() == (0, "Nothing was posted on the sandbox network yet.\n", "")
    net = desk.app.sandbox
    for n in range(3):
        net.post(BRAND, f"Number {n}\nsecond line")
    last = net.post("lumen-cn.sandbox", "秋季乌龙", language="zh-Hans")
    assert last is not None
    net.react("ada.fan.sandbox", last.id)
    net.post("gao.troll.sandbox", "Ha\u200bha\x1b[31m", parent_id=last.id)
    net.post("lookup.bot.sandbox", f"@{BRAND} beep")
    code, out, _ = run("--limit", "2")
    assert code == 0
    assert out.index(last.id) < out.index("Number 2 second line")
    assert "Number 1" not in out
    assert "likes: 1, reposts: 0, comments: 1" in out
    assert "gao.troll.sandbox: Ha⟨U+200B⟩ha·[31m" in out
    assert "lookup.bot.sandbox (mention, bot): @lumen.sandbox beep" in out
    code, out, _ = run("--account", "sandbox:main", "--json")
    found = json.loads(out)
    assert [post["text"][:8] for post in found["posts"]] == ["Number 2", "Number 1", "Number 0"]
    assert [one["who"] for one in found["mentions"]] == ["lookup.bot.sandbox"]


def test_the_people_are_listed_in_the_readers_language(run: Run) -> None:
    code, out, _ = run("people")
    assert (code, len(out.splitlines())) == (0, 13)
    assert "Tries to steer a bot" in out
    assert "试图操纵机器人" in run("--lang", "zh", "people")[1]
    assert {p["id"] for p in json.loads(run("people", "--json")[1])["people"]} >= {"fan", "injector", "robot"}


def test_somebody_says_something(run: Run, desk: World) -> None:
    ours = desk.app.sandbox.post(BRAND, "Hello")
    assert ours is not None
    code, out, _ = run("say", "troll", "Really?", "--to", f"sandbox://{BRAND}/{ours.id}")
    assert (code, out.startswith("gao.troll.sandbox said it: sb_")) == (0, True)
    assert run("say", "kite.tea.sandbox", "Ours is better", "--to", ours.id, "--quote")[0] == 0
    assert run("say", "Jun Park", "请问是真的吗？", "--account", "cn")[0] == 0
    heard = desk.app.platform("sandbox:main").comments(None).items
    assert [(c.kind, c.text, c.parent_id) for c in heard] == [
        ("reply", "Really?", ours.id),
        ("quote", "Ours is better", ""),
    ]
    [mention] = desk.app.platform("sandbox:cn").comments(None).items
    assert (mention.text, mention.language) == ("@lumen-cn.sandbox 请问是真的吗？", "zh")


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["say", "nobody", "Hi"], 4, "Nobody on the sandbox network is called 'nobody'. There are: fan, regular"),
        (["say", "fan", "Hi"], 2, "The brand has several accounts on the sandbox network. Name one: sandbox:main"),
        (["say", "fan", "Hi", "--to", "sb_none"], 4, "There is no post sb_none on the sandbox network."),
        (["say", "fan", " ", "--account", "cn"], 2, "There is nothing to say."),
        (["say", "fan", "Hi", "--quote"], 2, "Say which post is quoted."),
        (["crisis", "main"], 2, "Say what people are angry about. Use --topic TEXT"),
        (["crisis", "x", "--topic", "T"], 4, "There is no sandbox account 'x'. There are: sandbox:main, sandbox:cn."),
        (["fault", "explode"], 2, "There is no fault 'explode'. There are: crash_between_pages"),
    ],
)
def test_what_cannot_be_done_says_what_can(run: Run, argv: list[str], code: int, said: str) -> None:
    got, out, err = run(*argv)
    assert (got, out) == (code, "")
    assert err.startswith(said)


def test_a_crisis_is_begun_lived_through_and_ended(run: Run, desk: World) -> None:
    desk.app.sandbox.post(BRAND, "Our tins")
    code, out, _ = run("crisis", "main", "--topic", "lead", "--hours", "4", "--size", "20")
    assert (code, out.startswith("20 angry comments to sandbox:main are coming over 4 hours.")) == (0, True)
    heard = []
    for _ in range(3):
        assert run("tick", "--hours", "1")[0] == 0
        heard.append(sum("lead" in c.text for c in desk.app.sandbox.comments(BRAND, 0, 999)))
    assert 0 < heard[0] < heard[1] < heard[2] < 20
    assert run("crisis", "main", "--end")[1] == "The crisis of sandbox:main is over.\n"
    run("tick", "--hours", "5")
    assert sum("lead" in c.text for c in desk.app.sandbox.comments(BRAND, 0, 999)) == heard[2]
    assert run("crisis", "main", "--end")[1] == "There is no crisis.\n"


def test_a_fault_is_set_listed_and_cleared(run: Run, desk: World) -> None:
    assert run("fault")[1].startswith("No fault waits.\nThere are: crash_between_pages")
    assert run("fault", "http 503", "--count", "2", "--account", "sandbox:cn")[0] == 0
    _, out, _ = run("fault", "unreachable", "--on", "comments", "--chance", "0.25", "--seed", "4")
    assert out.splitlines() == [
        "  http 503  publish  lumen-cn.sandbox  2 times",
        "  unreachable  comments  *  until it is cleared, chance 0.25",
    ]
    assert desk.app.sandbox.waiting_faults()[1]["seed"] == 4
    assert run("fault", "--clear", "--account", "cn")[1] == "Faults taken away: 1.\n"
    assert run("fault", "--clear")[1] == "Faults taken away: 1.\n"
