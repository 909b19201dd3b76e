"""GIFs, block by block: what is cut out of them, and how long they play.  https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

from __future__ import annotations

from collections.abc import Iterator

#: Browsers play a delay of 0 or 1 hundredths as 10, as they all have since Netscape.
_LEAST, _INSTEAD = 2, 10
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _blocks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (kind, start, end): 0 for the head, then extensions and pictures. Raises ValueError, IndexError."""

    def table(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    def blocks_end(at: int) -> int:
        while data[at]:
            at += data[at] + 1
        return at + 1

    at = 13 + table(data[10])
    yield 0, 0, at
    while data[at] != 0x3B:
        start, kind = at, data[at]
        if kind == 0x2C:
            at = blocks_end(at + 11 + table(data[at + 9]))
        elif kind == 0x21:
            at = blocks_end(at + 2)
        else:
            raise ValueError(kind)
        yield kind, start, at


def cut(data: bytes) -> bytes:
    """Take comments, application data (but for the loop count) and what stands behind the end out of a GIF."""
    kept = []
    for kind, start, end in _blocks(data):
        label = data[start + 1] if kind == 0x21 else 0
        loops = label == 0xFF and data[start + 3 : start + 14] in _LOOPS
        if kind != 0x21 or label == 0xF9 or loops:
            kept.append(data[start:end])
    return b"".join([*kept, b"\x3b"])


def seconds(data: bytes) -> float:
    """Return how long one round takes; 0 for a GIF that stands still."""
    waits, wait = [], 0
    for kind, start, _ in _blocks(data):
        if kind == 0x21 and data[start + 1] == 0xF9:
            wait = int.from_bytes(data[start + 4 : start + 6], "little")
        elif kind == 0x2C:
            waits.append(wait if wait >= _LEAST else _INSTEAD)
            wait = 0
    return sum(waits) / 100 if len(waits) > 1 else 0.0
