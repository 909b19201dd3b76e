"""What every adapter must keep, whatever its network. Subclass, provide ``bench``, and do not weaken a test.

A bench holds one brand account, one fan, and the means to watch and break what leaves the adapter.
"""

from __future__ import annotations

import hashlib
import io
import logging
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from bot.domain.comment import Comment
from bot.domain.draft import Media, Part
from bot.domain.post import Outgoing, Receipt
from bot.errors import BadInput, NotFound, OutcomeUnknown, PlatformError, Reconnect, Refused, TryLater, Unsupported
from bot.platforms.base import Cursor, Platform

FAMILY = "👨‍👩‍👧‍👦"
ACCENTED = "e\u0301"


class MemoryVault:
    """A vault that outlives adapters, as the database's does, and remembers the order of things."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self._lock = threading.Lock()

    def load(self, name: str) -> str | None:
        return self.kept.get(name)

    def store(self, name: str, secret: str) -> None:
        assert self._lock.locked(), "a session is replaced under the lock only"
        self.kept[name] = secret

    def lock(self, name: str) -> Any:
        return self._lock


@dataclass(frozen=True)
class Sent:
    """What left the adapter for one post, in words that fit any network."""

    text: str
    language: str
    #: None where the platform dates posts itself.
    created: datetime | None
    alts: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    parent_id: str
    root_id: str
    key: str


class Bench(ABC):
    """One network under test, with the brand's adapter on it."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self._count = 0

    @abstractmethod
    def adapter(self) -> Platform:
        """Return a new adapter of the brand's account, as after a restart: only the vault is the same."""

    @abstractmethod
    def calls(self) -> int:
        """Return how many calls have left adapters so far."""

    @abstractmethod
    def sent(self) -> Sent:
        """Return the last post that left."""

    @abstractmethod
    def fail(self, effect: str) -> None:
        """Break the next publish."""

    @abstractmethod
    def says(self, text: str, parent: Receipt | None = None) -> str:
        """Have the fan reply, or mention the brand where there is no parent; return the remote id."""

    @abstractmethod
    def likes(self, receipt: Receipt) -> None:
        """Have the fan like a post."""

    @abstractmethod
    def copies(self, text: str) -> int:
        """Return how many live posts of the brand have exactly this text, asked of the network itself."""

    @abstractmethod
    def secrets(self) -> list[str]:
        """Return everything that must never be seen."""

    def weight(self, unit: str) -> int:
        """Return what one character counts in the platform's own counting, taken from its documents."""
        return 1

    def settle(self, check: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until the network shows something."""
        until = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < until, "the network did not show it in time"
            time.sleep(0.05)

    def out(self, text: str = "", **more: Any) -> Outgoing:
        """Return a new part to send; texts differ, so that they can be counted."""
        self._count += 1
        text = text or f"Post {self._count} of {id(self)}"
        return Outgoing(part=Part(text, more.pop("media", ())), created=datetime.now(UTC), **more)

    def key(self, adapter: Platform, out: Outgoing) -> str:
        """Return the key the publish step would have chosen for ``out``."""
        assert out.created is not None
        return adapter.once_key(hashlib.sha256(out.part.text.encode()).hexdigest(), out.created)

    def publish(self, adapter: Platform, out: Outgoing) -> Receipt:
        """Publish as the publish step does."""
        return adapter.publish(out, self.key(adapter, out))

    def picture(self, width: int = 40, height: int = 20, *, exif: bool = False, mime: str = "image/jpeg") -> Media:
        """Return a medium whose bytes the adapter can ask for."""
        out, tags = io.BytesIO(), Image.Exif()
        if exif:
            tags[0x010F] = "SecretCamera"
            tags[0x0112] = 6
        image = Image.new("RGB", (width, height), "orange")
        image.save(out, mime.removeprefix("image/").upper(), **({"exif": tags} if exif else {}))
        name = f"{len(self.pictures):064d}"
        self.pictures[name] = out.getvalue()
        return Media(name, mime, width, height, f"An orange field {name[-3:]}", len(out.getvalue()))


def read_all(adapter: Platform, since: Cursor | None, limit: int = 50) -> tuple[list[Comment], Cursor | None]:
    """Read comments page by page until there are no more."""
    found: list[Comment] = []
    while True:
        page = adapter.comments(since, limit)
        assert len(page.items) <= limit
        found, since = [*found, *page.items], page.cursor
        if not page.more:
            return found, since


class PlatformContract:
    """Tests that hold for every platform."""

    @pytest.fixture
    def bench(self) -> Iterable[Bench]:
        raise NotImplementedError

    @pytest.fixture
    def adapter(self, bench: Bench) -> Iterable[Platform]:
        adapter = bench.adapter()
        yield adapter
        adapter.close()

    # --- what fits -----------------------------------------------------------------------------------------

    @pytest.mark.parametrize("unit", ["a", "茶", ACCENTED, FAMILY, "🇨🇭", "क्षि"])
    def test_at_the_limit_it_fits_and_one_over_it_does_not(self, bench: Bench, adapter: Platform, unit: str) -> None:
        limits = adapter.limits
        weight = bench.weight(unit)
        assert adapter.length(unit * 7) == 7 * weight
        most = min(limits.text // weight, (limits.text_bytes or 10**9) // len(unit.encode()))
        out = bench.out(unit * most)
        receipt = bench.publish(adapter, out)
        assert receipt.remote_id
        assert receipt.url
        before = bench.calls()
        [problem] = adapter.fits([Part(unit * (most + 1))])
        assert problem.over >= 1
        with pytest.raises(Unsupported):
            bench.publish(adapter, bench.out(unit * (most + 1)))
        assert bench.calls() == before

    @pytest.mark.parametrize("what", ["empty", "surrogate", "nul", "pictures", "kind", "heavy", "alt", "visibility"])
    def test_what_cannot_be_said_is_refused_before_any_call(self, bench: Bench, adapter: Platform, what: str) -> None:
        picture = bench.picture()
        limits = adapter.limits
        out = {
            "empty": lambda: bench.out(" \n"),
            "surrogate": lambda: bench.out("half \ud83d a face"),
            "nul": lambda: bench.out("a\0b"),
            "pictures": lambda: bench.out("x", media=(picture,) * (limits.images + 1)),
            "kind": lambda: bench.out("x", media=(replace(picture, mime="image/tiff"),)),
            "heavy": lambda: bench.out("x", media=(replace(picture, size=limits.image_bytes + 1),)),
            "alt": lambda: bench.out("x", media=(replace(picture, alt="a" * (limits.alt + 1)),)),
            "visibility": lambda: bench.out("x", visibility="direct-to-nobody"),
        }[what]()
        before = bench.calls()
        with pytest.raises(Unsupported):
            adapter.publish(out, adapter.once_key("seed", datetime.now(UTC)))
        assert bench.calls() == before

    def test_a_thread_longer_than_the_platform_takes_does_not_fit(self, adapter: Platform) -> None:
        assert not adapter.fits([Part("x")] * adapter.limits.parts)
        assert adapter.fits([Part("x")] * (adapter.limits.parts + 1))
        assert adapter.fits([])

    # --- what leaves ---------------------------------------------------------------------------------------

    def test_what_leaves_is_what_was_signed(self, bench: Bench, adapter: Platform) -> None:
        media = (bench.picture(40, 20), bench.picture(30, 60, mime="image/png"))
        out = replace(bench.out("Grüße 你好 👋 " + bench.out().part.text, media=media), language="de")
        bench.publish(adapter, out)
        sent = bench.sent()
        assert out.created is not None
        assert (sent.text, sent.language) == (out.part.text, "de")
        assert sent.created is None or abs((sent.created - out.created).total_seconds()) < 0.001
        assert sent.alts == tuple(medium.alt for medium in media)
        assert sent.sizes == ((40, 20), (30, 60))
        assert (sent.parent_id, sent.root_id) == ("", "")
        if adapter.features.once != "none":
            assert sent.key == bench.key(adapter, out)

    def test_a_thread_hangs_together(self, bench: Bench, adapter: Platform) -> None:
        first = bench.publish(adapter, bench.out())
        second = bench.publish(adapter, bench.out(parent=first, root=first))
        assert (bench.sent().parent_id, bench.sent().root_id) == (first.remote_id, first.remote_id)
        bench.publish(adapter, bench.out(parent=second, root=first))
        assert (bench.sent().parent_id, bench.sent().root_id) == (second.remote_id, first.remote_id)

    def test_an_answer_finds_the_root_by_itself(self, bench: Bench, adapter: Platform) -> None:
        first = bench.publish(adapter, bench.out())
        comment = bench.says("What is the price?", first)
        known_only_by_id = Receipt(comment, "", datetime.now(UTC))
        bench.publish(adapter, bench.out(parent=known_only_by_id))
        assert (bench.sent().parent_id, bench.sent().root_id) == (comment, first.remote_id)

    def test_an_answer_to_what_is_gone_is_refused(self, bench: Bench, adapter: Platform) -> None:
        gone = bench.publish(adapter, bench.out())
        adapter.delete(gone)
        with pytest.raises(Refused):
            bench.publish(adapter, bench.out(parent=replace(gone, cid="")))

    # --- at most once --------------------------------------------------------------------------------------

    def test_the_key_follows_from_seed_and_time_alone(self, bench: Bench, adapter: Platform) -> None:
        at = datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=UTC)
        assert adapter.once_key("p_1/0", at) == bench.adapter().once_key("p_1/0", at)
        keys = {adapter.once_key(f"p_{n}/0", at) for n in range(2000)}
        assert len(keys) == 2000

    def test_find_sees_what_publish_made_and_nothing_before(self, bench: Bench, adapter: Platform) -> None:
        out = bench.out()
        key, began = bench.key(adapter, out), datetime.now(UTC)
        assert adapter.find(out, key, began) is None
        receipt = adapter.publish(out, key)
        found = adapter.find(out, key, began)
        assert found == receipt
        assert bench.adapter().find(out, key, began) == receipt

    def test_publishing_twice_with_one_key_is_one_post(self, bench: Bench, adapter: Platform) -> None:
        out = bench.out()
        first, second = bench.publish(adapter, out), bench.publish(bench.adapter(), out)
        if adapter.features.once == "none":
            # Without a key a repeat is a second post, which is why the publish step looks before it repeats.
            assert bench.copies(out.part.text) == 2
        else:
            assert first == second
            assert bench.copies(out.part.text) == 1

    @pytest.mark.parametrize(
        ("effect", "live"),
        [
            ("timeout_before", False),
            ("timeout_after_accept", True),
            ("server_error_before", False),
            ("server_error_after_accept", True),
            ("malformed", True),
        ],
    )
    def test_a_lost_answer_is_unknown_until_looked_at(
        self, bench: Bench, adapter: Platform, effect: str, live: bool
    ) -> None:
        out, began = bench.out(), datetime.now(UTC)
        bench.fail(effect)
        try:
            receipt = bench.publish(adapter, out)
        except OutcomeUnknown:
            receipt = None
        # An adapter may look by itself, but what it says must be true.
        found = adapter.find(out, bench.key(adapter, out), began)
        assert (found is not None) is live
        assert receipt in (None, found)
        assert bench.copies(out.part.text) == int(live)
        if adapter.features.once != "none":
            assert bench.publish(adapter, out).remote_id
            assert bench.copies(out.part.text) == 1

    @pytest.mark.parametrize(
        ("effect", "error"),
        [("rate_limit", TryLater), ("unreachable", TryLater), ("refuse", Refused), ("revoked", Reconnect)],
    )
    def test_a_definite_no_is_told_by_what_happens_next(
        self, bench: Bench, adapter: Platform, effect: str, error: type[PlatformError]
    ) -> None:
        out = bench.out()
        bench.fail(effect)
        with pytest.raises(error) as caught:
            bench.publish(adapter, out)
        assert caught.value.platform == adapter.id
        if isinstance(caught.value, TryLater) and effect == "rate_limit":
            assert caught.value.after == 7
        if isinstance(caught.value, Reconnect):
            assert caught.value.next_step
        assert bench.copies(out.part.text) == 0
        assert bench.publish(bench.adapter(), out).remote_id

    def test_a_live_post_is_found_by_its_address(self, bench: Bench, adapter: Platform) -> None:
        receipt = bench.publish(adapter, bench.out())
        found = adapter.lookup(receipt.url)
        assert (found.remote_id, found.url, found.cid) == (receipt.remote_id, receipt.url, receipt.cid)
        adapter.delete(receipt)
        with pytest.raises(NotFound):
            adapter.lookup(receipt.url)

    @pytest.mark.parametrize("url", ["", "https://example.com/profile/x/post/1", "nonsense"])
    def test_what_is_no_address_of_a_post_finds_nothing(self, adapter: Platform, url: str) -> None:
        with pytest.raises((BadInput, NotFound)):
            adapter.lookup(url)

    def test_deleting_twice_is_no_error(self, bench: Bench, adapter: Platform) -> None:
        out = bench.out()
        receipt = bench.publish(adapter, out)
        adapter.delete(receipt)
        adapter.delete(receipt)
        assert adapter.find(out, bench.key(adapter, out), datetime.now(UTC)) is None
        assert bench.copies(out.part.text) == 0

    # --- listening -----------------------------------------------------------------------------------------

    def test_comments_are_read_once_each_over_pages_and_restarts(self, bench: Bench, adapter: Platform) -> None:
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        said = [bench.says(f"Reply {n}", post) for n in range(5)] + [bench.says("Hello", None) for _ in range(2)]
        bench.settle(lambda: len(read_all(adapter, start)[0]) == 7)
        first = adapter.comments(start, 3)
        assert first.more
        assert [c.remote_id for c in first.items] == said[:3]
        said.append(bench.says("Late one", post))
        bench.settle(lambda: len(read_all(adapter, start)[0]) == 8)
        rest, end = read_all(bench.adapter(), first.cursor, limit=2)
        assert [c.remote_id for c in rest] == said[3:]
        assert read_all(adapter, end)[0] == []
        reply, mention = first.items[0], rest[2]
        assert (reply.kind, reply.parent_id, reply.root_id) == ("reply", post.remote_id, post.remote_id)
        assert (reply.text, mention.kind) == ("Reply 0", "mention")
        assert reply.author.id
        assert reply.author.handle
        assert reply.at.tzinfo is not None

    def test_own_words_are_no_comments(self, bench: Bench, adapter: Platform) -> None:
        _, start = read_all(adapter, None)
        first = bench.publish(adapter, bench.out())
        bench.publish(adapter, bench.out(parent=first, root=first))
        heard = bench.says("Hm", first)
        bench.settle(lambda: bool(read_all(adapter, start)[0]))
        assert [c.remote_id for c in read_all(adapter, start)[0]] == [heard]

    def test_readings_count_what_fans_did(self, bench: Bench, adapter: Platform) -> None:
        first, second = bench.publish(adapter, bench.out()), bench.publish(adapter, bench.out())
        bench.likes(first)
        bench.says("Nice", first)
        gone = bench.publish(adapter, bench.out())
        adapter.delete(gone)

        def counts() -> dict[str, tuple[int | None, int | None]]:
            return {r.remote_id: (r.likes, r.replies) for r in adapter.readings([first, second, gone])}

        bench.settle(lambda: counts() == {first.remote_id: (1, 1), second.remote_id: (0, 0)})

    # --- manners -------------------------------------------------------------------------------------------

    def test_health_is_good_and_every_line_says_something(self, adapter: Platform) -> None:
        lines = adapter.health()
        assert [line.name for line in lines if not line.ok] == []
        assert all(line.detail for line in lines)
        assert adapter.preview_host()

    def test_no_secret_shows_in_errors_logs_or_reprs(
        self, bench: Bench, adapter: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        seen = [repr(adapter), str(vars(adapter).get("context"))]
        for effect in ("rate_limit", "refuse", "unreachable", "timeout_after_accept", "malformed", "revoked"):
            bench.fail(effect)
            try:
                bench.publish(adapter, bench.out())
            except PlatformError as error:
                seen += [str(error), repr(error), error.reply, error.next_step, traceback.format_exc()]
        seen += [record.getMessage() for record in caplog.records]
        assert len(seen) > 20
        for secret in bench.secrets():
            assert not [text for text in seen if secret in text]
