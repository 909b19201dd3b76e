"""The app manifest: what Slack must know of Signoff, printed from the code by ``signoff slack manifest``.

Fields and their limits: https://docs.slack.dev/reference/app-manifest (read 2026-11-22). One slash command carries all
words, so a new word changes the usage hint and asks for nothing new.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.errors import BadInput
from bot.words import say

COMMAND = "/signoff"
#: Where the HTTP server takes everything: commands, events, buttons and forms.
PATH = "/slack/events"

#: What the bot may do, and what for; `signoff slack setup` and the docs print the reasons.
REASONS = {
    "commands": "people type /signoff",
    "chat:write": "posts cards and answers, and keeps them up to date",
    "app_mentions:read": "hears @signoff in a channel",
    "assistant:write": "answers in Slack's assistant pane",
    "im:history": "reads what people write to it directly",
    "im:write": "writes to one person: reminders and notices",
    "channels:history": "reads feedback in the thread of a card, in public channels",
    "groups:history": "the same in private channels",
    "channels:read": "finds the channel for cards",
    "groups:read": "finds it where it is private",
    "users:read": "knows a person's language and zone, and who is a guest",
    "usergroups:read": "takes roles from user groups",
    "files:read": "takes the pictures that people give for a draft",
    "files:write": "shows pictures on cards and in reports",
}
SCOPES = tuple(REASONS)
#: The scope of the app-level token, which Socket Mode alone needs.
APP_SCOPE = "connections:write"
EVENTS = (
    "app_home_opened",
    "app_mention",
    "assistant_thread_context_changed",
    "assistant_thread_started",
    "message.channels",
    "message.groups",
    "message.im",
)
PROMPTS = (
    ("Draft a post", "Draft a short post about what is new this week."),
    ("What waits?", "What is waiting for a signature?"),
    ("Ask the rules", "May we call a tea healthy?"),
)
LONG = (
    "Signoff drafts posts and replies in your brand's voice and shows each as a card: the exact words, where and when "
    "they would go out, which rules they follow and what the checks found. Nothing is published until the people whom "
    "your policy names have signed that very text. Feedback in the thread of a card makes the next version."
)


def words() -> list[str]:
    """Return the words that may follow the slash command: the files in ``commands``."""
    found = Path(__file__).with_name("commands").glob("*.py")
    return sorted(p.stem for p in found if p.stem != "__init__")


def manifest(url: str = "") -> dict[str, Any]:
    """Return the manifest: for Socket Mode, or for HTTP at ``url`` (``https://HOST``). Raises BadInput."""
    address = request_url(url) if url else ""
    command = {
        "command": COMMAND,
        "description": "Draft, sign off and look up your brand's posts",
        "usage_hint": " | ".join(words()),
        "should_escape": False,
    }
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if address:
        command["url"] = address
        events["request_url"] = interactivity["request_url"] = address
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Signoff",
            "description": "Drafts your brand's posts and publishes what a person signed off, and nothing else.",
            "long_description": LONG,
            "background_color": "#1f3d36",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "signoff", "always_online": True},
            "slash_commands": [command],
            "assistant_view": {
                "assistant_description": "Drafts posts, answers from your brand's rules, and says what waits.",
                "suggested_prompts": [{"title": title, "message": message} for title, message in PROMPTS],
            },
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": False,
        },
    }


def request_url(url: str) -> str:
    """Return the address for Slack's requests below ``url``. Raises BadInput where Slack would not take it."""
    parts = urlsplit(url.strip())
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise BadInput(
            say("Slack calls only addresses that start with https://, and this is none: {url}", url=url),
            next_step=say("Give the address under which this machine is reached from outside, or leave --url out."),
        )
    given = parts.path.rstrip("/")
    return f"https://{parts.netloc}{given if given.endswith(PATH) else given + PATH}"
