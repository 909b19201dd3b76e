"""Requests that must change nothing: forged, replayed, cut short, from the wrong people, with the wrong values.

Each attack is one request with a name. ``run`` sends them in groups and compares the database before and after each: a
bypass is a group after which anything differs, or a forged request that was answered with 200.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests import slack_blocks
from tests.servers.slack import BOT_USER, OTHER_TEAM, SECRET
from tests.slack.scenarios.desk import Desk
from tests.slack.scenarios.driver import encoded, sign
from tests.slack.scenarios.wishes import FORMS, Targets, bound, button, press_value, submission, wanted


@dataclass(frozen=True)
class Attack:
    """One request. ``forged`` ones must be turned away before anything reads them."""

    name: str
    send: Callable[[], int]
    forged: bool = False


@dataclass
class Result:
    tries: int = 0
    bypasses: list[str] = field(default_factory=list)


def targets(desk: Desk) -> Targets:
    """Make the drafts, and wait until nothing moves any more."""
    from bot.domain.draft import Part
    from bot.workflow import propose

    world = desk.world
    anna, ben = world.draft("A text of Anna."), world.draft("A text of Ben.", author="ben")
    first, live = world.draft("The first words."), world.draft("This one went out.")
    desk.card(live.draft_id)
    world.approve(live)
    world.drain()
    wish = propose.Proposal("sandbox:main", (Part("The second words."),), "anna")
    edited = propose.revise(world.desk, first.draft_id, wish)
    one, reply = commented(desk)
    found = Targets(anna.draft_id, ben.draft_id, first.draft_id, live.draft_id, bound(first), one, reply)
    for draft_id in (found.anna, found.ben):
        desk.card(draft_id)
    desk.card(edited.draft_id, showing="The second words.")
    desk.card(live.draft_id, without="Waits for a signature")
    desk.idle()
    return found


def commented(desk: Desk) -> tuple[str, str]:
    """Bring a comment with a suggested answer onto the desk; return its id and what its Reply carries."""
    from tests.slack import comments_world
    from tests.world import brand

    desk.world.learn(brand(), comments_world.POLICY)
    one = comments_world.proposed(desk.world, at=desk.world.clock.now())
    card = desk.comment(one, button="reply")
    return one, str(slack_blocks.buttons(card["blocks"])["reply"]["value"])


def run(desk: Desk, attacks: Iterator[tuple[str, list[Attack]]]) -> Result:
    """Send every group; compare after each."""
    result = Result()
    before = desk.ledger()
    for name, group in attacks:
        for attack in group:
            status = attack.send()
            result.tries += 1
            if attack.forged and status < 400:
                result.bypasses.append(f"{name}: {attack.name}: answered {status}")
        desk.idle()
        after = desk.ledger()
        changed = [table for table in after if after[table] != before[table]]
        if changed:
            result.bypasses.append(f"{name}: {', '.join(changed)} changed")
            before = after
    return result


def every(desk: Desk, made: Targets) -> Iterator[tuple[str, list[Attack]]]:
    """Yield all groups."""
    yield from forgeries(desk, made)
    yield from strangers(desk, made)
    yield from roles(desk, made)
    yield from values(desk, made)
    yield from forms(desk, made)


# --- forged, replayed, cut short ----------------------------------------------------------------------------------


def forgeries(desk: Desk, made: Targets) -> Iterator[tuple[str, list[Attack]]]:
    """Yield requests as a permitted person would send them, which do not come from Slack."""
    for name, (kind, payload) in wanted(desk, made, desk.li).items():
        body, content = encoded(kind, payload)
        other = encoded(kind, {**payload, "token": "another"})[0]

        def post(raw: bytes, headers: dict[str, str], content: str = content) -> Callable[[], int]:
            return lambda: desk.http.raw(raw, content, headers).status_code

        good, now = sign(body), int(time.time())
        stamp, seal = good["X-Slack-Request-Timestamp"], good["X-Slack-Signature"]
        sha1 = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha1).hexdigest()
        bare = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        tried = {
            "without headers": post(body, {}),
            "without a signature": post(body, {"X-Slack-Request-Timestamp": stamp}),
            "without a time": post(body, {"X-Slack-Signature": seal}),
            "with an empty signature": post(body, {**good, "X-Slack-Signature": ""}),
            "with the signature v0=": post(body, {**good, "X-Slack-Signature": "v0="}),
            "with half a signature": post(body, {**good, "X-Slack-Signature": seal[:35]}),
            "with a longer signature": post(body, {**good, "X-Slack-Signature": f"{seal}00"}),
            "with another version": post(body, {**good, "X-Slack-Signature": seal.replace("v0=", "v1=")}),
            "with a signature in capitals": post(body, {**good, "X-Slack-Signature": seal.upper()}),
            "with SHA-1": post(body, {**good, "X-Slack-Signature": f"v0={sha1}"}),
            "with a signature without the time": post(body, {**good, "X-Slack-Signature": f"v0={bare}"}),
            "with another secret": post(body, sign(body, secret="guessed")),
            "with an empty secret": post(body, sign(body, secret="")),
            "with the bot token as secret": post(body, sign(body, secret="xoxb-for-tests-only")),
            "six minutes old": post(body, sign(body, at=now - 360)),
            "six minutes ahead": post(body, sign(body, at=now + 360)),
            "of the year 1970": post(body, sign(body, at=0)),
            "with a younger time": post(body, {**good, "X-Slack-Request-Timestamp": str(now + 1)}),
            "with a time that is no number": post(body, {**good, "X-Slack-Request-Timestamp": f"{stamp}.0"}),
            "with a negative time": post(body, {**good, "X-Slack-Request-Timestamp": f"-{stamp}"}),
            "with another body": post(other, good),
            "with one byte more": post(body + b" ", good),
            "cut short": post(body[:-1], good),
            "cut in half": post(body[: len(body) // 2], good),
            "re-ordered": post(_reordered(body, kind), good),
            "twice over": post(body + b"&" + body, good),
            "empty": post(b"", good),
            "signed by two": post(body, {**good, "X-Slack-Signature": f"{seal},{seal}"}),
        }  # fmt: skip
        yield f"forged: {name}", [Attack(how, send, forged=True) for how, send in tried.items()]
    yield "replayed", _replays(desk)


def _reordered(body: bytes, kind: str) -> bytes:
    if kind == "slash_commands":
        return b"&".join(reversed(body.split(b"&")))
    if kind == "events_api":
        return json.dumps(dict(reversed(json.loads(body).items()))).encode()
    return body.replace(b"%22%2C+%22", b"%22%2C++%22", 1)


def _replays(desk: Desk) -> list[Attack]:
    """Return requests that Slack really sent once, sent again by somebody who saw them."""
    found = []
    for user in (desk.anna, desk.li, desk.sam):
        for word in ("help", "status", "queue", "policy"):
            body, content = encoded("slash_commands", user.command_payload(word))
            headers = sign(body)
            first = desk.http.raw(body, content, headers)
            assert first.status_code == 200, first.text
            for n in range(3):
                send = lambda body=body, content=content, headers=headers: desk.http.raw(body, content, headers)  # noqa: E731
                found.append(
                    Attack(f"{word} of {user.name}, time {n + 2}", lambda s=send: s().status_code, forged=True)
                )
    return found


# --- from the wrong people ----------------------------------------------------------------------------------------


def strangers(desk: Desk, made: Targets) -> Iterator[tuple[str, list[Attack]]]:
    """Yield rightly signed requests of people who are nobody here, whatever they are linked to."""
    for user in (desk.stray, desk.guest, desk.visitor, desk.outsider, desk.robot):
        yield f"from {user.name}", _signed(desk, wanted(desk, made, user))
    for how, change in {
        "another workspace": lambda p: _elsewhere(p, OTHER_TEAM),
        "no workspace": lambda p: _elsewhere(p, ""),
        "a guest of another workspace": lambda p: _user_elsewhere(p),
        "no user": lambda p: _as_user(p, ""),
        "the bot itself": lambda p: _as_user(p, BOT_USER),
        "a user who is not": lambda p: _as_user(p, "U0NOBODY"),
        "a name for an id": lambda p: _as_user(p, "li"),
        "an admin's id with a space": lambda p: _as_user(p, f"{desk.sam.id} "),
    }.items():
        tried = {
            name: (kind, change(json.loads(json.dumps(p)))) for name, (kind, p) in wanted(desk, made, desk.li).items()
        }
        yield f"from {how}", _signed(desk, tried)


def _signed(desk: Desk, tried: dict[str, tuple[str, dict[str, Any]]]) -> list[Attack]:
    def send(kind: str, payload: dict[str, Any]) -> Callable[[], int]:
        body, content = encoded(kind, payload)
        return lambda: desk.http.raw(body, content, sign(body)).status_code

    return [Attack(name, send(kind, payload)) for name, (kind, payload) in tried.items()]


def _elsewhere(payload: dict[str, Any], team: str) -> dict[str, Any]:
    for part in (payload, payload.get("team"), payload.get("user"), payload.get("event")):
        if isinstance(part, dict):
            for name in ("team_id", "id" if part is payload.get("team") else "team_id", "team"):
                if isinstance(part.get(name), str):
                    part[name] = team
    return payload


def _user_elsewhere(payload: dict[str, Any]) -> dict[str, Any]:
    if isinstance(payload.get("user"), dict):
        payload["user"]["team_id"] = OTHER_TEAM
    elif isinstance(payload.get("event"), dict):
        payload["event"] |= {"team": OTHER_TEAM, "user_team": OTHER_TEAM}
    else:
        payload["team_id"] = OTHER_TEAM
    return payload


def _as_user(payload: dict[str, Any], user: str) -> dict[str, Any]:
    if isinstance(payload.get("user"), dict):
        payload["user"]["id"] = user
    elif isinstance(payload.get("event"), dict):
        payload["event"]["user"] = user
    else:
        payload["user_id"] = user
    return payload


def roles(desk: Desk, made: Targets) -> Iterator[tuple[str, list[Attack]]]:
    """Yield what people of the brand ask for without the right to."""
    anna, ben = desk.anna, desk.ben
    signing = {}
    for action in ("approve", "post_now"):
        signing |= {
            f"{action} of an author": ("interactive", button(anna, action, press_value(desk, made.anna))),
            f"{action} of another author's": ("interactive", button(anna, action, press_value(desk, made.ben))),
            f"{action} of one's own": ("interactive", button(ben, action, press_value(desk, made.ben))),
        }
    refusing = {
        "undo of an author": ("interactive", button(anna, "undo", press_value(desk, made.live))),
        "reject of an author": (
            "interactive",
            submission(anna, "reject", json.dumps({"card": press_value(desk, made.ben)})),
        ),
        "resume of an author": ("slash_commands", anna.command_payload("resume")),
        "an author's button to resume": ("interactive", button(anna, "resume", "")),
    }
    about = made.reply.partition(":")[0]
    for action, value in (("reply", made.reply), ("ignore", about), ("hide", about)):
        refusing[f"{action} of an author"] = ("interactive", button(anna, action, value))
    handed = submission(anna, "escalate", json.dumps({"comment": about}))
    refusing["an author hands over what others would sign"] = ("interactive", handed)
    # A press that was turned down is turned down the second time, too.
    yield "four eyes and roles", _signed(desk, signing) + _signed(desk, refusing)
    yield "four eyes and roles again", _signed(desk, {
        n: (k, {**p, "trigger_id": anna.trigger()}) for n, (k, p) in (signing | refusing).items()
    })  # fmt: skip


# --- with the wrong values ----------------------------------------------------------------------------------------


def wrong_values(desk: Desk, made: Targets) -> dict[str, str]:
    """Return what a button or a form may not carry."""
    now, ben = press_value(desk, made.second), press_value(desk, made.ben)
    draft, version, short = now.partition("@")[0], now.partition("@")[2].partition("#")[0], now.rpartition("#")[2]
    return {
        "of the version before": made.old,
        "of a version to come": f"{draft}@{int(version) + 1}#{short}",
        "of version 0": f"{draft}@0#{short}",
        "of a negative version": f"{draft}@-1#{short}",
        "of a huge version": f"{draft}@{'9' * 40}#{short}",
        "with another text's hash": f"{draft}@{version}#{ben.rpartition('#')[2]}",
        "with a hash of zeros": f"{draft}@{version}#00000000",
        "with one digit of the hash": f"{draft}@{version}#{short[0]}",
        "without a hash": f"{draft}@{version}",
        "with an empty hash": f"{draft}@{version}#",
        "with a pattern for a hash": f"{draft}@{version}#%",
        "without a version": f"{draft}#{short}",
        "of a draft that is not": f"d_00000000@{version}#{short}",
        "with SQL": f"{draft}' OR '1'='1@{version}#{short}",
        "with a path": f"../../{draft}@{version}#{short}",
        "of two drafts": f"{now} {ben}",
        "with a line behind it": f"{now}\n{ben}",
        "with a null": f"{now}\0",
        "empty": "",
        "of JSON": json.dumps({"draft": draft, "version": version, "hash": short}),
        "in other digits": f"{draft}@{version}#{short}".translate({ord(str(d)): 0xFF10 + d for d in range(10)}),
        "very long": "d_" + "x" * 1900,
    }


def values(desk: Desk, made: Targets) -> Iterator[tuple[str, list[Attack]]]:
    """Yield presses of somebody who may sign, of buttons that stand nowhere."""
    li = desk.li
    wrong = wrong_values(desk, made)
    for action in ("approve", "post_now", "undo", "cancel", "fix.0", "reschedule"):
        yield (
            f"{action} with wrong values",
            _signed(desk, {how: ("interactive", button(li, action, value)) for how, value in wrong.items()}),
        )
    draft = made.reply.partition(":")[2]
    forged = {
        "without a comment": draft, "of another draft": made.reply.replace(draft, press_value(desk, made.anna)),
        "of other words": made.reply.replace(made.reply[len(made.comment) + 1 :][:8], "00000000"),
        "of another version": made.reply.replace("@1#", "@2#"), "of another hash": f"{made.reply[:-8]}00000000",
        "without a draft": made.reply.partition(":")[0], "of no comment": made.reply.replace(made.comment, "c_nobody"),
    }  # fmt: skip
    yield (
        "reply with wrong values",
        _signed(desk, {how: ("interactive", button(li, "reply", value)) for how, value in (wrong | forged).items()}),
    )
    good = press_value(desk, made.second)
    odd = [
        "approve.__init__", "../approve", "approve/../../decide", "__init__", "bot.workflow.decide", "APPROVE",
        "Approve",
        "approve ", "аpprove", "settle", "settle.live", "settle.live.0", "settle.absent.99", "fix", "fix.99", "fix.-1",
        "publish", "send", "sign", "os.system", "run", "", ".", "link", "..", "approve\n",
    ]  # fmt: skip
    yield (
        "actions that are none",
        _signed(
            desk,
            {
                repr(action): ("interactive", button(li, action or " ", good if "pprove" not in action else made.old))
                for action in odd
            },
        ),
    )


def forms(desk: Desk, made: Targets) -> Iterator[tuple[str, list[Attack]]]:
    """Yield forms of somebody who may, with a ``private_metadata`` that was edited."""
    li, wrong = desk.li, wrong_values(desk, made)
    for callback in FORMS:
        tried = {how: json.dumps({"card": value}) for how, value in wrong.items()}
        tried |= {
            "naming a person": json.dumps({"card": made.old, "person": "sam", "role": "admin", "user": desk.sam.id}),
            "naming no card": "{}",
            "of a bare value": made.old,
            "of a list": json.dumps([press_value(desk, made.second)]),
            "of a number for a card": '{"card": 1}',
            "of a card in a card": json.dumps({"card": {"card": press_value(desk, made.second)}}),
            "of null": "null",
            "of half a JSON": '{"card": "',
            "of two cards": f'{{"card": "{press_value(desk, made.second)}", "card": "{made.old}"}}',
        }
        yield (
            f"form {callback} with edited metadata",
            _signed(desk, {how: ("interactive", submission(li, callback, value)) for how, value in tried.items()}),
        )
    good = press_value(desk, made.second)
    yield "forms that are none", _signed(desk, {
        repr(name): ("interactive", submission(li, name, json.dumps({"card": good}), "edit"))
        for name in ("approve", "undo", "../edit", "__init__", "", " ", "decide", "pressed", "edit/../edit")
    })  # fmt: skip


__all__ = ["Attack", "Result", "Targets", "button", "every", "press_value", "run", "submission", "targets"]
