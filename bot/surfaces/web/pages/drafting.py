"""Ask for a draft: what, where, when, which kind; and the page that shows how it goes."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from bot.errors import BadInput, NotFound, SignoffError
from bot.surfaces.web.visit import WRITERS, Route, Visit, redirect, status_of, told
from bot.surfaces.web.works import STEPS, Work
from bot.words import retold, say, speaking
from bot.workflow import quiet, when

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.agent.task import Event

log = logging.getLogger(__name__)

#: Characters of a brief: what it says must be read by people, too.
BRIEF = 4000
#: What needs more than a brief.
_ELSEWHERE = frozenset({"reply", "comment_starter"})
_ID = re.compile(r"w_[0-9a-z]{1,40}")


def form(visit: Visit) -> Response:
    """Show the form; the calendar names account and time in the address."""
    given = {name: visit.query.get(name, "")[:80] for name in ("wall", "kind")}
    return _form(visit, {**given, "accounts": {visit.query.get("account", "")}}, 200)


def _form(visit: Visit, typed: dict[str, Any], status: int, wrong: str = "") -> Response:
    from bot.agent import kinds

    posts = [kinds.load(name) for name in kinds.names()]
    offered = [(k.name, k.label) for k in posts if k.is_post and k.name not in _ELSEWHERE]
    accounts = visit.brand.accounts
    if not typed["accounts"] & {a.key for a in accounts}:
        typed = {**typed, "accounts": {a.key for a in accounts[:1]}}
    wall = str(typed.get("wall", ""))
    try:
        typed = {**typed, "wall": when.parse_wall(wall) if wall else ""}
    except BadInput:
        typed = {**typed, "wall": ""}
    return visit.page(
        "new.html", status, kinds=offered, accounts=accounts, typed=typed, wrong=wrong,
        work=visit.app.clock.new_id("w"), most=BRIEF, slots=bool(visit.brand.plan.slots or visit.brand.plan.times),
    )  # fmt: skip


def ask(visit: Visit) -> Response:
    """Let the model write, and lead to the page that shows how it goes. What was typed stands in the form again."""
    accounts = tuple(a.key for n, a in enumerate(visit.brand.accounts) if visit.form.get(f"account-{n}") == a.key)
    brief, kind = visit.form.get("brief", "").strip(), visit.form.get("kind", "") or "post"
    moment, wall = visit.form.get("when", ""), visit.form.get("wall", "").strip()
    own = visit.form.get("words", "") == "own"
    typed = {"brief": brief, "kind": kind, "accounts": set(accounts), "when": moment, "wall": wall, "own": own}
    try:
        if not brief:
            raise BadInput(say("The brief is empty."), next_step=say("Say in a sentence what the post is about."))
        if not own and len(brief) > BRIEF:
            raise BadInput(say("A brief has at most {n} characters.", n=BRIEF))
        if not accounts:
            raise BadInput(say("No account was chosen."), next_step=say("Tick at least one."))
        at, slot = when.parse_wall(wall) if moment == "wall" else None, "next" if moment == "slot" else ""
        given = visit.form.get("work", "")
        given = given if _ID.fullmatch(given) else visit.app.clock.new_id("w")
        if own:
            return _composed(visit, given, brief, accounts, at, slot)
        _possible(visit, accounts, at)
        work = Work(given, visit.person.id, brief, accounts)
        if not visit.desk.works.begin(work, lambda one: _write(visit, one, kind, at, slot), visit.desk.pulse.tell):
            raise BadInput(say("The model is writing two texts already."), next_step=say("Try again in a minute."))
    except SignoffError as error:
        return _form(visit, typed, status_of(error), told(error))
    return redirect(f"/new/{work.id}")


def _composed(visit: Visit, asked: str, text: str, accounts: tuple[str, ...], wall: str | None, slot: str) -> Response:
    """Store a person's own words as they stand; lead to the draft, or to all that wait. Raises BadInput, NotAllowed."""
    from bot import writing
    from bot.writing import composing

    # Sent twice by a hasty hand, it is stored once.
    made, failed = tuple(composing.asked_before(visit.app, visit.brand, visit.person.id, asked)), dict[str, str]()
    if not made:
        made, failed = writing.compose(
            visit.app, visit.brand, composing.parts(text), accounts, visit.person.id, wall=wall, slot=slot,
            evidence={"asked": asked},
        )  # fmt: skip
    for account, why in failed.items():
        visit.note(say("No draft for {account}: {why}", account=account, why=retold(why)), "wrong")
    if len(made) == 1:
        return redirect(f"/draft/{made[0].draft_id}")
    visit.note(say("Drafted, each in the same words: {n}.", n=len(made)))
    return redirect("/?show=open")


def _possible(visit: Visit, accounts: tuple[str, ...], wall: str | None) -> None:
    """Refuse a time at which nothing can go out, before a model spends a minute on it. Raises BadInput."""
    from bot.domain.draft import Window

    for account in visit.brand.accounts:
        if wall is not None and account.key in accounts:
            quiet.possible(visit.brand, account, Window(wall, account.zone), visit.app.clock.now())


def _write(visit: Visit, work: Work, kind: str, wall: str | None, slot: str) -> None:
    from bot import writing
    from bot.agent.steps import Steps

    steps = Steps()

    def tell(event: Event) -> None:
        with speaking(visit.language):
            if said := steps(event):
                work.steps = [*work.steps, said][-STEPS:]
                visit.desk.pulse.tell(work.subject)

    try:
        # What a run stores is stored in English; what is said here is said in the person's language.
        with speaking("en"):
            wish = writing.Wish(kind=kind)
            written = writing.draft(
                visit.app, work.brief, work.accounts, visit.person.id, wall=wall, slot=slot, wish=wish, on_event=tell
            )
        work.drafts = [(v.draft_id, v.content.account, v.blocked) for v in written.drafts]
        with speaking(visit.language):
            work.failed = {account: retold(why) for account, why in written.failed.items()}
    except SignoffError as error:
        with speaking(visit.language):
            work.failed = {"": told(error)}
    except Exception:
        log.exception("a draft could not be written")
        with speaking(visit.language):
            work.failed = {"": say("The log says why.")}


def progress(visit: Visit) -> Response:
    """Show how it goes, and what came of it."""
    work = visit.desk.works.get(visit.path["work"], visit.person.id)
    if work is None:
        raise NotFound(say("Nothing of this name is being written."),
                       next_step=say("What was written stands under Review, All open."))  # fmt: skip
    return visit.page("writing.html", work=work)


ROUTES = (
    Route("GET", "/new", form, WRITERS),
    Route("POST", "/new", ask, WRITERS),
    Route("GET", "/new/{work}", progress, WRITERS),
)
