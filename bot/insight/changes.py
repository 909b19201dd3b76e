"""What changed between two texts: word by word, in Chinese character by character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

#: One Han character, or a word with nothing around it, or one sign, or a run of spaces.
_PIECE = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff]|\s+|[#@]?[^\W_\u3400-\u9fff]+(?:[’'.:_-][^\W_\u3400-\u9fff]+)*|.", re.S
)


@dataclass(frozen=True)
class Change:
    """A stretch of text, and whether it stayed."""

    kind: Literal["kept", "gone", "new"]
    text: str


def changes(before: str, after: str) -> list[Change]:
    """Return how ``before`` becomes ``after``: kept and gone stretches make up ``before``, kept and new ``after``."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    found: list[Change] = []
    gone, fresh = "", ""
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        kept = "".join(old[a:b])
        # A space or comma that happens to be the same within a changed stretch only tears it apart.
        if op == "equal" and not ((gone or fresh) and len(kept) < 3 and not re.search(r"\w", kept) and b < len(old)):
            found += [Change("gone", gone)] * bool(gone) + [Change("new", fresh)] * bool(fresh)
            found.append(Change("kept", kept))
            gone = fresh = ""
        else:
            gone += kept
            fresh += "".join(new[c:d])
    return found + [Change("gone", gone)] * bool(gone) + [Change("new", fresh)] * bool(fresh)


def compare(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Compare two texts that were cut into pieces; ``changes`` reads better, this takes long texts too."""
    found: list[Change] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            found.append(Change("kept", "".join(old[a:b])))
            continue
        if b > a:
            found.append(Change("gone", "".join(old[a:b])))
        if d > c:
            found.append(Change("new", "".join(new[c:d])))
    return found
