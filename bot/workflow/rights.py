"""Whether an answer may count: the text is the one that was shown, it is still open, and the person has the right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.domain.approval import ApprovalRequest, content_hash
from bot.domain.brand import Brand, Person, Role
from bot.domain.draft import Draft, DraftState, DraftVersion
from bot.errors import NotAllowed, Stale
from bot.store import approvals, chat, drafts
from bot.words import retold, say
from bot.workflow.desk import Desk


@dataclass(frozen=True)
class Answer:
    """One person's answer to one card."""

    draft_id: str
    #: Version and hash of the card that was on the screen; a different one now makes the answer stale.
    version: int
    hash: str
    person: str
    via: str
    #: The card in full, as it was shown.
    shown: str
    reason: str = ""


def open_request(desk: Desk, conn: Connection, answer: Answer) -> tuple[Draft, DraftVersion, ApprovalRequest, Brand]:
    draft = drafts.get(conn, answer.draft_id, lock=True)
    look = say("`signoff show {draft}` shows what it is now.", draft=draft.id)
    if draft.version != answer.version:
        raise Stale(
            say(
                "You saw version {seen}; draft {draft} is at version {now}.",
                seen=answer.version,
                draft=draft.id,
                now=draft.version,
            ),
            next_step=look,
        )
    version = drafts.version(conn, draft.id, draft.version)
    if not version.hash == answer.hash == content_hash(version.content):
        raise Stale(say("Draft {draft} is not the text you saw.", draft=draft.id), next_step=look)
    request = approvals.of_version(conn, draft.id, version.version)
    if request is None:
        brand, _ = desk.brand(conn, draft.brand)
        found = desk.findings(conn, version.content, brand, draft)
        why = retold(found[0].message) if found else say("it was never up for review")
        raise NotAllowed(
            say("Draft {draft} is held back: {why}", draft=draft.id, why=why),
            next_step=f"`signoff edit {draft.id}`",
        )
    if request.used is not None or version.state is not DraftState.IN_REVIEW:
        raise Stale(
            say(
                "Draft {draft} version {n} is already {state}.",
                draft=draft.id,
                n=version.version,
                state=say(version.state.value),
            ),
            next_step=look,
        )
    if request.hash != version.hash:
        raise Stale(say("The request for draft {draft} was for another text.", draft=draft.id), next_step=look)
    if request.expires <= desk.clock.now():
        raise Stale(
            say("The time to sign draft {draft} ran out.", draft=draft.id),
            next_step=say("`signoff reschedule {draft} --now`, or another time, asks anew.", draft=draft.id),
        )
    brand, _ = desk.brand(conn, draft.brand)
    return draft, version, request, brand


def writers(conn: Connection, draft: Draft, versions: Sequence[DraftVersion]) -> set[str]:
    """Return who may not sign under four eyes: who asked for the draft, and whose words or wish the newest text is.

    Whoever was known by a group of a chat as they wrote, and is linked now, is one and the same person.

    A version that only moved the time keeps the words of the one before it, and so its author. Whoever signs a text as
    it stands and has it sent at once (``now``) wished for no other words.
    """
    found = {draft.author}
    for version in reversed(versions):
        if version.origin != "now":
            found.add(version.author)
        if version.origin not in ("reschedule", "now"):
            break
    if any(who.startswith("slack:") for who in found):
        linked = {chat.group_person(p["team"], p["user"]): p["person"] for p in chat.people(conn, draft.brand)}
        found |= {linked[who] for who in found if who in linked}
    return found


def may(brand: Brand, request: ApprovalRequest, who: str, wrote: Collection[str], *, signing: bool = True) -> Person:
    """Return the person if they have the right to answer. Raises NotAllowed.

    ``wrote`` are those whose own words these are; under four eyes they may reject, not sign.
    """
    person = brand.person(who)
    if person is None:
        raise NotAllowed(
            say("{who} is not one of {brand}'s people.", who=repr(who), brand=brand.name),
            next_step=say("Add them to brand.yaml."),
        )
    if not person.may(Role.APPROVER):
        raise NotAllowed(say("{person} is not an approver of {brand}.", person=person.name, brand=brand.name))
    if signing and request.signers and person.id not in request.signers:
        raise NotAllowed(
            say(
                "This needs {signers}; {person} cannot sign it.", signers=", ".join(request.signers), person=person.name
            )
        )
    if signing and request.four_eyes and person.id in wrote:
        raise NotAllowed(
            say("{person} asked for this text, so somebody else must sign it off.", person=person.name),
            next_step=say("Four eyes are asked for in policy.yaml."),
        )
    return person
