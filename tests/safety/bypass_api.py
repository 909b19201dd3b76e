"""Ways round an approval through the API: the true server, with tokens that do not count, or count for less."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from bot.clock import FixedClock
from bot.domain.draft import DraftVersion
from bot.store import api
from bot.store.api import SCOPES
from tests.safety.bypass import Groups, Scene, Try, Way, run
from tests.safety.bypass_web import wrong_bounds
from tests.web.served import served

SIGNING = ("approve", "reject")
DEEDS = (*SIGNING, "cancel", "reschedule", "versions", "undo")


class Programs:
    """Programs with tokens, each fresh, so that no limit of requests is what stops them."""

    def __init__(self, scene: Scene, url: str) -> None:
        self.scene, self._count = scene, itertools.count()
        self.client = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        self.client.close()

    def token(self, person: str = "li", *scopes: str, brand: str = "lumen", seconds: float = 86400) -> str:
        """Make a token for a person."""
        now, n = self.scene.clock.now(), next(self._count)
        secret = f"sgn_program{n:06}{person}"
        value = api.Token(
            f"k_{n}", brand, person, "tests", frozenset(scopes or SCOPES), now, "sam", now + timedelta(seconds=seconds)
        )
        with self.scene.db.write() as conn:
            api.add_token(conn, secret, value)
        return secret

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> str:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = [
            (k.encode(), v.encode("utf-8", "replace"))
            for k, v in {"content-type": "application/json", **headers}.items()
        ]
        found = self.client.request(method, f"/api/v1{path}", content=content, headers=given)
        return f"answered {found.status_code}" if found.status_code >= 500 else ""

    def on(
        self,
        version: DraftVersion,
        deed: str,
        secret: Callable[[], str] | str | None = None,
        /,
        *,
        headers: dict[str, str] | None = None,
        path: str = "",
        method: str = "POST",
        raw: Any = None,
        **fields: Any,
    ) -> Callable[[], str]:
        """Return what asks for a deed on a version; without a secret, with a good token of Li's."""

        def go() -> str:
            given = secret() if callable(secret) else self.token() if secret is None else secret
            more = {"versions": {"texts": ["Other words."]}, "reschedule": {"wall": "2027-05-05T09:00"}}.get(deed, {})
            body = {"version": version.version, "hash": version.hash, **more, **fields} if raw is None else raw
            auth = {"authorization": f"Bearer {given}"} if given else {}
            return self.ask(method, path or f"/drafts/{version.draft_id}/{deed}", body, {**auth, **(headers or {})})

        return go


def every(scene: Scene, them: Programs) -> Groups:
    """Yield all groups."""
    yield "with a token that does not count", list(_tokens(scene, them))
    yield "with a token that may less", list(_scopes(scene, them))
    yield "without the role", list(_roles(scene, them))
    yield "of another text", list(_values(scene, them))
    yield "in the wrong state", list(_states(scene, them))
    yield "of another brand", list(_brands(scene, them))
    yield "in another shape", list(_shapes(scene, them))
    yield "sent again", list(_again(scene, them))


def _tokens(scene: Scene, them: Programs) -> Iterator[Try]:
    good = them.token()
    gone, revoked = them.token("kim"), them.token()
    late = them.token(seconds=-1)
    scene.leave("kim")
    with scene.db.write() as conn:
        from sqlalchemy import delete

        from bot.store.api_tables import api_token

        conn.execute(delete(api_token).where(api_token.c.digest == api.digest(revoked)))
    wrong = {
        "none": "",
        "one that never was": "sgn_" + "a" * 40,
        "of somebody who left": gone,
        "taken back": revoked,
        "whose time is over": late,
        "of nobody": them.token("eve"),
        "of an empty name": them.token(""),
        "cut short": good[:-1],
        "longer": good + "x",
        "in capitals": good.upper(),
        "a digest": api.digest(good),
        "without its beginning": good.removeprefix("sgn_"),
        "very long": "sgn_" + "x" * 5000,
        "a wildcard": "sgn_%",
        "with SQL": "sgn_' OR '1'='1",
        "a name": "li",
        "two": f"{good} {good}",
        "in quotes": f'"{good}"',
    }
    for name, secret in wrong.items():
        for deed in DEEDS:
            yield Try(f"{deed} with a token: {name}", them.on(scene.anna, deed, secret))
    ways = {
        "basic": {"authorization": f"Basic {good}"},
        "no scheme": {"authorization": good},
        "a header": {"x-api-key": good},
        "a cookie": {"cookie": f"signoff_session={good}"},
        "a person's name": {"x-user": "li", "remote-user": "li"},
        "a token scheme": {"authorization": f"Token {good}"},
    }
    for name, headers in ways.items():
        for deed in SIGNING:
            yield Try(f"{deed} with the token as {name}", them.on(scene.anna, deed, "", headers=headers))
    for deed in SIGNING:
        path = f"/drafts/{scene.anna.draft_id}/{deed}?access_token={good}&token={good}"
        yield Try(f"{deed} with the token in the address", them.on(scene.anna, deed, "", path=path))


def _scopes(scene: Scene, them: Programs) -> Iterator[Try]:
    for name, version in scene.all_drafts().items():
        for deed in DEEDS:
            yield Try(f"{deed} of a draft {name}, read only", them.on(version, deed, lambda: them.token("li", "read")))
        for scopes in (("write",), ("read", "write"), ("approved",), ("approving", "read"), ("APPROVE",)):
            for deed in (*SIGNING, "undo"):
                secret = lambda s=scopes: them.token("li", *s)  # noqa: E731
                yield Try(f"{deed} of a draft {name} with {scopes}", them.on(version, deed, secret))


def _roles(scene: Scene, them: Programs) -> Iterator[Try]:
    for name, version in scene.all_drafts().items():
        for deed in DEEDS:
            yield Try(f"Rose: {deed} of a draft {name}", them.on(version, deed, lambda: them.token("rose")))
        for deed in (*SIGNING, "undo"):
            yield Try(f"Anna: {deed} of a draft {name}", them.on(version, deed, lambda: them.token("anna")))
    yield from _own_words(scene, them)
    for extra in ({"person": "li"}, {"as": "li"}, {"who": "li"}, {"operator": "li"}, {"roles": ["approver"]}):
        for deed in SIGNING:
            yield Try(f"Anna: {deed} with {extra}", them.on(scene.anna, deed, lambda: them.token("anna"), **extra))
    for who in ("anna", "rose"):
        ask = lambda w=who: them.ask("POST", "/resume", {}, {"authorization": f"Bearer {them.token(w)}"})  # noqa: E731
        yield Try(f"{who}: resume", ask)


def _own_words(scene: Scene, them: Programs) -> Iterator[Try]:
    for more in ({}, {"now": True}):
        for n in range(5):
            mine = them.on(scene.ben, "approve", lambda: them.token("ben"), **more)
            yield Try(f"Ben signs his own words {more}, time {n + 1}", mine)


def _values(scene: Scene, them: Programs) -> Iterator[Try]:
    for deed in DEEDS:
        for name, bound in wrong_bounds(scene).items():
            number: Any = (
                int(bound["version"])
                if bound["version"].lstrip("-").isascii() and bound["version"].lstrip("-").isdigit()
                else bound["version"]
            )
            yield Try(f"{deed} with {name}", them.on(scene.second, deed, version=number, hash=bound["hash"]))
    for deed in SIGNING:
        for name, value in {
            "true": True,
            "nothing": None,
            "a list": [2],
            "a half": 2.5,
            "an object": {"n": 2},
            "infinity": 1e308,
        }.items():
            yield Try(f"{deed} with {name} as version", them.on(scene.second, deed, version=value))
        for name, value in {
            "true": True,
            "nothing": None,
            "a list": [scene.second.hash],
            "an object": {"$ne": ""},
            "0": 0,
        }.items():
            yield Try(f"{deed} with {name} as hash", them.on(scene.second, deed, hash=value))
        for given in (
            "d_00000000",
            "../" + scene.anna.draft_id,
            "%",
            scene.anna.draft_id[:6],
            scene.anna.draft_id.upper(),
            scene.ben.draft_id,
            scene.second.draft_id,
        ):
            path = f"/drafts/{quote(given, safe='')}/{deed}"
            yield Try(f"{deed} of the draft {given}", them.on(scene.anna, deed, path=path))


def _states(scene: Scene, them: Programs) -> Iterator[Try]:
    for name in ("held back", "rejected", "expired", "that is live", "that is planned", "of an older version"):
        for deed in SIGNING:
            for who in ("li", "ben", "sam"):
                for more in ({}, {"now": True}):
                    if deed == "reject" and more:
                        continue
                    secret = lambda w=who: them.token(w)  # noqa: E731
                    yield Try(
                        f"{deed} {more} of a draft {name} by {who}",
                        them.on(scene.all_drafts()[name], deed, secret, **more),
                    )


def _brands(scene: Scene, them: Programs) -> Iterator[Try]:
    for deed in DEEDS:
        for who in ("li", "ben", "sam"):
            yield Try(
                f"{deed} of another brand's draft by {who}", them.on(scene.other, deed, lambda w=who: them.token(w))
            )
    for name, version in scene.all_drafts().items():
        for deed in SIGNING:
            for brand in ("noctua", "lumen"):
                secret = lambda b=brand: them.token("pat", brand=b)  # noqa: E731
                yield Try(
                    f"Pat of another brand, for {brand}: {deed} of a draft {name}", them.on(version, deed, secret)
                )
    for deed in SIGNING:
        yield Try(
            f"{deed} with a token of Li for another brand",
            them.on(scene.anna, deed, lambda: them.token("li", brand="noctua")),
        )


def _shapes(scene: Scene, them: Programs) -> Iterator[Try]:
    version, h = scene.second.version, scene.second.hash
    bad = scene.first.hash
    bodies: dict[str, bytes] = {
        "two hashes": f'{{"version":{version},"hash":"{h}","hash":"{bad}"}}'.encode(),
        "cut short": f'{{"version":{version},"hash":"{h}"'.encode(),
        "empty": b"",
        "null": b"null",
        "a list": json.dumps([{"version": version, "hash": h}]).encode(),
        "a text": json.dumps(h).encode(),
        "a form": f"version={version}&hash={h}".encode(),
        "nested": json.dumps({"body": {"version": version, "hash": h}}).encode(),
        "in capitals": json.dumps({"VERSION": version, "HASH": h}).encode(),
        "deep": b"[" * 5000,
        "not a number": f'{{"version":NaN,"hash":"{h}"}}'.encode(),
        "without a hash": json.dumps({"version": version}).encode(),
        "without a version": json.dumps({"hash": h}).encode(),
        "with a null": b'{"version":1,"hash":"\\u0000"}',
    }
    for deed in (*SIGNING, "cancel", "undo"):
        for name, raw in bodies.items():
            yield Try(f"{deed} with a body: {name}", them.on(scene.second, deed, raw=raw))
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
            yield Try(f"{method} {deed}", them.on(scene.second, deed, method=method))
        override = {"x-http-method-override": "POST"}
        yield Try(f"{deed} by an override", them.on(scene.second, deed, method="GET", headers=override))
        yield Try(f"{deed} under another name", them.on(scene.second, deed, headers={"host": "evil.example"}))


def _again(scene: Scene, them: Programs) -> Iterator[Try]:
    """An approval that counted, sent again: with its key, under another, by others; and its key for something else."""
    version, token = scene.fresh("Signed once."), them.token()
    scene.known.append(("lumen.sandbox", "Signed once."))
    key = {"idempotency-key": "first"}
    assert them.on(version, "approve", token, headers=key)() == ""
    for n in range(10):
        yield Try(f"approve again with its key, time {n + 2}", them.on(version, "approve", token, headers=key))
        yield Try(f"approve again without a key, time {n + 2}", them.on(version, "approve", token))
        yield Try(
            f"approve again under key {n}", them.on(version, "approve", token, headers={"idempotency-key": f"k{n}"})
        )
    for other in (scene.anna, scene.ben, scene.second):
        yield Try("its key for another draft", them.on(other, "approve", token, headers=key))
        yield Try("its key for another deed", them.on(other, "reject", token, headers=key))
    for who in ("ben", "sam", "anna", "rose"):
        for deed in SIGNING:
            yield Try(
                f"{deed} after it was signed, by {who}, same key",
                them.on(version, deed, lambda w=who: them.token(w), headers=key),
            )


def rightful(scene: Scene, them: Programs) -> bool:
    """Let a program of Li's sign what was attacked; say whether exactly that went out."""
    before = scene.sent()
    for version in (scene.anna, scene.second):
        them.on(version, "approve")()
    scene.drain()
    return sorted(t for _, t in scene.sent()[len(before) :]) == ["A text of Anna.", "The second words."]


def whole(home: Path) -> Way:
    with Scene(home, FixedClock()) as scene, served(scene) as url, closing(Programs(scene, url)) as them:
        result = run(scene, every(scene, them))
        return Way("api", result.tries, result.bypasses, rightful(scene, them))
