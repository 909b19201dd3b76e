"""Drafts and posts as programs get them, and the version that a request means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path

from bot.errors import NotFound, Stale
from bot.store import drafts, posts
from bot.surfaces.web.api import shapes
from bot.words import joined, retold, say
from bot.workflow import card as cards
from bot.workflow import handling, queue, when

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.brand import Rule
    from bot.domain.draft import Draft, DraftVersion, Finding
    from bot.domain.post import Post
    from bot.surfaces.web.api.access import Access
    from bot.surfaces.web.api.shapes import Bound
    from bot.workflow.card import Card

DraftId = Annotated[str, Path(pattern="^d_[0-9a-z]{1,40}$")]
PostId = Annotated[str, Path(pattern="^p_[0-9a-z]{1,40}$")]


def load(who: Access, draft_id: str, number: int | None = None) -> Card:
    """Return the card of a draft of the brand. Raises NotFound."""
    with who.app.db.read() as conn:
        found = cards.card(who.app.desk, conn, draft_id, number)
    if found.draft.brand != who.brand.id:
        raise NotFound(say("There is no draft {draft}.", draft=draft_id))
    return found


def held(who: Access, draft_id: str, bound: Bound) -> Card:
    """Return the card that a request means, while it is the newest. Raises NotFound, Stale."""
    found = load(who, draft_id)
    step = say("Read the draft again, and decide on what it is now.")
    if found.draft.version != bound.version:
        said = say("You saw version {seen}; draft {draft} is at version {now}.", seen=bound.version, draft=draft_id,
                   now=found.draft.version)  # fmt: skip
        raise Stale(joined(said, handling.because(found)), next_step=step)
    if found.version.hash != bound.hash:
        raise Stale(say("Draft {draft} is not the text you saw.", draft=draft_id), next_step=step)
    return found


def done(who: Access, draft_id: str, said: str) -> shapes.Done:
    """Return what was done, with the draft as it is now."""
    return shapes.Done(said=said, draft=draft(who, load(who, draft_id)))


def row(one: Draft, version: DraftVersion, post: Post | None, now: Any) -> dict[str, Any]:
    """Return the fields of a DraftRow."""
    due, _ = when.instant(version.content.window, now)
    return {
        "id": one.id, "account": one.account, "kind": one.kind, "state": queue.state(version, post),
        "version": version.version, "hash": version.hash, "author": one.author, "created": one.created,
        "due": post.due if post else due if version.content.window.wall else None,
        "text": version.content.parts[0].text if version.content.parts else "", "parts": len(version.content.parts),
        "post": post.id if post else None,
    }  # fmt: skip


def draft(who: Access, card: Card) -> shapes.DraftOut:
    """Return a draft with all that is known of the version that is shown."""
    version, request = card.version, card.request
    with who.app.db.read() as conn:
        history = drafts.versions(conn, card.draft.id)
    able = [p.id for p in handling.able(card)]
    return shapes.DraftOut(
        **row(card.draft, version, handling.post_of(card), who.app.clock.now()),
        brief=card.draft.brief, language=version.content.language, visibility=version.content.visibility,
        wall=version.content.window.wall, zone=version.content.window.zone, note=retold(version.note),
        content=[
            shapes.PartOut(text=part.text, size=size, media=[
                shapes.MediaOut(sha256=m.sha256, mime=m.mime, width=m.width, height=m.height, alt=m.alt)
                for m in part.media
            ])
            for part, size in zip(version.content.parts, card.sizes, strict=True)
        ],
        findings=findings(version.findings), citations=[rule(r) for r in card.cited],
        request=shapes.RequestOut(needed=request.needed, signed=list(card.signed), able=able,
                                  four_eyes=request.four_eyes, expires=request.expires) if request else None,
        versions=[
            shapes.VersionOut(version=v.version, hash=v.hash, state=v.state.value, author=v.author, origin=v.origin,
                              created=v.created, note=retold(v.note))
            for v in history
        ],
        posts=[post(p) for p in card.posts], card=cards.text(card),
        may_sign=handling.standing(card) == "review" and who.person.id in able,
    )  # fmt: skip


def findings(found: Iterable[Finding]) -> list[shapes.FindingOut]:
    """Return findings in the reader's language."""
    return [
        shapes.FindingOut(check=f.check, severity=f.severity.value, message=retold(f.message), fix=retold(f.fix),
                          rule=f.rule_id, part=f.part + 1, start=f.span[0], end=f.span[1], replacement=f.replacement)
        for f in found
    ]  # fmt: skip


def rule(one: Rule, score: float | None = None) -> shapes.RuleOut:
    """Return a rule."""
    return shapes.RuleOut(id=one.id, version=one.hash[:12], kind=one.kind.value, text=one.text, language=one.language,
                          file=one.file, line=one.line, score=score)  # fmt: skip


def post(one: Post) -> shapes.PostOut:
    """Return a post."""
    parts = [
        shapes.PostPartOut(part=p.n + 1, state=p.state.value, url=p.receipt.url if p.receipt else None,
                           live_at=p.receipt.at if p.receipt else None, attempts=p.attempts, why=retold(p.why))
        for p in one.parts
    ]  # fmt: skip
    return shapes.PostOut(id=one.id, draft=one.draft_id, version=one.version, account=one.account, due=one.due,
                          created=one.created, parts=parts)  # fmt: skip


def own_post(who: Access, post_id: str) -> Post:
    """Return a post of the brand. Raises NotFound."""
    with who.app.db.read() as conn:
        found = posts.get(conn, post_id)
    if found.content.brand != who.brand.id:
        raise NotFound(say("There is no post {post}.", post=post_id))
    return found
