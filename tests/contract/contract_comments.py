"""Listening loses nothing and doubles nothing: over pages, restarts, edits, deletions and crashes."""

from __future__ import annotations

from contextlib import nullcontext, suppress

import pytest

from bot.errors import Refused, TryLater, Unsupported
from bot.platforms.base import Cursor, Platform
from tests.contract.bench import Bench, read_all


def _ids(adapter: Platform, since: Cursor | None) -> list[str]:
    return [said.remote_id for said in read_all(adapter, since)[0]]


class CommentContract:
    """Comments and counts."""

    @pytest.mark.fan
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
        assert not reply.author.bot
        assert reply.account == adapter.context.account.key
        assert reply.url

    @pytest.mark.fan
    def test_a_hundred_and_twenty_at_once_are_all_read(self, bench: Bench, adapter: Platform) -> None:
        """More than one page of any network that is known: X and Bluesky give 100."""
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        said = bench.burst([f"Number {n}" for n in range(120)], post)
        bench.settle(lambda: len(set(_ids(adapter, start))) == 120, 60)
        for limit in (25, 60, 200):
            found, end = read_all(bench.adapter(), start, limit)
            assert sorted(c.remote_id for c in found) == sorted(said)
            assert [c.at for c in found] == sorted(c.at for c in found)
            assert read_all(adapter, end)[0] == []

    @pytest.mark.fan
    def test_a_crash_between_pages_loses_and_doubles_nothing(self, bench: Bench, adapter: Platform) -> None:
        """The cursor of the last page that was stored is used again, in another process, after any failure."""
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        said = [bench.says(f"Reply {n}", post) for n in range(6)]
        bench.settle(lambda: len(_ids(adapter, start)) == 6)
        stored = adapter.comments(start, 2)
        lost = adapter.comments(stored.cursor, 2)
        adapter.close()
        again = bench.adapter()
        for status in (503, 429, 200):
            bench.answer("comments", status, body=b"" if status == 200 else None)
            with pytest.raises(TryLater):
                again.comments(stored.cursor, 2)
            bench.mend()
        repeated = again.comments(stored.cursor, 2)
        assert [c.remote_id for c in repeated.items] == [c.remote_id for c in lost.items]
        rest, _ = read_all(bench.adapter(), repeated.cursor, 2)
        assert [c.remote_id for c in (*stored.items, *repeated.items, *rest)] == said

    @pytest.mark.fan
    def test_edits_between_pages_double_nothing(self, bench: Bench, adapter: Platform) -> None:
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        said = [bench.says(f"Reply {n}", post) for n in range(5)]
        bench.settle(lambda: len(_ids(adapter, start)) == 5)
        page = adapter.comments(start, 2)
        if bench.can("edited comments"):
            for comment in (said[0], said[1], said[3]):
                bench.edits(comment, "What I meant")
        rest, end = read_all(adapter, page.cursor, 2)
        assert [c.remote_id for c in (*page.items, *rest)] == said
        if bench.can("edited comments"):
            bench.edits(said[4], "What I meant")
        assert read_all(bench.adapter(), end)[0] == []

    @pytest.mark.fan
    @pytest.mark.parametrize("which", ["the last one read", "one not yet read", "all that was read"])
    def test_deletions_between_pages_lose_and_double_nothing(self, bench: Bench, adapter: Platform, which: str) -> None:
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        said = [bench.says(f"Reply {n}", post) for n in range(6)]
        bench.settle(lambda: len(_ids(adapter, start)) == 6)
        page = adapter.comments(start, 2)
        gone = {"the last one read": said[1:2], "one not yet read": said[3:4], "all that was read": said[:2]}[which]
        for comment in gone:
            bench.removes(comment)
        rest, end = read_all(bench.adapter(), page.cursor, 2)
        found = [c.remote_id for c in rest]
        assert [comment for comment in found if comment not in gone] == [c for c in said[2:] if c not in gone]
        assert len(found) == len(set(found))
        late = bench.says("Afterwards", post)
        bench.settle(lambda: _ids(adapter, end) == [late])

    @pytest.mark.fan
    def test_what_became_of_comments_is_told(self, bench: Bench, adapter: Platform) -> None:
        """Comments read again say what they said when they came, or what they say now; or that they are gone."""
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        stays, changes, goes = (bench.says(words, post) for words in ("I stay", "I change", "I go"))
        named = bench.says("Hello", None)
        bench.settle(lambda: len(_ids(adapter, start)) == 4)
        said: dict[str, str | None] = {c.remote_id: c.text for c in read_all(adapter, start)[0]}
        assert adapter.features.rereads >= 4
        bench.settle(lambda: adapter.reread([stays, changes, goes, named]) == said)
        if bench.can("edited comments"):
            bench.edits(changes, "I am changed")
            said[changes] = "I am changed"
        bench.removes(goes)
        bench.settle(lambda: bench.adapter().reread([stays, changes, goes, named]) == {**said, goes: None})

    @pytest.mark.fan
    def test_an_answer_that_tells_nothing_calls_no_comment_gone(self, bench: Bench, adapter: Platform) -> None:
        post = bench.publish(adapter, bench.out())
        said = bench.says("I stay", post)
        bench.settle(lambda: adapter.reread([said]).get(said) is not None)
        for status, body in ((200, b"{}"), (200, b"[]"), (200, b"null"), (404, None), (410, None), (503, None)):
            with suppress(TryLater):
                bench.answer("readings", status, body=body)
                told = adapter.reread([said])
                assert told.get(said, "left out") is not None
            bench.mend()
        for status in (429, 503):
            bench.answer("readings", status)
            with pytest.raises(TryLater):
                adapter.reread([said])
            bench.mend()

    @pytest.mark.fan
    def test_an_answer_is_hidden_and_shown_where_the_network_can(self, bench: Bench, adapter: Platform) -> None:
        post = bench.publish(adapter, bench.out())
        rude, fine = bench.says("Rude", post), bench.says("Fine", post)
        for hidden in (True, True, False, False, True):
            with nullcontext() if adapter.features.hides else pytest.raises(Unsupported, match="no way to hide"):
                adapter.hide(rude, hidden=hidden)
            assert bench.hidden(rude) is (hidden and adapter.features.hides)
        if adapter.features.hides:
            adapter.hide(fine)
            assert (bench.hidden(rude), bench.hidden(fine)) == (True, True)
            with pytest.raises(Refused):
                adapter.hide(bench.says("Elsewhere", None))

    @pytest.mark.fan
    def test_own_words_are_no_comments(self, bench: Bench, adapter: Platform) -> None:
        _, start = read_all(adapter, None)
        first = bench.publish(adapter, bench.out())
        bench.publish(adapter, bench.out(parent=first, root=first))
        heard = bench.says("Hm", first)
        bench.settle(lambda: bool(read_all(adapter, start)[0]))
        assert [c.remote_id for c in read_all(adapter, start)[0]] == [heard]

    @pytest.mark.fan
    def test_a_like_is_no_comment(self, bench: Bench, adapter: Platform) -> None:
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        bench.likes(post)
        heard = bench.says("I liked it", post)
        bench.settle(lambda: bool(_ids(adapter, start)))
        assert _ids(adapter, start) == [heard]

    @pytest.mark.fan
    def test_a_quote_is_a_comment_where_the_network_has_quotes(self, bench: Bench, adapter: Platform) -> None:
        if not bench.can("quoting fans"):
            assert not adapter.features.quotes
            return
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        quote = bench.quotes("Look at this", post)
        bench.settle(lambda: bool(_ids(adapter, start)))
        [heard] = read_all(adapter, start)[0]
        assert (heard.remote_id, heard.kind) == (quote, "quote")

    @pytest.mark.fan
    def test_who_says_it_is_told(self, bench: Bench, adapter: Platform) -> None:
        """Software is marked as such, and who may read a comment is known, where the network says it."""
        post = bench.publish(adapter, bench.out())
        _, start = read_all(adapter, None)
        wanted = {bench.says("By hand", post): (False, "public")}
        if bench.can("bots"):
            wanted[bench.says("Beep", post, bot=True)] = (True, "public")
        for visibility in adapter.features.visibilities[1:]:
            wanted[bench.says("Quietly", post, visibility=visibility)] = (False, visibility)
        bench.settle(lambda: len(_ids(adapter, start)) == len(wanted))
        heard = {c.remote_id: (c.author.bot, c.visibility) for c in read_all(adapter, start)[0]}
        assert heard == wanted

    @pytest.mark.fan
    def test_readings_count_what_fans_did(self, bench: Bench, adapter: Platform) -> None:
        first, second = bench.publish(adapter, bench.out()), bench.publish(adapter, bench.out())
        bench.likes(first)
        bench.says("Nice", first)
        gone = bench.publish(adapter, bench.out())
        adapter.delete(gone)

        def counts() -> dict[str, tuple[int | None, int | None]]:
            return {r.remote_id: (r.likes, r.replies) for r in adapter.readings([first, second, gone])}

        bench.settle(lambda: counts() == {first.remote_id: (1, 1), second.remote_id: (0, 0)})

    def test_an_account_nobody_spoke_to_can_be_read(self, bench: Bench, adapter: Platform) -> None:
        """Reading to the end and on from there finds nothing, and never fails."""
        _, end = read_all(adapter, None)
        assert read_all(bench.adapter(), end)[0] == []
        assert list(adapter.readings([])) == []
