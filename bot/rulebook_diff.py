"""What changed between two rule books, and which drafts and posts were checked against the older one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.app import App
from bot.domain.brand import Brand, Rule, RuleBook
from bot.domain.draft import Draft, DraftVersion, Finding, Severity
from bot.domain.post import Post
from bot.errors import BadInput, NotFound
from bot.insight.changes import compare
from bot.store import desk as rows
from bot.store import drafts, posts, rulebooks
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: A word with its apostrophes and inner dashes, one Han character, a run of spaces, or one other sign.
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+(?:['’-][^\W_{_HAN}]+)*|\s+|.", re.DOTALL)
#: Live posts that are looked at, newest first.
_MOST = 5_000

Piece = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True)
class RuleChange:
    """One rule that is new, gone, or says something else."""

    id: str
    change: Literal["added", "removed", "changed"]
    before: Rule | None
    after: Rule | None
    #: The text, piece by piece, with the words that went and came.
    words: tuple[Piece, ...]
    #: What else changed, in words: its kind, its language, the words that a hard rule looks for.
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Affected:
    """A draft that waits, or a post, which was checked against an older rule book."""

    draft: Draft
    version: DraftVersion
    post: Post | None
    #: Rules it cites that changed or are gone.
    cites: tuple[str, ...]
    #: Hard rules of the newer book that its text breaks.
    breaks: tuple[Finding, ...]

    @property
    def live(self) -> bool:
        """Whether all of it is public."""
        return self.post is not None and self.post.live == len(self.post.parts)

    @property
    def marked(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.cites or self.breaks)


@dataclass(frozen=True)
class RulebookDiff:
    """Two rule books of a brand compared."""

    brand: str
    before: str
    after: str
    #: When the older one was learned; None where there is none.
    since: datetime | None
    #: None for a folder that was not learned yet.
    until: datetime | None
    changes: tuple[RuleChange, ...]
    #: Marked ones first, then newest first.
    affected: tuple[Affected, ...]
    #: Addresses whose rules are missing, because they were never read.
    unread: tuple[str, ...] = ()

    def count(self, change: str) -> int:
        """Return how many rules were ``added``, ``removed`` or ``changed``."""
        return sum(c.change == change for c in self.changes)

    @property
    def waiting(self) -> int:
        """How many drafts and posts that are not public yet were checked against an older rule book."""
        return sum(not a.live for a in self.affected)


def of_folder(app: App, folder: Path, since: str = "") -> RulebookDiff:
    """Compare a folder as it is now with what was learned from it, or with the version ``since``.

    Raises NotFound where nothing was learned from it, Misconfigured where the folder has errors.
    """
    from bot import brand_folder

    with app.db.read() as conn:
        previous = rows.rules_of_folder(conn, str(folder.resolve()))
    found = brand_folder.load(folder, previous=previous, copies=app.copies).require()
    with app.db.read() as conn:
        known = rulebooks.versions(conn, found.brand.id)
        if not known:
            raise NotFound(
                say("Nothing was learned from {folder} yet.", folder=folder),
                next_step=say("Run `signoff learn {folder}`.", folder=folder),
            )
        old = rulebooks.find(conn, found.brand.id, since) if since else known[0]
        made = _compare(app, conn, found.brand, old, found.brand.rulebook, None)
    return dataclasses.replace(made, unread=found.unread)


def of_versions(app: App, before: str = "", after: str = "", *, brand_id: str | None = None) -> RulebookDiff:
    """Compare two versions that were learned; by default the one that counts with the one before it.

    Without ``brand_id`` it is the brand that the app works for.

    Raises NotFound, BadInput for a beginning that several versions share, or where there is only one version.
    """
    with app.db.read() as conn:
        brand, _ = app.desk.brand(conn, brand_id or app.brand_id)
        known = rulebooks.versions(conn, brand.id)
        new = rulebooks.find(conn, brand.id, after) if after else known[0]
        if before:
            old = rulebooks.find(conn, brand.id, before)
        else:
            older = [v for v in known if v.learned <= new.learned and v != new]
            if not older:
                raise BadInput(
                    say("There is no version of the rules before {version}.", version=new.version),
                    next_step=say("`signoff diff DIR` compares a folder with what was learned from it."),
                )
            old = older[0]
        book = rulebooks.get(conn, brand.id, new.version)
        return _compare(app, conn, brand, old, book, new.learned)


def changes(before: RuleBook, after: RuleBook) -> tuple[RuleChange, ...]:
    """Return what changed, in the order of the newer book, what is gone last. A rule that only moved is left out."""
    found = []
    for rule in after.rules:
        was = before.get(rule.id)
        if was is None:
            found.append(RuleChange(rule.id, "added", None, rule, (("new", rule.text),)))
        elif was.hash != rule.hash:
            found.append(RuleChange(rule.id, "changed", was, rule, words(was.text, rule.text), tuple(_also(was, rule))))
    for rule in before.rules:
        if after.get(rule.id) is None:
            found.append(RuleChange(rule.id, "removed", rule, None, (("gone", rule.text),)))
    return tuple(found)


def words(before: str, after: str) -> tuple[Piece, ...]:
    """Compare two texts word by word; Chinese, which has no spaces, character by character."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    return tuple(_merged([("same" if c.kind == "kept" else c.kind, c.text) for c in compare(old, new)]))


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Join changes with only a space between them: ``[-two words-]`` reads better than one word at a time."""
    found: list[Piece] = []
    gone = new = ""

    def close() -> None:
        nonlocal gone, new
        if gone:
            found.append(("gone", gone))
        if new:
            found.append(("new", new))
        gone = new = ""

    for n, (what, text) in enumerate(pieces):
        between = what == "same" and text.isspace() and (gone and new) and n + 1 < len(pieces)
        if what == "gone" or between:
            gone += text
        if what == "new" or between:
            new += text
        if what == "same" and not between:
            close()
            found.append((what, text))
    close()
    return found


def _also(was: Rule, rule: Rule) -> Iterator[str]:
    if was.kind != rule.kind:
        yield say("kind: {before} → {after}", before=say(was.kind.value), after=say(rule.kind.value))
    if was.language != rule.language:
        yield say("language: {before} → {after}", before=was.language, after=rule.language)
    if was.hard != rule.hard:
        yield say("a program checks it now") if rule.hard else say("no program checks it any more")
    if gone := [w for w in was.words if w not in rule.words]:
        yield say("no longer looked for: {words}", words=", ".join(gone))
    if new := [w for w in rule.words if w not in was.words]:
        yield say("looked for now: {words}", words=", ".join(new))
    if was.when != rule.when:
        yield say("only in texts with: {words}", words=", ".join(rule.when)) if rule.when else say("in every text now")


def _compare(
    app: App, conn: Connection, brand: Brand, old: rulebooks.StoredVersion, book: RuleBook, until: datetime | None
) -> RulebookDiff:
    before = rulebooks.get(conn, brand.id, old.version)
    made = changes(before, book)
    lost = {c.id for c in made if c.change != "added"}
    # Older than the older one counts too: such a draft has not been checked against what is new either.
    stale = {v.version for v in rulebooks.versions(conn, brand.id) if v.learned <= old.learned} - {book.version}
    hard = {rule.id for rule in book.hard}
    newer = dataclasses.replace(brand, rulebook=book)
    affected = []
    for draft, version in drafts.standing(conn, brand.id, limit=_MOST):
        if version.content.rulebook not in stale:
            continue
        of_this = [p for p in posts.of_draft(conn, draft.id) if p.version == version.version]
        findings = app.desk.findings(conn, version.content, newer, draft) if hard else ()
        affected.append(
            Affected(
                draft,
                version,
                of_this[-1] if of_this else None,
                tuple(c for c in version.citations if c in lost),
                tuple(f for f in findings if f.severity is Severity.BLOCK and f.rule_id in hard),
            )
        )
    affected.sort(key=lambda a: (not a.breaks, not a.cites))
    return RulebookDiff(brand.id, old.version, book.version, old.learned, until, made, tuple(affected))
