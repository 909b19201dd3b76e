"""Ideas: each has a reason that code found, a figure or date, and a free time; a model only words them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.agent.models import Abilities, ConnectedModel
from bot.agent.scripted import ScriptedChatModel, call
from bot.clock import FixedClock
from bot.domain.brand import Account, Brand, Rule, RuleBook, RuleKind
from bot.domain.draft import DraftState, Window
from bot.domain.editorial import Phrase, Pillar, Plan
from bot.domain.reading import Reading
from bot.errors import BadInput, ModelUnavailable, NotFound
from bot.insight import calendar, pillars
from bot.store import own, readings
from bot.store.own import Own
from bot.workflow import schedule
from bot.writing import ideas, reasons, slots
from bot.writing.ideas import Idea, Ideas
from memory.in_memory import InMemory
from tests import world as worlds
from tests.world import World

LONDON = Account("sandbox", "main", "lumen.sandbox", "en", "Europe/London")
SHANGHAI = Account("sandbox", "cn", "lumen-cn.sandbox", "zh-Hans", "Asia/Shanghai")
PILLARS = (
    Pillar("craft", Phrase((("en", "How tea is grown and made"), ("zh", "茶是怎么种、怎么做的"))), 40),
    Pillar("brewing", Phrase((("en", "Brewing at home"), ("zh", "在家泡茶"))), 40),
    Pillar("shop", Phrase((("en", "The shop and its tastings"), ("zh", "门店与品茶会"))), 20),
)
FACTS = (
    Rule("garden", RuleKind.FACT, "The tea is grown in Anxi and made by the Chen family.", "en", twin="garden.zh"),
    Rule("garden.zh", RuleKind.FACT, "茶在安溪，由陈家茶园怎么种、怎么做。", "zh", twin="garden"),
    Rule("water", RuleKind.FACT, "Brewing oolong takes 95 °C water and 40 seconds.", "en"),
    Rule("seats", RuleKind.FACT, "A tasting in the shop has twelve seats.", "en"),
)
PLAN = Plan(pillars=PILLARS, topics=("cold brew", "岩茶"), holidays=("GB", "CN"), times=("09:00", "18:30"))


def brand(plan: Plan = PLAN, facts: Sequence[Rule] = FACTS, **given: Any) -> Brand:
    book = RuleBook((*worlds.RULES.rules, *facts))
    return worlds.brand(
        **{"accounts": (LONDON, SHANGHAI), "plan": plan, "rulebook": book, "zone": "Europe/London", **given}
    )


@pytest.fixture
def desk(world: World) -> World:
    world.app.__dict__["memory"] = InMemory()
    world.learn(brand())
    return world


def find(desk: World, **given: Any) -> Ideas:
    return ideas.ideas(desk.app, **{"with_model": False, **given})


def of(found: Ideas, kind: str) -> list[Idea]:
    return [i for i in found.ideas if i.kind == kind]


def at(desk: World, when: datetime) -> None:
    assert isinstance(desk.clock, FixedClock)
    desk.clock.at = when


def live(desk: World, text: str, answers: int | None = None, account: str = "sandbox:main", **given: Any) -> str:
    """Publish a post; with ``answers``, that many likes a day later."""
    version = desk.draft(text, account=account, **given)
    desk.approve(version)
    desk.drain(account)
    if answers is not None:
        with desk.db.write() as conn:
            when = desk.clock.now() + timedelta(hours=24)
            [due] = readings.due(conn, when, account, 1)
            readings.add(conn, [(due, Reading(due.receipt.remote_id, when, answers, 0, 0))], when)
    return version.draft_id


def planned(desk: World, text: str, wall: str, account: str = "sandbox:main", zone: str = "Europe/London") -> str:
    return desk.draft(text, account=account, window=Window(wall, zone)).draft_id


# --- times -------------------------------------------------------------------------------------------------


def test_every_idea_has_a_free_posting_time_to_come_in_its_account_s_zone(desk: World) -> None:
    planned(desk, "The shop is open late.", "2026-11-24T09:00")
    planned(desk, "门店开到很晚。", "2026-11-24T18:30", "sandbox:cn", "Asia/Shanghai")
    found = find(desk, n=20, days=7)
    assert len(found.ideas) > 6
    walls = [(i.account, i.at) for i in found.ideas]
    assert len(set(walls)) == len(walls)
    assert not {("sandbox:main", "2026-11-24T09:00"), ("sandbox:cn", "2026-11-24T18:30")} & set(walls)
    for idea in found.ideas:
        assert idea.zone == {"sandbox:main": "Europe/London", "sandbox:cn": "Asia/Shanghai"}[idea.account]
        instant = datetime.fromisoformat(idea.at).replace(tzinfo=ZoneInfo(idea.zone))
        assert idea.at[11:] in PLAN.times
        assert desk.clock.now() + slots.LEAD <= instant < desk.clock.now() + timedelta(days=7)


def test_the_time_of_an_idea_can_be_drafted_for(desk: World) -> None:
    for idea in find(desk, n=8).ideas:
        version = desk.draft("Hello.", account=idea.account, window=Window(idea.at, idea.zone))
        assert version.state is DraftState.IN_REVIEW


def test_a_time_that_the_clocks_skip_is_never_proposed() -> None:
    night = brand(replace(PLAN, times=("01:30", "12:00")))
    now = datetime(2027, 3, 27, 9, 0, tzinfo=UTC)
    found = slots.free(night, LONDON, [], now, 3)
    assert [s.wall for s in found] == [
        "2027-03-27T12:00", "2027-03-28T12:00", "2027-03-29T01:30", "2027-03-29T12:00"
    ]  # fmt: skip
    # Noon is another instant on either side of the change.
    assert [s.at.hour for s in found if s.wall.endswith("12:00")] == [12, 11, 11]
    # In autumn 01:30 comes twice: the first is meant.
    autumn = slots.free(night, LONDON, [], datetime(2026, 10, 24, 12, 30, tzinfo=UTC), 2)
    assert [s.at for s in autumn if s.wall == "2026-10-25T01:30"] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_days_without_a_post_are_told_with_their_dates(desk: World) -> None:
    for day in (22, 23, 24, 28, 29):
        planned(desk, f"The shop on the {day}th: a text of its own, number {day}.", f"2026-11-{day}T18:30")
    found = find(desk, account="sandbox:main", days=8, n=3)
    assert [(g.first, g.last, g.days) for g in found.gaps] == [(date(2026, 11, 25), date(2026, 11, 27), 3)]
    first = next(i for i in found.ideas if i.figures.get("gap"))
    assert "from Wed 25 Nov to Fri 27 Nov (3 days)" in first.why


# --- reasons -----------------------------------------------------------------------------------------------


def test_a_pillar_below_its_share_comes_with_the_figures(desk: World) -> None:
    for n in range(6):
        live(desk, f"Come to the shop: the tasting number {n} has seats.")
    for n in range(2):
        live(desk, f"How our tea is grown and made, part {n}.")
    planned(desk, "Brewing at home: part one.", "2026-11-30T09:00")
    found = find(desk)
    counts = {s.pillar.id: (s.count, s.of, s.percent) for s in found.shares}
    assert counts == {"craft": (2, 9, 22), "brewing": (1, 9, 11), "shop": (6, 9, 67)}
    mine = of(found, "pillar")
    assert {i.pillar for i in mine} == {"craft", "brewing"}
    assert mine[0].pillar == "brewing"  # it lacks most
    assert "“Brewing at home” should have 40 % of the posts and has 11 %: 1 of 9" in mine[0].why
    assert mine[0].figures["count"] == 1
    assert all(set(i.facts) <= {"garden", "garden.zh"} for i in mine if i.pillar == "craft")


def test_old_posts_and_answers_count_for_no_share(desk: World) -> None:
    live(desk, "How tea is grown and made.")
    desk.advance(29 * 24 * 3600)
    draft = live(desk, "Brewing at home.")
    desk.draft("How tea is grown: thanks for asking!", reply_parent="somebody", kind="reply")
    shares = {s.pillar.id: (s.count, s.of) for s in find(desk).shares}
    assert shares == {"craft": (0, 1), "brewing": (1, 1), "shop": (0, 1)}, draft


def test_what_did_well_is_told_with_its_sample_and_not_below_three_posts(desk: World) -> None:
    for n in range(4):
        live(desk, f"Come to the shop: the tasting number {n} has seats.", 2)
    for n in range(2):
        live(desk, f"How our tea is grown and made, part {n}.", 20)
    desk.advance(25 * 3600)
    assert of(find(desk, n=30), "result") == []
    live(desk, "How our tea is grown and made, the end.", 30)
    desk.advance(25 * 3600)
    [idea, *_] = of(find(desk, n=30), "result")
    assert idea.pillar == "craft"
    assert "20 answers in the middle (3 posts), others 2 (4 posts)" in idea.why


def test_a_count_read_too_early_says_nothing(desk: World) -> None:
    draft = live(desk, "How our tea is grown and made.")
    with desk.db.write() as conn:
        now = desk.clock.now() + timedelta(hours=1)
        [due] = readings.due(conn, now, "sandbox:main", 1)
        readings.add(conn, [(due, Reading(due.receipt.remote_id, now, 50, 0, 0))], now)
    from bot.writing.said import history

    desk.advance(30 * 3600)
    assert [(p.draft, p.answers) for p in history(desk.app, desk.app.brand()).posts] == [(draft, None)]


def test_a_large_account_does_not_decide_what_did_well() -> None:
    rows = [("big", "craft", 100), ("big", "craft", 110), ("big", "shop", 100), ("big", "shop", 105)]
    rows += [("small", "shop", 4), ("small", "shop", 4), ("small", "craft", 1), ("small", "craft", 1)]
    assert pillars.groups(rows)[0].name == "shop"


def test_holidays_are_told_to_those_who_keep_them(desk: World) -> None:
    at(desk, datetime(2027, 1, 29, 9, 0, tzinfo=UTC))
    found = {i.what.split("，")[0].split(",")[0]: i for i in of(find(desk, n=30), "day")}
    assert set(found) == {"农历除夕", "春节"}
    spring = found["春节"]
    assert (spring.account, spring.at[:10]) == ("sandbox:cn", "2027-02-06")
    assert "Chinese New Year (Spring Festival) is on Sat 6 Feb, in 8 days." in spring.why
    assert "Tue 9 Feb, Wed 10 Feb" in spring.why
    at(desk, datetime(2026, 12, 20, 9, 0, tzinfo=UTC))
    kept = {(i.account, i.at[:10]) for i in of(find(desk, n=30), "day")}
    assert kept == {
        ("sandbox:main", "2026-12-25"), ("sandbox:main", "2026-12-26"), ("sandbox:main", "2027-01-01"),
        ("sandbox:cn", "2026-12-22"), ("sandbox:cn", "2027-01-01"),
    }  # fmt: skip


def test_a_day_of_the_world_concerns_only_a_brand_that_speaks_of_it(desk: World) -> None:
    at(desk, datetime(2027, 5, 15, 9, 0, tzinfo=UTC))
    named = [i for i in of(find(desk, n=30), "day") if i.at[:10] == "2027-05-21"]
    assert {(i.account, i.what.split("，")[0].split(",")[0]) for i in named} == {
        ("sandbox:main", "International Tea Day"), ("sandbox:cn", "国际茶日")
    }  # fmt: skip
    assert named[0].figures["source"].startswith("https://")
    assert not any("Bee" in i.what or "Families" in i.what for i in find(desk, n=30).ideas)


def test_nothing_is_sold_on_a_day_of_mourning(desk: World) -> None:
    at(desk, datetime(2027, 4, 1, 9, 0, tzinfo=UTC))
    draft = planned(desk, "品茶会还有座位。", "2027-04-05T09:00", "sandbox:cn", "Asia/Shanghai")
    planned(desk, "The tasting has seats.", "2027-04-05T09:00")  # nobody keeps Qingming in London
    found = find(desk, n=30, days=7)
    [warned] = found.warnings
    assert (warned.day.name("zh"), warned.accounts, warned.planned) == ("清明节", ("sandbox:cn",), (draft,))
    days = {(i.account, i.at[:10]) for i in found.ideas}
    assert ("sandbox:cn", "2027-04-05") not in days
    assert ("sandbox:main", "2027-04-05") in days
    assert not any("清明" in i.what or "Tomb" in i.what for i in found.ideas)


def test_looking_at_one_account_hands_it_no_day_of_the_others(desk: World) -> None:
    at(desk, datetime(2027, 4, 1, 9, 0, tzinfo=UTC))
    assert find(desk, account="sandbox:main", days=7).warnings == ()
    at(desk, datetime(2027, 2, 4, 9, 0, tzinfo=UTC))
    assert of(find(desk, account="sandbox:main", n=30), "day") == []


def test_dates_in_the_facts_are_events_and_anniversaries(desk: World) -> None:
    facts = (
        Rule("winter-tasting", RuleKind.FACT, "The winter tasting is on 28 November 2026 at 11:00.", "en"),
        Rule("founded", RuleKind.FACT, "Lumen Tea was founded on 1 December 2016 in Leeds.", "en"),
        Rule("past", RuleKind.FACT, "The summer tasting was on 30 November 2025.", "en"),
        Rule("eleven", RuleKind.FACT, "The second shop opened on 2 December 2015.", "en"),
        Rule("no-day", RuleKind.FACT, "The leaves of 31 February 2027 are a riddle.", "en"),
    )
    desk.learn(brand(facts=facts))
    found = find(desk, account="sandbox:main", n=30)
    [event] = of(found, "date")
    assert (event.at[:10], event.facts) == ("2026-11-28", ("winter-tasting",))
    assert "on Sat 28 Nov, in 6 days" in event.why
    [years] = of(found, "anniversary")
    assert (years.at[:10], years.figures["years"]) == ("2026-12-01", 10)


def test_a_topic_that_nobody_named_is_an_idea_in_its_language(desk: World) -> None:
    found = {i.account: i for i in of(find(desk, n=30), "topic")}
    assert found["sandbox:main"].what.startswith("cold brew")
    assert found["sandbox:cn"].what.startswith("岩茶")
    live(desk, "Cold Brew for a warm day: tea from the fridge.")
    again = [i for i in of(find(desk, n=30), "topic") if i.account == "sandbox:main"]
    assert again == []


def test_a_fact_that_was_told_is_no_news(desk: World) -> None:
    before = {f for i in of(find(desk, n=30), "fact") for f in i.facts}
    assert "seats" in before
    live(desk, "Twelve seats wait for you.", citations=("seats",))
    after = [i for i in of(find(desk, n=30), "fact") if i.account == "sandbox:main"]
    assert "seats" not in {f for i in after for f in i.facts}
    assert after
    assert "Posts live or planned: 1;" in after[0].why


# --- brands that say little, and much ------------------------------------------------------------------------


def test_a_brand_without_a_plan_still_gets_ideas_and_hears_what_is_missing(desk: World) -> None:
    desk.learn(brand(Plan(), FACTS))
    found = find(desk)
    assert {i.kind for i in found.ideas} == {"fact"}
    assert {i.at[11:] for i in found.ideas} == set(slots.USUAL)
    assert any("pillars, posting_times, holidays, topics" in note for note in found.notes)


def test_a_brand_that_says_nothing_of_itself_has_gaps_to_fill(desk: World) -> None:
    desk.learn(brand(Plan(), ()))
    found = find(desk)
    assert {i.kind for i in found.ideas} == {"gap"}
    assert "Nothing is planned on" in found.ideas[0].why


def test_a_country_without_a_calendar_is_named(desk: World) -> None:
    desk.learn(brand(replace(PLAN, holidays=("UK",))))
    assert any("UK" in note and "GB" in note for note in find(desk).notes)


def test_two_hundred_posts(desk: World) -> None:
    now = desk.clock.now()
    old = [
        Own(f"o_{n}", "sandbox:main", "en", f"Brewing at home, part {n}.", now - timedelta(hours=n * 3), likes=n % 7)
        for n in range(200)
    ]
    with desk.db.write() as conn:
        own.add(conn, "lumen", old, batch="b", who="anna", at=now)
    found = find(desk, n=30)
    assert len(found.ideas) >= 20
    assert {s.pillar.id: s.count for s in found.shares}["brewing"] == 200
    assert {i.pillar for i in of(found, "pillar")} == {"craft", "shop"}


def test_ideas_differ_in_subject_account_and_angle(desk: World) -> None:
    found = find(desk, n=6)
    assert {i.account for i in found.ideas} == {"sandbox:main", "sandbox:cn"}
    assert len({i.angle for i in found.ideas}) >= 4
    assert len({i.what for i in found.ideas}) == 6


def test_a_full_calendar_has_no_room(desk: World) -> None:
    for day in range(3):
        for time in PLAN.times:
            on = date(2026, 11, 22) + timedelta(days=day)
            planned(desk, f"Number {day} at {time}: tea.", f"{on}T{time}")
    found = find(desk, account="sandbox:main", days=3)
    assert found.ideas == ()
    assert any("No posting time of sandbox:main is free" in n for n in found.notes)


@pytest.mark.parametrize("days", [0, 93])
def test_days_are_bounded(desk: World, days: int) -> None:
    with pytest.raises(BadInput):
        find(desk, days=days)


def test_an_account_that_is_none(desk: World) -> None:
    with pytest.raises(NotFound, match="sandbox:nobody"):
        find(desk, account="sandbox:nobody")


def test_a_moved_post_frees_its_time(desk: World) -> None:
    draft = planned(desk, "Come to the shop.", "2026-11-22T18:30")
    assert "2026-11-22T18:30" not in {i.at for i in find(desk, account="sandbox:main", n=30).ideas}
    schedule.reschedule(desk.desk, draft, "2026-12-20T18:30", "anna")
    assert "2026-11-22T18:30" in {i.at for i in find(desk, account="sandbox:main", n=30).ideas}


# --- wording -----------------------------------------------------------------------------------------------


def lines(messages: Any) -> dict[str, str]:
    """Return what was asked: the first line of each idea, by id."""
    rows = [row.partition(": ") for row in messages[-1].text.splitlines() if not row.startswith(" ")]
    return {name: text for name, _, text in rows if name.startswith("i") and name[1:].isdigit()}


def use(desk: World, *script: Any, embedded: bool = False) -> ScriptedChatModel:
    scripted = ScriptedChatModel(script=list(script))
    abilities = Abilities(True, True, ("en", "zh"))
    desk.app.use_model(ConnectedModel("fake", "", "native", abilities, lambda: scripted, embedded=embedded))
    return scripted


def test_the_model_words_what_and_nothing_else(desk: World) -> None:
    def answer(messages: Any) -> Any:
        return call(
            "word_ideas", ideas=[{"id": k, "what": f"In other words: {v}"[:150]} for k, v in lines(messages).items()]
        )

    plain = find(desk, account="sandbox:main", n=4)
    use(desk, answer)
    found = find(desk, account="sandbox:main", n=4, with_model=True, who="anna")
    assert [i.what[:15] for i in found.ideas] == ["In other words:"] * 4
    assert [replace(i, what="", worded=False) for i in found.ideas] == [
        replace(i, what="", worded=False) for i in plain.ideas
    ]
    assert found.model == "fake"


def test_what_a_model_makes_up_is_not_taken(desk: World) -> None:
    def lying(messages: Any) -> Any:
        bad = ["Come: 20 % off all tea.", "在家泡茶", "Tea", "See https://evil.example for the shop tea brewing"]
        return call("word_ideas", ideas=[{"id": k, "what": bad[n % 4]} for n, k in enumerate(lines(messages))])

    plain = find(desk, account="sandbox:main", n=4)
    use(desk, lying, lying)
    found = find(desk, account="sandbox:main", n=4, with_model=True, who="anna")
    assert [i.what for i in found.ideas] == [i.what for i in plain.ideas]
    assert any("4 of 4 are worded by code" in n for n in found.notes)


def test_without_a_model_code_words_them_and_says_so(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> ConnectedModel:
        raise ModelUnavailable("It does not answer.")

    monkeypatch.setattr(desk.app, "model", gone)
    found = find(desk, with_model=True, who="anna")
    assert len(found.ideas) == 10
    assert any("Worded by code" in n and "It does not answer." in n for n in found.notes)
    assert found.model == ""


def test_a_day_is_kept_where_its_country_s_time_is() -> None:
    new_york = Account("sandbox", "us", "lumen-us.sandbox", "en", "America/New_York")
    berlin = Account("sandbox", "de", "lumen-de.sandbox", "de", "Europe/Berlin")
    [boxing] = [d for d in calendar.days(["GB"], date(2026, 12, 26), date(2026, 12, 26)) if d.country == "GB"]
    assert reasons.concerned(boxing, [new_york, LONDON, SHANGHAI]) == [LONDON]
    # Where nobody is in the country, the language decides; else it is everybody's.
    assert reasons.concerned(boxing, [berlin, SHANGHAI]) == [berlin]
    assert reasons.concerned(boxing, [SHANGHAI]) == [SHANGHAI]
