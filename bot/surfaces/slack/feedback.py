"""What people write in a card's thread: words about the text, after which the next version is written.

Words that only agree sign nothing, and words to a colleague are none of ours.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from bot.store import chat
from bot.surfaces.slack.cards import binding, heard
from bot.surfaces.slack.cards.redraft import redraft
from bot.words import say

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

#: Longer is no remark on a text; what a model reads is bounded.
_MOST = 2000
_AGREES = re.compile(
    r"(?:ok(?:ay)?|yes|yep|lgtm|approved?|(?:looks |sounds |very )?good|great|nice|perfect|thanks?(?: you)?|ship it"
    r"|好的?|可以|行|同意|批准|通过|没问题|不错|谢谢|👍|✅|🚀|:[a-z_+0-9]+:)(?:[\s.!！。,，]*(?:thanks?|谢谢|👍))?[\s.!！。~]*",
    re.IGNORECASE,
)


def run(ask: Ask) -> None:
    """Redraft after what was written. Raises as ``writing.another``."""
    text = words(ask.text, ask.speaker.bot_user)
    if text is None or not text:
        return
    with ask.app.db.read() as conn:
        root = chat.message(conn, ask.speaker.team, ask.channel, ask.thread)
    what, _, draft_id = str(root["subject"]).partition(":") if root else ("", "", "")
    if what == "comment":
        # People may talk below a comment that has no answer yet.
        draft_id = heard.load(ask.app, draft_id).entry.draft
    if not draft_id:
        return
    if _AGREES.fullmatch(text):
        said = say("Only the Approve button signs: press it on the card. Words here ask for another version.")
        if what == "comment":
            said = say("Only the Reply button signs: press it on the card. Words here ask for another version.")
        ask.tell(said)
        return
    card = binding.load(ask.app, draft_id)
    redraft(ask, str(binding.Bound.of(card.version)), text[:_MOST])


def words(text: str, bot_user: str) -> str | None:
    """Return a message as its writer sees it, without our name; None where it speaks to somebody else."""
    said = re.sub(rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>", "", text) if bot_user else text
    if re.search(r"<[@!]", said):
        return None
    said = re.sub(r"<#[^|>]*\|([^>]*)>", r"#\1", said)
    said = re.sub(r"<((?:https?|mailto):[^|>]*)(?:\|[^>]*)?>", r"\1", said)
    return html.unescape(said).strip()
