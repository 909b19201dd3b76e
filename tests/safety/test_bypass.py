"""A slice of `make bypass` with every test run, and each guard taken away once: the count has to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.clock import FixedClock, SystemClock
from bot.domain.brand import Person
from bot.store.web import Session
from bot.surfaces.cli import review
from bot.surfaces.web import cards, entry, guard
from bot.surfaces.web.api import access
from bot.surfaces.web.pages import deciding
from bot.workflow import decide, now, standing
from tests.safety import bypass_api, bypass_cli, bypass_races, bypass_rows, bypass_web
from tests.safety.bypass import Scene, run
from tests.safety.bypass_visitors import Visitors
from tests.web.served import served
from tests.world import World

Patch = pytest.MonkeyPatch


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[tuple[Scene, Visitors]]:
    with Scene(tmp_path, FixedClock()) as scene, served(scene) as url, closing(Visitors(scene, url)) as them:
        yield scene, them


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[tuple[Scene, bypass_cli.Terminal]]:
    with Scene(tmp_path, SystemClock()) as scene:
        yield scene, bypass_cli.Terminal(scene)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Scene(tmp_path, FixedClock()) as made:
        yield made


def test_some_tries_at_the_web_desk(visited: tuple[Scene, Visitors]) -> None:
    result = run(visited[0], bypass_web.every(*visited), every=25)
    assert result.bypasses == []
    assert bypass_web.rightful(*visited)


def test_some_tries_at_the_api(tmp_path: Path) -> None:
    with Scene(tmp_path, FixedClock()) as scene, served(scene) as url, closing(bypass_api.Programs(scene, url)) as them:
        assert run(scene, bypass_api.every(scene, them), every=25).bypasses == []
        assert bypass_api.rightful(scene, them)


@pytest.mark.slow
@pytest.mark.parametrize(("guard", "tries"), [("permit", bypass_api._scopes), ("may", bypass_api._own_words)])
def test_an_api_without_its_guard_is_found_out(
    tmp_path: Path, monkeypatch: Patch, guard: str, tries: Callable[..., Any]
) -> None:
    with Scene(tmp_path, FixedClock()) as scene, served(scene) as url, closing(bypass_api.Programs(scene, url)) as them:
        if guard == "permit":
            monkeypatch.setattr(access, "permit", lambda *_: None)
        else:
            _no_rights(monkeypatch)
        assert run(scene, iter([(guard, list(tries(scene, them)))]), first=True).bypasses


def test_some_tries_at_the_command_line(shell: tuple[Scene, bypass_cli.Terminal]) -> None:
    result = run(shell[0], bypass_cli.every(*shell), every=25)
    assert result.bypasses == []
    assert bypass_cli.rightful(*shell)


def test_of_fifty_at_once_one_counts(world: World) -> None:
    assert bypass_races.run(world, len(bypass_races.MANNERS)) == 0


# --- without its guard ----------------------------------------------------------------------------------------------


def _no_token(patch: Patch) -> None:
    patch.setattr(entry, "genuine", lambda *_: True)


def _no_origin(patch: Patch) -> None:
    patch.setattr(guard.Guard, "_refused", lambda *_: "")


def _no_session(patch: Patch) -> None:
    def anybody(app: App, token: str) -> Session:
        at = app.clock.now()
        return Session("x", "lumen", "li", at, at, at, "")

    patch.setattr(entry, "session", anybody)
    patch.setattr(entry, "genuine", lambda *_: True)


def _no_roles(patch: Patch) -> None:
    patch.setattr(Person, "may", lambda *_: True)


def _no_rights(patch: Patch) -> None:
    for verb in (decide, now):
        patch.setattr(verb, "may", lambda brand, request, who, wrote, **_: brand.person(who))


def _no_binding(patch: Patch) -> None:
    """What is signed is the newest text, whatever was shown."""

    def answer(visit: Any, card: Any, reason: str = "") -> Any:
        return review.answer(card, visit.person.id, reason=reason, via="web")

    patch.setattr(cards, "held", lambda visit: cards.load(visit, visit.path["draft"]))
    patch.setattr(deciding, "_answer", answer)


WEB: dict[str, tuple[Callable[[Patch], None], Callable[[Scene, Visitors], Any]]] = {
    "form token": (_no_token, bypass_web._tokens),
    "origin": (_no_origin, bypass_web._elsewhere),
    "session": (_no_session, bypass_web._nobody),
    "roles": (_no_roles, bypass_web._roles),
    "four eyes": (_no_rights, bypass_web._own_words),
    "what was shown": (_no_binding, bypass_web._values),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WEB)
def test_a_web_desk_without_its_guard_is_found_out(
    visited: tuple[Scene, Visitors], monkeypatch: Patch, name: str
) -> None:
    without, tries = WEB[name]
    without(monkeypatch)
    assert run(visited[0], iter([(name, list(tries(*visited)))]), first=True).bypasses


def _anybody(patch: Patch) -> None:
    patch.setattr(App, "operator", lambda app: replace(app.brand().people[1]))


def _no_signature(patch: Patch) -> None:
    patch.setattr(standing, "signature_fault", lambda *_: "")


def _newest(patch: Patch) -> None:
    """What is signed is what stands there now, not what was on the screen."""
    real = review.answer

    def answer(card: Any, person: str, **given: Any) -> Any:
        return real(review.load(_newest.app, card.draft.id), person, **given)  # type: ignore[attr-defined]

    patch.setattr(review, "answer", answer)


CLI: dict[str, tuple[Callable[[Patch], None], Callable[[Scene, bypass_cli.Terminal], Any]]] = {
    "who asks": (_anybody, bypass_cli._nobody),
    "roles": (_no_roles, bypass_cli._roles),
    "what was shown": (_newest, bypass_cli._edited),
    "signature before the send": (_no_signature, lambda scene, _: bypass_rows.every(scene)),
}


@pytest.mark.parametrize("name", CLI)
def test_a_command_line_without_its_guard_is_found_out(
    shell: tuple[Scene, bypass_cli.Terminal], monkeypatch: Patch, name: str
) -> None:
    without, tries = CLI[name]
    _newest.app = shell[0].app  # type: ignore[attr-defined]
    without(monkeypatch)
    assert run(shell[0], iter([(name, list(tries(*shell)))]), first=True).bypasses


@pytest.mark.parametrize("deed", ["edit", "reschedule", "another"])
def test_who_may_only_read_changes_nothing_at_the_command_line(
    shell: tuple[Scene, bypass_cli.Terminal], deed: str
) -> None:
    scene, run_command = shell
    before = scene.ledger()
    more = {"edit": ("--text", "Other words."), "reschedule": ("--now",), "another": ("shorter",)}[deed]
    assert run_command(deed, scene.anna.draft_id, *more, person="rose") != 0
    assert "needs the role" in run_command.said
    assert scene.ledger() == before


@pytest.mark.parametrize("needed", [0, -1])
def test_a_request_that_was_changed_to_ask_nobody_publishes_nothing(scene: Scene, needed: int) -> None:
    write = bypass_rows.forgeries(scene)[f"a post that needs {'nobody' if needed == 0 else 'less than nobody'}"]
    assert bypass_rows.forged(scene, write)() == ""
