"""What others write stays text: a hundred payloads in every field that a page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from bot.checks.text import visible
from bot.domain.brand import Account, Rule, RuleBook, RuleKind
from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.domain.draft import Card, Media, Part
from bot.store import desk as rows
from bot.workflow import decide, propose
from tests.web.chromium import MISSING, tab
from tests.web.payloads import PAYLOADS
from tests.web.served import Browser, hear
from tests.world import PEOPLE, RULES, World, brand

Opens = Callable[..., Browser]
#: What the desk's own templates are made of.
TAGS = frozenset(
    (
        "html head meta title link script body div a header p img bdi nav ul li details summary form input label "
        "button section article h1 h2 strong span em ol kbd code dl dt dd blockquote mark ins del figure figcaption "
        "aside main time textarea select option br h3 fieldset legend"
    ).split()
)
#: Attributes that do something; the body has its own.
DEEDS = ("on", "hx-on", "style", "srcdoc", "formaction", "data-hx", "hx-get", "hx-post", "hx-vals")
SAFE = ("/", "#")
SHOWN = (
    "/",
    "/?show=open",
    "/?show=done",
    "/together",
    "/new",
    "/calendar",
    "/calendar?as=list",
    "/inbox?show=all",
    "/brand",
    "/brand/rule/warm",
    "/brand/versions",
    "/brand/people",
    "/accounts",
    "/you",
)
AT_ONCE = 20


class Page(HTMLParser):
    """Gathers the words of a page, and whatever in it is not of the desk's own making."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.values: list[str] = []
        self.foreign: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.foreign.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith(DEEDS):
                self.foreign.append(f"{tag} {name}")
            if name in ("href", "src", "action") and not (value or "").startswith(SAFE):
                self.foreign.append(f"{tag} {name}={value}")
            self.values.append(value or "")
        if tag == "script" and dict(attrs).get("src") not in ("/static/htmx.min.js", "/static/desk.js"):
            self.foreign.append(f"script {attrs}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.foreign.append(f"comment {data}")

    def handle_pi(self, data: str) -> None:
        self.foreign.append(f"pi {data}")

    @property
    def text(self) -> str:
        return "".join(self.words) + "\n".join(self.values)


def fill(world: World, payload: str, n: int) -> list[str]:
    """Put a payload wherever the desk shows a text; return the addresses of its cards."""
    people = (*PEOPLE[:1], replace(PEOPLE[1], name=f"Li {payload}"), *PEOPLE[2:])
    rule = Rule("warm", RuleKind.VOICE, f"Rule {payload}", file=f"{payload}.md", line=3)
    accounts = (Account("sandbox", "main", f"h{n}.sandbox", "en", "Europe/Berlin"), *brand().accounts[1:])
    world.learn(
        brand(name=f"Tea {payload}", people=people, accounts=accounts, rulebook=RuleBook((*RULES.rules[:1], rule)))
    )
    linked = Card("https://lumen.example/tea", f"Title {payload}", f"About {payload}")
    part = Part(f"Text {n} {payload}", (Media("ab" * 32, "image/png", 10, 10, f"Alt {payload}"),), linked)
    version = propose.new(world.desk, propose.Proposal(
        "sandbox:main", (part,), "anna", brief=f"Brief {payload}", note=f"Note {payload}", citations=("warm",),
        evidence={"model": f"Model {payload}", "to": {"words": f"Words {payload}"}},
    ))  # fmt: skip
    again = propose.revise(world.desk, version.draft_id, propose.Proposal(
        "sandbox:main", (Part(f"Second {n} {payload}"),), "anna", origin="person",
    ))  # fmt: skip
    found = [f"/draft/{version.draft_id}", f"/draft/{version.draft_id}?version=1"]
    if not again.blocked:
        decide.reject(world.desk, world.answer(again, "sam", reason=f"Reason {payload}"))
    came = Comment("sandbox:main", f"r{n}", Author(f"a{payload}", f"h{payload}", f"N {payload}"), f"Said {payload}",
                   world.clock.now())  # fmt: skip
    read = Triage("en", "negative", -1, 0.9, f"Because {payload}", intent=Intent.COMPLAINT, priority=Priority.URGENT)
    hear(world, came, read)
    with world.db.write() as conn:
        rows.notify(conn, world.clock.now(), "lumen", f"test:{n}", "warn", f"Notice {payload}", f"Do {payload}")
        rows.pause(conn, "sandbox:cn", f"Paused {payload}", who="sam", at=world.clock.now())
    return found


@pytest.mark.parametrize(
    "start", [pytest.param(n, marks=[pytest.mark.slow] if n else []) for n in range(0, len(PAYLOADS), AT_ONCE)]
)
def test_a_payload_is_a_text_everywhere(desk: World, browser: Opens, start: int) -> None:
    one = browser("li")
    for n, payload in enumerate(PAYLOADS[start : start + AT_ONCE], start):
        cards = fill(desk, payload, n)
        for path in (*cards, *SHOWN):
            page = Page(one.get(path).text)
            assert page.foreign == [], (path, payload)
            assert f"Tea {visible(payload)}" in page.text, (path, payload)
        seen = Page(one.get(cards[0]).text).text
        seen += Page(one.get(cards[1]).text).text
        for beginning in (f"Text {n} ", f"Second {n} ", "Rule ", "Tea ", "Li ", "Alt ", "Brief ", "Note ", "Model ",
                          "Words ", "Title ", "About "):  # fmt: skip
            assert beginning + visible(payload) in seen, (beginning, payload)
        form = one.get("/inbox", params={"words": payload, "mood": payload, "account": payload, "show": payload})
        assert Page(form.text).foreign == []
        odd = quote(payload, safe="")
        for path in (f"/draft/{odd}", f"/{odd}", f"/enter?token={odd}", f"/calendar?as={odd}&from={odd}"):
            assert Page(one.get(path).text).foreign == [], path


def test_what_was_typed_and_not_stored_comes_back_as_text(desk: World, browser: Opens) -> None:
    one, version = browser("li"), desk.draft()
    for payload in PAYLOADS[::7]:
        found = one.on_card(version, "edit", **{"part-0": f"A miracle {payload}"})
        assert found.status_code == 422
        page = Page(found.text)
        assert page.foreign == []
        assert "This was not saved" in page.text


@pytest.mark.slow
@pytest.mark.skipif(MISSING, reason="needs chromium")
def test_a_real_browser_runs_none_of_them(desk: World, browser: Opens) -> None:
    """No dialog, no breach of the page's own policy, nothing asked of anybody else."""
    one = browser("li")
    with tab() as shown:
        shown.cookie(one.origin, "signoff_session", one.cookies["signoff_session"])
        for n, payload in enumerate(PAYLOADS):
            for path in (*fill(desk, payload, n)[:1], "/inbox?show=all"):
                shown.open(one.origin + path)
            assert shown.evaluate("typeof window.htmx") == "object"
        assert shown.problems == []
