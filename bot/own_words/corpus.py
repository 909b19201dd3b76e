"""The corpus: what the brand said itself, kept in the memory's collections ``posts`` and ``replies``, and searched.

The database is what is true. ``refresh`` makes the collections follow it: only what is new is embedded, and what was
taken down leaves.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.app import App
from bot.checks import base as checks
from bot.domain.brand import Account, Brand, RuleKind
from bot.domain.draft import Content, Part, Severity
from bot.insight import habits
from bot.insight.alike import CLOSE, background, cosine, likeness
from bot.store import own
from bot.store.own import Own
from memory.base import BrandMemory, Learned, MemoryItem

#: How far back a text counts as a repeat.
LATELY = timedelta(days=90)
#: Posts nearest to a brief among which those that did best are chosen.
NEAR = 8
#: Texts looked at when others of the account or language are to be left out.
LOOKED_AT = 100
_QUOTED = re.compile(r"“([^”]{12,})”|\"([^\"]{12,})\"|「([^」]{6,})」|『([^』]{6,})』")


@dataclass(frozen=True)
class Close:
    """An own text that says nearly the same as a draft."""

    own: Own
    #: At least CLOSE, at most 1.
    likeness: float


def texts(app: App, brand: Brand) -> list[Own]:
    """Return everything the brand published, newest first, each text once an account."""
    from bot.own_words.history import key

    with app.db.read() as conn:
        every = [*own.live(conn, brand.id), *own.known(conn, brand.id)]
    once = {key(one): one for one in reversed(every)}
    return sorted(once.values(), key=lambda one: (one.at, one.id), reverse=True)


def said_in(app: App, brand: Brand, language: str) -> list[str]:
    """Return the texts that show how the brand writes in a language, newest first, examples of the rules last."""
    posts = [one.text for one in texts(app, brand) if not one.reply and _same(one.language, language)]
    shown = [item.text for item in _examples_of_rules(brand) if _same(item.language, language)]
    return list(dict.fromkeys([*posts, *shown]))


def refresh(app: App, brand: Brand | None = None, *, reindex: bool = False) -> tuple[Learned, Learned]:
    """Make the collections hold what is live, remembered and saved now; return what changed, posts and replies.

    Does nothing, and loads no embedding model, where both are up to date. Raises MemoryFault, Halted.
    """
    brand = brand or app.brand()
    if not reindex and all(
        (shelf.version(brand.id) or "") == version_of(items) for shelf, items in _shelves(app, brand)
    ):
        return Learned(), Learned()
    with app.turn_to_learn() as go_on:
        done = [
            shelf.learn(brand.id, version_of(items), items, reindex=reindex, progress=go_on)
            for shelf, items in _shelves(app, brand)
        ]
    return done[0], done[1]


def examples(app: App, brand: Brand, brief: str, account: str, k: int = 2, *, language: str = "") -> list[str]:
    """Return up to ``k`` own posts near a brief that did best, in ``language`` or the account's, its own posts first.

    None where there is no corpus, and none that today's rules would hold back. Raises MemoryFault, Halted.
    """
    target = brand.account(account)
    if target is None or not brief.strip():
        return []
    spoken = language or target.language
    known = {one.id: one for one in texts(app, brand) if not one.reply and _same(one.language, spoken)}
    if not known:
        return []
    refresh(app, brand)
    hits = app.memory.shelf("posts").search(brand.id, brief, LOOKED_AT)
    near = [(known[h.id], h.score) for h in hits if h.id in known]
    near = [(one, score) for one, score in near if _allowed(one, brand, target)][:NEAR]
    worth = worth_of(list(known.values()))
    ranked = sorted(near, key=lambda pair: (pair[0].account != account, -pair[1] - 0.3 * worth[pair[0].id]))
    return [one.text for one, _ in ranked[:k]]


def closest(app: App, brand: Brand, text: str, *, leave_out: str = "") -> Close | None:
    """Return the own text of the last 90 days that says nearly the same, on any account; None where there is none.

    ``leave_out`` is the id of a post. Raises MemoryFault, Halted.
    """
    since = app.clock.now() - LATELY
    lately = {one.id: one for one in texts(app, brand) if one.at >= since and one.id != leave_out}
    if not lately or not text.strip():
        return None
    refresh(app, brand)
    shelf = app.memory.shelf("posts")
    vectors = {
        row.id: row.vector for row in shelf.kept(brand.id) if row.id in lately and row.text == lately[row.id].text
    }
    if not vectors:
        return None
    [vector, *others] = shelf.embedder.embed([text, *background(text)])
    floor = sum(cosine(vector, v) for v in others) / len(others)
    scored = [Close(lately[i], likeness(lately[i].text, text, cosine(v, vector), floor)) for i, v in vectors.items()]
    best = max(scored, key=lambda close: (close.likeness, close.own.id))
    return best if best.likeness >= CLOSE else None


def worth_of(posts: Sequence[Own]) -> dict[str, float]:
    """Return how well each post did among those of its account: 0 to 1, by answers per view, or by answers.

    0.5 for a post of which nothing is known.
    """
    found = {one.id: 0.5 for one in posts}
    for by_view in (False, True):
        groups: dict[str, list[tuple[float, str]]] = {}
        for one in posts:
            counts = [n for n in (one.likes, one.replies, one.reposts) if n is not None]
            if not counts or bool(one.views) != by_view:
                continue
            groups.setdefault(one.account, []).append((sum(counts) / (one.views or 1), one.id))
        for group in groups.values():
            order = sorted(value for value, _ in group)
            for value, post_id in group:
                below = sum(v < value for v in order) + (sum(v == value for v in order) - 1) / 2
                found[post_id] = below / (len(order) - 1) if len(order) > 1 else 0.5
    return found


def _allowed(one: Own, brand: Brand, target: Account) -> bool:
    """Say whether today's checks would let a text pass: an old post may hold what is forbidden by now."""
    parts = tuple(Part(line) for line in [one.text])
    content = Content(brand.id, target.key, parts, target.handle, language=target.language)
    return not any(f.severity is Severity.BLOCK for f in checks.run(checks.Subject(content, brand)))


def _shelves(app: App, brand: Brand) -> list[tuple[BrandMemory, list[MemoryItem]]]:
    every = texts(app, brand)
    posts = [_item(one, "post") for one in every if not one.reply]
    replies = [_item(one, "reply") for one in every if one.reply]
    saved = [
        MemoryItem(
            f"saved/{r.language}/{r.id}", r.answer, "brand", r.language, "reply", "replies.yaml", aliases=(r.question,)
        )
        for r in brand.replies
    ]
    return [
        (app.memory.shelf("posts"), [*posts, *_examples_of_rules(brand)]),
        (app.memory.shelf("replies"), [*replies, *saved]),
    ]


def _item(one: Own, kind: str) -> MemoryItem:
    """Return a text with its sentences as other wordings: each gets a vector of its own."""
    return MemoryItem(one.id, one.text, "brand", one.language, kind, one.url, aliases=_sentences(one.text))


def _sentences(text: str) -> tuple[str, ...]:
    said = dict.fromkeys(text[a:b] for a, b in habits.sentences(text))
    return tuple(s for s in said if s != text)


def _examples_of_rules(brand: Brand) -> list[MemoryItem]:
    """Return the examples among the rules, and what voice rules quote."""
    found: dict[str, MemoryItem] = {}
    for rule in brand.rulebook.rules:
        quoted = ["".join(groups) for groups in _QUOTED.findall(rule.text)] if rule.kind is RuleKind.VOICE else []
        for n, text in enumerate([rule.text] if rule.kind is RuleKind.EXAMPLE else quoted):
            item_id = f"rule/{rule.id}/{n}"
            found[item_id] = MemoryItem(
                item_id, text, "brand", rule.language, "example", rule.file, rule.line, aliases=_sentences(text)
            )
    return list(found.values())


def version_of(items: Sequence[MemoryItem]) -> str:
    """Name what is to be kept; nothing at all has no name."""
    lines = sorted(f"{item.id} {item.sha256} {item.file}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12] if lines else ""


def _same(one: str, other: str) -> bool:
    return one.split("-")[0].lower() == other.split("-")[0].lower()
