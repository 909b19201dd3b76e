"""What code fills in a document, which citations it keeps, and the document as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.agent import choosing, facts, faithful
from bot.agent.kind_checks import seconds_asked, spoken
from bot.agent.kind_schema import Leaf, leaves
from bot.agent.kinds import Field, Kind, model_fields, said
from bot.domain.brand import Brand, Rule, RuleKind

#: Rules of what never to say that a brief for somebody outside holds.
MOST_NEVER = 6
#: Shortest scene that an eye can follow, in seconds.
SHORTEST_SCENE = 2
_DISCLOSES = re.compile(r"\badvert|\bsponsor|\bpaid partnership|\bgifted|广告|赞助|合作.*标注|标注.*合作", re.I)
_DISCLOSE = {
    "en": "Mark every post openly as advertising, where people see it at once.",
    "zh": "每篇内容都要在显眼处标明“广告”。",
}


def fill(
    kind: Kind, body: Mapping[str, Any], brief: str, language: str, brand: Brand, points: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return the body with what code knows better than a model: rules word for word, hashtags, seconds, quotations."""
    if kind.formats:
        return dict(body)
    filled: dict[str, Any] = {}
    for f in kind.fields:
        if f.by == "never_rules":
            filled[f.name] = [r.text for r in never_rules(brand, brief, language)]
        elif f.by == "disclosure":
            filled[f.name] = disclosure(brand, language)
        elif f.by == "hashtags":
            filled[f.name] = hashtags(brand, language)
        elif f.by == "source":
            filled[f.name] = [{"text": p.text, "quote": p.quote} for p in points]
        elif f.name in body:
            filled[f.name] = body[f.name]
            if any(sub.by == "seconds" for sub in f.of):
                filled[f.name] = timed(f, body[f.name], seconds_asked(brief), language)
    return filled


def texts(kind: Kind, body: Mapping[str, Any]) -> list[Leaf]:
    """Return every text that the model wrote, with its path."""
    if not kind.formats:
        return leaves(model_fields(kind.fields), dict(body))
    return [
        leaf
        for n, ad in enumerate(body.get("ads") or ())
        for leaf in leaves(kind.format(ad["format"]).fields, ad, f"{ad['format']}.")
    ]


def render(kind: Kind, body: Mapping[str, Any], language: str) -> str:
    """Write a document as Markdown, without what is said about it."""
    if not kind.formats:
        return markdown(kind.fields, body, language)
    blocks = []
    for ad in body.get("ads") or ():
        one = kind.format(ad["format"])
        limits = "、" if language.startswith("zh") else ", "
        counted = limits.join(
            f"{said(f.label, language)} ≤ {f.most(language)}" for f in one.fields if f.type in ("text", "list")
        )
        blocks += [f"## {said(one.label, language)}", markdown(one.fields, ad, language, 2)]
        blocks.append(f"<{one.source}> ({one.read}): {counted}")
    return "\n\n".join(blocks)


def never_rules(brand: Brand, brief: str, language: str) -> list[Rule]:
    """Return what is never said, those that the brief comes near first."""
    never = [r for r in brand.rulebook.rules if r.kind is RuleKind.NEVER]
    own = [r for r in choosing.in_language(never, language) if _same(r.language, language)] or never
    return sorted(own, key=lambda r: (not faithful.near(r.text, brief), not r.hard))[:MOST_NEVER]


def disclosure(brand: Brand, language: str) -> str:
    """Return the brand's rule on marking advertising, else what the law of most places asks."""
    asked = (r for r in brand.rulebook.rules if r.kind in (RuleKind.MUST, RuleKind.SHOULD))
    rules = [r for r in asked if _DISCLOSES.search(r.text)]
    own = [r for r in choosing.in_language(rules, language) if _same(r.language, language)]
    return own[0].text if own else str(said(_DISCLOSE, language))


def hashtags(brand: Brand, language: str) -> list[str]:
    """Return the brand's hashtags in the script of a language."""
    chinese = language.startswith("zh")
    return [tag for tag in brand.hashtags if bool(re.search(r"[\u4e00-\u9fff]", tag)) == chinese]


def _same(one: str, other: str) -> bool:
    return one.split("-")[0].lower() == other.split("-")[0].lower()


def timed(field: Field, scenes: Sequence[dict[str, Any]], total: int, language: str) -> list[dict[str, Any]]:
    """Give each scene its seconds, by how long its words take to say; together they are exactly ``total``."""
    name = next(sub.name for sub in field.of if sub.by == "seconds")
    if not scenes:
        return []
    weights = [max(1.0, spoken(str(scene.get("voice") or ""), language)) for scene in scenes]
    spare = total - SHORTEST_SCENE * len(scenes)
    if spare < 0:
        return [{name: total * (n + 1) // len(scenes) - total * n // len(scenes), **s} for n, s in enumerate(scenes)]
    shares, taken, out = sum(weights), 0, list[dict[str, Any]]()
    for n, (weight, scene) in enumerate(zip(weights, scenes, strict=True)):
        upto = round(spare * sum(weights[: n + 1]) / shares)
        out.append({name: SHORTEST_SCENE + upto - taken, **scene})
        taken = upto
        assert weight > 0
    return out


def supported(rules: Sequence[Rule], texts: Sequence[Leaf], brief: str) -> dict[str, list[str]]:
    """Return, of rules that a model cited, those that something rests on: id -> paths of the texts that do.

    A fact must share words or a number with a text, beyond what the brief gave; a rule with hashtags must find them
    there. What a rule of voice did to a text cannot be seen by code: it is kept, for the whole document.
    """
    kept: dict[str, list[str]] = {}
    whole = "\n".join(leaf.text for leaf in texts)
    for rule in rules:
        if rule.kind in (RuleKind.FACT, RuleKind.EXAMPLE):
            paths = [leaf.path for leaf in texts if rests_on(leaf.text, rule.text, brief)]
            if paths:
                kept[rule.id] = paths
        elif tags := choosing.tags_of(rule):
            if all(tag.lower() in whole.lower() for tag in tags):
                kept[rule.id] = []
        elif rule.kind is RuleKind.VOICE or faithful.near(rule.text, brief, whole):
            kept[rule.id] = []
    return kept


def rests_on(text: str, rule: str, brief: str) -> bool:
    """Say whether a text tells something of a rule: two of its telling words that the brief lacks, or one of its
    words and a number."""
    shared = {m for m in faithful.marks(rule) & faithful.marks(text) if not m[0].isdigit()}
    numbers = set(facts.numbers(facts.without_links(rule))) & set(facts.numbers(facts.without_links(text)))
    return len(shared - faithful.marks(brief)) >= 2 or bool(shared and numbers)


def markdown(fields: Sequence[Field], body: Mapping[str, Any], language: str, level: int = 1) -> str:
    """Write a body as Markdown, in the order of its fields."""
    blocks: list[str] = []
    for f in fields:
        value = body.get(f.name)
        if value in (None, "", []):
            continue
        label = str(said(f.label, language))
        if f.type == "records":
            blocks += _records(f, value, language, level)
        elif f.type == "list":
            if f.shown != "plain":
                blocks.append(f"**{label}**")
            blocks.append("\n".join(f"{n}. {v}" if f.shown == "plain" else f"- {v}" for n, v in enumerate(value, 1)))
        elif f.type == "choice":
            blocks.append(f"**{label}**{_colon(language)}{_chosen(f, value, language)}")
        elif f.shown == "title":
            blocks.append(f"{'#' * level} {value}")
        elif f.shown == "plain":
            blocks.append(str(value))
        elif f.shown == "quote":
            blocks.append("\n".join(f"> {line}" for line in str(value).splitlines()))
        else:
            blocks.append(f"**{label}**{_colon(language)}{value}")
    return "\n\n".join(blocks)


def _records(f: Field, records: Sequence[Mapping[str, Any]], language: str, level: int) -> list[str]:
    if f.shown == "table":
        heads = ["#", *(str(said(sub.label, language)) for sub in f.of)]
        rows = [[str(n), *(_cell(sub, record, language) for sub in f.of)] for n, record in enumerate(records, 1)]
        lines = ["| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows]]
        return ["\n".join(lines)]
    first, *rest = f.of
    if f.shown == "sections":
        blocks = []
        for record in records:
            blocks.append(f"{'#' * (level + 1)} {record.get(first.name, '')}")
            blocks.append(markdown(rest, record, language, level + 1))
        return [b for b in blocks if b]
    lines = []
    for record in records:
        more = [str(record[sub.name]) for sub in rest if record.get(sub.name)]
        lines += [f"- {record.get(first.name, '')}", *(f"  > {m}" for m in more)]
    return [f"**{said(f.label, language)}**", "\n".join(lines)]


def _cell(f: Field, record: Mapping[str, Any], language: str) -> str:
    value = record.get(f.name, "")
    if f.type == "choice":
        value = _chosen(f, value, language)
    return " ".join(str(value).split()).replace("|", "\\|")


def _chosen(f: Field, value: str, language: str) -> str:
    return str(said((f.options or {}).get(value) or {"en": value}, language))


def _colon(language: str) -> str:
    return "：" if language.startswith("zh") else ": "
