"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.errors import BadInput
from bot.words import say

if TYPE_CHECKING:
    from bot.writing.dressing import Dress

C = TypeVar("C", bound=Callable[..., object])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
http = click.option(
    "--http", default="", metavar="HOST:PORT", help="Tell health and metrics there; otherwise SIGNOFF_HTTP."
)
draft_id = click.argument("given", metavar="ID")
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")
reason = click.option("--reason", default="", metavar="TEXT", help="Why; kept in the record.")
out = click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write it into this Markdown file."
)
force = click.option("--force", is_flag=True, help="Replace the file of --out if it is there.")

slot = click.option("--slot", metavar="SLOT", default="", help="Next free slot: next, wed, 09:00 or 'wed 09:00'.")


def one_time(at: str | None, slot: str, now: bool = False, *, needed: bool = False) -> None:
    """Raise BadInput for more than one of the ways to say when, or with ``needed`` for none."""
    given = bool(at) + bool(slot) + now
    if given > 1 or (needed and not given):
        raise BadInput(
            say("Say when once.") if given else say("Say when."),
            next_step=say("Use --at TIME, --slot next or --now.") if needed else say("Use --at TIME or --slot next."),
        )


def kind(command: C) -> C:
    """Add what chooses a kind of content, and what only documents have."""
    for option in (
        force,
        out,
        click.option("--format", "formats", multiple=True, metavar="NAME", help="Format of an ad; may be repeated."),
        click.option(
            "--from", "source", metavar="FILE|URL", default="", help="A text it starts from: a file or a page."
        ),
        click.option("--language", metavar="CODE", default="", help="Language of it; otherwise the brand's first."),
        click.option("--kind", metavar="KIND", default="post", help="What to write; `signoff kinds` lists the kinds."),
    ):
        command = option(command)
    return command


def campaign(command: C) -> C:
    """Add what only a campaign on accounts has."""
    for option in (
        click.option("--start", metavar="DATE", default="", help="Campaign: first day, such as 2026-12-01."),
        click.option("--posts", type=int, metavar="N", help="Campaign: posts on each account, 5 unless told."),
        click.option("--days", type=int, metavar="N", help="Campaign: days it runs, 7 unless told."),
    ):
        command = option(command)
    return command


back_translation = click.option(
    "--back-translation/--no-back-translation",
    "back_translation",
    default=None,
    help="Also show a draft in the brand's first language. Without either: yes with a hosted model.",
)


def media(command: C) -> C:
    """Add pictures and videos, and their alt texts."""
    for option in (
        click.option(
            "--alt",
            "alts",
            multiple=True,
            metavar="TEXT",
            help="What the picture or video shows, for those who cannot see it. Left out of a new draft, a model "
            "that can see describes pictures.",
        ),
        click.option(
            "--media",
            "--image",
            "images",
            multiple=True,
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="A picture or a video. May be repeated.",
        ),
    ):
        command = option(command)
    return command


def dressed(command: C) -> C:
    """Add what may stand around a text; ``dress`` reads it."""
    for option in (
        click.option("--visibility", metavar="WHO", help="Who sees it: public, unlisted, followers or direct."),
        click.option("--quote", metavar="URL|ID", help="A post to quote: its address, or an own draft that is live."),
        click.option("--warning", metavar="TEXT", help="What readers see first and must open: a content warning."),
        click.option(
            "--label", "labels", multiple=True, metavar="NAME", help="What it says of itself, such as nudity."
        ),
        click.option(
            "--card-picture", metavar="FILE", type=click.Path(path_type=Path), help="Picture of the link card."
        ),
        click.option(
            "--card",
            metavar="URL",
            help="Show a card for this link of the text, with title and picture of its page. `none` takes it off "
            "again, as with --label, --warning and --quote.",
        ),
    ):
        command = option(command)
    return command


def dress(given: dict[str, Any]) -> Dress:
    """Return what ``dressed`` read."""
    from bot.writing.dressing import Dress

    return Dress(**{**given, "labels": given["labels"] or None})


def wished(command: C) -> C:
    """Add what may be wanted of drafts beyond a brief and an account."""
    for option in (
        back_translation,
        click.option(
            "--to",
            "to",
            multiple=True,
            metavar="TEXT|URL|ID",
            help="What a reply answers: the words, their address, or both. "
            "For a comment starter also an own draft's id.",
        ),
        click.option("--segment", metavar="ID", default="", help="Group of readers it is for, out of brand.yaml."),
        click.option("--languages", metavar="CODES", default="", help="A draft in each of these, such as en,zh."),
        click.option(
            "--variants",
            type=click.IntRange(1, 6),
            metavar="N",
            default=1,
            help="Versions that differ in angle, up to 6.",
        ),
    ):
        command = option(command)
    return command
