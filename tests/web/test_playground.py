"""Trying a text: what checks, rules, voice, score and mood say of it, without a model and without a trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from bot.errors import Halted
from bot.insight.voice import LEAST
from bot.store import own
from bot.store.own import Own
from bot.store.tables import draft, event
from bot.writing import playground
from memory.base import MemoryItem, MemoryUnreachable
from memory.in_memory import InMemory
from tests.web.served import Browser
from tests.world import RULES, World

Opens = Callable[..., Browser]


@pytest.fixture
def li(desk: World, browser: Opens, monkeypatch: pytest.MonkeyPatch) -> Browser:
    # What takes too long is left out of the answer, and a busy machine takes longer.
    monkeypatch.setitem(playground.look.__kwdefaults__, "patience", 300.0)
    made = InMemory()
    items = tuple(MemoryItem(r.id, r.text, "brand", r.language, r.kind.value, r.file, r.line) for r in RULES.rules)
    made.learn("lumen", RULES.version, items)
    desk.app.use_memory(made)
    return browser("li")


def look(one: Browser, text: str, **given: str) -> str:
    found = one.press("/brand/try", **{"text": text, "account": "sandbox:main", "kind": "post", **given})
    assert found.status_code == 200, found.text
    return unescape(found.text)


def test_findings_stand_where_they_are_and_lead_to_their_rule(li: Browser) -> None:
    page = look(li, "A miracle in every cup\u200b: come by!")
    assert '<mark class="m-block"' in page
    assert ">miracle</mark>" in page
    assert "⟨U+200B⟩" in page
    assert 'href="/brand/rule/no-miracles"' in page
    assert "Nothing: it could go to a person" in look(li, "The autumn oolongs are here, come and taste.")


def test_rules_score_and_mood_are_shown(li: Browser) -> None:
    page = look(li, "Write to us as to a friend: we are happy about every letter.")
    near = page.partition("Rules that are near")[2]
    assert 'href="/brand/rule/warm"' in near
    assert "of 100" in page
    assert page.count("<meter ") >= 5
    assert '<span class="mood positive">' in page


def test_account_kind_and_language_count(desk: World, li: Browser) -> None:
    long = "Tea. " * 120
    assert "m-block" in look(li, long)
    chinese = look(li, "奇迹之茶，今天到店。", account="sandbox:cn")
    assert ">奇迹</mark>" in chinese
    assert 'lang="zh-Hans"' in chinese
    for given, status in (({"account": "sandbox:none"}, 404), ({"kind": "poem"}, 404), ({"account": ""}, 404)):
        fields = {"text": "Tea.", "account": "sandbox:main", "kind": "post", **given}
        assert li.press("/brand/try", **fields).status_code == status


def test_the_voice_shows_the_sentences_that_stand_out(desk: World, li: Browser) -> None:
    assert "are too few to know your voice: 20 more" in look(li, "Tea is here.")
    subjects, now = ("oolong", "green tea", "kettle", "cup", "harvest", "shop"), desk.clock.now()
    texts = [
        Own(f"o{n}", "sandbox:main", "en", f"The {subjects[n % 6]} number {n} waits for you. Sit down, taste it.",
            now - timedelta(days=n + 1), origin="remembered")
        for n in range(LEAST + 4)
    ]  # fmt: skip
    with desk.db.write() as conn:
        own.add(conn, "lumen", texts, batch="b1", who="li", at=now)
    page = look(li, "The kettle waits for you. BUY NOW!!! Unbelievable mega sale, click click click!!! 🔥🔥🔥🔥")
    voice = page.partition("Your voice")[2]
    assert "Distance:" in voice
    assert '<svg class="voice-svg"' in voice
    assert '<mark class="m-note"' in voice
    assert "BUY NOW" in voice.partition('<ol class="rules">')[2]


def test_what_is_pasted_is_never_markup(li: Browser) -> None:
    evil = "<img src=x onerror=alert(1)> \u202eand </textarea><script>alert(2)</script>"
    found = li.press("/brand/try", text=evil, account="sandbox:main", kind="post").text
    assert "<img src=x" not in found
    assert "<script>alert" not in found
    assert found.count("</textarea>") == 1


def test_nothing_is_stored(desk: World, li: Browser) -> None:
    def rows() -> tuple[int, int]:
        with desk.db.read() as conn:
            return tuple(conn.execute(select(func.count()).select_from(t)).scalar_one() for t in (draft, event))  # type: ignore[return-value]

    before = rows()
    look(li, "The autumn oolongs are here.")
    assert rows() == before


def test_what_cannot_be_looked_up_is_said_and_the_rest_is_there(desk: World, li: Browser) -> None:
    class Gone(InMemory):
        def search(self, *args: object, **given: object) -> None:  # type: ignore[override]
            raise MemoryUnreachable(next_step="Start it.")

    desk.app.use_memory(Gone())
    page = look(li, "A miracle in every cup.")
    assert "The place where the brand memory is kept does not answer. Start it." in page
    assert ">miracle</mark>" in page
    assert "of 100" in page


def test_a_text_has_an_end_and_a_beginning(li: Browser) -> None:
    for text, why in (("", "There is no text."), ("  \n ", "There is no text."), ("x" * 20_001, "20001 characters")):
        found = li.press("/brand/try", text=text, account="sandbox:main", kind="post")
        assert found.status_code == 422
        assert why in found.text
    long = "The oolongs are here, all of them. " * 571
    page = look(li, long[:20_000])
    assert "Score:" in page


def test_after_its_time_the_rest_is_left_out_and_named(desk: World, li: Browser) -> None:
    found = playground.look(desk.app, "A miracle in every cup.", "sandbox:main", patience=0)
    assert [n.split(":")[0] for n in found.notes] == ["Mood", "Rules that are near", "Voice"]
    assert any(f.rule_id == "no-miracles" for f in found.findings)
    assert (found.mood, found.near, found.sound) == (None, None, None)


def test_two_are_looked_at_at_once_and_a_third_is_asked_to_wait(
    desk: World, li: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playground, "_WAIT", 0.05)
    turns = playground._TURNS
    assert turns.acquire(timeout=1)
    assert turns.acquire(timeout=1)
    try:
        with pytest.raises(Halted, match="Other texts are being looked at"):
            playground.look(desk.app, "Tea.", "sandbox:main")
    finally:
        turns.release()
        turns.release()


def test_it_needs_a_role(desk: World, browser: Opens) -> None:
    from dataclasses import replace

    from tests.world import PEOPLE, brand

    desk.learn(brand(people=(*PEOPLE, replace(PEOPLE[0], id="rose", name="Rose", roles=frozenset()))))
    rose = browser("rose")
    assert "<textarea" not in rose.get("/brand/try").text
    assert rose.press("/brand/try", text="Tea.", account="sandbox:main", kind="post").status_code == 403
