"""Angles: ways to tell one brief, for several versions of a post. They are data, in ``prompts/angles.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from bot.insight.sentence import cut
from bot.prompting import FOLDER
from bot.words import language as reader

_STEPS = re.compile(r"\bhow to\b|\bsteps?\b|\bbrew|\brecipe|怎么|如何|步骤|冲泡|做法", re.I)
_NEW = re.compile(
    r"\bnew\b|\bnow\b|\bfirst\b|\blaunch|\bopen(?:s|ing)?\b|\barrive|新|首次|首个|上线|上市|开业|到货|推出", re.I
)
#: A number that says how much or how many, as digits or in words.
_NUMBER = re.compile(
    r"(?!(?:19|20)\d\d\b)(?<!\d)\d|[二两三四五六七八九十百千]+\s?(?:个|位|名|席|座|张|种|款|克|元|块|年|天|小时|分钟)"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred)\b",
    re.I,
)
#: What holds digits and counts nothing: addresses, times, dates.
_COUNTLESS = re.compile(
    r"https?://\S+|\d{1,2}\s?[:：.]\s?\d\d(?!\d)|\d{1,2}\s?(?:am|pm|o'clock|点)|\d{1,2}\s?[月日号]|\d{4}年"
    r"|(?:周|星期|礼拜)[一二三四五六日天]|[一二三四五六七八九十]+[月日号点]"
    r"|\d{1,2}(?:st|nd|rd|th)?\s(?:of\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s\d{1,2}",
    re.I,
)


@dataclass(frozen=True)
class Angle:
    """One way to tell a thing."""

    id: str
    names: Mapping[str, str]
    #: What the writer is told, by language.
    says: Mapping[str, str]
    #: Which briefs it fits: ``number``, ``steps``, ``new``; empty for any.
    when: str = ""
    #: By language: what the first sentence must hold, as a regular expression; empty where code cannot tell.
    opens: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called, in the reader's language."""
        return self.names.get(reader(), self.names["en"])

    def told(self, language: str) -> str:
        """Return what a writer in this language is told."""
        return self.says.get(language.split("-")[0].lower(), self.says["en"])

    def fits(self, brief: str) -> bool:
        """Say whether a brief has what this angle needs."""
        wanted = {"number": _NUMBER, "steps": _STEPS, "new": _NEW}.get(self.when)
        return wanted is None or wanted.search(_COUNTLESS.sub(" ", brief)) is not None

    def kept(self, text: str, language: str) -> bool:
        """Say whether a text begins as the angle wants it, as far as code can tell."""
        pattern = self.opens.get(language.split("-")[0].lower())
        if not pattern:
            return True
        first = next(iter(cut(text.strip())), "")
        # A date is no number that tells.
        return re.search(pattern, _COUNTLESS.sub(" ", first) if self.when == "number" else first, re.I) is not None


@lru_cache(maxsize=1)
def angles() -> tuple[Angle, ...]:
    """Return every angle, in the order in which they are taken."""
    import yaml

    found = yaml.safe_load((FOLDER / "angles.yaml").read_text(encoding="utf-8"))
    return tuple(Angle(a["id"], a["name"], a["says"], a.get("when") or "", a.get("opens") or {}) for a in found)


def angle(angle_id: str) -> Angle | None:
    """Return an angle by its id, or None: an old draft may have one that is no more."""
    return next((a for a in angles() if a.id == angle_id), None)


def choose(brief: str, n: int) -> list[Angle]:
    """Return up to ``n`` different angles for a brief: a plain one, then what this brief has that others have not."""
    every = angles()
    plain = [a for a in every if not a.when]
    return [*plain[:1], *(a for a in every if a.when and a.fits(brief)), *plain[1:]][:n]
