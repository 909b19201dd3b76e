"""The part of brand.yaml that says what the brand talks about, to whom, when, and how its texts should come out."""

from __future__ import annotations

import re
from collections.abc import Collection

from bot.brand_folder import times_yaml
from bot.brand_folder.reader import Fields
from bot.domain.editorial import Phrase, Pillar, Plan, Segment, Style, Tagging
from bot.words import say

FIELDS = ("pillars", "segments", "topics", "holidays", "posting_times", "mentions", "utm", "style", *times_yaml.FIELDS)
_COUNTRY = re.compile(r"[A-Z]{2}")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_NAMES = {"platform", "account", "campaign", "kind", "variant", "draft"}


def read_plan(top: Fields, main: str, accounts: Collection[str]) -> Plan:
    """Return the plan in brand.yaml for its accounts; what cannot be used is left out and noted."""
    return Plan(
        pillars=_pillars(top, main),
        segments=_segments(top, main),
        topics=tuple(dict.fromkeys(text for text, _ in top.texts("topics"))),
        holidays=_matching(top, "holidays", _COUNTRY, say("Write a country's two capital letters, such as GB or CN.")),
        times=_matching(top, "posting_times", _TIME, say('Write it as "09:30", in quotes.')),
        mentions=tuple(dict.fromkeys(text.lstrip("@＠").lower() for text, _ in top.texts("mentions"))),
        tagging=_tagging(top),
        style=_style(top),
        slots=times_yaml.read_slots(top, accounts),
        quiet=times_yaml.read_quiet(top, accounts),
        gap_minutes=int(top.number("gap_minutes", Plan.gap_minutes, least=0, whole=True)),
    )


def _pillars(top: Fields, main: str) -> tuple[Pillar, ...]:
    found = []
    for entry in top.entries("pillars", ("id", "text", "share"), "pillar"):
        pillar, text = entry.id(), _phrase(entry, main)
        share = int(entry.number("share", 0, least=0, whole=True))
        if pillar and text.texts:
            found.append(Pillar(pillar, text, share))
    total = sum(p.share for p in found)
    if total > 100:
        top.error("pillars", say("The shares of the pillars make {total} percent.", total=total), say("Lower some."))
    return tuple(found)


def _segments(top: Fields, main: str) -> tuple[Segment, ...]:
    found = []
    for entry in top.entries("segments", ("id", "text"), "segment"):
        segment, text = entry.id(most=64), _phrase(entry, main)
        for _, words in text.texts:
            # Who a group is can be said without anybody's name or address: nothing else may reach a prompt.
            if re.search(r"[\w.+-]+@[\w-]+\.\w+|\d{6,}", words):
                entry.error(
                    "text",
                    say("The segment {segment!r} holds what looks like a person's data.", segment=segment),
                    say("Say in words what the group has in common."),
                )
        if segment and text.texts:
            found.append(Segment(segment, text))
    return tuple(found)


def _phrase(entry: Fields, main: str) -> Phrase:
    texts = entry.by_language("text", main)
    if not texts:
        entry.error("text", say("{what} has no text.", what=entry.what), say("Say in a sentence what it is."))
    return Phrase(tuple(sorted(texts.items(), key=lambda pair: pair[0] != main)))


def _matching(top: Fields, name: str, shape: re.Pattern[str], fix: str) -> tuple[str, ...]:
    found = []
    for text, line in top.texts(name):
        if shape.fullmatch(text):
            found.append(text)
        else:
            top.problems.error(top.file, line, say("{text!r} cannot be read.", text=text), fix)
    return tuple(dict.fromkeys(found))


def _tagging(top: Fields) -> Tagging:
    fields = top.fields("utm", ("links", "source", "medium", "campaign", "content"))
    if fields is None:
        return Tagging()
    usual = Tagging()
    texts = {}
    for name in ("source", "medium", "campaign", "content"):
        texts[name] = fields.text(name, getattr(usual, name))
        for unknown in sorted(set(re.findall(r"{(\w*)}", texts[name])) - _NAMES):
            fields.error(
                name,
                say("There is nothing named {name} to put into a link.", name="{" + unknown + "}"),
                say("There are: {names}.", names=", ".join("{" + n + "}" for n in sorted(_NAMES))),
            )
    links = tuple(
        dict.fromkeys(re.sub(r"^https?://", "", text.lower()).rstrip("/") for text, _ in fields.texts("links"))
    )
    if not links:
        fields.error("links", say("It is not said which links to tag."), say("Add `links: [shop.example.com]`."))
    return Tagging(links, **texts)


def _style(top: Fields) -> Style:
    fields = top.fields("style", ("mood", "school_years", "exclamations", "emoji", "hashtags"))
    if fields is None:
        return Style()
    moods = fields.choices("mood", ("positive", "neutral"), "mood")
    numbers = {
        name: int(fields.number(name, 0, least=0, whole=True)) if fields.get(name) else None
        for name in ("school_years", "exclamations", "emoji", "hashtags")
    }
    return Style(moods[0] if moods else "", **numbers)
