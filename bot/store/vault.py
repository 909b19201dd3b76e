"""Secrets at rest: encrypted with a key that is never in the database.

The key file holds one Fernet key a line, newest first. Each secret is sealed together with the account and name it
belongs to, so that a row copied to another account does not open.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from bot.clock import Clock
from bot.errors import Locked, Misconfigured, TryLater
from bot.store import leases, moved
from bot.store.db import Database, only_writer
from bot.store.desk import put
from bot.store.plain import Plain
from bot.store.tables import vault
from bot.words import say

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cryptography.fernet import MultiFernet
    from sqlalchemy import Connection

log = logging.getLogger(__name__)
#: The lease of whoever rotates the keys.
_ROTATION = "vault:rotation"


class Keys:
    """The key file, or keys given as text; made on first use when there is a file to make."""

    def __init__(self, path: Path | None, given: str | None = None) -> None:
        self.path, self.given = path, given

    @property
    def missing(self) -> bool:
        """Whether there is no key yet: the first secret makes one."""
        return not self.given and self.path is not None and not self.path.exists()

    def lines(self) -> list[str]:
        """Return the keys, newest first. Raises Misconfigured when one cannot be read."""
        if self.given:
            return self.given.replace(",", "\n").split()
        assert self.path is not None
        try:
            return self.path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return self._create()
        except (OSError, UnicodeDecodeError) as error:
            raise Locked(say("The key file {path} cannot be read: {error}.", path=self.path, error=error)) from None

    def _create(self) -> list[str]:
        from cryptography.fernet import Fernet

        assert self.path is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        key = Fernet.generate_key().decode()
        try:
            # O_EXCL: of two processes that start together one makes the key and the other reads it.
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self.path.read_text(encoding="ascii").split()
        with os.fdopen(handle, "w") as file:
            file.write(key + "\n")
        return [key]

    def write(self, keys: list[str]) -> None:
        """Replace the key file in one step."""
        assert self.path is not None
        fresh = self.path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("\n".join(keys) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        # The new name, too, must be on disk before rows are sealed with a key that stands only there.
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True)
class Rotation:
    """How a rotation of the keys ended."""

    #: Secrets that open with the first key now.
    sealed: int
    #: Secrets, as ``account name``, that do not: while there are some, no key may be dropped.
    left: tuple[str, ...] = ()


class Store:
    """All sealed secrets of one database."""

    def __init__(
        self, db: Database, keys: Keys, clock: Clock, owner: str, gone: Callable[[str], bool] = lambda _: False
    ) -> None:
        self.db, self.keys, self.clock, self.owner = db, keys, clock, owner
        #: Says whether a holder of a lock surely died: a process killed while it renewed a login holds nobody up.
        self._gone = gone
        self._threads: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()
        self._open: dict[str, list[str]] = {}
        #: Accounts with a login that did not open when it was last wanted.
        self._shut: set[str] = set()

    def _seal(self, account: str, name: str, secret: str) -> str:
        box = json.dumps([account, name, secret])
        return self._fernet(first=True).encrypt(box.encode()).decode()

    def _fernet(self, *, first: bool = False) -> MultiFernet:
        """Return what opens and seals; only what seals makes the ``first`` key. Raises Locked."""
        from cryptography.fernet import Fernet, MultiFernet

        if self.keys.missing and not first:
            raise self._locked()
        try:
            return MultiFernet([Fernet(k) for k in self.keys.lines()])
        except ValueError:
            raise Locked(say("A key for stored tokens is not a Fernet key.")) from None

    def load(self, account: str, name: str) -> str | None:
        """Return a secret, or None. Raises Locked when no key opens it, Misconfigured for another account's."""
        try:
            found = self._load(account, name)
        except Locked as error:
            if account not in self._shut:
                self._shut.add(account)
                log.error("%s: a login cannot be opened; its posts wait for this machine's keys: %s", account, error)
            raise
        return found

    def opens(self, account: str) -> None:
        """Raise Locked while a login that was wanted and did not open still does not; costs nothing where all did."""
        if account in self._shut:
            with self.db.read() as conn:
                names = list(self.names(conn, account))
            for name in names:
                self._load(account, name)
            self._shut.discard(account)

    def shut(self) -> list[str]:
        """Return accounts with a login that was wanted and does not open."""
        found = []
        for account in sorted(self._shut):
            try:
                self.opens(account)
            except Misconfigured:
                found.append(account)
        return found

    def _load(self, account: str, name: str) -> str | None:
        query = select(vault.c.secret).where(vault.c.account == account, vault.c.name == name)
        sealed: str | None = None
        box: list[str] | None = None
        while box is None:
            before = sealed
            with self.db.read() as conn:
                sealed = conn.execute(query).scalar_one_or_none()
            if sealed is None:
                return None
            box = _opened(self._fernet(), sealed)
            # The keys may have been rotated between the row and the key file: then the row has changed too.
            if sealed == before:
                break
        said = say("The stored {name} of {account} cannot be opened with the keys at hand.", name=name, account=account)
        if box is None:
            raise Locked(said, next_step=self._locked().next_step)
        if box[:2] != [account, name]:
            raise Misconfigured(said, next_step=say("Connect it again: `signoff connect {account}`.", account=account))
        return str(box[2])

    def store(self, account: str, name: str, secret: str) -> None:
        """Seal and keep a secret; it is on disk when this returns."""
        with self.db.write() as conn:
            only_writer(conn, vault)
            # The key file is read in here: sealed earlier, the secret could miss a rotation and lose its key.
            sealed = self._seal(account, name, secret)
            put(conn, vault, {"account": account, "name": name}, {"secret": sealed, "at": self.clock.now()})

    def check(self) -> None:
        """Raise Locked unless the keys at hand are keys and open what was stored last; makes no key."""
        with self.db.read() as conn:
            sealed = conn.execute(select(vault.c.secret).order_by(vault.c.at.desc()).limit(1)).scalar_one_or_none()
        if self.keys.missing:
            if sealed is not None:
                raise self._locked()
            return
        fernet = self._fernet()
        if sealed is not None and _opened(fernet, sealed) is None:
            raise self._locked()

    def usable(self) -> None:
        """Raise Locked where secrets are stored and the keys at hand open none of them; makes no key.

        A worker with another machine's database and without its keys would have every account pause.
        """
        with self.db.read() as conn:
            found = conn.execute(select(vault.c.account, vault.c.name, vault.c.secret)).all()
        if found and (self.keys.missing or not self.opened(found)):
            raise self._locked()

    def _locked(self) -> Locked:
        if self.keys.path is not None and not self.keys.given:
            step = say("Put the right key file to {path}; if it is lost, `signoff connect` an account anew.",
                       path=self.keys.path)  # fmt: skip
        else:
            step = say("Set SIGNOFF_KEYS to the right keys; if they are lost, `signoff connect` an account anew.")
        return Locked(say("The stored logins cannot be opened with the keys at hand."), next_step=step)

    def opened(self, found: Iterable[Row[str, str, str]]) -> int:
        """Count the rows (account, name, secret) that the keys at hand open."""
        if self.keys.missing:
            return 0
        fernet = self._fernet()
        boxes = [(_opened(fernet, secret), account, name) for account, name, secret in found]
        return sum(1 for box, account, name in boxes if box is not None and box[:2] == [account, name])

    def settings(self, conn: Connection) -> list[tuple[str, str, str]]:
        """Return (account, name, value) of every stored setting that opens."""
        sealed = [secret for (secret,) in _SETTINGS.rows(conn)]
        # Asked before every send: what is sealed in the same bytes is opened once.
        known, shut = self._open, [s for s in sealed if s not in self._open]
        if shut or len(known) > len(sealed):
            fernet = self._fernet() if shut and not self.keys.missing else None
            fresh = {s: box for s in shut if fernet and (box := _opened(fernet, s)) is not None}
            self._open = known = {s: box for s in sealed if (box := known.get(s) or fresh.get(s)) is not None}
        boxes = [known[s] for s in sealed if s in known]
        return [(account, name.removeprefix("setting:"), value) for account, name, value in boxes]

    def names(self, conn: Connection, account: str) -> dict[str, str]:
        """Return the names of an account's secrets, each with its sealed form, which changes when the secret does."""
        return {str(name): str(secret) for name, secret in _NAMES.rows(conn, {"account": account})}

    def swap(self, conn: Connection, account: str, secrets: dict[str, str], *, only: str = "") -> None:
        """Put ``secrets`` in the place of every one of the account, or of those whose names begin with ``only``.

        It happens with the rest of the caller's transaction or not at all. Raises Misconfigured once the database was
        moved: the new one would never have them.
        """
        moved.refuse(conn)
        only_writer(conn, vault)
        conn.execute(delete(vault).where(vault.c.account == account, vault.c.name.startswith(only, autoescape=True)))
        for name, secret in secrets.items():
            sealed = self._seal(account, name, secret)
            put(conn, vault, {"account": account, "name": name}, {"secret": sealed, "at": self.clock.now()})

    @contextmanager
    def lock(self, account: str, name: str) -> Iterator[None]:
        """Be the only thread and process inside, for refreshing a token. Raises TryLater after 30 s of waiting.

        Raises Misconfigured once the database was moved: a token that works once would be used up here, and the new
        database would be left with the old one. While it is being moved, TryLater: a send waits for the new one.
        """
        key = f"vault:{account}:{name}"
        with self._guard:
            mine = self._threads.setdefault(key, threading.RLock())
        with mine:
            for _ in range(300):
                fence = leases.take(self.db, key, self.owner, 60, self._gone)
                if fence is not None:
                    break
                self.clock.sleep(0.1)
            else:
                raise TryLater(
                    say("Another process is refreshing the session of {account}.", account=account), after=10
                )
            try:
                with self.db.read() as conn:
                    # Whoever moves it waits for those who are inside, and for nobody who comes after.
                    moved.refuse(conn, moving=False)
                    if moved.marked(conn):
                        raise TryLater(say("The database is being moved just now."), after=60)
                yield
            finally:
                leases.release(self.db, key, self.owner, fence)

    def rotate(self) -> Rotation:
        """Make a new key, seal every secret with it, and drop the old keys. Raises TryLater when another one runs.

        1. In one transaction in which nobody else stores: the new key goes first in the key file, and every row is
           sealed with it.
        2. In a second one: the old keys go if every row opens with the new key alone; else all of them stay.

        A crash at any point leaves a key file that opens every row. Keys from SIGNOFF_KEYS are not ours to write:
        the first of them counts as the new one, and a person drops the others.
        """
        from cryptography.fernet import Fernet

        owner = self.clock.new_id("k")
        fence = leases.take(self.db, _ROTATION, owner, 60)
        if fence is None:
            raise TryLater(
                say("The keys are being rotated just now."), next_step=say("Try again in a minute."), after=60
            )
        try:
            if self.keys.given:
                fresh = self.keys.lines()[0]
                self._reseal([])
            else:
                fresh = Fernet.generate_key().decode()
                self._reseal([fresh])
            return self._retire(fresh)
        finally:
            leases.release(self.db, _ROTATION, owner, fence)

    def _reseal(self, new: list[str]) -> None:
        """Put ``new`` keys before the others and seal every row that opens with the first."""
        with self.db.write() as conn:
            # In the new database nothing would open any more.
            moved.refuse(conn)
            only_writer(conn, vault)
            if new:
                self.keys.write([*new, *self.keys.lines()])
            fernet = self._fernet()
            for row in conn.execute(select(vault)).mappings().all():
                if _opened(fernet, row["secret"]) is None:
                    continue
                sealed = fernet.rotate(row["secret"].encode()).decode()
                where = (vault.c.account == row["account"], vault.c.name == row["name"])
                conn.execute(update(vault).where(*where).values(secret=sealed))

    def _retire(self, fresh: str) -> Rotation:
        """Drop every key but ``fresh``, if it opens every row on its own."""
        from cryptography.fernet import Fernet, MultiFernet

        alone = MultiFernet([Fernet(fresh)])
        with self.db.write() as conn:
            moved.refuse(conn)
            only_writer(conn, vault)
            found = conn.execute(select(vault).order_by(vault.c.account, vault.c.name)).mappings().all()
            left = tuple(f"{r['account']} {r['name']}" for r in found if _opened(alone, r["secret"]) is None)
            if not left and not self.keys.given:
                self.keys.write([fresh])
        return Rotation(len(found) - len(left), left)

    def of(self, account: str) -> AccountVault:
        """Return the view an adapter gets: only its own account's secrets."""
        return AccountVault(self, account)


_NAMES = Plain(
    select(vault.c.name, vault.c.secret).where(vault.c.account == bindparam("account")).order_by(vault.c.name)
)
_SETTINGS = Plain(select(vault.c.secret).where(vault.c.name.startswith("setting:")))


def _opened(fernet: MultiFernet, sealed: str) -> list[str] | None:
    """Return (account, name, secret) of a sealed secret, or None when no key opens it."""
    from cryptography.fernet import InvalidToken

    try:
        found: list[str] = json.loads(fernet.decrypt(sealed.encode()))
    except InvalidToken:
        return None
    return found


class AccountVault:
    """The Vault of ``bot/platforms/base.py`` for one account."""

    def __init__(self, store: Store, account: str) -> None:
        self._store, self._account = store, account

    def load(self, name: str) -> str | None:
        return self._store.load(self._account, name)

    def store(self, name: str, secret: str) -> None:
        self._store.store(self._account, name, secret)

    def lock(self, name: str) -> AbstractContextManager[None]:
        return self._store.lock(self._account, name)
