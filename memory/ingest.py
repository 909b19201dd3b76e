"""Reading guidelines: each bullet of a file or page, in any language, becomes a rule that can be cited.

Markdown is read as it stands; PDF, Word and HTML become Markdown first (``memory.extract``).

What a writer may use, and nothing is required of them:

- headings, bullets, numbered lists, plain paragraphs and tables; HTML comments and code blocks are not read;
- a kind in front (``Never: ...``, ``必须：...``) or as the section's heading (``## Voice``, ``## 语气``);
- an id behind a rule, ``{#price-claims}``, the same one in two languages to link the two.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from memory.base import IngestError
from memory.extract import MARKDOWN, MOST, SUFFIXES, Extracted, Note, extract
from memory.kinds import kind_of
from memory.markdown import Block, blocks, front_matter

_ID = re.compile(r"\s*\{#([^{}]*)\}\s*$")
_GOOD_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
#: Two letters in front of ``.md`` are a language only if they are one: ``about.us.md`` is about us.
_LANGUAGES = (
    "ar|bg|cs|da|de|el|en|es|et|fi|fr|he|hi|hr|hu|id|it|ja|ko|lt|lv|ms|nb|nl|no|pl|pt|ro|ru|sk|sl|sv|th|tr|uk|vi|zh"
)
_SUFFIX = re.compile(rf"\.((?:{_LANGUAGES})(?:-[A-Za-z0-9]+)*)$")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")

#: How alike an edited rule must be to keep its id, from 0 to 1 (difflib's ratio).
ALIKE = 0.6


@dataclass(frozen=True)
class GuidelineRule:
    """One rule as it stands in a guideline file."""

    id: str
    #: ``must``, ``should``, ``never``, ``voice``, ``example`` or ``fact``.
    kind: str
    text: str
    #: ``en``, ``zh``, or what the file's name or front matter says.
    language: str
    #: Relative to the folder given as root, with forward slashes; of a page, its address.
    file: str
    #: Counted from 1: the page of a PDF, the paragraph of a Word file, the line of any other.
    line: int
    heading: tuple[str, ...] = ()
    #: Id of the same rule in another language.
    twin: str = ""
    #: Whether the writer chose the id.
    explicit: bool = False


class Known(Protocol):
    """A rule from before, whose id may be carried over."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Page:
    """A document that is not in the folder: one that was fetched from an address."""

    #: Its address.
    name: str
    #: What it is, as the end of a file's name: one of SUFFIXES.
    suffix: str
    body: bytes
    #: BCP 47; empty where its script says enough.
    language: str = ""
    charset: str = ""


@dataclass(frozen=True)
class Guidelines:
    """Everything that was read, and what could not be."""

    #: In order of file and line, pages last.
    rules: tuple[GuidelineRule, ...]
    #: One for each file or page that cannot be read, and for ids that clash.
    errors: tuple[IngestError, ...] = ()
    notes: tuple[Note, ...] = ()
    #: Names of the files and pages that were read, also of those without a rule.
    files: tuple[str, ...] = ()


def read_guidelines(folder: Path, *, root: Path | None = None, main: str = "en") -> list[GuidelineRule]:
    """Return the rules of every file below ``folder`` that can be read, in order of file and line.

    Files are named relative to ``root`` (default: ``folder``). Where two languages share an explicit id, the rule in
    the language ``main`` keeps it, the other gets ``id.zh``, and each names the other as ``twin``. Raises IngestError
    with file and line for a file that cannot be read, an id that cannot be used, or one used twice in one language.
    """
    if not folder.is_dir():
        raise IngestError("There is no such folder.", folder.name, 1, next_step="Make it, with one Markdown file.")
    found = read_all(folder, root=root, main=main)
    if found.errors:
        raise found.errors[0]
    return list(found.rules)


def read_all(folder: Path, *, root: Path | None = None, main: str = "en", pages: Sequence[Page] = ()) -> Guidelines:
    """Return the rules of every file below ``folder`` and of ``pages``, with what is wrong; see ``read_guidelines``."""
    found: list[GuidelineRule] = []
    errors: list[IngestError] = []
    notes: list[Note] = []
    names: list[str] = []
    sources: list[tuple[str, Path | Page]] = [
        *((path.relative_to(root or folder).as_posix(), path) for path in guideline_files(folder)),
        *((page.name, page) for page in pages),
    ]
    for name, source in sources:
        names.append(name)
        try:
            rules, said = _page(source) if isinstance(source, Page) else _file(source, name)
        except IngestError as error:
            errors.append(error)
            continue
        found += rules
        notes += said
    found, clashes = _number(found)
    return Guidelines(tuple(_link(found, main)), (*errors, *clashes), tuple(notes), tuple(names))


def guideline_files(folder: Path) -> list[Path]:
    """Return the files below ``folder`` that are read, in order; hidden ones and those that Word locks with are not."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path for path in found if not path.name.startswith((".", "~$")))


def carry_ids(old: Iterable[Known], new: Sequence[GuidelineRule]) -> list[GuidelineRule]:
    """Return ``new`` with the ids of ``old`` for rules that were only moved or lightly edited.

    Compared within one file and language: equal texts first, then the most alike pairs of at least ALIKE. A rule that
    moved to another file keeps its id if it says the same, word for word. An id the writer chose always stays. The
    result has no id twice.
    """
    taken = {rule.id for rule in new if rule.explicit}
    free = [rule for rule in old if rule.id not in taken]
    pairs = []
    for n, rule in enumerate(new):
        for before in free if not rule.explicit else []:
            if (before.file, before.language) == (rule.file, rule.language):
                alike = difflib.SequenceMatcher(None, before.text, rule.text, autojunk=False).ratio()
                if alike >= ALIKE:
                    pairs.append((-alike, n, before.id))
    ids: dict[int, str] = {}
    for _, n, before_id in sorted(pairs):
        if n not in ids and before_id not in taken:
            ids[n] = before_id
            taken.add(before_id)
    elsewhere = {(before.text, before.language): before.id for before in free if before.id not in taken}
    for n, rule in enumerate(new):
        if n not in ids and not rule.explicit and (moved := elsewhere.pop((rule.text, rule.language), None)):
            ids[n] = moved
            taken.add(moved)
    carried = []
    for n, rule in enumerate(new):
        if not rule.explicit:
            rule = dataclasses.replace(rule, id=ids[n] if n in ids else _unused(rule.id, taken))
            taken.add(rule.id)
        carried.append(rule)
    return carried


def _file(path: Path, name: str) -> tuple[list[GuidelineRule], tuple[Note, ...]]:
    suffix = path.suffix.lower()
    try:
        # One byte more than is read, so that a huge file is refused without being loaded.
        with path.open("rb") as file:
            body = file.read(MOST + 1)
    except OSError as error:
        raise IngestError(
            f"This file cannot be opened ({error.strerror}).", name, 1, next_step="Check that you may read it."
        ) from None
    marked = _SUFFIX.search(path.stem)
    return _rules(
        extract(body, suffix, name), suffix, name, _SUFFIX.sub("", path.stem), marked.group(1) if marked else ""
    )


def _page(page: Page) -> tuple[list[GuidelineRule], tuple[Note, ...]]:
    host, _, path = page.name.partition("://")[2].partition("/")
    stem = path.partition("?")[0].rstrip("/").rpartition("/")[2].partition(".")[0] or host
    found = extract(page.body, page.suffix, page.name, page.charset)
    return _rules(found, page.suffix, page.name, stem, page.language)


def _rules(
    found: Extracted, suffix: str, name: str, stem: str, language: str
) -> tuple[list[GuidelineRule], tuple[Note, ...]]:
    matter, lines, first = front_matter(found.lines, name) if suffix == MARKDOWN else ({}, list(found.lines), 1)
    language = matter.get("language") or matter.get("lang") or language
    rules = []
    for block in blocks(lines, first):
        block = dataclasses.replace(block, line=found.places[block.line - 1])
        if rule := _rule(block, name, stem, language, matter.get("kind")):
            rules.append(rule)
    return rules, found.notes


def _rule(block: Block, file: str, stem: str, language: str, kind: str | None) -> GuidelineRule | None:
    text, rule_id = block.text, ""
    if marked := _ID.search(text):
        rule_id, text = marked.group(1).strip(), text[: marked.start()].strip()
        if not _GOOD_ID.fullmatch(rule_id):
            raise IngestError(
                f"The id {rule_id!r} cannot be used.",
                file,
                block.line,
                next_step="Use small letters, digits and dashes, such as {#price-claims}.",
            )
    kind, text = kind_of(text, block.heading, kind)
    if not _LETTER.search(text):
        return None
    language = language or _script(text)
    explicit = bool(rule_id)
    if not explicit:
        digest = hashlib.sha256(f"{kind}\x1f{' '.join(text.split())}".encode()).hexdigest()[:6]
        slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "rule"
        tag = "" if language == "en" else f".{language.split('-')[0].lower()}"
        rule_id = f"{slug}-{digest}{tag}"
    return GuidelineRule(rule_id, kind, text, language, file, block.line, block.heading, explicit=explicit)


def _script(text: str) -> str:
    """Return ``zh`` where at least a fifth of the letters are Han, which leaves room for names and hashtags."""
    return "zh" if len(_HAN.findall(text)) * 5 >= len(_LETTER.findall(text)) else "en"


def _number(rules: list[GuidelineRule]) -> tuple[list[GuidelineRule], list[IngestError]]:
    """Leave out a rule whose explicit id is used before in its language, with an error; number equal derived ids."""
    seen: dict[tuple[str, str], GuidelineRule] = {}
    taken = {rule.id for rule in rules if rule.explicit}
    numbered, clashes = [], []
    for rule in rules:
        if rule.explicit:
            first = seen.setdefault((rule.id, rule.language), rule)
            if first is not rule:
                clash = IngestError(
                    f"The id {rule.id!r} is already used in {first.file}:{first.line}.",
                    rule.file,
                    rule.line,
                    next_step="Give one of the two another id.",
                )
                clashes.append(clash)
                continue
        else:
            rule = dataclasses.replace(rule, id=_unused(rule.id, taken))
            taken.add(rule.id)
        numbered.append(rule)
    return numbered, clashes


def _unused(rule_id: str, taken: set[str]) -> str:
    n, found = 1, rule_id
    while found in taken:
        n += 1
        found = f"{rule_id}-{n}"
    return found


def _link(rules: list[GuidelineRule], main: str) -> list[GuidelineRule]:
    """Turn one explicit id in several languages into ``id``, ``id.zh``, ..., each with its twin."""
    groups: dict[str, list[GuidelineRule]] = defaultdict(list)
    for rule in rules:
        if rule.explicit:
            groups[rule.id].append(rule)
    changed: dict[tuple[str, str], GuidelineRule] = {}
    for rule_id, group in groups.items():
        if len(group) < 2:
            continue
        group.sort(key=lambda r: (r.language.split("-")[0] != main.split("-")[0], r.language))
        ids = [rule_id] + [f"{rule_id}.{r.language.split('-')[0].lower()}" for r in group[1:]]
        for n, rule in enumerate(group):
            twin = ids[1] if n == 0 else ids[0]
            changed[rule_id, rule.language] = dataclasses.replace(rule, id=ids[n], twin=twin)
    return [changed.get((r.id, r.language), r) if r.explicit else r for r in rules]
