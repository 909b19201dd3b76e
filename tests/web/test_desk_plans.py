"""No page of the desk and no list of the API looks through a table that only grows, on a small copy of a busy desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.app import App
from tests.bench import desk_seed
from tests.bench.desk_asked import MISSING, asked
from tests.bench.desk_visit import Visitor
from tests.servers.postgres import start_postgres

#: What a busy desk has hundreds of thousands of.
GROWING = ("comment", "post", "post_part", "draft", "draft_version", "decision", "attempt", "reading", "event",
           "approval_request", "mood_hour",
           "mood_day")  # fmt: skip
#: Along the primary key as far as a limit (the record); the few attempts that failed, by their own index; and how many
#: parts stand in each state, counted in an index of little more than states.
EXCUSED = ("SCAN event", "SCAN attempt USING INDEX ix_attempt_failed",
           "SCAN post_part USING COVERING INDEX ix_post_part_state_not_before")  # fmt: skip
_SCAN = re.compile(r"^SCAN (\w+)(?! AS)")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("desk") / "desk.db"
    desk_seed.fill(file, 3000)
    return file


def _excused(sql: str) -> tuple[str, ...]:
    """Return what this statement may do: the record is read in its own order only as far as a limit."""
    return EXCUSED if re.search(r"ORDER BY event\.id( DESC)?\s+LIMIT", sql) else EXCUSED[1:]


def visited(app: App) -> Iterator[tuple[str, int]]:
    """Ask every address; yield it with the status."""
    visitor = Visitor(app)
    try:
        for route, addresses in asked(app).items():
            for address in addresses:
                status = visitor.get(address).status_code
                yield address, 200 if status == 404 and route in MISSING else status
    finally:
        visitor.close()


def test_no_page_looks_through_a_growing_table(seeded: Path, tmp_path: Path) -> None:
    app = desk_seed.app(f"sqlite:///{seeded}", tmp_path)
    ways = asked(app)
    said: dict[str, tuple[Any, str]] = {}
    now = [""]

    def heard(conn: Any, cursor: Any, sql: str, given: Any, context: Any, many: bool) -> None:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            said.setdefault(sql, (given, now[0]))

    event.listen(app.db.engine, "before_cursor_execute", heard)
    visitor = Visitor(app)
    for addresses in ways.values():
        for address in addresses:
            now[0] = address
            assert visitor.get(address).status_code < 500, address
    visitor.close()
    event.remove(app.db.engine, "before_cursor_execute", heard)
    assert len(said) > 100
    bad = []
    with app.db.read() as conn:
        for sql, (given, address) in said.items():
            plan = [str(row[-1]) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
            scanned = [m[1] for line in plan if line not in _excused(sql) and (m := _SCAN.match(line))]
            if any(table in GROWING for table in scanned):
                bad.append(f"{address}: {plan}\n{sql}")
    app.close()
    assert not bad, "\n\n".join(bad[:5])


@pytest.mark.slow
def test_every_page_is_shown_on_postgresql(seeded: Path, tmp_path: Path) -> None:
    with start_postgres() as url:
        desk_seed.copy_to_postgres(seeded, url, tmp_path / "copy")
        app = desk_seed.app(url, tmp_path)
        try:
            wrong = [(address, status) for address, status in visited(app) if status != 200]
        finally:
            app.close()
    assert not wrong
