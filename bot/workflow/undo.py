"""Undo: take a live post down again, newest part first. Deleting twice does no harm: after a crash, do it again."""

from __future__ import annotations

from bot.domain.brand import Role
from bot.domain.post import PostPart, PostState
from bot.errors import BadInput, NotAllowed, NotFound, PlatformError, TryLater
from bot.store import drafts, events, posts, rates
from bot.words import say
from bot.workflow import outcome
from bot.workflow.desk import Desk

#: Seconds that a deletion is waited for, so many times, before a person is told to come back.
PATIENCE, WAITS = 30.0, 5


def undo(desk: Desk, draft_id: str, who: str, why: str = "") -> list[PostPart]:
    """Delete every live part of a draft's posts on the platform, and send no further ones; return what was deleted.

    Raises NotAllowed for anybody but an approver, BadInput when nothing is live, and PlatformError when the platform
    does not do it: what was deleted until then stays recorded as deleted.
    """
    said = why or "undone"
    with desk.deciding() as conn:
        draft = drafts.get(conn, draft_id, lock=True)
        brand, _ = desk.brand(conn, draft.brand)
        person = brand.person(who)
        if person is None or not person.may(Role.APPROVER):
            raise NotAllowed(say("Only an approver of {brand} can take a post down.", brand=brand.name))
        for part in (p for post in posts.of_draft(conn, draft_id) for p in post.parts if p.state is PostState.DUE):
            move = (part.post_id, part.n, PostState.DUE, PostState.CANCELLED)
            events.move_part(conn, *move, at=desk.clock.now(), who=who, why=said, attempt=part.attempts)
        # Read after that: a worker may have begun with one of them in this very moment.
        made = posts.of_draft(conn, draft_id)
        live = [p for post in made for p in reversed(post.parts) if p.state is PostState.LIVE]
        unsure = [(post, p) for post in made for p in post.parts if p.state in (PostState.SENDING, PostState.DOUBTFUL)]
        if not live and unsure:
            raise BadInput(
                say("Part {n} of draft {draft} is on its way, or may be live.", n=unsure[0][1].n + 1, draft=draft_id),
                next_step=say("Signoff looks for it. Run the same command again in a minute."),
            )
        if not live:
            raise BadInput(say("Nothing of draft {draft} is live.", draft=draft_id))
        for post, part in unsure:
            doubt = "it was on its way, or may be live, as the rest was taken down"
            step = f"Signoff looks for it; then `signoff undo {draft_id}` takes it down too."
            outcome.tell(conn, post, part.n, desk.clock.now(), doubt, step)
    for part in live:
        assert part.receipt is not None
        _wait_for_rate(desk, draft.account)
        desk.platform(draft.account).delete(part.receipt)
        with desk.db.write() as conn:
            move = (part.post_id, part.n, PostState.LIVE, PostState.DELETED)
            events.move_part(conn, *move, at=desk.clock.now(), who=who, why=said, attempt=part.attempts)
    with desk.db.read() as conn:
        return [posts.part(conn, p.post_id, p.n) for p in live]


def proof(desk: Desk, account: str, url: str) -> str:
    """Look on the platform whether a post that was deleted is gone, and say what was found."""
    try:
        desk.platform(account).lookup(url)
    except NotFound:
        return say("deleted; looked again, and it is not there any more")
    except PlatformError as error:
        return say("deleted; {account} could not be looked at afterwards: {why}", account=account, why=error.message)
    return say("the platform said that it was deleted, but still shows it; look yourself")


def _wait_for_rate(desk: Desk, account: str) -> None:
    """Take one deletion of the account's rates. Raises TryLater where it must wait longer than a person would."""
    for _ in range(WAITS):
        with desk.db.write() as conn:
            now = desk.clock.now()
            free = rates.held(conn, account, "delete", now) or rates.take(
                conn, account, desk.platform(account).quotas, {"delete": 1}, desk.rate_share, now
            )
        wait = (free - now).total_seconds()
        if wait <= 0:
            return
        if wait > PATIENCE:
            break
        desk.clock.sleep(wait)
    raise TryLater(
        say("{account} may not delete more just now; what is deleted stays so.", account=account), after=wait,
        next_step=say("Run the same command again in {n} s.", n=int(wait) + 1),
    )  # fmt: skip
