"""Idempotency-Key: the same request sent twice does one thing and gets one answer.

As https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07 says (read 2026-11-22): another
body under the same key is 422, a request that is still being answered is 409.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from starlette.responses import Response

from bot.store import api
from bot.surfaces.web.api.problems import ApiError
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.web.api.access import Access

HEADER = "idempotency-key"
#: A quoted string of structured fields, or the same without quotes.
PATTERN = r'^(?:"[\x21\x23-\x5b\x5d-\x7e]{1,128}"|[\x21\x23-\x7e]{1,128})$'
_KEPT = ("content-type", "location")


def begin(who: Access, given: str, method: str, path: str, body: bytes) -> tuple[str, Response | None]:
    """Take a key; return it, and the answer that is kept under it already. Raises ApiError."""
    if not re.fullmatch(PATTERN, given):
        raise ApiError(422, "bad-input", say("The Idempotency-Key is none: use up to 128 visible ASCII characters."))
    key = given.strip('"')
    asked = hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
    with who.app.db.write() as conn:
        kept = api.begin(conn, who.token.id, key, asked, who.app.clock.now())
    if kept is None:
        return key, None
    if kept.asked != asked:
        raise ApiError(422, "key-of-another", say("This Idempotency-Key was used for another request."),
                       say("Take a new key for each request."))  # fmt: skip
    if kept.status is None:
        raise ApiError(409, "key-in-use", say("The request with this Idempotency-Key is still being answered."),
                       say("Ask again in a few seconds."))  # fmt: skip
    return key, Response(kept.body, kept.status, {**kept.headers, "idempotency-replayed": "true"})


def end(who: Access, key: str, answer: Response) -> None:
    """Keep an answer; one that says nothing about the request itself gives the key free."""
    with who.app.db.write() as conn:
        if answer.status_code >= 500:
            api.release(conn, who.token.id, key)
            return
        headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        api.finish(conn, who.token.id, key, answer.status_code, headers, bytes(answer.body).decode())
