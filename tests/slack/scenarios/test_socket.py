"""The same over Socket Mode: reconnecting, repeating, and connections that die."""

from __future__ import annotations

import threading
import time

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from bot.surfaces.slack import socket
from tests.servers.slack import APP_TOKEN, BOT_TOKEN
from tests.servers.slack_gateway import Gateway
from tests.slack.scenarios.desk import Desk

pytestmark = pytest.mark.slow


def test_a_card_is_approved_over_socket_mode(over_socket: Desk) -> None:
    draft_id = over_socket.world.draft("The autumn oolongs are here.").draft_id
    over_socket.li.press(over_socket.card(draft_id), "approve")
    over_socket.becomes(draft_id, "approved")


def test_a_form_shows_its_faults_over_socket_mode(over_socket: Desk) -> None:
    draft_id = over_socket.world.draft("The autumn oolongs are here.").draft_id
    over_socket.anna.press(over_socket.card(draft_id), "edit")
    form = over_socket.anna.modal("edit")
    answer = over_socket.anna.submit(form, **{"part.0.0": "A miracle in a cup."})
    assert answer["response_action"] == "errors"
    over_socket.anna.submit(form, **{"part.0.0": "Autumn oolongs."})
    over_socket.card(draft_id, showing="Autumn oolongs.")


def test_after_a_disconnect_it_connects_again_and_goes_on(over_socket: Desk) -> None:
    socket, connections = over_socket.gateway.socket, over_socket.gateway.socket.connections
    for n, reason in enumerate(("warning", "refresh_requested"), 1):
        socket.disconnect(reason)
        socket.wait(connections + n, 120)
        before = len(over_socket.anna.told())
        over_socket.anna.command("help")
        over_socket.gateway.until(lambda _, b=before: len(over_socket.anna.told()) > b, 30, "an answer")


def test_what_is_delivered_four_times_over_two_connections_is_done_once(over_socket: Desk) -> None:
    draft_id = over_socket.world.draft("The autumn oolongs are here.").draft_id
    payload = over_socket.li.press_payload(over_socket.card(draft_id), "approve")
    socket, connections = over_socket.gateway.socket, over_socket.gateway.socket.connections
    for _ in range(2):
        assert socket.send("interactive", payload) is not None
    socket.disconnect()
    socket.wait(connections + 1, 120)
    for _ in range(2):
        assert socket.send("interactive", payload, retry=1) is not None
    over_socket.becomes(draft_id, "approved")
    over_socket.idle()
    with over_socket.world.db.read() as conn:
        from sqlalchemy import func, select

        from bot.store import tables

        assert conn.execute(select(func.count()).select_from(tables.decision)).scalar() == 1


def test_a_connection_that_dies_without_a_word_is_replaced_and_nothing_is_lost(over_socket: Desk) -> None:
    draft_id = over_socket.world.draft("The autumn oolongs are here.").draft_id
    payload = over_socket.li.press_payload(over_socket.card(draft_id), "approve")
    socket, connections = over_socket.gateway.socket, over_socket.gateway.socket.connections
    # It is delivered as the connection breaks, so no acknowledgement comes, and Slack delivers it once more.
    socket.send("interactive", payload, wait=False)
    socket.die()
    socket.wait(connections + 1, 120)
    assert socket.send("interactive", payload) is not None
    over_socket.becomes(draft_id, "approved")


def test_guests_are_refused_over_socket_mode_too(over_socket: Desk) -> None:
    draft_id = over_socket.world.draft("The autumn oolongs are here.").draft_id
    card, before = over_socket.card(draft_id), over_socket.ledger()
    for user in (over_socket.guest, over_socket.visitor, over_socket.outsider, over_socket.robot, over_socket.stray):
        user.press(card, "approve")
        user.command("stop")
    over_socket.idle()
    assert over_socket.ledger() == before


@pytest.mark.timeout(60)
def test_a_machine_that_stalls_while_the_connection_is_closed_holds_nothing_up(slack_gateway: Gateway) -> None:
    client = WebClient(token=BOT_TOKEN, base_url=slack_gateway.api)
    bolt = App(client=client, signing_secret="", token_verification_enabled=False, request_verification_enabled=False)
    before = set(threading.enumerate())
    with socket.connected(bolt, APP_TOKEN) as handler:
        slack_gateway.socket.wait()
        session = handler.client.current_session
        assert session is not None
        close = session.close

        def late() -> None:
            # Long enough for the thread that receives to see that it is to end, and to look for work once more.
            time.sleep(4)
            close()

        session.close = late  # type: ignore[method-assign]
    receiving = handler.client.current_session_runner
    assert not receiving.is_alive()
    assert not handler.client.is_connected()
    left = [t for t in set(threading.enumerate()) - before if t.name == "slack-close"]
    assert not left
