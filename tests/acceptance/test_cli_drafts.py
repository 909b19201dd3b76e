"""Versions, readers, replies and pictures on the real command line, with a model behind an endpoint on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.acceptance.test_cli_program import BRAND, Program, _call
from tests.unit.fake_endpoint import Endpoint, endpoint, like_hosted

pytestmark = pytest.mark.slow
BRIEF = "Autumn Oolong tasting on Saturday 28 November at 11:00 in Leeds. Book at https://tickets.example.com"
PLAIN = "Taste our Autumn Oolong in Leeds on Saturday 28 November at 11:00. Book at https://tickets.example.com"
ASKED = "What does rain taste like? Find out in Leeds: Saturday 28 November, 11:00. https://tickets.example.com"


def writer(asked: dict[str, Any]) -> Any:
    """Write as the angle asks, answer a stranger, describe a picture; translate by saying so."""
    said, tools = json.dumps(asked["messages"], ensure_ascii=False), asked.get("tools") or []
    if "image_url" in said:
        return {"content": "Yellow, purple, green." if "stripes" in said else "A tin on a table."}
    if not tools or tools[0]["function"]["name"] != "draft_post":
        return like_hosted(asked)
    fields = tools[0]["function"]["parameters"]["properties"]
    if "text" in fields:
        return _call("draft_post", {"text": "We are sorry about the dent.", "citations": []})
    text = ASKED if "one short question" in said else PLAIN
    return _call("draft_post", {"account": "sandbox:main", "citations": [], "parts": [text]})


@pytest.fixture(scope="module")
def model() -> Iterator[Endpoint]:
    with endpoint(writer) as made:
        yield made


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, model: Endpoint) -> Program:
    made = Program(tmp_path_factory.mktemp("drafts"), model.url)
    ran = made.run("learn", BRAND)
    assert ran.returncode == 0, ran.stderr
    return made


def test_two_versions_for_some_readers(program: Program) -> None:
    more = ("--variants", "2", "--segment", "beginners")
    ran = program.run("draft", BRIEF, "--account", "sandbox:main", *more, person="anna")
    assert ran.returncode == 0, ran.stderr
    assert "Version: Fact first, 1 of 2" in ran.stdout
    assert "Version: A question, 2 of 2" in ran.stdout
    assert "Readers: People who have only drunk tea from bags" in ran.stdout
    assert "Tagged link: https://tickets.example.com: utm_source=sandbox" in ran.stdout
    assert "Rests on: the brief: “Saturday”, “28 November”, “11:00”" in ran.stdout
    assert "(A question, 2 of 2)" in program.run("queue").stdout
    rows = program.json("queue")["items"]
    assert {r["angle"] for r in rows} == {"fact", "question"}
    assert len({r["series"] for r in rows}) == 1


def test_a_reply_without_its_post_is_text_to_copy(program: Program) -> None:
    ask = ("draft", "Say sorry", "--account", "sandbox:main", "--kind", "reply")
    ran = program.run(*ask, "--to", "My tin was dented.", person="anna")
    assert ran.returncode == 0, ran.stderr
    assert "They wrote: > My tin was dented." in ran.stdout
    assert "Copy the text to where it belongs; nothing of it is sent from here." in ran.stdout
    ran = program.run(*ask, person="anna")
    assert ran.returncode != 0
    assert "--to" in ran.stderr


def test_a_picture_without_words(program: Program, tmp_path: Path) -> None:
    picture = tmp_path / "tin.png"
    Image.new("RGB", (40, 40), "green").save(picture)
    ask = ("draft", BRIEF, "--account", "sandbox:main", "--image", str(picture))
    ran = program.run(*ask, person="anna")
    assert ran.returncode == 0, ran.stderr
    assert "described as: A tin on a table. (alt text by the model)" in ran.stdout
    program.env["SIGNOFF_LLM_VISION"] = "no"
    ran = program.run(*ask, person="anna")
    assert ran.returncode != 0
    assert f"The picture {picture} has no description" in ran.stderr
