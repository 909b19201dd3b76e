"""Direct messages: the notices that concern a person, held back in their quiet hours, and their digests.

How far each person was told is stored. What came in somebody's quiet hours comes as one message when they are over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from bot.domain.approval import Choice
from bot.domain.brand import Brand, Role
from bot.errors import NotAllowed, NotFound
from bot.store import approvals, chat, comments, drafts, following, posts
from bot.store.following import Mark
from bot.store.tables import notice
from bot.surfaces.slack import blocks, digest, notices, posting, preferences
from bot.surfaces.slack.board import Board
from bot.surfaces.slack.errors import SlackBusy, SlackRefused
from bot.surfaces.slack.notices import ENDING, LAPSED, PUBLISHED, SIGN, SPIKE, SWITCH, Reader
from bot.surfaces.slack.people import belongs
from bot.surfaces.slack.preferences import ALL, MINE, NONE, URGENT, Preferences
from bot.words import say, speaking
from bot.workflow.rights import may, writers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import App
    from bot.surfaces.slack.request import Speaker

log = logging.getLogger(__name__)

Row = dict[str, Any]
#: Notices that one message lists at most.
_MOST = 12
#: How often digests are looked for.
LOOK = timedelta(seconds=20)


class Post:
    """Brings one brand's notices to its people."""

    def __init__(self, app: App, speaker: Speaker, board: Board) -> None:
        self.app, self.speaker, self.board = app, speaker, board
        #: By person: the end of the table when they had been told everything.
        self._done: dict[str, Mark] = {}
        self._looked: datetime | None = None
        self._refused: set[str] = set()

    def step(self, brand: Brand) -> int:
        """Tell everybody what is for them now; return how many messages that were."""
        with self.app.db.read() as conn:
            people = [p for p in chat.people(conn, brand.id) if p["team"] == self.speaker.team]
            end = following.end(conn, notice)
        done, now = 0, self.app.clock.now()
        looked = self._looked
        if digests := looked is None or now - looked >= LOOK:
            self._looked = now
        for one in people:
            try:
                if self._done.get(one["user"]) != end and not belongs(self.speaker, one["user"]):
                    # A guest by now, or gone: what is told is for members.
                    self._done[one["user"]] = end
                    continue
                done += self._notices(brand, one["user"], one["person"], end)
                if digests and belongs(self.speaker, one["user"]):
                    done += digest.send(self.app, self.speaker, brand, one["user"], one["person"], self._refused)
            except SlackRefused as error:
                # One person who cannot be written to must not keep the others waiting.
                log.warning("%s could not be told: %s", one["user"], error)
                self._done[one["user"]] = end
            except (SlackBusy, OperationalError):
                raise
            except Exception:
                log.exception("%s could not be told", one["user"])
                self._done[one["user"]] = end
        return done

    # --- notices -------------------------------------------------------------------------------------------------

    def _notices(self, brand: Brand, user: str, person: str, end: Mark) -> int:
        if self._done.get(user) == end:
            return 0
        name = f"told:{self.speaker.team}:{brand.id}:{user}"
        with self.app.db.read() as conn:
            mark = Mark.of(chat.cursor(conn, name))
            found = following.notices(conn, mark, brand.id) if mark else []
        if mark is None or not found:
            # Nobody is told what happened before they were known here.
            if mark is None or end.id < mark.id:
                self._mark(name, end)
            self._done[user] = end
            return 0
        now, prefs = self.app.clock.now(), preferences.of_user(self.app, self.speaker, user)
        wanted = [row for row in found if self._wants(brand, prefs, person, row)]
        channel = self.board.direct(user) if wanted else ""
        left = [row for row in wanted if not self._told(channel, row)]
        if prefs.quiet_until(now) is not None:
            loud = [row for row in left if prefs.urgent and self._kind(row) in notices.URGENT]
            for row in loud:
                self.board.tell(channel, row, Reader(prefs.zone), prefs.language)
            return len(loud)
        if len(left) > 1 and any(prefs.quiet_until(row["at"]) for row in left):
            self._together(channel, left, prefs)
            left = left[:1]
        else:
            for row in left:
                self.board.tell(channel, row, Reader(prefs.zone), prefs.language)
        last = Mark(found[-1]["id"], found[-1]["at"])
        self._mark(name, max(mark, last, key=lambda m: m.id))
        return len(left)

    def _told(self, channel: str, row: Row) -> bool:
        with self.app.db.read() as conn:
            there = posting.standing(conn, self.speaker.team, f"notice:{row['subject']}", channel)
        return bool(there) and there[-1]["version"] >= row["id"]

    def _together(self, channel: str, found: Sequence[Row], prefs: Preferences) -> None:
        """Say all that was held back in one message."""
        subject = f"held:{found[0]['id']}-{found[-1]['id']}"
        posting.once(self.app, self.speaker, channel, subject, lambda: self._drawn(found, prefs), kind="held")

    def _drawn(self, found: Sequence[Row], prefs: Preferences) -> tuple[list[blocks.Block], str]:
        # The last of a subject is how it stands now.
        newest = {row["subject"]: row for row in found}
        with speaking(prefs.language):
            title = say("While you were away: {n}", n=len(newest))
            said = [blocks.header(title)]
            shown = 0
            for subject, row in newest.items():
                made = self.board.notice(subject, row, Reader(prefs.zone), prefs.language)
                if made is None:
                    continue
                more = [*made.blocks, blocks.divider()]
                if shown == _MOST or not blocks.fit([*said, *more, blocks.divider()]):
                    rest = say("More is in the app's Home: {n}.", n=len(newest) - shown)
                    return [*said, blocks.context(rest)], blocks.fallback(title)
                said += more
                shown += 1
            return said[:-1] if shown else [*said, blocks.context(say("All of it is settled."))], blocks.fallback(title)

    # --- whom it concerns ----------------------------------------------------------------------------------------

    def _kind(self, row: Row) -> str:
        with self.app.db.read() as conn:
            return notices.kind_of(conn, row["subject"], row)

    def _wants(self, brand: Brand, prefs: Preferences, person: str, row: Row) -> bool:
        kind = self._kind(row)
        if prefs.notices == NONE:
            return False
        if prefs.notices == ALL:
            return True
        with self.app.db.read() as conn:
            mine = person in concerned(conn, brand, row, kind)
        if prefs.notices == URGENT:
            return mine and kind in notices.URGENT
        assert prefs.notices == MINE
        # That a post is out is told in the channel, where there is one.
        return mine and not (kind == PUBLISHED and self.app.settings.slack_channel)

    def _mark(self, name: str, mark: Mark) -> None:
        with self.app.db.write() as conn:
            chat.set_cursor(conn, name, str(mark))


def concerned(conn: Connection, brand: Brand, row: Row, kind: str) -> frozenset[str]:
    """Return the people whose own matter a notice is.

    Of a post: who asked for it and who signed it. Of a waiting draft: who may sign it and has not, and, when it is
    about to lapse, the next person whom the policy names. Of a comment: who has it. All else is the admins', or the
    approvers' without one.
    """
    what, _, rest = str(row["subject"]).partition(":")
    try:
        if what in ("part", "post"):
            post = posts.get(conn, rest.partition("/")[0])
            signed = approvals.decisions(conn, draft_id=post.draft_id)
            mine = {d.person for d in signed if d.version == post.version and d.choice is Choice.APPROVE}
            return frozenset({drafts.get(conn, post.draft_id).author, *mine})
        if what in ("draft", ENDING):
            return _of_draft(conn, brand, rest.partition("@")[0], what, kind)
    except NotFound:
        return frozenset()
    admins = frozenset(p.id for p in brand.people if Role.ADMIN in p.roles)
    approvers = frozenset(p.id for p in brand.people if p.may(Role.APPROVER))
    if what == "comment":
        assignee = _assignee(conn, rest)
        return frozenset({assignee}) if assignee else approvers
    return approvers if kind in (SWITCH, SPIKE) else admins or approvers


def _assignee(conn: Connection, comment_id: str) -> str:
    try:
        return comments.get(conn, comment_id).assignee
    except NotFound:
        return ""


def _of_draft(conn: Connection, brand: Brand, draft_id: str, what: str, kind: str) -> frozenset[str]:
    draft = drafts.get(conn, draft_id)
    request = approvals.of_version(conn, draft_id, draft.version)
    if request is None or kind == LAPSED:
        return frozenset({draft.author, *([request.escalate_to] if request and request.escalate_to else [])})
    assert kind == SIGN
    able = to_sign(conn, brand, draft_id)
    return able | {request.escalate_to} if what == ENDING and request.escalate_to else able


def to_sign(conn: Connection, brand: Brand, draft_id: str) -> frozenset[str]:
    """Return who may still sign the current version of a draft and has not answered; nobody where it does not wait."""
    draft = drafts.get(conn, draft_id)
    request = approvals.of_version(conn, draft_id, draft.version)
    if request is None or request.used is not None:
        return frozenset()
    answered = {d.person for d in approvals.decisions(conn, request_id=request.id)}
    wrote = writers(conn, draft, drafts.versions(conn, draft_id))
    found = set()
    for person in brand.people:
        if person.id in answered:
            continue
        try:
            may(brand, request, person.id, wrote)
        except NotAllowed:
            continue
        found.add(person.id)
    return frozenset(found)
