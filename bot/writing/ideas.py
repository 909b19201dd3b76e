"""Ideas for posts: code finds, ranks and dates them, with why now; a model only words what each is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bot.app import App
from bot.domain.brand import Account, Brand
from bot.errors import BadInput, ModelError, NotFound
from bot.insight import angles, calendar, pillars
from bot.insight.calendar import Day
from bot.insight.pillars import Share
from bot.words import joined, say
from bot.workflow.slots import Slot
from bot.writing import reasons, slots
from bot.writing.common import transcript_for
from bot.writing.reasons import Candidate, Ground
from bot.writing.said import history
from bot.writing.slots import Gap

if TYPE_CHECKING:
    from bot.writing.posts import Tell

#: Days ahead, unless told; ideas, unless told; the most of each.
DAYS, IDEAS = 14, 10
MOST_DAYS, MOST_IDEAS = 92, 30
#: What is taken off a candidate for each idea before it of the same kind, pillar, account, fact or subject.
_AGAIN = {"kind": 9.0, "pillar": 7.0, "account": 5.0, "fact": 45.0, "subject": 30.0}


@dataclass(frozen=True)
class Idea:
    """One thing to say: what, where, when, and why now."""

    #: ``i1``, ``i2``...: its place in the ranking.
    id: str
    kind: str
    #: A brief, in the account's language.
    what: str
    account: str
    #: Wall time ``YYYY-MM-DDTHH:MM`` in ``zone``.
    at: str
    zone: str
    why: str
    #: Ids of the pillar and the angle; empty for none.
    pillar: str = ""
    angle: str = ""
    #: Ids of the facts that it can draw on.
    facts: tuple[str, ...] = ()
    #: The figures and dates that ``why`` rests on.
    figures: dict[str, Any] = field(default_factory=dict)
    #: Whether a model worded ``what``.
    worded: bool = False


@dataclass(frozen=True)
class Warned:
    """A day of mourning or remembrance ahead: what it is, whose readers keep it, and what is to go out on it."""

    day: Day
    accounts: tuple[str, ...]
    #: Ids of drafts that are to go out on it.
    planned: tuple[str, ...]


@dataclass(frozen=True)
class Ideas:
    """All of them, the best first, with what a person should know beside."""

    ideas: tuple[Idea, ...]
    warnings: tuple[Warned, ...]
    shares: tuple[Share, ...]
    gaps: tuple[Gap, ...]
    #: What could not be used, or is missing in brand.yaml, a sentence each.
    notes: tuple[str, ...]
    first: date
    last: date
    #: Name of the model that worded them; empty where code did.
    model: str = ""


def ideas(
    app: App,
    *,
    days: int = DAYS,
    account: str = "",
    n: int = IDEAS,
    with_model: bool = True,
    topic: str = "",
    who: str = "",
    on_event: Tell | None = None,
) -> Ideas:
    """Find up to ``n`` ideas for the next ``days``, for one account or all; only about a ``topic`` that is named.

    Raises NotFound, BadInput.
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(say("{n} days cannot be planned.", n=days), next_step=say("Up to {n}.", n=MOST_DAYS))
    brand = app.brand()
    accounts = tuple(a for a in brand.accounts if account in ("", a.key))
    if not accounts:
        known = ", ".join(a.key for a in brand.accounts) or "-"
        raise NotFound(
            say("{brand} has no account {account}.", brand=brand.name, account=repr(account)),
            next_step=say("It has: {known}.", known=known),
        )
    ground = _ground(app, brand, accounts, days)
    free = {a.key: _free(ground, a) for a in accounts}
    gaps = tuple(g for a in accounts for g in slots.gaps(a, ground.history.taken(a.key), free[a.key]))
    wanted = [c for a in accounts for c in reasons.about(ground, a, topic.strip())] if topic.strip() else None
    chosen = _chosen(ground, free, gaps, min(n, MOST_IDEAS), wanted)
    notes = _notes(ground, free)
    made = Ideas(
        tuple(chosen), _warnings(ground), ground.shares, gaps, tuple(notes),
        min(ground.today(a) for a in accounts), max(ground.today(a) for a in accounts) + (days - 1) * slots.A_DAY,
    )  # fmt: skip
    return _worded(app, ground, made, who, on_event) if with_model and chosen else made


def _ground(app: App, brand: Brand, accounts: tuple[Account, ...], days: int) -> Ground:
    now, past = app.clock.now(), history(app, brand)
    posts = past.between(now - reasons.LATELY, now + days * slots.A_DAY)
    shares = pillars.shares(brand.plan.pillars, [p.pillar for p in posts])
    first = min(slots.today(a, now) for a in accounts)
    kept = calendar.days(brand.plan.holidays, first, first + days * slots.A_DAY)
    return Ground(brand, accounts, past, now, days, tuple(kept), tuple(shares))


def _free(ground: Ground, account: Account) -> list[Slot]:
    """Return an account's free times, none on a day of mourning that its readers keep."""
    return slots.free(
        ground.brand, account, ground.history.taken(account.key), ground.now, ground.days,
        avoid=[d for day in _solemn(ground, account) for d in _every(day)],
    )  # fmt: skip


def _solemn(ground: Ground, account: Account) -> list[Day]:
    return [d for d in ground.calendar if d.solemn and account in reasons.concerned(d, ground.brand.accounts)]


def _every(day: Day) -> list[date]:
    return [day.on + n * slots.A_DAY for n in range((day.last - day.on).days + 1)]


# --- choosing ----------------------------------------------------------------------------------------------


def _chosen(
    ground: Ground, free: dict[str, list[Slot]], gaps: Sequence[Gap], n: int, wanted: list[Candidate] | None = None
) -> list[Idea]:  # fmt: skip
    """Take the best candidate again and again; what is like those taken counts for less. ``wanted``: no others."""
    left = reasons.candidates(ground) if wanted is None else wanted
    if not left:
        left = [_of_gap(ground, a) for a in ground.accounts if free[a.key]]
    seen, taken, found = Counter[tuple[str, str]](), list[Slot](), list[Idea]()
    while left and len(found) < n:
        best = max(left, key=lambda c: c.score - _liked(c, seen))
        left.remove(best)
        slot = _slot(best, free[best.account.key], gaps, taken)
        if slot is None:
            continue
        # Of several facts, one that no idea has yet.
        facts = sorted(best.facts, key=lambda f: (seen["fact", f.id], best.facts.index(f)))[: reasons.MOST_FACTS]
        candidate = replace(best, facts=tuple(facts))
        taken.append(slot)
        idea = _idea(f"i{len(found) + 1}", candidate, slot, gaps, found)
        found.append(idea)
        for mark in _marks(candidate):
            seen[mark] += 1
        seen["angle", idea.angle] += 1
        if best.kind == "pillar":  # so long as it lacks its share, there may be another with the next fact
            left.append(replace(best, score=best.score - 12))
    return found


def _marks(c: Candidate) -> list[tuple[str, str]]:
    about = c.subject or (c.facts[0].twin or c.facts[0].id if c.facts else "")
    marks = [("kind", c.kind), ("pillar", c.pillar), ("account", c.account.key), ("subject", about)]
    return [*marks, *(("fact", f) for fact in c.facts[:1] for f in (fact.id, fact.twin) if f)]


def _liked(c: Candidate, seen: Counter[tuple[str, str]]) -> float:
    fresh = any(not seen["fact", f.id] for f in c.facts)
    marks = [m for m in _marks(c) if m[1] and not (m[0] == "fact" and fresh)]
    return sum(_AGAIN[name] * seen[name, value] for name, value in dict.fromkeys(marks))


def _slot(c: Candidate, free: Sequence[Slot], gaps: Sequence[Gap], taken: Sequence[Slot]) -> Slot | None:
    """Return the time for a candidate: on its day; else in its account's longest gap; never on a day that has one."""
    mine = [s for s in free if s not in taken and not any(_near(s, t) for t in taken)]
    if c.on is not None:
        return next((s for s in mine if s.day == c.on), None)
    days = {t.day for t in taken if t.account == c.account.key}
    clear = [s for s in mine if s.day not in days]
    # A week without a post is long; among such gaps the next one counts.
    longest = sorted((g for g in gaps if g.account == c.account.key), key=lambda g: (-min(g.days, 7), g.first))
    inside = (s for g in longest for s in clear if g.first <= s.day <= g.last)
    return next(inside, None) or next(iter(clear), None) or next(iter(mine), None)


def _near(one: Slot, other: Slot) -> bool:
    return one.account == other.account and abs(one.at - other.at) < slots.APART


def _idea(name: str, c: Candidate, slot: Slot, gaps: Sequence[Gap], before: Sequence[Idea]) -> Idea:
    what, why = _brief(c), c.why
    numbers = dict(c.figures)
    gap = next((g for g in gaps if g.account == slot.account and g.first <= slot.day <= g.last), None)
    if gap and c.on is None:
        empty = say(
            "Nothing is planned on {account} from {first} to {last} ({n} days).",
            account=slot.account, first=reasons.spoken_day(gap.first), last=reasons.spoken_day(gap.last), n=gap.days,
        )  # fmt: skip
        why = joined(why, empty)
        numbers["gap"] = [gap.first, gap.last, gap.days]
    angle = c.angle
    if not angle:
        used = Counter(i.angle for i in before)
        fitting = angles.choose(what, 5)
        angle = min(fitting, key=lambda a: (used[a.id], fitting.index(a))).id
    facts = tuple(f.id for f in c.facts)
    return Idea(name, c.kind, what, slot.account, slot.wall, slot.zone, why, c.pillar, angle, facts, numbers)


def _brief(c: Candidate) -> str:
    """Word an idea without a model: its subject, then the fact that it draws on, word for word."""
    chinese = c.account.language.lower().startswith("zh")
    fact = c.facts[0].text if c.facts else ""
    if c.subject and fact:
        return f"{c.subject}：{fact}" if chinese else f"{c.subject}: {fact}"
    if fact:
        return fact
    if c.kind == "day":
        return f"{c.subject}：问候读者" if chinese else f"{c.subject}: a greeting to our readers"
    return f"{c.subject}：请读者说说自己的经验" if chinese else f"{c.subject}: ask readers for their own experience"


def _of_gap(ground: Ground, account: Account) -> Candidate:
    """Return what is left where a brand says nothing of itself."""
    why = say("Nothing else is known to write about: the brand has no pillars, topics or facts yet.")
    return Candidate("gap", account, ground.brand.name, why, 10)


# --- what to know beside -----------------------------------------------------------------------------------


def _warnings(ground: Ground) -> tuple[Warned, ...]:
    found = []
    for day in (d for d in ground.calendar if d.solemn):
        kept = reasons.concerned(day, ground.brand.accounts)
        theirs = [a for a in ground.accounts if a in kept and day.last >= ground.today(a)]
        if theirs:
            on = [p.draft for p in ground.history.posts if not p.live and p.at and _falls(p.account, p.at, day, theirs)]
            found.append(Warned(day, tuple(a.key for a in theirs), tuple(on)))
    return tuple(found)


def _falls(key: str, at: datetime, day: Day, accounts: Sequence[Account]) -> bool:
    from bot.workflow import when

    zone = next((a.zone for a in accounts if a.key == key), "")
    return bool(zone) and day.on <= at.astimezone(when.zone(zone)).date() <= day.last


def _notes(ground: Ground, free: dict[str, list[Slot]]) -> list[str]:
    plan, notes = ground.brand.plan, []
    if bad := calendar.unknown(plan.holidays):
        notes.append(say("There is no calendar of holidays for {names} (Britain is GB).", names=", ".join(bad)))
    missing = {"pillars": plan.pillars, "posting_times": plan.times, "holidays": plan.holidays, "topics": plan.topics}
    if names := [name for name, there in missing.items() if not there]:
        notes.append(say("brand.yaml says nothing of {names}: with them, ideas are better.", names=", ".join(names)))
    if ground.history.by_words:
        notes.append(say("Subjects were told apart by their words alone: {why}", why=ground.history.by_words))
    for account in ground.accounts:
        if not free[account.key]:
            notes.append(
                say("No posting time of {account} is free in the next {n} days.", account=account.key, n=ground.days)
            )
    return notes


# --- wording -----------------------------------------------------------------------------------------------


def _worded(app: App, ground: Ground, made: Ideas, who: str, on_event: Tell | None) -> Ideas:
    """Let the model word what each idea is about; where it does not, or not well, code's wording stays."""
    from bot.agent import suggesting

    rules = {r.id: r.text for r in ground.brand.rulebook.rules}
    by_language: dict[str, list[Idea]] = {}
    for idea in made.ideas:
        account = ground.brand.account(idea.account)
        by_language.setdefault(account.language if account else "en", []).append(idea)
    texts, why = dict[str, str](), ""
    try:
        model = app.model()
        transcript = transcript_for(app, ground.brand, who, "ideas")
        for language, some in by_language.items():
            given = [
                suggesting.Given(i.id, i.what, _pillar(ground.brand, i.pillar, language), i.angle,
                                 tuple(rules[f] for f in i.facts if f in rules))
                for i in some
            ]  # fmt: skip
            texts |= suggesting.word(
                given, language, ground.brand.name, model, app.limits(), app.clock, transcript, on_event
            )
    except ModelError as error:
        why = str(error)
    worded = [replace(i, what=texts[i.id], worded=True) if i.id in texts else i for i in made.ideas]
    notes = list(made.notes)
    if why:
        notes.append(say("Worded by code, for no language model answered: {why}", why=why))
    elif missing := len(worded) - len(texts):
        notes.append(
            say("{n} of {of} are worded by code: what the model wrote of them did not hold.", n=missing, of=len(worded))
        )
    return replace(made, ideas=tuple(worded), notes=tuple(notes), model=app.model().name if texts else "")


def _pillar(brand: Brand, pillar_id: str, language: str) -> str:
    return next((p.text.text(language) for p in brand.plan.pillars if p.id == pillar_id), "")
