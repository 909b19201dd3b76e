"""Every address of the desk and of its API that is read, each in the ways that people ask for it.

They come from the routes themselves: a page that is new is asked plainly, and one whose address has a name in it stops
the bench until somebody says here what to put there.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from urllib.parse import urlencode

from sqlalchemy import text

from bot.app import App
from bot.surfaces.web.api.server import OPERATIONS, PREFIX
from bot.surfaces.web.pages import ROUTES
from bot.surfaces.web.places import cursor
from tests.bench.desk_rows import NOW

#: Where pages of lists begin: a month, half a year and a year and a half ago.
PLACES = [cursor(NOW - timedelta(days=n), "x") for n in (30, 180, 545)]
_PARAMETER = re.compile(r"{(\w+)}")
#: What is asked of a page, beside the page alone. A field with several values is asked with each.
_WAYS: dict[str, list[dict[str, list[str]]]] = {
    "/": [{"show": ["mine", "open", "done"], "page": ["0", "1", "7"]}, {"show": ["done"], "after": PLACES},
          {"show": ["done"], "before": PLACES}],
    "/inbox": [
        {"show": ["waiting", "late", "snoozed", "all"], "mood": ["", "negative"], "intent": ["", "question"]},
        {"account": ["sandbox:cn"], "assignee": ["me", "-", "ben"], "show": ["waiting", "all"]},
        {"show": ["waiting", "all"], "words": ["refund", "茶", "nobodysaysthis"]},
    ],
    "/calendar": [
        {"as": ["month", "week", "list", "day"], "on": [f"{NOW - timedelta(days=n):%Y-%m-%d}" for n in (0, 200, -20)]},
        {"as": ["month", "list"], "account": ["sandbox:us"], "clock": ["brand"]},
    ],
    "/calendar/move": [],
    "/mood": [
        {"days": ["7", "28", "90", "365"], "account": ["", "sandbox:main"]},
        {"about": ["delivery"], "language": ["zh"], "days": ["365"]},
        {"format": ["csv"], "table": ["days", "aspects"]},
    ],
    "/results": [{"days": ["7", "30", "90", "365"], "account": ["", "sandbox:main"]}, {"kind": ["reply", "post"]},
                 {"format": ["csv"], "days": ["90"]}],
    "/report": [{"week": ["last", "2026-W40", "2025-W30"]}, {"format": ["csv"]}],
    "/brand": [{"words": ["friend"]}, {"kind": ["should"]}, {"from": ["60"]}],
    PREFIX + "/comments": [
        {"cursor": PLACES, "limit": ["100"]},
        {"show": ["waiting", "all"], "mood": ["", "negative"], "account": ["", "sandbox:cn"]},
        {"intent": ["legal", "question"]}, {"assignee": ["li"]}, {"author": ["fan101.example", "nobody.example"]},
        {"words": ["refund", "nobodysaysthis"], "show": ["waiting", "all"]}, {"limit": ["100"]},
    ],
    PREFIX + "/drafts": [{"state": ["review", "asked", "live", "refused"]},
                         {"account": ["sandbox:us"], "limit": ["100"]}, {"cursor": PLACES}],
    PREFIX + "/posts": [{"account": ["sandbox:us"]}, {"limit": ["100"]}, {"cursor": PLACES}],
    PREFIX + "/results": [{"account": ["", "sandbox:us"], "limit": ["500"]}],
    PREFIX + "/calendar": [{"weeks": ["1", "8", "26"], "limit": ["", "20"]}, {"account": ["sandbox:us"]},
                           {"weeks": ["26"], "cursor": [cursor(NOW + timedelta(days=28), "sandbox:cn")]}],
    PREFIX + "/mood": [{"days": ["7", "366"]}, {"topic": ["delivery", "nothing"]}],
    PREFIX + "/events": [{"after": ["0", "100000"], "limit": ["100"]}, {"type": ["post.live", "comment.answered"]}],
    PREFIX + "/rules": [{"limit": ["100"]}],
}  # fmt: skip
#: What may also be answered, for what needs more than a database: no picture, no work, no job there.
MISSING = ("/draft/{draft}/picture/{digest}", "/new/{work}", PREFIX + "/jobs/{job}")


def asked(app: App) -> dict[str, list[str]]:
    """Return by route the addresses to ask."""
    named = _named(app)
    routes = [r.path for r in ROUTES if r.method == "GET"]
    routes += [PREFIX + op.path for op in OPERATIONS if op.method == "GET"]
    found = {}
    for route in dict.fromkeys(routes):
        places = _PARAMETER.findall(route)
        unknown = [p for p in places if p not in named]
        assert not unknown, f"{route}: say in {__file__} what to put for {unknown}"
        width = max((len(named[p]) for p in places), default=1)
        paths = [_PARAMETER.sub(lambda m, k=k: named[m[1]][k % len(named[m[1]])], route) for k in range(width)]
        ways = [""] + [f"?{urlencode(one)}" for way in _WAYS.get(route, []) for one in _each(way)]
        if route == "/calendar/move":
            ways = [f"?draft={draft}" for draft in named["draft"]]
        found[route] = [path + way for path in paths for way in ways]
    return found


def _each(way: dict[str, list[str]]) -> list[dict[str, str]]:
    return [{k: v for k, v in zip(way, values, strict=True) if v} for values in product(*way.values())]


def _named(app: App) -> dict[str, list[str]]:
    """Return what stands for each name in an address: of every kind the easy and the hard ones."""

    def ids(sql: str) -> list[str]:
        return [str(row[0]) for row in conn.execute(text(sql))]

    with app.db.read() as conn:
        busy = ids("SELECT max(id) FROM comment GROUP BY thread ORDER BY count(*) DESC LIMIT 3")
        liked = ids("SELECT like_id FROM comment WHERE like_id <> '' GROUP BY like_id ORDER BY count(*) DESC LIMIT 2")
        loud = ids("SELECT max(id) FROM comment GROUP BY author_id ORDER BY count(*) DESC LIMIT 2")
        states, drafts = list[str](), list[str]()
        for state in ("proposed", "escalated", "answered", "ignored", "new"):
            states += ids(f"SELECT id FROM comment WHERE state = '{state}' ORDER BY at DESC LIMIT 2")
        for state in ("in_review", "approved", "proposed", "rejected", "superseded"):
            drafts += ids(f"SELECT draft_id FROM draft_version WHERE state = '{state}' ORDER BY created DESC LIMIT 3")
        drafts += ids("SELECT post.draft_id FROM post JOIN post_part ON post_part.post_id = post.id "
                      "WHERE post_part.n = 2 ORDER BY due LIMIT 3")  # fmt: skip
        posts = ids("SELECT id FROM post ORDER BY due DESC LIMIT 3") + ids("SELECT id FROM post ORDER BY due LIMIT 3")
    rules = [rule.id for rule in app.brand().rulebook.rules[::40]]
    return {"comment": busy + liked + loud + states, "draft": drafts, "post": posts, "rule": rules,
            "digest": ["0" * 64], "work": ["w_none"], "job": ["j_none"]}  # fmt: skip
