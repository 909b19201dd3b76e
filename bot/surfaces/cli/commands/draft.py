"""Draft a post from a brief, or another kind of text.

The model writes, the checks read, and the draft waits for a signature; nothing is published by this. `-` as BRIEF
reads it from standard input.

With --kind it is something else: a thread or a reply becomes a draft for an account; an article, titles or a script
become a document, which is printed, kept (`signoff documents`) and never published. `signoff kinds` lists all kinds.

A campaign on accounts (--kind campaign --account ...) is a plan with a day and a time for each post, and a draft for
each of them; `signoff campaign` shows where they stand.

With --verbatim the BRIEF is the text: no model is asked, and nobody rewrites it. A line `---` begins the next post of a
thread.

With --variants the same is told in several ways, each with its angle; with --languages in several languages. Each is a
draft of its own, and each needs its own signature.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bot.errors import BadInput, ModelError
from bot.surfaces.cli import campaigns, options, own_words, paper, screen
from bot.surfaces.cli.session import Session
from bot.words import retold, say


@click.command()
@click.argument("brief", default="")
@click.option(
    "--account", "accounts", multiple=True, metavar="PLATFORM:NAME", help="Account of a post; may be repeated."
)
@options.kind
@options.campaign
@options.wished
@click.option("--at", metavar="TIME", help="When to publish, such as '2026-12-01 09:00', in the account's zone.")
@options.slot
@click.option("--verbatim", is_flag=True, help="The BRIEF is the text itself: nobody rewrites it, no model is needed.")
@options.media
@options.dressed
@options.as_json
@click.pass_obj
def command(
    session: Session, /, brief: str, accounts: tuple[str, ...], kind: str, language: str, source: str,
    formats: tuple[str, ...], out: Path | None, force: bool, variants: int, languages: str, segment: str,
    to: tuple[str, ...], back_translation: bool | None, at: str | None, slot: str, images: tuple[Path, ...],
    alts: tuple[str, ...], days: int | None, posts: int | None, start: str, verbatim: bool, as_json: bool,
    **around: Any,
) -> None:  # fmt: skip
    """Draft it."""
    options.one_time(at, slot)
    if len(images) < len(alts):
        raise BadInput(
            say("{images} pictures and {alts} descriptions were given.", images=len(images), alts=len(alts)),
            next_step=say("Give each --media its own --alt."),
        )
    try:
        text = sys.stdin.read() if brief == "-" else brief
    except UnicodeDecodeError:
        raise BadInput(
            say("The text holds a byte that is not text."), next_step=say("Type it again, or save it as UTF-8.")
        ) from None
    if verbatim:
        more = kind not in ("", "post", "thread") or variants > 1 or bool(languages or to)
        own_words.drafted(session, text, accounts, at, slot, images, alts, options.dress(around), as_json, more=more)
        return
    if campaigns.planned(session, kind, text, accounts, language, days, posts, start, as_json):
        return
    if paper.wrote(session, kind, text, accounts, language, source, formats, out, force, as_json):
        return
    with session.open_app() as app:
        from bot import writing
        from bot.surfaces.cli import pictures, review

        author = review.writer(app).id
        given = [language, *languages.replace("，", ",").split(",")]
        wish = writing.Wish(
            kind, variants, tuple(dict.fromkeys(filter(None, map(str.strip, given)))), segment, to, back_translation
        )
        media = pictures.taken(app, images, alts)
        dress = options.dress(around)
        with session.telling() as tell:
            written = writing.draft(
                app, text, accounts, author, wall=at, slot=slot, media=media, wish=wish, dress=dress, on_event=tell
            )
        if as_json:
            screen.emit({
                "drafts": written.drafts, "failed": written.failed, "run": written.run_id, "ms": written.ms,
                "series": written.series,
            })  # fmt: skip
        else:
            for version in written.drafts:
                review.proposed(app, version)
    if written.failed:
        raise ModelError(" ".join(f"{key}: {retold(why)}" for key, why in written.failed.items()))
