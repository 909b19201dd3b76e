"""The cards of the goldens: every way a review card can look, in English and Chinese.

``python -m tests.slack.goldens`` writes them anew; their difference is read in review.
"""

from __future__ import annotations

import dataclasses
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import update

from bot import words, writing
from bot.clock import FixedClock
from bot.domain.brand import Account, Rule, RuleKind
from bot.domain.draft import DraftVersion, Part, Window
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, PolicyRule
from bot.domain.post import PostState
from bot.platforms.sandbox import Sandbox
from bot.store import tables
from bot.surfaces.slack.cards import posted
from bot.workflow import decide, propose
from tests.slack.recorder import Recorder
from tests.world import RULES, World, brand

FOLDER = Path(__file__).with_name("goldens")
LATER = Window("2026-12-01T09:00", "Europe/Berlin")
TWO = ApprovalPolicy((PolicyRule("two", Conditions(), Ask(needed=2)),))
MAIN, CN = "sandbox:main", "sandbox:cn"
#: What people and models may write to be more than words.
INJECTION = (
    "<!channel> <!here|x> <@U0LI> <#C0DESK|desk> <https://evil.example|lumen.example> *bold* _it_ `code` :tada: "
    "@channel @here &lt;!channel&gt; <!subteam^S1|all> <!date^1^{date}|x> https://lumen.example/tea\n> quote\n```x```"
)
Make = Callable[[World], tuple[DraftVersion, int | None]]


def _draft(world: World, *texts: str, **given: Any) -> tuple[DraftVersion, int | None]:
    return world.draft(*texts, **given), None


def _draft_with_all(world: World) -> tuple[DraftVersion, int | None]:
    """A model's draft with rules, a claim, a link and a time."""
    return world.draft(
        "The autumn oolongs are here: 24 kinds, from CN¥39. https://lumen.example/oolong", window=LATER,
        brief="Autumn oolongs: 24 kinds, from CN¥39", origin="model", citations=("warm", "price"),
        evidence={"model": "qwen3:4b", "voice": {"percentile": 83}}, note="shorter",
    ), None  # fmt: skip


def _thread(world: World) -> tuple[DraftVersion, int | None]:
    return world.draft(*(f"{n}. " + "Leaves are picked by hand, one by one. " * 6 for n in range(1, 13))), None


def _long(world: World) -> tuple[DraftVersion, int | None]:
    return world.draft("A long tale of tea. " * 2000), None


def _two_step(world: World) -> tuple[DraftVersion, int | None]:
    world.learn(_brand(), TWO)
    version = world.draft("Two people read this.", window=LATER)
    decide.approve(world.desk, world.answer(version, "li"))
    return version, None


def _signed(world: World) -> tuple[DraftVersion, int | None]:
    version = world.draft("It goes out tomorrow.", window=LATER)
    world.approve(version)
    return version, None


def _live(world: World) -> tuple[DraftVersion, int | None]:
    version = world.draft("First.", "Second.")
    world.approve(version)
    for _ in range(2):
        world.drain()
        world.advance(5)
    return version, None


def _part(state: PostState, why: str, *, lost: bool) -> Make:
    def make(world: World) -> tuple[DraftVersion, int | None]:
        version = world.draft("Hello.")
        post = world.approve(version)
        world.drain()
        values: dict[str, Any] = {"state": state.value, "why": why, "remote_id": None, "url": None}
        with world.db.write() as conn:
            conn.execute(update(tables.post_part).where(tables.post_part.c.post_id == post.id).values(**values))
            if lost:
                conn.execute(update(tables.attempt).values(outcome="unknown"))
        return version, None

    return make


def _stale(world: World) -> tuple[DraftVersion, int | None]:
    version = world.draft("First words.")
    writing.edit(world.app, version.draft_id, ["Other words."], "ben")
    return version, 1


def _rejected(world: World) -> tuple[DraftVersion, int | None]:
    version = world.draft("Too loud!")
    decide.reject(world.desk, world.answer(version, "li", reason="Too loud. <!channel>"))
    return version, None


def _media(world: World) -> tuple[DraftVersion, int | None]:
    picture = io.BytesIO()
    Image.new("RGB", (320, 180), (120, 160, 90)).save(picture, "PNG")
    world.app.media.folder.mkdir(parents=True, exist_ok=True)
    medium = world.app.media.take(picture.getvalue(), "A bowl of green tea, <!here> seen from above", "tea.png")
    part = Part("With a picture.", (medium,))
    return propose.new(world.desk, propose.Proposal(MAIN, (part,), "anna")), None


#: By name: what is drawn.
CARDS: dict[str, Make] = {
    "draft": _draft_with_all,
    "now": lambda w: _draft(w, "The autumn oolongs are here."),
    "chinese": lambda w: _draft(w, "秋天的乌龙茶到了：二十四种，三十九元起。", account=CN, window=Window(
        "2026-12-01T09:00", "Asia/Shanghai")),
    "blocked": lambda w: _draft(w, "This miracle tea heals. https://evil.example/x"),
    "thread": _thread,
    "long": _long,
    "two_step": _two_step,
    "signed": _signed,
    "live": _live,
    "refused": _part(PostState.REFUSED, "sandbox:main refused it: too long", lost=False),
    "asked": _part(PostState.ASKED, "it may be live: the answer was lost", lost=True),
    "doubtful": _part(PostState.DOUBTFUL, "attempt 1 has no answer", lost=True),
    "stale": _stale,
    "rejected": _rejected,
    "media": _media,
    "lookalikes": lambda w: _draft(w, "Log in at p\u0430yp\u0430l\u200b now, \u2f00 cup."),
    "injection": lambda w: _draft(w, INJECTION, brief=INJECTION, note=INJECTION),
}  # fmt: skip


def _brand() -> Any:
    price = Rule("price", RuleKind.FACT, "Oolongs start at CN¥39.", file="guidelines/prices.md", line=4)
    accounts = (
        Account("sandbox", "main", "lumen.sandbox", "en", "Europe/Berlin"),
        Account("sandbox", "cn", "lumen-cn.sandbox", "zh-Hans", "Asia/Shanghai"),
    )
    return brand(rulebook=dataclasses.replace(RULES, rules=(*RULES.rules, price)), accounts=accounts)


def draw(name: str, language: str, folder: Path) -> dict[str, Any]:
    """Return a card as it is sent: its blocks and the notification. Everything passes the checker of the recorder."""
    limits = Sandbox.limits
    if name == "long":
        Sandbox.limits = dataclasses.replace(limits, text=50_000)
    try:
        with World(f"sqlite:///{folder / f'{name}.{language}.db'}", folder / name / language, FixedClock()) as world:
            world.learn(_brand())
            with words.speaking("en"):
                version, number = CARDS[name](world)
            slack = Recorder()
            zone = "Asia/Shanghai" if language == "zh" else "Europe/Berlin"
            blocks, text = posted.drawn(
                world.app, slack, version.draft_id, language=language, zone=zone, number=number
            )  # fmt: skip
            slack.post("C0DESK", blocks, text)
            return {"text": text, "blocks": blocks}
    finally:
        Sandbox.limits = limits


def write() -> None:
    """Write the goldens anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for name in CARDS:
            for language in ("en", "zh"):
                card = draw(name, language, Path(temporary))
                said = json.dumps(card, ensure_ascii=False, indent=1) + "\n"
                (FOLDER / f"{name}.{language}.json").write_text(said, encoding="utf-8")


if __name__ == "__main__":
    write()
