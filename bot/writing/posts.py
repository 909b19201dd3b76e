"""Drafts of posts: by the model from a brief, another version of one, or a person's own words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.draft import DraftVersion, Media
from bot.errors import BadInput, NotFound
from bot.store import drafts
from bot.words import say
from bot.workflow import propose
from bot.writing.common import readable, relevant, transcript_for
from bot.writing.kit import kit_for, targets_of, window_of

if TYPE_CHECKING:
    from bot.agent.task import Event

Tell = Callable[["Event"], None]


@dataclass(frozen=True)
class Written:
    """What a run of the agent left on the desk."""

    drafts: tuple[DraftVersion, ...]
    #: Accounts without a draft, each with the reason.
    failed: dict[str, str]
    run_id: str
    ms: int


def draft(
    app: App,
    brief: str,
    accounts: Sequence[str],
    author: str,
    *,
    wall: str | None = None,
    media: tuple[Media, ...] = (),
    on_event: Tell | None = None,
) -> Written:
    """Let the model draft a post for each account from a brief. Raises NotFound, BadInput, ModelError."""
    from bot.agent import drafting

    readable(brief)
    if not brief.strip():
        raise BadInput(say("The brief is empty."), next_step=say("Say in a sentence what the post is about."))
    brand = app.brand()
    keys = tuple(dict.fromkeys(accounts))
    targets = targets_of(brand, keys)
    windows = {k: window_of(brand, k, wall) for k in keys}
    model = app.model()
    transcript = transcript_for(app, brand, author, "draft")
    made: dict[str, DraftVersion] = {}

    def store(wish: propose.Proposal) -> DraftVersion:
        return propose.new(app.desk, wish, brand.id)

    found = relevant(app, brand, brief)
    kit = kit_for(app, brand, targets, author, brief, windows, media, store, transcript.run_id, made, found)
    result = drafting.draft(
        brief,
        keys,
        kit,
        model,
        found,
        brand=brand.name,
        clock=app.clock,
        limits=app.limits(),
        transcript=transcript,
        on_event=on_event,
    )
    return Written(tuple(made[k] for k in keys if k in made), dict(result.failed), transcript.run_id, result.run.ms)


def another(app: App, draft_id: str, feedback: str, author: str, *, on_event: Tell | None = None) -> Written:
    """Let the model write the next version of a draft, with what was wrong with this one. Raises as ``draft``."""
    from bot.agent import drafting

    readable(feedback)
    with app.db.read() as conn:
        old = drafts.version(conn, draft_id)
        brief = drafts.get(conn, draft_id).brief
        brand, _ = app.desk.brand(conn, old.content.brand)
    key = old.content.account
    transcript = transcript_for(app, brand, author, "another version")
    made: dict[str, DraftVersion] = {}

    def store(wish: propose.Proposal) -> DraftVersion:
        return propose.revise(app.desk, draft_id, wish, seen_version=old.version)

    media = tuple(m for p in old.content.parts for m in p.media)
    windows = {key: old.content.window}
    found = relevant(app, brand, f"{brief}\n{feedback}")
    targets = targets_of(brand, (key,))
    kit = kit_for(app, brand, targets, author, brief, windows, media, store, transcript.run_id, made, found)
    kit_note = feedback.strip() or "another version, please"
    result = drafting.draft(
        brief,
        (key,),
        kit,
        app.model(),
        found,
        brand=brand.name,
        clock=app.clock,
        limits=app.limits(),
        transcript=transcript,
        feedback=kit_note,
        previous={key: "\n\n".join(p.text for p in old.content.parts)},
        on_event=on_event,
    )
    return Written(tuple(made.values()), dict(result.failed), transcript.run_id, result.run.ms)


def edit(
    app: App, draft_id: str, texts: Sequence[str], author: str, *, seen_version: int | None = None
) -> DraftVersion:
    """Store a person's own words as the next version; pictures and time stay. Raises Stale, NotAllowed, BadInput."""
    readable(*texts)
    with app.db.read() as conn:
        old = drafts.version(conn, draft_id)
        brand, _ = app.desk.brand(conn, old.content.brand)
    if brand.person(author) is None:
        raise NotFound(say("{who} is not one of {brand}'s people.", who=repr(author), brand=brand.name))
    wish = propose.Proposal(
        account=old.content.account,
        parts=propose.same_parts(texts, old.content),
        author=author,
        citations=tuple(c for c in old.citations if brand.rulebook.get(c)),
        window=old.content.window,
        reply_parent=old.content.reply_parent,
        visibility=old.content.visibility,
        language=old.content.language,
        note="edited by hand",
        evidence={"before": old.evidence} if old.evidence else {},
    )
    return propose.revise(app.desk, draft_id, wish, seen_version=seen_version or old.version)
