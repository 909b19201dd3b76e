"""How a search weighs meaning, ideas and words: what is meant to the letter wins, and nothing is taken down."""

from __future__ import annotations

import pytest

from memory.base import TRUSTED, MemoryItem
from memory.plan import rows
from memory.ranking import HYBRID, Index, Weights
from memory.thesaurus import ideas
from memory.words import literal, mentioned, named, quoted, stem, stems, tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Prices are shown", ["pric", "shown"]),
        ("不得比价", ["不得", "得比", "比价"]),
        ("茶", ["茶"]),
        ("use no-rivals.zh", ["use", "rival", "zh", "no-rivals.zh"]),
        ("用 #LumenTea 标签", ["lumentea", "标签"]),
        ("", []),
    ],
)
def test_a_text_is_indexed_under_stems_and_pairs_of_han(text: str, found: list[str]) -> None:
    assert [t for t in tokens(text) if t != "用"] == found


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ('May we write "miracle"?', {stem("miracle")}),
        ("Which rule is in claims.md?", {"claims.md"}),
        ("Why 1.50 percent?", set()),
        ("要写 LumenTea 吗？", set()),
        ("能写“神药”吗？", {"神药"}),
        ("May we compare prices?", set()),
    ],
)
def test_what_is_meant_to_the_letter_is_told_from_the_rest(query: str, meant: set[str]) -> None:
    assert literal(query) == meant


def test_numbers_and_names_are_likely_to_the_letter() -> None:
    assert mentioned("要写 LumenTea 吗？") == {"lumentea"}
    assert mentioned("At most 3 tags on an e-bike, by 9:30?") == {"3", "9:30", "e-bike"}
    assert mentioned("May we compare prices?") == set()


def test_quotations_and_ids_in_a_query_are_told() -> None:
    assert quoted("Which rule says “Not Today” or 「不行」, or “a”?") == {"not today", "不行"}
    assert named("What does the rule Texture say?") == {"texture"}
    assert named("规则 one-emoji 写的是什么？") == {"one-emoji"}
    assert named("May we use the texture?") == set()


def test_a_rule_that_is_quoted_or_named_comes_first() -> None:
    items = [
        MemoryItem("texture", "Begin with it.", language="en"),
        MemoryItem("b", "We say “how it feels” of it.", language="en"),
        MemoryItem("c.zh", "不要催人。", language="zh"),
        MemoryItem("d", "It feels, it feels, it feels.", language="en"),
    ]
    made = rows(items)
    vectors = [[0.0, 1.0], [0.1, 1.0], [0.0, 1.0], [0.5, 1.0]]
    index = Index([r.embed for r in made], [r.metadata for r in made], vectors)
    for query, right in (
        ("How is it?", "d"),
        ("What does the rule texture say?", "texture"),
        ('Which says "how it feels"?', "b"),
        ("哪条写了“催人”？", "c.zh"),
        ("规则 c 写了什么", "c.zh"),
    ):
        assert _found(index, query)[0][0] == right, query


def test_different_words_for_one_thing_are_one_idea_in_both_languages() -> None:
    assert ideas("what does it cost") & ideas("多少钱")
    assert ideas("Another brand?") & ideas("竞争对手")
    assert not ideas("xyzzy") | ideas("")


def test_every_line_of_the_thesaurus_has_words_in_both_languages() -> None:
    from pathlib import Path

    import memory.thesaurus

    lines = Path(memory.thesaurus.__file__).with_name("thesaurus.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            english, _, chinese = line.partition("|")
            assert english.split(), line
            assert chinese.split(), line
            assert all(all(stems(word)) for word in english.split()), line


def _index(*texts: str) -> Index:
    made = rows([MemoryItem(f"r{n}", text, language="en") for n, text in enumerate(texts)])
    return Index([r.embed for r in made], [r.metadata for r in made], [[1.0, 1 + n / 10] for n in range(len(made))])


def _found(index: Index, query: str, weights: Weights = HYBRID) -> list[tuple[str, float]]:
    return [(h.id, h.score) for h in index.search(query, [1.0, 0.0], 9, None, TRUSTED, weights)]


def test_words_raise_a_row_and_never_lower_one() -> None:
    index = _index("Be kind.", "Answer at once.", "Use #LumenTea at the end.")
    alone = dict(_found(index, "which tag is #LumenTea", Weights(1, 0, 0, 0, 0)))
    both = dict(_found(index, "which tag is #LumenTea"))
    assert max(both, key=both.__getitem__) == "r2"
    assert max(alone, key=alone.__getitem__) == "r0"
    assert all(both[i] >= alone[i] - 1e-6 for i in alone)
    assert max(both.values()) <= 1


def test_a_rule_is_found_by_its_id_and_its_file() -> None:
    made = rows([MemoryItem("no-rivals", "Be fair.", file="guidelines/claims.md"), MemoryItem("b", "Be brief.")])
    index = Index([r.embed for r in made], [r.metadata for r in made], [[0.5, 1.0], [0.6, 1.0]])
    assert _found(index, "no-rivals")[0][0] == "no-rivals"
    assert _found(index, "guidelines/claims.md")[0][0] == "no-rivals"


def test_an_empty_index_finds_nothing() -> None:
    assert Index([], [], []).search("x", [1.0], 5, None, TRUSTED) == []


def _twins(provenance: str = "brand") -> Index:
    items = [
        MemoryItem("fair", "Be fair.", language="en", twin="fair.zh", aliases=("要公平。", "Play fair.")),
        MemoryItem("brief", "Be brief.", language="en"),
        MemoryItem("fair.zh", "要公平。", provenance, language="zh", aliases=("Be fair.",)),
    ]
    made = rows(items)
    assert "Be fair." in [r.embed for r in made if r.id.startswith("fair.zh")]
    made = rows([*items[:2], MemoryItem("fair.zh", "要公平。", provenance, language="zh", twin="fair")])
    # A twin's text has a row already.
    assert [r.embed for r in made] == ["Be fair.", "Play fair.", "Be brief.", "要公平。"]
    vectors = [[0.0, 1.0], [0.6, 0.8], [0.8, 0.6], [1.0, 0.0]]
    return Index([r.embed for r in made], [r.metadata for r in made], vectors, common=0)


def test_what_all_rules_have_in_common_tells_none_of_them_apart() -> None:
    made = rows([MemoryItem(f"r{n}", f"Rule {n}.", language="en") for n in range(30)])
    # All rules point one way, and so does the question; what is left of it is nearer to r7.
    vectors = [[1.0, 0.0, 0.05 * (n == 7)] for n in range(29)] + [[1.0, 0.3, 0.0]]
    query = [1.0, 0.12, 0.05]
    plain = Index([r.embed for r in made], [r.metadata for r in made], vectors, common=0)
    better = Index([r.embed for r in made], [r.metadata for r in made], vectors, common=0.9)
    gap = [
        {h.id: h.score for h in index.search("x", query, 30, None, TRUSTED, Weights(1, 0, 0, 0, 0))}
        for index in (plain, better)
    ]
    assert gap[1]["r7"] - gap[1]["r3"] > 5 * (gap[0]["r7"] - gap[0]["r3"]) > 0
    assert max(gap[1].values()) <= 1


def test_the_other_text_of_a_rule_counts_in_both_directions_and_shows_the_asked_language() -> None:
    weights = Weights(1, 0, 0, 0, 0, twin=0.5)
    hits = _twins().search("x", [1.0, 0.0], 9, "en", TRUSTED, weights)
    assert [(h.id, round(h.score, 3)) for h in hits] == [("brief", 0.8), ("fair", 0.8)]
    hits = _twins().search("x", [1.0, 0.0], 9, "zh", TRUSTED, weights)
    assert [(h.id, round(h.score, 3)) for h in hits] == [("brief", 0.8), ("fair.zh", 0.8)]
    alone = _twins().search("x", [1.0, 0.0], 9, "en", TRUSTED, Weights(1, 0, 0, 0, 0, twin=0))
    assert [(h.id, round(h.score, 3)) for h in alone] == [("brief", 0.8), ("fair", 0.6)]


def test_a_twin_that_may_not_be_read_does_not_count() -> None:
    hits = _twins("stranger").search("x", [1.0, 0.0], 9, None, TRUSTED, Weights(1, 0, 0, 0, 0, twin=0.5))
    assert [(h.id, round(h.score, 3)) for h in hits] == [("brief", 0.8), ("fair", 0.6)]
