"""Comments that want a person, as cards in the channel: posted once, the most urgent first, and kept up to date.

In a storm the channel stays readable: at most ``MOST`` cards in ``SPAN``; the rest is one message that leads to the
inbox, and the last of those places are for urgent ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.comment import Priority
from bot.errors import NotFound
from bot.store import chat, comment_cards, comments
from bot.store.comment_cards import SUBJECT, WANTED
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack import posting
from bot.surfaces.slack.board import apart, to_channel
from bot.words import say, speaking

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand
    from bot.domain.comment import Entry
    from bot.surfaces.slack.board import Board
    from bot.surfaces.slack.request import Speaker

MOST, SPAN = 20, timedelta(minutes=10)
#: Of those places so many are kept for comments of high priority.
KEPT = 5
_REST = "comments:more"


class Comments:
    """Shows comments; the follower calls it with what the record tells."""

    def __init__(self, app: App, speaker: Speaker, board: Board) -> None:
        self.app, self.speaker, self.board = app, speaker, board
        #: Being posted by somebody else: looked for again.
        self._later: set[str] = set()

    def begin(self, brand: Brand) -> None:
        """Show what waits as Slack is set up."""
        with self.app.db.read() as conn:
            found = comment_cards.waiting(conn, brand.id, self.app.clock.now(), MOST)
        self.show(brand, found)

    def about(self, subjects: Iterable[str], drafts: Collection[str]) -> list[str]:
        """Return the comments that lines of the record, or changes of drafts, may concern."""
        found: list[str] = []
        with self.app.db.read() as conn:
            for subject in dict.fromkeys(subjects):
                if subject.startswith(SUBJECT):
                    found.append(subject.removeprefix(SUBJECT))
                elif subject.startswith("thread:"):
                    found += comment_cards.in_thread(conn, subject)
            found += comment_cards.of_drafts(conn, drafts).values()
        return list(dict.fromkeys(found))

    def show(self, brand: Brand, ids: Collection[str]) -> None:
        """Draw these as they stand now, on every card of them; post one where a person is wanted and none stands."""
        if not ids:
            return
        with self.app.db.read() as conn:
            ordered = comment_cards.by_urgency(conn, brand.id, ids)
        for comment_id in ordered:
            with apart(f"comment {comment_id}"):
                self._show(brand, comment_id)

    def look(self, brand: Brand) -> None:
        """See to what no line of the record tells: words that changed or were erased, people who said "stop"."""
        name, now = f"comments:{self.speaker.team}:{brand.id}", self.app.clock.now()
        with self.app.db.read() as conn:
            kept = chat.cursor(conn, name)
            since = datetime.fromisoformat(kept) if kept else now
            found = comment_cards.changed(conn, self.speaker.team, brand.id, since, now)
        self.show(brand, [*found, *self._later])
        if found or not kept:
            with self.app.db.write() as conn:
                # What was stored while we looked has an earlier instant.
                chat.set_cursor(conn, name, (now - timedelta(seconds=5 if kept else 0)).isoformat())

    def takes(self, draft_id: str) -> bool:
        """Say whether a draft is an answer that its comment's card shows, so that it needs none of its own."""
        with self.app.db.read() as conn:
            comment_id = comment_cards.of_drafts(conn, [draft_id]).get(draft_id)
            return comment_id is not None and comments.get(conn, comment_id).state in WANTED

    def tells(self, subject: str) -> bool:
        """Say whether a comment's card tells what a notice about it would tell the channel."""
        if not subject.startswith(SUBJECT):
            return False
        with self.app.db.read() as conn:
            try:
                one = comments.get(conn, subject.removeprefix(SUBJECT))
            except NotFound:
                return True
            return self.wanted(one) or bool(self._cards(conn, one.id))

    def wanted(self, one: Entry) -> bool:
        """Say whether a person has to look at a comment now."""
        awake = one.snoozed is None or one.snoozed <= self.app.clock.now()
        return one.state in WANTED and one.deleted is None and awake

    # --- one comment ---------------------------------------------------------------------------------------------

    def _cards(self, conn: Any, comment_id: str) -> list[dict[str, Any]]:
        return [m for m in posting.standing(conn, self.speaker.team, f"{SUBJECT}{comment_id}") if m["kind"] != "claim"]

    def _show(self, brand: Brand, comment_id: str) -> None:
        self._later.discard(comment_id)
        with self.app.db.read() as conn:
            there = self._cards(conn, comment_id)
            try:
                one = comments.get(conn, comment_id)
            except NotFound:
                one = None
            drafts = chat.messages(conn, f"draft:{one.draft}") if one and one.draft else []
        for message in there:
            if message["kind"] == "erased":
                continue
            self.board.again(message, lambda m: self._drawn(brand, comment_id, m), None)
            if one is None:
                with self.app.db.write() as conn:
                    key = (message["team"], message["channel"], message["ts"])
                    chat.shows(conn, *key, version=0, at=message["at"], kind="erased")
        channel = self.app.settings.slack_channel
        # An answer that was drafted from Slack has its card already.
        elsewhere = any(m["team"] == self.speaker.team and m["channel"] == channel for m in drafts)
        if one is None or not channel or elsewhere or not self.wanted(one):
            return
        if any(m["channel"] == channel for m in there):
            return
        with to_channel():
            if not self._room(channel, one):
                self._rest(brand, channel)
                return
            made = posting.once(
                self.app, self.speaker, channel, f"{SUBJECT}{comment_id}",
                lambda: self._drawn(brand, comment_id, {"channel": channel}), kind="comment",
            )  # fmt: skip
            if not made:
                self._later.add(comment_id)

    def _drawn(self, brand: Brand, comment_id: str, message: dict[str, Any]) -> tuple[list[Any], str]:
        from bot.surfaces.slack.cards import heard

        prefs = self.board.reader(message["channel"])
        language, zone = (prefs.language, prefs.zone) if prefs else (brand.languages[0], brand.zone)
        return heard.drawn(self.app, self.speaker, comment_id, language=language, zone=zone)

    # --- storms --------------------------------------------------------------------------------------------------

    def _room(self, channel: str, one: Entry) -> bool:
        urgent = one.triage is not None and one.triage.priority >= Priority.HIGH
        with self.app.db.read() as conn:
            n = comment_cards.shown_since(conn, self.speaker.team, channel, self.app.clock.now() - SPAN)
        return n < (MOST if urgent else MOST - KEPT)

    def _rest(self, brand: Brand, channel: str) -> None:
        """Say in one message that more waits; of a storm that is over, the message stays and a new one is posted."""
        with self.app.db.read() as conn:
            there = posting.standing(conn, self.speaker.team, _REST, channel)
        if there and self.app.clock.now() - there[-1]["at"] < SPAN:
            if self.board.again(there[-1], lambda _: self._more(brand), None):
                return
        elif there:
            with self.app.db.write() as conn:
                chat.forget_message(conn, there[-1]["team"], channel, there[-1]["ts"])
        posting.once(self.app, self.speaker, channel, _REST, lambda: self._more(brand), kind="comments")

    def _more(self, brand: Brand) -> tuple[list[Any], str]:
        now = self.app.clock.now()
        with self.app.db.read() as conn:
            waiting = comments.Filter(waiting_at=now, aside=False, states=WANTED)
            n = comments.count(conn, brand.id, waiting)
        with speaking(brand.languages[0]):
            title = say("💬 More comments want a person than fit here")
            said = say("{n} wait just now. The most urgent have cards; all of them are in the inbox.", n=n)
            made = [
                kit.section(kit.mrkdwn("*{title}*", title=title)), kit.section(said),
                kit.actions(kit.button("inbox", say("Show the inbox"), style="primary")),
            ]  # fmt: skip
            return made, kit.fallback(f"{title}. {said}")
