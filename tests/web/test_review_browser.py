"""A real browser: keys, stretches that open what they are about, drafts dragged to another day, a model's progress."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.domain.brand import Account, Rule, RuleBook, RuleKind
from bot.domain.draft import DraftVersion, Part, Window
from bot.store import approvals, drafts
from bot.surfaces.web.pages import moving
from bot.workflow import propose
from tests.unit.fake_endpoint import endpoint
from tests.web.chromium import MISSING, Tab, tab
from tests.web.served import Browser
from tests.world import RULES, World, brand

Opens = Callable[..., Browser]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING, reason="needs chromium")]
STILL = "document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling') === null"
#: Drags the first draft of the page to a day, as a mouse does.
DRAG = """(() => {
  const from = document.querySelector('[data-draft="%s"]'), to = document.querySelector('[data-day="%s"]');
  const data = new DataTransfer(), send = (on, name) =>
    on.dispatchEvent(new DragEvent(name, {bubbles: true, cancelable: true, dataTransfer: data}));
  send(from, "dragstart"); send(to, "dragover"); const marked = to.classList.contains("over");
  send(to, "drop"); send(from, "dragend"); return marked;
})()"""


@pytest.fixture
def shown() -> Iterator[Tab]:
    with tab() as made:
        yield made


@pytest.fixture
def li(desk: World, browser: Opens, shown: Tab) -> Browser:
    one = browser("li")
    shown.cookie(one.origin, "signoff_session", one.cookies["signoff_session"])
    return one


def press(shown: Tab, key: str) -> None:
    shown.wait(STILL)
    shown.key(key)


def wall(desk: World, version: DraftVersion) -> str | None:
    with desk.db.read() as conn:
        return drafts.version(conn, version.draft_id).content.window.wall


def test_keys_are_shown_and_lead_to_a_new_draft(desk: World, li: Browser, shown: Tab) -> None:
    desk.draft("Tea.")
    shown.open(li.origin + "/")
    press(shown, "?")
    shown.wait("document.getElementById('keys').open")
    press(shown, "?")
    shown.wait("!document.getElementById('keys').open")
    press(shown, "n")
    shown.wait("location.pathname === '/new' && document.getElementById('brief') !== null")
    assert shown.problems == []


def test_a_stretch_opens_what_it_is_about(desk: World, li: Browser, shown: Tab) -> None:
    many = tuple(Rule(f"voice-{n}", RuleKind.VOICE, f"Rule {n}.") for n in range(5))
    desk.learn(brand(rulebook=RuleBook((*RULES.rules, *many))))
    version = desk.draft("Oolong for 17 euros.", citations=tuple(r.id for r in many))
    shown.open(f"{li.origin}/draft/{version.draft_id}")
    closed = "[...document.querySelectorAll('.rules details')].map(d => d.open)"
    assert shown.evaluate(closed) == [False] * 5
    shown.call("Emulation.setFocusEmulationEnabled", enabled=True)
    shown.evaluate("document.querySelector('a.m[href=\"#rule-3\"]').focus()")
    shown.wait("document.getElementById('rule-3').closest('details').open")
    shown.evaluate("document.querySelector('blockquote a.m').click()")
    shown.wait("location.hash.length > 2 && document.querySelector(location.hash) !== null")
    assert shown.evaluate("document.querySelector('#card') !== null")
    assert shown.problems == []


def test_a_draft_is_dragged_to_another_day(desk: World, li: Browser, shown: Tab) -> None:
    version = desk.draft("Tea at four.", window=Window("2026-11-24T16:00", "Europe/Berlin"))
    signed = desk.draft("Signed tea.", window=Window("2026-11-24T18:00", "Europe/Berlin"))
    desk.approve(signed)
    shown.look(1280, 900)
    shown.open(li.origin + "/calendar?as=week&on=2026-11-24")
    assert shown.evaluate(DRAG % (version.draft_id, "2026-11-26")) is True
    shown.wait("document.querySelector('.note.done') !== null")
    assert wall(desk, version) == "2026-11-26T16:00"
    shown.wait(STILL)
    assert "as=week" in shown.evaluate("location.search")
    stands = f"document.querySelector('[data-draft={version.draft_id}]').closest('[data-day]').dataset.day"
    assert shown.evaluate(stands) == "2026-11-26"
    # What is signed is not moved by a slip of the hand.
    assert shown.evaluate(DRAG % (signed.draft_id, "2026-11-27")) is True
    shown.wait("document.querySelector('form input[name=sure]') !== null")
    assert wall(desk, signed) == "2026-11-24T18:00"
    assert shown.evaluate("document.getElementById('day').value") == "2026-11-27"
    shown.evaluate("document.querySelector('form button.main').click()")
    shown.wait("document.querySelector('.note.done') !== null")
    assert wall(desk, signed) == "2026-11-27T18:00"
    assert shown.problems == []


#: Counts the pages that the desk fetched by itself.
COUNT = """window.heard = 0;
document.addEventListener("htmx:beforeSwap", (e) => { if (e.detail.requestConfig.headers["X-Live"]) heard += 1; });"""


@pytest.fixture
def slow_move(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Hold the first drag back on the server: (it came in, let it go on)."""
    came, go, first, own = threading.Event(), threading.Event(), [True], moving._void

    def void(card: Any) -> str:
        if first and first.pop():
            came.set()
            assert go.wait(120)
        return own(card)

    monkeypatch.setattr(moving, "_void", void)
    yield came, go
    go.set()


def test_an_answer_is_shown_though_the_page_followed_by_itself_while_it_was_awaited(
    desk: World, li: Browser, shown: Tab, slow_move: tuple[threading.Event, threading.Event]
) -> None:
    came, go = slow_move
    signed = desk.draft("Signed tea.", window=Window("2026-11-24T18:00", "Europe/Berlin"))
    moved = desk.draft("Cake.", window=Window("2026-11-25T18:00", "Europe/Berlin"))
    desk.approve(signed)
    shown.open(li.origin + "/calendar?as=week&on=2026-11-24")
    shown.evaluate(COUNT)
    assert shown.evaluate(DRAG % (signed.draft_id, "2026-11-27")) is True
    assert came.wait(60)
    # Another page of the same session leaves a note, which is told once.
    assert li.press("/calendar/move", draft=moved.draft_id, version=1, day="2026-11-26").status_code == 303
    shown.wait("heard > 0")
    go.set()
    shown.wait("document.querySelector('form input[name=sure]') !== null")
    assert shown.evaluate("document.getElementById('day').value") == "2026-11-27", "another page than the answer"
    assert moved.draft_id in shown.evaluate("document.querySelector('.note.done').textContent")
    assert shown.problems == []


def test_what_changed_while_an_answer_was_awaited_is_shown_where_none_comes(
    desk: World, li: Browser, shown: Tab, slow_move: tuple[threading.Event, threading.Event]
) -> None:
    came, _ = slow_move
    signed = desk.draft("Signed tea.", window=Window("2026-11-24T18:00", "Europe/Berlin"))
    desk.approve(signed)
    shown.open(li.origin + "/calendar?as=week&on=2026-11-24")
    shown.evaluate(COUNT)
    shown.evaluate(
        """document.addEventListener("htmx:beforeSend", (e) => { window.asked = e.detail.xhr; }, {once: true})"""
    )
    assert shown.evaluate(DRAG % (signed.draft_id, "2026-11-27")) is True
    assert came.wait(60)
    other = desk.draft("Cake.", window=Window("2026-11-25T18:00", "Europe/Berlin"))
    shown.wait("heard === 1")
    # The line to the server breaks.
    shown.evaluate("asked.abort()")
    shown.wait(f"document.querySelector('[data-draft={other.draft_id}]') !== null")
    assert shown.problems == []


def test_by_keyboard_a_draft_is_moved_with_its_link(desk: World, li: Browser, shown: Tab) -> None:
    version = desk.draft("Tea at four.", window=Window("2026-11-24T16:00", "Europe/Berlin"))
    shown.open(li.origin + "/calendar?as=week&on=2026-11-24")
    shown.evaluate("document.querySelector('.entry .move').focus()")
    press(shown, "Enter")
    shown.wait("document.getElementById('day') !== null")
    shown.evaluate(
        "document.getElementById('day').value = '2026-11-25'; document.getElementById('time').value = '10:30'"
    )
    shown.evaluate("document.getElementById('time').focus()")
    press(shown, "Enter")
    shown.wait("document.querySelector('.note.done') !== null")
    assert wall(desk, version) == "2026-11-25T10:30"
    assert shown.evaluate("location.pathname") == "/calendar"
    assert shown.problems == []


def test_the_page_follows_a_model_by_itself(desk: World, li: Browser, shown: Tab) -> None:
    go = threading.Event()

    def slow(asked: dict[str, Any]) -> dict[str, Any]:
        assert go.wait(60)
        return {"content": "I would rather not."}

    shown.open(li.origin + "/new")
    with endpoint(slow) as model:
        desk.app.settings.llm_base_url, desk.app.settings.llm_model = model.url, "fake"
        shown.evaluate("document.getElementById('brief').value = 'The autumn oolongs are here'")
        shown.evaluate("document.querySelector('form.sheet').requestSubmit()")
        shown.wait("document.querySelector('.steps') !== null")
        go.set()
        shown.wait("document.querySelector('[data-work] .faults') !== null")
    assert shown.problems == []


def test_several_are_ticked_and_signed(desk: World, li: Browser, shown: Tab) -> None:
    from bot.domain.policy import ApprovalPolicy, Ask, Conditions, PolicyRule

    desk.learn(brand(), ApprovalPolicy((PolicyRule("all", Conditions(), Ask(together=True)),)))
    first, second = desk.draft("First tea."), desk.draft("Second tea.")
    shown.open(li.origin + "/together")
    shown.evaluate(f"document.querySelector('input[name=one-{first.draft_id}]').click()")
    shown.evaluate("document.querySelector('form.together button').click()")
    shown.wait("document.querySelector('.note.done') !== null")
    with desk.db.read() as conn:
        assert approvals.decisions(conn, draft_id=first.draft_id) == []
        assert len(approvals.decisions(conn, draft_id=second.draft_id)) == 1
    assert shown.problems == []


def test_nothing_scrolls_sideways_however_long_a_word(desk: World, li: Browser, shown: Tab) -> None:
    account = Account("x", "main", "lumen", "en", "Europe/Berlin")
    desk.learn(brand(accounts=(*brand().accounts, account)))
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 3
    version = desk.draft(f"{long} https://lumen.example.com/{'a' * 80}", account="x:main")
    reply = propose.new(desk.desk, propose.Proposal(
        "sandbox:main", (Part("Thanks."),), "anna", kind="reply", evidence={"to": {"words": long * 3}},
    ))  # fmt: skip
    move = f"/calendar/move?draft={version.draft_id}"
    for width in (320, 360, 768, 1280):
        shown.look(width, 800, phone=width < 500)
        for path in (f"/draft/{version.draft_id}?show=open", f"/draft/{reply.draft_id}?show=open", "/new", "/together",
                     "/calendar?as=day", "/calendar?as=week", move):  # fmt: skip
            shown.open(li.origin + path)
            assert shown.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert shown.problems == []


def test_what_was_said_stays_while_the_page_follows_by_itself(desk: World, li: Browser, shown: Tab) -> None:
    version = desk.draft("Tea at four.", window=Window("2026-11-24T16:00", "Europe/Berlin"))
    shown.open(li.origin + "/calendar?as=week&on=2026-11-24")
    assert shown.evaluate(DRAG % (version.draft_id, "2026-11-26")) is True
    shown.wait("document.querySelector('.note.done') !== null")
    said = shown.evaluate("document.querySelector('.note.done').textContent")
    other = desk.draft("Cake at five.", window=Window("2026-11-25T17:00", "Europe/Berlin"))
    shown.wait(f"document.querySelector('[data-draft={other.draft_id}]') !== null")
    shown.wait(STILL)
    assert shown.evaluate("Array.from(document.querySelectorAll('.note'), (one) => one.textContent)") == [said]
    shown.open(li.origin + "/")
    assert shown.evaluate("document.querySelector('.note.done')") is None
    assert shown.problems == []
