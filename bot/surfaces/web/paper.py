"""A page without the desk around it, as one file: to keep, to print, to send."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bot.words import language

if TYPE_CHECKING:
    from bot.app import App

HERE = Path(__file__).parent


def report(app: App, week: str) -> str:
    """Return the report of a week as HTML that needs no other file. Raises BadInput for what is no week."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from bot.surfaces.web import words
    from bot.surfaces.web.pages.report import gathered
    from bot.words import say

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals.update(say=say, **words.HELPERS)
    made.filters["seen"] = words.seen
    # The file is ours, and holds nothing that anybody wrote.
    style = Markup(re.sub(r"/\*.*?\*/", "", (HERE / "static" / "desk.css").read_text(encoding="utf-8"), flags=re.S))
    return made.get_template("paper.html").render(language=language(), style=style, **gathered(app, week))
