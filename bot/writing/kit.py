"""The kit that tools get: it can look things up and propose; every proposal passes ``workflow.propose``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot import own_words
from bot.app import App, platform_class
from bot.checks import hashtags
from bot.domain.brand import Account, Brand, Rule
from bot.domain.draft import Content, Draft, DraftState, DraftVersion, Finding, Media, Part, Window
from bot.errors import BadInput, NotAllowed, NotFound, Stale
from bot.insight import tagging
from bot.insight.score import Report, measure
from bot.store import approvals, drafts
from bot.words import say
from bot.workflow import fitting, propose, schedule, when
from bot.writing import aim
from bot.writing.common import relevant
from tools.kit import ProposeOutcome, QueueItem, RuleHit, TargetAccount, ToolKit, ToolStop

#: Stands for a draft's id before there is one: as long as any.
_SOME_ID = "d_00000000"
#: What a check says of a text that has no place to go: nothing that a writer could mend.
_NO_PLACE = "unplaced"


@dataclass(frozen=True)
class Making:
    """What the drafts of one round are, beyond account and text."""

    kind: str = "post"
    series: str = ""
    angle: str = ""
    segment: str = ""
    #: BCP 47; empty for each account's own.
    language: str = ""
    #: By account: remote id of the post that it stands below.
    below: Mapping[str, str] = field(default_factory=dict)
    visibility: str = "public"
    #: Kept with each version, beside what is known of the run.
    evidence: Mapping[str, Any] = field(default_factory=dict)
    #: The draft that gets another version; None for a new one.
    draft: Draft | None = None

    def of(self, brand: Brand, account: str, brief: str, author: str, app: App) -> Draft:
        """Return the draft that a text would belong to, with an id that stands for its own."""
        return self.draft or Draft(
            _SOME_ID, brand.id, account, brief, author, app.clock.now(),
            kind=self.kind, series=self.series, angle=self.angle, segment=self.segment,
        )  # fmt: skip


def targets_of(app: App, brand: Brand, keys: Sequence[str], making: Making | None = None) -> tuple[TargetAccount, ...]:
    """Return accounts as tools need to know them. Raises NotFound, BadInput."""
    making, found = making or Making(), []
    for key in keys:
        account = brand.account(key)
        if account is None:
            known = ", ".join(a.key for a in brand.accounts) or "none"
            raise NotFound(
                say("{brand} has no account {account}.", brand=brand.name, account=repr(key)),
                next_step=say("It has: {known}.", known=known),
            )
        found.append(_target(app, brand, account, making))
    if not found:
        raise BadInput(say("No account was named."), next_step=say("Say --account platform:name."))
    return tuple(found)


def _target(app: App, brand: Brand, account: Account, making: Making) -> TargetAccount:
    platform = platform_class(account.platform)
    limits, language = platform.limits, making.language or account.language
    values = tagging.names(making.of(brand, account.key, "", "", app), language)

    def length(text: str) -> int:
        return platform.length(tagging.tag(text, brand.plan.tagging, values))

    most = brand.plan.style.hashtags
    if most is None:
        most = hashtags.MOST.get(account.platform, hashtags.MOST_ELSEWHERE)
    return TargetAccount(
        account.key, language, limits.text, length, limits.unit, limits.parts if platform.features.threads else 1,
        hashtags=brand.hashtags, most_tags=most,
    )  # fmt: skip


def window_of(brand: Brand, key: str, wall: str | None) -> Window:
    account = brand.account(key)
    zone = account.zone if account else brand.zone
    return Window(when.parse_wall(wall) if wall else None, zone, brand.grace_minutes)


@dataclass
class DeskKit:
    """What stands behind the kit of one run: the desk, and what the person asked for."""

    app: App
    brand: Brand
    targets: tuple[TargetAccount, ...]
    author: str
    brief: str
    #: By account: when it is to go out.
    windows: Mapping[str, Window]
    #: Keeps a proposal. Raises NotAllowed, Stale.
    store: Callable[[propose.Proposal], DraftVersion]
    run_id: str
    media: tuple[Media, ...] = ()
    #: The rules that were chosen for the brief.
    retrieved: Sequence[Rule] = ()
    making: Making = field(default_factory=Making)
    #: What came of it, by account.
    made: dict[str, DraftVersion] = field(default_factory=dict)
    _by_key: dict[tuple[str, str, tuple[str, ...]], DraftVersion] = field(default_factory=dict)

    def kit(self) -> ToolKit:
        """Return the kit that tools get."""
        for target in self.targets:
            # Before the model's time runs: writing a video anew takes minutes. What comes of it is remembered.
            fitting.fit(self.app.desk, target.key, self._parts(("",)))
        return ToolKit(
            accounts=self.targets,
            search=self._search,
            check=self._check,
            propose=self._propose,
            suggest_or_set_time=self._set_time,
            queue=self._queue,
            rule_exists=lambda rule_id: self.brand.rulebook.get(rule_id) is not None,
            measure=self._measure,
        )

    def _parts(self, texts: tuple[str, ...]) -> tuple[Part, ...]:
        return tuple(Part(text, self.media if n == 0 else ()) for n, text in enumerate(texts))

    def _check(self, account: str, texts: tuple[str, ...], language: str) -> Sequence[Finding]:
        app, brand = self.app, self.brand
        draft = self.making.of(brand, account, self.brief, self.author, app)
        # What cannot be made to fit is a person's to mend, not the model's.
        sendable = fitting.fit(app.desk, account, self._parts(texts)).sendable
        parts, _ = propose.tagged(sendable, (), brand, draft, language)
        content = Content(
            brand.id, account, parts, reply_parent=self.making.below.get(account, ""), language=language,
            rulebook=brand.rulebook.version,
        )  # fmt: skip
        with app.db.read() as conn:
            return [f for f in app.desk.findings(conn, content, brand, draft) if f.check != _NO_PLACE]

    def _propose(
        self,
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
        version = self._by_key.get(same) if key else None
        if version is None:
            wish = self._proposal(account, text_parts, citations, when, language, " ".join(notes))
            try:
                version = self._by_key[same] = self.made[account] = self.store(wish)
            except (NotAllowed, Stale) as error:
                # Policy said no, or somebody else was quicker: the model cannot mend that, the person should know.
                raise ToolStop(error.message, next_step=error.next_step) from None
        return ProposeOutcome(version.draft_id, version.findings, version.blocked)

    def _proposal(
        self,
        account: str,
        texts: tuple[str, ...],
        citations: tuple[str, ...],
        wall: str | None,
        language: str,
        note: str,
    ) -> propose.Proposal:
        model, making = self.app.model(), self.making
        evidence: dict[str, Any] = {"model": model.name, "strategy": model.strategy, "run": self.run_id}
        evidence["prompts"] = prompt_refs(making.kind)
        evidence["retrieved"] = [rule.id for rule in self.retrieved]
        evidence |= making.evidence
        evidence |= own_words.remarks(self.app, self.brand, texts, language)
        return propose.Proposal(
            account=account,
            parts=self._parts(texts),
            author=self.author,
            brief=self.brief,
            origin="model",
            citations=citations,
            window=window_of(self.brand, account, wall) if wall else self.windows.get(account),
            reply_parent=making.below.get(account, ""),
            visibility=making.visibility,
            language=language,
            note=note,
            evidence=evidence,
            kind=making.kind,
            series=making.series,
            angle=making.angle,
            segment=making.segment,
        )

    def _set_time(self, draft_id: str, wall: str) -> str:
        app, author = self.app, self.author
        with app.db.read() as conn:
            version = drafts.version(conn, draft_id)
            signed = approvals.decisions(conn, draft_id=draft_id)
            owner = drafts.get(conn, draft_id).author
        waiting = version.state in (DraftState.PROPOSED, DraftState.IN_REVIEW)
        # A model moves only what its own person asked for and nobody has answered: signatures are not its to void.
        if not waiting or signed or owner != author or version.content.brand != self.brand.id:
            return f"Only a person can move draft {draft_id}: it is not an open draft of {author}."
        try:
            moved = schedule.reschedule(app.desk, draft_id, wall, author)
        except (NotAllowed, Stale) as error:
            return error.message
        return f"Proposed {moved.content.window.wall} {moved.content.window.zone} for {draft_id}; a person decides."

    def _search(self, query: str, k: int) -> Sequence[RuleHit]:
        return [RuleHit(r) for r in relevant(self.app, self.brand, query, k=k, hard=False)[:k]]

    def _queue(self) -> Sequence[QueueItem]:
        with self.app.db.read() as conn:
            found = drafts.current(conn, self.brand.id, limit=20)
        return [
            QueueItem(d.id, d.account, v.state.value, v.content.window.wall or "", v.content.parts[0].text)
            for d, v in found
        ]

    def _measure(self, account: str, text: str, keywords: tuple[str, ...]) -> Report:
        at = next(t for t in self.targets if t.key == account)
        return measure(text, aim.goal(self.brand, aim.Wanted(account=account, keywords=keywords), at.language))


def prompt_refs(kind: str = "post") -> list[str]:
    """Name the prompts behind a draft, with version and hash."""
    from bot.agent import kinds
    from bot.prompting import load

    return [load("agent").ref, kinds.load(kind).prompt.ref]
