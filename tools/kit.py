"""The few things a tool may touch, and the finding of tools by file name.

A tool answers with a sentence where the model can mend something, and raises ToolStop where it cannot. Nothing
here reaches a platform or a decision: a kit can look things up and propose, that is all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.domain.brand import Rule
from bot.domain.comment import Triage
from bot.domain.draft import Finding
from bot.errors import ModelError
from bot.insight.score import Report
from bot.insight.sentence import cut

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


class ToolStop(ModelError):
    """A tool met something that the model cannot mend; the run ends here."""


@dataclass(frozen=True)
class TargetAccount:
    """An account the operator named, as far as a tool needs to know it."""

    key: str
    language: str
    #: Longest text of one part, counted by ``length``; ``unit`` names what is counted.
    limit: int
    length: Callable[[str], int] = len
    unit: str = "characters"
    #: Most parts of a thread; 1 where the platform has none.
    parts: int = 1
    #: Fewest parts, where the text has to be a thread.
    least: int = 1
    #: Hashtags that the brand uses in the account's language, and how many a post bears.
    hashtags: tuple[str, ...] = ()
    most_tags: int = 0
    #: Regular expression that an endpoint with schemas holds each part to; empty for none.
    pattern: str = ""


@dataclass(frozen=True)
class RuleHit:
    """A rule of the brand that a search found."""

    rule: Rule
    score: float = 0.0


@dataclass(frozen=True)
class ProposeOutcome:
    """What became of a proposed text: its draft, and what the checks say about it."""

    draft_id: str
    findings: tuple[Finding, ...] = ()
    blocked: bool = False


@dataclass(frozen=True)
class QueueItem:
    """One line of the queue."""

    draft_id: str
    account: str
    state: str
    when: str
    text: str


class Propose(Protocol):
    """Store a text as a proposed draft."""

    def __call__(
        self,
        account: str,
        text_parts: tuple[str, ...],
        citations: tuple[str, ...],
        when: str | None,
        language: str,
        *,
        key: str,
        notes: tuple[str, ...],
    ) -> ProposeOutcome:
        """Return the draft. ``key`` (run and call id) makes a repeat find the same draft; ``notes`` say what the
        model did not manage to mend, for the person who looks at it."""
        ...


@dataclass(frozen=True)
class ToolKit:
    """All that tools can do; ``app.py`` fills it."""

    accounts: tuple[TargetAccount, ...]
    search: Callable[[str, int], Sequence[RuleHit]]
    #: Say what is wrong with a text, storing nothing: (account, parts, language).
    check: Callable[[str, tuple[str, ...], str], Sequence[Finding]]
    propose: Propose
    #: Put a wall time (``YYYY-MM-DDTHH:MM``) into a draft, as a proposal; returns a sentence.
    suggest_or_set_time: Callable[[str, str], str]
    queue: Callable[[], Sequence[QueueItem]]
    #: Whether the brand has a rule with this id.
    rule_exists: Callable[[str], bool]
    #: Ids of the rules given up front; when set, the model can cite only these.
    citable: tuple[str, ...] = ()
    #: Choose the rules that the parts of a text may cite; set where the model is too small to be asked.
    cite: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None
    #: Add to the parts of a text what code knows and such a model forgets.
    finish: Callable[[tuple[str, ...]], tuple[str, ...]] = lambda parts: parts
    #: Score a text for an account, with the words it should be found by; without it, the account's limit alone counts.
    measure: Callable[[str, str, tuple[str, ...]], Report] | None = None
    #: Read mood, intent and aspects out of texts; None for what ships with Signoff alone.
    triage: Callable[[Sequence[str]], Sequence[Triage]] | None = None
    #: Say a part in less where it stayed too long; a part that fits comes back as it is.
    shorten: Callable[[str], str] | None = None
    #: The model gives nothing but a text and what it rests on: where it reads what a stranger wrote.
    closed: bool = False

    def account(self, key: str) -> TargetAccount:
        """Return the named account; raises ToolStop for one the operator did not name."""
        for account in self.accounts:
            if account.key == key:
                return account
        raise ToolStop(f"The account {key!r} was not named for this run.")


#: Run id and call id of the tool call being run; set by the loop, empty outside one.
_call: ContextVar[str] = ContextVar("signoff_tool_call", default="")


def call_key() -> str:
    """Return what names the present tool call, the same again when it is repeated."""
    return _call.get()


@contextmanager
def calling(key: str) -> Iterator[None]:
    """Name the tool call made inside the block."""
    token = _call.set(key)
    try:
        yield
    finally:
        _call.reset(token)


@dataclass(frozen=True)
class Problem:
    """Something the model should mend, in a sentence; of several bad texts the one with the least weight is taken."""

    text: str
    weight: int = 1
    #: A text with this is not proposed even when nothing better came.
    never: bool = False


#: The check of a finding that stands in the way of a proposal for good: the text is the one there was.
SAME = "same"


def problems(kit: ToolKit, account: TargetAccount, parts: tuple[str, ...], citations: tuple[str, ...]) -> list[Problem]:
    """Say, one sentence each, what the model should mend in a text."""
    found = []
    for part in parts:
        over = account.length(part) - account.limit
        if over > 0:
            found.append(Problem(f"The text is {over} {account.unit} too long for {account.key}: shorten it.", 5))
        elif cut_off(part):
            found.append(Problem("The last sentence is not complete: end it, in fewer words.", 4))
    text, language = "\n".join(parts), language_name(account.language)
    if wrong_language(text, account.language):
        found.append(Problem(f"The text must be in {language}: translate it.", 20))
    elif foreign := untranslated(text, account.language):
        found.append(Problem(f"Say {', '.join(foreign)} in {language}.", 2))
    unknown = [c for c in citations if not kit.rule_exists(c)]
    if unknown:
        found.append(Problem(f"There is no rule {', '.join(unknown)}: cite only ids you were shown."))
    for finding in kit.check(account.key, parts, account.language):
        if finding.severity == "block" and finding.check != "length":
            weight = {SAME: 1000, "brief": 3, "copy": 1}.get(finding.check, 10)
            found.append(Problem(f"{finding.message} {finding.fix}".strip(), weight, finding.check == SAME))
    return found


def load_all(kit: ToolKit, only: Sequence[str] = ()) -> list[BaseTool]:
    """Build every tool in this folder, or those in ``only``, sorted by name."""
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in {"__init__", "kit"})
    unknown = set(only) - set(names)
    if unknown:
        raise ToolStop(f"There is no tool {', '.join(sorted(unknown))}; there are {', '.join(names)}.")
    return [import_module(f"tools.{name}").build(kit) for name in names if not only or name in only]


_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_NAMES = {"en": "English", "zh": "Chinese", "ja": "Japanese", "de": "German", "fr": "French", "es": "Spanish"}


def language_name(tag: str) -> str:
    """Return the English name of a language tag, or the tag itself."""
    return _NAMES.get(tag.split("-")[0].lower(), tag)


def wrong_language(text: str, tag: str) -> bool:
    """Say whether a text is surely not in the language, judged by its script."""
    bare = re.sub(r"https?://\S+|[@#]\S+", " ", text)
    letters = [c for c in bare if c.isalpha()]
    if not letters:
        return False
    han, kana = len(_HAN.findall(bare)), len(_KANA.findall(bare))
    language = tag.split("-")[0].lower()
    if language == "zh":
        # A Latin word carries as much as one or two Han characters: brand names must not tip the balance.
        words = len(re.findall(r"[A-Za-z]+", bare))
        return han <= words or kana > 0
    if language == "ja":
        return han + kana < len(letters) / 3
    return han + kana > len(letters) / 10


def untranslated(text: str, tag: str) -> list[str]:
    """Return the plain English words left standing in a Chinese text; names have a capital."""
    if tag.split("-")[0].lower() != "zh":
        return []
    bare = re.sub(r"https?://\S+|[@#]\S+|\S+\.[a-z]{2,}", " ", text)
    return list(dict.fromkeys(re.findall(r"(?<![A-Za-z])[a-z]{3,}(?![A-Za-z])", bare)))


def whole(text: str) -> str:
    """Leave out a last sentence that is cut off, where most of the text remains."""
    before = "".join(cut(text)[:-1]).rstrip()
    ended = before[-1:] in (*".!?。！？", *"\"'”’」』）)") and len(before) > len(text) * 0.6
    return before if ended and cut_off(text) else text


#: What stands right before an address that ends a sentence.
_LEADS_TO = re.compile(
    r"(?:\b(?:at|on|via|under|here|see|to|visit|from|more)|访问|预订|预约|购买|报名|详情|看|见|到|在|[:：])\s*$", re.I
)
_ADDRESS = re.compile(r"https?://|(?:[a-z0-9-]+\.)+[a-z]{2,}", re.I)


def cut_off(text: str) -> bool:
    """Say whether a text seems to stop in the middle of a sentence."""
    tail = re.sub(r"(\s*(https?://[\x21-\x7e]+|[@#][^\s#@]+|(?<![\w-])([a-z0-9-]+\.)+[a-z]{2,}))+\s*$", "", text)
    tail = re.sub(r"[\s\"'”’」』))*_]+$", "", tail)
    if not tail:
        return not text.strip()
    if _LEADS_TO.search(tail) and _ADDRESS.search(text[len(tail) :]):
        return False  # "Book at https://...": the address ends the sentence
    last = tail[-1]
    return (last.isalnum() or last in ",,、;;::-–—([{<(「『《") and not last.isdigit()
