"""Hide a comment from readers on its platform, and show it again, from its page in the inbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.comment import CommentState
from bot.platforms.sandbox import Sandbox
from tests.scenario.test_replies_rules import Desk
from tests.web.served import Browser
from tests.web.test_inbox_page import press, stands
from tests.world import World

Opens = Callable[..., Browser]


def test_a_press_hides_it_there_and_another_shows_it_again(desk: World, browser: Opens) -> None:
    heard, li = Desk(desk), browser("li")
    said = heard.says("Saw it yesterday")
    heard.look()
    one = heard.entry(said)
    assert "Hide it on Sandbox" in li.get(f"/inbox/{one.id}").text
    assert press(li, desk, one, "hide-there").status_code == 303
    page = li.get(f"/inbox/{one.id}").text
    assert "A worker hides it on Sandbox: usually within a minute." in page
    assert "A worker is about to hide it on Sandbox." in page
    assert stands(desk, one).state is CommentState.HIDDEN
    press(li, desk, one, "hide-there")
    assert "It stood so already." in li.get(f"/inbox/{one.id}").text
    heard.look()
    assert desk.app.sandbox.is_hidden(said)
    page = li.get(f"/inbox/{one.id}").text
    assert "Readers on Sandbox do not see it." in page
    assert "Hide it on Sandbox" not in page
    assert press(li, desk, one, "show-there").status_code == 303
    heard.look()
    assert not desk.app.sandbox.is_hidden(said)
    assert "Readers on" not in li.get(f"/inbox/{one.id}").text


def test_only_who_signs_and_only_where_it_can_be_hidden(desk: World, browser: Opens, monkeypatch: pytest.MonkeyPatch
                                                        ) -> None:  # fmt: skip
    heard, li, anna = Desk(desk), browser("li"), browser("anna")
    said = heard.says("Saw it yesterday")
    mention = desk.app.sandbox.post("bob.sandbox", "Hello @lumen.sandbox")
    assert mention is not None
    heard.look()
    one, other = heard.entry(said), heard.entry(mention.id)
    assert "Hide it on" not in anna.get(f"/inbox/{one.id}").text
    assert press(anna, desk, one, "hide-there").status_code == 403
    assert "Hide it on" not in li.get(f"/inbox/{other.id}").text
    refused = press(li, desk, other, "hide-there")
    assert refused.status_code == 422
    assert "Only an answer below a post of this account can be hidden." in refused.text
    plain = replace(Sandbox.features, hides=False)
    monkeypatch.setattr(Sandbox, "features", plain)
    monkeypatch.setattr(desk.desk.platform("sandbox:main"), "features", plain)
    assert "Hide it on" not in li.get(f"/inbox/{one.id}").text
    refused = press(li, desk, one, "hide-there")
    assert refused.status_code == 422
    assert "Sandbox has no way to hide what others answer." in refused.text
    assert "Mute, block or report its author there." in refused.text
    heard.look()
    assert not desk.app.sandbox.is_hidden(said)
