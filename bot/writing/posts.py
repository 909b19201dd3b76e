"""Drafts of posts: by the model from a brief, another version of one, or a person's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot import own_words, tracing
from bot.app import App
from bot.domain.brand import Brand, Rule
from bot.domain.draft import Content, DraftVersion, Media, Window
from bot.errors import Halted, ModelError, NotAllowed, NotFound
from bot.insight import tagging
from bot.prompting import load
from bot.store import drafts
from bot.words import say
from bot.workflow import around, propose, terms
from bot.writing import answering, dressing, reading_back, wishes
from bot.writing.common import readable, relevant, transcript_for
from bot.writing.kit import DeskKit, Making, prompt_refs, targets_of, window_of
from bot.writing.pictures import Pictures

if TYPE_CHECKING:
    from bot.agent.assignment import Order
    from bot.agent.drafting import DraftResult
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
    #: What drafts made together share; empty for one draft an account.
    series: str = ""


@tracing.span("draft")
def draft(
    app: App,
    brief: str,
    accounts: Sequence[str],
    author: str,
    *,
    wall: str | None = None,
    slot: str = "",
    media: tuple[Media, ...] = (),
    wish: wishes.Wish | None = None,
    dress: dressing.Dress | None = None,
    on_event: Tell | None = None,
) -> Written:
    """Let the model draft a post for each account from a brief; ``wish`` says what more is wanted.

    Each draft of a set is a run of its own with its own limits. ``slot``, in place of ``wall``, is chosen as each is
    stored. What fails does not take the rest with it. A picture without alt text gets one from the model. Raises
    NotFound, BadInput, ModelError when nothing came of it.
    """
    wish = wish or wishes.Wish()
    readable(brief, *wish.to)
    brand, keys = app.brand(), tuple(dict.fromkeys(accounts))
    targets_of(app, brand, keys)
    windows = {k: window_of(brand, k, wall) for k in keys}
    _allowed(app, brand, windows, wish.kind)
    dressed = {k: dressing.fields(app, brand, k, dress) for k in keys} if dress and not dress.bare else {}
    target = answering.find(app, keys, wish.to) if wish.to else answering.Target()
    brief = wishes.usable(wish, brief, brand, keys, target)
    apart = any(not m.alt.strip() for m in media)
    rounds = list(wishes.rounds(wish, brief, brand, keys, app.clock.new_id, target, apart=apart))
    # Which facts answer a comment, only its own words tell; they choose among the brand's, and are no instruction.
    found = relevant(app, brand, f"{brief}\n{target.words}".strip())
    pictures = Pictures(app, brand, media, brief, author)
    made: list[DraftVersion] = []
    failed: dict[str, str] = {}
    errors: list[ModelError] = []
    told: dict[tuple[str, str], list[str]] = {}
    run_id, ms = "", 0
    for making, order, some in rounds:
        others = {k: [*order.others.get(k, ()), *told.get((k, making.language), [])] for k in some}
        one = replace(making, evidence=dict(making.evidence))
        work = _Round(app, brand, brief, author, windows, found, one, slot, dressed)
        try:
            result, mine, run = work.do(some, replace(order, others=others), pictures, on_event)
        except ModelError as error:
            errors.append(error)
            failed |= {_named(k, making): str(error) for k in some}
            continue
        failed |= {_named(k, making): why for k, why in result.failed.items()}
        ms, run_id = ms + result.run.ms, run_id or run
        for version in mine:
            key = version.content.account
            told.setdefault((key, making.language), []).append(_words(brand, version))
            made.append(version)
    if not made:
        raise errors[0] if errors else ModelError("The language model proposed nothing.", next_step="Try again.")
    kept = tuple(reading_back.translated(app, brand, v, wish.back_translation, on_event) for v in made)
    return Written(kept, failed, run_id, ms, rounds[0][0].series)


def _allowed(app: App, brand: Brand, windows: dict[str, Window], kind: str) -> None:
    """Refuse what the policy refuses whatever it says, before a model spends minutes on it. Raises NotAllowed."""
    with app.db.read() as conn:
        _, policy = app.desk.brand(conn, brand.id)
    for key, window in windows.items():
        content = Content(brand.id, key, (), language=_language(brand, key), window=window)
        if why := terms.refused(content, policy, app.clock.now(), kind):
            raise NotAllowed(say("The policy refuses this on {account} ({why})", account=key, why=why))


def _named(account: str, making: Making) -> str:
    more = ", ".join(filter(None, (making.angle, making.language)))
    return f"{account} ({more})" if more else account


def _words(brand: Brand, version: DraftVersion) -> str:
    return tagging.untag("\n".join(p.text for p in version.content.parts), brand.plan.tagging)


@dataclass
class _Round:
    """One run of the agent: a draft for each of some accounts, alike in everything but account."""

    app: App
    brand: Brand
    brief: str
    author: str
    windows: dict[str, Window]
    found: list[Rule]
    making: Making
    slot: str = ""
    #: By account: more fields of a Proposal.
    around: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def do(
        self, keys: Sequence[str], order: Order, pictures: Pictures, on_event: Tell | None,
        *, feedback: str = "", previous: dict[str, str] | None = None, seen: int = 0,
    ) -> tuple[DraftResult, list[DraftVersion], str]:  # fmt: skip
        """Return what came of it, the new versions in the order of the accounts, and the run's id."""
        from bot.agent import drafting

        app, brand, making = self.app, self.brand, self.making
        media, alts = pictures.described(making.language or _language(brand, keys[0]), on_event)
        if alts:
            making = replace(making, evidence={**making.evidence, "alt_texts": alts})
        purpose = "another version" if making.draft else "draft"
        own = {} if app.model().embedded or order.words else self._own(keys)
        if own:
            refs = [*prompt_refs(making.kind), load("own_posts").ref]
            order, making = replace(order, own=own), replace(making, evidence={**making.evidence, "prompts": refs})
        transcript = transcript_for(app, brand, self.author, purpose)

        def store(wish: propose.Proposal) -> DraftVersion:
            wish = replace(wish, **self.around.get(wish.account, {}))
            if making.draft:
                return propose.revise(app.desk, making.draft.id, wish, seen_version=seen)
            return propose.new(app.desk, replace(wish, slot=self.slot), brand.id)

        desk = DeskKit(
            app, brand, targets_of(app, brand, keys, making), self.author, self.brief, self.windows, store,
            transcript.run_id, media, self.found, making,
        )  # fmt: skip
        result = drafting.draft(
            self.brief, keys, desk.kit(), app.model(), self.found, brand=brand.name, clock=app.clock,
            limits=app.limits(), transcript=transcript, feedback=feedback, previous=previous, order=order,
            on_event=on_event,
        )  # fmt: skip
        return result, [desk.made[k] for k in keys if k in desk.made], transcript.run_id

    def _own(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Return the own posts that show each account's voice; a memory that is busy costs no draft."""
        app, brand, language = self.app, self.brand, self.making.language
        try:
            found = {k: own_words.examples(app, brand, self.brief, k, language=language) for k in keys}
        except Halted:
            return {}
        return {key: posts for key, posts in found.items() if posts}


def _language(brand: Brand, key: str) -> str:
    account = brand.account(key)
    return account.language if account else brand.languages[0]


def another(
    app: App,
    draft_id: str,
    feedback: str,
    author: str,
    *,
    back_translation: bool | None = None,
    on_event: Tell | None = None,
) -> Written:
    """Let the model write the next version of a draft, with what was wrong with this one. Raises as ``draft``.

    Kind, angle, readers, pictures and what it answers stay; it must still differ from the other drafts of its set.
    """
    readable(feedback)
    with app.db.read() as conn:
        old, of = drafts.version(conn, draft_id), drafts.get(conn, draft_id)
        brand, _ = app.desk.brand(conn, old.content.brand)
        near = drafts.series(conn, of.series) if of.series and of.angle else []
    key = old.content.account
    alike = [(d, v) for d, v in near if d.id != of.id and d.account == key]
    siblings = [_words(brand, v) for _, v in alike if v.content.language == old.content.language]
    kept = {name: value for name in wishes.KEPT if (value := old.known(name)) is not None}
    making = Making(
        of.kind, of.series, of.angle, of.segment, old.content.language, {key: old.content.reply_parent},
        old.content.visibility, kept, of,
    )  # fmt: skip
    order = wishes.order(of, brand, str((old.known("to") or {}).get("words", "")), {key: siblings})
    media = tuple(m for p in old.content.parts for m in p.media)
    found = relevant(app, brand, f"{of.brief}\n{feedback}")
    beside = {key: {"around": around.of(old.content)}}
    work = _Round(app, brand, of.brief, author, {key: old.content.window}, found, making, around=beside)
    before = "\n\n".join(tagging.untag(p.text, brand.plan.tagging) for p in old.content.parts)
    result, made, run = work.do(
        (key,), order, Pictures(app, brand, media, of.brief, author), on_event,
        feedback=feedback.strip() or "another version, please", previous={key: before}, seen=old.version,
    )  # fmt: skip
    versions = tuple(reading_back.translated(app, brand, v, back_translation, on_event) for v in made)
    return Written(versions, dict(result.failed), run, result.run.ms, of.series)


def edit(
    app: App, draft_id: str, texts: Sequence[str], author: str, *, seen_version: int | None = None,
    dress: dressing.Dress | None = None, media: Mapping[int, Sequence[Media]] | None = None,
) -> DraftVersion:  # fmt: skip
    """Store a person's own words, and what they want around them, as the next version; pictures and time stay.

    ``media`` names the pictures of single parts, by their place, where these change. Raises Stale, NotAllowed,
    BadInput.
    """
    old, wish = _own(app, draft_id, texts, author, dress, media)
    return propose.revise(app.desk, draft_id, wish, seen_version=seen_version or old.version)


def tried(
    app: App, draft_id: str, texts: Sequence[str], author: str, *, media: Mapping[int, Sequence[Media]] | None = None
) -> DraftVersion:
    """Return what ``edit`` would store, with what the checks say of it; nothing is stored. Raises as ``edit``."""
    old, wish = _own(app, draft_id, texts, author, None, media)
    with app.db.read() as conn:
        brand, _ = app.desk.brand(conn, old.content.brand)
        return propose.drawn(app.desk, conn, drafts.get(conn, draft_id), old.version + 1, wish, brand)


def _own(
    app: App, draft_id: str, texts: Sequence[str], author: str, dress: dressing.Dress | None,
    media: Mapping[int, Sequence[Media]] | None,
) -> tuple[DraftVersion, propose.Proposal]:  # fmt: skip
    """Return the newest version of a draft, and the wish that a person's words make of it."""
    readable(*texts)
    with app.db.read() as conn:
        old = drafts.version(conn, draft_id)
        brand, _ = app.desk.brand(conn, old.content.brand)
    if brand.person(author) is None:
        raise NotFound(say("{who} is not one of {brand}'s people.", who=repr(author), brand=brand.name))
    parts = around.same_parts(texts, old.content)
    wish = propose.Proposal(
        account=old.content.account,
        parts=tuple(replace(p, media=tuple((media or {}).get(n, p.media))) for n, p in enumerate(parts)),
        author=author,
        citations=tuple(c for c in old.citations if brand.rulebook.get(c)),
        window=old.content.window,
        **around.kept(old.content),
        note="edited by hand",
        evidence={"before": old.evidence} if old.evidence else {},
    )
    if dress and not dress.bare:
        more = dressing.fields(app, brand, old.content.account, dress, old.content, "\n".join(texts))
        wish = replace(wish, **more)
    return old, wish
