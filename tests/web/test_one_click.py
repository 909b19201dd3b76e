"""An answer of a one-click rule: one press in the list, on the Slack card or one command signs and sends exactly it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from click.testing import CliRunner

from bot.domain.comment import CommentState, Entry, Intent
from bot.domain.draft import DraftState, DraftVersion, Part
from bot.domain.policy import ApprovalPolicy, Ask, PolicyRule
from bot.domain.replies import RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.errors import BadInput, NotAllowed, Stale
from bot.store import drafts
from bot.surfaces.cli.group import load
from bot.surfaces.cli.session import Session
from bot.surfaces.slack.cards import comment, heard
from bot.surfaces.slack.cards.pieces import Reader
from bot.workflow import propose, reply
from tests.web.served import Browser
from tests.web.test_inbox_page import hear, press, stands
from tests.world import World, brand

Opens = Callable[..., Browser]
CLICK = ReplyRule("click", ReplyAction.ONE_CLICK, RemarkConditions(intent=("question",)))
REST = ReplyRule("rest", ReplyAction.PROPOSE)
TEXT = "It is in our shop at Linden Lane 4."


@pytest.fixture
def answered(desk: World) -> dict[str, Entry]:
    """Two comments with an answer each: one of a one-click rule, one that is only proposed."""
    return answer(desk)


def answer(desk: World, *rules: PolicyRule) -> dict[str, Entry]:
    desk.learn(brand(), ApprovalPolicy(rules, ReplyPolicy((CLICK, REST))))
    asked = hear(desk, "Where is it sold?", "ada", "neutral", intent=Intent.QUESTION)
    plain = hear(desk, "My tin is dented", "bob")
    reply.reply(desk.desk, lambda *_: reply.Written("reply", TEXT, evidence={"run": "t"}))
    return {"click": stands(desk, asked), "rest": stands(desk, plain)}


def version(desk: World, one: Entry) -> DraftVersion:
    with desk.db.read() as conn:
        return drafts.version(conn, one.draft)


def sends(page: str) -> list[str]:
    return re.findall(r'action="/inbox/(c_\w+)/approve" class="send"', page)


def test_the_list_has_the_answer_and_its_button_for_who_may_sign(
    desk: World, answered: dict[str, Entry], browser: Opens
) -> None:
    click, rest = answered["click"], answered["rest"]
    page = browser("li").get(f"/inbox/{rest.id}").text
    assert sends(page) == [click.id]
    assert TEXT in unescape(page)
    assert sends(browser("anna").get("/inbox").text) == []
    assert press(browser("anna"), desk, click, "approve").status_code == 403
    assert press(browser("li"), desk, click, "approve", hash="0" * 64).status_code == 409
    assert press(browser("li"), desk, click, "approve").status_code == 303
    assert version(desk, click).state is DraftState.APPROVED
    assert sends(browser("li").get("/inbox").text) == []


def test_what_was_edited_or_needs_two_is_looked_at_first(desk: World, browser: Opens) -> None:
    both = answer(desk)
    old = version(desk, both["click"])
    wish = propose.Proposal(
        "sandbox:main", (Part("Ours."),), "anna", reply_parent=old.content.reply_parent, kind="reply"
    )
    propose.revise(desk.desk, old.draft_id, wish)
    assert sends(browser("li").get("/inbox").text) == []
    two = answer(desk, PolicyRule("two", outcome=Ask(needed=2)))
    assert two["click"].state is CommentState.PROPOSED
    assert sends(browser("li").get("/inbox").text) == []


def test_one_command_sends_the_answer_that_was_shown_and_no_other(
    desk: World, answered: dict[str, Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.SystemClock", lambda: desk.clock)
    session = Session(home=desk.settings.home)
    env = {"SIGNOFF_DATABASE_URL": desk.settings.database_url, "LANGUAGE": "en"}

    def run(person: str, *args: str) -> str:
        session.person = person
        done: Any = CliRunner().invoke(load("inbox"), list(args), obj=session, env=env, catch_exceptions=False)
        return str(done.output)

    click, rest = answered["click"].id, answered["rest"].id
    shown = run("li", click)
    assert TEXT in shown
    code = re.search(r"--send ([0-9a-f]{8})", shown)
    assert code
    assert "--send" not in run("li", rest)
    with pytest.raises(BadInput, match="No rule lets"):
        run("li", rest, "--send", version(desk, answered["rest"]).hash[:8])
    with pytest.raises(Stale):
        run("li", click, "--send", "00000000")
    with pytest.raises(NotAllowed):
        run("anna", click, "--send", code[1])
    assert "a running worker sends it" in run("li", click, "--send", code[1])
    assert version(desk, answered["click"]).state is DraftState.APPROVED


def test_slack_asks_once_more_only_where_no_rule_lets_one_press_do(desk: World, answered: dict[str, Entry]) -> None:
    found = {}
    for name, one in answered.items():
        card = comment.blocks(heard.load(desk.app, one.id), Reader("en", "UTC"))
        (found[name],) = [e for b in card if b["type"] == "actions" for e in b["elements"]
                          if e["action_id"].startswith("reply")]  # fmt: skip
    assert "confirm" not in found["click"]
    assert found["click"]["text"]["text"] == "Sign and send"
    assert "confirm" in found["rest"]
