"""Documents that are not Markdown become Markdown, each line with the place where a person finds it again.

So there is one reader of rules. Files come from the operator, yet they may be broken or made to do harm: sizes have
limits, nothing outside the file is read, and macros, scripts, comments and pictures are left alone.
"""

from __future__ import annotations

import codecs
import dataclasses
import re
from dataclasses import dataclass

from memory.base import IngestError

MARKDOWN = ".md"
#: What is read, by the end of the name. Plain text comes from addresses only.
SUFFIXES = (MARKDOWN, ".pdf", ".docx", ".html", ".htm")
#: Largest file in bytes.
MOST = 25_000_000
MOST_HTML = 5_000_000
#: Most characters that a document may hold: about a thousand printed pages.
MOST_TEXT = 3_000_000

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)


@dataclass(frozen=True)
class Note:
    """Something to tell the operator about a document that was read all the same."""

    file: str
    #: As in ``GuidelineRule.line``.
    line: int
    message: str
    next_step: str = ""


@dataclass(frozen=True)
class Extracted:
    """A document as lines of Markdown."""

    lines: tuple[str, ...]
    #: For each line where it stands: the page of a PDF, the paragraph of a Word file, the line of any other.
    places: tuple[int, ...]
    notes: tuple[Note, ...] = ()


def extract(body: bytes, suffix: str, name: str, charset: str = "") -> Extracted:
    """Return the Markdown of a document that ends with ``suffix``. Raises IngestError, with ``name`` as its file.

    ``charset`` is what the sender said of a text; without it the document's own word counts, else UTF-8.
    """
    most = MOST_HTML if suffix in (".html", ".htm") else MOST
    if len(body) > most:
        raise IngestError(
            f"This file is too large: {len(body) // 1_000_000 + 1} MB, and {most // 1_000_000} MB are read.",
            name,
            1,
            next_step="Save it without its pictures, or split it.",
        )
    found = _extract(body, suffix, name, charset)
    if sum(map(len, found.lines)) > MOST_TEXT:
        raise IngestError("There is too much text in this file.", name, 1, next_step="Split it.")
    # What is read here is shown in terminals, which obey control characters.
    return dataclasses.replace(found, lines=tuple(_CONTROL.sub("", line) for line in found.lines))


def _extract(body: bytes, suffix: str, name: str, charset: str) -> Extracted:
    if suffix == ".pdf":
        from memory.extract_pdf import from_pdf

        return from_pdf(body, name)
    if suffix == ".docx":
        from memory.extract_docx import from_docx

        return from_docx(body, name)
    if suffix in (".html", ".htm"):
        from memory.extract_html import from_html

        return from_html(decoded(body, name, charset or _declared(body)), name)
    lines = tuple(decoded(body, name, charset).splitlines())
    return Extracted(lines, tuple(range(1, len(lines) + 1)))


def decoded(body: bytes, name: str, charset: str = "") -> str:
    """Return a text in ``charset``, or in UTF-8 where none is given. Raises IngestError, with the line."""
    for mark, known in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            charset = known
    # Browsers read GBK and GB2312 as their superset, and so must we.
    charset = {"gb2312": "gb18030", "gbk": "gb18030"}.get(charset.lower(), charset) or "utf-8"
    try:
        return body.decode(charset).removeprefix("\ufeff")
    except LookupError:
        raise IngestError(
            f"This file says that it is written in {charset!r}, which is not known.",
            name,
            1,
            next_step="Save it as UTF-8.",
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        said = "This file is not UTF-8 text." if charset == "utf-8" else f"This file is not {charset} text as it says."
        raise IngestError(said, name, line, next_step="Save it as UTF-8.") from None


def _declared(body: bytes) -> str:
    found = _CHARSET.search(body[:2048])
    return found.group(1).decode("ascii") if found else ""


def harmless(text: str) -> str:
    """Return text without the marks that would hide what follows from the reader of Markdown."""
    return re.sub(r"^(\s*)(?:`{3,}|~{3,})", r"\1", text.replace("<!--", "").replace("-->", ""))
