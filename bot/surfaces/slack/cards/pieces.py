"""The pieces of a review card: each part as it will read, what goes with it, and what it rests on."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.checks.text import spelled, visible
from bot.domain.draft import Finding, Severity
from bot.surfaces.slack import blocks as kit
from bot.words import joined, retold, say
from bot.workflow import background, finding_words, handling, signature_words, surroundings, when

if TYPE_CHECKING:
    from bot.domain.post import Post
    from bot.surfaces.slack.blocks import Block
    from bot.workflow.card import Card

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Reader:
    """For whom a card is drawn."""

    #: ``en`` or ``zh``.
    language: str = "en"
    #: IANA zone of the reader; of a channel the brand's.
    zone: str = "UTC"
    #: The present; without it nothing is offered that runs out.
    now: datetime | None = None
    #: Where people reach the web desk; empty where there is none.
    desk: str = ""


def time(card: Card, reader: Reader) -> Block:
    """Return when it goes out: in the account's zone, the brand's, and whatever zone the reader's Slack is set to."""
    window = card.version.content.window
    line = [_bold(say("When"))]
    if window.wall is None:
        return _section([*line, _text(say("as soon as it is signed off"))])
    zones = list(dict.fromkeys((window.zone, card.brand.zone, reader.zone)))
    line.append(_text(" = ".join(when.spoken(card.due, zone) for zone in zones)))
    line.append(_text("  ·  " + say("your clock") + " "))
    fallback = when.spoken(card.due, reader.zone)
    line.append({"type": "date", "timestamp": int(card.due.timestamp()), "format": "{date_short_pretty} {time}",
                 "fallback": fallback})  # fmt: skip
    if card.remark:
        line.append(_text(f"  ·  {card.remark}"))
    return _section(line)


def part(card: Card, n: int, pictures: Mapping[str, str]) -> list[Block]:
    """Return one part: who says it, every letter of it behind a bar, its links with their hosts, its pictures."""
    content = card.version.content
    one = content.parts[n]
    of = len(content.parts)
    count = say("{size} characters", size=card.sizes[n].rsplit(" ", 1)[0])
    name, rest = card.brand.name, f"@{content.handle or card.account.name}  ·  {count}"
    if of > 1:
        place = say("Part {n} of {of}", n=n + 1, of=of)
        name, rest = (place, count) if n else (f"{card.brand.name}  ·  {place}", rest)
    head = _section([_bold(visible(name)), _text(visible(rest))])
    found: list[Block] = []
    # A finding that names a word in this part makes that word stand out where it stands.
    marked = [f.span for f in card.version.findings if f.part == n and f.check == "lookalikes" and any(f.span)]
    elements = [head]
    for piece in _pieces(one.text, marked):
        if sum(map(_heavy, elements)) + _heavy(piece) > kit.TEXT and elements:
            found.append(_rich(elements))
            elements = []
        elements.append(piece)
    found.append(_rich([*elements, *(_row(*row) for row in _beside(card, n))]))
    card_picture = one.card.picture if one.card else None
    for medium in (*one.media, *([card_picture] if card_picture else [])):
        if file := pictures.get(medium.sha256):
            title = say("Video, {n} s: its first frame", n=round(medium.seconds, 1)) if medium.is_video else ""
            alt = visible(medium.alt) or say("A picture without a description")
            found.append(kit.image(alt, file=file, title=title))
    return found


def _beside(card: Card, n: int) -> Rows:
    return [(label, visible(body)) for label, body in surroundings.beside(card, card.version.content.parts[n])]


def _pieces(text: str, marked: Sequence[tuple[int, int]]) -> list[Block]:
    """Return a text as quotes, each at most a section long; marked spans are set apart, hidden characters shown."""
    spans: list[tuple[str, bool]] = []
    letters, at = spelled(text), 0
    for start, end in sorted(marked):
        if start >= at:
            spans += [("".join(letters[at:start]), False), ("".join(letters[start:end]), True)]
            at = end
    spans.append(("".join(letters[at:]), False))
    found: list[Block] = []
    line: list[Block] = []
    room = kit.TEXT - 200
    for said, mark in spans:
        for piece in kit.split(said, kit.TEXT - 200) if said else []:
            if kit.weight(piece) > room and line:
                found.append({"type": "rich_text_quote", "elements": line})
                line, room = [], kit.TEXT - 200
            room -= kit.weight(piece)
            line.append({"type": "text", "text": piece, **({"style": {"code": True}} if mark else {})})
    return [*found, {"type": "rich_text_quote", "elements": line or [_text(" ")]}]


def findings(card: Card, value: str, *, mend: bool, all_of_them: bool = True) -> list[Block]:
    """Return what the checks noticed, or only what blocks; with ``mend`` what code can settle has a button for it."""
    found: list[Block] = []
    plain: Rows = []
    fixable = [n for n, f in enumerate(card.version.findings) if handling.can_fix(card, f)] if mend else []
    for n, finding in enumerate(card.version.findings):
        if finding.severity is not Severity.BLOCK and not all_of_them:
            continue
        label, said = _severity(finding), _said(card, finding)
        if n in fixable[:8]:
            fix = kit.button(f"fix.{n}", say("Fix it"), value, spoken=say("Fix it") + ": " + said)
            found.append(kit.section(kit.plain(f"{label}: {said}"), accessory=fix))
        elif (label, said) not in plain:
            plain.append((label, said))
    left = len(card.version.findings) - len(found) - len(plain)
    if not all_of_them and left > 0:
        plain.append((say("Remarks"), say("{n} more: press Show all", n=left)))
    if len(fixable) > 1:
        found.append(kit.actions(kit.button("fix.all", say("Fix all {n}", n=len(fixable)), value)))
    return [*found, *(kit.rows(plain) if plain else [])]


def _severity(finding: Finding) -> str:
    rule = f" [{finding.rule_id}]" if finding.rule_id else ""
    return finding_words.marked(finding.severity) + rule


def _said(card: Card, finding: Finding) -> str:
    """Return what a finding says, with the letters that pose as others named."""
    said = joined(retold(finding.message), retold(finding.fix))
    if finding.check == "lookalikes" and any(finding.span) and finding.part < len(card.version.content.parts):
        word = card.version.content.parts[finding.part].text[slice(*finding.span)]
        letters = dict.fromkeys(c for c in word if not c.isascii() and c.isprintable())
        names = [f"{c} = U+{ord(c):04X} {unicodedata.name(c, '').lower()}".rstrip() for c in list(letters)[:6]]
        said = joined(said, f"({'; '.join(names)})") if names else said
    return visible(said)


def background_rows(card: Card) -> Rows:
    """Return what the text rests on: rules named, claims with their sources, voice, tags, a translation, the note."""
    version = card.version
    found = [*background.beside(card), *background.follows(card), *background.rests(card)]
    if version.note:
        found.append((say("Note"), retold(version.note)))
    if card.draft.brief:
        found.append((say("Brief"), card.draft.brief))
    return [(label, visible(body)) for label, body in found]


def around(card: Card) -> Rows:
    """Return what stands around the whole post, and what it costs."""
    found = background.what(card) + surroundings.around(card.version.content, card.charges)
    return [(label, visible(body)) for label, body in found]


def signatures(card: Card, reader: Reader) -> Rows:
    """Return who signed, who is still missing, and until when."""
    return signature_words.signatures(card, reader.zone, card.brand.zone)


def whereabouts(post: Post) -> list[Block]:
    """Say how each part of a post stands, with the address of what is live."""
    from bot.workflow.queue import word

    found = []
    for one in post.parts:
        name = say("Part {n} of {of}", n=one.n + 1, of=len(post.parts)) if len(post.parts) > 1 else say("Post")
        line = [_bold(name), _text(word(one.state.value) + "  ")]
        if one.receipt and one.receipt.url.startswith(("https://", "http://")):
            line.append({"type": "link", "url": one.receipt.url})
        elif one.receipt:
            line.append(_text(one.receipt.url))
        elif one.why:
            line.append(_text(visible(retold(one.why))))
        found.append(_section(line))
    return [_rich(found[n : n + 12]) for n in range(0, len(found), 12)]


def by(card: Card) -> str:
    """Say who asked for it and whose words it holds."""
    asked = say("asked for by {person}", person=handling.named(card, card.draft.author))
    return f"{asked} · {signature_words.words_by(card)}"


# --- rich text --------------------------------------------------------------------------------------------------


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _bold(label: str) -> Block:
    return {"type": "text", "text": label if label.endswith("  ") else f"{label}  ", "style": {"bold": True}}


def _section(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def _row(label: str, body: str) -> Block:
    """Return a line; what is longer than a text may be goes on in further texts of it."""
    return _section([_bold(label), *(_text(piece) for piece in kit.split(body, 2500) if piece)])


def _rich(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _heavy(element: Block) -> int:
    return sum(kit.weight(e.get("text", "")) for e in element["elements"])
