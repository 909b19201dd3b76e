"""Five ways to write an order so that a filter may miss it, and what a model that understands them all reads."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

ENCODINGS = ("plain", "zero-width", "tags", "homoglyph", "base64")
#: Cyrillic and Greek letters that look like Latin ones.
_ALIKE = dict(zip("aceopxyijsBEHKMT", "асеорхуіјѕВЕНКМТ", strict=True))
_BACK = {v: k for k, v in _ALIKE.items()}
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]")
_SIXTYFOUR = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
#: Hidden characters that the product made visible: ``<U+200B>`` and the like.
_SHOWN = re.compile(r"[<⟨\[]U\+[0-9A-F]{4,6}[>⟩\]]")


def encode(text: str, how: str) -> str:
    """Return ``text`` in one of ENCODINGS."""
    if how == "zero-width":
        return "\u200b".join(text)
    if how == "tags":
        return "".join(chr(0xE0000 + ord(c)) if " " <= c <= "~" else c for c in text)
    if how == "homoglyph":
        return "".join(_ALIKE.get(c, c) for c in text)
    if how == "base64":
        return base64.b64encode(text.encode()).decode()
    return text


def readings(text: str) -> list[str]:
    """Return all that may be meant by ``text``: as it stands, and with each encoding undone."""
    untagged = "".join(chr(ord(c) - 0xE0000) if 0xE0020 <= ord(c) <= 0xE007E else c for c in text)
    bare = _SHOWN.sub("", _HIDDEN.sub("", untagged))
    bare = re.sub(r"\n> ?", "", bare)
    found = [bare, "".join(_BACK.get(c, c) for c in bare)]
    for match in _SIXTYFOUR.finditer(bare):
        try:
            found.append(base64.b64decode(match.group() + "=" * (-len(match.group()) % 4)).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found


def orders(text: str) -> list[dict[str, Any]]:
    """Return the orders that stand in a text, in whatever encoding: ``[[do: {...}]]``."""
    found: list[dict[str, Any]] = []
    for reading in readings(text):
        for begin in re.finditer(r"\[\[do: ?", reading):
            try:
                order, _ = json.JSONDecoder().raw_decode(reading, begin.end())
            except ValueError:
                continue
            if isinstance(order, dict) and order not in found:
                found.append(order)
    return found
