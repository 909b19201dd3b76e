"""Every tool file: langchain's own suite, and ours."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.unit_tests import ToolsUnitTests

import tools
from bot.agent.scripted import ScriptedDesk

FOLDER = Path(tools.__file__).parent
NAMES = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem not in {"__init__", "kit"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "each" in metafunc.fixturenames:
        metafunc.parametrize("each", NAMES)


def test_there_are_tools() -> None:
    assert {"draft_post", "list_queue", "schedule_post", "search_brand"} <= set(NAMES)


def suite(name: str) -> type[ToolsUnitTests]:
    """Return langchain's suite for one tool file."""
    module = import_module(f"tools.{name}")

    class Suite(ToolsUnitTests):
        @property
        def tool_constructor(self) -> BaseTool:
            return module.build(ScriptedDesk().kit())  # type: ignore[no-any-return]

        @property
        def tool_invoke_params_example(self) -> dict[str, Any]:
            return dict(module.EXAMPLE)

    Suite.__name__ = Suite.__qualname__ = f"Test_{name}"
    return Suite


for _name in NAMES:
    setattr(sys.modules[__name__], f"Test_{_name}", suite(_name))


def test_its_name_is_its_file_and_its_example_runs(each: str) -> None:
    module = import_module(f"tools.{each}")
    tool = module.build(ScriptedDesk().kit())
    assert tool.name == each
    assert tool.description
    assert isinstance(tool.invoke(dict(module.EXAMPLE)), str)


def test_it_is_short(each: str) -> None:
    assert len((FOLDER / f"{each}.py").read_text(encoding="utf-8").splitlines()) <= 80


def test_it_cannot_reach_a_decision_or_a_platform() -> None:
    """The import contracts say so too; this reads the source, so that a lazy import is seen."""
    closed = ("bot.platforms", "bot.workflow.decide", "bot.workflow.publish", "bot.workflow.worker", "bot.store")
    for file in [*FOLDER.glob("*.py"), *(FOLDER.parent / "bot" / "agent").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{a.name}" for a in node.names]
            assert not [n for n in names if n.startswith(closed)], file
