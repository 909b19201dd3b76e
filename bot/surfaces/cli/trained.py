"""How `signoff train` shows what it made: versions, model cards, and how good a new one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.surfaces.cli import screen
from bot.words import say

if TYPE_CHECKING:
    from bot.store.labels import Fitted
    from bot.writing.teaching import Taught


def versions(mine: list[Fitted], card: bool, as_json: bool) -> None:
    """Show what was trained, or with ``card`` the model card of the one in use."""
    if card:
        used = next((one for one in mine if one.promoted), None)
        if used is None:
            raise BadInput(say("No version is in use."), next_step=say("`signoff train sentiment` fits one."))
        screen.emit({"version": used.version, "at": used.at, "by": used.who, **used.card})
    elif as_json:
        screen.emit([{"version": o.version, "at": o.at, "by": o.who, "promoted": o.promoted, **o.card} for o in mine])
    else:
        rows = [
            (f"{one.version}{'*' if one.promoted else ' '}", f"{one.at:%Y-%m-%d %H:%M}", one.who,
             f"macro-F1 {one.card['cross_validation']['macro_f1']:.3f}",
             say("{n} labels", n=one.card["cross_validation"]["texts"]))
            for one in mine
        ]  # fmt: skip
        screen.columns(rows)
        click.echo(say("* is in use.") if rows else say("Nothing was trained yet."))


def new(done: Taught) -> None:
    """Show a new version and whether it is in use."""
    held = done.made.card["cross_validation"]
    click.echo(
        say("Version {n}: macro-F1 {new:.3f} on {texts} texts, each held out; before ({before}): {old:.3f}.",
            n=done.made.version, new=done.new_f1, texts=held["texts"], before=done.before, old=done.old_f1)
    )  # fmt: skip
    screen.columns(
        [(name, f"F1 {one['f1']:.2f}", say("{n} texts", n=one["texts"])) for name, one in held["classes"].items()]
    )
    click.echo(
        say("Gain {gain:+.3f}, surely at least {bound:+.3f}. Confidence is off by {ece:.0%} on average.",
            gain=done.gain, bound=done.bound, ece=held["ece"])
    )  # fmt: skip
    if done.made.promoted:
        click.echo(say("It is in use from now on."))
    else:
        click.echo(say("It is not surely better, so the one before stays in use. More labels help; --use decides."))
