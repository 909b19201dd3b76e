"""Every word of `/signoff`: what it answers, in English and Chinese, to whom, and what it says when something lacks."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.domain.brand import Rule, RuleBook, RuleKind
from bot.domain.comment import Author, Comment, CommentState, Priority, Triage
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, Kind, PolicyRule, Refuse, Risk
from bot.errors import BadInput, ModelError, ModelUnavailable, NotAllowed, NotFound
from bot.store import authors, chat, comments, drafts
from bot.store import desk as rows
from bot.surfaces.slack import commands, drafting
from bot.surfaces.slack.errors import SlackRefused
from bot.surfaces.slack.page import Page
from memory.base import MemoryItem
from memory.in_memory import InMemory
from tests import slack_blocks
from tests.slack import recorder
from tests.slack.words_world import CN, MAIN, Slack, model, proposes, slash
from tests.world import RULES, World, brand

TEXT = "The autumn oolongs are here. Come and taste."
ZH = "秋茶到店了，欢迎来尝。"
CJK = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough here: the words have no SQL of their own."""
    return f"sqlite:///{tmp_path / 'signoff.db'}"


@pytest.fixture
def at(world: World) -> World:
    world.app.__dict__["memory"] = InMemory()
    return world


@pytest.fixture
def slack() -> Slack:
    return Slack()


# --- which word --------------------------------------------------------------------------------------------


def test_the_words_are_the_fifteen_of_the_desk() -> None:
    assert set(commands.names()) == {
        "draft", "thread", "reply", "queue", "calendar", "inbox", "mood", "ask", "ideas", "report", "policy", "stop",
        "resume", "status", "help",
    }  # fmt: skip
    assert set(commands.CHINESE.values()) <= set(commands.names())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_lists_every_word_with_what_it_does(at: World, slack: Slack, language: str) -> None:
    said = slash(at, slack, "help", language=language)
    assert all(f"/signoff {word}" in said for word in commands.names())
    assert bool(CJK.search(said)) is (language == "zh")
    assert slash(at, Slack(), "", language=language) == said
    assert slash(at, Slack(), "帮助", language=language) == said


def test_help_of_one_word_and_of_none(at: World, slack: Slack) -> None:
    said = slash(at, slack, "help stop")
    assert "kill" in said or "Stop everything" in said
    assert "/signoff draft" not in said
    with pytest.raises(NotFound):
        slash(at, slack, "help fly")


@pytest.mark.parametrize(
    ("typed", "near"), [("drfat a tea", "draft"), ("que", "queue"), ("Calender", "calendar"), ("stauts", "status")]
)
def test_an_unknown_word_names_the_nearest_and_does_nothing(at: World, slack: Slack, typed: str, near: str) -> None:
    before = _rows(at)
    said = slash(at, slack, typed)
    assert f"`/signoff {near}`" in said
    assert "There is no word" in said
    assert _rows(at) == before


@pytest.mark.parametrize("typed", ["zzzz", "<!channel>", "*bold*", "x" * 5000, "../stop", "__init__", "stop.py"])
def test_what_is_like_no_word_leads_to_help(at: World, slack: Slack, typed: str) -> None:
    said = slash(at, slack, typed)
    assert "`/signoff help`" in said
    assert not rows_stopped(at)
    assert len(said) < 400


def rows_stopped(at: World) -> str:
    with at.db.read() as conn:
        return rows.stopped(conn)


def _rows(at: World) -> list[object]:
    with at.db.read() as conn:
        return [*drafts.current(conn, "lumen", limit=50), rows.stopped(conn)]


# --- stop and resume ---------------------------------------------------------------------------------------


def test_anybody_of_the_brand_stops_and_an_approver_resumes(at: World, slack: Slack) -> None:
    assert "Stopped." in slash(at, slack, "stop a bad tweet", "anna")
    assert "a bad tweet" in rows_stopped(at)
    assert "already" in slash(at, slack, "stop", "anna")
    with pytest.raises(NotAllowed, match="approver"):
        slash(at, slack, "resume", "anna")
    assert rows_stopped(at)
    assert "Running again" in slash(at, slack, "resume", "li")
    assert not rows_stopped(at)
    assert "not stopped" in slash(at, slack, "恢复", "li")


def test_resume_lets_one_account_go_on_and_says_that_the_rest_stands(at: World, slack: Slack) -> None:
    with at.db.write() as conn:
        rows.pause(conn, MAIN, "token", who="x", at=at.clock.now())
    slash(at, slack, "停")
    said = slash(at, slack, f"resume {MAIN}")
    assert f"{MAIN} goes on" in said
    assert "still" in said
    assert "was not paused" in slash(at, slack, f"resume {MAIN}")
    with pytest.raises(NotFound, match="no account"):
        slash(at, slack, "resume x:nobody")


def test_stopping_says_it_in_chinese(at: World, slack: Slack) -> None:
    assert CJK.search(slash(at, slack, "stop", language="zh"))


# --- looking -----------------------------------------------------------------------------------------------


def test_queue_groups_what_there_is_with_a_way_to_each(at: World, slack: Slack) -> None:
    assert "Nothing is on the desk" in slash(at, slack, "queue")
    waiting, live = at.draft("Waits."), at.draft("Is live.")
    at.approve(live)
    at.drain()
    held = at.draft("A miracle tea!")
    slack = Slack()
    said = slash(at, slack, "queue")
    for one in (waiting, live, held):
        assert one.draft_id in said
    assert "Waits for a signature (1)" in said
    assert "Held back by a check (1)" in said
    values = {b.get("value") for m in slack.whispers for b in m.buttons.values()}
    assert waiting.draft_id in values
    assert CJK.search(slash(at, slack, "queue", language="zh"))


def test_queue_of_many_stays_within_slacks_limits(at: World) -> None:
    for n in range(60):
        at.draft(f"Number {n} " + "words " * 40, account=MAIN if n % 2 else CN)
    slack = Slack()
    said = slash(at, slack, "queue")  # the recorder holds each message to the limits
    assert "52 more." in said
    assert "60" in said


def test_queue_tells_the_time_by_the_readers_clock(at: World, slack: Slack) -> None:
    from bot.domain.draft import Window

    at.draft("Later.", window=Window("2026-12-01T09:00", "Europe/Berlin", 15))
    assert "16:00 Asia/Shanghai" in slash(at, slack, "queue", zone="Asia/Shanghai")


def test_queue_says_what_is_stopped_or_paused(at: World, slack: Slack) -> None:
    slash(at, slack, "stop rain")
    with at.db.write() as conn:
        rows.pause(conn, MAIN, "The login has ended.", who="x", at=at.clock.now())
    said = slash(at, slack, "queue")
    assert "`/signoff resume`" in said
    assert f"{MAIN} is paused" in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_calendar_shows_days_with_something(at: World, slack: Slack, language: str) -> None:
    from bot.domain.draft import Window

    at.draft("A Tuesday tea.", window=Window("2026-11-24T09:00", "Europe/Berlin", 15))
    said = slash(at, slack, "calendar", language=language)
    assert "A Tuesday tea." in said
    assert "09:00" in said
    assert bool(CJK.search(said)) is (language == "zh")


def test_calendar_of_no_number_of_weeks(at: World, slack: Slack) -> None:
    with pytest.raises(BadInput, match="weeks"):
        slash(at, slack, "calendar 99")
    with pytest.raises(BadInput):
        slash(at, slack, "calendar soon")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_status_tells_switch_worker_accounts_and_versions(at: World, slack: Slack, language: str) -> None:
    at.draft()
    slash(at, Slack(), "stop flood")
    said = slash(at, slack, "status", language=language)
    assert MAIN in said
    assert CN in said
    assert "flood" in said
    assert brand().rulebook.version in said
    assert "✗" in said
    assert "secret" not in said.lower()


POLICY = ApprovalPolicy(
    (
        PolicyRule("crisis", Conditions(risk=(Risk.CRISIS,)), Refuse("Nothing is published in a crisis.")),
        PolicyRule("prices", Conditions(risk=(Risk.PRICE, Risk.CLAIMS), platform=("sandbox",)), Ask(2)),
        PolicyRule("replies", Conditions(kind=(Kind.REPLY,)), Ask(1, ("sam",), four_eyes=False, escalate_to="li")),
    )
)


def test_policy_says_who_signs_in_plain_words(world: World, slack: Slack) -> None:
    world.learn(brand(), POLICY)
    said = slash(world, slack, "policy")
    assert "When it speaks of a crisis:" in said
    assert "It is not published at all: Nothing is published in a crisis." in said
    assert "2 different approvers must sign." in said
    assert "prices or claims" in said
    assert "it goes to sandbox, and it speaks of" in said
    assert "Sam must sign." in said
    assert "The author may sign, too." in said
    assert "If nobody signs, Li is told." in said
    assert "Everything else:" in said
    assert "One approver must sign. Nobody signs what they wrote or asked for. They have 24 hours." in said
    chinese = slash(world, slack, "政策", language="zh")
    assert not re.search(r"\b(must sign|Everything|They have)\b", chinese)


def heard(at: World, *said: tuple[str, float, str], visibility: str = "public") -> None:
    """Let people have commented: (text, score, topic) each, read already."""
    new = []
    for n, (text, _, _) in enumerate(said):
        author = Author(f"a{n}", f"fan{n}", bot=False)
        one = Comment(
            MAIN,
            f"r{n}",
            author,
            text,
            at.clock.now() - timedelta(hours=n),
            url=f"https://net.example/{n}",
            visibility=visibility,
        )
        new.append(comments.Heard(one, text))
    with at.db.write() as conn:
        ids = comments.add(conn, "lumen", new, at.clock.now(), at.clock.new_id).new
        some = comments.claim(
            conn, "w", at.clock.now(), at.clock.now() + timedelta(60), len(ids), state=CommentState.NEW
        )  # fmt: skip
        by_text = {text: (score, topic) for text, score, topic in said}
        read = []
        for entry in some:
            score, topic = by_text[entry.text]
            label = "negative" if score < 0 else "positive" if score > 0 else "neutral"
            urgent = Priority.URGENT if score < -0.8 else Priority.NORMAL
            triage = Triage("en", label, score, 0.9, "It says so.", topics=(topic,) if topic else (), priority=urgent)
            read.append((entry, triage))
        comments.keep_triage(conn, read, "w", at.clock.now(), "test")


def test_without_comments_inbox_and_mood_say_so(at: World, slack: Slack) -> None:
    assert "No comments are collected yet." in slash(at, slack, "inbox")
    for word in ("mood", "mood delivery 7d", "mood 3天"):
        assert "No comments were read" in slash(at, slack, word)
    assert CJK.search(slash(at, slack, "口碑", language="zh"))
    with pytest.raises(BadInput, match="400 days"):
        slash(at, slack, "mood 400d")


def test_inbox_shows_the_urgent_first_as_quoted_text(at: World, slack: Slack) -> None:
    heard(
        at,
        ("Lovely <!channel> tea!", 0.9, ""),
        ("When do you open?", 0, ""),
        ("Your tea made me ill.", -0.95, "health"),
    )
    said = slash(at, slack, "inbox")
    assert "inbox of Lumen Tea: 3" in said
    assert said.index("made me ill") < said.index("When do you open?")
    assert "@fan0" in said
    assert "<!channel>" in said
    assert CJK.search(slash(at, slack, "收件箱", language="zh"))


def test_mood_counts_by_day_and_topic_with_a_picture(at: World, slack: Slack) -> None:
    late = ("The parcel was late.", -0.6, "delivery")
    heard(at, ("Great tea.", 0.8, ""), ("Slow delivery again.", -0.7, "delivery"), late, ("It is tea.", 0.0, ""))
    said = slash(at, slack, "mood")
    assert "Comments: 4; positive 1 (25%), neutral 1 (25%), negative 2 (50%)." in said
    assert "Slow delivery again." in said
    assert "Most complaints on" in said
    assert len(slack.uploads) == 1
    about = slash(at, slack, "mood delivery 2d")
    assert "Comments: 2; positive 0 (0%), neutral 0 (0%), negative 2 (100%)." in about
    assert "Great tea." not in about
    assert CJK.search(slash(at, slack, "mood delivery", language="zh"))


# --- asking and ideas --------------------------------------------------------------------------------------


def _learned(at: World, *rules: Rule) -> None:
    book = RuleBook((*RULES.rules, *rules))
    at.learn(brand(rulebook=book))
    memory = at.app.memory
    memory.learn("lumen", book.version, [MemoryItem(r.id, r.text, language=r.language) for r in book.rules])


def test_ask_answers_with_the_rules_it_rests_on(at: World, slack: Slack) -> None:
    _learned(at)
    from bot.agent.scripted import call

    model(at, call("answer", text="No: miracles are never promised.", citations=["no-miracles"], known=True))
    said = slash(at, slack, "ask may we promise miracles?")
    assert "No: miracles are never promised." in said
    assert "[no-miracles] Never promise miracles." in said
    # Shown to the person alone: a line that it is being looked up, then the answer.
    assert not slack.seen
    assert len(slack.responses) == 2


def test_ask_without_a_model_shows_the_nearest_rules(at: World, slack: Slack) -> None:
    _learned(at)
    model(at, ModelUnavailable("The language model does not answer."))
    said = slash(at, slack, "ask may we promise miracles?")
    assert "No language model answered" in said
    assert "[no-miracles]" in said


def test_ask_nothing(at: World, slack: Slack) -> None:
    with pytest.raises(BadInput, match="no question"):
        slash(at, slack, "ask")


def test_ideas_come_with_a_day_an_account_why_and_a_button(at: World, slack: Slack) -> None:
    _learned(at, Rule("f1", RuleKind.FACT, "We roast oolong on Harbour Street since 1996."))
    model(at, ModelUnavailable("The language model does not answer."))
    said = slash(at, slack, "ideas oolong")
    assert "oolong" in said
    assert "You asked for this topic." in said
    pressed = [b for _, m in slack.responses for b in m.buttons.values()]
    assert pressed
    account, when, brief = str(pressed[0]["value"]).split("\n", 2)
    assert account in (MAIN, CN)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", when)
    assert brief


def test_the_button_of_an_idea_drafts_it(at: World, slack: Slack) -> None:
    from bot.surfaces.slack.actions import draft_idea

    model(at, proposes(TEXT))
    draft_idea.run(recorder.ask(at, slack, "anna", value=f"{MAIN}\n2026-12-01T09:00\nAbout oolong"))
    with at.db.read() as conn:
        ((draft, version),) = drafts.current(conn, "lumen", limit=5)
    assert (draft.brief, version.content.window.wall) == ("About oolong", "2026-12-01T09:00")
    for value in ("", "x", f"{MAIN}\n2026-12-01T09:00\n ", "nobody:x\n2026-12-01T09:00\nTea", f"{MAIN}\nsoon\nTea"):
        with pytest.raises((BadInput, NotFound)):
            draft_idea.run(recorder.ask(at, slack, "anna", value=value, delivery="trigger:2"))


# --- drafting ----------------------------------------------------------------------------------------------


def test_draft_writes_for_all_accounts_and_each_gets_one_card(at: World, slack: Slack) -> None:
    model(at, proposes(TEXT), proposes(ZH, CN), "Autumn tea has come. Come and taste.")
    said = slash(at, slack, "draft the autumn oolongs are here", "anna")
    with at.db.read() as conn:
        made = {d.account: d for d, _ in drafts.current(conn, "lumen", limit=5)}
        cards = {d.id: chat.messages(conn, f"draft:{d.id}") for d in made.values()}
    assert set(made) == {MAIN, CN}
    assert made[MAIN].author == "anna"
    assert all(len(found) == 1 for found in cards.values())
    assert TEXT in said
    assert ZH in said
    told = next(m for m in slack.seen if "asked for a draft" in m.said)
    assert told.updates >= 1
    assert "https://lumen.slack.com/archives/C0DESK/p" in str(told.blocks)


def test_draft_to_named_accounts(at: World, slack: Slack) -> None:
    for typed, brief, keys in (
        ("oolong is here to sandbox:main", "oolong is here", (MAIN,)),
        ("新茶到了，发到 sandbox:cn", "新茶到了", (CN,)),
        ("tea for sandbox:main and sandbox:cn", "tea", (MAIN, CN)),
        ("tea to Sandbox:Main, sandbox:cn.", "tea", (MAIN, CN)),
        ("open from 9:00 to 10:30", "open from 9:00 to 10:30", (MAIN, CN)),
        ("an ode to tea", "an ode to tea", (MAIN, CN)),
        ("see https://lumen.example/to:x", "see https://lumen.example/to:x", (MAIN, CN)),
    ):
        assert drafting.accounts(at.app.brand(), typed) == (brief, keys)
    with pytest.raises(BadInput, match="no account 'x:other'"):
        slash(at, slack, "draft tea to x:other")


def test_draft_shows_how_it_goes_in_one_message(at: World, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.surfaces.slack.progress.PACE", 0.0)
    model(at, proposes(TEXT))
    slash(at, slack, "draft oolong to sandbox:main")
    working = [m for m in slack.seen if m.updates]
    assert len(working) == 1
    assert working[0].updates >= 2


def test_draft_where_the_app_may_not_write_goes_to_the_person(at: World) -> None:
    slack = Slack(closed=(recorder.CHANNEL,))
    model(at, proposes(TEXT))
    at.settings.slack_channel = "C0BRAND"
    slash(at, slack, "draft oolong to sandbox:main")
    channels = {m.channel for m in slack.seen}
    assert channels == {"D0LI", "C0BRAND"}


@pytest.mark.parametrize("here", ["C0OTHER", "D0TWOPEOPLE"])
def test_a_draft_asked_for_where_the_app_is_not_reaches_the_person_all_the_same(at: World, here: str) -> None:
    slack = Slack(closed=(here,))
    model(at, proposes(TEXT))
    slash(at, slack, "draft oolong to sandbox:main", channel=here)
    assert {m.channel for m in slack.seen} == {"D0LI"}
    assert len(slack.seen) == 2


def test_draft_without_a_brief_opens_the_form(at: World, slack: Slack) -> None:
    slash(at, slack, "draft", "anna")
    slash(at, slack, "起草", "anna", language="zh")
    forms = list(slack.views.values())
    assert len(forms) == 2
    assert all(form["callback_id"].startswith("draft") for form in forms)
    assert not slack.seen


def test_a_draft_that_a_check_holds_back_has_a_card_too(at: World, slack: Slack) -> None:
    model(at, *[proposes("A miracle in a cup!", id=f"c{n}") for n in range(4)])
    said = slash(at, slack, "draft praise it to sandbox:main")
    assert "held back by a check" in said


def test_draft_runs_again_after_a_crash_without_drafting_twice(at: World, slack: Slack) -> None:
    model(at, proposes(TEXT))
    slash(at, slack, "draft oolong to sandbox:main", "anna", delivery="trigger:7")
    before = len(slack.seen)
    slash(at, slack, "draft oolong to sandbox:main", "anna", delivery="trigger:7")  # the script has no second line
    with at.db.read() as conn:
        assert len(drafts.current(conn, "lumen", limit=5)) == 1
    assert len(slack.seen) == before


def test_without_a_model_nothing_is_drafted_and_nothing_is_left_in_the_channel(at: World, slack: Slack) -> None:
    down = ModelUnavailable("The language model does not answer.", next_step="Start it.")
    model(at, down, down)
    with pytest.raises(ModelError):
        slash(at, slack, "draft oolong", "anna")
    assert not slack.seen
    with at.db.read() as conn:
        assert not drafts.current(conn, "lumen", limit=5)


def test_a_brief_that_is_a_command_in_disguise_is_only_a_brief(at: World, slack: Slack) -> None:
    model(at, proposes(TEXT))
    said = slash(at, slack, "draft <!channel> *all* of <@USAM> to sandbox:main")
    assert "<!channel>" in said
    for message in slack.seen:
        slack_blocks.check_message(message.blocks, message.text)


def test_thread_drafts_a_thread(at: World, slack: Slack) -> None:
    model(at, proposes("", parts=("One: the leaves.", "Two: the water. Visit us and taste it.")))
    slash(at, slack, "thread how to brew oolong to sandbox:main")
    with at.db.read() as conn:
        ((draft, version),) = drafts.current(conn, "lumen", limit=5)
    assert draft.kind == "thread"
    assert len(version.content.parts) == 2
    with pytest.raises(BadInput, match="brief is empty"):
        slash(at, slack, "thread")


def test_reply_finds_the_comment_and_answers_it(at: World, slack: Slack) -> None:
    at.approve(at.draft("The autumn oolongs are here."))
    at.drain()
    post = at.app.sandbox.timeline("lumen.sandbox")[0]
    at.app.sandbox.post("mia.sandbox", "Is it caffeinated?", parent_id=post.id)
    url = next(c.url for c in at.app.platform(MAIN).comments(None).items)
    from bot.agent.scripted import call

    scripted = model(at, call("draft_post", text="Yes, a little, as every tea.", citations=[]))
    slash(at, slack, f"reply <{url}>", "anna")
    with at.db.read() as conn:
        found = [(d, v) for d, v in drafts.current(conn, "lumen", limit=5) if d.kind == "reply"]
    ((draft, version),) = found
    assert draft.account == MAIN
    assert version.content.reply_parent
    assert "Is it caffeinated?" in "\n".join(m.text for m in scripted.sent[0])


def test_reply_to_a_comment_on_the_desk_is_its_answer_and_the_only_one(at: World, slack: Slack) -> None:
    from bot.agent.scripted import call

    heard(at, ("Is it caffeinated?", 0, ""))
    scripted = model(at, call("draft_post", text="Yes, a little, as every tea.", citations=[]))
    slash(at, slack, "reply https://net.example/0 be brief", "anna", delivery="trigger:1")
    slash(at, slack, "reply https://net.example/0 be brief", "anna", delivery="trigger:1")  # again, after a crash
    with at.db.read() as conn:
        entry = comments.at_address(conn, "lumen", "https://net.example/0/")
        version = drafts.version(conn, entry.draft) if entry else None
        assert len(drafts.current(conn, "lumen", limit=5)) == 1
    assert entry is not None
    assert version is not None
    assert (entry.state, entry.assignee, version.content.reply_parent) == (CommentState.PROPOSED, "anna", "r0")
    assert "Is it caffeinated?" in "\n".join(m.text for m in scripted.sent[0])
    with pytest.raises(NotAllowed, match=entry.draft):
        slash(at, slack, "reply https://net.example/0", "li", delivery="trigger:2")


def test_an_answer_is_seen_by_no_more_than_the_comment(at: World, slack: Slack) -> None:
    from bot.agent.scripted import call

    heard(at, ("Between us: is it caffeinated?", 0, ""), visibility="unlisted")
    model(at, *[call("draft_post", text="Yes, a little, as every tea.", citations=[], id=f"c{n}") for n in range(3)])
    slash(at, slack, "reply https://net.example/0", "anna")
    with at.db.read() as conn:
        ((_, version),) = drafts.current(conn, "lumen", limit=5)
    assert version.content.visibility == "unlisted"


def test_nobody_is_answered_who_asked_to_be_left_alone(at: World, slack: Slack) -> None:
    heard(at, ("Stop writing to me.", -0.5, ""))
    with at.db.write() as conn:
        authors.opt_out(conn, "lumen", "sandbox", "a0", "said stop", at.clock.now())
    model(at)
    with pytest.raises(NotAllowed, match="left alone"):
        slash(at, slack, "reply https://net.example/0")
    assert not slack.seen


def test_reply_to_nothing_and_to_what_nobody_can_read(at: World, slack: Slack) -> None:
    with pytest.raises(BadInput, match="no link"):
        slash(at, slack, "reply")
    with pytest.raises(NotFound, match="can read"):
        slash(at, slack, "reply https://other.example/1")


# --- the report --------------------------------------------------------------------------------------------


def test_report_is_posted_with_its_picture(at: World, slack: Slack, clock: FixedClock) -> None:
    at.approve(at.draft("Out it goes."))
    at.drain()
    said = slash(at, slack, "report")
    assert "Published: 1" in said
    ((_, _, alt, size),) = slack.uploads.values()
    assert "published 1" in alt
    assert size < 120_000
    assert any(b["type"] == "image" for m in slack.seen for b in m.blocks)
    clock.at += timedelta(days=30)
    assert "Published: 0" in slash(at, Slack(), "report 上周", language="en")
    with pytest.raises(BadInput, match="not a week"):
        slash(at, slack, "report someday")
    assert CJK.search(slash(at, Slack(), "周报", language="zh"))


def test_report_without_its_picture_is_a_report_all_the_same(at: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoFiles(Slack):
        def upload(self, *_: object, **__: object) -> str:
            raise SlackRefused("files.getUploadURLExternal", "missing_scope")

    assert "Slack did not take the picture" in slash(at, NoFiles(), "report")
    monkeypatch.setattr("bot.media.drawing._FONTS", ())
    monkeypatch.setattr("bot.media.drawing._there", lambda face: face[0] == "")
    at.learn(brand(name="流明茶"))
    said = slash(at, Slack(), "report")
    assert "no font" in said
    assert "Published: 0" in said


# --- pages -------------------------------------------------------------------------------------------------


def test_a_long_answer_comes_whole_in_as_many_messages_as_it_needs(at: World, slack: Slack) -> None:
    text = "Tea 茶 <b> & more. " * 3000
    page = Page("Long").text(text)
    for some in page.messages():
        slack_blocks.check_message(some, page.fallback)
    whole = "".join(b["text"]["text"] for some in page.messages() for b in some if b["type"] == "section")
    assert whole == text
