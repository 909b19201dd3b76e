"""``python -m tests.web.pictures [FOLDER]``: draw the desk's pages by the true server and a headless Chromium.

Without FOLDER the few pictures of docs/img/web are drawn; with it, every page in both languages, themes and widths.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from PIL import Image

from bot.clock import FixedClock
from bot.domain.brand import Account, Rule, RuleBook, RuleKind
from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.domain.draft import Window
from bot.domain.editorial import Plan, Quiet, WeekSlot
from bot.domain.policy import ApprovalPolicy
from bot.workflow import decide
from tests.web.chromium import Tab, tab
from tests.web.month import month
from tests.web.served import Browser, hear, link, served
from tests.world import RULES, World, brand

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "img" / "web"
TEXT = (
    "Friday at four: the first autumn oolongs. 24 of them, from 39 euros. Come and taste: "
    "https://lumen.example.com/autumn/oolongs/first-flush #oolong"
)
CHINESE = "周五下午四点，今秋第一批乌龙茶到店：二十四种，39 欧元起。来尝一杯吧：https://lumen.example.com/oolong"
#: What docs/web.md shows: (name, page, language, dark, width, height).
SHOWN = (
    ("review", "first", "en", False, 1280, 900),
    ("held", "held", "en", False, 1280, 760),
    ("calendar", "/calendar?as=week&on=2026-11-24", "en", False, 1280, 900),
    ("dark", "first", "en", True, 1280, 900),
    ("phone-zh", "first", "zh", False, 390, 844),
    ("inbox", "comment", "en", False, 1280, 900),
    ("mood", "/mood", "en", False, 1280, 1000),
)


def furnish(world: World) -> dict[str, str]:
    """Put what a week brings on the desk; return addresses by name."""
    slots = (WeekSlot((1, 3), "09:00"),)
    plan = Plan(slots=slots, quiet=(Quiet(start="22:00", end="07:00"),), holidays=("DE", "CN"))
    accounts = (*brand().accounts, Account("x", "main", "lumentea", "en", "Europe/Berlin"))
    fact = "This autumn we have 24 oolongs, from 39 euros; the tasting is on Friday at four."
    book = RuleBook((*RULES.rules, Rule("autumn", RuleKind.FACT, fact, file="guidelines/facts.md", line=7)))
    world.learn(brand(plan=plan, accounts=accounts, rulebook=book, link_hosts=("lumen.example.com",)), ApprovalPolicy())
    first = world.draft(TEXT, account="x:main", citations=("warm", "autumn"),
                        brief="announce the autumn oolongs, Friday at four",
                        window=Window("2026-11-27T16:00", "Europe/Berlin"))  # fmt: skip
    world.draft(CHINESE, account="sandbox:cn", language="zh-Hans", citations=("warm",),
                window=Window("2026-11-27T16:00", "Asia/Shanghai"))  # fmt: skip
    thread = world.draft("How we roast, in three steps.", "One: slowly, over charcoal of longan wood.",
                         "Two: rest it a month. Three: taste it again.", citations=("warm",),
                         window=Window("2026-11-24T09:00", "Europe/Berlin"))  # fmt: skip
    held = world.draft(
        "A mir\u0430cle in every cup\u200b: 24 tеas, one miracle. Come by!", citations=("warm", "no-miracles")
    )
    done = world.draft("Good morning. The kettle is on.")
    world.approve(done)
    world.drain()
    early = Window("2026-11-25T08:00", "Europe/Berlin")
    world.approve(world.draft("Closed on Sunday: we are in the tea hills.", window=early))
    no = world.draft("Cheapest tea in town, hurry!!")
    decide.reject(world.desk, world.answer(no, reason="That is not how we speak."))
    _comments(world)
    loud = month(world)
    return {"comment": f"/inbox/{loud}", "first": f"/draft/{first.draft_id}",
            "held": f"/draft/{held.draft_id}?show=open",
            "thread": f"/draft/{thread.draft_id}", "live": f"/draft/{done.draft_id}?show=done",
            "rejected": f"/draft/{no.draft_id}?show=done"}  # fmt: skip


def _comments(world: World) -> None:
    said = (
        ("mia", "My order has been on its way for three weeks and nobody answers. I want my money back!", "negative",
         Intent.COMPLAINT, Priority.URGENT),
        ("tea_fan_88", "Which of them goes with a cheese cake?", "neutral", Intent.QUESTION, Priority.NORMAL),
        ("阿茶", "铁观音什么时候补货？等了好久了。", "neutral", Intent.PURCHASE, Priority.HIGH),
        ("otto", "Best oolong I ever had. Thank you!", "positive", Intent.PRAISE, Priority.LOW),
    )  # fmt: skip
    for n, (who, text, mood, intent, priority) in enumerate(said):
        came = Comment("sandbox:main", f"c{n}", Author(who, who), text, world.clock.now() - timedelta(hours=n + 1))
        read = Triage("en", mood, 0.5, 0.9, "It states or asks something and shows no feeling.", intent=intent,
                      priority=priority, by="local 3")  # fmt: skip
        hear(world, came, read)


def main(arguments: list[str]) -> int:
    """Draw them."""
    with tempfile.TemporaryDirectory() as folder, tab() as shown:
        home = Path(folder)
        with World(f"sqlite:///{home / 'signoff.db'}", home, FixedClock()) as world:
            places = furnish(world)
            with served(world) as url, Browser(world, url) as browser:
                browser.send_form("/enter", token=link(world, "li"))
                shown.cookie(url, "signoff_session", browser.cookies["signoff_session"])
                if arguments:
                    everything(shown, url, places, Path(arguments[0]))
                else:
                    few(shown, url, places)
        problems = [text for text in shown.problems if "404" not in text]
        assert problems == [], problems
    return 0


def few(shown: Tab, url: str, places: dict[str, str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page, language, dark, width, height in SHOWN:
        shown.look(width, height, dark=dark, phone=width < 500)
        shown.cookie(url, "signoff_language", language)
        shown.open(url + places.get(page, page))
        raw = FOLDER / f"{name}.png"
        shown.picture(raw, whole=False)
        with Image.open(raw) as image:
            image.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(raw, optimize=True)
        print(f"{raw.name}  {raw.stat().st_size // 1000} kB")


def everything(shown: Tab, url: str, places: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pages = {**places, "home": "/", "done": "/?show=done", "month": "/calendar", "new": "/new",
             "week": "/calendar?as=week&on=2026-11-24", "list": "/calendar?as=list", "together": "/together",
             "inbox": "/inbox", "mood": "/mood", "results": "/results", "report": "/report?week=2026-W47",
             "accounts": "/accounts", "you": "/you", "lost": "/nowhere"}  # fmt: skip
    for language in ("en", "zh"):
        shown.cookie(url, "signoff_language", language)
        for dark in (False, True):
            for width in (1280, 390):
                shown.look(width, 900, dark=dark, phone=width < 500)
                for name, page in pages.items():
                    shown.open(url + page)
                    wide = shown.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        print(f"{name} {language} {width}: scrolls to {wide}")
                    shown.picture(folder / f"{name}-{language}-{'dark' if dark else 'light'}-{width}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
