"""The folder of platforms: every adapter is found, and says what it can do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.platforms import matrix, registry

ROOT = Path(__file__).resolve().parents[2]


def test_an_unknown_platform_is_named_with_those_there_are() -> None:
    with pytest.raises(Misconfigured, match="bluesky, mastodon, sandbox"):
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
        "sdks = ('atproto', 'atproto_client', 'tweepy', 'requests', 'PIL', 'sqlalchemy');"
        "print([m for m in sdks if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.strip() == "[]"
