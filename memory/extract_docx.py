"""Word files as Markdown: ``mammoth`` reads styles, lists and tables into HTML, and that goes the way of HTML.

A Word file is a zip of XML files. Before it is read, its size unpacked is held to a limit and XML that declares
entities is refused, so that a few bytes cannot become gigabytes. Macros, pictures and linked files are not opened.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any
from xml.parsers import expat

from memory.base import IngestError
from memory.extract import Extracted
from memory.extract_html import from_html

#: Most bytes of XML, unpacked.
MOST_XML = 20_000_000
_MOST_FILES = 5_000
#: Most elements inside one another.
_DEEPEST = 200
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='List Bullet 2'] => ul|ol > li > ul > li:fresh
p[style-name='List Bullet 3'] => ul|ol > li > ul|ol > li > ul > li:fresh
p[style-name='List Number 2'] => ul|ol > li > ol > li:fresh
b => strong
"""


def from_docx(body: bytes, name: str) -> Extracted:
    """Return a Word file as Markdown; a line's place is its paragraph. Raises IngestError."""
    _checked(body, name)
    import mammoth

    try:
        convert: Any = mammoth.convert_to_html  # It has no types.
        made = convert(
            io.BytesIO(body),
            style_map=_STYLES,
            include_embedded_style_map=False,
            external_file_access=False,
            convert_image=lambda image: [],
        )
    except RecursionError:
        raise IngestError("This Word file is nested too deeply.", name, 1, next_step="Save it as Markdown.") from None
    except (ValueError, KeyError, LookupError, OSError, AttributeError, TypeError, expat.ExpatError) as error:
        raise _broken(name) from error
    return from_html(str(made.value), name, ordinal=True)


def _broken(name: str) -> IngestError:
    return IngestError(
        "This Word file cannot be read.", name, 1, next_step="Open it in Word and save it again as .docx."
    )


def _checked(body: bytes, name: str) -> None:
    """Raise IngestError unless this is a Word file whose XML is of a fair size and plain."""
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        raise IngestError(
            "This Word file is locked with a password, or in the format before 2007.",
            name,
            1,
            next_step="Save it as .docx without a password.",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as files:
            parts = [i for i in files.infolist() if i.filename.lower().endswith((".xml", ".rels"))]
            if len(files.infolist()) > _MOST_FILES or sum(i.file_size for i in parts) > MOST_XML:
                raise IngestError(
                    f"This Word file unpacks to more than {MOST_XML // 1_000_000} MB.", name, 1, next_step="Split it."
                )
            for part in parts:
                # Reading ends at the size that the zip declares, so the sum above is the truth.
                _plain(files.read(part), name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        NotImplementedError,
        expat.ExpatError,
    ) as e:
        raise _broken(name) from e


def _plain(xml: bytes, name: str) -> None:
    """Raise IngestError for XML with a document type, which alone can declare entities, or nested too deeply."""
    depth = 0

    def doctype(*_: Any) -> None:
        raise IngestError(
            "This Word file declares XML entities, which no Word file needs.",
            name,
            1,
            next_step="Do not trust it; ask who sent it.",
        )

    def begin(*_: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise IngestError("This Word file is nested too deeply.", name, 1, next_step="Save it as Markdown.")

    def end(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.Parse(xml, True)
