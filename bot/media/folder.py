"""The folder where pictures and videos are kept under the SHA-256 of their bytes: whole, clean, or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.domain.draft import Media
from bot.errors import BadInput, NotFound
from bot.media import pictures, video
from bot.media.limits import MOST_PICTURE, MOST_VIDEO, MediaLimits, Unfit, Unreadable, amount, fits, key, most_pixels
from bot.words import say

_PICTURES = {"image/jpeg": ("jpg", "jpeg", "jpe", "jfif", "mpo"), "image/png": ("png",), "image/webp": ("webp",),
             "image/gif": ("gif",)}  # fmt: skip
_VIDEOS = {"mov": ("mp4", "m4v", "mov", "qt", "3gp"), "matroska": ("webm", "mkv")}
_ENDINGS = frozenset(ending for known in (_PICTURES, _VIDEOS) for endings in known.values() for ending in endings)
#: Other programs find these in a picture or a video that was also made to be something else.
_ALSO = (b"%PDF-", b"<?php", b"<script", b"<!DOCTYPE", b"<html", b"#!/")
#: Seconds after which what a dead process left behind surely serves nobody.
_STALE = 6 * 3600


class MediaFolder:
    """A folder of files named by SHA-256. ``ffmpeg`` finds the program for videos, or None."""

    def __init__(self, folder: Path, ffmpeg: Callable[[], str | None] = lambda: None) -> None:
        self.folder = folder
        self._ffmpeg = ffmpeg
        self._known: dict[tuple[object, ...], Media | Unfit] = {}

    # --- taking in -----------------------------------------------------------------------------------------

    def add(self, path: Path, alt: str) -> Media:
        """Take a picture or a video in, without what it tells of camera and place.

        Raises BadInput for what is neither, is damaged, is not what its name says, or is too large; and for a video
        where there is no ffmpeg. Then nothing is kept.
        """
        path = path.expanduser()
        try:
            with path.open("rb") as file:
                head, size = file.read(64), path.stat().st_size
        except OSError as error:
            raise BadInput(say("{path} cannot be read: {why}.", path=path, why=error.strerror)) from None
        kind = video.kind_of(head)
        most = MOST_VIDEO if kind else MOST_PICTURE
        if size > most:
            raise BadInput(
                say("{path} has {size}; {most} is the most.", path=path, size=amount(size), most=amount(most)),
                next_step=say("Make it smaller first."),
            )
        try:
            return self._video(path, kind, alt) if kind else self.take(path.read_bytes(), alt, path.name)
        except Unreadable as bad:
            raise BadInput(say("{path} cannot be used.", path=path) + " " + str(bad)) from None

    def take(self, data: bytes, alt: str, name: str = "") -> Media:
        """Take the bytes of a picture in; ``name`` is the name that they came under. Raises BadInput."""
        if len(data) > MOST_PICTURE:
            raise BadInput(
                say("{path} has {size}; {most} is the most.", path=name, size=amount(len(data)),
                    most=amount(MOST_PICTURE))
            )  # fmt: skip
        try:
            mime = pictures.kind_of(data)
        except Unreadable:
            raise BadInput(_not_a_picture(data, name)) from None
        try:
            _honest(name, mime, _PICTURES, data[:1024], data[-66_000:])
            clean = pictures.strip(data, mime, always=True)
        except Unreadable as bad:
            raise BadInput(say("{path} cannot be used.", path=name or mime) + " " + str(bad)) from None
        return self._keep(clean, alt)

    def _video(self, path: Path, kind: str, alt: str) -> Media:
        with self._work() as work:
            source = work / "source"
            _copy(path, source)
            with source.open("rb") as file:
                head = file.read(1024)
                file.seek(-min(66_000, file.seek(0, 2)), 2)
                _honest(path.name, kind, _VIDEOS, head, file.read())
            return self._store(video.take(source, kind, work, self._ffmpeg()), alt)

    # --- keeping -------------------------------------------------------------------------------------------

    def _keep(self, picture: pictures.Picture, alt: str) -> Media:
        with self._work() as work:
            made = work / "picture"
            made.write_bytes(picture.data)
            digest = self._place(made)
        return Media(digest, picture.mime, picture.width, picture.height, alt, len(picture.data), picture.seconds)

    def _store(self, clip: video.Video, alt: str) -> Media:
        size = clip.path.stat().st_size
        return Media(self._place(clip.path), video.MIME, clip.width, clip.height, alt, size, clip.seconds)

    def _place(self, made: Path) -> str:
        """Give a finished file its name, in one step and only when its bytes are on disk; return its digest."""
        with made.open("rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        made.replace(self.folder / digest)
        return digest

    @contextmanager
    def _work(self) -> Iterator[Path]:
        """Make a folder to work in, and take away those that died processes left."""
        here = f"{socket.gethostname()}-{os.getpid()}-"
        desks = self.folder / ".work"
        desks.mkdir(parents=True, exist_ok=True)
        for left in desks.iterdir():
            if _abandoned(left):
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=here, dir=desks, ignore_cleanup_errors=True) as work:
            yield Path(work)

    def read(self, medium: Media) -> bytes:
        """Return the bytes of a medium. Raises NotFound when they are gone or are no longer the same."""
        try:
            data = (self.folder / medium.sha256).read_bytes()
        except OSError:
            raise NotFound(
                say("The file {digest} is missing from {folder}.", digest=medium.sha256[:8], folder=self.folder)
            ) from None
        if hashlib.sha256(data).hexdigest() != medium.sha256:
            raise NotFound(say("The file {digest} is not the one that was signed off.", digest=medium.sha256[:8]))
        return data

    def thumbnail(self, medium: Media) -> bytes:
        """Return what shows a medium in a small place: a picture itself, of a video its first frame.

        Raises NotFound, and BadInput or Unreadable where no frame can be had.
        """
        if not medium.is_video:
            return self.read(medium)
        source = self.folder / medium.sha256
        try:
            with source.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == medium.sha256
        except OSError:
            same = False
        if not same:
            raise NotFound(say("The file {digest} is not the one that was signed off.", digest=medium.sha256[:8]))
        with self._work() as work:
            return video.still(source, work, self._ffmpeg())

    # --- made to fit ---------------------------------------------------------------------------------------

    def fit(self, medium: Media, limits: MediaLimits, label: str) -> Media:
        """Return a medium that fits, with the same alt text: itself, or one made of it and kept beside it.

        Raises Unfit, which says why and what a person can do; NotFound; BadInput where a video needs ffmpeg.
        """
        if fits(medium, limits):
            return medium
        known = (medium.sha256, label, *key(limits))
        if known not in self._known:
            try:
                self._known[known] = self._fitted(medium, limits, label)
            except Unfit as no:
                self._known[known] = no
        made = self._known[known]
        if isinstance(made, Unfit):
            raise Unfit(made.message, next_step=made.next_step)
        return replace(made, alt=medium.alt)

    def _fitted(self, medium: Media, limits: MediaLimits, label: str) -> Media:
        data = self.read(medium)
        if not medium.is_video:
            if medium.moves:
                _no_gif(medium, limits, label)
            try:
                return self._keep(pictures.fit(data, medium, limits, label), medium.alt)
            except Unreadable as bad:
                raise Unfit(str(bad)) from None
        with self._work() as work:
            source = work / "source"
            source.write_bytes(data)
            try:
                return self._store(video.fit(source, medium, limits, label, work, self._ffmpeg()), medium.alt)
            except Unreadable as bad:
                raise Unfit(str(bad)) from None


def _no_gif(medium: Media, limits: MediaLimits, label: str) -> None:
    """Say why a GIF that moves cannot be taken: written anew it would stand still, which nobody asked for."""
    if medium.mime not in limits.image_types:
        instead = say("Use a video, or a picture that stands still.") if limits.videos else say(
            "Use a picture that stands still.")  # fmt: skip
        raise Unfit(say("{label} takes no animated GIFs.", label=label), next_step=instead)
    most = limits.gif_bytes if limits.gif_bytes is not None else limits.image_bytes
    if medium.size > most:
        raise Unfit(
            say("The animated GIF has {size}; {label} takes {most}.", size=amount(medium.size), label=label,
                most=amount(most)), next_step=say("Make it shorter or smaller, or use a video.")
        )  # fmt: skip
    raise Unfit(
        say("The animated GIF has {n} pixels; {label} takes {most}.", n=medium.width * medium.height, label=label,
            most=most_pixels(medium, limits)), next_step=say("Make it smaller, or use a video.")
    )  # fmt: skip


def _honest(name: str, kind: str, known: dict[str, tuple[str, ...]], head: bytes, tail: bytes) -> None:
    """Refuse a file that its name calls something else, or that is something else as well. Raises Unreadable."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in _ENDINGS and ending not in known[kind]:
        raise Unreadable(
            say("Its name ends in .{ending}, but it is a {kind} file. Name it .{right}, if that is what you want.",
                ending=ending, kind=known[kind][0].upper(), right=known[kind][0])
        )  # fmt: skip
    at = tail.rfind(b"PK\x05\x06")
    archive = (
        at >= 0 and len(tail) - at >= 22 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)
    )
    if archive or any(sign in head for sign in _ALSO):
        raise Unreadable(say("It is also a file of another kind. Save it anew with a picture or video program."))


def _not_a_picture(data: bytes, name: str) -> str:
    """Say what a file is instead, where that is easily seen."""
    kinds = {b"II*\0": "TIFF", b"MM\0*": "TIFF", b"BM": "BMP", b"%PDF": "PDF", b"\0\0\1\0": "ICO", b"<svg": "SVG"}
    found = next((kind for sign, kind in kinds.items() if data.startswith(sign)), "")
    if data[4:8] == b"ftyp":
        found = "AVIF" if data[8:12] in (b"avif", b"avis") else "HEIC"
    if found:
        return say("{path} is a {kind}; use JPEG, PNG, WebP or GIF.", path=name, kind=found)
    return say("{path} is neither a picture nor a video that can be read.", path=name or "-")


def _copy(source: Path, target: Path) -> None:
    """Copy a file that may change or grow while it is read."""
    left = MOST_VIDEO
    with source.open("rb") as file, target.open("wb") as out:
        while chunk := file.read(2**20):
            left -= len(chunk)
            if left < 0:
                raise Unreadable(say("It grows while it is read."))
            out.write(chunk)


def _abandoned(work: Path) -> bool:
    host, _, rest = work.name.rpartition("-")[0].rpartition("-")
    try:
        # On Windows, asking whether a process lives can end it.
        if host == socket.gethostname() and rest.isdigit() and sys.platform != "win32":
            os.kill(int(rest), 0)
        return time.time() - work.stat().st_mtime > _STALE
    except ProcessLookupError:
        return True
    except OSError:
        return False
