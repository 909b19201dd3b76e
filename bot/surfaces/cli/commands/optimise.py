"""Score a text part by part, and let the model word it better.

TEXT is a file, the id of a draft or of a document, or `-` for standard input. Numbers, dates, names and links are
kept, a better wording is shown with its changes, and nothing is stored without --apply.
"""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session


@click.command()
@click.argument("given", metavar="TEXT")
@click.option("--kind", default="", metavar="KIND", help="What it is: post, title, article... Else the draft's.")
@click.option("--account", default="", metavar="PLATFORM:NAME", help="Account that it is for.")
@click.option("--platform", default="", metavar="NAME", help="Network that it is for, where no account is named.")
@click.option("--keyword", "keywords", multiple=True, metavar="WORD", help="A word to be found by; may be repeated.")
@click.option("--language", default="", metavar="TAG", help="Language of the text, such as en or zh-Hans.")
@click.option("--tone", default="", metavar="TONE", help="positive, neutral, or an emotion such as joy or trust.")
@click.option("--no-rewrite", is_flag=True, help="Only the score; no model is used.")
@click.option("--apply", is_flag=True, help="Make it the draft's next version, which needs new signatures.")
@options.as_json
@click.pass_obj
def command(
    session: Session, given: str, kind: str, account: str, platform: str, keywords: tuple[str, ...], language: str,
    tone: str, no_rewrite: bool, apply: bool, as_json: bool,
) -> None:  # fmt: skip
    """Optimise it."""
    with session.open_app() as app:
        from bot.surfaces.cli import review, scores
        from bot.writing import aim, optimise

        wanted = aim.Wanted(kind, account, platform, language, tone, keywords)
        text = scores.find(app, given, wanted)
        who = review.writer(app).id if apply else app.settings.operator
        with session.telling() as tell:
            done = optimise.optimise(app, text, who, rewrite=not no_rewrite, apply=apply, on_event=tell)
        if as_json:
            screen.emit(scores.as_data(done))
        else:
            scores.show(app, done)
