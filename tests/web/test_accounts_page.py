"""The accounts' page: until when a login holds, what went out last, what failed last, in words, and what helps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

from bot.domain.brand import Account
from bot.store import desk as rows
from bot.store import facts
from tests.web.served import Browser
from tests.world import World, brand

Opens = Callable[..., Browser]


def test_it_tells_of_logins_successes_and_failures(desk: World, browser: Opens) -> None:
    one = browser("anna")
    assert "nothing was posted yet" in one.get("/accounts").text
    desk.approve(desk.draft("The kettle is on."))
    desk.drain()
    page = one.get("/accounts").text
    success = page.partition("Last success")[2].partition("</div>")[0]
    assert "nothing" not in success
    assert "<dd>" in success
    with desk.db.write() as conn:
        rows.notify(conn, desk.clock.now() + timedelta(seconds=1), "lumen", "account:sandbox:main",
                    "The platform <b>refused</b> the login.", "`signoff connect sandbox:main`")  # fmt: skip
    failure = unescape(one.get("/accounts").text.partition("Last failure")[2].partition("</div>")[0])
    assert "The platform <b>refused</b> the login." in failure
    assert "<b>refused" not in one.get("/accounts").text


def test_a_login_that_ends_soon_says_what_helps(desk: World, browser: Opens) -> None:
    desk.learn(brand(accounts=(Account("bluesky", "main", "lumen.example"), Account("mastodon", "main"))))
    one, now = browser("anna"), desk.clock.now()
    page = one.get("/accounts").text
    assert "Nobody has connected it yet: run signoff connect bluesky:main" in page
    with desk.db.write() as conn:
        ends = (now + timedelta(days=3, hours=1)).isoformat()
        facts.keep(conn, "bluesky:main", "identity", {"id": "did:x", "handle": "lumen.example", "expires": ends}, now)
    desk.app.settings.platforms = {"bluesky": {"main": {"handle": "lumen.example", "app_password": "x" * 8}}}
    page = one.get("/accounts").text
    assert "3 more days" in page
    assert "The login ends soon: run signoff connect bluesky:main" in page
