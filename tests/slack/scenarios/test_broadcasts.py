"""Three hundred hostile texts, by every way in: none of them pings, mentions, links or becomes an emoji."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import pytest
from PIL import Image

from bot.domain.brand import Account, Rule, RuleBook, RuleKind
from bot.domain.comment import Author, Priority
from bot.domain.draft import Part
from bot.store import chat
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack import speaker
from bot.workflow import propose
from tests.servers.slack import TEAM
from tests.slack import comments_world
from tests.slack.scenarios import broadcasts
from tests.slack.scenarios.desk import Desk
from tests.world import PEOPLE, RULES, brand

pytestmark = pytest.mark.slow


def sent(served: Desk) -> list[str]:
    """Return all that acts in whatever was sent, and in what stands in the channel."""
    found = [hit for call in list(served.gateway.calls) for hit in broadcasts.active(call.method, call.body)]
    mine = {served.gateway.workspace.users["signoff"]}
    for message in served.gateway.workspace.messages(served.channel):
        if message["user"] in mine:
            found += broadcasts.active("stored", {"blocks": message.get("blocks")})
    return found


def hostile(served: Desk) -> list[str]:
    return broadcasts.payloads(served.sam.id)


def by_drafts(served: Desk, texts: list[str]) -> int:
    """As the words of drafts, which cards show in full, and of briefs and authors' notes."""
    made = [served.world.draft(f"Tea {text} tea", brief=f"Brief {text}", note=f"Note {text}") for text in texts]
    for version in made[::7]:
        served.card(version.draft_id, seconds=90)
    served.card(made[-1].draft_id, seconds=90)
    return len(made)


def by_words(served: Desk, texts: list[str]) -> int:
    """As what people type behind a word, as a word, and in conversation; error texts repeat it."""
    for n, text in enumerate(texts):
        flat = text.replace("\n", " ")
        (served.anna, served.stray, served.li)[n % 3].command(
            (flat, f"reply {flat}", f"draft tea to {flat}", f"mood {flat}", f"queue {flat}")[n % 5]
        )
    for text in texts[::10]:
        served.anna.mention(f"what about {text}?")
    served.idle(180)
    return len(texts)


def by_reasons(served: Desk, texts: list[str]) -> int:
    """As reasons of rejections, of stops, and as feedback in a thread that the model repeats."""
    from bot.surfaces.slack.cards.binding import Bound
    from tests.slack.scenarios import attacks

    for n, text in enumerate(texts):
        version = served.world.draft(f"Oolong number {n}.")
        body = attacks.submission(served.li, "reject", f'{{"card": "{Bound.of(version)}"}}', "reject", text)
        served.transport("interactive", body)
    served.sam.command(f"stop {texts[0]}")
    served.sam.command("resume")
    served.idle(180)
    return len(texts)


def by_names(served: Desk, texts: list[str]) -> int:
    """As names of the brand, its people and accounts, texts of rules, and names that the workspace gives."""
    for n, text in enumerate(texts):
        people = tuple(dataclasses.replace(p, name=f"{p.name} {text}") for p in PEOPLE)
        rules = RuleBook((*RULES.rules, Rule(f"r{n}", RuleKind.SHOULD, f"Say {text}.")))
        accounts = (Account("sandbox", "main", f"h{text[:20]}", "en", "Europe/Berlin"),)
        served.world.learn(brand(name=f"Tea {text}", people=people, rulebook=rules, accounts=accounts))
        with served.world.db.write() as conn:
            chat.link(conn, TEAM, served.li.id, "lumen", "li", f"Li {text}")
        version = served.world.draft(f"Words of number {n}.", citations=(f"r{n}",))
        served.anna.command(("policy", "status", "queue", "help")[n % 4])
        if n % 5 == 0:
            served.card(version.draft_id, seconds=90)
            served.sam.open_home()
    served.idle(180)
    return len(texts)


def by_comments(served: Desk, texts: list[str]) -> int:
    """As comments and their authors' names, on cards, in forms and in the inbox."""
    world = served.world
    world.learn(brand(), comments_world.POLICY)
    found = [
        comments_world.said(
            n, f"Tea {text} tea", Author(f"u{n}{text[:40]}", text, f"Name {text}"), at=world.clock.now(), url=""
        )
        for n, text in enumerate(texts)
    ]
    ids = []
    for n in range(0, len(found), 7):
        ids += comments_world.hear(world, *found[n : n + 7])
        comments_world.read(world, priority=Priority.URGENT)
        comments_world.decide(world, f"In our shop. {texts[n]}")
    for one in ids[:3]:
        served.comment(one, seconds=90)
    for one in ids:
        served.li.press_as("open_comment", one)
    served.sam.command("inbox")
    served.idle(180)
    return len(texts)


def by_files(served: Desk, texts: list[str]) -> int:
    """As descriptions of pictures and names of files."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), (120, 160, 90)).save(picture, "PNG")
    media = served.world.app.media
    media.folder.mkdir(parents=True, exist_ok=True)
    for n, text in enumerate(texts):
        medium = media.take(picture.getvalue(), f"Alt {text}", f"{text}.png")
        made = propose.new(
            served.world.desk, propose.Proposal("sandbox:main", (Part(f"Picture {n}.", (medium,)),), "anna")
        )
    served.card(made.draft_id, seconds=150)
    served.idle(180)
    return len(texts)


WAYS = (by_drafts, by_words, by_reasons, by_names, by_comments, by_files)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_that_strangers_write_acts(
    way: Callable[[Desk, list[str]], int], served: Desk, record_property: Callable[[str, object], None]
) -> None:
    tried = way(served, hostile(served))
    hits = sent(served)
    record_property("payloads", tried)
    record_property("broadcasts", len(hits))
    assert "\n".join(sorted(set(hits))) == ""
    assert tried >= 50
    # Something was said, and it was what was to be said.
    assert len(served.gateway.calls) > 20


def test_together_they_are_three_hundred() -> None:
    assert len(broadcasts.payloads("U1")) * len(WAYS) >= 300
    assert len(set(broadcasts.payloads("U1"))) == len(broadcasts.payloads("U1"))


def test_without_escaping_they_are_found_out(served: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two guards stand one behind the other: a text is escaped where it is drawn, and again where it is sent.
    monkeypatch.setattr(kit, "escape", str)
    monkeypatch.setattr(speaker, "said", lambda blocks, text: {"blocks": list(blocks), "text": text})
    version = served.world.draft("Tea <!channel> tea")
    # In the channel: on a Monday the digest names the draft first, to each person.
    there = lambda c: c.body.get("channel") == served.channel and version.draft_id in str(c.body)  # noqa: E731
    asked = lambda g: [c for c in g.calls if there(c)]  # noqa: E731
    served.gateway.until(asked, 60, "the card was to be posted")
    assert sent(served)


@pytest.mark.parametrize(
    "said",
    [
        {"text": "<!channel>"},
        {"text": "ok", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<@U1>", "verbatim": True}}]},
        {"blocks": [{"type": "rich_text", "elements": [{"type": "broadcast", "range": "here"}]}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "url": "https://evil.example"}]}]},
        {"blocks": [{"type": "markdown", "text": "[x](https://evil.example)"}]},
        {"text": "hello", "link_names": True},
    ],
)
def test_the_finder_finds(said: dict[str, object]) -> None:
    assert broadcasts.active("chat.postMessage", {"unfurl_links": False, **said})
    assert not broadcasts.active("chat.postMessage", {"unfurl_links": False, "text": "&lt;!channel&gt;"})
