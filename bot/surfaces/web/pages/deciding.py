"""What buttons of a card do. Each form names the version and the hash that were on the screen."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.draft import Severity, Window
from bot.domain.post import PostState
from bot.errors import BadInput, NotFound, SignoffError, Stale
from bot.surfaces.web import cards
from bot.surfaces.web.pages.review import shown
from bot.surfaces.web.visit import SIGNERS, WRITERS, Handler, Route, Visit, redirect, status_of, told
from bot.words import joined, retold, say, speaking
from bot.workflow import card as plain
from bot.workflow import decide, handling, now, quiet, schedule, settling, undo, when
from bot.workflow.rights import Answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.domain.draft import Content, Media
    from bot.workflow.card import Card

log = logging.getLogger(__name__)

#: Drafts that a model may be writing anew at once, asked for here.
_WRITING = threading.BoundedSemaphore(2)
#: Characters of a reason or a wish.
REASON, WISH = 1000, 2000


def _on_card(act: Callable[[Visit, Card], str | Response]) -> Handler:
    """Return a page that does something with the card that a form means; what went wrong stands on the card."""

    def page(visit: Visit) -> Response:
        try:
            done = act(visit, cards.held(visit))
        except NotFound:
            raise
        except SignoffError as error:
            visit.note(told(error), "wrong")
            return _here(visit, shown(visit, cards.load(visit, visit.path["draft"]), status_of(error)))
        if not isinstance(done, str):
            return done
        visit.note(done)
        return redirect(f"/draft/{visit.path['draft']}")

    return page


def _here(visit: Visit, response: Response) -> Response:
    """Let the address bar name the card, not what was tried with it: htmx reads this header."""
    response.headers["HX-Replace-Url"] = f"/draft/{visit.path['draft']}"
    return response


def _answer(visit: Visit, card: Card, reason: str = "") -> Answer:
    """Bind an answer to what the form says was on the screen."""
    number, digest = int(visit.form["version"]), visit.form["hash"]
    return Answer(card.draft.id, number, digest, visit.person.id, "web", plain.text(card), reason)


def approve(visit: Visit, card: Card) -> str:
    return handling.signed(card, decide.approve(visit.app.desk, _answer(visit, card)))


def post_now(visit: Visit, card: Card) -> str:
    return handling.signed(card, now.approve(visit.app.desk, _answer(visit, card)))


def reject(visit: Visit, card: Card) -> str:
    decide.reject(visit.app.desk, _answer(visit, card, visit.form.get("reason", "").strip()[:REASON]))
    return say("Rejected: {id} will not be published.", id=card.draft.id)


def cancel(visit: Visit, card: Card) -> str:
    schedule.cancel(visit.app.desk, card.draft.id, visit.person.id, visit.form.get("reason", "").strip()[:REASON])
    return say("Taken back: nothing more of {id} is sent.", id=card.draft.id)


def edit(visit: Visit, card: Card) -> str | Response:
    """Store a person's own words; what a check blocks is not stored, and stands in the form again."""
    from bot import writing

    handling.changeable(visit.app.desk, card)
    texts, media = _typed(visit.form, card.version.content)
    if not texts:
        raise BadInput(say("Nothing is left of the text."))
    same = [p.text.strip() for p in card.version.content.parts] == texts
    if same and all(m == card.version.content.parts[n].media for n, m in media.items()):
        return say("Nothing was changed.")
    tried = writing.tried(visit.app, card.draft.id, texts, visit.person.id, media=media)
    # What has no place yet stays held back whatever its words are.
    bad = [f for f in tried.findings if f.severity is Severity.BLOCK and f.check != "unplaced"]
    if bad:
        faults = [joined(retold(f.message), retold(f.fix)) for f in bad]
        typed = {k: v for k, v in visit.form.items() if k.startswith(("part-", "alt-", "more"))}
        return _here(visit, shown(visit, card, 422, opened="edit", faults=faults, typed=typed))
    with speaking("en"):
        version = writing.edit(visit.app, card.draft.id, texts, visit.person.id, seen_version=card.version.version,
                               media=media)  # fmt: skip
    if version.blocked:
        return say("Saved as version {n}, and a check holds it back.", n=version.version)
    said = say("Saved as version {n}. It needs its own signatures.", n=version.version)
    return handling.barred(cards.load(visit, card.draft.id), visit.person, said)


def _typed(form: Mapping[str, str], content: Content) -> tuple[list[str], dict[int, tuple[Media, ...]]]:
    """Return the texts of the parts that are left, and the pictures of each by its new place."""
    texts: list[str] = []
    media: dict[int, tuple[Media, ...]] = {}
    for n, part in enumerate(content.parts):
        if text := form.get(f"part-{n}", "").strip():
            alts = [form.get(f"alt-{n}-{m}", "").strip() for m in range(len(part.media))]
            media[len(texts)] = tuple(replace(one, alt=alt) if alt else one
                                      for one, alt in zip(part.media, alts, strict=True))  # fmt: skip
            texts.append(text)
    if more := form.get("more", "").strip():
        # Else it would stand in a place where pictures were.
        media[len(texts)] = ()
        texts.append(more)
    return texts, media


def fix(visit: Visit, card: Card) -> str:
    """Put the text that a finding names where it belongs, or all of them at once."""
    from bot import writing

    which = visit.form.get("which", "")
    found = [f for n, f in enumerate(card.version.findings)
             if handling.can_fix(card, f) and which in (str(n), "all")]  # fmt: skip
    if not found:
        raise Stale(say("There is nothing left to fix here."))
    texts = handling.mended([p.text for p in card.version.content.parts], found)
    with speaking("en"):
        version = writing.edit(visit.app, card.draft.id, texts, visit.person.id, seen_version=card.version.version)
    left = sum(f.severity is Severity.BLOCK for f in version.findings)
    said = say("Fixed; {n} more hold it back.", n=left) if left else say("Fixed: nothing holds it back any more.")
    return handling.barred(cards.load(visit, card.draft.id), visit.person, said)


def reschedule(visit: Visit, card: Card) -> str:
    """Move it: to a day and a time of the account's wall, or to as soon as it is signed."""
    soon = bool(visit.form.get("soon"))
    wall = None if soon else when.parse_wall(visit.form.get("wall", ""))
    if wall is not None:
        window = Window(wall, card.version.content.window.zone)
        quiet.possible(card.brand, card.account, window, visit.app.clock.now())
    with speaking("en"):
        version = schedule.reschedule(visit.app.desk, card.draft.id, wall, visit.person.id,
                                      seen_version=card.version.version)  # fmt: skip
    if wall is None:
        return say("It goes out as soon as it is signed off.")
    due, remark = when.instant(version.content.window, visit.app.clock.now())
    time = when.spoken(due, version.content.window.zone)
    return say("Moved to {time}. {remark}", time=time, remark=remark).strip()


def take_down(visit: Visit, card: Card) -> str:
    """Delete what is live, within ten minutes, and look again whether it is gone."""
    live = [p.receipt.at for post in card.posts for p in post.parts if p.state is PostState.LIVE and p.receipt]
    if not live:
        raise BadInput(say("Nothing of draft {draft} is live.", draft=card.draft.id))
    if visit.app.clock.now() - max(live) > handling.UNDO:
        raise BadInput(
            say("The ten minutes for Undo are over."),
            next_step=say("`signoff undo {draft}` still takes it down.", draft=card.draft.id),
        )
    desk = visit.app.desk
    urls = [p.receipt.url for p in undo.undo(desk, card.draft.id, visit.person.id) if p.receipt]
    proofs = [f"{url}: {undo.proof(desk, card.draft.account, url)}" for url in urls]
    return joined(say("Taken down."), *proofs)


def settle(visit: Visit, card: Card) -> str:
    """Take a person's word on a part without a clear answer: where it is, or that it is not there."""
    post, given = handling.post_of(card), (visit.form.get("part", ""), visit.form.get("attempt", ""))
    if post is None or not all(text.isascii() and text.isdigit() and len(text) < 6 for text in given):
        raise BadInput(say("This button names no post."), next_step=say("Load the page again."))
    n, attempt = (int(text) for text in given)
    live = None
    if visit.form.get("found") == "yes":
        url = visit.form.get("url", "").strip()[:2000]
        if not url or any(c.isspace() for c in url):
            raise BadInput(say("Write the address of the post, as your browser shows it."))
        try:
            live = visit.app.platform(post.account).lookup(url)
        except NotFound as error:
            raise BadInput(error.message, next_step=error.next_step) from None
    with speaking("en"):
        settling.settle(visit.app.desk, post.id, n, visit.person.id, live=live, attempt=attempt)
    if live is None:
        return say("Part {n} of {post} is sent again.", n=n + 1, post=post.id)
    return say("Part {n} of {post} is live.", n=n + 1, post=post.id)


def another(visit: Visit, card: Card) -> str:
    """Let the model write the next version meanwhile; it comes to the page by itself."""
    handling.changeable(visit.app.desk, card)
    wish = visit.form.get("feedback", "").strip()[:WISH]
    if not _WRITING.acquire(blocking=False):
        raise BadInput(say("The model is writing two texts already."), next_step=say("Try again in a minute."))

    def write() -> None:
        from bot import writing

        # What a run stores is stored in English; what is said here is said in the person's language.
        try:
            with speaking("en"):
                written = writing.another(visit.app, card.draft.id, wish, visit.person.id)
            with speaking(visit.language):
                if written.drafts:
                    visit.note(say("The new version of {id} is there.", id=card.draft.id))
                else:
                    why = retold(next(iter(written.failed.values()), ""))
                    visit.note(say("No new version came of it. {why}", why=why).strip(), "wrong")
        except SignoffError as error:
            with speaking(visit.language):
                visit.note(told(error), "wrong")
        except Exception:
            log.exception("another version of %s could not be written", card.draft.id)
            with speaking(visit.language):
                visit.note(say("No new version came of it. {why}", why=say("The log says why.")), "wrong")
        finally:
            _WRITING.release()

    threading.Thread(target=write, name="web-another", daemon=True).start()
    return say("The model is writing another version. It appears here by itself; you can go on meanwhile.")


ROUTES = tuple(
    Route("POST", "/draft/{draft}/" + name, _on_card(act), roles)
    for name, act, roles in (
        ("approve", approve, SIGNERS),
        ("now", post_now, SIGNERS),
        ("reject", reject, SIGNERS),
        ("undo", take_down, SIGNERS),
        ("settle", settle, SIGNERS),
        ("cancel", cancel, WRITERS),
        ("edit", edit, WRITERS),
        ("fix", fix, WRITERS),
        ("another", another, WRITERS),
        ("reschedule", reschedule, WRITERS),
    )
)
