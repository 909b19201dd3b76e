"""The review cards of several drafts, read together."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.store import approvals, drafts, posts
from bot.workflow.card import Card, made
from bot.workflow.desk import Desk
from bot.workflow.rights import writers


def of_drafts(desk: Desk, conn: Connection, ids: Sequence[str]) -> list[Card]:
    """Gather the cards of some drafts' current versions, in the order given, by a few statements for all."""
    found = drafts.many(conn, ids)
    requests, decided = approvals.of_drafts(conn, ids), approvals.decisions_of(conn, ids)
    sent = posts.of_drafts(conn, ids)
    brands = {name: desk.brand(conn, name)[0] for name in {draft.brand for draft, _ in found}}
    limits = {key: desk.limits(conn, key) for key in {versions[-1].content.account for _, versions in found}}
    return [
        made(desk, draft, version, brands[draft.brand], limits[version.content.account],
             requests.get((draft.id, version.version)), decided.get(draft.id, ()), sent.get(draft.id, ()),
             frozenset(writers(conn, draft, history)))
        for draft, history in found
        for version in (next(v for v in history if v.version == draft.version),)
    ]  # fmt: skip
