"""The webhooks of a brand: which there are, what each wants to hear, and what is sent to it once more."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.brand import Brand, Person, Role
from bot.errors import BadInput, NotAllowed, NotFound
from bot.store import events, happenings, webhooks
from bot.store.happenings import TYPES
from bot.store.webhooks import Webhook
from bot.words import say
from bot.workflow.desk import Desk
from bot.workflow.webhooks import made


def wanted(given: Iterable[str]) -> list[str]:
    """Return the event types that names mean: ``post.live``, ``draft.*``, ``*``. Raises BadInput."""
    found: list[str] = []
    for name in given:
        mine = [t for t in TYPES if name in ("*", t) or (name.endswith(".*") and t.startswith(name[:-1]))]
        if not mine:
            raise BadInput(say("There is no event {name}.", name=repr(name)),
                           next_step=say("They are: {known}.", known=", ".join(TYPES)))  # fmt: skip
        found += mine
    return list(dict.fromkeys(found))


def may(person: Person, brand: Brand) -> None:
    """Refuse whoever may not send what happens elsewhere. Raises NotAllowed."""
    if not person.may(Role.ADMIN):
        raise NotAllowed(say("Only an admin of {brand} may do that.", brand=brand.name))


def named(desk: Desk, brand: Brand, webhook_id: str) -> Webhook:
    """Return a webhook of a brand. Raises NotFound."""
    with desk.db.read() as conn:
        for one in webhooks.every(conn, brand.id):
            if one.id == webhook_id:
                return one
    raise NotFound(say("There is no webhook {id}.", id=repr(webhook_id)), next_step=say("`signoff webhook list`."))


def add(desk: Desk, brand: Brand, person: Person, url: str, names: Iterable[str]) -> Webhook:
    """Keep a webhook that is told what happens from now on. Raises BadInput, NotAllowed."""
    may(person, brand)
    types = wanted(names)
    with desk.deciding() as conn:
        now = desk.clock.now()
        new = Webhook(desk.clock.new_id("w"), brand.id, url, types, now, person.id, happenings.newest(conn))
        webhooks.add(conn, new)
        events.record(conn, now, person.id, f"webhook:{new.id}", "", "added", "")
    return new


def replay(desk: Desk, brand: Brand, one: Webhook, after: int | None) -> int:
    """Send again what was given up, or everything behind a line of the record; return how many events wait for it."""
    with desk.deciding() as conn:
        now = desk.clock.now()
        webhooks.turn_off(conn, one.id, "")
        n = webhooks.again(conn, one.id, now, after=after)
        last = one.after if after is None else after
        while last < one.after:
            found, last = happenings.since(conn, brand, last, 500, types=one.events)
            n += webhooks.enqueue(conn, (made(one, brand, h, now) for h in found if h.id <= one.after))
            if not found:
                break
    return n


def remove(desk: Desk, brand: Brand, person: Person, one: Webhook) -> None:
    """Send nothing more to a webhook, and forget it. Raises NotAllowed."""
    may(person, brand)
    with desk.deciding() as conn:
        webhooks.remove(conn, one.id)
        events.record(conn, desk.clock.now(), person.id, f"webhook:{one.id}", "", "removed", "")
