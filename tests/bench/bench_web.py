"""How fast the web desk answers with a million comments and a hundred thousand posts, on SQLite and PostgreSQL.

``python -m tests.bench.bench_web`` asks every page and every list of the API, in many ways, one request at a time. Of
each address the best of ``--tries`` counts, because the machine may be busy with something else; the 95th percentile is
taken over the addresses of a page. First paint is what Chromium says of the true server on this machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.app import App
from tests.bench import desk_seed
from tests.bench.desk_asked import MISSING, asked
from tests.bench.desk_visit import Visitor

STATIC = Path(__file__).parents[2] / "bot" / "surfaces" / "web" / "static"
P95_MS, PAINT_MS, ASSETS_KB = 100, 500, 300
PAINTED = ("/", "/inbox", "/calendar", "/mood", "/results", "/brand")


@dataclass
class Slowest:
    """The statement that took longest, with what it was given and for which address."""

    seconds: float = 0.0
    sql: str = ""
    given: Any = None
    address: str = ""


@dataclass
class Page:
    """What was measured of one route, in milliseconds: the best of each address, and every request."""

    best: dict[str, float] = field(default_factory=dict)
    every: list[float] = field(default_factory=list)
    work: dict[str, float] = field(default_factory=dict)
    slowest: Slowest = field(default_factory=Slowest)


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


class Watch:
    """Times statements: the fastest run of each address and statement counts."""

    def __init__(self, app: App) -> None:
        self.address = ""
        self.best: dict[tuple[str, str, str], tuple[float, Any]] = {}
        event.listen(app.db.engine, "before_cursor_execute", self._before)
        event.listen(app.db.engine, "after_cursor_execute", self._after)

    def _before(self, conn: Any, cursor: Any, sql: str, given: Any, context: Any, many: bool) -> None:
        conn.info["bench_began"] = time.perf_counter()

    def _after(self, conn: Any, cursor: Any, sql: str, given: Any, context: Any, many: bool) -> None:
        took, key = time.perf_counter() - conn.info["bench_began"], (self.address, sql, repr(given))
        if key not in self.best or took < self.best[key][0]:
            self.best[key] = took, given

    def slowest(self) -> Slowest:
        (address, sql, _), (seconds, given) = max(self.best.items(), key=lambda item: item[1][0])
        return Slowest(seconds, sql, given, address)


def measured(app: App, tries: int, only: str) -> tuple[dict[str, Page], Slowest]:
    """Ask every address; return what was measured by route."""
    visitor, found = Visitor(app), defaultdict[str, Page](Page)
    addresses = {route: some for route, some in asked(app).items() if only in route}
    watch = Watch(app)
    for attempt in range(tries):
        for route, some in addresses.items():
            for address in some:
                watch.address = address
                answer = visitor.get(address)
                good = (200, 404) if route in MISSING else (200,)
                assert answer.status_code in good, f"{address}: {answer.status_code} {answer.text[:300]}"
                page, took, work = found[route], visitor.took * 1000, visitor.worked * 1000
                # The first request of all loads templates and libraries.
                if attempt or tries == 1:
                    page.every.append(took)
                page.best[address] = min(took, page.best.get(address, took))
                page.work[address] = min(work, page.work.get(address, work))
    visitor.close()
    return found, watch.slowest()


def plan(app: App, one: Slowest) -> list[str]:
    """Return how the database goes about a statement."""
    word = "EXPLAIN QUERY PLAN" if app.db.is_sqlite else "EXPLAIN (ANALYZE, BUFFERS)"
    with app.db.read() as conn:
        return [str(row[-1]) for row in conn.exec_driver_sql(f"{word} {one.sql}", one.given)]


def paint_ms(app: App) -> float:
    """Return when the slowest of the main pages is painted first, each the median of seven."""
    from bot.surfaces.web import entry, server
    from tests.web.chromium import tab

    app.settings.web = "127.0.0.1:0"
    found = {}
    with server.serving(app) as serving, tab() as one:
        assert serving is not None
        token = entry.enter(app, entry.link(app, "ben")[0], "bench")
        one.cookie(serving.url, "signoff_session", token)
        one.look(1280, 900)
        for page in PAINTED:
            times = []
            for _ in range(7):
                one.open(serving.url + page)
                script = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
                one.wait(f"({script}) > 0")
                times.append(float(one.evaluate(script)))
            found[page] = statistics.median(times)
    print("first paint, ms: " + " ".join(f"{page}={ms:.0f}" for page, ms in found.items()))
    return max(found.values())


@contextmanager
def databases(names: list[str], comments: int, folder: Path) -> Iterator[dict[str, App]]:
    """Yield an App on each database, all with the same rows."""
    from tests.servers.postgres import start_postgres

    source = desk_seed.sqlite_file(comments)
    with ExitStack() as stack:
        found = {}
        for name in names:
            if name == "sqlite":
                url = f"sqlite:///{source}"
            else:
                url = stack.enter_context(start_postgres())
                desk_seed.copy_to_postgres(source, url, folder / "pg")
            found[name] = desk_seed.app(url, folder / name)
            stack.callback(found[name].close)
        yield found


def main() -> int:
    """Measure, print the table and the line of the bench."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=1_000_000)
    parser.add_argument("--tries", type=int, default=4)
    parser.add_argument("--db", choices=["sqlite", "postgresql"])
    parser.add_argument("--paint", type=int, default=1, help="0 leaves the browser out")
    parser.add_argument("--only", default="", help="only routes that hold this")
    given = parser.parse_args()
    names = [given.db] if given.db else ["sqlite", "postgresql"]
    kept: dict[str, dict[str, Page]] = {}
    paint = 0.0
    with tempfile.TemporaryDirectory() as made, databases(names, given.comments, Path(made)) as apps:
        for name, app in apps.items():
            kept[name], slowest = measured(app, given.tries, given.only)
            print(f"slowest statement on {name}: {slowest.seconds * 1000:.0f} ms, for {slowest.address}\n{slowest.sql}")
            print("\n".join(f"    {line}" for line in plan(app, slowest)))
        if not given.only and given.paint:
            paint = paint_ms(next(iter(apps.values())))
    worst = {name: max(p95(list(page.best.values())) for page in pages.values()) for name, pages in kept.items()}
    print(
        f"{'page':34}"
        + "".join(f"{name:>12} {'every':>7} {'work':>6} {'most':>7}" for name in kept)
        + "   slowest address"
    )
    for route in next(iter(kept.values())):
        line, hard = f"{route:34}", ""
        for pages in kept.values():
            page = pages[route]
            best = list(page.best.values())
            line += f"{p95(best):12.1f} {p95(page.every):7.1f} {p95(list(page.work.values())):6.1f} {max(best):7.1f}"
            hard = max(page.best, key=lambda a, page=page: page.best[a])  # type: ignore[misc]
        print(f"{line}   {hard}")
    assets = sum(f.stat().st_size for f in STATIC.rglob("*") if f.is_file()) / 1000
    print(f"requests={sum(len(p.every) for pages in kept.values() for p in pages.values())} "
          f"load={os.getloadavg()[0]:.1f} cores={os.cpu_count()}")  # fmt: skip
    said = " ".join(f"p95_ms_{name}={ms:.0f}" for name, ms in worst.items())
    print(f"web-speed: comments={given.comments} {said} first_paint_ms={paint:.0f} assets_kb={assets:.0f}")
    return int(max(worst.values()) >= P95_MS or paint >= PAINT_MS or assets >= ASSETS_KB)


if __name__ == "__main__":
    raise SystemExit(main())
