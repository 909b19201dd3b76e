"""What Chroma leaves in its files of a process's memory, and how it is wiped.

Chroma's index is made for 100 or more rows at once and written whole: ``data_level0.bin`` and ``length.bin`` hold, for
rows that are not there yet, whatever stood in that piece of the process's memory before, a password included (seen with
1.5.9 on 2026-11-22). Where the rows end stands in ``header.bin``; behind it nothing is ever read.
"""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

#: version, first byte, most rows, rows, bytes of a row: hnswlib's ``saveIndex`` as Chroma has it.
_HEADER = struct.Struct("<iQQQQ")
_PIECE = 1 << 20


def wipe(folder: Path) -> int:
    """Zero what lies behind the last row in every index below ``folder``; return how many files had something there.

    A file of a form that is not known here is left as it is, and so is one that is gone meanwhile.
    """
    found = 0
    for header in folder.glob("*/header.bin"):
        with contextlib.suppress(OSError):
            data = header.read_bytes()
            if len(data) < _HEADER.size:
                continue
            _, _, most, rows, size = _HEADER.unpack_from(data)
            for name, width in (("data_level0.bin", size), ("length.bin", 4)):
                file = header.with_name(name)
                if rows <= most and file.stat().st_size == most * width:
                    found += _zero(file, rows * width)
    return found


def _zero(file: Path, start: int) -> bool:
    """Write zeros from ``start`` on where there is anything else; say whether there was."""
    had = False
    with file.open("r+b") as stream:
        at = start
        while stream.seek(at) is not None and (piece := stream.read(_PIECE)):
            if any(piece):
                had = True
                stream.seek(at)
                stream.write(bytes(len(piece)))
            at += len(piece)
    return had
