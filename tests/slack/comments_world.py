"""Comments for the tests of their cards: heard, read and decided on as the worker does; and their goldens.

``python -m tests.slack.comments_world`` writes the goldens anew; their difference is read in review.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import words
from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, CommentState, Entry, Intent, Priority, Triage
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.domain.replies import RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.store import authors, comments
from bot.surfaces.slack.cards import heard
from bot.workflow import handoff, hide, inbox, listen, reply
from tests.slack.goldens import INJECTION
from tests.slack.recorder import Recorder
from tests.world import World, brand

FOLDER = Path(__file__).with_name("goldens_comments")
RULES = ReplyPolicy(
    rules=(
        ReplyRule("crises", ReplyAction.ESCALATE, RemarkConditions(intent=("complaint",))),
        ReplyRule("questions", ReplyAction.PROPOSE),
    )
)
POLICY = ApprovalPolicy(replies=RULES)
TWO = ApprovalPolicy((PolicyRule("two", outcome=Ask(needed=2)),), replies=RULES)
ANSWER = "Yes, in our shop at Linden Lane 4. https://lumen.example/shop"


def said(n: int, text: str, author: Author | None = None, **more: Any) -> Comment:
    fields: dict[str, Any] = {
        "account": "sandbox:main", "remote_id": f"r{n}", "author": author or Author("u1", "nora", "Nora B."),
        "text": text, "at": FixedClock().at + timedelta(minutes=n), "url": f"https://lumen.example/c/{n}",
    }  # fmt: skip
    return Comment(**{**fields, **more})


def hear(world: World, *found: Comment) -> list[str]:
    """Let comments come in; return their ids."""
    with world.db.write() as conn, words.speaking("en"):
        return list(listen.hear(world.desk, conn, "lumen", found).new)


def read(world: World, intent: Intent = Intent.QUESTION, mood: str = "neutral", **given: Any) -> None:
    """Read all that is new, each the same way."""
    with world.db.write() as conn:
        now = world.clock.now()
        taken = comments.claim(conn, "w", now, now + timedelta(seconds=9), 500, state=CommentState.NEW)
        fields: dict[str, Any] = {
            "language": "en", "sentiment": mood, "score": 0.0, "confidence": 0.82,
            "reason": f"Its words sound {mood}.", "intent": intent, "intent_confidence": 0.9,
            "priority": Priority.NORMAL, "urgency": ("The writer asks something.",), "by": "local 3",
        }  # fmt: skip
        made = Triage(**{**fields, **given})
        comments.keep_triage(conn, [(one, made) for one in taken], "w", now, "triage")


def decide(world: World, text: str = ANSWER, citations: tuple[str, ...] = ("warm",)) -> None:
    """Let the rules decide; what is answered is answered with this text."""
    with words.speaking("en"):
        reply.reply(world.desk, lambda *_: reply.Written("reply", text, citations, "", {"model": "qwen3:4b"}))


def proposed(world: World, text: str = "Where is it sold?", answer: str = ANSWER, **more: Any) -> str:
    """Bring a comment with a suggested answer onto the desk; return its id."""
    (one,) = hear(world, said(1, text, **more))
    read(world)
    decide(world, answer)
    return one


def escalated(world: World, text: str = "The third parcel came broken again!", **more: Any) -> str:
    """Bring a comment onto the desk that a rule puts to people; return its id."""
    (one,) = hear(world, said(1, text, **more))
    read(world, Intent.COMPLAINT, "negative", emotion="anger", priority=Priority.HIGH,
         urgency=("It happened before, or has not been answered.",))  # fmt: skip
    decide(world)
    return one


def entry(world: World, comment_id: str) -> Entry:
    with world.db.read() as conn:
        return comments.get(conn, comment_id)


def person(name: str) -> Any:
    return brand().person(name)


def removed(world: World, one: str) -> None:
    """Let the author of a comment remove it, as a look at the platform finds out."""
    with world.db.write() as conn:
        now = world.clock.now()
        comments.change(conn, one, now, "platform", "its author removed it", deleted=now)


# --- goldens ----------------------------------------------------------------------------------------------------


def _thread(world: World) -> str:
    hear(
        world,
        said(1, "Lovely tea.", Author("u2", "ada")),
        *(said(n, f"Me too, number {n}.", Author(f"u{n}", f"fan{n}"), parent_id="r1") for n in range(2, 8)),
    )
    read(world, Intent.PRAISE, "positive")
    (one,) = hear(world, said(9, "Where is it sold?", parent_id="r1"))
    read(world)
    decide(world)
    return one


def _removed(world: World) -> str:
    one = proposed(world)
    removed(world, one)
    return one


def _taken(world: World) -> str:
    one = proposed(world)
    inbox.take_over(world.desk, one, person("ben"))
    return one


def _alone(world: World) -> str:
    one = proposed(world)
    with world.db.write() as conn:
        authors.opt_out(conn, "lumen", "sandbox", "u1", "they asked to be left alone", world.clock.now())
    return one


def _answered(world: World) -> str:
    one = proposed(world)
    with world.db.read() as conn:
        from bot.store import drafts

        version = drafts.version(conn, entry(world, one).draft)
    world.approve(version)
    world.app.platform("sandbox:main")
    return one


def _handed(world: World) -> str:
    one = proposed(world)
    handoff.hand_over(world.desk, one, "ben", "Ask the shop first. <!here>", person("li"), brand())
    return one


def _ignored(world: World) -> str:
    one = proposed(world)
    handoff.settle(world.desk, one, CommentState.IGNORED, person("li"))
    return one


def _hidden(world: World) -> str:
    one = proposed(world)
    hide.ask(world.desk, one, person("li"))
    return one


def _two(world: World) -> str:
    world.learn(brand(), TWO)
    return proposed(world)


#: By name: the comment that is drawn.
CARDS: dict[str, Callable[[World], str]] = {
    "proposed": proposed,
    "escalated": escalated,
    "thread": _thread,
    "chinese": lambda w: proposed(w, "请问在哪里可以买到？", language="zh"),
    "two_step": _two,
    "blocked": lambda w: proposed(w, answer="This miracle tea heals."),
    "removed": _removed,
    "taken": _taken,
    "alone": _alone,
    "approved": _answered,
    "handed": _handed,
    "ignored": _ignored,
    "hidden_there": _hidden,
    "long": lambda w: proposed(w, "A long complaint about tea. " * 400),
    "lookalikes": lambda w: proposed(w, "Log in at p\u0430yp\u0430l\u200b now", author=Author(
        "u9", "lumen.s\u0430ndb\u043ex", "Lumen \u202eaeT")),
    "injection": lambda w: proposed(w, INJECTION, answer=f"No. {INJECTION[:160]}", author=Author(
        "<!channel>", "<@U0LI>", INJECTION[:80])),
}  # fmt: skip


def draw(name: str, language: str, folder: Path) -> dict[str, Any]:
    """Return a comment's card as it is sent. Everything passes the checker of the recorder."""
    with World(f"sqlite:///{folder / f'{name}.{language}.db'}", folder / name / language, FixedClock()) as world:
        world.learn(brand(), POLICY)
        with words.speaking("en"):
            one = CARDS[name](world)
        slack = Recorder()
        zone = "Asia/Shanghai" if language == "zh" else "Europe/Berlin"
        blocks, text = heard.drawn(world.app, slack, one, language=language, zone=zone)
        slack.post("C0DESK", blocks, text)
        return {"text": text, "blocks": blocks}


def write() -> None:
    """Write the goldens anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for name in CARDS:
            for language in ("en", "zh"):
                card = draw(name, language, Path(temporary))
                made = json.dumps(card, ensure_ascii=False, indent=1) + "\n"
                (FOLDER / f"{name}.{language}.json").write_text(made, encoding="utf-8")


if __name__ == "__main__":
    write()
