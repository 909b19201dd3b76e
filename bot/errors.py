"""Every error Signoff raises on purpose, sorted by what happens next.

::

    SignoffError
    ├─ Misconfigured        an operator must change a setting or a file; stops the command
    │  └─ Locked            a stored login does not open with this machine's keys: its trouble, not the account's
    ├─ PromptError          a prompt file, its front matter or its lock line is wrong
    ├─ BadInput             what the person typed cannot be used; nothing was changed
    ├─ NotFound             no draft, post or account has that name
    ├─ NotAllowed           policy or role said no; shown to the person who asked
    ├─ Stale                the text signed off is not the text now; look and decide again
    ├─ Halted               the fence: not now, and nothing left this machine (stopped, lease lost, not signed)
    ├─ ModelError           the language model could not be used; nothing was drafted
    │  ├─ ModelUnavailable  not reachable, or refused the key
    │  └─ LimitReached      a step, token, time or money limit stopped the run
    └─ PlatformError        .platform, .status, .reply (for our log; never for the public or a model)
       ├─ TryLater(after)   it certainly did not happen; the worker decides when to try again
       │  └─ CapReached(until)  it would cost more than a person allowed; nothing left this machine
       ├─ Reconnect         the account's token is dead: pause the account, tell a person once
       ├─ Refused           the platform will not have this text: back to its author
       ├─ Unsupported       cannot be said on this platform; raised before any call
       └─ OutcomeUnknown    sent, then silence or a server error: it may have worked; look before anything else

A docstring's first line is the default message. Each error has ``next_step``: one sentence saying what to do.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class SignoffError(Exception):
    """Something went wrong."""

    #: Process exit code of the CLI for this family; documented in docs/cli.md.
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "", *, next_step: str = "") -> None:
        doc = (type(self).__doc__ or "").strip().splitlines()
        self.message = message or (doc[0] if doc else type(self).__name__)
        self.next_step = next_step
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class Misconfigured(SignoffError):
    """A setting or a file must be changed before this can work."""

    exit_code = 3


class Locked(Misconfigured):
    """A stored login cannot be opened with the keys at hand."""


class PromptError(SignoffError):
    """A prompt file is not valid."""

    exit_code = 3


class BadInput(SignoffError):
    """That cannot be used as it is."""

    exit_code = 2


class NotFound(SignoffError):
    """There is nothing by that name."""

    exit_code = 4


class NotAllowed(SignoffError):
    """Your role or the brand's policy does not allow this."""

    exit_code = 5


class Stale(SignoffError):
    """The text changed after it was shown to you."""

    exit_code = 6


class Halted(SignoffError):
    """The post was held back in the line before the send."""

    exit_code = 7


class ModelError(SignoffError):
    """The language model could not be used."""

    exit_code = 8


class ModelUnavailable(ModelError):
    """The language model does not answer."""


class LimitReached(ModelError):
    """A limit of this run was reached."""


class PlatformError(SignoffError):
    """The platform did not do what was asked."""

    exit_code = 9

    def __init__(
        self,
        message: str = "",
        *,
        platform: str = "",
        status: int | None = None,
        reply: str = "",
        next_step: str = "",
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.platform = platform
        self.status = status
        #: The platform's own answer, cut to 500 characters: for logs and the audit record only.
        self.reply = reply[:500]


class TryLater(PlatformError):
    """The platform asks us to wait; nothing was posted."""

    def __init__(self, message: str = "", *, after: float | None = None, **kw: object) -> None:
        super().__init__(message, **kw)  # type: ignore[arg-type]
        #: Seconds to wait, as the platform said; None when it said nothing.
        self.after = after


class CapReached(TryLater):
    """This would cost more than the cap."""

    def __init__(self, message: str = "", *, until: datetime | None, after: float | None = None, **kw: object) -> None:
        super().__init__(message, after=after, **kw)
        #: When it goes on by itself, UTC; None where only a higher cap helps.
        self.until = until


class Reconnect(PlatformError):
    """The account must be connected again."""


class Refused(PlatformError):
    """The platform will not accept this text."""


class Unsupported(PlatformError):
    """This platform cannot say that."""


class OutcomeUnknown(PlatformError):
    """The request was sent and no clear answer came back."""
