"""Edit: the text of every part and the descriptions of its pictures. What a check blocks is not stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.domain.draft import Severity
from bot.errors import SignoffError
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards import binding
from bot.surfaces.slack.cards.pressed import barred, carried, on_card, wrong
from bot.words import joined, retold, say, speaking

if TYPE_CHECKING:
    from bot.domain.draft import Content, Media
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask
    from bot.workflow.card import Card

#: What one field holds; a longer part goes on in the next field.
_FIELD = 2900
#: Fields of a form: Slack takes 100 blocks and 250 kB.
_FIELDS = 80
_NEW = "more"


def view(card: Card, carries: Mapping[str, str]) -> Block:
    """Return the form, filled in with the text as it stands."""
    content = card.version.content
    fields: list[Block] = []
    for n, part in enumerate(content.parts):
        pieces = kit.split(part.text, _FIELD)
        for k, piece in enumerate(pieces):
            name = say("Text") if len(content.parts) == 1 else say("Part {n} of {of}", n=n + 1, of=len(content.parts))
            label = f"{name} ({card.sizes[n]})" if not k else say("{part}, continued", part=name)
            element = kit.text("text", given=piece, lines=True)
            # A part that is emptied is taken out of the thread.
            fields.append(kit.field(f"part.{n}.{k}", label, element, optional=len(content.parts) > 1 or k > 0))
        for m, medium in enumerate(part.media):
            label = say("What picture {n} shows, for those who cannot see it", n=m + 1)
            element = kit.text("alt", given=kit.clip(medium.alt, _FIELD), lines=True)
            fields.append(kit.field(f"alt.{n}.{m}", label, element, optional=True))
    if len(fields) > _FIELDS:
        said = say("This text is too long for a form. Edit it on the command line: {command}",
                   command=f"signoff edit {card.draft.id}")  # fmt: skip
        return kit.modal("edit", say("Edit"), [kit.section(said)], close=say("Close"))
    fields.append(kit.field(_NEW, say("One more part"), kit.text("text", lines=True), optional=True,
                            hint=say("It stands below the others, as in a thread.")))  # fmt: skip
    note = kit.context(say("The checks run when you save. Every earlier signature is void then."))
    return kit.modal("edit", say("Edit"), [*fields, note], submit=say("Save"), close=say("Cancel"), metadata=carries)


def faults(ask: Ask, state: Mapping[str, Any]) -> dict[str, str]:
    """Run the checks on what was typed; return what blocks it, beside the part that it is in."""
    from bot import writing

    card = binding.held(ask.app, carried(ask).get("card", ""))
    texts, places = typed(state)
    if not texts:
        return {places[0] if places else _first(state): say("Nothing is left of the text.")}
    try:
        new = writing.tried(ask.app, card.draft.id, texts, ask.person.id, media=described(card.version.content, state))
    except SignoffError as error:
        return {places[0]: wrong(error)}
    found: dict[str, list[str]] = {}
    for finding in new.findings:
        # What has no place yet stays held back whatever its words are.
        if finding.severity is Severity.BLOCK and finding.check != "unplaced":
            said = joined(retold(finding.message), retold(finding.fix))
            found.setdefault(places[min(finding.part, len(places) - 1)], []).append(said)
    return {place: kit.clip("\n".join(said), 600) for place, said in found.items()}


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    on_card(ask, carried(ask).get("card", ""), lambda card: _store(ask, card, state))


def _store(ask: Ask, card: Card, state: Mapping[str, Any]) -> str:
    from bot import writing

    texts, _ = typed(state)
    media = described(card.version.content, state)
    same = [p.text.strip() for p in card.version.content.parts] == texts
    if same and all(m == card.version.content.parts[n].media for n, m in media.items()):
        return say("Nothing was changed.")
    with speaking("en"):
        version = writing.edit(
            ask.app, card.draft.id, texts, ask.person.id, seen_version=card.version.version, media=media
        )
    if version.blocked:
        return say("Saved as version {n}, and a check holds it back.", n=version.version)
    return barred(ask, card.draft.id, say("Saved as version {n}. It needs its own signatures.", n=version.version))


def typed(state: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the texts of the parts that are left, and the first field of each."""
    parts: dict[int, list[tuple[int, str, str]]] = {}
    for block in state:
        name, _, place = block.partition(".")
        n, _, k = place.partition(".")
        if name == "part" and n.isdigit() and k.isdigit():
            parts.setdefault(int(n), []).append((int(k), block, str(kit.value(state, block) or "")))
    if more := str(kit.value(state, _NEW) or "").strip():
        parts[max(parts, default=0) + 1] = [(0, _NEW, more)]
    texts, places = [], []
    for number in sorted(parts):
        pieces = sorted(parts[number])
        if text := "".join(piece for _, _, piece in pieces).strip():
            texts.append(text)
            places.append(pieces[0][1])
    return texts, places


def described(content: Content, state: Mapping[str, Any]) -> dict[int, tuple[Media, ...]]:
    """Return the pictures of each part that stays, by its new place, with the descriptions that were typed."""
    kept = [n for n in range(len(content.parts)) if _is_left(state, f"part.{n}.")]
    found = {new: _redescribed(content.parts[n].media, state, n) for new, n in enumerate(kept)}
    if _is_left(state, _NEW):
        # Else it would stand in a place where pictures were.
        found[len(kept)] = ()
    return found


def _redescribed(media: Sequence[Media], state: Mapping[str, Any], n: int) -> tuple[Media, ...]:
    alts = [str(kit.value(state, f"alt.{n}.{m}") or "").strip() for m in range(len(media))]
    return tuple(
        replace(medium, alt=alt) if alt and alt != kit.clip(medium.alt, _FIELD) else medium
        for medium, alt in zip(media, alts, strict=True)
    )


def _is_left(state: Mapping[str, Any], beginning: str) -> bool:
    return bool("".join(str(kit.value(state, b) or "") for b in state if b.startswith(beginning)).strip())


def _first(state: Mapping[str, Any]) -> str:
    return next((block for block in state if block.startswith("part.")), _NEW)
