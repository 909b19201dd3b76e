"""Reading guideline files: each bullet of a Markdown file, in any language, becomes a rule that can be cited.

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
    #: Relative to the folder given as root, with forward slashes.
    file: str
    #: Counted from 1.
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


def read_guidelines(folder: Path, *, root: Path | None = None, main: str = "en") -> list[GuidelineRule]:
    """Return the rules of every ``*.md`` below ``folder``, in order of file and line.

    Files are named relative to ``root`` (default: ``folder``). Where two languages share an explicit id, the rule in
    the language ``main`` keeps it, the other gets ``id.zh``, and each names the other as ``twin``. Raises IngestError
    with file and line for a file that is not UTF-8, an id that cannot be used, or one used twice in one language.
    """
    root = root or folder
    if not folder.is_dir():
        raise IngestError("There is no such folder.", folder.name, 1, next_step="Make it, with one Markdown file.")
    found: list[GuidelineRule] = []
    for path in sorted(folder.rglob("*.md")):
        found += _read(path, path.relative_to(root).as_posix())
    return _link(_number(found), main)


def carry_ids(old: Iterable[Known], new: Sequence[GuidelineRule]) -> list[GuidelineRule]:
    """Return ``new`` with the ids of ``old`` for rules that were only moved or lightly edited.

    Compared within one file and language: equal texts first, then the most alike pairs of at least ALIKE. An id the
    writer chose always stays. The result has no id twice.
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
    carried = []
    for n, rule in enumerate(new):
        if not rule.explicit:
            rule = dataclasses.replace(rule, id=ids[n] if n in ids else _unused(rule.id, taken))
            taken.add(rule.id)
        carried.append(rule)
    return carried


def _read(path: Path, name: str) -> list[GuidelineRule]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise IngestError("This file is not UTF-8 text.", name, line, next_step="Save it as UTF-8.") from None
    matter, lines, first = front_matter(text, name)
    suffix = _SUFFIX.search(path.stem)
    language = matter.get("language") or matter.get("lang") or (suffix.group(1) if suffix else "")
    stem = _SUFFIX.sub("", path.stem)
    return [rule for block in blocks(lines, first) if (rule := _rule(block, name, stem, language, matter.get("kind")))]


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


def _number(rules: list[GuidelineRule]) -> list[GuidelineRule]:
    """Refuse an explicit id used twice in a language; number equal derived ones."""
    seen: dict[tuple[str, str], GuidelineRule] = {}
    taken = {rule.id for rule in rules if rule.explicit}
    numbered = []
    for rule in rules:
        if rule.explicit:
            first = seen.setdefault((rule.id, rule.language), rule)
            if first is not rule:
                raise IngestError(
                    f"The id {rule.id!r} is already used in {first.file}:{first.line}.",
                    rule.file,
                    rule.line,
                    next_step="Give one of the two another id.",
                )
        else:
            rule = dataclasses.replace(rule, id=_unused(rule.id, taken))
            taken.add(rule.id)
        numbered.append(rule)
    return numbered


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
