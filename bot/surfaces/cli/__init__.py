"""The command line: ``signoff``. A command is a file in ``commands``; its docstring is its help."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from bot.errors import SignoffError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error becomes one sentence with the next step."""
    import click

    from bot.surfaces.cli.group import program
    from bot.surfaces.cli.session import Session
    from bot.words import set_language

    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            # A terminal that cannot show a character gets its code: better than no output at all.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    session = Session()
    try:
        # Before anything else is said, so that errors in the options are in the same language.
        set_language(_language(words))
        code = program().main(words, "signoff", standalone_mode=False, obj=session)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as bare:
        click.echo(bare.format_message())
        return 0
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        return 130
    except BrokenPipeError:
        # The reader has seen enough (`signoff queue | head`); nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        sentence, code = _sentence(error, session)
        click.echo(sentence, err=True)
        return code


def _language(words: Sequence[str]) -> str | None:
    for n, word in enumerate(words):
        if word == "--lang" and n + 1 < len(words):
            return words[n + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None


def _sentence(error: Exception, session: object) -> tuple[str, int]:
    """Return what to tell a person about an error, and the exit code."""
    import click

    from bot.surfaces.cli import trouble
    from bot.words import joined, retold, say

    if isinstance(error, SignoffError):
        return joined(retold(error.message), retold(error.next_step)), error.exit_code
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "signoff"
        return joined(error.format_message(), say("See `{command} --help`.", command=path)), 2
    if isinstance(error, click.ClickException):
        return error.format_message(), 2
    return trouble.explain(error, session)
