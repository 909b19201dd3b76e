"""Whether what was written has the form that its kind promises: fields, numbers of items, lengths.

Counted anew here, from the kind's own description; the code that drafts has its own count, and may be wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.agent.kinds import Field, Kind
from bot.agent.post_kinds import shape
from bot.domain.document import Document
from bot.domain.draft import DraftVersion
from bot.evaluation.marking import Piece
from bot.platforms import registry

#: What is left of a tool call, a prompt or a schema where a text should be.
_RESIDUE = re.compile(r'"(?:tool|args|parts|citations)"\s*:|<\|im_|^\s*[{\[].*[}\]]\s*$|```', re.S)
#: Texts that code fills in word for word from rules or a source: not the model's, so not marked.
_NOT_ITS_OWN = frozenset({"never_rules", "disclosure", "hashtags", "seconds"})
#: Code points that X counts once; a link counts 23.
_LIGHT = re.compile(r"[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_URL = re.compile(r"https?://\S+")


def post(version: DraftVersion, kind: str) -> Piece:
    """Return a draft as a piece to mark: lengths are the platform's own."""
    content, wanted = version.content, shape(kind)
    texts = tuple(p.text for p in content.parts)
    platform = registry.load(content.account.partition(":")[0])
    fits = not platform.fits(content.parts, reply=bool(content.reply_parent), visibility=content.visibility)
    several = wanted.fewest <= len(texts) <= (wanted.most or platform.limits.parts)
    sound = several and all(t.strip() and not _RESIDUE.search(t) for t in texts)
    return Piece(version.draft_id, texts, version.citations, version.findings, sound, fits, _notes(version.note))


def document(made: Document, kind: Kind) -> Piece:
    """Return a document as a piece to mark."""
    leaves = list(_leaves(kind, made.body, made.language))
    texts = tuple(text for text, _ in leaves)
    sound = _sound(kind, made.body) and all(t.strip() and not _RESIDUE.search(t) for t in texts)
    short = all(most == 0 or size <= most for text, (size, most) in leaves)
    notes = tuple(map(str, made.evidence.get("notes") or ()))
    return Piece(made.id, texts, made.citations, made.findings, sound, short, notes)


def _notes(note: str) -> tuple[str, ...]:
    return (note,) if note else ()


def size(text: str, unit: str) -> int:
    """Count a text: in code points, in cells (East Asian wide ones are two), or as X does."""
    if unit == "width":
        return len(text) + sum(unicodedata.east_asian_width(c) in ("W", "F") for c in text)
    if unit == "weighted":
        bare, links = _URL.subn("", text)
        bare = unicodedata.normalize("NFC", bare)
        return links * 23 + len(_LIGHT.findall(bare)) + 2 * len(_LIGHT.sub("", bare))
    return len(text)


def _leaves(kind: Kind, body: Mapping[str, Any], language: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield every text that a model wrote, with its length and the longest it may be."""
    if kind.formats:
        for ad in body.get("ads") or ():
            yield from _texts(kind.format(ad["format"]).fields, ad, language)
    else:
        yield from _texts(kind.fields, body, language)


def _texts(fields: Sequence[Field], body: Mapping[str, Any], language: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for f in fields:
        value = body.get(f.name)
        if f.by in _NOT_ITS_OWN or f.type == "choice" or value is None:
            continue
        if f.type == "records":
            # Beside a point stands the quotation it rests on, which is the source's.
            of = [sub for sub in f.of if not (f.by == "source" and sub.name == "quote")]
            for record in value:
                yield from _texts(of, record, language)
        else:
            longest = f.longest or {}
            most = longest.get(language.split("-")[0], longest.get("en", 0))
            for text in value if isinstance(value, list) else [value]:
                yield str(text), (size(str(text), f.unit), int(most))


def _sound(kind: Kind, body: Mapping[str, Any]) -> bool:
    if not kind.formats:
        return _has(kind.fields, body)
    ads = body.get("ads") or ()
    return bool(ads) and all(_has(kind.format(ad["format"]).fields, ad) for ad in ads)


def _has(fields: Sequence[Field], body: Mapping[str, Any]) -> bool:
    """Say whether every field is there, of its type, with as many items as there should be."""
    for f in fields:
        value = body.get(f.name)
        if f.by:
            if value is None:
                return False
            continue
        if f.type == "choice" and value not in (f.options or {}):
            return False
        if f.type == "text" and not (isinstance(value, str) and value.strip()):
            return False
        if f.type in ("list", "records"):
            if not isinstance(value, list) or not f.items[0] <= len(value) <= f.items[1]:
                return False
            inside = _has_all(f, value) if f.type == "records" else all(isinstance(v, str) and v.strip() for v in value)
            if not inside:
                return False
    return True


def _has_all(f: Field, records: Sequence[Any]) -> bool:
    return all(isinstance(r, Mapping) and _has(f.of, r) for r in records)
