"""The inbox as lines of a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bot.app import App
from bot.checks.kit.posing import imitates
from bot.checks.text import visible
from bot.domain.comment import CommentState
from bot.errors import BadInput, NotAllowed, NotFound, Stale
from bot.evidence import LEAST
from bot.store import approvals, authors, comments, drafts, hiding
from bot.surfaces.cli import review, screen
from bot.words import retold, say
from bot.workflow import card, decide, handling, hide, inbox, when, wordings
from bot.workflow.rights import Answer

#: Digits of an answer's hash that name it.
CODE = 8
_MARKS = {3: "!!", 2: "!", 1: "", 0: "·"}


def listed(app: App, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the brand's comments that the options let through, the most urgent first."""
    brand, now = app.brand(), app.clock.now()
    only = comments.Filter(
        account=wanted["account"], mood=wanted["mood"] or "", intent=wanted["intent"], author=wanted["author"],
        topic=wanted["topic"], words=wanted["search"], assignee=app.operator().id if wanted["mine"] else "",
        waiting_at=None if wanted["everything"] else now, aside=bool(wanted["everything"]),
    )  # fmt: skip
    with app.db.read() as conn:
        _, policy = app.desk.brand(conn, brand.id)
        most = None if wanted["late"] else wanted["limit"]
        found = comments.recent(conn, brand.id, None, limit=most, urgent_first=not wanted["everything"], only=only)
    rows = [inbox.waiting(brand, policy.replies.office, one, now) for one in found]
    return [_row(w) for w in rows if w.late or not wanted["late"]][: wanted["limit"]]


def _row(w: inbox.Waiting) -> dict[str, Any]:
    one, read = w.entry, w.entry.triage
    return {
        "id": one.id, "account": one.comment.account, "author": one.comment.author.handle, "text": one.text,
        "at": one.comment.at, "state": one.state.value, "mood": read.sentiment if read else "",
        "score": read.score if read else None, "intent": read.intent.value if read else "",
        "priority": int(read.priority) if read else 1, "topics": list(read.topics) if read else [],
        "language": (read.language if read else "") or one.comment.language, "assignee": one.assignee,
        "draft": one.draft, "aside": one.aside, "why": one.why, "rule": one.rule, "url": one.comment.url,
        "thread": one.thread, "like": one.like,
        "waited_hours": round(w.waited.total_seconds() / 3600, 1), "late": w.late,
    }  # fmt: skip


def table(app: App, found: list[dict[str, Any]]) -> None:
    """Print comments as columns."""
    if not found:
        click.echo(say("Nothing waits for an answer."))
        _say_who_listens(app)
        return
    rows = []
    for row in found:
        hours = say("{n} h", n=f"{row['waited_hours']:g}") + ("!" if row["late"] else "")
        wants = "" if row["intent"] in ("", "other") else say(row["intent"])
        what = " ".join(filter(None, (say(row["mood"]) if row["mood"] else "", wants)))
        rows.append([_MARKS[row["priority"]], row["id"], row["account"], row["author"], screen.short(row["text"], 44),
                     what, _state(row["state"]), row["assignee"], hours])  # fmt: skip
    heads = ["", "ID", say("Account"), say("From"), say("Text"), say("Read as"), say("State"), say("Seen to by"),
             say("Waits")]  # fmt: skip
    screen.columns([heads, *rows], indent="")
    click.echo(say("`signoff inbox ID` shows one with its thread."))


def _state(state: str) -> str:
    return {
        CommentState.NEW: say("not read yet"), CommentState.TRIAGED: say("waits"),
        CommentState.PROPOSED: say("answer waits"), CommentState.ESCALATED: say("needs a person"),
        CommentState.AUTO_REPLIED: say("a rule answers"), CommentState.ANSWERED: say("answered"),
        CommentState.IGNORED: say("ignored"), CommentState.HIDDEN: say("hidden"), CommentState.CLOSED: say("done"),
    }[CommentState(state)]  # fmt: skip


def _say_who_listens(app: App) -> None:
    """Say that nobody listens, where that is so: an empty inbox would look like silence."""
    if not review.workers(app):
        click.echo(say("No worker is running, and only a worker hears comments: start `signoff worker`."))


def one(app: App, given: str) -> dict[str, Any]:
    """Return one comment with its thread, notes and history. Raises NotFound, BadInput."""
    brand = app.brand()
    with app.db.read() as conn:
        entry = comments.get(conn, named(app, given))
        _, policy = app.desk.brand(conn, brand.id)
        thread = comments.in_thread(conn, entry.comment.account, entry.thread)
        found = _row(inbox.waiting(brand, policy.replies.office, entry, app.clock.now()))
        said = [{"id": e.id, "author": e.comment.author.handle, "at": e.comment.at, "text": e.text} for e in thread]
        taken = authors.taken_by(conn, entry.comment.account, entry.thread)
        more = {"thread_comments": said, "notes": comments.notes(conn, entry.id), "taken_over_by": taken,
                "looks_like": imitates(entry.comment.author, brand, entry.comment.account)}  # fmt: skip
        more["on_platform"] = hiding.of(conn, entry.id)
    read = entry.triage
    reading = {"reason": read.reason, "by": read.by, "confidence": read.confidence, "emotion": read.emotion,
               "aspects": read.aspects, "urgency": read.urgency} if read else {}  # fmt: skip
    return {**found, **reading, **more, "raw": entry.comment.text}


def named(app: App, given: str) -> str:
    """Return the comment that an id, or the beginning of one, names. Raises NotFound, BadInput."""
    if len(given.removeprefix("c_")) < LEAST:
        raise BadInput(
            say("{given} is too short for a comment's id.", given=repr(given)),
            next_step=say("Write {least} of its letters at least; `signoff inbox` lists them.", least=LEAST),
        )
    with app.db.read() as conn:
        found = comments.like_id(conn, app.brand().id, given)
    if not found:
        raise NotFound(say("There is no comment {id}.", id=repr(given)), next_step=say("`signoff inbox` lists them."))
    if len(found) > 1:
        raise BadInput(say("{id} is the beginning of several comments.", id=repr(given)),
                       next_step=say("Write more of it: {ids}.", ids=", ".join(found[:4])))  # fmt: skip
    return found[0]


def _there(hiding_: str) -> str:
    known = {hiding.HIDE: say("about to be hidden"), hiding.SHOW: say("about to be shown again")}
    return known.get(hiding_, say("hidden"))


def show(app: App, found: dict[str, Any]) -> None:
    """Print one comment with its thread."""
    zone = app.brand().zone
    for said in found["thread_comments"]:
        mark = "▶" if said["id"] == found["id"] else " "
        click.echo(f"{mark} {when.spoken(said['at'], zone)}  {said['author']}")
        for line in said["text"].splitlines() or [""]:
            click.echo(f"    {line}")
    if found["looks_like"]:
        like = say("looks like {name}, and is somebody else", name=found["looks_like"])
        click.echo(f"⚠️ {say('Impostor?')} {like}")
    screen.heading(say("What was read"))
    rows = [
        (say("Mood"), say(found["mood"]) if found["mood"] else "-"),
        (say("Intent"), say(found["intent"]) if found["intent"] else "-"),
        (say("Why"), retold(found.get("reason", "")) or "-"),
        (say("Topics"), ", ".join(found["topics"]) or "-"),
    ]
    screen.columns(rows)
    screen.heading(say("What became of it"))
    state = say(found["state"]) + (f" ({retold(found['why'])})" if found["why"] else "")
    rows = [(say("State"), state)]
    rows += [(say("Draft"), found["draft"])] if found["draft"] else []
    rows += [(say("For readers there"), _there(found["on_platform"]))] if found["on_platform"] else []
    rows += [(say("Sees to it"), found["assignee"])] if found["assignee"] else []
    rows += [(say("Answers here"), found["taken_over_by"])] if found["taken_over_by"] else []
    rows += [(say("Address"), found["url"])] if found["url"] else []
    screen.columns(rows)
    _suggested(app, found)
    for note in found["notes"]:
        label = say("before it was changed") if note["kind"] == "before" else note["who"]
        click.echo(f"  {when.spoken(note['at'], zone)}  {label}: {note['text']}")


def _suggested(app: App, found: dict[str, Any]) -> None:
    """Print the answer that waits, and how it is sent: with one command where a rule lets it."""
    if not found["draft"] or found["state"] != CommentState.PROPOSED.value:
        return
    with app.db.read() as conn:
        version = drafts.version(conn, found["draft"])
        request = approvals.of_version(conn, found["draft"], version.version)
    screen.heading(say("The answer that waits"))
    for part in version.content.parts:
        click.echo("\n".join(f"    {visible(line)}" for line in part.text.splitlines()))
    if handling.one_press(version, request):
        command = f"`signoff inbox {found['id']} --send {version.hash[:CODE]}`"
        click.echo(say("{command} signs and sends it.", command=command))
    else:
        click.echo(say("{command} signs it.", command=f"`signoff approve {found['draft']}`"))
    _together(app, found["id"])


def _together(app: App, name: str) -> None:
    """Print the answers to all that say nearly the same, where one command may sign them."""
    person = app.brand().person(app.settings.operator or "")
    if person is None:
        return
    with app.db.read() as conn:
        group = wordings.of(app.desk, conn, name, person)
    if len(group.members) < 2 or name not in {w.entry.id for w in group.members}:
        return
    screen.heading(say("{n} answers, each in its own words", n=len(group.members)))
    for w in group.members:
        click.echo(f"  {w.entry.id}  {visible(w.who)}: {screen.short(w.entry.text, 60)}")
        click.echo("\n".join(f"      {line}" for line in visible(w.text).splitlines()))
        for note in w.notes:
            click.echo(f"      ! {visible(note)}")
        click.echo(f"      {w.card.draft.id} v{w.card.version.version} #{w.card.version.hash}")
    if group.alike:
        click.echo(say("{n} of them are worded like another one.", n=group.alike))
    command = f"`signoff inbox {name} --send-all {group.code[: wordings.LEAST]}`"
    click.echo(say("{command} signs all of them as they stand here.", command=command))


def _send_all(app: App, name: str, code: str) -> None:
    """Sign every answer of a group while all are what was shown."""
    found = wordings.sign(app.desk, name, code, app.operator(), "cli")
    done, failed = wordings.told(found)
    click.echo(say("Answers signed: {n}.", n=done))
    if failed:
        raise BadInput(say("Not all: {why}", why=failed))


def _send(app: App, name: str, code: str) -> None:
    """Sign and send a suggestion that a rule lets go with one command, while it is the one that was shown."""
    with app.db.read() as conn:
        one = comments.get(conn, name)
        version = drafts.version(conn, one.draft) if one.draft else None
        request = approvals.of_version(conn, one.draft, version.version) if version else None
        shown = card.text(card.card(app.desk, conn, one.draft, version.version)) if version else ""
        alone = authors.opted_out(conn, one.brand, one.comment.account.partition(":")[0], one.comment.author.id)
    if alone:
        raise NotAllowed(say("The author asked to be left alone."))
    if version is None or one.state is not CommentState.PROPOSED:
        raise Stale(say("This comment has another answer now, or none."))
    if len(code) < CODE or not version.hash.startswith(code.lower()):
        raise Stale(say("This comment has another answer now, or none."),
                    next_step=say("{command} shows it, with its code.", command=f"`signoff inbox {name}`"))  # fmt: skip
    if not handling.one_press(version, request):
        raise BadInput(say("No rule lets this answer go with one command."),
                       next_step=say("{command} signs it.", command=f"`signoff approve {one.draft}`"))  # fmt: skip
    answer = Answer(one.draft, version.version, version.hash, app.operator().id, "cli", shown, "")
    decide.approve(app.desk, answer)
    click.echo(say("Signed: a running worker sends it."))


def act(app: App, given: str, deeds: Mapping[str, Any]) -> None:
    """Do what the options say, in their order, and say so."""
    who, brand, desk = app.operator(), app.brand(), app.desk
    name = named(app, given)
    if deeds["assign"] is not None:
        inbox.assign(desk, name, deeds["assign"], who, brand)
        click.echo(
            say("{person} sees to it.", person=deeds["assign"]) if deeds["assign"] else say("Nobody sees to it.")
        )
    if deeds["note"] is not None:
        inbox.note(desk, name, deeds["note"], who)
        click.echo(say("The note is kept."))
    if deeds["snooze"] is not None:
        at = inbox.until(deeds["snooze"], app.clock.now(), brand.zone)
        inbox.snooze(desk, name, at, who)
        click.echo(say("It comes back on {time}.", time=when.spoken(at, brand.zone)))
    if deeds["opt_in"] is not None:
        done = inbox.opt_in(desk, name, who)
        click.echo(say("What they write from now on may be answered.") if done else say("It stood so already."))
    if deeds["reply"] is not None:
        version = inbox.answer(desk, name, deeds["reply"], who)
        if version.blocked:
            why = retold(version.findings[0].message)
            click.echo(say("Draft {draft} is held back: {why}", draft=version.draft_id, why=why))
        else:
            click.echo(say("Draft {draft} waits for a signature: `signoff approve {draft}`.", draft=version.draft_id))
    if deeds["send"] is not None:
        _send(app, name, deeds["send"])
    if deeds["send_all"] is not None:
        _send_all(app, name, deeds["send_all"])
    if deeds["to"] is not None:
        done = inbox.settle(desk, name, CommentState(deeds["to"]), who)
        click.echo(say("Done.") if done else say("It stood so already."))
    if deeds["there"] is not None:
        show_again = deeds["there"] == "show"
        done = hide.ask(desk, name, who, show=show_again)
        gone, back = say("Within a minute readers see it no more."), say("Within a minute readers see it again.")
        soon = back if show_again else gone
        click.echo(soon if done else say("It stood so already."))
    if deeds["thread"] is not None:
        done = inbox.take_over(desk, name, who, give_back=deeds["thread"] == "give")
        if deeds["thread"] == "give":
            click.echo(say("The rules may answer in this thread again.") if done else say("It stood so already."))
        else:
            click.echo(say("The thread is yours: no rule answers there.") if done else say("It stood so already."))
