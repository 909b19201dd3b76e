"""A proposed change of the brand folder as Slack shows it: its diff, and the buttons by which an admin decides.

A button is bound to the file as it was when the diff was drawn. A diff that does not fit one message in full cannot be
accepted from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.checks.text import visible
from bot.errors import BadInput, SignoffError
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.notices import Message
from bot.words import retold, say
from bot.writing import proposals

if TYPE_CHECKING:
    from bot.app import App
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.request import Ask

#: Characters of a diff that one message shows.
MOST = 6000
_VALUE = re.compile(r"(g_[0-9a-z]{1,40}):([0-9a-f]{64})")


def message(app: App, proposal_id: str, kind: str) -> Message:
    """Return a proposal as it stands now. Raises NotFound."""
    one = proposals.get(app, proposal_id)
    rule = one.kind != "saved_answer"
    title = say("💡 A rule is proposed") if rule else say("💡 A saved answer is proposed")
    said = proposals.said(one)
    if one.state != "open":
        names = {p.id: p.name for p in app.brand().people}
        by = say("{state} by {person}.", state=proposals.state_word(one), person=names.get(one.who, one.who))
        return _made(title, [*kit.stranger(visible(said)), kit.context(by)], said, kind)
    told = say("{what} about {topic}, from {n} answers that people changed alike.", what=proposals.word(one),
               topic=one.topic, n=len(one.drafts))  # fmt: skip
    found: list[Block] = [*kit.stranger(visible(told))]
    buttons: list[Block] = []
    try:
        change = proposals.change(app, one.id)
    except SignoffError as error:
        found += [*kit.stranger(visible(said)), kit.context(f"⚠️ {retold(error.message)}")]
    else:
        diff = visible(change.diff)
        if len(diff) <= MOST:
            found.append(_verbatim(diff))
            what = say("It is written into {file} and learned at once.", file=change.file)
            sure = kit.confirm(say("Accept it?"), what, say("Accept and learn"), say("Not now"))
            buttons.append(kit.button("proposal_accept", say("Accept and learn"), f"{one.id}:{change.digest}",
                                      style="primary", ask=sure))  # fmt: skip
        else:
            found.append(kit.context(say("The change is longer than one message: {command} shows it.",
                                         command=f"signoff proposals {one.id}")))  # fmt: skip
    buttons.append(kit.button("proposal_refuse", say("Refuse"), one.id))
    found += [kit.context(say("Nothing changes until an admin accepts it; what is refused does not come again.")),
              kit.actions(*buttons)]  # fmt: skip
    return _made(title, found, said, kind)


def read(value: str) -> tuple[str, str]:
    """Return the proposal and the file's digest that a button means. Raises BadInput."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise BadInput(say("This button names no proposal."), next_step=say("Press a button of a newer message."))
    return found[1], found[2]


def again(ask: Ask, proposal_id: str) -> None:
    """Draw the pressed message as it stands now."""
    made = message(ask.app, proposal_id, "other")
    ask.update(made.blocks, made.text)


def _made(title: str, found: list[Block], said: str, kind: str) -> Message:
    return Message([kit.section(kit.mrkdwn("*{title}*", title=title)), *found], kit.fallback(f"{title}: {said}"), kind)


def _verbatim(text: str) -> Block:
    inside = [{"type": "text", "text": text}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": inside}]}
