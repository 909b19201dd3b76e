"""The shape of the code is a promise too: what may import what, and how large a file may grow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import slowest

ROOT = Path(__file__).parents[2]


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_import_contracts_hold() -> None:
    # In a process of its own: the linter turns off every logger that is there, also those that later tests listen to.
    code = (
        "import sys; from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(config_filename='pyproject.toml', no_cache=True))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_what_the_model_runs_brings_no_decision_and_no_platform_with_it() -> None:
    """Not only by contract: with every tool and the whole agent imported, the code that decides is not even loaded."""
    code = (
        "import sys, tools.kit, bot.agent.loop, bot.agent.drafting, bot.agent.models;"
        "from pathlib import Path; import importlib;"
        "[importlib.import_module('tools.' + p.stem) for p in Path('tools').glob('*.py') if p.stem != '__init__'];"
        "bad = ('bot.platforms', 'bot.workflow', 'bot.store', 'bot.app', 'sqlalchemy');"
        "print(sorted(m for m in sys.modules if m.startswith(bad)))"
    )
    assert run_python(code) == "[]"


def test_the_tools_are_exactly_these() -> None:
    """A new tool is a new power of the model: it is added here on purpose."""
    names = {p.stem for p in (ROOT / "tools").glob("*.py")} - {"__init__", "kit"}
    assert names == {"search_brand", "draft_post", "schedule_post", "list_queue", "optimise_text", "analyse_sentiment"}


def test_the_packages_resolve_inside_this_checkout() -> None:
    code = "import bot, tools, memory; print(*(m.__file__ for m in (bot, tools, memory)), sep='\\n')"
    for line in run_python(code).splitlines():
        assert Path(line).is_relative_to(ROOT)


@pytest.mark.parametrize(
    ("folder", "most"),
    [("tools", 80), ("bot/workflow", 165), ("bot/platforms", 350), ("bot", 400), ("memory", 400)],
)
def test_files_stay_readable(folder: str, most: int) -> None:
    """A workflow verb aims at 150, with a few lines of grace; longer is allowed where the docstring says why."""
    too_long = []
    for path in (ROOT / folder).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        said = "longer than" in text.split('"""')[1].lower() if text.startswith('"""') else False
        if lines > most and not said and not ("kit" in path.parts and folder != "tools") and path.stem != "kit":
            too_long.append(f"{path.relative_to(ROOT)}: {lines}")
    assert too_long == []


def test_importing_has_no_side_effects() -> None:
    """No file, no thread, no handler, no environment variable comes of importing the application."""
    code = (
        "import logging, os, threading; before = dict(os.environ);"
        "import bot.app, bot.writing, bot.evidence, bot.surfaces.cli;"
        "print(threading.active_count(), logging.getLogger().handlers, dict(os.environ) == before)"
    )
    assert run_python(code) == "1 [] True"


def test_light_commands_do_not_load_what_is_slow() -> None:
    """`queue`, `approve` and the like answer at once: no model, no Chroma, no SDK is imported for them."""
    code = (
        "import sys, bot.app, bot.evidence, bot.workflow.decide, bot.workflow.schedule;"
        "slow = ('langchain', 'langchain_core', 'openai', 'chromadb', 'atproto', 'numpy', 'PIL');"
        "print(sorted(m for m in sys.modules if m in slow))"
    )
    assert run_python(code) == "[]"


def test_what_the_short_run_leaves_out_is_there() -> None:
    gone = []
    for line in slowest.LIST.read_text(encoding="utf-8").split():
        where, _, test = line.partition("::")
        module, _, group = where.partition(".Test")
        path = ROOT / (module.replace(".", "/") + ".py")
        # A contract's tests stand in a class of another file.
        if not path.exists() or not (group or f"def {test}(" in path.read_text(encoding="utf-8")):
            gone.append(line)
    assert gone == []
