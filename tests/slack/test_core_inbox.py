"""From the acknowledgement to the answer: once, in order where it matters, and by nobody who may not ask."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.brand import Role
from bot.store import chat, events, inbox
from bot.store.chat_tables import inbox as table
from bot.store.tables import decision
from bot.surfaces.slack import people, routes
from bot.surfaces.slack.cards.binding import Bound
from bot.surfaces.slack.commands import status
from tests.slack import standin
from tests.slack.served import Served, served
from tests.slack.standin import CHANNEL, TEAM, command, event, form, message, press, signed, submit
from tests.world import World


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as made:
        yield made


def stops(desk: Served) -> list[str]:
    with desk.world.db.read() as conn:
        return [row["now"] for row in events.about(conn, "switch")]


def test_four_deliveries_are_one_action(desk: Served) -> None:
    bodies = [
        command("stop a", url=desk.url),
        form(press("resume", "", "U0SAM", desk.url)),
        event(message("hi", "U0X")),
    ]
    for body in bodies:
        now = time.time()
        for n in range(4):
            # Slack signs each delivery anew.
            assert desk.send(body, signed(body, at=now - n)) == 200
        desk.settle()
    assert stops(desk) == ["on", "off"]
    assert desk.counts() == {"done": 3}


def test_fifty_clicks_at_once_have_one_winner(desk: Served) -> None:
    version = desk.world.draft()
    value = str(Bound.of(version))
    bodies = [form(press("approve", value, "U0LI" if n % 2 else "U0BEN", desk.url)) for n in range(50)]
    together, answers = threading.Barrier(50), []

    def click(body: bytes) -> None:
        together.wait()
        answers.append(desk.send(body))

    threads = [threading.Thread(target=click, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.settle()
    assert answers == [200] * 50
    with desk.world.db.read() as conn:
        signed_by = conn.execute(select(decision.c.person, decision.c.via)).all()
    assert len(signed_by) == 1
    assert signed_by[0].via == "slack"
    assert desk.counts() == {"done": 50}, "the others were told, and nothing failed"


@pytest.mark.parametrize(
    ("user", "more", "says"),
    [
        ("U0STRAY", {}, "signoff people link PERSON T0LUMEN/U0STRAY"),
        ("U0GUEST", {}, "not for guests"),
        ("U0OUT", {}, "not for guests or other companies"),
        ("U0BOTTY", {}, "nothing from programs"),
        ("U0NOBODY", {}, "not for guests or other companies"),
        ("U0BEN", {"team_id": "T0OTHER"}, "another workspace"),
    ],
)
def test_who_has_no_say_is_refused_in_words_and_nothing_happens(
    desk: Served, user: str, more: dict[str, str], says: str
) -> None:
    assert says in desk.do(command("stop", user, desk.url, **more))[0]
    assert stops(desk) == []


def test_a_linked_person_who_left_the_brand_or_became_a_guest_has_no_say(desk: Served) -> None:
    assert "Stopped" in desk.do(command("stop", "U0BEN", desk.url))[0]
    desk.slack.users["U0SAM"]["is_ultra_restricted"] = True
    assert "guests" in desk.do(command("resume", "U0SAM", desk.url))[0]
    with desk.world.db.write() as conn:
        chat.link(conn, TEAM, "U0BEN", "lumen", "somebody-who-left")
    assert "do not know you" in desk.do(command("resume", "U0BEN", desk.url))[0]
    assert stops(desk) == ["on"]


def test_a_role_is_asked_for_on_our_side(desk: Served) -> None:
    desk.do(command("stop", "U0ANNA", desk.url))
    assert "resume" in desk.do(command("resume", "U0ANNA", desk.url))[0]
    assert stops(desk) == ["on"], "an author does not start what was stopped"
    version = desk.world.draft(author="ben")
    # U0ANNA is an author: the button that she was never shown does nothing for her.
    desk.do(form(press("approve", str(Bound.of(version)), "U0ANNA", desk.url)))
    with desk.world.db.read() as conn:
        assert conn.execute(select(decision)).all() == []


def test_a_button_or_form_that_is_no_file_of_ours_imports_nothing(desk: Served) -> None:
    for name in ("../app", "__init__", "os", "approve;drop", "nothing", "é", ""):
        assert "not part of this version" in desk.do(form(press(name, "x", url=desk.url)))[0], name
    assert desk.counts() == {"done": 7}
    assert routes.page("actions", "__init__") is None
    assert routes.page("actions", "../app") is None


def test_programs_and_other_peoples_talk_are_not_even_kept(desk: Served) -> None:
    talk = {"channel": CHANNEL, "channel_type": "channel"}
    for body in (
        event(message("hello", bot_id="B1")),
        event(message("hello", subtype="message_changed")),
        event(message("hello", standin.BOT)),
        event(message("a chat among colleagues", **talk)),
        event(message("an answer in a thread of theirs", thread_ts="1.2", **talk)),
        event({"type": "reaction_added", "user": "U0ANNA"}),
    ):
        assert desk.send(body) == 200
    assert desk.counts() == {}
    with desk.world.db.write() as conn:
        chat.remember(conn, TEAM, CHANNEL, "1.2", "draft:d_1", at=desk.world.clock.now())
        chat.set_turns(conn, TEAM, CHANNEL, "3.4", [], desk.world.clock.now())
    with desk.world.db.read() as conn:
        for ts, ours in (("1.2", True), ("3.4", True), ("5.6", False)):
            came = routes.kinds.read(json.loads(event(message("shorter", thread_ts=ts, **talk))))
            assert came is not None
            assert routes.concerns_us(conn, came, "") is ours
            mention = routes.kinds.read(json.loads(event(message("<@UBOT> shorter", thread_ts=ts, **talk))))
            assert mention is not None
            assert not routes.concerns_us(conn, mention, "UBOT"), "it comes as a mention, too"


def test_the_acknowledgement_waits_for_neither_slack_nor_the_model(desk: Served) -> None:
    desk.do(command("status", url=desk.url))
    said = len(desk.slack.said("response"))
    desk.slack.go.clear()
    try:
        for _ in range(5):
            assert desk.send(command("ask may we say healthy?", url=desk.url)) == 200
        assert len(desk.slack.said("response")) == said, "each was taken before Slack had answered anything"
    finally:
        desk.slack.go.set()


def test_a_form_with_faults_is_answered_at_once_and_not_kept(desk: Served) -> None:
    empty = {name: {name: {"value": ""}} for name in ("brief", "accounts", "kind", "when", "date", "time")}
    status_code, said = standin.send(desk.at, form(submit("draft", empty)))
    assert (status_code, json.loads(said)["response_action"]) == (200, "errors")
    assert set(json.loads(said)["errors"]) >= {"brief", "accounts"}
    assert desk.counts() == {}
    assert standin.send(desk.at, form(submit("draft", empty, "U0STRAY"))) == (200, b"")
    desk.settle()
    assert "do not know you" in desk.slack.said("chat.postMessage")[-1]["text"], "a stranger is told nothing of it"


def test_before_the_acknowledgement_a_call_to_slack_is_a_mistake(
    desk: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = routes.page("views", "draft")
    monkeypatch.setattr(page, "faults", lambda ask, state: ask.tell("hello"))
    _, said = standin.send(desk.at, form(submit("draft", {"brief": {}})))
    assert re.search(r"e_\w{8}", json.loads(said)["errors"]["brief"])
    assert "nothing is asked of Slack" in caplog.text


def test_a_wait_that_slack_asks_for_is_kept(desk: Served) -> None:
    limited = (429, {"Retry-After": "1"}, {"ok": False, "error": "ratelimited"})
    desk.slack.instead["response"] = [limited]
    before = time.monotonic()
    assert len(desk.do(command("status", url=desk.url))) == 2, "once refused, once taken"
    assert time.monotonic() - before >= 1.0
    long = (429, {"Retry-After": "30"}, {"ok": False, "error": "ratelimited"})
    desk.slack.instead["response"] = [long]
    assert desk.send(command("status", url=desk.url)) == 200

    def held() -> list[datetime]:
        with desk.world.db.read() as conn:
            query = select(table.c.until).where(table.c.state == "pending", table.c.until.is_not(None))
            return list(conn.execute(query).scalars())

    standin.until(lambda: len(held()) == 1)
    assert timedelta() < held()[0] - desk.world.clock.now() <= timedelta(seconds=30)
    calls = len(desk.slack.said("response"))
    assert desk.send(command("status", url=desk.url)) == 200
    standin.until(lambda: len(held()) == 2)
    assert len(desk.slack.said("response")) == calls, "and nothing more is sent that way meanwhile"


def test_the_id_that_a_person_is_told_finds_the_line_in_the_log(
    desk: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(ask: object) -> None:
        raise RuntimeError("the kettle is broken, key xoxb-123456789012-abc")

    monkeypatch.setattr(status, "run", broken)
    with caplog.at_level(logging.ERROR):
        said = desk.do(command("status", url=desk.url))[0]
        chinese = desk.do(command("status", "U0LI", url=desk.url))[0]
    number = re.search(r"e_\w{8}", said)
    assert number
    assert "kettle" not in said
    line = next(r for r in caplog.records if number[0] in r.getMessage())
    assert line.exc_text
    assert "the kettle is broken, key ***" in line.exc_text
    assert re.search(r"e_\w{8}", chinese)
    assert not chinese.startswith("That"), chinese
    with desk.world.db.read() as conn:
        rows = conn.execute(select(table)).mappings().all()
    assert {row["state"] for row in rows} == {"failed"}
    assert number[0] in rows[0]["error"]


def test_what_was_said_is_forgotten_once_it_is_done(desk: Served) -> None:
    desk.do(command("help something private", url=desk.url))
    with desk.world.db.read() as conn:
        assert [row.body for row in conn.execute(select(table))] == [{}]


# --- the table ------------------------------------------------------------------------------------------------


def test_of_a_lane_only_the_first_is_taken_and_a_lost_lease_is_taken_over(world: World) -> None:
    now = world.clock.now()
    with world.db.write() as conn:
        for name, lane in (("a", "t"), ("b", "t"), ("c", ""), ("d", "")):
            assert inbox.put(conn, name, "message", {"n": name}, now, lane=lane)
        assert not inbox.put(conn, "a", "message", {"n": "again"}, now)
    with world.db.write() as conn:
        assert [d.delivery for d in inbox.take(conn, "one", now, 60, 9)] == ["a", "c", "d"]
        assert inbox.take(conn, "two", now, 60, 9) == []
    with world.db.write() as conn:
        late = now + timedelta(seconds=61)
        inbox.renew(conn, "one", [3], late + timedelta(seconds=60))
        found = inbox.take(conn, "two", late, 60, 9)
        assert [(d.delivery, d.attempts) for d in found] == [("a", 2), ("d", 2)]
        assert not inbox.done(conn, "one", found[0].id), "whose lease is lost settles nothing"
        assert inbox.done(conn, "two", found[0].id)
    with world.db.write() as conn:
        assert [d.delivery for d in inbox.take(conn, "two", now, 60, 9)] == ["b"]
        inbox.again(conn, "two", 2, now + timedelta(seconds=30), "busy")
    with world.db.write() as conn:
        assert inbox.take(conn, "two", now, 60, 9) == []
        assert not inbox.waiting(conn, now)
        assert inbox.take_back(conn, lambda owner: owner == "one") == 1
        assert inbox.counts(conn) == {"done": 1, "pending": 2, "working": 1}
        assert inbox.forget(conn, now + timedelta(days=1)) == 1


# --- groups ---------------------------------------------------------------------------------------------------


def test_a_user_group_gives_a_role_wherever_people_are_asked_for(desk: Served) -> None:
    world = desk.world
    desk.slack.users |= {"U0NEW": {"real_name": "Noa  New"}, "U0SHY": {"is_restricted": True}}
    desk.slack.groups = {"S0DESK": ["U0NEW", "U0SHY", "U0OUT", "U0ANNA", "U0BOTTY"]}
    with world.db.write() as conn:
        chat.set_group(conn, TEAM, "S0DESK", "lumen", Role.APPROVER)
        chat.set_group(conn, "T0OTHER", "S0DESK", "lumen", Role.ADMIN)
    found = people.sync(world.app, desk.serving.speaker, "lumen")
    assert found["U0NEW"] == ("Noa New", (Role.APPROVER,))
    assert "U0SHY" not in found
    assert "U0OUT" not in found
    brand = world.app.brand()
    noa = brand.person("slack:T0LUMEN/U0NEW")
    assert noa is not None
    assert noa.may(Role.APPROVER)
    assert not noa.may(Role.ADMIN)
    anna = brand.person("anna")
    assert anna is not None
    assert not anna.may(Role.APPROVER), "brand.yaml says what she may"
    assert brand.person("slack:T0LUMEN/U0ANNA") is None
    assert world.app.brand() is brand, "the same people are the same brand"
    version = world.draft()
    desk.do(form(press("approve", str(Bound.of(version)), "U0NEW", desk.url)))
    with world.db.read() as conn:
        assert conn.execute(select(decision.c.person)).scalars().all() == ["slack:T0LUMEN/U0NEW"]
    desk.slack.groups = {}
    people.sync(world.app, desk.serving.speaker, "lumen")
    assert world.app.brand().person("slack:T0LUMEN/U0NEW") is None
    assert "do not know you" in desk.do(command("queue", "U0NEW", desk.url))[0]
