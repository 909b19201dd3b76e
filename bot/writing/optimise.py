"""A text measured, and worded better: a draft, a document, or a text that is not on the desk at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bot.app import App
from bot.checks import base
from bot.domain.brand import Brand, Rule
from bot.domain.draft import Content, Draft, DraftVersion, Finding, Part
from bot.errors import BadInput, ModelError, NotFound
from bot.insight.changes import Change, changes
from bot.insight.score import Goal, Report, measure
from bot.insight.text import is_chinese
from bot.store import documents, drafts
from bot.words import say
from bot.workflow import around, propose
from bot.writing.aim import Wanted, goal
from bot.writing.common import readable, relevant, transcript_for

if TYPE_CHECKING:
    from bot.agent.optimising import Attempt
    from bot.writing.posts import Tell


@dataclass(frozen=True)
class Text:
    """A text to look at, with all that is known of it."""

    parts: tuple[str, ...]
    goal: Goal
    #: Id of the draft or the document it is; empty for a text from elsewhere.
    id: str = ""
    brand: Brand | None = None
    account: str = ""
    version: DraftVersion | None = None
    draft: Draft | None = None


@dataclass(frozen=True)
class Optimised:
    """A text before and after."""

    text: Text
    before: Report
    #: None where no wording was asked for or none was better.
    after: Report | None = None
    parts: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    #: Facts of the brand that the new wording draws on.
    citations: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    #: Why there is no better wording, or what else went wrong, in words.
    notes: tuple[str, ...] = ()
    run_id: str = ""
    #: The new version, where it was applied to a draft.
    applied: DraftVersion | None = None


def from_draft(app: App, draft_id: str, wanted: Wanted) -> Text:
    """Return a draft's newest version as a text. Raises NotFound."""
    with app.db.read() as conn:
        version = drafts.version(conn, draft_id)
        draft = drafts.get(conn, draft_id)
        brand, _ = app.desk.brand(conn, version.content.brand)
    content = version.content
    asked = Wanted(
        wanted.kind or draft.kind, wanted.account or content.account, wanted.platform, "", wanted.tone, wanted.keywords
    )
    alts = tuple(m.alt for p in content.parts for m in p.media)
    parts = tuple(p.text for p in content.parts)
    what = goal(brand, asked, wanted.language or content.language, alts)
    return Text(parts, what, draft_id, brand, content.account, version, draft)


def from_document(app: App, document_id: str, wanted: Wanted) -> Text:
    """Return a document as a text. Raises NotFound."""
    with app.db.read() as conn:
        found = documents.find(conn, document_id, app.brand_id)
        brand, _ = app.desk.brand(conn, found.brand)
    asked = Wanted(wanted.kind or found.kind, wanted.account, wanted.platform, "", wanted.tone, wanted.keywords)
    return _cut(found.text, goal(brand, asked, wanted.language or found.language), found.id, brand, wanted.account)


def from_text(app: App, text: str, wanted: Wanted) -> Text:
    """Return a text from elsewhere; no brand need be learned for it. Raises BadInput, NotFound."""
    readable(text)
    if not text.strip():
        raise BadInput(say("There is no text in it."), next_step=say("Give a file with a text, or a draft's id."))
    brand = _brand(app)
    account = brand.account(wanted.account) if brand and wanted.account else None
    if wanted.account and account is None:
        known = ", ".join(a.key for a in brand.accounts) if brand else ""
        raise NotFound(
            say("There is no account {account}.", account=repr(wanted.account)),
            next_step=say("It has: {known}.", known=known)
            if known
            else say("Learn the brand first, or say --platform."),
        )
    language = wanted.language or (account.language if account else "zh-Hans" if is_chinese(text) else "en")
    return _cut(text.strip(), goal(brand, wanted, language), "", brand, wanted.account)


def _cut(text: str, what: Goal, id: str, brand: Brand | None, account: str) -> Text:
    from bot.agent.optimising import pieces_of

    # A text for a platform is one post, however long.
    return Text((text,) if what.limit else pieces_of(text), what, id, brand, account)


def _brand(app: App) -> Brand | None:
    try:
        return app.brand()
    except NotFound:
        return None


def _findings(app: App, text: Text, wording: tuple[str, ...]) -> Sequence[Finding]:
    """Run the brand's checks on a wording of a text."""
    brand = text.brand
    if brand is None:
        return ()
    with app.db.read() as conn:
        if text.version is not None:
            content = replace(
                text.version.content,
                parts=around.same_parts(wording, text.version.content),
                rulebook=brand.rulebook.version,
            )
            found = app.desk.findings(conn, content, brand, text.draft)
            # A text to copy stays blocked whatever its words are.
            return [f for f in found if f.check != "unplaced"]
        content = Content(brand.id, text.account, tuple(Part(t) for t in wording), language=text.goal.language)
        if text.account:
            return app.desk.findings(conn, content, brand)
        return base.run(base.Subject(content, brand, (), app.known_secrets(conn)))


def optimise(
    app: App,
    text: Text,
    who: str,
    *,
    rewrite: bool = True,
    apply: bool = False,
    on_event: Tell | None = None,
) -> Optimised:
    """Measure a text and, with ``rewrite``, let the model word it better; ``apply`` stores that as a draft's version.

    A model that does not answer is a note, not an error: the measures stand without it. Raises BadInput where there is
    nothing to apply it to, and NotAllowed and Stale as ``revise`` does.
    """
    if apply and text.version is None:
        raise BadInput(
            say("Only a draft can take a new version."),
            next_step=say("Leave out --apply and copy the wording, or name a draft."),
        )
    before = measure(text.parts, text.goal)
    if not rewrite:
        return Optimised(text, before)
    from bot.agent import optimising

    transcript = transcript_for(app, text.brand, who, "optimise") if text.brand else None
    run_id = transcript.run_id if transcript else ""
    check = partial(_findings, app, text)
    try:
        found = optimising.optimise(
            text.parts, text.goal, model=app.model(), rules=_rules(app, text), check=check,
            brand=text.brand.name if text.brand else "", clock=app.clock, limits=app.limits(), transcript=transcript,
            on_event=on_event,
        )  # fmt: skip
    except ModelError as error:
        found = replace(optimising.tidy(text.parts, text.goal, check), notes=(str(error),))
    if found.report.score <= before.score:
        return Optimised(text, before, attempts=found.attempts, notes=found.notes, run_id=run_id)
    joint = "\n\n"
    done = Optimised(
        text, before, found.report, found.parts, tuple(changes(joint.join(text.parts), joint.join(found.parts))),
        found.citations, found.attempts, found.notes, run_id,
    )  # fmt: skip
    return _applied(app, done, who, found.prompt_refs) if apply else done


def _applied(app: App, done: Optimised, who: str, prompts: Sequence[str]) -> Optimised:
    """Store the better wording as the draft's next version; nothing is approved by it."""
    version, brand, after = done.text.version, done.text.brand, done.after
    assert version is not None
    assert brand is not None
    assert after is not None
    old = version.content
    # Without a wording of the model's, only code mended something, at a person's word.
    by_model = any(not attempt.refused for attempt in done.attempts)
    cited = [*(c for c in version.citations if brand.rulebook.get(c)), *done.citations]
    wish = propose.Proposal(
        account=old.account,
        parts=around.same_parts(done.parts, old),
        author=who,
        origin="model" if by_model else "person",
        citations=tuple(dict.fromkeys(cited)),
        window=old.window,
        **around.kept(old),
        note=f"optimised: {done.before.score} to {after.score}",
        evidence={
            **(_evidence(app, done.run_id, prompts) if by_model else {}),
            "score": {"before": done.before.score, "after": after.score},
            **({"before": version.evidence} if version.evidence else {}),
        },
    )
    made = propose.revise(app.desk, version.draft_id, wish, seen_version=version.version)
    return replace(done, applied=made)


def _evidence(app: App, run_id: str, prompts: Sequence[str]) -> dict[str, object]:
    model = app.model()
    return {"model": model.name, "strategy": model.strategy, "run": run_id, "prompts": list(prompts)}


def _rules(app: App, text: Text) -> list[Rule]:
    return relevant(app, text.brand, "\n".join(text.parts)[:1000]) if text.brand else []
