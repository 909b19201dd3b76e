"""HTML as Markdown. ``markdownify`` writes the lists, headings and tables; what is not the page's own text goes first.

Not by an extractor of articles: on short pages those drop headings, and sometimes a list, which here is a lost rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from memory.base import IngestError
from memory.extract import Extracted, harmless
from memory.markdown import wide

#: Never part of what a page says.
_NEVER = (
    "script", "style", "noscript", "template", "svg", "img", "picture", "iframe", "object", "dialog",
    "button", "input", "select", "textarea",
)  # fmt: skip
#: Around what a page says.
_AROUND = ("nav", "header", "footer", "aside")
_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary", "alert", "dialog")
_BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "td", "th", "div", "section", "blockquote", "dd")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: Before a block's first word: the line it stands on, in characters that no text uses.
_MARK = re.compile("\ue000(\\d+)\ue001")
#: The parser warns of what looks like XML or like a file's name.
_PROLOG = re.compile(r"^\s*(?:<\?xml[^>]*>)?")
_END = re.compile(r"[.!?。！？;；]\W*$")
#: Longest bold paragraph that is taken for a heading, in characters.
_SHORT = 60


def from_html(text: str, name: str, *, ordinal: bool = False) -> Extracted:
    """Return a page as Markdown, each line with its line in the source, or with ``ordinal`` its place in the order.

    Raises IngestError for a page that cannot be taken apart.
    """
    try:
        markdown = _converter()(
            heading_style="atx", bullets="-", escape_asterisks=False, escape_underscores=False, escape_misc=False,
            autolinks=False, strong_em_symbol="", sub_symbol="", sup_symbol="", bs4_options="html.parser",
        ).convert(_PROLOG.sub("<!doctype html>", re.sub("[\ue000\ue001]", "", text), count=1))  # fmt: skip
    except RecursionError:
        raise IngestError("This page is nested too deeply.", name, 1, next_step="Save it as Markdown.") from None
    lines: list[str] = []
    places: list[int] = []
    last = count = 0
    for line in markdown.splitlines():
        marks = _MARK.findall(line)
        line = harmless(_MARK.sub("", line)).rstrip()
        if marks and line.strip():
            count += 1
            last = count if ordinal else int(marks[0])
        lines.append(line)
        places.append(max(last, 1))
    return Extracted(tuple(lines), tuple(places))


def _converter() -> type[Any]:
    from markdownify import MarkdownConverter

    class Cleaned(MarkdownConverter):
        def convert_soup(self, soup: Any) -> str:
            return str(super().convert_soup(_prepared(soup)))

        def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
            href = str(el.get("href") or "")
            plain = _MARK.sub("", text).strip()
            return f"[{text}]({href})" if re.match(r"https?://", href) and plain not in ("", href) else text

        def convert_pre(self, el: Any, text: str, parent_tags: Any) -> str:
            return ""

        def convert_code(self, el: Any, text: str, parent_tags: Any) -> str:
            return text

    return Cleaned


def _prepared(soup: Any) -> Any:
    _without(soup, lambda t: t.name in _NEVER or _is_hidden(t) or (t.name == "form" and not t(["h1", "h2", "h3"])))
    root = _main(soup)
    for table in root("table"):
        _with_head(table)
    for tag in root("dl"):
        _as_list(soup, tag)
    for tag in root("p"):
        if _is_heading(tag):
            tag.name = "h6"
    for text in root(string=re.compile(r"\n")):
        if text.find_parent("pre") is None:
            text.replace_with(_unwrapped(str(text)))
    for tag in root(_BLOCKS):
        first = next((c for c in tag.children if c.name or str(c).strip()), None)
        if tag.sourceline is not None and (first is None or first.name not in (*_BLOCKS, "ul", "ol", "table")):
            tag.insert(0, f"\ue000{tag.sourceline}\ue001")
    return root


def _is_hidden(tag: Any) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN.search(str(tag.get("style") or "")))


def _main(soup: Any) -> Any:
    """Return the part of the page that holds what it says."""
    mains = soup(lambda t: t.name == "main" or t.get("role") == "main")
    if len(mains) == 1:
        return mains[0]
    articles = soup("article")
    if not mains and len(articles) == 1:
        return articles[0]
    root = soup.body or soup
    _without(root, lambda t: t.name in _AROUND or t.get("role") in _ROLES)
    return root


def _without(root: Any, unwanted: Callable[[Any], bool]) -> None:
    for tag in root(unwanted):
        if not tag.decomposed:
            tag.decompose()


def _with_head(table: Any) -> None:
    """Make a first row that is bold throughout the names of the columns."""
    row = table.find("tr")
    cells = row(["td", "th"]) if row is not None else []
    if not table("th") and cells and all(_bold(cell) for cell in cells):
        for cell in cells:
            cell.name = "th"


def _bold(tag: Any) -> bool:
    bold = "".join(t.get_text() for t in tag(["strong", "b"]) if t.find_parent(["strong", "b"]) is None)
    return bool(bold.strip()) and bold.strip() == tag.get_text().strip()


def _as_list(soup: Any, terms: Any) -> None:
    """Turn a list of terms into bullets ``term: meaning``, which Markdown has no other way to say."""
    term = ""
    made = []
    for tag in terms(["dt", "dd"]):
        if tag.name == "dt":
            term = tag.get_text(" ", strip=True).rstrip(":：")
        else:
            tag.name = "li"
            tag.insert(0, f"{term}: " if term else "")
            made.append(tag)
    for tag in terms(["dt"]):
        tag.decompose()
    if made:
        terms.name = "ul"


def _is_heading(paragraph: Any) -> bool:
    """Say whether a paragraph is a heading in all but name: short, bold throughout, and no sentence."""
    if paragraph.find_parent(["li", "td", "th", "blockquote"]) is not None:
        return False
    text = paragraph.get_text().strip()
    return len(text) <= _SHORT and not text.startswith("#") and not _END.search(text) and _bold(paragraph)


def _unwrapped(text: str) -> str:
    """Join source lines: between two Han characters there is no space."""

    def join(found: re.Match[str]) -> str:
        before, after = text[max(found.start() - 1, 0) : found.start()], text[found.end() : found.end() + 1]
        return "" if before and after and wide(before) and wide(after) else " "

    return re.sub(r"[ \t\r]*\n\s*", join, text)
