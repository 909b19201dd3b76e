"""Comments out of a CSV or JSON Lines file: a team's history, read like what an account hears, and never answered."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.app import App
from bot.domain.brand import Account, Brand
from bot.domain.comment import Author, Comment
from bot.errors import BadInput, NotFound
from bot.words import say
from bot.workflow import listen
from bot.writing import spreadsheet

#: Names that a column may have; the first one is what is printed.
COLUMNS: dict[str, tuple[str, ...]] = {
    "text": ("text", "comment", "message", "body", "content", "评论", "内容", "评论内容"),
    "author": ("author", "user", "username", "handle", "from", "作者", "用户", "用户名", "昵称"),
    "at": ("at", "date", "time", "created", "created_at", "timestamp", "when", "时间", "日期", "评论时间"),
    "account": ("account", "账号"),
    "id": ("id", "comment_id", "remote_id", "评论id"),
    "url": ("url", "link", "permalink", "链接"),
    "thread": ("thread", "post", "post_id", "root_id", "帖子"),
    "language": ("language", "lang", "语言"),
}
#: Rows stored in one go; rows of one file; remarks that are kept.
_AT_ONCE, MOST, _REMARKS = 500, 200_000, 40


@dataclass
class Imported:
    """What a file of comments came to."""

    file: str
    rows: int = 0
    new: int = 0
    #: Rows that were here already.
    known: int = 0
    #: Rows that cannot be used, each as (row, why).
    wrong: list[tuple[int, str]] = field(default_factory=list)
    skipped: int = 0


def is_comments(path: Path) -> bool:
    """Say whether a file holds comments rather than posts: JSON Lines, or a CSV with texts and no ``when`` to post."""
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return True
    try:
        with path.open(encoding=spreadsheet.encoding_of(path), newline="") as file:
            head = [h.strip().strip("\ufeff").lower() for h in next(csv.reader([file.readline(65_536)]), [])]
    except (OSError, UnicodeError):
        return False
    named = {_column(h) for h in head}
    return path.stem.lower().startswith(("comments", "评论")) or ("author" in named and "when" not in head)


def read(app: App, path: Path, account: str = "", *, check_only: bool = False) -> Imported:
    """Store the comments of a file; rows that cannot be used are told and left out. Read twice, it adds nothing.

    Raises BadInput for a file that cannot be read, NotFound for an unknown account.
    """
    brand = app.brand()
    to = _account(brand, account) if account else None
    found = Imported(path.name)
    batch: list[Comment] = []
    for n, row in _rows(path):
        found.rows += 1
        if found.rows > MOST:
            raise BadInput(say("The file has more than {n} rows.", n=MOST), next_step=say("Split it in two."))
        try:
            batch.append(_comment(app, brand, to, row))
        except (BadInput, NotFound) as error:
            found.skipped += 1
            if len(found.wrong) < _REMARKS:
                found.wrong.append((n, str(error)))
        if len(batch) >= _AT_ONCE:
            _store(app, brand, batch, found, check_only)
            batch = []
    _store(app, brand, batch, found, check_only)
    return found


def _store(app: App, brand: Brand, batch: list[Comment], found: Imported, check_only: bool) -> None:
    if not batch or check_only:
        return
    with app.desk.deciding() as conn:
        added = listen.hear(app.desk, conn, brand.id, batch, source=found.file)
    found.new += len(added.new)
    found.known += len(batch) - len(added.new)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        encoding = spreadsheet.encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            if path.suffix.lower() in (".jsonl", ".ndjson"):
                for n, line in enumerate(file, 1):
                    if line.strip():
                        yield n, _object(line)
                return
            csv.field_size_limit(2_000_000)
            for n, cells in enumerate(csv.DictReader(file), 2):
                yield n, {_column(k): v.strip() for k, v in cells.items() if isinstance(k, str) and isinstance(v, str)}
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadInput(say("{file} cannot be read: {why}", file=path, why=error)) from None


def _object(line: str) -> dict[str, str]:
    try:
        said: Any = json.loads(line)
        if not isinstance(said, dict):
            return {}
        return {_column(str(k)): v if isinstance(v, str) else str(v) for k, v in said.items() if v is not None}
    except (ValueError, RecursionError):  # lists within lists, a thousand deep
        return {}


def _column(heading: str) -> str:
    plain = heading.strip().strip("\ufeff").lower()
    return next((name for name, known in COLUMNS.items() if plain in known), plain)


def _comment(app: App, brand: Brand, to: Account | None, row: dict[str, str]) -> Comment:
    text = row.get("text", "")
    if not text.strip():
        raise BadInput(say("There is no text."))
    account = _account(brand, row["account"]) if row.get("account") else to or _only(brand)
    author, at = row.get("author", "") or "?", _instant(row.get("at", ""), account.zone) or app.clock.now()
    told = json.dumps([author, text, row.get("at", "")])
    # What has no id of its own is known by what it says, who said it and when.
    name = row.get("id") or "import:" + hashlib.sha256(told.encode()).hexdigest()[:24]
    return Comment(
        account.key, name, Author(author, author), text, at, root_id=row.get("thread", ""), url=row.get("url", ""),
        language=row.get("language", ""),
    )  # fmt: skip


def _account(brand: Brand, key: str) -> Account:
    found = brand.account(key)
    if found is None:
        known = ", ".join(a.key for a in brand.accounts)
        raise NotFound(
            say("{brand} has no account {account}.", brand=brand.name, account=repr(key)),
            next_step=say("It has: {known}.", known=known),
        )
    return found


def _only(brand: Brand) -> Account:
    if len(brand.accounts) != 1:
        raise BadInput(
            say("It does not say to which account it was said."),
            next_step=say("Add a column `account`, or --account KEY for all of them."),
        )
    return brand.accounts[0]


def _instant(said: str, zone: str) -> datetime | None:
    """Read ISO 8601, or seconds since 1970; without a zone it is the account's. Raises BadInput for another form."""
    if not said:
        return None
    try:
        if said.replace(".", "", 1).isdigit() and len(said) >= 9:
            seconds = float(said)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        found = datetime.fromisoformat(said.replace("/", "-"))
    except (ValueError, OverflowError, OSError):
        raise BadInput(
            say("{text!r} is no time.", text=said),
            next_step=say("Write it as 2026-11-22 09:00 or 2026-11-22T09:00:00Z."),
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
