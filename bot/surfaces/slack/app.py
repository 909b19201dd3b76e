"""Slack, put together: slack-bolt, the inbox, and whatever runs beside them while ``signoff serve`` does."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.errors import BadInput, Misconfigured, SignoffError
from bot.operations.web import address
from bot.surfaces.slack.errors import SlackBusy, SlackRefused
from bot.words import say

if TYPE_CHECKING:
    from pydantic import SecretStr
    from slack_bolt import App as Bolt

    from bot.app import App
    from bot.settings import Settings
    from bot.surfaces.slack.inbox import Inbox
    from bot.surfaces.slack.speaker import WebSpeaker

log = logging.getLogger(__name__)

#: Where HTTP is heard when nothing else is said.
HERE = "127.0.0.1:3000"
#: Seconds between looks at who is in the user groups that give roles.
GROUPS = 600.0
#: An id of a channel; its name can change, and names nothing in most of Slack's calls.
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,30}")
#: Seconds that one thread may run while others wait.
SWITCH = 0.0005


@dataclass(frozen=True)
class Setup:
    """What is set for Slack: checked to be whole."""

    app_token: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    host: str = ""
    port: int = 0

    @classmethod
    def of(cls, settings: Settings) -> Setup | None:
        """Return what is set, or None for nothing. Raises Misconfigured for half of it."""
        s, setup = settings, say("`signoff slack setup` walks through it.")
        given = {name: _given(name, getattr(s, name)) for name in _NAMES}
        if not any(given.values()) and not s.slack_http:
            return None
        bot, app, secret, old = given.values()
        if not bot:
            raise Misconfigured(say("SIGNOFF_SLACK_BOT_TOKEN is not set, but other settings for Slack are."),
                                next_step=setup)  # fmt: skip
        for name, value, start in (("BOT", bot, "xoxb-"), ("APP", app, "xapp-")):
            if value and not value.startswith(start):
                raise Misconfigured(
                    say("SIGNOFF_SLACK_{name}_TOKEN does not start with {start}: it is another token.",
                        name=name, start=start),
                    next_step=setup,
                )  # fmt: skip
        if not app and not secret:
            raise Misconfigured(
                say("Slack has a bot token, and nothing to hear with."),
                next_step=say("Set SIGNOFF_SLACK_APP_TOKEN for Socket Mode, or SIGNOFF_SLACK_SIGNING_SECRET for HTTP."),
            )
        if (old or s.slack_http) and not secret:
            raise Misconfigured(
                say("Slack over HTTP needs SIGNOFF_SLACK_SIGNING_SECRET: without it anybody could sign."),
                next_step=setup,
            )
        if s.slack_channel and not _CHANNEL.fullmatch(s.slack_channel):
            # Slack posts to a name, but updates no message by it: cards would stand still, or twice.
            raise Misconfigured(
                say("SIGNOFF_SLACK_CHANNEL is {given}: it must be the channel's id.", given=repr(s.slack_channel)),
                next_step=say("It stands at the very end of the channel's details, and starts with C or G."),
            )
        try:
            host, port = address(s.slack_http or HERE)
        except BadInput as error:
            raise Misconfigured(f"SIGNOFF_SLACK_HTTP: {error.message}", next_step=error.next_step) from None
        return cls(app, tuple(x for x in (secret, old) if x), host if secret else "", port if secret else 0)


_NAMES = ("slack_bot_token", "slack_app_token", "slack_signing_secret", "slack_signing_secret_old")


def _given(name: str, value: SecretStr | None) -> str:
    if value is None:
        return ""
    said = value.get_secret_value().strip()
    if not said:
        raise Misconfigured(
            say("SIGNOFF_{name} is empty.", name=name.upper()),
            next_step=say("Put its value there, or take the setting away."),
        )
    return said


@dataclass
class Serving:
    """Slack, while it is served."""

    speaker: WebSpeaker
    inbox: Inbox
    #: One line for each way that Slack is heard, for the terminal.
    lines: list[str]
    #: Where HTTP is heard, where it is.
    heard_at: tuple[str, int] | None = None
    #: Is work left that another process has to finish? Known at the end.
    left: bool = False


def speaker_of(app: App) -> WebSpeaker:
    """Return the way to Slack of what is set. Raises Misconfigured where the bot token is missing."""
    from bot.surfaces.slack.speaker import WebSpeaker

    token = _given("slack_bot_token", app.settings.slack_bot_token)
    if not token:
        raise Misconfigured(
            say("SIGNOFF_SLACK_BOT_TOKEN is not set."), next_step=say("`signoff slack setup` walks through it.")
        )
    return WebSpeaker(token, app.clock, api_url=app.settings.slack_api_url)


def bolt_of(inbox: Inbox, speaker: WebSpeaker) -> Bolt:
    """Return slack-bolt with one step: whatever it has parsed goes into the inbox, and is acknowledged.

    Signatures are checked by ``http.py`` before, over the raw bytes and with two secrets during a rotation; who asks is
    found after, by ``people.py``.
    """
    from slack_bolt import App as BoltApp
    from slack_bolt.middleware import Middleware
    from slack_bolt.response import BoltResponse

    class Keep(Middleware):
        def process(self, *, req: Any, resp: Any, next: Any) -> Any:
            reply = inbox.receive(req.body or {})
            if reply.body is None:
                return BoltResponse(status=reply.status, body="")
            headers: dict[str, str | Sequence[str]] = {"content-type": "application/json; charset=utf-8"}
            return BoltResponse(status=reply.status, body=json.dumps(reply.body), headers=headers)

    return BoltApp(
        name="signoff",
        client=speaker.client,
        signing_secret="",
        token_verification_enabled=False,
        request_verification_enabled=False,
        before_authorize=Keep(),
        logger=log,
    )


@contextmanager
def serving(app: App) -> Iterator[Serving | None]:
    """Serve Slack for as long as the block runs; yields None where nothing is set for it.

    Raises Misconfigured for half a set of settings, a token that Slack refuses, or another workspace than is set. Where
    Slack cannot be reached it is tried again: the worker goes on meanwhile.
    """
    setup = Setup.of(app.settings)
    if setup is None:
        yield None
        return
    from bot.surfaces.slack import follow, http, socket
    from bot.surfaces.slack.inbox import Inbox

    speaker = speaker_of(app)
    lines = [_hello(app, speaker)]
    inbox = Inbox(app, speaker)
    bolt = bolt_of(inbox, speaker)
    served = Serving(speaker, inbox, lines)
    over = threading.Event()
    with ExitStack() as stack:
        # A thread that acknowledges waits for the interpreter a dozen times; by default each wait is up to 5 ms long.
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH)
        stack.callback(lambda: _end(served))
        if setup.secrets:
            seal = http.Seal(setup.secrets, app.clock)
            host, port = stack.enter_context(http.serving(bolt, seal, setup.host, setup.port))
            served.heard_at = (host, port)
            where = f"http://{f'[{host}]' if ':' in host else host}:{port}{http.PATH}"
            lines.append(say("Slack is heard over HTTP: {url}. A proxy with TLS stands before it.", url=where))
        if setup.app_token:
            stack.enter_context(socket.connected(bolt, setup.app_token))
            lines.append(say("Slack is heard over Socket Mode."))
        inbox.start()
        follower = follow.Follower(app, speaker)
        for name, run in (("slack-follow", follower.run), ("slack-groups", lambda over: _groups(app, speaker, over))):
            thread = threading.Thread(target=run, args=(over,), name=name, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
        stack.callback(over.set)
        yield served


def _end(served: Serving) -> None:
    served.left = not served.inbox.stop()
    served.speaker.close()


def _hello(app: App, speaker: WebSpeaker) -> str:
    try:
        me = speaker.me()
    except SlackBusy:
        return say("Slack cannot be reached now; it is tried again.")
    except SlackRefused as error:
        raise Misconfigured(
            say("Slack refused the bot token ({code}).", code=error.code),
            next_step=say("`signoff slack setup` tests each token and says what is missing."),
        ) from None
    wanted = app.settings.slack_team
    if wanted and wanted != me["team_id"]:
        raise Misconfigured(
            say("The bot token is of the workspace {team}, not of {wanted}.", team=me["team_id"], wanted=wanted),
            next_step=say("Put the right token there, or change SIGNOFF_SLACK_TEAM."),
        )
    return say("In Slack as {name}, in the workspace {team}.", name=me.get("user") or "", team=me.get("team") or "")


def _groups(app: App, speaker: WebSpeaker, over: threading.Event) -> None:
    """Take roles from user groups, again and again."""
    from bot.store import chat
    from bot.store import desk as rows
    from bot.surfaces.slack import people

    while True:
        try:
            with app.db.read() as conn:
                brands = [brand for brand in rows.brands(conn) if chat.groups(conn, brand)]
        except Exception:
            log.exception("the user groups of Slack could not be read")
            brands = []
        for brand in brands:
            try:
                people.sync(app, speaker, brand)
            except SignoffError as error:
                log.warning("the user groups of Slack could not be read: %s", error)
            except Exception:
                log.exception("the user groups of Slack could not be read")
        if over.wait(GROUPS):
            return
