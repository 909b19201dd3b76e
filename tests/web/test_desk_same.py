"""What the desk reads in a few statements is what reading one by one finds."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.insight import cloud, spike
from bot.store import api, comments, drafts, readings, results, reviewing, waiting
from bot.store import report as week_rows
from bot.store.tables import event
from bot.surfaces.web.places import behind, cursor
from bot.workflow import card, cards
from bot.writing import report, weeks
from tests.bench import desk_rows, desk_seed
from tests.bench.desk_visit import Visitor
from tests.web.served import Browser
from tests.web.test_review_queue import shown
from tests.world import World

Opens = Callable[..., Browser]
BRAND = desk_rows.BRAND


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("same")
    desk_seed.fill(folder / "desk.db", 6000)
    made = desk_seed.app(f"sqlite:///{folder / 'desk.db'}", folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def visitor(app: App) -> Iterator[Visitor]:
    made = Visitor(app)
    yield made
    made.close()


def all_done(app: App) -> list[str]:
    """Look at every draft by itself."""
    found = []
    with app.db.read() as conn:
        still = set(reviewing.opened(conn, BRAND))
        after = None
        while some := api.drafts(conn, BRAND, "", after, 100):
            found += [draft.id for draft, _ in some if draft.id not in still]
            after = (some[-1][0].created, some[-1][0].id)
    return found


def test_done_is_turned_there_and_back(app: App) -> None:
    whole = all_done(app)
    assert len(whole) > 600
    there, after = list[str](), None
    with app.db.read() as conn:
        while some := reviewing.done(conn, BRAND, 50, after=after):
            there += some
            last = drafts.get(conn, some[-1])
            after = (last.created, last.id)
        back, before = list[str](), after
        while some := reviewing.done(conn, BRAND, 50, before=before):
            back[:0] = some
            first = drafts.get(conn, some[0])
            before = (first.created, first.id)
    assert there == whole
    assert back == whole[:-1]


def test_done_on_the_page(app: App, visitor: Visitor) -> None:
    import re

    whole, pages, address = all_done(app), list[list[str]](), "/?show=done"
    for _ in range(5):
        page = visitor.get(address).text
        pages.append(shown(page))
        address = "/?" + re.findall(r'rel="next" href="/\?([^"]+)"', page)[0].replace("&amp;", "&")
    assert [i for page in pages for i in page] == whole[:250]
    for n in (3, 2, 1, 0):
        address = "/?" + re.findall(r'rel="prev" href="/\?([^"]+)"', page)[0].replace("&amp;", "&")
        page = visitor.get(address).text
        assert shown(page) == pages[n], n
    assert 'rel="prev"' not in page
    for wrong in ("x", "%3Cb%3E", "A" * 300, "MDAwMS0wMS0wMVQwMDowMDowMCsyMzowMHxk"):
        assert shown(visitor.get(f"/?show=done&after={wrong}").text) == whole[:50]


def test_lists_of_the_api_go_on_where_they_ended(app: App, visitor: Visitor) -> None:
    for path in ("drafts", "posts", "comments"):
        found, at, pages = list[str](), "", 0
        while at is not None and pages < 10:
            page = visitor.get(f"/api/v1/{path}?limit=60&cursor={at}").json()
            found += [one["id"] for one in page["items"]]
            at, pages = page["next"], pages + 1
        assert len(found) == len(set(found)) == 600
        times = [one.get("created") or one["at"] for one in page["items"] if "created" in one or "at" in one]
        assert times == sorted(times, reverse=True)


def test_a_cursor_names_a_place() -> None:
    at = datetime(2026, 11, 22, 9, 0, 0, 5, tzinfo=UTC)
    assert behind(cursor(at, "d_1|2")) == (at, "d_1|2")
    assert behind("") is None


def test_cards_together_are_the_cards(app: App) -> None:
    with app.db.read() as conn:
        ids = [*reviewing.opened(conn, BRAND)[:30], *reviewing.done(conn, BRAND, 60)]
        random.Random(1).shuffle(ids)
        assert cards.of_drafts(app.desk, conn, ids) == [card.card(app.desk, conn, i) for i in ids]


def test_weeks_without_texts_are_the_same_weeks(app: App) -> None:
    first = date(2026, 11, 2)
    whole, light = (weeks.weeks(app, 6, first=first, texts=texts) for texts in (True, False))
    there = [e for one in whole for d in one.days for e in d.entries]
    assert len(there) > 20
    with app.db.read() as conn:
        texts = reviewing.first_texts(conn, [e.id for e in there])
    for a, b in zip(whole, light, strict=True):
        told = [[replace(e, text=e.text or texts[e.id]) for e in d.entries] for d in b.days]
        assert told == [list(d.entries) for d in a.days]
        assert a.open == b.open
    # And each as its own card has it.
    with app.db.read() as conn:
        for e in there:
            one = card.card(app.desk, conn, e.id)
            made = [p for p in one.posts if p.version == e.version]
            assert (e.at, e.parts) == (made[0].due if made else one.due, len(one.version.content.parts))
            assert e.text == one.version.content.parts[0].text


def test_the_calendar_of_the_api_in_pages(app: App, visitor: Visitor) -> None:
    whole = {one.account.key: one for one in weeks.weeks(app, 5)}
    items, at = [], ""
    while at is not None:
        page = visitor.get(f"/api/v1/calendar?weeks=5&limit=3&cursor={at}").json()
        assert len(page["items"]) <= 3
        items, at = items + page["items"], page["next"]
    assert len(items) == 5 * len(whole)
    for key, one in whole.items():
        mine = [item for item in items if item["account"] == key]
        assert [item["monday"] for item in mine] == [d.on.isoformat() for d in one.days[::7]]
        assert [d["on"] for item in mine for d in item["days"]] == [d.on.isoformat() for d in one.days]
        assert [e["id"] for item in mine for d in item["days"] for e in d["entries"]] == [
            e.id for d in one.days for e in d.entries]  # fmt: skip
        assert [len(item["open"]) for item in mine] == [len(one.open), 0, 0, 0, 0]
    assert visitor.get("/api/v1/calendar?account=sandbox:us").json()["items"][0]["account"] == "sandbox:us"
    assert visitor.get("/api/v1/calendar?account=sandbox:nobody").status_code == 404
    assert visitor.get("/api/v1/calendar?cursor=x").status_code == 422


def test_newest_counts_are_the_newest_readings(app: App) -> None:
    now = desk_rows.NOW
    with app.db.read() as conn:
        found = results.newest(conn, BRAND, now - timedelta(days=300), now, most=200)
        assert len(found) > 50
        for one in found[::7]:
            rows: dict[int, dict[str, object]] = {}
            for row in readings.of_post(conn, one.post):
                rows[row["n"]] = row
            assert one.age == max((row["age"] for row in rows.values()), default=0)
            assert one.likes == (sum(row["likes"] for row in rows.values()) if rows else None)
            assert one.views == max((row["views"] for row in rows.values()), default=None)


def test_a_week_long_ago_has_its_own_posts(app: App) -> None:
    """Not those of the newest: they are of other weeks."""
    old = report.report(app, "2025-W40")
    assert old.published > 0
    assert (old.results["likes"] or 0) > 0
    assert old.best


def test_live_posts_of_a_stretch_have_the_counts_of_their_parts(app: App) -> None:
    until = desk_rows.NOW - timedelta(days=100)
    since = until - timedelta(days=120)
    with app.db.read() as conn:
        found = results.live(conn, BRAND, since, until, 9999)
        rows = [r for r in readings.live_posts(conn, BRAND, limit=99_999) if since <= r["live_at"] < until]
        told = readings.latest(conn, [r["post"] for r in rows])
    assert [(p.post, p.draft, p.account, p.at) for p in found] == [
        (r["post"], r["draft"], r["account"], r["live_at"]) for r in rows]  # fmt: skip
    assert len(found) > 100
    assert any(p.parts > 1 for p in found)
    for one in found:
        slow = told[one.post]
        assert one.read
        assert (one.likes, one.replies, one.reposts, one.views) == (
            slow.likes, slow.replies, slow.reposts, slow.views)  # fmt: skip


def test_troubles_of_a_week_are_those_of_the_record(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.db.read() as conn:
        lines = conn.execute(select(event.c.at, event.c.subject, event.c.now).where(event.c.subject.like("part:%")))
        told = [(at, subject.removeprefix("part:").split("/")[0], now) for at, subject, now in lines]
    total = 0
    for weeks_ago, near in ((0, 1), (8, 30), (30, 500), (70, 100_000)):
        monkeypatch.setattr("bot.store.report.NEAR", near)
        until = desk_rows.NOW - timedelta(weeks=weeks_ago)
        since = until - timedelta(weeks=20)
        with app.db.read() as conn:
            found = week_rows.troubled(conn, BRAND, since, until)
        for state, n in found.items():
            assert n == len({post for at, post, now in told if since <= at < until and now == state.value}), state
        total += sum(found.values())
    assert total > 1


def test_comments_that_wait_are_counted_one_by_one(app: App) -> None:
    now = desk_rows.NOW
    with app.db.read() as conn:
        every = comments.recent(conn, BRAND, None, limit=None)
        for account in ("", "sandbox:us"):
            slow = [e for e in every if e.state.value in comments.OPEN and not e.aside and not e.deleted
                    and not (e.snoozed and e.snoozed > now) and account in ("", e.comment.account)]  # fmt: skip
            assert 0 < waiting.wait_now(conn, BRAND, now, account) == len(slow) <= waiting.COUNTED


# --- figures that were once counted in another way ------------------------------------------------------------


def slow_usual(past: Mapping[datetime, tuple[int, int]], now: datetime, which: int) -> tuple[float, float]:
    first = min(past, default=now)
    hours = [spike.hour_of(now) - timedelta(hours=n) for n in range(2, spike.WEEKS * 168)]
    known = [at for at in hours if at >= spike.hour_of(first)]
    same = [at for at in known if (at.weekday(), at.hour) == (now.weekday(), now.hour)]
    if len(known) < spike.FEWEST:
        return 2.0, 2.0
    values = [past.get(at, (0, 0))[which] for at in (same if len(same) >= 4 else known)]
    middle = statistics.median(values)
    away = statistics.median(abs(v - middle) for v in values)
    return middle, max(1.4826 * away, max(middle, 1.0) ** 0.5)


def test_what_is_usual_is_found_by_steps_of_a_week() -> None:
    pick, now = random.Random(4), datetime(2026, 11, 22, 9, 40, tzinfo=UTC)
    for known in (0, 1, 30, 49, 50, 51, 200, 700, 840, 1300, 1343, 1344, 1345, 1400):
        for share in (0.05, 1.0):
            counts = {
                spike.hour_of(now) - timedelta(hours=n): (pick.randrange(40), pick.randrange(20))
                for n in range(1, known + 1) if pick.random() < share
            }  # fmt: skip
            past = {at: pair for at, pair in counts.items() if at < now - timedelta(hours=1)}
            found = spike.spike({**counts, now: (400, 300)}, now, 0.0)
            assert found is not None
            assert (found.usual, found.usual_negative) == (slow_usual(past, now, 0)[0], slow_usual(past, now, 1)[0])
            spread = slow_usual(past, now, 1)[1]
            assert found.times_negative == round((300 - found.usual_negative) / spread, 1)


def test_a_cloud_counts_each_word_once_a_comment() -> None:
    pick, words = random.Random(2), "kettle teapot oolong parcel broken lovely".split()
    said = [(" ".join(pick.choices(words, k=5)), "en", pick.choice(["negative", "positive", "neutral"]))
            for _ in range(60)]  # fmt: skip
    slow: dict[str, Counter[str]] = {}
    for text, _, mood in said:
        for word in set(text.split()):
            slow.setdefault(word, Counter())[mood] += 1
    found = cloud.words(said)
    assert {w.word: w.moods for w in found} == slow
    assert [(w.n, w.word) for w in found] == sorted(((c.total(), w) for w, c in slow.items()),
                                                    key=lambda p: (-p[0], p[1]))  # fmt: skip


def test_sign_several_goes_on_until_it_has_enough(desk: World, browser: Opens) -> None:
    from bot.domain.policy import ApprovalPolicy
    from tests.web.test_review_queue import TOGETHER, many
    from tests.world import brand

    made = many(desk, 60)
    desk.learn(brand(), ApprovalPolicy((TOGETHER,)))
    page = browser("li").get("/together").text
    import re

    ticked = re.findall(r'name="one-(\w+)"', page)
    assert len(ticked) == 20
    assert set(ticked) <= set(made)
    assert "More follow when these are signed." in page
