"""Ideas on the screen, and for programs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from bot.surfaces.cli import screen
from bot.words import joined, language, say

if TYPE_CHECKING:
    from bot.domain.brand import Brand
    from bot.writing.ideas import Idea, Ideas


def _draft(idea: Idea) -> str:
    """Return the command that drafts an idea."""
    at = idea.at.replace("T", " ")
    words = ["draft", " ".join(idea.what.split()), "--account", idea.account, "--at", at]
    return f"{screen.program_name()} {shlex.join(words)}"


def data(brand: Brand, found: Ideas) -> dict[str, object]:
    """Return all of it for a program."""
    return {
        "brand": brand.id,
        "from": found.first,
        "to": found.last,
        "model": found.model,
        "pillars": [
            {"id": s.pillar.id, "share": s.pillar.share, "count": s.count, "of": s.of, "percent": s.percent}
            for s in found.shares
        ],
        "gaps": [{"account": g.account, "first": g.first, "last": g.last, "days": g.days} for g in found.gaps],
        "warnings": [
            {"day": dict(w.day.names), "on": w.day.on, "last": w.day.last, "country": w.day.country,
             "accounts": w.accounts, "planned": w.planned, "source": w.day.source} for w in found.warnings
        ],
        "notes": found.notes,
        "ideas": [{**vars(i), "command": _draft(i)} for i in found.ideas],
    }  # fmt: skip


def show(brand: Brand, found: Ideas) -> None:
    """Print them: warnings first, then each idea, then what to know beside."""
    from bot.insight.angles import angle
    from bot.writing.reasons import spoken_day

    for warned in found.warnings:
        lines = [
            say("{name} is on {date}: a day of mourning or remembrance.",
                name=warned.day.name(language()), date=spoken_day(warned.day.on)),
            say("Sell nothing and joke about nothing on {accounts} that day; no idea is placed on it.",
                accounts=", ".join(warned.accounts)),
        ]  # fmt: skip
        if warned.planned:
            ids = ", ".join(warned.planned)
            lines.append(say("To go out on it: {ids}. `signoff reschedule` and `signoff cancel` change that.", ids=ids))
        click.secho("⚠️ " + screen.wrapped(joined(*lines)), bold=True)
    if not found.ideas:
        click.echo(say("There is no idea for {brand}.", brand=brand.name))
    for n, idea in enumerate(found.ideas, 1):
        screen.heading(f"{n}. {' '.join(idea.what.split())}")
        way = angle(idea.angle)
        pillar = next((p.text.text(language()) for p in brand.plan.pillars if p.id == idea.pillar), "")
        about = [say("pillar: {name}", name=pillar)] if pillar else []
        about += [say("angle: {name}", name=way.name)] if way else []
        about += [say("facts: {ids}", ids=", ".join(idea.facts))] if idea.facts else []
        at = f"{idea.at[:10]} {idea.at[11:]} {idea.zone}"
        screen.columns([
            [say("When"), f"{at} · {idea.account}"],
            [say("Why now"), idea.why],
            *([[say("With"), " · ".join(about)]] if about else []),
            [say("Draft it"), _draft(idea)],
        ])  # fmt: skip
    if found.notes:
        click.echo()
    for note in found.notes:
        click.echo(screen.wrapped(note))
