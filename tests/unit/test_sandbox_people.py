"""The people of the sandbox: what they say, when, in which language; the crisis; what they change and take back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.checks.text import visible
from bot.clock import FixedClock
from bot.domain.brand import Account
from bot.platforms.base import Context, Cursor
from bot.platforms.sandbox import Sandbox
from bot.store.db import Database
from bot.store.sandbox import SandboxNetwork
from bot.store.sandbox_personas import BY_HANDLE, PEOPLE
from bot.store.tables import metadata

BRAND = "main.sandbox"
LATER = timedelta(hours=12)


@pytest.fixture
def net(database_url: str, clock: FixedClock) -> Iterator[SandboxNetwork]:
    db = Database(database_url)
    metadata.create_all(db.engine)
    yield SandboxNetwork(db, clock)
    db.close()


def adapter(net: SandboxNetwork, clock: FixedClock, **settings: str) -> Sandbox:
    context = Context(Account("sandbox", "main"), clock, vault=None, media=None, sandbox=net)  # type: ignore[arg-type]
    return Sandbox(context, settings)


def chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def test_everybody_has_words_a_mood_and_a_handle_of_their_own() -> None:
    assert len(PEOPLE) >= 12
    assert len({p.id for p in PEOPLE}) == len({p.handle for p in PEOPLE}) == len(PEOPLE)
    assert {tuple(p.says) for p in PEOPLE} == {("en", "zh"), ("en",), ("zh",)}
    for person in PEOPLE:
        for language, lines in person.says.items():
            assert len(set(lines)) == len(lines) >= 3
            if person.id != "injector":
                assert all(chinese(line) is (language == "zh") for line in lines)


def test_people_speak_the_language_of_the_post_and_no_two_posts_get_the_same(
    net: SandboxNetwork, clock: FixedClock
) -> None:
    sets = set()
    for n in range(50):
        post = net.post(BRAND, "The same words each time", language="zh-Hans" if n % 2 else "en")
        assert post is not None
    net.tick(clock.now() + LATER)
    said: dict[str, list[tuple[str, str]]] = {}
    for one in net.comments(BRAND, 0, 10_000):
        if one.kind == "mention":
            continue
        root = net.get(one.root_id or one.quote_id)
        assert root is not None
        assert one.language == ("zh" if root.language == "zh-Hans" else "en")
        if BY_HANDLE[one.account].id != "injector":
            assert chinese(one.text) is (one.language == "zh")
        said.setdefault(root.id, []).append((one.account, one.text))
    for lines in said.values():
        sets.add(tuple(sorted(lines)))
    assert len(sets) == len(said) > 45
    assert {who for lines in said.values() for who, _ in lines} == set(BY_HANDLE)


def test_they_reply_mention_and_quote_and_a_bot_is_a_bot(net: SandboxNetwork, clock: FixedClock) -> None:
    for n in range(40):
        net.post(BRAND, f"Post {n}")
    net.tick(clock.now() + LATER)
    items = adapter(net, clock).comments(None, 1000).items
    kinds = Counter(item.kind for item in items)
    assert min(kinds[kind] for kind in ("reply", "mention", "quote")) >= 3
    assert {item.author.handle for item in items if item.author.bot} == {"lookup.bot.sandbox"}
    assert {item.author.name for item in items} >= {"Ada", "gao_1337", "Signoff Support"}
    assert all(item.parent_id == item.root_id == "" for item in items if item.kind != "reply")
    # Oldest first also in time, though all of them came in with one tick.
    assert [item.at for item in items] == sorted(item.at for item in items)


def test_the_injector_hides_orders_and_they_are_made_visible(net: SandboxNetwork, clock: FixedClock) -> None:
    for n in range(110):
        net.post(BRAND, f"Post {n}", language="en" if n % 2 else "zh")
    net.tick(clock.now() + LATER)
    said = [c.text for c in net.comments(BRAND, 0, 10_000) if c.account == "hana.helper.sandbox"]
    for form in ("\u200b", "\U000e0053", "[SYSTEM]", "【系统消息】", "> ", "</comment>", "API_KEY", "忽略"):
        assert any(form in text for text in said), form
    assert any("⟨U+E0053⟩" in visible(text) for text in said)


def test_what_is_changed_or_taken_back_is_read_so_and_never_twice(net: SandboxNetwork, clock: FixedClock) -> None:
    for n in range(40):
        net.post(BRAND, f"Post {n}")
    sandbox, cursor, read = adapter(net, clock), None, list[str]()
    for minutes in range(0, 720, 15):
        net.tick(clock.at + timedelta(minutes=minutes))
        page = sandbox.comments(cursor, 1000)
        read += [c.remote_id for c in page.items if c.author.handle == "mei.waverer.sandbox"]
        cursor = page.cursor
    assert len(read) == len(set(read)) > 8
    found = [post for post_id in read if (post := net.get(post_id))]
    assert all(post.text.startswith("Edit: ") for post in found if post.edited)
    assert sum(post.edited is not None for post in found) > 3
    gone = {post.id for post in found if post.deleted}
    assert 0 < len(gone) < len(found)
    assert gone.isdisjoint(c.remote_id for c in sandbox.comments(None, 1000).items)


def test_who_gets_an_answer_comes_back_about_the_same_order(net: SandboxNetwork, clock: FixedClock) -> None:
    for n in range(40):
        net.post(BRAND, f"Post {n}")
    net.tick(clock.now() + LATER)
    asked = [c for c in net.comments(BRAND, 0, 10_000) if c.account == "dia.complains.sandbox" and "A-" in c.text]
    for one in asked:
        net.post(BRAND, "We are sorry. Which order is it?", parent_id=one.id)
    net.tick(clock.now() + 2 * LATER)
    back = [
        c for c in net.comments(BRAND, 0, 10_000) if c.account == "dia.complains.sandbox" and c.root_id != c.parent_id
    ]
    assert back
    for one in back:
        before = next(a for a in asked if a.root_id == one.root_id)
        number = "A-" + before.text.partition("A-")[2][:5]
        assert number in one.text or "A-" not in one.text


def test_processes_that_tick_at_once_make_everything_once(
    net: SandboxNetwork, clock: FixedClock, tmp_path: Path
) -> None:
    db = Database(f"sqlite:///{tmp_path / 'alone.db'}")
    metadata.create_all(db.engine)
    alone = SandboxNetwork(db, FixedClock())
    for n in range(10):
        alone.post(BRAND, f"Post {n}")
        net.post(BRAND, f"Post {n}")
    wanted = alone.tick(clock.at + LATER)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: net.tick(clock.at + LATER), range(4))) == wanted
    assert net.tick(clock.at + LATER) == 0
    heard = [[(c.id, c.text) for c in one.comments(BRAND, 0, 10_000)] for one in (alone, net)]
    assert sorted(heard[0]) == sorted(heard[1])
    db.close()


def test_a_worker_that_was_away_for_a_week_finds_everything(net: SandboxNetwork, clock: FixedClock) -> None:
    net.tick()
    for n in range(10):
        net.post(BRAND, f"Post {n}")
    clock.sleep(7 * 86_400)
    assert net.tick() > 20


def test_hours_that_pass_add_up(net: SandboxNetwork, clock: FixedClock) -> None:
    net.post(BRAND, "Hello")
    before = net.present()
    net.pass_time(2)
    net.pass_time(3)
    assert net.present() - before == timedelta(hours=5)
    assert clock.at == before


# --- crisis ------------------------------------------------------------------------------------------------


def test_a_crisis_grows_has_its_height_and_falls(net: SandboxNetwork, clock: FixedClock) -> None:
    net.post(BRAND, "Our new tea", language="en")
    net.begin_crisis(BRAND, "lead in the tins", hours=12, size=120)
    per_hour = []
    for _ in range(13):
        clock.sleep(3600)
        before = len([c for c in net.comments(BRAND, 0, 10_000) if "lead in the tins" in c.text])
        net.tick()
        per_hour.append(len([c for c in net.comments(BRAND, 0, 10_000) if "lead in the tins" in c.text]) - before)
    assert sum(per_hour) == 120
    top = per_hour.index(max(per_hour))
    assert 5 <= top <= 9
    assert per_hour[0] < per_hour[3] < per_hour[top] > per_hour[10] > per_hour[12] == 0
    said = [c for c in net.comments(BRAND, 0, 10_000) if "lead in the tins" in c.text]
    assert {c.kind for c in said} == {"reply", "mention"}
    assert len({c.account for c in said}) > 100
    net.tick(clock.now() + timedelta(days=1))
    assert len([c for c in net.comments(BRAND, 0, 10_000) if "lead in the tins" in c.text]) == 120


def test_a_crisis_is_the_same_in_the_same_world_and_can_be_ended(tmp_path: Path) -> None:
    worlds = []
    for name in ("one", "two"):
        clock, db = FixedClock(), Database(f"sqlite:///{tmp_path / name}.db")
        metadata.create_all(db.engine)
        net = SandboxNetwork(db, clock)
        net.begin_crisis(BRAND, "召回", language="zh-Hans", hours=10, size=50)
        net.tick(clock.at + timedelta(hours=5 if name == "one" else 3))
        if name == "two":
            net.tick(clock.at + timedelta(hours=5))
        worlds.append([(c.account, c.text, c.arrived) for c in net.comments(BRAND, 0, 999)])
        assert all(chinese(text) and "召回" in text and f"@{BRAND}" in text for _, text, _ in worlds[-1])
        clock.sleep(5 * 3600)
        assert net.end_crisis(BRAND) == 1
        assert net.tick(clock.at + timedelta(hours=9)) == 0
        assert net.end_crisis(BRAND) == 0
        db.close()
    assert worlds[0] == worlds[1]
    assert 10 < len(worlds[0]) < 40


# --- who is spoken to --------------------------------------------------------------------------------------


def test_a_handle_that_begins_alike_is_another_account(net: SandboxNetwork, clock: FixedClock) -> None:
    for n in range(7):
        net.post("ada.fan.sandbox", f"{n} @{BRAND}-cn and x@{BRAND} and @{BRAND}.other")
    meant = [net.post("ada.fan.sandbox", text) for text in (f"Hi @{BRAND}.", f"你好@{BRAND}，在吗", f"@{BRAND}")]
    found = adapter(net, clock).comments(None, 2)
    assert [c.remote_id for c in found.items] == [post.id for post in meant[:2] if post]
    assert found.more
    [last] = adapter(net, clock).comments(found.cursor, 2).items
    assert meant[2] is not None
    assert last.remote_id == meant[2].id


def test_a_quote_of_what_is_gone_is_refused_and_one_of_ours_is_heard(net: SandboxNetwork, clock: FixedClock) -> None:
    ours = net.post(BRAND, "Hello")
    assert ours is not None
    net.post("kite.tea.sandbox", "Look at them", quote_id=ours.id)
    [heard] = adapter(net, clock).comments(Cursor("0")).items
    assert (heard.kind, heard.parent_id, heard.text) == ("quote", "", "Look at them")
    net.delete(BRAND, ours.id)
    assert net.post("kite.tea.sandbox", "Again", quote_id=ours.id) is None
