"""What a person wants around a text: a link card, labels, a warning, a quote, who may see it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.app import App
from bot.domain.brand import Brand
from bot.domain.draft import Content
from bot.errors import BadInput, NotFound
from bot.platforms.base import Platform
from bot.store import drafts, posts
from bot.words import say
from bot.workflow.around import Around, holds, of
from bot.writing import page_cards

#: Takes off what stood there before.
NONE = "none"
_DRAFT = re.compile(r"d_[0-9a-z]{8}")


@dataclass(frozen=True)
class Dress:
    """None leaves each as it is."""

    #: Address of the page that a link card is made of; ``none`` takes cards off.
    card: str | None = None
    card_picture: Path | None = None
    labels: tuple[str, ...] | None = None
    warning: str | None = None
    #: Address of a post, or the id of an own draft that is live.
    quote: str | None = None
    visibility: str | None = None

    @property
    def bare(self) -> bool:
        """Say whether nothing is wanted."""
        return self == Dress()


def fields(
    app: App, brand: Brand, account: str, dress: Dress, old: Content | None = None, text: str | None = None
) -> dict[str, Any]:
    """Return the fields of a Proposal that say what is wanted, over what an old content has.

    ``text`` is the text that a card's link must stand in, where it is known already. Raises BadInput for what the
    platform lacks, NotFound; PageUnreachable.
    """
    platform = app.desk.platform_class(account.partition(":")[0])
    _can(platform, dress)
    around: Around = of(old) if old else Around()
    found: dict[str, Any] = {} if dress.visibility is None else {"visibility": dress.visibility}
    if dress.labels is not None:
        around = replace(around, labels=() if dress.labels == (NONE,) else tuple(dict.fromkeys(dress.labels)))
    if dress.warning is not None:
        around = replace(around, warning="" if dress.warning.strip().lower() == NONE else dress.warning.strip())
    if dress.quote is not None:
        around = replace(around, quote="" if dress.quote == NONE else _quoted(app, account, dress.quote.strip()))
    if dress.card == NONE:
        around = replace(around, cards=())
    elif dress.card is not None:
        if text is not None and not holds(text, dress.card.strip(), _plain(brand)):
            raise BadInput(
                say("The text does not hold the link {url}.", url=dress.card),
                next_step=say("Put the link into the text first: the card stands for it."),
            )
        made = page_cards.read(app, brand, account, dress.card, dress.card_picture)
        around, found["remarks"] = replace(around, cards=(made.card,)), made.remarks
    return found | {"around": around}


def _plain(brand: Brand) -> Any:
    from bot.insight import tagging

    return lambda url: tagging.untag(url, brand.plan.tagging)


def _can(platform: type[Platform], dress: Dress) -> None:
    """Refuse what cannot be said there, before a page is read or a model asked."""
    features, label = platform.features, platform.label
    wrong = ""
    if dress.card_picture is not None and dress.card in (None, NONE):
        raise BadInput(say("A picture of a link card needs the card."), next_step=say("Say --card URL too."))
    if dress.card not in (None, NONE) and not features.cards:
        wrong = say("{label} makes its own cards for links.", label=label)
    if dress.warning and dress.warning.strip().lower() != NONE and not features.warnings:
        wrong = say("{label} has no content warnings.", label=label)
    if dress.quote not in (None, NONE) and not features.quotes:
        wrong = say("Posts cannot be quoted on {label} from here.", label=label)
    if dress.visibility is not None and dress.visibility not in features.visibilities:
        wrong = say("{label} has no visibility {visibility!r}.", label=label, visibility=dress.visibility)
    for name in dress.labels or ():
        if name != NONE and name not in features.labels:
            known = ", ".join(features.labels) or "-"
            wrong = say("{label} has no label {name!r}; it has: {known}.", label=label, name=name, known=known)
    if wrong:
        raise BadInput(wrong, next_step=say("`signoff platforms` lists what each platform can do."))


def _quoted(app: App, account: str, given: str) -> str:
    """Return the remote id of the post to quote."""
    if not _DRAFT.fullmatch(given):
        return app.platform(account).post_at(given).remote_id
    with app.db.read() as conn:
        draft = drafts.get(conn, given)
        live = [p.receipt for post in posts.of_draft(conn, given) for p in post.parts if p.receipt]
    if draft.account.partition(":")[0] != account.partition(":")[0] or not live:
        raise NotFound(
            say("Draft {draft} is not live on {platform}.", draft=given, platform=account.partition(":")[0]),
            next_step=say("Give the address of the post to quote, or the id of a draft that is live there."),
        )
    return live[0].remote_id
