"""What is done with drafts and posts. Each request names the version and the hash that it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.draft import Window
from bot.domain.post import PostState
from bot.errors import BadInput
from bot.surfaces.web.api import cards, jobs, shapes
from bot.surfaces.web.api.access import APPROVE, WRITE, Access, Op, Who
from bot.surfaces.web.api.cards import DraftId, PostId
from bot.surfaces.web.visit import SIGNERS, WRITERS
from bot.words import joined, say, speaking
from bot.workflow import card as plain
from bot.workflow import decide, handling, now, quiet, schedule, settling, undo, when
from bot.workflow.rights import Answer

if TYPE_CHECKING:
    from bot.workflow.card import Card


def _one_time(body: shapes.Time) -> None:
    if body.wall and body.slot:
        raise BadInput(say("Give a time or a slot, not both."))


def compose(who: Who, body: shapes.NewDraft) -> shapes.Done:
    """Store words of your own as a draft. The checks read it, and it waits for signatures."""
    from bot import writing

    _one_time(body)
    (made,), _ = writing.compose(
        who.app, who.brand, body.texts, (body.account,), who.person.id, wall=body.wall, slot=body.slot
    )
    said = say("A check holds it back.") if made.blocked else say("It waits for a signature.")
    return cards.done(who, made.draft_id, said)


def write(who: Who, body: shapes.Brief) -> shapes.JobOut:
    """Let the model draft a post for each account. It takes a while: look the job up until it is done."""
    from bot import writing
    from bot.writing.kit import targets_of, window_of

    _one_time(body)
    targets_of(who.app, who.brand, body.accounts)
    for key in body.accounts:
        window_of(who.brand, key, body.wall)
    job = jobs.begin(who, lambda: writing.draft(
        who.app, body.brief, body.accounts, who.person.id, wall=body.wall, slot=body.slot))  # fmt: skip
    return shapes.JobOut.model_validate(jobs.told(job))


def edit(who: Who, draft: DraftId, body: shapes.Edit) -> shapes.Done:
    """Store other words as the next version: earlier signatures do not count for it. Pictures and time stay."""
    from bot import writing

    card = cards.held(who, draft, body)
    with speaking("en"):
        made = writing.edit(who.app, draft, body.texts, who.person.id, seen_version=card.version.version)
    if made.blocked:
        return cards.done(who, draft, say("Saved as version {n}, and a check holds it back.", n=made.version))
    return cards.done(who, draft, say("Saved as version {n}. It needs its own signatures.", n=made.version))


def another(who: Who, draft: DraftId, body: shapes.Another) -> shapes.JobOut:
    """Let the model write the next version. It takes a while: look the job up until it is done."""
    from bot import writing

    handling.changeable(who.app.desk, cards.held(who, draft, body))
    return shapes.JobOut.model_validate(jobs.told(
        jobs.begin(who, lambda: writing.another(who.app, draft, body.wish, who.person.id))))  # fmt: skip


def _answer(who: Access, card: Card, body: shapes.Deed) -> Answer:
    return Answer(card.draft.id, body.version, body.hash, who.person.id, who.via, plain.text(card), body.reason)


def approve(who: Who, draft: DraftId, body: shapes.Sign) -> shapes.Done:
    """Sign a version, for the token's person. With the last signature it is scheduled."""
    card = cards.held(who, draft, body)
    verb = now.approve if body.now else decide.approve
    return cards.done(who, draft, handling.signed(card, verb(who.app.desk, _answer(who, card, body))))


def reject(who: Who, draft: DraftId, body: shapes.Deed) -> shapes.Done:
    """Turn a version down: it is not published."""
    card = cards.held(who, draft, body)
    decide.reject(who.app.desk, _answer(who, card, body))
    return cards.done(who, draft, say("Rejected: {id} will not be published.", id=draft))


def cancel(who: Who, draft: DraftId, body: shapes.Deed) -> shapes.Done:
    """Take a draft back: nothing more of it is sent."""
    cards.held(who, draft, body)
    schedule.cancel(who.app.desk, draft, who.person.id, body.reason)
    return cards.done(who, draft, say("Taken back: nothing more of {id} is sent.", id=draft))


def reschedule(who: Who, draft: DraftId, body: shapes.Move) -> shapes.Done:
    """Move it to another time. That is a version of its own, which needs its own signatures."""
    card = cards.held(who, draft, body)
    wall = when.parse_wall(body.wall) if body.wall else None
    if wall is not None:
        window = Window(wall, card.version.content.window.zone)
        quiet.possible(card.brand, card.account, window, who.app.clock.now())
    with speaking("en"):
        made = schedule.reschedule(who.app.desk, draft, wall, who.person.id, seen_version=card.version.version)
    if wall is None:
        return cards.done(who, draft, say("It goes out as soon as it is signed off."))
    due, remark = when.instant(made.content.window, who.app.clock.now())
    time = when.spoken(due, made.content.window.zone)
    return cards.done(who, draft, say("Moved to {time}. {remark}", time=time, remark=remark).strip())


def take_down(who: Who, draft: DraftId, body: shapes.Deed) -> shapes.Done:
    """Delete what is live on its platform, within ten minutes, and look whether it is gone."""
    card = cards.held(who, draft, body)
    live = [p.receipt.at for post in card.posts for p in post.parts if p.state is PostState.LIVE and p.receipt]
    if not live:
        raise BadInput(say("Nothing of draft {draft} is live.", draft=draft))
    if who.app.clock.now() - max(live) > handling.UNDO:
        raise BadInput(say("The ten minutes for Undo are over."),
                       next_step=say("`signoff undo {draft}` still takes it down.", draft=draft))  # fmt: skip
    desk = who.app.desk
    urls = [p.receipt.url for p in undo.undo(desk, draft, who.person.id, body.reason) if p.receipt]
    proofs = [f"{url}: {undo.proof(desk, card.draft.account, url)}" for url in urls]
    return cards.done(who, draft, joined(say("Taken down."), *proofs))


def settle(who: Who, post: PostId, body: shapes.Settle) -> shapes.PostOut:
    """Say what became of a send that got no clear answer: the address where it stands, or that it is not there."""
    found = cards.own_post(who, post)
    receipt = who.app.platform(found.account).lookup(body.live) if body.live else None
    settling.settle(who.app.desk, post, body.part - 1, who.person.id, live=receipt)
    return cards.post(cards.own_post(who, post))


_ON = (404, 409)
OPERATIONS = (
    Op("POST", "/drafts", compose, WRITE, WRITERS, 201, (404, 409), "Drafts"),
    Op("POST", "/drafts/write", write, WRITE, WRITERS, 202, (404, 409), "Drafts"),
    Op("POST", "/drafts/{draft}/versions", edit, WRITE, WRITERS, 201, _ON, "Drafts"),
    Op("POST", "/drafts/{draft}/another", another, WRITE, WRITERS, 202, _ON, "Drafts"),
    Op("POST", "/drafts/{draft}/reschedule", reschedule, WRITE, WRITERS, 200, _ON, "Drafts"),
    Op("POST", "/drafts/{draft}/cancel", cancel, WRITE, WRITERS, 200, _ON, "Drafts"),
    Op("POST", "/drafts/{draft}/approve", approve, APPROVE, SIGNERS, 200, _ON, "Drafts"),
    Op("POST", "/drafts/{draft}/reject", reject, APPROVE, SIGNERS, 200, _ON, "Drafts"),
    Op("POST", "/drafts/{draft}/undo", take_down, APPROVE, SIGNERS, 200, (*_ON, 502), "Drafts"),
    Op("POST", "/posts/{post}/settle", settle, APPROVE, SIGNERS, 200, (*_ON, 502), "Posts"),
)
