"""Every answer of a server, right or wrong, becomes the one error that says what happens next; and no secret shows.

The table below is the contract's; where a platform's own documents ask for something else, its bench declares that
with a reason and a link, and ``test_platforms.py`` counts the declarations.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bot.domain.post import Outgoing, Receipt
from bot.errors import PlatformError, TryLater
from bot.platforms.base import Cursor, Page, Platform
from tests.contract.bench import OPERATIONS, Bench

STATUSES = (
    301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 422, 425, 429, 451, 500, 501, 502, 503,
    504, 520,
)  # fmt: skip
#: Bodies of a 200 that are not what was asked for.
ODD = {
    "nothing": b"", "HTML": b"<html><body>Sign in to the hotel's network</body></html>", "cut off": b'{"id": "11',
    "null": b"null", "a word": b'"ok"', "a number": b"7", "an empty list": b"[]", "an empty object": b"{}",
    "wrong types": b'{"id": {"a": 1}, "uri": 5, "data": "x", "notifications": {"x": 1}, "posts": 7}',
    "no text at all": b"\xff\xfe\x00",
}  # fmt: skip
#: A 200 that may truly mean that there is nothing.
EMPTY = ("an empty list", "an empty object")
SEND, WRITE = ("publish",), ("upload", "edit", "delete")


def outcome_of_status(operation: str, status: int) -> set[str]:
    """Return the names of what may come of a status: an error, or ``done``."""
    if status == 401:
        return {"Reconnect"}
    if status in (408, 425, 429, 501) or status < 400:
        return {"TryLater"}
    if status >= 500:
        return {"OutcomeUnknown"} if operation in SEND else {"TryLater"}
    if operation == "delete" and status in (404, 410):
        return {"done"}
    if operation == "lookup" and status in (404, 410):
        return {"NotFound", "TryLater"}
    if operation == "readings" and status in (404, 410):
        return {"done", "TryLater"}
    return {"Refused"} if operation in SEND + WRITE else {"TryLater"}


def outcome_of_body(operation: str, body: str) -> set[str]:
    """Return the names of what may come of a 200 with an odd body."""
    if operation in SEND:
        return {"OutcomeUnknown"}
    if operation == "find":
        # None would mean that the part may be sent again.
        return {"TryLater", "OutcomeUnknown"}
    if operation == "delete" and body not in ("HTML", "cut off", "no text at all"):
        return {"TryLater", "done"}
    if operation == "lookup" and body in EMPTY:
        return {"TryLater", "NotFound"}
    if operation in ("comments", "readings") and body in EMPTY:
        return {"TryLater", "done"}
    return {"TryLater"}


def allowed(bench: Bench, operation: str, answer: int | str) -> set[str]:
    """Return what may come of an answer, with what the bench declares."""
    for entry in bench.declared:
        if operation in entry.operations and answer in entry.answers:
            return {entry.outcome}
    table = outcome_of_status(operation, answer) if isinstance(answer, int) else outcome_of_body(operation, answer)
    return table


@contextmanager
def broken(bench: Bench, operation: str, status: int, **more: Any) -> Iterator[None]:
    """Answer ``operation`` so inside the block."""
    bench.answer(operation, status, **more)
    try:
        yield
    finally:
        bench.mend()


class Subject:
    """A live post, and every operation on it."""

    def __init__(self, bench: Bench, adapter: Platform) -> None:
        self.bench = bench
        self.out: Outgoing = bench.out()
        self.key = bench.key(adapter, self.out)
        self.receipt: Receipt = adapter.publish(self.out, self.key)
        self.cursor: Cursor | None = adapter.comments(None).cursor
        self.tried: list[str] = []

    def of(self, operation: str, adapter: Platform) -> Callable[[], Any]:
        """Return what does ``operation`` with ``adapter``."""
        bench, out = self.bench, self.out
        began = out.created or datetime.now(UTC)
        match operation:
            case "publish" | "upload":
                media = (bench.picture(),) if operation == "upload" else ()
                new = bench.out(media=media)
                self.tried.append(new.part.text)
                return lambda: bench.publish(adapter, new)
            case "find":
                return lambda: adapter.find(out, self.key, began)
            case "lookup":
                return lambda: adapter.lookup(self.receipt.url)
            case "edit":
                return lambda: adapter.edit(self.receipt, bench.out())
            case "delete":
                return lambda: adapter.delete(self.receipt)
            case "comments":
                return lambda: adapter.comments(self.cursor)
            case "readings":
                return lambda: list(adapter.readings([self.receipt]))
            case "identity":
                return adapter.identity
        raise ValueError(operation)

    def outcome(self, operation: str, adapter: Platform) -> str:
        """Do it and return the name of the error, or ``done``; a fault of ours is told by its own name."""
        act = self.of(operation, adapter)
        before = self.bench.sends()
        try:
            given = act()
        except PlatformError as no:
            if no.platform != adapter.id or not no.message:
                return f"{type(no).__name__} without a name"
            return type(no).__name__
        except Exception as fault:
            return f"{type(fault).__name__}"
        if operation in ("publish", "find", "lookup", "upload") and not isinstance(given, Receipt):
            return f"returned {given!r}"
        if isinstance(given, Page) and (given.items or given.cursor != self.cursor):
            return f"moved on to {given.cursor}"
        if operation not in SEND and self.bench.sends() != before:
            return "sent a post"
        return "done"


class AnswerContract:
    """What comes of each answer."""

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_every_status_is_told_by_what_happens_next(self, bench: Bench, adapter: Platform, operation: str) -> None:
        if operation == "edit" and not adapter.features.edits:
            return  # refused before any call: test_a_live_post_can_be_changed_where_the_platform_says_so
        subject, found = Subject(bench, adapter), {}
        left: dict[bool, int] = {}
        for status in STATUSES:
            using, before = bench.adapter(), bench.calls()
            moved = status < 400
            with broken(bench, operation, status, headers={"location": "/elsewhere"} if moved else None):
                outcome = subject.outcome(operation, using)
            using.close()
            left[moved] = max(left.get(moved, 0), bench.calls() - before)
            if outcome not in (wanted := allowed(bench, operation, status)):
                found[status] = f"{outcome}, not {' or '.join(sorted(wanted))}"
        # A redirect would carry the token, or a post, to a place nobody chose.
        assert left[True] <= left[False], "a redirect was followed"
        assert found == {}
        assert [bench.copies(text) for text in subject.tried] == [0] * len(subject.tried)
        assert bench.copies(subject.out.part.text) == 1

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_an_answer_that_is_none_is_never_taken_for_one(
        self, bench: Bench, adapter: Platform, operation: str
    ) -> None:
        if operation == "edit" and not adapter.features.edits:
            return  # refused before any call: test_a_live_post_can_be_changed_where_the_platform_says_so
        subject, found = Subject(bench, adapter), {}
        for name, body in ODD.items():
            using = bench.adapter()
            with broken(bench, operation, 200, body=body):
                outcome = subject.outcome(operation, using)
            using.close()
            if outcome not in (wanted := allowed(bench, operation, name)):
                found[name] = f"{outcome}, not {' or '.join(sorted(wanted))}"
        assert found == {}
        assert [bench.copies(text) for text in subject.tried] == [0] * len(subject.tried)
        assert bench.copies(subject.out.part.text) == 1

    @pytest.mark.parametrize("status", [400, 403, 422, 500, 503])
    @pytest.mark.parametrize("body", [b"", b"<html>No</html>", b'{"error": ', b"[]", b"null", b'{"error": {"a": [1]}}'])
    def test_an_error_with_an_odd_body_is_sorted_by_its_status(
        self, bench: Bench, adapter: Platform, status: int, body: bytes
    ) -> None:
        subject = Subject(bench, adapter)
        for operation in ("publish", "comments", "delete"):
            with broken(bench, operation, status, body=body):
                outcome = subject.outcome(operation, bench.adapter())
            assert outcome in allowed(bench, operation, status) | outcome_of_status(operation, status), operation
        assert [bench.copies(text) for text in subject.tried] == [0] * len(subject.tried)

    @pytest.mark.parametrize(
        "shape",
        ["seconds", "date", "x-rate-limit", "x-ratelimit ISO", "ratelimit epoch", "ratelimit seconds", "past", "none",
         "garbage"],
    )  # fmt: skip
    def test_the_wait_that_a_platform_asks_for_is_told_in_seconds(
        self, bench: Bench, adapter: Platform, shape: str
    ) -> None:
        there = datetime.now(UTC) + timedelta(seconds=90)
        epoch = str(int(there.timestamp()))
        headers: dict[str, str] = {
            "seconds": {"Retry-After": "90"},
            "date": {"Retry-After": format_datetime(there, usegmt=True)},
            "x-rate-limit": {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": epoch},
            "x-ratelimit ISO": {"X-RateLimit-Reset": there.isoformat().replace("+00:00", "Z")},
            "ratelimit epoch": {"RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": epoch},
            "ratelimit seconds": {"RateLimit-Limit": "100, 100;w=60", "RateLimit-Reset": "90"},
            "past": {"Retry-After": "-5"},
            "none": {},
            "garbage": {"Retry-After": "soon", "RateLimit-Reset": "later", "X-RateLimit-Limit": "many"},
        }[shape]
        for operation in ("publish", "comments", "upload"):
            subject = Subject(bench, adapter)
            with broken(bench, operation, 429, headers=headers), pytest.raises(TryLater) as caught:
                subject.of(operation, bench.adapter())()
            after = caught.value.after
            if shape in ("none", "garbage") or (not bench.can("headers") and shape not in ("seconds", "past")):
                # A platform may have a documented wait of its own where the answer names none.
                assert after is None or after > 0
            elif shape == "past":
                assert after == 0
            else:
                assert after is not None
                assert 30 <= after <= 92, (operation, after)

    def test_who_we_are_is_asked_of_the_platform(self, bench: Bench, adapter: Platform) -> None:
        adapter.identity()
        before = bench.calls()
        who = adapter.identity()
        assert bench.calls() > before
        assert who.id
        assert who.handle
        assert who.lacking == ()
        assert all(who.remarks)
        assert not [secret for secret in bench.secrets() if secret in repr(who)]

    # --- manners -------------------------------------------------------------------------------------------

    def test_health_is_good_and_every_line_says_something(self, adapter: Platform) -> None:
        lines = adapter.health()
        assert [line.name for line in lines if not line.ok] == []
        assert all(line.detail for line in lines)
        assert adapter.preview_host()

    def test_health_tells_a_fault_and_what_to_do(self, bench: Bench, adapter: Platform) -> None:
        """It never raises: it is what a person asks when something is wrong."""
        adapter.identity()
        for status in (401, 503):
            with broken(bench, "identity", status):
                lines = bench.adapter().health()
            bad = [line for line in lines if not line.ok]
            assert bad
            assert all(line.detail and line.fix for line in bad)

    def test_nothing_stays_open(self, bench: Bench) -> None:
        adapter = bench.adapter()
        bench.publish(adapter, bench.out())
        adapter.close()
        adapter.close()
        assert not bench.is_open(adapter)

    def test_no_secret_shows_in_errors_logs_or_reprs(
        self, bench: Bench, adapter: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        seen = [repr(adapter), str(vars(adapter).get("context"))]
        for effect in ("rate_limit", "refuse", "unreachable", "timeout_after_accept", "malformed", "revoked"):
            bench.fail(effect)
            try:
                bench.publish(adapter, bench.out())
            except PlatformError as error:
                seen += _told(error)
        seen += [record.getMessage() for record in caplog.records]
        assert len(seen) > 20
        for secret in bench.secrets():
            assert not [text for text in seen if secret in text]

    def test_a_server_that_repeats_our_secrets_does_not_make_us_repeat_them(
        self, bench: Bench, adapter: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        subject, seen = Subject(bench, adapter), list[str]()
        # Most servers cut an answer short; so do we, and a secret cut in two is still half a secret.
        echo = " and ".join(bench.secrets())
        words = f'{{"error": "{echo}", "message": "{echo}", "detail": "{echo}", "errors": [{{"message": "{echo}"}}]}}'
        for operation in (name for name in OPERATIONS if name != "edit" or adapter.features.edits):
            for status in (200, 400, 403, 422, 500):
                with broken(bench, operation, status, body=words.encode()):
                    using = bench.adapter()
                    try:
                        said = subject.of(operation, using)()
                        seen += [repr(said)]
                    except PlatformError as error:
                        seen += _told(error)
                    using.close()
        seen += [record.getMessage() for record in caplog.records]
        seen += [str(vars(adapter.context.facts)), repr(subject.receipt), repr(subject.cursor)]
        assert len(seen) > 20
        for secret in bench.secrets():
            for part in {secret, secret[: max(12, len(secret) // 2)]}:
                assert not [text for text in seen if part in text]


def _told(error: PlatformError) -> list[str]:
    return [str(error), repr(error), error.reply, error.next_step, traceback.format_exc(), repr(error.__cause__)]
