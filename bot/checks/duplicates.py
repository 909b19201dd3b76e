"""What was said before: the same text, or nearly the same, on the same account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.checks.base import Said, Subject
from bot.checks.kit.shelf import Shelf
from bot.checks.kit.wording import HAN
from bot.checks.text import fold
from bot.domain.draft import Finding, Severity
from bot.words import say

#: Share of the text's pieces that another has too, from which they read as one: of both together, and of the shorter.
ALIKE, CONTAINED = 0.6, 0.8
#: Shorter texts (signs that are read) are alike by chance: "Thank you!" may be said again.
_SHORT, _SHORT_REPLY = 12, 60
#: Addresses, mentions, hashtags and numbers change while a text stays the same.
_CHANGING = re.compile(r"(?:https?://|www\.)\S+|[@#]\w[\w.]*|(?<![a-z0-9.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?")
_SIGNS = re.compile(r"[\W_]+")


@lru_cache(maxsize=2048)
def _bare(text: str) -> str:
    """Return what of a text is compared: folded letters and digits."""
    return _SIGNS.sub(" ", _CHANGING.sub(" ", fold(text).text)).strip()


@lru_cache(maxsize=2048)
def _pieces(text: str) -> frozenset[int]:
    """Return the hashes of all runs of characters: two of Chinese, five of other scripts."""
    bare = _bare(text)
    size = 2 if len(re.findall(rf"[{HAN}]", bare)) * 3 > len(bare) else 5
    bare = bare.replace(" ", "") if size == 2 else bare
    return frozenset(hash(bare[i : i + size]) for i in range(max(1, len(bare) - size + 1)))


def likeness(one: str, other: str) -> tuple[float, float]:
    """Return how alike two texts are: share of all their pieces in both, and of the shorter one's in the other."""
    a, b = _pieces(one), _pieces(other)
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared), shared / min(len(a), len(b))


def shelf(said: Sequence[Said], most: int) -> Shelf:
    """Return earlier texts as ``Subject.recent``, for a caller who checks many texts against them and each other."""
    return Shelf(said, _pieces, most)


def check(subject: Subject) -> list[Finding]:
    """Warn of the newest earlier text on the account that says the same, and of parts that repeat each other."""
    parts = [part.text for part in subject.content.parts]
    whole = "\n".join(parts)
    found = []
    least = _SHORT_REPLY if subject.kind == "reply" or subject.content.reply_parent else _SHORT
    if len(_bare(whole)) >= least or (len(re.findall(rf"[{HAN}]", whole)) * 2 >= least):
        recent = subject.recent.near(whole) if isinstance(subject.recent, Shelf) else subject.recent
        for said in recent:
            if said.account == subject.content.account and (finding := _compared(whole, said)):
                found.append(finding)
                break
    for n, text in enumerate(parts):
        if len(_bare(text)) >= _SHORT and any(likeness(text, p)[0] >= 0.8 for p in parts[:n]):
            message = say("This part says again what a part before it says.")
            found.append(Finding("duplicates", Severity.WARN, message, part=n, fix=say("Leave one of them out.")))
    return found


def _compared(text: str, said: Said) -> Finding | None:
    day, draft = f"{said.at:%Y-%m-%d}", said.id
    fix = say("Tell it another way, or leave it.")
    if _bare(text) == _bare(said.text):
        message = say("The same text was said here before: draft {draft}, {day}.", draft=draft, day=day)
        return Finding("duplicates", Severity.WARN, message, fix=fix)
    alike, contained = likeness(text, said.text)
    short = min(len(_bare(text)), len(_bare(said.text)))
    if alike >= ALIKE or (contained >= CONTAINED and short >= 3 * _SHORT):
        message = say(
            "Nearly the same was said here before: draft {draft}, {day} ({percent} % alike).",
            draft=draft,
            day=day,
            percent=round(100 * max(alike, contained)),
        )
        return Finding("duplicates", Severity.WARN, message, fix=fix)
    return None
