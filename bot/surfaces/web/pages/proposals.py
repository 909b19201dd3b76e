"""What people's edits of suggested answers would teach: each a diff of the brand folder that an admin decides about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.brand import Role
from bot.errors import SignoffError
from bot.surfaces.web import words
from bot.surfaces.web.visit import Route, Visit, redirect, told
from bot.words import say
from bot.writing import proposals

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.store.proposals import Proposed
    from bot.surfaces.web.words import Piece

ADMINS = frozenset({Role.ADMIN})
#: Decided ones that are listed below those that wait.
BEFORE = 20


@dataclass(frozen=True)
class View:
    """One proposal that waits, as it is shown."""

    proposal: Proposed
    word: str
    says: str
    file: str
    diff: list[Piece]
    #: What accepting is bound to.
    digest: str


def listed(visit: Visit) -> Response:
    """Show what waits, and what was decided."""
    every, views, why = proposals.waiting(visit.app, every=True), [], ""
    for one in [p for p in every if p.state == "open"]:
        file, diff, digest = "", [], ""
        try:
            change = proposals.change(visit.app, one.id)
            file, diff, digest = change.file, words.compared_lines(change.before, change.after), change.digest
        except SignoffError as error:
            why = told(error)
        views.append(View(one, proposals.word(one), proposals.said(one), file, diff, digest))
    decided = [(p, proposals.word(p), proposals.said(p), proposals.state_word(p)) for p in every if p.state != "open"][
        :BEFORE
    ]
    return visit.page(
        "proposals.html", views=views, decided=decided, why=why, admin=visit.person.may(Role.ADMIN),
        zone=visit.brand.zone,
    )  # fmt: skip


def accept(visit: Visit) -> Response:
    """Write one into the brand folder, and learn it."""
    done = proposals.accept(visit.app, visit.path["id"], visit.person, visit.form.get("seen", ""))
    visit.note(say("{file} is changed and learned.", file=done.file))
    return redirect("/brand/proposals")


def refuse(visit: Visit) -> Response:
    """Close one."""
    proposals.refuse(visit.app, visit.path["id"], visit.person)
    visit.note(say("It is closed; the same is not proposed again."))
    return redirect("/brand/proposals")


ROUTES = (
    Route("GET", "/brand/proposals", listed),
    Route("POST", "/brand/proposals/{id}/accept", accept, ADMINS),
    Route("POST", "/brand/proposals/{id}/refuse", refuse, ADMINS),
)
