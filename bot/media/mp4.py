"""MP4 and MOV files, box by box: what is in them, and whether anything stands there beside picture and sound.

ISO/IEC 14496-12 (boxes), 14496-15 (avcC); QuickTime's differ little where it matters here:
https://developer.apple.com/documentation/quicktime-file-format (read 2026-11-22).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from bot.media.limits import Unreadable
from bot.words import say

#: Boxes that only hold other boxes.
_HOLD = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"}
#: Everything that a file of ours may hold: an unknown box may tell anything.
_OURS = _HOLD | {
    b"ftyp", b"mdat", b"free", b"mvhd", b"tkhd", b"elst", b"mdhd", b"hdlr", b"vmhd", b"smhd", b"dref", b"stsd",
    b"stts", b"ctts", b"cslg", b"stss", b"stsc", b"stsz", b"stco", b"co64", b"sdtp", b"sgpd", b"sbgp",
}  # fmt: skip
#: Within the description of a track: boxes behind its fixed fields.
_WITHIN = {b"avcC", b"pasp", b"colr", b"btrt", b"fiel", b"esds", b"chrm"}
_NAMES = {b"", b"VideoHandler", b"SoundHandler"}
_MOST_MOOV, _MOST_BOXES = 64 * 2**20, 4096
_UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True)
class Track:
    """One track: ``kind`` is ``vide``, ``soun`` or another handler; ``codec`` such as ``avc1``, ``mp4a``."""

    kind: str
    codec: str
    width: int = 0
    height: int = 0
    #: Profile of H.264 (66 baseline, 77 main, 100 high).
    profile: int = 0
    fps: float = 0.0
    #: Whether players turn or stretch it.
    turned: bool = False


@dataclass(frozen=True)
class Clip:
    """What a file holds."""

    brand: str
    seconds: float
    tracks: tuple[Track, ...]
    #: What stands there beside picture and sound; empty for a clean file.
    telltale: str = ""

    def of(self, kind: str) -> list[Track]:
        return [track for track in self.tracks if track.kind == kind]

    @property
    def plain(self) -> bool:
        """Say whether every platform plays it: H.264 in 8 bits upright, with AAC or without sound."""
        video, sound = self.of("vide"), self.of("soun")
        return (
            len(video) == 1
            and video[0].codec == "avc1"
            and video[0].profile in (66, 77, 100)
            and not video[0].turned
            and 0 < video[0].fps <= 60.5
            and video[0].width % 2 == 0 == video[0].height % 2
            and [t.codec for t in sound] in ([], ["mp4a"])
        )


def _boxes(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start of the content, end) of each box in a stretch of bytes. Raises Unreadable."""
    end = len(data) if end is None else end
    while at < end:
        if end - at < 8:
            raise Unreadable(say("The video is damaged."))
        size, kind, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1 and end - at >= 16:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size == 0 and kind == b"\0\0\0\0" and not any(data[at:end]):
            # QuickTime ends a list of boxes with zeros.
            return
        size = end - at if size == 0 else size
        if size < head or at + size > end:
            raise Unreadable(say("The video is damaged."))
        yield kind, at + head, at + size
        at += size


def outline(file: BinaryIO) -> tuple[str, bytes, list[tuple[bytes, bytes]]]:
    """Return brand, the ``moov`` box's content, and the other boxes of a file with their content (not ``mdat``'s).

    Raises Unreadable where boxes do not fill the file to its last byte: it is cut off, or something hangs on it.
    """
    whole = file.seek(0, 2)
    at, brand, moov, found = 0, "", b"", list[tuple[bytes, bytes]]()
    while at < whole:
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        skip = 16 if size == 1 else 8
        size = int.from_bytes(head[8:16], "big") if size == 1 else size or whole - at
        if size < skip or at + size > whole or len(found) > _MOST_BOXES:
            raise Unreadable(say("The video is cut off or damaged."))
        keep = kind != b"mdat" and size <= _MOST_MOOV
        file.seek(at + skip)
        content = file.read(size - skip) if keep else b""
        if kind == b"ftyp" and not brand:
            brand = content[:4].decode("latin-1").strip()
        if kind == b"moov":
            if moov or not keep:
                raise Unreadable(say("The video is cut off or damaged."))
            moov = content
        else:
            found.append((kind, content))
        at += size
    if not moov:
        raise Unreadable(say("The video is cut off or damaged."))
    return brand, moov, found


def read(file: BinaryIO) -> Clip:
    """Return what an MP4 or MOV file holds. Raises Unreadable."""
    brand, moov, others = outline(file)
    try:
        seconds, told = 0.0, [_strange(kind, content) for kind, content in others]
        tracks = []
        for kind, start, end in _boxes(moov):
            told.append(_strange(kind, moov[start:end]))
            if kind == b"mvhd":
                seconds = _duration(moov[start:end])[0]
            elif kind == b"trak":
                track, more = _track(moov[start:end])
                tracks.append(track)
                told += more
    except (struct.error, IndexError, ZeroDivisionError) as error:
        raise Unreadable(say("The video is damaged.")) from error
    return Clip(brand, round(seconds, 3), tuple(tracks), next(filter(None, told), ""))


def _duration(body: bytes) -> tuple[float, int]:
    """Return the seconds and the creation time in an ``mvhd`` or ``mdhd`` box."""
    created, scale, length = struct.unpack(">Q8xIQ" if body[0] else ">I4xII", body[4 : 32 if body[0] else 20])
    if length in (2**32 - 1, 2**64 - 1):
        length = 0
    return length / scale, created


def _track(data: bytes) -> tuple[Track, list[str]]:
    kind, codec, width, height, profile, samples, lasts, turned = b"", b"", 0, 0, 0, 0, 0.0, False
    told: list[str] = []
    for name, body in _walk(data, told):
        if name == b"tkhd":
            turned = body[40 + 12 * (body[0] == 1) :][:36] != _UPRIGHT
        elif name == b"mdhd":
            lasts = _duration(body)[0]
        elif name == b"hdlr" and not kind:
            kind = body[8:12]
        elif name == b"stsz":
            samples = int.from_bytes(body[8:12], "big")
        elif name == b"stsd":
            codec = body[12:16]
            if codec[:3] in (b"avc", b"hvc", b"hev", b"mp4") and kind == b"vide":
                width, height = struct.unpack(">HH", body[40:44])
                more = {k: body[s:e] for k, s, e in _boxes(body, 94, 8 + int.from_bytes(body[8:12], "big"))}
                profile = more.get(b"avcC", b"\0\0")[1]
                across, down = struct.unpack(">II", more.get(b"pasp", b"\0\0\0\1\0\0\0\1"))
                turned = turned or across != down
    fps = samples / lasts if lasts else 0.0
    return Track(kind.decode("latin-1"), codec.decode("latin-1"), width, height, profile, fps,
                 turned and kind == b"vide"), told  # fmt: skip


def _walk(data: bytes, told: list[str], depth: int = 0) -> Iterator[tuple[bytes, bytes]]:
    for kind, start, end in _boxes(data):
        body = data[start:end]
        told.append(_strange(kind, body))
        if kind in _HOLD and depth < 8:
            yield from _walk(body, told, depth + 1)
        else:
            yield kind, body


def _strange(kind: bytes, body: bytes) -> str:
    """Name what in a box could tell of a place, a time, a camera or a person; empty for nothing."""
    name = kind.decode("latin-1")
    if kind not in _OURS:
        return name
    if kind == b"free" and any(body):
        return name
    if kind in (b"mvhd", b"mdhd", b"tkhd"):
        times = body[4:20] if body[0] else body[4:12]
        return name if any(times) else ""
    if kind == b"hdlr":
        return name if body[24:].strip(b"\0") not in _NAMES else ""
    if kind == b"stsd":
        return _described(body)
    return ""


def _described(body: bytes) -> str:
    entries = list(_boxes(body, 8))
    if len(entries) != 1:
        return "stsd"
    kind, start, end = entries[0]
    fixed = {b"avc1": 78, b"mp4a": 28}.get(kind)
    if fixed is None:
        return kind.decode("latin-1")
    # The name of the encoder stands in 32 bytes of a picture track's description.
    if kind == b"avc1" and any(body[start + 42 : start + 74]):
        return "avc1"
    try:
        return next((k.decode("latin-1") for k, _, _ in _boxes(body, start + fixed, end) if k not in _WITHIN), "")
    except Unreadable:
        # Sound in QuickTime has more fields there.
        return "stsd"


def blank(file: BinaryIO) -> None:
    """Turn what a writer says of itself into empty space, in place: no other byte moves. Raises Unreadable.

    That is ``udta`` in ``moov``, and the encoder's name in the description of a picture track.
    """
    moov = outline(file)[1]
    whole = file.seek(0, 2)
    file.seek(0)
    # Our files are short at the front: ``ftyp``, then ``moov``.
    front = file.read(min(whole, len(moov) + 4096))
    base = front.find(moov)
    if base < 0:
        raise Unreadable(say("The video could not be cleaned."))
    for at, bytes_ in _own_words(moov, 0, len(moov)):
        file.seek(base + at)
        file.write(bytes_)


def _own_words(moov: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield what to write where, counted from the beginning of ``moov``'s content."""
    for kind, start, stop in _boxes(moov, at, end):
        if kind == b"udta":
            yield start - 4, b"free" + bytes(stop - start)
        elif kind == b"stsd" and moov[start + 12 : start + 16] == b"avc1":
            yield start + 16 + 42, bytes(32)
        elif kind in _HOLD:
            yield from _own_words(moov, start, stop)
