"""Bluesky, through the AT Protocol of the account's own server.  https://docs.bsky.app

A post is a record that we name ourselves: its key is chosen before the first send, so a repeat is the same record
and a lost answer is settled by looking at one address. Sessions and failures: ``kit/atproto.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.brand import Account
from bot.domain.comment import Comment
from bot.domain.draft import Part
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import BadInput, NotFound, OutcomeUnknown, PlatformError, Refused, TryLater, Unsupported
from bot.platforms.base import Context, Cursor, Features, Health, Identity, Limits, Page, Platform, Problem, Sight
from bot.platforms.kit import (
    address,
    bluesky_gates,
    bluesky_health,
    bluesky_inbox,
    bluesky_own,
    bluesky_record,
    bluesky_ways,
    quotas,
)  # fmt: skip
from bot.platforms.kit.atproto import Session, Wire, sdk
from bot.platforms.kit.comments import table
from bot.platforms.kit.richtext import graphemes, spans
from bot.platforms.kit.tid import is_tid, tid
from bot.platforms.kit.window import stamp
from bot.words import say

_POST = address.POST
#: Fact: the largest upload that the account's server takes.
_BLOB = "blob_bytes"


class Bluesky(Platform):
    """One Bluesky account."""

    id = "bluesky"
    label = "Bluesky"
    limits = Limits(
        # Both count: 300 graphemes and 3000 bytes; up to 4 pictures of 2,000,000 bytes.
        text=300,
        unit="characters",
        text_bytes=3000,
        images=4,
        image_bytes=2_000_000,
        image_types=("image/jpeg", "image/png", "image/webp"),
        # The record would hold 300 MB, but Bluesky's own servers take uploads of 52,428,800 bytes:
        # https://docs.bsky.app/docs/advanced-guides/rate-limits. Three minutes is the app's own limit:
        # https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts (both read 2026-11-22)
        videos=1,
        video_bytes=52_428_800,
        video_types=("video/mp4",),
        video_seconds=(0.0, 180.0),
        # The protocol sets no length for alt texts; the official app takes 2000.
        alt=2000,
        card_bytes=bluesky_record.CARD_BYTES,
        parts=25,
        source="https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (2026-11-22)",
    )
    features = Features(
        threads=True, replies=True, images=True, video=True, quotes=True, cards=True, labels=bluesky_record.LABELS,
        delete=True, comments=True, readings=True, once="record", read_lag=30.0, rereads=25, hides=True,
    )  # fmt: skip
    links = ("https://docs.bsky.app/docs/advanced-guides/rate-limits", "https://bsky.app/settings/app-passwords")
    tested = "Bluesky's own PDS and AppView, started by the tests"
    ways, rules, quotas = bluesky_ways.WAYS, bluesky_ways.RULES, quotas.BLUESKY
    settings = {  # noqa: RUF012 - a table, as in the base class
        "service": ("Address of the account's server; https://bsky.social unless it hosts itself", False),
        "handle": ("Handle of the account, such as brand.bsky.social", False),
        "app_password": ("App password made for Signoff at https://bsky.app/settings/app-passwords", True),
    }

    def __init__(self, context: Context, settings: dict[str, str]) -> None:
        super().__init__(context, settings)
        self._wire = Wire(
            self.id,
            settings.get("service") or "https://bsky.social",
            (settings.get("handle") or context.account.handle).removeprefix("@"),
            settings.get("app_password", ""),
            context,
        )

    @classmethod
    def length(cls, text: str) -> int:
        return graphemes(text)

    @classmethod
    def link_uris(cls, text: str) -> list[str]:
        return [span.value for span in spans(text) if span.kind == "link"]

    @classmethod
    def limits_of(cls, facts: Mapping[str, Any]) -> Limits:
        """Narrow the limits by what the account's own server takes (com.atproto.server.describeServer)."""
        most = facts.get(_BLOB)
        if not isinstance(most, int) or most <= 0:
            return cls.limits
        return replace(
            cls.limits, image_bytes=min(cls.limits.image_bytes, most), video_bytes=min(cls.limits.video_bytes, most)
        )

    @classmethod
    def _part_problems(cls, n: int, part: Part, warning: str, limits: Limits) -> list[Problem]:
        found = super()._part_problems(n, part, warning, limits)
        fix = say("Change the link card, or take it off with --card none.")
        return found + [Problem(message, n, fix=fix) for message in bluesky_record.problems(part)]

    @classmethod
    def advice(cls, parts: Sequence[Part], *, reply: bool = False) -> list[str]:
        bare = any(cls.link_uris(p.text) and not p.media and p.card is None for p in parts)
        said = say("Bluesky shows no preview of a link by itself: `signoff edit ID --card URL` adds one.")
        return [said] if bare else []

    @classmethod
    def may_answer(cls, comment: Comment, account: Account, *, automatic: bool) -> str:
        # The AppView calls whatever tags the account a mention, also an answer or a quote that does (post.js).
        # https://docs.bsky.app/docs/starter-templates/bots (read 2026-11-22)
        if automatic and comment.kind != "mention":
            return say("On Bluesky software may answer only those who tagged the account; a person can answer this.")
        return ""

    def close(self) -> None:
        self._wire.close()

    def preview_host(self) -> str:
        return urlsplit(self._wire.service).netloc

    def once_key(self, seed: str, at: datetime) -> str:
        return tid(seed, at)

    # --- publishing ----------------------------------------------------------------------------------------

    def publish(self, out: Outgoing, once: str) -> Receipt:
        """Create the record named ``once``.

        1. Refuse what does not fit, before anything leaves.
        2. Ask the gates of others' posts, upload media, look up mentions: nothing is public yet, so a failure here is
           TryLater.
        3. Create the record. Creating it a second time answers 500 (measured), so after any 5xx we look.
        """
        limits = self.limits_of({_BLOB: self.context.facts.load(_BLOB)})
        self.refuse(out, limits)
        if not is_tid(once):
            raise Unsupported(say("The record key was not made by this adapter."), platform=self.id)
        models, part, ready = sdk(), out.part, bluesky_record.ready
        sizes = [limits.video_bytes if medium.is_video else limits.image_bytes for medium in part.media]
        media = [ready(self.context, medium, most) for medium, most in zip(part.media, sizes, strict=True)]
        shown = part.card.picture if part.card else None
        thumb = ready(self.context, shown, bluesky_record.CARD_BYTES) if shown else None
        session = self._wire.session()
        reply, quoted = self._reply(out), self._quoted(out)
        answered = (reply.parent.uri, reply.root.uri) if reply else None
        bluesky_gates.check(self._wire, session.did, answered, quoted[0] if quoted else None)
        record = models.AppBskyFeedPost.Record(
            text=part.text,
            created_at=stamp(out.created or self.context.clock.now()),
            langs=[out.language] if out.language else None,
            facets=bluesky_record.facets(self._wire, part.text) or None,
            reply=reply,
            embed=bluesky_record.embed(self._wire, media, (part.card, thumb) if part.card else None, quoted),
            labels=bluesky_record.labels(out.labels),
        )
        data = models.ComAtprotoRepoCreateRecord.Data(collection=_POST, repo=session.did, rkey=once, record=record)
        out.before_send()
        try:
            made = self._wire.procedure("send", "com.atproto.repo.createRecord", data)
            return self._receipt(session, made, out)
        except OutcomeUnknown as lost:
            if lost.status is None:
                raise
            try:
                found = self._look(out, once)
            except PlatformError:
                raise lost from None
            if found is None:
                raise
            return found

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        if not once:
            own = self._wire.session()
            found = bluesky_own.by_words(self._wire, own.did, out, since)
            return self._receipt(own, found, out) if found else None
        return self._look(out, once)

    def _look(self, out: Outgoing, once: str) -> Receipt | None:
        """Return the record named ``once`` if it is ours to call live."""
        session = self._wire.session()
        found = self._record(session.did, once)
        if found is None:
            return None
        if table(found.get("value")).get("text") != out.part.text:
            # Nobody but us writes keys like this one, so a person must see what happened.
            raise OutcomeUnknown(say("Another text stands where this post belongs."), platform=self.id)
        return self._receipt(session, found, out)

    def _record(self, repo: str, rkey: str) -> dict[str, Any] | None:
        params = sdk().ComAtprotoRepoGetRecord.Params(repo=repo, collection=_POST, rkey=rkey)
        try:
            return self._wire.query("com.atproto.repo.getRecord", params)
        except PlatformError as no:
            if no.reply.startswith("RecordNotFound"):
                return None
            raise

    def _receipt(self, session: Session, said: dict[str, Any], out: Outgoing) -> Receipt:
        uri, cid = said.get("uri"), said.get("cid")
        if not isinstance(uri, str) or not isinstance(cid, str):
            raise OutcomeUnknown(say("Bluesky's answer names no post."), platform=self.id)
        return Receipt(uri, address.web(session.handle, uri), out.created or self.context.clock.now(), cid)

    def _reply(self, out: Outgoing) -> Any:
        """Return root and parent as strong references; a wrong root would break the thread for every reader."""
        if out.parent is None:
            return None
        models = sdk()
        parent, root = (out.parent.remote_id, out.parent.cid), None
        if out.root is not None:
            root = (out.root.remote_id, out.root.cid)
        if not parent[1] or root is None:
            there = self._target(parent[0])
            parent = (there["uri"], there["cid"])
            above = table(table(table(there.get("value")).get("reply")).get("root"))
            root = root or ((above["uri"], str(above.get("cid", ""))) if above.get("uri") else parent)
        if not root[1]:
            there = self._target(root[0])
            root = (there["uri"], there["cid"])
        strong = models.ComAtprotoRepoStrongRef.Main
        return models.AppBskyFeedPost.ReplyRef(
            parent=strong(uri=parent[0], cid=parent[1]), root=strong(uri=root[0], cid=root[1])
        )

    def _quoted(self, out: Outgoing) -> tuple[str, str] | None:
        if not out.quote:
            return None
        there = self._target(out.quote, say("The quoted post is not there any more."))
        return there["uri"], there["cid"]

    def _target(self, uri: str, gone: str = "") -> dict[str, Any]:
        repo, _, rkey = uri.removeprefix("at://").partition(f"/{_POST}/")
        found = self._record(repo, rkey) if rkey else None
        if found is None or not isinstance(found.get("cid"), str):
            raise Refused(gone or say("The post that this answers is not there any more."), platform=self.id)
        return found | {"uri": uri}

    def lookup(self, url: str) -> Receipt:
        """Read the record that an address at bsky.app, or an ``at://`` address, leads to."""
        session, found = self._wire.session(), None
        if (named := self._named(url)) and named[0] == session.did:
            found = self.post_at(url)
        if found is None:
            raise BadInput(say("{url} is not a post of {account}.", url=url, account=self.context.account.key))
        return replace(found, url=address.web(session.handle, found.remote_id))

    def post_at(self, url: str) -> Receipt:
        named = self._named(url)
        found = self._record(*named) if named else None
        if named is None or found is None:
            raise NotFound(say("There is no post at {url}.", url=url))
        uri = f"at://{named[0]}/{_POST}/{named[1]}"
        if not isinstance(found.get("cid"), str):
            raise TryLater(say("Bluesky could not be reached."), platform=self.id, reply="no cid")
        return Receipt(uri, address.web(named[0], uri), self.context.clock.now(), found["cid"])

    def _named(self, url: str) -> tuple[str, str] | None:
        """Return the DID and the record key that an address names; None where nobody has that handle."""
        step = say("Copy the address of the post, as in https://bsky.app/profile/brand.bsky.social/post/3lb...")
        named = address.parse(url)
        if named is None:
            raise BadInput(say("{url} is no address of a Bluesky post.", url=url), next_step=step)
        (who, rkey), session = named, self._wire.session()
        if who == session.handle.lower():
            who = session.did
        did = who if who.startswith("did:") else bluesky_record.did_of(self._wire, who)
        return (did, rkey) if did else None

    def delete(self, receipt: Receipt) -> None:
        models = sdk()
        session = self._wire.session()
        repo, _, rkey = receipt.remote_id.removeprefix("at://").partition(f"/{_POST}/")
        if repo != session.did or not rkey:
            raise Refused(say("Only a post of this account can be removed."), platform=self.id)
        # Deleting what is gone answers 200 (measured 2026-11-21).
        data = models.ComAtprotoRepoDeleteRecord.Data(repo=repo, collection=_POST, rkey=rkey)
        try:
            self._wire.procedure("write", "com.atproto.repo.deleteRecord", data)
        except Refused as no:
            if no.status != 410:
                raise

    # --- listening -----------------------------------------------------------------------------------------

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        return bluesky_inbox.read(self._wire, self.context.clock.now(), self.context.account.key, since, limit)

    def look_at(self, remote_id: str) -> Sight:
        repo, _, rkey = remote_id.removeprefix("at://").partition(f"/{_POST}/")
        return bluesky_inbox.sight(self._wire, remote_id, self._record(repo, rkey))

    def hide(self, remote_id: str, *, hidden: bool = True) -> None:
        bluesky_gates.hide(self._wire, self._record, remote_id, stamp(self.context.clock.now()), hidden=hidden)

    def reread(self, remote_ids: Sequence[str]) -> Mapping[str, str | None]:
        return bluesky_inbox.reread(self._wire, remote_ids, self._record)

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        models = sdk()
        uris = [receipt.remote_id for receipt in receipts]
        # getPosts takes 25 at a time and leaves out what is gone.
        # https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/getPosts.json (2026-11-21)
        for first in range(0, len(uris), 25):
            params = models.AppBskyFeedGetPosts.Params(uris=uris[first : first + 25])
            posts, _ = self._wire.listed("app.bsky.feed.getPosts", params, "posts")
            for post in (post for post in posts if post.get("uri") in uris):
                yield Reading(
                    remote_id=post["uri"],
                    at=self.context.clock.now(),
                    likes=post.get("likeCount"),
                    replies=post.get("replyCount"),
                    reposts=post.get("repostCount"),
                )

    # --- health --------------------------------------------------------------------------------------------

    def identity(self) -> Identity:
        who = self._wire.who()
        self._learn()
        # The session ends after 90 days without use, the app password does not: it logs in anew.
        return Identity(who["did"], who["handle"])

    def health(self) -> list[Health]:
        lines = bluesky_health.lines(self._wire, self.context.clock.now())
        if lines[0].ok:
            self._learn()
        return lines

    def _learn(self) -> None:
        """Keep what the account's server says of its limits."""
        most = self._wire.describe().get("blobUploadLimit")
        if isinstance(most, int) and most > 0:
            self.context.facts.store(_BLOB, most)
