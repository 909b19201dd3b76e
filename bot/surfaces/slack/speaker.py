"""The only file that calls Slack's Web API; it waits when Slack says so, and nothing it posts can ping or unfurl."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from bot.errors import BadInput
from bot.surfaces.slack.errors import SlackBusy, SlackRefused
from bot.surfaces.slack.request import Blocks
from bot.words import say

if TYPE_CHECKING:
    import httpx

    from bot.clock import Clock

log = logging.getLogger(__name__)

#: A wait that Slack asks for is sat out up to so many seconds; a longer one makes the work due again later.
PATIENCE = 8.0
#: Seconds for one call.
TIMEOUT = 20
#: Seconds that a user's record is believed: a person who was made a guest acts no longer than that.
FRESH = 60.0
#: A file that is taken from Slack (bytes).
LARGEST = 300_000_000
#: Characters of the text that notifications show (a message may have 40,000,
#: https://docs.slack.dev/reference/methods/chat.postMessage, read 2026-11-22).
FALLBACK = 3000
#: Nothing of ours is unfurled, parsed for names or links, or read as mrkdwn outside its blocks.
_QUIET = {"unfurl_links": False, "unfurl_media": False, "parse": "none", "link_names": False, "mrkdwn": False}
_FORM = ("users.", "usergroups.", "files.", "auth.", "conversations.replies", "conversations.history", "bots.")


class WebSpeaker:
    """Speaks to one workspace with the bot's token. Threads may share it."""

    def __init__(self, token: str, clock: Clock, *, api_url: str = "") -> None:
        from slack_sdk import WebClient

        self.clock = clock
        base = f"{api_url.rstrip('/')}/" if api_url else WebClient.BASE_URL
        #: Without its own retries: when to try again is decided here.
        self.client = WebClient(token=token, base_url=base, timeout=TIMEOUT, retry_handlers=[])
        self._origins = {"https://hooks.slack.com", "https://files.slack.com", "https://slack-files.com"}
        self._origins |= {_origin(api_url)} if api_url else set()
        self._web: Any = None
        self._lock = threading.Lock()
        self._self: Mapping[str, Any] | None = None
        self._known: dict[str, tuple[float, Mapping[str, Any]]] = {}
        #: Until when a method is not called, by the clock.
        self._held: dict[str, float] = {}

    # --- who we are ------------------------------------------------------------------------------------------

    @property
    def team(self) -> str:
        return str(self.me()["team_id"])

    @property
    def bot_user(self) -> str:
        return str(self.me().get("user_id") or "")

    def me(self) -> Mapping[str, Any]:
        """Return what ``auth.test`` says of this token, asked once. Raises SlackBusy, SlackRefused."""
        if self._self is None:
            self._self = self.call("auth.test")
        return self._self

    @property
    def known_team(self) -> str:
        """The workspace, where it is known already: for what may not wait for Slack."""
        return str(self._self["team_id"]) if self._self else ""

    @property
    def known_bot(self) -> str:
        return str(self._self.get("user_id") or "") if self._self else ""

    # --- messages --------------------------------------------------------------------------------------------

    def post(self, channel: str, blocks: Blocks, text: str, *, thread: str = "") -> str:
        more = {"thread_ts": thread} if thread else {}
        return str(self.call("chat.postMessage", channel=channel, **said(blocks, text), **_QUIET, **more)["ts"])

    def update(self, channel: str, ts: str, blocks: Blocks, text: str) -> None:
        self.call("chat.update", channel=channel, ts=ts, **said(blocks, text), parse="none", link_names=False)

    def delete(self, channel: str, ts: str) -> None:
        self.call("chat.delete", channel=channel, ts=ts)

    def ephemeral(self, channel: str, user: str, blocks: Blocks, text: str, *, thread: str = "") -> None:
        more = {"thread_ts": thread} if thread else {}
        quiet = {"parse": "none", "link_names": False}
        self.call("chat.postEphemeral", channel=channel, user=user, **said(blocks, text), **quiet, **more)

    def respond(self, url: str, blocks: Blocks, text: str, *, replace: bool = False) -> None:
        import httpx

        if _origin(url) not in self._origins:
            raise SlackRefused("response_url", "foreign_address")
        body = {"response_type": "ephemeral", "replace_original": replace, **said(blocks, text), **_QUIET}
        for last in (False, True):
            self._wait("response_url", last)
            try:
                answer = self._http().post(url, json=body)
            except httpx.HTTPError as error:
                raise SlackBusy(say("Slack cannot be reached."), after=5) from error
            if answer.status_code == 429:
                self._hold("response_url", answer.headers.get("Retry-After"), last)
                continue
            if answer.status_code >= 500:
                raise SlackBusy(say("Slack cannot be reached."), after=5)
            if answer.status_code != 200:
                raise SlackRefused("response_url", answer.text.strip()[:80] or str(answer.status_code))
            return

    # --- forms, home, people ---------------------------------------------------------------------------------

    def open(self, trigger: str, view: Mapping[str, Any]) -> str:
        return str(self.call("views.open", trigger_id=trigger, view=view)["view"]["id"])

    def push(self, trigger: str, view: Mapping[str, Any]) -> str:
        return str(self.call("views.push", trigger_id=trigger, view=view)["view"]["id"])

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        self.call("views.update", view_id=view_id, view=view)

    def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        self.call("views.publish", user_id=user, view=view)

    def direct(self, user: str) -> str:
        return str(self.call("conversations.open", users=user)["channel"]["id"])

    def info(self, user: str) -> Mapping[str, Any]:
        found = self.cached_info(user)
        if found is None:
            found = self.call("users.info", user=user, include_locale="true")["user"]
            with self._lock:
                if len(self._known) > 5000:
                    self._known.clear()
                self._known[user] = (self._time(), found)
        return found

    def cached_info(self, user: str) -> Mapping[str, Any] | None:
        """Return what is known of a user without asking Slack."""
        kept = self._known.get(user)
        return kept[1] if kept and 0 <= self._time() - kept[0] < FRESH else None

    # --- files -----------------------------------------------------------------------------------------------

    def upload(self, channel: str, content: Path | bytes, title: str, alt: str, *, thread: str = "") -> str:
        import httpx

        data = content if isinstance(content, bytes) else content.read_bytes()
        name = content.name if isinstance(content, Path) else title
        place = self.call("files.getUploadURLExternal", filename=name, length=len(data), alt_txt=alt[:1000])
        if _origin(place["upload_url"]) not in self._origins:
            raise SlackRefused("files.getUploadURLExternal", "foreign_address")
        try:
            answer = self._http().post(place["upload_url"], content=data, timeout=5 * TIMEOUT)
        except httpx.HTTPError as error:
            raise SlackBusy(say("Slack cannot be reached."), after=5) from error
        if answer.status_code != 200:
            raise SlackRefused("files.upload", str(answer.status_code))
        where = {"channel_id": channel} if channel else {}
        where |= {"thread_ts": thread} if channel and thread else {}
        files = [{"id": place["file_id"], "title": title[:200]}]
        self.call("files.completeUploadExternal", files=files, **where)
        return str(place["file_id"])

    def download(self, file: str) -> bytes:
        import httpx

        known = self.call("files.info", file=file)["file"]
        url = str(known.get("url_private_download") or known.get("url_private") or "")
        # The token goes to Slack only, whatever address the record names.
        if _origin(url) not in self._origins or int(known.get("size") or 0) > LARGEST:
            raise BadInput(say("This file cannot be taken from Slack: it is too large, or kept elsewhere."))
        data = bytearray()
        try:
            headers = {"Authorization": f"Bearer {self.client.token}"}
            with self._http().stream("GET", url, headers=headers) as answer:
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > LARGEST:
                        break
        except httpx.HTTPError as error:
            raise SlackBusy(say("Slack cannot be reached."), after=5) from error
        # Without the scope files:read Slack answers with its page for signing in.
        if answer.status_code != 200 or len(data) > LARGEST or "text/html" in answer.headers.get("content-type", ""):
            raise BadInput(say("This file cannot be taken from Slack: it is too large, or kept elsewhere."))
        return bytes(data)

    # --- every call ------------------------------------------------------------------------------------------

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        from slack_sdk.errors import SlackApiError, SlackClientError

        for last in (False, True):
            self._wait(method, last)
            try:
                if method.startswith(_FORM):
                    answer = self.client.api_call(method, params=_form(arguments))
                else:
                    answer = self.client.api_call(method, json=arguments)
            except SlackApiError as error:
                given = error.response
                code = str(given.get("error") or "") if isinstance(given.data, dict) else ""
                if given.status_code == 429 or code == "ratelimited":
                    self._hold(method, given.headers.get("Retry-After") or given.headers.get("retry-after"), last)
                    continue
                if given.status_code >= 500 or code in ("internal_error", "fatal_error", "service_unavailable"):
                    raise SlackBusy(say("Slack cannot be reached."), after=5) from error
                log.info("Slack refused %s: %s", method, code)
                raise SlackRefused(method, code or str(given.status_code)) from error
            except (SlackClientError, OSError) as error:
                # urllib's errors are OSErrors; the SDK raises its own for an answer that is no JSON.
                raise SlackBusy(say("Slack cannot be reached."), after=5) from error
            return answer.data if isinstance(answer.data, dict) else {}
        raise SlackBusy(after=PATIENCE)

    def _http(self) -> httpx.Client:
        """Return the client for addresses that Slack names; it follows none to another place."""
        import httpx

        with self._lock:
            if self._web is None:
                self._web = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        return cast("httpx.Client", self._web)

    def close(self) -> None:
        """Let go of connections."""
        if self._web is not None:
            self._web.close()

    def _time(self) -> float:
        return self.clock.now().timestamp()

    def _wait(self, method: str, last: bool) -> None:
        left = self._held.get(method, 0.0) - self._time()
        if left > PATIENCE or (last and left > 2 * PATIENCE):
            raise SlackBusy(after=left)
        if left > 0:
            self.clock.sleep(left)

    def _hold(self, method: str, said: str | None, last: bool) -> None:
        """Keep to what a 429 asks; raises SlackBusy when that is too long to sit out, or came twice."""
        try:
            after = min(3600.0, max(1.0, float(said or 1)))
        except ValueError:
            after = 1.0
        with self._lock:
            self._held[method] = max(self._held.get(method, 0.0), self._time() + after)
        if last or after > PATIENCE:
            raise SlackBusy(after=after)


def said(blocks: Blocks, text: str) -> dict[str, Any]:
    """Return what Slack is told of a message: its blocks, and the words for whoever does not see them, escaped."""
    # Notifications show this text, and Slack reads it as mrkdwn where a client does not know the blocks. Most comes
    # escaped (``blocks.fallback``): that is not done twice.
    bare = re.sub(r"&(?!(?:amp|lt|gt);)", "&amp;", text[:FALLBACK])
    said: dict[str, Any] = {"text": bare.replace("<", "&lt;").replace(">", "&gt;") or " "}
    return {"blocks": list(blocks), **said} if blocks else said


def _form(arguments: dict[str, Any]) -> dict[str, Any]:
    import json

    return {n: json.dumps(v, ensure_ascii=False) if isinstance(v, dict | list) else v for n, v in arguments.items()}


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return ""
