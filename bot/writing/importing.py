"""Posts out of a CSV file: each row becomes a draft in review, all of them or none, with a report by row."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.app import App
from bot.domain.brand import Account, Brand
from bot.domain.draft import BELOW, Media, Part, Severity, Window
from bot.errors import BadInput, Misconfigured, NotAllowed, NotFound, SignoffError
from bot.store import drafts
from bot.words import retold, say
from bot.workflow import bulk, propose, when
from bot.writing import spreadsheet
from bot.writing.common import readable
from bot.writing.spreadsheet import Row

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")
#: Between the parts of a thread within one cell: a line of its own.
_BREAK = re.compile(r"^[ \t]*(?:---+|———*)[ \t]*$", re.MULTILINE)
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[T\s]+(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?"
)
_NOW = ("now", "asap", "as soon as it is signed off", "尽快", "立即")
_SLOT = ("slot", "next", "next slot", "下一个空位")
#: What is compared of two texts that are the same but for spaces and capitals.
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Remark:
    """What is to be said of a row: an ``error`` keeps the whole file out, a ``warning`` or ``note`` is only told."""

    row: int
    level: str
    message: str
    fix: str = ""
    column: str = ""


@dataclass
class Report:
    """What a file came to."""

    file: str
    encoding: str
    delimiter: str
    unread: tuple[str, ...]
    rows: int = 0
    accounts: Counter[str] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)
    #: What the drafts share, once they are stored; empty where they are not.
    series: str = ""

    @property
    def wrong(self) -> int:
        """Rows with an error."""
        return len({r.row for r in self.remarks if r.level == "error"})


def read(app: App, path: Path, author: str, *, check_only: bool = False, again: bool = False) -> Report:
    """Read a file into drafts; with an error in any row, or with ``check_only``, nothing is stored.

    Raises BadInput for a file that cannot be read at all or, without ``again``, was read before; Stale when the brand
    or a slot changed meanwhile.
    """
    sheet = spreadsheet.read(path)
    brand = app.brand()
    digest = hashlib.sha256(brand.id.encode() + b"\0" + path.read_bytes()).hexdigest()[:32]
    report = Report(path.name, sheet.encoding, sheet.delimiter, sheet.unread)
    total = sum(1 for _ in sheet.rows())
    series = app.clock.new_id("i")
    with app.db.read() as conn:
        _, policy = app.desk.brand(conn, brand.id)
    now = app.clock.now()
    batch = bulk.Batch(app.desk, brand, policy, now)
    reader = _Reader(app, brand, path.parent, author, series, path.name)
    before = _Before(now, again)
    slotted: set[str] = set()
    for row in sheet.rows():
        report.rows += 1
        _tell(app, say("checking rows"), report.rows, total)
        wish, found = reader.wish(row)
        if wish is not None:
            found += _drawn(batch, wish, row.n, slotted)
            found += before.remarks(batch, wish, row.n) if not _errors(found) else []
            report.accounts[wish.account] += 1
        report.remarks += found
    if not report.rows:
        raise BadInput(say("{file} has no rows below its heading.", file=path.name))
    if report.wrong:
        return report
    with app.db.read() as conn:
        if not again and (at := bulk.imported(conn, digest)):
            day = at.astimezone(when.zone(brand.zone)).date().isoformat()
            raise BadInput(say("{file} was imported already, on {day}.", file=path.name, day=day),
                           next_step=say("Look at `signoff queue`; --again takes it in once more."))  # fmt: skip
    if check_only:
        return report
    bulk.store(batch, slotted, digest, partial(_tell, app, say("storing drafts"), total=report.rows), again=again)
    report.series = series
    return report


def _tell(app: App, what: str, n: int, total: int) -> None:
    if app.progress is not None and (n % 50 == 0 or n == total) and total >= 200:
        app.progress(what, n, total)


def _errors(found: Sequence[Remark]) -> bool:
    return any(r.level == "error" for r in found)


def _drawn(batch: bulk.Batch, wish: propose.Proposal, n: int, slotted: set[str]) -> list[Remark]:
    """Draw the draft of a row; return what stands against it."""
    try:
        made = batch.add(wish)
    except (BadInput, NotFound, NotAllowed, Misconfigured) as error:
        return [Remark(n, "error", error.message, error.next_step)]
    if wish.slot:
        slotted.add(made.draft.id)
    found = []
    _, remark = when.instant(made.version.content.window, batch.now)
    if remark:
        found.append(Remark(n, "note", remark, column="when"))
    for finding in made.version.findings:
        level = {Severity.BLOCK: "error", Severity.WARN: "warning"}.get(finding.severity)
        if level:
            found.append(Remark(n, level, retold(finding.message), retold(finding.fix), "text"))
    return found


@dataclass
class _Reader:
    """From a row to a wish, or to what is wrong with it."""

    app: App
    brand: Brand
    folder: Path
    author: str
    series: str
    file: str
    _media: dict[tuple[str, str], Media] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)

    def wish(self, row: Row) -> tuple[propose.Proposal | None, list[Remark]]:
        """Return what a row wishes for, None with an error that says why not."""
        found: list[Remark] = []

        def tried(column: str, read: Callable[[], T]) -> T | None:
            try:
                return read()
            except SignoffError as error:
                found.append(Remark(row.n, "error", error.message, error.next_step, column))
                return None

        if row.crooked:
            found.append(Remark(row.n, "error", say("The row has more cells than the heading has columns."),
                                say("Put a text that holds the delimiter in quotation marks.")))  # fmt: skip
        account = tried("account", lambda: self._account(row.cells.get("account", "")))
        timed = tried("when", lambda: self._time(row.cells, account)) if account else None
        parts = tried("text", lambda: self._parts(row))
        kind = tried("kind", lambda: self._kind(row.cells.get("kind", ""), parts or ()))
        language = tried("language", lambda: _language(row.cells.get("language", "")))
        for name, cell in row.cells.items():
            if name.startswith("text") and spreadsheet.formula(cell):
                found.append(Remark(row.n, "note", say("The text begins like a formula; it is taken as it stands."),
                                    column=name))  # fmt: skip
        if _errors(found) or account is None or timed is None or parts is None or kind is None or language is None:
            return None, found
        window, slot = timed
        return propose.Proposal(
            account=account.key, parts=parts, author=self.author, origin="import", window=window, slot=slot,
            language=language, note=f"row {row.n} of {self.file}", kind=kind, series=self.series,
        ), found  # fmt: skip

    def _account(self, key: str) -> Account:
        account = self.brand.account(key) or self.brand.account(key.lower())
        if account is None:
            names = ", ".join(a.key for a in self.brand.accounts)
            said = say("{brand} has no account {account}.", brand=self.brand.name, account=repr(key))
            raise NotFound(said if key else say("There is no account."), next_step=say("It has: {known}.", known=names))
        return account

    def _time(self, cells: dict[str, str], account: Account | None) -> tuple[Window | None, str]:
        assert account is not None
        text, zone = cells.get("when", ""), cells.get("zone", "") or account.zone
        when.zone(zone)
        if text.lower() in _NOW:
            return Window(None, zone, self.brand.grace_minutes), ""
        if text.lower() in _SLOT:
            return None, "next"
        if not text:
            raise BadInput(
                say("There is no time."),
                next_step=say("Write 2026-11-30 09:00, `next` for the next free slot, or `now`."),
            )
        if match := _DATE.fullmatch(text):
            year, month, day, hour, minute = match.groups()
            text = f"{year}-{month:0>2}-{day:0>2} {hour:0>2}:{minute}"
        elif re.fullmatch(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*", text):
            raise BadInput(
                say("{text} may be read in two ways: day or month first.", text=repr(text)),
                next_step=say("Write the year first, as in 2026-11-30 09:00; format the column as text."),
            )
        return Window(when.parse_wall(text), zone, self.brand.grace_minutes), ""

    def _parts(self, row: Row) -> tuple[Part, ...]:
        more = sorted((int(name[4:]), cell) for name, cell in row.cells.items() if name[:4] == "text" and name[4:])
        cells = [row.cells.get("text", ""), *(cell for _, cell in more)]
        texts = [t for cell in cells for piece in _BREAK.split(cell) if (t := piece.strip())]
        readable(*texts)
        paths = [p.strip() for p in re.split(r"[|\n]", row.cells.get("media", "")) if p.strip()]
        alts = [a.strip() for a in re.split(r"[|\n]", row.cells.get("alt", ""))] if paths else []
        if len(alts) != len(paths) or not all(alts):
            raise BadInput(
                say("{n} pictures, and {alts} alt texts.", n=len(paths), alts=len([a for a in alts if a])),
                next_step=say("Say in the column alt what each shows, divided by | as the paths are."),
            )
        media = tuple(self._taken(path, alt) for path, alt in zip(paths, alts, strict=True))
        if not texts and not media:
            raise BadInput(say("There is no text."), next_step=say("Write what is to be said, or remove the row."))
        return tuple(Part(text, media if n == 0 else ()) for n, text in enumerate(texts or [""]))

    def _taken(self, path: str, alt: str) -> Media:
        """Take a picture in once, however many rows have it."""
        known = self._media.get((path, ""))
        if known is None:
            known = self._media[path, ""] = self.app.media.add(self.folder / Path(path).expanduser(), alt)
        return replace(known, alt=alt)

    def _kind(self, name: str, parts: Sequence[Part]) -> str:
        from bot.agent import kinds

        name = name or ("thread" if len(parts) > 1 else "post")
        if name not in self._kinds:
            if name not in kinds.names() or not kinds.load(name).is_post or name in BELOW:
                fits = ", ".join(k for k in kinds.names() if kinds.load(k).is_post and k not in BELOW)
                raise BadInput(
                    say("A row cannot be of the kind {kind}.", kind=repr(name)),
                    next_step=say("Choose from: {names}.", names=fits),
                )
            self._kinds[name] = name
        return name


def _language(tag: str) -> str:
    if tag and not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", tag):
        raise BadInput(
            say("{tag!r} is not a language tag.", tag=tag), next_step=say("Write it as `en`, `zh` or `zh-Hans`.")
        )
    return tag


@dataclass
class _Before:
    """Which texts are on the desk or in the file already, word for word."""

    now: datetime
    again: bool = False
    _known: dict[str, dict[str, list[tuple[str, datetime | None]]]] = field(default_factory=dict)
    #: What the rows of this file are called.
    _rows: set[str] = field(default_factory=set)

    def remarks(self, batch: bulk.Batch, wish: propose.Proposal, n: int) -> list[Remark]:
        """Return what to say of a row that says what another one, or a draft, says on the same account."""
        known = self._of(batch, wish.account)
        content = batch.made[-1].version.content
        bare = _bare("\n".join(p.text for p in content.parts))
        same, wall = known.setdefault(bare, []), content.window.wall
        at = when.instant(content.window, self.now)[0] if wall else None
        found: list[Remark] = []
        for where, other in same:
            if other == at:
                said = say("It is there already, for the same time: {where}.", where=where)
                found = [Remark(n, "error", said, say("Remove the row, or change its text or time."), "text")]
                break
            if wish.slot and not self.again and where not in self._rows and (other is None or other >= self.now):
                # The next slot is another one each time: by its time the same row would never be known again.
                said = say("It is there already: {where}.", where=where)
                fix = say("Remove the row, name the time at which it repeats, or add --again.")
                found = [Remark(n, "error", said, fix, "text")]
                break
            if not found:
                said = say("The same text is there for another time: {where}.", where=where)
                found = [Remark(n, "warning", said, say("Leave it if you mean to repeat it."), "text")]
        mine = say("row {n}", n=n)
        self._rows.add(mine)
        same.append((mine, at))
        return found

    def _of(self, batch: bulk.Batch, account: str) -> dict[str, list[tuple[str, datetime | None]]]:
        if account not in self._known:
            known: dict[str, list[tuple[str, datetime | None]]] = {}
            with batch.desk.db.read() as conn:
                texts = drafts.texts(conn, account)
            for draft_id, text, window in texts:
                at = when.instant(window, self.now)[0] if window.wall else None
                known.setdefault(_bare(text), []).append((say("draft {draft}", draft=draft_id), at))
            self._known[account] = known
        return self._known[account]


def _bare(text: str) -> str:
    return _BLANKS.sub(" ", text).strip().casefold()
