"""What may be wanted beyond a brief and an account: a kind, several versions, languages, readers, words to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.app import platform_class
from bot.checks import base as checks
from bot.checks import brief_data
from bot.domain.brand import Brand
from bot.domain.draft import Content, Draft
from bot.domain.editorial import Phrase
from bot.errors import BadInput, NotFound
from bot.insight import angles
from bot.words import say
from bot.writing import answering
from bot.writing.kit import Making

if TYPE_CHECKING:
    from bot.agent.assignment import Order

#: Most versions of one thing: so many ways to tell it fit every brief.
MOST = 6
#: What a version keeps of those before it.
KEPT = ("place", "to", "alt_texts", "media")


@dataclass(frozen=True)
class Wish:
    """What is wanted beyond brief and account."""

    kind: str = "post"
    #: Versions that differ in angle.
    variants: int = 1
    #: A draft in each of these; empty: each account's own language.
    languages: tuple[str, ...] = ()
    #: Id of the readers it is for.
    segment: str = ""
    #: What is answered: words, an address, or both; the id of an own draft.
    to: tuple[str, ...] = ()
    #: Translate drafts for whoever cannot read them; None: where the model is a hosted one.
    back_translation: bool | None = None
    #: Id that the drafts share with others, such as that of a campaign; empty: of this set alone.
    series: str = ""
    #: Id of the one way to tell it, where there are no variants; empty: as the writer likes.
    angle: str = ""
    #: By account: texts from which it must differ.
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Kept with each version, beside what is known of the run.
    evidence: Mapping[str, Any] = field(default_factory=dict)


def usable(wish: Wish, brief: str, brand: Brand, keys: Sequence[str], target: answering.Target) -> str:
    """Refuse what cannot be drafted, and return the brief. Raises BadInput, NotFound."""
    from bot.agent import kinds, post_kinds

    kind = kinds.load(wish.kind)
    if not kind.is_post:
        raise BadInput(
            say("A {kind} is no post.", kind=kind.label), next_step=f"`signoff draft BRIEF --kind {kind.name}`"
        )
    shape = post_kinds.shape(wish.kind)
    if wish.to and not shape.below:
        raise BadInput(
            say("A {kind} answers nothing: --to is of no use.", kind=kind.label), next_step=say("Say --kind reply.")
        )
    answering.usable(wish.kind, target)
    if not brief.strip():
        if not target.words:
            raise BadInput(say("The brief is empty."), next_step=say("Say in a sentence what the post is about."))
        brief = "Answer kindly and to the point." if shape.answers else target.words
    if not 1 <= wish.variants <= MOST:
        raise BadInput(say("{n} versions cannot be written.", n=wish.variants), next_step=say("Up to {n}.", n=MOST))
    if wish.segment:
        _readers(wish.segment, brand)
    for key in keys:
        platform = platform_class(key.partition(":")[0])
        most = platform.limits.parts if platform.features.threads else 1
        if shape.fewest > most:
            raise BadInput(
                say("{label} has no threads.", label=platform.label),
                next_step=say("Draft a post, or name another account."),
            )
    for tag in wish.languages:
        _tag(tag, "", brand)
    return brief


def _readers(segment_id: str, brand: Brand) -> Phrase:
    segment = brand.plan.segment(segment_id)
    if segment is None:
        known = ", ".join(s.id for s in brand.plan.segments) or "-"
        raise NotFound(
            say("{brand} has no segment {segment}.", brand=brand.name, segment=repr(segment_id)),
            next_step=say("It has: {known}. Segments stand in brand.yaml.", known=known),
        )
    subject = checks.Subject(Content(brand.id, "", ()), brand)
    for _, words in segment.text.texts:
        if held := brief_data.holding(subject, words):
            raise BadInput(
                say("The segment {segment} holds a person's data: {what}", segment=repr(segment_id), what=held[0]),
                next_step=say("Say in brand.yaml what the group has in common, and learn it."),
            )
    return segment.text


def _tag(language: str, own: str, brand: Brand) -> str:
    """Return the full tag of a language, the account's own before the brand's. Raises BadInput for an unknown one."""
    wanted = language.strip().lower()
    known = list(dict.fromkeys([*([own] if own else []), *brand.languages, *(a.language for a in brand.accounts)]))
    found = next((tag for tag in known if wanted in (tag.lower(), tag.split("-")[0].lower())), None)
    if found is None:
        raise BadInput(
            say("{brand} does not write in {language}.", brand=brand.name, language=repr(language)),
            next_step=say("It writes in {known}; others are added in brand.yaml.", known=", ".join(brand.languages)),
        )
    return found


def rounds(
    wish: Wish,
    brief: str,
    brand: Brand,
    keys: Sequence[str],
    new_id: Callable[[str], str],
    target: answering.Target,
    *,
    apart: bool = False,
) -> Iterator[tuple[Making, Order, tuple[str, ...]]]:
    """Yield the runs of the agent: what the drafts are, what is wanted, and for which accounts.

    ``apart``: each language is a run of its own, because something has to be said in it for all its accounts.
    """
    from bot.agent.assignment import Order

    chosen: list[angles.Angle | None] = [angles.angle(wish.angle)]
    if wish.variants > 1:
        chosen = [*angles.choose(brief, wish.variants)]
    audience = _readers(wish.segment, brand) if wish.segment else Phrase()
    languages = list(dict.fromkeys(wish.languages)) or [""]
    of = len(chosen) * len(languages)
    series = wish.series or (new_id("s") if of > 1 else "")
    n = 0
    for language in languages:
        # Accounts that write the language in another way (zh-Hans, zh-Hant) are runs of their own.
        groups: dict[str, list[str]] = {}
        for key in keys:
            account = brand.account(key)
            own = account.language if account else ""
            groups.setdefault(_tag(language, own, brand) if language else own if apart else "", []).append(key)
        for angle in chosen:
            n += 1
            evidence: dict[str, Any] = {**({"place": [n, of]} if of > 1 else {}), **wish.evidence}
            for tag, some in groups.items():
                making = Making(
                    wish.kind, series, angle.id if angle else "", wish.segment, tag, target.below,
                    target.visibility, evidence={**evidence, **target.evidence},
                )  # fmt: skip
                yield making, Order(wish.kind, angle, audience, target.words, wish.others), tuple(some)


def order(draft: Draft, brand: Brand, words: str, others: Mapping[str, Sequence[str]]) -> Order:
    """Return what was wanted of a draft, for another version of it; a segment that is gone is left out."""
    from bot.agent.assignment import Order

    segment = brand.plan.segment(draft.segment) if draft.segment else None
    audience = segment.text if segment else Phrase()
    return Order(draft.kind, angles.angle(draft.angle) if draft.angle else None, audience, words, others)
