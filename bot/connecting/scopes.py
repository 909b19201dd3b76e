"""What a permission of a token is for, said to the person who forgot to give it."""

from __future__ import annotations

from bot.words import say


def purpose(scope: str) -> str:
    """Return what Signoff needs a scope for, in a few words; empty where its own name says it."""
    parts = scope.lower().replace(":", ".").split(".")
    words = set(parts)
    if "offline" in words:
        return say("to stay connected")
    if "media" in words:
        return say("to add pictures and videos")
    if "write" in words:
        return say("to publish and take down")
    if "notifications" in words:
        return say("to read comments and mentions")
    if words & {"users", "accounts", "profile"}:
        return say("to know which account it is")
    return say("to read posts, comments and counts") if "read" in words or "statuses" in words else ""


def told(scopes: tuple[str, ...]) -> str:
    """Return scopes as a list, each with what it is for."""
    return ", ".join(f"{s} ({why})" if (why := purpose(s)) else s for s in scopes)
