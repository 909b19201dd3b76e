"""Fit your own reader of comments to the labels your team gave, or write them out for fine-tuning.

KIND is `sentiment`, `intent`, or `export`. Labels are the corrections of `signoff relabel`; --file brings more, one
JSON object a line with text and label. Sixty are the least, a few hundred do well; it takes seconds.

Every figure is of texts that were held out. The new version is used only when it is surely better than the one before:
when the lower bound of its gain is above zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.store.labels import Fitted
    from bot.writing.teaching import Taught


@click.command()
@click.argument("kind", type=click.Choice(["sentiment", "intent", "export"]), metavar="KIND")
@click.option(
    "--file", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Labels to take in first."
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Where export writes to.")
@click.option("--versions", is_flag=True, help="List what was trained, and train nothing.")
@click.option("--card", is_flag=True, help="Show the model card of the version in use, and train nothing.")
@click.option("--use", is_flag=True, help="Use the new version even where it is not surely better.")
@options.force
@options.as_json
@click.pass_obj
def command(
    session: Session, kind: str, path: Path | None, out: Path | None, versions: bool, card: bool, use: bool,
    force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Train it."""
    with session.open_app() as app:
        from bot.store import labels
        from bot.writing import teaching

        if kind == "export":
            _export(app, out, force)
            return
        brand = app.brand().id
        if versions or card:
            with app.db.read() as conn:
                found = labels.versions(conn, brand, kind)
            _tell(found, card, as_json)
            return
        who = app.operator().id
        if path:
            new = teaching.keep(app, teaching.from_file(path, kind), who)
            click.echo(say("{n} labels taken in.", n=new), err=True)
        done = teaching.train(app, kind, who, force=use)
    if as_json:
        screen.emit({"version": done.made.version, "promoted": done.made.promoted, "card": done.made.card})
    else:
        _show(done)


def _export(app: App, out: Path | None, force: bool) -> None:
    from bot.store import labels
    from bot.writing import teaching

    with app.db.read() as conn:
        given = [one for kind in labels.KINDS for one in labels.of(conn, app.brand().id, kind)]
    body = teaching.export(given)
    if not body:
        raise BadInput(
            say("There are no labels yet."),
            next_step=say("Correct comments with `signoff relabel`, or bring labels with --file."),
        )
    if out is None:
        click.echo(body, nl=False)
        return
    screen.save(out, body, force=force)
    click.echo(say("{n} examples written to {path}.", n=body.count("\n"), path=out))


def _tell(mine: list[Fitted], card: bool, as_json: bool) -> None:
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


def _show(done: Taught) -> None:
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
