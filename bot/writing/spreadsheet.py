"""CSV files as people save them: UTF-8 with or without BOM, UTF-16, GB 18030 or Windows-1252; commas, semicolons, tabs.

Cells are text and nothing else: what begins like a formula is never worked out.
"""

from __future__ import annotations

import codecs
import csv
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from bot.errors import BadInput
from bot.words import say

#: What each column may be called, besides its own name.
NAMES = {
    "account": ("account", "账号", "帐号"),
    "when": ("when", "time", "at", "时间", "发布时间"),
    "zone": ("zone", "timezone", "time zone", "时区"),
    "text": ("text", "post", "正文", "内容", "文案"),
    "media": ("media", "image", "picture", "图片", "媒体"),
    "alt": ("alt", "alt text", "替代文字", "图片说明"),
    "kind": ("kind", "类型"),
    "language": ("language", "语言"),
}
NEEDED = ("account", "when", "text")
#: More rows, or bytes, are not read: one file is one transaction.
MOST_ROWS, MOST_BYTES = 20_000, 50_000_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CELL = 200_000
#: Line breaks within a heading that are put up with, and broken lines that are named.
_HEAD, _TOLD = 20, 10


@dataclass(frozen=True)
class Row:
    """One row with something in it, by the number that a spreadsheet shows beside it: the heading is 1."""

    n: int
    cells: dict[str, str]
    #: Cells beyond the last heading, or too few: the row is out of step.
    crooked: bool = False


@dataclass(frozen=True)
class Sheet:
    """A CSV file, open to be read row by row."""

    path: Path
    encoding: str
    delimiter: str
    #: By place: the name of each column, empty for one that is not read.
    columns: tuple[str, ...]
    #: Headings of the columns that are not read.
    unread: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty. Raises BadInput where the file breaks off within quotes or is too long."""
        with _open(self.path, self.encoding) as file:
            reader, n = _reader(file, self.delimiter), 0
            try:
                for n, cells in enumerate(reader, 1):
                    if n > MOST_ROWS + 1:
                        raise BadInput(
                            say("The file has more than {n} rows.", n=MOST_ROWS), next_step=say("Split it in two.")
                        )
                    # The heading, and before it the line with which Excel is told of the delimiter.
                    if n <= _heading(self.path, self.encoding) or not any(map(str.strip, cells)):
                        continue
                    named: dict[str, str] = {}
                    for name, cell in zip(self.columns, cells, strict=False):
                        if name:
                            named[name] = cell.replace("\r\n", "\n").strip()
                    crooked = len(cells) != len(self.columns) and any(c.strip() for c in cells[len(self.columns) :])
                    yield Row(n, named, crooked)
            except csv.Error as error:
                raise BadInput(
                    say("Row {n} of {file} cannot be read: {why}.", n=n + 1, file=self.path.name, why=error),
                    next_step=say("Look for a quotation mark that is not closed there."),
                ) from None


def read(path: Path) -> Sheet:
    """Open a CSV file. Raises BadInput for what is no CSV file, and for missing or doubled columns."""
    encoding = encoding_of(path)
    with _open(path, encoding) as file:
        first = file.readline(_CELL)
        told = first.strip().lower()
        delimiter = told[4:5] if told.startswith("sep=") else ""
        head = file.readline(_CELL) if delimiter else first
        # A heading may have a line break within its quotation marks.
        for _ in range(_HEAD):
            if head.count('"') % 2 == 0 or not (more := file.readline(_CELL)):
                break
            head = head.rstrip("\r\n") + " " + more
    if not head.strip():
        raise BadInput(say("{file} is empty.", file=path.name), next_step=_wanted())
    best = delimiter or max(",;\t|", key=lambda d: len(set(map(_named, _cells(head, d))) - {""}))
    headings = [h.strip() for h in _cells(head, best)]
    if not headings:
        raise BadInput(say("The heading of {file} cannot be read.", file=path.name),
                       next_step=say("Look for a quotation mark that is not closed there."))  # fmt: skip
    columns = [_named(h) for h in headings]
    for name in NEEDED:
        if name not in columns:
            near = difflib.get_close_matches(name, [h.lower() for h in headings], 1)
            raise BadInput(
                say("{file} has no column {name!r}.", file=path.name, name=name),
                next_step=say("Rename {heading!r}.", heading=near[0]) if near else _wanted(),
            )
    twice = next((c for c in columns if c and columns.count(c) > 1), "")
    if twice:
        raise BadInput(
            say("{file} has the column {name!r} twice.", file=path.name, name=twice),
            next_step=say("Remove one of them."),
        )
    unread = tuple(h for h, c in zip(headings, columns, strict=True) if h and not c)
    return Sheet(path, encoding, best, tuple(columns), unread)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def formula(cell: str) -> bool:
    """Say whether a spreadsheet would have worked a cell out: ``=SUM(A1)``, not ``-20 %`` or ``@name``."""
    return cell[:1] == "=" or (
        cell[:1] in "+-@" and "(" in cell[:24] and cell[1:2].isalpha() and cell[1:].find("(") > 0
    )


def _wanted() -> str:
    return say("Its first row names the columns: account, when, text; also zone, text2, media, alt, kind, language.")


def _named(heading: str) -> str:
    """Return the column that a heading means, empty for none: ``text2`` and ``text 2`` are parts of a thread."""
    plain = heading.strip().strip("\ufeff").lower()
    number = plain.rstrip("0123456789")
    name = next((name for name, known in NAMES.items() if plain in known), "")
    if (
        not name
        and number != plain
        and number.strip(" _") in NAMES["text"]
        and 2 <= int(plain[len(number) :][:3]) <= 50
    ):
        return f"text{int(plain[len(number) :])}"
    return "text" if plain == "text1" else name


def _heading(path: Path, encoding: str) -> int:
    """Return how many rows stand before the first row of data."""
    with _open(path, encoding) as file:
        return 2 if file.readline(8).strip().lower().startswith("sep=") else 1


def _reader(lines: TextIO | Iterator[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_CELL)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _cells(head: str, delimiter: str) -> list[str]:
    """Return the cells of a heading, none where it cannot be divided so: quotation marks that are not closed."""
    try:
        return next(_reader(iter([head]), delimiter), [])
    except csv.Error:
        return []


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")


def encoding_of(path: Path) -> str:
    """Return how the file is written. Raises BadInput where it is no text."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise BadInput(
            say("{file} cannot be read: {why}.", file=path, why=error.strerror or error),
            next_step=say("Look at the path."),
        ) from None
    save = say("In the spreadsheet, save it as CSV UTF-8.")
    if data is None:
        raise BadInput(say("{file} is larger than 50 MB.", file=path.name), next_step=say("Split it in two."))
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise BadInput(say("{file} is an Excel workbook, not a CSV file.", file=path.name), next_step=save)
    for bom, name in _BOMS:
        if data.startswith(bom):
            return _checked(data, name, path, save)
    if b"\x00" in data[:4096]:
        # Without a mark, UTF-16 of a heading in Latin letters has a zero in every second byte.
        even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
        return _checked(data, "utf-16-le" if odd > even else "utf-16-be", path, save)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        _nearly(data, path, save)
        return _checked(data, _older(data), path, save)
    return "utf-8"


def _nearly(data: bytes, path: Path, save: str) -> None:
    """Refuse UTF-8 with a few broken bytes: read as anything else, every accent would be wrong.

    What is written otherwise holds hardly anything that reads as UTF-8: of 50 lines in Chinese a third, of fewer less
    than all.
    """
    broken = data.decode("utf-8", "replace")
    wrong = broken.count("\ufffd")
    right = sum(ord(c) > 127 for c in broken) - wrong
    if right > wrong:
        lines = [str(n) for n, line in enumerate(broken.split("\n"), 1) if "\ufffd" in line]
        if len(lines) == 1:
            said = say("Line {n} of {file} holds bytes that are not text.", n=lines[0], file=path.name)
        else:
            named = ", ".join(lines[:_TOLD]) + (", …" if lines[_TOLD:] else "")
            said = say("Lines {lines} of {file} hold bytes that are not text.", lines=named, file=path.name)
        raise BadInput(said, next_step=save)


def _checked(data: bytes, encoding: str, path: Path, save: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise BadInput(say("{file} holds bytes that are not text.", file=path.name), next_step=save)
    return encoding


def _older(data: bytes) -> str:
    """Tell Chinese Excel's GB 18030 from Western Excel's Windows-1252: by whether it reads as Chinese."""
    try:
        others = [c for c in data.decode("gb18030") if ord(c) > 127]
    except UnicodeDecodeError:
        return "cp1252"
    chinese = sum("\u4e00" <= c <= "\u9fff" or c in "，。！？、：；“”‘’（）《》…—　￥" for c in others)
    return "gb18030" if chinese * 10 >= len(others) * 8 else "cp1252"
