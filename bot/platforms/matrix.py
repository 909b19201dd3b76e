"""Print what every platform can do, from its class: ``python -m bot.platforms.matrix > docs/platforms.md``."""

from __future__ import annotations

import sys

from bot.platforms import registry
from bot.platforms.base import Platform
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
        (say("Alt text"), say("{n} characters", n=limits.alt) if limits.alt else say("no")),
        (say("Threads"), say("up to {n} parts", n=limits.parts) if features.threads else say("no")),
        (say("Replies"), _yes(features.replies)),
        (say("Delete"), _yes(features.delete)),
        (say("Reads comments"), _yes(features.comments)),
        (say("Reads counts"), _yes(features.readings)),
        (say("Visibility"), ", ".join(say(v) for v in features.visibilities)),
        (say("How a lost answer is settled"), say(_ONCE[features.once])),
    ]


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
