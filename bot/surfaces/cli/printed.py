"""Print what comes from code: docs/cli.md, docs/platforms.md, docs/slack-manifest.json and .env.example.

``python -m bot.surfaces.cli.printed`` writes them; ``--check`` says which checked-in copy is out of date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from bot import errors
from bot.words import set_language

ROOT = Path(__file__).resolve().parents[3]

_CLI = """# The command line

Printed from the program by `make env`; a test holds this page to it. In a checkout the program is `.venv/bin/signoff`
once `make demo` or any other target has run; `python -m bot` is the same program.

Every command that reads has `--json`: keys stay as they are, times are ISO 8601. What is being done goes to standard
error, results to standard output. An error is one sentence with the next step, in the language of your terminal or
`--lang`.

The options of `signoff` itself may also stand behind a command: `signoff queue --as anna`.

## Exit codes

| code | means |
|---|---|
| 0 | done |
"""


def cli() -> str:
    """Return docs/cli.md."""
    from bot.surfaces.cli.group import program

    lines = [f"| {code} | {said} |" for code, said in exit_codes()]
    top = program()
    lines += ["", "## signoff", "", *_help(top, _context(top, "signoff"))]
    for name in top.list_commands(click.Context(top)):
        lines += _command(top, name)
    return _CLI + "\n".join(lines) + "\n"


def exit_codes() -> list[tuple[int, str]]:
    """Return the exit codes other than 0, each with what it says."""
    found: dict[int, str] = {}

    def walk(kind: type[errors.SignoffError]) -> None:
        found.setdefault(kind.exit_code, (kind.__doc__ or "").splitlines()[0])
        for sub in kind.__subclasses__():
            if sub.__module__ == errors.__name__:
                walk(sub)

    walk(errors.SignoffError)
    found[errors.SignoffError.exit_code] = "Something went wrong that nobody foresaw; the sentence names the log file."
    found[errors.BadInput.exit_code] += " Also: a mistyped command or option."
    found[errors.Misconfigured.exit_code] += " Also: `check` or `doctor` found something to mend."
    found[130] = "You pressed Ctrl-C."
    return sorted(found.items())


def _command(top: click.Group, name: str) -> Iterator[str]:
    command = top.get_command(click.Context(top), name)
    assert command is not None
    context = _context(command, f"signoff {name}")
    yield from ("", f"## {name}", "", *_help(command, context))
    yield from _below(command, context, f"signoff {name}")


def _below(command: click.Command, context: click.Context, path: str) -> Iterator[str]:
    for sub in command.list_commands(context) if isinstance(command, click.Group) else ():
        inner = command.get_command(context, sub) if isinstance(command, click.Group) else None
        if inner is not None:
            own = _context(inner, f"{path} {sub}")
            yield from ("", *_help(inner, own))
            yield from _below(inner, own, f"{path} {sub}")


def _context(command: click.Command, name: str) -> click.Context:
    return click.Context(command, info_name=name, terminal_width=100, help_option_names=["-h", "--help"])


def _help(command: click.Command, context: click.Context) -> list[str]:
    return ["```text", *(line.rstrip() for line in command.get_help(context).splitlines()), "```"]


def env() -> str:
    """Return .env.example: every setting with what it does, commented out with its default."""
    from pydantic import SecretStr

    from bot.platforms import matrix
    from bot.settings import Settings

    lines = [
        "# Copy this to .env and set what you need; every line can also be an environment variable.",
        "# Printed from bot/settings.py and the platforms by `make env`.",
    ]
    for name, field in Settings.model_fields.items():
        if name == "platforms":
            continue
        default: Any = "" if field.default is None or field.default_factory else field.default
        shown = str(default).lower() if isinstance(default, bool) else default
        secret = SecretStr in getattr(field.annotation, "__args__", ())
        file = f" Or SIGNOFF_{name.upper()}_FILE with a file that holds it." if secret else ""
        lines += ["", f"# {field.description}{file}", f"#SIGNOFF_{name.upper()}={shown}"]
    return "\n".join([*lines, *matrix.env_lines()]) + "\n"


def pages() -> dict[Path, str]:
    """Return every printed file with what it should hold."""
    from bot.platforms import matrix
    from bot.surfaces.slack import manifest

    set_language("en")
    return {
        ROOT / "docs" / "cli.md": cli(),
        ROOT / "docs" / "platforms.md": matrix.page(),
        ROOT / "docs" / "slack-manifest.json": json.dumps(manifest.manifest(), indent=2) + "\n",
        ROOT / ".env.example": env(),
    }


def main(argv: list[str]) -> int:
    """Write the files, or with ``--check`` name those that differ."""
    stale = [p for p, text in pages().items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    for path in stale:
        if "--check" in argv:
            sys.stdout.write(f"{path.relative_to(ROOT)} is out of date: run `make env`\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path], encoding="utf-8")
            sys.stdout.write(f"printed {path.relative_to(ROOT)}\n")
    return 1 if stale and "--check" in argv else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
