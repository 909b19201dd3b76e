"""`sentiment`, `relabel`, `train` and `evaluate` as a person types them, and the tool that a model calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import words
from bot.clock import SystemClock
from bot.domain.comment import Author, Comment
from bot.store import comments, labels
from bot.surfaces.cli import main
from tests.bench.train_sentiment import rows
from tests.world import World
from tools import analyse_sentiment

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
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str, person: str = "li") -> tuple[int, str, str]:
        code = main(["--home", str(home), "--as", person, *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def desk(home: Path) -> Iterator[World]:
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        yield world


def jsonl(path: Path, data: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in data) + "\n\n", encoding="utf-8")
    return str(path)


def test_a_file_is_a_line_a_text_in_its_order(run: Run, tmp_path: Path) -> None:
    texts = [
        "My bag is lost and nobody answers!",
        "太好吃了，明天还来",
        "do you ship to Norway?",
        "",
        "a\u2028b\u0085c",
    ]
    code, out, err = run(
        "sentiment", "--file", jsonl(tmp_path / "f.jsonl", [{"text": t} for t in texts]), "--json", "--local"
    )
    found = [json.loads(line) for line in out.rstrip("\n").split("\n")]
    assert (code, err, len(found)) == (0, "", len(texts))
    assert [one["label"] for one in found] == ["negative", "positive", "neutral", "neutral", "neutral"]
    assert [one["language"] for one in found[:3]] == ["en", "zh", "en"]
    for one in found:
        assert {"label", "score", "confidence", "reason", "language"} <= set(one)
        assert -1 <= one["score"] <= 1
        assert 0 <= one["confidence"] <= 1
        assert one["reason"].endswith(".")


def test_a_file_is_a_picture_and_a_text_is_told_in_full(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(
        'text,who\n"The soup was wonderful, thank you",a\n"Worst service, never again",b\n', encoding="utf-8"
    )
    code, out, _ = run("sentiment", str(file), "--local")
    assert code == 0
    assert "positive  ████████████████████ 1 (50%)" in out
    assert "The worst" in out
    assert "Worst service, never again" in out.split("The worst")[1]
    code, out, _ = run("sentiment", "Worst service, never again", "--local")
    assert code == 0
    assert out.startswith("negative  -0.")
    assert "The writer may leave." in out


@pytest.mark.parametrize("body", ['{"txt": "a"}', "[1]", "no json"])
def test_a_line_without_text_is_named(run: Run, tmp_path: Path, body: str) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text('{"text": "fine"}\n' + body, encoding="utf-8")
    code, out, err = run("sentiment", "--file", str(file), "--json", "--local")
    assert (code, out) == (2, "")
    assert "Line 2" in err


def test_labels_are_taken_in_trained_on_and_scored(run: Run, desk: World, tmp_path: Path) -> None:
    file = jsonl(tmp_path / "l.jsonl", [{"text": r[3], "label": r[1]} for r in rows("unseen")])
    code, out, err = run("train", "sentiment", "--file", file, "--json")
    made = json.loads(out)
    assert (code, made["version"]) == (0, 1)
    assert "169 labels taken in." in err
    card = made["card"]
    assert card["cross_validation"]["texts"] == 169
    assert card["gain_bound_95"] <= card["gain"]
    assert made["promoted"] == (card["gain_bound_95"] > 0)
    assert "Nothing was trained" in run("train", "intent", "--versions")[1]
    code, out, _ = run("evaluate", "sentiment", "--file", file)
    assert code == 0
    assert "evaluate: reader=shipped texts=169" in out
    code, out, _ = run("train", "export")
    assert (code, len(out.splitlines())) == (0, 169)


def test_a_correction_shows_on_the_desk_and_is_learned_from(run: Run, desk: World) -> None:
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    one = Comment("sandbox:main", "r1", Author("u1", "mia"), "waiting for the kettle to boil", at)
    with desk.db.write() as conn:
        comments.add(conn, "lumen", [comments.Heard(one, one.text)], at, desk.clock.new_id)
        (entry,) = comments.recent(conn, "lumen", datetime(2020, 1, 1, tzinfo=UTC))
    code, out, _ = run("relabel", entry.id, "--sentiment", "positive", "--intent", "crisis")
    assert code == 0
    assert "positive, crisis" in out
    with desk.db.read() as conn:
        now = comments.get(conn, entry.id)
        kept = labels.of(conn, "lumen", "sentiment") + labels.of(conn, "lumen", "intent")
    assert now.triage is not None
    assert (now.triage.sentiment, now.triage.priority.name, now.triage.by) == ("positive", "URGENT", "person:li")
    assert [(k.value, k.comment, k.who) for k in kept] == [("positive", entry.id, "li"), ("crisis", entry.id, "li")]
    assert run("relabel", entry.id)[0] == 2
    assert run("forget", "mia", "--yes", person="sam")[0] == 0
    with desk.db.read() as conn:
        assert labels.count(conn, "lumen") == 0


def test_the_tool_tells_moods_with_their_reasons() -> None:
    class Kit:
        triage = None

    tool = analyse_sentiment.build(Kit())  # type: ignore[arg-type]
    said = tool.invoke(analyse_sentiment.EXAMPLE)
    assert said.startswith("negative 1, positive 1 of 2.")
    assert "1. negative (" in said
    assert "complaint" in said
    assert "谢谢客服" in said
