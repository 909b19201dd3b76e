"""Texts from before Signoff: read from a file, judged row by row, taken over together or not at all."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.app import App
from bot.domain.brand import Brand
from bot.errors import BadInput
from bot.store import own
from bot.store.own import Own
from bot.store.prose import storable
from bot.words import say

#: Largest file, in bytes; longest text, in characters; most texts at a time.
MOST_BYTES, LONGEST, MOST_ROWS = 20_000_000, 20_000, 20_000

_NAMES = {
    "date": ("date", "at", "time", "published", "日期", "时间", "发布时间"),
    "account": ("account", "账号", "帐号"),
    "text": ("text", "content", "post", "正文", "内容", "文本", "文案"),
    "language": ("language", "lang", "语言"),
    "url": ("url", "link", "链接"),
    "likes": ("likes", "点赞", "点赞数"),
    "replies": ("replies", "comments", "评论", "评论数", "回复"),
    "reposts": ("reposts", "shares", "转发", "转发数"),
    "views": ("views", "impressions", "浏览", "浏览量", "阅读", "阅读量", "曝光"),
}
_NAME = {other: name for name, others in _NAMES.items() for other in others}
_COUNTS = ("likes", "replies", "reposts", "views")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
#: ``## 2026-03-01 09:00 bluesky:main en``
_HEADING = re.compile(
    r"##\s+(?P<date>\S+(?:\s+\d{1,2}:\d{2}\S*)?)\s+(?P<account>[\w-]+:\S+)(?:\s+(?P<language>\S+))?\s*"
)
_PAIR = re.compile(r"\s*(?P<name>[^\W\d]+)\s*[:：]\s*(?P<value>\S.*?)\s*")


@dataclass(frozen=True)
class Problem:
    """One row that cannot be taken over, or need not be."""

    #: Counted from 1; in Markdown that of the heading.
    line: int
    message: str


@dataclass(frozen=True)
class Report:
    """What became of a file. With a problem, nothing was taken over."""

    added: int
    #: Rows that were known already.
    skipped: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: Texts taken over, by language.
    languages: Mapping[str, int] | None = None


def remember(app: App, path: Path, who: str) -> Report:
    """Take over the texts of a CSV, JSON Lines or Markdown file as the brand's own words, all or none.

    Raises BadInput for a file that cannot be read as such, NotFound.
    """
    brand = app.brand()
    now = app.clock.now()
    found: list[tuple[int, Own]] = []
    problems: list[Problem] = []
    for line, row in _rows(path):
        if len(found) + len(problems) >= MOST_ROWS:
            raise BadInput(
                say("{file} holds more than {most} texts.", file=path.name, most=MOST_ROWS),
                next_step=say("Split it into several files."),
            )
        try:
            found.append((line, _own(row, brand, now)))
        except ValueError as error:
            problems.append(Problem(line, str(error)))
    if not found and not problems:
        raise BadInput(say("{file} holds no texts.", file=path.name), next_step=say("See docs/memory.md for its form."))
    with app.desk.deciding() as conn:
        before = {key(t) for t in [*own.live(conn, brand.id), *own.known(conn, brand.id)]}
        new, skipped = [], []
        for line, one in found:
            if key(one) in before:
                skipped.append(Problem(line, say("is known already")))
                continue
            before.add(key(one))
            new.append(one)
        if problems:
            return Report(0, tuple(skipped), tuple(problems))
        kept = [replace(one, id=app.clock.new_id("r")) for one in new]
        own.add(conn, brand.id, kept, batch=app.clock.new_id("b"), who=who, at=now)
    languages: dict[str, int] = {}
    for one in kept:
        languages[one.language] = languages.get(one.language, 0) + 1
    return Report(len(kept), tuple(skipped), (), languages)


def key(text: Own) -> tuple[str, str]:
    """Return what two texts share that are the same: the account and the words, whatever the spaces."""
    return text.account, " ".join(text.text.split())


def _own(row: Mapping[str, str], brand: Brand, now: datetime) -> Own:
    """Return one row as a text. Raises ValueError with what is wrong, in words."""
    text = row.get("text", "").strip()
    if not text:
        raise ValueError(say("There is no text."))
    if len(text) > LONGEST:
        raise ValueError(say("The text is longer than {most} characters.", most=LONGEST))
    if storable(text) != text:
        raise ValueError(say("The text holds a byte that is not text."))
    account = row.get("account", "").strip()
    if not re.fullmatch(r"[\w-]+:[^\s:]+", account):
        raise ValueError(say("{account} is no account: write platform:name.", account=repr(account)))
    known = brand.account(account)
    language = row.get("language", "").strip() or (known.language if known else "")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
        raise ValueError(say("{language} is no language: write en or zh.", language=repr(language)))
    at = _instant(row.get("date", ""), known.zone if known else brand.zone)
    if at > now:
        raise ValueError(say("{date} is still to come.", date=row["date"]))
    url = row.get("url", "").strip()
    if url and not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", url, re.IGNORECASE):
        raise ValueError(say("{url} is no address.", url=repr(url)))
    likes, replies, reposts, views = (_count(row.get(name, "")) for name in _COUNTS)
    return Own("", account, language, text, at, url, False, "remembered", likes, replies, reposts, views)


def _instant(said: str, zone: str) -> datetime:
    found = _DATE.fullmatch(said.strip())
    if not found:
        raise ValueError(say("{date} is no date: write 2026-03-01, or 2026-03-01 09:00.", date=repr(said)))
    *numbers, offset = found.groups()
    try:
        at = datetime(*[int(n or 0) for n in numbers])  # type: ignore[arg-type]  # noqa: DTZ001 - its zone is set below
    except ValueError:
        raise ValueError(say("{date} is no date: write 2026-03-01, or 2026-03-01 09:00.", date=repr(said))) from None
    if offset:
        return datetime.fromisoformat(at.isoformat() + offset.replace("Z", "+00:00")).astimezone(UTC)
    return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _count(said: str) -> int | None:
    plain = re.sub(r"(?<=\d)[,_ ](?=\d{3}\b)", "", said.strip())
    if plain in ("", "-"):
        return None
    if not re.fullmatch(r"\d{1,12}(?:\.0+)?", plain) or int(float(plain)) > 2**31 - 1:
        raise ValueError(say("{count} is no count.", count=repr(said)))
    return int(float(plain))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line and fields of each row. Raises BadInput for a file that cannot be read."""
    readers = {".csv": _csv, ".jsonl": _json_lines, ".md": _markdown}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInput(say("{file} is no .csv, .jsonl or .md file.", file=path.name))
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(say("{file} cannot be opened: {why}.", file=path, why=error.strerror or error)) from None
    if len(body) > MOST_BYTES:
        raise BadInput(
            say("{file} is larger than {most} MB.", file=path.name, most=MOST_BYTES // 1_000_000),
            next_step=say("Split it into several files."),
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(say("{file} is not UTF-8 text.", file=path.name), next_step=say("Save it as UTF-8.")) from None
    return reader(text, path.name)


def _csv(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        head = [_NAME.get(cell.strip().lower(), "") for cell in next(lines, [])]
        _need(head, name)
        start = lines.line_num + 1
        for row in lines:
            line, start = start, lines.line_num + 1
            if any(cell.strip() for cell in row):
                yield line, {n: cell for n, cell in zip(head, row, strict=False) if n}
    except csv.Error as error:
        raise BadInput(say("{file}, line {line}: {why}.", file=name, line=lines.line_num, why=error)) from None


def _need(head: list[str], name: str) -> None:
    missing = [n for n in ("date", "account", "text") if n not in head]
    if missing:
        raise BadInput(
            say("{file} has no column {columns}.", file=name, columns=", ".join(missing)),
            next_step=say("Its first line names the columns: date, account, text, language..."),
        )


def _json_lines(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            body: Any = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise BadInput(say("{file}, line {line}: this is no JSON object.", file=name, line=number))
        named = ((_NAME.get(str(k).lower()), v) for k, v in body.items())
        yield number, {k: "" if v is None else str(v) for k, v in named if k}


def _markdown(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Read ``## DATE ACCOUNT LANGUAGE``, then lines such as ``likes: 12``, then the text up to the next heading."""
    row: dict[str, str] | None = None
    number, begun, said = 0, False, list[str]()
    for n, line in enumerate([*text.splitlines(), None], 1):
        if line is None or line.startswith("## "):
            if row is not None:
                yield number, {**row, "text": "\n".join(said).strip()}
            if line is None:
                return
            head = _HEADING.fullmatch(line)
            row = {k: v or "" for k, v in head.groupdict().items()} if head else {"date": line[3:].strip()}
            number, begun, said = n, False, []
        elif row is not None:
            pair = None if begun else _PAIR.fullmatch(line)
            field = _NAME.get(pair["name"].lower()) if pair else None
            if pair and field in (*_COUNTS, "url", "language"):
                row[str(field)] = pair["value"]
            elif line.strip() or begun:
                begun = True
                said.append(line)
        elif line.strip() and not line.startswith("# "):
            raise BadInput(
                say("{file}, line {line}: there is text before the first heading.", file=name, line=n),
                next_step=say("Each text begins with a line such as: ## 2026-03-01 bluesky:main en"),
            )
