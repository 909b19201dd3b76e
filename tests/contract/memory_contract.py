"""What every BrandMemory must do. A kind of memory is held to it by subclassing and giving the two fixtures."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from memory.base import BrandMemory, Embedder, EmbedderChanged, Hit, Learned, MemoryItem
from memory.in_memory import TinyEmbedder

PRICES = MemoryItem(
    "price-claims", "Never compare our prices with another shop.", "brand", "en", "never", "guidelines/g.md", 3,
    "Prices", "price-claims.zh",
)  # fmt: skip
PRICES_ZH = MemoryItem(
    "price-claims.zh",
    "不得与其他商店比较价格。",
    "brand",
    "zh",
    "never",
    "guidelines/g.zh.md",
    3,
    "价格",
    "price-claims",
)
VOICE = MemoryItem("voice-1", "Write warmly, like a friend who pours the tea.", "brand", "en", "voice", "g.md", 9)
NOTE = MemoryItem("note-1", "The autumn oolong tasting is on Saturday.", "operator", "en", "fact")
RUMOUR = MemoryItem("rumour", "Somebody wrote that the prices of another shop are lower.", "stranger", "en", "fact")
ALL = [PRICES, PRICES_ZH, VOICE, NOTE, RUMOUR]


class Renamed(TinyEmbedder):
    name = "another"


class MemoryContract:
    """Subclass with ``make(embedder)``: a function that opens the same, at first empty, store each time."""

    @pytest.fixture
    def make(self) -> Callable[[Embedder], BrandMemory]:
        raise NotImplementedError

    @pytest.fixture
    def embedder(self) -> TinyEmbedder:
        return TinyEmbedder()

    @pytest.fixture
    def memory(self, make: Callable[[Embedder], BrandMemory], embedder: TinyEmbedder) -> BrandMemory:
        return make(embedder)

    def test_it_finds_what_it_learnt(self, memory: BrandMemory) -> None:
        assert memory.learn("tea", "v1", ALL) == Learned(added=5)
        best = memory.search("tea", "compare prices with another shop")[0]
        assert (best.id, best.text) == (PRICES.id, PRICES.text)
        assert 0 < best.score <= 1.0001
        assert dict(best.metadata) == {
            "provenance": "brand", "sha256": PRICES.sha256, "file": PRICES.file, "line": 3, "language": "en",
            "kind": "never", "heading": "Prices", "twin": "price-claims.zh",
        }  # fmt: skip

    def test_the_same_items_twice_change_and_embed_nothing(self, memory: BrandMemory, embedder: TinyEmbedder) -> None:
        memory.learn("tea", "v1", ALL)
        before = embedder.count
        assert memory.learn("tea", "v1", list(reversed(ALL))) == Learned(unchanged=5)
        assert embedder.count == before

    def test_only_what_changed_is_embedded(self, memory: BrandMemory, embedder: TinyEmbedder) -> None:
        memory.learn("tea", "v1", ALL)
        before = embedder.count
        edited = MemoryItem(VOICE.id, "Write coolly, like a bank.", "brand", "en", "voice", "g.md", 9)
        new = MemoryItem("new", "Name the farm.", "brand", "en", "must")
        assert memory.learn("tea", "v2", [PRICES, PRICES_ZH, edited, new]) == Learned(1, 1, 2, 2)
        assert embedder.count == before + 2
        assert memory.version("tea") == "v2"
        texts = {h.text for h in memory.search("tea", "write like a bank", k=20)}
        assert edited.text in texts
        assert not texts & {VOICE.text, NOTE.text}

    def test_a_moved_item_shows_its_new_line_and_is_not_embedded(
        self, memory: BrandMemory, embedder: TinyEmbedder
    ) -> None:
        memory.learn("tea", "v1", [VOICE])
        before = embedder.count
        moved = MemoryItem(VOICE.id, VOICE.text, "brand", "en", "voice", "other.md", 40)
        assert memory.learn("tea", "v1", [moved]) == Learned(unchanged=1)
        assert embedder.count == before
        found = memory.search("tea", "friend tea")[0]
        assert (found.metadata["file"], found.metadata["line"]) == ("other.md", 40)

    def test_strangers_words_are_found_only_when_asked_for(self, memory: BrandMemory) -> None:
        memory.learn("tea", "v1", ALL)
        assert "rumour" not in _ids(memory.search("tea", RUMOUR.text, k=50))
        assert _ids(memory.search("tea", RUMOUR.text, provenance={"stranger"})) == ["rumour"]
        assert _ids(memory.search("tea", "tasting", provenance={"operator"})) == ["note-1"]
        assert memory.search("tea", "tasting", provenance=set()) == []

    def test_a_language_leaves_out_twins_but_not_what_has_none(self, memory: BrandMemory) -> None:
        memory.learn("tea", "v1", ALL)
        assert set(_ids(memory.search("tea", "比较价格", k=50, language="zh-Hans"))) == {
            "price-claims.zh", "voice-1", "note-1",
        }  # fmt: skip
        assert "price-claims.zh" not in _ids(memory.search("tea", "比较价格", k=50, language="en"))

    def test_a_rule_comes_back_when_its_twin_goes(self, memory: BrandMemory) -> None:
        memory.learn("tea", "v1", ALL)
        alone = MemoryItem(PRICES.id, PRICES.text, "brand", "en", "never", PRICES.file, 3, "Prices")
        assert memory.learn("tea", "v2", [alone]) == Learned(removed=4, unchanged=1)
        [found] = memory.search("tea", "prices", language="zh")
        assert (found.id, found.metadata["twin"]) == ("price-claims", "")

    def test_a_long_item_is_found_by_its_end_and_once(self, memory: BrandMemory) -> None:
        padding = "Oolong leaves are rolled and dried. " * 30
        long = MemoryItem("long", padding + "Refunds take fourteen days.", "brand", "en", "fact")
        memory.learn("tea", "v1", [long, VOICE])
        found = memory.search("tea", "refunds take fourteen days", k=2)
        assert _ids(found) == ["long", "voice-1"]
        whole = memory.embedder._one(long.text)  # type: ignore[attr-defined]
        asked = memory.embedder._one("refunds take fourteen days")  # type: ignore[attr-defined]
        assert found[0].score > 2 * sum(x * y for x, y in zip(whole, asked, strict=True)) / (
            math.hypot(*whole) * math.hypot(*asked)
        )

    def test_an_item_is_found_under_its_other_wordings(self, memory: BrandMemory) -> None:
        saved = MemoryItem("hours", "Ten to seven.", "brand", "en", "fact", aliases=("When are you open?",))
        memory.learn("tea", "v1", [saved, VOICE])
        assert _ids(memory.search("tea", "when are you open", k=1)) == ["hours"]

    def test_k_is_honoured(self, memory: BrandMemory) -> None:
        many = [MemoryItem(f"r{n}", f"Rule number {n} about tea.", "brand", "en", "should") for n in range(40)]
        memory.learn("tea", "v1", many)
        assert len(memory.search("tea", "rule about tea", k=5)) == 5
        assert len(memory.search("tea", "rule about tea", k=100)) == 40
        scores = [h.score for h in memory.search("tea", "rule about tea", k=100)]
        assert scores == sorted(scores, reverse=True)
        assert memory.search("tea", "rule", k=0) == []
        assert memory.search("tea", "  ") == []

    def test_brands_do_not_see_each_other(self, memory: BrandMemory) -> None:
        memory.learn("tea", "v1", [PRICES])
        memory.learn("茶 House!", "v9", [VOICE])
        assert _ids(memory.search("茶 House!", "prices")) == ["voice-1"]
        memory.forget("tea")
        assert memory.search("tea", "prices") == []
        assert (memory.version("tea"), memory.version("茶 House!")) == (None, "v9")

    def test_nothing_is_known_of_an_unknown_brand(self, memory: BrandMemory) -> None:
        assert memory.search("nobody", "prices") == []
        assert memory.version("nobody") is None
        memory.forget("nobody")

    def test_two_items_cannot_share_an_id(self, memory: BrandMemory) -> None:
        with pytest.raises(ValueError, match="'voice-1'"):
            memory.learn("tea", "v1", [VOICE, VOICE])
        assert memory.version("tea") is None

    def test_another_embedding_model_is_refused_until_reindexed(
        self, make: Callable[[Embedder], BrandMemory], memory: BrandMemory
    ) -> None:
        memory.learn("tea", "v1", ALL)
        other = make(Renamed())
        for act in (lambda: other.search("tea", "prices"), lambda: other.learn("tea", "v1", ALL)):
            with pytest.raises(EmbedderChanged, match=r"'tiny'.*'another'.*signoff learn --reindex"):
                act()
        assert other.version("tea") == "v1"
        assert other.learn("tea", "v1", ALL, reindex=True) == Learned(added=5)
        assert other.search("tea", "compare prices")[0].id == "price-claims"

    def test_a_second_user_of_the_store_sees_what_the_first_learns(
        self, make: Callable[[Embedder], BrandMemory], memory: BrandMemory
    ) -> None:
        second = make(TinyEmbedder())
        memory.learn("tea", "v1", [VOICE])
        assert _ids(second.search("tea", "prices")) == ["voice-1"]
        memory.learn("tea", "v2", [PRICES])
        assert (_ids(second.search("tea", "prices")), second.version("tea")) == (["price-claims"], "v2")

    def test_learning_that_is_cut_off_leaves_no_version(self, memory: BrandMemory, embedder: TinyEmbedder) -> None:
        memory.learn("tea", "v1", [VOICE])

        def fail(texts: object) -> list[list[float]]:
            raise RuntimeError("power cut")

        whole, embedder.embed = embedder.embed, fail  # type: ignore[method-assign, assignment]
        with pytest.raises(RuntimeError):
            memory.learn("tea", "v2", ALL)
        embedder.embed = whole  # type: ignore[method-assign]
        assert memory.version("tea") in (None, "v1")
        assert memory.learn("tea", "v2", ALL) == Learned(added=4, unchanged=1)

    def test_a_shelf_is_apart_from_the_rules_and_from_other_shelves(
        self, make: Callable[[Embedder], BrandMemory], memory: BrandMemory
    ) -> None:
        memory.learn("tea", "v1", [VOICE])
        memory.shelf("posts").learn("tea", "p1", [PRICES])
        memory.shelf("replies").learn("tea", "a1", [NOTE])
        for here in (memory, make(TinyEmbedder())):
            assert _ids(here.search("tea", "prices")) == ["voice-1"]
            assert _ids(here.shelf("posts").search("tea", "friend")) == ["price-claims"]
            assert (here.version("tea"), here.shelf("posts").version("tea")) == ("v1", "p1")
        memory.shelf("posts").forget("tea")
        assert memory.shelf("posts").search("tea", "prices") == []
        assert _ids(memory.shelf("replies").search("tea", "tasting")) == ["note-1"]
        assert _ids(memory.search("tea", "prices")) == ["voice-1"]

    def test_every_row_is_given_with_its_vector(
        self, make: Callable[[Embedder], BrandMemory], memory: BrandMemory, embedder: TinyEmbedder
    ) -> None:
        second = make(TinyEmbedder())
        assert second.kept("tea") == []
        memory.learn("tea", "v1", [MemoryItem("hours", "Ten to seven.", aliases=("When are you open?",)), VOICE])
        found = {row.text: row for row in second.kept("tea")}
        assert {text: row.id for text, row in found.items()} == {
            "Ten to seven.": "hours", "When are you open?": "hours", VOICE.text: "voice-1",
        }  # fmt: skip
        for text, row in found.items():
            assert list(row.vector) == pytest.approx(embedder._one(text))
        memory.learn("tea", "v2", [VOICE])
        assert [row.id for row in second.kept("tea")] == ["voice-1"]

    def test_health_says_how_it_is_kept(self, memory: BrandMemory) -> None:
        ok, detail = memory.health()
        assert ok
        assert "tiny" in detail


def _ids(hits: list[Hit]) -> list[str]:
    return [h.id for h in hits]
