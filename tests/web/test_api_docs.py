"""docs/api.md does what it says: its curl lines are sent, its Python is run, its settings and scopes exist."""

from __future__ import annotations

import json
import re
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.store import api
from bot.store.happenings import TYPES
from bot.surfaces.web.api.access import SCOPES
from bot.workflow.webhooks import DELAYS, signature
from tests.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
SHELL = [block for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) if "curl" in block]
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture
def token(desk: World, url: str) -> str:
    now = desk.clock.now()
    made = api.Token("k_1", "lumen", "anna", "docs", frozenset(("read", "write")), now, "sam", now + timedelta(days=1))
    with desk.db.write() as conn:
        api.add_token(conn, "sgn_docs", made)
    return "sgn_docs"


def test_every_curl_line_is_answered(desk: World, url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot import writing
    from bot.errors import ModelUnavailable

    def fail(*_: Any, **__: Any) -> Any:
        raise ModelUnavailable

    monkeypatch.setattr(writing, "draft", fail)
    desk.draft()
    said = []
    for block in SHELL:
        lines = [line for line in block.splitlines() if not line.startswith("export")]
        given = {"DESK": f"{url}/api/v1", "TOKEN": token, "PATH": "/usr/bin:/bin"}
        ran = subprocess.run(["bash", "-euc", "\n".join(lines)], env=given, capture_output=True, text=True, check=True)
        said.append(json.loads(ran.stdout))
    assert len(said) == 5
    assert [one for one in said if "type" in one] == []
    assert said[0]["person"] == "anna"
    assert said[1]["draft"]["state"] == "review"
    assert len(said[2]["items"]) == 2
    assert said[3]["blocked"]
    assert said[4]["state"] in ("running", "failed")


def test_the_python_reads_what_waits(
    desk: World, url: str, token: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    desk.draft("The autumn oolongs are here.")
    exec(PYTHON[0], {"DESK": f"{url}/api/v1", "TOKEN": token, "httpx": httpx})
    assert "The autumn oolongs are here." in capsys.readouterr().out


def test_the_snippet_tells_a_genuine_request() -> None:
    place: dict[str, Any] = {}
    exec(PYTHON[1], place)
    secret, body, now = "whsec_" + "a2trawo=", b'{"type": "post.live"}', int(time.time())
    headers = {"webhook-id": "w_1-7", "webhook-timestamp": str(now),
               "webhook-signature": "v1,AAAA " + signature(secret, "w_1-7", now, body)}  # fmt: skip
    genuine = place["genuine"]
    assert genuine(secret, headers, body)
    assert not genuine(secret, headers, body + b" ")
    assert not genuine("whsec_" + "b3RoZXI=", headers, body)
    assert not genuine(secret, {**headers, "webhook-id": "w_1-8"}, body)
    assert not genuine(secret, {**headers, "webhook-timestamp": str(now - 900)}, body)


def test_it_names_what_there_is(desk: World) -> None:
    for scope in SCOPES:
        assert f"| `{scope}` |" in PAGE
    for name in re.findall(r"`((?:draft|post|comment|account|switch)\.[a-z_]+)`", PAGE):
        assert name in TYPES
    assert f"{desk.settings.api_rate} requests a minute" in PAGE
    assert DELAYS[:4] == (5, 30, 120, 600)
    assert "5 s, 30 s, 2 min, 10 min" in PAGE
