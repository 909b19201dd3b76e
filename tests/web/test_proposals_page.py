"""The page of proposed changes: everybody reads the diff, an admin decides, bound to the file that was seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from bot.store import proposals
from bot.store.proposals import Proposed
from memory.in_memory import InMemory
from tests.shop import shop
from tests.web.served import Browser
from tests.world import World

Opens = Callable[..., Browser]


@pytest.fixture
def folder(desk: World, tmp_path: Path) -> Path:
    """Return a real brand folder, learned, with two proposals that wait."""
    made = shop(tmp_path, ben="approver")
    desk.app.use_memory(InMemory())
    desk.app.learn(made)
    now = desk.clock.now()
    with desk.db.write() as conn:
        proposals.add(conn, "lumen", Proposed("g_1", "rule", "price", "en", "", "Ask <b>us</b>.", ("d_1",), now))
        proposals.add(conn, "lumen", Proposed("g_2", "saved_answer", "price", "en", "", "Two pounds.", ("d_2",), now))
    return made


def test_everybody_reads_what_would_change_and_an_admin_decides(desk: World, folder: Path, browser: Opens) -> None:
    page = browser("anna").get("/brand/proposals").text
    assert "Ask &lt;b&gt;us&lt;/b&gt;." in page
    assert "Accept and learn" not in page
    assert browser("anna").press("/brand/proposals/g_1/accept").status_code == 403
    sam = browser("sam")
    page = unescape(sam.get("/brand/proposals").text)
    seen = re.search(r'g_1/accept".*?name="seen" value="([0-9a-f]{64})"', page)
    assert seen
    assert sam.press("/brand/proposals/g_1/accept", seen="0" * 64).status_code == 409
    assert not (folder / "guidelines" / "learned.md").exists()
    assert sam.press("/brand/proposals/g_1/accept", seen=seen[1]).status_code in (200, 303)
    assert "Ask <b>us</b>." in (folder / "guidelines" / "learned.md").read_text(encoding="utf-8")
    assert sam.press("/brand/proposals/g_2/refuse").status_code in (200, 303)
    page = unescape(sam.get("/brand/proposals").text)
    assert "Nothing is proposed." in page
    assert "accepted" in page
    assert "refused" in page
