"""What needs the model and the desk together: drafts, new versions of them, answers, and the conversation.

The model gets a ToolKit made here. It can look things up and propose; every proposal passes ``workflow.propose``,
where checks and policy wait for it. Nothing here can sign off or publish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.agent.transcript import Transcript
from bot.app import App, platform_class
from bot.domain.brand import Brand, Rule, RuleKind
from bot.domain.draft import Content, DraftState, DraftVersion, Finding, Media, Part, Window
from bot.errors import BadInput, NotAllowed, NotFound, Stale
from bot.store import approvals, drafts
from bot.store import desk as rows
from bot.words import say
from bot.workflow import propose, schedule, when
from tools.kit import ProposeOutcome, QueueItem, RuleHit, TargetAccount, ToolKit, ToolStop

if TYPE_CHECKING:
    from bot.agent.drafting import Answer
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


@dataclass(frozen=True)
class Told:
    """An answer with the rules it rests on."""

    answer: Answer
    rules: tuple[Rule, ...]
    run_id: str


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

    _readable(brief)
    if not brief.strip():
        raise BadInput(say("The brief is empty."), next_step=say("Say in a sentence what the post is about."))
    brand = app.brand()
    keys = tuple(dict.fromkeys(accounts))
    targets = _targets(brand, keys)
    windows = {k: _window(brand, k, wall) for k in keys}
    model = app.model()
    transcript = _transcript(app, brand, author, "draft")
    made: dict[str, DraftVersion] = {}

    def store(wish: propose.Proposal) -> DraftVersion:
        return propose.new(app.desk, wish, brand.id)

    found = relevant(app, brand, brief)
    kit = _kit(app, brand, targets, author, brief, windows, media, store, transcript.run_id, made, found)
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

    _readable(feedback)
    with app.db.read() as conn:
        old = drafts.version(conn, draft_id)
        brief = drafts.get(conn, draft_id).brief
        brand, _ = app.desk.brand(conn, old.content.brand)
    key = old.content.account
    transcript = _transcript(app, brand, author, "another version")
    made: dict[str, DraftVersion] = {}

    def store(wish: propose.Proposal) -> DraftVersion:
        return propose.revise(app.desk, draft_id, wish, seen_version=old.version)

    media = tuple(m for p in old.content.parts for m in p.media)
    windows = {key: old.content.window}
    found = relevant(app, brand, f"{brief}\n{feedback}")
    targets = _targets(brand, (key,))
    kit = _kit(app, brand, targets, author, brief, windows, media, store, transcript.run_id, made, found)
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
    _readable(*texts)
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


def ask(app: App, question: str, who: str) -> Told:
    """Answer a question from the brand's rules, with the ids of the rules it rests on. Raises BadInput, ModelError."""
    from bot.agent import drafting

    _readable(question)
    brand = app.brand()
    transcript = _transcript(app, brand, who, "ask")
    hits = [RuleHit(rule) for rule in relevant(app, brand, question, k=20, hard=False)]
    answer = drafting.answer(question, hits, app.model(), clock=app.clock, limits=app.limits(), transcript=transcript)
    rules = tuple(r for c in answer.citations if (r := brand.rulebook.get(c)))
    return Told(answer, rules, transcript.run_id)


def relevant(app: App, brand: Brand, query: str, *, k: int = 16, hard: bool = True) -> list[Rule]:
    """Return the rules nearest to ``query``, each followed by its twin; with ``hard``, all that always holds."""
    book = brand.rulebook
    near = [r for hit in app.memory.search(brand.id, query, k) if (r := book.get(hit.id))]
    found = [r for rule in near for r in (rule, book.get(rule.twin)) if r is not None]
    always = [r for r in book.rules if r.hard or r.kind in (RuleKind.VOICE, RuleKind.MUST)] if hard else []
    return list(dict.fromkeys([*found, *always]))


def conversation_kit(app: App, author: str, run_id: str) -> ToolKit:
    """Return the kit of `signoff chat`: every account of the brand, and nothing but proposals."""
    brand = app.brand()
    keys = tuple(a.key for a in brand.accounts)
    windows = {k: _window(brand, k, None) for k in keys}

    def store(wish: propose.Proposal) -> DraftVersion:
        return propose.new(app.desk, wish, brand.id)

    return _kit(app, brand, _targets(brand, keys), author, "asked for in a chat", windows, (), store, run_id, {})


def converse(app: App, said: str, who: str, history: Sequence[tuple[str, str]] = ()) -> Iterator[Event]:
    """Take one turn of `signoff chat`: events as they happen, ``done`` last. Raises ModelError.

    ``history`` are the earlier turns, as (``person`` or ``bot``, text).
    """
    from bot.agent import loop
    from bot.agent.task import Task
    from bot.prompting import load
    from tools.kit import load_all

    _readable(said)
    brand = app.brand()
    transcript = _transcript(app, brand, who, "chat")
    tools = load_all(conversation_kit(app, who, transcript.run_id))
    task = Task(load("agent").render(brand=brand.name), said, history=tuple(history))
    return loop.chat(task, app.model(), tools, app.limits(), app.clock, transcript)


def _readable(*texts: str) -> None:
    """Refuse bytes that are no text, before a model is fetched for them: nothing could store or send them."""
    if any(c == "\x00" or "\ud800" <= c <= "\udfff" for text in texts for c in text):
        raise BadInput(
            say("The text holds a byte that is not text."), next_step=say("Type it again, or save it as UTF-8.")
        )


def _targets(brand: Brand, keys: Sequence[str]) -> tuple[TargetAccount, ...]:
    found = []
    for key in keys:
        account = brand.account(key)
        if account is None:
            known = ", ".join(a.key for a in brand.accounts) or "none"
            raise NotFound(
                say("{brand} has no account {account}.", brand=brand.name, account=repr(key)),
                next_step=say("It has: {known}.", known=known),
            )
        platform = platform_class(account.platform)
        limits = platform.limits
        parts = limits.parts if platform.features.threads else 1
        found.append(TargetAccount(key, account.language, limits.text, platform.length, limits.unit, parts))
    if not found:
        raise BadInput(say("No account was named."), next_step=say("Say --account platform:name."))
    return tuple(found)


def _window(brand: Brand, key: str, wall: str | None) -> Window:
    account = brand.account(key)
    zone = account.zone if account else brand.zone
    return Window(when.parse_wall(wall) if wall else None, zone, brand.grace_minutes)


def _kit(
    app: App,
    brand: Brand,
    targets: tuple[TargetAccount, ...],
    author: str,
    brief: str,
    windows: dict[str, Window],
    media: tuple[Media, ...],
    store: Callable[[propose.Proposal], DraftVersion],
    run_id: str,
    made: dict[str, DraftVersion],
    retrieved: Sequence[Rule] = (),
) -> ToolKit:
    by_key: dict[tuple[str, str, tuple[str, ...]], DraftVersion] = {}

    def parts_of(texts: tuple[str, ...]) -> tuple[Part, ...]:
        return tuple(Part(text, media if n == 0 else ()) for n, text in enumerate(texts))

    def check(account: str, texts: tuple[str, ...], language: str) -> Sequence[Finding]:
        content = Content(brand.id, account, parts_of(texts), language=language, rulebook=brand.rulebook.version)
        with app.db.read() as conn:
            return app.desk.findings(conn, content, brand)

    def propose_text(
        account: str,
        text_parts: tuple[str, ...],
        citations: tuple[str, ...],
        when: str | None,
        language: str,
        *,
        key: str,
        notes: tuple[str, ...],
    ) -> ProposeOutcome:
        # The same call again, after a crash or a repeat. Some endpoints give every call the same id, so the id
        # alone does not tell two texts apart.
        same = (key, account, text_parts)
        if key and same in by_key:
            version = by_key[same]
        else:
            model = app.model()
            evidence: dict[str, Any] = {"model": model.name, "strategy": model.strategy, "run": run_id}
            evidence["prompts"] = prompt_refs()
            evidence["retrieved"] = [rule.id for rule in retrieved]
            wish = propose.Proposal(
                account=account,
                parts=parts_of(text_parts),
                author=author,
                brief=brief,
                origin="model",
                citations=citations,
                window=_window(brand, account, when) if when else windows.get(account),
                language=language,
                note=" ".join(notes),
                evidence=evidence,
            )
            try:
                version = by_key[same] = made[account] = store(wish)
            except (NotAllowed, Stale) as error:
                # Policy said no, or somebody else was quicker: the model cannot mend that, the person should know.
                raise ToolStop(error.message, next_step=error.next_step) from None
        return ProposeOutcome(version.draft_id, version.findings, version.blocked)

    def set_time(draft_id: str, wall: str) -> str:
        with app.db.read() as conn:
            version = drafts.version(conn, draft_id)
            signed = approvals.decisions(conn, draft_id=draft_id)
            owner = drafts.get(conn, draft_id).author
        waiting = version.state in (DraftState.PROPOSED, DraftState.IN_REVIEW)
        # A model moves only what its own person asked for and nobody has answered: signatures are not its to void.
        if not waiting or signed or owner != author or version.content.brand != brand.id:
            return f"Only a person can move draft {draft_id}: it is not an open draft of {author}."
        try:
            moved = schedule.reschedule(app.desk, draft_id, wall, author)
        except (NotAllowed, Stale) as error:
            return error.message
        return f"Proposed {moved.content.window.wall} {moved.content.window.zone} for {draft_id}; a person decides."

    def search(query: str, k: int) -> Sequence[RuleHit]:
        return [RuleHit(r) for r in relevant(app, brand, query, k=k, hard=False)[:k]]

    def queue() -> Sequence[QueueItem]:
        with app.db.read() as conn:
            found = drafts.current(conn, brand.id, limit=20)
        return [
            QueueItem(d.id, d.account, v.state.value, v.content.window.wall or "", v.content.parts[0].text)
            for d, v in found
        ]

    return ToolKit(
        accounts=targets,
        search=search,
        check=check,
        propose=propose_text,
        suggest_or_set_time=set_time,
        queue=queue,
        rule_exists=lambda rule_id: brand.rulebook.get(rule_id) is not None,
    )


def prompt_refs() -> list[str]:
    """Name the prompts behind a draft, with version and hash."""
    from bot.prompting import load

    return [load(name).ref for name in ("agent", "draft_post")]


def _transcript(app: App, brand: Brand, who: str, purpose: str) -> Transcript:
    run_id = app.clock.new_id("t")

    def save(transcript: Transcript) -> None:
        tokens = [e["tokens"] for e in transcript.events if e["kind"] == "model"]
        spent = [sum(t[i] for t in tokens) for i in (0, 1)]
        model = app.model()
        usd = (spent[0] * model.price_in + spent[1] * model.price_out) / 1e6
        with app.db.write() as conn:
            rows.save_transcript(
                conn,
                id=run_id,
                brand=brand.id,
                who=who,
                purpose=purpose,
                model=model.name,
                body=transcript.events,
                tokens_in=spent[0],
                tokens_out=spent[1],
                usd=f"{usd:.6f}",
                created=app.clock.now(),
            )

    return Transcript(run_id, app.clock, save)
