"""Comments on Bluesky's own PDS and AppView, from the fan's word to the answer below it, or to none for a reason.

``make replies-e2e`` runs it on servers of its own and prints one line; ``test_replies_e2e.py`` runs it with the tests.
The reader is the one that comes with Signoff; the writer is the real one, over a model that plays back a script.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, call
from bot.clock import SystemClock
from bot.domain.brand import Account, SavedReply
from bot.domain.comment import CommentState, Entry, Triage
from bot.domain.draft import Part
from bot.domain.policy import ApprovalPolicy
from bot.domain.post import Outgoing, Receipt
from bot.domain.replies import RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.insight import triage as reading
from bot.platforms.base import Context
from bot.platforms.bluesky import Bluesky
from bot.store import comments, drafts, listening
from bot.store import desk as rows
from bot.workflow import attend, escalate
from bot.writing import replying
from memory.base import MemoryItem
from memory.in_memory import InMemory
from tests.contract.platform_contract import MemoryVault
from tests.servers.bluesky import BlueskyNetwork, Login, start_bluesky
from tests.world import World, brand

KEY = "bluesky:main"
SHOP = "The oolong is sold in our shop at Linden Lane 4."
POLICY = ReplyPolicy(
    (
        ReplyRule("thanks", ReplyAction.AUTOMATIC, RemarkConditions(sentiment=("positive",)), owner="li", acceptance=0),
        ReplyRule("asked", ReplyAction.PROPOSE, RemarkConditions(sentiment=("neutral", "negative"))),
    )
)
#: Seconds within which the AppView shows what the PDS took.
PATIENCE = 30.0


class Fan:
    """A stranger, who posts and deletes with the adapter that a brand has."""

    def __init__(self, network: BlueskyNetwork, login: Login) -> None:
        self.login, self._n = login, 0
        context = Context(
            Account("bluesky", "fan", login.handle), SystemClock(), MemoryVault(), lambda _: b"", timeout=15.0
        )
        given = {"service": network.pds_url, "handle": login.handle, "app_password": login.password}
        self.adapter = Bluesky(context, given)

    def says(self, text: str, below: Receipt) -> Receipt:
        self._n += 1
        at = datetime.now(UTC)
        out = Outgoing(Part(text), language="en", parent=below, root=below, created=at)
        return self.adapter.publish(out, self.adapter.once_key(f"{self.login.did}/{self._n}", at))


class Run:
    """A brand with one Bluesky account, comments on, and what a person does."""

    def __init__(self, network: BlueskyNetwork, url: str, home: Path) -> None:
        self.network, self.login = network, network.new_account("brand")
        given = {"service": network.pds_url, "handle": self.login.handle, "app_password": self.login.password}
        self.world = World(url, home, SystemClock(), platforms={"bluesky": {"main": given}})
        account = Account("bluesky", "main", self.login.handle, "en", "Europe/Berlin")
        its = brand(accounts=(account,), replies=(SavedReply("shop", "Where is the oolong sold?", SHOP),))
        self.world.learn(its, ApprovalPolicy(replies=POLICY))
        self._minds(its)
        self.person = Fan(network, self.login)
        self.fans = [self.person]

    def fan(self, name: str) -> Fan:
        self.fans.append(Fan(self.network, self.network.new_account(name)))
        return self.fans[-1]

    def _minds(self, its: Any) -> None:
        memory = InMemory()
        rules = its.rulebook
        memory.learn("lumen", rules.version, [MemoryItem(r.id, r.text, kind=r.kind.value) for r in rules.rules])
        self.world.app.use_memory(memory)
        # The comment decides what the model says, as a good one would.
        scripted = ScriptedChatModel(script=[_said] * 40)
        ready = ConnectedModel("scripted", "none", "native", Abilities(True, True, ("en",)), lambda: scripted)
        self.world.app.use_model(ready)

        def read(found: list[Entry]) -> list[Triage]:
            return [one.triage for one in reading.read([e.text for e in found])]

        self.world.desk.minds.read = read
        self.world.desk.minds.write = replying.writer(self.world.app)

    def until(self, done: Callable[[], Any], what: str, about: str = "") -> Any:
        end = time.monotonic() + PATIENCE
        while not (found := done()):
            assert time.monotonic() < end, f"within {PATIENCE:.0f} s not: {what}; {self.entry(about)}"
            time.sleep(0.3)
        return found

    def look(self, remote: str, state: CommentState) -> Entry:
        """Let a worker look until a comment stands in ``state``."""

        def found() -> Entry | None:
            with self.world.db.write() as conn:
                ear, now = listening.of(conn, KEY), self.world.clock.now()
                listening.keep(conn, KEY, ear.cursor, now, now)
            attend.attend(self.world.desk)
            one = self.entry(remote)
            return one if one and one.state is state else None

        return self.until(found, f"{remote} is {state.value}", remote)

    def entry(self, remote: str) -> Entry | None:
        with self.world.db.read() as conn:
            found = comments.recent(conn, "lumen", None)
        return next((e for e in found if e.comment.remote_id == remote), None)

    def sign(self, one: Entry) -> None:
        with self.world.db.read() as conn:
            version = drafts.version(conn, one.draft)
        self.world.approve(version)

    def drain(self) -> None:
        self.world.drain(KEY)
        escalate.follow(self.world.desk)

    def answers(self, remote: str) -> list[str]:
        """Return what the brand's account has right below a post, by the AppView."""
        return list(self.world.app.platform(KEY).look_at(remote).answers)

    def sent(self, remote: str) -> list[str]:
        """Return the texts that the brand's repository holds right below a post, whether or not they are shown yet."""
        url = f"{self.network.pds_url}/xrpc/com.atproto.repo.listRecords"
        query = {"repo": self.login.did, "collection": "app.bsky.feed.post", "limit": "100"}
        found = httpx.get(url, params=query, timeout=30).raise_for_status().json()["records"]
        below = [r["value"] for r in found if r["value"].get("reply", {}).get("parent", {}).get("uri") == remote]
        return [value["text"] for value in below]

    def notified(self, fan: Fan, parent: str) -> bool:
        return any(c.parent_id == parent for c in fan.adapter.comments(None, 50).items)

    def close(self) -> None:
        for fan in self.fans:
            fan.adapter.close()
        self.world.close() if hasattr(self.world, "close") else self.world.app.close()


def _said(messages: list[Any]) -> Any:
    quoted = str(messages[-1].content)
    if "Where" in quoted:
        return call("answer_comment", action="reply", text=SHOP, citations=["shop"])
    return call("answer_comment", action="reply", text="Thank you, that is kind of you.", citations=[])


def run(network: BlueskyNetwork, url: str, home: Path) -> dict[str, int]:
    """Play it all; return the counts of the line that ``make replies-e2e`` prints."""
    done = dict.fromkeys(("answered", "auto", "blocked", "taken_over", "deleted_not_sent"), 0)
    it = Run(network, url, home)
    try:
        fans = [it.fan(f"fan{n}") for n in range(4)]
        post = _post(it, "The autumn oolongs are here.")
        # A fan asks, a person signs, the answer stands below it and the fan is notified.
        asked = fans[0].says("Where is the oolong sold?", post).remote_id
        one = it.look(asked, CommentState.PROPOSED)
        it.sign(one)
        it.drain()
        it.until(lambda: it.answers(asked), "the answer stands below the question")
        it.until(lambda: it.notified(fans[0], asked), "the fan is notified")
        done["answered"] += it.look(asked, CommentState.ANSWERED).answered is not None
        # A rule thanks a fan who tagged the account: Bluesky lets software answer those alone.
        kind = fans[1].says(f"@{it.login.handle} I love this tea, thank you so much!", post).remote_id
        it.look(kind, CommentState.AUTO_REPLIED)
        it.drain()
        it.until(lambda: it.answers(kind), "the automatic answer stands below the praise")
        done["auto"] += it.look(kind, CommentState.ANSWERED).rule == "auto/thanks"
        # The same praise without a tag: no rule may send it, a person may.
        plain = fans[2].says("I love this tea, thank you so much!", post).remote_id
        it.look(plain, CommentState.PROPOSED)
        it.drain()
        done["blocked"] += not it.sent(plain)
        law = fans[3].says("This burned my hand, my lawyer will sue you.", post).remote_id
        it.look(law, CommentState.ESCALATED)
        done["blocked"] += not it.sent(law)
        # A person answers in Bluesky's own app while the rule's answer waits: it is not sent, nor any after it.
        second = _post(it, "Come and taste them on Friday.")
        loved = fans[1].says(f"@{it.login.handle} I love this so much, thank you!", second)
        it.look(loved.remote_id, CommentState.AUTO_REPLIED)
        it.person.says("Li here: see you on Friday!", loved)
        it.until(lambda: len(it.answers(loved.remote_id)) == 1, "the person's answer is shown")
        it.drain()
        done["taken_over"] += it.sent(loved.remote_id) == ["Li here: see you on Friday!"]
        more = fans[2].says(f"@{it.login.handle} I love this so much too, thank you!", second).remote_id
        it.until(lambda: _decided(it, more), "the later comment is decided on")
        it.drain()
        done["taken_over"] += not it.sent(more)
        # The author removes the question after the signature.
        third = _post(it, "The spring oolongs follow in May.")
        gone = fans[3].says("Where can I find the oolong?", third)
        it.sign(it.look(gone.remote_id, CommentState.PROPOSED))
        fans[3].adapter.delete(gone)
        it.drain()
        closed = it.entry(gone.remote_id)
        done["deleted_not_sent"] += (
            closed is not None and closed.state is CommentState.CLOSED and not it.sent(gone.remote_id)
        )
    finally:
        it.close()
    return done


def _post(it: Run, text: str) -> Receipt:
    post = it.world.approve(it.world.draft(text, account=KEY))
    it.drain()
    receipt = it.world.post(post.id).parts[0].receipt
    assert receipt is not None
    # An answer that the AppView hears of before the post it answers is in nobody's notifications.
    it.until(lambda: list(it.world.app.platform(KEY).readings([receipt])), "the post is shown")
    return receipt


def _decided(it: Run, remote: str) -> bool:
    one = it.entry(remote)
    if one is None or not one.rule:
        attend.attend(it.world.desk)
        with it.world.db.write() as conn:
            ear, now = listening.of(conn, KEY), it.world.clock.now()
            listening.keep(conn, KEY, ear.cursor, now, now)
        return False
    with it.world.db.read() as conn:
        assert rows.stopped(conn) == ""
    return True


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, start_bluesky() as network:
        done = run(network, f"sqlite:///{folder}/signoff.db", Path(folder))
    print("replies: " + " ".join(f"{name}={n}" for name, n in done.items()))
    wanted = {"answered": 1, "auto": 1, "blocked": 2, "taken_over": 2, "deleted_not_sent": 1}
    return 0 if done == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
