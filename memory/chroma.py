"""The brand memory in Chroma: embedded in a folder by default, or a Chroma server by URL.

One collection a brand and purpose. Vectors are always ours: Chroma's own default embedding downloads a model, and is
never used. Telemetry is off, and Chroma's habit of reading ``.env`` is too. Chroma keeps the rows; ``memory.ranking``
ranks them, from an index that is read once for each learning and kept.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from memory.base import (
    TRUSTED,
    Embedder,
    EmbedderChanged,
    Hit,
    Kept,
    Learned,
    MemoryItem,
    MemoryUnreachable,
    Progress,
    embedded,
)
from memory.plan import Row, plan, rows
from memory.ranking import Index
from memory.residue import wipe

T = TypeVar("T")

#: Rows in one write; Chroma's own limit is about five thousand.
_BATCH = 500
#: Rows in one reading.
_PAGE = 2000


class ChromaMemory:
    """A BrandMemory in Chroma; safe to share between threads.

    Give ``path`` (a folder, made when missing) or ``url`` (``http://host:8000``; ``token`` is sent as a bearer token).
    Nothing is opened before the first use. ``timeout`` is in seconds, for one request to a server.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        path: Path | None = None,
        url: str | None = None,
        token: str = "",
        purpose: str = "rules",
        timeout: float = 15.0,
    ) -> None:
        if (path is None) == (url is None):
            raise ValueError("give either path or url")
        self.embedder = embedder
        self._path = path
        self._url = (url or "").rstrip("/")
        self._token = token
        self._purpose = purpose
        self._timeout = timeout
        #: The one client of this memory and its shelves: in a folder, Chroma is open or closed for all of them at once.
        self._opened: list[Any] = []
        self._seen: dict[str, str] = {}
        self._indexes: dict[str, tuple[str, Index]] = {}
        self._turn = threading.Lock()

    def learn(
        self,
        brand: str,
        version: str,
        items: Sequence[MemoryItem],
        *,
        reindex: bool = False,
        progress: Progress | None = None,
    ) -> Learned:
        """See BrandMemory. The version is cleared before the first write and set after the last one."""
        want = rows(items)
        vectors = None
        if reindex:
            # Before anything is dropped: an embedding model that fails must leave the rules findable.
            vectors = embedded(self.embedder, [r.embed for r in want], progress)
            self.forget(brand)
        return self._reached(lambda: self._learn(brand, version, want, vectors, progress))

    def _learn(
        self,
        brand: str,
        version: str,
        want: Sequence[Row],
        vectors: list[list[float]] | None,
        progress: Progress | None,
    ) -> Learned:
        found = self._collection(brand, make=True)
        had = found.get(include=["metadatas"])
        todo = plan(dict(zip(had["ids"], had["metadatas"], strict=True)), want)
        if vectors is None or len(vectors) != len(todo.embed):
            vectors = embedded(self.embedder, [r.embed for r in todo.embed], progress)
        if todo.empty and self._label(found, "version") == version:
            return todo.learned
        self._set_version(found, "")
        for n in range(0, len(todo.embed), _BATCH):
            part = todo.embed[n : n + _BATCH]
            found.upsert(
                ids=[r.id for r in part],
                embeddings=vectors[n : n + _BATCH],
                documents=[r.embed for r in part],
                # An upsert keeps old keys that are not named: None removes a twin that is gone.
                metadatas=[_whole(r.metadata, had, r.id) for r in part],
            )
        for n in range(0, len(todo.touch), _BATCH):
            part = todo.touch[n : n + _BATCH]
            found.update(ids=[r.id for r in part], metadatas=[_whole(r.metadata, had, r.id) for r in part])
        for n in range(0, len(todo.delete), _BATCH):
            found.delete(ids=list(todo.delete[n : n + _BATCH]))
        self._set_version(found, version)
        if self._path is not None:
            wipe(self._path)
        return todo.learned

    def search(
        self,
        brand: str,
        query: str,
        k: int = 8,
        language: str | None = None,
        provenance: Collection[str] = TRUSTED,
    ) -> list[Hit]:
        """See BrandMemory."""
        if not query.strip() or k < 1 or not provenance:
            return []
        return self._reached(lambda: self._search(brand, query, k, language, provenance))

    def _search(self, brand: str, query: str, k: int, language: str | None, provenance: Collection[str]) -> list[Hit]:
        found = self._collection(brand)
        if found is None:
            return []
        [vector] = self.embedder.embed([query])
        return self._index(found).search(query, vector, k, language, provenance)

    def _index(self, found: Any) -> Index:
        """Return the index of a collection, read again when another learning has changed its stamp."""
        stamp = f"{found.id} {self._label(found, 'stamp')}"
        kept = self._indexes.get(found.name)
        if kept is None or kept[0] != stamp:
            kept = self._indexes[found.name] = (stamp, Index(*_everything(found)))
        return kept[1]

    def kept(self, brand: str) -> list[Kept]:
        """See BrandMemory."""

        def read() -> list[Kept]:
            found = self._collection(brand)
            rows = zip(*_everything(found), strict=True) if found is not None else ()
            return [Kept(str(metadata["item"]), text, vector) for text, metadata, vector in rows]

        return self._reached(read)

    def shelf(self, name: str) -> ChromaMemory:
        """See BrandMemory."""
        made = copy.copy(self)
        made._purpose = name
        return made

    def version(self, brand: str) -> str | None:
        """See BrandMemory."""
        return self._reached(lambda: self._label(self._collection(brand, checked=False), "version") or None)

    def forget(self, brand: str) -> None:
        """See BrandMemory."""
        from chromadb.errors import NotFoundError

        def forget() -> None:
            with contextlib.suppress(NotFoundError):
                self._client().delete_collection(self.collection_name(brand))

        self._reached(forget)

    def health(self) -> tuple[bool, str]:
        """See BrandMemory."""
        try:
            count = self._reached(lambda: self._client().count_collections())
        except MemoryUnreachable as error:
            return False, str(error)
        return True, f"Chroma: {self._url or self._path}, collections: {count}, {self.embedder.name}"

    def close(self) -> None:
        """Let go of the files or the connection; the next use opens them again."""
        with self._turn:
            if self._opened:
                client = self._opened.pop()
                sessions = _sessions(client)
                client.close()
                for session in sessions:
                    # Chroma's client forgets its own connections when it is closed (1.5.9, 2026-11-22).
                    session.close()
            self._seen.clear()
            self._indexes.clear()

    def collection_name(self, brand: str) -> str:
        """Return the collection's name: the brand's id where Chroma allows it, else a likeness and a hash."""
        if re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?", brand):
            return f"{self._purpose}-{brand}"
        slug = re.sub(r"[^a-z0-9]+", "-", brand.lower()).strip("-")[:40]
        return f"{self._purpose}.{slug}.{hashlib.sha256(brand.encode()).hexdigest()[:12]}".replace("..", ".")

    def _collection(self, brand: str, *, make: bool = False, checked: bool = True) -> Any:
        from chromadb.errors import NotFoundError

        name, client = self.collection_name(brand), self._client()
        try:
            found = client.get_collection(name, embedding_function=None)
            if not self._fresh(name, found):
                self.close()
                found = self._client().get_collection(name, embedding_function=None)
                self._fresh(name, found)
        except NotFoundError:
            if not make:
                return None
            found = client.get_or_create_collection(
                name,
                embedding_function=None,
                metadata={"embedder": self.embedder.name, "brand": brand, "version": ""},
                configuration={"hnsw": {"space": "cosine"}},
            )
        learnt = self._label(found, "embedder")
        if checked and learnt != self.embedder.name:
            raise EmbedderChanged.of(brand, learnt, self.embedder.name)
        return found

    def _fresh(self, name: str, found: Any) -> bool:
        """Say whether this process still knows the collection as it is.

        Embedded Chroma keeps an index in each process and does not see what another process wrote (1.5.9: stale
        answers or "Error finding id"). So each learning leaves a stamp, and a new stamp means: open the folder anew.
        """
        stamp = f"{found.id} {self._label(found, 'stamp')}"
        return self._path is None or self._seen.setdefault(name, stamp) == stamp

    @staticmethod
    def _label(found: Any, name: str) -> str:
        return str((found.metadata or {}).get(name, "")) if found is not None else ""

    def _set_version(self, found: Any, version: str) -> None:
        found.modify(metadata={**(found.metadata or {}), "version": version, "stamp": secrets.token_hex(4)})
        self._seen[found.name] = f"{found.id} {self._label(found, 'stamp')}"

    def _client(self) -> Any:
        with self._turn:
            if not self._opened:
                self._opened.append(self._open())
            return self._opened[0]

    def _open(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        # _env_file=None: Chroma would otherwise take its settings from the .env of the working directory.
        settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]
        if self._path is not None:
            self._path.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(path=self._path, settings=settings)
        import httpx

        url = httpx.URL(self._url)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        # Chroma's client waits without end for a server that is silent, so it is asked with a limit first.
        httpx.get(f"{self._url}/api/v2/heartbeat", headers=headers, timeout=self._timeout).raise_for_status()
        ssl = url.scheme == "https"
        port = url.port or (443 if ssl else 80)
        client = chromadb.HttpClient(host=url.host, port=port, ssl=ssl, headers=headers, settings=settings)
        for session in _sessions(client):
            session.timeout = httpx.Timeout(self._timeout)
        return client

    def _reached(self, act: Callable[[], T]) -> T:
        """Return what ``act`` returns; in a folder, open it anew and try once more before giving up."""
        import httpx
        from chromadb.errors import ChromaError

        for again in (self._path is not None, False):
            try:
                return act()
            except (ChromaError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                if again:
                    self.close()
                    continue
                step = (
                    "Start the Chroma server or correct its address."
                    if self._url
                    else "Check that the folder can be written and the disk is not full."
                )
                why = f"{type(error).__name__}: {error}".splitlines()[0][:200]
                raise MemoryUnreachable(
                    f"The brand memory at {self._url or self._path} cannot be used ({why}).", next_step=step
                ) from error
        raise AssertionError  # the second turn returns or raises


def _everything(found: Any) -> tuple[list[str], list[Any], list[Any]]:
    """Return of every row of a collection the text, the metadata and the vector."""
    metadatas: list[Any] = []
    texts: list[str] = []
    vectors: list[Any] = []
    while part := found.get(limit=_PAGE, offset=len(texts), include=["metadatas", "documents", "embeddings"]):
        metadatas += part["metadatas"]
        # Rows that an older version wrote have no document.
        texts += [d or str(m["text"]) for d, m in zip(part["documents"], part["metadatas"], strict=True)]
        vectors += list(part["embeddings"])
        if len(part["ids"]) < _PAGE:
            break
    return texts, metadatas, vectors


def _whole(metadata: dict[str, Any], had: Any, row_id: str) -> dict[str, Any]:
    """Return ``metadata`` with None for every key that the present row has and the new one has not."""
    try:
        old = had["metadatas"][had["ids"].index(row_id)]
    except ValueError:
        return metadata
    return {**dict.fromkeys(cast("dict[str, Any]", old)), **metadata}


def _sessions(client: Any) -> list[Any]:
    """Return the httpx clients inside a Chroma HTTP client, which have no public name; none in an embedded one."""
    import httpx

    parts = (client, getattr(client, "_admin_client", None))
    found = {id(s): s for p in parts if (s := getattr(getattr(p, "_server", None), "_session", None)) is not None}
    return [s for s in found.values() if isinstance(s, httpx.Client)]
