"""Mastodon, through Mastodon.py, and servers that speak its interface.  https://docs.joinmastodon.org

A post carries an Idempotency-Key, which a server keeps for about an hour; after that, and on servers that do not know
it, a lost answer is settled by looking at the account's own timeline. Every server has limits of its own, read there
and kept. Session and failures: ``kit/mastodon_wire.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bot.domain.brand import Account
from bot.domain.comment import Comment
from bot.domain.draft import Media, Part
from bot.domain.post import Outgoing, Receipt
from bot.domain.reading import Reading
from bot.errors import BadInput, Misconfigured, NotFound, OutcomeUnknown, PlatformError, Reconnect, Refused, TryLater
from bot.platforms.base import Context, Cursor, Features, Health, Identity, Limits, Page, Platform, Problem, Sight
from bot.platforms.kit import mastodon_account as account
from bot.platforms.kit import mastodon_connect as connect
from bot.platforms.kit import mastodon_limits as server
from bot.platforms.kit import mastodon_notes as notes
from bot.platforms.kit import mastodon_status as statuses
from bot.platforms.kit import mastodon_text as texts
from bot.platforms.kit import quotas
from bot.platforms.kit.comments import table
from bot.platforms.kit.mastodon_media import Uploads
from bot.platforms.kit.mastodon_stream import MastodonFeed
from bot.platforms.kit.mastodon_wire import Wire, base_of
from bot.platforms.kit.richtext import graphemes
from bot.words import say

_DAY = timedelta(days=1)
#: Statuses of the own timeline on one page (the most a server gives), and pages read to find one of ours.
_PAGE, _MOST_PAGES = 40, 25
#: GET /api/v1/statuses takes so many ids: app/controllers/api/base_controller.rb of mastodon/mastodon (2026-11-22).
_BATCH = 20


class Mastodon(Platform):
    """One account on one Mastodon server."""

    id = "mastodon"
    label = "Mastodon"
    limits = server.USUAL
    tested = "mastodon-mock, started by the tests, and recorded answers where it is not like Mastodon"
    features = Features(
        threads=True, replies=True, images=True, video=True, warnings=True, edits=True, labels=("sensitive",),
        delete=True, comments=True, streams=True, readings=True, visibilities=tuple(notes.VISIBILITIES), once="key",
        read_lag=30.0, rereads=_BATCH,
    )  # fmt: skip
    links = ("https://docs.joinmastodon.org/api/rate-limits/", "https://docs.joinmastodon.org/api/oauth-scopes/")
    settings = {  # noqa: RUF012 - a table, as in the base class
        "instance": ("Address of the account's server, such as https://mastodon.social", False),
        "access_token": ("Access token of the app made under Preferences > Development", True),
        "client_id": ("Client key of that app; kept when connecting in the browser", False),
        "client_secret": ("Client secret of that app; kept when connecting in the browser", True),
    }
    ways, quotas = connect.WAYS, quotas.MASTODON
    rules = (
        'Say so where software speaks: tick "This is an automated account" in the profile; servers\' rules ask for it.'
        " https://docs.joinmastodon.org/user/profile/#bot (2026-11-22)",
        'Answer nobody automatically who is a bot, or whose profile says "nobot", and address nobody who did not '
        "speak to the account first. Each server has rules of its own on its About page."
        " https://docs.joinmastodon.org/entities/Instance/#rules (2026-11-22)",
    )

    def __init__(self, context: Context, settings: dict[str, str]) -> None:
        super().__init__(context, settings)
        base = base_of(settings["instance"]) if settings.get("instance") else ""
        secrets = {name: settings.get(name, "") for name in ("access_token", "client_secret")}
        self._wire = Wire(self.id, self.label, base, secrets, context)
        self._uploads = Uploads(self._wire, context)
        self._own: dict[str, Any] = {}
        #: First posts of conversations, by the id of an answer's parent.
        self._roots: dict[str, str] = {}

    # --- what fits -----------------------------------------------------------------------------------------

    @classmethod
    def length(cls, text: str) -> int:
        return texts.length(text)

    @classmethod
    def link_uris(cls, text: str) -> list[str]:
        return texts.links(text)

    @classmethod
    def limits_of(cls, facts: Mapping[str, Any]) -> Limits:
        return server.limits(table(facts.get("instance")).get("said"))

    @classmethod
    def _part_problems(cls, n: int, part: Part, warning: str, limits: Limits) -> list[Problem]:
        """Count links as the server does, and a warning as plain text: no link in it is shortened."""
        link = getattr(limits, "link", texts.LINK)
        more = texts.length(part.text, link) - cls.length(part.text)
        more += graphemes(warning) - cls.length(warning)
        return super()._part_problems(n, part, warning, server.less(limits, more))

    @classmethod
    def may_answer(cls, comment: Comment, account: Account, *, automatic: bool) -> str:
        if automatic and comment.author.bot:
            return say("{who} is a bot, or asks bots to keep away: a person must answer.", who=comment.author.handle)
        return ""

    def close(self) -> None:
        self._wire.close()

    def preview_host(self) -> str:
        return urlsplit(self._wire.base).netloc

    def _limits(self) -> Limits:
        return self.limits_of({"instance": self.context.facts.load("instance")})

    def _refresh(self, *, always: bool = False) -> None:
        """Ask the server for its limits once a day. Raises a PlatformError."""
        known, now = table(self.context.facts.load("instance")), self.context.clock.now()
        at = notes.instant(known.get("at"))
        if not always and at is not None and now - at < _DAY:
            return
        try:
            said = self._wire.get("/api/v2/instance")
        except TryLater as no:
            if no.status != 404:
                raise
            said = self._wire.get("/api/v1/instance")
        self.context.facts.store("instance", {"at": now.isoformat(), "said": server.read(table(said))})

    # --- publishing ----------------------------------------------------------------------------------------

    def publish(self, out: Outgoing, once: str) -> Receipt:
        """Post one status.

        1. Refuse what does not fit by what is known, before anything leaves; then by what the server says today.
        2. Look at the parent and upload media: nothing is public yet, so a failure here is TryLater or Refused.
        3. Post, with ``once`` as Idempotency-Key: a repeat within the hour returns the first status.
        """
        ready = self._ready(out)
        if out.parent is not None:
            self._check_parent(out, out.parent.remote_id)
        media = [self._uploads.send(medium, data) for medium, data in ready]
        send = partial(self._post, out=out, once=once, media=media)
        out.before_send()
        said = self._wire.table("send", send)
        self._uploads.forget(media)
        return self._receipt(said, sent=True)

    @staticmethod
    def _post(client: Any, *, out: Outgoing, once: str, media: list[str]) -> Any:
        return client.status_post(
            out.part.text,
            in_reply_to_id=out.parent.remote_id if out.parent else None,
            media_ids=media or None,
            sensitive="sensitive" in out.labels,
            visibility=notes.VISIBILITIES[out.visibility],
            spoiler_text=out.warning or None,
            language=out.language or None,
            idempotency_key=once,
        )

    def _ready(self, out: Outgoing) -> list[tuple[Media, bytes]]:
        """Refuse what does not fit; return the media as they were signed."""
        self.refuse(out, self._limits())
        ready = [(medium, self._uploads.bytes_of(medium)) for medium in out.part.media]
        try:
            self._refresh()
        except TryLater:
            return ready  # the server judges for itself
        self.refuse(out, self._limits())
        return ready

    def _check_parent(self, out: Outgoing, parent: str) -> None:
        there = self._status(parent)
        if there is None:
            raise Refused(say("The post that this answers is not there any more."), platform=self.id)
        theirs = notes.visibility(there.get("visibility"))
        if notes.wider(out.visibility, theirs):
            problem = say(
                "The post that this answers is for fewer people ({theirs}) than the answer ({ours}).",
                theirs=say(theirs), ours=say(out.visibility),
            )  # fmt: skip
            raise Refused(problem, platform=self.id, next_step=say("Choose the same visibility, and sign it off anew."))

    def _status(self, name: str) -> dict[str, Any] | None:
        """Return a status; None where it is gone, or not for this account."""
        try:
            return self._wire.table("read", lambda client: client.status(name))
        except TryLater as no:
            if no.status in (404, 410):
                return None
            raise

    def _receipt(self, said: dict[str, Any], *, sent: bool = False) -> Receipt:
        receipt = statuses.receipt(said, self.context.clock.now())
        if receipt is None:
            lost: type[PlatformError] = OutcomeUnknown if sent else TryLater
            raise lost(say("{label}'s answer names no post.", label=self.label), platform=self.id)
        return receipt

    def find(self, out: Outgoing, once: str, since: datetime) -> Receipt | None:
        """Look through the own timeline back to ``since``; of several that match, the first one posted is meant.

        Posting again with the key would tell within the hour only, and make a second post after it.
        """
        own, oldest, match = self._me()["id"], None, None
        for _ in range(_MOST_PAGES):
            where: dict[str, Any] = {"exclude_reblogs": True, "max_id": oldest, "limit": _PAGE}
            page = self._wire.rows(lambda client, where=where: client.account_statuses(own, **where))  # type: ignore[misc]
            for status in page:
                match = status if statuses.is_ours(status, out, since) else match
            last = notes.instant(page[-1].get("created_at")) if page else None
            if not page and oldest is None and self._me(fresh=True).get("statuses_count"):
                raise TryLater(say("The server shows none of this account's posts just now."), platform=self.id)
            if not page or (last is not None and last < since):
                return self._receipt(match) if match is not None else None
            oldest = page[-1].get("id")
        raise TryLater(say("There are too many newer posts to look through."), platform=self.id)

    def lookup(self, url: str) -> Receipt:
        step = say("Copy the address of the post, as in https://mastodon.social/@brand/1093...")
        named = statuses.address(url)
        if named is None:
            raise BadInput(say("{url} is no address of a Mastodon post.", url=url), next_step=step)
        own = self._me()
        if named[0] not in (self.preview_host().lower(), urlsplit(str(own.get("url"))).netloc.lower()):
            raise BadInput(say("{url} is not a post of {account}.", url=url, account=self.context.account.key))
        there = self._status(named[1])
        if there is None:
            raise NotFound(say("There is no post at {url}.", url=url))
        found = self._receipt(there)
        if table(there.get("account")).get("id") != own["id"] or there.get("reblog"):
            raise BadInput(say("{url} is not a post of {account}.", url=url, account=self.context.account.key))
        return found

    def edit(self, receipt: Receipt, out: Outgoing) -> Receipt:
        """Change text, warning and media of a live post. Media are uploaded anew: what is not named is taken away.

        https://docs.joinmastodon.org/methods/statuses/#edit (read 2026-11-22). Repeating it does no harm.
        """
        media = [self._uploads.send(medium, data) for medium, data in self._ready(out)]
        there = self._status(receipt.remote_id)
        if there is not None and notes.visibility(there.get("visibility")) != out.visibility:
            raise Refused(say("{label} cannot change who sees a live post.", label=self.label), platform=self.id)
        change = partial(self._change, name=receipt.remote_id, out=out, media=media)
        out.before_send()
        try:
            said = self._wire.table("write", change)
        except Refused as no:
            if no.status == 404:
                raise Refused(say("The post is not there any more."), platform=self.id, status=404) from None
            raise
        self._uploads.forget(media)
        return self._receipt(said)

    @staticmethod
    def _change(client: Any, *, name: str, out: Outgoing, media: list[str]) -> Any:
        labelled = "sensitive" in out.labels
        return client.status_update(
            name, out.part.text, spoiler_text=out.warning, sensitive=labelled, media_ids=media or None
        )

    def delete(self, receipt: Receipt) -> None:
        try:
            self._wire.call("write", lambda client: client.status_delete(receipt.remote_id), empty=True)
        except Refused as no:
            if no.status not in (404, 410):
                raise

    # --- listening -----------------------------------------------------------------------------------------

    def comments(self, since: Cursor | None, limit: int = 50) -> Page[Comment]:
        """Walk forward through mentions and quotes. The server's "read" marker, shared with apps, is not used."""
        own, now = self._me()["id"], self.context.clock.now()
        taken, cursor, more = notes.Walk(since).take(self._notifications, limit)
        read = (notes.read(note, self.context.account.key, own, self._root, now) for note in taken)
        return Page(tuple(comment for comment in read if comment is not None), cursor, more)

    def _notifications(self, **where: Any) -> list[dict[str, Any]]:
        return self._wire.rows(lambda client: client.notifications(types=["mention", "quote"], **where))

    def feed(self) -> MastodonFeed:
        return MastodonFeed(self._wire.base, self._wire.token, self.context)

    def look_at(self, remote_id: str) -> Sight:
        there = self._status(remote_id)
        below = self._wire.table("read", lambda client: client.status_context(remote_id)) if there else {}
        return notes.sight(there, below.get("descendants"), self._me()["id"])

    def reread(self, remote_ids: Sequence[str]) -> Mapping[str, str | None]:
        there, own = {str(row.get("id")): row for row in self._many(list(remote_ids))}, self._me()["id"]
        return {name: notes.says(there.get(name) or self._status(name), own) for name in remote_ids}

    def _root(self, parent: str) -> str:
        """Return the first post of a conversation; its nearest known one where the server does not say."""
        if parent not in self._roots:
            try:
                above = self._wire.table("read", lambda client: client.status_context(parent)).get("ancestors")
            except Reconnect:
                raise
            except PlatformError:
                return parent
            first = above[0].get("id") if isinstance(above, list) and above and isinstance(above[0], dict) else parent
            self._roots[parent] = str(first)
        return self._roots[parent]

    def readings(self, receipts: Sequence[Receipt]) -> Iterable[Reading]:
        for first in range(0, len(receipts), _BATCH):
            names = [receipt.remote_id for receipt in receipts[first : first + _BATCH]]
            for status in self._many(names):
                yield statuses.reading(status, self.context.clock.now())

    def _many(self, names: list[str]) -> list[dict[str, Any]]:
        """Return those of some statuses that are there, in one request where the server can (since 4.3)."""
        try:
            return self._wire.rows(lambda client: client.statuses(names))
        except TryLater as no:
            if no.status != 404:
                raise
        return [found for name in names if (found := self._status(name)) is not None]

    # --- health --------------------------------------------------------------------------------------------

    def _me(self, *, fresh: bool = False) -> dict[str, Any]:
        """Return the account behind the token, asked once an adapter unless ``fresh``."""
        if fresh or not self._own:
            said = self._wire.table("read", lambda client: client.account_verify_credentials())
            if not isinstance(said.get("id"), str):
                raise TryLater(say("{label} does not say who this account is.", label=self.label), platform=self.id)
            self._own = said
        return self._own

    def identity(self) -> Identity:
        own = self._me(fresh=True)
        self._refresh(always=True)
        said = table(self.context.facts.load("instance")).get("said")
        return account.identity(own, said, self._wire.base, account.scopes(self._wire))

    def health(self) -> list[Health]:
        try:
            who = self.identity()
        except (PlatformError, Misconfigured) as bad:
            fix = bad.next_step or say("Look whether the server is up, and at the setting INSTANCE, then try again.")
            return [Health("login", False, bad.message, fix)]
        return account.health(who, self._limits(), self.preview_host())
