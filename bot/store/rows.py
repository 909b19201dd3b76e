"""Turning domain values into JSON columns and back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import time
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping

from bot.domain.approval import ApprovalRequest, Choice, Decision, content_hash
from bot.domain.brand import Account, Brand, Person, Role, Rule, RuleBook, RuleKind, SavedReply
from bot.domain.document import Document
from bot.domain.draft import Card, Content, Draft, DraftState, DraftVersion, Finding, Media, Part, Severity, Window
from bot.domain.editorial import Phrase, Pillar, Plan, Quiet, Segment, Style, Tagging, WeekSlot
from bot.domain.policy import ApprovalPolicy, Ask, Conditions, Kind, PolicyRule, Refuse, Risk
from bot.domain.post import Post, PostPart, PostState, Receipt
from bot.domain.replies import Office, RemarkConditions, ReplyAction, ReplyPolicy, ReplyRule
from bot.domain.spans import Hours

as_dict = dataclasses.asdict


def content(body: dict[str, Any]) -> Content:
    """Read a Content as ``as_dict`` wrote it."""
    parts = tuple(Part(p["text"], tuple(Media(**m) for m in p["media"]), _card(p.get("card"))) for p in body["parts"])
    lists = {"parts": parts, "labels": tuple(body.get("labels", ()))}
    return Content(**{**body, **lists, "window": Window(**body["window"])})


@lru_cache(maxsize=4096)
def stored_content(text: str) -> tuple[Content, str]:
    """Read a Content from the very text that is stored, with the hash over it; the same text is read once."""
    read = content(json.loads(text))
    return read, content_hash(read)


def _card(body: dict[str, Any] | None) -> Card | None:
    if body is None:
        return None
    return Card(**{**body, "picture": Media(**body["picture"]) if body["picture"] else None})


def finding(body: dict[str, Any]) -> Finding:
    """Read a Finding as ``as_dict`` wrote it."""
    start, end = body["span"]
    return Finding(**{**body, "severity": Severity(body["severity"]), "span": (start, end)})


def rule(body: dict[str, Any]) -> Rule:
    """Read a Rule as ``as_dict`` wrote it."""
    lists = {"words": tuple(body["words"]), "when": tuple(body.get("when", ()))}
    return Rule(**{**body, "kind": RuleKind(body["kind"]), **lists})


def _phrase(body: dict[str, Any]) -> Phrase:
    return Phrase(tuple((tag, text) for tag, text in body["texts"]))


def plan(body: dict[str, Any]) -> Plan:
    """Read a Plan as ``as_dict`` wrote it; what an older Signoff did not write is left as it is by default."""
    fields: dict[str, Any] = {name: tuple(body.get(name, ())) for name in ("topics", "holidays", "times", "mentions")}
    fields["pillars"] = tuple(Pillar(**{**p, "text": _phrase(p["text"])}) for p in body.get("pillars", ()))
    fields["segments"] = tuple(Segment(s["id"], _phrase(s["text"])) for s in body.get("segments", ()))
    if tagging := body.get("tagging"):
        fields["tagging"] = Tagging(**{**tagging, "links": tuple(tagging["links"])})
    if style := body.get("style"):
        fields["style"] = Style(**style)
    fields["slots"] = tuple(WeekSlot(**{**s, "days": tuple(s["days"])}) for s in body.get("slots", ()))
    fields["quiet"] = tuple(Quiet(**{**q, "days": tuple(q["days"])}) for q in body.get("quiet", ()))
    fields["gap_minutes"] = body.get("gap_minutes", Plan.gap_minutes)
    return Plan(**fields)


def brand(body: dict[str, Any], rules: list[dict[str, Any]]) -> Brand:
    """Read a Brand as ``brand_body`` wrote it, with its rules."""
    people = tuple(
        Person(p["id"], p["name"], frozenset(Role(r) for r in p["roles"]), tuple(p.get("sign_in", ())))
        for p in body["people"]
    )
    return Brand(
        **{
            **body,
            "languages": tuple(body["languages"]),
            "accounts": tuple(Account(**a) for a in body["accounts"]),
            "people": people,
            "link_hosts": tuple(body["link_hosts"]),
            "hashtags": tuple(body["hashtags"]),
            "replies": tuple(SavedReply(**r) for r in body["replies"]),
            "plan": plan(body.get("plan", {})),
            "rulebook": RuleBook(tuple(rule(r) for r in rules)),
        }
    )


def brand_body(value: Brand) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Split a Brand into its JSON body and its rules."""
    body = as_dict(value)
    rules = body.pop("rulebook")["rules"]
    for person in body["people"]:
        person["roles"] = sorted(person["roles"])
    return body, list(rules)


def draft(row: Mapping[Any, Any]) -> Draft:
    """Read one row of ``draft``."""
    return Draft(**dict(row))


def document(row: Mapping[Any, Any]) -> Document:
    """Read one row of ``document``."""
    lists = {"citations": tuple(row["citations"]), "findings": tuple(finding(f) for f in row["findings"])}
    return Document(**{**row, **lists})


def version(row: Mapping[Any, Any]) -> DraftVersion:
    """Read one row of ``draft_version``."""
    return DraftVersion(
        **{
            **row,
            "content": content(row["content"]),
            "state": DraftState(row["state"]),
            "citations": tuple(row["citations"]),
            "findings": tuple(finding(f) for f in row["findings"]),
        }
    )


def request(row: RowMapping) -> ApprovalRequest:
    """Read one row of ``approval_request``."""
    return ApprovalRequest(**{**row, "four_eyes": bool(row["four_eyes"]), "signers": tuple(row["signers"])})


def decision(row: RowMapping) -> Decision:
    """Read one row of ``decision``."""
    return Decision(**{**row, "choice": Choice(row["choice"])})


def part(row: Mapping[Any, Any], body: Content) -> PostPart:
    """Read one row of ``post_part``; its text comes from the signed content."""
    receipt = None
    if row["remote_id"]:
        receipt = Receipt(row["remote_id"], row["url"] or "", row["live_at"], row["cid"] or "")
    return PostPart(
        post_id=row["post_id"],
        n=row["n"],
        part=body.parts[row["n"]],
        state=PostState(row["state"]),
        attempts=row["attempts"],
        once_key=row["once_key"],
        first_sent=row["first_sent"],
        last_sent=row["last_sent"],
        not_before=row["not_before"],
        looks=row["looks"],
        receipt=receipt,
        why=row["why"],
    )


def post(row: RowMapping, parts: Sequence[Mapping[Any, Any]]) -> Post:
    """Read one row of ``post``, its content as the stored text, with its parts."""
    body, _ = stored_content(row["content"])
    return Post(
        id=row["id"],
        draft_id=row["draft_id"],
        version=row["version"],
        account=row["account"],
        content=body,
        hash=row["hash"],
        due=row["due"],
        created=row["created"],
        parts=tuple(part(p, body) for p in parts),
    )


def policy_body(value: ApprovalPolicy) -> list[dict[str, Any]]:
    """Write a policy as JSON."""
    found = []
    for rule in value.rules:
        when = as_dict(rule.when)
        when["hours"] = [[h.start.isoformat(), h.end.isoformat()] for h in rule.when.hours]
        outcome = {"do": "ask" if isinstance(rule.outcome, Ask) else "refuse", **as_dict(rule.outcome)}
        found.append({"name": rule.name, "when": when, "outcome": outcome})
    return found


def policy(body: list[dict[str, Any]]) -> ApprovalPolicy:
    """Read a policy as ``policy_body`` wrote it."""
    rules = []
    for item in body:
        when, outcome = item["when"], dict(item["outcome"])
        conditions = Conditions(
            platform=tuple(when["platform"]),
            account=tuple(when["account"]),
            kind=tuple(Kind(k) for k in when["kind"]),
            risk=tuple(Risk(r) for r in when["risk"]),
            language=tuple(when["language"]),
            hours=tuple(Hours(time.fromisoformat(a), time.fromisoformat(b)) for a, b in when["hours"]),
        )
        if outcome.pop("do") == "refuse":
            rules.append(PolicyRule(item["name"], conditions, Refuse(**outcome)))
        else:
            rules.append(PolicyRule(item["name"], conditions, Ask(**{**outcome, "signers": tuple(outcome["signers"])})))
    return ApprovalPolicy(tuple(rules))


def replies_body(value: ReplyPolicy) -> dict[str, Any]:
    """Write a reply policy as JSON."""
    body = as_dict(value)
    body["office"]["hours"] = _hours_body(value.office.hours)
    for rule, said in zip(value.rules, body["rules"], strict=True):
        said["when"]["hours"] = [_hours_body(h) for h in rule.when.hours]
    return body


def replies(body: dict[str, Any] | None) -> ReplyPolicy:
    """Read a reply policy as ``replies_body`` wrote it; the default one where none was written."""
    if not body:
        return ReplyPolicy()
    rules = []
    for said in body["rules"]:
        lists = {n: tuple(v) for n, v in said["when"].items() if isinstance(v, list) and n != "hours"}
        when = RemarkConditions(
            **{**said["when"], **lists, "hours": tuple(_hours(*pair) for pair in said["when"]["hours"])}
        )
        rules.append(ReplyRule(**{**said, "action": ReplyAction(said["action"]), "when": when}))
    office = body["office"]
    return ReplyPolicy(
        **{**body, "rules": tuple(rules),
           "office": Office(tuple(office["days"]), _hours(*office["hours"]), office["within_hours"])}
    )  # fmt: skip


def _hours_body(value: Hours) -> list[str]:
    return [value.start.isoformat(), value.end.isoformat()]


def _hours(start: str, end: str) -> Hours:
    return Hours(time.fromisoformat(start), time.fromisoformat(end))
