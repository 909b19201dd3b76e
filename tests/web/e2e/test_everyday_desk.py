"""The scenarios that run with every test: one of each kind. ``make web-e2e`` runs them all, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.chromium import MISSING
from tests.web.e2e import places
from tests.web.e2e.house import House
from tests.web.e2e.scenes_brand import test_sign_in_by_password_and_out as _passwords
from tests.web.e2e.scenes_everywhere import axe
from tests.web.e2e.scenes_plan import test_drag_a_draft_to_another_day as _drag
from tests.web.e2e.scenes_plan import test_open_correct_and_answer_a_comment_by_keys as _inbox
from tests.web.e2e.scenes_review import test_edit_and_what_a_check_forbids as _edit
from tests.web.e2e.scenes_review import test_four_eyes_refuse_whoever_wrote_it as _four_eyes
from tests.web.e2e.scenes_review import test_two_people_and_the_second_sees_it_at_once as _two

pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING, reason="needs chromium")]


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scene", [_passwords, _edit, _four_eyes, _two, _drag, _inbox])
def test_as_people_do_it(home: House, opened: Any, scene: Callable[[House, Any], None]) -> None:
    scene(home, opened)


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
def test_axe_finds_nothing_serious_on_the_pages_used_most(home: House, opened: Any) -> None:
    page = opened(home, "mo", color_scheme="dark", language="zh")
    for name in ("first", "month", "comment", "mood", "people", "policy"):
        places.show(page, home, name)
        assert axe(page) == [], name


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
def test_axe_does_find_what_is_wrong(home: House, opened: Any) -> None:
    """The proof has teeth: a page that is spoilt on purpose is found out."""
    page = opened(home, "mo")
    page.goto("/calendar")
    page.evaluate("document.querySelector('#account').closest('div').querySelector('label').remove()")
    assert any("select-name" in one or "label" in one for one in axe(page))


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
def test_a_breach_of_a_pages_own_policy_is_seen(home: House, opened: Any, watch: Any) -> None:
    page = opened(home, "mo")
    page.goto("/calendar")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'alert(1)'}))")
    page.wait_for_function("() => true")
    assert watch.csp
    assert not any(one.startswith("dialog") for one in watch.wrong)
    watch.csp.clear()
    watch.wrong.clear()
