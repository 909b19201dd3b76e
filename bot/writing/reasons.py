"""Why something could be said now: one candidate for each reason that code finds, with the figure or date it rests on.

Reasons: a day that people keep, a date among the brand's facts, a subject that has less than its share, what did well,
a topic that nobody named lately, a fact that nobody told, and days without a post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bot.checks.kit.figures import figures
from bot.domain.brand import Account, Brand, Rule, RuleKind
from bot.insight import angles, calendar, pillars
from bot.insight.calendar import Day
from bot.insight.pillars import Share
from bot.words import joined, say
from bot.words import language as reader
from bot.writing import slots
from bot.writing.said import History

#: How far back posts count for the shares of subjects and for topics, and for what did well.
LATELY, RESULTS = timedelta(days=28), timedelta(days=180)
#: Facts that one idea names.
MOST_FACTS = 3
#: Anniversaries that people keep.
_ROUND = frozenset({1, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 100, 125, 150, 175, 200})
_BEGAN = re.compile(
    r"\b(?:since|founded|opened|established|began|started|born)\b|成立|创立|创办|创建|开业|始于|自从", re.I
)
_YEAR = re.compile(r"(?<!\d)(1[6-9]\d\d|20\d\d)(?!\d)")


@dataclass(frozen=True)
class Ground:
    """What ideas grow from."""

    brand: Brand
    accounts: tuple[Account, ...]
    history: History
    now: datetime
    #: Days ahead that are looked at, the present one included.
    days: int
    calendar: tuple[Day, ...]
    shares: tuple[Share, ...]

    @property
    def since(self) -> datetime:
        return self.now - LATELY

    def today(self, account: Account) -> date:
        return slots.today(account, self.now)

    def facts(self, account: Account) -> list[Rule]:
        """Return the brand's facts in an account's language, or by their twins in it; those least told first."""
        from bot.agent import choosing

        every = [r for r in self.brand.rulebook.rules if r.kind is RuleKind.FACT]
        own = [f for f in choosing.in_language(every, account.language) if _same(f.language, account.language)]
        return sorted(own or every, key=self.history.cited)


@dataclass(frozen=True)
class Candidate:
    """One thing that could be said on one account, and why now."""

    #: ``day``, ``date``, ``anniversary``, ``pillar``, ``result``, ``topic``, ``fact`` or ``gap``.
    kind: str
    account: Account
    #: What it is about, in the account's language.
    subject: str
    #: Why now, in the reader's language.
    why: str
    score: float
    #: The day on which it must go out; None: any.
    on: date | None = None
    pillar: str = ""
    angle: str = ""
    facts: tuple[Rule, ...] = ()
    #: The figures and dates that ``why`` rests on.
    figures: dict[str, Any] = field(default_factory=dict)


def candidates(ground: Ground) -> list[Candidate]:
    """Return every candidate, in no order."""
    found = [*_of_shares(ground), *_of_results(ground)]
    for account in ground.accounts:
        for kind in (_of_days, _of_dates, _of_topics, _of_facts):
            found += kind(ground, account)
    return found


def concerned(day: Day, accounts: Sequence[Account]) -> list[Account]:
    """Return the accounts whose readers keep a day: in its country; else in its language; else all."""
    if not day.country:
        return list(accounts)
    there = [a for a in accounts if day.country in calendar.countries_of(a.zone)]
    if there:
        return there
    chinese = day.country in {"CN", "TW", "HK", "MO", "SG"}
    spoken = [a for a in accounts if a.language.lower().startswith("zh") is chinese]
    return spoken or list(accounts)


def spoken_day(on: date) -> str:
    """Write a date as the reader does."""
    return say("{weekday} {day} {month}", weekday=say(f"{on:%a}"), day=on.day, month=say(f"{on:%b}"))


def written_day(on: date, language: str) -> str:
    """Write a date in the language of a post."""
    return f"{on.month}月{on.day}日" if language.startswith("zh") else f"{on.day} {on:%B}"


def _headed(name: str, on: date, language: str) -> str:
    comma = "，" if language.startswith("zh") else ", "
    return f"{name}{comma}{written_day(on, language)}"


def in_days(n: int) -> str:
    """Say how far off a day is."""
    return say("today") if n == 0 else say("tomorrow") if n == 1 else say("in {n} days", n=n)


def _same(one: str, other: str) -> bool:
    return one.split("-")[0].lower() == other.split("-")[0].lower()


# --- days and dates ----------------------------------------------------------------------------------------


def _of_days(ground: Ground, account: Account) -> Iterator[Candidate]:
    known = _words(ground)
    for day in ground.calendar:
        left = (day.on - ground.today(account)).days
        if day.solemn or not 0 <= left < ground.days or account not in concerned(day, ground.brand.accounts):
            continue
        shared = [w for w in day.words if _holds(known, w)]
        if day.words and not shared:
            continue
        name = day.name(account.language)
        about = [f for f in ground.facts(account) if shared and any(_holds(f.text.lower(), w) for w in day.words)]
        why = say("{name} is on {date}, {when}.", name=day.name(reader()), date=spoken_day(day.on), when=in_days(left))
        kept = say("People keep it in {country}.", country=day.country) if day.country else ""
        off = ", ".join(map(spoken_day, day.in_lieu))
        why = joined(why, kept, say("Days off in its place: {dates}.", dates=off) if off else "")
        yield Candidate(
            "day", account, _headed(name, day.on, account.language), why,
            (70 if day.words else 90) - left, day.on, facts=tuple(about[:MOST_FACTS]),
            figures={"day": day.name("en"), "date": day.on, "in_days": left, "country": day.country,
                     "in_lieu": day.in_lieu, "source": day.source},
        )  # fmt: skip


def _words(ground: Ground) -> str:
    """Return what the brand is about, in small letters: by its pillars and topics; by its facts where it has none."""
    brand = ground.brand
    said = [*brand.plan.topics, *(words for p in brand.plan.pillars for _, words in p.text.texts)]
    said = said or [r.text for r in brand.rulebook.rules if r.kind is RuleKind.FACT]
    return "\n".join([brand.name, *said]).lower()


def _holds(text: str, word: str) -> bool:
    """Say whether a text has a word: as a whole word, or in Chinese anywhere."""
    return bool(re.search(rf"(?<![a-z]){re.escape(word)}s?(?![a-z])" if word.isascii() else re.escape(word), text))


def _of_dates(ground: Ground, account: Account) -> Iterator[Candidate]:
    today = ground.today(account)
    for fact in ground.facts(account):
        began = bool(_BEGAN.search(fact.text))
        full = [f.value for f in figures(fact.text) if f.kind == "date" and f.value[1] and f.value[2]]
        for year, month, day in {tuple(map(int, value)) for value in full}:
            on = next((d for y in (today.year, today.year + 1) if (d := _on(y, month, day)) and d >= today), None)
            if on is None or (left := (on - today).days) >= ground.days:
                continue
            when = {"date": spoken_day(on), "when": in_days(left)}
            numbers: dict[str, Any] = {"date": on, "in_days": left, "fact": fact.id}
            if year and year < on.year:
                if began and (years := on.year - year) in _ROUND:
                    why = say("{n} years on {date}, {when}: the fact gives the day.", n=years, **when)
                    yield _dated("anniversary", account, fact, on, why, 95 - left, {**numbers, "years": years})
            elif year in (0, on.year) and not began:
                why = say("It is on {date}, {when}: the fact gives the day.", **when)
                yield _dated("date", account, fact, on, why, 100 - left, numbers)
        years = today.year - int(found[1]) if began and not full and (found := _YEAR.search(fact.text)) else 0
        if years in _ROUND and not any(
            fact.id in p.citations for p in ground.history.between(ground.since, ground.now)
        ):
            why = say("{n} years this year, by the fact.", n=years)
            yield _dated("anniversary", account, fact, None, why, 50, {"years": years, "fact": fact.id})


def _dated(
    kind: str, account: Account, fact: Rule, on: date | None, why: str, score: float, numbers: dict[str, Any]
) -> Candidate:
    return Candidate(kind, account, "", why, score, on, facts=(fact,), figures=numbers)


def _on(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- subjects, results, topics, facts ----------------------------------------------------------------------


def _of_shares(ground: Ground) -> Iterator[Candidate]:
    lately = {"n": (LATELY.days), "ahead": ground.days}
    for share in ground.shares:
        pillar, name = share.pillar, share.pillar.text.text(reader())
        numbers = {"share": pillar.share, "count": share.count, "of": share.of, "percent": share.percent}
        if pillar.share and share.short > 0 and share.of:
            why = say(
                "“{name}” should have {share} % of the posts and has {percent} %: {count} of {of} in the last {n} days "
                "and the next {ahead}.",
                name=name, **numbers, **lately,
            )  # fmt: skip
        elif pillar.share and not share.of:
            why = say(
                "“{name}” should have {share} % of the posts, and there are none in the last {n} days and the next "
                "{ahead}.",
                name=name, share=pillar.share, **lately,
            )  # fmt: skip
        elif not pillar.share and not share.count:
            why = say("No post of the last {n} days and the next {ahead} is about “{name}”.", name=name, **lately)
        else:
            continue
        for account in ground.accounts:
            own = [f for f in ground.facts(account) if ground.history.facts.get(f.id) == pillar.id]
            yield Candidate(
                "pillar", account, pillar.text.text(account.language), why, 40 + min(45.0, share.short),
                pillar=pillar.id, facts=tuple(own), figures=numbers,
            )  # fmt: skip


def _of_results(ground: Ground) -> Iterator[Candidate]:
    told = [p for p in ground.history.between(ground.now - RESULTS, ground.now) if p.live and p.answers is not None]
    for what in ("pillar", "angle"):
        rows = [(p.account, getattr(p, what), p.answers or 0) for p in told]
        for group in pillars.groups(rows):
            if pillars.better(group):
                yield from _again(ground, what, group)


def _again(ground: Ground, what: str, group: pillars.Group) -> Iterator[Candidate]:
    pillar = next((p for p in ground.brand.plan.pillars if p.id == group.name), None) if what == "pillar" else None
    angle = angles.angle(group.name) if what == "angle" else None
    if pillar is None and angle is None:
        return
    name = pillar.text.text(reader()) if pillar else angle.name if angle else ""
    numbers = {
        "count": group.count, "middle": f"{group.middle:g}", "others": group.others,
        "others_middle": f"{group.others_middle:g}",
    }  # fmt: skip
    why = say(
        "Posts like “{name}” did well: {middle} answers in the middle ({count} posts), others {others_middle} "
        "({others} posts).",
        name=name, **numbers,
    )  # fmt: skip
    for account in ground.accounts:
        own = [f for f in ground.facts(account) if pillar is None or ground.history.facts.get(f.id) == pillar.id]
        yield Candidate(
            "result", account, pillar.text.text(account.language) if pillar else "", why, 60,
            pillar=pillar.id if pillar else "", angle=angle.id if angle else "", facts=tuple(own),
            figures={what: group.name, **numbers},
        )  # fmt: skip


def _of_topics(ground: Ground, account: Account) -> Iterator[Candidate]:
    posts = ground.history.between(ground.since, ground.now + timedelta(days=ground.days))
    chinese = account.language.lower().startswith("zh")
    for topic in ground.brand.plan.topics:
        low = topic.lower()
        if bool(re.search(r"[\u4e00-\u9fff]", topic)) is not chinese or any(_holds(p.text.lower(), low) for p in posts):
            continue
        about = [f for f in ground.facts(account) if _holds(f.text.lower(), low)]
        lately = {"n": LATELY.days, "ahead": ground.days}
        why = say("You watch this topic, and there are no posts in the last {n} days and the next {ahead}.", **lately)
        if posts:
            why = say(
                "You watch this topic, and none of the {count} posts of the last {n} days and the next {ahead} "
                "names it.",
                count=len(posts), **lately,
            )  # fmt: skip
        numbers = {"topic": topic, "count": len(posts)}
        yield Candidate("topic", account, topic, why, 45 if about else 30, facts=tuple(about), figures=numbers)


def about(ground: Ground, account: Account, topic: str) -> list[Candidate]:
    """Return what could be said about a topic that a person names: with each fact that speaks of it, and without."""
    low, why = topic.lower(), say("You asked for this topic.")
    facts = [f for f in ground.facts(account) if _holds(f.text.lower(), low)]
    with_facts = [Candidate("topic", account, topic, why, 90, facts=(f,), figures={"topic": topic}) for f in facts]
    return [*with_facts, Candidate("topic", account, topic, why, 60, figures={"topic": topic})]


def _of_facts(ground: Ground, account: Account) -> Iterator[Candidate]:
    every = len(ground.history.posts)
    for fact in ground.facts(account):
        if ground.history.cited(fact) == 0:
            why = say("Nobody told this fact yet: there are no posts.")
            if every:
                why = say("Posts live or planned: {count}; none of them rests on this fact.", count=every)
            numbers = {"fact": fact.id, "count": every}
            pillar = ground.history.facts.get(fact.id, "")
            yield Candidate("fact", account, "", why, 35, pillar=pillar, facts=(fact,), figures=numbers)
