"""One house for a whole run, and browsers in it that note whatever a page complains of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import fresh_postgres
from tests.web.chromium import MISSING, PROGRAM
from tests.web.e2e.house import House, house, nothing

Opens = Callable[..., Any]
#: A breach of the page's own policy is written to its console, where it is gathered.
_LISTEN = (
    "document.addEventListener('securitypolicyviolation',"
    " e => console.error('csp: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile))"
)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A furnished house, served on each database."""
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        with house(folder) as made:
            yield made
        return
    urls = fresh_postgres(request.getfixturevalue("postgres_url"))
    with house(folder, next(urls)) as made:
        yield made
    next(urls, None)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house on its first day: nothing was drafted, nobody said anything."""
    with house(tmp_path_factory.mktemp("bare"), fill=nothing) as made:
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for one file and no longer: its driver keeps a loop running in the thread of the tests."""
    if MISSING:
        pytest.skip("needs chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as play:
        # In a container Chromium has neither a sandbox of its own nor much shared memory.
        shown = play.chromium.launch(
            executable_path=PROGRAM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield shown
        shown.close()


class Watch:
    """What pages complained of: breaches of their policy, scripts that failed, dialogs, answers of 500."""

    def __init__(self) -> None:
        self.csp: list[str] = []
        self.wrong: list[str] = []

    def over(self, page: Any) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", self._dialog)
        page.on("response", lambda r: self.wrong.append(f"{r.status} {r.url}") if r.status >= 500 else None)

    def _console(self, message: Any) -> None:
        if message.text.startswith("csp:") or "Content Security Policy" in message.text:
            self.csp.append(message.text)
        elif message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.wrong.append(message.text)

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def watch(record_property: Callable[[str, object], None]) -> Iterator[Watch]:
    made = Watch()
    yield made
    record_property("csp_reports", len(made.csp))
    assert made.csp == []
    assert made.wrong == []


@pytest.fixture
def opened(chromium: Any, watch: Watch, tmp_path: Path) -> Iterator[Opens]:
    """Return what opens a browser of its own for somebody, signed in by a one-time link, or for nobody."""
    made = []

    def opens(at: House, person: str = "", *, language: str = "en", **given: Any) -> Any:
        context = chromium.new_context(
            base_url=at.url, locale="zh-CN" if language == "zh" else "en-GB", timezone_id="Europe/Berlin", **given
        )
        made.append(context)
        context.set_default_timeout(60_000)
        context.add_init_script(_LISTEN)
        page = context.new_page()
        watch.over(page)
        if person:
            page.goto(at.link(person))
            page.click("button.main")
            page.wait_for_url(at.url + "/")
        return page

    yield opens
    for context in made:
        context.close()
