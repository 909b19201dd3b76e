"""A person's day or week in one message, with a picture: sent once, also over restarts, and never in quiet hours."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Brand
from bot.store import comments
from bot.surfaces.slack import blocks, posting, preferences
from bot.surfaces.slack.errors import SlackRefused
from bot.surfaces.slack.notices import bound
from bot.surfaces.slack.preferences import DAILY, WEEKLY, Preferences
from bot.words import joined, say, speaking
from bot.workflow import queue, when

if TYPE_CHECKING:
    from bot.app import App
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Speaker

log = logging.getLogger(__name__)

#: A digest that could not be sent for so long after its time is not sent any more.
GRACE = {DAILY: timedelta(hours=6), WEEKLY: timedelta(hours=36)}
_DAY = timedelta(days=1)
#: Lines of one list.
_MOST = 5


def send(app: App, speaker: Speaker, brand: Brand, user: str, person: str, refused: set[str]) -> int:
    """Send the digests that somebody wants and that are due; return how many were sent.

    ``refused`` keeps what Slack would not take, so that it is not tried, and its picture uploaded, again and again.
    """
    prefs, now, done = preferences.of_user(app, speaker, user), app.clock.now(), 0
    for what in (DAILY, WEEKLY):
        due = prefs.digest_due(what, now)
        if due is None or prefs.quiet_until(now) is not None:
            continue
        name, at = due
        subject = f"digest:{what}:{brand.id}:{name}"
        if now - (prefs.quiet_until(at) or at) > GRACE[what] or f"{user} {subject}" in refused:
            continue
        channel = speaker.direct(user)
        with app.db.read() as conn:
            if posting.standing(conn, speaker.team, subject, channel):
                continue

        def make(pictured: bool, what: str = what) -> tuple[list[Block], str]:
            with speaking(prefs.language):
                return drawn(app, speaker, brand, person, what, prefs, pictured=pictured)

        for pictured in (True, False):
            try:
                sent = posting.once(app, speaker, channel, subject, partial(make, pictured), kind="digest")
            except SlackRefused as error:
                # A picture that Slack has not made ready yet is refused with the whole message.
                if pictured and error.code == "invalid_blocks":
                    continue
                refused.add(f"{user} {subject}")
                raise
            done += bool(sent)
            break
    return done


def drawn(
    app: App, speaker: Speaker, brand: Brand, person: str, what: str, prefs: Preferences, *, pictured: bool = True
) -> tuple[list[Block], str]:
    """Return a digest's blocks and its fallback text, in the language spoken here."""
    from bot.writing import report

    now = app.clock.now()
    found = report.report(app, "last" if what == WEEKLY else "")
    title = say("Your week") if what == WEEKLY else say("Your day")
    made = [blocks.header(f"{title}: {brand.name}")]
    made += waiting(app, brand, person, prefs, now)
    if what == DAILY:
        made += coming(app, brand, prefs, now, now + _DAY)
    made.append(blocks.section(blocks.mrkdwn("*{title}*", title=report.title(found))))
    made.append(blocks.section("\n".join(report.sentences(found))))
    for post in found.best if what == WEEKLY else ():
        text = blocks.clip(str(post["text"]), 150)
        made.append(blocks.context(blocks.mrkdwn("{n} × ♥  {text}  {link}", n=post["answers"], text=text,
                                                 link=blocks.link(str(post["url"]), say("open")))))  # fmt: skip
    if what == WEEKLY:
        made.append(blocks.context(mood(app, brand, now - 7 * _DAY, say("of the last seven days"))))
    else:
        made.append(blocks.context(mood(app, brand, now - _DAY, say("of the last 24 hours"))))
    picture = report.picture(found) if pictured else None
    if picture is not None:
        try:
            file = speaker.upload("", picture, report.title(found), report.described(found))
            made.append(blocks.image(report.described(found), file=file))
        except SlackRefused as error:
            # The words say the same; a picture is not worth a digest.
            log.warning("the digest's picture could not be uploaded: %s", error)
    made.append(blocks.context(say("How often this comes, and when, is set in the app's Home.")))
    return made, blocks.fallback(joined(title + ":", brand.name))


def waiting(app: App, brand: Brand, person: str, prefs: Preferences, now: datetime) -> list[Block]:
    """Return what waits for this person's own signature."""
    mine = signable(app, brand, person)
    title = say("Waits for your signature: {n}", n=len(mine))
    found = [blocks.section(blocks.mrkdwn("*{title}*", title=title))]
    for row in mine[:_MOST]:
        show = blocks.button(f"open.{row['id']}", say("Open"), row["bound"])
        found.append(blocks.section(line(row, prefs), accessory=show))
    if len(mine) > _MOST:
        found.append(blocks.context(say("{n} more.", n=len(mine) - _MOST)))
    return found


def coming(app: App, brand: Brand, prefs: Preferences, now: datetime, until: datetime) -> list[Block]:
    """Return what goes out up to an instant."""
    due = [r for r in scheduled(app, brand) if r["due"] and r["due"] <= until]
    found = [blocks.section(blocks.mrkdwn("*{title}*", title=say("Goes out in the next 24 hours: {n}", n=len(due))))]
    found += [blocks.section(line(row, prefs)) for row in due[:_MOST]]
    if len(due) > _MOST:
        found.append(blocks.context(say("{n} more.", n=len(due) - _MOST)))
    return found


def signable(app: App, brand: Brand, person: str) -> list[dict[str, Any]]:
    """Return the waiting drafts that this person may sign and has not answered, the next to lapse first."""
    from bot.store import approvals, drafts
    from bot.surfaces.slack.personal import to_sign

    found = []
    with app.db.read() as conn:
        for row in queue.rows(conn, brand.id, app.clock.now()):
            if row["state"] != "review" or person not in to_sign(conn, brand, row["id"]):
                continue
            request = approvals.of_version(conn, row["id"], row["version"])
            version = drafts.version(conn, row["id"], row["version"])
            found.append({**row, "expires": request.expires if request else None, "bound": bound(version)})
    return sorted(found, key=lambda r: (r["expires"] is None, r["expires"]))


def scheduled(app: App, brand: Brand) -> list[dict[str, Any]]:
    """Return what is signed and not out yet, the next first."""
    with app.db.read() as conn:
        found = [r for r in queue.rows(conn, brand.id, app.clock.now()) if r["state"] == "scheduled"]
    return sorted(found, key=lambda r: (r["due"] is None, r["due"]))


def line(row: dict[str, Any], prefs: Preferences) -> str:
    """Return one draft as a line of a list, for plain text."""
    time = when.spoken(row["due"], prefs.zone) if row["due"] else say("as soon as it is signed off")
    first = f"{row['account']}  ·  {time}"
    if row.get("expires"):
        first += "  ·  " + say("sign until {time}", time=when.spoken(row["expires"], prefs.zone))
    return f"{first}\n{blocks.clip(' '.join(row['text'].split()), 160)}"


def mood(app: App, brand: Brand, since: datetime, span: str) -> str:
    """Say how people spoke of the brand since an instant, which ``span`` names; honest where nobody did."""
    with app.db.read() as conn:
        days = comments.mood(conn, brand.id, since)
    sums = {label: sum(day.get(label, 0) for day in days.values()) for label in ("positive", "neutral", "negative")}
    total = sum(sums.values())
    if not total:
        return say("Mood {span}: no comments were read, so there is none to tell.", span=span)
    return say(
        "Mood {span}: 🙂 {good} · 😐 {even} · 🙁 {bad}, of {n} comments.", span=span, good=sums["positive"],
        even=sums["neutral"], bad=sums["negative"], n=total,
    )  # fmt: skip
