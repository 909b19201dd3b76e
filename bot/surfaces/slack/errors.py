"""What can go wrong between Slack and us, and how it is told to the person who asked."""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import NotAllowed, SignoffError
from bot.words import joined, retold, say

#: A message of ours is not there any more, or cannot be changed. A channel that we were taken out of is not in the
#: list: its cards are there still, and are drawn anew once we are back.
GONE = ("message_not_found", "cant_update_message", "edit_window_closed")
_WORDS = Path(__file__).with_name("commands")


class SlackBusy(SignoffError):
    """Slack asks us to wait, or cannot be reached."""

    def __init__(self, message: str = "", *, after: float, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        #: Seconds to wait, as Slack said.
        self.after = after


class SlackRefused(SignoffError):
    """Slack did not do what was asked."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(say("Slack refused {method}: {code}.", method=method, code=code), next_step=_next(code))
        #: Slack's name of the fault, such as ``channel_not_found``.
        self.code = code


class Stranger(NotAllowed):
    """Somebody asks who has no say here."""

    #: What they are told is in this language already.
    language = "en"


def _next(code: str) -> str:
    if code in ("not_in_channel", "channel_not_found", "is_archived"):
        return say("Invite the app into the channel, then try again.")
    if code in ("expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"):
        return say("Press the button once more.")
    if code in ("missing_scope", "invalid_auth", "not_authed", "token_revoked", "account_inactive"):
        return say("Ask an admin to run `signoff slack setup`.")
    return ""


def told(error: SignoffError) -> str:
    """Return what a person reads of an error: what is the matter, and the next step in Slack's words."""
    return in_slack(joined(retold(error.message), retold(error.next_step)))


def in_slack(text: str) -> str:
    """Return a text with commands of the terminal as words of Slack, where there is such a word."""
    return re.sub(r"`signoff ([a-z]+)", lambda m: f"`/signoff {m[1]}" if _is_word(m[1]) else m[0], text)


def _is_word(name: str) -> bool:
    return (_WORDS / f"{name}.py").is_file()
