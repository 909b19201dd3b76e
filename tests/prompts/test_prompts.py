"""Every prompt file: it validates, it is locked, its example renders to its golden, it stays short."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bot import prompting
from bot.errors import PromptError

GOLDEN = Path(__file__).parent / "golden"
#: Kinds of content have goldens of their own, in each language: see test_kind_prompts.py.
ALL = prompting.names()
NAMES = [name for name in ALL if "/" not in name]

GOOD = """---
version: 1
purpose: Say hello.
inputs: {name: whom to greet}
output: text
example: {name: Ada}
---
Hello {{ name }}.
"""


def test_there_are_prompts() -> None:
    assert {"agent", "draft_post", "answer"} <= set(NAMES)


@pytest.mark.parametrize("name", ALL)
def test_it_loads_is_locked_and_names_itself(name: str) -> None:
    prompt = prompting.load(name)
    assert prompt.ref == f"{name}@{prompt.version}:{prompt.hash[:8]}"
    assert prompt.purpose.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_its_example_renders_to_its_golden(name: str) -> None:
    prompt = prompting.load(name)
    rendered = prompt.render(**prompt.example) + "\n"
    golden = GOLDEN / f"{name}.txt"
    assert golden.exists(), f"write {golden}:\n{rendered}"
    assert rendered == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short(name: str) -> None:
    """The embedded model reads 20 tokens a second: 1,200 characters are already 15 seconds."""
    prompt = prompting.load(name)
    assert len(prompt.render(**prompt.example)) < 1200


def test_a_chinese_account_is_asked_in_chinese() -> None:
    prompt = prompting.load("draft_post")
    rendered = prompt.render(**{**prompt.example, "language": "zh-Hans"})
    assert rendered + "\n" == (GOLDEN / "draft_post.zh.txt").read_text(encoding="utf-8")


def test_another_version_shows_the_previous_text_and_the_wish() -> None:
    prompt = prompting.load("draft_post")
    rendered = prompt.render(**{**prompt.example, "feedback": "shorter", "previous": "A long text."})
    assert "Previous post: A long text." in rendered
    assert "Change it: shorter" in rendered


def test_all_missing_and_unknown_variables_are_listed_at_once() -> None:
    with pytest.raises(PromptError, match=r"missing question, rules; unknown brand"):
        prompting.load("answer").render(brand="x")


def test_braces_in_a_variable_are_only_text() -> None:
    prompt = prompting.load("agent")
    assert "{{ 7 * 7 }}" in prompt.render(brand="{{ 7 * 7 }}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello", "no front matter"),
        (GOOD.replace("purpose: Say hello.\n", ""), "purpose is missing"),
        (GOOD.replace("output: text", "output: text\nmodel: big"), "model is not known"),
        (GOOD.replace("version: 1", "version: one"), "version must be int"),
        (GOOD.replace("{{ name }}", "{{ nmae }}"), "nmae is used but not an input; name is an input but not used"),
        (GOOD.replace("example: {name: Ada}", "example: {}"), "example must give every input"),
        (GOOD.replace("{{ name }}", "{{ name"), "line 1"),
        (GOOD.replace("inputs: {name: whom to greet}", "inputs: {name"), "not YAML"),
    ],
)
def test_a_wrong_file_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        prompting.parse("hello", text)


def test_the_lock_only_grows(tmp_path: Path) -> None:
    file = tmp_path / "hello.md"
    file.write_text(GOOD, encoding="utf-8")
    with pytest.raises(PromptError, match="make prompts"):
        prompting.load("hello", tmp_path)
    assert len(prompting.lock(tmp_path)) == 1
    assert prompting.lock(tmp_path) == []

    file.write_text(GOOD.replace("Hello", "Good day"), encoding="utf-8")
    with pytest.raises(PromptError, match="version: 2"):
        prompting.lock(tmp_path)
    prompting.load.cache_clear()
    with pytest.raises(PromptError, match="changed but its version is still 1"):
        prompting.load("hello", tmp_path)

    file.write_text(GOOD.replace("Hello", "Good day").replace("version: 1", "version: 2"), encoding="utf-8")
    assert [line.split()[:2] for line in prompting.lock(tmp_path)] == [["hello", "2"]]
    assert set(prompting.read_lock(tmp_path)) == {("hello", 1), ("hello", 2)}
    file.write_text(GOOD.replace("Hello", "Hi").replace("version: 1", "version: 0"), encoding="utf-8")
    with pytest.raises(PromptError, match="older than 2"):
        prompting.lock(tmp_path)


@pytest.mark.parametrize("name", ALL)
def test_its_versions_only_grow_and_the_last_line_is_the_present_text(name: str) -> None:
    lines = [line.split() for line in (prompting.FOLDER / "prompts.lock").read_text(encoding="utf-8").splitlines()]
    # The same line twice, as two who lock at once write it, says nothing else.
    mine = list(dict.fromkeys((int(version), digest) for word, version, digest in lines if word == name))
    versions = [version for version, _ in mine]
    assert versions == sorted(set(versions)), "each version once, none before an older one"
    assert len({digest for _, digest in mine}) == len(mine), "a text that comes back needs no new version"
    assert mine[-1] == (prompting.load(name).version, prompting.load(name).hash)


#: Where the lock was frozen; what was committed before that was rewritten at times.
FROZEN = "draft_post 1 ca65f39a57f75eb1ac6d7d881562b1382d92395d27790ee560ddef518ed0da04\n"


def test_no_line_of_the_lock_that_was_committed_since_is_gone() -> None:
    """Drafts and audit records name a version and its hash: the line that explains them must stay."""
    root = prompting.FOLDER.parent
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        pytest.skip("left out: this is not a git checkout")
    file = prompting.FOLDER / "prompts.lock"
    asked = [git, "-C", str(root), "log", "--format=%H", "--", "prompts/prompts.lock"]
    commits = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    newer = file.read_text(encoding="utf-8")
    assert FROZEN in newer
    for commit in commits:
        shown = subprocess.run(
            [git, "-C", str(root), "show", f"{commit}:prompts/prompts.lock"],
            capture_output=True,
            text=True,
            check=False,
        )
        if FROZEN in shown.stdout:
            assert newer.startswith(shown.stdout), f"prompts.lock was not appended to since {commit[:8]}"
            newer = shown.stdout


def test_a_spoilt_lock_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "prompts.lock").write_text("hello 1 abc\n", encoding="utf-8")
    with pytest.raises(PromptError, match="line 1"):
        prompting.read_lock(tmp_path)


def test_an_unknown_prompt_names_the_known_ones() -> None:
    with pytest.raises(PromptError, match=r"there are agent, .*answer, .*draft_post"):
        prompting.load("nothing")
