"""A file or a page that a person names as the source of a text. What it says is a stranger's word."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.app import App
from bot.errors import BadInput, NotFound
from bot.words import retold, say

#: What is read, by the end of the name.
READ = (".md", ".txt", ".pdf", ".docx", ".html", ".htm")


@dataclass(frozen=True)
class Source:
    """A text from outside."""

    #: File name or address, as the person gave it.
    name: str
    text: str


def load(app: App, given: str) -> Source:
    """Return the text of a file, or of a page on the web, which is asked for once.

    Raises NotFound, BadInput; PageUnreachable for an address that cannot be read.
    """
    if given.startswith(("http://", "https://")):
        from bot.brand_folder import fetching, pages

        url, why = pages.tidy(given)
        if why:
            raise BadInput(why, next_step=say("Save the page as a file, and give that."))
        page = fetching.fetch(url, app.clock.now())
        return Source(given, _text(page.body, page.suffix, given, page.charset))
    path = Path(given).expanduser()
    if not path.is_file():
        raise NotFound(say("There is no file {file}.", file=given), next_step=say("Check the name and the folder."))
    suffix = path.suffix.lower()
    if suffix not in READ:
        raise BadInput(
            say("{file} is of a kind that is not read.", file=path.name),
            next_step=say("These can be read: {kinds}.", kinds=", ".join(READ)),
        )
    return Source(given, _text(path.read_bytes(), suffix, path.name))


def _text(body: bytes, suffix: str, name: str, charset: str = "") -> str:
    from memory.base import IngestError
    from memory.extract import extract

    try:
        text = "\n".join(extract(body, suffix, name, charset).lines)
    except IngestError as error:
        raise BadInput(f"{name}: {retold(str(error))}", next_step=retold(getattr(error, "next_step", ""))) from None
    if not text.strip():
        raise BadInput(
            say("{file} holds no text.", file=name), next_step=say("Give another file, or paste the text into one.")
        )
    return text
