"""Commenters who look like the brand or its people: marked on the card, and never answered by a rule."""

from __future__ import annotations

import pytest

from bot.checks.kit.posing import imitates, skeleton
from bot.domain.brand import Account, Person, Role
from bot.domain.comment import Author
from tests.world import PEOPLE, brand

OURS = brand(
    accounts=(
        Account("sandbox", "main", "lumen.sandbox", "en", "Europe/Berlin"),
        Account("mastodon", "main", "@lumentea@social.example", "en", "Europe/Berlin"),
        Account("sandbox", "cn", "云山茶.sandbox", "zh-Hans", "Asia/Shanghai"),
    ),
    people=(
        *PEOPLE,
        Person("mei", "Mei Lindqvist", frozenset({Role.APPROVER})),
        Person("wang", "王小明", frozenset({Role.AUTHOR})),
    ),
)


@pytest.mark.parametrize(
    ("name", "handle", "like"),
    [
        ("Lumen Tea", "eve.sandbox", "Lumen Tea"),
        ("LUMEN  TEA", "eve.sandbox", "Lumen Tea"),
        ("Lumеn Теа", "eve.sandbox", "Lumen Tea"),  # Cyrillic е, Т, а
        ("Ｌｕｍｅｎ Ｔｅａ", "eve.sandbox", "Lumen Tea"),
        ("Lu\u200bmen T\u00e9a", "eve.sandbox", "Lumen Tea"),  # one letter is another
        ("Lu\u200bmen Tea", "eve.sandbox", "Lumen Tea"),
        ("Lumen Tea Support", "eve.sandbox", "Lumen Tea"),
        ("Official Lumen Tea", "eve.sandbox", "Lumen Tea"),
        ("Lumen Tea 官方客服", "eve.sandbox", "Lumen Tea"),
        ("云山茶客服", "eve.sandbox", "云山茶.sandbox"),
        ("Eve", "1umen.sandbox", "lumen.sandbox"),
        ("Eve", "lurnen.sandbox", "lumen.sandbox"),
        ("Eve", "lumen.elsewhere", "lumen.sandbox"),
        ("Eve", "lumen_support.sandbox", "lumen.sandbox"),
        ("Eve", "lumentea@other.example", "Lumen Tea"),
        ("Eve", "lumntea.sandbox", "Lumen Tea"),  # a letter less
        ("Eve", "lumenetа.sandbox", "Lumen Tea"),  # two letters changed places, one is Cyrillic
        ("Mei Lindqvist", "eve.sandbox", "Mei Lindqvist"),
        ("Мei Lindqvist", "eve.sandbox", "Mei Lindqvist"),
        ("王小明", "eve.sandbox", "王小明"),
        ("Аnnа", "eve.sandbox", "Anna"),
    ],
)
def test_who_poses_is_found(name: str, handle: str, like: str) -> None:
    assert imitates(Author("id-1", handle, name), OURS, "sandbox:main") == like


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Lumen Tea", "lumen.sandbox"),  # the account itself
        ("Anna", "anna.sandbox"),
        ("Li", "li.sandbox"),
        ("Eve", "eve.sandbox"),
        ("Lumen Tea Lover", "fan.sandbox"),
        ("I drink Lumen Tea every day", "fan.sandbox"),
        ("Tea", "tea.sandbox"),
        ("Luminous", "luminous.sandbox"),
        ("云山", "yun.sandbox"),
        ("王明", "wang.sandbox"),
        ("", ""),
        ("\u200b", "\u202e"),
        ("😊", "x"),
        ("Анна", "anna.sandbox"),  # a name in its own alphabet that no Latin letter hides in
    ],
)
def test_other_people_are_let_be(name: str, handle: str) -> None:
    assert imitates(Author("id-1", handle, name), OURS, "sandbox:main") == ""


def test_a_skeleton_is_what_is_seen() -> None:
    assert skeleton("Раураl") == skeleton("paypal") == skeleton("PAYPAL") == skeleton("pay\u00adpa1")
    assert skeleton("rnodem") == skeleton("modem")
    assert skeleton("a" * 100_000 + "\u0301" * 10_000)
