"""See how near a text is to your voice, and which sentences are not like you.

WHAT is a draft's ID, a file, or `-` for standard input. It is held against your live posts, the texts that
`signoff remember` brought, and the examples in your guidelines. At least 20 of a language are needed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput
from bot.surfaces.cli import options, screen, sounding
from bot.surfaces.cli.session import Session
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App


@click.command()
@click.argument("what", metavar="WHAT")
@click.option("--language", default="", metavar="LANG", help="Language of a file's text, such as en or zh.")
@options.as_json
@click.pass_obj
def command(session: Session, what: str, language: str, as_json: bool) -> None:
    """Show it."""
    with session.open_app() as app:
        from bot import own_words

        text, spoken = _text(app, what)
        if not text.strip():
            raise BadInput(say("There is no text."))
        sound = own_words.voice(app, text, language or spoken)
    if as_json:
        screen.emit(sound)
        return
    if sound.voice is None:
        click.echo(
            say("{n} texts in {language} are too few to know your voice: {more} more are needed.",
                n=sound.texts, language=sound.language, more=sound.missing)
        )  # fmt: skip
        click.echo(say("`signoff remember FILE` brings what you published before."))
        return
    voice = sound.voice
    click.echo(
        say("Nearer to your posts than {n} % of them. Distance: {distance} of 1. Texts in {language}: {texts}.",
            n=voice.percentile, distance=f"{voice.distance:.2f}", language=sound.language, texts=voice.texts)
    )  # fmt: skip
    for line in sounding.picture(voice.distance, sound.spread):
        click.echo(line)
    click.echo()
    click.echo(sounding.marked(text, voice))
    for number, odd in enumerate(voice.odd, 1):
        click.echo(f"[{number}] " + say("; ").join(odd.why))
    for remark in voice.remarks:
        click.echo(f"· {remark}")
    if not voice.odd and not voice.remarks:
        click.echo(say("No sentence stands out."))


def _text(app: App, what: str) -> tuple[str, str]:
    """Return a text and its language. Raises BadInput, NotFound."""
    from bot import evidence
    from bot.insight import text as taken
    from bot.store import drafts

    brand = app.brand()
    path = Path(what)
    try:
        if what == "-":
            text = sys.stdin.read()
        elif path.is_file():
            text = path.read_text(encoding="utf-8-sig")
        else:
            with app.db.read() as conn:
                content = drafts.version(conn, evidence.find_draft(app, what)).content
            return "\n".join(p.text for p in content.parts), content.language
    except UnicodeDecodeError:
        raise BadInput(
            say("The text holds a byte that is not text."), next_step=say("Type it again, or save it as UTF-8.")
        ) from None
    chinese = taken.is_chinese(text, brand.languages[0])
    fits = [tag for tag in brand.languages if tag.lower().startswith("zh") == chinese]
    return text.strip(), fits[0] if fits else ("zh" if chinese else "en")
