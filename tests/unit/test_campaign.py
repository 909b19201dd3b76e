"""Campaigns: a plan with times that code chose, and a draft for each post that waits for its own signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.agent.models import Abilities, ConnectedModel
from bot.agent.scripted import ScriptedChatModel, call
from bot.clock import FixedClock
from bot.domain.draft import DraftState, Window
from bot.domain.editorial import Plan, Tagging
from bot.errors import BadInput, ModelError, NotAllowed, NotFound
from bot.store import drafts
from bot.workflow import schedule
from bot.writing import campaign, campaign_plan, documents, slots
from bot.writing.campaign import Outline
from memory.base import MemoryItem
from memory.in_memory import InMemory
from tests.unit.test_ideas import FACTS, PLAN, brand
from tests.world import World

MAIN, CN = "sandbox:main", "sandbox:cn"
BRIEF = "Bring people to the winter tastings"
IDEAS = (
    ("tease", "Ask which tea people drink on a cold evening"),
    ("show", "How to brew oolong: 95 °C water, 40 seconds"),
    ("answer", "How many seats a tasting in the shop has: twelve"),
)
TEXTS = (
    "It is dark at four, and the kettle is on. What is in your cup tonight?",
    "Water at 95 °C, forty seconds, and an oolong opens up.",
    "Twelve seats stand around our table. One of them could be yours.",
    "Leaves from Anxi, a family that has made them for long.",
)


CHINESE = (
    "天黑得早了，今晚你的杯子里是什么茶？",
    "水温95 °C，四十秒，乌龙就醒了。",
    "店里的品茶会有十二个座位，其中一个等着您。",
)


@pytest.fixture
def desk(world: World) -> World:
    memory = InMemory()
    memory.learn("lumen", "1", [MemoryItem(r.id, r.text, kind=r.kind.value, language=r.language) for r in FACTS])
    world.app.__dict__["memory"] = memory
    world.learn(brand())
    return world


class Writer:
    """Answers by what is asked: the plan, or the post on one of its ideas, as often as it is asked."""

    def __init__(
        self, ideas: Sequence[tuple[str, str]], texts: Sequence[Any], chinese: Sequence[str] = CHINESE
    ) -> None:
        self.ideas, self.texts, self.chinese = ideas, list(texts), chinese
        #: What was asked for each post, in order.
        self.asked: list[tuple[int, str]] = []

    def __call__(self, messages: list[Any]) -> Any:
        whole = "\n".join(m.text for m in messages)
        if "Plan the campaign" in messages[0].text:
            slots_ = [{"step": step, "idea": idea} for step, idea in self.ideas]
            return call(
                "write", citations=[], title="Winter tastings", goal="People come to the winter tastings.",
                audience="People near the shop", message="Come to the winter tastings.", slots=slots_,
            )  # fmt: skip
        n = next((n for n, (_, idea) in enumerate(IDEAS) if idea in whole), None)
        if n is None:
            return ModelError("That is nothing I know.")  # such as a translation back
        self.asked.append((n, whole))
        account = CN if f'"{CN}"' in whole or CN in whole else MAIN
        text = self.chinese[n] if account == CN else self.texts[n]
        return text if isinstance(text, Exception) else call("draft_post", account=account, citations=[], parts=[text])


def use(desk: World, texts: Sequence[Any] = TEXTS, ideas: Sequence[tuple[str, str]] = IDEAS) -> Writer:
    writer = Writer(ideas, texts)
    scripted = ScriptedChatModel(script=[writer] * 60)
    abilities = Abilities(True, True, ("en", "zh"))
    desk.app.use_model(ConnectedModel("scripted", "", "native", abilities, lambda: scripted))
    return writer


def begin(desk: World, texts: Sequence[Any] = TEXTS, **given: Any) -> campaign.Campaign:
    use(desk, texts)
    return campaign.plan(desk.app, BRIEF, "anna", Outline(**{"accounts": (MAIN,), "posts": 3, **given}))


def test_a_campaign_is_a_plan_and_a_draft_for_each_post(desk: World) -> None:
    made = begin(desk)
    assert [p.failed for p in made.places] == ["", "", ""]
    document = documents.find(desk.app, made.document.id[:10])
    assert document == made.document
    assert document.id.partition("-")[2] == "winter-tastings-2026-11"
    with desk.db.read() as conn:
        found = drafts.series(conn, document.id)
    assert [(d.kind, d.account, v.state) for d, v in found] == [("post", MAIN, DraftState.IN_REVIEW)] * 3
    assert len({d.angle for d, _ in found}) == 3
    assert [v.content.parts[0].text.split("\n")[0][:20] for _, v in found] == [t[:20] for t in TEXTS[:3]]
    assert [v.content.window.wall for _, v in found] == [s["at"][MAIN]["wall"] for s in document.body["slots"]]


def test_the_document_says_goal_measure_times_and_where_drafts_stand(desk: World) -> None:
    made = begin(desk)
    with desk.db.read() as conn:
        first, second, _ = [v for _, v in drafts.series(conn, made.document.id)]
    desk.approve(first)
    schedule.cancel(desk.desk, second.draft_id, "anna")
    shown = documents.markdown(desk.app, made.document)
    for said in (
        "# Winter tastings",
        "**Goal**: People come",
        "**For whom**",
        "**Measure of success**: Likes, replies",
    ):
        assert said in shown
    assert f"{first.draft_id}, signed off" in shown
    assert "no draft" in shown.split("- 2. ")[1].split("\n")[0]
    assert f"`signoff campaign {made.document.id} --post 2`" in shown


def test_times_are_free_spread_apart_and_in_each_account_s_zone(desk: World) -> None:
    busy = desk.draft("The shop is open.", window=Window("2026-11-25T09:00", "Europe/London"))
    made = begin(desk, accounts=(MAIN, CN))
    assert [(p.n, p.account) for p in made.places] == [(n, a) for n in (1, 2, 3) for a in (MAIN, CN)]
    for key, zone in ((MAIN, "Europe/London"), (CN, "Asia/Shanghai")):
        mine = [p for p in made.places if p.account == key]
        assert {p.zone for p in mine} == {zone}
        at = [datetime.fromisoformat(p.at).replace(tzinfo=ZoneInfo(zone)) for p in mine]
        assert all(b - a >= timedelta(hours=20) for a, b in pairwise(at))
        assert at[0] >= desk.clock.now() + slots.LEAD
        assert at[-1] - at[0] >= timedelta(days=5)  # the whole week is used
        assert all(p.at[11:] in PLAN.times for p in mine)
    assert busy.content.window.wall not in {p.at for p in made.places if p.account == MAIN}


def test_posts_are_spread_over_the_days_from_the_start(desk: World) -> None:
    made = begin(desk, days=3, start=date(2026, 12, 1))
    assert [p.at[:10] for p in made.places] == ["2026-12-01", "2026-12-02", "2026-12-03"]


def test_no_post_of_a_campaign_is_placed_on_a_day_of_mourning(desk: World) -> None:
    assert isinstance(desk.clock, FixedClock)
    desk.clock.at = datetime(2027, 4, 3, 1, 0, tzinfo=UTC)
    made = begin(desk, accounts=(CN,), days=5, language="en")
    assert "2027-04-05" not in {p.at[:10] for p in made.places}


def test_a_calendar_without_room_says_how_much_there_is(desk: World) -> None:
    with pytest.raises(BadInput, match="Free times of sandbox:main in 1 days: 1; posts to go out: 5"):
        begin(desk, posts=5, days=1)


@pytest.mark.parametrize(("posts", "days"), [(1, 7), (8, 7), (3, 0), (3, 61)])
def test_posts_and_days_are_bounded(desk: World, posts: int, days: int) -> None:
    with pytest.raises(BadInput, match="cannot be planned"):
        begin(desk, posts=posts, days=days)


def test_a_start_that_is_past_and_accounts_that_are_none(desk: World) -> None:
    with pytest.raises(BadInput, match="2026-11-21 is past"):
        begin(desk, start=date(2026, 11, 21))
    with pytest.raises(NotFound, match="sandbox:nobody"):
        begin(desk, accounts=("sandbox:nobody",))


def test_the_schema_asks_for_as_many_posts_as_a_person_wants() -> None:
    from bot.agent import kinds

    kind = campaign_plan.sized(kinds.load("campaign"), 6)
    assert kind.field("slots").items == (6, 6)  # type: ignore[union-attr]
    assert kinds.load("campaign").field("slots").items == (3, 7)  # type: ignore[union-attr]


def test_a_post_that_fails_is_named_and_can_be_drafted_again(desk: World) -> None:
    made = begin(desk, [TEXTS[0], ModelError("The language model went away."), TEXTS[2]])
    assert [(p.n, bool(p.draft)) for p in made.places] == [(1, True), (2, False), (3, True)]
    assert "went away" in made.places[1].failed
    use(desk)
    again = campaign.again(desk.app, made.document.id, "anna", 2)
    assert [bool(p.draft) for p in again.places] == [True, True, True]
    assert again.places[1].at == made.places[1].at
    with pytest.raises(NotAllowed, match="drafted already"):
        campaign.again(desk.app, made.document.id, "anna", 2)
    with pytest.raises(NotFound, match="no post 9"):
        campaign.again(desk.app, made.document.id, "anna", 9)


def test_a_post_drafted_too_late_goes_to_the_next_free_time(desk: World) -> None:
    made = begin(desk, [ModelError("Gone."), *TEXTS[1:]])
    first = made.places[0].at
    desk.advance(30 * 3600)
    use(desk)
    again = campaign.again(desk.app, made.document.id, "anna", 1)
    moved = again.places[0]
    assert moved.at > first
    assert datetime.fromisoformat(moved.at).replace(tzinfo=ZoneInfo(moved.zone)) > desk.clock.now()
    others = [datetime.fromisoformat(p.at) for p in again.places[1:]]
    assert all(abs(datetime.fromisoformat(moved.at) - o) >= slots.APART for o in others)


def test_a_message_that_repeats_another_post_is_refused(desk: World) -> None:
    made = begin(desk, [TEXTS[0], TEXTS[0], TEXTS[2]])
    assert not made.places[1].draft
    assert f"said again what {made.places[0].draft} says" in made.places[1].failed
    with desk.db.read() as conn:
        alive = [v for _, v in drafts.series(conn, made.document.id) if v.state is DraftState.IN_REVIEW]
    assert len(alive) == 2


def test_the_writer_of_a_post_is_told_what_the_others_say(desk: World) -> None:
    writer = use(desk, [TEXTS[0], TEXTS[0], TEXTS[2]])
    campaign.plan(desk.app, BRIEF, "anna", Outline((MAIN,), posts=3))
    assert any(n == 1 and "too like another version" in asked for n, asked in writer.asked)


def test_ideas_that_repeat_give_way_to_facts(desk: World) -> None:
    same = (("tease", "Come to the winter tastings in the shop"),) * 3
    use(desk, ideas=same)
    document = campaign._document(
        desk.app, desk.app.brand(), BRIEF, "anna", Outline((MAIN,), posts=3),
        campaign._times(desk.app, desk.app.brand(), [desk.app.brand().accounts[0]], Outline((MAIN,), posts=3)), None,
    )  # fmt: skip
    ideas = [s["idea"] for s in document.body["slots"]]
    assert ideas[0] == same[0][1]
    assert len(set(ideas)) == 3
    assert set(ideas[1:]) <= {r.text for r in FACTS}


def test_links_carry_the_name_of_the_campaign(desk: World) -> None:
    tagged = replace(PLAN, tagging=Tagging(links=("lumen.example",)))
    desk.learn(brand(tagged))
    made = begin(desk, [f"{t} https://lumen.example/shop" for t in TEXTS])
    with desk.db.read() as conn:
        texts = [v.content.parts[0].text for _, v in drafts.series(conn, made.document.id)]
    linked = [t for t in texts if "lumen.example" in t]
    assert linked
    assert all("utm_campaign=winter-tastings-2026-11" in t for t in linked)
    assert len({t.split("utm_content=")[1] for t in linked}) == len(linked)
    assert "utm_campaign=winter-tastings-2026-11" in made.document.body["measure"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Spring check month", "spring-check-month-2026-11"),
        ("A very long name of a campaign in winter", "a-very-long-name-of-a-2026-11"),
        ("冬日品茶会,欢迎大家一起来", "冬日品茶会-欢迎大家一起来-2026-11"),
        ("!!!", "campaign-2026-11"),
        ("Donaudampfschifffahrtsgesellschaft", "donaudampfschifffahrt-2026-11"),
    ],
)
def test_names_are_short_and_plain(title: str, name: str) -> None:
    assert campaign_plan.slug(title, "2026-11-24T09:00") == name
    assert len(name) <= 29


def test_a_brand_without_a_plan_gets_a_campaign_too(desk: World) -> None:
    desk.learn(brand(Plan()))
    made = begin(desk)
    assert {p.at[11:] for p in made.places} == set(slots.USUAL)


def test_a_plan_without_times_is_no_campaign_to_go_on_with(desk: World) -> None:
    use(desk)
    made = documents.write(desk.app, "campaign", BRIEF, "anna")
    with pytest.raises(NotFound, match="no campaign with dates"):
        campaign.standing(desk.app, made.id)
    assert "**Drafts**" not in documents.markdown(desk.app, made)
