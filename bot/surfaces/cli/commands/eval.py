"""Measure what Signoff is worth on texts that people wrote for that.

Each ends with one line of figures; exit code 1 when a goal is missed.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.surfaces.cli import group


class Evaluations(click.Group):
    """Its commands are the files in ``evals``, imported when they are asked for."""

    FOLDER = Path(__file__).parents[1] / "evals"

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(p.stem for p in self.FOLDER.glob("*.py") if p.stem != "__init__")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from importlib import import_module

        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"bot.surfaces.cli.evals.{cmd_name}")
        found: click.Command = module.command
        made = group.in_our_words(found, module.__doc__ or "")
        made.name = cmd_name
        made.params += group.global_options(hidden=True)
        return made


@click.command(cls=Evaluations)
def command() -> None:
    """Measure it."""
