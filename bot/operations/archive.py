"""The form of a backup: one tar file with a manifest first, which names every file with its size and SHA-256."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from bot.errors import BadInput, Misconfigured, NotFound
from bot.words import say

#: The first form of the archive; another one is refused.
FORMAT = 1
DATABASE = "signoff.db"
KEYS = "keys"
_MANIFEST = "manifest.json"
#: A manifest is read before anything is trusted.
_MOST_MANIFEST = 64 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    taken: datetime
    version: str
    schema: str
    #: Which database it was: ``sqlite`` or ``postgresql``. The copy is SQLite either way.
    database: str
    #: Table -> (rows, digest), as in ``bot/store/copying.py``.
    tables: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    #: Path -> (size, SHA-256).
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    #: Brand id -> its folder, which is not part of a backup.
    brands: Mapping[str, str] = field(default_factory=dict)
    #: Parts of the home folder that are not in it, because they are kept elsewhere.
    elsewhere: tuple[str, ...] = ()

    @property
    def keys(self) -> bool:
        return KEYS in self.files


def digest(path: Path) -> tuple[int, str]:
    """Return (size, SHA-256) of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
        return file.tell(), found.hexdigest()


def write(target: Path, manifest: Manifest, sources: Mapping[str, Path]) -> None:
    """Write an archive, readable by its owner only: whole, or not at all."""
    part = target.with_name(f".{target.name}.part")
    body = json.dumps({"format": FORMAT, **asdict(manifest), "taken": manifest.taken.isoformat()}, ensure_ascii=False)
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as tar:
                data = body.encode()
                tar.addfile(_info(_MANIFEST, len(data)), io.BytesIO(data))
                for name, path in sources.items():
                    with path.open("rb") as source:
                        tar.addfile(_info(name, manifest.files[name][0]), source)
            file.flush()
            os.fsync(file.fileno())
        # What could not be restored is no backup: found out now, not on the day it is needed.
        unpack(part, None)
        part.replace(target)
    except (BadInput, OSError) as error:
        # Of a file that became shorter tarfile raises an OSError without a number.
        if isinstance(error, BadInput) or error.errno is None:
            raise Misconfigured(
                say("A file changed while it was being backed up."),
                next_step=say("Back up once more; nothing was changed."),
            ) from error
        raise Misconfigured(
            say("{path} cannot be written: {why}.", path=target, why=error.strerror or error),
            next_step=say("Choose another place, or make room; nothing was changed."),
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def unpack(source: Path, into: Path | None) -> Manifest:
    """Check every byte of an archive against its manifest, and lay its files ``into`` a folder where one is given.

    Raises NotFound, and BadInput for what is no whole backup; then what was laid down is to be thrown away.
    """
    try:
        with tarfile.open(source, mode="r:gz") as tar:
            manifest = _manifest(tar)
            left = dict(manifest.files)
            while (member := tar.next()) is not None:
                if not member.isfile() or member.name not in left or not _inside(member.name):
                    raise _broken(source, say("it holds {name}, which its list does not", name=member.name))
                if _lay(tar, member, into) != left.pop(member.name):
                    raise _broken(source, say("{name} is not what was backed up", name=member.name))
    except FileNotFoundError:
        raise NotFound(say("There is no file {path}.", path=source)) from None
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise Misconfigured(say("{path} cannot be unpacked: {why}.", path=source, why=error.strerror)) from None
        raise _broken(source, say("it cannot be read to the end")) from None
    if left:
        raise _broken(source, say("{name} is missing", name=min(left)))
    return manifest


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != _MANIFEST or first.size > _MOST_MANIFEST:
        raise ValueError("no manifest")
    file = tar.extractfile(first)
    assert file is not None
    said: dict[str, Any] = json.loads(file.read())
    if said.pop("format") != FORMAT:
        raise BadInput(
            say("This backup was made by a newer Signoff."), next_step=say("Update Signoff, then restore it.")
        )
    for pairs in ("tables", "files"):
        said[pairs] = {name: (int(n), str(sha)) for name, (n, sha) in said[pairs].items()}
    said["elsewhere"] = tuple(said["elsewhere"])
    return Manifest(**{**said, "taken": datetime.fromisoformat(said["taken"])})


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _lay(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path | None) -> tuple[int, str]:
    """Read one file, keep it where a folder is given, and return (size, SHA-256)."""
    file, found, size = tar.extractfile(member), hashlib.sha256(), 0
    assert file is not None
    target = None
    if into is not None:
        path = into / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        target = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        while block := file.read(_BLOCK):
            found.update(block)
            size += len(block)
            if target:
                target.write(block)
        if target:
            target.flush()
            os.fsync(target.fileno())
    finally:
        if target:
            target.close()
    return size, found.hexdigest()


def _broken(source: Path, why: str) -> BadInput:
    return BadInput(
        say("{path} is not a whole backup: {why}.", path=source, why=why),
        next_step=say("Nothing was changed. Use another backup."),
    )
