"""A series is told in words, as it was asked for."""

from __future__ import annotations

import pytest

from bot.surfaces.cli.recurring import spoken
from bot.words import speaking
from bot.workflow import recurrence


@pytest.mark.parametrize(("asked", "told"), [
    ("daily at 09:00", "every day at 09:00"),
    ("weekly on mon,thu at 09:00", "every week on Mon, Thu at 09:00"),
    ("every 2 weeks on fri at 17:30", "every 2 weeks on Fri at 17:30"),
    ("monthly on 1 at 10:00", "every month on day 1 at 10:00"),
    ("monthly on last fri at 10:00", "every month on the last Fri at 10:00"),
])  # fmt: skip
def test_what_people_ask_for_is_told_in_words(asked: str, told: str) -> None:
    assert spoken(recurrence.parse(asked, "2026-11-22").rule) == told


def test_its_end_is_told_and_a_rare_rule_stays_as_it_is() -> None:
    rule = "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0"
    assert spoken(f"{rule};UNTIL=20270331T235959") == "every week on Mon at 09:00, until 2027-03-31"
    assert spoken(f"{rule};COUNT=6") == "every week on Mon at 09:00, 6 times in all"
    for odd in (f"{rule};BYMONTH=3", "FREQ=DAILY;BYHOUR=9,17", "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=9", ""):
        assert spoken(odd) == odd
    with speaking("zh"):
        assert spoken(rule) == "每逢周一 09:00"
