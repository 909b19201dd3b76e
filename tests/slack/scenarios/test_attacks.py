"""Five hundred requests that must change nothing, and the guards that stop them, each taken away once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.surfaces.slack import http, people
from bot.surfaces.slack.cards import binding
from bot.workflow import decide, now
from tests.servers.slack_gateway import Gateway
from tests.slack.scenarios import attacks
from tests.slack.scenarios.conftest import channel_name
from tests.slack.scenarios.desk import Desk, desk

pytestmark = pytest.mark.slow


def test_no_attack_changes_anything(served: Desk, record_property: Callable[[str, object], None]) -> None:
    made = attacks.targets(served)
    result = attacks.run(served, attacks.every(served, made))
    record_property("tries", result.tries)
    record_property("bypasses", len(result.bypasses))
    assert "\n".join(result.bypasses) == ""
    assert result.tries >= 500
    # They were not just lost: what they wanted is done for whoever may ask for it.
    value = attacks.press_value(served, made.second)
    served.transport("interactive", attacks.button(served.li, "approve", value))
    served.becomes(made.second, "approved")


def _no_seal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(http.Seal, "check", lambda *_: None)


def _no_borders(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(people, "_refuse_outsiders", lambda *_: None)


def _no_rights(patch: pytest.MonkeyPatch) -> None:
    for verb in (decide, now):
        patch.setattr(verb, "may", lambda brand, request, who, wrote, **_: brand.person(who))


def _no_binding(patch: pytest.MonkeyPatch) -> None:
    def read(value: str) -> binding.Bound:
        draft, _, rest = value.partition("@")
        return binding.Bound(draft, 1, rest)

    patch.setattr(binding.Bound, "read", read)
    patch.setattr(binding, "held", lambda app, value: binding.load(app, binding.Bound.read(value).draft))


Groups = Callable[[Desk, attacks.Targets], Iterator[Any]]


@pytest.mark.parametrize(
    ("without", "groups"),
    [
        (_no_seal, attacks.forgeries),
        (_no_borders, attacks.strangers),
        (_no_rights, attacks.roles),
        (_no_binding, attacks.values),
    ],
)
def test_without_its_guard_an_attack_is_found_out(
    without: Callable[[pytest.MonkeyPatch], None],
    groups: Groups,
    slack_gateway: Gateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    with desk(slack_gateway, tmp_path, channel_name(request)) as served:
        made = attacks.targets(served)
        without(monkeypatch)
        assert attacks.run(served, groups(served, made)).bypasses
