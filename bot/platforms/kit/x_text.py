"""Count a text as X counts it, find its links and cashtags, and know it again after X has rewritten it.

Rules: https://docs.x.com/fundamentals/counting-characters (read 2026-11-22) and X's own library twitter-text, version 3
of its configuration: 1 for most of the Latin, Greek, Cyrillic, Arabic and Indic blocks, 2 for everything else, 2 for an
emoji however long, 23 for a link, each after normalisation to NFC and with one character for a line's end.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.platforms.kit.x_emoji import sequences
from bot.platforms.kit.x_tld import COUNTRIES, GENERIC

LINK = 23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
#: Emoji of one code point among those that would count 1.
_HEAVY = "©®"

_LATIN = (
    "\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u00ff\\u0100-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263"
    "\\u0268\\u026f\\u0272\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff"
)
_CYRILLIC = "\\u0400-\\u04ff"
_DIRECTION = "\\u202a-\\u202e\\u061c\\u200e\\u200f\\u2066-\\u2069"
_BROKEN = "\\ufffe\\ufeff\\uffff"
_SPACES = "\\u0009-\\u000d \\u0085\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
#: What a name of a host is not made of; hyphens and low lines stand inside it only.
_NOT_HOST = rf"!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~${_SPACES}{_BROKEN}{_DIRECTION}"
_HOST = rf"[^{_NOT_HOST}]"
_QUERY = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"
#: An address at t.co has nothing but a short name.
_OWN_LENGTH, _LONGEST = 40, 4096


@dataclass(frozen=True)
class Link:
    """An address in a text: what X shortens, and where it begins."""

    url: str
    start: int


def weighted(text: str) -> int:
    """Return the length of ``text`` in X's counting."""
    text = _plain(text)
    links = {link.start: len(link.url) for link in links_in(text, plain=True)}
    emoji, size, at = _emoji(text), 0, 0
    while at < len(text):
        if at in links:
            size, at = size + LINK, at + links[at]
        elif at in emoji:
            size, at = size + 2, at + emoji[at]
        else:
            size, at = size + (1 if any(a <= ord(text[at]) <= b for a, b in _LIGHT) else 2), at + 1
    return size


def links_in(text: str, *, plain: bool = False) -> list[Link]:
    """Return the addresses that X turns into links, also those without ``https://``."""
    text = text if plain else _plain(text)
    found: list[Link] = []
    if "." not in text:
        return found
    for match in _pattern().finditer(_without_hopeless(text)):
        protocol, host, start = match["protocol"], match["host"], match.start("url")
        url = text[start : match.end("url")]
        if not _is_address(url, protocol, host):
            continue
        if protocol:
            own = _short().match(url)
            if own and len(own["name"]) > _OWN_LENGTH:
                continue
            found.append(Link(own.group() if own else url, start))
        elif match["before"] not in ("-", "_", ".", "/"):
            found += _bare(match, url, start)
    return found


def _without_hopeless(text: str) -> str:
    """Blunt the points between words that lead to no top-level domain: else ``a.a.a.a`` would be tried from each point.

    ``!`` is, like a point, nothing that a host holds or an address ends with.
    """
    chain, ending = _chain(), _ending()

    def blunt(match: re.Match[str]) -> str:
        end = ending.search(text, match.start())
        return match.group() if end and end.start() < match.end() else match.group().replace(".", "!")

    return chain.sub(blunt, text)


def _bare(match: re.Match[str], url: str, start: int) -> list[Link]:
    """Return the hosts of an address without a protocol: Latin letters only, the path belongs to the last one."""
    host = match["host"]
    hosts = [Link(found.group(), start + found.start()) for found in _latin_host().finditer(host)]
    if hosts and match["path"]:
        hosts[-1] = Link(url.replace(host, hosts[-1].url), hosts[-1].start)
    return hosts


def _is_address(url: str, protocol: str | None, host: str) -> bool:
    try:
        ascii_host = host.encode("idna")
    except UnicodeError:
        return False
    size = len(protocol or "https://") + len(url) - len(host) + len(ascii_host)
    return 0 < len(ascii_host) and size <= _LONGEST


@cache
def _pattern() -> re.Pattern[str]:
    path = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
    nested = rf"\((?:{path}+|{path}*\({path}+\){path}*)\)"
    ending = rf"(?:[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]|{nested})"
    piece = rf"(?:{path}*(?:{nested}{path}*)*{ending}|@{path}+/)"
    sub, name = rf"{_HOST}(?:[_\-]|{_HOST})*", rf"{_HOST}(?:-|{_HOST})*"
    return re.compile(
        rf"(?P<before>[^A-Za-z0-9@＠$#＃{_BROKEN}]|[{_DIRECTION}]|^)"
        rf"(?P<url>(?P<protocol>https?://)?"
        rf"(?P<host>(?:(?:{sub})?{_HOST}\.)*(?:(?:{name})?{_HOST}\.)(?:{_ends()}))"
        rf"(?::[0-9]+)?(?P<path>/{piece}*)?(?:\?{_QUERY})?)",
        re.IGNORECASE,
    )


@cache
def _chain() -> re.Pattern[str]:
    label = rf"{_HOST}(?:[_\-]*{_HOST})*+"
    return re.compile(rf"(?<![\w.\-]){label}(?:\.{label})++")


@cache
def _ending() -> re.Pattern[str]:
    return re.compile(rf"\.(?:{_ends()})", re.IGNORECASE)


@cache
def _latin_host() -> re.Pattern[str]:
    return re.compile(rf"(?:[\-a-z0-9{_LATIN}]+\.)+(?:{_ends()})", re.IGNORECASE)


@cache
def _short() -> re.Pattern[str]:
    return re.compile(rf"https?://t\.co/(?P<name>[a-z0-9]+)(?:\?{_QUERY})?", re.IGNORECASE)


def _ends() -> str:
    listed = "|".join(f"(?:{'|'.join(names)})(?=[^0-9a-zA-Z@+-]|$)" for names in (GENERIC, COUNTRIES))
    return rf"{listed}|xn--[\-0-9a-z]+"


def _plain(text: str) -> str:
    return re.sub(r"\r\n|\r", "\n", unicodedata.normalize("NFC", text))


@cache
def _longest() -> dict[str, int]:
    """Return, for each character that begins a sequence, how long the longest one is."""
    longest: dict[str, int] = {}
    for sequence in sequences():
        longest[sequence[0]] = max(len(sequence), longest.get(sequence[0], 0))
    return longest


def _emoji(text: str) -> dict[int, int]:
    """Return where emoji begin that do not count by their characters, and how long each is."""
    found, at = {}, 0
    longest, known = _longest(), sequences()
    while at < len(text):
        most = longest.get(text[at], 0)
        size = next((n for n in range(most, 1, -1) if text[at : at + n] in known), 1)
        if size > 1 or text[at] in _HEAVY:
            found[at] = size
        at += size
    return found


#: ``$`` and up to six letters, perhaps a point or low line and two more. Only one may stand in a post.
_CASHTAG = re.compile(
    rf"(?:^|(?<=[{_SPACES}]))\$([a-z]{{1,6}}(?:[._][a-z]{{1,2}})?)(?=$|\s|[!'#%&\"()*+,\\\-./:;<=>?@\[\]^_{{|}}~])",
    re.IGNORECASE,
)


def cashtags(text: str) -> list[str]:
    """Return the cashtags of a text, such as ``TSLA``."""
    return _CASHTAG.findall(text)


# --- what X made of it -------------------------------------------------------------------------------------


def as_written(post: Mapping[str, Any]) -> str:
    """Return the text of a live post as its author wrote it: t.co links expanded, those of media gone, & for &amp;.

    ``entities`` of the post are needed; offsets count code points of the text as X gives it.
    https://docs.x.com/x-api/fundamentals/data-dictionary (read 2026-11-22)
    """
    long = _table(post.get("note_tweet"))
    text = str(long.get("text") or post.get("text") or "")
    urls = _table(long.get("entities") or post.get("entities")).get("urls")
    for entity in urls if isinstance(urls, list) else []:
        short = str(_table(entity).get("url") or "")
        if not short:
            continue
        if (
            entity.get("media_key")
            or "pic.twitter.com/" in (shown := str(entity.get("display_url") or ""))
            or (shown.startswith("pic.x.com/"))
        ):
            # The link of the post's own pictures or video, which X sets behind the text.
            text = re.sub(rf"\s*{re.escape(short)}(?![A-Za-z0-9])", "", text)
        else:
            full = str(entity.get("expanded_url") or short)
            text = re.sub(rf"{re.escape(short)}(?![A-Za-z0-9])", full.replace("\\", r"\\"), text)
    return unicodedata.normalize("NFC", html.unescape(text))


def same(post: Mapping[str, Any], text: str, *, reply: bool) -> bool:
    """Say whether a live post has this text, whatever X did to it; X may set mentions before an answer."""
    ours = _compared(text)
    live = as_written(post)
    forms = {_compared(live)}
    if reply:
        forms.add(_compared(without_mentions(live)))
    return ours in forms


def _compared(text: str) -> str:
    """Return what two forms of one text have in common: an address counts without protocol, case and last slash."""
    text = _plain(text).strip()
    pieces, at = [], 0
    for link in sorted(links_in(text, plain=True), key=lambda link: link.start):
        if link.start < at:
            continue
        bare = re.sub(r"^https?://", "", link.url, flags=re.IGNORECASE)
        host, slash, rest = bare.partition("/")
        pieces += [text[at : link.start], host.lower(), (slash + rest).rstrip("/")]
        at = link.start + len(link.url)
    return "".join([*pieces, text[at:]]).strip()


def without_mentions(text: str) -> str:
    """Return an answer without the mentions that X set before it."""
    return re.sub(r"^(?:@\w{1,15}\s+)+", "", text)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
