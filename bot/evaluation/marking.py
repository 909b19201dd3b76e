"""What code can tell of a text that a model wrote: a floor for its worth, the same for every model.

Nothing here uses the checks or the agent's own judgement, so that neither marks its own work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.domain.brand import Brand, Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.evaluation.briefs import Brief
from bot.insight.sentence import cut

#: Two variants that share more of their pieces than this are one and the same.
ALIKE = 0.6
_PIECE = re.compile(r"[a-z]{3,}|\d+|[\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_USUAL = frozenset(
    "the and for with you our your are from that this what when have has will not can all one how why who into about"
    .split()
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """One text that was written from a brief: a draft or a document."""

    id: str
    texts: tuple[str, ...]
    citations: tuple[str, ...]
    findings: tuple[Finding, ...]
    #: Whether the schema holds, and every length of the platform or the kind.
    schema: bool
    length: bool
    #: What the code that drafts could not get the model to mend.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """What one brief brought."""

    brief: Brief
    pieces: tuple[Piece, ...]
    seconds: float
    tokens: tuple[int, int]
    usd: float
    #: Why nothing came of it, or not all of it; empty when everything did.
    failed: str = ""
    schema: bool = False
    length: bool = False
    language: bool = False
    #: Share of what the brief asks for that the text says.
    said: float = 0.0
    #: What it lacks of that, as the patterns of the brief.
    lacks: tuple[str, ...] = ()
    #: Things nobody told.
    invented: tuple[str, ...] = ()
    #: Sentences that one text says twice.
    repeated: tuple[str, ...] = ()
    #: One of the right rules is cited.
    cited: bool = False
    #: Citations of facts, and how many of these some sentence of the text bears out.
    facts: int = 0
    supported: int = 0
    #: Hard rules that the text breaks, and those of them that no finding marks as blocking.
    broken: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()
    #: Whether the variants differ; None where there was one.
    different: bool | None = None

    @property
    def held(self) -> list[Finding]:
        """What holds a text back; not that an answer has no place yet, which is no matter of its text."""
        found = [f for p in self.pieces for f in p.findings if f.severity is Severity.BLOCK]
        return [f for f in found if f.check != "unplaced"]

    @property
    def good(self) -> bool:
        """Whether a person could send it as it is, as far as code can tell."""
        sound = self.schema and self.length and self.language and not self.invented and not self.broken
        sound = sound and not self.held and not self.repeated
        return sound and self.said == 1.0 and (self.cited or not self.brief.cites) and self.different is not False


def mark(
    brief: Brief,
    pieces: Sequence[Piece],
    brand: Brand,
    never: str,
    *,
    seconds: float,
    tokens: tuple[int, int],
    usd: float,
    failed: str = "",
) -> Mark:
    """Mark what was written from a brief; of several variants, what holds for all."""
    if not pieces:
        return Mark(brief, (), seconds, tokens, usd, failed=failed or "Nothing was written.")
    whole = ["\n".join(p.texts) for p in pieces]
    lacks = [s for s in brief.says if not all(re.search(s, text, re.I) for text in whole)]
    invented = {m if isinstance(m, str) else m[0] for text in whole for m in (re.findall(never, text) if never else ())}
    # What the brief itself says was told.
    invented -= {m for m in invented if m.lower() in f"{brief.text} {brief.to} {brief.source}".lower()}
    wanted = {i for c in brief.cites for i in (c, _twin(c, brand))}
    broken = [(rule.id, p) for p, text in zip(pieces, whole, strict=True) for rule in _broken(text, brand)]
    unmarked = [rule for rule, p in broken if not _marked(rule, p, brand)]
    cited = [_support(p.citations, text, brand) for p, text in zip(pieces, whole, strict=True)]
    language = brief.language or _account_language(brief, brand)
    return Mark(
        brief,
        tuple(pieces),
        seconds,
        tokens,
        usd,
        failed=failed,
        schema=len(pieces) == brief.variants and all(p.schema for p in pieces),
        length=all(p.length for p in pieces),
        language=all(in_language(text, language) for text in whole),
        said=1 - len(lacks) / len(brief.says) if brief.says else 1.0,
        lacks=tuple(lacks),
        invented=tuple(sorted(invented)),
        # Each advertisement stands in a place of its own.
        repeated=tuple(dict.fromkeys(s for text in whole for s in _twice(text) if brief.kind != "ad_copy")),
        cited=all(wanted & set(p.citations) for p in pieces) if wanted else False,
        facts=sum(n for n, _ in cited),
        supported=sum(n for _, n in cited),
        broken=tuple(sorted({rule for rule, _ in broken})),
        unmarked=tuple(sorted(set(unmarked))),
        different=all(alike(a, b) <= ALIKE for a, b in combinations(whole, 2)) if len(whole) > 1 else None,
    )


def in_language(text: str, tag: str) -> bool:
    """Say whether a text is in a language, by script: Chinese holds more Han than Latin words, others hardly any."""
    bare = re.sub(r"https?://[\x21-\x7e]+|[\w.@-]+\.(?:com|example)[\x21-\x7e]*|[@#＃]\S+", " ", text, flags=re.A)
    han, latin = len(re.findall(r"[\u4e00-\u9fff]", bare)), len(re.findall(r"[A-Za-z]{2,}", bare))
    return han > latin * 2 if tag.startswith("zh") else latin > 0 and han <= max(2, latin * 0.05)


def alike(a: str, b: str) -> float:
    """Return how many of their pieces two texts share, from 0 to 1: words, and pairs of Han."""
    one, two = fragments(a), fragments(b)
    return len(one & two) / len(one | two) if one | two else 1.0


def fragments(text: str) -> set[str]:
    """Return what a text is made of: stems of its words, its numbers, its Han characters two by two."""
    found: set[str] = set()
    for word in _PIECE.findall(text.lower()):
        if word[0] >= "\u4e00":
            found |= {word[n : n + 2] for n in range(len(word) - 1)} or {word}
        elif word not in _USUAL:
            found.add(word if word.isdigit() else word[:6])
    return found


def _twice(text: str) -> list[str]:
    """Return the sentences that stand in a text a second time; short ones are often meant."""
    seen, again = set[str](), []
    for sentence in cut(text):
        bare = re.sub(r"[\W_]+", "", sentence).lower()
        long = 6 if _HAN.search(bare) else 12
        if len(bare) > long and bare in seen:
            again.append(sentence.strip())
        seen.add(bare)
    return again


def _twin(rule_id: str, brand: Brand) -> str:
    rule = brand.rulebook.get(rule_id)
    return rule.twin if rule else ""


def _account_language(brief: Brief, brand: Brand) -> str:
    account = brand.account(brief.account)
    return account.language if account else brand.languages[0]


def _broken(text: str, brand: Brand) -> list[Rule]:
    """Return the hard never-rules of which a word stands in the text as it is: the plainest reading there is."""
    low = text.casefold()

    def stands(word: str) -> bool:
        word = word.casefold()
        edge = r"(?<![a-z])", r"(?![a-z])"
        return bool(re.search(edge[0] + re.escape(word) + edge[1], low)) if word.isascii() else word in low

    return [r for r in brand.rulebook.hard if r.kind is RuleKind.NEVER and any(map(stands, r.words))]


def _marked(rule_id: str, piece: Piece, brand: Brand) -> bool:
    ids = {rule_id, _twin(rule_id, brand)} - {""}
    return any(f.severity is Severity.BLOCK and f.rule_id in ids for f in piece.findings)


def _support(citations: Sequence[str], text: str, brand: Brand) -> tuple[int, int]:
    """Return how many facts are cited, and how many of them a sentence of the text bears out."""
    rules = [r for c in citations if (r := brand.rulebook.get(c)) and r.kind is RuleKind.FACT]
    sentences = [fragments(s) for s in cut(text) if s.strip()]
    borne = 0
    for rule in rules:
        twin = brand.rulebook.get(rule.twin)
        told = fragments(rule.text) | (fragments(twin.text) if twin else set())
        borne += any(len(told & s) >= 2 for s in sentences)
    return len(rules), borne
