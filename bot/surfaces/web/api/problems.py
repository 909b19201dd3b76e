"""Errors as programs read them, with a next step: RFC 9457, https://www.rfc-editor.org/rfc/rfc9457 (2026-11-22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from bot.errors import BadInput, Halted, ModelError, NotAllowed, NotFound, PlatformError, SignoffError, Stale
from bot.words import retold, say

MEDIA = "application/problem+json"


class Fault(BaseModel):
    """One field that cannot be used."""

    where: str = Field(description="Its place: body/texts/0, query/limit.")
    message: str


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = Field(description="Which kind of problem; its end is one word that stays the same.")
    title: str
    status: int
    detail: str
    next_step: str = Field("", description="What to do, in a sentence; may be empty.")
    errors: list[Fault] = Field(default_factory=list, description="Fields that cannot be used.")


class ApiError(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: int, kind: str, detail: str, next_step: str = "", *, errors: Sequence[Fault] = (),
                 headers: dict[str, str] | None = None) -> None:  # fmt: skip
        super().__init__(detail)
        self.status, self.kind, self.detail, self.next_step = status, kind, detail, next_step
        self.errors, self.headers = list(errors), headers or {}


def titles() -> dict[str, str]:
    """Return each kind of problem with its title."""
    return {
        "bad-input": say("That cannot be used as it is."),
        "no-token": say("A token is missing, or does not count any more."),
        "scope": say("The token may not do that."),
        "not-allowed": say("The person may not do that."),
        "not-found": say("There is nothing by that name."),
        "no-method": say("This address takes another method."),
        "stale": say("It changed meanwhile."),
        "key-in-use": say("The same request is being answered."),
        "key-of-another": say("The key was used for another request."),
        "too-large": say("That is too much."),
        "too-many": say("Too many requests."),
        "cookie": say("Cookies are not taken here."),
        "platform": say("The platform did not do it."),
        "unavailable": say("What this needs does not answer."),
        "fault": say("Something went wrong here."),
    }


def response(problem: ApiError) -> Response:
    """Return the answer of a problem."""
    made = Problem(type=f"/api/docs#{problem.kind}", title=titles()[problem.kind], status=problem.status,
                   detail=problem.detail, next_step=problem.next_step, errors=problem.errors)  # fmt: skip
    return Response(made.model_dump_json(), problem.status, problem.headers, media_type=MEDIA)


def of_error(error: SignoffError) -> ApiError:
    """Return the problem that an error of ours is."""
    kinds: Sequence[tuple[type[SignoffError], int, str]] = (
        (Stale, 409, "stale"), (NotAllowed, 403, "not-allowed"), (NotFound, 404, "not-found"),
        (BadInput, 422, "bad-input"), (PlatformError, 502, "platform"), (ModelError, 503, "unavailable"),
        (Halted, 503, "unavailable"),
    )  # fmt: skip
    status, kind = next(((s, k) for known, s, k in kinds if isinstance(error, known)), (503, "unavailable"))
    return ApiError(status, kind, retold(error.message), retold(error.next_step))


def of_faults(errors: Sequence[Any]) -> ApiError:
    """Return the problem of a request that does not fit its description."""
    found = [Fault(where="/".join(map(str, e.get("loc", ()))), message=str(e.get("msg", ""))) for e in errors[:20]]
    said = say("The request does not fit its description.")
    return ApiError(422, "bad-input", said, say("/api/v1/openapi.json describes it."), errors=found)
