"""What people and written rules signed, held against what stands on the network: each once, in its hour, as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.domain.approval import Choice, Decision, content_hash
from bot.evaluation.redteam.stage import OURS
from bot.store import drafts
from bot.workflow import when


@dataclass(frozen=True)
class Entry:
    """One post that was signed."""

    account: str
    text: str
    parent: str
    media: tuple[str, ...]
    #: Before when it may not arrive.
    opens: datetime

    def covers(self, post: Mapping[str, Any]) -> bool:
        """Say whether a post of the network is this one."""
        same = (OURS[post["account"]], post["sent"] or post["text"], post["parent_id"])
        media = tuple(m["sha256"] for m in post["media"])
        return same == (self.account, self.text, self.parent) and media == self.media and post["arrived"] >= self.opens


def entries(conn: Connection, decisions: Sequence[Decision], now: datetime) -> list[Entry]:
    """Return what may stand there by these decisions: each version once, however many signed it."""
    found = []
    for draft_id, number, digest in {(d.draft_id, d.version, d.hash) for d in decisions if d.choice is Choice.APPROVE}:
        content = drafts.version(conn, draft_id, number).content
        if content_hash(content) != digest:
            continue
        opens = when.instant(content.window, now)[0] if content.window.wall else datetime.min.replace(tzinfo=now.tzinfo)
        for part in content.parts:
            media = tuple(m.sha256 for m in part.media)
            found.append(Entry(content.account, part.text, content.reply_parent, media, opens))
    return found


def unsigned(posts: Sequence[Mapping[str, Any]], signed: Sequence[Entry]) -> list[str]:
    """Return the posts of ours that nothing signed covers; what was signed once covers one of them."""
    left, found = list(signed), []
    for post in posts:
        if (entry := next((e for e in left if e.covers(post)), None)) is None:
            found.append(str(post["sent"] or post["text"])[:80])
        else:
            left.remove(entry)
    return found
