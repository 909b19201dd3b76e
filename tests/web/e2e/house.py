"""A brand's house as people find it: a folder that was learned, weeks of posts and comments, and ``signoff serve``."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.domain.draft import DraftState, DraftVersion, Window
from bot.store import drafts, own, proposals
from bot.store.own import Own
from bot.store.proposals import Proposed
from bot.surfaces.web import entry
from bot.workflow import decide
from tests.servers.process import running
from tests.unit.fake_endpoint import endpoint, fill, like_hosted
from tests.web import pictures_brand as shop
from tests.web.month import month
from tests.world import World

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "a long walk to the tea hills"
#: One more person with every role, weekly slots, a rule that lets the Chinese account be signed together, and one by
#: which one signature signs three posts of a series.
BRAND = (
    shop.BRAND.replace("link_hosts:", "  - {id: mo, name: Mo, roles: [author, approver, admin]}\nlink_hosts:")
    + """\
slots:
  - {days: [mon, tue, wed, thu, fri, sat, sun], at: "09:00"}
quiet:
  - {from: "22:00", to: "07:00"}
"""
)
TOGETHER = """\
  - name: china
    when: {account: ["sandbox:cn"]}
    ask: {needed: 1, together: true}
  - name: usual"""
POLICY = shop.POLICY.replace("  - name: usual", TOGETHER).replace("expires_hours: 24", "expires_hours: 24, lasting: 3")
WRITTEN = "Friday at four: we open the first autumn oolongs. Come and taste them with us."
AGAIN = "Friday at four, the autumn oolongs. Come and taste."


def writer(asked: dict[str, Any]) -> dict[str, Any]:
    """Write a post with the tool that is offered; another text where another one is wished for."""
    tools = {t["function"]["name"]: t["function"]["parameters"] for t in asked.get("tools", ())}
    if "draft_post" not in tools or asked["messages"][-1]["role"] == "tool":
        return like_hosted(asked)
    text = AGAIN if "shorter, please" in str(asked["messages"]) else WRITTEN
    import json

    given = json.dumps({**fill(tools["draft_post"]), "parts": [text]})
    call = {"id": "call_1", "type": "function", "function": {"name": "draft_post", "arguments": given}}
    return {"content": None, "tool_calls": [call]}


@dataclass
class House:
    """What scenarios get: the address that is served, and the same database seen from inside."""

    world: World
    url: str
    env: dict[str, str]
    places: dict[str, str] = field(default_factory=dict)

    def link(self, person: str) -> str:
        """Make a one-time link as ``signoff web link`` does."""
        self.world.app.settings.operator = "sam"
        return f"{self.url}/enter?token={entry.link(self.world.app, person)[0]}"

    def draft(self, *texts: str, **given: Any) -> DraftVersion:
        return self.world.draft(*texts, **given)

    def state(self, draft_id: str) -> DraftState:
        return self.newest(draft_id).state

    def newest(self, draft_id: str) -> DraftVersion:
        with self.world.db.read() as conn:
            return drafts.version(conn, draft_id)

    def until(self, true: Any, seconds: float = 60) -> None:
        """Wait until something holds in the database."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.1)


def wall(world: World, days: int, hour: str) -> Window:
    """Return a time of the shop's clock, so many days from now."""
    from zoneinfo import ZoneInfo

    day = world.clock.now().astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=days)
    return Window(f"{day.date().isoformat()}T{hour}", "Europe/Berlin")


#: Puts things on a desk and returns addresses by name.
Fill = Callable[[World], dict[str, str]]


def nothing(world: World) -> dict[str, str]:
    """Leave a desk as it is on its first day."""
    return {}


def learn(world: World, folder: Path) -> None:
    (folder / "guidelines").mkdir(parents=True)
    for name, text in (("guidelines/voice.md", shop.VOICE.replace("twenty-four", "twenty")), ("brand.yaml", BRAND),
                       ("rules.yaml", shop.HARD), ("policy.yaml", POLICY)):  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    world.app.learn(folder)
    (folder / "guidelines/voice.md").write_text(shop.VOICE, encoding="utf-8")
    world.app.learn(folder)
    entry.set_password(world.app, world.app.brand().people[1], PASSWORD, "sam")


def propose_changes(world: World) -> None:
    """Propose a rule and a saved answer, as the worker does after the same change was made three times."""
    now, sorry = world.clock.now(), "We are sorry that it came late."
    made = (("rule", "delivery", "We regret the delay.", sorry), ("saved_answer", "opening hours", "", "Ten to seven."),
            ("rule", "prices", "It is cheap.", "It is worth its price."))  # fmt: skip
    with world.db.write() as conn:
        for kind, topic, before, after in made:
            one = Proposed(world.clock.new_id("g"), kind, topic, "en", before, after, ("d_00000001",), now)
            assert proposals.add(conn, "lumen", one)


def furnish(world: World, comments: int = 160) -> dict[str, str]:
    """Put weeks of posts and comments on the desk; return addresses by name."""
    loud = month(world, comments)
    first = world.draft(
        "Friday at four: the first autumn oolongs, twenty-four of them, from three farms in Nantou. Come and taste: "
        "https://lumen.example/autumn/oolongs/first-flush #oolong",
        brief="announce the autumn oolongs", citations=("warm", "oolongs"), window=wall(world, 3, "16:00"),
    )  # fmt: skip
    for n in range(3):
        world.draft(f"周五下午四点，今秋第{'一二三'[n]}批乌龙茶到店。来尝一杯吧。", account="sandbox:cn",
                    language="zh-Hans")  # fmt: skip
    steps = ("How we roast, in three steps.", "One: slowly, over charcoal of longan wood.",
             "Two: rest it a month. Three: taste it again.")  # fmt: skip
    world.draft(*steps, citations=("warm",), window=wall(world, 2, "09:00"))
    held = world.draft("A mir\u0430cle in every cup\u200b: 24 tеas, one miracle. Come by!", citations=("warm",))
    live = world.draft("Good morning. The kettle is on, and the door is open until seven.", citations=("hours",))
    world.approve(live)
    world.drain()
    propose_changes(world)
    rejected = world.draft("Cheapest tea in town, hurry!!")
    decide.reject(world.desk, world.answer(rejected, reason="That is not how we speak."))
    with world.db.write() as conn:
        own.add(conn, "lumen", [
            Own(f"o{n}", "sandbox:main", "en", f"The {what} is here, number {n}. Come by and taste it with us.",
                world.clock.now() - timedelta(days=n + 1), origin="remembered")
            for n, what in enumerate(["oolong", "green tea", "kettle", "new cup", "harvest", "white tea"] * 4)
        ], batch="b1", who="li", at=world.clock.now())  # fmt: skip
    return {"comment": f"/inbox/{loud}", "first": f"/draft/{first.draft_id}",
            "held": f"/draft/{held.draft_id}?show=open", "live": f"/draft/{live.draft_id}?show=done",
            "rejected": f"/draft/{rejected.draft_id}?show=done",
            "move": f"/calendar/move?draft={first.draft_id}&clock=account&back=/calendar"}  # fmt: skip


@contextmanager
def house(folder: Path, database: str = "", fill: Fill = furnish) -> Iterator[House]:
    """Furnish a house in ``folder``, serve it with the true program, and yield it."""
    home = folder / "home"
    home.mkdir(parents=True)
    database = database or f"sqlite:///{home / 'signoff.db'}"
    with endpoint(writer) as model, World(database, home, SystemClock()) as world:
        learn(world, folder / "shop")
        places = fill(world)
        env = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANGUAGE": "en",
            "SIGNOFF_HOME": str(home), "SIGNOFF_DATABASE_URL": database, "SIGNOFF_OPERATOR": "sam",
            "SIGNOFF_WEB": "127.0.0.1:0", "SIGNOFF_LLM_BASE_URL": model.url, "SIGNOFF_LLM_MODEL": "fake",
            "SIGNOFF_LLM_DISCOVER": "false", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        log = folder / "serve.log"
        with running([sys.executable, "-m", "bot", "serve"], log, env=env) as process:
            end = time.monotonic() + 60
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.05)
            made = House(world, found[0], env, places)
            yield made
        said = log.read_text()
        assert "Traceback" not in said, said[-4000:]
