"""The policy in plain words; for an admin its file, which is tried before it is saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.brand import Role
from bot.domain.policy import DEFAULT, ApprovalPolicy
from bot.domain.replies import ReplyAction
from bot.errors import BadInput, NotFound, SignoffError
from bot.store import desk as rows
from bot.surfaces.web import columns, words
from bot.surfaces.web.visit import Route, Visit, redirect, status_of, told
from bot.words import say
from bot.workflow import policy_words, replay, reply_words, resigning
from bot.writing import brand_files

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.surfaces.web.columns import Columns
    from bot.surfaces.web.words import Piece
    from bot.writing.brand_files import Tried

ADMINS = frozenset({Role.ADMIN})
#: How far back is looked, and at how many comments: they are judged one by one while the page waits.
DAYS, COMMENTS = 30, 5_000
_ORDER = ("automatic", "one_click", "propose", "escalate", "leave", "ignore", "hide")


@dataclass(frozen=True)
class LineView:
    """What one rule would have done, and what people did with the same comments."""

    rule: str
    action: str
    word: str
    n: int
    people: str


@dataclass(frozen=True)
class Picture:
    """What a policy would have done with the comments of the last days."""

    comments: int
    unread: int
    cut: bool
    columns: Columns
    #: Actions that stand in the picture, as (action, word).
    legend: list[tuple[str, str]]
    lines: list[LineView]


@dataclass(frozen=True)
class MovedView:
    """A draft that waits, and what would change about who signs it."""

    id: str
    text: str
    account: str
    before: str
    after: str
    word: str
    then: str


@dataclass(frozen=True)
class Attempt:
    """A text that was tried, and what came of it."""

    tried: Tried
    diff: list[Piece]
    picture: Picture | None = None
    moved: list[MovedView] = field(default_factory=list)
    looked: int = 0
    sentences: list[policy_words.Told] = field(default_factory=list)
    replies: list[policy_words.Told] = field(default_factory=list)


def policy(visit: Visit) -> Response:
    """Show the policy, and to an admin the file; with ``version``, one from before stands in the form."""
    name, version = visit.query.get("file", "policy.yaml"), visit.query.get("version", "")
    name = name if name in brand_files.FILES else "policy.yaml"
    text = None
    if version and visit.person.may(Role.ADMIN):
        text = brand_files.before(visit.app, name, version)
    return _page(visit, name, text)


def try_(visit: Visit) -> Response:
    """Try a text: nothing is stored."""
    name, text = _given(visit)
    return _page(visit, name, text, visit.form.get("seen", ""), _attempt(visit, name, text))


def save(visit: Visit) -> Response:
    """Keep a text as the file, and learn it."""
    name, text = _given(visit)
    try:
        brand_files.save(visit.app, name, text, visit.form.get("seen", ""), visit.person)
    except SignoffError as error:
        attempt = _attempt(visit, name, text)
        return _page(visit, name, text, visit.form.get("seen", ""), attempt, told(error), status_of(error))
    visit.note(say("{file} is saved and learned. The version before is kept.", file=name))
    return redirect(f"/brand/policy?file={name}")


def table(visit: Visit) -> Response:
    """Return what a tried policy would have done as CSV."""
    from starlette.responses import Response as Answer

    name, text = _given(visit)
    found = brand_files.tried(visit.app, name, text)
    if not found.ok:
        raise BadInput(say("The file has errors."), next_step=say("Try it first, and mend what is named."))
    picture = _picture(visit, found)
    body = io.StringIO()
    out = csv.writer(body)
    out.writerow(["rule", "action", "comments", "what_became_of_them"])
    for line in picture.lines:
        out.writerow([_plain(line.rule), line.action, line.n, _plain(line.people)])
    headers = {"content-disposition": 'attachment; filename="policy-replay.csv"'}
    return Answer("\ufeff" + body.getvalue(), 200, headers, "text/csv; charset=utf-8")


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _given(visit: Visit) -> tuple[str, str]:
    name = visit.form.get("file", "")
    if name not in brand_files.FILES:
        raise NotFound(say("There is no file {file}.", file=repr(name)))
    return name, visit.form.get("text", "")


def _page(
    visit: Visit, name: str, text: str | None, seen: str = "", attempt: Attempt | None = None, said: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    """Draw the page; ``text`` stands in the form where something was typed, else the file."""
    admin = visit.person.may(Role.ADMIN)
    with visit.app.db.read() as conn:
        brand, own, _ = rows.load_brand(conn, visit.brand.id)
    file, why = None, ""
    if admin:
        try:
            file = brand_files.look(visit.app, name)
        except SignoffError as error:
            why = told(error)
    if attempt is not None and any(p.severity == "error" for p in attempt.tried.problems) and status == 200:
        status = 422
    answer = visit.page(
        "policy.html", status, name=name, files=brand_files.FILES, admin=admin, file=file, why=why, said=said,
        text=text if text is not None else file.text if file else "", attempt=attempt,
        # What a form is bound to stays what its author saw, until the page is loaded anew.
        seen=seen or (file.digest if file else ""), told=policy_words.sentences(own, brand),
        replies=reply_words.sentences(own.replies, brand), days=DAYS, longest=brand_files.LONGEST, zone=brand.zone,
    )  # fmt: skip
    # A form that is answered with a page: loading it again shows the file.
    answer.headers["hx-replace-url"] = f"/brand/policy?file={name}"
    return answer


def _attempt(visit: Visit, name: str, text: str) -> Attempt:
    try:
        found = brand_files.tried(visit.app, name, text)
        file = brand_files.look(visit.app, name)
    except BadInput as error:
        from bot.brand_folder import FolderProblem

        problem = FolderProblem(name, 1, "error", error.message, error.next_step)
        return Attempt(brand_files.Tried((problem,), visit.brand, _own(visit), ()), [])
    diff = words.compared_lines(file.text, text) if file.text.strip() != text.strip() else []
    if not found.ok:
        return Attempt(found, diff)
    moved, looked = _moved(visit, found)
    return Attempt(
        found, diff, _picture(visit, found), moved, looked, policy_words.sentences(found.policy, found.brand),
        reply_words.sentences(found.policy.replies, found.brand),
    )  # fmt: skip


def _own(visit: Visit) -> ApprovalPolicy:
    """Return the policy that holds."""
    with visit.app.db.read() as conn:
        return rows.load_brand(conn, visit.brand.id)[1]


def _moved(visit: Visit, found: Tried) -> tuple[list[MovedView], int]:
    says = {"stays": say("those who were asked may still sign"), "anew": say("others must be asked"),
            "refused": say("it could not be published")}  # fmt: skip
    with visit.app.db.read() as conn:
        brand, own, _ = rows.load_brand(conn, visit.brand.id)
        moved, looked = resigning.moved(visit.app.desk, conn, brand, own, found.policy)

    def asked(name: str, policy: ApprovalPolicy) -> str:
        rule = next((r for r in policy.rules if r.name == name), DEFAULT)
        return f"{name}: {policy_words.outcome(rule.outcome, found.brand)}"

    return [
        MovedView(m.draft.id, words.short(m.version.content.parts[0].text if m.version.content.parts else "", 80),
                  m.draft.account, asked(m.before, own), asked(m.after, found.policy), says[m.then], m.then)
        for m in moved
    ], looked  # fmt: skip


def _picture(visit: Visit, found: Tried) -> Picture:
    made = replay.replay(visit.app.desk, visit.brand.id, DAYS, found.policy, COMMENTS)
    names = {action.value: reply_words.action_word(action) for action in ReplyAction}
    today = visit.app.clock.now().date()
    drawn = columns.stacked(made.by_day, _ORDER, names, today - timedelta(days=DAYS), today)
    lines = [
        LineView(_rule_word(line.rule), line.action, names[line.action], line.comments, _people(line.people))
        for line in sorted(made.lines.values(), key=lambda one: -one.comments)
    ]
    used = {line.action for line in lines}
    return Picture(made.comments, made.unread, made.cut, drawn, [(a, names[a]) for a in _ORDER if a in used], lines)


def _people(did: Mapping[str, int]) -> str:
    return ", ".join(f"{say(name)} {n}" for name, n in sorted(did.items(), key=lambda pair: -pair[1]))


def _rule_word(rule: str) -> str:
    """Name what decided: a rule's own name, or what comes before every rule."""
    return {
        "default": say("no rule: people decide"), "(answered before)": say("their person was answered before"),
        "(law, press, crisis, money)": say("law, press, crisis or money"), "(own)": say("the brand's own words"),
        "(bot)": say("said by a program"), "(spam)": say("spam"), "(opt-out)": say("asked not to be answered"),
        "(poison)": say("could not be read"),
    }.get(rule, rule)  # fmt: skip


ROUTES = (
    Route("GET", "/brand/policy", policy),
    Route("POST", "/brand/policy/try", try_, ADMINS),
    Route("POST", "/brand/policy/save", save, ADMINS),
    Route("POST", "/brand/policy/csv", table, ADMINS),
)
