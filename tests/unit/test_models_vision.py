"""Whether a model sees pictures: asked once, by showing it one, and kept."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.agent import probe, seeing
from bot.agent.models import connect
from bot.clock import FixedClock
from bot.errors import ModelError
from tests.unit.fake_endpoint import endpoint, like_hosted
from tests.unit.test_models_connect import settings


def pictures(body: dict[str, Any]) -> list[str]:
    """Return the addresses of the pictures in a request."""
    found = [p for m in body["messages"] if isinstance(m["content"], list) for p in m["content"]]
    return [p["image_url"]["url"] for p in found if p["type"] == "image_url"]


def colours(address: str) -> list[str]:
    """See a picture as a model would: the colours from left to right."""
    image = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")
    names = {(255, 224, 0): "Yellow", (128, 0, 128): "purple", (0, 144, 32): "green"}
    width, height = image.size
    return [names[image.getpixel((width * n // 6, height // 2))] for n in (1, 3, 5)]  # type: ignore[index]


def seeing_model(body: dict[str, Any]) -> Any:
    if not (shown := pictures(body)):
        return like_hosted(body)
    return {"content": ", ".join(colours(shown[0])) + "."}


def blind(body: dict[str, Any]) -> Any:
    return {"content": "Red, white, blue."} if pictures(body) else like_hosted(body)


def refusing(body: dict[str, Any]) -> Any:
    return (400, {"error": {"message": "no images"}}) if pictures(body) else like_hosted(body)


@pytest.mark.parametrize(("manner", "sees"), [(seeing_model, True), (blind, False), (refusing, False)])
def test_it_is_shown_a_picture_once(manner: Any, sees: bool, tmp_path: Path) -> None:
    with endpoint(manner) as fake:
        with connect(settings(fake.url, tmp_path)) as model:
            assert not any(pictures(body) for body in fake.asked)  # only when a picture needs it
            assert model.sees() is sees
        with connect(settings(fake.url, tmp_path)) as again:
            assert again.sees() is sees
            assert again.abilities.vision is sees
        assert sum(bool(pictures(body)) for body in fake.asked) == 1
    kept = json.loads((tmp_path / "abilities.json").read_text(encoding="utf-8"))
    assert [found["vision"] for found in kept.values()] == [sees]


@pytest.mark.parametrize(("said", "sees"), [("yes", True), ("no", False)])
def test_a_person_may_say_it_instead(said: str, sees: bool, tmp_path: Path) -> None:
    with endpoint(blind) as fake, connect(settings(fake.url, tmp_path, vision=said)) as model:
        assert model.sees() is sees
        assert not any(pictures(body) for body in fake.asked)


def test_what_was_known_before_still_holds(tmp_path: Path) -> None:
    with endpoint(seeing_model) as fake:
        with connect(settings(fake.url, tmp_path)):
            pass
        file = tmp_path / "abilities.json"
        old = {
            k: {n: v for n, v in found.items() if n != "vision"} for k, found in json.loads(file.read_text()).items()
        }
        file.write_text(json.dumps(old), encoding="utf-8")
        with connect(settings(fake.url, tmp_path)) as model:
            assert model.abilities.vision is None
            assert model.sees()


def test_the_stripes_are_a_picture() -> None:
    with Image.open(io.BytesIO(probe._stripes())) as image:
        image.verify()
    address = "data:image/png;base64," + base64.b64encode(probe._stripes()).decode()
    assert colours(address) == ["Yellow", "purple", "green"]


def test_an_alt_text_over_http(tmp_path: Path) -> None:
    def manner(body: dict[str, Any]) -> Any:
        return {"content": "“A green field.”"} if pictures(body) else like_hosted(body)

    out = io.BytesIO()
    Image.new("RGB", (3000, 1500), "green").save(out, "PNG")
    with endpoint(manner) as fake, connect(settings(fake.url, tmp_path)) as model:
        text, ref = seeing.alt_text(out.getvalue(), "A field", "en", model, clock=FixedClock())
        (sent,) = (pictures(body)[0] for body in fake.asked if pictures(body))
    assert text == "A green field."
    assert ref.startswith("alt_text@1:")
    with Image.open(io.BytesIO(base64.b64decode(sent.partition(",")[2]))) as small:
        assert small.size == (1024, 512)


def test_an_alt_text_that_stays_unusable_is_an_error(tmp_path: Path) -> None:
    def manner(body: dict[str, Any]) -> Any:
        return {"content": "Image of a field"} if pictures(body) else like_hosted(body)

    out = io.BytesIO()
    Image.new("RGB", (30, 30), "green").save(out, "PNG")
    with (
        endpoint(manner) as fake,
        connect(settings(fake.url, tmp_path)) as model,
        pytest.raises(ModelError, match="no usable alt text"),
    ):
        seeing.alt_text(out.getvalue(), "A field", "en", model, clock=FixedClock())
    assert sum(bool(pictures(body)) for body in fake.asked) == seeing.TRIES
