"""Starting a brand folder: the commented template, with the brand's name filled in."""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import BadInput
from bot.words import say

_TEMPLATES = Path(__file__).parent / "templates"


def init(folder: Path, *, name: str | None = None, lang: str = "en") -> list[Path]:
    """Write a brand folder to edit and return the files written; it passes ``check`` as it is.

    ``name`` is the brand's name, by default made from the folder's. ``lang`` chooses the language of the comments and
    the first guidelines: ``en`` or ``zh``. Raises BadInput, having written nothing, when a file is already there.
    """
    template = _TEMPLATES / lang.split("-")[0].lower()
    if not template.is_dir():
        known = ", ".join(sorted(p.name for p in _TEMPLATES.iterdir() if p.is_dir()))
        raise BadInput(
            say("There is no template in {lang!r}.", lang=lang), next_step=say("Choose from: {known}.", known=known)
        )
    if folder.exists() and not folder.is_dir():
        raise BadInput(say("{folder} is a file.", folder=folder), next_step=say("Choose another name for the folder."))
    sources = sorted(p for p in template.rglob("*") if p.is_file())
    there = [p.relative_to(template) for p in sources if (folder / p.relative_to(template)).exists()]
    if there:
        raise BadInput(
            say("{folder} already has {file}, and nothing is overwritten.", folder=folder, file=there[0].as_posix()),
            next_step=say("Run `signoff check {folder}`, or choose an empty folder.", folder=folder),
        )
    stem = folder.resolve().name
    name = (name or stem.replace("-", " ").replace("_", " ").title()).strip() or "My Brand"
    brand_id = re.sub(r"[^a-z0-9]+", "-", (name if name.isascii() else stem).lower()).strip("-") or "brand"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    written = []
    for source in sources:
        target = folder / source.relative_to(template)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        shown = quoted if source.suffix == ".yaml" else name
        target.write_text(text.replace("@NAME@", shown).replace("@ID@", brand_id), encoding="utf-8")
        written.append(target)
    return written
