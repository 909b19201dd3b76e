"""Links in outgoing text may only point to hosts that the brand listed."""

from __future__ import annotations

import re

from bot.checks.base import Subject
from bot.checks.text import fold
from bot.domain.draft import Finding, Severity
from bot.words import say

#: What a platform turns into a link even without "https://". Chinese text may stand right beside it. A file name such
#: as "notes.md" is caught too, which is right: X and others link it.
_BARE = re.compile(
    r"(?<![@a-z0-9_.-])((?:[a-z0-9\u00c0-\u024f](?:[a-z0-9\u00c0-\u024f-]*[a-z0-9\u00c0-\u024f])?\.)+"
    r"(?:xn--[a-z0-9-]+|[a-z]{2,24}))(?![a-z0-9_@-])"
)
_FULL = re.compile(r"(?:https?|ftp|wss?)://([^\s/?#<>\"']+)|\b(?:javascript|data|mailto|tel):[^\s]+", re.IGNORECASE)


def allowed(host: str, hosts: tuple[str, ...]) -> bool:
    """Say whether ``host`` is one of ``hosts`` or below one of them."""
    host = host.lower().rstrip(".")
    return any(host == h.lower() or host.endswith("." + h.lower()) for h in hosts)


def links(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Return (host, span) of everything in ``text`` that a platform may turn into a link."""
    folded = fold(text)
    found: list[tuple[str, tuple[int, int]]] = []
    for match in _FULL.finditer(folded.text):
        authority = match.group(1) or match.group(0).split(":")[0] + ":"
        # What stands before an @ only looks like the host: https://bank.com@evil.example
        host = authority.rsplit("@", 1)[-1].rsplit("]", 1)[-1] if "]" not in authority else authority
        host = host.split(":")[0] if not host.endswith(":") else host
        found.append((host.rstrip(".,;!?)，。；！？）"), folded.span(*match.span())))
    taken = [span for _, span in found]
    for match in _BARE.finditer(folded.text):
        span = folded.span(*match.span(1))
        if not any(a <= span[0] < b for a, b in taken):
            found.append((match.group(1), span))
    return found


def check(subject: Subject) -> list[Finding]:
    """Block every link to a host that is not on the brand's list."""
    found = []
    for n, part in enumerate(subject.content.parts):
        for host, span in links(part.text):
            if not allowed(host, subject.brand.link_hosts):
                known = ", ".join(subject.brand.link_hosts) or say("none")
                found.append(
                    Finding(
                        "links",
                        Severity.BLOCK,
                        say("The link to {host} is not on the brand's list.", host=host),
                        part=n,
                        span=span,
                        fix=say(
                            "Link to one of the brand's hosts ({known}), or add {host} to link_hosts in brand.yaml.",
                            known=known,
                            host=host,
                        ),
                    )
                )
    return found
