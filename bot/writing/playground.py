"""A text tried out: what the checks find, which rules are near, how it sounds, what it scores. Nothing is stored.

No language model is asked.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from bot import own_words
from bot.app import App
from bot.domain.draft import Content, Draft, Finding, Part
from bot.errors import BadInput, Halted, NotFound, SignoffError
from bot.insight.score import Report, measure
from bot.own_words import Sound
from bot.words import joined, retold, say
from bot.writing.aim import Wanted
from bot.writing.common import Near, nearest, readable
from bot.writing.optimise import from_text
from memory.base import MemoryFault

if TYPE_CHECKING:
    from bot.insight.sentiment import Sentiment

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Characters of a text, and of its beginning that rules are looked for with.
LONGEST, ASKED = 20_000, 2_000
#: Rules that are shown.
NEAR = 8
#: Seconds after which nothing more is begun; what is being worked on is finished.
PATIENCE = 20.0
#: Texts that are looked at at the same time, and seconds that a third one waits for its turn.
_TURNS, _WAIT = threading.BoundedSemaphore(2), 10.0


@dataclass(frozen=True)
class Look:
    """What is known of a text; None stands for what could not be found out, and ``notes`` say why."""

    language: str
    findings: tuple[Finding, ...]
    report: Report
    mood: Sentiment | None = None
    near: tuple[Near, ...] | None = None
    sound: Sound | None = None
    notes: tuple[str, ...] = ()


def look(
    app: App, text: str, account: str, kind: str = "post", language: str = "", *, patience: float = PATIENCE
) -> Look:
    """Look at a text as if it were a draft for an account.

    Raises BadInput for no text or too long a one, NotFound for an unknown account or kind, Halted while others try.
    """
    from bot.agent import kinds

    readable(text)
    if not text.strip():
        raise BadInput(say("There is no text."), next_step=say("Paste or type one."))
    if len(text) > LONGEST:
        raise BadInput(
            say("The text has {n} characters; {most} at most are looked at.", n=len(text), most=LONGEST),
            next_step=say("Shorten it, or try one part after the other."),
        )
    brand = app.brand()
    target = brand.account(account)
    if target is None:
        known = ", ".join(a.key for a in brand.accounts)
        raise NotFound(say("There is no account {account}.", account=repr(account)),
                       next_step=say("It has: {known}.", known=known))  # fmt: skip
    spoken, named = language or target.language, kinds.load(kind).name
    if not _TURNS.acquire(timeout=_WAIT):
        raise Halted(say("Other texts are being looked at."), next_step=say("Try again in a moment."))
    try:
        return _look(app, text.strip(), account, named, spoken, monotonic() + patience)
    finally:
        _TURNS.release()


def _look(app: App, text: str, account: str, kind: str, language: str, until: float) -> Look:
    brand, now = app.brand(), app.clock.now()
    content = Content(brand.id, account, (Part(text),), language=language, rulebook=brand.rulebook.version)
    draft = Draft("", brand.id, account, "", "", now, kind=kind)
    with app.db.read() as conn:
        findings = app.desk.findings(conn, content, brand, draft)
    aimed = from_text(app, text, Wanted(kind, account, language=language))
    report = measure(aimed.parts, aimed.goal)
    notes: list[str] = []

    def tried(what: str, work: Callable[[], T]) -> T | None:
        if monotonic() > until:
            notes.append(say("{what}: left out, because the rest took too long.", what=what))
            return None
        try:
            return work()
        except (MemoryFault, SignoffError) as error:
            log.info("%s: %s", what, error)
            notes.append(f"{what}: {joined(retold(error.message), retold(error.next_step))}")
            return None

    def mood() -> Sentiment:
        from bot.insight import sentiment

        return sentiment.classify([text], languages=[language])[0]

    found = tried(say("Mood"), mood)
    near = tried(say("Rules that are near"), lambda: tuple(nearest(app, brand, text[:ASKED], NEAR)))
    sound = tried(say("Voice"), lambda: own_words.voice(app, text, language))
    return Look(language, findings, report, found, near, sound, tuple(notes))
