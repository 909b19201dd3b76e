"""Sign a text and have it sent at once: the same words, another time, one signature."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.approval import content_hash
from bot.errors import Stale
from bot.store import drafts
from bot.words import say
from bot.workflow import card, decide, propose, schedule, terms
from bot.workflow.desk import Desk
from bot.workflow.rights import Answer, may, open_request, writers


def approve(desk: Desk, answer: Answer) -> decide.Outcome:
    """Sign what was shown and drop its time, so that it goes out with the last signature: both, or neither.

    The time is part of what is signed, so this is a version of its own, with the terms that the policy has for now.
    Who may not sign moves nothing. Raises as ``decide.approve``, and Stale where more than the time would change.
    """
    with desk.deciding() as conn:
        draft, seen, request, brand = open_request(desk, conn, answer)
        wrote = writers(conn, draft, drafts.versions(conn, draft.id))
        may(brand, request, answer.person, wrote)
        if seen.content.window.wall is None:
            return decide.within(desk, conn, answer)
        # What the policy wants for this hour may be more; whoever could not sign then moves nothing.
        soon = replace(seen.content, window=replace(seen.content.window, wall=None))
        policy = desk.brand(conn, draft.brand)[1]
        wanted = terms.request(desk, draft, replace(seen, content=soon), policy, desk.clock.now())
        may(brand, wanted, answer.person, wrote)
        wish, _ = schedule.moved(desk, conn, draft.id, None, answer.person, origin="now")
        moved = propose.revised(desk, conn, draft.id, wish, answer.version)
        same = replace(moved.content, window=seen.content.window, rulebook=seen.content.rulebook)
        if content_hash(same) != answer.hash:
            raise Stale(
                say("More than the time of draft {draft} would change.", draft=draft.id),
                next_step=say("`signoff show {draft}` shows what it is now.", draft=draft.id),
            )
        shown = card.text(card.card(desk, conn, draft.id, moved.version))
        return decide.within(desk, conn, replace(answer, version=moved.version, hash=moved.hash, shown=shown))
