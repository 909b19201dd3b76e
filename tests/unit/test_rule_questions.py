"""Questions that the model writes for rules: found by, never shown, written once, gone with their rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.agent import rule_questions as agent
from bot.agent.scripted import call
from bot.app import App
from bot.clock import FixedClock
from bot.errors import ModelError
from bot.settings import load
from bot.store import questions
from bot.writing import rule_questions
from memory.base import Learned, MemoryItem
from tests.prompts import kinds_at_work as work

FOLDER = {
    "brand.yaml": (
        "id: lumen\nname: Lumen Tea\nlanguages: [en]\nzone: Europe/Berlin\n"
        "people:\n  - {id: li, name: Li, roles: [admin, author, approver]}\n"
        "  - {id: anna, name: Anna, roles: [author, approver]}\n"
        'accounts:\n  - {key: "sandbox:main", handle: lumen.sandbox, language: en}\n'
    ),
    "guidelines/voice.md": "# Voice\n\n- Write as to a friend.\n- Never promise a refund in public.\n",
}


class Remembered:
    """What the brand memory was given to learn."""

    def __init__(self) -> None:
        self.items: list[MemoryItem] = []

    def learn(self, brand: str, version: str, items: Any, **more: Any) -> Learned:
        self.items = list(items)
        return Learned(added=len(self.items))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FOLDER.items():
        path = tmp_path / "brand" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "brand"


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock) -> Any:
    url = f"sqlite:///{tmp_path / 'signoff.db'}"
    made = App(load(home=tmp_path, database_url=url, operator="li", llm_discover=False), clock=clock)
    made.__dict__["memory"] = Remembered()
    yield made
    made.close()


def said(**by_number: list[str]) -> Any:
    return call("write", rules=[{"n": int(n[1:]), "questions": q} for n, q in by_number.items()])


def test_questions_are_another_way_to_their_rule(app: App, folder: Path) -> None:
    app.learn(folder)
    model, scripted = work.connected(said(
        n1=["How do I greet a regular?", "How do I greet a regular?"],
        n2=["A customer wants the money back, may I say yes?", "Never promise a refund in public."],
    ))  # fmt: skip
    app.use_model(model)
    made = rule_questions.write(app, folder)
    assert (made.rules, made.without, made.written, made.failed) == (2, 0, 2, None)
    app.learn(folder)
    found = {item.text: item.aliases for item in app.memory.items}  # type: ignore[attr-defined]
    assert found["Never promise a refund in public."] == ("A customer wants the money back, may I say yes?",)
    assert found["Write as to a friend."] == ("How do I greet a regular?",)
    # Nothing is asked twice.
    again = rule_questions.write(app, folder)
    assert (again.rules, again.written, len(scripted.sent)) == (2, 0, 1)


def test_questions_go_with_their_rule(app: App, folder: Path) -> None:
    app.learn(folder)
    model, _ = work.connected(said(n1=["How do I greet a regular?"], n2=["Money back?"]), said(n1=["Hello or hi?"]))
    app.use_model(model)
    rule_questions.write(app, folder)
    (folder / "guidelines/voice.md").write_text("# Voice\n\n- Write as to an old friend.\n", encoding="utf-8")
    made = rule_questions.write(app, folder)
    assert (made.rules, made.without, made.written) == (1, 0, 1)
    with app.db.read() as conn:
        assert [*questions.of(conn, "lumen").values()] == [("Hello or hi?",)]


def test_what_was_written_stays_when_the_model_fails(app: App, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "AT_ONCE", 1)
    app.learn(folder)
    model, _ = work.connected(said(n1=["How do I greet a regular?"]), ModelError("The model went away."))
    app.use_model(model)
    made = rule_questions.write(app, folder)
    assert (made.rules, made.without, made.written) == (1, 1, 1)
    assert made.failed is not None
    model, _ = work.connected(said(n1=["Money back?"]))
    app.use_model(model)
    assert rule_questions.write(app, folder).without == 0


@pytest.mark.parametrize("bad", [
    "See https://evil.example/x", "Ask @lumen about it", "可以退款吗？", "ok", "x" * 201, "Write as to a friend",
])  # fmt: skip
def test_what_cannot_serve_is_left_out(bad: str) -> None:
    assert agent.usable([bad, "May I say hi?"], "Write as to a friend.", "en") == ("May I say hi?",)


def test_a_rule_left_out_is_asked_for_again(clock: FixedClock) -> None:
    from bot.agent.limits import Limits, Meter
    from bot.agent.transcript import Transcript

    model, scripted = work.connected(said(n1=["可以退款吗？"]), said(n1=["可以退款吗？"], n2=["Hello or hi?"]))
    rules = [("", "Never promise a refund."), ("Voice", "Write as to a friend.")]
    made = agent.write(rules, "en", model, Meter(Limits()), clock, Transcript("r_1", clock))
    assert made == [(), ("Hello or hi?",)]
    assert len(scripted.sent) == 2
    assert "1, 2" in scripted.sent[1][-1].text
