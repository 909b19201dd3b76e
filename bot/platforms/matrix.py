"""Print what every platform can do, from its class: ``python -m bot.platforms.matrix > docs/platforms.md``."""

from __future__ import annotations

import sys

from bot.platforms import registry
from bot.platforms.base import Platform

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
    return "yes" if answer else "no"


def _rows(cls: type[Platform]) -> list[tuple[str, str]]:
    limits, features = cls.limits, cls.features
    text = f"{limits.text} {limits.unit}" + (f" and {limits.text_bytes} bytes" if limits.text_bytes else "")
    kinds = ", ".join(kind.removeprefix("image/") for kind in limits.image_types)
    images = f"{limits.images}, each up to {limits.image_bytes / 1_000_000:g} MB ({kinds})" if limits.images else "no"
    return [
        ("Text", text),
        ("Pictures", images),
        ("Alt text", f"{limits.alt} characters" if limits.alt else "no"),
        ("Threads", f"up to {limits.parts} parts" if features.threads else "no"),
        ("Replies", _yes(features.replies)),
        ("Delete", _yes(features.delete)),
        ("Reads comments", _yes(features.comments)),
        ("Reads counts", _yes(features.readings)),
        ("Visibility", ", ".join(features.visibilities)),
        ("How a lost answer is settled", _ONCE[features.once]),
    ]


def page() -> str:
    """Return docs/platforms.md."""
    classes = [registry.load(platform_id) for platform_id in registry.ids()]
    columns = [dict(_rows(cls)) for cls in classes]
    lines = [_HEAD, "| | " + " | ".join(cls.label for cls in classes) + " |", "|---" * (len(classes) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(column[name] for column in columns) + " |" for name in columns[0]]
    for cls in classes:
        lines += ["", f"## {cls.label}", "", f"Account keys look like `{cls.id}:main`. Limits: {cls.limits.source}", ""]
        for name, (said, secret) in cls.settings.items():
            lines.append(f"- `{variable(cls.id, 'main', name)}`: {said}{' (secret)' if secret else ''}")
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
