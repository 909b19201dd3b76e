"""Who may answer and quote whom: the gates that people set on their posts, asked of the AppView before a post is sent.

An answer that a gate forbids is taken by the server and shown to nobody: lexicons app/bsky/feed/threadgate.json and
postgate.json, https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/feed (read 2026-11-22). The AppView
applies all rules of a gate to the account that asks (views: ``userReplyDisabled``, ``userPostEmbeddingDisabled``).
"""

from __future__ import annotations

from bot.errors import Refused
from bot.platforms.kit.atproto import Wire, sdk
from bot.platforms.kit.comments import table
from bot.words import say


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


def _by(uri: str, did: str) -> bool:
    return uri.startswith(f"at://{did}/")
