"""Hide an answer from a post's readers, on the platform: a person or a rule of the policy decides, a worker does it.

The wish is stored with who has it and why; doing it twice changes nothing there, so a worker that dies in between does
it again. The kill switch and a pause hold it back like a post; a platform that asks to wait is asked again by its own
word, or each time later than before.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.brand import Brand, Person, Role
from bot.domain.comment import CommentState, Entry
from bot.domain.replies import ReplyAction, ReplyRule
from bot.errors import BadInput, NotAllowed, Refused, SignoffError, Unsupported
from bot.platforms.base import Platform
from bot.store import comments, hiding, rates
from bot.store import desk as rows
from bot.words import say, speaking
from bot.workflow import backoff, handoff
from bot.workflow.desk import Desk

log = logging.getLogger(__name__)


def ask(desk: Desk, comment_id: str, who: Person, *, show: bool = False) -> bool:
    """Have a comment hidden there, and on the desk, or shown there again; False when it stands so or waits to.

    Raises NotFound, NotAllowed for somebody who may not sign, and BadInput where the platform cannot hide it.
    """
    if not who.may(Role.APPROVER):
        raise NotAllowed(say("{person} may not decide what readers see.", person=who.name),
                         next_step=say("Ask an approver or an admin."))  # fmt: skip
    with desk.db.read() as conn:
        one = comments.get(conn, comment_id)
    if one.deleted:
        raise NotAllowed(say("The author removed the comment."))
    if not can(desk, one, of_kind=True):
        raise BadInput(say("Only an answer below a post of this account can be hidden."))
    platform = desk.platform(one.comment.account)
    if not platform.features.hides:
        raise BadInput(say("{label} has no way to hide what others answer.", label=platform.label),
                       next_step=say("Mute, block or report its author there."))  # fmt: skip
    if not show:
        handoff.settle(desk, comment_id, CommentState.HIDDEN, who)
    with desk.deciding() as conn:
        return hiding.want(conn, comment_id, desk.clock.now(), who.id, f"by {who.id}", show=show)


def can(desk: Desk, one: Entry, *, of_kind: bool = False) -> bool:
    """Say whether a comment can be hidden where it stands, by what its platform knows; ``of_kind``: on any."""
    if one.source or one.deleted or one.comment.kind != "reply":
        return False
    return of_kind or desk.platform_class(one.comment.account.partition(":")[0]).features.hides


def spent(conn: Connection, one: Entry, rule: ReplyRule, now: datetime) -> str:
    """Return why a rule may hide no further comment there today, in English as it is stored; empty where it may."""
    if not _there(one, rule) or hiding.lately(conn, one.brand, rule.name, now) < rule.per_day:
        return ""
    return f"the rule {rule.name} has hidden {rule.per_day} times in a day"


def _there(one: Entry, rule: ReplyRule) -> bool:
    return rule.on_platform and one.comment.kind == "reply" and not one.source and not one.deleted


def by_rule(conn: Connection, brand: Brand, one: Entry, rule: ReplyRule, now: datetime) -> None:
    """Let a rule hide a comment there, in its owner's name and within its cap of a day; within a transaction."""
    if _there(one, rule):
        if not _owned(brand, rule):
            with speaking("en"):
                text = say("The rule {rule} hides nothing there any more: its owner may not sign.", rule=rule.name)
                step = say("Give it another owner in policy.yaml.")
                rows.notify(conn, now, brand.id, f"rule:{rule.name}", text, step)
        elif not spent(conn, one, rule, now):
            hiding.want(conn, one.id, now, rule.owner, hiding.BY_RULE + rule.name)


def _owned(brand: Brand, rule: ReplyRule) -> bool:
    owner = brand.person(rule.owner)
    return owner is not None and owner.may(Role.APPROVER)


def _void(desk: Desk, conn: Connection, wish: hiding.Wish) -> str:
    """Return why a rule's wish counts no more, in English as it is stored; empty for a person's, and where it does."""
    name = hiding.wished_by_rule(conn, wish)
    if not name:
        return ""
    brand, policy = desk.brand(conn, wish.brand)
    rule = policy.replies.rule(name)
    if rule is None or rule.action is not ReplyAction.HIDE or not rule.on_platform:
        return f"the rule {name} hides nothing there any more"
    return "" if _owned(brand, rule) else f"the owner of the rule {name} may not sign any more"


def carry_out(desk: Desk, platform: Platform, account: str) -> Counter[str]:
    """Do what waits for an account; return how many were hidden and shown.

    What the platform refuses is told to people; what fails otherwise is tried again when it may succeed.
    """
    done: Counter[str] = Counter()
    with desk.db.read() as conn:
        held = rates.held(conn, account, "hide", desk.clock.now())
        wishes = [] if held else hiding.waiting(conn, account)
    for wish in wishes:
        with desk.db.read() as conn:
            # Asked before each one: somebody may say stop at any time.
            if rows.stopped(conn) or rows.paused(conn, account):
                break
            void = _void(desk, conn, wish)
        if void:
            with desk.db.write() as conn:
                hiding.done(conn, wish, desk.clock.now(), void)
            continue
        why = ""
        try:
            platform.hide(wish.remote_id, hidden=wish.hide)
        except (Refused, Unsupported) as no:
            why = no.message
        except SignoffError as error:
            _later(desk, wish, account, error)
            done["later"] += 1
            break
        with desk.db.write() as conn:
            now = desk.clock.now()
            hiding.done(conn, wish, now, why)
            hiding.went(conn, account)
            if why:
                _tell(conn, wish, now, why)
        done["refused" if why else "hidden" if wish.hide else "shown"] += 1
    return done


def _later(desk: Desk, wish: hiding.Wish, account: str, error: SignoffError) -> None:
    """Leave the platform alone for as long as it says, or longer each time; people are told once it goes on."""
    log.warning("a comment to %s could not be hidden or shown yet: %s", account, error)
    with desk.db.write() as conn:
        now = desk.clock.now()
        failed = hiding.failed(conn, account, now)
        rates.hold(conn, account, "hide", backoff.again(error, failed, desk.clock.random(), now), now)
        if failed == backoff.MAX_ATTEMPTS:
            _tell(conn, wish, now, error.message)


def _tell(conn: Connection, wish: hiding.Wish, now: datetime, why: str) -> None:
    with speaking("en"):
        text = say("The comment of {who} could not be hidden there: {why}", who=wish.author, why=why)
        step = say("Mute, block or report its author there.")
        rows.notify(conn, now, wish.brand, f"comment:{wish.id}", text, step)
