"""A link card out of a page: its title, its description and its picture, read once when a person asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from bot.app import App
from bot.checks.links import allowed
from bot.domain.brand import Brand
from bot.domain.draft import Card, Finding, Media, Severity
from bot.errors import BadInput, SignoffError
from bot.words import say

#: What is taken of a page; longer than platforms show.
_TITLE, _DESCRIPTION = 300, 1000
#: By what a page says of itself, the best first. https://ogp.me (read 2026-11-22)
_NAMES = {
    "title": ("og:title", "twitter:title", "title"),
    "description": ("og:description", "twitter:description", "description"),
    "picture": ("og:image:secure_url", "og:image:url", "og:image", "twitter:image"),
}


@dataclass(frozen=True)
class Made:
    """A card, and what is to be said of it."""

    card: Card
    remarks: tuple[Finding, ...] = ()


def read(app: App, brand: Brand, account: str, given: str, picture: Path | None = None) -> Made:
    """Return the card of a page of the brand's own. ``picture`` is used in place of the page's.

    Raises BadInput for an address that the brand may not link to or a page without a title; PageUnreachable.
    """
    from bot.brand_folder import fetching, pages

    url, why = pages.tidy(given)
    if why:
        raise BadInput(why, next_step=say("Give the address as it stands in the text, with https://."))
    _listed(url, brand)
    page = fetching.fetch(url, app.clock.now())
    if page.suffix != ".html":
        raise BadInput(say("{url} is no web page: it has no title to show.", url=url), next_step=_by_hand())
    said = _said(page.body, page.charset)
    title = _first(said, "title", _TITLE)
    if not title:
        raise BadInput(say("The page {url} has no title.", url=url), next_step=_by_hand())
    card, remarks = Card(given.strip(), title, _first(said, "description", _DESCRIPTION)), []
    shown: Media | None = None
    try:
        if picture is not None:
            shown = app.media.add(picture, "")
        elif source := _first(said, "picture", 2000):
            shown = _picture(app, brand, urljoin(url, source))
        shown = _fitted(app, account, shown) if shown else None
    except SignoffError as no:
        if picture is not None:
            raise
        message = say("The link card has no picture: {why}", why=no.message)
        remarks.append(Finding("platform", Severity.NOTE, message, fix=say("Give one with --card-picture FILE.")))
    return Made(replace(card, picture=shown), tuple(remarks))


def _listed(url: str, brand: Brand) -> None:
    host = urlsplit(url).hostname or ""
    if not allowed(host, brand.link_hosts):
        raise BadInput(
            say("The link to {host} is not on the brand's list.", host=host),
            next_step=say("Use one of the brand's hosts ({known}), or add it to link_hosts in brand.yaml.",
                          known=", ".join(brand.link_hosts) or "-"),
        )  # fmt: skip


def _by_hand() -> str:
    return say("Leave the card out: the link stays a link.")


def _picture(app: App, brand: Brand, url: str) -> Media:
    """Fetch the picture that a page names, from one of the brand's own hosts."""
    from bot.brand_folder import fetching, pages

    url, why = pages.tidy(url)
    if why:
        raise BadInput(why)
    _listed(url, brand)
    copy = fetching.fetch(url, app.clock.now(), kinds=fetching.PICTURES)
    return app.media.take(copy.body, "", f"picture{copy.suffix}")


def _fitted(app: App, account: str, picture: Media) -> Media:
    platform = app.desk.platform_class(account.partition(":")[0])
    with app.db.read() as conn:
        limits = app.desk.limits(conn, account)
    most = min(limits.image_bytes, limits.card_bytes or limits.image_bytes)
    return app.media.fit(picture, replace(limits, image_bytes=most), platform.label)


class _Reader(HTMLParser):
    """Collect what the head of a page says of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title" and "title" not in self.said
        if tag == "meta":
            name = (fields.get("property") or fields.get("name") or "").strip().lower()
            if name and name != "title":
                self.said.setdefault(name, fields.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.said["title"] = self.said.get("title", "") + data


def _said(body: bytes, charset: str) -> dict[str, str]:
    declared = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", body[:4096], re.IGNORECASE)
    name = charset or (declared[1].decode("ascii") if declared else "utf-8")
    try:
        text = body.decode(name, "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    reader = _Reader()
    reader.feed(text)
    return reader.said


def _first(said: dict[str, str], what: str, most: int) -> str:
    for name in _NAMES[what]:
        if text := " ".join(said.get(name, "").split()):
            return text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return ""
