"""What every verb of the workflow works with; wired in ``bot/app.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.checks import base as checks
from bot.clock import Clock
from bot.domain.brand import Brand
from bot.domain.draft import Content, Finding
from bot.domain.policy import ApprovalPolicy
from bot.platforms.base import Platform
from bot.store import desk as rows
from bot.store.db import Database


@dataclass(frozen=True)
class Desk:
    """The database, the clock, the platforms: nothing here decides anything."""

    db: Database
    clock: Clock
    #: Return the adapter of an account, connected on first use. Raises Misconfigured.
    platform: Callable[[str], Platform]
    #: Return the adapter class of a platform id, without connecting. Raises Misconfigured.
    platform_class: Callable[[str], type[Platform]]
    #: Return the secrets that no text may hold, as of now.
    secrets: Callable[[Connection], tuple[str, ...]]

    def brand(self, conn: Connection, brand_id: str | None = None) -> tuple[Brand, ApprovalPolicy]:
        """Return a brand as it was last learned, with its policy. Raises NotFound, Misconfigured."""
        brand, policy, _ = rows.load_brand(conn, brand_id)
        return brand, policy

    def follow_database(self, conn: Connection) -> None:
        """Set the clock by the database's where several machines share one, so that none of them posts early."""
        if not self.db.is_sqlite:
            self.clock.follow(self.db.now(conn))

    def findings(self, conn: Connection, content: Content, brand: Brand) -> tuple[Finding, ...]:
        """Run every check on a content against the brand as it is now."""
        platform = self.platform_class(content.account.partition(":")[0])
        problems = platform.fits(content.parts, reply=bool(content.reply_parent), visibility=content.visibility)
        misfits = tuple(checks.Misfit(p.message, p.part) for p in problems)
        links = tuple((n, uri) for n, part in enumerate(content.parts) for uri in platform.link_uris(part.text))
        return checks.run(checks.Subject(content, brand, misfits, self.secrets(conn), links))
