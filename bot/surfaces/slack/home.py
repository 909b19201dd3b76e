"""App Home: what waits for me, what is scheduled, the mood, and how Signoff speaks with me."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.brand import Role
from bot.store import desk as rows
from bot.surfaces.slack import blocks, digest, notices, preferences
from bot.surfaces.slack.digest import line
from bot.surfaces.slack.preferences import Preferences
from bot.words import retold, say, speaking
from bot.workflow import queue

if TYPE_CHECKING:
    from bot.domain.brand import Brand, Person
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask

#: Lines of one list, and notices shown.
_MOST, _NEWS = 10, 5


def opened(ask: Ask) -> None:
    """Show somebody their Home, as it stands now."""
    prefs = preferences.of_user(ask.app, ask.speaker, ask.user)
    with speaking(prefs.language):
        ask.speaker.publish_home(ask.user, view(ask, prefs))


def view(ask: Ask, prefs: Preferences) -> dict[str, Any]:
    """Return the Home of a person, in the language spoken here."""
    app, brand, person = ask.app, ask.brand, ask.person
    found = [blocks.header(brand.name), *_stopped(ask), _buttons(person)]
    found += _waiting(ask, prefs)
    found += _others(ask, prefs)
    found += _scheduled(ask, prefs)
    found += _news(ask)
    found.append(blocks.section(digest.mood(app, brand, prefs.midnight(app.clock.now()), say("today"))))
    found += _settings(prefs, person, brand)
    return blocks.home(found[: blocks.VIEW])


def _title(text: str) -> Block:
    return blocks.section(blocks.mrkdwn("*{text}*", text=text))


def _buttons(person: Person) -> Block:
    found = [blocks.button("home", say("Refresh")), blocks.button("settings", say("Settings"))]
    if person.may(Role.AUTHOR) or person.may(Role.APPROVER):
        found.insert(0, blocks.button("new_draft", say("New draft"), style="primary"))
    return blocks.actions(*found)


def _stopped(ask: Ask) -> list[Block]:
    with ask.app.db.read() as conn:
        stopped = bool(rows.stopped(conn))
        said = notices.message(ask.app, conn, notices.STOP, None, notices.Reader(ask.zone)) if stopped else None
        paused = {a.key: why for a in ask.brand.accounts if (why := rows.paused(conn, a.key))}
    found = list(said.blocks) if said else []
    for key, why in paused.items():
        found.append(blocks.section(say("⏸ {account} is paused", account=key) + "\n" + retold(why)))
    return [*found, blocks.divider()] if found else []


def _waiting(ask: Ask, prefs: Preferences) -> list[Block]:
    mine = digest.signable(ask.app, ask.brand, ask.person.id)
    found = [_title(say("Waits for your signature: {n}", n=len(mine)))]
    for row in mine[:_MOST]:
        show = blocks.button(f"open.{row['id']}", say("Open"), row["bound"], style="primary")
        found.append(blocks.section(line(row, prefs), accessory=show))
    return [*found, *_rest(len(mine)), *([] if mine else [blocks.context(say("Nothing. Enjoy the day."))])]


def _others(ask: Ask, prefs: Preferences) -> list[Block]:
    """Return what this person asked for and others must act on, or they themselves."""
    with ask.app.db.read() as conn:
        mine = [
            r for r in queue.rows(conn, ask.brand.id, ask.app.clock.now())
            if r["author"] == ask.person.id and r["state"] in ("review", "held", "asked", "refused", "doubtful")
        ]  # fmt: skip
    if not mine:
        return []
    found = [_title(say("What you asked for: {n}", n=len(mine)))]
    for row in mine[:_MOST]:
        state = say(queue.GROUPS[row["state"]])
        show = blocks.button(f"open.{row['id']}", say("Open"), str(row["id"]))
        found.append(blocks.section(f"{state}  ·  {line(row, prefs)}", accessory=show))
    return [*found, *_rest(len(mine))]


def _scheduled(ask: Ask, prefs: Preferences) -> list[Block]:
    due = digest.scheduled(ask.app, ask.brand)
    found = [_title(say("Scheduled: {n}", n=len(due)))]
    for row in due[:_MOST]:
        show = blocks.button(f"open.{row['id']}", say("Open"), str(row["id"]))
        found.append(blocks.section(line(row, prefs), accessory=show))
    return [*found, *_rest(len(due))]


def _rest(n: int) -> list[Block]:
    more = say("{n} more: `/signoff queue`.", n=n - _MOST)
    return [blocks.context(blocks.mrkdwn("{more}", more=more))] if n > _MOST else []


def _news(ask: Ask) -> list[Block]:
    with ask.app.db.read() as conn:
        new = [n for n in rows.notices(conn, brand=ask.brand.id, limit=50) if n["level"] != "info"]
    if not new:
        return []
    read = blocks.button("seen", say("Mark as read"), str(new[0]["id"]))
    found = [blocks.section(blocks.mrkdwn("*{text}*", text=say("News: {n}", n=len(new))), accessory=read)]
    for one in new[:_NEWS]:
        step = notices.in_slack(retold(one["next_step"]))
        found.append(blocks.section(blocks.clip(retold(one["text"]), 600)))
        found += [blocks.context(blocks.mrkdwn("{step}", step=step))] if step else []
    return found


def _settings(prefs: Preferences, person: Person, brand: Brand) -> list[Block]:
    roles = ", ".join(say(r.value) for r in sorted(person.roles)) or "-"
    pairs = [
        (say("You are"), f"{person.name} ({roles})"),
        (say("Language"), "中文" if prefs.language == "zh" else "English"),
        (say("Time zone"), prefs.zone),
        (say("Direct messages"), notices_word(prefs.notices)),
        (say("Quiet hours"), quiet_word(prefs)),
        (say("Digest"), digest_word(prefs)),
    ]
    return [blocks.divider(), _title(say("How Signoff speaks with you")), *blocks.rows(pairs)]


def notices_word(chosen: str) -> str:
    """Name which notices come as direct messages."""
    return {
        preferences.ALL: say("every notice"),
        preferences.MINE: say("what concerns my posts, and what I may sign"),
        preferences.URGENT: say("only what is urgent and mine"),
        preferences.NONE: say("none"),
    }[chosen]


def quiet_word(prefs: Preferences) -> str:
    """Name the quiet hours."""
    if prefs.quiet is None:
        return say("none")
    span = {"start": f"{prefs.quiet.start:%H:%M}", "end": f"{prefs.quiet.end:%H:%M}"}
    if prefs.urgent:
        return say("{start} to {end}; urgent notices come all the same", **span)
    return say("{start} to {end}", **span)


def digest_word(prefs: Preferences) -> str:
    """Name when digests come."""
    at = f"{prefs.digest_at:%H:%M}"
    return {
        "off": say("none"),
        preferences.DAILY: say("each day at {time}", time=at),
        preferences.WEEKLY: say("on Mondays at {time}", time=at),
        "both": say("each day, and for the week on Mondays, at {time}", time=at),
    }[prefs.digest]
