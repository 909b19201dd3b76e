"""Reschedule: a day and a time in the account's zone, the next free slot, or as soon as it is signed off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.draft import Window
from bot.errors import SignoffError
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards import binding
from bot.surfaces.slack.cards.pressed import carried, on_card, wrong
from bot.words import say, speaking
from bot.workflow import quiet, schedule, slots, when

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card

_NOW = "now"


def view(ask: Ask, card: Card, carries: Mapping[str, str], *, free: bool = False) -> Block:
    """Return the form; with ``free`` the next free slot stands in it."""
    window = card.version.content.window
    slot = next_free(ask, card)
    wall = (slot.wall if free and slot else window.wall) or (slot.wall if slot else None)
    at = datetime.fromisoformat(wall) if wall else ask.app.clock.now().astimezone(when.zone(window.zone))
    # Slack keeps what was picked in a field of the same name: a slot that is put in has a field of another one.
    name = "slot" if free else "at"
    zone = say("Time in {zone}, the zone of {account}", zone=window.zone, account=card.account.key)
    found = [
        kit.section(say("Now: {time}", time=when.spoken(card.due, window.zone) if window.wall else say(
            "as soon as it is signed off"))),
        kit.field(f"day.{name}", say("Day"), kit.date("day", f"{at:%Y-%m-%d}")),
        kit.field(f"hour.{name}", zone, kit.time("hour", f"{at:%H:%M}", window.zone),
                  hint=_theirs(ask, window.zone)),
        kit.field("soon", say("Or without a time"),
                  kit.checkboxes("soon", [kit.option(say("As soon as it is signed off"), _NOW)]), optional=True),
        kit.context(say("Another time is a new version: it needs its own signatures.")),
    ]  # fmt: skip
    if slot:
        label = say("Next free slot: {time}", time=when.spoken(when.instant(slot, ask.app.clock.now())[0], slot.zone))
        found.insert(1, kit.actions(kit.button("reschedule.slot", label, carries.get("card", ""))))
    return kit.modal("reschedule", say("Reschedule"), found, submit=say("Move it"), close=say("Cancel"),
                     metadata=carries)  # fmt: skip


def read(text: str) -> dict[str, str]:
    """Return what an open form carries."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def next_free(ask: Ask, card: Card) -> Window | None:
    """Return the account's next free slot, or None where it has none."""
    now = ask.app.clock.now()
    today = now.astimezone(when.zone(card.account.zone)).date()
    with ask.app.db.read() as conn:
        busy = slots.taken(conn, card.account, today, card.draft.id)
    try:
        return slots.free(card.brand, card.account, "next", now, busy)
    except SignoffError:
        return None


def faults(ask: Ask, state: Mapping[str, Any]) -> dict[str, str]:
    """Say, beside the day, why a time cannot be."""
    wall, place = _wall(state)
    if wall is None:
        return {} if place == _NOW else {place: say("Choose a day and a time.")}
    card = binding.held(ask.app, carried(ask).get("card", ""))
    window = Window(when.parse_wall(wall), card.version.content.window.zone)
    try:
        quiet.possible(card.brand, card.account, window, ask.app.clock.now())
    except SignoffError as error:
        return {place: wrong(error)}
    return {}


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    on_card(ask, carried(ask).get("card", ""), lambda card: _move(ask, card, state))


def _move(ask: Ask, card: Card, state: Mapping[str, Any]) -> str:
    wall, _ = _wall(state)
    with speaking("en"):
        version = schedule.reschedule(
            ask.app.desk, card.draft.id, wall, ask.person.id, seen_version=card.version.version
        )
    if wall is None:
        return say("It goes out as soon as it is signed off.")
    due, remark = when.instant(version.content.window, ask.app.clock.now())
    time = when.spoken(due, version.content.window.zone)
    return say("Moved to {time}. {remark}", time=time, remark=remark).strip()


def _wall(state: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the wall time that was picked, and the field of the day; or None where no time is wanted."""
    if _NOW in (kit.value(state, "soon") or ()):
        return None, _NOW
    for name in ("slot", "at"):
        day, hour = kit.value(state, f"day.{name}"), kit.value(state, f"hour.{name}")
        if day and hour:
            return f"{day} {hour}", f"day.{name}"
    return None, next((b for b in state if b.startswith("day.")), "day.at")


def _theirs(ask: Ask, zone: str) -> str:
    return "" if ask.zone == zone else say("Your own zone is {zone}.", zone=ask.zone)
