"""What acts in a message: pings, mentions and links; and two hundred texts that try to become one.

Where Slack makes something of a text: https://docs.slack.dev/messaging/formatting-message-text (read 2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

#: Hosts that Signoff's own links may lead to: the workspace (a card's address), the brand, this machine.
OURS = {"emulate.slack.com", "lumen.example", "127.0.0.1", "localhost", "sandbox.invalid", "bsky.app"}
#: Spans of rich text that act by themselves.
_ACTING = {"broadcast", "user", "usergroup", "channel", "team"}


def active(method: str, body: Mapping[str, Any]) -> list[str]:
    """Return all that acts in what was sent with one call, other than links of our own."""
    found: list[str] = []
    if method in ("chat.postMessage", "chat.postEphemeral", "chat.update", "response_url"):
        if body.get("link_names") not in (None, False, 0, "0", "false"):
            found.append("link_names is on")
        if body.get("parse") not in (None, "none"):
            found.append(f"parse is {body['parse']}")
        if method == "chat.postMessage" and str(body.get("unfurl_links")).lower() not in ("false", "0"):
            found.append("links unfurl")
        found += _mrkdwn("text", str(body.get("text") or ""))
    for name in ("markdown_text", "initial_comment"):
        found += _markdown(name, str(body.get(name) or ""))
    for chunk in body.get("chunks") or ():
        found += _markdown("chunk", str(chunk.get("text") or ""))
    for part in ("blocks", "view", "attachments"):
        found += list(_in(body.get(part)))
    return found


def _in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        kind, text = value.get("type"), value.get("text")
        if kind == "mrkdwn" and isinstance(text, str):
            if value.get("verbatim") is not True:
                yield f"not verbatim: {text[:80]!r}"
            yield from _mrkdwn("mrkdwn", text)
        elif kind == "markdown" and isinstance(text, str):
            yield from _markdown("markdown", text)
        elif kind in _ACTING:
            yield f"a span of {kind}"
        elif kind == "emoji":
            yield "an emoji made of words"
        if kind in ("link", "button", "image") and (address := value.get("url") or value.get("image_url")):
            if urlsplit(str(address)).hostname not in OURS:
                yield f"a {kind} to {address}"
        for inner in value.values():
            yield from _in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _in(inner)


def _mrkdwn(where: str, text: str) -> Iterator[str]:
    for inner in re.findall(r"<([^>]*)>?", text):
        target = inner.partition("|")[0]
        if target.startswith(("!date^",)):
            continue
        if target.startswith(("!", "@", "#")) or urlsplit(target).hostname not in OURS:
            yield f"{where}: <{inner}"


def _markdown(where: str, text: str) -> Iterator[str]:
    """Markdown has links of its own, and Slack's pings besides."""
    yield from _mrkdwn(where, text)
    for address in re.findall(r"\]\(\s*<?([^)\s>]+)|(?<![(<])\b(https?://\S+)", text):
        target = next(filter(None, address))
        if urlsplit(target).hostname not in OURS:
            yield f"{where}: {target}"


_TEXTS = (
    "<!channel>", "<!here>", "<!everyone>", "<!channel|channel>", "<!subteam^S0ADMINS>", "<!subteam^S0ADMINS|@team>",
    "<@{admin}>", "<@{admin}|Sam>", "<#C000000001>", "<#C000000001|general>", "<https://evil.example>",
    "<https://evil.example|lumen.example>", "<mailto:a@evil.example|write to us>", "<tel:+4930123|call>",
    "<slack://user?id={admin}|open>", "<javascript:alert(1)|click>", "<!date^0^{{date}}^https://evil.example|now>",
    "@channel", "@here", "@everyone", "#general", "https://evil.example", "evil.example/login",
    "&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;", "&#60;!channel&#62;", "<<!channel>>", "<!channel", "!channel>",
    "`<!channel>`", "```\n<!channel>\n```", "*<!here>*", "_<!here>_", "~<!here>~", "> <!channel>", "\n<!channel>\n",
    "<\u200b!channel>", "<!chan\u00adnel>", "＜!channel＞", "‹!channel›", "<!channel\u202e>", "\u202e>lennahc!<",
    "[click](https://evil.example)", "![x](https://evil.example/x.png)", "<https://lumen.example@evil.example|ours>",
    ":tada:<!channel>:tada:", "*bold* <!here|here> _it_", '{{"type":"mrkdwn","text":"<!channel>"}}',
    "%3C!channel%3E", "\\u003c!channel\\u003e",
)  # fmt: skip


def payloads(admin: str) -> list[str]:
    """Return every text, naming an admin of the workspace."""
    return [text.format(admin=admin) for text in _TEXTS]
