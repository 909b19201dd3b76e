"""Guideline files become rules: kinds, languages, lines, ids that last, and errors that name their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.base import IngestError
from memory.ingest import GuidelineRule, carry_ids, read_guidelines
from memory.kinds import kind_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "guidelines").mkdir()
    return tmp_path / "guidelines"


def read(folder: Path, text: str, name: str = "voice.md") -> list[GuidelineRule]:
    (folder / name).write_text(text, encoding="utf-8")
    return read_guidelines(folder)


@pytest.mark.parametrize(
    ("text", "heading", "kind", "said"),
    [
        ("Must: name the farm.", (), "must", "Must: name the farm."),
        ("**Never:** compare prices.", (), "never", "**Never:** compare prices."),
        ("Fact: We open at ten.", ("Never",), "fact", "We open at ten."),
        ("Voice：warm", (), "voice", "warm"),
        ("必须：写明产地。", (), "must", "必须：写明产地。"),
        ("禁止：比较价格。", (), "never", "禁止：比较价格。"),
        ("示例：秋天的第一泡。", (), "example", "秋天的第一泡。"),
        ("事实：十点开门。", (), "fact", "十点开门。"),
        ("Short sentences.", ("Brand", "Voice and tone"), "voice", "Short sentences."),
        ("短句。", ("语气与风格",), "voice", "短句。"),
        ("Never shout.", ("Voice",), "never", "Never shout."),
        ("Never a dull cup!", ("Examples",), "example", "Never a dull cup!"),
        ("Guaranteed results", ("Never say",), "never", "Guaranteed results"),
        ("不得夸大功效。", (), "never", "不得夸大功效。"),
        ("Nevertheless, be kind.", (), "should", "Nevertheless, be kind."),
        ("Mustard is a colour.", (), "should", "Mustard is a colour."),
        ("Prices", ("Neverland",), "should", "Prices"),
    ],
)
def test_the_kind_is_read_from_label_heading_or_first_word(
    text: str, heading: tuple[str, ...], kind: str, said: str
) -> None:
    assert kind_of(text, heading) == (kind, said)


def test_bullets_become_rules_with_line_heading_and_language(folder: Path) -> None:
    text = """---
owner: Anna
---
# Lumen

Some words about this file.

## Voice

- Write warmly,
  like a friend.
- Say "we":
  - never "the company"

<!-- - not a rule
- not this either -->
```
- nor this
```
## Never
1. Miracle claims
"""
    rules = read(folder, text)
    assert [(r.kind, r.text, r.line, r.heading, r.language) for r in rules] == [
        ("should", "Some words about this file.", 6, ("Lumen",), "en"),
        ("voice", "Write warmly, like a friend.", 10, ("Lumen", "Voice"), "en"),
        ("voice", 'Say "we":\n- never "the company"', 12, ("Lumen", "Voice"), "en"),
        ("never", "Miracle claims", 21, ("Lumen", "Never"), "en"),
    ]
    assert {r.file for r in rules} == {"voice.md"}


def test_paragraphs_are_rules_only_where_there_are_no_bullets(folder: Path) -> None:
    rules = read(folder, "# A\nOne thought\nover two lines.\n\nAnother.\n# B\nIntro:\n- bullet\n")
    assert [(r.text, r.line) for r in rules] == [("One thought over two lines.", 2), ("Another.", 5), ("bullet", 8)]


def test_a_table_row_is_a_rule_with_its_column_names(folder: Path) -> None:
    rules = read(folder, "## Facts\n| Shop | Hours |\n|---|---|\n| Leeds | 10-18 |\n| York | 9-17 |\n")
    assert [(r.text, r.kind, r.line) for r in rules] == [
        ("Shop: Leeds; Hours: 10-18", "fact", 4), ("Shop: York; Hours: 9-17", "fact", 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("voice.zh.md", "- Only English words here", "zh"),
        ("voice.zh-Hant.md", "- 茶", "zh-Hant"),
        ("voice.md", "---\nlanguage: de\n---\n- Tee", "de"),
        ("voice.md", "- 每条都要带上 #LumenTea 话题标签。", "zh"),
        ("voice.md", "- Say oolong (乌龙) once.", "en"),
        ("about.us.md", "- One", "en"),
    ],
)
def test_the_language_is_said_by_the_name_the_front_matter_or_the_script(
    folder: Path, name: str, text: str, language: str
) -> None:
    assert [r.language for r in read(folder, text, name)] == [language]


def test_wrapped_chinese_is_joined_without_a_space(folder: Path) -> None:
    assert read(folder, "- 像朋友一样\n  说话。\n", "v.zh.md")[0].text == "像朋友一样说话。"


def test_bom_and_windows_line_ends_do_no_harm(folder: Path) -> None:
    (folder / "v.md").write_bytes("\ufeff# Voice\r\n- One\r\n- Two\r\n".encode())
    assert [(r.text, r.line, r.kind) for r in read_guidelines(folder)] == [("One", 2, "voice"), ("Two", 3, "voice")]


def test_ids_are_chosen_by_the_writer_or_derived_and_stay(folder: Path) -> None:
    rules = read(folder, "- Never compare prices. {#price-claims}\n- Be brief.\n- Be brief.\n")
    assert (rules[0].id, rules[0].text, rules[0].explicit) == ("price-claims", "Never compare prices.", True)
    assert rules[1].id.startswith("voice-")
    assert rules[2].id == rules[1].id + "-2"
    again = read(folder, "# New heading\n\n- Be brief.\n- Something before.\n- Never compare prices. {#price-claims}\n")
    assert {r.text: r.id for r in again}["Be brief."] == rules[1].id


def test_twins_share_an_id_over_languages(folder: Path) -> None:
    read(folder, "- 不得比价。 {#price-claims}\n- 简短。\n", "prices.zh.md")
    rules = {r.id: r for r in read(folder, "- Never compare prices. {#price-claims}\n", "prices.md")}
    assert (rules["price-claims"].language, rules["price-claims"].twin) == ("en", "price-claims.zh")
    assert (rules["price-claims.zh"].text, rules["price-claims.zh"].twin) == ("不得比价。", "price-claims")
    chinese_first = {r.id: r.language for r in read_guidelines(folder, main="zh-Hans") if r.explicit}
    assert chinese_first == {"price-claims": "zh", "price-claims.en": "en"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("- A {#one}\n- B\n- C {#one}\n", 3, r"'one' is already used in voice\.md:1"),
        ("\n- A {#Not Good}\n", 2, "'Not Good' cannot be used"),
        ("---\nlanguage: en\n", 1, "not closed"),
    ],
)
def test_an_error_names_file_and_line(folder: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(IngestError, match=message) as caught:
        read(folder, text)
    assert (caught.value.file, caught.value.line) == ("voice.md", line)
    assert str(caught.value).startswith(f"voice.md:{line}: ")


def test_a_file_that_is_not_utf8_is_named_with_its_line(folder: Path) -> None:
    (folder / "gbk.md").write_bytes(b"- fine\n- " + "语气".encode("gbk"))
    with pytest.raises(IngestError, match="not UTF-8") as caught:
        read_guidelines(folder)
    assert (caught.value.file, caught.value.line) == ("gbk.md", 2)


def test_a_lightly_edited_rule_keeps_its_id(folder: Path) -> None:
    old = read(folder, "- Write warmly, like a friend.\n- Name the farm of every tea.\n- 短句。\n")
    new = read(
        folder, "- Ask one question at most.\n- Name the farm of each tea.\n- Write warmly, like a good friend.\n"
    )
    carried = carry_ids(old, new)
    assert [r.id for r in carried] == [new[0].id, old[1].id, old[0].id]
    # Once more, now from the carried ids: the text did not change again, so neither does the id.
    assert carry_ids(carried, new) == carried


def test_an_id_is_not_carried_to_another_language_or_file_or_over_a_chosen_one(folder: Path) -> None:
    old = read(folder, "- Write warmly, like a friend.\n")
    chosen = read(folder, "- Write warmly, like a friend! {#warm}\n")
    assert carry_ids(old, chosen)[0].id == "warm"
    (folder / "voice.md").unlink()
    elsewhere = read(folder, "- Write warmly, like a friend!\n", "other.md")
    assert carry_ids(old, elsewhere) == elsewhere


def test_a_new_rule_never_gets_an_id_that_was_carried(folder: Path) -> None:
    first = read(folder, "- Write warmly, like a friend.\n")
    second = carry_ids(first, read(folder, "- Write warmly, like an old friend.\n"))
    third = carry_ids(second, read(folder, "- Write warmly, like an old friend.\n- Write warmly, like a friend.\n"))
    assert third[0].id == first[0].id
    assert len({r.id for r in third}) == 2


def test_a_rule_that_was_replaced_gets_a_new_id(folder: Path) -> None:
    old = read(folder, "- Write warmly, like a friend.\n")
    new = read(folder, "- Orders above £40 travel free.\n")
    assert carry_ids(old, new) == new


def test_an_id_that_a_writer_now_chose_for_another_rule_is_not_carried(folder: Path) -> None:
    old = read(folder, "- Write warmly, like a friend.\n")
    new = read(folder, f"- Orders above £40 travel free. {{#{old[0].id}}}\n- Write warmly, like an old friend.\n")
    carried = carry_ids(old, new)
    assert [r.id for r in carried] == [old[0].id, new[1].id]
    assert carried[1].id != old[0].id
