"""``python -m tests.web.pictures_brand [FOLDER]``: draw the brand's pages by the true server and a headless Chromium.

Without FOLDER the pictures of docs/img/web are drawn; with it, every page in both languages, themes and widths.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from PIL import Image

from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.store import chat, own
from bot.store.own import Own
from memory.in_memory import InMemory
from tests.web.chromium import Tab, tab
from tests.web.pictures import FOLDER
from tests.web.served import Browser, hear, link, served
from tests.world import World

BRAND = """\
id: lumen
name: Lumen Tea
languages: [en, zh]
zone: Europe/Berlin
accounts:
  - {key: "sandbox:main", handle: lumen.sandbox}
  - {key: "sandbox:cn", handle: lumen-cn.sandbox, language: zh-Hans, zone: Asia/Shanghai}
people:
  - {id: anna, name: Anna, roles: [author]}
  - {id: li, name: Li, roles: [approver], sign_in: [li@lumen.example]}
  - {id: ben, name: Ben, roles: [author, approver]}
  - {id: sam, name: Sam, roles: [admin], sign_in: [sam@lumen.example, "sub:U0123ABCD"]}
link_hosts: [lumen.example]
"""
VOICE = """\
# Voice

- Write as to a friend: warm, short, in the first person plural. {#warm}
- Always name the farm that a tea comes from. {#farm}

# Facts

- The shop at the Landwehr canal is open from Tuesday to Sunday, ten to seven. {#hours}
- Our autumn oolongs come from three farms in Nantou; twenty-four of them this year. {#oolongs}
"""
HARD = """\
rules:
  - id: no-miracles
    kind: never
    text: Never promise what a tea does to the body.
    words: [miracle, detox, cures, 奇迹]
"""
POLICY = """\
rules:
  - name: prices
    when: {risk: [price]}
    ask: {needed: 2}
  - name: usual
    ask: {needed: 1, expires_hours: 24}
replies:
  rules:
    - name: thanks
      when: {intent: [praise]}
      do: leave
"""
NEWER = """\
rules:
  - name: prices
    when: {risk: [price]}
    ask: {needed: 2}
  - name: threads
    when: {kind: [thread]}
    ask: {needed: 2, signers: [li, ben, sam]}
  - name: usual
    ask: {needed: 1, expires_hours: 48}
replies:
  rules:
    - name: thanks
      when: {intent: [praise]}
      do: one_click
    - name: questions
      when: {intent: [question, purchase]}
      do: propose
    - name: trouble
      when: {intent: [complaint], sentiment: [negative]}
      do: escalate
"""
TEXT = (
    "The first oolongs of autumn are a miracle in a cup. Come and taste them on Friday at four! "
    "BUY NOW before it is too late!!! https://lumen.example/oolong"
)
#: (name, page, language, dark, width, height)
SHOWN = (
    ("rules", "/brand", "en", False, 1280, 860),
    ("try", "try", "en", False, 1280, 1000),
    ("policy", "policy", "en", False, 1280, 1100),
    ("people-dark-zh", "/brand/people", "zh", True, 1280, 760),
)


def furnish(world: World, folder: Path) -> None:
    """Give the world a real folder with two versions, drafts that cite its rules, comments, and own texts."""
    (folder / "guidelines").mkdir(parents=True)
    for name, text in (("guidelines/voice.md", VOICE.replace("twenty-four", "twenty")), ("brand.yaml", BRAND),
                       ("rules.yaml", HARD), ("policy.yaml", POLICY)):  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    world.app.use_memory(InMemory())
    world.app.learn(folder)
    world.advance(86_400)
    (folder / "guidelines/voice.md").write_text(VOICE, encoding="utf-8")
    world.app.learn(folder)
    world.draft("Friday at four: the first autumn oolongs, from three farms in Nantou.", citations=("warm", "oolongs"))
    world.draft("How we roast, in two steps.", "Slowly, over charcoal.", citations=("warm",))
    said = world.draft("Good morning. The kettle is on, and the door is open until seven.", citations=("hours",))
    world.approve(said)
    world.drain()
    with world.db.write() as conn:
        chat.link(conn, "T0123", "U77AB", "lumen", "anna")
        own.add(conn, "lumen", [
            Own(f"o{n}", "sandbox:main", "en", f"The {what} is here, number {n}. Come by and taste it with us.",
                world.clock.now() - timedelta(days=n + 1), origin="remembered")
            for n, what in enumerate(["oolong", "green tea", "kettle", "new cup", "harvest", "white tea"] * 4)
        ], batch="b1", who="li", at=world.clock.now())  # fmt: skip
    kinds = (
        ("Best oolong I ever had. Thank you!", "positive", Intent.PRAISE, Priority.LOW),
        ("Which of them goes with a cheese cake?", "neutral", Intent.QUESTION, Priority.NORMAL),
        ("Three weeks, and nobody answers!", "negative", Intent.COMPLAINT, Priority.HIGH),
        ("Is the shop open today?", "neutral", Intent.OTHER, Priority.LOW),
    )
    for n in range(60):
        text, mood, intent, priority = kinds[(n * 7 + n // 5) % 4]
        at = world.clock.now() - timedelta(hours=11 * n)
        came = Comment("sandbox:main", f"c{n}", Author(f"a{n}", f"guest{n}"), f"{text} ({n})", at)
        hear(world, came, Triage("en", mood, 0.5, 0.9, "", intent=intent, priority=priority, by="local 3"))


def fill(shown: Tab, text: str) -> None:
    """Type a text into the page's form and send it, as a person does."""
    shown.evaluate(f"document.querySelector('#text').value = {text!r}")
    shown.evaluate("document.querySelector('#text').closest('form').querySelector('button.main').click()")


def show(shown: Tab, url: str, page: str) -> None:
    """Open a page; ``try`` and ``policy`` with their form sent."""
    if page == "try":
        shown.open(f"{url}/brand/try")
        fill(shown, TEXT)
        shown.wait("!!document.querySelector('.score')", 60)
    elif page == "policy":
        shown.open(f"{url}/brand/policy")
        fill(shown, NEWER)
        shown.wait("!!document.querySelector('.columns-svg')", 60)
    elif page == "wrong":
        shown.open(f"{url}/brand/policy")
        fill(shown, NEWER.replace("[thread]", "[tread]").replace("do: propose", "do: proposed"))
        shown.wait("!!document.querySelector('.faults')", 60)
    else:
        shown.open(url + page)


def main(arguments: list[str]) -> int:
    """Draw them."""
    with tempfile.TemporaryDirectory() as folder, tab() as shown:
        home = Path(folder)
        with World(f"sqlite:///{home / 'signoff.db'}", home, FixedClock()) as world:
            furnish(world, home / "shop")
            with served(world) as url, Browser(world, url) as browser:
                browser.send_form("/enter", token=link(world, "sam"))
                shown.cookie(url, "signoff_session", browser.cookies["signoff_session"])
                if arguments:
                    everything(shown, url, Path(arguments[0]))
                else:
                    few(shown, url)
        problems = [text for text in shown.problems if "404" not in text and "422" not in text]
        assert problems == [], problems
    return 0


def few(shown: Tab, url: str) -> None:
    for name, page, language, dark, width, height in SHOWN:
        shown.look(width, height, dark=dark, phone=width < 500)
        shown.cookie(url, "signoff_language", language)
        show(shown, url, page)
        if page == "policy":
            shown.evaluate("document.querySelector('#waiting').scrollIntoView()")
        raw = FOLDER / f"{name}.png"
        shown.picture(raw, whole=False)
        with Image.open(raw) as image:
            image.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(raw, optimize=True)
        print(f"{raw.name}  {raw.stat().st_size // 1000} kB")


def everything(shown: Tab, url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"rules": "/brand", "none": "/brand?words=zebra", "rule": "/brand/rule/warm", "versions": "/brand/versions",
             "try": "try", "policy": "policy", "wrong": "wrong", "file": "/brand/policy?file=brand.yaml",
             "people": "/brand/people", "accounts": "/accounts"}  # fmt: skip
    for language in ("en", "zh"):
        shown.cookie(url, "signoff_language", language)
        for dark in (False, True):
            for width in (1280, 360):
                shown.look(width, 900, dark=dark, phone=width < 500)
                for name, page in pages.items():
                    show(shown, url, page)
                    wide = shown.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        print(f"{name} {language} {width}: scrolls to {wide}")
                    shown.picture(folder / f"{name}-{language}-{'dark' if dark else 'light'}-{width}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
