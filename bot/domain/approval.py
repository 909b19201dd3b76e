"""What was signed: the hash over a content, the request for a signature, and the decisions."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.draft import Content

#: Changes whenever the meaning of the hashed bytes changes, so that old approvals never match by chance.
_FORMAT = "signoff-content-1"


def content_hash(content: Content) -> str:
    """Return the SHA-256, in hex, over the exact bytes that a signature covers.

    Covered: brand, platform and account, the text of every part, digest and alt text of every medium, the post
    it answers or quotes, visibility, warning, labels, link card, language, time window and rule-book version. Text is
    hashed as it stands: no normalisation, because what was shown is what is sent.
    """
    body = json.dumps(
        [_FORMAT, _said(dataclasses.asdict(content))],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    # surrogatepass: a lone surrogate must be hashable here, so that the platform check can refuse it in words.
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


class Choice(StrEnum):
    """What a person can answer on a review card."""

    APPROVE = "approve"
    REJECT = "reject"


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out what came to be after the first signatures and says nothing here, so that those still match."""
    for name in ("warning", "labels", "quote"):
        if not body[name]:
            del body[name]
    for part in body["parts"]:
        for medium in part["media"]:
            if not medium["seconds"]:
                del medium["seconds"]
        if part["card"] is None:
            del part["card"]
    return body


@dataclass(frozen=True)
class ApprovalRequest:
    """A question to people: may exactly this content be published?"""

    id: str
    draft_id: str
    version: int
    hash: str
    #: Name of the policy rule that set the terms; ``default`` when none matched.
    policy_rule: str
    #: How many different people must approve.
    needed: int
    four_eyes: bool
    #: People who may sign; empty means anyone with the approver role.
    signers: tuple[str, ...]
    created: datetime
    expires: datetime
    #: When to remind people; None when nobody wants to be, or everybody was.
    remind: datetime | None = None
    #: Person named when it lapses; empty means nobody in particular.
    escalate_to: str = ""
    #: When it was used up; a request is used once, by approval, rejection or lapse.
    used: datetime | None = None
    #: How many posts of a series a signature here stands for, this one among them, and the time of the last one; None:
    #: for this one alone.
    covers: int | None = None
    covers_until: datetime | None = None
    #: The lasting signature that it stands on; None where people were asked.
    stands_on: str | None = None


@dataclass(frozen=True)
class Decision:
    """One person's answer, with what was shown when it was given."""

    id: str
    request_id: str
    draft_id: str
    version: int
    hash: str
    person: str
    choice: Choice
    at: datetime
    #: The surface it came over: ``cli``, ``slack``, ``web``.
    via: str
    #: The card as it was shown, in full.
    shown: str
    reason: str = ""
