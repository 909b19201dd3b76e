"""`remember`, `voice` and `results` as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from bot import words
from bot.app import App
from bot.clock import FixedClock, SystemClock
from bot.surfaces.cli import main
from bot.workflow import measure
from memory.in_memory import InMemory
from tests.world import World

DATA = Path(__file__).parents[1] / "bench" / "data" / "voice"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    shared = InMemory()
    monkeypatch.setattr(App, "memory", shared)

    def call(*argv: str, person: str = "li") -> tuple[int, str, str]:
        code = main(["--home", str(home), "--as", person, *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def desk(home: Path) -> Iterator[World]:
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        yield world


def csv_of(tmp_path: Path, lang: str, n: int = 30) -> Path:
    posts = yaml.safe_load((DATA / f"{lang}.yaml").read_text(encoding="utf-8"))["brands"]["kestrel"][:n]
    lines = [json.dumps({"date": "2026-01-02", "account": "sandbox:main", "language": lang, "text": t}) for t in posts]
    (tmp_path / "old.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "old.jsonl"


def test_texts_are_brought_reported_and_taken_back(run: Run, desk: World, tmp_path: Path) -> None:
    code, out, _ = run("remember", str(csv_of(tmp_path, "en")))
    assert (code, out) == (0, "Texts taken over: 30 (en 30); known already: 0.\n")
    code, out, _ = run("remember", str(csv_of(tmp_path, "en")), "--json")
    assert (code, json.loads(out)["added"], len(json.loads(out)["skipped"])) == (0, 0, 30)
    assert run("remember", "--undo")[1] == "Texts taken back: 30.\n"
    assert json.loads(run("remember", "--undo", "--json")[1]) == {"removed": 0}


def test_bad_rows_are_named_and_nothing_is_taken_over(run: Run, desk: World, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_text("date,account,text,language\n2026-01-01,sandbox:main,Good.,en\nsoon,sandbox:main,Bad.,en\n")
    code, out, err = run("remember", str(file))
    assert (code, out) == (2, "")
    assert "line 3: 'soon' is no date" in err
    assert "Nothing was taken over." in err
    assert run("remember", "--undo")[1] == "Texts taken back: 0.\n"


def test_only_the_brand_s_people_bring_texts(run: Run, desk: World, tmp_path: Path) -> None:
    assert run("remember", str(csv_of(tmp_path, "en")), person="stranger")[0] == 5
    assert run("remember")[0] == 2
    assert run("remember", "x.csv", "--undo")[0] == 2


def test_voice_says_how_many_texts_it_lacks(run: Run, desk: World, tmp_path: Path) -> None:
    run("remember", str(csv_of(tmp_path, "en", 12)))
    draft = desk.draft("The autumn oolongs are here.").draft_id
    code, out, _ = run("voice", draft)
    assert code == 0
    assert "12 texts in en are too few to know your voice: 8 more are needed." in out
    assert json.loads(run("voice", draft, "--json")[1])["voice"] is None


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_voice_shows_where_a_text_stands_and_marks_what_is_odd(
    run: Run, desk: World, tmp_path: Path, lang: str
) -> None:
    run("remember", str(csv_of(tmp_path, lang)))
    text = {"en": "The Huila is back. Come and see!! 🎉", "zh": "惠兰又到了。快来呀！！🎉"}[lang]
    file = tmp_path / "text.txt"
    file.write_text(text, encoding="utf-8")
    code, out, _ = run("voice", str(file))
    assert code == 0
    first, bars, pointer, *rest = out.splitlines()
    assert first.startswith("Nearer to your posts than ")
    assert bars.startswith("near ")
    assert set(bars.split()[1]) <= set("▁▂▃▄▅▆▇█")
    assert "▲" in pointer
    odd = {"en": "»Come and see!!«[1]", "zh": "»快来呀！！«[1]"}[lang]
    assert odd in out
    assert any(line.startswith("[1] exclamation marks: 2; as many in 0 of your 30 texts") for line in rest)
    draft = desk.draft(text, account={"en": "sandbox:main", "zh": "sandbox:cn"}[lang]).draft_id
    told = json.loads(run("voice", draft, "--json")[1])
    assert told["voice"]["distance"] > 0.5
    assert len(told["spread"]) == 30
    # The pointer stands where the distance is, under the bars.
    at = pointer.index("▲") - len("near ")
    assert at == min(int(told["voice"]["distance"] * 40), 39)


def test_voice_of_nothing_is_refused(run: Run, desk: World, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text(" \n")
    assert run("voice", str(tmp_path / "empty.txt"))[0] == 2
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    assert run("voice", str(tmp_path / "bytes.txt"))[0] == 2
    assert run("voice", "d_nothing")[0] == 4


def test_results_of_live_posts(run: Run, home: Path) -> None:
    clock = FixedClock()
    with World(f"sqlite:///{home / 'signoff.db'}", home, clock) as world:
        assert "Nothing is live yet." in run("results")[1]
        first = world.approve(world.draft("The autumn oolongs are here."))
        world.drain()
        remote = world.post(first.id).parts[0].receipt
        assert remote is not None
        world.app.sandbox.react("ada.fan.sandbox", remote.remote_id)
        world.advance(3600)
        measure.measure(world.desk)
        world.approve(world.draft("Closed on Monday."))
        world.drain()
    code, out, _ = run("results")
    assert code == 0
    head, newest, oldest = out.splitlines()
    assert "Likes" in head
    assert newest.split()[-3:] == ["Closed", "on", "Monday."]
    assert oldest.split()[4:9] == ["1", "0", "0", "-", "█" * 20]
    rows = json.loads(run("results", "--json")[1])["results"]
    assert [(r["likes"], r["views"]) for r in rows] == [(None, None), (1, None)]
    assert len(json.loads(run("results", "--limit", "1", "--json")[1])["results"]) == 1
    assert json.loads(run("results", "--account", "sandbox:cn", "--json")[1])["results"] == []
    code, out, _ = run("results", first.draft_id)
    assert out.splitlines()[1].split()[:3] == ["1", "h", "1"]
    [one] = json.loads(run("results", first.draft_id, "--json")[1])["results"]
    assert (one["age"], one["likes"]) == (1, 1)
