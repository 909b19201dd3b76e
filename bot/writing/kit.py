"""The kit that tools get: it can look things up and propose; every proposal passes ``workflow.propose``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.app import App, platform_class
from bot.domain.brand import Brand, Rule
from bot.domain.draft import Content, Draft, DraftState, DraftVersion, Finding, Media, Part, Window
from bot.errors import BadInput, NotAllowed, NotFound, Stale
from bot.insight.score import Report, measure
from bot.store import approvals, drafts
from bot.words import say
from bot.workflow import propose, schedule, when
from bot.writing import aim
from bot.writing.common import relevant
from tools.kit import ProposeOutcome, QueueItem, RuleHit, TargetAccount, ToolKit, ToolStop


def targets_of(brand: Brand, keys: Sequence[str]) -> tuple[TargetAccount, ...]:
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


def window_of(brand: Brand, key: str, wall: str | None) -> Window:
    account = brand.account(key)
    zone = account.zone if account else brand.zone
    return Window(when.parse_wall(wall) if wall else None, zone, brand.grace_minutes)


def kit_for(
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
        draft = Draft("", brand.id, account, brief, author, app.clock.now())
        with app.db.read() as conn:
            return app.desk.findings(conn, content, brand, draft)

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
                window=window_of(brand, account, when) if when else windows.get(account),
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

    def measured(account: str, text: str, keywords: tuple[str, ...]) -> Report:
        at = next(t for t in targets if t.key == account)
        return measure(text, aim.goal(brand, aim.Wanted(account=account, keywords=keywords), at.language))

    return ToolKit(
        accounts=targets,
        search=search,
        check=check,
        propose=propose_text,
        suggest_or_set_time=set_time,
        queue=queue,
        rule_exists=lambda rule_id: brand.rulebook.get(rule_id) is not None,
        measure=measured,
    )


def prompt_refs() -> list[str]:
    """Name the prompts behind a draft, with version and hash."""
    from bot.prompting import load

    return [load(name).ref for name in ("agent", "draft_post")]
