"""Every page of the desk, by name: addresses, and the few that only a form leads to."""

from __future__ import annotations

from typing import Any

from tests.web import pictures_brand as shop
from tests.web.e2e.house import POLICY, House

ADDRESSES = {
    "review": "/", "open": "/?show=open", "done": "/?show=done", "together": "/together", "new": "/new",
    "month": "/calendar", "week": "/calendar?as=week", "list": "/calendar?as=list", "day": "/calendar?as=day",
    "inbox": "/inbox", "inbox-none": "/inbox?words=zebra", "mood": "/mood", "results": "/results",
    "report": "/report", "rules": "/brand", "rule": "/brand/rule/warm", "versions": "/brand/versions",
    "try-empty": "/brand/try", "policy": "/brand/policy", "brand-file": "/brand/policy?file=brand.yaml",
    "people": "/brand/people",
    "proposals": "/brand/proposals", "accounts": "/accounts", "you": "/you", "api": "/api/docs", "lost": "/nowhere",
}  # fmt: skip
#: Pages that a form leads to.
FORMS = ("try", "policy-tried", "policy-wrong")
#: Pages for somebody who is not signed in.
DOORS = ("/sign-in", "/enter?token=gone")
NEWER = POLICY.replace("needed: 2", "needed: 1").replace("do: leave", "do: propose")


def every(home: House) -> list[str]:
    """Return the names of all pages that a house has."""
    return [*ADDRESSES, *home.places, *FORMS]


def show(page: Any, home: House, name: str) -> None:
    """Open a page by its name, and wait until it stands still."""
    if name == "try":
        page.goto("/brand/try")
        page.fill("#text", shop.TEXT)
        page.click("main button.main")
        page.wait_for_selector(".score", timeout=60_000)
    elif name in ("policy-tried", "policy-wrong"):
        page.goto("/brand/policy")
        page.fill("#text", NEWER if name == "policy-tried" else POLICY.replace("do: leave", "do: leve"))
        page.click("form.editor button.main")
        page.wait_for_selector(".diff" if name == "policy-tried" else "#problems", timeout=60_000)
    else:
        page.goto({**ADDRESSES, **home.places}[name])
    page.wait_for_load_state("load")


def wide(page: Any) -> int:
    """Return how many pixels the page is wider than its window; those that may scroll are inside boxes of their own."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found
