"""What the people of the sandbox network do, and when: it follows from ids and times alone, never from chance.

Every deed has its instant and its own id, so letting them act twice, late, or from two processes changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.sandbox_persona import Persona
from bot.store.sandbox_personas import BY_HANDLE, CRISIS, CROWD, PEOPLE, PLACES
from bot.store.sandbox_tables import NetPost, read, sandbox_crisis, sandbox_post, sandbox_reaction, sandbox_time

if TYPE_CHECKING:
    from bot.store.db import Database
    from bot.store.sandbox import SandboxNetwork

#: Handles of those who speak up in a crisis only.
CROWD_END = ".crowd.sandbox"
#: Within this time people have done with a post.
INTEREST = timedelta(hours=12)
#: Where a crisis is at its height, as a share of its hours.
HEIGHT = 0.6


@dataclass(frozen=True)
class Deed:
    """Something that one of them does at an instant."""

    at: datetime
    #: Id of the comment that it makes, changes or takes back; or of the post that is liked.
    id: str
    #: ``like``, ``repost``, ``say``, ``edit`` or ``delete``.
    what: str
    who: str
    text: str = ""
    language: str = "en"
    visibility: str = "public"
    parent_id: str = ""
    quote_id: str = ""


class Dice:
    """Bytes that follow from words: the same words, the same bytes."""

    def __init__(self, *words: object) -> None:
        seed = " ".join(map(str, words)).encode()
        self.bytes = b"".join(hashlib.sha256(seed + bytes([n])).digest() for n in range(2))

    def __getitem__(self, n: int) -> int:
        return self.bytes[n]

    def number(self, n: int, below: int) -> int:
        """Return a number from 0, drawn from four bytes."""
        return int.from_bytes(self.bytes[n : n + 4], "big") % below

    def id(self) -> str:
        return f"sb_{self.bytes[:8].hex()}"


def not_people(handle: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that an account is none of the network's own people."""
    return and_(handle.not_in(list(BY_HANDLE)), ~handle.endswith(CROWD_END, autoescape=True))


def reached(conn: Connection) -> datetime | None:
    """Return until when the people have acted."""
    return conn.execute(select(sandbox_time.c.at).where(sandbox_time.c.name == "reached")).scalar_one_or_none()


def act(net: SandboxNetwork, db: Database, now: datetime) -> int:
    """Do what is due by ``now`` and not done yet, in order of time; return how many deeds that were."""
    with db.read() as conn:
        ticked = conn.execute(select(sandbox_time.c.at).where(sandbox_time.c.name == "ticked")).scalar_one_or_none()
        due = sorted(_due(net, conn, ticked, now), key=lambda deed: (deed.at, deed.id, deed.what))
        due = list(_undone(conn, due))
        before = reached(conn)
    if not due and now <= net.clock.now() and (ticked is None or now - ticked < INTEREST / 4):
        return 0
    with db.write() as conn:
        done = sum(_do(net, conn, deed) for deed in due)
        for name, at in (("ticked", min(net.clock.now(), now)), ("reached", max(now, before or now))):
            if conn.execute(update(sandbox_time).where(sandbox_time.c.name == name).values(at=at)).rowcount == 0:
                with suppress(IntegrityError), conn.begin_nested():
                    conn.execute(insert(sandbox_time).values(name=name, at=at))
    return done


# --- what is due -------------------------------------------------------------------------------------------


def _due(net: SandboxNetwork, conn: Connection, ticked: datetime | None, now: datetime) -> Iterator[Deed]:
    c = sandbox_post.c
    where = [not_people(c.account), c.deleted.is_(None)]
    if ticked is not None:
        where.append(c.arrived >= ticked - 2 * INTEREST)
    posts = [read(row) for row in conn.execute(select(sandbox_post).where(*where).order_by(c.seq))]
    for post in posts:
        if not post.parent_id:
            yield from (deed for person in PEOPLE for deed in _about(post, person) if deed.at <= now)
        elif above := net.one(conn, post.parent_id):
            yield from (deed for deed in _back(post, above) if deed.at <= now)
    crises = select(sandbox_crisis).where(sandbox_crisis.c.began <= now)
    for row in conn.execute(crises.order_by(sandbox_crisis.c.id)):
        if ticked is None or row.began + timedelta(hours=row.hours) >= ticked - INTEREST:
            yield from _crisis(conn, row, min(now, row.ended or now))


def _about(post: NetPost, person: Persona) -> Iterator[Deed]:
    """What a person feels about a post, with its times."""
    dice = Dice(post.id, person.id)
    for n, (what, chance) in enumerate((("like", person.likes), ("repost", person.reposts))):
        if dice[n] < chance:
            yield Deed(post.arrived + timedelta(seconds=20 + 28 * dice[n + 2]), post.id, what, person.handle)
    language = _tongue(post.language)
    if language not in person.says or dice[4] >= person.comments:
        return
    at = post.arrived + timedelta(seconds=30 + 40 * dice[5])
    kind = person.kinds[dice[6] % len(person.kinds)]
    text = filled(person.says[language], dice, language, post.text, post.account)
    if kind == "mention" and f"@{post.account}" not in text:
        text = f"@{post.account} {text}"
    yield Deed(
        at, dice.id(), "say", person.handle, text, language, post.visibility,
        post.id if kind == "reply" else "", post.id if kind == "quote" else "",
    )  # fmt: skip
    if language in person.edits:
        again = Dice(post.id, person.id, "again")
        if again[0] < 200:
            text = filled(person.edits[language], again, language, post.text, post.account)
            yield Deed(at + timedelta(seconds=300 + 10 * again[1]), dice.id(), "edit", person.handle, text)
        if again[2] < 110:
            yield Deed(at + timedelta(seconds=3600 + 40 * again[3]), dice.id(), "delete", person.handle)


def _back(post: NetPost, above: NetPost) -> Iterator[Deed]:
    """What somebody says to the answer that their comment got."""
    person, language = BY_HANDLE.get(above.account), _tongue(above.language)
    if person is None or language not in person.answers:
        return
    dice, first = Dice(post.id, person.id, "back"), Dice(above.root_id or above.id, person.id)
    if dice[0] < 180:
        # The order that they speak of stays the same.
        text = filled(person.answers[language], dice, language, post.text, post.account, order=_order(first))
        at = post.arrived + timedelta(seconds=60 + 10 * dice[1])
        yield Deed(at, dice.id(), "say", person.handle, text, language, post.visibility, post.id)


def _crisis(conn: Connection, crisis: Any, until: datetime) -> Iterator[Deed]:
    """The comments of a crisis: more and more until its height, then fewer, below the account's newest posts."""
    c = sandbox_post.c
    own = conn.execute(
        select(c.id, c.language, c.arrived, c.visibility)
        .where(c.account == crisis.account, c.parent_id == "", c.deleted.is_(None)).order_by(c.seq)
    ).all()  # fmt: skip
    for n in range(crisis.size):
        dice = Dice("crisis", crisis.id, crisis.account, crisis.topic, n)
        at = crisis.began + timedelta(hours=crisis.hours * _share((n + dice[0] / 256) / crisis.size))
        if at > until:
            continue
        below = [row for row in own if row.arrived <= at]
        language = _tongue(below[-1].language if below else crisis.language)
        # Questions at the edges, anger in the middle.
        lines = CRISIS[language]
        heat = 1 - abs(n / crisis.size - HEIGHT)
        lines = lines[: max(3, round(len(lines) * heat))]
        text = filled(lines, dice, language, "", crisis.account, topic=crisis.topic)
        who = f"{CROWD[dice[1] % len(CROWD)]}{dice.number(2, 900) + 100}{CROWD_END}"
        mention = not below or dice[6] < 40
        yield Deed(
            at, dice.id(), "say", who, f"@{crisis.account} {text}" if mention else text, language,
            parent_id="" if mention else below[-1].id,
        )  # fmt: skip


def _share(u: float) -> float:
    """Return when, as a share of the whole, the share ``u`` of a rising and falling wave has passed."""
    return float((u * HEIGHT) ** 0.5 if u < HEIGHT else 1 - ((1 - u) * (1 - HEIGHT)) ** 0.5)


# --- words -------------------------------------------------------------------------------------------------


def _tongue(language: str) -> str:
    return "zh" if language.lower().startswith("zh") else "en"


def _order(dice: Dice) -> str:
    return f"A-{dice.number(8, 90_000) + 10_000}"


def filled(lines: Sequence[str], dice: Dice, language: str, post: str, me: str, **given: str) -> str:
    """Return one of the lines with its places filled in."""
    towns = PLACES[language]
    named = {
        "words": first_words(post, language) or "…", "order": _order(dice), "n": str(2 + dice[13] % 7),
        "time": f"{8 + dice[14] % 12}:{dice[15] % 4 * 15:02d}", "place": towns[dice[16] % len(towns)],
        "me": f"@{me}", **given,
    }  # fmt: skip
    text = lines[dice.number(20, len(lines))]
    # Not format(): lines and posts may hold braces of their own.
    for name, value in named.items():
        text = text.replace("{" + name + "}", value)
    return text


def first_words(text: str, language: str) -> str:
    """Return the first words of a post, as somebody quotes them."""
    line = text.strip().partition("\n")[0]
    return line[:8].rstrip("，。！？ ") if language == "zh" else " ".join(line.split()[:4]).rstrip(".,:;!?")


# --- doing it ----------------------------------------------------------------------------------------------


def _undone(conn: Connection, deeds: Sequence[Deed]) -> Iterator[Deed]:
    """Leave out what was done already."""
    posts, reactions = dict[str, Any](), set[tuple[str, str, str]]()
    ids = sorted({deed.id for deed in deeds})
    p, r = sandbox_post.c, sandbox_reaction.c
    for some in (ids[n : n + 500] for n in range(0, len(ids), 500)):
        posts |= {row.id: row for row in conn.execute(select(p.id, p.edited, p.deleted).where(p.id.in_(some)))}
        found = conn.execute(select(r.post_id, r.account, r.kind).where(r.post_id.in_(some)))
        reactions |= {(row.post_id, row.account, row.kind) for row in found}
    for deed in deeds:
        there = posts.get(deed.id)
        if deed.what in ("like", "repost"):
            wanted = (deed.id, deed.who, deed.what) not in reactions
        elif deed.what == "say":
            wanted = there is None
        else:
            wanted = there is None or (there.deleted is None and (deed.what == "delete" or there.edited is None))
        if wanted:
            yield deed


def _do(net: SandboxNetwork, conn: Connection, deed: Deed) -> int:
    """Do it unless it is done or cannot be done any more; return 1 or 0."""
    c = sandbox_post.c
    here = and_(c.id == deed.id, c.deleted.is_(None))
    if deed.what == "edit":
        where = and_(here, or_(c.edited.is_(None), c.edited < deed.at))
        return int(conn.execute(update(sandbox_post).where(where).values(text=deed.text, edited=deed.at)).rowcount)
    if deed.what == "delete":
        return int(conn.execute(update(sandbox_post).where(here).values(deleted=deed.at)).rowcount)
    net.enter(conn, deed.who)
    with suppress(IntegrityError), conn.begin_nested():
        # Another process may do the same at this moment.
        if deed.what == "say":
            return int(net.add(
                conn, deed.who, deed.text, language=deed.language, visibility=deed.visibility,
                parent_id=deed.parent_id, quote_id=deed.quote_id, new_id=deed.id, at=deed.at,
            ) is not None)  # fmt: skip
        return int(net.mark(conn, deed.who, deed.id, deed.what, deed.at))
    return 0


def find(name: str) -> Persona | None:
    """Return the person of this id, handle or name."""
    name = name.removeprefix("@").lower()
    return next((p for p in PEOPLE if name in (p.id, p.handle, p.name.lower())), None)
