"""What people are told, each with the next step: drawn from how things stand now, so that a settled one says so.

A notice is a subject (``part:p_1/0``, ``account:bluesky:main``, ``switch``...), and where somebody left one, its row.
What the row says was stored in English and is told in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.comment import SETTLED
from bot.domain.draft import DraftState, DraftVersion
from bot.domain.post import Post, PostPart, PostState
from bot.errors import NotFound
from bot.store import approvals, comments, drafts, posts
from bot.store import desk as rows
from bot.surfaces.slack import blocks, errors
from bot.surfaces.slack.cards.binding import Bound
from bot.words import retold, say
from bot.workflow import when

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import App
    from bot.surfaces.slack.blocks import Block

#: How long after posting it can be taken down with one press.
UNDO = timedelta(minutes=10)
#: Kinds of notices; those in URGENT may ring in quiet hours.
PUBLISHED, FAILED, DOUBTFUL, SIGN, LAPSED = "published", "failed", "doubtful", "sign", "lapsed"
ACCOUNT, WORKER, SWITCH, SPIKE, COMMENT, OTHER = "account", "worker", "switch", "spike", "comment", "other"
URGENT = frozenset({FAILED, DOUBTFUL, SWITCH, SPIKE})
#: Subjects of notices that nobody leaves as a row: they follow from the record.
STOP, ENDING = "switch", "ending"


@dataclass(frozen=True)
class Message:
    """A notice as Slack gets it."""

    blocks: list[Block]
    text: str
    kind: str
    #: Until when it has a button that must go then; None where none has.
    until: datetime | None = None

    @property
    def urgent(self) -> bool:
        return self.kind in URGENT


@dataclass(frozen=True)
class Reader:
    """Who reads it: an IANA zone, and the language is the one that is spoken."""

    zone: str


def in_slack(step: str) -> str:
    """Return a next step as people type it in Slack, where there is such a word."""
    return errors.in_slack(step.replace("`signoff doctor`", "`signoff status`"))


def kind_of(conn: Connection, subject: str, row: Mapping[str, Any] | None = None) -> str:
    """Say what sort of notice a subject is now."""
    what, _, rest = subject.partition(":")
    if what == "part":
        part = _part(conn, rest)
        calm = part is None or part.state not in (PostState.REFUSED, PostState.ASKED, PostState.DOUBTFUL)
        if part is not None and part.state in (PostState.DOUBTFUL, PostState.SENDING):
            return DOUBTFUL
        return OTHER if calm and row is None else FAILED
    if what == "draft":
        return LAPSED if _state(conn, rest) is DraftState.LAPSED else SIGN
    return {
        "post": PUBLISHED, ENDING: SIGN, "account": ACCOUNT, "worker": WORKER, STOP: SWITCH, "crisis": SPIKE,
        "comment": COMMENT,
    }.get(what, OTHER)  # fmt: skip


def message(app: App, conn: Connection, subject: str, row: Mapping[str, Any] | None, reader: Reader) -> Message | None:
    """Return a notice as it stands now, in the language spoken here; None where there is nothing to say of it."""
    what, _, rest = subject.partition(":")
    kind = kind_of(conn, subject, row)
    make: Callable[..., Message | None] = {
        "part": _of_part, "post": _of_post, "draft": _of_draft, ENDING: _of_draft, "account": _of_account,
        STOP: _of_stop, "crisis": _of_crisis, "comment": _of_comment, "proposal": _of_proposal,
    }.get(what, _of_row)  # fmt: skip
    try:
        return make(app, conn, rest, row, reader, kind)
    except NotFound:
        # A post or draft that a restore or a move took with it.
        return _of_row(app, conn, rest, row, reader, kind)


# --- posts -----------------------------------------------------------------------------------------------------


def _of_post(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    post = posts.get(conn, rest)
    label = _label(app, post.account)
    live = [p for p in post.parts if p.state is PostState.LIVE and p.receipt]
    gone = [p for p in post.parts if p.state is PostState.DELETED]
    if not live:
        if not gone:
            return None
        title = say("🗑 Taken down again from {label}", label=label)
        return _made(kind, title, [say("{account}: draft {draft}", account=post.account, draft=post.draft_id)], post)
    receipt = live[0].receipt
    assert receipt is not None
    title = say("✅ Live on {label}", label=label)
    said = [f"{post.account}  ·  {when.spoken(receipt.at, reader.zone)}"]
    if len(post.parts) > 1:
        said.append(say("{n} of {of} parts are live.", n=len(live), of=len(post.parts)))
    buttons = [blocks.button("link", say("Look at it"), url=receipt.url)] if _address(receipt.url) else []
    until = max(p.receipt.at for p in live if p.receipt) + UNDO
    if app.clock.now() >= until:
        step = say("To take it down: `signoff undo {draft}` in a terminal.", draft=post.draft_id)
        return _made(kind, title, said, post, step=step, buttons=buttons)
    with_hash = drafts.version(conn, post.draft_id, post.version)
    sure = blocks.confirm(
        say("Take it down?"),
        say("It is deleted on {label}. What others saw or copied meanwhile stays with them.", label=label),
        say("Take it down"), say("Leave it"), danger=True,
    )  # fmt: skip
    buttons.append(blocks.button("undo", say("Undo"), bound(with_hash), style="danger", ask=sure))
    step = say("For 10 minutes, Undo deletes it there.")
    return _made(kind, title, said, post, step=step, buttons=buttons, until=until)


def _of_part(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    post_id, _, number = rest.partition("/")
    post = posts.get(conn, post_id)
    part = post.parts[int(number)]
    version = drafts.version(conn, post.draft_id, post.version)
    which = post.account
    if len(post.parts) > 1:
        which += "  " + say("part {n} of {of}, {live} live", n=part.n + 1, of=len(post.parts), live=post.live)
    said = [which]
    if part.why and part.state in (PostState.REFUSED, PostState.ASKED, PostState.DOUBTFUL):
        said.append(retold(part.why))
    elif row is not None and part.state is PostState.DUE:
        said.append(retold(str(row["text"])))
    title, step, buttons = _part_says(conn, post, part, version)
    return _made(kind, title, said, post, step=step, buttons=buttons, part=part.n)


def _part_says(conn: Connection, post: Post, part: PostPart, version: DraftVersion) -> tuple[str, str, list[Block]]:
    """Return (title, next step, buttons) of a part by where it stands."""
    here, value = bound(version), f"{post.id}/{part.n}/{part.attempts}"
    if part.state is PostState.LIVE:
        url = part.receipt.url if part.receipt else ""
        look = [blocks.button("link", say("Look at it"), url=url)] if _address(url) else []
        return say("✅ Settled: it is live"), "", look
    if part.state in (PostState.DOUBTFUL, PostState.SENDING):
        step = say("Signoff looks for it on the platform, and sends nothing twice. There is nothing for you to do yet.")
        return say("❓ No clear answer from the platform"), step, []
    if part.state is PostState.ASKED and posts.maybe_live(conn, post.id, part.n):
        step = say("Look at the account: is the post there? Then say so; nothing is sent until you do.")
        buttons = [
            blocks.button("settle.live", say("It is live…"), value, style="primary"),
            blocks.button("settle.absent", say("It is not there: send it"), value, ask=_again()),
        ]
        return say("❓ Was it published? A person must look"), step, buttons
    if part.state in (PostState.ASKED, PostState.REFUSED):
        again = blocks.button("settle.absent", say("Try again as it is"), value, ask=_again())
        if post.live:
            sure = blocks.confirm(
                say("Keep it as it is?"), say("What is live stays, and nothing more of the thread is sent."),
                say("Keep it"), say("Not now"),
            )  # fmt: skip
            keep = blocks.button("cancel", say("Keep what is live"), here, ask=sure)
            step = say(
                "Try this part again, or keep what is live; `signoff undo {draft}` in a terminal takes it down.",
                draft=post.draft_id,
            )
            return say("⚠️ The thread stopped half-way"), step, [again, keep]
        buttons = [
            blocks.button("edit", say("Edit"), here, style="primary"),
            blocks.button("reschedule", say("Another time"), here),
            again,
        ]
        step = say("Change the text or the time, and have it signed off again; or try it once more as it was signed.")
        return say("⚠️ Not published"), step, buttons
    title = {
        PostState.DUE: say("🕓 Settled: it is sent again"),
        PostState.CANCELLED: say("Settled: cancelled"),
        PostState.DELETED: say("🗑 Taken down again"),
    }[part.state]
    return title, "", []


def _again() -> Block:
    return blocks.confirm(
        say("Send it?"),
        say("Send it only if it is not on the platform: else it stands there twice."),
        say("Send it"), say("Not now"),
    )  # fmt: skip


# --- signatures ------------------------------------------------------------------------------------------------


def _of_draft(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    draft = drafts.get(conn, rest.partition("@")[0])
    version = drafts.version(conn, draft.id)
    request = approvals.of_version(conn, draft.id, version.version)
    excerpt = blocks.clip(version.content.parts[0].text, 200) if version.content.parts else ""
    here = bound(version)
    show = blocks.button("open", say("Open the card"), here, style="primary")
    if version.state is DraftState.IN_REVIEW and request is not None and request.expires > app.clock.now():
        until = when.spoken(request.expires, reader.zone)
        signed = [d for d in approvals.decisions(conn, request_id=request.id) if d.choice.value == "approve"]
        said = [say("{account}: draft {draft}, to be signed until {time}.", account=draft.account, draft=draft.id,
                    time=until), excerpt]  # fmt: skip
        if request.signers:
            said.insert(1, say("It needs: {people}.", people=", ".join(request.signers)))
        if signed:
            names = ", ".join(d.person for d in signed)
            said.insert(
                1, say("Signatures so far: {n} of {of} ({people})", n=len(signed), of=request.needed, people=names)
            )
        step = say("Read the card, then approve or reject it. Nobody signing means that it is not published.")
        return _of_words(kind, say("⏰ Waits for your signature"), said, step, [show])
    if version.state is DraftState.LAPSED:
        said = [say("Nobody signed off draft {draft} for {account} in time; it was not published.", draft=draft.id,
                    account=draft.account), excerpt]  # fmt: skip
        move = blocks.button("reschedule", say("Another time"), here, style="primary")
        step = say("Another time asks again for signatures.")
        return _of_words(LAPSED, say("⌛ Nobody signed in time"), said, step, [move, show])
    from bot.workflow.card import state_word

    said = [say("{account}: draft {draft}", account=draft.account, draft=draft.id) + ": "
            + state_word(version.state, version.version == draft.version), excerpt]  # fmt: skip
    return _of_words(kind, say("Settled"), said, "", [])


# --- everything else -------------------------------------------------------------------------------------------


def _of_account(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    why = rows.paused(conn, rest)
    if row is None and not why:
        return None
    if why:
        # What was left when it was paused says how to mend it; a pause by hand leaves nothing.
        step = _step(row) or say("`/signoff resume {account}` lets it go on.", account=rest)
        said = [say("Nothing goes out there: {why}", why=retold(why))]
        sure = blocks.confirm(
            say("Let it go on?"), say("What waits goes out; what is late asks first."), say("Go on"), say("Not yet")
        )
        go_on = blocks.button("resume", say("Let it go on"), rest, ask=sure)
        return _of_words(kind, say("⏸ {account} is paused", account=rest), said, step, [go_on])
    assert row is not None
    title = say("🔑 About {account}", account=rest)
    if "is paused" in str(row["text"]):
        return _of_words(kind, say("▶️ {account} goes on", account=rest), [], "", [])
    return _of_words(kind, title, [retold(str(row["text"]))], _step(row), [])


def _of_stop(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    why = rows.stopped(conn)
    if not why:
        return _of_words(kind, say("▶️ Running again"), [say("What waits goes out; what is late asks first.")], "", [])
    step = say("An approver starts it again with `/signoff resume`, or here.")
    sure = blocks.confirm(
        say("Start again?"), say("What waits goes out; what is late asks first."), say("Start again"), say("Not yet")
    )
    start = blocks.button("resume", say("Start again"), "all", ask=sure)
    said = [say("Nothing is sent: {why}.", why=retold(why))]
    return _of_words(kind, say("🛑 Everything is stopped"), said, step, [start])


def _of_crisis(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    if row is None:
        return None
    buttons = [blocks.button("new_draft", say("Draft a statement"), style="primary")]
    if not rows.stopped(conn):
        sure = blocks.confirm(
            say("Stop everything?"), say("Nothing is sent on any account until an approver starts it again."),
            say("Stop"), say("Not now"), danger=True,
        )  # fmt: skip
        buttons.append(blocks.button("stop", say("Stop everything"), style="danger", ask=sure))
    step = say("`/signoff inbox` lists them. In the form for a draft, the kind for this is the holding statement.")
    return _of_words(kind, say("📈 Something is going on"), [retold(str(row["text"]))], step, buttons)


def _of_comment(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    if row is None:
        return None
    try:
        one = comments.get(conn, rest)
    except NotFound:
        # Its author had it forgotten: then nobody reads it here either.
        return _of_words(kind, say("💬 A comment that is gone"), [], "", [])
    if one.deleted or one.state in SETTLED:
        # Words that their author took back are not kept here.
        said = [f"{one.comment.account}  ·  {when.spoken(one.comment.at, reader.zone)}"]
        return _of_words(kind, say("💬 Settled: a comment"), said, "", [])
    look = [blocks.button("open_comment", say("Open the card"), one.id, style="primary")]
    if _address(one.comment.url):
        look.append(blocks.button("link", say("Look at it"), url=one.comment.url))
    step = say("The card has what was read out of it, and all that can be done.")
    return _of_words(kind, say("💬 A comment needs a person"), [retold(str(row["text"]))], step, look)


def _of_proposal(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    from bot.surfaces.slack import proposed

    return proposed.message(app, rest, kind)


def _of_row(
    app: App, conn: Connection, rest: str, row: Mapping[str, Any] | None, reader: Reader, kind: str
) -> Message | None:
    if row is None:
        return None
    title = say("ℹ️ For your information") if row["level"] == "info" else say("⚠️ Please look")
    title = say("💤 A worker is gone") if kind == WORKER else title
    return _of_words(kind, title, [retold(str(row["text"]))], _step(row), [])


# --- putting it together ---------------------------------------------------------------------------------------


def bound(version: DraftVersion) -> str:
    """Return the value of a button that means exactly this text."""
    return str(Bound.of(version))


def _made(
    kind: str, title: str, said: list[str], post: Post, *, step: str = "", buttons: list[Block] | None = None,
    until: datetime | None = None, part: int = 0,
) -> Message:  # fmt: skip
    excerpt = blocks.clip(post.content.parts[part].text, 200)
    return _of_words(kind, title, [*said, excerpt], step, buttons or [], until)


def _of_words(
    kind: str, title: str, said: list[str], step: str, buttons: list[Block], until: datetime | None = None
) -> Message:
    found = [blocks.section(blocks.mrkdwn("*{title}*", title=title))]
    body = "\n".join(filter(None, said))
    if body:
        found += blocks.stranger(body)[:3]
    if step:
        found.append(blocks.context(blocks.mrkdwn("{step}", step=step)))
    if buttons:
        found.append(blocks.actions(*buttons))
    return Message(found, blocks.fallback(f"{title}  {' '.join(filter(None, said))}"), kind, until)


def _step(row: Mapping[str, Any] | None) -> str:
    return in_slack(retold(str(row["next_step"]))) if row is not None and row["next_step"] else ""


def _label(app: App, account: str) -> str:
    return app.desk.platform_class(account.partition(":")[0]).label


def _address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not any(c.isspace() for c in url)


def _part(conn: Connection, name: str) -> PostPart | None:
    post_id, _, number = name.partition("/")
    try:
        return posts.get(conn, post_id).parts[int(number)]
    except (NotFound, IndexError, ValueError):
        return None


def _state(conn: Connection, draft_id: str) -> DraftState | None:
    try:
        return drafts.version(conn, draft_id).state
    except NotFound:
        return None
