"""Nobody weakens the contract quietly: no test is replaced, skipped, narrowed or cut short; exceptions are counted."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections import Counter
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.platforms import registry
from tests.contract.bench import ABILITIES, OPERATIONS, Bench
from tests.contract.platform_contract import PlatformContract

HERE = Path(__file__).resolve().parent
CONTRACT = {name: getattr(PlatformContract, name) for name in dir(PlatformContract) if name.startswith("test_")}
#: Tests that end early where the platform promises less; each then holds it to refusing, or another test does.
ENDS_EARLY = {
    "test_a_warning_counts_towards_the_text", "test_an_answer_is_never_seen_by_more_than_what_it_answers",
    "test_a_live_post_can_be_changed_where_the_platform_says_so", "test_every_status_is_told_by_what_happens_next",
    "test_an_answer_that_is_none_is_never_taken_for_one",
    "test_a_quote_is_a_comment_where_the_network_has_quotes",
}  # fmt: skip
#: How many outcomes a platform declares otherwise, and how many things its network cannot do. More is a decision.
EXCEPTIONS = {"bluesky": (2, 1), "mastodon": (0, 1), "sandbox": (0, 1), "x": (1, 1)}
BENCHES = {"sandbox": "test_platforms_sandbox"}
#: Every file that a suite is made of.
PARTS = sorted(path for form in ("test_platforms*", "*bench", "contract_*", "platform_contract", "conftest", "given")
               for path in HERE.glob(f"{form}.py"))  # fmt: skip
SKIPS = {"skip", "skipif", "xfail", "importorskip", "exit"}
HOOKS = {"pytest_generate_tests", "pytest_collection_modifyitems", "pytest_runtest_setup", "pytest_ignore_collect",
         "pytest_runtest_makereport", "pytest_runtest_protocol", "pytest_pyfunc_call", "__test__",
         "collect_ignore"}  # fmt: skip


def suite(platform: str) -> ModuleType:
    return importlib.import_module(f"tests.contract.test_platforms_{platform}")


def suites(module: ModuleType) -> list[type[PlatformContract]]:
    """Return the classes of a module that hold its platform to the contract, as pytest collects them."""
    found = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
    return [one for one in found if issubclass(one, PlatformContract) and one.__name__.startswith("Test")]


ALL = [cls for platform in registry.ids() for cls in suites(suite(platform))]


def weakened(cls: type[Any]) -> list[str]:
    """Return what a suite changes of the contract."""
    found = [name for name, test in CONTRACT.items() if getattr(cls, name, None) is not test]
    found += [name for name in dir(cls) if name in HOOKS]
    # A fixture of this name, or another parameter, would give a test less than the contract does.
    own = [name for sub in cls.__mro__ if sub not in PlatformContract.__mro__ for name in vars(sub)]
    found += [name for name in own if not name.startswith(("__", "test_")) and name not in ("bench", "pytestmark")]
    marks = [mark.name for holder in (cls, sys.modules[cls.__module__]) for mark in _marks(holder)]
    return found + [name for name in marks if name in SKIPS]


def _marks(holder: Any) -> list[Any]:
    marks = getattr(holder, "pytestmark", [])
    return marks if isinstance(marks, list) else [marks]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_no_suite_weakens_the_contract(cls: type[PlatformContract]) -> None:
    assert weakened(cls) == []


def test_the_guard_sees_a_weakened_contract() -> None:
    name = "test_deleting_twice_is_no_error"
    space = {"__module__": __name__}
    assert weakened(type("Replaced", (PlatformContract,), {**space, name: lambda self: None})) == [name]
    assert weakened(type("Gone", (PlatformContract,), {**space, name: None})) == [name]
    assert weakened(type("Skipped", (PlatformContract,), {**space, "pytestmark": pytest.mark.skip})) == ["skip"]
    assert weakened(type("Narrowed", (PlatformContract,), {**space, "operation": lambda self: "find"})) == ["operation"]


def test_every_platform_is_held_to_the_contract() -> None:
    assert len(CONTRACT) >= 40
    assert [platform for platform in registry.ids() if not suites(suite(platform))] == []
    files = {path.stem.removeprefix("test_platforms_") for path in HERE.glob("test_platforms_*.py")}
    assert files == set(registry.ids())


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.stem)
def test_nothing_is_skipped_or_ended_early(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in SKIPS]
    assert [n.attr for n in named if ast.unparse(n.value).split(".")[0] == "pytest"] == []
    assert [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in HOOKS] == []
    if not path.stem.startswith("contract_"):
        return
    for test in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")):
        ends = any(isinstance(n, ast.Return) and n.value is None for n in ast.walk(test))
        assert ends is (test.name in ENDS_EARLY), test.name


def test_no_suite_runs_fewer_cases_than_the_contract_has() -> None:
    """Counts what pytest would run, so that nothing on the way there can leave a case out."""
    files = [f"tests/contract/test_platforms_{platform}.py" for platform in registry.ids()]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", *files],
        cwd=HERE.parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    found: Counter[tuple[str, str]] = Counter()
    for line in done.stdout.splitlines():
        if line.count("::") >= 2:
            _, cls, name = line.partition("[")[0].split("::")
            found[cls, name] += 1
    plain = "test_deleting_twice_is_no_error"
    for cls in ALL:
        times = found[cls.__name__, plain]
        assert times >= 1
        for name, test in CONTRACT.items():
            marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
            cases = prod(len(mark.args[1]) for mark in marks)
            assert found[cls.__name__, name] == cases * times, (cls.__name__, name)


@pytest.mark.parametrize("platform", registry.ids())
def test_exceptions_are_counted_and_each_has_a_reason_and_a_link(platform: str) -> None:
    module = importlib.import_module("tests.contract." + BENCHES.get(platform, f"{platform}_bench"))
    [bench] = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Bench)
               and one.__module__ == module.__name__]  # fmt: skip
    assert (len(bench.declared), len(bench.lacks)) == EXCEPTIONS[platform]
    for entry in bench.declared:
        assert set(entry.operations) <= set(OPERATIONS)
        assert len(entry.reason) > 20
        assert entry.link.startswith("https://")
    for ability, reason in bench.lacks.items():
        assert ability in ABILITIES
        assert len(reason) > 20
    assert bench.can is Bench.can
    assert bench.settle is Bench.settle
