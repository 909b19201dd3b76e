"""A real browser on the true server: by keyboard only, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.domain.draft import Window
from bot.store import approvals
from tests.web.chromium import MISSING, Tab, tab
from tests.web.served import Browser
from tests.world import World

Opens = Callable[..., Browser]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING, reason="needs chromium")]
#: Nothing is being loaded into the page.
STILL = "document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling') === null"
CURRENT = "document.querySelector('#queue a.row[aria-current]')?.getAttribute('href')"


@pytest.fixture
def shown() -> Iterator[Tab]:
    with tab() as made:
        yield made


def signed_in(shown: Tab, one: Browser) -> None:
    shown.cookie(one.origin, "signoff_session", one.cookies["signoff_session"])


def signed(desk: World, draft: str) -> list[str]:
    with desk.db.read() as conn:
        return [d.person for d in approvals.decisions(conn, draft_id=draft)]


def press(shown: Tab, key: str) -> None:
    shown.wait(STILL)
    shown.key(key)


def test_reviewed_by_keyboard_alone(desk: World, browser: Opens, shown: Tab) -> None:
    drafts = [desk.draft(f"Tea number {n}.").draft_id for n in range(3)]
    one = browser("li")
    signed_in(shown, one)
    shown.open(one.origin + "/")
    first = shown.evaluate(CURRENT)
    press(shown, "j")
    shown.wait(f"({CURRENT}) !== {first!r}")
    press(shown, "k")
    shown.wait(f"({CURRENT}) === {first!r}")
    draft = next(d for d in drafts if d in first)
    # One press points at the button and signs nothing.
    press(shown, "a")
    shown.wait("document.activeElement.id === 'approve'")
    assert signed(desk, draft) == []
    press(shown, "a")
    shown.wait("document.querySelector('.note.done') !== null")
    assert signed(desk, draft) == ["li"]
    assert shown.evaluate("location.pathname") == f"/draft/{draft}"
    press(shown, "j")
    shown.wait("document.querySelector('#queue a.row[aria-current]') !== null")
    press(shown, "r")
    shown.wait("document.activeElement.id === 'reason'")
    shown.call("Input.insertText", text="Not today")
    shown.evaluate("document.activeElement.form.requestSubmit()")
    shown.wait("document.body.textContent.includes('Not today')")
    press(shown, "j")
    shown.wait("document.querySelector('[data-key=\"e\"]') !== null")
    press(shown, "e")
    shown.wait("document.activeElement.id === 'part-0'")
    press(shown, "Escape")
    shown.wait("!document.querySelector('details.form[open]')")
    assert shown.problems == []


def test_an_open_page_follows_by_itself(desk: World, browser: Opens, shown: Tab) -> None:
    version, one = desk.draft("Tea."), browser("li")
    signed_in(shown, one)
    shown.open(one.origin + f"/draft/{version.draft_id}")
    desk.approve(version, "sam")
    shown.wait("document.getElementById('card-title').textContent.includes('Scheduled')")
    assert shown.problems == []


def test_signing_in_and_the_switch_work_in_a_browser(desk: World, browser: Opens, shown: Tab) -> None:
    from tests.web.served import link

    one = browser()
    shown.open(f"{one.origin}/enter?token={link(desk, 'li')}")
    shown.evaluate("document.querySelector('form').requestSubmit()")
    shown.wait("document.querySelector('#queue') !== null")
    shown.evaluate("document.querySelector('.stop').open = true")
    shown.evaluate("document.querySelector('.stop form').requestSubmit()")
    shown.wait("document.querySelector('.stopped') !== null")
    shown.evaluate("document.querySelector('.stopped form').requestSubmit()")
    shown.wait("document.querySelector('.stopped') === null")
    assert shown.problems == []


def test_nothing_scrolls_sideways(desk: World, browser: Opens, shown: Tab) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 4
    version = desk.draft(
        f"{long} https://lumen.example/{'a' * 200}", window=Window("2026-11-24T09:00", "Europe/Berlin")
    )
    one = browser("li")
    signed_in(shown, one)
    for width in (320, 390, 768, 1280):
        shown.look(width, 800, phone=width < 500)
        for path in (f"/draft/{version.draft_id}", "/calendar", "/calendar?as=list", "/inbox", "/accounts", "/you"):
            shown.open(one.origin + path)
            assert shown.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert shown.problems == []


def test_every_field_has_a_name_and_every_page_one_heading(desk: World, browser: Opens, shown: Tab) -> None:
    version, one = desk.draft("Tea."), browser("li")
    signed_in(shown, one)
    nameless = (
        "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')]"
        ".filter(f => !f.labels.length).map(f => f.outerHTML)"
    )
    ids = "[...document.querySelectorAll('[id]')].map(e => e.id)"
    twice = f"(ids => ids.filter((id, n) => ids.indexOf(id) !== n))({ids})"
    for path in ("/", f"/draft/{version.draft_id}", "/calendar", "/inbox", "/accounts", "/you"):
        shown.open(one.origin + path)
        assert shown.evaluate(nameless) == [], path
        assert shown.evaluate("document.querySelectorAll('h1').length") == 1, path
        assert shown.evaluate("document.querySelectorAll('main').length") == 1, path
        assert shown.evaluate(twice) == [], path
