"""Which model to use, how to reach it, and its errors in our words.

Order: the configured endpoint; else a local server that is already running; else the embedded model. All three
are spoken to in the same way, over the OpenAI-compatible HTTP interface.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.agent.probe import Abilities
from bot.errors import ModelError, ModelUnavailable
from bot.words import say

if TYPE_CHECKING:
    import httpx2
    from langchain_core.language_models.chat_models import BaseChatModel

#: Tell what is being done: (what, bytes or steps done, total; 0 when unknown).
Progress = Callable[[str, int, int], None]

#: Servers people run on their own machine: name and base URL.
LOCAL_SERVERS = (
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
)
#: No honest answer is longer; a server that sends more is cut off.
MOST_BYTES = 8 << 20
SET_A_MODEL = "Set SIGNOFF_LLM_BASE_URL, SIGNOFF_LLM_API_KEY and SIGNOFF_LLM_MODEL to use another model."


def silent(what: str, done: int = 0, total: int = 0) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class ModelSettings:
    """Everything about the model that a person can set."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    model: str | None = None
    timeout_s: float = 120.0
    temperature: float = 0.3
    #: A GGUF file to use for the embedded model instead of the pinned one.
    embedded_model_path: Path | None = None
    cache_dir: Path = Path("~/.cache/signoff")
    #: USD per million tokens, for the money limit.
    price_in: float = 0.0
    price_out: float = 0.0
    #: Whether the embedded model may be fetched.
    allow_download: bool = True
    #: Whether to look for a model server on this machine.
    discover: bool = True
    #: Whether the model can see pictures: ``yes``, ``no``, or ``auto`` to ask it once.
    vision: str = "auto"

    @property
    def cache(self) -> Path:
        return self.cache_dir.expanduser()


@dataclass
class ConnectedModel:
    """A model that answers, and how to speak to it."""

    name: str
    base_url: str
    #: ``native`` (the endpoint knows tools), ``json_schema`` or ``plain``.
    strategy: str
    abilities: Abilities
    #: Make a chat model that takes ``bind_tools``, whatever the strategy.
    chat: Callable[[], BaseChatModel]
    price_in: float = 0.0
    price_out: float = 0.0
    #: Runs on this machine's own processor: calls are slow and cost no money.
    embedded: bool = False
    #: Say whether it can see pictures; asked of it once, when a picture first needs it.
    sees: Callable[[], bool] = lambda: False
    secrets: tuple[str, ...] = field(default=(), repr=False)
    _close: Callable[[], None] = field(default=lambda: None, repr=False)

    def close(self) -> None:
        """Let go of connections, and end the embedded server if there is one."""
        self._close()

    def __enter__(self) -> ConnectedModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(settings: ModelSettings, *, progress: Progress = silent) -> ConnectedModel:
    """Reach a model and learn what it can do; raises ModelUnavailable with what to set."""
    if settings.base_url:
        if not settings.model:
            models = list_models(settings.base_url, settings.api_key, timeout=10.0)
            if len(models) != 1:
                known = f" It offers {', '.join(models[:8])}." if models else ""
                raise ModelUnavailable(f"No model is chosen.{known}", next_step="Set SIGNOFF_LLM_MODEL.")
            return _connect(settings, settings.base_url, models[0], progress=progress)
        return _connect(settings, settings.base_url, settings.model, progress=progress)
    for label, url in LOCAL_SERVERS if settings.discover else ():
        models = list_models(url, settings.api_key, timeout=0.3)
        name = settings.model if settings.model in models else next(iter(models), None)
        if name:
            progress(say("using {name} of the {server} that runs here", name=name, server=label), 0, 0)
            return _connect(settings, url, name, progress=progress)
    return _embedded(settings, progress)


def list_models(base_url: str, api_key: str | None, *, timeout: float) -> list[str]:
    """Return the models an endpoint offers; empty when it does not say."""
    import httpx

    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        with httpx.Client(timeout=timeout, trust_env=not is_loopback(base_url)) as client:
            body = client.get(base_url.rstrip("/") + "/models", headers=headers).raise_for_status().json()
        return [str(m["id"]) for m in body["data"] if "embed" not in str(m["id"]).lower()]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return []


def _embedded(settings: ModelSettings, progress: Progress) -> ConnectedModel:
    from bot.agent.embedded import EmbeddedServer, model_file

    file, name = model_file(settings, progress)
    server = EmbeddedServer(file, log=settings.cache / "embedded-model.log")
    progress(say("starting the embedded language model"), 0, 0)
    server.start()
    try:
        return _connect(settings, server.base_url, name, key=server.key, server=server, progress=progress)
    except BaseException:
        server.stop()
        raise


def _connect(
    settings: ModelSettings,
    base_url: str,
    name: str,
    *,
    progress: Progress,
    key: str | None = None,
    server: Any = None,
) -> ConnectedModel:
    from bot.agent.probe import known_or_look, known_or_probe
    from bot.agent.strategies import JsonSchemaChatModel, PlainJsonChatModel

    key = key or settings.api_key
    # Without any key the SDK would look for one in the environment that belongs to another service.
    inner, close = chat_model(settings, base_url, name, key or "none", retries=0 if server else 2)
    secrets = (key,) if key else ()
    made = {"native": lambda: inner}
    made |= {"json_schema": lambda: JsonSchemaChatModel(inner=inner), "plain": lambda: PlainJsonChatModel(inner=inner)}

    def close_all() -> None:
        close()
        if server is not None:
            server.stop()

    try:
        with in_our_words(secrets):
            # The embedded server has a new port each time: it is known by its model.
            where = f"embedded:{name}" if server else base_url
            abilities = known_or_probe(inner, where, name, settings.cache / "abilities.json", progress, bool(server))
    except BaseException:
        close()
        raise
    chat = made[abilities.strategy]
    price = (0.0, 0.0) if server else (settings.price_in, settings.price_out)
    file = settings.cache / "abilities.json"

    def sees() -> bool:
        if server or settings.vision != "auto":
            return not server and settings.vision == "yes"
        with in_our_words(secrets):
            return known_or_look(inner, where, name, file, progress)

    return ConnectedModel(
        name, base_url, abilities.strategy, abilities, chat, *price, bool(server), sees, secrets, close_all
    )


def is_loopback(url: str) -> bool:
    """Say whether a URL points at this machine."""
    return (urlsplit(url).hostname or "") in {"127.0.0.1", "::1", "localhost"}


def chat_model(
    settings: ModelSettings, base_url: str, name: str, key: str, *, retries: int = 2
) -> tuple[BaseChatModel, Callable[[], None]]:
    """Return langchain's client of an endpoint, and what closes it."""
    import httpx2
    from langchain_openai import ChatOpenAI
    from langchain_openai.chat_models.base import BaseChatOpenAI
    from pydantic import SecretStr

    # A proxy from the environment is right for a hosted endpoint and wrong for this machine.
    local = is_loopback(base_url)
    http = (
        httpx2.Client(transport=_bounded(settings.timeout_s), timeout=settings.timeout_s)
        if local
        else httpx2.Client(timeout=settings.timeout_s, follow_redirects=True)
    )
    # OpenAI's own newer models refuse max_tokens, other servers know nothing else.
    host = urlsplit(base_url).hostname or ""
    base: type[BaseChatOpenAI] = ChatOpenAI if host.endswith(("openai.com", "azure.com")) else BaseChatOpenAI

    class Endpoint(base):  # type: ignore[misc, valid-type]
        def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
            # The SDK walks typed arguments to rename keys that chat messages do not have, and that walk costs more
            # than everything else in a turn together. What goes in as extra_body is sent as it stands.
            payload: dict[str, Any] = super()._get_request_payload(*args, **kwargs)
            plain = {k: payload.pop(k) for k in ("messages", "tools") if k in payload}
            return {**payload, "messages": [], "extra_body": {**(payload.get("extra_body") or {}), **plain}}

    model: BaseChatModel = Endpoint(
        model=name,
        base_url=base_url,
        api_key=SecretStr(key),
        temperature=settings.temperature,
        timeout=settings.timeout_s,
        max_retries=retries,
        http_client=http,
        use_responses_api=False,
    )
    return model, http.close


def _bounded(timeout_s: float) -> httpx2.BaseTransport:
    """Return a way to this machine that ends an answer which is too long or too slow as a whole."""
    import httpx2

    class Bounded(httpx2.BaseTransport):
        """Ends an answer that is too long or too slow as a whole; httpx times only each read."""

        def __init__(self) -> None:
            self.inner = httpx2.HTTPTransport(trust_env=False)

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            seconds = request.extensions.get("timeout", {}).get("read") or timeout_s
            response = self.inner.handle_request(request)
            response.stream = _Stream(response.stream, time.monotonic() + seconds, request)
            return response

        def close(self) -> None:
            self.inner.close()

    class _Stream(httpx2.SyncByteStream):
        def __init__(self, stream: Any, until: float, request: Any) -> None:
            self.stream, self.until, self.request = stream, until, request

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for chunk in self.stream:
                size += len(chunk)
                if size > MOST_BYTES or time.monotonic() > self.until:
                    raise httpx2.ReadTimeout("the answer does not end", request=self.request)
                yield chunk

        def close(self) -> None:
            self.stream.close()

    return Bounded()


def scrub(text: str, secrets: Sequence[str]) -> str:
    """Take keys out of a text, by value and by look."""
    for secret in secrets:
        text = text.replace(secret, "[key]")
    return re.sub(r"\b(sk|lsv2|gsk|key)[-_][A-Za-z0-9_*.\-]{6,}", "[key]", text)


class in_our_words:
    """Turn the SDK's errors into ModelError with the next step; no key survives in them."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self.secrets = secrets

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None or isinstance(error, ModelError) or not isinstance(error, Exception):
            return
        ours = translate(error, self.secrets)
        if ours is not None:
            # Not chained: the SDK's error quotes the endpoint's answer, and some endpoints quote the key.
            raise ours from None


def translate(error: Exception, secrets: Sequence[str] = ()) -> ModelError | None:
    """Return our error for one of the SDK's; None for one that is not the model's."""
    import openai

    said = scrub(str(error), secrets)[:300]
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable("The language model did not answer in time.", next_step="Raise SIGNOFF_LLM_TIMEOUT.")
    if isinstance(error, openai.APIConnectionError):
        return ModelUnavailable(
            "The language model cannot be reached.", next_step="Check SIGNOFF_LLM_BASE_URL and that its server runs."
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return ModelUnavailable("The language model refused the key.", next_step="Check SIGNOFF_LLM_API_KEY.")
    if isinstance(error, openai.NotFoundError):
        return ModelUnavailable(
            f"The endpoint does not know that model: {said}.", next_step="Check SIGNOFF_LLM_MODEL and the base URL."
        )
    if isinstance(error, openai.RateLimitError):
        return ModelUnavailable(
            "The language model takes no more requests now.", next_step="Wait a minute, or check the account's quota."
        )
    if isinstance(error, openai.InternalServerError):
        return ModelUnavailable(
            f"The language model's server failed with status {error.status_code}.", next_step="Try again in a minute."
        )
    if isinstance(error, openai.APIStatusError):
        return ModelError(f"The language model refused the request: {said}.", next_step=SET_A_MODEL)
    if isinstance(error, openai.OpenAIError):
        return ModelError(f"The language model's answer cannot be used: {said}.", next_step="Try again.")
    if isinstance(error, ValueError | TypeError | KeyError | AttributeError | IndexError) and _from_client(error):
        return ModelError("The endpoint's answer is not an OpenAI-compatible one.", next_step=SET_A_MODEL)
    return None


def _from_client(error: BaseException) -> bool:
    """Say whether an error comes from reading the endpoint's answer, not from our own code."""
    trace, last = error.__traceback__, ""
    while trace is not None:
        last, trace = trace.tb_frame.f_globals.get("__name__", ""), trace.tb_next
    return last.startswith(("langchain_openai", "openai", "json", "pydantic"))
