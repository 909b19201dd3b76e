"""Secrets at rest: encrypted with a key that is never in the database.

The key file holds one Fernet key a line, newest first. Each secret is sealed together with the account and name it
belongs to, so that a row copied to another account does not open.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from bot.clock import Clock
from bot.errors import Misconfigured, TryLater
from bot.store import leases
from bot.store.db import Database
from bot.store.desk import put
from bot.store.tables import vault
from bot.words import say

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cryptography.fernet import MultiFernet


class Keys:
    """The key file, or keys given as text; made on first use when there is a file to make."""

    def __init__(self, path: Path | None, given: str | None = None) -> None:
        self.path, self.given = path, given

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
            raise Misconfigured(
                say("The key file {path} cannot be read: {error}.", path=self.path, error=error)
            ) from None

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
        """Replace the key file in one step. Raises Misconfigured when keys come from the environment."""
        if self.given or self.path is None:
            raise Misconfigured(
                say("The keys are set in SIGNOFF_KEYS, so they cannot be rotated here."),
                next_step=say("Put a new key first in SIGNOFF_KEYS, a comma, and the old one."),
            )
        fresh = self.path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("\n".join(keys) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)


class Store:
    """All sealed secrets of one database."""

    def __init__(self, db: Database, keys: Keys, clock: Clock, owner: str) -> None:
        self.db, self.keys, self.clock, self.owner = db, keys, clock, owner
        self._threads: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()

    def _seal(self, account: str, name: str, secret: str) -> str:
        box = json.dumps([account, name, secret])
        return self._fernet().encrypt(box.encode()).decode()

    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        try:
            return MultiFernet([Fernet(k) for k in self.keys.lines()])
        except ValueError:
            raise Misconfigured(say("A key for stored tokens is not a Fernet key.")) from None

    def load(self, account: str, name: str) -> str | None:
        """Return a secret, or None. Raises Misconfigured when no key opens it."""
        from cryptography.fernet import InvalidToken

        with self.db.read() as conn:
            query = select(vault.c.secret).where(vault.c.account == account, vault.c.name == name)
            sealed = conn.execute(query).scalar_one_or_none()
        if sealed is None:
            return None
        try:
            box = json.loads(self._fernet().decrypt(sealed.encode()))
        except InvalidToken:
            box = None
        if box is None or box[:2] != [account, name]:
            raise Misconfigured(
                say(
                    "The stored {name} of {account} cannot be opened with the keys at hand.", name=name, account=account
                ),
                next_step=say("Restore the key file, or connect again: `signoff connect {account}`.", account=account),
            )
        return str(box[2])

    def store(self, account: str, name: str, secret: str) -> None:
        """Seal and keep a secret; it is on disk when this returns."""
        sealed = self._seal(account, name, secret)
        with self.db.write() as conn:
            put(conn, vault, {"account": account, "name": name}, {"secret": sealed, "at": self.clock.now()})

    def forget(self, account: str) -> int:
        """Remove every secret of an account; return how many there were."""
        with self.db.write() as conn:
            return conn.execute(delete(vault).where(vault.c.account == account)).rowcount

    @contextmanager
    def lock(self, account: str, name: str) -> Iterator[None]:
        """Be the only thread and process inside, for refreshing a token. Raises TryLater after 30 s of waiting."""
        key = f"vault:{account}:{name}"
        with self._guard:
            mine = self._threads.setdefault(key, threading.RLock())
        with mine:
            for _ in range(300):
                fence = leases.take(self.db, key, self.owner, 60)
                if fence is not None:
                    break
                self.clock.sleep(0.1)
            else:
                raise TryLater(
                    say("Another process is refreshing the session of {account}.", account=account), after=10
                )
            try:
                yield
            finally:
                leases.release(self.db, key, self.owner, fence)

    def rotate(self) -> int:
        """Make a new key, seal every secret with it, and drop the old keys; return how many were sealed anew.

        A crash at any point leaves a key file that opens every row: first both keys are written, then the rows
        change in one transaction, then the old keys go.
        """
        from cryptography.fernet import Fernet

        fresh = Fernet.generate_key().decode()
        self.keys.write([fresh, *self.keys.lines()])
        box = self._fernet()
        with self.db.write() as conn:
            found = conn.execute(select(vault)).mappings().all()
            for row in found:
                key = {"account": row["account"], "name": row["name"]}
                sealed = box.rotate(row["secret"].encode()).decode()
                put(conn, vault, key, {"secret": sealed, "at": row["at"]})
        self.keys.write([fresh])
        return len(found)

    def of(self, account: str) -> AccountVault:
        """Return the view an adapter gets: only its own account's secrets."""
        return AccountVault(self, account)


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
