"""The brand's rules: what holds now, what each version changed, and where each rule is cited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import rulebook_diff
from bot.domain.brand import RuleBook, RuleKind
from bot.errors import NotFound
from bot.store import citations, posts, rulebooks
from bot.surfaces.web import words
from bot.surfaces.web.visit import Route, Visit
from bot.surfaces.web.words import Piece
from bot.words import say
from bot.workflow import queue

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.domain.brand import Rule
    from bot.rulebook_diff import RuleChange

#: Rules of a page, and versions that can be chosen.
MOST, VERSIONS = 60, 30
_KINDS = {"same": "", "gone": "gone", "new": "new"}


@dataclass(frozen=True)
class Cited:
    """A draft, a post or an answer that cites a rule."""

    id: str
    what: str
    account: str
    state: str
    word: str
    text: str


@dataclass(frozen=True)
class ChangeView:
    """One rule that changed from one version to another."""

    id: str
    word: str
    change: str
    pieces: list[Piece]
    also: tuple[str, ...]


def kind_word(kind: RuleKind) -> str:
    """Name a kind of rule as people say it."""
    return {
        RuleKind.MUST: say("always"), RuleKind.SHOULD: say("better so"), RuleKind.NEVER: say("never"),
        RuleKind.VOICE: say("voice"), RuleKind.EXAMPLE: say("example"), RuleKind.FACT: say("fact"),
    }[kind]  # fmt: skip


def rules(visit: Visit) -> Response:
    """Show the rules, all or those that were looked for."""
    asked = visit.query.get("words", "").strip()[:100]
    kind = visit.query.get("kind", "")
    kind = kind if kind in [k.value for k in RuleKind] else ""
    given = visit.query.get("from", "0")
    start = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0
    every = [r for r in visit.brand.rulebook.rules if (not kind or r.kind.value == kind) and _says(r, asked)]
    with visit.app.db.read() as conn:
        known = rulebooks.versions(conn, visit.brand.id)[:VERSIONS]
        cited = citations.counted(conn, visit.brand.id)
    return visit.page(
        "brand.html", rules=every[start : start + MOST], n=len(every), all=len(visit.brand.rulebook.rules), start=start,
        most=MOST, asked=asked, kind=kind, kinds=[(k.value, kind_word(k)) for k in RuleKind], kind_word=kind_word,
        cited=cited, looked=citations.LOOKED, versions=known, zone=visit.brand.zone,
    )  # fmt: skip


def _says(rule: Rule, asked: str) -> bool:
    body = " ".join((rule.id, rule.text, rule.file, *rule.words, *rule.when)).casefold()
    return all(word in body for word in asked.casefold().split())


def rule(visit: Visit) -> Response:
    """Show one rule: its words in full, where it is cited, and how it changed. A rule that is gone is found, too."""
    wanted = visit.path["rule"]
    with visit.app.db.read() as conn:
        known = rulebooks.versions(conn, visit.brand.id)[:VERSIONS]
        books = [(v, rulebooks.get(conn, visit.brand.id, v.version)) for v in known]
        found, n = citations.citing(conn, visit.brand.id, wanted)
        made = {d.id: [p for p in posts.of_draft(conn, d.id) if p.version == v.version] for d, v in found}
    now = visit.brand.rulebook.get(wanted)
    last = now or next((r for _, book in books if (r := book.get(wanted))), None)
    if last is None:
        raise NotFound(say("There is no rule {rule}.", rule=wanted))
    cites = []
    for draft, version in found:
        mine = made[draft.id]
        state = queue.state(version, mine[-1] if mine else None)
        what = say("answer") if draft.kind == "reply" else say("post") if state == "live" else say("draft")
        text = words.short(version.content.parts[0].text if version.content.parts else "", 120)
        cites.append(Cited(draft.id, what, draft.account, state, say(queue.GROUPS[state]), text))
    # Newest first, each beside the one that was learned before it.
    ordered = sorted(books, key=lambda pair: pair[0].learned, reverse=True)
    history = []
    for (newer, book), (_, older) in zip(ordered, [*ordered[1:], (None, RuleBook())], strict=True):
        for change in rulebook_diff.changes(older, book):
            if change.id == wanted:
                history.append((newer, _change(change)))
    twin = visit.brand.rulebook.get(last.twin) if last.twin else None
    return visit.page(
        "rule.html", rule=last, gone=now is None, twin=twin, cites=cites, n=n, looked=citations.LOOKED, history=history,
        kind_word=kind_word, zone=visit.brand.zone,
    )  # fmt: skip


def versions(visit: Visit) -> Response:
    """Compare two versions of the rules: by default the one that counts with the one before it."""
    with visit.app.db.read() as conn:
        known = rulebooks.versions(conn, visit.brand.id)[:VERSIONS]
        names = [v.version for v in known]
        given = visit.query.get("to", "")
        after = known[names.index(given)] if given in names else known[0]
        older = [v for v in known if v.learned <= after.learned and v != after]
        given = visit.query.get("from", "")
        before = known[names.index(given)] if given in names else (older[0] if older else after)
        old = rulebooks.get(conn, visit.brand.id, before.version)
        new = rulebooks.get(conn, visit.brand.id, after.version)
    changes = [_change(c) for c in rulebook_diff.changes(old, new)]
    counts = {name: sum(c.change == name for c in changes) for name in ("added", "removed", "changed")}
    return visit.page(
        "versions.html", versions=known, before=before, after=after, changes=changes, counts=counts,
        zone=visit.brand.zone,
    )  # fmt: skip


def _change(change: RuleChange) -> ChangeView:
    word = {"added": say("new"), "removed": say("gone"), "changed": say("changed")}[change.change]
    pieces = [Piece(words.seen(text), _KINDS[what]) for what, text in change.words]
    return ChangeView(change.id, word, change.change, pieces, change.also)


ROUTES = (
    Route("GET", "/brand", rules),
    Route("GET", "/brand/rule/{rule}", rule),
    Route("GET", "/brand/versions", versions),
)
