"""Answers to comments that say nearly the same, each in other words: read on one card, and signed with one press.

Only where the policy says ``together``. The card has a code over every comment, draft, version and hash on it; a press
counts while all of them stand as they were read, and each signature keeps the whole card, with every hash, as what was
shown.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.checks.text import visible
from bot.domain.brand import Person
from bot.domain.comment import CommentState, Entry
from bot.domain.draft import Content, DraftState
from bot.errors import BadInput, Stale
from bot.store import authors, comments, waiting
from bot.words import retold, say
from bot.workflow import card as plain
from bot.workflow import cards, handling, several
from bot.workflow.card import Card
from bot.workflow.desk import Desk
from bot.workflow.rights import Answer

#: Answers on one card: more than a person reads in one go is no longer read.
MOST = 20
#: Digits of a code that name it where one is typed.
LEAST = 12


@dataclass(frozen=True)
class Wording:
    """One comment of a group with the answer that waits."""

    entry: Entry
    card: Card

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.card.version.content.parts)

    @property
    def notes(self) -> list[str]:
        """Return what the checks found in it."""
        return [retold(found.message) for found in self.card.version.findings]

    @property
    def who(self) -> str:
        author = self.entry.comment.author
        return f"@{author.handle}" if author.handle else author.name or author.id


@dataclass(frozen=True)
class Wordings:
    """The answers that one press signs, and the code that names them all."""

    members: tuple[Wording, ...]

    @property
    def code(self) -> str:
        """Return 64 hex digits over everything that the press covers."""
        lines = [f"{w.entry.id} {_words(w.entry)} {w.card.draft.id} {w.card.version.version} {w.card.version.hash}"
                 for w in self.members]  # fmt: skip
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def alike(self) -> int:
        """Return how many of them are worded like another one."""
        texts = [w.text for w in self.members]
        return len(texts) - len(set(texts))


def of(desk: Desk, conn: Connection, comment_id: str, person: Person) -> Wordings:
    """Return what waits in a comment's group and this person may sign together; fewer than two cannot be.

    Left out is what the policy wants to be signed on its own, what has more than words (pictures, a link card, a
    warning), and what is for somebody who wants no answer. Raises NotFound.
    """
    one = comments.get(conn, comment_id)
    _, policy = desk.brand(conn, one.brand)
    found = [e for e in waiting.group(conn, one.like or one.id, MOST) if _waits(conn, e)]
    drawn = {card.draft.id: card for card in cards.of_drafts(desk, conn, [e.draft for e in found])}
    now = desk.clock.now()
    return Wordings(tuple(
        Wording(e, card) for e in found
        if (card := drawn.get(e.draft)) is not None
        and card.version.state is DraftState.IN_REVIEW and not card.version.blocked
        and _words_alone(card.version.content)
        and several.lets(policy, now, card.draft, card.version)
        and person.id in {p.id for p in handling.able(card)}
    ))  # fmt: skip


def sign(desk: Desk, comment_id: str, code: str, person: Person, via: str) -> list[several.Result]:
    """Sign every answer of a group while it is what the code names. Raises NotFound, BadInput, Stale.

    Each is a decision of its own; what one is refused takes no other along.
    """
    with desk.db.read() as conn:
        found = of(desk, conn, comment_id, person)
    if len(found.members) < 2:
        raise BadInput(say("Here are no answers that may be signed together."),
                       next_step=say("Sign each on its own."))  # fmt: skip
    given = code.strip().lower()
    if len(given) < LEAST or not hmac.compare_digest(found.code[: len(given)].encode(), given.encode()):
        raise Stale(say("These answers are not the ones that you saw."), next_step=say("Look at them once more."))
    shown = text(found)
    answers = [
        Answer(w.card.draft.id, w.card.version.version, w.card.version.hash, person.id, via,
               f"{shown}\n\n{plain.text(w.card)}")
        for w in found.members
    ]  # fmt: skip
    return several.approve(desk, answers)


def text(found: Wordings) -> str:
    """Return the card of the group as plain text: what is kept with each signature beside the draft's own card."""
    rows = [say("{n} answers, signed together: {code}", n=len(found.members), code=found.code)]
    for w in found.members:
        version = w.card.version
        rows.append(f"{w.entry.id} {visible(w.who)}: {visible(' '.join(w.entry.text.split()))}")
        rows += [f"    {line}" for line in visible(w.text).splitlines()]
        rows += [f"    ! {visible(note)}" for note in w.notes]
        rows.append(f"    {w.card.draft.id} v{version.version} {version.hash}")
    return "\n".join(rows)


def told(found: Sequence[several.Result]) -> tuple[int, str]:
    """Return how many were signed, and why the last of the others was not."""
    signed = sum(one.outcome is not None for one in found)
    return signed, next((one.error.message for one in reversed(found) if one.error is not None), "")


def _waits(conn: Connection, one: Entry) -> bool:
    if not one.draft or one.deleted or one.state is not CommentState.PROPOSED:
        return False
    return not authors.opted_out(conn, one.brand, one.comment.account.partition(":")[0], one.comment.author.id)


def _words_alone(content: Content) -> bool:
    """Say whether a text is all that is sent: a list shows nothing else of it."""
    more = (content.warning, content.labels, content.quote, *(p.media or p.card for p in content.parts))
    return not any(more)


def _words(one: Entry) -> str:
    return hashlib.sha256(one.text.encode("utf-8", "replace")).hexdigest()
