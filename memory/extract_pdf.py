"""PDF as Markdown: ``pypdf`` says which letters stand where; headings, bullets and paragraphs are told from that.

The order is that in which the file draws its text. Tables are read line by line.
"""

from __future__ import annotations

import io
import itertools
import logging
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from memory.base import IngestError
from memory.extract import Extracted, Note, harmless
from memory.kinds import is_kind, without_number
from memory.markdown import joined

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MOST_PAGES = 500

_DOTS = "•◦▪▫●○■□◆◇➢➤►▶‣⁃∙·✓✔✗✘❖\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf02d\x7f"
_BULLET = re.compile(rf"^(?:[{_DOTS}]\s*|[-–—*]\s+)(?=\S)")
_NUMBERED = re.compile(r"^(?:[（(]?\d{1,3}[)）、]|\d{1,3}[.．](?!\d))\s*(?=\S)|^[①-⑳]\s*(?=\S)")
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—|/]*(?:page|seite|p\.|第)?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*(?:页|頁)?\s*(?:(?:of|von|/|共)\s*\d{1,4}\s*(?:页|頁)?)?[\s\-–—|]*$",
    re.IGNORECASE,
)
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。！？;；:：…][\"'”’」』)）\]}]*$|\{#[^{}]*\}$")
_HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_HAN_GAP = re.compile(rf"(?<=[{_HAN}]) +(?=[{_HAN}])")
#: Longest line that may be a heading, in characters.
_LONGEST = 90


@dataclass(frozen=True)
class _Line:
    """One line as drawn; lengths are in points, from the left and from the foot of the page."""

    text: str
    page: int
    x: float
    y: float
    size: float
    bold: bool
    #: From 0 at the foot to 1 at the head of the page.
    height: float
    #: The first piece stands apart and is a number: that of a list.
    number: bool = False


@dataclass
class _Block:
    """Lines that belong together."""

    lines: list[_Line]
    #: Heading level from 1; 0 for a text.
    level: int = 0
    #: Depth of a bullet from 0; -1 for a paragraph.
    depth: int = -1


def from_pdf(body: bytes, name: str) -> Extracted:
    """Return a PDF as Markdown; a line's place is its page. Raises IngestError."""
    log = logging.getLogger("pypdf")
    was, log.disabled = log.disabled, True  # It reports each oddity of a file; what matters is raised or noted here.
    try:
        reader = _opened(body, name)
        pages = [_lines(page, n) for n, page in enumerate(reader.pages, 1)]
        notes = _pictures(reader, pages, name)
    except IngestError:
        raise
    except Exception as error:  # A damaged file can fail anywhere in its reader, in any way.
        raise IngestError(
            "This PDF cannot be read: it is broken.",
            name,
            1,
            next_step="Make it again, or save it as Word or Markdown.",
        ) from error
    finally:
        log.disabled = was
    _legible([line.text for lines in pages for line in lines], name)
    out: list[tuple[str, int]] = []
    for block in _blocks(_without_furniture(pages)):
        if out and (block.level or block.depth < 0):
            out.append(("", block.lines[0].page))
        out.append((_written(block), block.lines[0].page))
    return Extracted(tuple(text for text, _ in out), tuple(page for _, page in out), notes)


def _opened(body: bytes, name: str) -> PdfReader:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(io.BytesIO(body))
    # A file that only forbids printing and the like opens with an empty password.
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise IngestError("This PDF is locked with a password.", name, 1, next_step="Save it without one.")
    if len(reader.pages) > MOST_PAGES:
        raise IngestError(
            f"This PDF has {len(reader.pages)} pages, and {MOST_PAGES} are read.",
            name,
            1,
            next_step="Keep the pages that hold guidelines.",
        )
    return reader


def _legible(texts: Sequence[str], name: str) -> None:
    """Raise IngestError where there is no text, or none that can be read."""
    letters = [c for text in texts for c in text if not c.isspace()]
    if not letters:
        raise IngestError(
            "There is no text in this PDF: its pages are pictures.",
            name,
            1,
            next_step="Run text recognition (OCR) over it, or write its rules into a Markdown file.",
        )
    strange = sum(c == "\ufffd" or unicodedata.category(c) in ("Cc", "Co", "Cn") for c in letters)
    if strange * 4 > len(letters):
        raise IngestError(
            "The letters of this PDF cannot be told: its fonts do not say which they are.",
            name,
            1,
            next_step="Save it again from the program it was made with, or as Word or Markdown.",
        )


def _pictures(reader: PdfReader, pages: Sequence[Sequence[_Line]], name: str) -> tuple[Note, ...]:
    said = "This page is a picture, and what it says is not read."
    step = "Run text recognition (OCR) over it if it holds guidelines."
    bare = [n for n, lines in enumerate(pages) if not lines] if any(pages) else []
    return tuple(Note(name, n + 1, said, step) for n in bare if _has_picture(reader.pages[n]))


def _has_picture(page: PageObject) -> bool:
    resources: Any = page.get("/Resources")
    objects: Any = resources.get_object().get("/XObject") if resources is not None else None
    found = objects.get_object().values() if objects is not None else ()
    return any(o.get_object().get("/Subtype") == "/Image" for o in found)


# --- from letters to lines ---------------------------------------------------------------------------------


def _lines(page: PageObject, number: int) -> list[_Line]:
    found: list[_Line] = []
    high = max(float(page.mediabox.height), 1.0)
    foot = float(page.mediabox.bottom)

    def piece(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        text = _clean(text)
        if not text.strip():
            return
        x, y = cm[0] * tm[4] + cm[2] * tm[5] + cm[4], cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
        scale = math.hypot(cm[0] * tm[2] + cm[2] * tm[3], cm[1] * tm[2] + cm[3] * tm[3])
        size = round(abs(size) * scale, 1) or 1.0
        bold = bool(_BOLD.search(str((font or {}).get("/BaseFont", ""))))
        last = found[-1] if found else None
        if last is not None and abs(last.y - y) <= 0.4 * max(last.size, size) and x >= last.x:
            gap = " " if not (last.text.endswith(" ") or text.startswith(" ")) and x - last.x > size else ""
            wider = size if len(text.strip()) > len(last.text.strip()) else last.size
            alone = bool(re.fullmatch(r"\d{1,3}[.)]?", last.text.strip())) and x - last.x > size
            found[-1] = replace(
                last, text=last.text + gap + text, size=wider, bold=last.bold and bold, number=last.number or alone
            )
        else:
            found.append(_Line(text, number, x, y, size, bold, (y - foot) / high))

    page.extract_text(orientations=(0,), visitor_text=piece)
    return [replace(line, text=" ".join(_HAN_GAP.sub("", line.text).split())) for line in found]


def _clean(text: str) -> str:
    """Undo what typesetting does to letters: ligatures, radicals in place of characters, odd spaces."""
    text = re.sub("[\ufb00-\ufb06\u2f00-\u2fdf\u2ea0-\u2ef3]", lambda m: unicodedata.normalize("NFKC", m.group()), text)
    return re.sub("[\u200b-\u200d\u2060\ufeff]", "", re.sub("[\u00a0\u2000-\u200a\u202f\n\r\t]", " ", text))


# --- what is not part of the text --------------------------------------------------------------------------


def _without_furniture(pages: Sequence[Sequence[_Line]]) -> list[_Line]:
    """Drop page numbers, what repeats at the head and foot of pages, and small print in the margins."""
    lines = [line for page in pages for line in page]
    body = _body_size(lines)
    written = sum(bool(page) for page in pages)
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for line in lines:
        if _at_edge(line):
            seen[_key(line)].add(line.page)

    def furniture(line: _Line) -> bool:
        if not _at_edge(line):
            return False
        margin = line.height < 0.08 or line.height > 0.92
        if margin and (_PAGE_NUMBER.match(line.text) or line.size <= 0.85 * body):
            return True
        if _BULLET.match(line.text):
            return False
        pages_with = len(seen[_key(line)])
        return pages_with > 1 and pages_with * 2 >= written

    return [line for line in lines if not furniture(line)]


def _at_edge(line: _Line) -> bool:
    return line.height < 0.12 or line.height > 0.88


def _key(line: _Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.y / 4)


def _body_size(lines: Sequence[_Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


# --- from lines to blocks ----------------------------------------------------------------------------------


def _blocks(lines: Sequence[_Line]) -> Iterator[_Block]:
    body = _body_size(lines)
    large = sorted({round(line.size) for line in lines if _is_large(line, body)}, reverse=True)
    pitch, widest = _pitch(lines), max((_width(line.text) for line in lines), default=1)
    now: _Block | None = None
    indents: list[float] = []
    for line in lines:
        mark = "" if _is_heading(line, body) else _marker(line)
        if not mark and _is_heading(line, body):
            level = min(large.index(round(line.size)) + 1, 5) if _is_large(line, body) else 6
            if now is not None and now.level == level and _near(now.lines[-1], line):
                now.lines.append(line)
                continue
            if now is not None:
                yield now
            now, indents = _Block([line], level=level), []
        elif mark:
            if now is not None:
                yield now
            while indents and line.x < indents[-1] - 3:
                indents.pop()
            if not indents or line.x > indents[-1] + 3:
                indents.append(line.x)
            now = _Block([replace(line, text=mark + _unmarked(line))], depth=len(indents) - 1)
        elif now is not None and not now.level and _continues(now, line, pitch, widest):
            now.lines.append(line)
        else:
            if now is not None:
                yield now
            now, indents = _Block([line]), []
    if now is not None:
        yield now


def _is_large(line: _Line, body: float) -> bool:
    return line.size > 1.12 * body and len(line.text) <= _LONGEST


def _is_heading(line: _Line, body: float) -> bool:
    if _BULLET.match(line.text) or not re.search(r"[^\W\d_]", line.text) or "{#" in line.text:
        return False
    if is_kind(line.text):
        return True
    ends = bool(_SENTENCE_END.search(line.text.rstrip(":：")))
    if _is_large(line, body):
        return not (ends and len(line.text) > _LONGEST // 2)
    numbered = line.number or without_number(line.text) != line.text
    return line.bold and not ends and not numbered and len(line.text) <= _LONGEST // 2 and line.size > 0.9 * body


def _near(above: _Line, line: _Line) -> bool:
    return above.page == line.page and round(above.size) == round(line.size) and 0 < above.y - line.y < 1.6 * line.size


def _marker(line: _Line) -> str:
    """Return what a line of a list begins with in Markdown, or an empty text."""
    if _BULLET.match(line.text):
        return "- "
    return "1. " if line.number or _NUMBERED.match(line.text) else ""


def _unmarked(line: _Line) -> str:
    text = _BULLET.sub("", line.text, count=1)
    if text == line.text:
        text = _NUMBERED.sub("", line.text, count=1)
    return re.sub(r"^\d{1,3}\s+", "", text) if line.number and text == line.text else text


def _pitch(lines: Sequence[_Line]) -> float:
    """Return the usual distance between two lines of one paragraph: the smaller ones of those that occur."""
    gaps = sorted(
        a.y - b.y
        for a, b in itertools.pairwise(lines)
        if a.page == b.page and abs(a.size - b.size) < 0.3 and 0 < a.y - b.y < 3 * a.size
    )
    return gaps[len(gaps) // 5] if gaps else 14.0


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _continues(block: _Block, line: _Line, pitch: float, widest: int) -> bool:
    """Say whether a line goes on with the bullet or paragraph above it."""
    first, last = block.lines[0], block.lines[-1]
    hanging = block.depth >= 0 and line.x > first.x + 3
    open_end = not _SENTENCE_END.search(last.text)
    if last.page != line.page or last.y <= line.y:
        return hanging or (open_end and block.depth < 0) or line.text[:1].islower()
    gap = last.y - line.y
    if gap > 1.7 * max(pitch, line.size) or (block.depth >= 0 and line.x < first.x - 3):
        return False
    if hanging and gap <= 1.4 * pitch:
        return True
    if line.text[:1].islower() or last.text.endswith((",", "，", "、", "-")):
        return True
    return gap <= 1.3 * pitch and _width(last.text) >= 0.55 * widest


def _written(block: _Block) -> str:
    """Return a block as one line of Markdown."""
    texts = [block.lines[0].text]
    for line in block.lines[1:]:
        if re.search(r"[^\W\d_][-\u00ad\u2010]$", texts[-1]) and line.text[:1].islower():
            texts[-1] = texts[-1][:-1] + line.text
        else:
            texts.append(line.text)
    # A line of the text that begins with a dash is no bullet here: those were told above.
    text = harmless(joined([t.removeprefix("- ") if n else t for n, t in enumerate(texts)])).replace("\u00ad", "")
    if block.level:
        return f"{'#' * block.level} {text}"
    if block.depth >= 0:
        return "  " * block.depth + text
    return re.sub(r"^([|#>]+)", "", text).lstrip()
