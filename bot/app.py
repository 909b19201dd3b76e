"""The one place where parts are put together: settings in, a working Signoff out.

Everything slow (the model, Chroma, platform SDKs) is connected on first use, so that `signoff queue` does not wait
for what it does not need.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bot import logs, tracing
from bot.clock import Clock, SystemClock
from bot.connecting.checking import check_handle, check_settings
from bot.connecting.identities import as_made, made_from
from bot.domain.brand import Account, Brand, Person
from bot.errors import Halted, Misconfigured, NotAllowed
from bot.media import MediaFolder
from bot.settings import Settings, is_secret
from bot.store import desk as rows
from bot.store import leases, migrate, questions
from bot.store import moved as moving
from bot.store.db import Database
from bot.words import say
from bot.workflow.desk import Desk

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.agent.limits import Limits
    from bot.agent.models import ConnectedModel, Progress
    from bot.brand_folder.pages import Copies, Refreshed
    from bot.connecting.trial import Connector
    from bot.platforms.base import Facts, Platform, Vault
    from bot.store.sandbox import SandboxNetwork
    from bot.store.vault import Store
    from memory.base import BrandMemory, Learned


#: Seconds to wait for another command that is learning.
LEARN_WAIT = 60
#: Texts that are learnt before a person would wonder: no progress is shown for fewer. A rule has one or more.
LEARN_QUIETLY = 300


class GoOn(Protocol):
    """Called while learning, with how far it is; raises Halted once somebody else may be learning too."""

    def __call__(self, done: int = 0, total: int = 0, conn: Connection | None = None) -> None: ...


class App:
    """A wired Signoff. Close it when done. ``moved`` opens a database that was moved elsewhere, too."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, progress: Progress | None = None, moved: bool = False
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.progress = progress
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(
                say("The folder {folder} cannot be used: {why}.", folder=settings.home, why=error.strerror or error),
                next_step=say("Choose another one with --home or SIGNOFF_HOME."),
            ) from None
        #: Every secret known so far: from the settings, and from the vault as soon as it is read.
        self.secrets = logs.Secrets(settings.secrets())
        logs.configure(settings.log_level, as_json=settings.log_json, secrets=self.secrets)
        tracing.configure(settings.otlp_endpoint)
        self.db = Database(settings.database)
        migrate.upgrade(self.db)
        if not moved:
            # Whoever works on a database that was moved elsewhere would be alone with it.
            try:
                with self.db.read() as conn:
                    moving.refuse(conn)
            except Misconfigured:
                self.db.close()
                raise
        self.media = MediaFolder(settings.home / "media", settings.ffmpeg_program)
        self._platforms: dict[str, Platform] = {}
        self._making = threading.RLock()
        #: What each adapter was made from; and those with an old login, which a turn may still be using.
        self._stamps: dict[str, object] = {}
        self._retired: list[Platform] = []
        self._model: ConnectedModel | None = None
        self.desk = Desk(
            db=self.db,
            clock=self.clock,
            platform=self.platform,
            at_hand=self.at_hand,
            still_its=self.still_its,
            opens=lambda account: self.vault.opens(account),
            platform_class=platform_class,
            secrets=self.known_secrets,
            media=self.media,
            others_act=lambda: self.sandbox.tick(),
            keep=settings.keep,
            rate_share=settings.rate_share,
        )
        with self.db.read() as conn:
            self.desk.follow_database(conn)

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database and of the embedded model's server."""
        if self._model is not None:
            self._model.close()
            self._model = None
        self._disconnect()
        self.db.close()
        tracing.close()

    def _disconnect(self) -> None:
        while self._platforms:
            self._platforms.popitem()[1].close()
        while self._retired:
            self._retired.pop().close()

    # --- brand and person ----------------------------------------------------------------------------------

    @property
    def brand_id(self) -> str | None:
        return self.settings.brand or None

    def brand(self) -> Brand:
        """Return the brand as it was last learned. Raises NotFound, Misconfigured."""
        with self.db.read() as conn:
            return self.desk.brand(conn, self.brand_id)[0]

    def operator(self) -> Person:
        """Return the person at this terminal. Raises NotAllowed when nobody known is configured."""
        brand = self.brand()
        known = ", ".join(p.id for p in brand.people)
        if not self.settings.operator:
            raise NotAllowed(
                say("Signoff does not know who you are."),
                next_step=say("Set SIGNOFF_OPERATOR (or --as) to one of: {known}.", known=known),
            )
        person = brand.person(self.settings.operator)
        if person is None:
            raise NotAllowed(
                say("{who} is not one of {brand}'s people.", who=repr(self.settings.operator), brand=brand.name),
                next_step=say("Set SIGNOFF_OPERATOR to one of: {known}; or add them to brand.yaml.", known=known),
            )
        return person

    # --- parts, connected on first use ---------------------------------------------------------------------

    @cached_property
    def vault(self) -> Store:
        from bot.store.vault import Keys, Store
        from bot.workflow.turn import gone, worker_id

        given = self.settings.keys.get_secret_value() if self.settings.keys else None
        return Store(self.db, Keys(self.settings.home / "keys", given), self.clock, worker_id(), gone)

    def known_secrets(self, conn: Connection) -> tuple[str, ...]:
        """Return every secret that may not stand in a text: those set, and those typed in `signoff connect`."""
        self.secrets.add(value for _, name, value in self.vault.settings(conn) if is_secret(name))
        return tuple(self.secrets)

    @cached_property
    def sandbox(self) -> SandboxNetwork:
        from bot.store.sandbox import SandboxNetwork

        return SandboxNetwork(self.db, self.clock)

    def platform(self, key: str) -> Platform:
        """Return the adapter of an account of the brand. Raises Misconfigured for missing or mistyped settings."""
        with self.db.read() as conn:
            stamp = made_from(conn, self.vault, key)
        if (account := stamp[0]) is None:
            raise Misconfigured(
                say("The brand has no account {account}.", account=repr(key)),
                next_step=say("Add it to brand.yaml and learn it."),
            )
        # Threads ask at once: an adapter that lost its place to another would keep its connections open.
        with self._making:
            if key in self._platforms and self._stamps.get(key) != stamp:
                self._retired.append(self._platforms.pop(key))
            if key not in self._platforms:
                self._stamps[key] = stamp
                self._platforms[key] = self._made(key, account, stamp[1])
            return self._platforms[key]

    def at_hand(self, key: str) -> Platform:
        """Return the adapter that an account had last, without a look at the database; ask ``still_its`` before use."""
        return self._platforms.get(key) or self.platform(key)

    def still_its(self, made: Platform, account: Account, facts: Mapping[str, Any], sealed: Mapping[str, str]) -> bool:
        """Say whether an adapter is still the account's, by the facts and sealed settings that a transaction sees."""
        same = self._stamps.get(account.key) == as_made(account, facts, sealed)
        return same and self._platforms.get(account.key) is made

    def _made(self, key: str, account: Account, handle: str | None) -> Platform:
        from bot.store.facts import AccountFacts

        adapter = platform_class(account.platform)
        stored = self.connector.stored(key).items()
        given = {**{n: v for n, v in stored if n in adapter.settings}, **self.settings.account(key)}
        self.secrets.add(v for n, v in given.items() if is_secret(n) or adapter.settings.get(n, ("", False))[1])
        check_settings(key, adapter, given)
        check_handle(account, given)
        if handle is not None and adapter.ways:
            check_handle(account, {"handle": handle})
        return self._adapter(account, given, self.vault.of(key), AccountFacts(self.db, self.clock, key))

    def _adapter(self, account: Account, given: dict[str, str], vault: Vault, facts: Facts) -> Platform:
        from bot.platforms.base import Context

        context = Context(
            account=account,
            clock=self.clock,
            vault=vault,
            media=self.media.read,
            sandbox=self.sandbox if account.platform == "sandbox" else None,
            facts=facts,
        )
        return platform_class(account.platform)(context, given)

    @cached_property
    def connector(self) -> Connector:
        """What connects accounts, and lets them go."""
        from bot.connecting.trial import Connector

        return Connector(
            db=self.db,
            clock=self.clock,
            vault=self.vault,
            secrets=self.secrets,
            adapter=self._adapter,
            platform_class=self.desk.platform_class,
            environment=self.settings.account,
            is_secret=is_secret,
        )

    @cached_property
    def memory(self) -> BrandMemory:
        from memory.chroma import ChromaMemory
        from memory.embeddings import EndpointEmbedder, shipped

        s = self.settings
        key = s.embedding_api_key.get_secret_value() if s.embedding_api_key else ""
        embedder = EndpointEmbedder(s.embedding_base_url, s.embedding_model, key) if s.embedding_base_url else shipped()
        if s.chroma_url:
            return ChromaMemory(embedder, url=s.chroma_url)
        return ChromaMemory(embedder, path=s.home / "memory")

    def use_memory(self, memory: BrandMemory) -> None:
        """Use this memory from now on: for a caller that has one open already."""
        self.__dict__["memory"] = memory

    def model(self) -> ConnectedModel:
        """Return the connected language model, started or fetched when need be. Raises ModelUnavailable."""
        if self._model is None:
            from bot.agent.models import ModelSettings, connect

            s = self.settings
            given = ModelSettings(
                base_url=s.llm_base_url or None,
                api_key=s.llm_api_key.get_secret_value() if s.llm_api_key else None,
                model=s.llm_model or None,
                timeout_s=s.llm_timeout,
                embedded_model_path=s.model_file,
                cache_dir=s.cache,
                price_in=s.llm_price_in,
                price_out=s.llm_price_out,
                allow_download=s.model_download,
                discover=s.llm_discover,
                vision=s.llm_vision,
            )
            self._model = connect(given, progress=self.progress) if self.progress else connect(given)
        return self._model

    def use_model(self, model: ConnectedModel) -> None:
        """Use this model from now on: for tests, and for a caller that has one already."""
        self._model = model

    def limits(self) -> Limits:
        """Return what one run of the agent may cost."""
        from bot.agent.limits import Limits

        s = self.settings
        ledger = None
        if s.llm_price_in or s.llm_price_out:
            from bot.store.spending import ModelMoney

            ledger = ModelMoney(self.db, self.clock, self.brand().id, s.llm_daily_usd)
        return Limits(
            steps=s.limit_steps, tokens=s.limit_tokens, seconds=s.limit_seconds, usd=s.limit_usd, ledger=ledger
        )

    # --- learning a brand folder ---------------------------------------------------------------------------

    @cached_property
    def copies(self) -> Copies:
        """The copies of pages on the web that brand folders name."""
        from bot.brand_folder.pages import Copies

        return Copies.of_home(self.settings.home)

    def read_pages(self, folder: Path) -> list[Refreshed]:
        """Read the pages that a folder names anew, and keep copies. Only a person's command may call this."""
        from bot.brand_folder import fetching, pages

        return pages.refresh(folder, self.copies, self.clock.now(), fetching.fetch)

    def learn(self, folder: Path, *, reindex: bool = False, first: Callable[[], None] | None = None) -> Learned:
        """Read a brand folder into the database and the brand memory; return what changed there.

        Pages on the web are read from their copies. One at a time: another process that learns is waited for, and
        ``first`` runs when it is this one's turn. Raises Misconfigured when the folder has errors (``signoff check``
        lists them), NotFound when there is none, Halted.
        """
        from bot import brand_folder

        with self.turn_to_learn() as go_on:
            with self.db.read() as conn:
                moving.refuse(conn)
            if first is not None:
                first()
            with self.db.read() as conn:
                previous = rows.rules_of_folder(conn, str(folder.resolve()))
            found = brand_folder.load(folder, previous=previous, copies=self.copies).require()
            if found.unread:
                raise Misconfigured(
                    say("{url} was never read, and there is no copy of it.", url=found.unread[0]),
                    next_step=say("Run `signoff learn {folder}` when it can be reached.", folder=folder),
                )
            brand = found.brand
            with self.db.read() as conn:
                rows.refuse_taken(conn, brand)
                items = questions.findable(conn, brand.id, found.items)
            # Memory first: a crash between the two leaves an older brand with more to find, never rules nobody finds.
            learned = self.memory.learn(brand.id, brand.rulebook.version, items, reindex=reindex, progress=go_on)
            with self.desk.deciding() as conn:
                go_on(conn=conn)
                rows.save_brand(conn, brand, found.policy, str(folder.resolve()), self.clock.now())
        # An adapter whose account changed is made anew when it is next asked for; until then a turn may be using it.
        return learned

    @contextmanager
    def turn_to_learn(self) -> Iterator[GoOn]:
        """Hold the one lease on learning; what is yielded renews it on the way, or checks it before the last write.

        One for all brands: in a folder, Chroma cannot take two processes that write. Raises Halted.
        """
        from bot.workflow.turn import LEASE, gone, worker_id

        owner, name = worker_id(), "learn"
        fence = leases.take(self.db, name, owner, LEASE, gone=gone)
        for n in range(LEARN_WAIT):
            if fence is not None:
                break
            if n == 0 and self.progress is not None:
                self.progress("waiting for another command that is learning", 0, 0)
            self.clock.sleep(1)
            fence = leases.take(self.db, name, owner, LEASE, gone=gone)
        if fence is None:
            raise Halted(
                say("Another command is learning a brand folder."), next_step=say("Try again when it is done.")
            )

        def go_on(done: int = 0, total: int = 0, conn: Connection | None = None) -> None:
            if conn is not None:
                mine = leases.remaining(self.db, conn, name, owner, fence) > 0
            else:
                mine = leases.take(self.db, name, owner, LEASE, gone=gone) == fence
            if not mine:
                raise Halted(
                    say("Another command has learned meanwhile."), next_step=say("Run `signoff learn` once more.")
                )
            if total > LEARN_QUIETLY and self.progress is not None:
                self.progress("learning the rules", done, total)

        try:
            yield go_on
        finally:
            leases.release(self.db, name, owner, fence)


def platform_class(platform_id: str) -> type[Platform]:
    """Return the adapter class of a platform. Raises Misconfigured for an unknown one."""
    from bot.platforms import registry

    return registry.load(platform_id)
