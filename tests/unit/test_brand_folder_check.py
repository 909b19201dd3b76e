"""Every mistake in a brand folder is named with its file, its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.brand_folder import check, init, load

PLATFORMS = {"sandbox", "bluesky"}

BRAND = """\
id: tea
name: Tea
zone: Europe/London
accounts:
  - key: sandbox:main
people:
  - {id: anna, name: Anna, roles: [author]}
  - {id: li, name: Li, roles: [approver]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "tea")
    (tmp_path / "tea" / "brand.yaml").write_text(BRAND)
    (tmp_path / "tea" / "policy.yaml").unlink()
    return tmp_path / "tea"


def problems(folder: Path, file: str, text: str) -> list[tuple[int, str, str]]:
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
    return [(p.line, p.severity, f"{p.message} {p.fix}") for p in check(folder, platforms=PLATFORMS) if p.file == file]


def test_the_small_folder_itself_is_right(folder: Path) -> None:
    assert check(folder, platforms=PLATFORMS) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("name: Tea\n", "nmae: Tea\nname: Tea\n", 2, "no field 'nmae' here. Did you mean 'name'"),
        ("name: Tea\n", "", 1, "The field 'name' is missing"),
        ("id: tea", "id: Tea House", 1, "The id 'Tea House' cannot be used"),
        ("name: Tea\n", "name: [Tea]\n", 2, "'name' should be one text"),
        ("name: Tea\n", "name: Tea\nname: Coffee\n", 3, "'name' is given twice, first in line 2"),
        ("Europe/London", "London", 3, "There is no time zone 'London'. Did you mean 'Europe/London'"),
        ("Europe/London", "Europe/Lodnon", 3, "Did you mean 'Europe/London'"),
        ("zone: Europe/London", "zone: Europe/London\ngrace_minutes: soon", 4, "'grace_minutes' should be a whole"),
        ("zone: Europe/London", "zone: Europe/London\ngrace_minutes: -5", 4, "of at least 0, not '-5'"),
        ("zone: Europe/London", "zone: Europe/London\ngrace_minutes: 99999999999", 4, "is 1,000,000 at most"),
        ("zone: Europe/London", "languages: [english]\nzone: Europe/London", 3, "'english' is not a language tag"),
        ("sandbox:main", "blusky:main", 5, "There is no platform 'blusky'. Did you mean 'bluesky'"),
        ("sandbox:main", "base:main", 5, "There is no platform 'base'"),
        ("sandbox:main", "sandbox", 5, "not of the form platform:name"),
        ("sandbox:main\n", "sandbox:main\n  - key: sandbox:main\n", 6, "'sandbox:main' is listed twice"),
        ("sandbox:main\n", "sandbox:main\n    handel: tea\n", 6, "no field 'handel' here. Did you mean 'handle'"),
        ("accounts:\n  - key: sandbox:main\n", "accounts: sandbox:main\n", 4, "'accounts' should be a list"),
        ("accounts:\n  - key: sandbox:main\n", "accounts: []\n", 4, "The brand has no account"),
        ("[approver]", "[aprover]", 8, "'aprover' is not a known role. Did you mean 'approver'"),
        ("[approver]", "[]", 8, "li has no role"),
        ("id: li", "id: anna", 8, "The person 'anna' is listed twice"),
        (
            "people:",
            "link_hosts: [https://tea.example/shop]\npeople:",
            6,
            "is not a host name. Write only `tea.example`",
        ),
        ("people:", "hashtags:\n  - #tea\npeople:", 7, "A word that begins with # needs quotes"),
        ("[approver]", "[author]", 6, "Nobody may approve for sandbox:main"),
        ("roles: [author]", "roles: [approver]", 6, "Nobody may write drafts"),
    ],
)
def test_brand_yaml(folder: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in BRAND
    found = problems(folder, "brand.yaml", BRAND.replace(old, new))
    assert any(at == line and says in text for at, _, text in found), found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id: tea\nname: Tea: the shop\n", 2),
        ("id: tea\n\tname: Tea\n", 2),
        ('id: tea\nname: "Tea\n', 3),
        ("- a\n- b\n", 1),
        ("just words", 1),
        ("id: tea\nname: a\x07b\n", 2),
        ("id: &a [*a]\n", 1),
        ("? [a]\n: b\n", 1),
        ("id: tea\n---\nid: two\n", 2),
        ("id: !!python/object:os.system x\n" * 2, 2),
    ],
)
def test_broken_yaml_names_the_line_and_does_not_crash(folder: Path, text: str, line: int) -> None:
    found = problems(folder, "brand.yaml", text)
    assert any(at == line and severity == "error" for at, severity, _ in found), found


def test_a_file_that_grows_by_aliases_is_read_once(folder: Path) -> None:
    text = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{'*' + chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
    )
    assert any("no field" in text for _, _, text in problems(folder, "brand.yaml", text))  # fmt: skip


def test_words_that_yaml_takes_for_something_else_are_taken_as_typed(folder: Path) -> None:
    text = BRAND.replace("id: tea", "id: 2024").replace("zone: E", "languages: [no, en]\nzone: E")
    (folder / "brand.yaml").write_text(text)
    brand = load(folder, platforms=PLATFORMS).brand
    assert (brand.id, brand.languages) == ("2024", ("no", "en"))


@pytest.mark.parametrize(
    ("text", "line", "severity", "says"),
    [
        ("rules:\n  - {id: a, words: [x]}", 2, "error", "The rule 'a' has no text"),
        ("rules:\n  - {text: T, words: [x]}", 2, "error", "The field 'id' of rule 1 is missing"),
        ("rules:\n  - {id: a, text: T}", 2, "warning", "lists no words, so code cannot look for it"),
        ("rules:\n  - {id: a, text: T, words: [x], kind: voice}", 2, "error", "'voice' is not a known kind"),
        ("rules:\n- {id: a, text: T, words: [x]}\n- {id: a, text: U, words: [y]}", 3, "error", "'a' is used twice"),
        ("rules:\n  - {id: a, text: {en: T}, words: {en: [x], zh: [y]}}", 2, "error", "words in 'zh' but no text"),
        ("rules:\n  - {id: a, text: T, words: {chinese: [y]}}", 2, "error", "'chinese' is not a language tag"),
        ("rules:\n  - {id: a, text: T, words: [x], word: [y]}", 2, "error", "Did you mean 'words'"),
        ("rules:\n- {id: disclosure, text: T, words: [x]}", 2, "error", "is also used in guidelines/voice.md:"),
    ],
)
def test_rules_yaml(folder: Path, text: str, line: int, severity: str, says: str) -> None:
    found = problems(folder, "rules.yaml", text)
    assert any((at, how) == (line, severity) and says in said for at, how, said in found), found


def test_replies_yaml(folder: Path) -> None:
    found = problems(folder, "replies.yaml", "replies:\n  - {id: a, answer: Yes}\n  - {id: a, question: Q, answer: A}")
    assert [(line, text) for line, _, text in found] == [
        (2, "The reply 'a' has no question. Write what people ask."),
        (3, "The id 'a' is used twice. It is already in line 2."),
    ]


@pytest.mark.parametrize(
    ("text", "line", "severity", "says"),
    [
        ("rules:\n- {name: a, auto: true}", 2, "error", "every post needs a signature"),
        ("rules:\n- {name: a}", 2, "error", "Add `ask:` or `refuse"),
        ("rules:\n- {name: a, ask: {}, refuse: no}", 2, "error", "either asks or refuses"),
        ("rules:\n- {name: default, ask: {}}", 2, "error", "is taken by the rule for everything else"),
        ("rules:\n- {name: a, ask: {}}\n- {name: a, when: {kind: post}, ask: {}}", 3, "error", "'a' is listed twice"),
        ("rules:\n- name: a\n  when: {risk: [prise]}\n  ask: {}", 3, "error", "Did you mean 'price'"),
        ("rules:\n- name: a\n  when: {kind: []}\n  ask: {}", 3, "error", "The condition 'kind' is empty"),
        ("rules:\n- name: a\n  when: {kinds: [post]}\n  ask: {}", 3, "error", "Did you mean 'kind'"),
        ("rules:\n- name: a\n  when: {account: ['sandbox:man']}\n  ask: {}", 3, "error", "Did you mean 'sandbox:main'"),
        ("rules:\n- name: a\n  when: {hours: 25:00-07:00}\n  ask: {}", 3, "error", "not a stretch of time"),
        ("rules:\n- name: a\n  when: {hours: night}\n  ask: {}", 3, "error", '"22:00-07:00"'),
        ("rules:\n- name: a\n  ask: {needed: 0}", 3, "error", "of at least 1"),
        ("rules:\n- name: a\n  ask: {expires_hours: 99999999}", 3, "error", "'expires_hours' is 1,000,000 at most"),
        ("rules:\n- name: a\n  ask: {needed: 2}", 2, "error", "needs 2 people to sign, and only 1 may"),
        ("rules:\n- name: a\n  ask: {four_eyes: maybe}", 3, "error", "true or false, not 'maybe'"),
        ("rules:\n- name: a\n  ask: {signers: [lee]}", 3, "error", "'lee' is not a known person"),
        ("rules:\n- name: a\n  ask: {signers: [anna], four_eyes: false}", 2, "error", "anna to sign, who may not"),
        ("rules:\n- name: a\n  ask: {escalate_to: bob}", 3, "error", "There is no person 'bob'"),
        ("rules:\n- name: a\n  ask: {lasting: 61}", 3, "error", "'lasting' is 60 at most"),
        ("rules:\n- name: a\n  ask: {lasting: 1}", 3, "error", "of at least 2"),
        ("rules:\n- name: a\n  ask: {lasting: 12, lasting_days: 400}", 3, "error", "'lasting_days' is 366 at most"),
        ("rules:\n- name: a\n  ask: {expires_hours: 2, reminder_hours: 3}", 3, "error", "after the request has"),
        ("rules:\n- {name: all, ask: {}}\n- {name: b, when: {kind: [post]}, ask: {}}", 3, "error", "'all' before it"),
        (
            "rules:\n- {name: p, when: {platform: [sandbox]}, ask: {}}\n"
            "- {name: b, when: {account: ['sandbox:main'], risk: [price]}, ask: {}}",
            3, "error", "'p' before it catches all",
        ),
    ],
)  # fmt: skip
def test_policy_yaml(folder: Path, text: str, line: int, severity: str, says: str) -> None:
    found = problems(folder, "policy.yaml", text)
    assert any((at, how) == (line, severity) and says in said for at, how, said in found), found


def test_a_rule_with_a_wrong_condition_is_left_out_rather_than_widened(folder: Path) -> None:
    text = "rules:\n- name: a\n  when: {risk: [prise]}\n  ask: {four_eyes: false}\n"
    (folder / "policy.yaml").write_text(text)
    assert load(folder, platforms=PLATFORMS).policy.rules == ()


def test_four_eyes_need_two_people(folder: Path) -> None:
    alone = BRAND.replace("  - {id: anna, name: Anna, roles: [author]}\n", "").replace("[approver]", "[admin]")
    [(line, severity, text)] = problems(folder, "brand.yaml", alone)
    assert (line, severity) == (6, "error")
    assert "nobody else could sign what li writes" in text
    (folder / "policy.yaml").write_text("rules:\n- {name: all, ask: {four_eyes: false}}\n")
    assert check(folder, platforms=PLATFORMS) == []
    (folder / "policy.yaml").unlink()
    both = BRAND.replace("[approver]", "[author, approver]")
    [(line, severity, text)] = problems(folder, "brand.yaml", both)
    assert (line, severity) == (6, "warning")
    assert "what li writes, too few others may sign" in text


def test_files_that_nothing_reads_are_named(folder: Path) -> None:
    (folder / "rule.yaml").write_text("")
    (folder / "policy.yml").write_text("")
    (folder / "voice.md").write_text("")
    (folder / "README.md").write_text("")
    (folder / "guidelines" / "empty.md").write_text("# Nothing yet\n")
    assert [(p.file, p.fix) for p in check(folder, platforms=PLATFORMS)] == [
        ("guidelines/empty.md", "Write a bullet, or remove the file."),
        ("policy.yml", "Rename it to policy.yaml."),
        ("rule.yaml", "Did you mean 'rules.yaml'?"),
        ("voice.md", "Move it into guidelines/."),
    ]


def test_a_bad_guideline_is_named_with_its_line(folder: Path) -> None:
    [(line, severity, text)] = problems(folder, "guidelines/claims.md", "# A\n- One {#disclosure}\n- Two {#B c}\n")
    assert (line, severity) == (3, "error")
    assert "'B c' cannot be used" in text


def test_no_guideline_at_all_is_an_error(folder: Path) -> None:
    (folder / "guidelines" / "voice.md").unlink()
    assert [(p.file, p.line, p.severity) for p in check(folder, platforms=PLATFORMS)] == [("guidelines", 1, "error")]


def test_an_account_in_a_language_without_guidelines_is_named(folder: Path) -> None:
    text = BRAND.replace("key: sandbox:main", "key: sandbox:main\n    language: zh-Hans")
    assert [(line, severity, "zh-Hans" in said) for line, severity, said in problems(folder, "brand.yaml", text)] == [
        (5, "warning", True), (6, "warning", True),
    ]  # fmt: skip


def test_a_yaml_file_that_is_not_utf8_is_named_with_its_line(folder: Path) -> None:
    (folder / "rules.yaml").write_bytes("rules:\n# 规则\n".encode("gbk"))
    assert [(p.file, p.line) for p in check(folder, platforms=PLATFORMS)] == [("rules.yaml", 2)]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("id: li", f"id: {'l' * 81}", 8, "'id' should be one line of at most 80 characters"),
        ("name: Li,", f"name: {'L' * 121},", 8, "'name' should be one line of at most 120 characters"),
        ("sandbox:main", f"sandbox:{'m' * 80}", 5, "'key' should be one line of at most 80 characters"),
        ("id: tea", f"id: {'t' * 65}", 1, "'id' should be one line of at most 64 characters"),
        ("zone: Europe/London", f"languages: [en-{'-'.join(['abcdefgh'] * 5)}]", 3, "is not a language tag"),
        ("name: Li,", 'name: "L\\0i",', 8, "'name' should be one line"),
    ],
)
def test_a_name_that_not_every_database_has_room_for_is_refused(
    folder: Path, old: str, new: str, line: int, says: str
) -> None:
    assert old in BRAND
    found = problems(folder, "brand.yaml", BRAND.replace(old, new))
    assert any(at == line and severity == "error" and says in text for at, severity, text in found), found


def test_the_name_of_a_rule_has_an_end(folder: Path) -> None:
    rules = "rules:\n  - name: {}\n    ask: {{}}\n"
    assert problems(folder, "policy.yaml", rules.format("r" * 80)) == []
    assert problems(folder, "policy.yaml", rules.format("r" * 81))[0][2].startswith("'name' should be one line of at")
    replies = "replies:\n  rules:\n    - name: {}\n      do: leave\n"
    assert problems(folder, "policy.yaml", replies.format("一" * 80)) == []
    assert "at most 80" in problems(folder, "policy.yaml", replies.format("一" * 81))[0][2]
