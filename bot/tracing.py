"""Traces for OpenTelemetry when a collector is set, and the ids of what is under way for every line of the log.

A span holds ids, states and counts: never a text, a name or a secret. https://opentelemetry.io/docs/languages/python/
(read 2026-11-22).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bot import VERSION, logs

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

log = logging.getLogger(__name__)
#: Seconds that the end of a process waits for its last spans.
_LAST = 3000

_lock = threading.Lock()
_provider: TracerProvider | None = None
_tracer: Tracer | None = None


class Span:
    """What a block may add to its span: ids, states, counts."""

    def __init__(self, inner: Any = None) -> None:
        self._inner = inner

    def note(self, **values: str | int | float | bool) -> None:
        """Add attributes."""
        if self._inner is not None:
            for name, value in values.items():
                self._inner.set_attribute(f"signoff.{name}", value)


@contextlib.contextmanager
def span(name: str, **ids: str | int | float | bool) -> Iterator[Span]:
    """Time a block as one span, and name its account and post in every line that it logs.

    An error is told by its class only: a message may quote a text.
    """
    with logs.about(**{k: str(v) for k, v in ids.items() if k in logs.CONTEXT}):
        if _tracer is None:
            yield Span()
            return
        from opentelemetry.trace import Status, StatusCode

        attributes = {f"signoff.{k}": v for k, v in ids.items()}
        with _tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as inner:
            try:
                yield Span(inner)
            except BaseException as error:
                inner.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise


def note(**values: str | int | float | bool) -> None:
    """Add attributes to the span that is open here, where there is one."""
    if _tracer is not None:
        from opentelemetry.trace import get_current_span

        Span(get_current_span()).note(**values)


def configure(endpoint: str) -> None:
    """Send spans to a collector over OTLP and HTTP; an empty address is none. The first call counts.

    Sending happens beside the work: a collector that is down costs a line in the log and no post.
    """
    global _provider, _tracer
    with _lock:
        if not endpoint or _provider is not None:
            return
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            log.warning("traces are set up, but opentelemetry-exporter-otlp-proto-http is not installed")
            return
        address = endpoint.rstrip("/")
        address += "" if address.endswith("/v1/traces") else "/v1/traces"
        _provider = TracerProvider(
            resource=Resource.create({"service.name": "signoff", "service.version": VERSION}), shutdown_on_exit=False
        )
        _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=5)))
        _tracer = _provider.get_tracer("signoff", VERSION)


def close() -> None:
    """Send what waits, for a few seconds at most, and forget the collector."""
    global _provider, _tracer
    with _lock:
        provider, _provider, _tracer = _provider, None, None
    if provider is not None:
        provider.force_flush(_LAST)
        provider.shutdown()
