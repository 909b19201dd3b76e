"""Logging, configured once; known secrets and token shapes never reach a line of it."""

from __future__ import annotations

import contextvars
import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

#: Shapes of credentials that people paste by mistake: bearer and JWT, common API keys. Chinese sets no space before.
TOKEN_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{16,}|xox[abposr]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|sgn_[A-Za-z0-9_-]{20,}|whsec_[A-Za-z0-9+/=]{20,}"
    r"|AKIA[0-9A-Z]{16}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{6,})"
    r"(?![A-Za-z0-9])"
)
_CONSONANTS = "[b-df-hj-np-tv-xz]{3}"
#: A Bluesky app password: four groups of four in base 32. One group has to be unlike a word or a number (a digit among
#: letters, or three consonants in a row), which leaves out "left-over-rice-bowl" and about one password in 800.
APP_PASSWORD = re.compile(
    r"(?<![A-Za-z0-9])(?=(?:[a-z2-7]{4}-){0,3}"
    rf"(?:(?=[2-7]{{0,3}}[a-z])[a-z]{{0,3}}[2-7]|(?=[2-7]{{1,3}}[a-z])|{_CONSONANTS}|[a-z]{_CONSONANTS}))"
    r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}(?![A-Za-z0-9])"
)


#: What a line of the log names where it is known.
CONTEXT = ("account", "post", "part", "draft", "brand", "run")
_about: contextvars.ContextVar[tuple[tuple[str, str], ...]] = contextvars.ContextVar("signoff_about", default=())


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Name these ids in every line that is logged within the block; the names are those of CONTEXT."""
    token = _about.set(tuple({**dict(_about.get()), **ids}.items()))
    try:
        yield
    finally:
        _about.reset(token)


class Secrets:
    """The secret values known so far. It grows as accounts are connected, under the eyes of whoever holds it."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: tuple[str, ...] = ()
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Keep these back from now on; what is shorter than six letters is a word, not a secret."""
        found = {*self._values, *(v for v in values if len(v) >= 6)}
        # Longest first, so that no secret's beginning is replaced before it. One step: other threads read it.
        self._values = tuple(sorted(found, key=lambda v: (-len(v), v)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


class Redact(logging.Filter):
    """Replaces secrets in every record, arguments and tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self.secrets = secrets if isinstance(secrets, Secrets) else Secrets(secrets)

    def clean(self, text: str) -> str:
        """Return ``text`` with every known secret and token shape replaced by ``***``."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return APP_PASSWORD.sub("***", TOKEN_SHAPES.sub("***", text))

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.clean(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = self.clean(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "says": record.getMessage(),
            **dict(_about.get()),
        }
        if record.exc_text:
            line["trace"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


_configured: Iterable[str] = ()


def secrets() -> tuple[str, ...]:
    """Return what the log that was configured last keeps back."""
    return tuple(_configured)


def configure(level: str, *, as_json: bool, secrets: Iterable[str]) -> None:
    """Send logs to standard error at ``level``, without secrets."""
    handler = logging.StreamHandler()
    plain = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(_Json() if as_json else logging.Formatter(plain))
    redact = Redact(secrets)
    handler.addFilter(redact)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    global _configured
    _configured = redact.secrets
    root.setLevel(level.upper())
    # These name full URLs at INFO, with what stands in their query.
    for noisy in ("httpx", "httpcore", "chromadb", "openai"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
