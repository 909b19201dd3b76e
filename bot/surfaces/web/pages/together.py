"""Sign several: all that the policy lets be signed together, each in full and bound to its own hash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.domain.draft import DraftState
from bot.errors import BadInput
from bot.store import reviewing
from bot.surfaces.web import cards
from bot.surfaces.web.pages.review import mine
from bot.surfaces.web.visit import SIGNERS, Route, Visit, redirect, told
from bot.words import say
from bot.workflow import card as plain
from bot.workflow import cards as gathered
from bot.workflow import handling, several
from bot.workflow.rights import Answer

if TYPE_CHECKING:
    from starlette.responses import Response

#: Drafts of a page: more than a person reads in one go is no longer read. And how many are looked at in one go.
MOST, LOOKED = 20, 40
_FIELD, _BOUND = re.compile(r"one-([a-z]_[0-9a-z]{1,40})"), re.compile(r"([1-9]\d{0,5}):([0-9a-f]{64})")


def page(visit: Visit, status: int = 200) -> Response:
    """Show them."""
    able: list[str] = []
    now = visit.app.clock.now()
    with visit.app.db.read() as conn:
        _, policy = visit.app.desk.brand(conn, visit.brand.id)
        ids = mine(conn, visit)
        for start in range(0, len(ids), LOOKED):
            if len(able) > MOST:
                break
            able += [
                d.id for d, v, _ in reviewing.of(conn, ids[start : start + LOOKED])
                if v.state is DraftState.IN_REVIEW and several.lets(policy, now, d, v)
            ]  # fmt: skip
        found = [_one(card) for card in gathered.of_drafts(visit.app.desk, conn, able[:MOST])]
    return visit.page("together.html", status, found=found, more=len(able) > MOST)


def _one(card: plain.Card) -> dict[str, Any]:
    # The very lines that are kept with the signature as what was shown.
    return {"card": card, "lines": plain.lines(card), "texts": [p.text for p in card.version.content.parts]}


def sign(visit: Visit) -> Response:
    """Sign those that are ticked; what one is refused is said, and takes no other along."""
    answers = []
    for name, value in visit.form.items():
        field, bound = _FIELD.fullmatch(name), _BOUND.fullmatch(value)
        if field and bound:
            card = cards.load(visit, field[1])
            answers.append(Answer(card.draft.id, int(bound[1]), bound[2], visit.person.id, "web", plain.text(card)))
    if not answers or len(answers) > MOST:
        raise BadInput(say("Nothing was ticked."), next_step=say("Tick what you have read, then sign."))
    signed = []
    for result in several.approve(visit.app.desk, answers):
        if result.error is not None:
            visit.note(f"{result.draft_id}: {told(result.error)}", "wrong")
        elif result.outcome is not None:
            signed.append(handling.signed(cards.load(visit, result.draft_id), result.outcome))
    for text in signed:
        visit.note(text)
    return redirect("/together" if len(signed) < len(answers) else "/")


ROUTES = (Route("GET", "/together", page, SIGNERS), Route("POST", "/together", sign, SIGNERS))
