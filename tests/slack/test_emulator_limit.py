"""The emulator's own limit of calls an hour is not met by a long run of the tests."""

from __future__ import annotations

from tests.servers import slack
from tests.servers.slack_gateway import Gateway


def test_more_calls_than_one_token_has_an_hour_are_answered(slack_gateway: Gateway) -> None:
    for _ in range(6000):
        answer = slack_gateway._answer("auth.test", slack.BOT_TOKEN, {})
        assert answer.get("ok"), answer
        assert answer["user_id"] == slack.BOT_USER
