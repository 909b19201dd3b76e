"""What networks do to a text before they hand it back, and how to know one's own words again all the same."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

#: Letters of a short link.
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: A link with its scheme; or a bare host under an ending that is common, which some networks press as well.
_LINK = re.compile(
    r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9/_=&#~-]"
    r"|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|cn|de|app|dev|shop|example)(?![\w.-])(?:/[^\s，。！？]*[\w/=-])?",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"(?<![\w@/])(@[A-Za-z0-9_]+)@[A-Za-z0-9.-]*[A-Za-z0-9]")


@dataclass(frozen=True)
class Habit:
    """How one network treats what it is given."""

    #: Text as sent, whether pictures go with it -> text as handed back.
    shown: Callable[[str, bool], str]
    #: Seconds for which an idempotency key is remembered; None is for good.
    key_life: float | None = None


def _x(text: str, media: bool) -> str:
    """X wraps every link in t.co, escapes & < and >, and ends a post with media in one more link.

    https://docs.x.com/x-api/fundamentals/counting-characters and
    https://docs.x.com/fundamentals/entities (read 2026-11-22)
    """
    wrapped = _LINK.sub(lambda link: _short(text, link.group()), text.strip())
    return html.escape(wrapped, quote=False) + (f" {_short(text, 'media')}" if media else "")


def _short(text: str, link: str) -> str:
    mark = hashlib.sha256(f"{link}\n{text}".encode()).digest()
    return "https://t.co/" + "".join(_LETTERS[byte % len(_LETTERS)] for byte in mark[:10])


def _mastodon(text: str, media: bool) -> str:
    """Mastodon trims, and a mention in what it shows has no domain.

    https://docs.joinmastodon.org/user/posting/ (read 2026-11-22)
    """
    lines = [" ".join(line.split()) for line in text.strip().split("\n")]
    return _DOMAIN.sub(r"\1", re.sub(r"\n{3,}", "\n\n", "\n".join(lines)))


def _as_it_is(text: str, media: bool) -> str:
    return text


#: Others hand back what they got. Mastodon keeps an Idempotency-Key for an hour:
#: https://docs.joinmastodon.org/methods/statuses/#create (read 2026-11-22)
HABITS = {"x": Habit(_x), "mastodon": Habit(_mastodon, key_life=3600.0)}
PLAIN = Habit(_as_it_is)


def habit(platform_id: str) -> Habit:
    """Return the habits of a network; those of one that changes nothing where none are known."""
    return HABITS.get(platform_id, PLAIN)


def normal(text: str) -> str:
    """Return a text with what networks change made equal: composition, spaces, links, domains of mentions."""
    text = unicodedata.normalize("NFC", text)
    return " ".join(_DOMAIN.sub(r"\1", _LINK.sub("https://link", text)).split())


def same(ours: str, theirs: str, *, media: bool = False) -> bool:
    """Say whether ``theirs`` is what a network made of ``ours``; with media it may have one link more at its end."""
    wanted = {normal(ours), f"{normal(ours)} https://link".strip() if media else normal(ours)}
    # Some escape the signs of HTML: ours never are, so that "&amp;" in our own words stays what it is.
    return normal(theirs) in wanted or normal(html.unescape(theirs)) in wanted
