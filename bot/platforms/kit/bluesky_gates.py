"""Who may answer and quote whom: the gates that people set on their posts, asked of the AppView before a post is sent.

An answer that a gate forbids is taken by the server and shown to nobody: lexicons app/bsky/feed/threadgate.json and
postgate.json, https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/feed (read 2026-11-22). The AppView
applies all rules of a gate to the account that asks (views: ``userReplyDisabled``, ``userPostEmbeddingDisabled``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.errors import PlatformError, Refused
from bot.platforms.kit import address
from bot.platforms.kit.atproto import Wire, sdk
from bot.platforms.kit.comments import table
from bot.words import say

#: Reads one post of a (repository, record key); None where it is gone.
Record = Callable[[str, str], dict[str, Any] | None]
#: A gate has the key of the post that it stands at.
_GATE, _MOST_HIDDEN = "app.bsky.feed.threadgate", 300


def check(wire: Wire, own: str, answered: tuple[str, str] | None, quoted: str | None) -> None:
    """Raise Refused where ``own`` may not answer ``answered`` (parent and root) or quote ``quoted``.

    An account's own threads and posts need no leave, so they do not wait for an AppView that is down. A post that the
    AppView does not show (yet) has no gate that it knows of. Raises TryLater where the AppView cannot be asked.
    """
    parent = answered[0] if answered and not _by(answered[1], own) else None
    quoted = quoted if quoted and not _by(quoted, own) else None
    asked = [uri for uri in dict.fromkeys((parent, quoted)) if uri]
    if not asked:
        return
    params = sdk().AppBskyFeedGetPosts.Params(uris=asked)
    said = wire.query("app.bsky.feed.getPosts", params).get("posts")
    posts = [table(post) for post in said] if isinstance(said, list) else []
    seen = {str(post.get("uri", "")): table(post.get("viewer")) for post in posts}
    if parent and seen.get(parent, {}).get("replyDisabled") is True:
        raise Refused(
            say("Whoever began this conversation does not let this account answer."), platform=wire.platform,
            next_step=say("Nothing of it would be seen. Let it be, or speak to them elsewhere."),
        )  # fmt: skip
    if quoted and seen.get(quoted, {}).get("embeddingDisabled") is True:
        raise Refused(
            say("Whoever wrote the quoted post does not let it be quoted."), platform=wire.platform,
            next_step=say("Say it without the quote."),
        )  # fmt: skip


def hide(wire: Wire, record: Record, uri: str, now: str, *, hidden: bool) -> None:
    """Put an answer on the list of hidden ones of its thread's gate, or take it off.

    Only who began a thread has that list: ``hiddenReplies``, at most 300. Other rules of the gate stay as they are; a
    gate that somebody changes at the same moment is not overwritten.
    https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/threadgate.json (read 2026-11-22)
    """
    own, (repo, _, key) = wire.session().did, uri.removeprefix("at://").partition(f"/{address.POST}/")
    answer = record(repo, key) if key else None
    root = str(table(table(table((answer or {}).get("value")).get("reply")).get("root")).get("uri", ""))
    if answer is None or not _by(root, own):
        raise Refused(say("Only an answer below a post of this account can be hidden."), platform=wire.platform)
    models, rkey = sdk(), root.rpartition("/")[2]
    there = _gate(wire, own, rkey)
    gate = table((there or {}).get("value"))
    known = [one for one in gate.get("hiddenReplies") or [] if isinstance(one, str)]
    if (uri in known) is hidden:
        return
    if hidden and len(known) >= _MOST_HIDDEN:
        raise Refused(
            say("Bluesky hides at most {n} answers below a post.", n=_MOST_HIDDEN), platform=wire.platform,
            next_step=say("Mute, block or report its author there."),
        )  # fmt: skip
    listed = [*known, uri] if hidden else [one for one in known if one != uri]
    value = {"createdAt": now, **gate, "$type": _GATE, "post": root, "hiddenReplies": listed}
    data = models.ComAtprotoRepoPutRecord.Data(
        repo=own, collection=_GATE, rkey=rkey, record=value, swap_record=str(there["cid"]) if there else None
    )
    wire.procedure("write", "com.atproto.repo.putRecord", data)


def _gate(wire: Wire, own: str, rkey: str) -> dict[str, Any] | None:
    try:
        params = sdk().ComAtprotoRepoGetRecord.Params(repo=own, collection=_GATE, rkey=rkey)
        return wire.query("com.atproto.repo.getRecord", params)
    except PlatformError as no:
        if no.reply.startswith("RecordNotFound"):
            return None
        raise


def _by(uri: str, did: str) -> bool:
    return uri.startswith(f"at://{did}/")
