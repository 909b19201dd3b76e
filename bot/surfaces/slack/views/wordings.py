"""The answers to all who say nearly the same: every wording with its hash; one press signs them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.checks.text import visible
from bot.errors import NotAllowed
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards.heard import on_comment
from bot.surfaces.slack.cards.pressed import carried
from bot.words import joined, say
from bot.workflow import wordings

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.request import Ask
    from bot.workflow.wordings import Wordings

#: Blocks of a modal; characters of each comment that is quoted.
MOST, QUOTED = 95, 200


def view(heard: Heard, found: Wordings) -> Block:
    """Return the list. Raises NotAllowed where it has no room: what is not shown in full is not signed here."""
    shown: list[Block] = [kit.section(say("{n} answers, each in its own words", n=len(found.members)))]
    for w in found.members:
        shown += kit.rows([(visible(w.who), visible(kit.clip(" ".join(w.entry.text.split()), QUOTED)))])
        shown += kit.stranger(visible(w.text))
        shown.append(kit.context(*(f"⚠️ {visible(note)}" for note in w.notes[:5]), f"{w.card.draft.id} "
                                 f"v{w.card.version.version} #{w.card.version.hash}"))  # fmt: skip
    if found.alike:
        shown.append(kit.context(say("{n} of them are worded like another one.", n=found.alike)))
    if len(shown) > MOST:
        raise NotAllowed(say("Slack cannot show all of these answers at once, so they cannot be signed here."),
                         next_step=say("Sign each on its card, or all of them on the web desk."))  # fmt: skip
    return kit.modal("wordings", say("Sign all of these"), shown, submit=say("Sign all"), close=say("Cancel"),
                     metadata={"comment": heard.bound, "code": found.code})  # fmt: skip


def submitted(ask: Ask, state: Mapping[str, Any]) -> None:
    """Sign them while all are what the code names: what comes back with the form is held against what is there."""
    given = carried(ask)
    on_comment(ask, given.get("comment", ""), lambda heard: _sign(ask, heard, given.get("code", "")))


def _sign(ask: Ask, heard: Heard, code: str) -> str:
    done, failed = wordings.told(wordings.sign(ask.app.desk, heard.entry.id, code, ask.person, "slack"))
    said = say("Answers signed: {n}.", n=done)
    return joined(said, say("Not all: {why}", why=failed)) if failed else said
