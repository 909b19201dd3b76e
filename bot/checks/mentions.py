"""Accounts that a text mentions: whoever is mentioned is told of it, and readers take it for an endorsement."""

from __future__ import annotations

import difflib
import re

from bot.checks.base import Subject
from bot.checks.text import fold
from bot.domain.brand import Brand
from bot.domain.draft import Finding, Severity
from bot.words import say

#: ``@name``, ``@name.example.com`` (Bluesky), ``@name@host.example`` (Mastodon), ``@名字``. An @ behind a letter, a
#: digit or a slash belongs to a mailbox or an address.
MENTION = re.compile(
    r"(?<![a-z0-9_./+@-])@(?P<name>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?(?:@[a-z0-9-]+(?:\.[a-z0-9-]+)+)?"
    r"|[^\W\d_a-z][^\W]*)"
)
#: "@ 3pm" and "@3pm" are times.
_TIME = re.compile(r"\d{1,2}(?:[:.]?\d\d)?(?:am|pm|h)?|\d+")

#: "@好友" and "@我们" speak of mentioning, and mention nobody.
_NOBODY = re.compile(
    "(?:你的?|三[位个]|[一两][位个])?(?:好友|朋友|闺蜜|我们|你|他|她|它|大家|别人|谁|了|一下|官方|对方|家人)"
)


def known(brand: Brand) -> set[str]:
    """Return the handles that may be mentioned, small and without @."""
    own = {a.handle.lstrip("@＠").lower() for a in brand.accounts if a.handle}
    return own | set(brand.plan.mentions)


def find(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Return (handle, span) of every mention, as written but small and without @."""
    folded = fold(text)
    found = []
    for match in MENTION.finditer(folded.text):
        name = match["name"]
        if not _TIME.fullmatch(name) and not _NOBODY.match(name):
            span = folded.span(*match.span())
            found.append((text[span[0] + 1 : span[1]].casefold(), span))
    return found


def check(subject: Subject) -> list[Finding]:
    """Warn of every mention that is not on the brand's list and is none of its own accounts."""
    allowed, found = known(subject.brand), []
    for n, part in enumerate(subject.content.parts):
        for name, span in find(part.text):
            if name in allowed or _same_host(name, allowed):
                continue
            near = difflib.get_close_matches(name, allowed, 1, 0.8)
            # Chinese goes on behind a name without a space; platforms then take all of it for the name.
            longer = [a for a in allowed if name.startswith(a) and not name[len(a)].isascii()]
            if longer:
                own = max(longer, key=len)
                message = say("The mention “@{name}” runs into the words behind it.", name=name)
                fix, instead = say("Set a space behind @{name}.", name=own), f"@{own} {name[len(own) :]}"
            elif near:
                message = say("“@{name}” is not on the brand's list; did you mean @{near}?", name=name, near=near[0])
                fix, instead = say("Write @{name}.", name=near[0]), f"@{near[0]}"
            elif subject.brand.plan.mentions:
                message = say("“@{name}” is not on the brand's list of accounts to mention.", name=name)
                fix, instead = say("Leave it out, or add it to mentions in brand.yaml."), None
            else:
                message = say("The text mentions “@{name}”: is that the right account?", name=name)
                fix, instead = say("Look it up, and list accounts you mention in brand.yaml under mentions."), None
            found.append(Finding("mentions", Severity.WARN, message, "", n, span, fix, instead))
    return found


def _same_host(name: str, allowed: set[str]) -> bool:
    """Say whether a short handle is the beginning of a listed ``name@host``, as people on that host write it."""
    return "@" not in name and any(a.startswith(f"{name}@") for a in allowed)
