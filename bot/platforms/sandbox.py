"""The sandbox: a network of our own to try everything on, with no account and no server.

It takes posts, shows them late if asked to, lets its people answer, and fails on demand; with the setting ``like`` it
takes the limits, the counting, the keys and the habits of a network that Signoff knows. The network itself is
``bot/store/sandbox.py``; this file only speaks to it, as any adapter does.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn

from bot.domain.brand import Account
from bot.domain.comment import Author, Comment
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import BadInput, Misconfigured, NotFound, OutcomeUnknown, PlatformError, Reconnect, Refused, TryLater
from bot.platforms.base import Context, Cursor, Features, Health, Identity, Limits, Page, Platform, Sight
from bot.platforms.kit import answers, guise
from bot.platforms.kit.richtext import graphemes
from bot.words import say

#: Failures that leave open whether the post was taken, and whether it was.
_UNCLEAR = {
    "timeout_before": False, "server_error_before": False, "timeout_after_accept": True,
    "server_error_after_accept": True, "malformed": True,
}  # fmt: skip
#: What a guise takes over from the other network's class: everything that is known without connecting.
_TAKEN = ("length", "link_uris", "fits", "charges", "advice", "may_answer", "limits_of")


def handle_of(account: Account) -> str:
    """Return the handle that an account of a brand has on the network."""
    return account.handle.removeprefix("@") or f"{account.name}.sandbox"


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
        threads=True, replies=True, images=True, quotes=True, warnings=True, edits=True, delete=True, comments=True,
        readings=True, visibilities=("public", "unlisted", "followers"), once="key", read_lag=2.0, rereads=100,
        hides=True,
    )  # fmt: skip
    tested = "itself, on SQLite and PostgreSQL"
    settings = {  # noqa: RUF012 - a table, as in the base class
        "like": ("Platform to behave like, such as bluesky: its limits, its counting, what it does to texts", False),
        "latency": ("Seconds that every call takes; 0 by default", False),
        "lag": ("Seconds until the account's own timeline shows a post; 0 by default", False),
        "honour_once": ("`no` makes the network forget idempotency keys, as many do; `yes` by default", False),
    }
    #: The network it behaves like, where it is told to.
    other: ClassVar[type[Platform] | None] = None

    def __new__(cls, context: Context, settings: dict[str, str]) -> Sandbox:
        like = settings.get("like", "").strip().lower()
        return super().__new__(_dressed(cls, like) if like not in ("", cls.id) else cls)

    def __init__(self, context: Context, settings: dict[str, str]) -> None:
        super().__init__(context, settings)
        if context.sandbox is None:
            raise Misconfigured(say("The sandbox network is not set up."))
        self._net: Any = context.sandbox
        self._handle = handle_of(context.account)
        self._latency, self._lag = self._seconds("latency"), self._seconds("lag")
        own = type(self).features
        keys = settings.get("honour_once", "yes").lower() not in ("no", "false", "0")
        self._once = own.once if keys else "none"
        self.features = replace(own, once=self._once, read_lag=max(own.read_lag, self._lag + 1))
        self._habit = guise.habit(self.other.id if self.other else self.id)
        # Drafts are measured without an adapter, by what is known of the account.
        if context.facts.load("like") != (like := self.other.id if self.other else ""):
            context.facts.store("like", like)
        self._walking = False

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

    @classmethod
    def limits_of(cls, facts: Mapping[str, Any]) -> Limits:
        return _dressed(cls, facts["like"]).limits if facts.get("like") else cls.limits

    def preview_host(self) -> str:
        here = say("sandbox (on this machine)")
        return here if self.other is None else f"{here}, {say('behaving like {label}', label=self.other.label)}"

    def once_key(self, seed: str, at: datetime) -> str:
        # A key is made without asking anybody, so the other class can make it for us.
        return seed if self.other is None else self.other.once_key(self, seed, at)

    def publish(self, out: Outgoing, once: str) -> Receipt:
        self.refuse(out)
        late = self._net.take_fault(self._handle, "publish", of=("late_timeline",))
        fault, slow = self._net.take_fault(self._handle, "publish"), self._spend("publish")
        effect = fault.effect if fault else "timeout_after_accept" if slow else ""
        status = _status(effect)
        if effect and effect not in _UNCLEAR and status < 500:
            self._fail("send", effect, fault.amount if fault else None)
        media = [
            {"sha256": m.sha256, "mime": m.mime, "alt": m.alt, "width": m.width, "height": m.height, "bytes": len(data)}
            for m, data in ((m, self.context.media(m)) for m in out.part.media)
        ]
        if media:
            self._call("upload", "write")
        self._keep_narrow(out)
        out.before_send()
        post = None
        if _UNCLEAR.get(effect, status < 500):
            around = {"warning": out.warning, "labels": list(out.labels),
                      "card": asdict(out.part.card) if out.part.card else None}  # fmt: skip
            post = self._net.post(
                self._handle, out.part.text, language=out.language, visibility=out.visibility, media=media,
                parent_id=out.parent.remote_id if out.parent else "", quote_id=out.quote, created=out.created,
                once=None if self._once == "none" else once, once_life=self._habit.key_life,
                late=self._lag + (late.amount or 0.0 if late else 0.0),
                shown=self._habit.shown(out.part.text, bool(media)),
                around={name: said for name, said in around.items() if said},
            )  # fmt: skip
        if effect and status:
            self._fail("send", effect, None)
        if effect:
            raise OutcomeUnknown(say("The sandbox gave no clear answer."), platform=self.id, reply=effect)
        if post is None:
            raise Refused(say("The post that this answers is not there any more."), platform=self.id, status=404)
        return self._receipt(post)

    def _keep_narrow(self, out: Outgoing) -> None:
        """Refuse an answer that more people would see than what it answers; the widest visibility is named first."""
        above = self._net.get(out.parent.remote_id) if out.parent else None
        known = list(self.features.visibilities)
        if above and above.visibility in known and known.index(out.visibility) < known.index(above.visibility):
            why = say("The post that this answers is seen by fewer people: {visibility}.", visibility=above.visibility)
            raise Refused(why, platform=self.id)

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        self._call("find")
        # A record is read by its name. A key is not: a network only says that it had it when the post is sent again.
        if once and (self._once == "record" or (self._once == "key" and self.other is None)):
            found = self._net.by_once(self._handle, once)
            return self._receipt(found) if found is not None else None
        around = (out.parent.remote_id if out.parent else "", out.quote, [m.sha256 for m in out.part.media])
        # The clocks of network and caller may differ.
        for post in self._net.timeline(self._handle, since - timedelta(minutes=2)):
            mine = around == (post.parent_id, post.quote_id, [m["sha256"] for m in post.media])
            # Others date posts themselves; only our own network keeps the author's time.
            timed = self.other is not None or out.created in (None, post.created)
            if mine and timed and guise.same(out.part.text, post.text, media=bool(post.media)):
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

    def edit(self, receipt: Receipt, out: Outgoing) -> Receipt:
        if not self.features.edits:
            return super().edit(receipt, out)
        self.refuse(out)
        self._call("edit", "write")
        out.before_send()
        text = self._habit.shown(out.part.text, bool(out.part.media))
        post = self._net.edit(self._handle, receipt.remote_id, text)
        if post is None:
            raise Refused(say("The post is not there any more."), platform=self.id, status=404)
        return self._receipt(post)

    def delete(self, receipt: Receipt) -> None:
        try:
            self._call("delete", "write")
        except Refused as no:
            if no.status in (404, 410):
                return
            raise
        self._net.delete(self._handle, receipt.remote_id)

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        self._call("comments")
        if self._walking and self._net.take_fault(self._handle, "comments", of=("crash_between_pages",)):
            # Not one of our errors: a process that dies does not say so.
            raise RuntimeError("the sandbox was told to crash between two pages")
        found = self._net.comments(self._handle, int(since.value) if since else 0, limit + 1)
        self._walking = len(found) > limit
        if self._net.take_fault(self._handle, "comments", of=("lost_page",)):
            raise TryLater(say("The answer of the sandbox was lost."), platform=self.id)
        cursor = Cursor(str(found[:limit][-1].seq)) if found else since
        return Page(tuple(self._comment(post) for post in found[:limit]), cursor, more=len(found) > limit)

    def _comment(self, post: Any) -> Comment:
        return Comment(
            account=self.context.account.key,
            remote_id=post.id,
            author=Author(post.account, post.account, post.name, post.bot),
            text=self._habit.shown(post.text, bool(post.media)),
            at=post.arrived,
            kind=post.kind,
            parent_id=post.parent_id,
            root_id=post.root_id,
            url=self._url(post.account, post.id),
            language=post.language,
            visibility=post.visibility,
        )

    def look_at(self, remote_id: str) -> Sight:
        self._call("comments")
        post = self._net.get(remote_id)
        if post is None or post.deleted is not None:
            return Sight(None)
        below = [p for p in self._net.thread(post.root_id or post.id) if p.parent_id == post.id]
        own = tuple(p.id for p in below if p.account == self._handle)
        return Sight(self._habit.shown(post.text, bool(post.media)), own)

    def hide(self, remote_id: str, *, hidden: bool = True) -> None:
        if not self.features.hides:
            return super().hide(remote_id, hidden=hidden)
        self._call("edit", "write")
        if not self._net.hide(self._handle, remote_id, hidden=hidden):
            raise Refused(say("Only an answer below a post of this account can be hidden."), platform=self.id)
        return None

    def reread(self, remote_ids: Sequence[str]) -> Mapping[str, str | None]:
        self._call("readings")
        found = {name: self._net.get(name) for name in remote_ids}
        return {
            name: self._habit.shown(post.text, bool(post.media)) if post and post.deleted is None else None
            for name, post in found.items()
        }

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        self._call("readings")
        for post_id, (likes, replies, reposts) in self._net.counts([r.remote_id for r in receipts]).items():
            yield Reading(post_id, self.context.clock.now(), likes=likes, replies=replies, reposts=reposts)

    def identity(self) -> Identity:
        self._call("identity")
        self._net.join(self._handle, self.context.account.name)
        return Identity(self._handle, self._handle, self.context.account.name)

    def health(self) -> list[Health]:
        try:
            self.identity()
        except PlatformError as bad:
            fix = bad.next_step or say("`signoff sandbox fault` lists what is set to go wrong.")
            return [Health("login", False, bad.message, fix)]
        waiting = self._net.faults()
        said = say("signed in as {handle}", handle=self._handle)
        if self.other is not None:
            said += say("; ") + say("behaving like {label}", label=self.other.label)
        said += say("; ") + say("faults that wait: {n}", n=waiting) if waiting else ""
        return [Health("login", True, said)]

    # --- inside --------------------------------------------------------------------------------------------

    def _spend(self, operation: str) -> bool:
        """Let the time of a call pass; return whether it took longer than anybody waits."""
        slow = self._net.take_fault(self._handle, operation, of=("slow",))
        extra = (10.0 if slow.amount is None else slow.amount) if slow else 0.0
        self.context.clock.sleep(min(self._latency + extra, max(self.context.timeout, self._latency)))
        return bool(extra > self.context.timeout)

    def _call(self, operation: str, kind: answers.Kind = "read") -> None:
        """Spend the time of a call and fail if a fault waits for it; nothing is in doubt, for nothing is sent."""
        fault = self._net.take_fault(self._handle, operation)
        if self._spend(operation) and not fault:
            self._fail(kind, "unreachable", None)
        if fault:
            self._fail(kind, "unreachable" if fault.effect in _UNCLEAR else fault.effect, fault.amount)

    def _fail(self, kind: answers.Kind, effect: str, amount: float | None) -> NoReturn:
        if status := _status(effect):
            headers = {} if amount is None else {"retry-after": str(amount)}
            now = self.context.clock.now()
            raise answers.no(kind, status, headers, now, platform=self.id, label=self.label, reply=effect)
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


def _status(effect: str) -> int:
    """Return the number in ``http 503``; 0 for another effect."""
    return int(effect.partition(" ")[2]) if effect.startswith("http ") else 0


@functools.cache
def _dressed(cls: type[Sandbox], like: str) -> type[Sandbox]:
    """Return the sandbox as it behaves like another network. Raises Misconfigured for one that is not there."""
    from bot.platforms import registry

    known = [name for name in registry.ids() if name != Sandbox.id]
    if like not in known:
        raise Misconfigured(
            say("The sandbox cannot behave like {platform!r}: there is no such platform.", platform=like),
            next_step=say("Signoff knows {names}.", names=", ".join(known)),
        )
    other = registry.load(like)
    taken: dict[str, Any] = {name: staticmethod(getattr(other, name)) for name in _TAKEN}
    return type(f"SandboxLike{other.__name__}", (cls,), {"limits": other.limits, "features": other.features,
                                                        "other": other, **taken})  # fmt: skip
