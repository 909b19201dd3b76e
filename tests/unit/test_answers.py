"""What an HTTP answer, or its absence, means for what happens next."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import OutcomeUnknown, Reconnect, Refused, TryLater
from bot.platforms.kit import answers

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "limit", "left", "seconds"),
    [
        ({"x-rate-limit-limit": "100", "X-Rate-Limit-Remaining": "7", "x-rate-limit-reset": "1795338060"}, 100, 7, 60),
        ({"X-RateLimit-Limit": "300", "X-RateLimit-Reset": "2026-11-22T09:05:00.000Z"}, 300, None, 300),
        ({"ratelimit-limit": "30, 30;w=300", "ratelimit-remaining": "0", "ratelimit-reset": "290"}, 30, 0, 290),
        ({"X-RateLimit-Reset": "2026-11-22T10:05:00+01:00"}, None, None, 300),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1795338060000"}, None, 0, 60),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "Sun, 22 Nov 2026 09:05:00 GMT"}, None, 0, 300),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-22 09:05:00 UTC"}, None, 0, 300),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "50;w=60"}, None, 0, 50),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, 100, 0, 50),
        ({"RateLimit": '"default";r=0;t=50', "RateLimit-Policy": '"default";q=100;w=60'}, None, 0, 50),
        ({"RateLimit": '"hour";r=0;t=50, "day";r=0;t=900, "month";r=7;t=9000'}, None, 0, 900),
    ],
)
def test_rate_headers_of_every_shape(headers: dict[str, str], limit: int, left: int, seconds: int) -> None:
    known = answers.rate(headers, NOW)
    assert known == answers.Rate(limit, left, NOW + timedelta(seconds=seconds))
    assert answers.wait(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "Sun, 22 Nov 2026 09:00:30 GMT"}, 30),
        ({"Retry-After": "60s"}, 60),
        ({"Retry-After": "120, 120"}, 120),
        ({"Retry-After": "1795338060"}, 60),
        ({"Retry-After": "2026-11-22T09:02:00Z"}, 120),
        ({"Retry-After": "99999999999999999999"}, 31 * 86400),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, 31 * 86400),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": "Sun, 22 Nov 2026 08:00:00 GMT"}, 31 * 86400),
        ({"Retry-After": "7", "Date": "Sun, 22 Nov 2026 09:00:00 +99999999999"}, 7),
        ({"ratelimit": "remaining=none, reset=50"}, None),
        ({"Retry-After": "soon", "x-rate-limit-reset": "1795338060"}, 60),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "99999999"}, 0),
        ({"Retry-After": "1e300"}, 31 * 86400),
        ({"RateLimit": '"hour";r=9;t=5, "day";r=0;t=50', "RateLimit-Policy": '"day";q=100;w=60'}, 50),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert answers.wait(headers, NOW) == seconds


@given(st.dictionaries(st.sampled_from(["retry-after", "x-rate-limit-reset", "ratelimit-limit"]), st.text(max_size=30)))
def test_no_header_breaks_the_reading(headers: dict[str, str]) -> None:
    seconds = answers.wait(headers, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("send", 429, TryLater), ("send", 401, Reconnect), ("send", 500, OutcomeUnknown), ("send", 503, OutcomeUnknown),
        ("send", 504, OutcomeUnknown), ("send", 501, TryLater), ("send", 408, TryLater), ("send", 307, TryLater),
        ("send", 400, Refused), ("send", 403, Refused), ("send", 404, Refused), ("send", 413, Refused),
        ("send", 422, Refused), ("write", 500, TryLater), ("write", 422, Refused), ("read", 500, TryLater),
        ("read", 404, TryLater), ("read", 403, TryLater), ("read", 401, Reconnect),
    ],
)  # fmt: skip
def test_an_answer_is_told_by_what_happens_next(kind: answers.Kind, status: int, error: type[Exception]) -> None:
    found = answers.no(kind, status, {}, NOW, platform="x", label="X", why="because")
    assert type(found) is error
    assert found.status == status


def test_a_wait_until_the_end_of_all_calendars_leaves_no_doubt_whether_it_was_sent() -> None:
    headers = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": "Sun, 22 Nov 2026 08:00:00 GMT"}
    found = answers.no("send", 429, headers, NOW, platform="x", label="X")
    assert isinstance(found, TryLater)
    assert found.after == 31 * 86400


def test_only_a_connection_that_was_never_made_is_no_doubt() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(requests.ConnectionError) as refused:
        requests.post(f"http://127.0.0.1:{port}/", timeout=5)
    assert isinstance(answers.silence("send", refused.value, platform="x", label="X"), TryLater)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(requests.ReadTimeout) as silent:
            requests.post(f"http://127.0.0.1:{port}/", timeout=0.1)
    assert isinstance(answers.silence("send", silent.value, platform="x", label="X"), OutcomeUnknown)
    assert isinstance(answers.silence("read", silent.value, platform="x", label="X"), TryLater)
