"""The checks on texts that are known: how many good ones they hold back, how many faults they miss.

The corpora lie in tests/bench/data/checks; their README says what each field means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.checks import base
from bot.domain.brand import Account, Brand, Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Finding, Media, Part, Severity
from bot.domain.editorial import Plan, Style
from bot.errors import BadInput, NotFound
from bot.platforms import registry
from bot.words import say

#: Share of clean posts that may be held back, and of soft faults that may go unseen; no hard fault may.
MOST_BLOCKED, MOST_MISSED = 0.02, 0.05
_DAY = datetime(2026, 11, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Post:
    """One post of a corpus: what it is, and the one fault it has."""

    id: str
    subject: base.Subject
    #: The check that should tell; empty for a clean post.
    violates: str = ""
    #: The fault must hold the post back.
    hard: bool = False
    #: The telling words.
    words: tuple[str, ...] = ()


@dataclass
class Tally:
    """What one check did."""

    seeded: int = 0
    missed: list[str] = field(default_factory=list)
    hard: int = 0
    #: Hard faults that no finding held back.
    hard_missed: list[str] = field(default_factory=list)
    #: Faults that were found, and of these, findings that point at the telling words.
    found: int = 0
    pointed: int = 0
    clean_blocked: list[str] = field(default_factory=list)
    clean_warned: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """The figures of a run over both corpora."""

    clean: int
    seeded: int
    tallies: Mapping[str, Tally]
    #: Clean posts that any check held back, and those with a warning and no block.
    blocked: tuple[str, ...]
    warned: tuple[str, ...]

    @property
    def missed(self) -> tuple[str, ...]:
        return tuple(post for tally in self.tallies.values() for post in tally.missed)

    @property
    def hard_missed(self) -> tuple[str, ...]:
        return tuple(post for tally in self.tallies.values() for post in tally.hard_missed)

    @property
    def good(self) -> bool:
        """Whether every goal holds."""
        soft = len(self.missed) <= MOST_MISSED * self.seeded
        return len(self.blocked) <= MOST_BLOCKED * self.clean and soft and not self.hard_missed

    @property
    def line(self) -> str:
        """The closing line: shares of the clean and of the seeded posts."""
        figures = {
            "clean_blocked": len(self.blocked) / max(1, self.clean),
            "seeded_missed": len(self.missed) / max(1, self.seeded),
            "hard_missed": len(self.hard_missed),
            "clean_warned": len(self.warned) / max(1, self.clean),
            "clean": self.clean,
            "seeded": self.seeded,
        }
        return "checks: " + " ".join(f"{k}={v:.3f}" if isinstance(v, float) else f"{k}={v}" for k, v in figures.items())


def load(folder: Path) -> tuple[list[Post], list[Post]]:
    """Return the clean and the seeded posts. Raises NotFound, BadInput."""
    brands = {b["id"]: _brand(b) for b in _rows(folder / "brands.yaml", "brands")}
    clean, seeded = (
        [_post(row, brands[row["brand"]]) for row in _rows(folder / name, "posts")]
        for name in ("clean.yaml", "seeded.yaml")
    )
    return clean, seeded


def _rows(path: Path, key: str) -> list[dict[str, Any]]:
    import yaml

    if not path.exists():
        step = say("Name the folder with brands.yaml, clean.yaml and seeded.yaml: `--data DIR`.")
        raise NotFound(say("There is no file {path}.", path=path), next_step=step)
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = found.get(key) if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise BadInput(
            say("{path} holds no list {key}.", path=path, key=key), next_step=say("Its README says what it holds.")
        )
    return rows


def _brand(row: Mapping[str, Any]) -> Brand:
    rules = [
        Rule(_id(f["id"], tag), RuleKind.FACT, f[tag], tag, twin=_twin(f["id"], tag))
        for f in row["facts"]
        for tag in ("en", "zh")
        if f.get(tag)
    ]
    for rule in row["rules"]:
        for tag in filter(rule["text"].get, ("en", "zh")):
            words, when = (tuple((rule.get(name) or {}).get(tag) or ()) for name in ("words", "when"))
            one, twin = _id(rule["id"], tag), _twin(rule["id"], tag)
            rules.append(
                Rule(one, RuleKind(rule["kind"]), rule["text"][tag], tag, "rules.yaml", 0, True, words, twin, when)
            )
    for soft in row.get("guidelines", ()):
        rules += [
            Rule(_id(soft["id"], tag), RuleKind(soft["kind"]), soft[tag], tag, twin=_twin(soft["id"], tag))
            for tag in ("en", "zh")
            if soft.get(tag)
        ]
    accounts = tuple(
        Account(key[0], key[1], a["handle"], a["language"]) for a in row["accounts"] for key in [a["key"].split(":", 1)]
    )
    mentions = tuple(m.lstrip("@").lower() for m in row.get("mentions", ()))
    return Brand(
        row["id"],
        row["name"]["en"],
        tuple(row["languages"]),
        accounts=accounts,
        link_hosts=tuple(row["link_hosts"]),
        hashtags=tuple(row["hashtags"]),
        rulebook=RuleBook(tuple(rules)),
        plan=Plan(mentions=mentions, style=Style(**row.get("style", {}))),
    )


def _id(name: str, tag: str) -> str:
    return name if tag == "en" else f"{name}.{tag}"


def _twin(name: str, tag: str) -> str:
    return _id(name, "zh" if tag == "en" else "en")


def _post(row: Mapping[str, Any], brand: Brand) -> Post:
    media = tuple(Media("0" * 64, "image/png", 1, 1, alt) for alt in row.get("alt", ()))
    texts = row.get("parts") or [row["text"]]
    parts = tuple(Part(text, media if n == 0 else ()) for n, text in enumerate(texts))
    kind = row.get("kind") or ("thread" if len(parts) > 1 else "post")
    account = row["account"]
    content = Content(
        brand.id, account, parts, language=row["language"], reply_parent="parent" if kind == "reply" else ""
    )
    platform = registry.load(account.partition(":")[0])
    problems = platform.fits(parts, reply=kind == "reply", visibility="public")
    subject = base.Subject(
        content,
        brand,
        tuple(base.Misfit(p.message, p.part) for p in problems),
        (),
        tuple((n, uri) for n, part in enumerate(parts) for uri in platform.link_uris(part.text)),
        kind,
        (base.Source("brief", row["brief"]),),
        tuple(
            base.Said(f"earlier-{n}", account, text, _DAY - timedelta(days=n))
            for n, text in enumerate(row.get("recent", ()), 1)
        ),
    )
    return Post(row["id"], subject, row.get("violates", ""), row.get("hard", False), tuple(row.get("span", ())))


def measure(clean: list[Post], seeded: list[Post]) -> Report:
    """Run every check on every post and count."""
    tallies: dict[str, Tally] = {}
    blocked, warned = [], []
    for post in clean:
        found = base.run(post.subject)
        for finding in found:
            tally = tallies.setdefault(finding.check, Tally())
            where = {Severity.BLOCK: tally.clean_blocked, Severity.WARN: tally.clean_warned}.get(finding.severity)
            if where is not None and post.id not in where:
                where.append(post.id)
        worst = {f.severity for f in found}
        if Severity.BLOCK in worst:
            blocked.append(post.id)
        elif Severity.WARN in worst:
            warned.append(post.id)
    for post in seeded:
        _seeded(post, base.run(post.subject), tallies.setdefault(post.violates, Tally()))
    ordered = Counter({name: tally.seeded for name, tally in tallies.items()})
    return Report(
        len(clean),
        len(seeded),
        {name: tallies[name] for name, _ in ordered.most_common()},
        tuple(blocked),
        tuple(warned),
    )


def _seeded(post: Post, found: tuple[Finding, ...], tally: Tally) -> None:
    tally.seeded += 1
    tally.hard += post.hard
    # A disguised word or link that is held back as look-alike does not go out either.
    posing = ("lookalikes",) if post.violates in ("banned_words", "links") else ()
    mine = [f for f in found if f.check == post.violates or (f.check in posing and f.severity is Severity.BLOCK)]
    if not mine:
        tally.missed.append(post.id)
    if post.hard and not any(f.severity is Severity.BLOCK for f in mine):
        tally.hard_missed.append(post.id)
    if mine:
        tally.found += 1
        tally.pointed += not post.words or any(_points(f, post) for f in mine)


def _points(finding: Finding, post: Post) -> bool:
    """Say whether a finding's span touches one of the telling words; a finding on a whole part or an alt text does."""
    start, end = finding.span
    if (start, end) == (0, 0):
        return True
    text = post.subject.content.parts[finding.part].text
    for word in post.words:
        at = text.find(word)
        while at >= 0:
            if start < at + len(word) and at < end:
                return True
            at = text.find(word, at + 1)
    return False
