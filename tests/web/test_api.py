"""The API: tokens, what they may do, doing it once, what was seen, pages, problems, and its description."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from bot.agent.models import Abilities, ConnectedModel
from bot.agent.scripted import ScriptedChatModel, call
from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.store import api
from bot.store import desk as rows
from bot.surfaces.web.api.access import APPROVE, READ, SCOPES, WRITE
from bot.surfaces.web.api.server import OPERATIONS
from tests.web.served import Browser, hear, served
from tests.world import PEOPLE, World, brand

Opens = Callable[..., Browser]
Programs = Callable[..., httpx.Client]
IDS = {"draft": "d_0", "post": "p_0", "comment": "c_0", "job": "j_0", "account": "sandbox:main"}
BODIES: dict[str, Any] = {
    "/drafts": {"account": "sandbox:main", "texts": ["Hello."]},
    "/drafts/write": {"accounts": ["sandbox:main"], "brief": "tea"},
    "/checks": {"account": "sandbox:main", "texts": ["Hello."]},
    "/sentiment": {"texts": ["Lovely tea."]},
    "/stop": {}, "/resume": {},
}  # fmt: skip


@pytest.fixture
def program(desk: World, url: str) -> Iterator[Programs]:
    """Return what gives a program with a token of its own."""
    with ExitStack() as stack:

        def made(person: str = "li", *scopes: str, days: float = 1, language: str = "en") -> httpx.Client:
            secret, now = f"sgn_{desk.clock.new_id('x')}", desk.clock.now()
            value = api.Token(desk.clock.new_id("k"), "lumen", person, "tests", frozenset(scopes or SCOPES), now, "sam",
                              now + timedelta(days=days))  # fmt: skip
            with desk.db.write() as conn:
                api.add_token(conn, secret, value)
            headers = {"authorization": f"Bearer {secret}", "accept-language": language}
            return stack.enter_context(httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60))

        yield made


def bound(version: Any, **more: Any) -> dict[str, Any]:
    return {"version": version.version, "hash": version.hash, **more}


def drafts_of(world: World) -> int:
    with world.db.read() as conn:
        return int(conn.execute(text("select count(*) from draft")).scalar_one())


def comment(world: World, n: int = 1) -> str:
    came = Comment("sandbox:main", f"r{n}", Author("mia", "mia"), "Where is my order?", world.clock.now())
    hear(world, came, Triage("en", "negative", -0.6, 0.9, "It asks.", intent=Intent.COMPLAINT, priority=Priority.HIGH,
                             by="local 3"))  # fmt: skip
    with world.db.read() as conn:
        return str(conn.execute(text("select id from comment where remote_id = :r"), {"r": f"r{n}"}).scalar_one())


# --- a day ------------------------------------------------------------------------------------------------------


def test_a_post_goes_its_whole_way(desk: World, program: Programs) -> None:
    anna, li = program("anna", READ, WRITE), program("li")
    made = anna.post("/drafts", json={"account": "sandbox:main", "texts": ["The autumn oolongs are here."]})
    assert made.status_code == 201
    draft = made.json()["draft"]
    assert draft["state"] == "review"
    assert not draft["may_sign"]
    where = f"/drafts/{draft['id']}"
    edited = anna.post(f"{where}/versions", json={"version": 1, "hash": draft["hash"], "texts": ["The winter tea."]})
    now = edited.json()["draft"]
    assert (now["version"], now["text"]) == (2, "The winter tea.")
    assert now["hash"] != draft["hash"]
    assert li.get(where).json()["may_sign"]
    assert "The winter tea." in li.get(where).json()["card"]
    late = li.post(f"{where}/approve", json={"version": 1, "hash": draft["hash"]})
    assert late.status_code == 409
    signed = li.post(f"{where}/approve", json={"version": 2, "hash": now["hash"]}).json()
    assert signed["draft"]["state"] == "scheduled"
    desk.drain()
    assert desk.live() == ["The winter tea."]
    post = li.get("/posts").json()["items"][0]
    assert post["parts"][0]["state"] == "live"
    assert li.get("/results").json()[0]["text"] == "The winter tea."
    via = [d["via"] for d in li.get(f"{where}/audit").json()["decisions"]]
    assert via == ["api:tests"]
    down = li.post(f"{where}/undo", json={"version": 2, "hash": now["hash"]})
    assert down.status_code == 200
    assert desk.live() == []
    assert [e["type"] for e in li.get("/events").json()["items"]] == [
        "draft.proposed", "draft.in_review", "draft.superseded", "draft.proposed", "draft.in_review", "draft.approved",
        "post.scheduled", "post.live", "post.deleted",
    ]  # fmt: skip


def test_reject_reschedule_and_take_back(desk: World, program: Programs) -> None:
    li, anna = program("li"), program("anna", WRITE)
    one, two, three = desk.draft(), desk.draft("Two."), desk.draft("Three.")
    no = li.post(f"/drafts/{one.draft_id}/reject", json=bound(one, reason="not our voice"))
    assert no.json()["draft"]["state"] == "rejected"
    moved = anna.post(f"/drafts/{two.draft_id}/reschedule", json=bound(two, wall="2026-12-01T09:00"))
    assert moved.json()["draft"]["wall"] == "2026-12-01T09:00"
    gone = anna.post(f"/drafts/{three.draft_id}/cancel", json=bound(three))
    assert gone.json()["draft"]["state"] == "cancelled"
    assert li.get("/drafts", params={"state": "rejected"}).json()["items"][0]["id"] == one.draft_id


def test_comments(desk: World, program: Programs) -> None:
    li, name = program("li"), comment(desk)
    found = li.get("/comments", params={"mood": "negative", "show": "waiting"}).json()["items"]
    assert [c["id"] for c in found] == [name]
    assert li.post(f"/comments/{name}/assign", json={"person": "anna"}).json()["assignee"] == "anna"
    assert li.post(f"/comments/{name}/assign", json={"person": "nobody"}).status_code == 422
    assert li.post(f"/comments/{name}/note", json={"text": "She wrote twice."}).json()["notes"][0]["who"] == "li"
    assert li.post(f"/comments/{name}/relabel", json={"intent": "support"}).json()["intent"] == "support"
    assert li.post(f"/comments/{name}/relabel", json={}).status_code == 422
    assert li.post(f"/comments/{name}/take-over").json()["taken_over_by"] == "li"
    assert li.post(f"/comments/{name}/give-back").json()["taken_over_by"] == ""
    assert li.post(f"/comments/{name}/snooze", json={"until": "2h"}).status_code == 200
    assert li.get("/comments", params={"show": "waiting"}).json()["items"] == []
    answered = li.post(f"/comments/{name}/answer", json={"text": "We are looking."})
    assert answered.status_code == 201
    assert answered.json()["draft"]["kind"] == "reply"
    assert li.get(f"/comments/{name}").json()["state"] == "proposed"


def test_the_house(desk: World, program: Programs) -> None:
    li = program("li")
    assert li.get("/status").json()["stopped"] == ""
    assert li.post("/stop", json={"reason": "a storm"}).json()["changed"]
    assert "a storm" in li.get("/status").json()["stopped"]
    assert li.post("/resume", json={}).json() == {"changed": True, "stopped": ""}
    with desk.db.write() as conn:
        rows.pause(conn, "sandbox:main", "the login is dead", who="signoff", at=desk.clock.now())
    assert li.get("/accounts").json()[0]["paused"]
    assert li.post("/accounts/sandbox:main/resume").json()["changed"]
    blocked = li.post("/checks", json={"account": "sandbox:main", "texts": ["A miracle."]}).json()
    assert blocked["blocked"]
    assert blocked["findings"][0]["rule"] == "no-miracles"
    assert drafts_of(desk) == 0
    assert li.get("/policy").json()["rules"][-1]["name"] == "default"
    assert [r["id"] for r in li.get("/rules").json()] == ["no-miracles", "warm"]
    read = li.post("/sentiment", json={"texts": ["I love this tea!", "It came broken, I want my money back."]}).json()
    assert [r["label"] for r in read] == ["positive", "negative"]
    assert li.get("/calendar").json()["items"][0]["account"] == "sandbox:main"
    assert li.get("/mood").json()["total"] == 0


def test_an_answer_that_was_lost_is_settled(desk: World, program: Programs) -> None:
    li = program("li")
    post = desk.approve(desk.draft())
    with desk.db.write() as conn:
        conn.execute(text("update post_part set state = 'refused'"))
    assert li.post(f"/posts/{post.id}/settle", json={"live": None}).json()["parts"][0]["state"] == "due"
    assert li.post(f"/posts/{post.id}/settle", json={"live": None}).status_code == 422


# --- who may ----------------------------------------------------------------------------------------------------


def test_nobody_is_answered_without_a_token_that_counts(url: str, program: Programs) -> None:
    over, gone = program("li", days=-1), program("somebody-who-left")
    wrong = ({}, {"authorization": "Bearer sgn_nonsense"}, {"authorization": "Basic bGk6bGk="},
             {"authorization": "Bearer"}, dict(over.headers), dict(gone.headers))  # fmt: skip
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as nobody:
        for n, op in enumerate(OPERATIONS):
            for headers in wrong if n < 2 else wrong[n % 6 : n % 6 + 1]:
                found = nobody.request(op.method, op.path.format(**IDS), headers=headers)
                assert found.status_code == 401, op
                assert found.headers["www-authenticate"].startswith("Bearer")
                assert found.json()["type"].endswith("#no-token")


def test_each_operation_asks_for_its_scope_and_role(desk: World, program: Programs) -> None:
    desk.learn(brand(people=(*PEOPLE, replace(PEOPLE[0], id="rita", roles=frozenset()))))
    lacking = {scope: program("sam", *(s for s in SCOPES if s != scope)) for scope in SCOPES}
    rita, anna = program("rita"), program("anna")
    for op in OPERATIONS:
        path, body = op.path.format(**IDS), BODIES.get(op.path)
        found = lacking[op.scope].request(op.method, path, json=body)
        assert (found.status_code, found.json()["type"]) == (403, "/api/docs#scope"), op
        if op.roles:
            reader = rita.request(op.method, path, json=body)
            assert (reader.status_code, reader.json()["type"]) == (403, "/api/docs#not-allowed"), op
        if op.scope == APPROVE:
            assert anna.request(op.method, path, json=body).status_code == 403, op
    # Whatever only reads needs no role, and whatever changes something is no GET.
    assert all(op.scope == READ for op in OPERATIONS if op.method == "GET")
    assert {op.path for op in OPERATIONS if op.method == "POST" and op.scope == READ} == {"/checks", "/sentiment"}


def test_a_token_is_never_more_than_its_person(desk: World, program: Programs) -> None:
    desk.learn(brand(), ApprovalPolicy((PolicyRule("two", outcome=Ask(four_eyes=True)),)))
    own = desk.draft(author="ben")
    ben, li = program("ben"), program("li")
    assert ben.post(f"/drafts/{own.draft_id}/approve", json=bound(own)).status_code == 403
    desk.learn(brand(people=tuple(replace(p, roles=frozenset()) if p.id == "li" else p for p in PEOPLE)))
    assert li.post(f"/drafts/{own.draft_id}/approve", json=bound(own)).status_code == 403
    desk.learn(brand(people=tuple(p for p in PEOPLE if p.id != "li")))
    assert li.get("/status").status_code == 401


def test_cookies_do_nothing(desk: World, url: str, browser: Opens, program: Programs) -> None:
    one, li = browser("sam"), program("li")
    assert one.get("/api/v1/status").status_code == 401
    for headers in ({}, {"origin": one.origin}, dict(li.headers)):
        found = one.post("/api/v1/stop", json={}, headers=headers)
        assert found.status_code == 403
        assert found.json()["type"].endswith("#cookie")
    with desk.db.read() as conn:
        assert rows.stopped(conn) == ""
    # Elsewhere a token opens nothing.
    assert li.post(f"{url}/stop", data={"reason": "x"}).status_code == 403
    assert li.get(f"{url}/calendar").status_code == 303


def test_a_token_is_shown_once_and_kept_as_a_digest(desk: World, url: str, tmp_path: Path) -> None:
    from bot.logs import Redact
    from bot.surfaces.cli import main

    def run(*words: str) -> int:
        home = str(desk.settings.home)
        return main(["--home", home, "--as", "sam", *words])

    import contextlib
    import io

    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert run("api", "token", "new", "planner", "--scopes", "read,write", "--person", "anna") == 0
    secret = told.getvalue().strip()
    assert secret.startswith("sgn_")
    assert len(secret) > 40
    kept = (tmp_path / "signoff.db").read_bytes()
    assert secret.encode() not in kept
    assert secret not in Redact(()).clean(f"GET /x Authorization: Bearer {secret}")
    headers = {"authorization": f"Bearer {secret}"}
    desk.advance(0)
    with desk.db.write() as conn:
        # Made by the machine's clock, read by one that stands still.
        conn.execute(text("update api_token set expires = '2099-01-01T00:00:00.000000Z'"))
    status = httpx.get(f"{url}/api/v1/status", headers=headers).json()
    assert (status["person"], status["scopes"]) == ("anna", ["read", "write"])
    with desk.db.read() as conn:
        (token,) = api.tokens(conn, "lumen")
    assert token.used is not None
    assert run("api", "token", "revoke", token.id) == 0
    assert httpx.get(f"{url}/api/v1/status", headers=headers).status_code == 401
    assert run("api", "token", "new", "x", "--scopes", "everything") == 2
    assert main(["--home", str(desk.settings.home), "--as", "anna", "api", "token", "new", "x", "--person", "li"]) == 5


# --- once, in time, in order ------------------------------------------------------------------------------------


def test_the_same_request_twice_does_one_thing(desk: World, program: Programs) -> None:
    anna, body = program("anna"), BODIES["/drafts"]
    first = anna.post("/drafts", json=body, headers={"idempotency-key": "a-1"})
    again = anna.post("/drafts", json=body, headers={"idempotency-key": '"a-1"'})
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert drafts_of(desk) == 1
    other = anna.post("/drafts", json={**body, "texts": ["Else."]}, headers={"idempotency-key": "a-1"})
    assert (other.status_code, other.json()["type"]) == (422, "/api/docs#key-of-another")
    elsewhere = anna.post("/checks", json=body, headers={"idempotency-key": "a-1"})
    assert elsewhere.status_code == 422
    assert program("ben").post("/drafts", json=body, headers={"idempotency-key": "a-1"}).status_code == 201
    assert anna.post("/drafts", json=body, headers={"idempotency-key": "two words"}).status_code == 422
    desk.advance(24 * 3600 + 1)
    assert program("anna").post("/drafts", json=body, headers={"idempotency-key": "a-1"}).status_code == 201
    assert drafts_of(desk) == 3


def test_of_twenty_at_once_under_one_key_one_is_done(desk: World, program: Programs) -> None:
    anna, codes = program("anna"), list[int]()

    def send() -> None:
        answer = anna.post("/drafts", json=BODIES["/drafts"], headers={"idempotency-key": "k"})
        codes.append(answer.status_code)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drafts_of(desk) == 1
    assert set(codes) <= {201, 409}
    assert 201 in codes


def test_a_fault_of_ours_gives_the_key_free(
    desk: World, program: Programs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.workflow import propose

    anna = program("anna")
    with monkeypatch.context() as broken:
        broken.setattr(propose, "new", lambda *_: 1 / 0)
        found = anna.post("/drafts", json=BODIES["/drafts"], headers={"idempotency-key": "k"})
    assert found.status_code == 500
    assert found.headers["content-type"] == "application/problem+json"
    assert "ZeroDivision" not in found.text
    assert "ZeroDivision" in caplog.text
    assert anna.headers["authorization"].split()[1] not in caplog.text
    assert anna.post("/drafts", json=BODIES["/drafts"], headers={"idempotency-key": "k"}).status_code == 201


def test_a_request_whose_process_died_gives_its_key_free_later(desk: World, program: Programs) -> None:
    anna = program("anna")
    with desk.db.write() as conn:
        mine = api.tokens(conn, "lumen")[0].id
        import hashlib
        import json

        body = json.dumps(BODIES["/drafts"], separators=(",", ":")).encode()
        asked = hashlib.sha256(b"POST /api/v1/drafts\n" + body).hexdigest()
        assert api.begin(conn, mine, "k", asked, desk.clock.now()) is None
    send = {"content": body, "headers": {"idempotency-key": "k", "content-type": "application/json"}}
    assert anna.post("/drafts", **send).status_code == 409
    desk.advance(api.LOST.total_seconds() + 1)
    assert anna.post("/drafts", **send).status_code == 201


def test_too_many_requests_wait(desk: World, clock: FixedClock) -> None:
    from bot.surfaces.web.api.access import Rates
    from bot.surfaces.web.api.problems import ApiError

    assert desk.settings.api_rate == 300
    rates = Rates(60)
    for _ in range(60):
        rates.take("one", clock.now())
    with pytest.raises(ApiError) as late:
        rates.take("one", clock.now())
    assert (late.value.status, late.value.headers) == (429, {"retry-after": "1"})
    rates.take("other", clock.now())
    clock.sleep(1)
    rates.take("one", clock.now())
    with pytest.raises(ApiError):
        rates.take("one", clock.now())


def test_the_limit_of_a_token_is_the_one_that_is_set(desk: World, clock: FixedClock) -> None:
    desk.settings.api_rate = 2
    now = clock.now()
    value = api.Token("k_1", "lumen", "li", "t", frozenset((READ,)), now, "sam", now + timedelta(days=1))
    with desk.db.write() as conn:
        api.add_token(conn, "sgn_1", value)
    with served(desk) as url:
        codes = [httpx.get(f"{url}/api/v1/policy", headers={"authorization": "Bearer sgn_1"}) for _ in range(3)]
    assert [c.status_code for c in codes] == [200, 200, 429]
    assert int(codes[2].headers["retry-after"]) >= 1
    assert codes[2].headers["content-type"] == "application/problem+json"


def test_what_was_seen_is_what_is_meant(desk: World, program: Programs) -> None:
    li, version = program("li"), desk.draft()
    for name in ("approve", "reject", "cancel", "undo", "versions", "another", "reschedule"):
        more: dict[str, Any] = {"versions": {"texts": ["x"]}, "reschedule": {"wall": None}}.get(name, {})
        for wrong in ({"hash": "0" * 64}, {"version": 2}):
            found = li.post(f"/drafts/{version.draft_id}/{name}", json={**bound(version, **more), **wrong})
            assert (found.status_code, found.json()["type"]) == (409, "/api/docs#stale"), name
            assert found.json()["next_step"]
        assert li.post(f"/drafts/{version.draft_id}/{name}", json=more).status_code == 422
    assert li.get(f"/drafts/{version.draft_id}").json()["state"] == "review"
    chinese = program("li", language="zh-CN").post(
        f"/drafts/{version.draft_id}/approve", json={**bound(version), "version": 7}
    )
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese.json()["detail"])


def test_pages_leave_nothing_out(desk: World, program: Programs) -> None:
    li = program("li")
    made = [desk.draft(f"Number {n}.").draft_id for n in range(7)]
    said = [comment(desk, n) for n in range(5)]
    for path, wanted in (("/drafts", made), ("/comments", said)):
        got, cursor = list[str](), ""
        while cursor is not None:
            page = li.get(path, params={"limit": 3, "cursor": cursor}).json()
            got += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if path == "/drafts":
                desk.draft("Meanwhile.")
        assert sorted(got) == sorted(wanted)
    assert li.get("/drafts", params={"cursor": "nonsense"}).status_code == 422
    for wrong in ({"limit": "0"}, {"limit": "1.0"}, {"limit": "a"}, {"limt": "5"}, {"state": "x"}, {"cursor": "\x00"}):
        assert li.get("/drafts", params=wrong).status_code == 422


def test_another_brands_things_are_not_there(desk: World, program: Programs) -> None:
    li, version, name = program("li"), desk.draft(), comment(desk)
    post = desk.approve(desk.draft("Signed."))
    with desk.db.write() as conn:
        for table in ("draft", "post", "comment"):
            conn.execute(text(f"update {table} set brand = 'other'"))
        conn.execute(text("update post set content = replace(content, '\"lumen\"', '\"other\"')"))
        rows.save_brand(conn, brand(id="other", accounts=()), ApprovalPolicy(), "elsewhere", desk.clock.now())
    desk.app.settings.brand = "lumen"
    for path in (f"/drafts/{version.draft_id}", f"/drafts/{version.draft_id}/audit", f"/comments/{name}",
                 f"/posts/{post.id}", "/jobs/j_0"):  # fmt: skip
        assert li.get(path).status_code == 404, path
    assert li.post(f"/drafts/{version.draft_id}/approve", json=bound(version)).status_code == 404
    for path in ("/drafts", "/comments", "/posts", "/events"):
        assert li.get(path).json()["items"] == [], path


def test_events_go_on_from_where_they_were_read_and_hold_no_words(desk: World, program: Programs) -> None:
    li, version = program("li"), desk.draft("A secret of the house.")
    first = li.get("/events", params={"limit": 1}).json()
    assert [e["draft"] for e in first["items"]] == [version.draft_id]
    li.post(f"/drafts/{version.draft_id}/reject", json=bound(version, reason="words of a person"))
    rest = li.get("/events", params={"after": first["after"]})
    assert [e["type"] for e in rest.json()["items"]] == ["draft.in_review", "draft.rejected"]
    assert li.get("/events", params={"after": rest.json()["after"]}).json()["items"] == []
    assert [e["type"] for e in li.get("/events", params={"type": "draft.rejected"}).json()["items"]] == [
        "draft.rejected"
    ]
    assert "secret" not in rest.text
    assert "words of a person" not in rest.text


# --- what a model writes ----------------------------------------------------------------------------------------


def wait_for(one: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    import time

    for _ in range(1800):
        found: dict[str, Any] = one.get(f"/jobs/{job['id']}").json()
        if found["state"] != "running":
            return found
        time.sleep(0.05)
    raise AssertionError(job)


def test_a_brief_becomes_a_job_and_then_drafts(desk: World, program: Programs) -> None:
    desk.app.use_memory(_Empty())  # type: ignore[arg-type]  # what a search needs of it
    answer = call("draft_post", account="sandbox:main", citations=[], parts=["Tea on Friday."])
    abilities = Abilities(True, True, ("en", "zh"))
    scripted = ScriptedChatModel(script=[answer] * 9)
    desk.app.use_model(ConnectedModel("scripted", "", "native", abilities, lambda: scripted))
    anna = program("anna")
    begun = anna.post("/drafts/write", json=BODIES["/drafts/write"])
    assert begun.status_code == 202
    done = wait_for(anna, begun.json())
    assert done["state"] == "done"
    assert anna.get(f"/drafts/{done['drafts'][0]}").json()["text"] == "Tea on Friday."


def test_a_job_that_fails_says_why(desk: World, program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot import writing
    from bot.errors import ModelUnavailable

    def fail(*_: Any, **__: Any) -> Any:
        raise ModelUnavailable("The language model does not answer.", next_step="Run `signoff doctor`.")

    monkeypatch.setattr(writing, "draft", fail)
    anna = program("anna")
    found = wait_for(anna, anna.post("/drafts/write", json=BODIES["/drafts/write"]).json())
    assert (found["state"], found["why"]) == ("failed", "The language model does not answer.")
    assert anna.post("/drafts/write", json={**BODIES["/drafts/write"], "accounts": ["sandbox:x"]}).status_code == 404
    dead = api.Job("j_dead", "lumen", "anna", _dead(), desk.clock.now())
    with desk.db.write() as conn:
        api.add_job(conn, dead)
    assert anna.get("/jobs/j_dead").json()["state"] == "failed"


def _dead() -> str:
    from bot.workflow.turn import worker_id

    host, pid, _, count = worker_id().split(":")
    return f"{host}:{pid}:1:{count}"


class _Empty:
    def search(self, *_: Any, **__: Any) -> list[Any]:
        return []


# --- its description --------------------------------------------------------------------------------------------


def test_the_description_names_every_operation_and_status(url: str) -> None:
    found = httpx.get(f"{url}/api/v1/openapi.json").json()
    described = {(method.upper(), path) for path, ways in found["paths"].items() for method in ways}
    assert described == {(op.method, op.path) for op in OPERATIONS}
    for ways in found["paths"].values():
        for one in ways.values():
            assert one["summary"]
            assert one["security"] == [{"HTTPBearer": []}]
            assert {"401", "403", "422", "429", "500"} <= set(one["responses"])
            for status, answer in one["responses"].items():
                kind = "application/json" if status.startswith("2") else "application/problem+json"
                assert list(answer["content"]) == [kind]
    page = httpx.get(f"{url}/api/docs")
    assert page.status_code == 200
    for op in OPERATIONS:
        assert f"{op.method} /api/v1{op.path}" in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text


def test_addresses_that_are_none(program: Programs) -> None:
    li = program("li")
    for method, path, status in (("GET", "/nothing", 404), ("DELETE", "/drafts", 405), ("PUT", "/status", 405),
                                 ("GET", "/drafts/d_a%0Ab", 404), ("GET", "/drafts/../status", 200)):  # fmt: skip
        found = li.request(method, path)
        assert found.status_code == status, path
        if status != 200:
            assert found.headers["content-type"] == "application/problem+json"


@pytest.mark.slow
def test_nothing_that_is_thrown_at_it_breaks_it() -> None:
    from tests.web import api_fuzz

    told = api_fuzz.run(2, 7)
    assert told.failures == {}
