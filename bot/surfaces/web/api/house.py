"""The brand and the house: status, accounts, rules, checks, mood, policy, the kill switch, and what happened."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query

from bot import evidence
from bot.domain.draft import Draft, Part, Severity
from bot.store import desk as rows
from bot.store import happenings
from bot.surfaces.web.api import cards, shapes
from bot.surfaces.web.api import shapes_brand as brand
from bot.surfaces.web.api.access import APPROVE, WRITE, Op, Who
from bot.surfaces.web.api.paging import Limit
from bot.surfaces.web.api.shapes import Count, Plain
from bot.surfaces.web.visit import SIGNERS
from bot.words import retold, speaking
from bot.workflow import policy_words, propose, switching

AccountPath = Annotated[str, Path(pattern="^[a-z0-9_]{1,40}:[A-Za-z0-9_.-]{1,60}$")]
EventType = Literal[happenings.TYPES]  # type: ignore[valid-type]  # a closed list, written down once

#: Lines of the record that one answer looks at; `after` says where the next one goes on.
_LOOKED = 500


def status(who: Who) -> brand.Status:
    """Say who the token is, whether anything is sent, and what people should know."""
    with who.app.db.read() as conn:
        stopped = rows.stopped(conn)
        notices = rows.notices(conn, brand=who.brand.id)[:20]
    return brand.Status(
        brand=who.brand.id, person=who.person.id, scopes=sorted(who.token.scopes), stopped=stopped,
        health=[brand.HealthOut(name=h.name, ok=h.ok, detail=h.detail, fix=h.fix) for h in evidence.vital(who.app)],
        notices=[brand.NoticeOut(at=n["at"], level=n["level"], text=retold(n["text"]), next_step=retold(n["next_step"]))
                 for n in notices],
    )  # fmt: skip


def accounts(who: Who) -> list[brand.AccountOut]:
    """Say how each account stands, without asking its platform."""
    found = []
    for one in evidence.accounts(who.app, who.brand):
        fields = {name: getattr(one, name) for name in brand.AccountOut.model_fields}
        found.append(brand.AccountOut(**{**fields, "paused": retold(one.paused)}))
    return found


def resume_account(who: Who, account: AccountPath) -> brand.Switched:
    """Let a paused account go on."""
    changed, why = switching.resume(who.app.desk, who.brand, who.person, account, "")
    return brand.Switched(changed=changed, stopped=why)


def rules(
    who: Who,
    q: Annotated[Plain, Query(max_length=500, description="What to search for; empty lists all rules.")] = "",
    limit: Limit = 20,
) -> list[shapes.RuleOut]:
    """Search the brand's rules, the nearest first; or list them."""
    if not q.strip():
        return [cards.rule(one) for one in who.brand.rulebook.rules[:limit]]
    from bot import writing

    return [cards.rule(near.rule, near.score) for near in writing.search(who.app, q, limit)]


def check(who: Who, body: brand.Check) -> brand.Checked:
    """Let the checks read a text. Nothing is stored."""
    desk, now = who.app.desk, who.app.clock.now()
    wish = propose.Proposal(body.account, tuple(Part(text) for text in body.texts), who.person.id)
    draft = Draft("d_check", who.brand.id, body.account, "", who.person.id, now)
    with speaking("en"), who.app.db.read() as conn:
        found = propose.drawn(desk, conn, draft, 1, wish, who.brand).findings
    blocked = any(f.severity is Severity.BLOCK for f in found)
    return brand.Checked(blocked=blocked, findings=cards.findings(found))


def sentiment(who: Who, body: brand.Texts) -> list[brand.Reading]:
    """Say how texts sound and what they want. No language model is asked."""
    from bot.writing import triage

    with speaking("en"):
        found = triage.of_app(who.app, use_model=False)(body.texts)
    names = ("score", "confidence", "language", "emotion", "by")
    return [
        brand.Reading.model_validate({
            **{name: getattr(r, name) for name in names}, "label": r.sentiment, "reason": retold(r.reason),
            "intent": r.intent.value, "aspects": dict(r.aspects), "priority": r.priority.name.lower(),
        })
        for r in found
    ]  # fmt: skip


def mood(
    who: Who,
    days: Annotated[Count, Query(ge=1, le=366)] = 30,
    topic: Annotated[Plain, Query(max_length=100)] = "",
) -> brand.MoodOut:
    """Count comments by mood and day, those of a topic or all."""
    from bot.writing import moods

    found = moods.mood(who.app, topic, days)
    named = ("negative", "neutral", "positive")
    by_day = [brand.MoodDay(on=on, **{name: counts[name] for name in named}) for on, counts in found.days]
    return brand.MoodOut(total=found.total, unread=found.unread, days=by_day)


def policy(who: Who) -> brand.PolicyOut:
    """Say who must sign what, and which rules answer comments."""
    with who.app.db.read() as conn:
        _, found = who.app.desk.brand(conn, who.brand.id)
    told = policy_words.sentences(found, who.brand)
    return brand.PolicyOut(rules=[brand.PolicyRuleOut(name=t.name, when=t.when, then=t.then) for t in told],
                           replies=[r.name for r in found.replies.rules])  # fmt: skip


def stop(who: Who, body: brand.Why) -> brand.Switched:
    """Stop everything: nothing is sent on any account until an approver starts again."""
    changed, why = switching.stop(who.app.desk, who.person.id, body.reason)
    return brand.Switched(changed=changed, stopped=why)


def resume(who: Who, body: brand.Why) -> brand.Switched:
    """Start again."""
    changed, why = switching.resume(who.app.desk, who.brand, who.person, None, body.reason)
    return brand.Switched(changed=changed, stopped=why)


def events(
    who: Who,
    after: Annotated[Count, Query(ge=0, le=2**53, description="The last event that you have.")] = 0,
    limit: Limit = 100,
    type: Annotated[list[EventType] | None, Query(description="Only these; may be given several times.")] = None,
) -> brand.Events:
    """Read what happened, oldest first: the same events that webhooks are told."""
    with who.app.db.read() as conn:
        found, last = happenings.since(conn, who.brand, after, limit, types=type or (), most=_LOOKED)
    return brand.Events(items=[brand.EventOut(**vars(one)) for one in found], after=max(after, last))


OPERATIONS = (
    Op("GET", "/status", status, tag="House"),
    Op("GET", "/accounts", accounts, tag="House"),
    Op("POST", "/accounts/{account}/resume", resume_account, APPROVE, SIGNERS, 200, (404, 409), "House"),
    Op("GET", "/rules", rules, tag="Brand"),
    Op("POST", "/checks", check, problems=(404, 409), tag="Brand"),
    Op("POST", "/sentiment", sentiment, problems=(409,), tag="Brand"),
    Op("GET", "/mood", mood, tag="Brand"),
    Op("GET", "/policy", policy, tag="Brand"),
    Op("POST", "/stop", stop, WRITE, problems=(409,), tag="House"),
    Op("POST", "/resume", resume, APPROVE, SIGNERS, 200, (409,), "House"),
    Op("GET", "/events", events, tag="House"),
)
