"""The brand folder's own files, changed from the web desk: tried first, then kept, learned, and the old one put aside.

A change is bound to the file that its author saw, as a signature is bound to a text. It goes through the same lease as
``signoff learn``; where learning fails, the file is put back as it was.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot import brand_folder
from bot.app import App
from bot.domain.brand import Brand, Person, Role, RuleBook
from bot.domain.policy import ApprovalPolicy
from bot.errors import BadInput, Misconfigured, NotAllowed, NotFound, Stale
from bot.store import desk as rows
from bot.store import events
from bot.words import joined, say
from bot.workflow import stranded

if TYPE_CHECKING:
    from bot.brand_folder import FolderProblem

#: Files that can be changed here.
FILES = ("policy.yaml", "brand.yaml")
#: Characters of a file, and versions of it that are listed.
LONGEST, LISTED = 60_000, 30
#: Where the versions before are kept, inside the brand folder.
KEPT = ".signoff"
_VERSION = re.compile(r"(policy|brand)-(\d{8}T\d{6}Z)-([0-9a-f]{8})\.yaml")


@dataclass(frozen=True)
class Seen:
    """A file as it stands."""

    name: str
    folder: Path
    text: str
    #: SHA-256 of its bytes, in hex: what a change is bound to.
    digest: str
    #: Names of the versions before, newest first.
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tried:
    """A text held against the whole folder, as `signoff check` would."""

    problems: tuple[FolderProblem, ...]
    brand: Brand
    policy: ApprovalPolicy
    #: What else in the folder differs from what was learned and would be learned with it, and what would wait for an
    #: account that is gone, in words.
    also: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)


def look(app: App, name: str) -> Seen:
    """Return a file as it stands in the brand's folder; empty where it is missing. Raises NotFound, BadInput."""
    folder = _folder(app, name)
    text, digest = read(folder / name)
    return Seen(name, folder, text, digest, tuple(_kept(folder, name))[:LISTED])


def before(app: App, name: str, version: str) -> str:
    """Return the text of a version that was put aside. Raises NotFound."""
    folder = _folder(app, name)
    if version not in _kept(folder, name):
        raise NotFound(say("There is no version {version} of {file}.", version=repr(version), file=name))
    return _bytes(folder / KEPT / version).decode("utf-8-sig", "replace").replace("\r\n", "\n")


def tried(app: App, name: str, text: str) -> Tried:
    """Hold a text against the whole folder. Nothing is stored. Raises NotFound, BadInput for one that is too long."""
    if len(text) > LONGEST:
        raise BadInput(
            say("The file has {n} characters; {most} at most can be changed here.", n=len(text), most=LONGEST),
            next_step=say("Change it in the folder, and run `signoff learn`."),
        )
    folder = _folder(app, name)
    with app.db.read() as conn:
        learned, policy, _ = rows.load_brand(conn, app.brand_id)
        previous = rows.rules_of_folder(conn, str(folder))
    found = brand_folder.load(folder, previous=previous, copies=app.copies, instead={name: text})
    problems = list(found.problems)
    if found.ok and found.brand.id != learned.id:
        problems.append(_fault(say("The brand's id cannot be changed here."), say("Write `id: {id}`.", id=learned.id)))
    if found.ok and not any(p.may(Role.ADMIN) for p in found.brand.people):
        problems.append(_fault(say("Nobody would be an admin any more."), say("Leave one person the role admin.")))
    mine = [p for p in problems if p.file == name]
    rest = [p for p in problems if p.file != name and p.severity == "error"]
    also = _also(name, learned, policy, found.brand, found.policy)
    if found.unread:
        also.append(say("{url} was never read, and there is no copy of it.", url=found.unread[0]))
    if found.ok:
        with app.db.read() as conn:
            also += stranded.told(conn, found.brand)
    return Tried((*mine, *rest), found.brand, found.policy, tuple(also))


def save(app: App, name: str, text: str, seen: str, by: Person) -> None:
    """Keep a file, put the old one aside, and learn the folder.

    Raises NotAllowed for anybody but an admin, Stale where the file is not the one that was seen, BadInput where the
    text has errors, Misconfigured, Halted. Whatever is raised, the file is as it was.
    """
    if not by.may(Role.ADMIN):
        raise NotAllowed(say("Only an admin changes {file}.", file=name))
    found = tried(app, name, text)
    if not found.ok:
        first = next(p for p in found.problems if p.severity == "error")
        raise BadInput(f"{first.file}:{first.line}: {first.message}", next_step=first.fix)
    swap(app, _folder(app, name), name, text, seen, by, f"{name} was changed on the web desk")


def swap(app: App, folder: Path, name: str, text: str, seen: str, by: Person, why: str) -> None:
    """Put a text in a file's place, the old one aside, and learn the folder; ``seen`` is the digest of the old one.

    Raises Stale, Misconfigured, Halted. Whatever is raised, the file is as it was.
    """
    path = (folder / name).resolve()
    undo: list[Callable[[], None]] = []

    def put() -> None:
        old = _bytes(path)
        if _digest(old) != seen:
            raise Stale(
                say("{file} was changed after you opened it.", file=name),
                next_step=say("Load the page again, and make your change once more."),
            )
        data = (text if text.endswith("\n") else text + "\n").encode("utf-8")
        if b"\r\n" in old:
            data = data.replace(b"\n", b"\r\n")
        existed = path.exists()
        if existed:
            at = f"{app.clock.now():%Y%m%dT%H%M%SZ}"
            _write(folder / KEPT / f"{path.stem}-{at}-{_digest(old)[:8]}{path.suffix}", old)
        _write(path, data)
        undo.append(lambda: _write(path, old) if existed else path.unlink())

    try:
        app.learn(folder, first=put)
    except BaseException:
        for step in undo:
            step()
        raise
    with app.db.write() as conn:
        brand = rows.load_brand(conn, app.brand_id)[0]
        events.record(conn, app.clock.now(), by.id, f"brand:{brand.id}", seen[:12], _digest(_bytes(path))[:12], why)


def read(path: Path) -> tuple[str, str]:
    """Return a file's text and digest; empty where it is missing. Raises BadInput, Misconfigured."""
    data = _bytes(path)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n"), _digest(data)
    except UnicodeDecodeError:
        raise BadInput(say("{file} is not UTF-8 text.", file=path.name), next_step=say("Save it as UTF-8.")) from None


def _folder(app: App, name: str) -> Path:
    if name not in FILES:
        raise NotFound(say("There is no file {file}.", file=repr(name)))
    return folder_of(app)


def folder_of(app: App) -> Path:
    """Return the brand's folder. Raises NotFound where it is not on this machine."""
    with app.db.read() as conn:
        folder = Path(rows.load_brand(conn, app.brand_id)[2])
    if not folder.is_absolute() or not folder.is_dir():
        raise NotFound(
            say("The brand folder {folder} is not on this machine.", folder=folder),
            next_step=say("Change the file where the folder is, and run `signoff learn` there."),
        )
    return folder


def _also(name: str, was: Brand, policy: ApprovalPolicy, brand: Brand, other: ApprovalPolicy) -> list[str]:
    """Say what differs besides the file itself."""
    old, new = ({r.id: r.hash for r in book.rules} for book in (was.rulebook, brand.rulebook))
    changes = sum(old.get(rule) != new.get(rule) for rule in old | new)
    found = [say("Rules that changed in the folder: {n}.", n=changes)] if changes else []
    bare = RuleBook()
    ids = {p.id for p in brand.people}
    # Who is known by a group of a chat stands beside the folder, not in it.
    mine = replace(was, rulebook=bare, people=tuple(p for p in was.people if p.id in ids or ":" not in p.id))
    if name != "brand.yaml" and mine != replace(brand, rulebook=bare):
        found.append(say("{file} was changed in the folder, too.", file="brand.yaml / replies.yaml"))
    if name != "policy.yaml" and policy != other:
        found.append(say("{file} was changed in the folder, too.", file="policy.yaml"))
    return [joined(said, say("It is learned with this.")) for said in found]


def _fault(message: str, fix: str) -> FolderProblem:
    return brand_folder.FolderProblem("brand.yaml", 1, "error", message, fix)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise Misconfigured(say("{path} cannot be read: {why}.", path=path, why=error.strerror or error)) from None


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step: a crash leaves the old one or the new one."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Misconfigured(
            say("{path} cannot be written: {why}.", path=path, why=error.strerror or error),
            next_step=say("Let the server write to the brand folder, or change the file there."),
        ) from None


def _kept(folder: Path, name: str) -> list[str]:
    mine = name.removesuffix(".yaml")
    try:
        names = [p.name for p in (folder / KEPT).iterdir()]
    except OSError:
        return []
    return sorted((n for n in names if (m := _VERSION.fullmatch(n)) and m[1] == mine), reverse=True)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
