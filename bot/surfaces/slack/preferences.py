"""What a person set for themselves: language, zone, which notices, quiet hours, digest. Everything has a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from bot.domain.draft import Window
from bot.domain.policy import Hours
from bot.store import chat
from bot.surfaces.slack.errors import SlackRefused
from bot.workflow import when

if TYPE_CHECKING:
    from bot.app import App
    from bot.surfaces.slack.request import Speaker

#: Which notices come as direct messages.
ALL, MINE, URGENT, NONE = NOTICES = ("all", "mine", "urgent", "none")
#: When a summary comes.
DAILY, WEEKLY = "daily", "weekly"
DIGESTS = {"off": (), DAILY: (DAILY,), WEEKLY: (WEEKLY,), "both": (DAILY, WEEKLY)}
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Preferences:
    """One person's settings, read and checked: what is not usable is the default."""

    #: ``en`` or ``zh``.
    language: str = "en"
    #: IANA.
    zone: str = "UTC"
    notices: str = MINE
    #: Wall times between which nothing rings; None for no quiet hours.
    quiet: Hours | None = None
    #: May urgent notices ring in quiet hours?
    urgent: bool = True
    digest: str = WEEKLY
    digest_at: time = time(9)

    @classmethod
    def of(cls, body: Mapping[str, Any], *, language: str = "en", zone: str = "UTC") -> Preferences:
        """Read what is stored; ``language`` and ``zone`` are those of the person's Slack."""
        said = str(body.get("language") or language)
        given = body["quiet"] if isinstance(body.get("quiet"), dict) else {}
        notices, digest = str(body.get("notices")), str(body.get("digest"))
        start, end = _clock(given.get("start")), _clock(given.get("end"))
        return cls(
            language="zh" if said.lower().startswith("zh") else "en",
            zone=_zone(body.get("zone")) or _zone(zone) or "UTC",
            notices=notices if notices in NOTICES else MINE,
            quiet=Hours(start, end) if start is not None and end is not None and start != end else None,
            urgent=bool(body.get("urgent", True)),
            digest=digest if digest in DIGESTS else WEEKLY,
            digest_at=_clock(body.get("digest_at")) or cls.digest_at,
        )

    def quiet_until(self, at: datetime) -> datetime | None:
        """Return when the quiet hours end in which an instant lies, or None where it lies in none."""
        if self.quiet is None:
            return None
        local = at.astimezone(when.zone(self.zone)).replace(tzinfo=None)
        if local.time() not in self.quiet:
            return None
        end = datetime.combine(local.date(), self.quiet.end)
        return self._instant(end if end > local else end + A_DAY, at)

    def digest_due(self, what: str, now: datetime) -> tuple[str, datetime] | None:
        """Return the name and the instant of the last ``daily`` or ``weekly`` summary that was due by now.

        The daily one comes each day at ``digest_at``, the weekly one on Mondays. None where the person wants none.
        """
        if what not in DIGESTS[self.digest]:
            return None
        today = now.astimezone(when.zone(self.zone)).date()
        for n in range(15):
            on = today - n * A_DAY
            if what == WEEKLY and on.weekday() != 0:
                continue
            at = self._instant(datetime.combine(on, self.digest_at), now)
            if at <= now:
                return on.isoformat(), at
        return None

    def midnight(self, now: datetime) -> datetime:
        """Return when this person's day began."""
        return self._instant(datetime.combine(now.astimezone(when.zone(self.zone)).date(), time()), now)

    def _instant(self, wall: datetime, now: datetime) -> datetime:
        return when.instant(Window(wall.strftime("%Y-%m-%dT%H:%M"), self.zone), now)[0].astimezone(UTC)


def of_user(app: App, speaker: Speaker, user: str) -> Preferences:
    """Return what somebody set, with Slack's own record of them where they set nothing."""
    with app.db.read() as conn:
        body = chat.setting(conn, speaker.team, user)
    info: Mapping[str, Any] = {}
    if not (body.get("language") and body.get("zone")):
        try:
            info = speaker.info(user)
        except SlackRefused:
            # Somebody who left the workspace, say: what they set still holds.
            info = {}
    return Preferences.of(body, language=str(info.get("locale") or "en"), zone=str(info.get("tz") or "UTC"))


def _clock(text: object) -> time | None:
    try:
        return time.fromisoformat(str(text)).replace(second=0, microsecond=0, tzinfo=None) if text else None
    except ValueError:
        return None


def _zone(name: object) -> str:
    return str(name) if name and str(name) in _zones() else ""


@cache
def _zones() -> frozenset[str]:
    """Every IANA zone; found by looking through folders, so once."""
    return frozenset(available_timezones())
