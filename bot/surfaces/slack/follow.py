"""From the desk to Slack: every change shows on the cards, every notice reaches the channel and the people it is for.

Runs in the serving process, in one of them at a time (a lease). How far it read is stored after what it said, so what
was said may be said again after a crash, never left out; messages are updated in place, and a new one is claimed first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Brand
from bot.domain.draft import DraftState
from bot.domain.post import PostState
from bot.errors import NotFound, SignoffError
from bot.store import chat, drafts, following, leases
from bot.store import desk as rows
from bot.store.following import Mark
from bot.store.tables import event, notice
from bot.surfaces.slack import notices, personal, posting, preferences
from bot.surfaces.slack.board import Board, Shut, apart, to_channel
from bot.surfaces.slack.comments import Comments
from bot.surfaces.slack.errors import SlackBusy
from bot.surfaces.slack.notices import ENDING, Reader
from bot.surfaces.slack.people import belongs
from bot.words import say, speaking
from bot.workflow import when
from bot.workflow.turn import gone, worker_id

if TYPE_CHECKING:
    from bot.app import App
    from bot.surfaces.slack.request import Speaker

log = logging.getLogger(__name__)

#: Seconds between looks; and how long one process follows without renewing.
TICK, LEASE = 1.0, 120.0
#: Seconds between the tries of a process that does not follow, to take the place of the one that does.
TRY = 5.0
#: How often is looked for what time alone brings about.
LOOK = timedelta(seconds=5)
#: Cards that are posted when Slack is set up while drafts wait already.
FIRST = 20
#: At most so long before its end people are told that a request is about to lapse; sooner for a short one.
NEAR = timedelta(hours=2)
#: How long to wait before a channel that refused us is tried again.
REFUSED = timedelta(seconds=60)
#: What ends a matter: the same may be told anew, and not within the old message.
_OVER = {
    (notices.STOP, "off"), ("account", "on"), ("part", "live"), ("part", "cancelled"), ("part", "deleted"),
    ("draft", "approved"), ("draft", "rejected"), ("draft", "superseded"),
}  # fmt: skip
_KEPT = 4096


class Follower:
    """Follows one brand's desk. ``step`` does all that is to be done now; ``run`` does so until told to stop."""

    def __init__(self, app: App, speaker: Speaker) -> None:
        self.app, self.speaker = app, speaker
        self._me = worker_id()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._board = Board(app, speaker)
        self._people = personal.Post(app, speaker, self._board)
        self._comments = Comments(app, speaker, self._board)
        self._looked, self._later = False, set[str]()
        self._shut_until: datetime | None = None
        self._fence: int | None = None
        self._renewed = 0.0
        self._timed: datetime | None = None

    def run(self, stopping: threading.Event) -> None:
        """Follow until ``stopping`` is set. Trouble is in the log, and is tried again."""
        wait = TICK
        while not stopping.wait(wait):
            wait = TICK
            try:
                self.step()
            except SlackBusy as busy:
                wait = min(60.0, max(TICK, busy.after))
            except SignoffError as error:
                log.warning("following the desk: %s", error)
                wait = 10.0
            except Exception:
                log.exception("following the desk stumbled")
                wait = 10.0
        self.release()

    def step(self) -> int:
        """Say what is new; return how much that was. Raises SlackBusy: then the rest is said later."""
        if not self._held():
            return 0
        brand, done = self.app.brand(), 0
        if self._open():
            try:
                done = self._waiting(brand) + self._record(brand) + self._tell(brand)
            except Shut as shut:
                self._shut(brand, str(shut))
        return done + self._time(brand) + self._people.step(brand)

    def _held(self) -> bool:
        """Take or renew the right to follow; a renewal is a write, so it comes well before the end, not each second."""
        age = time.monotonic() - self._renewed if self._renewed else LEASE
        if age > (LEASE / 3 if self._fence is not None else TRY):
            # By this machine's own count from before the question: never longer than the database's.
            self._renewed = time.monotonic()
            self._fence = leases.take(self.app.db, f"slack:{self.speaker.team}", self._me, LEASE, gone=gone)
        return self._fence is not None

    def release(self) -> None:
        """Let another process follow at once."""
        if self._fence is not None:
            leases.release(self.app.db, f"slack:{self.speaker.team}", self._me, self._fence)
            self._fence = None

    # --- the record: cards ---------------------------------------------------------------------------------------

    def _record(self, brand: Brand) -> int:
        name = f"events:{self.speaker.team}:{brand.id}"
        with self.app.db.read() as conn:
            mark = Mark.of(chat.cursor(conn, name))
            found = following.events(conn, mark) if mark else []
            signed = following.signed_since(conn, mark.at) if mark and mark.at else []
            end = following.end(conn, event)
        if mark is None:
            # What happened before Slack was set up is not told; what waits has its card by now.
            self._comments.begin(brand)
            self._mark(name, end)
            return 0
        fresh = [e for e in found if self._new(f"e{e['id']}@{e['at']}")]
        answers = [draft for decision, draft in signed if self._new(decision)]
        if not fresh and not answers:
            if not found and end.id < mark.id:
                self._mark(name, end)
            return 0
        done = False
        try:
            changed = list(dict.fromkeys([*self._drafts(fresh), *answers]))
            for draft_id in changed:
                with apart(f"draft {draft_id}"):
                    self.card(brand, draft_id)
            self._comments.show(brand, self._comments.about((e["subject"] for e in fresh), changed))
            for subject in dict.fromkeys(s for e in fresh for s in self._subjects(e["subject"])):
                with apart(subject):
                    self._board.settle(subject)
            done = True
        finally:
            if not done:
                for e in fresh:
                    self._seen.pop(f"e{e['id']}@{e['at']}", None)
                for decision, _ in signed:
                    self._seen.pop(decision, None)
        if found:
            with self.app.db.write() as conn:
                for one in fresh:
                    self._leave(conn, brand, one)
                last = Mark(found[-1]["id"], found[-1]["at"])
                chat.set_cursor(conn, name, str(max(mark, last, key=lambda m: m.id)))
        return len(fresh) + len(answers)

    def _drafts(self, found: Iterable[dict[str, Any]]) -> list[str]:
        """Return the drafts that changed, in order."""
        subjects = [str(e["subject"]) for e in found]
        made = {s.partition(":")[2].partition("/")[0] for s in subjects if s.startswith(("part:", "post:"))}
        with self.app.db.read() as conn:
            of = following.drafts_of_posts(conn, made)
        changed: list[str] = []
        for subject in subjects:
            what, _, rest = subject.partition(":")
            if what == "draft":
                changed.append(rest.partition("@")[0])
            elif (draft_id := of.get(rest.partition("/")[0])) and what in ("part", "post"):
                changed.append(draft_id)
        return changed

    @staticmethod
    def _subjects(subject: str) -> list[str]:
        """Return the notices that a change may settle."""
        what, _, rest = subject.partition(":")
        if what == "part":
            return [subject, f"post:{rest.partition('/')[0]}"]
        return [f"draft:{rest.partition('@')[0]}", f"{ENDING}:{rest}"] if what == "draft" else [subject]

    def _waiting(self, brand: Brand) -> int:
        """Post the cards that are missing: those that waited before Slack was set up, or whose poster died."""
        with self.app.db.read() as conn:
            found = [] if self._looked else following.waiting(conn, brand.id, FIRST)
            # On its first look only; later the record says what is new.
            found = [d for d in found if not posting.standing(conn, self.speaker.team, f"draft:{d}")]
        for draft_id in dict.fromkeys([*found, *sorted(self._later)]):
            self._later.discard(draft_id)
            with apart(f"draft {draft_id}"):
                try:
                    self.card(brand, draft_id)
                except BaseException:
                    self._later.add(draft_id)
                    raise
        self._looked = True
        return len(found)

    def card(self, brand: Brand, draft_id: str) -> None:
        """Show a draft as it stands now, on every card of it; post one where it has none and people must look."""
        with self.app.db.read() as conn:
            try:
                draft, version = drafts.get(conn, draft_id), drafts.version(conn, draft_id)
            except NotFound:
                return
            team = self.speaker.team
            main = posting.standing(conn, team, f"draft:{draft_id}")
            numbers = range(1, version.version + 1)
            below = [m for n in numbers for m in posting.standing(conn, team, f"version:{draft_id}@{n}")]
        if draft.brand != brand.id:
            return
        for message in main:
            self._board.again(message, lambda m: self._drawn_card(brand, draft_id, m, None), version.version)
        for message in below:
            self._board.again(message, lambda m: self._drawn_card(brand, draft_id, m, m["version"]), None)
        waits = version.state in (DraftState.IN_REVIEW, DraftState.PROPOSED)
        if waits and not self._channel:
            self._to_signers(brand, draft_id, version.version)
        elif waits and all(m["channel"].startswith("D") for m in main) and not self._comments.takes(draft_id):
            with to_channel():
                made = posting.once(
                    self.app, self.speaker, self._channel, f"draft:{draft_id}",
                    lambda: self._drawn_card(brand, draft_id, {"channel": self._channel}, None),
                    kind="card", version=version.version,
                )  # fmt: skip
                if not made:
                    # Somebody else is posting it; if they die over it, it is looked for again.
                    self._later.add(draft_id)

    def _to_signers(self, brand: Brand, draft_id: str, version: int) -> None:
        """Without a channel, bring a new card to each who may sign it; in their quiet hours it waits."""
        with self.app.db.read() as conn:
            able = personal.to_sign(conn, brand, draft_id)
            users = [p["user"] for p in chat.people(conn, brand.id)
                     if p["person"] in able and p["team"] == self.speaker.team]  # fmt: skip
        for user in users:
            # Somebody who left the workspace must not keep the card from the others.
            with apart(f"draft {draft_id} for {user}"):
                self._to_signer(brand, draft_id, version, user)

    def _to_signer(self, brand: Brand, draft_id: str, version: int, user: str) -> None:
        prefs = preferences.of_user(self.app, self.speaker, user)
        if prefs.notices == preferences.NONE or not belongs(self.speaker, user):
            return
        if prefs.quiet_until(self.app.clock.now()) is not None:
            self._later.add(draft_id)
            return
        channel = self._board.direct(user)
        posting.once(
            self.app, self.speaker, channel, f"draft:{draft_id}",
            partial(self._drawn_card, brand, draft_id, {"channel": channel}, None),
            kind="card", version=version,
        )  # fmt: skip

    def _drawn_card(
        self, brand: Brand, draft_id: str, message: dict[str, Any], number: int | None
    ) -> tuple[list[Any], str]:
        from bot.surfaces.slack.cards import posted

        prefs = self._board.reader(message["channel"])
        language, zone = (prefs.language, prefs.zone) if prefs else (brand.languages[0], brand.zone)
        return posted.drawn(self.app, self.speaker, draft_id, language=language, zone=zone, number=number)

    # --- notices -------------------------------------------------------------------------------------------------

    def _leave(self, conn: Any, brand: Brand, one: dict[str, Any]) -> None:
        """Leave a notice for what has none of its own: the kill switch, and a lost answer that is being looked up.

        What is over needs nobody to read of it any more.
        """
        if (one["subject"].partition(":")[0], one["now"]) in _OVER:
            for subject in self._subjects(one["subject"]):
                following.settled(conn, subject, self.app.clock.now())
        with speaking("en"):
            if one["subject"] == notices.STOP and one["now"] == "on":
                at = when.spoken(one["at"], brand.zone)
                text = say("Everything was stopped by {who} on {time}.", who=one["who"], time=at)
                rows.notify(conn, self.app.clock.now(), brand.id, notices.STOP, text, "`signoff resume`")
            elif one["subject"].startswith("part:") and one["now"] == PostState.DOUBTFUL.value:
                of = following.drafts_of_posts(conn, {one["subject"][5:].partition("/")[0]})
                for draft_id in of.values():
                    draft = drafts.get(conn, draft_id)
                    text = say("{account}: no clear answer for draft {draft}: it is being looked up.",
                               account=draft.account, draft=draft_id)  # fmt: skip
                    if draft.brand == brand.id:
                        rows.notify(conn, self.app.clock.now(), brand.id, one["subject"], text, "")

    def _tell(self, brand: Brand) -> int:
        name = f"notices:{self.speaker.team}:{brand.id}"
        with self.app.db.read() as conn:
            mark = Mark.of(chat.cursor(conn, name))
            found = following.notices(conn, mark, brand.id) if mark else []
            end = following.end(conn, notice)
        if mark is None:
            self._mark(name, end)
            return 0
        fresh = [n for n in found if self._new(f"n{n['id']}@{n['at']}")]
        for n, row in enumerate(fresh):
            try:
                if self._channel and not self._comments.tells(str(row["subject"])):
                    with apart(row["subject"]), to_channel():
                        self._board.tell(self._channel, row, Reader(brand.zone), brand.languages[0])
            except BaseException:
                for later in fresh[n:]:
                    self._seen.pop(f"n{later['id']}@{later['at']}", None)
                raise
            mark = max(mark, Mark(row["id"], row["at"]), key=lambda m: m.id)
            self._mark(name, mark)
        if not found and end.id < mark.id:
            self._mark(name, end)
        return len(fresh)

    # --- what time alone brings about ----------------------------------------------------------------------------

    def _time(self, brand: Brand) -> int:
        now = self.app.clock.now()
        if self._timed is not None and now - self._timed < LOOK:
            return 0
        self._timed = now
        if self._open():
            self._comments.look(brand)
        with self.app.db.read() as conn:
            over = following.messages_before(conn, self.speaker.team, "undo", now - notices.UNDO)
            near = [r for r in following.ending(conn, brand.id, now, now + NEAR)
                    if r.expires - now <= (r.expires - r.created) / 4]  # fmt: skip
        with self.app.db.read() as conn:
            subjects = {str(message["subject"]).removeprefix("notice:") for message in over}
            of = following.drafts_of_posts(conn, {s.partition(":")[2] for s in subjects})
        for draft_id in of.values():
            # Its card has the button, too.
            with apart(f"draft {draft_id}"):
                self.card(brand, draft_id)
        for message in over:
            with apart(str(message["subject"])):
                self._board.settle(str(message["subject"]).removeprefix("notice:"))
            with self.app.db.write() as conn:
                key = (message["team"], message["channel"], message["ts"])
                chat.shows(conn, *key, version=message["version"], at=message["at"], kind="notice")
        done = len(over)
        for request in near:
            with self.app.db.write() as conn, speaking("en"):
                draft = drafts.get(conn, request.draft_id)
                until = when.spoken(request.expires, brand.zone)
                text = say("Draft {draft} for {account} lapses soon: nobody may sign it after {time}.",
                           draft=draft.id, account=draft.account, time=until)  # fmt: skip
                if not following.told(conn, f"{ENDING}:{draft.id}@{request.version}", text):
                    rows.notify(conn, now, brand.id, f"{ENDING}:{draft.id}@{request.version}", text,
                                f"`signoff approve {draft.id}`")  # fmt: skip
                    done += 1
        return done

    # --- small things --------------------------------------------------------------------------------------------

    @property
    def _channel(self) -> str:
        return self.app.settings.slack_channel

    def _open(self) -> bool:
        return self._shut_until is None or self.app.clock.now() >= self._shut_until

    def _shut(self, brand: Brand, why: str) -> None:
        """Wait before the channel is tried again, and tell people elsewhere; nothing is lost meanwhile."""
        now = self.app.clock.now()
        self._shut_until = now + REFUSED
        log.warning("the channel %s takes nothing: %s", self._channel, why)
        with self.app.db.write() as conn, speaking("en"):
            told = {"channel": self._channel, "why": why}
            text = say("Slack does not let Signoff write in the channel {channel}: {why}", **told)
            step = say("Invite the app into that channel, or set SIGNOFF_SLACK_CHANNEL to another one.")
            if not following.told(conn, "slack", text):
                rows.notify(conn, now, brand.id, "slack", text, step)

    def _new(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = None
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return True

    def _mark(self, name: str, mark: Mark) -> None:
        with self.app.db.write() as conn:
            chat.set_cursor(conn, name, str(mark))
