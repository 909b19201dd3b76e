"""Turn the HTML that a Mastodon server hands out into the text that a reader sees."""

from __future__ import annotations

from html.parser import HTMLParser

#: Nothing inside is shown.
_HIDDEN = {"script", "style", "head", "template"}
_BLOCKS = {"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}


def text_of(html: str) -> str:
    """Return the text of a status: paragraphs a line apart, links in full.

    Mastodon hides both ends of a long address in ``invisible`` spans: here the whole address is wanted, as it was
    written. Where an address and its words differ, both are told: what is pressed is not what is read. A server of
    4.5 writes ``RE:`` before a quote for older ones, in ``quote-inline``, which readers of Mastodon do not see.
    https://docs.joinmastodon.org/spec/activitypub/#sanitization (read 2026-11-22)
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._said: list[str] = []
        #: What is open: (tag, whether its words are left out).
        self._open: list[tuple[str, bool]] = []
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._add("\n")
            return
        if tag in ("img", "hr", "wbr", "input", "meta", "link"):
            # A picture of a custom emoji says its name.
            self._add(dict(attrs).get("alt") or "")
            return
        kept = {name: value or "" for name, value in attrs}
        classes = kept.get("class", "").split()
        self._open.append((tag, tag in _HIDDEN or "quote-inline" in classes))
        if tag in _BLOCKS:
            self._gap("\n\n")
        elif tag == "li":
            self._gap("\n")
            self._add("- ")
        elif tag == "a" and not {"mention", "hashtag"} & set(classes) and not any(hidden for _, hidden in self._open):
            self._link = (kept.get("href", ""), len(self._said))

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self._open):
            return
        while self._open.pop()[0] != tag:
            continue
        if tag in _BLOCKS:
            self._gap("\n\n")
        elif tag == "a" and self._link:
            (href, start), self._link = self._link, None
            words = "".join(self._said[start:])
            if not _same(words, href):
                shortened = words.rstrip("… .") and _bare(href).startswith(_bare(words.rstrip("…").rstrip(".")))
                self._said[start:] = [href] if shortened or not words.strip() else [f"{words} ({href})"]

    def handle_data(self, data: str) -> None:
        # Line breaks of the source are spaces, except in <pre>.
        within = any(name == "pre" for name, _ in self._open)
        self._add(data if within else data.replace("\n", " "))

    def _add(self, words: str) -> None:
        if words and not any(hidden for _, hidden in self._open):
            self._said.append(words)

    def _gap(self, wanted: str) -> None:
        if any(said.strip() for said in self._said):
            self._add(wanted)

    def text(self) -> str:
        lines = [line.strip() for line in "".join(self._said).split("\n")]
        kept: list[str] = []
        for line in lines:
            if line or (kept and kept[-1]):
                kept.append(line)
        return "\n".join(kept).strip()


def _bare(address: str) -> str:
    return address.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.")


def _same(words: str, href: str) -> bool:
    """Say whether a link shows its own address; a safe scheme left out, or a slash at the end, is no difference."""
    return not href.startswith(("http://", "https://")) or _bare(words).rstrip("/") == _bare(href).rstrip("/")
