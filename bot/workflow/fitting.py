"""Pictures and videos made to fit the account they are for, before anybody signs: what is shown is what is sent.

The card says what was changed; what was given is kept beside what was made of it. Writing a video anew takes minutes,
so nothing here holds a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.draft import DraftVersion, Finding, Media, Part, Severity
from bot.errors import BadInput, NotFound
from bot.media import amount
from bot.words import say
from bot.workflow.desk import Desk

if TYPE_CHECKING:
    from bot.workflow.propose import Proposal

#: Where a version's evidence keeps what was changed.
KEPT = "media"


@dataclass(frozen=True)
class Fitted:
    """Parts with their media as they can be sent."""

    parts: tuple[Part, ...]
    #: For each medium that was written anew: ``for`` (the platform's label), ``was`` and ``now``.
    changes: tuple[dict[str, Any], ...] = ()
    #: Why others could not be.
    remarks: tuple[Finding, ...] = ()
    #: The parts without those others.
    sendable: tuple[Part, ...] = ()


def fit(desk: Desk, account: str, parts: Sequence[Part]) -> Fitted:
    """Make the media of the parts fit what the account takes; one that cannot be made to stays as it is."""
    if not any(part.media for part in parts):
        return Fitted(tuple(parts), sendable=tuple(parts))
    label = desk.platform_class(account.partition(":")[0]).label
    with desk.db.read() as conn:
        limits = desk.limits(conn, account)
    whole, sendable, changes, remarks = [], [], [], []
    for n, part in enumerate(parts):
        media: list[Media | None] = []
        for medium in part.media:
            try:
                made = desk.media.fit(medium, limits, label)
            except (BadInput, NotFound) as why:
                remarks.append(Finding("platform", Severity.WARN, why.message, part=n, fix=why.next_step or ""))
                media.append(None)
                continue
            media.append(made)
            if made.sha256 != medium.sha256:
                changes.append({"for": label, "was": _facts(medium), "now": _facts(made)})
        kept = tuple(made or medium for made, medium in zip(media, part.media, strict=True))
        whole.append(replace(part, media=kept))
        sendable.append(replace(part, media=tuple(filter(None, media))))
    return Fitted(tuple(whole), tuple(changes), tuple(remarks), tuple(sendable))


def prepared(desk: Desk, wish: Proposal) -> Proposal:
    """Return a wish whose media fit, with what was changed among its evidence and what could not be as remarks."""
    found = fit(desk, wish.account, wish.parts)
    evidence = wish.evidence
    if found.changes:
        evidence = {**evidence, KEPT: [*_before(evidence), *found.changes]}
    return replace(wish, parts=found.parts, evidence=evidence, remarks=(*wish.remarks, *found.remarks))


def told(version: DraftVersion, medium: Media) -> str:
    """Say what a medium was before it was made to fit; empty where it is as it was given."""
    for change in _before(version.evidence):
        was, now = change["was"], change["now"]
        if now["sha256"] == medium.sha256:
            sizes = {"was": _size(was, was["mime"] != now["mime"]), "now": _size(now, was["mime"] != now["mime"])}
            if (was["width"], was["height"]) == (now["width"], now["height"]):
                return say("(written anew, from {was} to {now}, for {label})", label=change["for"], **sizes)
            return say("(scaled from {was} to {now}, for {label})", label=change["for"], **sizes)
    return ""


def _before(evidence: Any) -> list[dict[str, Any]]:
    """Return the changes kept with a version, or with the one whose words a person changed."""
    while isinstance(evidence, dict):
        if KEPT in evidence:
            return list(evidence[KEPT])
        evidence = evidence.get("before")
    return []


def _facts(medium: Media) -> dict[str, Any]:
    facts = asdict(medium)
    del facts["alt"]
    return facts


def _size(facts: dict[str, Any], typed: bool) -> str:
    kind = facts["mime"].partition("/")[2].upper() + " " if typed else ""
    return f"{kind}{facts['width']}x{facts['height']}, {amount(facts['size'])}"
