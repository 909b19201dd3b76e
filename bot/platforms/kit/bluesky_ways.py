"""How a Bluesky account is connected, and what Bluesky asks of accounts that software speaks for."""

from __future__ import annotations

from bot.platforms.terms import Field, Way

#: Sessions of app passwords have fewer rights than the account's own password, such as none over the account itself:
#: https://github.com/bluesky-social/atproto/blob/main/packages/pds/src/auth-scope.ts (2026-11-22)
WAYS = (
    Way(
        id="app-password",
        label="App password",
        fields=(
            Field("handle", "Handle of the account, such as brand.bsky.social"),
            Field("app_password", "App password made for Signoff at https://bsky.app/settings/app-passwords", True),
            Field(
                "service",
                "Address of the account's server; https://bsky.social unless it hosts itself",
                default="https://bsky.social",
            ),
        ),
        steps=(
            "Sign in at https://bsky.app as the brand and open Settings, Privacy and security, App passwords.",
            "Add an app password and call it Signoff. It is shown only once; it needs no access to direct messages.",
            "Do not type the account's own password: an app password can do less, and can be withdrawn alone.",
            "The handle is the account's whole name, with the part behind the dot, and the same as in brand.yaml.",
            "An account on a server of its own needs that server's address; for all others, press Enter.",
        ),
    ),
)

RULES = (
    "An account that software speaks for likes, reposts and answers only where somebody tagged it. "
    "https://docs.bsky.app/docs/starter-templates/bots (2026-11-22)",
    "Videos need an account with a confirmed e-mail address. https://docs.bsky.app/docs/tutorials/video (2026-11-22)",
)
