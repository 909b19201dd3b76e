"""Sort what X answers into what happens next: problem documents, lists of errors in the form of version 1.1, and caps.

Kinds: https://docs.x.com/x-api/fundamentals/response-codes-and-errors (read 2026-11-22); codes of version 1.1:
https://developer.x.com/en/support/x-api/error-troubleshooting (general knowledge, not read again).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import OutcomeUnknown, PlatformError, Reconnect, Refused, TryLater
from bot.platforms.kit import answers
from bot.platforms.kit.answers import Kind
from bot.words import say

LABEL = "X"
#: The cap on usage has no end that X tells, and it is a day or a month; so look again a few times a day.
CAPPED_WAIT = 6 * 3600.0
#: Version 1.1: suspended; locked until the owner logs in.
_CLOSED = {63, 64, 326}
_DUPLICATE, _RATE, _DAILY = 187, 88, 185
#: Both count posts and have a reset of their own. https://docs.x.com/x-api/fundamentals/rate-limits (2026-11-22)
_DAYS = ("x-user-limit-24hour-", "x-app-limit-24hour-")


class StaleToken(PlatformError):
    """The access token ran out; never leaves the wire."""


class Duplicate(Refused):
    """X has a post with this text already: perhaps ours, whose answer was lost."""

    def unfound(self, again: bool) -> PlatformError:
        """Return what it means where the timeline shows no such post of ours; ``again``: it was sent before.

        The timeline may be later than the refusal of repeats: no second post can come of waiting.
        """
        kept: dict[str, Any] = {"platform": self.platform, "status": self.status, "reply": self.reply}
        if again:
            return OutcomeUnknown(say("X has this text already, and does not show the post yet."), **kept)
        why = say("it has a post with this text already, which is not this one")
        return Refused(say("{label} will not accept this: {why}", label=LABEL, why=why), **kept)


@dataclass(frozen=True)
class Said:
    """What an answer says went wrong."""

    kind: str
    title: str
    detail: str
    codes: frozenset[int]

    @property
    def text(self) -> str:
        return self.detail or self.title


def read(body: Any) -> Said:
    """Read a problem document, or ``{"errors": [...]}``, or the token endpoint's ``error_description``."""
    table: dict[str, Any] = body if isinstance(body, dict) else {}
    listed = table.get("errors")
    errors = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    first = errors[0] if errors else {}
    codes = {int(e["code"]) for e in errors if isinstance(e.get("code"), int)}

    def text(*names: str) -> str:
        for name in names:
            for place in (table, first):
                if isinstance(place.get(name), str) and place[name]:
                    return str(place[name])
        return ""

    kind = text("type").rpartition("/")[2]
    return Said(kind, text("title", "error"), text("detail", "message", "error_description"), frozenset(codes))


def no(
    kind: Kind, status: int, headers: Mapping[str, str], body: Any, now: datetime, *, platform: str, account: str,
    renewable: bool, scrub: Callable[[str], str],
) -> PlatformError:  # fmt: skip
    """Return the error for an answer that is not 2xx."""
    said = read(body)
    why = scrub(said.text)
    reply = scrub(": ".join(filter(None, [said.kind, said.title, said.detail])))
    kept: dict[str, Any] = {"platform": platform, "status": status, "reply": reply}
    again = say("Then `signoff resume {account}`.", account=account)
    if status == 402:
        step = say("Add credit at https://console.x.com.")
        return Reconnect(say("X takes no more calls: the developer account has no credit left."),
                         next_step=f"{step} {again}", **kept)  # fmt: skip
    if status == 429 or _RATE in said.codes or _DAILY in said.codes:
        return _later(status, headers, said, now, kept)
    if status == 401:
        if renewable:
            return StaleToken(say("The session has ended."), **kept)
        step = say(
            "Make new access tokens at https://console.x.com, then `signoff connect {account}`.", account=account
        )
        return answers.no(kind, status, headers, now, platform=platform, label=LABEL, reply=reply, next_step=step)
    if _CLOSED & said.codes or (status == 403 and any(w in why.lower() for w in ("suspended", "account is locked"))):
        step = say("Sign in at https://x.com as the account and see what X asks of it.")
        return Reconnect(say("X has closed or locked the account: {why}", why=why), next_step=f"{step} {again}", **kept)
    if status == 403:
        refused = _forbidden(kind, said, why, account, kept)
        if refused is not None:
            return refused
    return answers.no(kind, status, headers, now, platform=platform, label=LABEL, why=why, reply=reply)


def _later(status: int, headers: Mapping[str, str], said: Said, now: datetime, kept: dict[str, Any]) -> TryLater:
    low = {name.lower(): value for name, value in headers.items()}
    if said.kind == "usage-capped" or said.title == "UsageCapExceeded":
        return TryLater(say("X's cap on this app's usage is reached."), after=CAPPED_WAIT, **kept)
    after = answers.wait(headers, now)
    for prefix in _DAYS:
        if low.get(prefix + "remaining") == "0":
            # The fifteen minutes of the other header would only bring the next refusal.
            own = {"x-rate-limit-reset": low.get(prefix + "reset", "")}
            after = max(after or 0.0, answers.wait(own, now) or 0.0) or None
    if after is None and _DAILY in said.codes:
        after = 1800.0
    return TryLater(say("{label} asks to wait.", label=LABEL), after=after, **kept)


def _forbidden(kind: Kind, said: Said, why: str, account: str, kept: dict[str, Any]) -> PlatformError | None:
    """Tell the kinds of 403 apart; None for one about this text."""
    if kind == "send" and (_DUPLICATE in said.codes or "duplicate content" in why.lower()):
        return Duplicate(say("X has a post with this text already."), **kept)
    connect = say("Then `signoff connect {account}`.", account=account)
    if said.kind == "oauth1-permissions":
        step = say("Set the app's permissions to 'Read and write' at https://console.x.com and make new access tokens.")
        return Reconnect(say("The app may only read."), next_step=f"{step} {connect}", **kept)
    if said.kind in ("client-forbidden", "client-not-enrolled"):
        step = say("See at https://console.x.com whether the app has credit and access.")
        return Reconnect(say("X does not let this app do that: {why}", why=why), next_step=f"{step} {connect}", **kept)
    if said.kind == "unsupported-authentication":
        step = say(
            "`signoff connect {account}` with keys of the account itself, not of the app alone.", account=account
        )
        return Reconnect(say("X does not take this kind of login for this call."), next_step=step, **kept)
    if kind == "read" and said.kind == "not-authorized-for-resource":
        return Refused(say("X does not show this to the account: {why}", why=why), **kept)
    return None
