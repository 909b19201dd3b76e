"""Campaigns: one goal, posts over days. Code sets the times, the model says what each post tells, people sign each.

A campaign is a document (the plan) and a draft for each post and account, whose series is the document's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.brand import Account, Brand
from bot.domain.document import Document
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.errors import BadInput, NotAllowed, NotFound, SignoffError
from bot.insight import calendar
from bot.store import documents as store
from bot.store import drafts, posts
from bot.words import say
from bot.workflow import card, schedule, when
from bot.workflow.slots import Slot
from bot.writing import campaign_plan, documents, reasons, slots
from bot.writing import posts as writing
from bot.writing.said import history
from bot.writing.wishes import Wish

if TYPE_CHECKING:
    from bot.writing.posts import Tell

KIND = "campaign"
#: Days and posts, unless told, and the fewest and most of each.
DAYS, POSTS = 7, 5
MOST_DAYS, FEWEST, MOST = 60, 2, 7
#: Posts of one account are at least so far apart: the first of these that leaves enough times.
APART = tuple(timedelta(hours=hours) for hours in (20, 12, 6, 3))
#: What people need to be told again to act: these posts get the brief beside their own idea.
_WITH_BRIEF = frozenset({"tell", "invite", "remind"})


@dataclass(frozen=True)
class Place:
    """One post of the plan on one account: which, when, and what became of it."""

    #: Counted from 1.
    n: int
    account: str
    #: Wall time in ``zone``: the draft's, else the plan's.
    at: str
    zone: str
    idea: str
    draft: str = ""
    #: Where it stands, in words; empty where there is no draft.
    state: str = ""
    #: Why there is no draft, as far as this run knows.
    failed: str = ""


@dataclass(frozen=True)
class Campaign:
    """A plan and where its posts stand."""

    document: Document
    places: tuple[Place, ...]
    #: Of this run, in order.
    drafts: tuple[DraftVersion, ...] = ()

    @property
    def open(self) -> list[Place]:
        """The places without a draft."""
        return [p for p in self.places if not p.draft]


@dataclass(frozen=True)
class Outline:
    """What a person wants of a campaign."""

    accounts: tuple[str, ...]
    days: int = DAYS
    posts: int = POSTS
    #: First day; None: today, or the first with a free time.
    start: date | None = None
    language: str = ""


def plan(app: App, brief: str, author: str, outline: Outline, *, on_event: Tell | None = None) -> Campaign:
    """Write and store the plan of a campaign, then draft each of its posts.

    A post that cannot be drafted is named in the result and does not stop the others. Raises BadInput, NotFound, and
    ModelError where there is not even a plan.
    """
    brand = app.brand()
    accounts = _accounts(brand, outline)
    times = _times(app, brand, accounts, outline)
    document = _document(app, brand, brief, author, outline, times, on_event)
    return _drafted(
        app, brand, document, author, [(n, a.key) for n in range(1, outline.posts + 1) for a in accounts], on_event
    )


def again(app: App, start: str, author: str, n: int, account: str = "", *, on_event: Tell | None = None) -> Campaign:
    """Draft a post of a campaign on each account that lacks it, or on one. Raises NotFound, NotAllowed."""
    found = standing(app, start)
    mine = [p for p in found.places if p.n == n and account in ("", p.account)]
    if not mine:
        raise NotFound(
            say("The campaign {id} has no post {n} on {account}.", id=found.document.id, n=n, account=account or "-"),
            next_step=f"`signoff documents {found.document.id}`",
        )
    todo = [p for p in mine if not p.draft]
    if not todo:
        raise NotAllowed(
            say("Post {n} is drafted already: {ids}.", n=n, ids=", ".join(p.draft for p in mine)),
            next_step=say("`signoff another ID` writes another version."),
        )
    return _drafted(app, app.brand(), found.document, author, [(p.n, p.account) for p in todo], on_event)


def standing(app: App, start: str) -> Campaign:
    """Return a campaign with where each of its posts stands now. Raises NotFound."""
    document = documents.find(app, start)
    if not planned(document):
        raise NotFound(
            say("{id} is no campaign with dates.", id=document.id),
            next_step=say("`signoff draft BRIEF --kind campaign --account platform:name` plans one."),
        )
    return Campaign(document, tuple(_places(app, document)))


def planned(document: Document) -> bool:
    """Say whether a document is the plan of a campaign whose posts have times."""
    return document.kind == KIND and any("at" in slot for slot in document.body.get("slots") or ())


def told(app: App, document: Document) -> list[str]:
    """Return where the posts stand, as blocks of Markdown; none for a plan without times."""
    if not planned(document):
        return []
    lines = []
    for place in _places(app, document):
        at = f"{place.at.replace('T', ' ')} {place.zone}"
        stands = f"{place.draft}, {place.state}" if place.draft else say("no draft")
        lines.append(f"- {place.n}. {at}, {place.account}: {stands}")
    missing = sorted({p.n for p in _places(app, document) if not p.draft})
    blocks = [f"**{say('Drafts')}**", "\n".join(lines)]
    if missing:
        blocks.append(
            say("`signoff campaign {id} --post {n}` drafts one that is missing.", id=document.id, n=missing[0])
        )
    return blocks


# --- when --------------------------------------------------------------------------------------------------


def _accounts(brand: Brand, outline: Outline) -> list[Account]:
    found = []
    for key in dict.fromkeys(outline.accounts):
        account = brand.account(key)
        if account is None:
            known = ", ".join(a.key for a in brand.accounts) or "-"
            raise NotFound(
                say("{brand} has no account {account}.", brand=brand.name, account=repr(key)),
                next_step=say("It has: {known}.", known=known),
            )
        found.append(account)
    if not found:
        raise BadInput(say("No account was named."), next_step=say("Say --account platform:name."))
    return found


def _times(app: App, brand: Brand, accounts: Sequence[Account], outline: Outline) -> dict[str, list[Slot]]:
    """Choose a time for each post on each account: spread over the days, free, and on no day of mourning."""
    if not FEWEST <= outline.posts <= MOST or not 1 <= outline.days <= MOST_DAYS:
        raise BadInput(
            say("{posts} posts in {days} days cannot be planned.", posts=outline.posts, days=outline.days),
            next_step=say("{least} to {most} posts, in up to {days} days.", least=FEWEST, most=MOST, days=MOST_DAYS),
        )
    now, past = app.clock.now(), history(app, brand, by_subject=False)
    if outline.start and outline.start < min(slots.today(a, now) for a in accounts):
        raise BadInput(say("{date} is past.", date=outline.start), next_step=say("Choose a day to come."))
    found = {}
    for account in accounts:
        free = slots.free(
            brand, account, past.taken(account.key), now, outline.days, first=outline.start,
            avoid=_mourned(brand, account, outline.start or slots.today(account, now), outline.days),
        )  # fmt: skip
        chosen = next((c for a in APART if len(c := slots.spread(free, outline.posts, a)) == outline.posts), None)
        if chosen is None:
            raise BadInput(
                say("Free times of {account} in {days} days: {n}; posts to go out: {posts}.",
                    account=account.key, n=len(slots.spread(free, outline.posts, APART[-1])), days=outline.days,
                    posts=outline.posts),
                next_step=say("Say more --days or fewer --posts, or name more posting_times in brand.yaml."),
            )  # fmt: skip
        found[account.key] = chosen
    return found


def _mourned(brand: Brand, account: Account, first: date, days: int) -> list[date]:
    kept = calendar.days(brand.plan.holidays, first, first + days * slots.A_DAY)
    mine = [d for d in kept if d.solemn and account in reasons.concerned(d, brand.accounts)]
    return [d.on + n * slots.A_DAY for d in mine for n in range((d.last - d.on).days + 1)]


# --- what --------------------------------------------------------------------------------------------------


def _document(
    app: App, brand: Brand, brief: str, author: str, outline: Outline, times: Mapping[str, Sequence[Slot]],
    on_event: Tell | None,
) -> Document:  # fmt: skip
    """Let the model write the plan, and store it with what code knows: times, angles, name, measure."""
    from bot.agent import kinds

    kind = campaign_plan.sized(kinds.load(KIND), outline.posts)
    first = brand.account(outline.accounts[0])
    language = outline.language or (first.language if first else brand.languages[0])
    made = documents.compose(app, kind, brief, author, language=language, on_event=on_event)
    told = campaign_plan.different(app, brand, made.body.get("slots") or [], brief, language, outline.posts)
    for n, slot in enumerate(told):
        slot["angle"] = campaign_plan.angle_for(slot["idea"], [s.get("angle", "") for s in told[:n]])
        slot["at"] = {key: {"wall": some[n].wall, "zone": some[n].zone} for key, some in times.items()}
    start = min(slot.wall for some in times.values() for slot in some)
    document_id = f"{made.id}-{campaign_plan.slug(str(made.body.get('title') or brief), start)}"
    body = {**made.body, "slots": told, "campaign": document_id.partition("-")[2]}
    body["measure"] = campaign_plan.measure(app, brand, outline.accounts, str(body["campaign"]), language)
    document = replace(made, id=document_id, body=body, text=campaign_plan.rendered(kind, body, language))
    with app.desk.deciding() as conn:
        store.add(conn, document)
    return document


# --- drafts ------------------------------------------------------------------------------------------------


def _drafted(
    app: App, brand: Brand, document: Document, author: str, todo: Sequence[tuple[int, str]], on_event: Tell | None
) -> Campaign:
    from bot.agent.task import Event

    made: list[DraftVersion] = []
    failed: dict[tuple[int, str], str] = {}
    for done, (n, account) in enumerate(todo, 1):
        if on_event:
            words = {"n": done, "of": len(todo), "account": account}
            on_event(Event("doing", say("drafting post {n} of {of}, for {account}...", **words)))
        try:
            made.append(_one(app, brand, document, author, n, account, on_event))
        except SignoffError as error:
            failed[n, account] = str(error)
    places = [replace(p, failed=failed.get((p.n, p.account), "")) for p in _places(app, document)]
    return Campaign(document, tuple(places), tuple(made))


def _one(
    app: App, brand: Brand, document: Document, author: str, n: int, account: str, on_event: Tell | None
) -> DraftVersion:
    """Draft one post through the ordinary path. Raises as that does, and BadInput for a repeat or no free time."""
    slot = document.body["slots"][n - 1]
    if not slot["idea"]:
        raise BadInput(
            say("The plan has nothing for this post that no other post says."),
            next_step=say("Add facts to the guidelines, or plan fewer posts."),
        )
    mine = [(d, v) for d, v in _series(app, document) if d.account == account and _stands(v)]
    others = ["\n".join(p.text for p in v.content.parts) for _, v in mine]
    brief = f"{slot['idea']}\n{document.brief}" if slot.get("step") in _WITH_BRIEF else slot["idea"]
    wish = Wish(
        series=document.id, angle=slot.get("angle", ""), others={account: others},
        evidence={"place": [n, len(document.body["slots"])]},
    )  # fmt: skip
    wall = _wall(app, brand, account, slot["at"][account])
    written = writing.draft(app, brief, [account], author, wall=wall, wish=wish, on_event=on_event)
    if not written.drafts:
        raise BadInput(" ".join(written.failed.values()))
    version = written.drafts[0]
    _refuse_repeat(app, version, author, mine, brief)
    return version


def _wall(app: App, brand: Brand, key: str, planned_at: Mapping[str, str]) -> str:
    """Return the planned time if it can still be kept, else the next free one. Raises BadInput."""
    account = brand.account(key)
    assert account is not None
    taken, now = history(app, brand, by_subject=False).taken(key), app.clock.now()
    first = max(date.fromisoformat(planned_at["wall"][:10]), slots.today(account, now))
    free = slots.free(brand, account, taken, now, MOST_DAYS, first=first)
    wanted = datetime.fromisoformat(planned_at["wall"]).replace(tzinfo=when.zone(planned_at["zone"]))
    later = next((s.wall for s in free if s.at >= wanted), None)
    if later is None:
        raise BadInput(
            say("{account} has no free time in the next {n} days.", account=key, n=MOST_DAYS),
            next_step=say("Name more posting_times in brand.yaml."),
        )
    return later


def _refuse_repeat(
    app: App, version: DraftVersion, author: str, before: Sequence[tuple[Draft, DraftVersion]], brief: str
) -> None:
    """Take a draft away that says what another post of the campaign says. Raises BadInput."""
    from bot.agent import telling

    text = "\n".join(p.text for p in version.content.parts)
    for draft, other in before:
        said = "\n".join(p.text for p in other.content.parts)
        if telling.likeness(text, said) > telling.ALIKE:
            why = say("it says the same as {draft}", draft=draft.id)
            schedule.cancel(app.desk, version.draft_id, author, why)
            raise BadInput(
                say("The model said again what {draft} says.", draft=draft.id), next_step=say("Draft it once more.")
            )


def _series(app: App, document: Document) -> list[tuple[Draft, DraftVersion]]:
    with app.db.read() as conn:
        return drafts.series(conn, document.id)


def _stands(version: DraftVersion) -> bool:
    return version.state not in (DraftState.SUPERSEDED, DraftState.REJECTED, DraftState.LAPSED)


def _places(app: App, document: Document) -> list[Place]:
    """Return each post of the plan on each account, with the newest draft that stands for it."""
    by_place: dict[tuple[int, str], tuple[Draft, DraftVersion]] = {}
    for draft, version in _series(app, document):
        n = (version.known("place") or [0])[0]
        if _stands(version):
            by_place[n, draft.account] = (draft, version)
    found = []
    for n, slot in enumerate(document.body["slots"], 1):
        for key, at in slot["at"].items():
            place = Place(n, key, at["wall"], at["zone"], slot["idea"])
            if there := by_place.get((n, key)):
                window = there[1].content.window
                state = _state(app, *there)
                place = replace(place, at=window.wall or place.at, zone=window.zone, draft=there[0].id, state=state)
            found.append(place)
    return found


def _state(app: App, draft: Draft, version: DraftVersion) -> str:
    with app.db.read() as conn:
        made = [p for p in posts.of_draft(conn, draft.id) if p.version == version.version]
    if made and made[-1].parts and made[-1].live == len(made[-1].parts):
        return say("live")
    return card.state_word(version.state, last=True)
