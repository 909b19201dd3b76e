"""Every page in both languages and themes: for those who cannot see it well, on a phone, empty, and crowded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.e2e import places
from tests.web.e2e.house import House

KINDS = [("en", "light"), ("en", "dark"), ("zh", "light"), ("zh", "dark")]
#: Of axe-core's four kinds of fault, those that keep somebody from using a page.
SERIOUS = ("serious", "critical")


def axe(page: Any) -> list[str]:
    """Return axe-core's serious findings on the page as it stands: rule, place."""
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    # Run by the browser itself, so the page's own policy stands and is held all the while.
    page.evaluate(script.read_text(encoding="utf-8") + "\n;0")
    options = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
    found = page.evaluate(f"axe.run(document, {options})")
    return [
        f"{one['id']}: {node['target'][0]} {node['html'][:120]}"
        for one in found["violations"] if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "theme"), KINDS)
def test_nothing_serious_for_axe(
    home: House, opened: Any, language: str, theme: str, record_property: Callable[[str, object], None]
) -> None:
    page = opened(home, "mo", language=language, color_scheme=theme)
    found = {}
    for name in places.every(home):
        places.show(page, home, name)
        assert page.evaluate("document.documentElement.lang") == ("zh-Hans" if language == "zh" else "en"), name
        if wrong := axe(page):
            found[name] = wrong
        assert places.wide(page) <= 0, name
    for path in places.DOORS:
        door = opened(home, language=language, color_scheme=theme)
        door.goto(path)
        if wrong := axe(door):
            found[path] = wrong
    record_property("axe_serious", sum(map(len, found.values())))
    assert found == {}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_scrolls_sideways_on_a_phone(home: House, opened: Any, language: str) -> None:
    page = opened(home, "mo", language=language, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    found = {}
    for name in places.every(home):
        places.show(page, home, name)
        if (wider := places.wide(page)) > 0:
            found[name] = wider
    assert found == {}


def test_the_first_day_says_what_to_do(
    bare: House, opened: Any, record_property: Callable[[str, object], None]
) -> None:
    page = opened(bare, "mo", viewport={"width": 360, "height": 740})
    serious = []
    for name in places.every(bare):
        places.show(page, bare, name)
        serious += axe(page)
        assert places.wide(page) <= 0, name
        assert len(page.locator("main").inner_text().split()) >= 5, name
    record_property("axe_serious", len(serious))
    assert serious == []
