"""Talk with the agent: it looks up rules, drafts, and reads the queue.

It remembers this conversation. What it drafts waits for a signature, like every draft. Ctrl-D ends the conversation.
"""

from __future__ import annotations

import sys

import click

from bot.errors import BadInput, ModelError
from bot.surfaces.cli.session import Session
from bot.words import retold, say

#: Turns that are sent along: a small model's context holds few.
REMEMBERED = 12


@click.command()
@click.pass_obj
def command(session: Session) -> None:
    """Talk."""
    with session.open_app() as app:
        from bot import writing

        person, brand = app.operator(), app.brand()
        app.model()
        click.echo(say("You are talking with {brand}'s agent. It only proposes. Ctrl-D ends.", brand=brand.name))
        history: list[tuple[str, str]] = []
        while (said := _line()) is not None:
            if not said:
                continue
            answer = ""
            done = []
            try:
                with session.telling() as tell:
                    for event in writing.converse(app, said, person.id, history[-REMEMBERED:]):
                        tell(event)
                        if event.kind == "tool" and event.data.get("name") in ("draft_post", "schedule_post"):
                            done.append(event.text)
                        answer = event.text if event.kind == "text" else answer
            except (BadInput, ModelError) as error:
                # One bad turn does not end the conversation.
                click.echo(retold(str(error)), err=True)
                continue
            for line in (*done, answer):
                click.echo(line)
            history += [("person", said), ("bot", answer or "-")]


def _line() -> str | None:
    """Return what the person typed; None at the end."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip() if line else None
    try:
        return input("> ").strip()
    except EOFError:
        click.echo()
        return None
