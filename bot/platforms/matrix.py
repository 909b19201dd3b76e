"""Print what every platform can do, from its class: ``python -m bot.platforms.matrix > docs/platforms.md``."""

from __future__ import annotations

import sys

from bot.platforms import registry
from bot.platforms.base import Features, Limits, Platform
from bot.words import say

_HEAD = """# Platforms

Printed from the adapters by `python -m bot.platforms.matrix`; a test holds this page to them. An adapter refuses what
does not fit before anything is sent, counting as the platform counts.
"""
_ONCE = {
    "record": "a record key chosen before sending: a repeat is the same post",
    "key": "an idempotency key: a repeat returns the first post",
    "none": "only by looking at the account's own timeline",
}


def _yes(answer: bool) -> str:
    return say("yes") if answer else say("no")


def _rows(cls: type[Platform]) -> list[tuple[str, str]]:
    limits, features = cls.limits, cls.features
    text = f"{limits.text} {say(limits.unit)}"
    if limits.text_bytes:
        text += " " + say("and {n} bytes", n=limits.text_bytes)
    kinds = ", ".join(kind.removeprefix("image/") for kind in limits.image_types)
    size = f"{limits.image_bytes / 1_000_000:g}"
    images = say("{n}, each up to {size} MB ({kinds})", n=limits.images, size=size, kinds=kinds)
    return [
        (say("Text"), text),
        (say("Pictures"), images if limits.images else say("no")),
        (say("Animated GIFs"), _gifs(limits)),
        (say("Video"), _video(limits)),
        (say("Alt text"), say("{n} characters", n=limits.alt) if limits.alt else say("no")),
        (say("Link cards"), say("in the post") if features.cards else say("made by the platform, or none")),
        (say("Quotes"), _yes(features.quotes)),
        (say("Content warning"), _yes(features.warnings)),
        (say("Labels"), ", ".join(features.labels) or say("no")),
        (say("Change a live post"), _yes(features.edits)),
        (say("Threads"), say("up to {n} parts", n=limits.parts) if features.threads else say("no")),
        (say("Replies"), _yes(features.replies)),
        (say("Delete"), _yes(features.delete)),
        (say("Reads comments"), _yes(features.comments)),
        (say("Tells by itself that somebody spoke"), _yes(features.streams)),
        (say("Follows edits and removals"), _followed(features)),
        (say("Hides others' answers"), _yes(features.hides)),
        (say("Reads counts"), _yes(features.readings)),
        (say("Visibility"), ", ".join(say(v) for v in features.visibilities)),
        (say("How a lost answer is settled"), say(_ONCE[features.once])),
        (say("Price"), say(cls.price) if cls.price else say("none")),
        (say("Tested against"), say(cls.tested)),
    ]


def _followed(features: Features) -> str:
    if not features.rereads:
        return say("no")
    often = say("once a day") if features.reread_every >= 86400 else say("every few minutes, later seldom")
    return often + ", " + say("{n} comments a call", n=features.rereads)


def _gifs(limits: Limits) -> str:
    if "image/gif" not in limits.image_types:
        return say("no")
    if limits.gif_bytes is None:
        return say("as pictures")
    said = say("one alone, up to {size} MB", size=f"{limits.gif_bytes / 1_000_000:g}")
    return said + (", " + say("{n} pixels", n=f"{limits.gif_pixels:,}") if limits.gif_pixels else "")


def _video(limits: Limits) -> str:
    if not limits.videos:
        return say("no")
    kinds = ", ".join(kind.removeprefix("video/") for kind in limits.video_types)
    said = say("one alone, up to {size} MB ({kinds})", size=f"{limits.video_bytes / 1_000_000:g}", kinds=kinds)
    longest = limits.video_seconds[1]
    return said + (", " + say("{n} seconds", n=f"{longest:g}") if longest else "")


def page(head: str = _HEAD) -> str:
    """Return docs/platforms.md, or with another head what ``signoff platforms`` prints."""
    classes = [registry.load(platform_id) for platform_id in registry.ids()]
    columns = [dict(_rows(cls)) for cls in classes]
    lines = [head, "| | " + " | ".join(cls.label for cls in classes) + " |", "|---" * (len(classes) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(column[name] for column in columns) + " |" for name in columns[0]]
    for cls in classes:
        lines += [
            "",
            f"## {cls.label}",
            "",
            say("Account keys look like `{key}:main`. Limits: {source}", key=cls.id, source=cls.limits.source),
            "",
        ]
        for way in cls.ways:
            lines += [f"**{say(way.label)}** (`signoff connect {cls.id}:main --way {way.id}`)", ""]
            lines += [f"{n}. {say(step)}" for n, step in enumerate(way.steps, 1)]
            lines += [""] if way.steps else []
        if cls.rules:
            lines += [
                say("Rules of the platform, for Signoff and for you:"),
                "",
                *(f"- {say(r)}" for r in cls.rules),
                "",
            ]
        lines += [say("Settings:"), ""] if cls.settings else []
        for name, (said, secret) in cls.settings.items():
            lines.append(f"- `{variable(cls.id, 'main', name)}`: {say(said)}{' ' + say('(secret)') if secret else ''}")
        lines += [f"- {link}" for link in cls.links]
    return "\n".join(lines) + "\n"


def variable(platform_id: str, account: str, name: str) -> str:
    """Return the environment variable of one setting of one account."""
    return f"SIGNOFF_PLATFORMS__{platform_id}__{account}__{name}".upper()


def env_lines() -> list[str]:
    """Return the platforms' part of .env.example, commented out: an empty setting would count as set."""
    lines = []
    for platform_id in registry.ids():
        cls = registry.load(platform_id)
        lines += ["", f"# {cls.label}: one block an account; MAIN is the account's name in brand.yaml."]
        for name, (said, _) in cls.settings.items():
            lines += [f"# {said}", f"#{variable(platform_id, 'main', name)}="]
    return lines


if __name__ == "__main__":
    sys.stdout.write(page())
