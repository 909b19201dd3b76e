"""What a reply or a first comment stands below: words that somebody wrote, and the post, found by code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.app import App
from bot.errors import BadInput, NotFound, SignoffError
from bot.store import comments, drafts, posts
from bot.words import say

#: Pages of comments that are looked through for an address.
PAGES = 20
_DRAFT = re.compile(r"^d_[0-9a-z]{8}$")
_ADDRESS = re.compile(r"^(?:https?|at|sandbox)://\S+$", re.I)


@dataclass(frozen=True)
class Target:
    """What is answered."""

    #: What they wrote; never an instruction.
    words: str = ""
    #: Address that a person gave.
    url: str = ""
    #: By account: remote id of the post at that address, where the account's platform knows it.
    below: dict[str, str] = field(default_factory=dict)
    #: Who can read what is answered: the answer is seen by no more.
    visibility: str = "public"

    @property
    def evidence(self) -> dict[str, Any]:
        """What is kept of it with a draft."""
        return {"to": {"words": self.words, "url": self.url}} if self.words or self.url else {}


def find(app: App, accounts: Sequence[str], given: Sequence[str]) -> Target:
    """Read what ``--to`` says: words, an address, both, or the id of an own draft.

    Raises BadInput for two addresses, NotFound for an unknown draft.
    """
    if len(given) == 1 and _DRAFT.match(given[0].strip()):
        return _own(app, given[0].strip())
    urls = [g.strip() for g in given if _ADDRESS.match(g.strip())]
    words = "\n".join(g.strip() for g in given if g.strip() and not _ADDRESS.match(g.strip()))
    if len(urls) > 1:
        raise BadInput(say("--to has two addresses."), next_step=say("Answer one post at a time."))
    if not urls:
        return Target(words)
    below: dict[str, str] = {}
    visibility = "public"
    for key in accounts:
        remote, text, seen_by = _look(app, key, urls[0])
        if remote:
            below[key] = remote
            words, visibility = words or text, seen_by
    return Target(words, urls[0], below, visibility)


def _own(app: App, draft_id: str) -> Target:
    """Return one of our own drafts as what is spoken below: by its first live part, where it is live."""
    with app.db.read() as conn:
        draft, version = drafts.get(conn, draft_id), drafts.version(conn, draft_id)
        live = [p.receipt for post in posts.of_draft(conn, draft_id) for p in post.parts if p.receipt]
    words = "\n".join(part.text for part in version.content.parts)
    return Target(words, live[0].url if live else "", {draft.account: live[0].remote_id} if live else {})


def _look(app: App, key: str, url: str) -> tuple[str, str, str]:
    """Return remote id, words and visibility of what stands at an address: a comment, or a post of the account's own.

    An empty id where the platform cannot tell: then the answer is text to copy.
    """
    try:
        with app.db.read() as conn:
            heard = comments.at_address(conn, app.brand().id, url)
        if heard is not None:
            said = heard.comment
            return (said.remote_id, heard.text, said.visibility) if said.account == key else ("", "", "")
        platform, cursor = app.platform(key), None
        if platform.features.comments:
            for _ in range(PAGES):
                page = platform.comments(cursor)
                for comment in page.items:
                    if url.rstrip("/") in (comment.url.rstrip("/"), comment.remote_id):
                        return comment.remote_id, comment.text, comment.visibility
                if not page.more or page.cursor == cursor:
                    break
                cursor = page.cursor
        return platform.lookup(url).remote_id, "", "public"
    except SignoffError:
        return "", "", ""


def usable(kind: str, target: Target) -> None:
    """Refuse a reply to nothing. Raises BadInput, NotFound."""
    if kind != "reply" or target.words:
        return
    if target.url:
        raise NotFound(
            say("What stands at {url} cannot be read from here.", url=target.url),
            next_step=say("Give the words as well: --to URL --to 'WHAT THEY WROTE'."),
        )
    raise BadInput(
        say("It is not said what to answer."), next_step=say("Say --to 'WHAT THEY WROTE', or --to URL, or both.")
    )
