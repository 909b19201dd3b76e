"""What the brand said and has planned: live posts with their results, and drafts that still may go out, by subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.app import App
from bot.domain.brand import Brand, Rule, RuleKind
from bot.domain.draft import BELOW, DraftState
from bot.insight import pillars
from bot.store import drafts, own, readings
from bot.workflow import when
from memory.base import Embedder, MemoryFault

#: Most live posts that are looked at, the newest first.
MOST = 500
#: A result counts once it is so old: before that, it only says how new the post is.
SETTLED = timedelta(hours=24)


@dataclass(frozen=True)
class Said:
    """One post: live, brought from before Signoff, or still to go out."""

    account: str
    text: str
    #: When it went out, or is to; None: as soon as it is signed.
    at: datetime | None
    live: bool
    #: Id of its draft; empty for what was there before Signoff.
    draft: str = ""
    brief: str = ""
    angle: str = ""
    #: Likes, replies and reposts together; None where nobody told, or where it is too early to tell.
    answers: int | None = None
    citations: tuple[str, ...] = ()
    #: Id of the pillar that it is about; empty for none.
    pillar: str = ""


@dataclass(frozen=True)
class History:
    """All of it, and which facts belong to which subject."""

    posts: tuple[Said, ...]
    #: By fact: the pillar that it belongs to.
    facts: dict[str, str] = field(default_factory=dict)
    #: Why subjects were told apart by their words alone; empty where by meaning.
    by_words: str = ""

    def between(self, first: datetime, last: datetime) -> list[Said]:
        """Return what went out or is to go out in a time; what goes out as soon as it is signed counts as planned."""
        return [p for p in self.posts if (not p.live if p.at is None else first <= p.at <= last)]

    def taken(self, account: str) -> list[datetime]:
        """Return the instants of an account's posts, live and planned."""
        return [p.at for p in self.posts if p.account == account and p.at is not None]

    def cited(self, fact: Rule) -> int:
        """Return how many posts rest on a fact, in any language."""
        return sum(fact.id in p.citations or (bool(fact.twin) and fact.twin in p.citations) for p in self.posts)


def history(app: App, brand: Brand, *, by_subject: bool = True) -> History:
    """Read what was said and is planned, by pillar unless told not to. Answers and first comments are none of it."""
    with app.db.read() as conn:
        live = {row["draft"]: row for row in readings.live_posts(conn, brand.id, limit=MOST)}
        told = readings.latest(conn, [row["post"] for row in live.values()])
        standing = drafts.standing(conn, brand.id, limit=MOST)
        known = own.known(conn, brand.id)
    found = []
    for draft, version in standing:
        content = version.content
        if draft.kind in BELOW or content.reply_parent:
            continue
        text = "\n".join(p.text for p in content.parts)
        said = Said(content.account, text, None, False, draft.id, draft.brief, draft.angle, citations=version.citations)
        if row := live.get(draft.id):
            counts = told.get(row["post"])
            settled = counts is not None and counts.at - row["live_at"] >= SETTLED
            answers = _answers(counts.likes, counts.replies, counts.reposts) if counts and settled else None
            found.append(replace(said, at=row["live_at"], live=True, answers=answers))
        elif content.window.wall:
            at, _ = when.instant(content.window, app.clock.now())
            if at >= app.clock.now() or version.state is DraftState.APPROVED:
                found.append(replace(said, at=at))
        else:
            found.append(said)
    for old in known:
        if not old.reply:
            answers = _answers(old.likes, old.replies, old.reposts)
            found.append(Said(old.account, old.text, old.at, True, answers=answers))
    return _sorted(app, brand, found) if by_subject else History(tuple(found))


def _answers(*counts: int | None) -> int | None:
    there = [n for n in counts if n is not None]
    return sum(there) if there else None


def _sorted(app: App, brand: Brand, posts: Sequence[Said]) -> History:
    """Say of each post and each fact which pillar it is about."""
    own_pillars = brand.plan.pillars
    if not own_pillars:
        return History(tuple(posts))
    facts = [r for r in brand.rulebook.rules if r.kind is RuleKind.FACT]
    words = [f"{p.brief}\n{p.text}".strip() for p in posts]
    # A fact says the same in each language: it belongs where its words in all of them do.
    whole = [" ".join([f.id.replace("-", " "), f.text, *(t.text for t in facts if t.id == f.twin)]) for f in facts]
    embedder: Embedder | None = getattr(app.memory, "embedder", None)
    try:
        if embedder is None:
            raise MemoryFault("The brand memory has no embedding model.")
        texts = [text for p in own_pillars for _, text in p.text.texts]
        vectors = iter(embedder.embed(texts))
        known = {p.id: [(next(vectors), 1.0) for _ in p.text.texts] for p in own_pillars}
        ours = embedder.embed(whole)
        by_fact = {
            f.id: pillars.about(text, own_pillars, vector, known)
            for f, text, vector in zip(facts, whole, ours, strict=True)
        }
        more = {
            p.id: [
                *known[p.id],
                *((v, pillars.FACT) for f, v in zip(facts, ours, strict=True) if by_fact[f.id] == p.id),
            ]
            for p in own_pillars
        }
        theirs = embedder.embed(words)
    except MemoryFault as error:
        by_fact = {f.id: pillars.about(text, own_pillars) for f, text in zip(facts, whole, strict=True)}
        found = [replace(p, pillar=pillars.about(text, own_pillars)) for p, text in zip(posts, words, strict=True)]
        return History(tuple(found), by_fact, str(error))
    found = [
        replace(p, pillar=pillars.about(text, own_pillars, vector, more))
        for p, text, vector in zip(posts, words, theirs, strict=True)
    ]
    return History(tuple(found), by_fact)
