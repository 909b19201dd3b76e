"""A hundred hostile texts in every field that a page shows, in a real browser: no dialog, nothing broken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from bot.domain.brand import Person, Role, Rule, RuleBook, RuleKind
from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.domain.draft import Part
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.domain.reading import Reading
from bot.store import desk as rows
from bot.store import proposals, readings
from bot.store.proposals import Proposed
from bot.workflow import counting, propose
from tests.web.e2e import places
from tests.web.e2e.house import House, house
from tests.web.payloads import PAYLOADS
from tests.web.served import hear
from tests.world import World

#: Whatever a page of ours never holds.
FOREIGN = (
    "[...document.querySelectorAll('*')].filter(e => e.matches('iframe, object, embed, base, portal, marquee, video,"
    ' audio, script:not([src^="/static/"]), style, link[rel=stylesheet]:not([href^="/static/"])\')'
    " || [...e.attributes].some(a => /^(on|hx-on|style$|srcdoc$)/.test(a.name)"
    " || /^(href|src|action|formaction)$/.test(a.name) && !/^[/#?]/.test(a.value))).map(e => e.outerHTML.slice(0, 200))"
)

#: Pages that show what somebody wrote, so that there is something to be shown wrongly.
SAID = ("done", "inbox", "results", "rules", "people", "proposals", "policy")


def infest(world: World) -> dict[str, str]:
    """Write a payload wherever somebody can write one; return addresses by name."""
    app = world.app
    one = app.brand()
    texts = [Rule(f"rule-{n}", RuleKind.VOICE, f"Rule {p}", file=f"{p}.md", line=1) for n, p in enumerate(PAYLOADS)]
    people = tuple(Person(f"p{n}", f"N {p}", frozenset({Role.AUTHOR}), sign_in=(f"p{n}@x {p}",))
                   for n, p in enumerate(PAYLOADS))  # fmt: skip
    policy = ApprovalPolicy((PolicyRule(f"Policy {PAYLOADS[0]}", outcome=Ask(needed=1)),))
    infested = replace(one, name=f"Tea {PAYLOADS[4]}", people=(*one.people, *people),
                       rulebook=RuleBook((*one.rulebook.rules, *texts)))  # fmt: skip
    with world.db.write() as conn:
        folder = str(app.settings.home.parent / "shop")
        rows.save_brand(conn, infested, policy, folder, world.clock.now())
    found = {}
    for n, payload in enumerate(PAYLOADS):
        version = propose.new(world.desk, propose.Proposal(
            "sandbox:main", (Part(f"Text {n} {payload}"),), "anna", brief=f"Brief {payload}", note=f"Note {payload}",
            citations=(f"rule-{n}",), evidence={"model": f"Model {payload}"},
        ))  # fmt: skip
        found[f"card-{n}"] = f"/draft/{version.draft_id}?show=open"
        if n % 4 == 0 and not version.blocked:
            post = world.approve(version, "li")
            world.drain()
            with world.db.write() as conn:
                told = Reading("r", world.clock.now(), n, 1, 1, None)
                readings.add(conn, [(readings.Due(post.id, 0, 24, None), told)], world.clock.now())  # type: ignore[arg-type]
        came = Comment("sandbox:main", f"r{n}", Author(f"a{payload}", f"h{payload}", f"N {payload}"),
                       f"Said {payload} {payload}", world.clock.now() - timedelta(hours=n))  # fmt: skip
        hear(world, came, Triage("en", "negative", -1, 0.9, f"Because {payload}", intent=Intent.COMPLAINT,
                                 priority=Priority.URGENT, aspects=((f"about {payload}", "negative"),)))  # fmt: skip
        with world.db.write() as conn:
            kind = "rule" if n % 2 else "saved_answer"
            proposals.add(conn, "lumen", Proposed(f"g_{n}", kind, f"Topic {payload}", "en", f"Before {payload}",
                                                  f"After {payload}", (payload,), world.clock.now()))  # fmt: skip
            rows.notify(conn, world.clock.now(), "lumen", f"t:{n}", "warn", f"Notice {payload}", f"Do {payload}")
    counting.count(world.desk, most=99)
    return found


@pytest.fixture(scope="module")
def infested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("infested"), fill=infest) as made:
        yield made


def whole(page: Any) -> None:
    """The page is made of its own parts, and works."""
    assert page.evaluate(FOREIGN) == [], page.url
    assert page.evaluate("typeof window.htmx") == "object"


def test_every_page_shows_texts_as_texts(infested: House, opened: Any) -> None:
    page = opened(infested, "mo")
    for name in places.ADDRESSES:
        if name not in ("api", "lost"):
            places.show(page, infested, name)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            whole(page)
            if name in SAID:
                assert PAYLOADS[0] in page.locator("main").text_content(), name
    for week in ("/report?week=" + infested.world.clock.now().strftime("%G-W%V"), "/mood?days=7", "/results?days=28"):
        page.goto(week)
        whole(page)


def test_every_card_shows_texts_as_texts(infested: House, opened: Any) -> None:
    page = opened(infested, "mo")
    for n in range(len(PAYLOADS)):
        page.goto(infested.places[f"card-{n}"])
        whole(page)
    page.goto("/inbox?show=all")
    for link in page.locator("#queue a.row").evaluate_all("all => all.map(a => a.getAttribute('href'))"):
        page.goto(link)
        whole(page)


def test_what_is_asked_for_and_typed_stays_a_text(infested: House, opened: Any) -> None:
    page = opened(infested, "mo")
    for n, payload in enumerate(PAYLOADS):
        odd = quote(payload, safe="")
        paths = ("/inbox?words={}&account={}", "/brand?words={}&kind={}", "/mood?account={}&about={}",
                 "/results?kind={}&account={}", "/calendar?as={}&account={}", "/new?account={}&wall={}")  # fmt: skip
        page.goto(paths[n % len(paths)].format(odd, odd))
        whole(page)
    for start in range(0, len(PAYLOADS), 25):
        some = "\n".join(PAYLOADS[start : start + 25])
        page.goto("/brand/try")
        page.fill("#text", some)
        page.click("main button.main")
        page.wait_for_selector(".score", timeout=90_000)
        whole(page)
        page.goto("/brand/policy")
        page.fill(
            "#text", "rules:\n" + "\n".join(f"  - name: {p!r}\n    when: {{kind: [{p!r}]}}" for p in some.split("\n"))
        )
        page.click("form.editor button.main")
        page.wait_for_selector("#problems")
        whole(page)
