"""`/signoff draft BRIEF`: a draft for each account, then a card for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.surfaces.slack import drafting

if TYPE_CHECKING:
    from bot.surfaces.slack.request import Ask

HELP = "Draft a post for all accounts or the ones you name; without a brief, a form opens."
USAGE = "BRIEF [to PLATFORM:NAME]"


def run(ask: Ask) -> None:
    """Draft it, or open the form. Raises BadInput, ModelError."""
    if not ask.text:
        from bot.surfaces.slack.views import draft

        ask.open(draft.view(ask))
        return
    brief, keys = drafting.accounts(ask.brand, ask.text)
    drafting.work(ask, brief, keys)
