"""Posts out of a CSV file: each row a draft, all or none, and a clear word about each row that cannot be used."""

from __future__ import annotations

import csv
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.checks import duplicates
from bot.checks.base import Said, Subject
from bot.domain.draft import Content, DraftState, Part
from bot.domain.editorial import Plan, WeekSlot
from bot.errors import BadInput, Stale
from bot.store import approvals, drafts, events
from bot.surfaces.cli import group
from bot.workflow import bulk, schedule, slots
from bot.writing import importing, spreadsheet
from tests.world import World, brand

HEAD = "account,when,text\n"
GOOD = (
    HEAD
    + "sandbox:main,2026-12-01 09:00,The winter oolongs are here.\nsandbox:main,2026/12/2 9:05,Come and taste them.\n"
)


def write(tmp_path: Path, text: str | bytes, name: str = "posts.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def on_the_desk(world: World) -> list[tuple[str, str, str]]:
    with world.db.read() as conn:
        found = drafts.current(conn, "lumen", limit=50)
    return sorted(
        (d.account, v.content.window.wall or "", " / ".join(p.text for p in v.content.parts)) for d, v in found
    )


def said(report: importing.Report, level: str = "error") -> list[tuple[int, str]]:
    return [(r.row, r.message) for r in report.remarks if r.level == level]


def test_a_day_without_a_time_or_too_far_away_is_a_row_that_cannot_be_used(world: World, tmp_path: Path) -> None:
    rows = "sandbox:main,2026-12-31,Tea\nsandbox:main,9999-12-31 23:59,Cake\nsandbox:main,0999-01-01 10:00,Milk\n"
    report = importing.read(world.app, write(tmp_path, HEAD + rows), "anna")
    assert said(report) == [
        (2, "'2026-12-31' names a day without a time."),
        (3, "'9999-12-31 23:59' is too far away."),
        (4, "'0999-01-01 10:00' is too far away."),
    ]
    assert on_the_desk(world) == []


def test_rows_become_drafts_in_review_with_requests_and_a_record(world: World, tmp_path: Path) -> None:
    report = importing.read(world.app, write(tmp_path, GOOD), "anna")
    assert (report.rows, report.wrong, report.accounts) == (2, 0, {"sandbox:main": 2})
    assert on_the_desk(world) == [
        ("sandbox:main", "2026-12-01T09:00", "The winter oolongs are here."),
        ("sandbox:main", "2026-12-02T09:05", "Come and taste them."),
    ]
    with world.db.read() as conn:
        for draft, version in drafts.series(conn, report.series):
            assert version.state is DraftState.IN_REVIEW
            assert (draft.author, version.origin, version.content.window.zone) == ("anna", "import", "Europe/Berlin")
            request = approvals.of_version(conn, draft.id, 1)
            assert request is not None
            assert request.hash == version.hash
            # Planned long ahead: it may be signed until its time, not only for a day.
            assert request.expires.strftime("%m-%d") == version.content.window.wall[5:10]  # type: ignore[index]
            lines = events.about(conn, f"draft:{draft.id}@1")
            assert [(e["was"], e["now"]) for e in lines] == [("", "proposed"), ("proposed", "in_review")]
    version = drafts_of(world)[0]
    world.approve(version)


def drafts_of(world: World) -> list[object]:
    with world.db.read() as conn:
        return [v for _, v in drafts.current(conn, "lumen", limit=50)]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("sandbox:mian,2026-12-01 09:00,Hello", "no account 'sandbox:mian'"),
        ("sandbox:main,2026-11-01 09:00,Hello", "is past"),
        ("sandbox:main,2026-02-30 09:00,Hello", "is not a time"),
        ("sandbox:main,1/12/2026 9:00,Hello", "two ways"),
        ("sandbox:main,,Hello", "There is no time"),
        ("sandbox:main,2026-12-01 09:00,", "There is no text"),
        ("sandbox:main,2026-12-01 09:00,This is a miracle.", "miracle"),
        (f"sandbox:main,2026-12-01 09:00,{'long ' * 200}", "too many"),
        ("sandbox:main,2026-12-01 09:00,Tea, and more", "more cells"),
        ("sandbox:main,next,Hello", "no slots"),
    ],
)
def test_a_row_that_cannot_be_used_keeps_the_whole_file_out(world: World, tmp_path: Path, row: str, word: str) -> None:
    report = importing.read(world.app, write(tmp_path, GOOD + row + "\n"), "anna")
    assert [n for n, _ in said(report)] == [4]
    assert word in said(report)[0][1]
    assert report.series == ""
    assert on_the_desk(world) == []


def test_every_wrong_row_is_told_at_once(world: World, tmp_path: Path) -> None:
    text = GOOD + "\nnobody:at,2026-12-01 09:00,A\nsandbox:main,whenever,B\nsandbox:main,2026-12-05 09:00,Fine words\n"
    report = importing.read(world.app, write(tmp_path, text), "anna")
    # Row 4 is empty; the numbers are those that a spreadsheet shows.
    assert [n for n, _ in said(report)] == [5, 6]
    assert report.rows == 5


def test_a_zone_that_does_not_exist_and_hours_that_do_not(world: World, tmp_path: Path) -> None:
    early = "sandbox:main,2027-03-14 02:30,America/New_York,Early\n"
    text = f"account,when,zone,text\n{early}sandbox:main,2026-12-01 09:00,Mars/Base,x\n"
    report = importing.read(world.app, write(tmp_path, text), "anna", check_only=True)
    assert said(report) == [(3, "'Mars/Base' is not a time zone.")]
    assert said(report, "note") == [(2, "02:30 does not exist that day in America/New_York; it becomes 03:30.")]


def test_twins_are_told_and_the_same_post_twice_is_refused(world: World, tmp_path: Path) -> None:
    before = world.draft("The winter oolongs are here.", window=None)
    text = GOOD + "sandbox:main,2026-12-09 09:00,come  and taste THEM.\n"
    report = importing.read(world.app, write(tmp_path, text), "anna", check_only=True)
    same = [(r.row, r.message) for r in report.remarks if "same text is there" in r.message]
    assert same == [
        (2, f"The same text is there for another time: draft {before.draft_id}."),
        (4, "The same text is there for another time: row 3."),
    ]
    assert importing.read(world.app, write(tmp_path, GOOD), "anna").wrong == 0
    # The same file once more: every row stands on the desk already.
    again = importing.read(world.app, write(tmp_path, GOOD), "anna")
    assert [n for n, _ in said(again)] == [2, 3]
    doubled = importing.read(
        world.app,
        write(
            tmp_path,
            HEAD + "sandbox:cn,2026-12-03 09:00,你好，来喝茶吧\n" * 1 + "sandbox:cn,2026-12-03 09:00,你好，来喝茶吧\n",
        ),
        "anna",
    )
    assert said(doubled) == [(3, "It is there already, for the same time: row 2.")]


@pytest.mark.parametrize(
    ("encoding", "bom", "delimiter"),
    [
        ("utf-8", b"", ","),
        ("utf-8-sig", b"", ";"),
        ("utf-16", b"", "\t"),
        ("utf-16-le", b"", ";"),
        ("gb18030", b"", ","),
        ("cp1252", b"", ";"),
    ],
)
def test_files_as_excel_writes_them(world: World, tmp_path: Path, encoding: str, bom: bytes, delimiter: str) -> None:
    words = "Bières et thés à gogo, déjà là" if encoding == "cp1252" else "桂花乌龙到店了，欢迎来品尝"
    names = ["account", "when", "text"] if encoding == "cp1252" else ["账号", "时间", "正文"]
    rows = [[*names, "notes"], ["sandbox:cn", "2026-12-01 09:00", words, "x"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    report = importing.read(world.app, write(tmp_path, out.getvalue().encode(encoding)), "anna")
    assert said(report) == []
    assert [t for _, _, t in on_the_desk(world)] == [words]
    assert report.unread == ("notes",)


def test_a_line_that_tells_excel_its_delimiter_is_no_heading(world: World, tmp_path: Path) -> None:
    report = importing.read(
        world.app, write(tmp_path, "sep=;\r\n" + GOOD.replace(",", ";").replace("\n", "\r\n")), "anna"
    )
    assert (report.rows, said(report)) == (2, [])


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"PK\x03\x04rest of a workbook", "Excel workbook"),
        (b"", "is empty"),
        (b"acount,when,text\n", "no column 'account'"),
        (b"account,when,text,text\n", "twice"),
        (b"account,when,text\n", "no rows"),
        (b'account,when,text\nsandbox:main,now,"never closed\nsandbox:main,now,x\n', "cannot be read"),
        (b"\xff\xfea", "not text"),
    ],
)
def test_what_is_no_csv_file_is_said_in_a_sentence(world: World, tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        importing.read(world.app, write(tmp_path, data), "anna")


def test_threads_formulas_kinds_and_slots(world: World, tmp_path: Path) -> None:
    world.learn(brand(plan=Plan(slots=(WeekSlot((0,), "09:00"),))))
    taken = world.draft("This one was first", slot="next")
    text = (
        "account,when,text,text2,kind,language\n"
        'sandbox:main,next,"First part\n---\nSecond part",Third part,,\n'
        'sandbox:main,next,"=UPPER(""tea"")",,,\n'
        "sandbox:main,now,Hello and welcome all,,reply,\n"
    )
    report = importing.read(world.app, write(tmp_path, text), "anna")
    assert said(report) == [(4, "A row cannot be of the kind 'reply'.")]
    assert [n for n, m in said(report, "note") if "formula" in m] == [3]
    report = importing.read(world.app, write(tmp_path, text.replace("reply", "post")), "anna")
    assert said(report) == []
    found = {t: w for _, w, t in on_the_desk(world)}
    assert taken.content.window.wall == "2026-11-23T09:00"
    assert found["First part / Second part / Third part"] == "2026-11-30T09:00"
    assert found['=UPPER("tea")'] == "2026-12-07T09:00"


def test_a_slot_that_somebody_takes_meanwhile_stores_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.learn(brand(plan=Plan(slots=(WeekSlot((0,), "09:00"),))))
    free, late = slots.free, []

    def slow(*args: object) -> object:
        found = free(*args)  # type: ignore[arg-type]
        if not late:
            late.append(1)
            world.draft("Quicker than the file", slot="next")
        return found

    path = write(tmp_path, HEAD + "sandbox:main,next,Slower than a person\n")
    monkeypatch.setattr(slots, "free", slow)
    with pytest.raises(Stale):
        importing.read(world.app, path, "anna")
    assert [t for _, _, t in on_the_desk(world)] == ["Quicker than the file"]


def test_nothing_is_left_when_the_last_row_cannot_be_stored(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"sandbox:main,2027-01-01 {n // 60:02}:{n % 60:02},Words of row {n * 7919}\n" for n in range(700))
    real, calls = events.record_many, []

    def breaks(conn: object, lines: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the disk is full")
        real(conn, lines)  # type: ignore[arg-type]

    monkeypatch.setattr(events, "record_many", breaks)
    with pytest.raises(RuntimeError):
        importing.read(world.app, write(tmp_path, HEAD + rows), "anna")
    assert len(calls) == 2
    assert on_the_desk(world) == []


WORDS = "the winter oolong tea harbour cup morning rain open sunday friends warm leaf stone hill garden".split()


@settings(deadline=None, max_examples=80)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=4, max_size=14), min_size=1, max_size=12), st.data())
def test_an_indexed_shelf_of_texts_finds_the_repeats_that_a_plain_list_finds(lists: list[list[str]], data: Any) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    said = [Said(f"d_{n}", "sandbox:main", " ".join(w), now) for n, w in enumerate(lists)]
    words = list(data.draw(st.sampled_from(lists)))
    for at in data.draw(st.lists(st.integers(0, len(words) - 1), max_size=3)):
        words[at] = data.draw(st.sampled_from(WORDS))
    content = Content("lumen", "sandbox:main", (Part(" ".join(words)),))
    plain = duplicates.check(Subject(content, brand(), recent=said))
    assert duplicates.check(Subject(content, brand(), recent=duplicates.shelf(said, 300))) == plain


def test_nearly_the_same_rows_are_told(world: World, tmp_path: Path) -> None:
    text = HEAD + "".join(
        f"sandbox:main,2026-12-0{n} 09:00,Our winter oolongs are here and they smell of rain and {end}\n"
        for n, end in ((1, "flowers"), (2, "flower"))
    )
    report = importing.read(world.app, write(tmp_path, text), "anna", check_only=True)
    assert [(n, "Nearly the same" in m) for n, m in said(report, "warning")] == [(3, True)]


def test_pictures_need_alt_texts_and_are_found_beside_the_file(world: World, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (40, 30), "green").save(tmp_path / "leaf.png")
    head = "account,when,text,media,alt\n"
    good = head + "sandbox:main,now,Look at it,leaf.png,A green leaf\n"
    report = importing.read(world.app, write(tmp_path, head + "sandbox:main,now,Look at it,leaf.png,\n"), "anna")
    assert [m for _, m in said(report)] == ["1 pictures, and 0 alt texts."]
    report = importing.read(world.app, write(tmp_path, head + "sandbox:main,now,Look,other.png,A leaf\n"), "anna")
    assert len(said(report)) == 1
    assert importing.read(world.app, write(tmp_path, good), "anna").wrong == 0
    (version,) = drafts_of(world)
    assert version.content.parts[0].media[0].alt == "A green leaf"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("cell", "is_formula"),
    [
        ("=1+1", True),
        ("@SUM(A1)", True),
        ("+cmd(1)", True),
        ("-20 % today", False),
        ("@lumen says hi", False),
        ("Tea = love", False),
    ],
)
def test_formulas_are_known_and_made_harmless(cell: str, is_formula: bool) -> None:
    assert spreadsheet.formula(cell) is is_formula
    assert spreadsheet.harmless(cell)[:1] not in "=+-@"


def test_the_command_reports_by_row_and_ends_with_2_while_something_is_wrong(tmp_path: Path) -> None:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, clock_of()):
        run = lambda *args: CliRunner().invoke(  # noqa: E731
            group.program(), ["--home", str(tmp_path), "--as", "anna", "--lang", "en", "import", *args]
        )
        bad = write(tmp_path, GOOD.replace("2026", "2036") + "sandbox:main,soon,=cmd()\n")
        done = run(str(bad), "--report", str(tmp_path / "report.csv"))
        assert done.exit_code != 0
        assert "row 4 (when): error: 'soon' is not a time." in done.output
        table = list(csv.reader((tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()))
        assert table[1][:3] == ["4", "error", "when"]
        good = write(tmp_path, GOOD.replace("2026", "2036"))
        assert "nothing was stored" in run(str(good), "--check").output
        found = json.loads(run(str(good), "--json").stdout)
        assert (found["rows"], found["wrong"]) == (2, 0)
        assert found["series"].startswith("i_")


def clock_of() -> object:
    from bot.clock import FixedClock

    return FixedClock()


def test_a_file_whose_rows_take_the_next_slot_cannot_be_imported_twice(world: World, tmp_path: Path) -> None:
    world.learn(brand(plan=Plan(slots=(WeekSlot(tuple(range(7)), "09:00"),))))
    path = write(tmp_path, HEAD + "sandbox:main,next,The oolongs are here.\nsandbox:main,next,The greens are here.\n")
    assert importing.read(world.app, path, "anna").series
    before = on_the_desk(world)
    again = importing.read(world.app, path, "anna")
    assert [n for n, _ in said(again)] == [2, 3]
    assert "is there already" in said(again)[0][1]
    assert on_the_desk(world) == before


def test_a_file_whose_posts_are_gone_is_known_again_and_taken_in_once_more_on_request(
    world: World, tmp_path: Path
) -> None:
    path = write(tmp_path, GOOD)
    series = importing.read(world.app, path, "anna").series
    with world.db.read() as conn:
        before = [d.id for d, _ in drafts.series(conn, series)]
    for name in before:
        schedule.cancel(world.desk, name, "anna")
    for check_only in (True, False):
        with pytest.raises(BadInput, match=r"posts\.csv was imported already, on 2026-11-22") as known:
            importing.read(world.app, path, "anna", check_only=check_only)
    assert "--again" in known.value.next_step
    assert importing.read(world.app, path, "anna", again=True).series not in ("", series)
    assert len(on_the_desk(world)) == 2 * len(before)


def test_a_text_that_waits_for_its_slot_is_taken_in_once_more_on_request(world: World, tmp_path: Path) -> None:
    world.learn(brand(plan=Plan(slots=(WeekSlot(tuple(range(7)), "09:00"),))))
    row = "sandbox:main,next,The oolongs are here.\n"
    assert importing.read(world.app, write(tmp_path, HEAD + row), "anna").series
    other = write(tmp_path, HEAD + row + "sandbox:main,next,The greens are here.\n", "others.csv")
    refused = importing.read(world.app, other, "anna")
    assert [n for n, _ in said(refused)] == [2]
    assert "--again" in next(r.fix for r in refused.remarks if r.level == "error")
    assert importing.read(world.app, other, "anna", again=True).series
    # What went out is no hindrance: an old text may take the next slot again.
    world.advance(7 * 86400)
    assert said(importing.read(world.app, write(tmp_path, HEAD + "\n" + row), "anna", check_only=True)) == []


def test_two_who_import_one_file_at_once_import_it_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, store, both = write(tmp_path, GOOD), bulk.store, threading.Barrier(2)

    def together(*given: Any, **more: Any) -> None:
        both.wait(60)
        store(*given, **more)

    monkeypatch.setattr(bulk, "store", together)

    def one(_: int) -> str:
        try:
            return importing.read(world.app, path, "anna").series
        except Stale as error:
            return error.message

    with ThreadPoolExecutor(2) as pool:
        stored, refused = sorted(pool.map(one, range(2)), key=lambda text: " " in text)
    assert stored.startswith("i_")
    assert refused == "Somebody imported the same file meanwhile."
    assert len(on_the_desk(world)) == 2


def test_a_heading_may_have_a_line_break(world: World, tmp_path: Path) -> None:
    path = write(tmp_path, 'account,when,text,"Notes\nof ours"\r\nsandbox:main,2026-12-01 09:00,Tea,x\r\n')
    report = importing.read(world.app, path, "anna")
    assert (report.rows, report.wrong) == (1, 0)
    with pytest.raises(BadInput, match=r"heading of posts\.csv cannot be read"):
        spreadsheet.read(write(tmp_path, 'account,when,"text\nsandbox:main,2026-12-01 09:00,Tea\n'))
    with pytest.raises(BadInput, match=r"heading of posts\.csv cannot be read"):
        spreadsheet.read(write(tmp_path, 'account,when,"text"s\nsandbox:main,2026-12-01 09:00,Tea\n'))
    # A break within the name of a column that is read counts as a space.
    sheet = spreadsheet.read(write(tmp_path, 'account,when,text,"text\n2"\nsandbox:main,now,Tea,and cake\n'))
    assert [row.cells["text2"] for row in sheet.rows()] == ["and cake"]


def test_a_few_broken_bytes_do_not_spoil_every_accent(world: World, tmp_path: Path) -> None:
    text = "sandbox:main,2026-12-05 09:00,Grüße aus der Teestube für Sie\n".encode() * 2
    path = write(tmp_path, HEAD.encode() + text + b"sandbox:main,2026-12-06 09:00,one bad byte \xff here\n")
    with pytest.raises(BadInput, match=r"Line 4 of posts\.csv holds bytes that are not text"):
        importing.read(world.app, path, "anna")
    rows = "sandbox:cn,2026-12-05 09:00,桂花乌龙到店了\n".encode() + b"sandbox:cn,2026-12-06 09:00,\xff\n"
    with pytest.raises(BadInput, match=r"Lines 3, 5 of posts\.csv hold bytes that are not text"):
        importing.read(world.app, write(tmp_path, HEAD.encode() + rows * 2), "anna")
