"""Slack over Socket Mode: we connect to Slack, so no address of ours needs to be reached from outside.

https://docs.slack.dev/apis/events-api/using-socket-mode/ (read 2026-11-22). Slack closes a connection now and then and
says so first (``disconnect``); the client opens the next one by itself. What was not acknowledged comes again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bot.errors import Misconfigured
from bot.words import say

if TYPE_CHECKING:
    from slack_bolt import App as Bolt
    from slack_bolt.adapter.socket_mode import SocketModeHandler

log = logging.getLogger(__name__)

#: Deliveries that are acknowledged at once.
HANDS = 10
#: Seconds between pings. A connection that died without a word is noticed after some five of them: with the handler's
#: own 10 s, nobody would be heard for a minute (slack_sdk 3.47, measured 2026-11-22).
PING = 3.0
#: Seconds between tries to connect.
AGAIN = 5.0
#: Seconds that the end of a connection is waited for; receiving gives up every three.
CLOSING = 8.0


@contextmanager
def connected(bolt: Bolt, app_token: str) -> Iterator[SocketModeHandler]:
    """Stay connected for as long as the block runs.

    Raises Misconfigured when Slack refuses the token. Where Slack cannot be reached, it is tried again and again.
    """
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    handler = SocketModeHandler(bolt, app_token, concurrency=HANDS, ping_interval=PING)
    over = threading.Event()
    again: threading.Thread | None = None
    try:
        if not _connect(handler):
            again = threading.Thread(target=_until, args=(handler, over), name="slack-connect", daemon=True)
            again.start()
        yield handler
    finally:
        over.set()
        if again is not None:
            again.join(2 * AGAIN)
        _close(handler)


def _close(handler: SocketModeHandler) -> None:
    """End the connection, whatever state it is in.

    The client marks its session as ended and then closes the socket. Where this thread has to wait between the two, on
    a busy machine, the thread that receives takes the session up again, takes the mark away and never ends, and
    ``close`` waits for that thread (slack_sdk 3.47, ``SocketModeClient._run_current_session``, read 2026-11-23). So the
    mark is set again until it has ended.
    """
    client = handler.client

    def close() -> None:
        # A socket that is gone already cannot be closed; the client says so with errors of several kinds.
        with suppress(Exception):
            client.close()
            # One that was just being made was not closed with the one before it.
            if client.is_connected():
                client.disconnect()

    closing = threading.Thread(target=close, name="slack-close", daemon=True)
    closing.start()
    end = time.monotonic() + CLOSING
    while closing.is_alive() and time.monotonic() < end:
        # Asked for anew each time: a connection that was just being made has a state of its own.
        client.current_session_state.terminated = True
        closing.join(0.1)
    if closing.is_alive():
        log.warning("the connection to Slack did not end in %s seconds; it is left as it is", CLOSING)


def _connect(handler: SocketModeHandler) -> bool:
    from slack_sdk.errors import SlackApiError

    try:
        handler.client.connect()
    except SlackApiError as error:
        code = str(error.response.get("error") or "") if isinstance(error.response.data, dict) else ""
        if error.response.status_code >= 500 or code in ("internal_error", "fatal_error", "ratelimited", ""):
            return False
        raise Misconfigured(
            say("Slack refused the app token ({code}).", code=code),
            next_step=say("`signoff slack setup` tests each token and says what is missing."),
        ) from None
    except Exception as error:
        log.warning("Slack cannot be reached now; it is tried again: %s", error)
        return False
    return True


def _until(handler: SocketModeHandler, over: threading.Event) -> None:
    while not over.wait(AGAIN):
        try:
            if _connect(handler):
                return
        except Misconfigured as error:
            log.error("%s", error)
            return
