"""A small brand folder on disk, as a brand's people keep it."""

from __future__ import annotations

from pathlib import Path

_HEAD = """\
id: lumen
name: Lumen Tea
languages: [en]
zone: Europe/Berlin
accounts:
  - key: sandbox:main
    handle: lumen.sandbox
people:
"""
PEOPLE = {"anna": "author", "li": "approver", "sam": "admin"}
POLICY = "rules:\n  - name: usual\n    ask: {needed: 1}\n"


def brand_yaml(**more: str) -> str:
    """Return its brand.yaml, with three people and ``more``, each with a role."""
    lines = [f"  - {{id: {who}, name: {who.title()}, roles: [{role}]}}\n" for who, role in (PEOPLE | more).items()]
    return _HEAD + "".join(lines)


def shop(tmp_path: Path, **more: str) -> Path:
    """Write it: the people of ``brand_yaml``, one rule, one signature a post. Return where it is."""
    made = tmp_path / "shop"
    (made / "guidelines").mkdir(parents=True)
    (made / "guidelines" / "voice.md").write_text("# Voice\n\n- Write as to a friend. {#warm}\n", encoding="utf-8")
    (made / "brand.yaml").write_text(brand_yaml(**more), encoding="utf-8")
    (made / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return made
