"""What a campaign's plan says beyond the model's words: posts that differ, angles, its name, its measure, its table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.app import App
from bot.domain.brand import Brand, Rule, RuleKind
from bot.insight import angles
from bot.writing.common import relevant
from bot.writing.said import history

if TYPE_CHECKING:
    from bot.agent.kinds import Kind


def sized(kind: Kind, posts: int) -> Kind:
    """Return the kind with exactly so many posts in its schema."""
    fields = tuple(replace(f, items=(posts, posts)) if f.name == "slots" else f for f in kind.fields)
    return replace(kind, fields=fields)


def different(
    app: App, brand: Brand, given: Sequence[Mapping[str, Any]], brief: str, language: str, posts: int
) -> list[dict[str, Any]]:
    """Return one different thing to tell a post: what repeats, or is missing, gives way to a fact nobody tells yet."""
    from bot.agent import choosing
    from bot.agent.kind_checks import alike

    near: list[Rule] = [r for r in relevant(app, brand, brief, hard=False) if r.kind is RuleKind.FACT]
    spare = [r.text for r in choosing.in_language(near, language)]
    told: list[dict[str, Any]] = []
    for n in range(posts):
        slot = dict(given[n]) if n < len(given) else {"step": "show", "idea": ""}
        ideas = [s["idea"] for s in told]
        if not str(slot.get("idea") or "").strip() or any(alike(slot["idea"], other) for other in ideas if other):
            later = [str(s.get("idea") or "") for s in given[n + 1 :]]
            slot["idea"] = next((f for f in spare if not any(alike(f, o) for o in [*ideas, *later] if o)), "")
        told.append(slot)
    return told


def angle_for(idea: str, used: Sequence[str]) -> str:
    fitting = angles.choose(idea, 9)
    return next((a.id for a in fitting if a.id not in used), "")


def slug(title: str, start: str) -> str:
    """Return a name for links and ids out of a title: ``spring-check-month-2026-11``, at most 29 characters."""
    words = re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]+", title.lower())
    name = ""
    for word in words:
        word = word[:8] if not word.isascii() else word
        if len(name) + len(word) + 1 > 21:
            break
        name += ("-" if name else "") + word
    return f"{name or (words[0][:21] if words else 'campaign')}-{start[:7]}"


def measure(app: App, brand: Brand, accounts: Sequence[str], name: str, language: str) -> str:
    """Say how it will be known whether it worked, with the figure to hold it against; in the language of the plan."""
    from statistics import median

    told = [
        p.answers
        for p in history(app, brand, by_subject=False).posts
        if p.account in accounts and p.answers is not None
    ]
    chinese, tagging = language.startswith("zh"), brand.plan.tagging
    if len(told) >= 3:
        usual = f"{median(told):g}"
        said = (
            f"每条帖子发布一周后的互动（赞、回复、转发）中位数，与这些账号此前 {len(told)} 条帖子的 {usual} 相比。"
            if chinese
            else f"Likes, replies and reposts of each post after a week: their median, against {usual}, that of the "
            f"{len(told)} posts before on these accounts."
        )
    else:
        said = (
            "每条帖子发布一周后的互动（赞、回复、转发）中位数；以前的帖子还不够三条，暂无可比的数字。"
            if chinese
            else "Likes, replies and reposts of each post after a week: their median. There is no figure to hold it "
            "against yet: fewer than three posts were counted before."
        )
    if tagging.links and "{campaign}" in tagging.campaign:
        tag = tagging.campaign.replace("{campaign}", name)
        said += f"另看 utm_campaign={tag} 的访问量。" if chinese else f" And visits with utm_campaign={tag}."
    return said


def rendered(kind: Kind, body: Mapping[str, Any], language: str) -> str:
    """Write the plan as Markdown: what the model filled, the measure, and the posts with their times."""
    from bot.agent import kind_body, kinds

    chinese = language.startswith("zh")
    field_ = kind.field("slots")
    steps = next((f.options or {} for f in field_.of if f.name == "step"), {}) if field_ else {}
    blocks = [kind_body.markdown([f for f in kind.fields if f.name != "slots"], body, language)]
    blocks.append(f"**{'衡量' if chinese else 'Measure of success'}**{'：' if chinese else ': '}{body['measure']}")
    heads = ["#", "时间", "账号", "作用", "内容"] if chinese else ["#", "When", "Account", "Step", "What it says"]
    rows = []
    for n, slot in enumerate(body["slots"], 1):
        step = kinds.said(steps.get(slot.get("step"), {"en": ""}), language)
        for key, at in slot["at"].items():
            idea = " ".join(str(slot["idea"] or "-").split()).replace("|", "\\|")
            rows.append([str(n), f"{at['wall'].replace('T', ' ')} {at['zone']}", key, step, idea])
    blocks.append("\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * 5, *rows]))
    return "\n\n".join(blocks)
