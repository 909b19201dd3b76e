"""What stands around a text: link cards out of the brand's pages, labels, warnings, quotes; kept, checked and shown."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot import words, writing
from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, call
from bot.brand_folder.pages import PageUnreachable
from bot.checks.risk import risks
from bot.clock import SystemClock
from bot.domain.brand import Account
from bot.domain.draft import Card, DraftVersion, Part
from bot.domain.editorial import Plan, Tagging
from bot.domain.policy import Risk
from bot.errors import BadInput, NotFound
from bot.surfaces.cli import main
from bot.workflow import card, schedule
from bot.workflow.around import Around, holds
from bot.writing.dressing import Dress
from memory.in_memory import InMemory
from tests.unit.test_pages import Site
from tests.unit.test_pages import site as site  # a fixture
from tests.world import World, brand

HOSTS = ("lumen.example", "127.0.0.1")
ACCOUNTS = (
    *brand().accounts,
    Account("bluesky", "main", "lumen.test", "en", "Europe/Berlin"),
)
PAGE = """<html><head><meta charset="utf-8"><title>Plain title</title>
<meta property="og:title" content="Autumn  oolong &amp; 秋茶"><meta name="description" content="Plain words.">
<meta property="og:description" content="Roasted twice."><meta property="og:image" content="/tea.png"></head></html>"""


def png(width: int = 40, height: int = 20) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def tea(world: World, site: Site) -> World:
    world.learn(brand(link_hosts=HOSTS, accounts=ACCOUNTS))
    site.says("/tea", PAGE.encode())
    site.says("/tea.png", png(), "image/png")
    return world


def said(world: World, version: DraftVersion) -> str:
    with world.db.read() as conn:
        return card.text(card.card(world.desk, conn, version.draft_id, version.version))


def dress(world: World, version: DraftVersion, texts: tuple[str, ...] = (), **wanted: Any) -> DraftVersion:
    given = texts or tuple(part.text for part in version.content.parts)
    return writing.edit(world.app, version.draft_id, given, "anna", dress=Dress(**wanted))


def test_a_card_is_made_of_the_page_shown_and_signed(tea: World, site: Site) -> None:
    first = tea.draft(f"The oolongs are here: {site.url('/tea')}.", account="bluesky:main")
    assert any("--card" in finding.message for finding in first.findings)
    made = dress(tea, first, card=site.url("/tea"))
    (part,) = made.content.parts
    assert part.card is not None
    assert (part.card.url, part.card.title) == (site.url("/tea"), "Autumn oolong & 秋茶")
    assert part.card.description == "Roasted twice."
    assert part.card.picture is not None
    assert Image.open(io.BytesIO(tea.app.media.read(part.card.picture))).size == (40, 20)
    assert made.hash != first.hash
    assert not made.blocked
    shown = said(tea, made)
    assert "Autumn oolong & 秋茶" in shown
    assert part.card.picture.sha256[:8] in shown
    assert [path for path, _ in site.asked] == ["/tea", "/tea.png"]
    assert dress(tea, made, card="none").content.parts[0].card is None


def test_a_card_carries_the_tags_of_its_link(tea: World, site: Site) -> None:
    utm = Tagging(("127.0.0.1",), "{platform}", "social", "{campaign}", "{variant}")
    tea.learn(brand(link_hosts=HOSTS, accounts=ACCOUNTS, plan=Plan(tagging=utm)))
    made = dress(tea, tea.draft(f"Here: {site.url('/tea')}", account="bluesky:main"), card=site.url("/tea"))
    (part,) = made.content.parts
    assert part.card is not None
    assert part.card.url in part.text
    assert "utm_source=bluesky" in part.card.url


@pytest.mark.parametrize(
    "why", ["not listed", "not in the text", "no title", "no page", "no card there", "picture alone"]
)
def test_what_can_be_no_card_is_said_and_the_draft_stays(tea: World, site: Site, why: str) -> None:
    site.says("/bare", b"<html><body>Nothing</body></html>")
    site.says("/file", b"%PDF-1.4", "application/pdf")
    account = "sandbox:main" if why == "no card there" else "bluesky:main"
    text = f"See {site.url('/tea')} {site.url('/bare')} {site.url('/file')} {site.url('/tea', 'localhost')}"
    first = tea.draft(text, account=account)
    wanted: dict[str, Any] = {
        "not listed": {"card": site.url("/tea", "localhost")},
        "not in the text": {"card": site.url("/other")},
        "no title": {"card": site.url("/bare")},
        "no page": {"card": site.url("/file")},
        "no card there": {"card": site.url("/tea")},
        "picture alone": {"card_picture": Path("x.png")},
    }[why]
    with pytest.raises((BadInput, PageUnreachable)) as caught:
        dress(tea, first, **wanted)
    assert caught.value.next_step
    if why in ("not listed", "not in the text", "no card there", "picture alone"):
        assert site.asked == []
    with tea.db.read() as conn:
        assert card.card(tea.desk, conn, first.draft_id, None).version.version == 1


@pytest.mark.parametrize("picture", ["elsewhere", "gone", "no picture"])
def test_a_picture_that_cannot_be_had_is_left_out_and_told(tea: World, site: Site, picture: str) -> None:
    elsewhere = site.url("/other.png", "localhost")
    site.says("/other.png", png(), "image/png")
    where = {"elsewhere": elsewhere, "gone": "/gone.png", "no picture": "/tea.png"}[picture]
    site.says("/tea", PAGE.replace("/tea.png", where).encode())
    site.says("/tea.png", b"<html>", "text/html")
    made = dress(tea, tea.draft(f"Here: {site.url('/tea')}", account="bluesky:main"), card=site.url("/tea"))
    (part,) = made.content.parts
    assert part.card is not None
    assert part.card.picture is None
    assert any("link card has no picture" in finding.message for finding in made.findings)


def test_a_picture_of_ones_own_stands_in_for_the_pages(tea: World, site: Site, tmp_path: Path) -> None:
    own = tmp_path / "own.png"
    own.write_bytes(png(30, 30))
    first = tea.draft(f"Here: {site.url('/tea')}", account="bluesky:main")
    made = dress(tea, first, card=site.url("/tea"), card_picture=own)
    shown = made.content.parts[0].card
    assert shown is not None
    assert shown.picture is not None
    assert shown.picture.width == 30
    assert [path for path, _ in site.asked] == ["/tea"]


def carded(world: World, text: str, shown: Card, **given: Any) -> DraftVersion:
    return world.draft(text, account="bluesky:main", around=Around(cards=(shown,)), **given)


def test_what_a_card_says_is_checked_like_the_text(tea: World) -> None:
    url = "https://lumen.example/a"
    fine = carded(tea, f"See {url}", Card(url, "Tea", "Good."))
    assert not fine.blocked
    banned = carded(tea, f"See {url}", Card(url, "A miracle of tea", "Good."))
    assert [f.check for f in banned.findings if "link card" in f.message] == ["banned_words"]
    assert banned.blocked
    linked = carded(tea, f"See {url}", Card(url, "Tea", "More at https://elsewhere.example"))
    assert any(f.check == "links" and "link card" in f.message for f in linked.findings)
    foreign = "https://elsewhere.example/a"
    parts = (Part("Tea", card=Card(foreign, "Tea", "")),)
    with tea.db.read() as conn:
        found = tea.desk.findings(conn, replace(fine.content, parts=parts), brand(link_hosts=HOSTS, accounts=ACCOUNTS))
    assert [f.severity.value for f in found if f.check == "links"] == ["block"]
    content = replace(fine.content, parts=(Part("Tea", card=Card(url, "We apologise", "")),))
    assert Risk.CRISIS in risks(content)


def test_a_card_follows_its_link_and_goes_with_it(tea: World) -> None:
    url, shown = "https://lumen.example/a", Card("https://lumen.example/a", "Tea")
    first = tea.draft("One", f"Two {url}", account="bluesky:main", around=Around(cards=(shown,)))
    assert [part.card for part in first.content.parts] == [None, shown]
    moved = writing.edit(tea.app, first.draft_id, [f"One {url}.", "Two"], "anna")
    assert [part.card for part in moved.content.parts] == [shown, None]
    gone = writing.edit(tea.app, first.draft_id, ["One", "Two"], "anna")
    assert [part.card for part in gone.content.parts] == [None, None]
    assert any("left out" in finding.message for finding in gone.findings)


@pytest.mark.parametrize(
    ("text", "holds_it"),
    [("at https://a.example/x.", True), ("at https://a.example/xy", False), ("(https://a.example/x)", True),
     ("看https://a.example/x。", True), ("none", False)],
)  # fmt: skip
def test_a_link_is_found_whole(text: str, holds_it: bool) -> None:
    assert holds(text, "https://a.example/x") is holds_it


def test_what_stands_around_a_text_stays_with_every_new_version(tea: World) -> None:
    around = Around("Spoilers", (), "sandbox://lumen/1")
    first = tea.draft("New tea", around=around, visibility="followers")
    for later in (
        schedule.reschedule(tea.desk, first.draft_id, "2027-01-05T09:00", "anna"),
        writing.edit(tea.app, first.draft_id, ["Newer tea"], "anna"),
    ):
        content = later.content
        assert (content.warning, content.quote, content.visibility) == ("Spoilers", "sandbox://lumen/1", "followers")
    assert "Spoilers" in said(tea, later)
    bare = dress(tea, later, warning="none", quote="none", visibility="public").content
    assert (bare.warning, bare.quote, bare.visibility) == ("", "", "public")


def test_a_warning_is_checked(tea: World) -> None:
    made = dress(tea, tea.draft("Tea"), warning="A miracle of tea")
    assert made.blocked
    assert any("content warning" in finding.message for finding in made.findings)


@pytest.mark.parametrize(
    "wanted", [{"labels": ("spoiler",)}, {"warning": "x"}, {"visibility": "followers"}],
)  # fmt: skip
def test_what_a_platform_lacks_is_said_with_what_it_has(tea: World, wanted: dict[str, Any]) -> None:
    first = tea.draft("Tea", account="bluesky:main")
    with pytest.raises(BadInput) as caught:
        dress(tea, first, **wanted)
    assert "Bluesky" in caught.value.message
    assert "signoff platforms" in caught.value.next_step


def test_labels_are_set_and_taken_off(tea: World) -> None:
    made = dress(tea, tea.draft("Tea", account="bluesky:main"), labels=("nudity", "nudity"))
    assert made.content.labels == ("nudity",)
    assert "nudity" in said(tea, made)
    assert dress(tea, made, labels=("none",)).content.labels == ()


def test_a_quote_is_a_live_draft_or_an_address(tea: World) -> None:
    live = tea.draft("First of all")
    post = tea.approve(live)
    second = tea.draft("And then")
    with pytest.raises(NotFound, match="is not live"):
        dress(tea, second, quote=live.draft_id)
    tea.drain()
    receipt = tea.post(post.id).parts[0].receipt
    assert receipt is not None
    for given in (live.draft_id, receipt.url):
        assert dress(tea, second, quote=given).content.quote == receipt.remote_id
    with pytest.raises((BadInput, NotFound)):
        dress(tea, second, quote="https://nowhere.example/1")


# --- by the model -------------------------------------------------------------------------------------------------


@pytest.fixture
def model(tea: World) -> Callable[..., None]:
    def speak(*texts: str) -> None:
        # A text that a check does not like comes back to its writer, who then says it again.
        script = [
            call("draft_post", account="bluesky:main", citations=[], parts=[text]) for text in texts for _ in range(3)
        ]
        abilities = Abilities(True, True, ("en", "zh"))
        scripted = ScriptedChatModel(script=script)
        tea.app.use_model(ConnectedModel("scripted", "", "native", abilities, lambda: scripted))

    tea.app.__dict__["memory"] = InMemory()
    return speak


def test_a_draft_of_the_models_gets_what_was_wanted_in_its_first_version(
    tea: World, site: Site, model: Callable[..., None]
) -> None:
    url = site.url("/tea")
    wanted = Dress(card=url, labels=("nudity",))
    model(f"The oolong is back: {url}")
    (made,) = writing.draft(tea.app, f"The oolong is back, {url}", ["bluesky:main"], "anna", dress=wanted).drafts
    assert (made.version, made.content.labels) == (1, ("nudity",))
    assert made.content.parts[0].card is not None
    model(f"Back again, the oolong: {url}")
    (again,) = writing.another(tea.app, made.draft_id, "shorter", "anna").drafts
    assert again.content.labels == ("nudity",)
    assert again.content.parts[0].card == made.content.parts[0].card
    model("Back, without a word on where.")
    (bare,) = writing.another(tea.app, made.draft_id, "shorter", "anna").drafts
    assert bare.content.parts[0].card is None
    assert any("left out" in finding.message for finding in bare.findings)


def test_what_cannot_be_is_said_before_the_model_is_asked(tea: World, site: Site, model: Callable[..., None]) -> None:
    model()
    with pytest.raises(BadInput, match="no content warnings"):
        writing.draft(tea.app, "Tea", ["sandbox:main", "bluesky:main"], "anna", dress=Dress(warning="Spoilers"))
    assert site.asked == []


# --- on the command line ------------------------------------------------------------------------------------------


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


def test_edit_sets_what_stands_around_and_leaves_the_text(
    tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str], english: None
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    site.says("/tea", PAGE.encode())
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        world.learn(brand(link_hosts=HOSTS, accounts=ACCOUNTS))
        first = world.draft(f"Here: {site.url('/tea')}", account="bluesky:main")

        def run(*argv: str) -> tuple[int, str, str]:
            code = main(["--home", str(home), "--as", "anna", *argv])
            told = capsys.readouterr()
            return code, told.out, told.err

        code, out, err = run("edit", first.draft_id, "--card", site.url("/tea"), "--label", "nudity", "--json")
        assert code == 0, err
        content = json.loads(out)["content"]
        assert content["parts"][0]["text"] == first.content.parts[0].text
        assert content["parts"][0]["card"]["title"] == "Autumn oolong & 秋茶"
        assert content["labels"] == ["nudity"]
        assert "link card has no picture" in out
        code, out, err = run("edit", first.draft_id, "--warning", "Spoilers")
        assert (code, "Bluesky has no content warnings" in err) == (2, True)
