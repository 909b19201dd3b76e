"""A busy desk as rows, made up from a seed: a million comments and a hundred thousand posts over eighteen months.

Of ten posts seven are answers to comments. One comment in a hundred waits, most of the others were ignored. Everything
follows from its number, so that a smaller desk has the same shape.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.domain.approval import content_hash
from bot.domain.brand import Account, Brand, Person, Role, Rule, RuleBook, RuleKind
from bot.domain.comment import EMOTIONS, MOODS, Intent, Priority, Triage
from bot.domain.draft import Content, Part, Window
from bot.domain.editorial import Phrase, Pillar, Plan
from bot.store.comment_rows import columns_of
from bot.store.mood import ALL, ASPECT, EMOTION, INTENT

#: To be raised when the rows change, so that a file of the ones before is not taken.
SHAPE = 1
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SPAN = timedelta(days=548)
BRAND = "lumen"
_WORDS = (
    "tea oolong parcel broken late lovely cup box smell refund when where again thanks never shop colour leaf brew "
    "morning price order week friend answer please still warm cold again first second winter gift"
).split()
_HAN = "茶叶包裹坏了很香喜欢什么时候发货谢谢退款价格朋友再买一次冷热早上礼物颜色服务太慢好喝"
_ASPECTS = ("delivery", "price", "quality", "service", "packaging", "taste", "website", "staff")
_RULES = tuple(
    Rule(f"rule-{n:03d}", RuleKind.SHOULD, f"Say {word} as to a friend, rule {n}.", file="guidelines/voice.md", line=n)
    for n, word in enumerate(_WORDS * 4)
)
_PEOPLE = (
    Person("anna", "Anna", frozenset({Role.AUTHOR})), Person("li", "Li", frozenset({Role.APPROVER})),
    Person("sam", "Sam", frozenset({Role.ADMIN})),
    Person("ben", "Ben", frozenset({Role.AUTHOR, Role.APPROVER})),
)  # fmt: skip
_ACCOUNTS = tuple(
    Account("sandbox", name, f"lumen-{name}.sandbox", language, zone)
    for name, language, zone in (("main", "en", "Europe/Berlin"), ("help", "en", "Europe/Berlin"),
                                 ("cn", "zh-Hans", "Asia/Shanghai"), ("us", "en", "America/New_York"))
)  # fmt: skip
_PLAN = Plan(pillars=tuple(
    Pillar(name, Phrase((("en", words),)), share)
    for name, words, share in (("brewing", "cold brew, leaf, cup, morning", 40), ("shop", "parcel, price, order", 30),
                               ("people", "friend, answer, thanks", 0))
))  # fmt: skip
Row = tuple[Any, ...]


def brand() -> Brand:
    """Return the brand that all this belongs to."""
    return Brand(id=BRAND, name="Lumen Tea", languages=("en", "zh"), zone="Europe/Berlin", accounts=_ACCOUNTS,
                 people=_PEOPLE, link_hosts=("lumen.example",), rulebook=RuleBook(_RULES), plan=_PLAN)  # fmt: skip


def number(prefix: str, n: int) -> str:
    """Return the id of the n-th of its kind: as spread out as true ones are."""
    return f"{prefix}_{n * 2654435761 & 0xFFFFFFFF:08x}"


def text(at: datetime) -> str:
    """Write an instant as the tables do."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond:06d}Z"


def _said(rng: random.Random, han: bool) -> str:
    if han:
        return "".join(rng.choices(_HAN, k=rng.randint(6, 40)))
    return " ".join(rng.choices(_WORDS, k=rng.randint(4, 30)))


@lru_cache(maxsize=4)
def _readings(seed: int) -> list[tuple[str, str, str, int, tuple[str, ...], dict[str, str]]]:
    """Return (json, mood, intent, priority, names counted, aspects) of what triage says, 400 ways."""
    rng, found = random.Random(seed), []
    for n in range(400):
        mood = rng.choices(MOODS, (22, 40, 38))[0]
        aspects = tuple({a: rng.choice(MOODS) for a in rng.sample(_ASPECTS, rng.choice((0, 0, 1, 1, 2)))}.items())
        read = Triage(
            "en", mood, rng.uniform(-1, 1), rng.uniform(0.5, 1), "Words that say so.",
            rng.choice(EMOTIONS) if n % 3 == 0 else "", rng.choice(list(Intent)[:8]), aspects, ("tea",),
            rng.choices(list(Priority), (30, 55, 12, 3))[0], "local 3", (0, 4), ("It waits.",), 0.8,
        )  # fmt: skip
        columns = columns_of(read)
        names = (ALL, INTENT + read.intent.value, *([EMOTION + read.emotion] if read.emotion else []))
        found.append((json.dumps(columns["triage"]), mood, read.intent.value, int(read.priority), names,
                      dict(aspects)))  # fmt: skip
    return found


class Desk:
    """The rows of a desk with so many comments; ``moods`` holds the counts by hour once ``comments`` ran."""

    def __init__(self, comments: int, seed: int = 1) -> None:
        self.n, self.seed = comments, seed
        self.posts = comments // 10
        self.open, self.planned, self.over = (max(12, self.posts // k) for k in (150, 250, 50))
        self.moods: dict[tuple[str, str, str, str], list[int]] = {}

    def at(self, share: float) -> datetime:
        return NOW - SPAN + SPAN * share

    # --- comments -------------------------------------------------------------------------------------------

    def comments(self) -> Iterator[dict[str, Any]]:
        rng, read = random.Random(self.seed), _readings(self.seed)
        groups = list[str]()
        for n in range(self.n):
            at = self.at((n + 0.5) / self.n)
            account = _ACCOUNTS[rng.randrange(4)]
            body, mood, intent, priority, names, aspects = read[rng.randrange(len(read))]
            language = "zh" if account.name == "cn" else "en"
            late = n >= self.n * 0.97
            k, reply = n // 10, n % 10 == 7 and n // 10 % 10 < 7
            state, draft, answered, rule = "ignored" if n % 3 else "closed", "", None, ""
            if reply:
                state, draft, answered = "answered", number("d", k), text(at + timedelta(hours=1 + n % 20))
                rule = "auto:thanks" if k % 4 == 0 else ""
            elif late and n % 3 == 0:
                state = ("triaged", "triaged", "triaged", "proposed", "escalated", "new")[n // 3 % 6]
            waits = state in ("triaged", "proposed", "escalated", "new")
            like = ""
            if waits and n % 5 == 0:
                if len(groups) < 4 or n % 400 == 0:
                    groups.append(number("c", n))
                else:
                    like = groups[min(len(groups) - 1, int(rng.expovariate(0.5)))]
            # Some threads hold thousands.
            root = n // 2000 * 200 if n // 2000 % 25 == 0 else max(0, k - rng.randrange(200))
            author = int(100 * rng.paretovariate(0.6)) % max(50, self.n // 7)
            deleted = n % 500 == 1
            said = _said(rng, language == "zh")
            yield {
                "id": number("c", n), "brand": BRAND, "account": account.key, "remote_id": f"r_{n}", "kind": "reply",
                "author_id": f"did:fan:{author}", "author_handle": f"fan{author}.example",
                "author_name": f"Fan {author}", "author_bot": 0, "raw": json.dumps(said), "text": said, "at": text(at),
                "heard": text(at), "parent_id": f"sb_{root}", "thread": f"sb_{root}", "root_id": f"sb_{root}",
                "url": f"https://sandbox.example/r_{n}", "language": language, "visibility": "public", "source": "",
                "state": state, "priority": priority, "label": "" if state == "new" else mood,
                "intent": "" if state == "new" else intent, "triage": None if state == "new" else body,
                "aside": "spam" if n % 97 == 0 and not waits else "", "fingerprint": f"{n % 250000:x}", "like_id": like,
                "assignee": ("li", "ben", "")[n % 3] if waits and n % 7 == 0 else "",
                "snoozed": text(NOW + timedelta(hours=n % 90)) if waits and n % 20 == 3 else None, "draft": draft,
                "rule": rule, "why": "", "answered": answered, "closed": None, "edited": None,
                "deleted": text(at) if deleted else None, "failures": 0, "holder": "", "held_until": None,
            }  # fmt: skip
            if state != "new" and not deleted and not (n % 97 == 0 and not waits):
                hour = text(at)[:13]
                for name in names:
                    self._count(name, hour, account.key, language, mood)
                for name, its in aspects.items():
                    self._count(ASPECT + name, hour, account.key, language, its)

    def _count(self, name: str, hour: str, account: str, language: str, mood: str) -> None:
        self.moods.setdefault((name, hour, account, language), [0, 0, 0])[MOODS.index(mood)] += 1

    def mood_hours(self) -> Iterator[dict[str, Any]]:
        for (name, hour, account, language), counts in self.moods.items():
            yield {"brand": BRAND, "name": name, "hour": hour, "account": account, "language": language,
                   **dict(zip(MOODS, counts, strict=True))}  # fmt: skip

    # --- posts ----------------------------------------------------------------------------------------------

    def drafts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (table, row) of every draft and of all that came of it: live ones, then open, planned and past ones."""
        rng = random.Random(self.seed + 1)
        for k in range(self.posts):
            at = self.at((k + 0.7) / self.posts)
            yield from self._draft(rng, k, at, "approved", at, "reply" if k % 10 < 7 else "post")
        k = self.posts
        for n in range(self.open):
            at = NOW - timedelta(minutes=7 * (self.open - n))
            due = NOW + timedelta(minutes=90 * n) if n % 3 else None
            yield from self._draft(rng, k + n, at, "proposed" if n % 7 == 0 else "in_review", due, "post")
        k += self.open
        for n in range(self.planned):
            due = NOW + timedelta(hours=2 * n + 1)
            yield from self._draft(rng, k + n, NOW - timedelta(hours=n % 40), "approved", due, "post")
        k += self.planned
        for n in range(self.over):
            at = self.at((n + 0.3) / self.over)
            yield from self._draft(rng, k + n, at, ("rejected", "lapsed", "superseded")[n % 3], at, "post")

    def _draft(
        self, rng: random.Random, k: int, at: datetime, state: str, due: datetime | None, kind: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        account = _ACCOUNTS[rng.randrange(4)]
        wall = due.strftime("%Y-%m-%dT%H:%M") if due else None
        said = Content(
            BRAND, account.key, (Part(_said(rng, account.name == "cn")),), account.handle,
            f"r_{k * 10 + 7}" if kind == "reply" else "", language=account.language,
            window=Window(wall, account.zone), rulebook=_RULEBOOK,
        )  # fmt: skip
        if kind == "post" and k % 20 == 8:
            said = replace(said, parts=(*said.parts, Part("And the second part."), Part("And the third.")))
        content, digest, made = json.dumps(asdict(said)), content_hash(said), text(at - timedelta(hours=5))
        draft, request, post = number("d", k), number("a", k), number("p", k)
        cited = json.dumps([_RULES[rng.randrange(len(_RULES))].id for _ in range(2)])
        version = 2 if k % 6 == 0 and state != "superseded" else 1
        yield "draft", {
            "id": draft, "brand": BRAND, "account": account.key, "brief": "About tea.", "author": "anna",
            "version": version, "created": made, "kind": kind, "series": "", "angle": "", "segment": "",
        }  # fmt: skip
        for n in range(1, version + 1):
            yield "draft_version", {
                "draft_id": draft, "version": n, "content": content, "hash": digest,
                "state": state if n == version else "superseded", "author": "anna", "origin": "model",
                "citations": cited, "findings": "[]", "evidence": json.dumps({"model": "m"}),
                "note": "", "created": made,
            }  # fmt: skip
        yield from self._events(f"draft:{draft}@{version}", made, ("proposed", "in_review"))
        if state in ("proposed", "superseded"):
            return
        used = None if state == "in_review" else text(at - timedelta(hours=1))
        yield "approval_request", {
            "id": request, "draft_id": draft, "version": version, "hash": digest, "policy_rule": "default", "needed": 1,
            "four_eyes": 1, "signers": "[]", "created": made, "expires": text(max(at, NOW) + timedelta(days=30)),
            "remind": None, "escalate_to": "", "used": used,
        }  # fmt: skip
        if used is None or state == "lapsed":
            return
        yield "decision", {
            "id": number("s", k), "request_id": request, "draft_id": draft, "version": version, "hash": digest,
            "person": "li", "choice": "approve" if state == "approved" else "reject", "at": used, "via": "web",
            "shown": "Draft", "reason": "",
        }  # fmt: skip
        yield from self._events(f"draft:{draft}@{version}", used, (state,))
        if state == "approved" and due:
            yield from self._post(rng, k, draft, version, request, post, account.key, content, digest, due, used, kind,
                                  len(said.parts))  # fmt: skip

    def _post(
        self, rng: random.Random, k: int, draft: str, version: int, request: str, post: str, account: str, content: str,
        digest: str, due: datetime, created: str, kind: str, parts: int,
    ) -> Iterator[tuple[str, dict[str, Any]]]:  # fmt: skip
        yield "post", {
            "id": post, "draft_id": draft, "version": version, "request_id": request, "brand": BRAND,
            "account": account, "content": content, "hash": digest, "due": text(due), "created": created,
        }  # fmt: skip
        state = "due" if due > NOW else {0: "refused", 1: "deleted"}.get(k % 400, "live")
        if k % 5000 == 4999:
            state = "asked"
        out, at = state in ("live", "deleted"), text(due)
        for n in range(parts):
            yield "post_part", {
                "post_id": post, "n": n, "account": account, "state": state, "not_before": at,
                "attempts": int(due <= NOW), "once_key": f"{post}/{n}", "first_sent": at if out else None,
                "last_sent": at if out else None, "looks": 0,
                "remote_id": f"sb_{k}" + f"_{n}" * bool(n) if out else None, "cid": "",
                "url": f"https://sandbox.example/sb_{k}" if out else None, "live_at": at if out else None,
                "why": "attempt 1 answered",
            }  # fmt: skip
            if due > NOW:
                continue
            yield "attempt", {
                "post_id": post, "n": n, "attempt": 1, "once_key": f"{post}/{n}", "worker": "w", "fence": 1,
                "started": at, "ended": at, "outcome": state, "detail": "",
            }  # fmt: skip
            yield from self._events(f"part:{post}/{n}", at, ("sending", state))
            for age in (1, 6, 24, 168) if out and kind == "post" else (24,) if out else ():
                if due + timedelta(hours=age) <= NOW:
                    likes = int(rng.paretovariate(1.1) * age**0.3)
                    yield "reading", {"post_id": post, "n": n, "age": age, "at": at, "likes": likes,
                                      "replies": likes // 5, "reposts": likes // 7, "views": likes * 30}  # fmt: skip
        if k % 50 == 0:
            yield "notice", {
                "at": at, "brand": BRAND, "subject": f"post:{post}", "level": "warn" if k % 100 else "info",
                "text": f"{account}: draft {draft} is live.", "next_step": "", "seen": at,
            }  # fmt: skip

    def _events(self, subject: str, at: str, states: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
        before = ""
        for state in states:
            yield "event", {"at": at, "who": "li", "subject": subject, "was": before, "now": state, "why": ""}
            before = state


_RULEBOOK = brand().rulebook.version
