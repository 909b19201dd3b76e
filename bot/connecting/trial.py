"""Try a new login beside the old one, and put it in its place once the platform has said whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.clock import Clock
from bot.connecting import identities, scopes
from bot.connecting.checking import check_handle, check_settings, variable
from bot.domain.brand import Account
from bot.errors import Misconfigured, Reconnect, SignoffError, TryLater
from bot.logs import Redact, Secrets
from bot.platforms.base import Facts, Health, Identity, Platform, Vault, Way
from bot.store import desk as rows
from bot.store.db import Database
from bot.store.events import record
from bot.store.facts import AccountFacts
from bot.store.vault import Store
from bot.words import say

_SETTING = "setting:"


@dataclass(frozen=True)
class Connected:
    """An account that answered with its new login, which is stored."""

    identity: Identity
    health: tuple[Health, ...]
    #: Why it was paused until now.
    was_paused: str = ""


@dataclass(frozen=True)
class Connector:
    """What connecting works with; wired in ``bot/app.py``."""

    db: Database
    clock: Clock
    vault: Store
    secrets: Secrets
    #: Make an adapter of an account with these settings.
    adapter: Callable[[Account, dict[str, str], Vault, Facts], Platform]
    platform_class: Callable[[str], type[Platform]]
    #: What the environment sets for an account: it comes before what is stored.
    environment: Callable[[str], dict[str, str]]
    is_secret: Callable[[str], bool]

    def stored(self, key: str) -> dict[str, str]:
        """Return the settings of an account that are in the vault. Raises Misconfigured when no key opens one."""
        with self.db.read() as conn:
            names = [n.removeprefix(_SETTING) for n in self.vault.names(conn, key) if n.startswith(_SETTING)]
        found = {name: self.vault.load(key, _SETTING + name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def connect(self, account: Account, given: dict[str, str], *, way: Way | None, who: str) -> Connected:
        """Try ``given``; store it and let the account go on. Until the last step nothing that is stored changes.

        With a way, ``given`` is a whole login and takes the place of the former one, sessions and all; without one, it
        changes single settings. Raises Misconfigured for the wrong account, for lacking rights, and where the
        environment says otherwise; and what the adapter raises when it asks who it is.
        """
        adapter = self.platform_class(account.platform)
        check_settings(account.key, adapter, given)
        set_outside = self.environment(account.key)
        for name, value in given.items():
            if set_outside.get(name, value) != value:
                raise Misconfigured(
                    say(
                        "{variable} is set to something else, and it comes first.", variable=variable(account.key, name)
                    ),
                    next_step=say("Remove it from the environment or .env, then connect again."),
                )
        stored = self.stored(account.key)
        logins = {f.name for w in adapter.ways for f in w.fields} | {n for n, (_, s) in adapter.settings.items() if s}
        kept = {n: v for n, v in stored.items() if n in adapter.settings and (way is None or n not in logins)}
        fresh = {**kept, **given}
        anew = way is not None or any(fresh.get(n) != stored.get(n) for n in logins)
        self.secrets.add(v for n, v in fresh.items() if self.is_secret(n) or adapter.settings[n][1])
        tried = _Vault() if anew else self.vault.of(account.key)
        noted = _Facts(AccountFacts(self.db, self.clock, account.key))
        with self._clean():
            platform = self.adapter(account, {**fresh, **set_outside}, tried, noted)
            try:
                said = platform.identity()
                self._prove(account, adapter, said)
                health = _health(platform)
            finally:
                platform.close()
        held = tried.kept if isinstance(tried, _Vault) else {}
        secrets = {**{_SETTING + n: v for n, v in fresh.items()}, **held}
        was = self._store(account.key, secrets, noted, said, way, who, anew)
        return Connected(said, health, was)

    def _prove(self, account: Account, adapter: type[Platform], said: Identity) -> None:
        if adapter.ways or account.handle:
            check_handle(account, {"handle": said.handle}, trial=True)
        if said.lacking:
            raise Misconfigured(
                say(
                    "{label} does not let this login do what it needs: {scopes}.",
                    label=adapter.label,
                    scopes=scopes.told(said.lacking),
                ),
                next_step=say("Give the app these rights there, then connect again and agree to them."),
            )

    def _store(
        self, key: str, secrets: dict[str, str], noted: _Facts, said: Identity, way: Way | None, who: str, anew: bool
    ) -> str:
        with self.db.read() as conn:
            sessions = [n for n in self.vault.names(conn, key) if not n.startswith(_SETTING)]
        with ExitStack() as held:
            # A worker that renews the old session just now would store it after the new one.
            for name in sessions if anew else ():
                held.enter_context(self.vault.lock(key, name))
            with self.db.write() as conn:
                now = self.clock.now()
                self.vault.swap(conn, key, secrets, only="" if anew else _SETTING)
                noted.hand_over(conn, key, now)
                identities.remember(conn, key, said, now, way=way.id if way else None)
                was = rows.paused(conn, key)
                rows.pause(conn, key, "", who=who, at=now)
                record(conn, now, who, f"account:{key}", "", "connected", way.id if way else "")
        return was

    def disconnect(self, key: str, *, who: str, name: str) -> int:
        """Remove an account's secrets and pause it; return how many there were. What is queued waits."""
        why = f"disconnected by {name}"
        with self.db.write() as conn:
            now = self.clock.now()
            count = len(self.vault.names(conn, key))
            self.vault.swap(conn, key, {})
            identities.forget(conn, key)
            # A reason that stood before gives way: what helps now is to connect.
            rows.pause(conn, key, "", who=who, at=now)
            rows.pause(conn, key, why, who=who, at=now)
        return count

    @contextmanager
    def _clean(self) -> Iterator[None]:
        """Keep secrets out of what an adapter says when it fails."""
        try:
            yield
        except SignoffError as error:
            redact = Redact(self.secrets)
            error.message, error.next_step = redact.clean(error.message), redact.clean(error.next_step)
            if isinstance(error, Reconnect) and error.next_step in ("", say("Connect the account again.")):
                # That is what the person is doing.
                error.next_step = say("Look whether it was copied whole and from the right place, then start again.")
            elif isinstance(error, TryLater) and not error.next_step:
                error.next_step = say("Look at the address and at your network, then start again.")
            raise


def _health(platform: Platform) -> tuple[Health, ...]:
    """Return what an account that has just said who it is says of itself; a question that fails undoes nothing."""
    try:
        return tuple(platform.health())
    except SignoffError as error:
        return (Health("login", False, error.message, error.next_step),)


class _Vault:
    """Where the adapter on trial keeps its session, until it is proven."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def load(self, name: str) -> str | None:
        return self.kept.get(name)

    def store(self, name: str, secret: str) -> None:
        self.kept[name] = secret

    def lock(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()


class _Facts:
    """What the adapter on trial learns; money that it spends is spent either way."""

    def __init__(self, real: Facts) -> None:
        self._real = real
        self._new: dict[str, Any] = {}

    def load(self, name: str) -> Any:
        return self._new.get(name, self._real.load(name))

    def store(self, name: str, value: Any) -> None:
        self._new[name] = value

    def add(self, name: str, amount: float) -> float:
        return self._real.add(name, amount)

    def hand_over(self, conn: Connection, account: str, now: Any) -> None:
        from bot.store import facts

        for name, value in self._new.items():
            facts.keep(conn, account, name, value, now)
