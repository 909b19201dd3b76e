"""Named places between the steps of publishing, where a test can make the process die.

``hit`` does nothing unless somebody called ``arm``: the program itself never does, and no setting can. Every name
stands in ``NAMES``; ``tests/acceptance`` kills a worker at each of them and looks that each post is live once.
"""

from __future__ import annotations

from collections.abc import Callable

#: Name -> the moment it stands for, in the order of a post's life.
NAMES: dict[str, str] = {
    "turn: leased": "the account's lease is taken, nothing is chosen",
    "turn: chosen": "a part is chosen and the lease renewed",
    "publish: begun": "nothing of this attempt is stored",
    "intent: moved": "the part stands as sending, not committed",
    "intent: stored": "the attempt is stored too, not committed",
    "intent: committed": "the intent is durable, the fence was not asked",
    "fence: held": "the fence let it pass, the adapter was not called",
    "upload: taken": "the platform has a picture or video, and the post was not sent",
    "send: ready": "uploads and look-ups are done, the fence is asked once more",
    "send: next": "the fence let it pass again; the request is next",
    "send: answered": "the platform answered, nothing of it is stored",
    "live: moved": "the part stands as live, not committed",
    "live: stored": "the receipt is stored too, not committed",
    "live: committed": "all is stored, the turn goes on",
    "failed: moved": "what a failed attempt means is written, not committed",
    "failed: committed": "what a failed attempt means is stored",
    "doubt: moved": "an attempt without an answer stands as doubtful, not committed",
    "doubt: committed": "the doubt is stored",
    "look: begun": "nothing was asked of the platform",
    "look: read": "the platform told whether it has the post, nothing of it is stored",
    "look: counted": "one look without a find is written, not committed",
    "look: absent": "the part is due again, not committed",
    "look: committed": "what came of the look is stored",
    "renew: locked": "the login's lock is held, nothing was asked",
    "renew: answered": "the platform gave a new login, which is not stored",
    "renew: stored": "the new login is stored and was not used",
    "turn: released": "the account's turn is over",
}

_hook: Callable[[str], None] | None = None


def hit(name: str) -> None:
    """Tell whoever armed this that the process has come here."""
    if _hook is not None:
        _hook(name)


def arm(hook: Callable[[str], None] | None) -> None:
    """Call ``hook`` with each name from now on; None for nothing any more."""
    global _hook
    _hook = hook
