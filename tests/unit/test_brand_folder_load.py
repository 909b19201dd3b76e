"""A brand folder becomes a brand, a policy and the items to remember; a new one is right from the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.brand_folder import FolderProblem, check, init, load
from bot.brand_folder.loading import known_platforms
from bot.domain.brand import Role, RuleKind
from bot.domain.policy import Ask, Kind, Refuse, Risk, Subject
from bot.errors import BadInput, Misconfigured, NotFound
from memory.in_memory import InMemory

EXAMPLE = Path(__file__).parents[2] / "examples" / "lumen-tea"
PLATFORMS = {"sandbox", "bluesky"}


def test_the_example_brand_has_no_problems_and_all_it_needs() -> None:
    loaded = load(EXAMPLE, platforms=PLATFORMS).require()
    brand, book = loaded.brand, loaded.brand.rulebook
    assert loaded.problems == []
    assert [a.key for a in brand.accounts] == ["sandbox:main", "sandbox:cn", "bluesky:main"]
    cn = brand.account("sandbox:cn")
    assert cn is not None
    assert (cn.language, cn.zone) == ("zh-Hans", "Asia/Shanghai")
    assert {p.id for p in brand.people if p.may(Role.APPROVER)} == {"demo", "li", "sam"}
    guidelines = [r for r in book.rules if not r.hard]
    assert sum(r.language == "en" for r in guidelines) >= 20
    assert 12 <= sum(r.language == "zh" for r in guidelines) <= 24
    assert {r.kind for r in guidelines} == set(RuleKind)
    for rule in book.rules:
        if rule.twin:
            twin = book.get(rule.twin)
            assert twin is not None
            assert (twin.twin, twin.kind) == (rule.id, rule.kind)
            assert twin.language != rule.language
    prices = book.get("price-claims")
    assert prices is not None
    assert (prices.kind, prices.file, prices.twin) == (RuleKind.NEVER, "guidelines/claims.md", "price-claims.zh")
    assert (EXAMPLE / prices.file).read_text("utf-8").splitlines()[prices.line - 1].startswith("- Never compare our")
    assert (EXAMPLE / "brief.txt").read_text("utf-8").strip()


def test_hard_rules_and_replies_come_in_both_languages() -> None:
    brand = load(EXAMPLE, platforms=PLATFORMS).brand
    english, chinese = brand.rulebook.get("no-miracles"), brand.rulebook.get("no-miracles.zh")
    assert english is not None
    assert chinese is not None
    assert english.hard
    assert chinese.hard
    assert ("miracle" in english.words, "奇迹" in chinese.words, "奇迹" in english.words) == (True, True, False)
    hours = {r.id: r.answer for r in brand.replies}
    assert hours["opening-hours"].startswith("We are open")
    assert hours["opening-hours.zh"].startswith("我们周二")


def test_the_policy_of_the_example_decides() -> None:
    policy = load(EXAMPLE, platforms=PLATFORMS).policy
    plain = policy.rule_for(Subject("sandbox:main"))
    assert (plain.name, plain.outcome) == ("everything-else", Ask(1, (), True, 24, 4, "sam"))
    priced = policy.rule_for(Subject("bluesky:main", Kind.POST, risks=frozenset({Risk.PRICE})))
    assert isinstance(priced.outcome, Ask)
    assert priced.outcome.needed == 2
    assert isinstance(policy.rule_for(Subject("sandbox:cn", risks=frozenset({Risk.CRISIS}))).outcome, Refuse)


def test_what_was_read_can_be_learnt_and_the_second_time_nothing_changes() -> None:
    loaded, memory = load(EXAMPLE, platforms=PLATFORMS), InMemory()
    brand = loaded.brand
    assert memory.learn(brand.id, brand.rulebook.version, loaded.items).added == len(brand.rulebook.rules)
    again = load(EXAMPLE, platforms=PLATFORMS)
    assert memory.learn(brand.id, again.brand.rulebook.version, again.items).unchanged == len(loaded.items)
    [hit] = memory.search(brand.id, "Never compare our prices with those of another shop", k=1, language="en")
    assert (hit.id, hit.metadata["file"], hit.metadata["kind"]) == ("price-claims", "guidelines/claims.md", "never")
    # The Chinese rule answers an English question, because its twin's words count for it.
    hits = memory.search(brand.id, "Never compare our prices with those of another shop", k=3, language="zh-Hans")
    assert "price-claims.zh" in [h.id for h in hits]
    assert "price-claims" not in [h.id for h in hits]


def test_the_rulebook_changes_version_with_what_it_says_and_only_then(tmp_path: Path) -> None:
    init(tmp_path / "b")
    first = load(tmp_path / "b", platforms=PLATFORMS)
    voice = tmp_path / "b" / "guidelines" / "voice.md"
    voice.write_text("<!-- a comment -->\n\n" + voice.read_text("utf-8"), "utf-8")
    moved = load(tmp_path / "b", platforms=PLATFORMS)
    assert moved.brand.rulebook.version == first.brand.rulebook.version
    assert moved.brand.rulebook.rules[0].line == first.brand.rulebook.rules[0].line + 2
    voice.write_text(voice.read_text("utf-8").replace("warm and calm", "warm and very calm"), "utf-8")
    edited = load(tmp_path / "b", previous=first.brand.rulebook.rules, platforms=PLATFORMS)
    assert edited.brand.rulebook.version != first.brand.rulebook.version
    assert {r.id for r in edited.brand.rulebook.rules} == {r.id for r in first.brand.rulebook.rules}
    assert {r.id for r in load(tmp_path / "b", platforms=PLATFORMS).brand.rulebook.rules} != {
        r.id for r in first.brand.rulebook.rules
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_new_folder_is_right_and_explains_every_field(tmp_path: Path, lang: str) -> None:
    folder = tmp_path / "corner-shop"
    written = init(folder, lang=lang)
    assert sorted(p.relative_to(folder).as_posix() for p in written) == [
        "brand.yaml", "guidelines/voice.md", "policy.yaml", "replies.yaml", "rules.yaml",
    ]  # fmt: skip
    loaded = load(folder, platforms=PLATFORMS).require()
    assert loaded.problems == []
    assert (loaded.brand.id, loaded.brand.name) == ("corner-shop", "Corner Shop")
    text = "".join(p.read_text("utf-8") for p in written)
    assert "@NAME@" not in text
    from bot.brand_folder import brand_yaml, policy_yaml

    for name in (*brand_yaml._FIELDS, *policy_yaml._WHEN, *policy_yaml._ASK, "key", "handle", "roles", "words"):
        assert f"{name}:" in text or f"#     {name} " in text or f"#   {name} " in text, name


def test_a_new_folder_takes_any_name(tmp_path: Path) -> None:
    init(tmp_path / "one", name='Tom\'s "Tea" & Co: \\o/')
    assert load(tmp_path / "one", platforms=PLATFORMS).require().brand.name == 'Tom\'s "Tea" & Co: \\o/'
    init(tmp_path / "露明茶", lang="zh")
    assert load(tmp_path / "露明茶", platforms=PLATFORMS).require().brand.name == "露明茶"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("mine")
    with pytest.raises(BadInput, match=r"already has rules\.yaml.*signoff check"):
        init(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["rules.yaml"]
    with pytest.raises(BadInput, match="is a file"):
        init(tmp_path / "rules.yaml")
    with pytest.raises(BadInput, match="Choose from: en, zh"):
        init(tmp_path / "x", lang="fr")


def test_a_folder_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="signoff init"):
        check(tmp_path / "none")


def test_an_empty_folder_names_what_is_missing(tmp_path: Path) -> None:
    assert [(p.file, p.severity) for p in check(tmp_path)] == [("brand.yaml", "error"), ("guidelines", "error")]


def test_a_folder_with_errors_cannot_be_required(tmp_path: Path) -> None:
    init(tmp_path / "b")
    (tmp_path / "b" / "brand.yaml").write_text("id: b\nname: B\nzone: Mars/Base\naccounts: [{key: 'sandbox:main'}]\n")
    loaded = load(tmp_path / "b", platforms=PLATFORMS)
    assert not loaded.ok
    with pytest.raises(Misconfigured, match=r"brand\.yaml:1: Nobody may approve .*\(1 more\) Run `signoff check"):
        loaded.require()


def test_the_platforms_are_the_files_in_their_folder() -> None:
    assert {"base", "__init__"}.isdisjoint(known_platforms())
    folder = Path(__file__).parents[2] / "bot" / "platforms"
    assert known_platforms() == {p.stem for p in folder.glob("[a-z]*.py")} - {"base"}


def test_a_problem_reads_as_one_line() -> None:
    problem = FolderProblem("brand.yaml", 3, "error", "There is no field 'nam'.", "Did you mean 'name'?")
    assert str(problem) == "brand.yaml:3: error: There is no field 'nam'. Did you mean 'name'?"
