"""Mood, results and report: what the pages say is what was heard; each picture has its table and its file."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from bot.domain.comment import Intent, Priority
from bot.domain.reading import Reading
from bot.store import comments, forgetting, mood, readings
from bot.store.comment_tables import comment
from bot.store.mood_tables import mood_hour
from bot.surfaces.web.pages.mood import midnight
from bot.surfaces.web.pages.tables import Table, as_csv
from bot.workflow import counting
from tests.web.payloads import PAYLOADS
from tests.web.served import Browser
from tests.web.test_hostile import DEEDS, TAGS, Page
from tests.web.test_inbox_page import hear, press, stands
from tests.world import World

Opens = Callable[..., Browser]
DRAWN = frozenset("svg rect text title h3 table thead tbody tr th td".split())


def file(who: Browser, page: str, table: str, **asked: str) -> list[list[str]]:
    found = who.get(page, params={**asked, "format": "csv", "table": table})
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in found.headers["content-disposition"]
    return list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))


def sums(world: World) -> Counter[str]:
    with world.db.read() as conn:
        now = world.clock.now()
        only = mood.Only(now - timedelta(days=40), now + timedelta(hours=1))
        return sum((c for _, c in mood.by_hour(conn, "lumen", only)), Counter[str]())


def told(world: World) -> Counter[str]:
    """Count the slow way, comment by comment."""
    with world.db.read() as conn:
        found = comments.recent(conn, "lumen", None, limit=None)
    return Counter(e.triage.sentiment for e in found if e.triage and not e.aside and not e.deleted)


def test_hours_are_counted_as_comments_come_change_and_go(desk: World) -> None:
    pick = random.Random(5)
    all_of_them = [hear(desk, f"Said {n}", f"p{n % 7}", pick.choice(["negative", "neutral", "positive"]),
                        hours=pick.uniform(0, 400)) for n in range(40)]  # fmt: skip
    counting.count(desk.desk)
    assert sums(desk) == told(desk)
    assert sums(desk).total() == 40
    from bot.writing import teaching

    for one in all_of_them[:6]:
        teaching.relabel(desk.app, one.id, {"sentiment": "positive"}, "li")
    with desk.db.write() as conn:
        comments.change(conn, all_of_them[8].id, desk.clock.now(), "platform", "gone", deleted=desk.clock.now())
        forgetting.forget(conn, "lumen", "sandbox", ["p3"], desk.clock.now())
    assert sums(desk) != told(desk)
    counting.count(desk.desk)
    assert sums(desk) == told(desk)
    before = sums(desk)
    with desk.db.write() as conn:
        assert mood.all_stale(conn, "lumen") > 0
        conn.execute(update(mood_hour).values(negative=99))
    counting.count(desk.desk)
    assert sums(desk) == before


def test_what_was_set_aside_or_not_read_is_not_counted(desk: World) -> None:
    one = hear(desk, "Buy followers", "bot", "positive")
    with desk.db.write() as conn:
        conn.execute(update(comment).where(comment.c.id == one.id).values(aside="spam"))
        mood.stale(conn, [one.id])
    counting.count(desk.desk)
    assert sums(desk).total() == 0


def test_the_page_and_its_files_say_the_same(desk: World, browser: Opens) -> None:
    for n in range(5):
        hear(desk, "My parcel is late", f"p{n}", aspects=(("delivery", "negative"),), hours=30)
    hear(desk, "Tasty oolong", "otto", "positive", aspects=(("taste", "positive"),), intent=Intent.PRAISE)
    hear(desk, "很好喝的茶", "茶", "positive", aspects=(("taste", "positive"),), language="zh", account="sandbox:cn")
    li = browser("li")
    page = li.get("/mood").text
    assert "Comments: 7; positive 2 (29%), neutral 0 (0%), negative 5 (71%)." in page
    days = file(li, "/mood", "days")
    assert days[0][:5] == ["Day", "negative", "neutral", "positive", "All"]
    assert len(days) == 29
    assert sum(int(row[1]) for row in days[1:]) == 5
    assert file(li, "/mood", "about")[1:] == [["delivery", "5", "0", "0", "5"], ["taste", "0", "0", "2", "2"]]
    assert ["parcel", "5", "0", "0", "5"] in file(li, "/mood", "words")
    assert file(li, "/mood", "accounts", account="sandbox:cn")[1:] == [["sandbox:cn", "0", "0", "1", "1"]]
    assert "Comments: 1; positive 1" in li.get("/mood?language=zh").text
    assert "Comments: 5;" in li.get("/mood?about=delivery").text
    assert "Comments: 7;" in li.get("/mood?days=9999&account=x&language=%3Cb%3E&from=x&to=y").text


def test_a_day_is_the_brands_own(desk: World, browser: Opens) -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    start = midnight(desk.clock.now().date(), "Europe/Berlin", desk.clock.now())
    hours = (desk.clock.now() - start).total_seconds() / 3600 - 0.5
    hear(desk, "Just after midnight", hours=hours)
    rows = file(browser("li"), "/mood", "days")
    assert [row[0] for row in rows if row[1] == "1"] == [desk.clock.now().date().isoformat()]


def test_a_storm_is_marked_and_everyday_noise_is_not(desk: World, browser: Opens) -> None:
    for n in range(60):
        hear(desk, f"Usual {n}", f"u{n}", "neutral", hours=24 * 14 - 5 * n)
    li = browser("li")
    assert all(row[6] == "" for row in file(li, "/mood", "days")[1:])
    for n in range(20):
        hear(desk, f"Awful {n}", f"a{n}", hours=48.2)
    loud = [row for row in file(li, "/mood", "days") if row[6]]
    assert len(loud) == 2  # the heading and one day
    assert "20 bad comments in the hour" in loud[1][6]


def test_no_cell_is_a_formula_to_a_spreadsheet(desk: World, browser: Opens) -> None:
    bad = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1+1", "\0=1")
    body = as_csv(Table("t", "T", ["What"], [[b] for b in bad]), "x").body
    rows = list(csv.reader(io.StringIO(bytes(body).decode("utf-8-sig"), newline="")))
    assert all(row[0].startswith("'") for row in rows[1:])
    assert as_csv(Table("t", "T", ["n"], [[-3]]), "x").body.endswith(b"-3\r\n")


def test_payloads_stay_text_in_pictures_tables_and_files(desk: World, browser: Opens, monkeypatch: pytest.MonkeyPatch
                                                        ) -> None:  # fmt: skip
    monkeypatch.setattr("tests.web.test_hostile.TAGS", TAGS | DRAWN)
    assert DEEDS
    for n, payload in enumerate(PAYLOADS[::4]):
        for _ in range(2):
            hear(desk, f"{payload} {payload}", f"h{payload}", aspects=((payload[:40], "negative"),),
                 emotion=payload[:20], reason=payload, root=f"r{n}")  # fmt: skip
    li = browser("li")
    for path in ("/mood", "/results", "/report?week=2026-W47", "/inbox?show=all"):
        assert Page(li.get(path).text).foreign == [], path
    for payload in PAYLOADS[::9]:
        asked = {"about": payload, "account": payload, "language": payload, "days": payload, "from": payload,
                 "kind": payload, "week": payload, "table": payload, "show": payload}  # fmt: skip
        for path in ("/mood", "/results", "/report", "/inbox"):
            found = li.get(path, params=asked)
            assert found.status_code in (200, 422)
            assert Page(found.text).foreign == [], (path, payload)


def went_out(world: World, body: str, likes: int | None, hours: float) -> str:
    version = world.draft(body)
    post = world.approve(version)
    world.drain()
    at = world.clock.now() - timedelta(hours=hours)
    with world.db.write() as conn:
        conn.execute(text("update post_part set live_at = :at where post_id = :id"),
                     {"at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "id": post.id})  # fmt: skip
        if likes is not None:
            due = readings.Due(post.id, 0, 24, None)  # type: ignore[arg-type]
            readings.add(conn, [(due, Reading("r", world.clock.now(), likes, 1, 0, None))], world.clock.now())
    return version.draft_id


def test_results_rank_posts_and_say_when_too_little_is_known(desk: World, browser: Opens) -> None:
    went_out(desk, "The kettle is on, come by", 40, 50)
    went_out(desk, "A note on water and time", 2, 30)
    went_out(desk, "Nobody counted this one yet", None, 2)
    li = browser("li")
    page = li.get("/results").text
    assert page.index("The kettle is on") < page.index("A note on water")
    assert "Posts that went out: 3; with counts: 2." in page
    assert "too few to say when to post" in page
    rows = file(li, "/results", "posts")
    assert [(row[3], row[4], row[8]) for row in rows[1:]] == [
        ("Nobody counted this one yet", "–", "–"), ("A note on water and time", "2", "24 h"),
        ("The kettle is on, come by", "40", "24 h"),
    ]  # fmt: skip
    hours = file(li, "/results", "hours")
    assert sum(int(row[2]) for row in hours[1:]) == 2
    assert "Nothing went out" in li.get("/results?account=sandbox:cn").text


def test_answer_times_count_working_hours_only(desk: World, browser: Opens) -> None:
    one = hear(desk, "Asked on Friday evening", hours=41)  # Friday 17:00 in Berlin
    with desk.db.write() as conn:
        conn.execute(update(comment).where(comment.c.id == one.id).values(answered=desk.clock.now(), state="answered"))
    li = browser("li")
    row = file(li, "/results", "waits")[1]
    assert row[0] == "sandbox:main"
    assert row[2:] == ["1.0", "1.0", "100%"]
    took = file(li, "/results", "took")
    assert took[0] == ["How long", "Answers", "By people", "By a rule"]
    assert [row[1:] for row in took[1:] if row[1] != "0"] == [["1", "1", "0"]]
    assert file(li, "/report", "took", week="2026-W47") == took
    assert "half were answered within this working time" in li.get("/results").text


def test_the_report_of_a_week(desk: World, browser: Opens) -> None:
    hear(desk, "My parcel is late", hours=20)
    went_out(desk, "The kettle is on, come by", 7, 30)
    li = browser("li")
    found = li.get("/report?week=2026-W47")
    assert found.status_code == 200
    for words in ("Mon 16 Nov to Sun 22 Nov", "Published: 1", "8 answers", "luggage", "the week before: 0"):
        assert words in found.text, words
    assert "/report?week=2026-W46" in found.text
    assert file(li, "/report", "days", week="2026-W47")[0][:3] == ["Day", "Drafts", "Published"]
    for wrong in ("x", "2026-W99", "2026-W60", "99999-W01"):
        assert li.get("/report", params={"week": wrong}).status_code == 422
    chinese = browser("li", "zh").get("/report?week=2026-W47").text
    assert "大家怎么说" in chinese


def test_nothing_to_show_is_said(browser: Opens) -> None:
    li = browser("li")
    for path, words in (("/mood", "No comments were read"), ("/results", "Nothing went out"),
                        ("/report", "No comments were read")):  # fmt: skip
        assert words in li.get(path).text


def test_a_second_brands_moods_are_not_shown(desk: World, browser: Opens) -> None:
    hear(desk, "Ours alone")
    counting.count(desk.desk)
    with desk.db.write() as conn:
        conn.execute(insert(mood_hour), [{"brand": "other", "name": "", "hour": "2026-11-22T05", "account": "a",
                                          "language": "en", "negative": 500, "neutral": 0, "positive": 0}])  # fmt: skip
    assert "Comments: 1;" in browser("li").get("/mood").text


@pytest.mark.parametrize("table", ["comment", "mood_hour"])
def test_pages_read_by_index(desk: World, table: str) -> None:
    """No page of the inbox looks through all comments: SQLite names the index that it takes."""
    from bot.domain.comment import Priority as Level
    from bot.store import waiting

    now = desk.clock.now()
    with desk.db.read() as conn:
        only = mood.Only(now - timedelta(days=28), now)
        queries = {
            "comment": [
                waiting._waiting("lumen", waiting.Wanted(now), Level.HIGH).limit(50),
                waiting._waiting("lumen", waiting.Wanted(now, intent="legal"), Level.HIGH).limit(50),
                waiting._waiting("lumen", waiting.Wanted(now, account="sandbox:cn"), Level.HIGH).limit(50),
                waiting._waiting("lumen", waiting.Wanted(now, assignee="li"), Level.HIGH).limit(50),
                waiting._newest("lumen", waiting.Wanted(now, "all")).limit(50),
            ],
            "mood_hour": [
                mood._summed("lumen", only, (mood.ALL,), "account"),
                mood._summed("lumen", only, ("a:delivery", "a:taste"), "name"),
            ],
        }[table]
        for query in queries:
            sql = str(query.compile(conn.engine, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in conn.execute(text("EXPLAIN QUERY PLAN " + sql.replace(":", "\\:")))]
            assert not any(line == f"SCAN {table}" for line in plan), plan
            assert not any("TEMP B-TREE FOR ORDER BY" in line for line in plan), plan


def test_an_answer_that_the_model_writes_comes_to_the_page(desk: World, browser: Opens, monkeypatch: pytest.MonkeyPatch
                                                          ) -> None:  # fmt: skip
    import time

    from bot.workflow.reply import Written

    def writer(app: object) -> Callable[..., Written]:
        return lambda brand, one, thread, rule: Written("reply", "We look for your bag now.", ("warm",))

    monkeypatch.setattr("bot.writing.replying.writer", writer)
    one, li = hear(desk, "My bag is lost", priority=Priority.HIGH), browser("li")
    assert press(li, desk, one, "suggest").status_code == 303
    for _ in range(1200):
        if stands(desk, one).draft:
            break
        time.sleep(0.05)
    assert stands(desk, one).draft
    page = li.get(f"/inbox/{one.id}").text
    assert "We look for your bag now." in page
    assert press(li, desk, one, "suggest").status_code == 403


def test_a_calendar_counts_as_hours_are_counted_one_by_one() -> None:
    from datetime import UTC, datetime, time

    from bot.domain.replies import Office
    from bot.domain.spans import Hours
    from bot.insight.office_hours import Calendar, worked

    pick = random.Random(2)
    start = datetime(2026, 3, 20, tzinfo=UTC)
    for office in (Office(), Office(days=(0, 5, 6), hours=Hours(time(22), time(6)))):
        for zone in ("Europe/Berlin", "Asia/Shanghai", "America/New_York"):
            drawn = Calendar(office, zone, start, start + timedelta(days=60))
            for _ in range(60):
                a = start + timedelta(minutes=pick.randrange(40_000))
                b = a + timedelta(minutes=pick.randrange(30_000))
                assert drawn.worked(a, b) == worked(a, b, office, zone)


def test_results_by_pillar(desk: World, browser: Opens) -> None:
    from bot.domain.editorial import Phrase, Pillar, Plan
    from tests.world import brand

    went_out(desk, "The kettle is on, come by", 40, 50)
    went_out(desk, "A second kettle for the shop", 10, 40)
    went_out(desk, "A note on parcels and postage", 2, 30)
    went_out(desk, "Something else altogether", 1, 20)
    li = browser("li")
    assert "By pillar" not in li.get("/results").text
    tea, parcels, people = ((("en", "Kettles and cups"), ("zh", "茶壶")), (("en", "Parcels"),), (("en", "People"),))
    plan = Plan(pillars=(Pillar("tea", Phrase(tea), 50), Pillar("post", Phrase(parcels)),
                         Pillar("staff", Phrase(people))))  # fmt: skip
    desk.learn(brand(plan=plan))
    assert "Which pillar a post is about is told by its words" in li.get("/results").text
    for _ in range(2):
        assert file(li, "/results", "pillars")[1:] == [
            ["Kettles and cups", "2", "50%", "50%", "26.0", "41"], ["Parcels", "1", "25%", "–", "3", "3"],
            ["People", "0", "0%", "–", "–", "–"], ["none of them", "1", "25%", "–", "2", "2"],
        ]  # fmt: skip
    # Another wording of the brand is asked anew.
    desk.learn(brand(plan=replace(plan, pillars=plan.pillars[:1])))
    assert file(li, "/results", "pillars")[2][:2] == ["none of them", "2"]


def test_what_is_cut_is_said(desk: World, browser: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        went_out(desk, f"The kettle is on, come by {n}", n, 30)
        one = hear(desk, f"Tasty {n}", hours=20)
        with desk.db.write() as conn:
            conn.execute(update(comment).where(comment.c.id == one.id).values(answered=desk.clock.now()))
    li = browser("li")
    monkeypatch.setattr("bot.surfaces.web.pages.report.ANSWERED", 2)
    monkeypatch.setattr("bot.surfaces.web.pages.report.POSTS", 3)
    monkeypatch.setattr("bot.surfaces.web.pages.mood.POSTS", 2)
    assert "Posts before the newest 2 of these days are not marked." in li.get("/mood").text
    found = li.get("/report?week=2026-W47").text
    assert "Looked at are the newest 3." in found
    assert "Looked at are the newest 2." in found
    monkeypatch.setattr("bot.writing.report._MOST", 2)
    assert "Their counts are those of the newest 2 posts of these days." in li.get("/report?week=2026-W47").text
    monkeypatch.undo()
    assert "are the newest" not in li.get("/report?week=2026-W47").text
    assert "are not marked" not in li.get("/mood").text
