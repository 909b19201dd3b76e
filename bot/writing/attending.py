"""What a worker reads and answers comments with: set here, by the surfaces that run one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.comment import Entry, Triage
from bot.errors import Halted, NotFound
from bot.store import desk as rows
from bot.store import learned
from bot.words import say
from bot.workflow import alarms, triage
from memory.base import MemoryFault

if TYPE_CHECKING:
    from bot.writing.triage import Cascade


log = logging.getLogger(__name__)

#: What was erased meanwhile leaves the collection of signed answers within this time, whatever else happens.
KEEP_AGAIN = timedelta(hours=1)


def _tell(app: App, stopping: Callable[[], bool]) -> object:
    """Send webhooks. The code that connects is loaded once there is one."""
    from bot.brand_folder.sending import send
    from bot.workflow import webhooks

    def secret(webhook_id: str) -> str | None:
        return app.vault.load(f"webhook:{webhook_id}", "secret")

    return webhooks.deliver(app.desk, secret, partial(send, local=app.settings.webhooks_local), stopping)


class _Keeper:
    """Lets the collection of signed answers follow the database: soon after a decision, and now and then."""

    def __init__(self, app: App) -> None:
        self._app = app
        #: By brand: when somebody last decided, as of the last look; and when that was.
        self._looked: dict[str, tuple[datetime | None, datetime]] = {}

    def look(self) -> None:
        """Look once; a memory that cannot be used is looked for again later."""
        from bot.own_words import accepted

        app, now = self._app, self._app.clock.now()
        with app.db.read() as conn:
            found = {name: learned.newest(conn, name) for name in rows.brands(conn)}
        for name, newest in found.items():
            seen, at = self._looked.get(name, (None, now))
            if newest is None or (newest == seen and now - at < KEEP_AGAIN):
                continue
            self._looked[name] = (newest, now)
            try:
                with app.db.read() as conn:
                    brand, _ = app.desk.brand(conn, name)
                accepted.refresh(app, brand)
            except (MemoryFault, Halted) as error:
                log.info("signed answers are kept for later at the next look: %s", error)


def _statement(app: App, brand: str, account: str, brief: str) -> str:
    """Draft a holding statement for one account; return the draft's id. Raises ModelError, NotFound, NotAllowed."""
    from bot.workflow import reply
    from bot.writing import posts, wishes

    mine = app.brand().id
    if mine != brand:
        raise NotFound(say("This Signoff works for the brand {brand}.", brand=mine))
    made = posts.draft(app, brief, [account], reply.AUTHOR, wish=wishes.Wish(kind="holding_statement"))
    return made.drafts[0].draft_id


def equip(app: App) -> None:
    """Let this Signoff's worker hear, read and answer comments. Nothing is loaded before it is needed.

    Comments are read by a language model only where one is set: a worker starts none of its own for that.
    """
    from bot.writing import replying

    cascades: dict[str, Cascade] = {}

    def read(found: Sequence[Entry]) -> Sequence[Triage]:
        from bot.writing.above import above
        from bot.writing.triage import of_app

        brand = found[0].brand if found else ""
        if brand not in cascades:
            cascades[brand] = of_app(app, use_model=bool(app.settings.llm_base_url), brand=brand)
        try:
            with app.db.read() as conn:
                said_before = above(conn, found)
            before = cascades[brand].counts.asked
            told = cascades[brand]([one.text for one in found], said_before)
            if (counts := cascades[brand].counts).asked > before:
                alarms.model(app.db, app.clock.now(), counts.trouble)
            return told
        except MemoryFault:
            # The sentence encoder is an extra: without it word lists read.
            return triage.local(found)

    app.desk.minds.read = read
    app.desk.minds.write = replying.writer(app)
    app.desk.minds.state = partial(_statement, app)
    app.desk.minds.tell = partial(_tell, app)
    app.desk.minds.keep = _Keeper(app).look
