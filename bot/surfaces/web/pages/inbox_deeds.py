"""What buttons of the inbox do. Each form names the words of the comment that were seen, and the answer's hash."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.domain.comment import MOODS, CommentState, Entry, Intent
from bot.domain.draft import Severity
from bot.errors import BadInput, NotAllowed, NotFound, SignoffError, Stale
from bot.store import authors, events, waiting
from bot.surfaces.web import cards
from bot.surfaces.web.pages import inbox, inbox_card
from bot.surfaces.web.visit import SIGNERS, WRITERS, Handler, Route, Visit, redirect, status_of, told
from bot.words import joined, retold, say, speaking
from bot.workflow import card as plain
from bot.workflow import decide, handling, handoff, hide, suggesting, when, wordings
from bot.workflow import inbox as desk_inbox
from bot.workflow.rights import Answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.domain.draft import DraftVersion

log = logging.getLogger(__name__)

#: Answers that a model may be writing at once, asked for here.
_WRITING = threading.BoundedSemaphore(2)
#: Characters of a note and of an answer.
NOTE, ANSWER = 2000, 5000


def _on_comment(act: Callable[[Visit, Entry], str], *, next_one: bool = False) -> Handler:
    """Return what does something with the comment that a form means; what went wrong stands beside it.

    ``next_one``: the comment is off the list then, and the page goes on with the list.
    """

    def page(visit: Visit) -> Response:
        here = f"/inbox/{visit.path['comment']}"
        behind = inbox.query(inbox.cleaned(visit))
        try:
            said = act(visit, inbox_card.held(visit))
        except NotFound:
            raise
        except SignoffError as error:
            visit.note(told(error), "wrong")
            typed = {k: v for k, v in visit.form.items() if k in ("text", "note")}
            found = inbox.shown(visit, visit.path["comment"], status_of(error), typed=typed)
            found.headers["HX-Replace-Url"] = here + behind
            return found
        if said:
            visit.note(said)
        return redirect((here if not next_one or visit.form.get("stay") else "/inbox") + behind)

    return page


def _person(visit: Visit, key: str) -> str:
    found = visit.brand.person(key)
    return found.name if found else key


def assign(visit: Visit, one: Entry) -> str:
    handoff.may(visit.person)
    to = visit.form.get("to", "")
    desk_inbox.assign(visit.app.desk, one.id, to, visit.person, visit.brand)
    return say("{person} sees to it.", person=_person(visit, to)) if to else say("Nobody sees to it.")


def note(visit: Visit, one: Entry) -> str:
    handoff.may(visit.person)
    desk_inbox.note(visit.app.desk, one.id, visit.form.get("note", "")[:NOTE], visit.person)
    return say("The note is kept.")


def snooze(visit: Visit, one: Entry) -> str:
    handoff.may(visit.person)
    account = visit.brand.account(one.comment.account)
    zone = account.zone if account else visit.brand.zone
    given = visit.form.get("at", "").strip() or visit.form.get("time", "").strip()
    if not given:
        raise BadInput(say("Say for how long."))
    at = desk_inbox.until(given, visit.app.clock.now(), zone)
    desk_inbox.snooze(visit.app.desk, one.id, at, visit.person)
    return say("It comes back on {time}.", time=when.spoken(at, zone))


def _readers(show: bool) -> Callable[[Visit, Entry], str]:
    """Have a comment hidden from readers on its platform, or shown there again."""

    def act(visit: Visit, one: Entry) -> str:
        done = hide.ask(visit.app.desk, one.id, visit.person, show=show)
        label = visit.app.desk.platform_class(one.comment.account.partition(":")[0]).label
        if not done:
            return say("It stood so already.")
        if show:
            return say("A worker shows it on {label} again: usually within a minute.", label=label)
        return say("A worker hides it on {label}: usually within a minute.", label=label)

    return act


def _settle(state: CommentState, done: str) -> Callable[[Visit, Entry], str]:
    def act(visit: Visit, one: Entry) -> str:
        changed = handoff.settle(visit.app.desk, one.id, state, visit.person)
        return say(done) if changed else say("It stood so already.")

    return act


def take_over(visit: Visit, one: Entry) -> str:
    handoff.may(visit.person)
    done = desk_inbox.take_over(visit.app.desk, one.id, visit.person)
    return say("The thread is yours: no rule answers there.") if done else say("It stood so already.")


def give_back(visit: Visit, one: Entry) -> str:
    handoff.may(visit.person)
    done = desk_inbox.take_over(visit.app.desk, one.id, visit.person, give_back=True)
    return say("The rules may answer in this thread again.") if done else say("It stood so already.")


def opt_in(visit: Visit, one: Entry) -> str:
    done = desk_inbox.opt_in(visit.app.desk, one.id, visit.person)
    return say("What they write from now on may be answered.") if done else say("It stood so already.")


def escalate(visit: Visit, one: Entry) -> str:
    to, why = visit.form.get("to", ""), visit.form.get("note", "")[:NOTE]
    done = handoff.hand_over(visit.app.desk, one.id, to, why, visit.person, visit.brand)
    return say("{person} has it and is told.", person=_person(visit, to)) if done else say("It stood so already.")


def relabel(visit: Visit, one: Entry) -> str:
    from bot.writing import teaching

    handoff.may(visit.person)
    read = one.triage
    was = {"sentiment": read.sentiment, "intent": read.intent.value} if read else {}
    known = {"sentiment": MOODS, "intent": tuple(i.value for i in Intent)}
    given = {kind: visit.form.get(kind, "") for kind in known}
    said = {kind: value for kind, value in given.items() if value in known[kind] and value != was.get(kind)}
    if not said:
        return say("Nothing was changed.")
    now = teaching.relabel(visit.app, one.id, said, visit.person.id)
    return say("It is now: {mood}, {intent}.", mood=say(now.sentiment), intent=say(now.intent.value))


# --- answers ---------------------------------------------------------------------------------------------------


def answer(visit: Visit, one: Entry) -> str:
    """Propose a person's own words, to this comment or to all that say nearly the same."""
    text = visit.form.get("text", "").strip()[:ANSWER]
    if not text:
        raise BadInput(say("There is no text."))
    handoff.may(visit.person)
    if not visit.form.get("group"):
        return _held_back(_propose(visit, one, text), say("It waits for its signatures."))
    with visit.app.db.read() as conn:
        members = waiting.group(conn, one.like or one.id, inbox_card.GROUP)
    shown = set(visit.form.get("members", "").split())
    made, failed = 0, ""
    for each in (e for e in members if e.id in shown):
        try:
            made += not _propose(visit, each, text).blocked
        except SignoffError as error:
            failed = told(error)
    said = say("Answers that wait for their signatures: {n}.", n=made)
    return joined(said, say("Not all: {why}", why=failed)) if failed else said


def _propose(visit: Visit, one: Entry, text: str) -> DraftVersion:
    with speaking("en"):
        return desk_inbox.answer(visit.app.desk, one.id, text, visit.person)


def _held_back(version: DraftVersion, said: str) -> str:
    if version.blocked:
        bad = next((f for f in version.findings if f.severity is Severity.BLOCK), version.findings[0])
        return say("A check holds it back: {why}", why=retold(bad.message))
    return said


def edit(visit: Visit, one: Entry) -> str:
    """Put a person's words in place of the answer; what a check forbids is stored and held back, as on its card."""
    from bot import writing

    card = _card(visit, one)
    handling.changeable(visit.app.desk, card)
    text = visit.form.get("text", "").strip()[:ANSWER]
    if not text:
        raise BadInput(say("Nothing is left of the text."))
    if [p.text.strip() for p in card.version.content.parts] == [text]:
        return say("Nothing was changed.")
    with speaking("en"):
        version = writing.edit(visit.app, card.draft.id, [text], visit.person.id, seen_version=card.version.version)
    said = say("Saved as version {n}. It needs its own signatures.", n=version.version)
    return handling.barred(cards.load(visit, card.draft.id), visit.person, _held_back(version, said))


def approve(visit: Visit, one: Entry) -> str:
    """Sign exactly the answer on the page, to exactly the words on it."""
    return _sign(visit, one, _card(visit, one))


def approve_all(visit: Visit, one: Entry) -> str:
    """Sign the same answer to each comment that was listed; each is its own signature, bound to its own words."""
    done, failed = 0, ""
    for bound in visit.form.get("all", "").split()[: inbox_card.GROUP]:
        comment_id, _, rest = bound.partition(":")
        given, _, rest = rest.partition(":")
        version, _, digest = rest.partition(":")
        try:
            each = inbox_card.checked(visit, comment_id, given)
            if (each.like or each.id) != (one.like or one.id):
                raise Stale(say("This comment has another answer now, or none."))
            _sign(visit, each, _bound(visit, each, version, digest))
            done += 1
        except SignoffError as error:
            failed = told(error)
    said = say("Answers signed: {n}.", n=done)
    return joined(said, say("Not all: {why}", why=failed)) if failed else said


def approve_wordings(visit: Visit, one: Entry) -> str:
    """Sign every answer that was listed, each in its own words, while all of them are what was read."""
    done, failed = wordings.told(wordings.sign(visit.app.desk, one.id, visit.form.get("code", ""), visit.person, "web"))
    said = say("Answers signed: {n}.", n=done)
    return joined(said, say("Not all: {why}", why=failed)) if failed else said


def _card(visit: Visit, one: Entry) -> plain.Card:
    return _bound(visit, one, visit.form.get("version", ""), visit.form.get("hash", ""))


def _bound(visit: Visit, one: Entry, version: str, digest: str) -> plain.Card:
    """Return the card of a comment's answer while it is the one that was seen. Raises Stale, BadInput."""
    if not one.draft:
        raise Stale(say("This comment has another answer now, or none."), next_step=say("Load the page again."))
    if not (version.isascii() and version.isdigit() and len(version) < 7 and len(digest) == 64):
        raise BadInput(say("This button names no draft."), next_step=say("Load the page again."))
    card = cards.load(visit, one.draft)
    if card.version.version != int(version) or card.version.hash != digest:
        raise Stale(
            say("This comment has another answer now, or none."), next_step=say("The page shows what it is now.")
        )
    return card


def _sign(visit: Visit, one: Entry, card: plain.Card) -> str:
    with visit.app.db.read() as conn:
        alone = authors.opted_out(conn, one.brand, one.comment.account.partition(":")[0], one.comment.author.id)
    if alone:
        raise NotAllowed(say("The author asked to be left alone."))
    if not inbox_card.waits(one, card):
        raise Stale(say("This answer does not wait for a signature any more."))
    given = Answer(card.draft.id, card.version.version, card.version.hash, visit.person.id, "web", plain.text(card), "")
    return handling.signed(card, decide.approve(visit.app.desk, given))


def suggest(visit: Visit, one: Entry) -> str:
    """Let the model answer meanwhile; its draft comes to the page by itself."""
    suggesting.possible(visit.app.desk, one.id, visit.person)
    if not _WRITING.acquire(blocking=False):
        raise BadInput(say("The model is writing two texts already."), next_step=say("Try again in a minute."))

    def write() -> None:
        try:
            _written(visit, one.id)
        finally:
            _WRITING.release()

    threading.Thread(target=write, name="web-suggest", daemon=True).start()
    return say("The model is writing an answer. It appears here by itself; you can go on meanwhile.")


def _written(visit: Visit, comment_id: str) -> None:
    """Write it, and say on this session's next page what came of it."""
    from bot.writing import replying

    try:
        # What a run stores is stored in English; what is said here is said in the person's language.
        with speaking("en"):
            made = suggesting.suggest(visit.app.desk, replying.writer(visit.app), comment_id, visit.person)
    except SignoffError as error:
        made = joined(error.message, error.next_step)
    except Exception:
        log.exception("an answer to %s could not be written", comment_id)
        made = say("The log says why.")
    with speaking(visit.language):
        if not isinstance(made, str):
            visit.note(say("An answer is there: look it through."))
            return
        visit.note(say("No answer was written: {why}.", why=retold(made).rstrip(".。")), "wrong")
    with visit.app.db.write() as conn:
        # Open pages follow the record: so this one shows at once that nothing came.
        now = visit.app.clock.now()
        events.record(conn, now, visit.person.id, f"comment:{comment_id}", "", "no answer was written", made[:500])


_DEEDS: tuple[tuple[str, Callable[[Visit, Entry], str], bool], ...] = (
    ("assign", assign, False),
    ("note", note, False),
    ("snooze", snooze, True),
    ("take-over", take_over, False),
    ("give-back", give_back, False),
    ("relabel", relabel, False),
    ("escalate", escalate, False),
    ("ignore", _settle(CommentState.IGNORED, "Nothing is said to it. What was suggested is not sent."), True),
    ("hide", _settle(CommentState.HIDDEN, "Hidden here: lists leave it out. On the platform it stays as it is."), True),
    ("close", _settle(CommentState.CLOSED, "Done."), True),
    ("reopen", _settle(CommentState.TRIAGED, "It waits in the inbox again."), False),
    ("answer", answer, False),
    ("edit", edit, False),
    ("suggest", suggest, False),
)
ROUTES = (
    *(Route("POST", "/inbox/{comment}/" + name, _on_comment(act, next_one=on), WRITERS) for name, act, on in _DEEDS),
    Route("POST", "/inbox/{comment}/hide-there", _on_comment(_readers(show=False)), SIGNERS),
    Route("POST", "/inbox/{comment}/show-there", _on_comment(_readers(show=True)), SIGNERS),
    Route("POST", "/inbox/{comment}/opt-in", _on_comment(opt_in), SIGNERS),
    Route("POST", "/inbox/{comment}/approve", _on_comment(approve, next_one=True), SIGNERS),
    Route("POST", "/inbox/{comment}/approve-wordings", _on_comment(approve_wordings, next_one=True), SIGNERS),
    Route("POST", "/inbox/{comment}/approve-all", _on_comment(approve_all, next_one=True), SIGNERS),
)
