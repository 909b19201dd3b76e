"""Links in outgoing text may only point to hosts that the brand listed.

Readers differ in where a link ends and in which characters they take for others, so a link is found in the text as it
is perceived, and is let through only where the characters as written leave no reader another host.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.checks.base import Subject
from bot.checks.tables import COMMON, FOREIGN, RARE
from bot.checks.text import Folded, fold, hidden
from bot.domain.brand import RuleKind
from bot.domain.draft import Finding, Severity
from bot.words import say

_SCHEME = re.compile(r"(?<![a-z])(?:https?|ftp|wss?)://")
_HARMFUL = re.compile(r"(?<![a-z])(?:javascript:(?=[^\s])|data:(?=[a-z]+/[a-z0-9.+-]+[;,]))[^\s]*")
_MAIL = re.compile(r"(?<![a-z])mailto:[^\s@]{0,256}@([a-z0-9.-]*[a-z0-9])")
#: The authority as written: the widest that any reader takes, and the Chinese marks at which people end it.
_WIDE = re.compile(r"[^\s/?#<>\"']*")
_CLOSED = re.compile(r"[，！？；：、（）【】「」『』《》“”‘’…—].*", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?(?::\d{1,5})?")
_AFTER = ".,;:!?)]}*_~`"
#: Signs that other readers take for the dot of a host.
_DOTS = str.maketrans("。．｡․", "....")
_HAN = "\u2e80"
_RUN = re.compile(r"[@A-Za-z0-9\u00c0-\u024f._-]+")
_LABELS = re.compile(r"[^.]+(?:\.[^.]+)+")
_PORT = re.compile(r":\d{1,5}$")
_ASCII = re.compile(r"[!-~]*")
_END = re.compile(r"\w\.([a-z]{2,24})(?![a-z0-9])")
_ENDS = sorted(FOREIGN, key=len, reverse=True)
_OTHER, _CHINESE = "|".join(e for e in _ENDS if e < _HAN), "|".join(e for e in _ENDS if e >= _HAN)
#: Chinese text may go on behind an end in another script, and then is no part of it.
_FOREIGN = re.compile(rf"\.(?:({_OTHER})(?![^\W{_HAN}-\u9fff])|({_CHINESE})(?!\w))")
#: Dots written out, so that people read a host where no software does: ``example [dot] org``, ``example。com``.
_WRITTEN = re.compile(
    r"(?<![a-z0-9-])[a-z0-9-]{1,63}(?:\s?(?:[\[({<【〔「『]\s?(?:dot|punkt|点|\.)\s?[\])}>】〕」』]|。|｡)\s?[a-z0-9-]+)+(?![a-z0-9-])"
    r"|(?<![a-z0-9-])(?!(?:the|an?|this|that|our|early|late|first|old|new|whole|of|in|and)\s)[a-z0-9-]{1,63}"
    r"(?:(?:\sdot\s|_dot_|-dot-)[a-z0-9-]+)+(?![a-z0-9-])"
    # Chinese sets no brackets: larkcall点com. And signs that look like a dot, or a dot with a space before it.
    r"|(?<![a-z0-9-])(?=[a-z0-9-]*[a-z])[a-z0-9-]{1,63}(?:(?:\s?点\s?|[·•∙⋅‧・丶]|\s\.\s?)[a-z0-9-]+)+(?![a-z0-9-])"
)
_WRITTEN_DOT = re.compile(
    r"\s?(?:[\[({<【〔「『]\s?(?:dot|punkt|点|\.)\s?[\])}>】〕」』]|。|｡|\sdot\s|_dot_|-dot-|点|[·•∙⋅‧・丶]|\s\.)\s?"
)
#: The beginning of an address with spaces between its letters, and what follows.
_SPACED = re.compile(
    r"(?<![a-z])(?:w\s){2}w\s?\.\s?[a-z0-9. /-]{3,60}|(?<![a-z])h\s?t\s?t\s?p\s?(?:s\s?)?:\s?/\s?/\s?[a-z0-9. /-]{3,60}"
)
#: What of an address behind the host belongs to it for every reader.
_PATH = re.compile(r"[A-Za-z0-9._~/?#&=%+:-]*")
#: Ends of hosts that are no words, so that a capital letter does not make them the start of a sentence.
_NO_WORDS = frozenset({"com", "net", "org", "io", "info", "xyz", "biz"})


@dataclass(frozen=True)
class Link:
    """Something that a reader's software may make a link."""

    #: The host as most readers take it.
    host: str
    span: tuple[int, int]
    #: Hosts that other readers may take it for; every one has to be allowed.
    others: tuple[str, ...] = ()
    #: Written so that readers differ: a name before an @, a backslash, a hidden character.
    odd: bool = False
    #: Only some platforms link it.
    unsure: bool = False


def allowed(host: str, hosts: tuple[str, ...]) -> bool:
    """Say whether ``host`` is one of ``hosts`` or below one of them."""
    host = host.lower().rstrip(".")
    return any(host == h.lower() or host.endswith("." + h.lower()) for h in hosts)


def _ends_here(char: str) -> bool:
    """Say whether a host ends before ``char`` for a reader who takes only ASCII: no letter that poses as one."""
    return not char.isalnum() or "\u3040" <= char <= "\ufaff" or char >= "\U00020000"


def _full(text: str, folded: Folded) -> Iterator[Link]:
    """Yield addresses with a scheme."""
    for match in _SCHEME.finditer(folded.text):
        begin, start = folded.span(*match.span())
        written = text[start : _end(_WIDE, text, start)]
        head = written[: _end(_ASCII, written, 0)]
        rest, name = written[len(head) :], head.rstrip(_AFTER)
        seen = fold(written).text.translate(_DOTS)
        odd = bool(re.search(r"[@\\|%]", seen)) or any(hidden(text, n) for n in range(start, start + len(written)))
        others: tuple[str, ...] = ()
        if not rest or ("." in name and name == head and _ends_here(rest[0])):
            host = name
            odd = odd or not _HOST.fullmatch(name)
            # Some readers go on where others end, and take what stands behind for a part of the host.
            cuts = [
                m.end()
                for e in (_END, _FOREIGN)
                for m in e.finditer(seen, len(head))
                if _known(m.group(m.lastindex or 0))
            ]
            others = tuple(seen[:cut] for cut in cuts if rest)
        else:
            # A host with other letters than ASCII is let through only as it stands on the list.
            host = _CLOSED.sub("", written).rstrip(_AFTER + "。")
            others = (fold(host).text.translate(_DOTS),) if fold(host).text != host.lower() else ()
        host = _PORT.sub("", host.rpartition("@")[2] or host)
        yield Link(host.rstrip(".") or match.group(), (begin, start + len(name if not rest else written)), others, odd)
    for match in _HARMFUL.finditer(folded.text):
        yield Link(match.group().partition(":")[0] + ":", folded.span(*match.span()))
    for match in _MAIL.finditer(folded.text):
        yield Link(match.group(1), folded.span(*match.span()))


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _known(end: str) -> bool:
    return end in COMMON or end in RARE or end in FOREIGN or end.startswith("xn--")


def _bare(seen: str, text: str, folded: Folded | None) -> Iterator[Link]:
    """Yield hosts without a scheme in ``seen``, which is the text as written or as folded."""

    def span(start: int, end: int) -> tuple[int, int]:
        return folded.span(start, end) if folded else (start, end)

    for run in _RUN.finditer(seen):
        if "." not in run.group():
            continue
        pieces, at = run.group().split("@"), run.start()
        for n, piece in enumerate(pieces):
            # The name before an @ and the host behind it are an address of a mailbox or a mention.
            if n == 0 and not any(pieces[1:]):
                for dotted in _LABELS.finditer(piece):
                    yield from _host(dotted.group(), at + dotted.start(), text, span)
            at += len(piece) + 1
    for match in _FOREIGN.finditer(seen):
        start = dot = match.start()
        # Chinese sets no space before a host in Latin letters.
        latin = dot > 0 and seen[dot - 1].isascii()
        while start > 0 and dot - start < 253 and (seen[start - 1].isalnum() or seen[start - 1] in ".-"):
            if seen[start - 1].isascii() is not latin and seen[start - 1] not in ".-":
                break
            start -= 1
        name = seen[start:dot]
        if name.strip(".-"):
            unsure = not name.isascii() and match.group()[1] >= _HAN
            yield Link(name.lower() + match.group(), span(start, match.end()), unsure=unsure)


def _host(dotted: str, at: int, text: str, span: Callable[[int, int], tuple[int, int]]) -> Iterator[Link]:
    start = len(dotted) - len(dotted.lstrip("_-"))
    labels = dotted[start:].split(".")
    # The longest part that ends like a host: behind "evil.com.thanks" stands a sentence.
    for count in range(len(labels), 1, -1):
        last = labels[count - 1]
        end = last.rstrip("_-") if count == len(labels) else last
        if not _known(end.lower()):
            continue
        host = ".".join([*labels[: count - 1], end])
        place = span(at + start, at + start + len(host))
        written = text[place[1] - len(end) : place[1]]
        sentence = written[:1].isupper() and not written.isupper() and end.lower() not in _NO_WORDS
        odd = text[slice(*place)].lower() != host.lower()
        yield Link(host.lower(), place, odd=odd, unsure=sentence or end.lower() in RARE)
        return


def find(text: str) -> list[Link]:
    """Return everything in ``text`` that some reader's software may make a link."""
    folded = fold(text)
    found = list(_full(text, folded))
    taken = [(link.span[0], _end(_PATH, text, link.span[1])) for link in found]
    hosts = {(link.host, link.span) for link in found}
    bare = list(_bare(text, text, None))
    if folded.text != text.lower():
        bare += _bare(folded.text, text, folded)
    starts = [a for a, _ in taken]
    bare += _written(folded)
    bare += _spaced(folded)
    for link in bare:
        before = bisect_right(starts, link.span[0]) - 1
        if (link.host, link.span) not in hosts and not (before >= 0 and link.span[0] < taken[before][1]):
            hosts.add((link.host, link.span))
            found.append(link)
    return found


def _written(folded: Folded) -> Iterator[Link]:
    """Yield hosts whose dots are written out or in Chinese, with an end that is no word."""
    for match in _WRITTEN.finditer(folded.text):
        host = _WRITTEN_DOT.sub(".", match.group())
        end = host.rpartition(".")[2]
        # Brackets say that a host is meant, a path behind it too; else only an end that is no word does.
        meant = re.search(r"[\[({<【〔「『]", match.group()) or re.match(r"/[a-z0-9]", folded.text[match.end() :][:2])
        if "." in host and (end in _NO_WORDS | {"cn", "uk", "de", "eu"} or (meant and _known(end))):
            yield Link(host, folded.span(*match.span()), odd=True)


def _spaced(folded: Folded) -> Iterator[Link]:
    """Yield hosts that are written letter by letter: ``w w w . example . o r g``."""
    for match in _SPACED.finditer(folded.text):
        if " " not in match.group().strip():
            continue
        host = re.sub(r"^(?:w\s?){3}\.\s?|^[htps\s]+:\s?/\s?/\s?", "", match.group())
        # A space behind a letter that stands alone, or beside a dot, parts nothing.
        joined = re.sub(r"\s?\.\s?", ".", host)
        joined = re.sub(r"(?<![a-z0-9])([a-z])\s(?=[a-z](?![a-z0-9]))", r"\1", joined)
        name = re.match(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", joined)
        if name and _known(name.group().rpartition(".")[2]):
            yield Link(name.group(), folded.span(*match.span()), odd=True)


def links(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Return (host, span) of everything in ``text`` that a platform may turn into a link."""
    return [(link.host, link.span) for link in find(text) if not link.unsure]


def _said(subject: Subject) -> str:
    return "\n".join(fold(r.text).text for r in subject.brand.rulebook.rules if r.kind is RuleKind.FACT)


def _host_of(uri: str) -> str:
    """Return the host of an address that a platform links; what cannot be read alike by all has none."""
    match = re.match(r"(?:https?|ftp|wss?)://([^/?#]*)", uri, re.IGNORECASE)
    return _PORT.sub("", match.group(1)) if match and _HOST.fullmatch(match.group(1)) else ""


def check(subject: Subject) -> list[Finding]:
    """Block every link to a host that is not on the brand's list, and every link that readers read differently."""
    hosts = subject.brand.link_hosts
    known = ", ".join(hosts) or say("none")
    found = []
    for text in subject.texts:
        for link in find(text.text):
            fine = allowed(link.host, hosts)
            span = text.span(*link.span)
            strange = next((o for o in link.others if not allowed(o, hosts)), "")
            if fine and (link.odd or strange):
                message = say("The link to {host} is written so that it may lead elsewhere.", host=link.host)
                fix = say("Write the address in plain letters, and set a space behind it.")
                found.append(Finding("links", Severity.BLOCK, text.where + message, "", text.part, span, fix))
            elif not fine and link.unsure and link.host in _said(subject):
                # What looks like a host and stands among the brand's facts is the name of something.
                continue
            elif not fine and link.unsure:
                message = say("Some platforms make {host} a link, and it is not on the brand's list.", host=link.host)
                fix = say("Set a space behind the dot if it ends a sentence.")
                found.append(Finding("links", Severity.WARN, text.where + message, "", text.part, span, fix))
            elif not fine:
                found.append(_foreign(link.host, known, text.where, text.part, span))
    told = {(f.part, f.message) for f in found}
    for n, uri in subject.links:
        if not allowed(_host_of(uri), hosts):
            finding = _foreign(_host_of(uri) or uri, known, "", n, (0, 0))
            found += [finding] if (n, finding.message) not in told else []
    return found


def _foreign(host: str, known: str, where: str, part: int, span: tuple[int, int]) -> Finding:
    return Finding(
        "links",
        Severity.BLOCK,
        where + say("The link to {host} is not on the brand's list.", host=host),
        part=part,
        span=span,
        fix=say(
            "Link to one of the brand's hosts ({known}), or add {host} to link_hosts in brand.yaml.",
            known=known,
            host=host,
        ),
    )
