"""What leaves is what was signed, at most once, and is found again whatever the network made of it."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.post import Outgoing, Receipt
from bot.errors import (
    BadInput,
    Halted,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryLater,
    Unsupported,
)  # fmt: skip
from bot.platforms.base import Platform
from tests.contract.bench import Bench, read_all

#: Texts that networks are known to hand back otherwise than they got them; {fan} is a mention, {n} makes each its own.
REWRITTEN = {
    "link": "Read https://example.com/tea?a=1&b=2#leaf {n}",
    "two links": "https://example.com/one https://example.com/two {n}",
    "link behind Chinese": "详见https://example.com/tea。{n}",
    "bare host": "On example.com since 1999 {n}",
    "mention": "Thank you {fan} {n}",
    "hashtag": "#tea #新茶 {n}",
    "signs of HTML": "Tea & cake < 5 > 3 &amp; \"quoted\" 'so' &lt;b&gt; {n}",
    "accents apart": unicodedata.normalize("NFD", "Café à Zürich {n}"),
    "accents as one": unicodedata.normalize("NFC", "Café à Zürich {n}"),
    "lines": "One\nTwo\n\nThree {n}",
    "spaces": "Two  spaces, a\u00a0hard one {n}",
    "emoji": "👨‍👩‍👧‍👦 🇨🇭 ❤️ {n}",
    "curly": "“Tea” – it’s… {n}",
    "asterisks": "*not bold* _nor this_ `code` ~~no~~ {n}",
}


class PublishContract:
    """Publishing, finding, changing and removing."""

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

    def test_five_parts_with_two_pictures_each_leave_in_order_and_are_found_one_by_one(
        self, bench: Bench, adapter: Platform
    ) -> None:
        root: Receipt | None = None
        above: Receipt | None = None
        parts: list[tuple[Outgoing, Receipt]] = []
        began = datetime.now(UTC)
        for n in range(5):
            media = (bench.picture(40 + n, 20), bench.picture(20, 40 + n, mime="image/png"))
            out = bench.out(media=media, parent=above, root=root)
            assert adapter.find(out, bench.key(adapter, out), began) is None
            receipt = bench.publish(adapter, out)
            sent = bench.sent()
            assert (sent.text, sent.alts) == (out.part.text, tuple(medium.alt for medium in media))
            assert sent.sizes == ((40 + n, 20), (20, 40 + n))
            assert sent.parent_id == (above.remote_id if above else "")
            assert sent.root_id == (root.remote_id if root else "")
            above, root = receipt, root or receipt
            parts.append((out, receipt))
        assert len({receipt.remote_id for _, receipt in parts}) == 5
        again = bench.adapter()
        for out, receipt in parts:
            found = again.find(out, bench.key(again, out), began)
            assert found is not None
            assert found.remote_id == receipt.remote_id
            assert again.lookup(receipt.url).remote_id == receipt.remote_id
            assert bench.copies(out.part.text) == 1

    @pytest.mark.fan
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

    @pytest.mark.fan
    def test_an_answer_is_never_seen_by_more_than_what_it_answers(self, bench: Bench, adapter: Platform) -> None:
        """Widest first is the order of ``features.visibilities``."""
        widest, *narrower = adapter.features.visibilities
        if not narrower:
            assert widest == "public"
            return
        post = bench.publish(adapter, bench.out())
        for visibility in narrower:
            comment = bench.says(f"Between us: {visibility}", post, visibility=visibility)
            before = bench.sends()
            out = bench.out(parent=Receipt(comment, "", datetime.now(UTC)), root=post, visibility=widest)
            with pytest.raises((Refused, Unsupported)):
                bench.publish(adapter, out)
            assert bench.sends() == before
            bench.publish(adapter, replace(out, visibility=visibility))

    @pytest.mark.parametrize("pictures", [0, 2])
    def test_the_fence_is_asked_once_right_before_the_send(
        self, bench: Bench, adapter: Platform, pictures: int
    ) -> None:
        seen: list[tuple[int, int]] = []
        media = tuple(bench.picture() for _ in range(pictures))
        first = bench.publish(adapter, bench.out())
        begun = bench.sends()
        out = bench.out(media=media, parent=first, root=first)
        out = replace(out, before_send=lambda: seen.append((bench.calls(), bench.sends())))
        bench.publish(adapter, out)
        assert len(seen) == 1
        assert seen[0][1] == begun
        assert bench.sends() == begun + 1
        assert bench.calls() == seen[0][0] + 1, "something else left between the fence and the post, or after it"

        def closed() -> None:
            raise Halted

        shut = replace(bench.out(media=media), before_send=closed)
        with pytest.raises(Halted):
            bench.publish(adapter, shut)
        assert bench.sends() == begun + 1
        assert bench.copies(shut.part.text) == 0

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

    def test_find_without_the_key_goes_by_words_and_parent(self, bench: Bench, adapter: Platform) -> None:
        """After a restore nobody knows the key, nor the time at which the lost database sent."""
        first, began = bench.out(), datetime.now(UTC) - timedelta(minutes=1)
        receipt = bench.publish(adapter, first)
        reply = bench.out(parent=receipt, root=receipt)
        assert adapter.find(replace(reply, created=None), "", began) is None
        answered = bench.publish(adapter, reply)
        for out, made in ((first, receipt), (reply, answered)):
            found = adapter.find(replace(out, created=None), "", began)
            assert found is not None
            assert found.remote_id == made.remote_id
        assert adapter.find(replace(first, created=None), "", datetime.now(UTC) + timedelta(hours=1)) is None

    @pytest.mark.parametrize("what", REWRITTEN)
    def test_find_knows_its_own_words_again(self, bench: Bench, adapter: Platform, what: str) -> None:
        """Some networks shorten links, trim, compose accents, escape, or take the domain off a mention."""
        text = REWRITTEN[what].format(fan=bench.mention(), n=f"({bench.mark % 100_000})")
        for media in ((), (bench.picture(),)):
            out = bench.out(f"{text} {len(media)}", media=media)
            key, began = bench.key(adapter, out), datetime.now(UTC)
            receipt = adapter.publish(out, key)
            found = adapter.find(out, key, began)
            assert found is not None
            assert found.remote_id == receipt.remote_id
            assert bench.sent().text == out.part.text, "what was shown is what is sent"
            if not media:
                # The same words to end with a picture are another post.
                apart = replace(bench.out(out.part.text, media=(bench.picture(),)), created=_later(out, 1))
                assert adapter.find(apart, _another(adapter, apart), began) is None

    def test_find_takes_no_older_post_and_no_other_answer_for_ours(self, bench: Bench, adapter: Platform) -> None:
        above = [bench.publish(adapter, bench.out()) for _ in range(2)]
        old = bench.out("Every Friday: fresh tea. " + bench.out().part.text)
        bench.publish(adapter, old)
        assert old.created is not None
        again = replace(old, created=_later(old, 3600))
        # The clocks of a network and ours may differ by minutes, but not by an hour.
        assert adapter.find(again, _another(adapter, again), _later(old, 3600)) is None
        answer = bench.out(parent=above[0], root=above[0])
        bench.publish(adapter, answer)
        for parent in (above[1], None):
            other = replace(answer, parent=parent, root=parent, created=_later(answer, 1))
            assert adapter.find(other, _another(adapter, other), _later(answer, -5)) is None

    def test_publishing_twice_with_one_key_is_one_post(self, bench: Bench, adapter: Platform) -> None:
        out = bench.out()
        first, second = bench.publish(adapter, out), bench.publish(bench.adapter(), out)
        if adapter.features.once == "none":
            # Without a key a repeat may be a second post, which is why the publish step looks before it repeats.
            assert bench.copies(out.part.text) == len({first.remote_id, second.remote_id})
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
        out, began, before = bench.out(), datetime.now(UTC), bench.sends()
        bench.fail(effect)
        try:
            receipt = bench.publish(adapter, out)
        except OutcomeUnknown:
            receipt = None
        assert bench.sends() <= before + 1, "an adapter does not send again by itself"
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

    # --- by address, changed, removed ----------------------------------------------------------------------

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

    def test_a_live_post_can_be_changed_where_the_platform_says_so(self, bench: Bench, adapter: Platform) -> None:
        out = bench.out()
        receipt = bench.publish(adapter, out)
        new = replace(out, part=replace(out.part, text=f"{out.part.text}, corrected"))
        before = bench.calls()
        if not adapter.features.edits:
            with pytest.raises(Unsupported):
                adapter.edit(receipt, new)
            assert (bench.calls(), bench.copies(out.part.text)) == (before, 1)
            return
        with pytest.raises(Unsupported):
            adapter.edit(receipt, bench.out("a" * (adapter.limits.text + 1)))
        assert bench.calls() == before

        def closed() -> None:
            raise Halted

        with pytest.raises(Halted):
            adapter.edit(receipt, replace(new, before_send=closed))
        assert bench.copies(new.part.text) == 0
        changed = adapter.edit(receipt, new)
        assert (changed.remote_id, changed.url) == (receipt.remote_id, receipt.url)
        assert (bench.copies(out.part.text), bench.copies(new.part.text)) == (0, 1)
        adapter.delete(receipt)
        with pytest.raises(Refused):
            adapter.edit(receipt, new)

    def test_deleting_twice_is_no_error(self, bench: Bench, adapter: Platform) -> None:
        out = bench.out()
        receipt = bench.publish(adapter, out)
        adapter.delete(receipt)
        adapter.delete(receipt)
        assert adapter.find(out, bench.key(adapter, out), datetime.now(UTC)) is None
        assert bench.copies(out.part.text) == 0

    @pytest.mark.fan
    def test_only_an_own_post_can_be_removed(self, bench: Bench, adapter: Platform) -> None:
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        comment = bench.says("Mine to keep", post)
        theirs = Receipt(comment, "", datetime.now(UTC))
        # A network may answer with success for what is not there for us: what counts is that it is still there.
        with suppress(Refused):
            adapter.delete(theirs)
        bench.settle(lambda: comment in [said.remote_id for said in read_all(adapter, start)[0]])


def _another(adapter: Platform, out: Outgoing) -> str:
    """Return the key of another post with the same words: its seed is its own."""
    assert out.created is not None
    return adapter.once_key("another post", out.created)


def _later(out: Outgoing, seconds: float) -> datetime:
    assert out.created is not None
    return out.created + timedelta(seconds=seconds)
