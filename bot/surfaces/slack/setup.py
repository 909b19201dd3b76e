"""``signoff slack setup``: what is still to do until people can sign off in Slack, found by trying each part.

Nothing is posted. A scope is proven twice: by the list that Slack sends with every answer (``X-OAuth-Scopes``), and by
a call that would need it and can change nothing. https://docs.slack.dev/authentication/installing-with-oauth
(read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bot.surfaces.slack.manifest import APP_SCOPE, REASONS
from bot.words import joined, say

if TYPE_CHECKING:
    from bot.settings import Settings

SECONDS = 15
APPS = "https://api.slack.com/apps"
#: Refusals that mean: the scope is there, and only the thing asked about is not.
_HARMLESS = {
    "channel_not_found", "file_not_found", "message_not_found", "user_not_found", "users_not_found", "no_permission",
    "invalid_arguments", "invalid_channel", "not_in_channel", "cant_delete_message", "paid_teams_only",
    "thread_not_found", "invalid_thread_ts", "plan_upgrade_required", "missing_argument",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One part of the way: done, to do, or impossible to tell before an earlier one is done."""

    name: str
    done: bool
    detail: str
    #: What to do, where it is not done.
    fix: str = ""
    #: Can be left out: Slack works without it.
    optional: bool = False


class Api(Protocol):
    """Calls one method of Slack with one token; returns the answer and its headers. Raises OSError."""

    def __call__(
        self, method: str, token: str, arguments: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]: ...


def client(url: str = "") -> Api:
    """Return calls to Slack's Web API (or to ``url``)."""
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

    base = f"{url.rstrip('/')}/" if url else WebClient.BASE_URL

    def call(method: str, token: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        slack = WebClient(token=token, timeout=SECONDS, base_url=base)
        try:
            answer = slack.api_call(method, data=dict(arguments))
        except SlackApiError as refused:
            answer = refused.response
        heads = {str(k).lower(): v if isinstance(v, str) else ",".join(v) for k, v in (answer.headers or {}).items()}
        return dict(answer.data) if isinstance(answer.data, dict) else {}, heads

    return call


def steps(settings: Settings, linked: int, api: Api | None = None) -> list[Step]:
    """Return every step in order. ``linked`` is how many people of the brand are known in Slack."""
    call = api or client(settings.slack_api_url)
    bot = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    app = settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""
    signing = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
    found = [_bot(call, bot, settings.slack_team)]
    if found[0].done:
        found += _scopes(call, bot, settings.slack_channel)
    found += _ways(call, app, signing)
    if found[0].done:
        found.append(_channel(call, bot, settings.slack_channel))
    found.append(_people(linked))
    return found


def _bot(call: Api, token: str, team: str) -> Step:
    name = say("Bot token")
    make = say(
        "At {apps} choose Create New App, From a manifest, and paste what `signoff slack manifest` prints. Install "
        "the app, then copy the Bot User OAuth Token from OAuth & Permissions into SIGNOFF_SLACK_BOT_TOKEN.",
        apps=APPS,
    )
    if not token:
        return Step(name, False, say("not set"), make)
    if not token.startswith("xoxb-"):
        return Step(name, False, say("that is not a bot token: those start with xoxb-"), make)
    answer = _asked(call, "auth.test", token)
    if not answer.get("ok"):
        return Step(name, False, _why(answer), make)
    where = say("signed in to {team} ({id}) as {user}", team=answer["team"], id=answer["team_id"], user=answer["user"])
    if team and team != answer["team_id"]:
        fix = say("Set SIGNOFF_SLACK_TEAM to {id}, or use the token of the other workspace.", id=answer["team_id"])
        return Step(name, False, say("{where}, but SIGNOFF_SLACK_TEAM says {team}", where=where, team=team), fix)
    return Step(name, True, where)


def _scopes(call: Api, token: str, channel: str) -> Iterator[Step]:
    """Yield one step for each scope: granted, and a call that needs it is not turned down for it."""
    _, heads = call("auth.test", token, {})
    listed = {s.strip() for s in heads.get("x-oauth-scopes", "").split(",") if s.strip()}
    fix = say("Paste the manifest again under App Manifest, save, and install the app anew.")
    for scope, why in REASONS.items():
        probe = _PROBES.get(scope)
        answer = _asked(call, probe[0], token, **probe[1](channel)) if probe else {}
        lacking = answer.get("error") == "missing_scope" or (bool(listed) and scope not in listed)
        strange = probe and not answer.get("ok") and answer.get("error") not in {*_HARMLESS, "missing_scope"}
        if lacking:
            yield Step(scope, False, joined(say("missing:"), say(why)), fix)
        elif strange:
            yield Step(scope, False, _why(answer), fix)
        else:
            yield Step(scope, True, say(why))


#: A scope, and a call that needs it but can change nothing: it reads, or names what does not exist.
_PROBES: dict[str, tuple[str, Callable[[str], dict[str, Any]]]] = {
    "chat:write": ("chat.delete", lambda channel: {"channel": channel or "C0", "ts": "1.000001"}),
    "assistant:write": (
        "assistant.threads.setStatus",
        lambda channel: {"channel_id": "D0", "thread_ts": "1.000001", "status": ""},
    ),
    "channels:read": ("conversations.list", lambda _: {"types": "public_channel", "limit": 1}),
    "groups:read": ("conversations.list", lambda _: {"types": "private_channel", "limit": 1}),
    "channels:history": ("conversations.history", lambda channel: {"channel": channel or "C0", "limit": 1}),
    "users:read": ("users.list", lambda _: {"limit": 1}),
    "usergroups:read": ("usergroups.list", lambda _: {}),
    "files:read": ("files.info", lambda _: {"file": "F0"}),
    "files:write": ("files.delete", lambda _: {"file": "F0"}),
}


def _ways(call: Api, app: str, signing: str) -> Iterator[Step]:
    """Yield how Slack reaches us: Socket Mode, HTTP, or both; one is enough."""
    name = say("Socket Mode")
    make = say(
        "Under Basic Information, App-Level Tokens, make one with the scope {scope} and put it into "
        "SIGNOFF_SLACK_APP_TOKEN. No public address is needed.",
        scope=APP_SCOPE,
    )
    if not app:
        yield Step(name, False, say("no app token is set"), make, optional=bool(signing))
    elif not app.startswith("xapp-"):
        yield Step(name, False, say("that is not an app token: those start with xapp-"), make)
    else:
        answer = _asked(call, "apps.connections.open", app)
        yield Step(name, bool(answer.get("ok")), say("a connection opens") if answer.get("ok") else _why(answer), make)
    name = say("HTTP")
    make = say(
        "Only where Slack should call a public address: copy the Signing Secret from Basic Information into "
        "SIGNOFF_SLACK_SIGNING_SECRET, and print the manifest with --url."
    )
    if not signing:
        yield Step(name, False, say("no signing secret is set"), make, optional=True)
    else:
        yield Step(name, True, say("the signing secret is set; the first request shows whether it is the right one"))


def _channel(call: Api, token: str, channel: str) -> Step:
    name = say("Channel for cards")
    fix = say("Copy the channel's id (its details, at the very end) into SIGNOFF_SLACK_CHANNEL, and /invite @signoff.")
    if not channel:
        return Step(name, False, say("not set"), fix)
    answer = _asked(call, "conversations.info", token, channel=channel)
    if not answer.get("ok"):
        return Step(name, False, _why(answer), fix)
    found = answer["channel"]
    if found.get("is_ext_shared"):
        detail = say(
            "#{name} is shared with another company, and its people would read every draft", name=found["name"]
        )
        return Step(name, False, detail, say("Choose a channel that is yours alone."))
    if not found.get("is_member"):
        return Step(name, False, say("signoff is not in #{name}", name=found["name"]), fix)
    return Step(name, True, f"#{found['name']}")


def _people(linked: int) -> Step:
    name = say("People")
    fix = say("`signoff people` says how: link people one by one, or give a user group a role.")
    if linked:
        return Step(name, True, say("{n} of your people are known in Slack", n=linked))
    return Step(name, False, say("nobody in Slack is known, so everybody would be refused"), fix)


def _asked(call: Api, method: str, token: str, **arguments: Any) -> dict[str, Any]:
    try:
        return call(method, token, arguments)[0]
    except OSError as error:
        return {"ok": False, "error": "unreachable", "why": str(error)}


def _why(answer: Mapping[str, Any]) -> str:
    error = str(answer.get("error") or "no answer")
    if error == "unreachable":
        return say("Slack cannot be reached: {why}", why=answer.get("why", ""))
    said = {
        "invalid_auth": say("Slack does not know this token"),
        "not_authed": say("Slack does not know this token"),
        "token_revoked": say("this token was revoked"),
        "account_inactive": say("the app was removed from the workspace"),
        "not_allowed_token_type": say("this is another kind of token"),
        "missing_scope": say("the scope {scope} is missing", scope=answer.get("needed", "")),
        "channel_not_found": say("there is no such channel, or signoff is not in it"),
    }
    return said.get(error, say("Slack says {error}", error=error))
