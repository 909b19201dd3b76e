"""The review card: all that a signature covers, in one message, with the buttons that fit how the draft stands.

Where Slack cannot show all of the text in one message there is no Approve: what cannot be seen cannot be signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.checks.text import visible
from bot.domain.post import PostState
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards import pieces
from bot.surfaces.slack.cards.binding import Bound
from bot.surfaces.slack.cards.pieces import Reader
from bot.words import joined, say, speaking
from bot.workflow.handling import UNDO, because, post_of, standing, title

if TYPE_CHECKING:
    from bot.domain.post import Post
    from bot.surfaces.slack.blocks import Block
    from bot.workflow.card import Card

__all__ = ["UNDO", "Reader", "blocks", "complete", "fallback"]

#: Names the block that stands where a card could not show everything.
_CUT = "incomplete"
_MARKS = {"review": "✍️", "held": "⛔", "scheduled": "🕓", "doubtful": "❓", "asked": "❓", "live": "✅",
          "rejected": "✖️",
          "lapsed": "⌛", "refused": "⚠️", "cancelled": "✖️", "deleted": "🗑️"}  # fmt: skip


def blocks(card: Card, reader: Reader, pictures: Mapping[str, str] | None = None, *, note: str = "") -> list[Block]:
    """Draw a card. ``pictures``: by digest, the id of the file in Slack. ``note`` is said at the top."""
    with speaking(reader.language):
        for folded in (0, 1, 2):
            made = _drawn(card, reader, pictures or {}, note, folded=folded)
            if kit.fit(made):
                return made
        return _begun(card, reader, note)


def complete(made: Sequence[Block]) -> bool:
    """Say whether a card shows everything that a signature covers."""
    return not any(block.get("block_id") == _CUT for block in made)


def fallback(card: Card, reader: Reader) -> str:
    """Return what notifications say of a card."""
    with speaking(reader.language):
        first = visible(card.version.content.parts[0].text) if card.version.content.parts else ""
        return kit.fallback(joined(f"{_title(card)}:", say("{state}.", state=title(card)), kit.clip(first, 160)))


def _drawn(card: Card, reader: Reader, pictures: Mapping[str, str], note: str, *, folded: int) -> list[Block]:
    found = _head(card, reader, note)
    for n in range(len(card.version.content.parts)):
        found += pieces.part(card, n, pictures)
    return [*found, kit.divider(), *_foot(card, reader, folded=folded)]


def _begun(card: Card, reader: Reader, note: str) -> list[Block]:
    """Draw as much of a card as goes into one message, saying that there is more and where it can be decided."""
    parts = card.version.content.parts
    length = sum(len(p.text) for p in parts)
    where = {"n": f"{length:,}", "parts": len(parts), "command": f"signoff approve {card.draft.id}"}
    why = say("This text is longer than one Slack message ({n} characters in {parts} parts), so it cannot be signed "
              "here. Read it with Show all, and sign it on the command line: {command}", **where)  # fmt: skip
    said: Block | str = f"✂️ {why}"
    if reader.desk:
        why = say("This text is longer than one Slack message ({n} characters in {parts} parts), so it cannot be "
                  "signed here. Read and sign it on the {desk}.")  # fmt: skip
        desk = kit.link(f"{reader.desk}/draft/{card.draft.id}", say("web desk"))
        said = kit.mrkdwn("✂️ " + why, **where, desk=desk)
    cut: Block = {**kit.section(said), "block_id": _CUT}
    head, foot = [*_head(card, reader, note, short=True), cut], _foot(card, reader, folded=2, whole=False)
    body: list[Block] = []
    for n in range(len(parts)):
        for block in pieces.part(card, n, {}):
            if kit.fit([*head, *body, block, kit.divider(), *foot]):
                body.append(block)
            else:
                more = kit.context(say("… it goes on: press Show all"))
                return _within([*head, *body[:-1], more, kit.divider(), *foot], head, foot)
    return _within([*head, *body, kit.divider(), *foot], head, foot)


def _within(made: list[Block], head: list[Block], foot: list[Block]) -> list[Block]:
    """Return the card, or what fits of it: its name, why it cannot be signed, and its buttons."""
    if kit.fit(made):
        return made
    fixed = [b for b in (*head, *foot) if b["type"] in ("header", "actions") or b.get("block_id") == _CUT]
    return fixed if kit.fit(fixed) else fixed[:2]


def _head(card: Card, reader: Reader, note: str, *, short: bool = False) -> list[Block]:
    found = [kit.header(f"{_MARKS.get(standing(card), '↩︎')} {_title(card)}")]
    notes = [note, _why(card)]
    found.append(kit.section(kit.plain(joined(say("{state}.", state=title(card)), *filter(None, notes)), 1500)))
    post = post_of(card)
    if post is not None:
        found += pieces.whereabouts(post)
    if post is None or card.version.content.window.wall:
        found.append({"type": "rich_text", "elements": [pieces.time(card, reader)]})
    rows = pieces.around(card)
    if rows and not short:
        found += kit.rows(rows)
    return found


def _foot(card: Card, reader: Reader, *, folded: int, whole: bool = True) -> list[Block]:
    # First what the text rests on goes behind Show all, then the remarks that hold nothing back.
    bound = str(Bound.of(card.version))
    where = standing(card)
    mend = where in ("review", "held")
    found = pieces.findings(card, bound, mend=mend, all_of_them=folded < 2)
    if not card.version.findings:
        found += kit.rows([(f"✓ {say('Checks')}", say("nothing found"))])
    found += kit.rows(pieces.signatures(card, reader)) if card.request is not None else []
    if not folded:
        found += kit.rows(pieces.background_rows(card))
    name = f"{card.draft.id}  v{card.version.version}  #{card.version.hash[:8]}"
    found.append(kit.context(f"{name}  ·  {card.account.key}  ·  {pieces.by(card)}"))
    rows = _buttons(card, reader, bound, where, folded=folded > 0, whole=whole)
    return [*found, *(kit.actions(*row) for row in rows if row)]


def _title(card: Card) -> str:
    return f"{card.label} · {card.version.content.handle or card.account.key}"


def _why(card: Card) -> str:
    """Say why a card stands as it does, where its state alone does not."""
    where = standing(card)
    if where == "old":
        return say("Version {n} is the newest; nothing can be signed here.", n=card.draft.version)
    if where == "rejected":
        last = [d for d in card.decisions if d.version == card.version.version]
        names = {p.id: p.name for p in card.brand.people}
        if last:
            who, why = names.get(last[-1].person, last[-1].person), last[-1].reason
            return say("{person} rejected it: {why}", person=who, why=why) if why else say(
                "{person} rejected it.", person=who)  # fmt: skip
    if where == "held" and any(f.check == "unplaced" for f in card.version.findings):
        return say("Copy the text to where it belongs; nothing of it is sent from here.")
    if where in ("review", "held") and card.version.version > 1:
        return because(card)
    return ""


# --- buttons ----------------------------------------------------------------------------------------------------


def _buttons(
    card: Card, reader: Reader, value: str, where: str, *, folded: bool, whole: bool
) -> list[list[Block]]:  # fmt: skip
    """Return the rows of buttons: what can be done with a card that stands so."""
    edit = kit.button("edit", say("Edit"), value)
    another = kit.button("another", say("Another version"), value)
    move = kit.button("reschedule", say("Reschedule"), value)
    show = kit.button("show", say("Show all"), value)
    more = [show] if folded else []
    if where == "review":
        sign = _sign(card, value) if whole else []
        return [[*sign, kit.button("reject", say("Reject"), value, style="danger")], [edit, another, move, *more]]
    if where == "held":
        return [[edit, another, move, _cancel(value), *more]]
    if where in ("rejected", "lapsed"):
        return [[edit, another, move, *more]]
    post = post_of(card)
    if where == "old" or post is None:
        return [more]
    if where in ("asked", "refused"):
        # What may be live is settled first; what surely is not can also be changed.
        lost = any(p.state is PostState.ASKED and p.attempts for p in post.parts)
        after = [_keep(value), *([_undo(value)] if _fresh(post, reader) else [])] if post.live else [edit, move]
        return [*_settling(post), [] if lost else after]
    if where == "scheduled":
        return [[edit, another, move, _cancel(value), *more]] if not post.live else [[*more]]
    if _fresh(post, reader):
        return [[_undo(value), *more]]
    return [more]


def _sign(card: Card, value: str) -> list[Block]:
    approve = kit.button("approve", say("Approve"), value, style="primary")
    if card.version.content.window.wall is None:
        return [approve]
    sure = kit.confirm(say("Post it now?"), say("It goes out as soon as the last signature is there, not at its time."),
                       say("Approve and post"), say("Not now"))  # fmt: skip
    return [approve, kit.button("post_now", say("Approve and post now"), value, ask=sure)]


def _cancel(value: str) -> Block:
    sure = kit.confirm(say("Take it back?"), say("What was not sent yet is never sent."), say("Take it back"),
                       say("Keep it"))  # fmt: skip
    return kit.button("cancel", say("Take it back"), value, ask=sure)


def _keep(value: str) -> Block:
    sure = kit.confirm(say("Keep what is live?"), say("What was not sent yet is never sent."),
                       say("Keep what is live"), say("Not now"))  # fmt: skip
    return kit.button("cancel", say("Keep what is live"), value, ask=sure)


def _undo(value: str) -> Block:
    sure = kit.confirm(
        say("Take it down?"), say("It is deleted on the platform. What others saw or copied stays."),
        say("Delete it"), say("Keep it"), danger=True,
    )  # fmt: skip
    return kit.button("undo", say("Undo"), value, style="danger", ask=sure)


def _settling(post: Post) -> list[list[Block]]:
    """Return the questions about parts that a person must settle: is it live, or not?"""
    found = []
    for part in post.parts:
        value = f"{post.id}/{part.n}/{part.attempts}"
        name = f" ({say('part {n}', n=part.n + 1)})" if len(post.parts) > 1 else ""
        again = kit.confirm(say("Send it?"),
                            say("Send it only if it is not on the platform: else it stands there twice."),
                            say("Send it"), say("Not now"))  # fmt: skip
        if part.state is PostState.ASKED and not part.attempts:
            late = kit.button(f"settle.absent.{part.n}", say("Send it now") + name, value, style="primary", ask=again)
            found.append([late])
        elif part.state is PostState.ASKED:
            live = kit.button(f"settle.live.{part.n}", say("It is live…") + name, value, style="primary")
            absent = say("It is not there: send it") + name
            found.append([live, kit.button(f"settle.absent.{part.n}", absent, value, ask=again)])
        elif part.state is PostState.REFUSED:
            found.append([kit.button(f"settle.absent.{part.n}", say("Try again as it is") + name, value, ask=again)])
    return found[:5]


def _fresh(post: Post, reader: Reader) -> bool:
    """Say whether something of a post is live and the time to undo it is not over."""
    at = [p.receipt.at for p in post.parts if p.state is PostState.LIVE and p.receipt]
    return bool(at) and reader.now is not None and reader.now - max(at) <= UNDO
