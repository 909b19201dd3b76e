"""What requests and answers look like: every field that a program sends or gets."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.store.prose import storable

T = TypeVar("T")


def _plain(text: str) -> str:
    if storable(text) != text:
        raise ValueError("a character is no text")
    return text


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{1,15}", value, re.ASCII):
        raise ValueError("write it in digits")
    return value


Plain = Annotated[str, AfterValidator(_plain)]
#: A number in an address.
Count = Annotated[int, BeforeValidator(_digits)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Reason = Annotated[Plain, Field(max_length=1000)]
Text = Annotated[Plain, Field(min_length=1, max_length=100_000)]
Mood = Literal["negative", "neutral", "positive"]
Intent = Literal["other", "praise", "question", "purchase", "support", "complaint", "spam", "abuse", "press", "legal",
                 "crisis"]  # fmt: skip
Group = Literal["asked", "held", "review", "scheduled", "doubtful", "live", "rejected", "lapsed", "refused",
                "cancelled", "deleted"]  # fmt: skip


class In(BaseModel):
    """What a program sends; a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(BaseModel, Generic[T]):
    """Some of a list, the newest first unless said otherwise."""

    items: list[T]
    next: str | None = Field(description="Give it as `cursor` to get what follows; null at the end.")


# --- drafts and posts -------------------------------------------------------------------------------------------


class FindingOut(BaseModel):
    """What a check noticed."""

    check: str
    severity: Literal["block", "warn", "note"]
    message: str
    fix: str
    rule: str
    part: int = Field(description="Counted from 1.")
    start: int = Field(description="Half-open span in code points; 0 and 0 mean the whole part.")
    end: int
    replacement: str | None


class RuleOut(BaseModel):
    """A rule of the brand."""

    id: str
    version: str
    kind: str
    text: str
    language: str
    file: str
    line: int
    score: float | None = Field(None, description="How near it is to what was searched for, at most 1.")


class MediaOut(BaseModel):
    """A picture or a video."""

    sha256: str
    mime: str
    width: int
    height: int
    alt: str


class PartOut(BaseModel):
    """One message of it, as it will read."""

    text: str
    size: str
    media: list[MediaOut]


class PostPartOut(BaseModel):
    """How one part stands on its platform."""

    part: int
    state: str
    url: str | None
    live_at: datetime | None
    attempts: int
    why: str


class PostOut(BaseModel):
    """A signed-off text on its way, or live."""

    id: str
    draft: str
    version: int
    account: str
    due: datetime
    created: datetime
    parts: list[PostPartOut]


class VersionOut(BaseModel):
    """One version of a draft."""

    version: int
    hash: str
    state: str
    author: str
    origin: str
    created: datetime
    note: str


class RequestOut(BaseModel):
    """Which signatures it needs."""

    needed: int
    signed: list[str]
    able: list[str] = Field(description="Who may still sign.")
    four_eyes: bool
    expires: datetime


class DraftRow(BaseModel):
    """A draft in a list."""

    id: str
    account: str
    kind: str
    state: Group
    version: int
    hash: str
    author: str
    created: datetime
    due: datetime | None
    text: str
    parts: int
    post: str | None


class DraftOut(DraftRow):
    """A draft with all that a person needs to decide on it."""

    brief: str
    language: str
    visibility: str
    wall: str | None = Field(description="Wall time YYYY-MM-DDTHH:MM; null: as soon as it is signed off.")
    zone: str
    note: str
    content: list[PartOut]
    findings: list[FindingOut]
    citations: list[RuleOut]
    request: RequestOut | None
    versions: list[VersionOut]
    posts: list[PostOut]
    card: str = Field(description="What a signature covers, as it was shown to people.")
    may_sign: bool = Field(description="Whether the token's person may sign it now; the scope approve is asked too.")


class Done(BaseModel):
    """What was done, and how the draft stands now."""

    said: str
    draft: DraftOut


class Time(In):
    """When it goes out: a wall time, a slot, or neither for as soon as it is signed off."""

    wall: Annotated[Plain, Field(max_length=40)] | None = Field(
        None, description="2026-12-01T09:00, by the account's clock."
    )
    slot: Annotated[Plain, Field(max_length=80)] = Field("", description="In its place: next, or wed 09:00.")


class NewDraft(Time):
    """Words of your own."""

    account: Annotated[Plain, Field(max_length=120)] = Field(description="bluesky:main")
    texts: Annotated[list[Text], Field(min_length=1, max_length=50)] = Field(description="A text for each part.")


class Brief(Time):
    """A brief for the model."""

    accounts: Annotated[list[Annotated[Plain, Field(max_length=120)]], Field(min_length=1, max_length=20)]
    brief: Annotated[Plain, Field(min_length=1, max_length=20_000)]


class Bound(In):
    """The version that is meant: nothing happens to another one."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    hash: Hash


class Deed(Bound):
    """Something done to a version."""

    reason: Reason = ""


class Sign(Deed):
    """A signature."""

    now: bool = Field(False, description="Drop its time: it goes out with the last signature.")


class Edit(Bound):
    """Other words for the same parts."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=50)]


class Another(Bound):
    """A wish for another version by the model."""

    wish: Annotated[Plain, Field(max_length=2000)] = ""


class Move(Bound):
    """Another time."""

    wall: Annotated[Plain, Field(max_length=40)] | None = Field(
        description="2026-12-01T09:00 by the account's clock; null: as soon as it is signed off."
    )


class JobOut(BaseModel):
    """Something that a model writes meanwhile."""

    id: str
    state: Literal["running", "done", "failed"]
    created: datetime
    ended: datetime | None
    drafts: list[str]
    why: str
    next_step: str


class Settle(In):
    """What became of a send that got no clear answer."""

    part: Annotated[int, Field(ge=1, le=1000)] = 1
    live: Annotated[Plain, Field(min_length=1, max_length=2000)] | None = Field(
        description="The address where it stands; null: it is not there, and is sent again."
    )


class EntryOut(BaseModel):
    """One draft or post in the calendar."""

    id: str
    version: int
    account: str
    clock: str
    at: datetime
    state: str
    text: str
    parts: int


class DayOut(BaseModel):
    """One day of one account."""

    on: date
    entries: list[EntryOut]
    free: list[str]
    quiet: list[str]
    shut: bool
    holidays: list[str]


class WeekOut(BaseModel):
    """A week of one account, Monday first, by its own clock."""

    account: str
    zone: str
    monday: date
    days: list[DayOut]
    #: What goes out as soon as it is signed: with the first week alone, the newest 200 of the brand.
    open: list[EntryOut]
