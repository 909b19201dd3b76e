"""The documents are held to the code: links lead somewhere, commands exist, dependencies are all explained."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "bot").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
#: `signoff WORD`, `python -m bot WORD`, with options of the program itself before the word.
OPTIONS = r"(?:--(?:home|as|brand|lang) \S+ )*"
COMMAND = re.compile(rf"(?:\bsignoff|python -m bot) {OPTIONS}([a-z]+)\b")
#: What can be typed: fenced blocks, and what stands between backticks.
TYPED = re.compile(r"^```[^\n]*\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Return the commands that a page prints, in order."""
    typed = ["".join(found) for found in TYPED.findall(text)]
    lines = [line.partition(" #")[0].strip() for block in typed for line in block.splitlines()]
    return [line for line in lines if re.match(r"(?:signoff|make|python -m|export) ", line)]


def anchors(text: str) -> set[str]:
    """Return the anchors that headings make."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or not file.is_relative_to(ROOT):
            broken.append(target)
        elif anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_exists(name: str) -> None:
    known = {p.stem for p in (ROOT / "bot" / "surfaces" / "cli" / "commands").glob("*.py")}
    text = (ROOT / name).read_text(encoding="utf-8")
    typed = "\n".join("".join(found) for found in TYPED.findall(text))
    # Help pages and error texts are prose inside a block: there only what stands between backticks is a command.
    if name == "docs/cli.md":
        typed = "\n".join(re.findall(r"`([^`\n]+)`", text))
    assert sorted(set(COMMAND.findall(typed)) - known) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / name).read_text(encoding="utf-8")
    typed = "\n".join("".join(found) for found in TYPED.findall(text))
    assert sorted(set(re.findall(r"(?:^|`)make ([a-z0-9-]+)", typed, re.MULTILINE)) - targets) == []


def test_every_test_that_a_page_names_exists() -> None:
    defined = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py"))
    for page in PAGES:
        for name in re.findall(r"`(test_[a-z0-9_]+)`", page.read_text(encoding="utf-8")):
            assert f"def {name}(" in defined, f"{page.name}: {name}"


def declared() -> set[str]:
    """Return the names of all packages in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["project"]["dependencies"], *project["project"].get("optional-dependencies", {}).values()]
    lists += project["dependency-groups"].values()
    return {re.split(r"[\[<>=!~; ]", line)[0] for lines in lists for line in lines}


def test_every_dependency_has_its_reason_and_nothing_else_is_listed() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = {row[1]: row[2].split(" | ") for row in re.finditer(r"^\| `([\w.-]+)` \| (.+) \|$", page, re.MULTILINE)}
    assert set(rows) == declared()
    assert [name for name, cells in rows.items() if len(cells) < 2 or not all(c.strip() for c in cells)] == []


def test_what_is_imported_is_declared() -> None:
    brought = packages_distributions()
    missing = {}
    for folder in ("bot", "tools", "memory"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    names = [node.module]
                for top in {name.partition(".")[0] for name in names} - {"bot", "tools", "memory"}:
                    known = {re.sub(r"[-_.]+", "-", name).lower() for name in brought.get(top, ())}
                    if top not in sys.stdlib_module_names and not known & declared():
                        missing[top] = path.relative_to(ROOT).as_posix()
    assert missing == {}


def test_both_readmes_say_the_same() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in (README, CHINESE))
    levels = [re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE) for text in (english, chinese)]
    assert levels[0] == levels[1]
    assert FENCE.findall(english) == FENCE.findall(chinese)
    assert sorted(set(commands(english))) == sorted(set(commands(chinese)))
    links = [sorted(set(re.findall(r"\]\((?!#|README)([^)\s]+)\)", text))) for text in (english, chinese)]
    assert links[0] == links[1]


def test_the_index_names_every_document() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"]({page.name})" in index, page.name


def test_the_guide_for_contributors_stays_short() -> None:
    assert (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").count("\n") < 150


#: Put together here, so that this file does not hold what it looks for.
MACHINE = re.compile(r"/(?:root|work)/|/home/(?!me\b)[a-z]+/|/Users/[a-z]+/")
REGISTRY = re.compile(
    "|".join([r"py" + r"pi\.", r"files\.python" + r"hosted", r"registry\.npm" + r"js", r"npm" + r"js\.(?:com|org)"])
)


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [f"{name}: {m.group()}" for pattern in (MACHINE, REGISTRY) for m in pattern.finditer(text)]
    assert found == []
