"""Requests to the web desk in a shape that no form has: other methods, other bodies, fields twice, odd addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tests.safety.bypass import Scene, Try
from tests.safety.bypass_visitors import COOKIE, DEEDS, SIGNING, Visitors, fault


def methods(scene: Scene, them: Visitors) -> Iterator[Try]:
    li = them.tokens["li"]
    for deed in DEEDS:
        path = f"/draft/{scene.anna.draft_id}/{deed}"
        form = them.form(scene.anna)
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "TRACE"):

            def ask(method: str = method, path: str = path, form: dict[str, Any] = form) -> object:
                them.bare.cookies.clear()
                found = them.bare.request(
                    method, path, params=form, headers={"cookie": f"{COOKIE}={li}", "origin": them.url}
                )
                return fault(found)

            yield Try(f"{method} {deed}", ask)
        yield Try(
            f"{deed} with a method to override",
            lambda p=path, f=form: fault(
                them.bare.get(
                    p,
                    params={**f, "_method": "POST"},
                    headers={"cookie": f"{COOKIE}={li}", "origin": them.url, "x-http-method-override": "POST"},
                )
            ),
        )


def bodies(scene: Scene, them: Visitors) -> Iterator[Try]:
    li = them.tokens["li"]
    for deed in (*SIGNING, "cancel"):
        path, form = f"/draft/{scene.anna.draft_id}/{deed}", them.form(scene.anna)
        plain = "&".join(f"{k}={quote(str(v))}" for k, v in form.items()).encode()
        for name, kind, body in (
            ("as JSON", "application/json", json.dumps(form).encode()),
            ("as text", "text/plain", plain),
            ("without a kind", "", plain),
            ("as JSON called a form", "application/x-www-form-urlencoded", json.dumps(form).encode()),
            ("as XML", "application/xml", b"<approve/>"),
            ("as bytes", "application/octet-stream", plain),
            ("cut short", "application/x-www-form-urlencoded", plain[: len(plain) // 2]),
            ("empty", "application/x-www-form-urlencoded", b""),
            ("in UTF-16", "application/x-www-form-urlencoded", plain.decode().encode("utf-16")),
            ("with ; between fields", "application/x-www-form-urlencoded", plain.replace(b"&", b";")),
            ("packed", "application/x-www-form-urlencoded; charset=gzip", b"\x1f\x8b" + plain),
        ):

            def send(path: str = path, kind: str = kind, body: bytes = body) -> object:
                return fault(them.ask("POST", path, body, token=li, headers={"content-type": kind}))

            yield Try(f"{deed} {name}", send)
        files = {k: (None, str(v)) for k, v in form.items()}

        def several(path: str = path, files: Any = files) -> object:
            them.bare.cookies.clear()
            return fault(them.bare.post(path, files=files, headers={"cookie": f"{COOKIE}={li}", "origin": them.url}))

        yield Try(f"{deed} in several parts", several)


def twice(scene: Scene, them: Visitors) -> Iterator[Try]:
    v, h, csrf, li = str(scene.second.version), scene.second.hash, them.csrf["li"], them.tokens["li"]
    bodies = {
        "two hashes": f"csrf={csrf}&version={v}&hash={scene.first.hash}&hash={h}",
        "two versions": f"csrf={csrf}&version=1&version={v}&hash={h}",
        "two tokens": f"csrf={'0' * 64}&csrf={csrf}&version={v}&hash={h}",
        "a list": f"csrf={csrf}&version={v}&hash[]={h}",
        "a field of a field": f"csrf={csrf}&version={v}&hash[0]={h}",
        "spaces in names": f"csrf={csrf}&version={v}&+hash={h}",
        "capitals": f"CSRF={csrf}&VERSION={v}&HASH={h}",
        "a null in a name": f"csrf={csrf}&version={v}&hash%00={h}",
        "an empty one first": f"csrf=&csrf={csrf}&version={v}&hash={h}",
        "a thousand": "a=1&" * 1000 + f"csrf={csrf}&version={v}&hash={h}",
    }
    for deed in (*SIGNING, "cancel", "edit"):
        for name, body in bodies.items():
            path = f"/draft/{scene.second.draft_id}/{deed}"
            yield Try(f"{deed} with {name}", lambda p=path, b=body: fault(them.ask("POST", p, b.encode(), token=li)))
    for spelled in (
        "//draft/{}/approve",
        "/draft//{}/approve",
        "/draft/{}/approve/",
        "/draft/{}/./approve/x",
        "/DRAFT/{}/approve",
        "/draft/{}/approve%2f..%2fapprove",
        "/static/../draft/{}/approve%00",
        "/draft/{}/Approve",
        "/draft/{}/approve;a",
    ):
        path = spelled.format(scene.anna.draft_id)
        bad = {**them.form(scene.anna), "hash": "0" * 64}
        yield Try(f"approve at {spelled}", lambda p=path, f=bad: fault(them.ask("POST", p, f, token=li)))
