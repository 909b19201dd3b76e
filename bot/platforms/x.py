"""X (formerly Twitter), through version 2 of its API.  https://docs.x.com

X knows no key that makes a repeat recognisable, so a lost answer is settled by reading the own timeline; X itself
refuses a text that it has already, which is the second net. Each call costs money (``kit/x_money.py``) and goes out by
``kit/x_wire.py``, where failures are sorted and sessions renewed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.brand import Account
from bot.domain.comment import Comment
from bot.domain.draft import Part
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import BadInput, Misconfigured, NotFound, OutcomeUnknown, PlatformError, Refused, TryLater, Unsupported
from bot.platforms.base import Charge, Context, Cursor, Features, Health, Identity, Limits, Page, Platform, Problem
from bot.platforms.kit import quotas, x_again, x_media, x_money, x_posts, x_text
from bot.platforms.kit.x_errors import Duplicate
from bot.platforms.kit.x_health import health, identity
from bot.platforms.kit.x_mentions import Known
from bot.platforms.kit.x_money import DELETE, READ_OWN, READ_POST, READ_USER, Purse
from bot.platforms.kit.x_posts import FIELDS, Me, rows, table
from bot.platforms.kit.x_ways import RULES, WAYS
from bot.platforms.kit.x_wire import HOST, Wire
from bot.words import say

#: Pages of 100 mentions, for an account that was never read, and later (X keeps the latest 800); and of own posts that
#: are searched for one whose answer was lost (X keeps 3200).
_FIRST_PAGES, _MOST_PAGES, _TIMELINE_PAGES = 2, 10, 32


class X(Platform):
    """One X account."""

    id = "x"
    label = "X"
    limits = Limits(
        # Weighted: see kit/x_text.py. Accounts with X Premium may write more; that is not used.
        text=280,
        unit="weighted characters",
        images=4,
        # "5 MB" and "15 MB", read in the smaller sense.
        image_bytes=5_000_000,
        image_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
        gif_bytes=15_000_000,
        # A larger one "may fail during Post creation".
        gif_pixels=1280 * 1080,
        videos=1,
        # Twenty minutes from every account. In bytes its documents differ (8 GB there, 512 MB at
        # https://docs.x.com/x-api/media/introduction): the smaller one is taken everywhere.
        video_bytes=512_000_000,
        video_types=("video/mp4", "video/quicktime"),
        video_seconds=(0.5, 1200.0),
        alt=1000,
        parts=25,
        source="https://docs.x.com/x-api/media/quickstart/best-practices (2026-11-22)",
    )
    features = Features(
        threads=True, replies=True, images=True, video=True, labels=("paid_partnership", "made_with_ai"), delete=True,
        comments=True, readings=True, once="none", read_lag=30.0, hides=True,
        rereads=x_again.BATCH, reread_every=86400.0,
    )  # fmt: skip
    links = (
        "https://docs.x.com/x-api/getting-started/pricing", "https://docs.x.com/x-api/fundamentals/rate-limits",
        "https://docs.x.com/developer-guidelines", "https://console.x.com",
    )  # fmt: skip
    settings = {  # noqa: RUF012 - a table, as in the base class
        "api_key": ("API key of the app, from its keys at https://console.x.com", False),
        "api_secret": ("API key secret of the app", True),
        "access_token": ("Access token of the account, made with 'Read and write' permissions", True),
        "access_secret": ("Access token secret of the account", True),
        "client_id": ("OAuth 2.0 client id of the app, where the account agrees in the browser instead", False),
        "client_secret": ("OAuth 2.0 client secret, where the app has one", True),
        "tokens": ("What agreeing in the browser gave; written by `signoff connect`", True),
        "monthly_cap": ("Most US dollars that X may cost in a month of UTC; empty for no cap", False),
        "daily_cap": ("Most US dollars that X may cost on a day of UTC; empty for no cap", False),
        "auto_replies_approved": ("yes, once X has approved of automatic answers", False),
    }
    ways, rules = WAYS, RULES
    price, tested, quotas = x_money.PRICE, "a stand-in of the tests that follows X's documents", quotas.X

    def __init__(self, context: Context, settings: dict[str, str]) -> None:
        super().__init__(context, settings)
        self.money = purse = Purse(context, settings.get("monthly_cap", ""), settings.get("daily_cap", ""))
        self._wire = Wire(context, settings, purse)
        self._who: Me | None = None
        if app := settings.get("api_key") or settings.get("client_id"):
            self.app = f"x:app/{hashlib.sha256(app.encode()).hexdigest()[:16]}"
        if settings.get("auto_replies_approved", "").strip().lower() in ("yes", "true", "1", "on"):
            # The class answers for any account; this one has X's approval.
            self.may_answer = lambda comment, account, *, automatic: x_posts.may_answer(  # type: ignore[method-assign]
                comment, automatic=automatic, approved=True
            )

    # --- what fits -----------------------------------------------------------------------------------------

    @classmethod
    def length(cls, text: str) -> int:
        return x_text.weighted(text)

    @classmethod
    def link_uris(cls, text: str) -> list[str]:
        return [link.url if "://" in link.url else f"http://{link.url}" for link in x_text.links_in(text)]

    @classmethod
    def _part_problems(cls, n: int, part: Part, warning: str, limits: Limits) -> list[Problem]:
        found = super()._part_problems(n, part, warning, limits)
        tags = x_text.cashtags(part.text)
        if len(tags) > 1:
            # https://docs.x.com/x-api/posts/manage-tweets/integrate (read 2026-11-22)
            found.append(Problem(say("X takes one cashtag a post from an app, and this has {n}.", n=len(tags)), n))
        return found

    @classmethod
    def charges(cls, part: Part, *, reply: bool = False) -> tuple[Charge, ...]:
        return x_money.charges(part, reply=reply)

    @classmethod
    def advice(cls, parts: Sequence[Part], *, reply: bool = False) -> list[str]:
        return x_money.advice(parts, reply=reply)

    @classmethod
    def may_answer(cls, comment: Comment, account: Account, *, automatic: bool) -> str:
        return x_posts.may_answer(comment, automatic=automatic, approved=False)

    def preview_host(self) -> str:
        return HOST.removeprefix("https://")

    def close(self) -> None:
        self._wire.close()

    def me(self) -> Me:
        """Return who the account is: asked once for each login, and kept with the account's facts."""
        if self._who is None:
            kept = table(self.context.facts.load("me"))
            if kept.get("login") == self._login() and kept.get("id") and kept.get("handle"):
                self._who = Me(**kept)
            else:
                self.ask_me()
        assert self._who is not None
        return self._who

    def ask_me(self) -> Me:
        """Ask X who the account is."""
        said = self._wire.read("/2/users/me", {"user.fields": "id,name,username"}, each=READ_USER, most=1, kind="user")
        data = table(said.get("data"))
        if not data.get("id") or not data.get("username"):
            raise TryLater(say("X does not say whose login this is."), platform=self.id)
        self._who = Me(str(data["id"]), str(data["username"]), str(data.get("name") or ""), self._login())
        self.context.facts.store("me", asdict(self._who))
        return self._who

    def _login(self) -> str:
        keys = "\n".join(self.config.get(name, "") for name in ("api_key", "access_token", "client_id", "tokens"))
        return hashlib.sha256(keys.encode()).hexdigest()[:16]

    # --- publishing ----------------------------------------------------------------------------------------

    def publish(self, out: Outgoing, once: str) -> Receipt:
        """Create the post.

        1. Refuse what does not fit, and an answer to somebody who did not ask for one.
        2. Upload media: nothing is public yet, so a failure here is TryLater.
        3. Create it. When X has the text already, look whether it is this very post.
        """
        self.refuse(out)
        media = [(medium, x_media.ready(self.context, medium, self.limits)) for medium in out.part.media]
        summoned = self._summoned(out)
        body: dict[str, Any] = {"text": out.part.text} if out.part.text else {}
        if media:
            ids = [x_media.upload(self._wire, self.context, medium, data) for medium, data in media]
            body["media"] = {"media_ids": ids}
        if out.parent is not None:
            body["reply"] = {"in_reply_to_tweet_id": out.parent.remote_id}
        body |= dict.fromkeys(out.labels, True)
        me = self.me()
        usd = x_money.price(out.part.text, summoned=summoned)
        out.before_send()
        try:
            said = self._wire.do("send", "POST", "/2/tweets", body, usd=usd)
        except Duplicate as double:
            began = (out.created or self.context.clock.now()) - timedelta(minutes=2)
            found = self.find(out, once, began)
            if found is None:
                raise double.unfound(out.again) from None
            return found
        id = str(table(said.get("data")).get("id") or "")
        if not id.isdigit():
            raise OutcomeUnknown(say("X's answer names no post."), platform=self.id)
        return self._receipt(me, id, out)

    def _receipt(self, me: Me, id: str, out: Outgoing) -> Receipt:
        return Receipt(id, x_posts.web(me.handle, id), out.created or self.context.clock.now())

    def _summoned(self, out: Outgoing) -> bool:
        """Say whether this answers somebody else, who must have asked for it; raise Unsupported if they did not.

        A receipt with an address of ours is a post of ours: a thread goes on without anything being read.
        """
        if out.parent is None:
            return False
        named = x_posts.parse(out.parent.url) if out.parent.url else None
        if named and named[0].lower() == self.me().handle.lower():
            return False
        post, includes = self._post(out.parent.remote_id, expansions="referenced_tweets.id")
        if post is None:
            raise Refused(say("The post that this answers is not there any more."), platform=self.id)
        if str(post.get("author_id")) == self.me().id:
            return False
        if not x_posts.summons(post, self.me(), includes):
            raise Unsupported(
                say("X lets an app answer only those who mentioned or quoted the account, and this author did not."),
                platform=self.id,
                next_step=say("Answer by hand at {url}.", url=x_posts.web("", out.parent.remote_id)),
            )
        return True

    def _post(self, id: str, **more: str) -> tuple[dict[str, Any] | None, Any]:
        """Return a post and what came with it; None where it is gone or not shown."""
        params = {"tweet.fields": FIELDS, **more}
        try:
            said = self._wire.read(f"/2/tweets/{id}", params, each=READ_POST, most=2)
        except PlatformError as no:
            if no.status == 404:
                return None, None
            raise
        data = said.get("data")
        if isinstance(data, dict) and data.get("id"):
            return data, said.get("includes")
        if data is None and x_posts.is_gone(said.get("errors")):
            return None, None
        raise self._odd()

    def _odd(self) -> TryLater:
        return TryLater(say("X's answer holds nothing that was asked for."), platform=self.id)

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        me, parent = self.me(), out.parent.remote_id if out.parent else ""
        for post in self._timeline(me, since):
            here = (x_posts.related(post, "replied_to"), x_posts.pictures(post))
            if here == (parent, len(out.part.media)) and x_text.same(post, out.part.text, reply=bool(parent)):
                return self._receipt(me, str(post["id"]), out)
        return None

    def _timeline(self, me: Me, since: datetime) -> Iterator[dict[str, Any]]:
        """Yield the account's posts since an instant, newest first. X dates posts by whole seconds."""
        begin = min(since, self.context.clock.now()).astimezone(UTC)
        params = {
            "max_results": 100,
            "start_time": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "exclude": "retweets",
            "tweet.fields": FIELDS,
        }
        for post in self._walk(f"/2/users/{me.id}/tweets", params, _TIMELINE_PAGES):
            at = x_posts.instant(post)
            if at is None or at >= since.replace(microsecond=0):
                yield post

    def _walk(
        self, route: str, params: dict[str, Any], pages: int, users: dict[str, Mapping[str, Any]] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the posts of a timeline page by page; people that come along go into ``users``."""
        token = ""
        for _ in range(pages):
            turn = {**params, "pagination_token": token} if token else params
            said = self._wire.read(route, turn, each=READ_OWN, most=200)
            if not isinstance(said.get("meta"), dict) or not isinstance(said.get("data", []), list):
                # An empty page says so; this says nothing, and must not be taken for "not there".
                raise self._odd()
            if users is not None:
                users |= {str(user["id"]): user for user in rows(table(said.get("includes")).get("users"))}
            yield from rows(said.get("data"))
            token = str(table(said.get("meta")).get("next_token") or "")
            if not token:
                return

    def lookup(self, url: str) -> Receipt:
        """Read the own post that an address at x.com or twitter.com leads to."""
        named = x_posts.parse(url)
        step = say("Copy the address of the post, as in https://x.com/brand/status/1234567890.")
        if named is None:
            raise BadInput(say("{url} is no address of a post on X.", url=url), next_step=step)
        (handle, id), key = named, self.context.account.key
        strange = BadInput(say("{url} is not a post of {account}.", url=url, account=key))
        if handle and handle.lower() != self.me().handle.lower():
            raise strange
        post, _ = self._post(id)
        if post is None:
            raise NotFound(say("There is no post at {url}.", url=url))
        if str(post.get("author_id")) != self.me().id:
            raise strange
        return Receipt(id, x_posts.web(self.me().handle, id), x_posts.instant(post) or self.context.clock.now())

    def delete(self, receipt: Receipt) -> None:
        if not receipt.remote_id.isdigit():
            raise Refused(say("Only a post of this account can be removed."), platform=self.id)
        try:
            self._wire.do("write", "DELETE", f"/2/tweets/{receipt.remote_id}", usd=DELETE)
        except Refused as no:
            if no.status not in (404, 410):
                raise

    # --- listening -----------------------------------------------------------------------------------------

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        """Walk back from the newest mention to what is known, then hand over the oldest ``limit`` of the rest.

        An edited post has a new id; it is handed over once, under the id that it has when it is read.
        """
        me, known = self.me(), Known(since)
        params = {"max_results": 100, "tweet.fields": FIELDS, "expansions": "author_id", "user.fields": "name,username"}
        if known.since:
            params["since_id"] = str(known.since)
        users: dict[str, Mapping[str, Any]] = {}
        pages = _MOST_PAGES if since else _FIRST_PAGES
        read = self._walk(f"/2/users/{me.id}/mentions", params, pages, users)
        # Newest first, so the newest version of an edited post wins.
        fresh = {x_posts.first_id(post): post for post in reversed([post for post in read if known.is_new(post)])}
        waiting = sorted(fresh.values(), key=lambda post: int(x_posts.first_id(post)))
        taken, key = waiting[:limit], self.context.account.key
        found = [said for post in taken if (said := x_posts.comment(post, users, key, me))]
        return Page(tuple(found), known.after(taken), more=len(waiting) > limit)

    def hide(self, remote_id: str, *, hidden: bool = True) -> None:
        self._wire.do("write", "PUT", f"/2/tweets/{remote_id}/hidden", {"hidden": hidden}, usd=DELETE)

    def reread(self, remote_ids: Sequence[str]) -> Mapping[str, str | None]:
        return x_again.reread(self._wire, remote_ids)

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        yield from x_again.readings(self._wire, [r.remote_id for r in receipts], self.context.clock.now)

    # --- health --------------------------------------------------------------------------------------------

    def identity(self) -> Identity:
        return identity(self.ask_me(), self._wire)

    def health(self) -> list[Health]:
        try:
            return health(self.ask_me(), self._wire)
        except (PlatformError, Misconfigured) as bad:
            return [
                Health("login", False, bad.message, bad.next_step or say("Look at https://developer.x.com/status."))
            ]
