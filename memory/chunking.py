"""Cutting long texts where a reader would pause, because one vector blurs what a long text says."""

from __future__ import annotations

import re

#: Longest piece in characters; a sentence encoder averages more than that into nothing in particular.
LIMIT = 320

#: After a sentence's end: Latin needs a space behind it, Chinese does not.
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])\s*|\n+")


def chunk(text: str, limit: int = LIMIT) -> list[str]:
    """Return ``text`` in pieces of at most ``limit`` characters, cut between sentences where possible.

    Joined, the pieces hold every word once. A text that fits is returned whole, and an empty one as no piece.
    """
    pieces: list[str] = []
    for sentence in _SENTENCE.split(text.strip()):
        for bit in _hard_cut(sentence, limit):
            if pieces and len(pieces[-1]) + 1 + len(bit) <= limit:
                pieces[-1] += " " + bit
            else:
                pieces.append(bit)
    return [text.strip()] if len(text.strip()) <= limit and pieces else pieces


def _hard_cut(sentence: str, limit: int) -> list[str]:
    """Cut a sentence that is itself too long, at a space in the last third if there is one."""
    bits = []
    while len(sentence) > limit:
        at = sentence.rfind(" ", limit * 2 // 3, limit + 1)
        at = at if at > 0 else limit
        bits.append(sentence[:at].strip())
        sentence = sentence[at:].strip()
    return [*bits, sentence] if sentence else bits
