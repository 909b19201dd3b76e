"""Bluesky, through the AT Protocol of the account's own server.  https://docs.bsky.app

A post is a record that we name ourselves: its key is chosen before the first send, so a repeat is the same record
and a lost answer is settled by looking at one address. Sessions and failures: ``kit/atproto.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.domain.comment import Comment
from bot.domain.draft import Media
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import (
    BadInput,
    Misconfigured,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    SignoffError,
    Unsupported,
)  # fmt: skip
from bot.platforms.base import Context, Cursor, Features, Health, Identity, Limits, Page, Platform
from bot.platforms.kit import address, bluesky_ways, comments
from bot.platforms.kit.atproto import Session, Wire, expiry, sdk
from bot.platforms.kit.comments import table
from bot.platforms.kit.images import Telltale, Unreadable, as_signed
from bot.platforms.kit.richtext import graphemes, spans
from bot.platforms.kit.tid import is_tid, tid
from bot.platforms.kit.window import Window, stamp
from bot.words import say

_POST = address.POST
#: A stranger's own clock dates the notification (the AppView sorts by the earlier of ``createdAt`` and the time it was
#: indexed, packages/bsky/src/data-plane/server/indexing/plugins/post.ts, read 2026-11-22), and indexing is not in
#: order. So reading goes this far behind the newest known one, and leaves out those handed over before.
_OVERLAP = timedelta(hours=1)
#: Pages of 100 read for an account that has never been read; later reads go back as far as they must.
_FIRST_PAGES, _MOST_PAGES = 10, 500


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
        # The protocol sets no length for alt texts; the official app takes 2000.
        alt=2000,
        parts=25,
        source="https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (2026-11-21)",
    )
    features = Features(
        threads=True, replies=True, images=True, delete=True, comments=True, readings=True, once="record", read_lag=30.0
    )
    links = ("https://docs.bsky.app/docs/advanced-guides/rate-limits", "https://bsky.app/settings/app-passwords")
    tested = "Bluesky's own PDS and AppView, started by the tests"
    ways, rules = bluesky_ways.WAYS, bluesky_ways.RULES
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
        2. Upload pictures and look up mentions: nothing is public yet, so a failure here is TryLater.
        3. Create the record. Creating it a second time answers 500 (measured), so after any 5xx we look.
        """
        self.refuse(out)
        if not is_tid(once):
            raise Unsupported(say("The record key was not made by this adapter."), platform=self.id)
        models = sdk()
        pictures = [self._picture(medium) for medium in out.part.media]
        session = self._wire.session()
        record = models.AppBskyFeedPost.Record(
            text=out.part.text,
            created_at=stamp(out.created or self.context.clock.now()),
            langs=[out.language] if out.language else None,
            facets=self._facets(out.part.text) or None,
            reply=self._reply(out),
            embed=models.AppBskyEmbedImages.Main(images=[self._image(*p) for p in pictures]) if pictures else None,
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

    def _picture(self, medium: Media) -> tuple[Media, bytes, str, int, int]:
        try:
            ready = as_signed(self.context.media(medium), medium.mime)
        except Unreadable as bad:
            raise Unsupported(str(bad), platform=self.id) from None
        except Telltale as bad:
            raise Refused(str(bad), platform=self.id) from None
        if len(ready.data) > self.limits.image_bytes:
            problem = say("A picture has {size} bytes of {most}.", size=len(ready.data), most=self.limits.image_bytes)
            raise Unsupported(problem, platform=self.id)
        return medium, ready.data, ready.mime, ready.width, ready.height

    def _image(self, medium: Media, data: bytes, mime: str, width: int, height: int) -> Any:
        models = sdk()
        blob = self._wire.upload(data, mime).get("blob")
        ratio = models.AppBskyEmbedDefs.AspectRatio(width=width, height=height)
        return models.AppBskyEmbedImages.Image(alt=medium.alt, image=blob, aspect_ratio=ratio)

    def _facets(self, text: str) -> list[Any]:
        """Return facets by UTF-8 byte; a mention that nobody answers to stays plain text."""
        models = sdk()
        rich, found = models.AppBskyRichtextFacet, []
        for span in spans(text):
            feature: Any
            if span.kind == "link":
                feature = rich.Link(uri=span.value)
            elif span.kind == "tag":
                feature = rich.Tag(tag=span.value)
            elif did := self._did(span.value):
                feature = rich.Mention(did=did)
            else:
                continue
            place = rich.ByteSlice(byte_start=span.start, byte_end=span.end)
            found.append(rich.Main(index=place, features=[feature]))
        return found

    def _did(self, handle: str) -> str | None:
        models = sdk()
        try:
            params = models.ComAtprotoIdentityResolveHandle.Params(handle=handle)
            did = self._wire.query("com.atproto.identity.resolveHandle", params).get("did")
        except PlatformError as no:
            if no.status == 400:
                return None
            raise
        return did if isinstance(did, str) else None

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
            above = table(table(there.get("value")).get("reply"))
            root = root or ((above["root"]["uri"], above["root"]["cid"]) if above.get("root") else parent)
        if not root[1]:
            there = self._target(root[0])
            root = (there["uri"], there["cid"])
        strong = models.ComAtprotoRepoStrongRef.Main
        return models.AppBskyFeedPost.ReplyRef(
            parent=strong(uri=parent[0], cid=parent[1]), root=strong(uri=root[0], cid=root[1])
        )

    def _target(self, uri: str) -> dict[str, Any]:
        repo, _, rkey = uri.removeprefix("at://").partition(f"/{_POST}/")
        found = self._record(repo, rkey) if rkey else None
        if found is None:
            raise Refused(say("The post that this answers is not there any more."), platform=self.id)
        return found

    def lookup(self, url: str) -> Receipt:
        """Read the record that an address at bsky.app, or an ``at://`` address, leads to."""
        step = say("Copy the address of the post, as in https://bsky.app/profile/brand.bsky.social/post/3lb...")
        named = address.parse(url)
        if named is None:
            raise BadInput(say("{url} is no address of a Bluesky post.", url=url), next_step=step)
        (who, rkey), session = named, self._wire.session()
        ours = (session.did, session.handle.lower())
        if who not in ours and (who.startswith("did:") or self._did(who) != session.did):
            raise BadInput(say("{url} is not a post of {account}.", url=url, account=self.context.account.key))
        found = self._record(session.did, rkey)
        if found is None:
            raise NotFound(say("There is no post at {url}.", url=url))
        uri = f"at://{session.did}/{_POST}/{rkey}"
        return Receipt(uri, address.web(session.handle, uri), self.context.clock.now(), str(found.get("cid", "")))

    def delete(self, receipt: Receipt) -> None:
        models = sdk()
        session = self._wire.session()
        repo, _, rkey = receipt.remote_id.removeprefix("at://").partition(f"/{_POST}/")
        if repo != session.did or not rkey:
            raise Refused(say("Only a post of this account can be removed."), platform=self.id)
        # Deleting what is gone answers 200 (measured 2026-11-21).
        data = models.ComAtprotoRepoDeleteRecord.Data(repo=repo, collection=_POST, rkey=rkey)
        self._wire.procedure("write", "com.atproto.repo.deleteRecord", data)

    # --- listening -----------------------------------------------------------------------------------------

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        """Walk back from the newest to what is known, then hand over the oldest ``limit`` of the rest.

        The platform's own "seen" mark is not used: it is shared with the app of the person behind the account.
        """
        window, page = Window(since, _OVERLAP), None
        fresh: dict[str, dict[str, Any]] = {}
        for _ in range(_MOST_PAGES if since else _FIRST_PAGES):
            items, page = self._notifications(page)
            fresh |= {i["uri"]: i for i in items if window.is_new(i["indexedAt"], i["uri"])}
            if page is None or not items or items[-1]["indexedAt"] <= window.floor:
                break
        waiting = sorted(fresh.values(), key=lambda item: (item["indexedAt"], item["uri"]))
        taken, session = waiting[:limit], self._wire.session()
        found = [comment for item in taken if (comment := comments.read(item, self.context.account.key, session.did))]
        cursor = window.after([(item["indexedAt"], item["uri"]) for item in taken])
        return Page(tuple(found), cursor, more=len(waiting) > limit)

    def _notifications(self, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        params = sdk().AppBskyNotificationListNotifications.Params(
            cursor=cursor, limit=100, reasons=["reply", "mention", "quote"]
        )
        said = self._wire.query("app.bsky.notification.listNotifications", params)
        items = [i for i in said.get("notifications", []) if isinstance(i.get("indexedAt"), str) and i.get("uri")]
        return items, said.get("cursor")

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        models = sdk()
        uris = [receipt.remote_id for receipt in receipts]
        # getPosts takes 25 at a time and leaves out what is gone.
        # https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/getPosts.json (2026-11-21)
        for first in range(0, len(uris), 25):
            params = models.AppBskyFeedGetPosts.Params(uris=uris[first : first + 25])
            for post in self._wire.query("app.bsky.feed.getPosts", params).get("posts", []):
                yield Reading(
                    remote_id=post["uri"],
                    at=self.context.clock.now(),
                    likes=post.get("likeCount"),
                    replies=post.get("replyCount"),
                    reposts=post.get("repostCount"),
                )

    # --- health --------------------------------------------------------------------------------------------

    def identity(self) -> Identity:
        session = self._wire.session()
        return Identity(session.did, session.handle, expires=expiry(session.refresh))

    def health(self) -> list[Health]:
        try:
            self._wire.anonymous("com.atproto.server.describeServer")
            session = self._wire.session()
            resolved = self._did(session.handle)
        except (PlatformError, Misconfigured) as bad:
            return [Health("login", False, bad.message, bad.next_step or _fix(bad))]
        who, same = session.handle, resolved == session.did
        said = say("signed in as {handle} on {host}", handle=who, host=urlsplit(session.pds).netloc)
        lines = [Health("login", True, said)]
        said = (
            say("{handle} leads to this account", handle=who) if same else say("{handle} leads elsewhere", handle=who)
        )
        fix = "" if same else say("Check the handle's DNS record or the setting HANDLE.")
        lines.append(Health("handle", same, said, fix))
        ends = expiry(session.refresh)
        days = (ends - self.context.clock.now()).days if ends else None
        fine = days is None or days >= 7
        lines.append(
            Health("session", fine, say("good for {n} more days", n=days) if days is not None else say("no end given"),
                   "" if fine else say("Let the worker run: each use renews the session."))
        )  # fmt: skip
        skew = abs(self._wire.skew or 0.0)
        ok = skew < 60
        fix = "" if ok else say("Set this machine's clock by NTP; posts carry its time.")
        return [*lines, Health("clock", ok, say("{skew:.0f} s from the server's", skew=skew), fix)]


def _fix(error: SignoffError) -> str:
    if isinstance(error, Reconnect):
        return say("Connect the account again.")
    return say("Look at https://status.bsky.app and at the setting SERVICE, then try again.")
