"""Erase a stranger from the database and from what the database leaves in its files."""

from __future__ import annotations

from bot.app import App
from bot.errors import BadInput
from bot.own_words import accepted
from bot.store import events
from bot.store.forgetting import Forgotten, digest, sweep
from bot.store.forgetting import forget as erase
from bot.words import say


def forget(app: App, author: str, platform: str, who: str) -> Forgotten:
    """Erase an author on one platform, or on all that the brand has accounts on; the file is emptied of it too.

    Raises BadInput for a platform that the brand has no account on, and Misconfigured once the database was moved.
    """
    brand = app.brand()
    known = list(dict.fromkeys(a.platform for a in brand.accounts))
    if platform and platform not in known:
        raise BadInput(say("{brand} has no account on {platform}.", brand=brand.name, platform=platform),
                       next_step=say("It has: {known}.", known=", ".join(known)))  # fmt: skip
    total = Forgotten(0, 0, 0, 0, 0)
    with app.desk.deciding() as conn:
        now = app.clock.now()
        for name in [platform] if platform else known:
            one = erase(conn, brand.id, name, [author], now)
            total = Forgotten(*(getattr(total, f) + getattr(one, f) for f in Forgotten.__dataclass_fields__))
        # Who asked whom to be forgotten is the one thing that the record keeps, and not under their name.
        events.record(conn, now, who, f"author:{digest(author)[10:22]}", "", "forgotten", f"{total.comments} comments")
    sweep(app.db)
    accepted.erase(app, brand)
    return total
