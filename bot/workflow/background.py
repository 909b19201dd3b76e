"""What a card says beside the text: what kind of draft it is, for whom, in answer to what, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import prompting
from bot.checks.base import Source, Subject
from bot.checks.claims import tied
from bot.domain.draft import BELOW, Media
from bot.errors import PromptError
from bot.insight import angles, tagging
from bot.words import language, say
from bot.workflow import own_voice

if TYPE_CHECKING:
    from bot.domain.draft import Draft, DraftVersion
    from bot.workflow.card import Card

Rows = list[tuple[str, str]]


def what(card: Card) -> Rows:
    """Return what the draft is: its kind, which of several versions, its readers, what it answers, who sees it."""
    draft, version, found = card.draft, card.version, Rows()
    if draft.kind != "post":
        found.append((say("Kind"), kind_label(draft.kind)))
    if said := variant(draft, version):
        found.append((say("Version"), said))
    if draft.segment:
        segment = card.brand.plan.segment(draft.segment)
        found.append((say("Readers"), segment.text.text(language()) if segment else draft.segment))
    to = version.known("to") or {}
    if words := to.get("words"):
        name = say("They wrote") if draft.kind == "reply" else say("Below the post")
        found.append((name, "\n".join(f"> {line}" for line in words.splitlines() if line.strip())))
    if version.content.reply_parent:
        found.append((say("Answers"), to.get("url") or version.content.reply_parent))
    elif draft.kind in BELOW:
        found.append((say("Text to copy"), say("nothing is sent from here: copy it to where it belongs")))
    if version.content.visibility != "public":
        found.append((say("Who sees it"), say(version.content.visibility)))
    return found


def follows(card: Card) -> Rows:
    """Return the rules that a text names, each with its place."""
    # A person's own words rest on what the person knows; the rules are those that the text before them named.
    label = say("Rule named before the edit") if card.version.origin == "person" else say("Follows rule")
    found = Rows()
    for rule in card.cited:
        place = f", {rule.file}:{rule.line}" if rule.file else ""
        found.append((label, f"[{rule.id}] {rule.text} ({say(rule.kind.value)}{place})"))
    return found or [(say("Follows rule"), say("none named"))]


def kind_label(kind: str) -> str:
    """Return what a kind is called, in the reader's language."""
    try:
        labels = prompting.load(f"kinds/{kind}").kind.get("label", {})
    except PromptError:
        return kind
    return str(labels.get(language()) or labels.get("en") or kind)


def variant(draft: Draft, version: DraftVersion) -> str:
    """Name the angle of a draft and its place among those made with it; empty for a draft alone."""
    angle = angles.angle(draft.angle) if draft.angle else None
    n, of = version.known("place") or (0, 0)
    place = say("{n} of {of}", n=n, of=of) if of else ""
    return ", ".join(filter(None, (angle.name if angle else draft.angle, place)))


def beside(card: Card) -> Rows:
    """Return what helps to read the text: what it says in the operator's language, and the tags on its links."""
    found, kept = Rows(), card.version.evidence.get("back_translation") or {}
    if kept.get("text"):
        found.append((_in(kept["language"]), kept["text"]))
    elif kept.get("failed"):
        found.append((_in(kept["language"]), say("could not be made: {why}", why=kept["failed"])))
    found += own_voice.rows(card.version)
    for part in card.version.content.parts:
        for link in tagging.tagged(part.text, card.brand.plan.tagging):
            tags = ", ".join(f"{name}={value}" for name, value in link.tags)
            found.append((say("Tagged link"), f"{link.url}: {tags}"))
    return found


def _in(tag: str) -> str:
    code = tag.split("-")[0].lower()
    known = {"en": say("In English, by the model"), "zh": say("In Chinese, by the model")}
    return known.get(code) or say("In {language}, by the model", language=tag)


def picture(card: Card, medium: Media) -> str:
    """Say whose words an alt text is, where they are the model's."""
    made = card.version.known("alt_texts") or {}
    return say("(alt text by the model)") if medium.alt and made.get(medium.sha256) == medium.alt else ""


def rests(card: Card) -> Rows:
    """Return the claims of the text with what says the same, one row for each source."""
    sources = [Source("brief", card.draft.brief)] if card.draft.brief else []
    claims: dict[str, list[str]] = {}
    for claim in tied(Subject(card.version.content, card.brand, sources=sources, kind=card.draft.kind)):
        if claim.source_id:
            told = claims.setdefault(claim.source_id, [])
            told += [] if claim.text in told else [claim.text]
    return [
        (say("Rests on"), f"{_source(card, source)}: {', '.join(f'“{c}”' for c in told)}")
        for source, told in claims.items()
    ]


def _source(card: Card, source: str) -> str:
    if source == "brief":
        return say("the brief")
    rule = card.brand.rulebook.get(source)
    place = f", {rule.file}:{rule.line}" if rule and rule.file else ""
    return f"[{source}]{place}"
