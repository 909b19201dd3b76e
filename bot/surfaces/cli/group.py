"""The program: a group whose commands are the files in ``commands``, none of which is read in full for ``--help``."""

from __future__ import annotations

import copy
import difflib
import importlib
import inspect
import re
from pathlib import Path
from typing import Any, TypeVar

import click

from bot import VERSION
from bot.surfaces.cli import helping
from bot.surfaces.cli.session import Session
from bot.words import language, say, set_language

COMMANDS = Path(__file__).with_name("commands")
C = TypeVar("C", bound=click.Command)

#: The order in which `signoff --help` lists commands; a file that is not named here comes under the last heading.
SECTIONS = (
    ("Start", ("demo", "init", "check", "diff", "learn", "remember", "connect", "accounts", "disconnect", "doctor")),
    (
        "Write",
        ("ask", "ideas", "kinds", "draft", "documents", "chat", "edit", "another", "optimise", "voice"),
    ),
    ("Plan", ("calendar", "campaign", "repeat", "import")),
    ("Decide", ("queue", "show", "approve", "reject", "reschedule", "cancel", "undo", "settle")),
    ("Listen", ("inbox", "mood", "policy", "sentiment", "relabel", "train", "evaluate", "proposals", "forget")),
    ("Run", ("worker", "serve", "slack", "people", "stop", "resume", "notices", "results", "report")),
    ("More", ("audit", "platforms", "sandbox", "backup", "restore", "migrate", "keys", "eval", "redteam")),
)

INTRO = """\
Signoff drafts posts in your brand's voice and publishes what a person has signed off, and nothing else.

Start with `signoff demo`: it shows the whole way on a practice network, without any account or key.
"""
OUTRO = "`signoff COMMAND --help` explains a command. IDs may be shortened, to four letters or more."
LANG = "Language of what you read; otherwise your terminal's."
AS = "Who you are: your id among the people in brand.yaml. Otherwise SIGNOFF_OPERATOR."
BRAND = "Brand to work for, where several are learned. Otherwise SIGNOFF_BRAND."
SHOW_VERSION = "Show the version and exit."
HOME = "Folder for the database, keys and pictures. Otherwise SIGNOFF_HOME."


class Program(click.Group):
    """Lists commands by their files' first lines and imports only the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(p.stem for p in COMMANDS.glob("*.py") if p.stem != "__init__")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return load(cmd_name) if cmd_name in self.list_commands(ctx) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            near = difflib.get_close_matches(args[0], known, 1)
            hint = " " + say("Did you mean `{word}`?", word=near[0]) if near else ""
            raise click.UsageError(say("There is no command `{word}`.", word=args[0]) + hint, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        left = {name: summary(name) for name in self.list_commands(ctx)}
        width = max(map(len, left))
        for n, (title, names) in enumerate(SECTIONS):
            rows = [(name.ljust(width), left.pop(name)) for name in names if name in left]
            if n == len(SECTIONS) - 1:
                rows += [(name.ljust(width), text) for name, text in left.items()]
            if rows:
                with formatter.section(say(title)):
                    formatter.write_dl(rows)


def program() -> Program:
    """Return the whole program, in the reader's language."""
    settings: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
    made = Program("signoff", params=global_options(), epilog=OUTRO, context_settings=settings, no_args_is_help=True)
    return in_our_words(made, INTRO)


def global_options(*, hidden: bool = False) -> list[click.Parameter]:
    """Return the options that hold for every command; they may stand before or after it."""

    def keep(context: click.Context, option: click.Parameter, value: Any) -> None:
        if value is None:
            return
        if option.name == "lang":
            set_language(value)
        else:
            setattr(context.find_root().ensure_object(Session), str(option.name), value)

    common: dict[str, Any] = {"expose_value": False, "callback": keep, "hidden": hidden}
    return [
        *([] if hidden else [_version()]),
        click.Option(["--lang"], type=click.Choice(["en", "zh"]), is_eager=True, help=LANG, **common),
        click.Option(["--as", "person"], metavar="PERSON", help=AS, **common),
        click.Option(["--brand"], metavar="ID", help=BRAND, **common),
        click.Option(["--home"], metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help=HOME, **common),
    ]


def _version() -> click.Option:
    def show(context: click.Context, option: click.Parameter, value: bool) -> None:
        if value and not context.resilient_parsing:
            click.echo(f"signoff {VERSION}")
            context.exit()

    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show, help=SHOW_VERSION
    )


def summary(name: str) -> str:
    """Return the first line of a command's help, read without importing it."""
    with (COMMANDS / f"{name}.py").open(encoding="utf-8") as file:
        return say(file.readline().strip().strip('"'))


def load(name: str) -> click.Command:
    """Import a command; its help is its file's docstring."""
    module = importlib.import_module(f"bot.surfaces.cli.commands.{name}")
    found: click.Command = module.command
    made = in_our_words(found, module.__doc__ or "")
    made.name = name
    made.params += global_options(hidden=True)
    return made


def halves(text: str) -> tuple[str, str]:
    """Return the first line of a help text and the rest, whose line breaks mean nothing within a paragraph."""
    head, _, rest = inspect.cleandoc(text).partition("\n")
    return head, re.sub(r"(?<!\n)\n(?!\n)", " ", rest.strip())


def in_our_words(command: C, text: str = "") -> C:
    """Return a copy of a command, its help and that of its options in the reader's language."""
    made = copy.copy(command)
    if language() == "zh":
        # The library counts characters, and a Chinese one fills two cells.
        made.context_class = helping.Context
    made.help = "\n\n".join(say(half) for half in halves(text or command.help or "") if half)
    made.epilog = say(command.epilog) if command.epilog else None
    made.params = [copy.copy(p) for p in command.params]
    for option in made.params:
        if isinstance(option, click.Option) and option.help:
            option.help = say(option.help)
    if isinstance(made, click.Group) and isinstance(command, click.Group) and not isinstance(made, Program):
        made.commands = {name: in_our_words(sub) for name, sub in command.commands.items()}
    return made
