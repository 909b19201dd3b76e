"""Drafting from Slack: progress in one message, then one card a draft. Every word and form that drafts comes here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.app import platform_class
from bot.errors import BadInput
from bot.platforms import registry
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack import progress
from bot.surfaces.slack.errors import SlackRefused
from bot.surfaces.slack.page import Page, short
from bot.words import retold, say

if TYPE_CHECKING:
    from bot.domain.brand import Brand
    from bot.domain.draft import DraftVersion
    from bot.surfaces.slack.request import Ask

_KEY = r"[a-z0-9_]+:[^\s,，、;；]+"
_KEYS = rf"{_KEY}(?:\s*(?:,|，|、|;|\band\b|和)\s*{_KEY})*"
_TO = re.compile(rf"(?:^|(?<=[\s，,。]))(?:to|for|发到|发给)[\s:：]*({_KEYS})[\s.。]*$", re.IGNORECASE)


def accounts(brand: Brand, text: str, kind: str = "post") -> tuple[str, tuple[str, ...]]:
    """Return the brief without its ``to x:main, bluesky:main``, and the accounts: all that can say it unless named.

    Raises BadInput for an account that the brand has not, and where none can say it.
    """
    known = {a.key.lower(): a.key for a in brand.accounts}
    match = _TO.search(text)
    named = [k.rstrip(".,。，") for k in re.findall(_KEY, match[1], re.IGNORECASE)] if match else []
    # "open from 9:00 to 10:30" names no account.
    if match and all(k.partition(":")[0].lower() in registry.ids() for k in named):
        if unknown := [k for k in named if k.lower() not in known]:
            raise BadInput(
                say("{brand} has no account {account}.", brand=brand.name, account=repr(unknown[0])),
                next_step=say("It has: {known}.", known=", ".join(known.values())),
            )
        return text[: match.start()].rstrip(" ,，。"), tuple(dict.fromkeys(known[k.lower()] for k in named))
    able = tuple(a.key for a in brand.accounts if kind != "thread" or _threads(a.platform))
    if not able:
        raise BadInput(
            say("No account of {brand} can publish this.", brand=brand.name),
            next_step=say("Draft a post, or name another account."),
        )
    return text.strip(), able


def _threads(platform_id: str) -> bool:
    platform = platform_class(platform_id)
    return bool(platform.features.threads and platform.limits.parts > 1)


def work(
    ask: Ask, brief: str, keys: Sequence[str], *, kind: str = "post", to: tuple[str, ...] = (), own: bool = False,
    **more: Any,
) -> list[DraftVersion]:  # fmt: skip
    """Draft for each account, show how it goes, and see that each draft has one card. Raises what ``draft`` raises.

    With ``own`` the brief is the text as it stands, and no model is asked. ``more`` are further arguments of both:
    ``wall``, ``slot``, ``media``. What was drafted before a crash is not drafted again.
    """
    from bot import writing
    from bot.writing import composing

    made = {v.content.account: v for v in before(ask)}
    left = [key for key in keys if key not in made]
    failed: dict[str, str] = {}
    with progress.shown(ask, say("Drafting: {brief}", brief=short(brief or " ".join(to), 200)), shared=True) as tell:
        evidence = {"asked": ask.delivery} if ask.delivery else {}
        if left and own:
            texts = composing.parts(brief)
            stored, failed = writing.compose(ask.app, ask.brand, texts, left, ask.person.id, evidence=evidence, **more)
            made |= {v.content.account: v for v in stored}
        elif left:
            wish = writing.Wish(kind=kind, to=to, evidence=evidence)
            written = writing.draft(ask.app, brief, left, ask.person.id, wish=wish, on_event=tell, **more)
            made |= {v.content.account: v for v in written.drafts}
            failed = written.failed
        found = [made[key] for key in keys if key in made]
        links = [cards(ask, version.draft_id) for version in found]
        tell.finish(_told(ask, brief, found, links, failed))
    return found


def before(ask: Ask) -> list[DraftVersion]:
    """Return what this very request left on the desk when it ran before: none the first time."""
    from bot.writing import composing

    return composing.asked_before(ask.app, ask.brand, ask.person.id, ask.delivery)


def cards(ask: Ask, draft_id: str) -> str:
    """See that a draft has one card, and return the card's address.

    It stands in the brand's channel, where those who sign look; where there is none, it stands where it was asked.
    """
    from bot.surfaces.slack import posting
    from bot.surfaces.slack.cards import posted

    own = ask.speaker.direct(ask.user)
    for channel in filter(None, (ask.app.settings.slack_channel, ask.channel)):
        with suppress(SlackRefused):
            posted.card(ask.app, ask.speaker, channel, draft_id)
            break
    else:
        posted.card(ask.app, ask.speaker, own, draft_id)
    with ask.app.db.read() as conn:
        there = posting.standing(conn, ask.speaker.team, f"draft:{draft_id}")
    return permalink(ask, there[-1]["channel"], there[-1]["ts"]) if there else ""


def permalink(ask: Ask, channel: str, ts: str) -> str:
    """Return the address of a message; empty where Slack does not tell."""
    try:
        return str(ask.speaker.call("chat.getPermalink", channel=channel, message_ts=ts).get("permalink", ""))
    except SlackRefused:
        return ""


def add_draft(page: Page, version: DraftVersion, address: str) -> None:
    """Add a line for a draft, with the way to its card."""
    state = say("held back by a check") if version.blocked else say("waits for a signature")
    line = f"{version.draft_id} · {version.content.account} · {state}"
    if address:
        page.add(kit.context(kit.mrkdwn("{line} · {card}", line=line, card=kit.link(address, say("the card")))))
    else:
        page.note(line)


def _told(
    ask: Ask, brief: str, found: Sequence[DraftVersion], links: Sequence[str], failed: dict[str, str]
) -> Page:  # fmt: skip
    said = say("{person} asked for a draft: {brief}", person=ask.person.name, brief=short(brief, 400))
    page = Page().text(said if brief else say("{person} asked for a draft.", person=ask.person.name))
    for version, address in zip(found, links, strict=True):
        add_draft(page, version, address)
    for key, why in failed.items():
        page.note(say("No draft for {account}: {why}", account=key, why=retold(why)))
    return page
