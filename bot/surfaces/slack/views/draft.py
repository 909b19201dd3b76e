"""New draft: brief, accounts, kind, time and pictures, as a form; the model's work begins after it was sent."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import platform_class
from bot.domain.draft import Window
from bot.errors import BadInput, SignoffError
from bot.surfaces.slack import blocks as kit
from bot.words import joined, retold, say

if TYPE_CHECKING:
    from bot.domain.draft import Media
    from bot.surfaces.slack.request import Ask

#: Endings of what can be posted.
FILES = ("png", "jpg", "jpeg", "gif", "webp", "mp4", "mov")
NOW, SLOT, AT = "now", "slot", "at"
MODEL, OWN = "model", "own"


def view(ask: Ask, *, brief: str = "") -> dict[str, Any]:
    """Return the form."""
    from bot.agent import kinds, post_kinds

    accounts = [kit.option(f"{platform_class(a.platform).label}  {a.handle or a.name}", a.key, note=a.key)
                for a in ask.brand.accounts]  # fmt: skip
    found = [kinds.load(name) for name in kinds.names()]
    forms = [kit.option(k.label, k.name) for k in found if k.is_post and not post_kinds.shape(k.name).below]
    times = [
        kit.option(say("As soon as it is signed off"), NOW), kit.option(say("In the next free slot"), SLOT),
        kit.option(say("At the time below"), AT),
    ]  # fmt: skip
    only = accounts[0]["value"] if len(accounts) == 1 else ""
    fields = [
        kit.field("brief", say("What is it about?"), kit.text("brief", given=brief[:3000], lines=True,
                  hint=say("What is new, for whom, and what readers should do."))),
        kit.field("words", say("Whose words"), kit.radio("words", [
            kit.option(say("The model writes from it"), MODEL),
            kit.option(say("It is the text: nobody rewrites it"), OWN,
                       note=say("A line --- begins the next post of a thread.")),
        ], chosen=MODEL)),
        kit.field("accounts", say("Accounts"), kit.select("accounts", accounts, chosen=only, many=True)),
        kit.field("kind", say("Kind"), kit.select("kind", forms, chosen="post")),
        kit.field("when", say("When"), kit.radio("when", times, chosen=NOW)),
        kit.field("date", say("Date"), kit.date("date"), optional=True,
                  hint=say("In the time zone of each account.")),
        kit.field("time", say("Time"), kit.time("time"), optional=True),
        kit.field("files", say("Pictures or a video"), kit.files("files", FILES), optional=True),
        kit.field("alts", say("What they show, a line for each"), kit.text("alts", lines=True), optional=True,
                  hint=say("For those who cannot see them. Without it, the language model describes what it can see.")),
    ]  # fmt: skip
    metadata = {"channel": ask.channel} if ask.channel else None
    return kit.modal("draft", say("New draft"), fields, submit=say("Draft it"), close=say("Cancel"), metadata=metadata)


def faults(ask: Ask, state: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong, by field: what can be told without the model."""
    from bot.workflow import quiet

    found = {}
    if not str(kit.value(state, "brief") or "").strip():
        found["brief"] = say("Say in a sentence what the post is about.")
    keys = list(kit.value(state, "accounts") or ())
    known = [a for key in keys if (a := ask.brand.account(key))]
    if not keys or len(known) != len(keys):
        found["accounts"] = say("Choose at least one of the brand's accounts.")
    if kit.value(state, "kind") == "thread":
        for account in known:
            platform = platform_class(account.platform)
            if not platform.features.threads or platform.limits.parts < 2:
                found["kind"] = say("{label} has no threads.", label=platform.label)
    date, time = kit.value(state, "date"), kit.value(state, "time")
    chosen = kit.value(state, "when")
    if chosen == AT and not date:
        found["date"] = say("Choose a date.")
    if chosen == AT and not time:
        found["time"] = say("Choose a time.")
    if chosen != AT and (date or time):
        found["when"] = say("A date or a time is filled in: choose “At the time below”, or empty them.")
    for account in known if chosen == AT and date and time else ():
        try:
            quiet.possible(ask.brand, account, Window(f"{date}T{time}", account.zone), ask.app.clock.now())
        except SignoffError as error:
            found["time"] = joined(retold(error.message), retold(error.next_step))
    files, alts = kit.value(state, "files") or [], _lines(state)
    if len(alts) > len(files):
        told = {"n": len(alts), "files": len(files)}
        found["alts"] = say("There are {n} lines for {files} pictures.", **told)
    return found


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    """Take the pictures in, and draft. Raises BadInput, ModelError."""
    from bot.surfaces.slack import drafting

    if wrong := faults(ask, state):
        raise BadInput(next(iter(wrong.values())))
    media = taken(ask, kit.value(state, "files") or [], _lines(state))
    chosen, more = kit.value(state, "when"), dict[str, Any]()
    if chosen == AT:
        more["wall"] = f"{kit.value(state, 'date')}T{kit.value(state, 'time')}"
    elif chosen == SLOT:
        more["slot"] = "next"
    keys = list(dict.fromkeys(kit.value(state, "accounts")))
    brief, kind = str(kit.value(state, "brief")).strip(), str(kit.value(state, "kind") or "post")
    own = kit.value(state, "words") == OWN
    drafting.work(replace(ask, channel=_where(ask)), brief, keys, kind=kind, own=own, media=media, **more)


def _where(ask: Ask) -> str:
    """Return the channel that the form was opened from; from the Home, it is the brand's."""
    import json

    try:
        given = json.loads(ask.value or "{}")
    except ValueError:
        given = {}
    # Where an answer is shown gives nobody a right; all else about who asks comes from Slack's own fields.
    channel = given.get("channel") if isinstance(given, dict) else ""
    channel = channel if isinstance(channel, str) else ""
    return str(channel or ask.channel or ask.app.settings.slack_channel)


def _lines(state: Mapping[str, Any]) -> list[str]:
    return [line.strip() for line in str(kit.value(state, "alts") or "").splitlines() if line.strip()]


def taken(ask: Ask, files: Sequence[str], alts: Sequence[str]) -> tuple[Media, ...]:
    """Take files from Slack in, each with its description. Raises BadInput, naming the one that lacks it."""
    from bot import writing
    from bot.media import video

    found, seen = [], None
    for n, file in enumerate(files):
        data, alt = ask.speaker.download(file), alts[n] if n < len(alts) else ""
        if video.kind_of(data[:64]):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"video-{n + 1}.{'webm' if video.kind_of(data[:64]) == 'matroska' else 'mp4'}"
                path.write_bytes(data)
                medium = ask.app.media.add(path, alt)
        else:
            medium = ask.app.media.take(data, alt)
        if not alt:
            if not medium.is_video and seen is None:
                seen = writing.can_see(ask.app)
            if medium.is_video or not seen:
                raise BadInput(
                    say("Picture {n} has no description, and the language model cannot see it.", n=n + 1),
                    next_step=say("Open the form again and say what it shows, a line for each picture."),
                )
        found.append(medium)
    return tuple(found)
