"""The sandbox: a network of our own to try everything on, with no account and no server.

It takes posts, shows them late if asked to, lets fans answer, and fails on demand. The network itself is
``bot/store/sandbox.py``; this file only speaks to it, as any adapter does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from bot.domain.comment import Author, Comment
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import BadInput, Misconfigured, NotFound, OutcomeUnknown, Reconnect, Refused, TryLater
from bot.platforms.base import Context, Cursor, Features, Health, Identity, Limits, Page, Platform
from bot.platforms.kit.richtext import graphemes
from bot.words import say

#: Failures that leave open whether the post was taken, and whether it was.
_UNCLEAR = {
    "timeout_before": False, "server_error_before": False, "timeout_after_accept": True,
    "server_error_after_accept": True, "malformed": True,
}  # fmt: skip


class Sandbox(Platform):
    """One account on the local network."""

    id = "sandbox"
    label = "Sandbox"
    limits = Limits(
        text=500,
        unit="characters",
        images=4,
        image_bytes=8_000_000,
        image_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
        alt=1500,
        parts=25,
        source="bot/platforms/sandbox.py",
    )
    features = Features(
        threads=True, replies=True, images=True, delete=True, comments=True, readings=True,
        visibilities=("public", "unlisted", "followers"), once="key", read_lag=2.0,
    )  # fmt: skip
    settings = {  # noqa: RUF012 - a table, as in the base class
        "latency": ("Seconds that every call takes; 0 by default", False),
        "lag": ("Seconds until the account's own timeline shows a post; 0 by default", False),
        "honour_once": ("`no` makes the network forget idempotency keys, as many do; `yes` by default", False),
    }

    def __init__(self, context: Context, settings: dict[str, str]) -> None:
        super().__init__(context, settings)
        if context.sandbox is None:
            raise Misconfigured(say("The sandbox network is not set up."))
        self._net: Any = context.sandbox
        self._handle = context.account.handle.removeprefix("@") or f"{context.account.name}.sandbox"
        self._latency, self._lag = self._seconds("latency"), self._seconds("lag")
        self._honour = settings.get("honour_once", "yes").lower() not in ("no", "false", "0")
        self.features = replace(
            type(self).features,
            once="key" if self._honour else "none",
            read_lag=max(type(self).features.read_lag, self._lag + 1),
        )

    def _seconds(self, name: str) -> float:
        said = self.config.get(name) or "0"
        try:
            return float(said)
        except ValueError:
            raise Misconfigured(
                say("The sandbox setting {name!r} is {given!r}, which is no number of seconds.", name=name, given=said)
            ) from None

    @classmethod
    def length(cls, text: str) -> int:
        return graphemes(text)

    def preview_host(self) -> str:
        return say("sandbox (on this machine)")

    def publish(self, out: Outgoing, once: str) -> Receipt:
        self.refuse(out)
        late = self._net.take_fault(self._handle, "publish", late=True)
        fault = self._net.take_fault(self._handle, "publish")
        self.context.clock.sleep(self._latency)
        effect = fault.effect if fault else ""
        if effect and effect not in _UNCLEAR:
            self._fail(effect, fault.amount)
        media = [
            {"sha256": m.sha256, "mime": m.mime, "alt": m.alt, "width": m.width, "height": m.height, "bytes": len(data)}
            for m, data in ((m, self.context.media(m)) for m in out.part.media)
        ]
        out.before_send()
        post = None
        if _UNCLEAR.get(effect, True):
            post = self._net.post(
                self._handle, out.part.text, language=out.language, visibility=out.visibility, media=media,
                parent_id=out.parent.remote_id if out.parent else "", created=out.created,
                once=once if self._honour else None, late=self._lag + (late.amount or 0.0 if late else 0.0),
            )  # fmt: skip
        if effect:
            raise OutcomeUnknown(say("The sandbox gave no clear answer."), platform=self.id, reply=effect)
        if post is None:
            raise Refused(say("The post that this answers is not there any more."), platform=self.id, status=404)
        return self._receipt(post)

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        self._call("find")
        if self._honour:
            found = self._net.by_once(self._handle, once)
            return self._receipt(found) if found is not None else None
        wanted, parent = _normal(out.part.text), out.parent.remote_id if out.parent else ""
        media = [m.sha256 for m in out.part.media]
        # The clocks of network and caller may differ.
        for post in self._net.timeline(self._handle, since - timedelta(minutes=2)):
            same = (_normal(post.text), post.parent_id, [m["sha256"] for m in post.media]) == (wanted, parent, media)
            if same and (out.created is None or post.created == out.created):
                return self._receipt(post)
        return None

    def lookup(self, url: str) -> Receipt:
        self._call("find")
        found = self._net.get(url.strip().rstrip("/").rpartition("/")[2])
        if found is not None and found.account != self._handle:
            raise BadInput(say("{url} is not a post of {account}.", url=url, account=self.context.account.key))
        if found is None or found.deleted is not None:
            raise NotFound(say("There is no post at {url}.", url=url))
        return self._receipt(found)

    def delete(self, receipt: Receipt) -> None:
        self._call("delete")
        self._net.delete(self._handle, receipt.remote_id)

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        self._call("comments")
        found = self._net.comments(self._handle, int(since.value) if since else 0, limit + 1)
        cursor = Cursor(str(found[:limit][-1].seq)) if found else since
        return Page(tuple(self._comment(post) for post in found[:limit]), cursor, more=len(found) > limit)

    def _comment(self, post: Any) -> Comment:
        return Comment(
            account=self.context.account.key,
            remote_id=post.id,
            author=Author(post.account, post.account, post.account.partition(".")[0]),
            text=post.text,
            at=post.arrived,
            kind="reply" if post.parent_id else "mention",
            parent_id=post.parent_id,
            root_id=post.root_id,
            url=self._url(post.account, post.id),
            language=post.language,
        )

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        self._call("readings")
        for post_id, (likes, replies, reposts) in self._net.counts([r.remote_id for r in receipts]).items():
            yield Reading(post_id, self.context.clock.now(), likes=likes, replies=replies, reposts=reposts)

    def identity(self) -> Identity:
        self._net.join(self._handle, self.context.account.name)
        return Identity(self._handle, self._handle, self.context.account.name)

    def health(self) -> list[Health]:
        self._net.join(self._handle, self.context.account.name)
        waiting = self._net.faults()
        said = say("signed in as {handle}", handle=self._handle)
        said += say("; ") + say("faults that wait: {n}", n=waiting) if waiting else ""
        return [Health("login", True, said)]

    # --- inside --------------------------------------------------------------------------------------------

    def _call(self, operation: str) -> None:
        """Spend the time of a call and fail if a fault waits for it; nothing is in doubt, for nothing is sent."""
        fault = self._net.take_fault(self._handle, operation)
        self.context.clock.sleep(self._latency)
        if fault:
            self._fail("unreachable" if fault.effect in _UNCLEAR else fault.effect, fault.amount)

    def _fail(self, effect: str, amount: float | None) -> NoReturn:
        if effect == "rate_limit":
            raise TryLater(say("The sandbox asks to wait."), after=amount, platform=self.id, status=429)
        if effect == "revoked":
            step = say("The sandbox was told to fail once: nothing is to be done.")
            raise Reconnect(say("The sandbox has revoked the login."), platform=self.id, status=401, next_step=step)
        if effect == "refuse":
            raise Refused(say("The sandbox will not accept this text."), platform=self.id, status=422)
        raise TryLater(say("The sandbox could not be reached."), platform=self.id)

    def _receipt(self, post: Any) -> Receipt:
        return Receipt(post.id, self._url(post.account, post.id), post.arrived)

    def _url(self, handle: str, post_id: str) -> str:
        return f"sandbox://{handle}/{post_id}"


def _normal(text: str) -> str:
    """Compare texts as a network may give them back: composed and with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())
