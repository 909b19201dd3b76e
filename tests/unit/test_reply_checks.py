"""What an answer lacks, sentences that a document says twice, and what `ask --json` gives without a model."""

# One case a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot import writing
from bot.agent import kind_checks, reply_checks
from bot.agent.kind_fitting import said_once
from bot.agent.kinds import load, model_fields
from bot.clock import SystemClock
from bot.errors import ModelUnavailable
from bot.surfaces.cli import main
from bot.writing import answers
from memory.in_memory import InMemory
from tests.world import World

RULES = ("Answer a complaint once, then move to hello@lumen.example.", "遇到投诉，请对方写信到 hello@lumen.example。")


@pytest.mark.parametrize(
    ("words", "brief", "text", "faults"),
    [
        ("My parcel came smashed!", "Answer.", "We are sorry. Write to hello@lumen.example.", []),
        ("My parcel came smashed!", "Answer.", "Thank you. Write to hello@lumen.example.", ["begin by saying sorry"]),
        ("My parcel came smashed!", "Answer.", "We are sorry about that.", ["reach us: hello@lumen.example"]),
        ("收到的茶罐全压扁了，太失望了！", "回复。", "谢谢您。", ["begin by saying sorry", "reach us"]),
        ("收到的茶罐全压扁了，太失望了！", "回复。", "很抱歉，请写信到 hello@lumen.example。", []),
        ("How hot is the water?", "Answer.", "95 °C, for 40 seconds.", []),
        ("You are rude liars", "Do not apologise, it is false.", "That is not so.", []),
        (
            "I like to drink it in the evening with milk",
            "Answer.",
            "You drink it in the evening with milk!",
            ["repeat"],
        ),
        ("请问乌龙用多少度的水泡才好喝", "回答。", "乌龙用多少度的水泡才好喝？95 度。", ["repeat"]),
    ],
)
def test_an_answer_to_a_complaint_says_sorry_and_where_to_write(
    words: str, brief: str, text: str, faults: Sequence[str]
) -> None:
    said = reply_checks.lacking(words, brief, text, RULES)
    assert len(said) == len(faults)
    assert all(fault in one for fault, one in zip(faults, said, strict=True))


@pytest.mark.parametrize(
    ("text", "before", "left"),
    [
        ("One batch took eight hours. It rained. One batch took eight hours.", "", "One batch took eight hours. It rained."),
        ("It rained all week long. New is this.", "It rained all week long.", "New is this."),
        ("成茶大约140公斤，比去年少。下了雨。", "成茶大约140公斤，比去年少。", "下了雨。"),
        ("It rained all week long.", "It rained all week long.", "It rained all week long."),
        ("Yes! Yes! Come.", "", "Yes! Yes! Come."),
    ],
)  # fmt: skip
def test_what_was_said_is_left_out_where_something_remains(text: str, before: str, left: str) -> None:
    assert kind_checks.unrepeated(text, before) == left


def test_a_gist_does_not_say_its_title_again() -> None:
    fields = model_fields(load("summary").fields)
    body = {"title": "The harvest of this year", "gist": "The harvest of this year. It was small."}
    assert said_once(fields, body, "") == {**body, "gist": "It was small."}


def test_without_a_model_the_rules_were_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    searched: list[str] = []
    nearest = answers.nearest

    def counted(app: Any, brand: Any, query: str, k: int) -> Any:
        app.__dict__["memory"] = InMemory()
        searched.append(query)
        return nearest(app, brand, query, k)

    def no_model(_: Any) -> None:
        raise ModelUnavailable("No model answers.")

    monkeypatch.setattr(answers, "nearest", counted)
    monkeypatch.setattr("bot.app.App.model", no_model)
    monkeypatch.setenv("LANGUAGE", "en")
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, SystemClock()):
        code = main(["--home", str(tmp_path), "--as", "anna", "ask", "May we compare prices?", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert (code, said["answer"], said["error"], len(searched)) == (8, None, "No model answers.", 1)
    assert isinstance(said["retrieved"], list)
    assert writing.ask is answers.ask
