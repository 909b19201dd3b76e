"""The audit record as lines that people read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.draft import DraftState
from bot.words import retold, say
from bot.workflow import finding_words
from bot.workflow.card import state_word


def lines(found: dict[str, Any], zone: str, *, brief: bool = False) -> list[str]:
    """Return the record, oldest first; ``brief`` leaves out the list of every change of state."""
    draft = found["draft"]
    said = [
        say("Audit of {id} for {account}, times in {zone}", id=draft["id"], account=draft["account"], zone=zone),
        say("Asked for by {who} on {time}: {brief}", who=draft["author"], time=_at(draft["created"], zone),
            brief=" ".join(draft["brief"].split()) or "-"),
    ]  # fmt: skip
    for version in found["versions"]:
        said += _version(version, zone)
    for decision in found["decisions"]:
        verb = say("signed") if str(decision["choice"]) == "approve" else say("rejected")
        what = {
            "who": decision["person"],
            "n": decision["version"],
            "hash": decision["hash"][:8],
            "via": decision["via"],
        }
        text = say("{verb} by {who} over {via}: version {n}, #{hash}", verb=verb, **what)
        said.append(
            f"  {_at(decision['at'], zone)}  {text}" + (f" ({decision['reason']})" if decision["reason"] else "")
        )
    for post in found["posts"]:
        said.append(say("Post {id}", id=post["id"]))
        for attempt in post["attempts"]:
            what = {"n": attempt["attempt"], "part": attempt["n"] + 1, "outcome": say(attempt["outcome"] or "unknown")}
            text = say("part {part}, attempt {n}: {outcome}", **what)
            said.append(f"  {_at(attempt['started'], zone)}  {text}  {retold(attempt['detail'] or '')}".rstrip())
        said += [f"  → {p['receipt']['url']}" for p in post["parts"] if p["receipt"]]
    if not brief:
        said.append(say("Every change"))
        for event in found["events"]:
            change = f"{say(event['was']) or '·'} → {say(event['now'])}"
            why = retold(event["why"])
            said.append(f"  {_at(event['at'], zone)}  {event['who']}  {event['subject']}  {change}  {why}".rstrip())
    return said


def _version(version: dict[str, Any], zone: str) -> list[str]:
    evidence = version["evidence"]
    made = {
        "n": version["version"],
        "who": version["author"],
        "state": state_word(DraftState(version["state"])),
        "hash": version["hash"][:8],
    }
    said = [f"  {_at(version['created'], zone)}  " + say("version {n} by {who}, #{hash}, {state}", **made)]
    if evidence.get("model"):
        model, prompts = evidence["model"], ", ".join(evidence.get("prompts", ()))
        said.append("      " + say("words by {model}, with the prompts {prompts}", model=model, prompts=prompts))
    if version["citations"]:
        said.append("      " + say("follows {rules}", rules=", ".join(version["citations"])))
    for finding in version["findings"]:
        said.append(f"      {finding_words.weight(finding['severity'])}: {retold(finding['message'])}")
    if version["note"]:
        said.append(f"      {version['note']}")
    return said


def _at(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
