"""Throw anything at the API: no 5xx, no status or body that its description does not name, nothing without a token.

``python -m tests.web.api_fuzz [--max-examples N] [--seed N]``: schemathesis reads the OpenAPI description from the true
server on loopback, which has drafts in every state, posts and comments, and makes requests that fit it and that do
not; half of those that fit are aimed at what is there, with the version and hash of now. As four programs: with every
scope, with read alone, for somebody without a role, and without a token. The last line tells.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from sqlalchemy import text

from bot.clock import SystemClock
from bot.domain.brand import Person
from bot.store import api
from tests.web.pictures import furnish
from tests.web.served import served
from tests.world import PEOPLE, World, brand

#: What each answer is held to.
NAMES = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
         "response_schema_conformance", "unsupported_method")  # fmt: skip
#: And an answer to what does not fit the description.
NEGATIVE = (*NAMES, "negative_data_rejection")
#: Nobody is told anything.
REFUSED = (401, 404, 405, 413, 421)


@dataclass
class Told:
    operations: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    #: Operations that answered with what they are for, at least once.
    reached: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    requests: int = 0


@dataclass(frozen=True)
class Program:
    """Who asks."""

    name: str
    token: str = ""
    #: Whether it may be answered at all.
    known: bool = True


@contextmanager
def house() -> Iterator[tuple[World, str, list[Program]]]:
    """Serve a world with data in it; yield it, its address, and who asks."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        people = (*PEOPLE, Person("rita", "Rita", frozenset()))
        with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock(), api_rate=10**9, model_download=False,
                   llm_base_url="http://127.0.0.1:9/v1") as world:  # fmt: skip
            world.learn(brand(people=people))
            world.app.use_memory(_Nothing())  # type: ignore[arg-type]  # what a search needs of it
            furnish(world)
            programs = [Program("nobody", known=False), Program("stranger", "sgn_" + "x" * 43, known=False)]
            every = frozenset(("read", "write", "approve"))
            wanted = (("all", "sam", every), ("read", "li", frozenset(("read",))), ("reader", "rita", every))
            now = world.clock.now()
            with world.db.write() as conn:
                for name, person, scopes in wanted:
                    secret = f"sgn_{name}"
                    made = api.Token(f"k_{name}", "lumen", person, name, scopes, now, "sam", now + timedelta(days=1))
                    api.add_token(conn, secret, made)
                    programs.append(Program(name, secret))
            with served(world) as url:
                yield world, url, programs


class _Nothing:
    """A memory in which nothing is found."""

    def search(self, *_: Any, **__: Any) -> list[Any]:
        return []


class Aim:
    """Puts what is there in the place of what was made up."""

    def __init__(self, world: World, url: str, token: str, random_: random.Random) -> None:
        self._client = httpx.Client(base_url=url + "/api/v1", headers={"authorization": f"Bearer {token}"}, timeout=60)
        self._world, self._random, self._made = world, random_, 0
        self.jobs: list[str] = []

    def _id(self, kind: str, path: str) -> str:
        """Return something that the operation can be about."""
        if kind == "account":
            return "sandbox:main"
        if kind == "job":
            return self._random.choice(self.jobs or ["j_0"])
        if path.endswith(("/approve", "/reject", "/undo", "/settle", "/cancel")) and self._random.random() < 0.7:
            return self._fresh(path)
        found = self._client.get({"draft": "/drafts", "post": "/posts", "comment": "/comments"}[kind]).json()["items"]
        return str(self._random.choice(found)["id"])

    def _fresh(self, path: str) -> str:
        self._made += 1
        version = self._world.draft(f"The kettle is on, for the {self._made}. time today.")
        if path.endswith(("/undo", "/settle")):
            post = self._world.approve(version)
            if path.endswith("/undo"):
                self._world.drain()
                return version.draft_id
            with self._world.db.write() as conn:
                conn.execute(text("update post_part set state = 'refused' where post_id = :id"), {"id": post.id})
            return post.id
        return version.draft_id

    def at(self, case: Any) -> None:
        """Aim a request."""
        path = case.operation.path
        for kind in case.path_parameters or {}:
            case.path_parameters[kind] = self._id(kind, path)
        body = case.body
        if not isinstance(body, dict):
            return
        if "hash" in body and "draft" in (case.path_parameters or {}):
            now = self._client.get(f"/drafts/{case.path_parameters['draft']}").json()
            body["version"], body["hash"] = now["version"], now["hash"]
        for name, value in (("account", "sandbox:main"), ("accounts", ["sandbox:main"]), ("person", "li"),
                            ("until", "2h"), ("wall", "2027-03-01T09:00"), ("slot", ""), ("now", False),
                            ("part", 1), ("live", None), ("text", "Thank you!")):  # fmt: skip
            if name in body and self._random.random() < 0.8:
                body[name] = value

    def close(self) -> None:
        self._client.close()


def run(most: int, number: int) -> Told:
    """Send everything; return what came back."""
    load_all_checks()
    told = Told()
    with house() as (world, url, programs):
        description = httpx.get(f"{url}/api/v1/openapi.json").json()
        for path in description["paths"].values():
            for operation in path.values():
                # Who asks is decided here, and not by what is made up.
                assert operation.pop("security")
        schema = schemathesis.openapi.from_dict(description)
        schema.config.update(base_url=f"{url}/api/v1")
        operations = [found.ok() for found in schema.get_all_operations()]
        told.operations = {operation.label for operation in operations}
        aim = Aim(world, url, "sgn_all", random.Random(number))
        try:
            for program in programs:
                for operation in operations:
                    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                        n = most if program.name == "all" else max(2, most // 8)
                        _try(told, operation, mode, program, aim, n, number)
        finally:
            aim.close()
    return told


def _try(told: Told, operation: Any, mode: GenerationMode, program: Program, aim: Aim, most: int, number: int) -> None:
    names = NAMES if mode is GenerationMode.POSITIVE else NEGATIVE
    checks = CHECKS.get_by_names(names if program.known else NAMES)
    seen = 0

    @seed(number)
    @settings(max_examples=most, database=None, deadline=None, phases=(Phase.generate,),
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        nonlocal seen
        seen += 1
        if mode is GenerationMode.POSITIVE and seen % 2:
            aim.at(case)
        headers = {"authorization": f"Bearer {program.token}"} if program.token else {}
        case.headers = {k: v for k, v in (case.headers or {}).items() if k.lower() not in ("authorization", "cookie")}
        answer = case.call(headers=headers, timeout=60)
        told.requests += 1
        told.statuses[answer.status_code] += 1
        if answer.status_code == 202:
            aim.jobs.append(answer.json()["id"])
        if answer.status_code < 300:
            told.reached.add(operation.label)
        where = f"{program.name} {mode.name.lower()} {operation.label}: {answer.status_code}"
        if not program.known and answer.status_code not in REFUSED:
            told.failures.setdefault(where, "was answered without a token")
        if program.name == "read" and operation.label.startswith("POST") and answer.status_code < 300 and not any(
            operation.label.endswith(name) for name in ("/checks", "/sentiment")
        ):  # fmt: skip
            told.failures.setdefault(where, "was done without the scope")
        try:
            # Too long is not what it looks for.
            held = CHECKS.get_by_names(NAMES) if answer.status_code == 413 else checks
            case.validate_response(answer, checks=held, headers=headers)
        except (Failure, FailureGroup) as failed:
            inner = failed.exceptions if isinstance(failed, FailureGroup) else [failed]
            for found in inner:
                said = " ".join(str(found).split())[:300]
                told.failures.setdefault(f"{where} {type(found).__name__}", f"{said} {case.as_curl_command()[:600]}")

    try:
        one()
    except Unsatisfiable:
        # Nothing about it can be wrong: it takes neither parameters nor a body.
        return


def main() -> int:
    """Run it, and say what came of it."""
    given_ = argparse.ArgumentParser()
    given_.add_argument("--max-examples", type=int, default=20)
    given_.add_argument("--seed", type=int, default=1)
    asked = given_.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    began = time.monotonic()
    told = run(asked.max_examples, asked.seed)
    for where, why in sorted(told.failures.items()):
        print(f"{where}\n    {why}")
    statuses = " ".join(f"{status}:{n}" for status, n in sorted(told.statuses.items()))
    print(f"statuses {statuses}")
    if missed := sorted(told.operations - told.reached):
        print("never answered with what they are for:", ", ".join(missed))
    print(f"api: operations={len(told.operations)} requests={told.requests} reached={len(told.reached)} "
          f"seconds={time.monotonic() - began:.0f} failures={len(told.failures)}")  # fmt: skip
    return 1 if told.failures else 0


if __name__ == "__main__":
    sys.exit(main())
