"""From the acknowledgement to the answer: a delivery is stored, acknowledged, and worked on by a pool of threads.

Before the acknowledgement nothing calls Slack or the model. What was acknowledged is in the database, so a process that
dies loses none of it: the next one takes it over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.exc import OperationalError

from bot.errors import SignoffError
from bot.store import desk as desk_rows
from bot.store import inbox as rows
from bot.store import trouble
from bot.store.db import is_busy
from bot.surfaces.slack import incoming as kinds
from bot.surfaces.slack import people, routes
from bot.surfaces.slack.errors import SlackBusy, Stranger, told
from bot.surfaces.slack.incoming import Incoming, read
from bot.surfaces.slack.request import Ask, Speaker, answer, plainly
from bot.words import joined, say, speaking
from bot.workflow.turn import gone, worker_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import App
    from bot.surfaces.slack.people import Asker
    from bot.surfaces.slack.speaker import WebSpeaker

log = logging.getLogger(__name__)

#: Answers worked on at once. Most of them wait for the model or for Slack.
POOL = 16
#: While more than so many deliveries a second come in, so many answers are under way at once that are younger than so
#: many seconds (older ones wait for Slack or the model): they share one interpreter, and on SQLite one file, with the
#: acknowledgements, which come first.
CROWD, HANDS, YOUNG = 20, 1, 1.0
#: Seconds that a delivery is held; renewed while it is worked on.
LEASE = 60
#: How often a delivery is tried: a process that died, Slack that could not be reached.
TRIES = 6
#: Deliveries are known for so long: Slack repeats one within an hour
#: (https://docs.slack.dev/apis/events-api/#retries, read 2026-11-22).
KEPT = timedelta(days=2)
#: Seconds between looks into the database, where no delivery of this process wakes the pool.
TICK = 0.5
#: Ids of deliveries that are known without asking the database.
RECENT = 20_000
#: Seconds between looks for what others left, and for what was settled long ago.
TAKE_OVER, SWEEP = 5.0, 3600.0


@dataclass(frozen=True)
class Reply:
    """What Slack is answered at once: a status, and a body where one is needed."""

    status: int = 200
    body: Mapping[str, Any] | None = None


class Inbox:
    """Takes deliveries and works on them. One for each process that serves."""

    def __init__(self, app: App, speaker: WebSpeaker) -> None:
        self.app, self.speaker = app, speaker
        self.me = worker_id()
        self._wake, self._stop, self._over = threading.Event(), threading.Event(), threading.Event()
        #: What is worked on, and since when.
        self._busy: dict[int, float] = {}
        #: What became of deliveries and is not stored yet; what was stored lately.
        self._settled: list[tuple[rows.Delivery, str, float | None]] = []
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._guard = threading.Condition()
        #: When the latest deliveries came in.
        self._came: deque[float] = deque(maxlen=CROWD)
        self._pool = ThreadPoolExecutor(POOL, thread_name_prefix="slack")
        self._thread = threading.Thread(target=self._run, name="slack-inbox", daemon=True)

    # --- before the acknowledgement --------------------------------------------------------------------------

    def receive(self, body: Mapping[str, Any]) -> Reply:
        """Store a delivery and say what to answer. A delivery that is known is answered, and nothing else happens."""
        self._came.append(time.monotonic())
        if body.get("type") == "url_verification":
            return Reply(body={"challenge": str(body.get("challenge") or "")[:500]})
        came = read(body)
        if came is None or self._is_ours(came):
            return Reply()
        if (came.kind == kinds.MESSAGE and not came.direct) or came.kind == kinds.VIEW:
            with self.app.db.read() as conn:
                if came.kind == kinds.MESSAGE and not routes.concerns_us(conn, came, self.speaker.known_bot):
                    return Reply()
                known = rows.known(conn, came.delivery)
            if came.kind == kinds.VIEW and not known and (faults := self._faults(came)):
                return Reply(body={"response_action": "errors", "errors": faults})
        # Most repeats come soon, and to the same process.
        if came.delivery not in self._recent:
            with self.app.db.write() as conn:
                new = rows.put(conn, came.delivery, came.kind, dict(body), self.app.clock.now(), lane=came.lane)
            # Only now, when it is on disk.
            self._remember(came.delivery)
            if new:
                self._wake.set()
        return Reply()

    def _remember(self, delivery: str) -> None:
        with self._guard:
            self._recent[delivery] = None
            if len(self._recent) > RECENT:
                self._recent.popitem(last=False)

    def _is_ours(self, came: Incoming) -> bool:
        """Say whether a program wrote this, such as we ourselves: nobody answers it."""
        return came.kind in (kinds.MESSAGE, kinds.MENTION) and (came.bot or came.user in ("", self.speaker.known_bot))

    def _faults(self, came: Incoming) -> dict[str, str]:
        """Return what is wrong in a form, by block: it is shown in the form, and nothing is stored."""
        found = routes.page("views", came.page)
        check = getattr(found, "faults", None)
        if check is None:
            return {}
        with self.app.db.read() as conn:
            info = self.speaker.cached_info(came.user)
            asker = people.glance(self.app, conn, came, info, self.speaker.known_team)
        if asker is None:
            # Refused after the acknowledgement, in words.
            return {}
        with speaking(asker.language):
            try:
                ask = self._ask(came, asker, cast(Speaker, _Silent(came.team)))
                return {block: text[:2000] for block, text in check(ask, routes.state(came)).items()}
            except SignoffError as error:
                return _on_first(came, told(error))
            except Exception:
                return _on_first(came, self._noted(came))

    # --- after it --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Work in the background, beginning with what a process that died has left."""
        self._thread.start()

    def stop(self, seconds: float = 8.0) -> bool:
        """Take nothing new, and wait so long for what is being worked on.

        False when something is left; the next process takes it over.
        """
        self._stop.set()
        self._wake.set()
        with self._guard:
            idle = self._guard.wait_for(lambda: not self._busy, seconds)
        self._over.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(wait=idle, cancel_futures=True)
        return idle

    def _run(self) -> None:
        looked = swept = -1e9
        while not self._over.is_set():
            self._wake.clear()
            try:
                if (now := time.monotonic()) - looked >= TAKE_OVER:
                    looked = now
                    swept, sweep = (now, True) if now - swept >= SWEEP else (swept, False)
                    self._look_after(sweep=sweep)
                if self._take():
                    continue
            except Exception as error:
                # The database may be busy or full: what was delivered is still there when it is not.
                log.warning("the inbox could not be read: %s", error)
            self._wake.wait(TICK)

    def _take(self) -> int:
        """Store what became of deliveries and take new ones, in one transaction: waits for the disk are shared."""
        with self._guard:
            settled, self._settled = self._settled, []
        free = self._free({one.id for one, _, _ in settled})
        now = self.app.clock.now()
        if not settled:
            if free <= 0:
                return 0
            with self.app.db.read() as conn:
                if not rows.waiting(conn, now):
                    return 0
        try:
            with self.app.db.write() as conn:
                for one, why, after in settled:
                    self._settle(conn, one, why, after)
                found = rows.take(conn, self.me, now, LEASE, free) if free > 0 else []
        except BaseException:
            with self._guard:
                self._settled = [*settled, *self._settled]
            raise
        with self._guard:
            for one, _, _ in settled:
                self._busy.pop(one.id, None)
            self._busy |= dict.fromkeys((one.id for one in found), time.monotonic())
            self._guard.notify_all()
        for one in found:
            self._pool.submit(self._work, one)
        return len(found) + len(settled)

    def _free(self, settled: set[int]) -> int:
        """Return how many more may be taken."""
        if self._stop.is_set():
            return 0
        now, busy = time.monotonic(), [since for number, since in self._busy.items() if number not in settled]
        free = POOL - len(busy)
        if len(self._came) == CROWD and now - self._came[0] < 1.0:
            free = min(free, HANDS - sum(now - since < YOUNG for since in busy))
        return max(0, free)

    def _look_after(self, *, sweep: bool) -> None:
        """Keep what is in hand, take over what others left, and once an hour drop what was settled long ago."""
        now = self.app.clock.now()
        with self._guard:
            mine = list(self._busy)
        with self.app.db.read() as conn:
            held = rows.held(conn)
        if mine or any(gone(owner) for owner in held):
            with self.app.db.write() as conn:
                rows.renew(conn, self.me, mine, now + timedelta(seconds=LEASE))
                rows.take_back(conn, gone)
        if sweep:
            with self.app.db.write() as conn:
                rows.forget(conn, now - KEPT)

    def _work(self, one: rows.Delivery) -> None:
        left: tuple[str, float | None] = "it could not be worked on", 5.0
        try:
            left = self._handle(one)
        except Exception:
            log.exception("a delivery from Slack could not be worked on")
        finally:
            with self._guard:
                self._settled.append((one, *left))
            self._wake.set()

    def _settle(self, conn: Connection, one: rows.Delivery, why: str, after: float | None) -> None:
        if after is not None and one.attempts < TRIES:
            rows.again(conn, self.me, one.id, self.app.clock.now() + timedelta(seconds=after), why)
        elif why:
            rows.fail(conn, self.me, one.id, why)
            if after is not None:
                self._given_up(conn, one, why)
        else:
            rows.done(conn, self.me, one.id)

    def _given_up(self, conn: Connection, one: rows.Delivery, why: str) -> None:
        """Leave a notice: whoever asked could not be told."""
        log.error("a %s from Slack was given up after %s tries (%s): %s", one.kind, one.attempts, one.delivery, why)
        came = read(one.body)
        who = f"{came.team}/{came.user}" if came else ""
        with speaking("en"):
            text = say("Something that {who} asked in Slack on {time} could not be done: {why}", who=who,
                       time=f"{one.received:%Y-%m-%d %H:%M} UTC", why=why)  # fmt: skip
            step = say("Ask for it once more. `signoff status` shows how everything stands.")
            desk_rows.notify(conn, self.app.clock.now(), self.app.brand_id or "", "slack", text, step)

    def _handle(self, one: rows.Delivery) -> tuple[str, float | None]:
        """Work on a delivery; return what went wrong, or an empty text, and after how long to try again."""
        came = read(one.body)
        if came is None:
            return "", None
        if one.attempts > TRIES:
            return "given up after several tries", 0.0
        language = "en"
        try:
            asker = people.identify(self.app, self.speaker, came)
            language = asker.language
            with speaking(language):
                self._answer(came, asker, one.received)
        except SlackBusy as error:
            # A wait grows where Slack does not say how long.
            return error.message or "Slack asked to wait", _wait(error.after, one.attempts)
        except Stranger as error:
            with speaking(error.language):
                return self._tell(came, told(error)), None
        except SignoffError as error:
            with speaking(language):
                return self._tell(came, told(error)), None
        except OperationalError as error:
            if is_busy(error):
                return "the database was busy", 1.0
            with speaking(language):
                known = trouble.told(error)
                return (self._tell(came, told(known)) if known else self._failed(came, language)), None
        except Exception:
            return self._failed(came, language), None
        return "", None

    def _answer(self, came: Incoming, asker: Asker, at: datetime) -> None:
        with self.app.db.read() as conn:
            run = routes.find(conn, came)
        if run is not None:
            ask = replace(self._ask(came, asker, self.speaker), at=at)
            routes.allow(ask, routes.role(came))
            run(ask)

    def _ask(self, came: Incoming, asker: Asker, speaker: Speaker) -> Ask:
        return Ask(
            app=self.app, brand=asker.brand, person=asker.person, speaker=speaker, team=came.team, user=came.user,
            language=asker.language, zone=asker.zone, channel=came.channel, thread=came.thread, message=came.message,
            text=came.text, value=came.value, action=came.name if came.kind == kinds.ACTION else "",
            trigger=came.trigger, response_url=came.response_url, payload=came.body, delivery=came.delivery,
        )  # fmt: skip

    def _failed(self, came: Incoming, language: str) -> str:
        with speaking(language):
            said = self._noted(came)
            return self._tell(came, said) or said

    def _noted(self, came: Incoming) -> str:
        """Log the error that is being handled, with an id; return the sentence that names it."""
        number = self.app.clock.new_id("e")
        log.exception("%s: a %s from Slack failed (%s)", number, came.kind, came.name or came.delivery)
        return joined(
            say("That did not work, and it is not your fault. Nothing was published by it."),
            say("If you report it, name {id}: it finds the line in the log.", id=number),
        )

    def _tell(self, came: Incoming, text: str) -> str:
        """Tell the person who asked; return why that was not possible, or an empty text."""
        try:
            if came.kind == kinds.HOME:
                self.speaker.publish_home(came.user, {"type": "home", "blocks": plainly(text)})
                return ""
            answer(
                self.speaker, plainly(text), text, channel=came.channel, user=came.user, url=came.response_url,
                thread=came.thread,
            )  # fmt: skip
        except SignoffError as error:
            log.warning("nobody could be told: %s (%s)", error.message, text)
            return error.message
        return ""


class _Silent:
    """Stands where the way to Slack would be, before the acknowledgement: any call is a mistake of ours."""

    def __init__(self, team: str) -> None:
        self.team = team

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{name}: nothing is asked of Slack before the acknowledgement")


def _wait(after: float, attempts: int) -> float:
    """Return the seconds until the next try: what Slack asked for, and longer each time, some ten minutes in all."""
    return max(after * attempts, min(3600.0, 5.0 * 3.0 ** (attempts - 1)))


def _on_first(came: Incoming, text: str) -> dict[str, str]:
    """Return a fault for the first field of a form: Slack shows faults only beside fields."""
    view = came.body.get("view")
    blocks = view.get("blocks") or [] if isinstance(view, Mapping) else []
    field = next((b.get("block_id") for b in blocks if isinstance(b, Mapping) and b.get("type") == "input"), None)
    return {str(field): text[:2000]} if field else {}
