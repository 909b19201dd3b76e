"""Pages on the web that are guidelines: the list in ``guidelines/urls.txt``, and the copies of them that are kept.

Reading a folder looks at the copies only. They are made by ``refresh``, which nothing but a person's command calls.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

from bot.brand_folder.problems import Problems
from bot.errors import SignoffError
from bot.words import joined, say
from memory.ingest import Page

FILE = "guidelines/urls.txt"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
#: More would make learning slow, and is most often a list of something else.
_MOST = 50


class PageUnreachable(SignoffError):
    """The page cannot be read."""


@dataclass(frozen=True)
class Source:
    """One page that the operator named."""

    url: str
    #: BCP 47; empty where nothing was said.
    language: str
    #: Of urls.txt, counted from 1.
    line: int


@dataclass(frozen=True)
class Copy:
    """A page as it was when it was last read."""

    url: str
    #: As the end of a file's name: what kind of document it is.
    suffix: str
    charset: str
    fetched: datetime
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Refreshed:
    """What came of reading one page anew."""

    source: Source
    #: The copy that counts now; None where there never was one.
    copy: Copy | None
    changed: bool = False
    #: Why it could not be read this time; empty if it could.
    why: str = ""
    next_step: str = ""


class Copies:
    """The copies in one folder, a file each: a line of JSON, then the page as it came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_home(cls, home: Path) -> Copies:
        """Return those of Signoff's folder for data."""
        return cls(home / "pages")

    def get(self, url: str) -> Copy | None:
        """Return the copy of a page; None where there is none, or where its file was damaged."""
        try:
            head, _, body = self._path(url).read_bytes().partition(b"\n")
            said = json.loads(head)
            copy = Copy(url, said["suffix"], said["charset"], datetime.fromisoformat(said["fetched"]), body)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return copy if (said.get("url"), said.get("sha256")) == (url, copy.sha256) else None

    def put(self, copy: Copy) -> None:
        """Keep a copy in place of the one before."""
        said = dataclasses.asdict(copy) | {"fetched": copy.fetched.isoformat(), "sha256": copy.sha256}
        del said["body"]
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(copy.url)
        # A name of its own: two commands at once must not write into one file.
        new = path.with_suffix(f".{os.getpid()}.new")
        new.write_bytes(json.dumps(said).encode() + b"\n" + copy.body)
        new.replace(path)

    def _path(self, url: str) -> Path:
        return self.folder / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.page"


def sources(folder: Path, problems: Problems) -> list[Source]:
    """Return the pages that ``guidelines/urls.txt`` names; what is wrong there goes to ``problems``."""
    path = folder / FILE
    if not path.is_file():
        return []
    found: dict[str, Source] = {}
    for number, line in enumerate(path.read_bytes().decode("utf-8-sig", "replace").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        url, why = tidy(words[0])
        language = words[1] if len(words) > 1 and not words[1].startswith("#") else ""
        if why:
            problems.error(FILE, number, why, say("Write it as in https://example.com/brand/voice."))
        elif language and not _LANGUAGE.fullmatch(language):
            message = say("{word!r} is no language.", word=language)
            problems.error(FILE, number, message, say("Write a code such as en or zh behind the address, or nothing."))
        elif url in found:
            problems.warning(FILE, number, say("This address is already in line {n}.", n=found[url].line))
        else:
            found[url] = Source(url, language, number)
    if len(found) > _MOST:
        message = say("There are {n} addresses, and {most} are read.", n=len(found), most=_MOST)
        problems.error(FILE, 1, message, say("Save some of the pages as files into guidelines/."))
    return list(found.values())[:_MOST]


def tidy(given: str) -> tuple[str, str]:
    """Return an address without its anchor, and why it cannot be used (empty if it can)."""
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return given, say("This is no address.")
    if parts.scheme not in ("https", "http") or not host:
        return given, say("This is no address.")
    if parts.username or parts.password:
        return given, say("An address may not hold a name or a password.")
    if parts.scheme == "http" and not is_loopback(host):
        return given, say("This address is not protected: it begins with http.")
    place = f"[{host}]" if ":" in host else host
    netloc = f"{place}:{port}" if port else place
    return urlunsplit(SplitResult(parts.scheme, netloc, parts.path or "/", parts.query, "")), ""


def is_loopback(host: str) -> bool:
    """Say whether a host names this machine in so many words."""
    return host == "localhost" or host == "::1" or bool(re.fullmatch(r"127(?:\.\d{1,3}){3}", host))


def read(found: Sequence[Source], copies: Copies | None) -> tuple[list[Page], list[Source]]:
    """Return the pages of which there is a copy, and the sources of which there is none."""
    pages, unread = [], []
    for source in found:
        copy = copies.get(source.url) if copies else None
        if copy is None:
            unread.append(source)
        else:
            pages.append(Page(source.url, copy.suffix, copy.body, source.language, copy.charset))
    return pages, unread


def refresh(folder: Path, copies: Copies, now: datetime, fetch: Callable[[str, datetime], Copy]) -> list[Refreshed]:
    """Read every page that a folder names anew and keep its copy; one that cannot be read keeps the copy it has.

    A list with errors in it is not followed: loading the folder names them.
    """
    problems = Problems()
    found = sources(folder, problems)
    if any(p.severity == "error" for p in problems.found):
        return []
    made = []
    for source in found:
        before = copies.get(source.url)
        try:
            copy = fetch(source.url, now)
        except PageUnreachable as error:
            made.append(Refreshed(source, before, why=error.message, next_step=error.next_step))
            continue
        copies.put(copy)
        made.append(Refreshed(source, copy, changed=before is None or before.sha256 != copy.sha256))
    return made


def told(refreshed: Refreshed, now: datetime) -> str:
    """Return what a person must know of a page that could not be read; an empty text if it could."""
    if not refreshed.why:
        return ""
    said = say("{url} could not be read.", url=refreshed.source.url)
    if refreshed.copy is None:
        return joined(said, refreshed.why, refreshed.next_step)
    then = refreshed.copy.fetched
    days = max((now - then).days, 0)
    age = say("The copy of {day} counts, which is {n} days old.", day=f"{then:%Y-%m-%d}", n=days)
    return joined(said, refreshed.why, age, refreshed.next_step)
