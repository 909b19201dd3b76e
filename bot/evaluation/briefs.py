"""The briefs that every model is measured with: sixty for the example brand, or a file of the brand's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.words import say

SHIPPED = Path(__file__).with_name("briefs.yaml")
_FIELDS = {
    "id", "kind", "account", "language", "brief", "says", "cites", "to", "source", "variants", "segment",
}  # fmt: skip


@dataclass(frozen=True)
class Brief:
    """One brief, and what code looks for in what is written from it."""

    id: str
    kind: str
    text: str
    #: Account of a post-like kind; empty for a document.
    account: str = ""
    #: Language of a document, as a BCP 47 tag.
    language: str = ""
    #: Regular expressions that have to match.
    says: tuple[str, ...] = ()
    #: Rules of which one has to be cited; a rule's twin counts.
    cites: tuple[str, ...] = ()
    #: A stranger's comment that is answered.
    to: str = ""
    #: A text that is summed up.
    source: str = ""
    variants: int = 1
    segment: str = ""


@dataclass(frozen=True)
class Briefs:
    """All briefs, and a regular expression of what none of them bears out."""

    briefs: tuple[Brief, ...]
    never: str = ""


def load(path: Path = SHIPPED) -> Briefs:
    """Read a file of briefs. Raises BadInput naming the brief that cannot be used."""
    import yaml

    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(say("{file} cannot be read: {why}.", file=path, why=error)) from None
    given = read.get("briefs") if isinstance(read, Mapping) else None
    if not isinstance(given, list) or not given:
        raise BadInput(
            say("{file} holds no briefs.", file=path),
            next_step=say("Begin with `briefs:` and a list, as in the shipped file."),
        )
    sources = read.get("sources") or {}
    made = tuple(_brief(path, n, item, sources) for n, item in enumerate(given, 1))
    ids = [b.id for b in made]
    if twice := [i for n, i in enumerate(ids) if i in ids[:n]]:
        raise BadInput(
            say("{file} has two briefs with the id {id}.", file=path.name, id=twice[0]),
            next_step=say("Give each its own."),
        )
    return Briefs(made, str(read.get("never") or ""))


def _brief(path: Path, n: int, item: Any, sources: Mapping[str, str]) -> Brief:
    unknown = sorted(set(item) - _FIELDS) if isinstance(item, Mapping) else ["?"]
    wrong = [f"`{name}`" for name in unknown]
    wrong += [f"`{name}`" for name in ("id", "kind", "brief") if not unknown and not item.get(name)]
    if not wrong:
        wrong += [f"`says: {s}`" for s in item.get("says") or () if not _compiles(s)]
        if item.get("source") and item["source"] not in sources:
            wrong.append(f"`source: {item['source']}`")
        if not str(item.get("variants") or 1).isdigit():
            wrong.append(f"`variants: {item['variants']}`")
    if wrong:
        raise BadInput(
            say("Brief {n} of {file} cannot be used: see {fields}.", n=n, file=path.name, fields=", ".join(wrong))
        )

    def text(name: str) -> str:
        return str(item.get(name) or "")

    def several(name: str) -> tuple[str, ...]:
        return tuple(map(str, item.get(name) or ()))

    return Brief(
        text("id"),
        text("kind"),
        text("brief"),
        account=text("account"),
        language=text("language"),
        says=several("says"),
        cites=several("cites"),
        to=text("to"),
        source=sources[text("source")] if item.get("source") else "",
        variants=int(item.get("variants") or 1),
        segment=text("segment"),
    )


def _compiles(pattern: object) -> bool:
    try:
        re.compile(str(pattern))
    except re.error:
        return False
    return True
