"""What the model may cost a brand on a day, and what people see of money and rates."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import evidence
from bot.agent.limits import Limits, Meter
from bot.clock import FixedClock, SystemClock
from bot.connecting import overview
from bot.errors import LimitReached
from bot.store import facts, rates, spending
from bot.store.spending import ModelMoney
from bot.surfaces.cli import main
from tests.world import World

PRICED: dict[str, Any] = {"llm_price_in": 1.0, "llm_price_out": 10.0, "llm_daily_usd": 0.05}


def priced(url: str, home: Path, clock: FixedClock, **given: Any) -> World:
    return World(url, home, clock, **{**PRICED, **given})


def test_a_run_is_not_begun_once_the_day_is_spent_and_goes_on_tomorrow(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    with priced(database_url, tmp_path, clock) as world:
        meter = Meter(world.app.limits(), 1.0, 10.0)
        meter.check()
        meter.add(10_000, 5_000)
    # Another process, another day's run: it knows what the first has spent.
    with priced(database_url, tmp_path, clock) as world:
        with pytest.raises(LimitReached, match=r"\$0\.06 today, of \$0\.05 that lumen") as caught:
            Meter(world.app.limits(), 1.0, 10.0).check()
        assert "2026-11-23 00:00 UTC" in caught.value.next_step
        assert "SIGNOFF_LLM_DAILY_USD" in caught.value.next_step
        clock.sleep(86400)
        Meter(world.app.limits(), 1.0, 10.0).check()


def test_a_run_that_passes_the_cap_half_way_stops_there(database_url: str, tmp_path: Path, clock: FixedClock) -> None:
    with priced(database_url, tmp_path, clock) as world:
        meter = Meter(world.app.limits(), 1.0, 10.0)
        for _ in range(5):
            meter.check()
            meter.add(1000, 1000)
        with pytest.raises(LimitReached):
            meter.check()
        with world.db.read() as conn:
            assert round(spending.spent(conn, "lumen", "2026-11-22"), 6) == 0.055


ADDER = """
import sys
from bot.clock import FixedClock, SystemClock
from bot.store.db import Database
from bot.store.spending import ModelMoney
from bot.surfaces.cli import main
money = ModelMoney(Database(sys.argv[1]), FixedClock(), "lumen", 1.0)
for _ in range(20):
    money.add(0.01)
"""


def test_processes_count_together(world: World, database_url: str) -> None:
    given, root = [sys.executable, "-c", ADDER, database_url], Path(__file__).parents[2]
    running = [subprocess.Popen(given, cwd=root) for _ in range(3)]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    with world.db.read() as conn:
        assert round(spending.spent(conn, "lumen", "2026-11-22"), 6) == 0.6


def test_brands_have_a_day_of_their_own_and_no_cap_is_none(world: World) -> None:
    ModelMoney(world.db, world.clock, "lumen", 0.1).add(5.0)
    ModelMoney(world.db, world.clock, "other", 0.1).check()
    ModelMoney(world.db, world.clock, "lumen", None).check()
    with pytest.raises(LimitReached):
        ModelMoney(world.db, world.clock, "other", 0.0).check()
    assert world.app.limits().ledger is None, "what costs nothing is not counted"
    assert Limits().ledger is None


def lines(world: World, name: str) -> list[Any]:
    return [line for line in evidence.doctor(world.app, model=False) if line.name == name]


def test_doctor_tells_what_the_model_cost_and_what_caps_nothing(
    database_url: str, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "_memory", lambda *_: evidence.Health("memory", True, ""))
    with priced(database_url, tmp_path, clock) as world:
        assert [(x.ok, x.detail) for x in lines(world, "model money")] == [(True, "lumen: $0.00 of $0.05 today")]
        ModelMoney(world.db, world.clock, "lumen", None).add(0.2)
        [line] = lines(world, "model money")
        assert not line.ok
        assert "SIGNOFF_LLM_DAILY_USD" in line.fix
    with priced(database_url, tmp_path, clock, llm_price_in=0, llm_price_out=0) as world:
        [line] = lines(world, "model money")
        assert (line.ok, "LLM_PRICE_IN" in line.fix) == (False, True)


def test_an_account_that_waits_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_memory", lambda *_: evidence.Health("memory", True, ""))
    now = world.clock.now()
    with world.db.write() as conn:
        rates.hold(conn, "sandbox:main", "post", now + timedelta(minutes=10), now)
        facts.keep(conn, "sandbox:main", f"spend:{now:%Y-%m-%d}", 0.25, now)
        facts.keep(conn, "sandbox:main", "cap_daily", 2.0, now)
    [line] = lines(world, "sandbox:main rate")
    assert "2026-11-22 09:10 UTC" in line.detail
    account = world.app.brand().account("sandbox:main")
    assert account is not None
    with world.db.read() as conn:
        adapter = world.desk.platform_class("sandbox")
        found = overview.standing(conn, account, adapter, stored=set(), given={}, now=now)
    assert (found.waits, found.spent_today, found.cap_daily) == (now + timedelta(minutes=10), 0.25, 2.0)


def test_the_command_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with World(f"sqlite:///{tmp_path / 'signoff.db'}", tmp_path, SystemClock()) as world:
        now = world.clock.now()
        with world.db.write() as conn:
            rates.hold(conn, "sandbox:main", "post", now + timedelta(minutes=10), now)
            facts.keep(conn, "sandbox:main", "cap_daily", 2.0, now)
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    monkeypatch.setenv("LANGUAGE", "en")

    def said(*given: str) -> str:
        main(list(given))
        return capsys.readouterr().out

    shown = said("accounts")
    assert "nothing is posted before" in " ".join(shown.split())
    assert "spent today: $0.00 of $2.00" in shown
    [account] = [
        a for a in json.loads(said("accounts", "--json"))["brands"][0]["accounts"] if a["account"].endswith("main")
    ]
    assert account["waits"]
