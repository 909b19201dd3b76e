"""One request, after it is known who asks: what pages get, and what they answer with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Role
from bot.errors import BadInput, ModelError, NotAllowed, NotFound, PlatformError, SignoffError, Stale
from bot.words import joined, retold

if TYPE_CHECKING:
    from starlette.responses import Response

    from bot.app import App
    from bot.domain.brand import Brand, Person
    from bot.store.web import Session
    from bot.surfaces.web.server import Desk

#: Who may write: whoever asks for texts, and whoever signs them.
WRITERS = frozenset({Role.AUTHOR, Role.APPROVER})
SIGNERS = frozenset({Role.APPROVER})


@dataclass(frozen=True)
class Visit:
    """Somebody who is signed in, and what they ask."""

    desk: Desk
    brand: Brand
    person: Person
    session: Session
    #: The session's token, of which forms carry a digest.
    token: str
    language: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    #: What was typed; a name that comes twice keeps its first value.
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def app(self) -> App:
        return self.desk.app

    def page(self, template: str, status: int = 200, **data: Any) -> Response:
        """Return a page drawn from a template."""
        return self.desk.drawn(template, status, self, **data)

    def note(self, text: str, kind: str = "done") -> None:
        """Say something on the next page that this session sees: ``done`` or ``wrong``."""
        self.desk.note(self.session.token, kind, text)


Handler = Callable[[Visit], "Response"]


@dataclass(frozen=True)
class Route:
    """One address: who may ask is decided here, on the server, whatever a page shows."""

    method: str
    path: str
    handler: Handler
    #: Roles of which one is needed; empty for everybody of the brand. The workflow asks again for what it decides.
    roles: frozenset[Role] = frozenset()


def status_of(error: SignoffError) -> int:
    """Return the HTTP status of an error."""
    kinds: Sequence[tuple[type[SignoffError], int]] = (
        (Stale, 409), (NotAllowed, 403), (NotFound, 404), (BadInput, 422), (ModelError, 503), (PlatformError, 502),
    )  # fmt: skip
    return next((status for kind, status in kinds if isinstance(error, kind)), 503)


def told(error: SignoffError) -> str:
    """Return an error as one text for the person who asked."""
    return joined(retold(error.message), retold(error.next_step))


def redirect(to: str) -> Response:
    """Send the browser to another page, by GET."""
    from starlette.responses import RedirectResponse

    return RedirectResponse(to, 303)
