"""Settings: language, zone, which notices come directly, quiet hours, digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from bot.store import chat
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack import home, preferences
from bot.words import say, speaking

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

#: As in the person's Slack.
AUTO = "auto"


def view(ask: Ask) -> dict[str, Any]:
    """Return the form, filled in with what holds now."""
    with ask.app.db.read() as conn:
        body = chat.setting(conn, ask.speaker.team, ask.user)
    prefs = preferences.Preferences.of(body, language=ask.language, zone=ask.zone)
    language = str(body.get("language") or AUTO)
    languages = [kit.option(say("As in my Slack"), AUTO), kit.option("English", "en"), kit.option("中文", "zh")]
    notices = [kit.option(home.notices_word(name), name) for name in preferences.NOTICES]
    digests = [
        kit.option(say("None"), "off"), kit.option(say("Each day"), preferences.DAILY),
        kit.option(say("For the week, on Mondays"), preferences.WEEKLY), kit.option(say("Both"), "both"),
    ]  # fmt: skip
    loud = [kit.option(say("Let urgent notices through"), "yes",
                       note=say("A failed or doubtful post, the kill switch"))]  # fmt: skip
    start, end = (
        f"{t:%H:%M}" if t else "" for t in (prefs.quiet and prefs.quiet.start, prefs.quiet and prefs.quiet.end)
    )
    fields = [
        kit.field("language", say("Language"), kit.select("language", languages, chosen=language)),
        kit.field("zone", say("Time zone"), kit.text("zone", given=str(body.get("zone") or ""), most=64),
                  hint=say("Such as Europe/Berlin. Empty means that of your Slack."), optional=True),
        kit.field("notices", say("Direct messages"), kit.radio("notices", notices, chosen=prefs.notices)),
        kit.field("quiet_start", say("Quiet hours from"), kit.time("quiet_start", start), optional=True,
                  hint=say("What comes meanwhile is brought in one message afterwards.")),
        kit.field("quiet_end", say("to"), kit.time("quiet_end", end), optional=True),
        kit.field("urgent", say("In quiet hours"),
                  kit.checkboxes("urgent", loud, chosen=["yes"] if prefs.urgent else []), optional=True),
        kit.field("digest", say("Digest"), kit.select("digest", digests, chosen=prefs.digest)),
        kit.field("digest_at", say("Digest at"), kit.time("digest_at", f"{prefs.digest_at:%H:%M}"), optional=True),
    ]  # fmt: skip
    return kit.modal("settings", say("Settings"), fields, submit=say("Save"), close=say("Cancel"))


def faults(ask: Ask, state: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong, by field."""
    found = {}
    zone = str(kit.value(state, "zone") or "").strip()
    if zone and zone not in available_timezones():
        found["zone"] = say("{zone} is not a time zone. Use a name such as Europe/Berlin.", zone=repr(zone))
    start, end = kit.value(state, "quiet_start"), kit.value(state, "quiet_end")
    if bool(start) != bool(end):
        missing = "quiet_end" if start else "quiet_start"
        found[missing] = say("Quiet hours need a beginning and an end; leave both empty for none.")
    elif start and start == end:
        found["quiet_end"] = say("Quiet hours cannot begin and end at the same time.")
    return found


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    """Keep what was chosen, and show it in the Home."""
    start, end = kit.value(state, "quiet_start"), kit.value(state, "quiet_end")
    language = kit.value(state, "language")
    with ask.app.desk.deciding() as conn:
        body = chat.set_setting(
            conn, ask.speaker.team, ask.user,
            language=language if language in ("en", "zh") else None,
            zone=str(kit.value(state, "zone") or "").strip() or None,
            notices=kit.value(state, "notices"), quiet={"start": start, "end": end} if start and end else None,
            urgent="yes" in (kit.value(state, "urgent") or ()), digest=kit.value(state, "digest"),
            digest_at=kit.value(state, "digest_at"),
        )  # fmt: skip
    with speaking(str(body.get("language") or ask.language)):
        home.opened(ask)
