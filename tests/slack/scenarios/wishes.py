"""Requests that each would change something if they were let through: what an attacker wants done."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from tests.servers.slack import BOT_USER
from tests.slack.scenarios.desk import Desk
from tests.slack.scenarios.driver import SlackUser

#: What each form holds, as Slack would send it filled in: block_id -> element.
FORMS: dict[str, dict[str, dict[str, Any]]] = {
    "edit": {"part.0.0": {"type": "plain_text_input", "action_id": "text", "initial_value": "Other words."}},
    "reject": {"reason": {"type": "plain_text_input", "action_id": "reason", "initial_value": "No."}},
    "another": {"feedback": {"type": "plain_text_input", "action_id": "feedback", "initial_value": "Funnier."}},
    "reschedule": {
        "day.at": {"type": "datepicker", "action_id": "day", "initial_date": "2030-01-02"},
        "hour.at": {"type": "timepicker", "action_id": "hour", "initial_time": "10:30"},
    },
    "answer": {"text": {"type": "plain_text_input", "action_id": "text", "initial_value": "Buy it from me."}},
    "escalate": {
        "to": {
            "type": "static_select",
            "action_id": "to",
            "options": [{"value": "ben"}],
            "initial_option": {"value": "ben"},
        },
        "note": {"type": "plain_text_input", "action_id": "note", "initial_value": "Do it."},
    },
    "relabel": {
        "sentiment": {
            "type": "static_select",
            "action_id": "s",
            "options": [{"value": "negative"}],
            "initial_option": {"value": "negative"},
        },
    },
}
#: Those of them that are about a comment.
COMMENT_FORMS = {"answer", "escalate", "relabel"}


@dataclass(frozen=True)
class Targets:
    """Drafts to attack: Anna's, Ben's own, one at its second version, and one that is live."""

    anna: str
    ben: str
    second: str
    live: str
    #: What the card of ``second`` carried before it was edited.
    old: str
    #: A comment with a suggested answer, and what its Reply carries.
    comment: str = ""
    reply: str = ""


def bound(version: Any) -> str:
    """Return what a button of this version carries."""
    return f"{version.draft_id}@{version.version}#{version.hash[:8]}"


def wanted(desk: Desk, made: Targets, user: SlackUser) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return requests that each would change something if they were let through: name -> (kind, payload)."""
    card, second = press_value(desk, made.anna), press_value(desk, made.second)
    found: dict[str, tuple[str, dict[str, Any]]] = {
        "approve": ("interactive", button(user, "approve", card)),
        "approve the second": ("interactive", button(user, "approve", second)),
        "undo": ("interactive", button(user, "undo", press_value(desk, made.live))),
        "cancel": ("interactive", button(user, "cancel", card)),
        "post now": ("interactive", button(user, "post_now", card)),
        "stop": ("slash_commands", user.command_payload("stop everything")),
        "resume": ("slash_commands", user.command_payload("resume")),
        "draft": ("slash_commands", user.command_payload("draft Something new to sandbox:main")),
        "feedback": ("events_api", said(desk, user, made.anna, "Shorter, please.")),
        "mention": ("events_api", mentioned(desk, user, "draft a post about tea")),
    }
    about = made.reply.partition(":")[0]
    found["reply"] = ("interactive", button(user, "reply", made.reply))
    for action in ("ignore", "hide", "take_over"):
        found[action] = ("interactive", button(user, action, about))
    for name in COMMENT_FORMS:
        found[f"form {name}"] = ("interactive", submission(user, name, json.dumps({"comment": about})))
    for name in FORMS.keys() - COMMENT_FORMS:
        found[f"form {name}"] = ("interactive", submission(user, name, json.dumps({"card": card})))
    return found


def press_value(desk: Desk, draft_id: str) -> str:
    """Return what the buttons of a draft's card carry now."""
    from bot.store import drafts

    with desk.world.db.read() as conn:
        return bound(drafts.version(conn, draft_id))


def button(user: SlackUser, action: str, value: str, ts: str = "") -> dict[str, Any]:
    """Return a press of a button that may stand nowhere."""
    message = {"ts": ts or f"{time.time():.6f}", "text": "", "blocks": [
        {"type": "actions", "elements": [{"type": "button", "action_id": action, "value": value,
                                          "text": {"type": "plain_text", "text": "x"}}]}]}  # fmt: skip
    return user.press_payload(message, action)


def submission(user: SlackUser, callback: str, metadata: str, form: str = "", said: str = "") -> dict[str, Any]:
    """Return a form that was sent in with a chosen ``private_metadata``, whether one was open or not."""
    blocks = [
        {"type": "input", "block_id": name, "label": {"type": "plain_text", "text": name}, "element": element}
        for name, element in FORMS[form or callback].items()
    ]
    if said:
        blocks[0]["element"] = {**FORMS[form or callback][blocks[0]["block_id"]], "initial_value": said}  # type: ignore[dict-item,index]
    view = {
        "id": f"V{time.time_ns()}", "type": "modal", "callback_id": callback, "private_metadata": metadata,
        "hash": "1", "blocks": blocks, "title": {"type": "plain_text", "text": "x"},
    }  # fmt: skip
    return user.submit_payload(view, {})


def said(desk: Desk, user: SlackUser, draft_id: str, text: str) -> dict[str, Any]:
    """Return a message in the thread of a card."""
    ts = f"{time.time():.6f}"
    event = {"type": "message", "channel": desk.channel, "channel_type": "channel", "user": user.id, "text": text}
    return user.event_payload({**event, "ts": ts, "event_ts": ts, "thread_ts": desk.card(draft_id)["ts"]})


def mentioned(desk: Desk, user: SlackUser, text: str) -> dict[str, Any]:
    ts = f"{time.time():.6f}"
    event = {"type": "app_mention", "channel": desk.channel, "user": user.id, "text": f"<@{BOT_USER}> {text}"}
    return user.event_payload({**event, "ts": ts, "event_ts": ts})
