"""The little of Markdown that guidelines use: headings, lists, paragraphs and tables, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from memory.base import IngestError

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_BULLET = re.compile(r"^(\s*)(?:[-*+•]|\d{1,3}[.)、])\s+(.*)$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_RULE = re.compile(r"^\s*([-*_])(?:\s*\1){2,}\s*$")
_TABLE_LINE = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")


@dataclass(frozen=True)
class Block:
    """One bullet, paragraph or table row."""

    text: str
    #: Line of its first word, counted from 1.
    line: int
    heading: tuple[str, ...] = ()


@dataclass
class _Section:
    heading: tuple[str, ...] = ()
    bullets: list[Block] = field(default_factory=list)
    paragraphs: list[Block] = field(default_factory=list)


def front_matter(lines: Sequence[str], file: str) -> tuple[dict[str, str], Sequence[str], int]:
    """Split off ``key: value`` lines between two ``---``; return them, the other lines, and the first one's number.

    Raises IngestError when the second ``---`` is missing.
    """
    if not lines or lines[0].strip() != "---":
        return {}, lines, 1
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        raise IngestError("The front matter is not closed.", file, 1, next_step="Add a line `---` below it.")
    pairs = (line.split(":", 1) for line in lines[1:end] if ":" in line)
    return {k.strip().lower(): v.strip().strip("\"'") for k, v in pairs}, lines[end + 1 :], end + 2


def blocks(lines: Sequence[str], first: int = 1) -> list[Block]:
    """Return what the sections say, in order: their bullets and table rows, or their paragraphs if they have none.

    A bullet includes its wrapped lines and the bullets nested below it, because those only make sense together.
    """
    found: list[Block] = []
    for section in _sections(_visible(lines, first)):
        found += section.bullets or section.paragraphs
    return found


def _visible(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Yield numbered lines, blank where a comment or code block stands."""
    comment = False
    fence = ""
    for number, line in enumerate(lines, first):
        if not comment and (mark := _FENCE.match(line)):
            if not fence or fence == mark.group(1):
                fence = "" if fence else mark.group(1)
            yield number, ""
            continue
        if fence:
            yield number, ""
            continue
        out = ""
        while line:
            if comment:
                _, closed, line = line.partition("-->")
                comment = not closed
            else:
                before, comment_start, line = line.partition("<!--")
                out += before
                comment = bool(comment_start)
        yield number, out


def _sections(lines: Iterator[tuple[int, str]]) -> list[_Section]:
    sections = [_Section()]
    path: list[tuple[int, str]] = []
    columns: list[str] | None = None
    open_: list[tuple[int, str]] = []  # lines of the block being read
    indent = -1  # of the bullet being read; -1 in a paragraph

    def close() -> None:
        nonlocal indent
        if open_:
            section = sections[-1]
            text = joined([part for _, part in open_])
            (section.bullets if indent >= 0 else section.paragraphs).append(Block(text, open_[0][0], section.heading))
        open_.clear()
        indent = -1

    blank = False
    for number, line in lines:
        if heading := _HEADING.match(line):
            close()
            level = len(heading.group(1))
            path = [(depth, name) for depth, name in path if depth < level] + [(level, heading.group(2))]
            sections.append(_Section(tuple(name for _, name in path)))
        elif not line.strip() or _RULE.match(line):
            if indent < 0 or _RULE.match(line):
                close()
            columns = None
            blank = True
            continue
        elif line.lstrip().startswith("|"):
            close()
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if columns is None:
                columns = cells
            elif not _TABLE_LINE.match(line):
                text = "; ".join(f"{c}: {cell}" if c else cell for c, cell in zip(columns, cells, strict=False) if cell)
                sections[-1].bullets.append(Block(text, number, sections[-1].heading))
        elif bullet := _BULLET.match(line):
            depth = len(bullet.group(1).expandtabs(4))
            if indent >= 0 and depth > indent + 1:
                open_.append((number, "- " + bullet.group(2)))
            else:
                close()
                indent = depth
                open_.append((number, bullet.group(2)))
        else:
            # After a blank line only an indented line still belongs to the bullet.
            if blank and indent >= 0 and not line[:1].isspace():
                close()
            open_.append((number, line.strip().removeprefix(">").strip()))
        blank = False
    close()
    return sections


def joined(parts: Sequence[str]) -> str:
    """Join wrapped lines; no space between two Han characters, and nested bullets keep their own line."""
    text = ""
    for part in (p.strip() for p in parts):
        if part.startswith("- ") and text:
            text += "\n" + part
        elif text and not (wide(text[-1]) and part and wide(part[0])):
            text += " " + part
        else:
            text += part
    return text.strip()


def wide(character: str) -> bool:
    """Say whether a character is written without a space to its neighbours: Han, and East Asian punctuation."""
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
