"""What X costs: shown before, counted after, and never more than the cap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SystemClock
from bot.domain.brand import Account
from bot.domain.draft import Media, Part
from bot.domain.post import Receipt
from bot.errors import CapReached, Misconfigured, OutcomeUnknown, Refused
from bot.platforms.base import Charge, Context
from bot.platforms.terms import Remembered
from bot.platforms.x import X
from tests.contract.x_bench import XBench
from tests.servers.x import start_x

LINK = "Read https://example.com/tea"
PICTURE = Media("0" * 64, "image/png", 4, 4, "A cup", 10)


@pytest.fixture
def bench() -> Iterator[XBench]:
    with start_x() as (net, url):
        bench = XBench(net, url)
        yield bench
        bench.close()


def spent(bench: XBench) -> float:
    return round(float(bench.facts.load(f"spend:{datetime.now(UTC):%Y-%m}") or 0.0), 6)


def test_the_price_is_that_of_the_documents() -> None:
    """https://docs.x.com/x-api/getting-started/pricing and the changelog of 2026-04-16 (read 2026-11-22)."""
    assert X.charges(Part("Tea")) == (Charge("Post", 0.015),)
    assert X.charges(Part(LINK)) == X.charges(Part("On example.com")) == (Charge("Post with a link", 0.2),)
    assert X.charges(Part(LINK), reply=True) == (Charge("Answer", 0.01),)
    described = X.charges(Part("Tea", (PICTURE, replace(PICTURE, alt=""))))
    assert described == (Charge("Post", 0.015), Charge("Alt texts", 0.005))


def test_only_a_form_that_is_cheaper_is_offered() -> None:
    assert X.advice([Part("Tea")]) == X.advice([Part(LINK)], reply=True) == []
    [one] = X.advice([Part(LINK), Part("More")])
    assert "$0.185" in one
    assert "saves nothing" in one
    [several] = X.advice([Part(LINK), Part("Tea"), Part(f"{LINK}/2"), Part(f"{LINK}/3")])
    assert "$0.370" in several


def test_each_call_is_counted_at_its_price(bench: XBench) -> None:
    adapter = bench.adapter()
    first = bench.publish(adapter, bench.out())
    assert spent(bench) == 0.010 + 0.015
    bench.publish(adapter, bench.out(f"{LINK} {bench.out().part.text}", parent=first, root=first))
    assert spent(bench) == 0.225, "an own thread is no summoned answer"
    asked = bench.says("Price?", first)
    bench.publish(adapter, bench.out(f"{LINK}/2", parent=Receipt(asked, "", datetime.now(UTC))))
    # The question and the post above it are read, 2 x $0.005; the answer is a summoned one, link or not.
    assert spent(bench) == 0.245
    adapter.comments(None)
    assert spent(bench) == 0.246, "the mention was read before today, its author was not"
    before = spent(bench)
    list(adapter.readings([first]))
    assert spent(bench) == before, "read twice on one day is paid for once"


def test_what_was_certainly_not_done_costs_nothing_and_what_may_have_been_done_does(bench: XBench) -> None:
    adapter = bench.adapter()
    adapter.me()
    bench.fail("refuse")
    with pytest.raises(Refused):
        bench.publish(adapter, bench.out())
    assert spent(bench) == 0.010
    bench.fail("timeout_before")
    with pytest.raises(OutcomeUnknown):
        bench.publish(adapter, bench.out())
    assert spent(bench) == 0.025


def test_a_login_that_is_not_there_costs_nothing() -> None:
    facts = Remembered()
    adapter = X(Context(Account("x", "main", "lumen"), SystemClock(), None, lambda medium: b"", facts=facts), {})  # type: ignore[arg-type]
    with pytest.raises(Misconfigured, match="has no login"):
        adapter.identity()
    assert not facts.load(f"spend:{datetime.now(UTC):%Y-%m}")


def test_the_call_that_would_pass_the_cap_is_not_made(bench: XBench) -> None:
    adapter = bench.adapter(monthly_cap="0.04")
    first = bench.publish(adapter, bench.out())
    calls, sends = bench.calls(), bench.sends()
    with pytest.raises(CapReached) as caught:
        bench.publish(adapter, bench.out(LINK))
    with pytest.raises(CapReached):
        adapter.comments(None)
    with pytest.raises(CapReached):
        adapter.find(bench.out(), "", datetime.now(UTC) - timedelta(minutes=1))
    assert (bench.calls(), bench.sends()) == (calls, sends)
    assert spent(bench) == 0.025
    assert "$0.200" in caught.value.message
    assert "$0.04" in caught.value.message
    assert "SIGNOFF_PLATFORMS__X__MAIN__MONTHLY_CAP" in caught.value.next_step
    assert caught.value.until is None, "no month pays for a post that costs more than the cap"
    # What still fits goes out, to the last cent, and another process knows what the first has spent.
    bench.publish(bench.adapter(monthly_cap="0.04"), bench.out(parent=first, root=first))
    assert spent(bench) == 0.04
    with pytest.raises(CapReached, match=r"\$0\.04 of \$0\.04") as caught:
        bench.publish(bench.adapter(monthly_cap="0.04"), bench.out())
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert caught.value.until == (month + timedelta(days=32)).replace(day=1)
    assert bench.publish(bench.adapter(monthly_cap="1"), bench.out()).remote_id


def test_a_new_month_begins_at_nothing(bench: XBench) -> None:
    adapter = bench.adapter(monthly_cap="0.03")
    bench.publish(adapter, bench.out())
    with pytest.raises(CapReached):
        bench.publish(adapter, bench.out())
    bench.clock.follow(datetime.now(UTC) + timedelta(days=31))
    assert bench.publish(adapter, bench.out()).remote_id


def test_a_day_has_a_cap_of_its_own(bench: XBench) -> None:
    adapter = bench.adapter(daily_cap="0.03", monthly_cap="5")
    bench.publish(adapter, bench.out())
    with pytest.raises(CapReached, match="are spent today") as caught:
        bench.publish(adapter, bench.out())
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert caught.value.until == midnight + timedelta(days=1)
    assert "SIGNOFF_PLATFORMS__X__MAIN__DAILY_CAP" in caught.value.next_step
    bench.clock.follow(midnight + timedelta(days=1, seconds=1))
    assert bench.publish(adapter, bench.out()).remote_id


@pytest.mark.parametrize("cap", ["much", "-1", "nan", "1e12"])
def test_a_cap_must_be_a_sum(bench: XBench, cap: str) -> None:
    with pytest.raises(Misconfigured, match="no sum"):
        bench.adapter(monthly_cap=cap)


def test_doctor_says_what_was_spent(bench: XBench) -> None:
    line = next(line for line in bench.adapter(monthly_cap="$20").health() if line.name == "money")
    assert (line.ok, line.detail) == (True, "$0.01 of $20.00 spent this month")
    assert bench.facts.load("cap") == 20.0
