"""The contract itself, and the folder: every adapter is found, is tested, and says what it can do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Misconfigured
from bot.platforms import matrix, registry
from tests.contract import test_platforms_bluesky, test_platforms_sandbox
from tests.contract.platform_contract import PlatformContract

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = {name: test for name, test in vars(PlatformContract).items() if name.startswith("test_")}
MODULES = (test_platforms_bluesky, test_platforms_sandbox)


def subclasses(cls: type[Any]) -> list[type[Any]]:
    return [found for sub in cls.__subclasses__() for found in (sub, *subclasses(sub))]


@pytest.mark.parametrize("cls", subclasses(PlatformContract), ids=lambda cls: cls.__name__)
def test_no_adapter_weakens_the_contract(cls: type[PlatformContract]) -> None:
    for name, test in CONTRACT.items():
        mine = getattr(cls, name, None)
        if mine is test:
            continue
        reasons = [mark.kwargs.get("reason") for mark in getattr(mine, "pytestmark", []) if mark.name == "xfail"]
        assert any(reasons), f"{cls.__name__} replaces {name} and gives no xfail reason"


def test_the_guard_sees_a_weakened_contract() -> None:
    weak = type("Weak", (PlatformContract,), {"test_deleting_twice_is_no_error": None})
    try:
        with pytest.raises(AssertionError, match="test_deleting_twice"):
            test_no_adapter_weakens_the_contract(weak)
    finally:
        del weak


def test_every_platform_is_held_to_the_contract() -> None:
    tested = {module.__name__.rpartition("test_platforms_")[2] for module in MODULES}
    assert tested == set(registry.ids())


def test_an_unknown_platform_is_named_with_those_there_are() -> None:
    with pytest.raises(Misconfigured, match="bluesky, sandbox"):
        registry.load("myspace")


@pytest.mark.parametrize("platform_id", registry.ids())
def test_every_platform_describes_itself(platform_id: str) -> None:
    cls = registry.load(platform_id)
    assert cls.label
    assert cls.limits.source
    assert cls.features.images is (cls.limits.images > 0)
    assert cls.features.threads is (cls.limits.parts > 1)
    assert all(said for said, _ in cls.settings.values())
    lines = (ROOT / "bot" / "platforms" / f"{platform_id}.py").read_text().splitlines()
    assert len(lines) <= 350


def test_the_page_of_platforms_is_up_to_date() -> None:
    assert (ROOT / "docs" / "platforms.md").read_text() == matrix.page(), "python -m bot.platforms.matrix"


def test_listing_and_loading_import_no_sdk() -> None:
    code = (
        "import sys; from bot.platforms import registry; [registry.load(i) for i in registry.ids()];"
        "print([m for m in ('atproto', 'atproto_client', 'PIL', 'sqlalchemy') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.strip() == "[]"
