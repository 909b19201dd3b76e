"""What every verb of the workflow works with; wired in ``bot/app.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.checks import base as checks
from bot.clock import Clock
from bot.domain.brand import Account, Brand
from bot.domain.draft import Content, Draft, Finding, Severity
from bot.domain.policy import ApprovalPolicy
from bot.media import MediaFolder
from bot.platforms.base import Limits, Platform
from bot.store import desk as rows
from bot.store import drafts, facts, moved, series
from bot.store.db import Database
from bot.words import say, speaking
from bot.workflow.minds import Minds

#: How far back a text is compared with what the account said before.
LATELY = timedelta(days=90)
#: Texts whose checks are kept in memory.
READ = 4096
#: What the id of a recurring series begins with.
SERIES = "q_"


@dataclass(frozen=True)
class Desk:
    """The database, the clock, the platforms: nothing here decides anything."""

    db: Database
    clock: Clock
    #: Return the adapter of an account, connected on first use. Raises Misconfigured.
    platform: Callable[[str], Platform]
    #: Return the one it had last, without a look at the database; and say within a transaction whether it still is
    #: that account's, given all its facts and its sealed settings.
    at_hand: Callable[[str], Platform]
    still_its: Callable[[Platform, Account, Mapping[str, Any], Mapping[str, str]], bool]
    #: Raise Locked while this machine's keys do not open a login of an account that was wanted.
    opens: Callable[[str], None]
    #: Return the adapter class of a platform id, without connecting. Raises Misconfigured.
    platform_class: Callable[[str], type[Platform]]
    #: Return the secrets that no text may hold, as of now.
    secrets: Callable[[Connection], tuple[str, ...]]
    #: Where pictures and videos are kept.
    media: MediaFolder
    #: Let the sandbox's people act, and return how much they did; nothing where no brand has posted there.
    others_act: Callable[[], int] = lambda: 0
    #: For how many days transcripts, read notices, readings and lesser events are kept; 0 is for ever.
    keep: Mapping[str, int] = field(default_factory=dict)
    #: What ``blocks`` found, with what it was found for.
    _read: dict[int, tuple[Content, Brand, Any, tuple[Finding, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    #: What reads and answers comments; an empty one listens to nobody.
    minds: Minds = field(default_factory=Minds)
    #: The share of a platform's limits that is used.
    rate_share: float = 0.8

    def brand(self, conn: Connection, brand_id: str | None = None) -> tuple[Brand, ApprovalPolicy]:
        """Return a brand as it was last learned, with its policy. Raises NotFound, Misconfigured."""
        brand, policy, _ = rows.load_brand(conn, brand_id)
        return brand, policy

    @contextmanager
    def deciding(self) -> Iterator[Connection]:
        """Begin a transaction for somebody's word. Raises Misconfigured once the database was moved: there it is lost.

        A process that opened the database before goes on showing it.
        """
        with self.db.write() as conn:
            moved.refuse(conn)
            yield conn

    def follow_database(self, conn: Connection) -> None:
        """Set the clock by the database's, so that no process and no machine posts early."""
        self.clock.follow(self.db.now(conn))

    def limits(self, conn: Connection, account: str) -> Limits:
        """Return what fits on an account, by what its own server said last."""
        return self.platform_class(account.partition(":")[0]).limits_of(facts.of_account(conn, account))

    def blocks(
        self, conn: Connection, content: Content, brand: Brand, draft: Draft,
        given: tuple[tuple[str, ...], Limits] | None = None,
    ) -> tuple[Finding, ...]:  # fmt: skip
        """Return what forbids to send a content now. The same text under the same rules is read once.

        What was said before is left out: that two posts are alike is told to people, and holds nothing back.
        ``given`` are the secrets and the account's limits, for a caller that has just read them.
        """
        given = given or (self.secrets(conn), self.limits(conn, content.account))
        resting = (draft.kind, draft.brief, draft.series, *given)
        # The same stored bytes are the same Content, see rows.stored_content: kept here, its id is nobody else's.
        kept = self._read.get(id(content))
        # A Brand that was learned anew is another one, see rows.load_brand.
        if kept is None or kept[0] is not content or kept[1] is not brand or kept[2] != resting:
            found = self.findings(conn, content, brand, draft, recent=())
            kept = (content, brand, resting, tuple(f for f in found if f.severity is Severity.BLOCK))
            if len(self._read) >= READ:
                self._read.clear()
            self._read[id(content)] = kept
        return kept[3]

    @speaking("en")
    def findings(
        self, conn: Connection, content: Content, brand: Brand, draft: Draft | None = None,
        recent: Sequence[checks.Said] | None = None,
    ) -> tuple[Finding, ...]:  # fmt: skip
        """Run every check on a content against the brand as it is now; ``draft`` is the one it belongs to.

        In English, whoever asks: findings are stored, and ``retold`` to each reader.
        ``recent`` is what was said on the account of late, for a caller that has it.
        """
        platform = self.platform_class(content.account.partition(":")[0])
        reply = bool(content.reply_parent)
        problems = platform.fits(
            content.parts, reply=reply, visibility=content.visibility, warning=content.warning,
            labels=content.labels, quote=content.quote, limits=self.limits(conn, content.account),
        )  # fmt: skip
        misfits = tuple(checks.Misfit(p.message, p.part, p.fix) for p in problems)
        links = tuple(
            (n, uri)
            for n, part in enumerate(content.parts)
            for uri in (*platform.link_uris(part.text), *([part.card.url] if part.card else []))
        )
        said = self.said(conn, content.account, draft) if recent is None else recent
        sources = [checks.Source("brief", draft.brief)] if draft and draft.brief else []
        kind = draft.kind if draft else "post"
        found = checks.run(
            checks.Subject(content, brand, misfits, self.secrets(conn), links, kind, tuple(sources), said)
        )
        notes = [Finding("platform", Severity.NOTE, message) for message in platform.advice(content.parts, reply=reply)]
        if draft and draft.series.startswith(SERIES):
            message = say("It says again, on purpose, what the series {series} says.", series=draft.series)
            notes.append(Finding("duplicates", Severity.NOTE, message))
        return (*found, *notes)

    def said(self, conn: Connection, account: str, draft: Draft | None = None) -> list[checks.Said]:
        """Return what was said on an account of late, or waits to be said, the newest first, before a draft."""
        now = self.clock.now()
        # Only what came before it: of two alike, the second one is the repeat.
        rows = drafts.said(conn, account, now - LATELY, draft.created if draft else now)
        own = {draft.id} if draft else set()
        # Versions of one thing say the same on purpose: people choose among them. Posts of a campaign should not.
        if draft and draft.series.startswith("s_") and draft.angle:
            own |= {d.id for d, _ in drafts.series(conn, draft.series)}
        if draft and draft.series.startswith(SERIES):
            own |= series.drafts_of(conn, draft.series)
        return [checks.Said(*row) for row in rows if row[0] not in own]
