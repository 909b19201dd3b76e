"""Comments on cards: what a card shows of one, what its buttons mean, and how it keeps up.

A comment's card has the subject ``comment:ID``. The answer on it is an ordinary draft, which has no card of its own.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.comment import CommentState
from bot.errors import BadInput, NotAllowed, NotFound, PlatformError, Stale
from bot.store import authors, chat, comment_cards, comments, hiding, posts, waiting
from bot.surfaces.slack import posting
from bot.surfaces.slack.cards import binding, posted
from bot.surfaces.slack.errors import GONE, SlackRefused, told
from bot.words import say
from bot.workflow import handoff, hide, several, wordings

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand
    from bot.domain.comment import Entry
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask, Speaker
    from bot.workflow.card import Card

log = logging.getLogger(__name__)

#: What was said before in the thread: so many of the last ones are shown.
ABOVE = 4
_VALUE = re.compile(r"(?P<comment>c_[0-9a-z]{1,40})@(?P<short>[0-9a-f]{8})(?::(?P<draft>\S{1,80}))?")


@dataclass(frozen=True)
class Said:
    """One thing that was said before: by whom, when, and what."""

    who: str
    at: datetime | None
    text: str


@dataclass(frozen=True)
class Heard:
    """A comment with all that its card shows."""

    entry: Entry
    brand: Brand
    #: Name of the platform.
    label: str
    #: What was said before in its thread, oldest first; and how much more there is.
    above: tuple[Said, ...] = ()
    more: int = 0
    #: Who answers in the thread; empty where the rules do.
    taken: str = ""
    #: Why its author is left alone; empty where they are not.
    alone: str = ""
    notes: tuple[dict[str, Any], ...] = ()
    #: The card of its answer, where there is one.
    answer: Card | None = None
    #: Whether it can be hidden from readers where it stands, and how it stands there: see ``bot/store/hiding.py``.
    hides: bool = False
    hiding: str = ""
    #: How many answers wait in its group, where the policy lets them be signed together; else 0.
    together: int = 0

    @property
    def bound(self) -> str:
        """What its buttons carry: the comment, and which words of it were on the card."""
        return f"{self.entry.id}@{digest(self.entry)}"


def digest(one: Entry) -> str:
    """Name the words of a comment as they stand: 8 hex digits."""
    return hashlib.sha256(f"{one.deleted is not None}\n{one.text}".encode("utf-8", "replace")).hexdigest()[:8]


def load(app: App, comment_id: str) -> Heard:
    """Return a comment of this app's brand as it stands now. Raises NotFound."""
    with app.db.read() as conn:
        one = comments.get(conn, comment_id)
        brand, policy = app.desk.brand(conn, app.brand_id)
        if one.brand != brand.id:
            raise NotFound(say("There is no comment {id}.", id=repr(comment_id)))
        said = one.comment
        platform = said.account.partition(":")[0]
        thread = [
            e for e in comments.in_thread(conn, said.account, one.thread)
            if (e.comment.at, e.id) < (said.at, one.id)
        ]  # fmt: skip
        mine = comment_cards.ours(conn, said.account, list(filter(None, {said.root_id, said.parent_id})))
        found = []
        for post_id, n in dict.fromkeys(mine.values()):
            post = posts.get(conn, post_id)
            part = post.parts[n]
            at = part.receipt.at if part.receipt else None
            found.append(Said(brand.name, at, post.content.parts[n].text))
        # What its author took back is not said again.
        found += [Said(_name(e), e.comment.at, e.text) for e in thread if not e.deleted]
        taken = authors.taken_by(conn, said.account, one.thread)
        alone = authors.opted_out(conn, brand.id, platform, said.author.id)
        notes = tuple(n for n in comments.notes(conn, one.id))
        there = hiding.of(conn, one.id)
        alike = waiting.group(conn, one.like or one.id, wordings.MOST) if one.draft else []
    answer = None
    if one.draft:
        try:
            answer = binding.load(app, one.draft)
        except NotFound:
            answer = None
    together = sum(e.state is CommentState.PROPOSED for e in alike)
    if answer is None or together < 2 or not several.lets(policy, app.clock.now(), answer.draft, answer.version):
        together = 0
    found.sort(key=lambda s: (s.at is not None, s.at))
    return Heard(
        one, brand, app.desk.platform_class(platform).label, tuple(found[-ABOVE:]), max(0, len(found) - ABOVE), taken,
        alone, notes, answer, hide.can(app.desk, one), there, together,
    )  # fmt: skip


def _name(one: Entry) -> str:
    return f"@{one.comment.author.handle}" if one.comment.author.handle else one.comment.author.id


# --- what a button means ----------------------------------------------------------------------------------------


def read(value: str) -> tuple[str, str, str]:
    """Return (comment, its words' digest, the draft's binding or "") of a button's value. Raises BadInput."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise BadInput(say("This button names no comment."), next_step=say("Press a button of a newer card."))
    return found["comment"], found["short"], found["draft"] or ""


def held(app: App, value: str) -> Heard:
    """Return the comment that a button means, while it says what it said on the card. Raises NotFound, Stale."""
    comment_id, short, draft = read(value)
    found = load(app, comment_id)
    look = say("The card shows what it is now.")
    if found.entry.deleted:
        raise Stale(say("The author removed the comment."), next_step=look)
    if digest(found.entry) != short:
        raise Stale(say("The author changed the comment."), next_step=look)
    if draft:
        bound = binding.Bound.read(draft)
        if bound.draft != found.entry.draft:
            raise Stale(say("This comment has another answer now, or none."), next_step=look)
        binding.held(app, draft)
    return found


def open_form(ask: Ask, view: Callable[[Heard], Block]) -> None:
    """Open a form about the comment whose button was pressed, for somebody who may answer."""

    def act(heard: Heard) -> str:
        handoff.may(ask.person)
        ask.open(view(heard))
        return ""

    on_comment(ask, ask.value, act, anew=False)


def on_comment(ask: Ask, value: str, act: Callable[[Heard], str], *, anew: bool = True) -> None:
    """Do something with the comment whose card was pressed, draw it ``anew``, and tell the person what ``act`` returns.

    A card that shows something else than what is there now changes, and the person reads why.
    """
    comment_id = read(value)[0]
    try:
        said = act(held(ask.app, value))
    except (Stale, NotFound) as error:
        refresh(ask.app, ask.speaker, comment_id)
        tell(ask, comment_id, told(error))
        return
    except (NotAllowed, PlatformError):
        refresh(ask.app, ask.speaker, comment_id)
        raise
    if anew:
        refresh(ask.app, ask.speaker, comment_id)
    if said:
        tell(ask, comment_id, said)


def tell(ask: Ask, comment_id: str, said: str) -> None:
    """Tell the person alone: where they pressed, or after a form where the card stands."""
    if ask.channel:
        ask.tell(said)
        return
    with ask.app.db.read() as conn:
        there = posting.standing(conn, ask.speaker.team, f"{comment_cards.SUBJECT}{comment_id}")
    channel = next((m["channel"] for m in reversed(there) if not m["channel"].startswith("D")), "")
    replace(ask, channel=channel or ask.speaker.direct(ask.user)).tell(said)


# --- drawing it -------------------------------------------------------------------------------------------------


def drawn(
    app: App, speaker: Speaker, comment_id: str, *, language: str = "", zone: str = ""
) -> tuple[list[Block], str]:  # fmt: skip
    """Return the blocks and the notification of a comment, for the brand or one reader; also of one that is erased."""
    from bot.surfaces.slack.cards import comment as card

    try:
        found = load(app, comment_id)
    except NotFound:
        return card.erased(language or app.brand().languages[0])
    reader = posted.reader_of(app, found.brand, language, zone)
    quiet = found.entry.deleted is not None or found.answer is None
    pictures = {} if quiet or found.answer is None else posted.uploaded(app, speaker, found.answer)
    return card.blocks(found, reader, pictures), card.fallback(found, reader)


def refresh(app: App, speaker: Speaker, comment_id: str) -> None:
    """Draw every card of a comment anew, now. What Slack refuses is in the log; the follower tries again."""
    with app.db.read() as conn:
        there = posting.standing(conn, speaker.team, f"{comment_cards.SUBJECT}{comment_id}")
    for message in there:
        language, zone = posted.setting(app, message["channel"], speaker)
        made, text = drawn(app, speaker, comment_id, language=language, zone=zone)
        try:
            speaker.update(message["channel"], message["ts"], made, text)
        except SlackRefused as error:
            log.warning("a comment's card could not be updated: %s", error)
            if error.code in GONE:
                with app.db.write() as conn:
                    chat.forget_message(conn, message["team"], message["channel"], message["ts"])


def of_draft(app: App, draft_id: str) -> str:
    """Return the comment that a draft answers; an empty text for a draft that answers none on the desk."""
    with app.db.read() as conn:
        return comment_cards.of_drafts(conn, [draft_id]).get(draft_id, "")
